//! `rolecall drift`: two orgs, two nights, plans laid over an org; every format; every exit code.

use std::path::Path;

use rolecall_base::id::RoleId;
use rolecall_base::oauth_client::RoleDivision;
use rolecall_base::role::PermissionPolicy;
use rolecall_base::snapshot::Snapshot;
use rolecall_base::store::snapshot_file;
use serde_json::{Value, json};

use crate::program::{AS_OF, Ended, Stage, rolecall};

const ROLE: &str = "Analytics Reader";
const PERMISSION: &str = "analytics:conversationAggregate:view";

/// A stage on which a night was collected, with its snapshots in the history.
fn night() -> Stage {
    let stage = Stage::with_faults("");
    stage.configure("[[drift]]\nfrom = \"dev\"\nto = \"staging\"\n");
    assert_eq!(stage.run().code, 1);
    stage
}

fn snapshot_path(stage: &Stage, org: &str) -> String {
    stage.text(&format!("history/{org}/2026-11-20T02-00-00Z.snapshot.json.gz"))
}

fn drift(stage: &Stage, left: &str, right: &str, more: &[&str]) -> Ended {
    let config = stage.text("rolecall.toml");
    rolecall(&[&["drift", left, right, "--config", &config], more].concat())
}

fn answer(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {} {}", ended.out, ended.err))
}

fn names(answer: &Value, list: &str, key: &str) -> Vec<String> {
    answer[list].as_array().unwrap().iter().map(|one| one[key].as_str().unwrap().to_owned()).collect()
}

/// A plan that updates the role so that it lacks the permission.
fn plan(stage: &Stage, role_id: &str, unknown: bool) -> String {
    let snapshot = snapshot_file::read(Path::new(&snapshot_path(stage, "staging"))).unwrap();
    let role = snapshot.roles.iter().find(|role| role.name == ROLE).unwrap();
    let policy = |policy: &PermissionPolicy| json!({ "domain": policy.domain, "entity_name": policy.entity, "action_set": policy.actions, "conditions": [] });
    let before: Vec<Value> = role.policies.iter().map(policy).collect();
    let kept = role.policies.iter().filter(|policy| policy.entity != "conversationAggregate");
    let after: Vec<Value> = kept.map(policy).collect();
    let state = |policies: Vec<Value>| json!({ "id": role_id, "name": ROLE, "default_role_id": role.default_role_id, "permission_policies": policies });
    let mut after = state(after);
    let mut after_unknown = json!({});
    if unknown {
        after.as_object_mut().unwrap().remove("permission_policies");
        after_unknown = json!({ "permission_policies": true });
    }
    let plan = json!({
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "resource_changes": [{
            "address": "genesyscloud_auth_role.Analytics_Reader",
            "mode": "managed",
            "type": "genesyscloud_auth_role",
            "name": "Analytics_Reader",
            "change": {
                "actions": ["update"],
                "before": state(before),
                "after": after,
                "after_unknown": after_unknown,
                "before_sensitive": {},
                "after_sensitive": {},
            },
        }],
    });
    let path = stage.text("plan.json");
    std::fs::write(&path, plan.to_string()).unwrap();
    path
}

fn role_id(snapshot: &Snapshot) -> RoleId {
    snapshot.roles.iter().find(|role| role.name == ROLE).unwrap().id.clone()
}

/// Whoever holds the role comes to hold another one that gives the permission too.
fn granted_through_another_role(snapshot: &mut Snapshot) {
    let of = role_id(snapshot);
    let other = RoleId::new("11111111-2222-4333-8444-555555555555");
    let mut role = snapshot.roles.iter().find(|role| role.id == of).unwrap().clone();
    role.id = other.clone();
    role.name = "Aggregates".to_owned();
    role.default_role_id = None;
    role.is_default = Some(false);
    role.policies.retain(|policy| policy.entity == "conversationAggregate");
    assert_eq!(role.policies.len(), 1);
    snapshot.roles.push(role);
    let again: Vec<_> = snapshot.grants.iter().filter(|grant| grant.role == of).cloned().collect();
    assert!(!again.is_empty());
    for mut grant in again {
        grant.role = other.clone();
        snapshot.grants.push(grant);
    }
    for client in &mut snapshot.oauth_clients {
        let pairs = client.role_divisions.get_or_insert_default();
        let again: Vec<RoleDivision> = pairs.iter().filter(|pair| pair.role == of).cloned().collect();
        pairs.extend(again.into_iter().map(|pair| RoleDivision { role: other.clone(), ..pair }));
    }
    snapshot.sort();
}

