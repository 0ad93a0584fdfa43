//! Changes that make somebody new: weighed in every format and with `--only effective`, and found by a nightly run.

use std::path::Path;

use rolecall_base::oauth_client::OauthClient;
use rolecall_base::snapshot::Snapshot;
use rolecall_base::store::snapshot_file;
use serde_json::{Value, json};

use crate::program::{Ended, Stage, rolecall};

const FORMATS: [&str; 6] = ["table", "json", "csv", "markdown", "sarif", "junit"];

fn night() -> (Stage, String, Snapshot) {
    let stage = Stage::of(&["staging"], "");
    stage.run();
    let path = stage.text("history/staging/2026-11-20T02-00-00Z.snapshot.json.gz");
    let snapshot = snapshot_file::read(Path::new(&path)).unwrap();
    (stage, path, snapshot)
}

fn role(snapshot: &Snapshot, name: &str) -> String {
    snapshot.roles.iter().find(|role| role.name == name).unwrap().id.to_string()
}

fn create(kind: &str, after: &Value, unknown: &Value) -> Value {
    json!({ "address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x", "change": {
        "actions": ["create"], "before": null, "after": after, "after_unknown": unknown,
        "before_sensitive": false, "after_sensitive": {} } })
}

fn client(roles: &Value) -> Value {
    json!({ "name": "Batch Loader", "authorized_grant_type": "CLIENT-CREDENTIALS", "state": "active", "scopes": null,
        "access_token_validity_seconds": 86400, "roles": roles })
}

fn plan(stage: &Stage, changes: &[Value], resources: &[Value]) -> String {
    let plan = json!({ "format_version": "1.2", "terraform_version": "1.9.8", "resource_changes": changes,
        "configuration": { "root_module": { "resources": resources } } });
    std::fs::write(stage.path("plan.json"), plan.to_string()).unwrap();
    stage.text("plan.json")
}

fn compared(base: &str, plan: &str, more: &[&str]) -> Ended {
    rolecall(&[&["drift", base, &format!("{plan}@{base}")], more].concat())
}

#[test]
fn new_client_with_the_most_powerful_role_fails_the_gate_in_every_format() {
    let (stage, base, staging) = night();
    let roles = |name: &str| json!([{ "role_id": role(&staging, name), "division_id": "*" }]);
    let kind = "genesyscloud_oauth_client";
    let id = json!({ "id": true });
    for (name, code) in [("Master Admin", 1), ("Queue Dashboard Reader", 0)] {
        let plan = plan(&stage, &[create(kind, &client(&roles(name)), &id)], &[]);
        for format in FORMATS {
            for only in [&[][..], &["--only", "effective"][..]] {
                let ended = compared(&base, &plan, &[&["--format", format], only].concat());
                assert_eq!(ended.code, code, "{name} {format} {only:?}: {}{}", ended.out, ended.err);
                assert!(ended.out.contains("Batch Loader"), "{name} {format} {only:?}: {}", ended.out);
                if name == "Master Admin" && format != "csv" {
                    assert!(ended.out.contains("critical"), "{format} {only:?}: {}", ended.out);
                }
            }
        }
    }
}