#[test]
fn two_orgs_are_reported_in_every_format_from_the_history_and_from_files() {
    let stage = night();
    let table = drift(&stage, "dev", "staging", &[]);
    assert_eq!(table.code, 1, "{}", table.err);
    assert!(table.out.contains("needed calls of "), "the answer comes first: {}", table.out);
    assert!(table.out.lines().all(|line| line.chars().count() <= 100 || !line.contains(' ')), "{}", table.out);
    assert!(table.err.contains("at or above `high`"), "{}", table.err);

    let json = answer(&drift(&stage, "dev", "staging", &["--format", "json"]));
    assert_eq!((json["schema"].as_str(), json["complete"].as_bool()), (Some("rolecall-drift/1"), Some(true)));
    let blockers = names(&json, "blockers", "name");
    assert!(blockers.iter().any(|name| name == "Queue Dashboard"), "{blockers:?}");
    let changes = json["changes"].as_array().unwrap().len();

    let csv = drift(&stage, "dev", "staging", &["--format", "csv"]).out;
    let rows = csv::Reader::from_reader(csv.as_bytes()).records().collect::<Result<Vec<_>, _>>().unwrap().len();
    assert_eq!(rows, changes);
    let comment = drift(&stage, "dev", "staging", &["--format", "markdown"]).out;
    assert!(comment.starts_with("### Permissions: dev to staging\n") && comment.chars().count() < 60_000);
    let sarif: Value = serde_json::from_str(&drift(&stage, "dev", "staging", &["--format", "sarif"]).out).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let junit = drift(&stage, "dev", "staging", &["--format", "junit"]).out;
    assert!(junit.starts_with("<?xml") && junit.contains("<failure message=\"high: "), "{junit}");

    let needs = stage.text("needs.csv");
    let files = rolecall(&[
        "drift",
        &snapshot_path(&stage, "dev"),
        &snapshot_path(&stage, "staging"),
        "--needs",
        &needs,
        "--format",
        "json",
    ]);
    assert_eq!(names(&answer(&files), "blockers", "name"), blockers, "{}", files.err);
}

#[test]
fn only_and_ignore_and_the_gate_choose_what_counts() {
    let stage = night();
    let rows = answer(&drift(&stage, "dev", "staging", &["--only", "config", "--format", "json"]));
    assert!(rows["blockers"].as_array().unwrap().is_empty() && !rows["changes"].as_array().unwrap().is_empty());
    let calls = answer(&drift(&stage, "dev", "staging", &["--only", "effective", "--format", "json"]));
    assert!(calls["changes"].as_array().unwrap().is_empty() && !calls["blockers"].as_array().unwrap().is_empty());

    let without = drift(&stage, "dev", "staging", &["--ignore", "role:*", "--format", "json"]);
    let without = answer(&without);
    assert!(!names(&without, "changes", "kind").contains(&"role".to_owned()));
    assert!(without["counts"]["ignored"].as_u64().unwrap() > 0);

    let kinds = [
        "role",
        "oauth_client",
        "service_user",
        "user",
        "group",
        "division",
        "permission",
        "endpoint",
        "policy",
        "trustee",
    ];
    let globs: Vec<String> = kinds.iter().map(|kind| format!("--ignore={kind}:*")).collect();
    let globs: Vec<&str> = globs.iter().map(String::as_str).collect();
    let none = drift(&stage, "dev", "staging", &globs);
    assert_eq!(none.code, 0, "nothing is left: {}{}", none.out, none.err);
}

#[test]
fn night_before_is_compared_with_the_newest_and_does_not_differ() {
    let stage = Stage::of(&["dev"], "");
    let before = "2026-11-19T02:00:00Z";
    for as_of in [before, AS_OF] {
        let ended =
            rolecall(&["run", "--config", &stage.text("rolecall.toml"), "--out", &stage.text("out"), "--as-of", as_of]);
        assert_eq!(ended.code, 1, "{}", ended.err);
    }
    for left in ["dev@last-night", "dev@2026-11-19", "dev@2026-11-19T02:00"] {
        let ended = drift(&stage, left, "dev", &["--format", "json"]);
        let answer = answer(&ended);
        assert_eq!(answer["from"]["name"], "dev@2026-11-19T02-00-00Z", "{left}");
        assert_eq!(answer["verdict"], "dev@2026-11-19T02-00-00Z and dev do not differ", "{left}");
        assert_eq!(ended.code, 0, "{}", ended.err);
    }
    let none = drift(&stage, "dev@2020", "dev", &[]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("whose time begins with `2020`") && none.err.contains("2026-11-20"), "{}", none.err);
}

#[test]
fn plan_that_takes_a_permission_is_one_cause_with_its_victims() {
    let stage = night();
    let staging = snapshot_file::read(Path::new(&snapshot_path(&stage, "staging"))).unwrap();
    let path = plan(&stage, role_id(&staging).as_str(), false);
    let ended = drift(&stage, "staging", &format!("{path}@staging"), &["--format", "json"]);
    let after = answer(&ended);
    assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    assert_eq!(after["changes"].as_array().unwrap().len(), 1, "{}", after["changes"]);
    let row = &after["changes"][0];
    assert_eq!(
        (row["kind"].as_str(), row["name"].as_str(), row["effect"].as_str()),
        (Some("role"), Some(ROLE), Some("breaks"))
    );
    assert_eq!(row["from_value"], PERMISSION);
    assert_eq!(after["causes"].as_array().unwrap().len(), 1);
    assert!(names(&after, "blockers", "name").contains(&"Warehouse Loader".to_owned()));
    for blocker in after["blockers"].as_array().unwrap() {
        assert_eq!(blocker["certainty"], "fails");
        assert_eq!(blocker["causes"], json!([0]));
    }
    let fix = after["causes"][0]["fix"]["what"].as_str().unwrap();
    assert_eq!(fix, format!("add `{PERMISSION}` to role `{ROLE}` in staging"));
}

#[test]
fn same_plan_breaks_nothing_where_another_role_gives_the_permission() {
    let stage = night();
    let mut staging = snapshot_file::read(Path::new(&snapshot_path(&stage, "staging"))).unwrap();
    let path = plan(&stage, role_id(&staging).as_str(), false);
    granted_through_another_role(&mut staging);
    let base = stage.text("base.snapshot.json.gz");
    snapshot_file::write(Path::new(&base), &staging).unwrap();
    let ended = drift(&stage, &base, &format!("{path}@{base}"), &["--format", "json"]);
    let after = answer(&ended);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(after["blockers"].as_array().unwrap().is_empty() && after["causes"].as_array().unwrap().is_empty());
    let effects = names(&after, "changes", "effect");
    assert!(effects.iter().all(|effect| effect == "none"), "{effects:?}");
}

#[test]
fn value_that_is_known_only_after_the_apply_ends_with_not_known() {
    let stage = night();
    let staging = snapshot_file::read(Path::new(&snapshot_path(&stage, "staging"))).unwrap();
    let path = plan(&stage, role_id(&staging).as_str(), true);
    let ended = drift(&stage, "staging", &format!("{path}@staging"), &["--format", "json"]);
    assert_eq!(ended.code, 3, "{}{}", ended.out, ended.err);
    let after = answer(&ended);
    assert_eq!(after["complete"], false);
    let reported = after["not_known"].to_string();
    assert!(reported.contains("genesyscloud_auth_role.Analytics_Reader"), "{reported}");
    let certain = names(&after, "blockers", "certainty");
    assert!(!certain.is_empty() && certain.iter().all(|one| one == "not-known"), "{certain:?}");
    let fixes = after["causes"].to_string();
    assert!(fixes.contains("find out") && !fixes.contains("add `"), "{fixes}");
}

#[test]
fn list_that_was_refused_ends_with_not_known_and_names_it() {
    let stage = Stage::with_faults("roles:org=staging=403");
    let run = stage.run();
    assert_eq!(run.code, 3, "{}", run.err);
    let ended = drift(&stage, "dev", "staging", &["--format", "json"]);
    assert_eq!(ended.code, 3, "{}", ended.err);
    let not_compared = answer(&ended)["not_compared"].to_string();
    assert!(not_compared.contains("\"roles\"") && not_compared.contains("staging"), "{not_compared}");
}