#[test]
fn newcomers_of_every_kind_are_weighed_by_what_they_hold() {
    let (stage, base, staging) = night();
    let admin = role(&staging, "Master Admin");
    let everywhere = json!([{ "role_id": admin, "division_ids": ["*"] }]);
    let user = json!({ "name": "Made Here", "email": "made.here@example.com", "state": "active" });
    let group =
        json!({ "name": "Made Here", "roles_enabled": true, "member_ids": ["11111111-1111-4111-8111-111111111111"] });
    let made = json!({ "name": "Made Here",
        "permission_policies": [{ "domain": "authorization", "entity_name": "*", "action_set": ["*"], "conditions": [] }] });
    let id = json!({ "id": true });
    let reference = |of: &str| json!({ "references": [format!("{of}.x.id"), format!("{of}.x")] });
    let later = |name: &str| {
        let mut unknown = id.clone();
        unknown[name] = json!(true);
        unknown
    };
    let users = "genesyscloud_user_roles";
    let groups = "genesyscloud_group_roles";
    let clients = "genesyscloud_oauth_client";
    let cases = [
        (
            "user",
            vec![
                create("genesyscloud_user", &user, &id),
                create(users, &json!({ "roles": everywhere }), &later("user_id")),
            ],
            json!({ "address": format!("{users}.x"), "expressions": { "user_id": reference("genesyscloud_user") } }),
        ),
        (
            "group",
            vec![
                create("genesyscloud_group", &group, &id),
                create(groups, &json!({ "roles": everywhere }), &later("group_id")),
            ],
            json!({ "address": format!("{groups}.x"), "expressions": { "group_id": reference("genesyscloud_group") } }),
        ),
        (
            "oauth_client",
            vec![
                create("genesyscloud_auth_role", &made, &id),
                create(
                    clients,
                    &client(&json!([{ "division_id": "*" }])),
                    &json!({ "id": true, "roles": [{ "role_id": true }] }),
                ),
            ],
            json!({ "address": format!("{clients}.x"),
                "expressions": { "roles": [{ "role_id": reference("genesyscloud_auth_role") }] } }),
        ),
    ];
    for (kind, changes, resource) in cases {
        let plan = plan(&stage, &changes, &[resource]);
        for only in [&[][..], &["--only", "effective"][..]] {
            let ended = compared(&base, &plan, &[&["--format", "json"], only].concat());
            assert_eq!(ended.code, 1, "{kind} {only:?}: {}{}", ended.out, ended.err);
        }
        let ended = compared(&base, &plan, &["--format", "json"]);
        let answer: Value = serde_json::from_str(&ended.out).unwrap();
        let rows = answer["changes"].as_array().unwrap();
        let row = rows.iter().find(|row| row["kind"] == kind && row["field"] == "presence").unwrap();
        assert_eq!((&row["severity"], &row["effect"]), (&json!("critical"), &json!("widens")), "{kind}");
    }
}

#[test]
fn role_of_a_new_client_that_cannot_be_resolved_is_not_known_and_named() {
    let (stage, base, staging) = night();
    let admin = role(&staging, "Master Admin");
    let kind = "genesyscloud_oauth_client";
    for (roles, unknown, severity) in [
        (json!([{ "role_id": "nowhere", "division_id": "*" }]), json!({ "id": true }), "medium"),
        (json!([{ "division_id": "*" }]), json!({ "id": true, "roles": [{ "role_id": true }] }), "medium"),
        (
            json!([{ "role_id": admin, "division_id": "*" }, { "division_id": "*" }]),
            json!({ "id": true, "roles": [{}, { "role_id": true }] }),
            "critical",
        ),
    ] {
        let plan = plan(&stage, &[create(kind, &client(&roles), &unknown)], &[]);
        let ended = compared(&base, &plan, &["--format", "json"]);
        assert_eq!(ended.code, 3, "{}{}", ended.out, ended.err);
        let answer: Value = serde_json::from_str(&ended.out).unwrap();
        assert!(answer["not_known"].to_string().contains("genesyscloud_oauth_client.x"), "{}", answer["not_known"]);
        assert_eq!(answer["changes"][0]["severity"], severity, "{roles}");
    }
}

#[test]
fn client_that_is_new_since_last_night_is_a_critical_finding() {
    let (stage, _, mut staging) = night();
    let admin = staging.roles.iter().find(|role| role.name == "Master Admin").unwrap().id.clone();
    let old = staging.oauth_clients.iter().find(|client| client.name == "Queue Dashboard").unwrap().clone();
    let mut pair = old.role_divisions.clone().unwrap().remove(0);
    pair.role = admin.clone();
    let mut grant = staging.grants.iter().find(|grant| grant.subject.as_str() == old.id.as_str()).unwrap().clone();
    let id = "22222222-2222-4222-8222-222222222222";
    grant.subject = rolecall_base::id::SubjectId::new(id);
    grant.role = admin;
    staging.grants.push(grant);
    staging.oauth_clients.push(OauthClient {
        id: rolecall_base::id::ClientId::new(id),
        name: "Batch Loader".to_owned(),
        role_divisions: Some(vec![pair]),
        ..old
    });
    staging.as_of = "2026-11-21T02:00:00Z".parse().unwrap();
    staging.sort();
    let path = stage.text("tonight.snapshot.json.gz");
    snapshot_file::write(Path::new(&path), &staging).unwrap();
    let (config, out) = (stage.text("rolecall.toml"), stage.text("out"));
    let ended = rolecall(&["audit", "--config", &config, "--snapshot", &path, "--out", &out]);
    assert_eq!(ended.code, 1, "{}", ended.err);
    let findings = stage.rows("findings.csv");
    let reported = findings.iter().find(|row| row["check"] == "night.gained-power").unwrap();
    assert_eq!((reported["severity"].as_str(), reported["subject_name"].as_str()), ("critical", "Batch Loader"));
}