#[test]
fn declared_mapping_pairs_what_no_name_shows() {
    let stage = night();
    let mut staging = snapshot_file::read(Path::new(&snapshot_path(&stage, "staging"))).unwrap();
    let client = staging.oauth_clients.iter_mut().find(|client| client.name == "Warehouse Loader").unwrap();
    client.name = "Lake Feeder".to_owned();
    // Not the same content either: nothing but the declaration shows who it is.
    client.redirect_uris = vec!["https://lake.example.com/".to_owned()];
    client.role_divisions = Some(Vec::new());
    let id = client.id.clone();
    staging.grants.retain(|grant| grant.subject.as_str() != id.as_str());
    staging.sort();
    let right = stage.text("renamed.snapshot.json.gz");
    snapshot_file::write(Path::new(&right), &staging).unwrap();
    let present = |more: &[&str]| {
        let after = answer(&drift(&stage, "dev", &right, &[&["--format", "json"], more].concat()));
        let rows = after["changes"].as_array().unwrap().clone();
        rows.iter()
            .filter(|row| {
                row["field"] == "presence"
                    && ["Warehouse Loader", "Lake Feeder"].contains(&row["name"].as_str().unwrap())
            })
            .count()
    };
    assert_eq!(present(&[]), 2);
    assert_eq!(present(&["--map", "oauth_client:Warehouse Loader=Lake Feeder"]), 0);
    let mistyped = drift(&stage, "dev", &right, &["--map", "oauth_client:Warehouse Loader=Lake Feed"]);
    assert_eq!(mistyped.code, 2);
    assert!(
        mistyped.err.contains("`Lake Feed` is no OAuth client of `staging`; did you mean `Lake Feeder`?"),
        "{}",
        mistyped.err
    );
    stage.configure(
        "[[drift]]\nfrom = \"staging\"\nto = \"dev\"\nmap = [{ kind = \"oauth_client\", from = \"Lake Feeder\", to = \"Warehouse Loader\" }]\n",
    );
    assert_eq!(present(&[]), 0, "the configured pair counts the other way round as well");
}

#[test]
fn sides_that_are_none_are_usage_errors_that_help() {
    let stage = night();
    let path = plan(&stage, "x", false);
    for (left, right, said) in [
        ("dev", "dev", "does not differ from itself"),
        ("dev", "stagign", "did you mean the org `staging`?"),
        ("nowhere.json", "elsewhere.json", "`elsewhere.json` is neither an org"),
        ("dev", path.as_str(), "@ORG"),
        ("dev@yesterday", "staging", "whose time begins with `yesterday`"),
    ] {
        let ended = drift(&stage, left, right, &[]);
        assert_eq!(ended.code, 2, "{left} {right}: {}", ended.err);
        assert!(ended.err.contains(said), "{left} {right}: {}", ended.err);
        assert!(ended.out.is_empty());
    }
    let alone = rolecall(&["drift", "dev", "staging"]);
    assert_eq!(alone.code, 2);
    assert!(alone.err.contains("add --config FILE"), "{}", alone.err);
}

#[test]
fn live_reads_the_orgs_now_and_needs_no_history() {
    let mut stage = Stage::with_faults("");
    let from_history = drift(&stage, "dev", "staging", &["--format", "json"]);
    assert_eq!(from_history.code, 2);
    assert!(from_history.err.contains("ask with --live"), "{}", from_history.err);

    let live = drift(&stage, "dev", "staging", &["--live", "--format", "json"]);
    assert_eq!(live.code, 1, "{}", live.err);
    assert!(!stage.requests().is_empty());
    assert!(!stage.path("history/dev").exists(), "looking leaves no night behind");
    for secret in stage.secrets() {
        assert!(!live.out.contains(&secret) && !live.err.contains(&secret));
    }
    assert_eq!(stage.run().code, 1);
    let kept = drift(&stage, "dev", "staging", &["--format", "json"]);
    let blockers = names(&answer(&kept), "blockers", "name");
    assert_eq!(names(&answer(&live), "blockers", "name"), blockers);

    // The night that is kept is the last one, and the org is read now: nothing happened in between.
    let since = drift(&stage, "staging@last-night", "staging", &["--live", "--format", "json"]);
    assert_eq!(since.code, 0, "{}{}", since.out, since.err);
    let path = plan(
        &stage,
        role_id(&snapshot_file::read(Path::new(&snapshot_path(&stage, "staging"))).unwrap()).as_str(),
        false,
    );
    let laid = drift(&stage, "staging", &format!("{path}@staging"), &["--live", "--format", "json"]);
    assert_eq!(names(&answer(&laid), "changes", "name"), [ROLE], "{}", laid.err);

    let files = drift(&stage, &snapshot_path(&stage, "dev"), &snapshot_path(&stage, "staging"), &["--live"]);
    assert_eq!(files.code, 2);
    assert!(files.err.contains("neither side is the name of one"), "{}", files.err);

    stage.set_faults("roles:org=staging=403");
    let part = drift(&stage, "dev", "staging", &["--live", "--format", "json"]);
    assert_eq!(part.code, 3, "{}", part.err);
    std::fs::write(stage.path("staging.secret"), "canary-secret").unwrap();
    let refused = drift(&stage, "dev", "staging", &["--live"]);
    assert_eq!(refused.code, 4, "{}", refused.err);
    assert!(
        refused.err.contains("error: org `staging`: `http://") && !refused.err.contains("canary"),
        "{}",
        refused.err
    );
    assert!(refused.out.is_empty());
}
