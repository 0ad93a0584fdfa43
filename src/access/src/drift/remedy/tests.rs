//! The fix for each kind of cause, and that hostile names stay where they belong.

use serde_json::Value;

use super::*;
use crate::cross::{Answer, Reason, Verdict};
use crate::drift::broken::{Certainty, NeedSource};
use crate::drift::change::Effect;
use rolecall_base::oauth_client::GrantType;
use rolecall_testkit::World;

const CALL: &str = "POST /api/v2/analytics/queues/observations/query";
const NEEDED: &str = "analytics:queueObservation:view";

fn orgs() -> (World, World) {
    let (mut left, mut right) = (World::of_org("dev"), World::of_org("staging"));
    left.division("h1", "Home").division("d1", "Sales");
    left.role("r1", "Queue Viewer", &[NEEDED, "routing:queue:view"]).client("c1", "Dashboard", &[("r1", "d1")]);
    left.user("u1", "svc-night", true, &[]).group("g1", "Night Jobs", &["u1"], &[("r1", "*")]);
    left.snapshot.divisions[0].home = true;
    right.division("h2", "Hauptsitz").division("d2", "Sales");
    right.role("r2", "Queue Viewer", &["routing:queue:view"]).client("c2", "Dashboard", &[]);
    right.user("u2", "svc-night", true, &[]).group("g2", "Night Jobs", &["u2"], &[]);
    right.snapshot.divisions[0].home = true;
    (left, right)
}

fn broken(kind: DriftKind, name: &str, from_id: &str, to_id: &str) -> BrokenCall {
    BrokenCall {
        certainty: Certainty::Fails,
        kind,
        name: name.to_owned(),
        from_id: from_id.to_owned(),
        to_id: to_id.to_owned(),
        endpoint: CALL.parse().unwrap(),
        division: None,
        needs: vec![NeedSource::Observed { successes: 1, requests: 1 }],
        left: Answer::plain(Verdict::Allowed),
        right: Some(Answer::because(Verdict::Denied, Reason::MissingPermission)),
        missing_permissions: vec![NEEDED.to_owned()],
        missing_scopes: vec!["analytics:readonly".to_owned()],
        causes: vec![0],
    }
}

fn remedy_for(change: &Change, calls: &[BrokenCall], orgs: &(World, World)) -> Remedy {
    remedy(change, &calls.iter().collect::<Vec<_>>(), &orgs.0.snapshot, &orgs.1.snapshot)
}

fn change(kind: DriftKind, name: &str, field: &str, from: &str, to: &str) -> Change {
    Change { from_id: "left".to_owned(), ..Change::new(kind, name, field, from, to, Effect::Breaks) }
}

fn grant(role: &str, division: Option<&str>) -> ShownGrant {
    ShownGrant { role: role.to_owned(), division: division.map(str::to_owned), granted_at: None }
}

/// The JSON below the first line and the comments of the first call.
fn body(api: &str) -> Value {
    let start = api.find("\n{").or_else(|| api.find("\n[")).unwrap();
    serde_json::Deserializer::from_str(&api[start..]).into_iter::<Value>().next().unwrap().unwrap()
}

#[test]
fn role_that_lost_permissions_gets_back_only_what_the_calls_miss() {
    let row = Change {
        to_id: "r2".to_owned(),
        items: Items::Permissions(vec![NEEDED.to_owned(), "routing:wrapupCode:view".to_owned()]),
        ..change(DriftKind::Role, "Queue Viewer", "permissions", "", "")
    };
    let calls = [broken(DriftKind::OauthClient, "Dashboard", "c1", "c2")];
    let remedy = remedy_for(&row, &calls, &orgs());
    assert_eq!(remedy.what, "add `analytics:queueObservation:view` to role `Queue Viewer` in staging");
    assert!(remedy.cx_as_code.starts_with("# in resource \"genesyscloud_auth_role\" \"Queue_Viewer\"\n"));
    assert!(remedy.cx_as_code.contains("  entity_name = \"queueObservation\"\n  action_set  = [\"view\"]\n}\n"));
    assert!(!remedy.cx_as_code.contains("wrapupCode"), "{}", remedy.cx_as_code);
    assert!(remedy.api.starts_with("PUT /api/v2/authorization/roles/r2\n# the body replaces"), "{}", remedy.api);
    assert_eq!(body(&remedy.api)[0]["entityName"], "queueObservation");
}

#[test]
fn role_that_is_absent_is_created_and_granted_to_its_victims_and_their_groups() {
    let row = change(DriftKind::Role, "Queue Viewer", "presence", "present", "absent");
    let calls = [
        broken(DriftKind::OauthClient, "Dashboard", "c1", "c2"),
        broken(DriftKind::ServiceUser, "svc-night", "u1", "u2"),
    ];
    let mut orgs = orgs();
    orgs.1.snapshot.roles.clear();
    let remedy = remedy_for(&row, &calls, &orgs);
    assert_eq!(
        remedy.what,
        "create role `Queue Viewer` in staging as it is in dev, and grant it to `Night Jobs`, `Dashboard`"
    );
    assert!(remedy.cx_as_code.starts_with("resource \"genesyscloud_auth_role\" \"Queue_Viewer\" {\n"));
    assert!(remedy.cx_as_code.contains("division_id = genesyscloud_auth_division.Sales.id"), "{}", remedy.cx_as_code);
    assert!(remedy.cx_as_code.contains("# in resource \"genesyscloud_group_roles\" \"Night_Jobs\""));
    assert!(remedy.api.starts_with("POST /api/v2/authorization/roles\n"));
    assert_eq!(body(&remedy.api)["permissionPolicies"].as_array().unwrap().len(), 2);
    assert!(remedy.api.contains("subjects/c2/bulkadd?subjectType=PC_OAUTH_CLIENT"), "{}", remedy.api);
    assert!(remedy.api.contains("subjects/g2/bulkadd?subjectType=PC_GROUP"), "{}", remedy.api);
    assert!(remedy.api.contains("\"divisionId\": \"d2\""), "the right side's id: {}", remedy.api);
}

#[test]
fn lost_grant_is_given_in_the_division_of_the_right_side() {
    let row = Change {
        to_id: "c2".to_owned(),
        items: Items::Grants(vec![grant("Queue Viewer", Some("Home")), grant("Other", None)]),
        ..change(DriftKind::OauthClient, "Dashboard", "grants", "", "")
    };
    let remedy = remedy_for(&row, &[broken(DriftKind::OauthClient, "Dashboard", "c1", "c2")], &orgs());
    assert_eq!(
        remedy.what, "grant role `Queue Viewer` in division `Home` to OAuth client `Dashboard` in staging",
        "only the role that helps"
    );
    assert!(remedy.cx_as_code.contains("division_id = data.genesyscloud_auth_division_home.home.id"));
    assert_eq!(body(&remedy.api), json!({ "grants": [{ "roleId": "r2", "divisionId": "h2" }] }));
}

#[test]
fn grants_of_users_warn_that_the_resource_is_the_whole_list() {
    let row = Change {
        to_id: "u2".to_owned(),
        items: Items::Grants(vec![grant("Queue Viewer", None)]),
        ..change(DriftKind::ServiceUser, "svc-night", "grants", "", "")
    };
    let remedy = remedy_for(&row, &[broken(DriftKind::ServiceUser, "svc-night", "u1", "u2")], &orgs());
    assert!(remedy.cx_as_code.contains("# what this resource does not list is removed"));
    assert!(remedy.cx_as_code.contains("division_ids = [\"*\"]"));
    assert!(remedy.api.starts_with("POST /api/v2/authorization/subjects/u2/bulkadd?subjectType=PC_USER\n"));
}

#[test]
fn scope_is_added_to_those_that_are_there() {
    let mut orgs = orgs();
    orgs.1.user_client("c3", "Desktop", GrantType::Code, &["users"]);
    let row = Change {
        to_id: "c3".to_owned(),
        items: Items::Scopes(vec!["analytics:readonly".to_owned(), "routing".to_owned()]),
        ..change(DriftKind::OauthClient, "Desktop", "scopes", "", "")
    };
    let remedy = remedy_for(&row, &[broken(DriftKind::OauthClient, "Desktop", "c0", "c3")], &orgs);
    assert_eq!(remedy.what, "add scope `analytics:readonly` to OAuth client `Desktop` in staging");
    assert!(remedy.cx_as_code.contains("scopes = [\"analytics:readonly\", \"users\"]"));
    assert_eq!(body(&remedy.api)["scope"], json!(["analytics:readonly", "users"]));
}

#[test]
fn every_other_cause_has_its_sentence_and_its_call() {
    let orgs = orgs();
    let with_id = |row: Change, to_id: &str| Change { to_id: to_id.to_owned(), ..row };
    let client = DriftKind::OauthClient;
    let calls = [broken(client, "Dashboard", "c1", "c2")];
    for (row, what, api) in [
        (
            with_id(change(client, "Dashboard", "state", "active", "inactive"), "c2"),
            "set the state of OAuth client `Dashboard` to `active` in staging",
            "PUT /api/v2/oauth/clients/c2\n",
        ),
        (
            with_id(change(client, "Dashboard", "grant_type", "CLIENT-CREDENTIALS", "CODE"), "c2"),
            "set the grant type of OAuth client `Dashboard` to `CLIENT-CREDENTIALS` in staging",
            "PUT /api/v2/oauth/clients/c2\n",
        ),
        (
            Change { from_id: "c1".to_owned(), ..change(client, "Dashboard", "presence", "present", "absent") },
            "create OAuth client `Dashboard` in staging as it is in dev, and give its id and secret to whoever uses it",
            "POST /api/v2/oauth/clients\n",
        ),
        (
            with_id(change(DriftKind::User, "Ann", "state", "active", "inactive"), "u9"),
            "set user `Ann` to `active` in staging",
            "PATCH /api/v2/users/u9\n",
        ),
        (
            Change {
                from_id: "u1".to_owned(),
                ..change(DriftKind::ServiceUser, "svc-night", "presence", "present", "absent")
            },
            "create user `svc-night` in staging with the groups and grants it has in dev",
            "POST /api/v2/users\n",
        ),
        (
            with_id(
                Change {
                    items: Items::Groups(vec!["Night Jobs".to_owned()]),
                    ..change(DriftKind::ServiceUser, "svc-night", "groups", "Night Jobs", "")
                },
                "u2",
            ),
            "add `svc-night` to group `Night Jobs` in staging",
            "POST /api/v2/groups/g2/members\n",
        ),
        (
            with_id(change(DriftKind::Group, "Night Jobs", "roles_enabled", "true", "false"), "g2"),
            "set `rolesEnabled` of group `Night Jobs` to `true` in staging",
            "PUT /api/v2/groups/g2\n",
        ),
        (
            Change {
                from_id: "g1".to_owned(),
                ..change(DriftKind::Group, "Night Jobs", "presence", "present", "absent")
            },
            "create group `Night Jobs` in staging with the members and grants it has in dev",
            "POST /api/v2/groups\n",
        ),
        (
            change(DriftKind::Division, "Sales", "presence", "present", "absent"),
            "create division `Sales` in staging, and repeat there the grants that dev has in it",
            "POST /api/v2/authorization/divisions\n",
        ),
        (
            with_id(change(DriftKind::Policy, "No bots", "active", "false", "true"), "p2"),
            "make access policy `No bots` in staging spare these calls, or switch it off",
            "PUT /api/v2/authorization/policies/p2\n",
        ),
        (
            change(DriftKind::Permission, NEEDED, "presence", "present", "absent"),
            "`analytics:queueObservation:view` cannot be granted in staging as in dev: switch on the product or feature \
             that brings it, or give the need up",
            "",
        ),
        (
            change(DriftKind::Endpoint, CALL, "permissions", "", NEEDED),
            "POST /api/v2/analytics/queues/observations/query requires more in staging than in dev: add \
             `analytics:queueObservation:view` to a role of `Dashboard`",
            "PUT /api/v2/authorization/roles/{roleId}\n",
        ),
        (
            change(client, "Dashboard", &format!("call {CALL}"), "allowed", "denied"),
            "POST /api/v2/analytics/queues/observations/query fails in staging: add `analytics:queueObservation:view` \
             to a role of `Dashboard`",
            "PUT /api/v2/authorization/roles/{roleId}\n",
        ),
    ] {
        let remedy = remedy_for(&row, &calls, &orgs);
        assert_eq!(remedy.what, what);
        assert!(remedy.api.starts_with(api) && remedy.api.is_empty() == api.is_empty(), "{what}\n{}", remedy.api);
    }
}

#[test]
fn condition_is_taken_off_what_the_calls_need() {
    let row = Change {
        to_id: "r2".to_owned(),
        items: Items::Permissions(vec![NEEDED.to_owned()]),
        ..change(DriftKind::Role, "Queue Viewer", "conditions", "always", "under a condition")
    };
    let remedy = remedy_for(&row, &[broken(DriftKind::OauthClient, "Dashboard", "c1", "c2")], &orgs());
    assert_eq!(
        remedy.what,
        "take the condition off `analytics:queueObservation:view` in role `Queue Viewer` in staging"
    );
    assert!(!remedy.cx_as_code.contains("conditions {"));
}

#[test]
fn hostile_name_breaks_out_of_neither_block_nor_comment() {
    let mut orgs = orgs();
    let name = "x\"\n}\nresource \"evil\" \"y\" {";
    orgs.0.snapshot.oauth_clients[0].name = name.to_owned();
    let row =
        Change { from_id: "c1".to_owned(), ..change(DriftKind::OauthClient, name, "presence", "present", "absent") };
    let remedy = remedy_for(&row, &[], &orgs);
    assert_eq!(remedy.what.lines().count(), 1);
    assert_eq!(remedy.cx_as_code.matches("\nresource ").count(), 0, "{}", remedy.cx_as_code);
    assert_eq!(body(&remedy.api)["name"], name);
}

#[test]
fn permission_that_the_catalogue_lacks_is_said_to_be_out_of_reach() {
    let row = change(DriftKind::Role, "Queue Viewer", "presence", "present", "absent");
    let mut call = broken(DriftKind::OauthClient, "Dashboard", "c1", "c2");
    call.right = Some(Answer::because(Verdict::Denied, Reason::PermissionNotInOrg));
    let mut orgs = orgs();
    orgs.1.snapshot.permissions.retain(|known| known.permission.as_str() != NEEDED);
    let what = remedy_for(&row, &[call], &orgs).what;
    assert!(
        what.contains("; but `analytics:queueObservation:view` is not in the permission catalogue of staging"),
        "{what}"
    );
}

#[test]
fn what_was_not_read_is_neither_created_nor_granted_nor_set() {
    let orgs = orgs();
    let mut unread = vec![
        change(DriftKind::Role, "Queue Viewer", "presence", "present", "not known"),
        change(DriftKind::OauthClient, "Dashboard", "presence", "present", "not known"),
        change(DriftKind::Group, "Night Jobs", "presence", "present", "not known"),
        change(DriftKind::User, "svc-night", "state", "active", "not known"),
        change(DriftKind::Policy, "Refuse", "presence", "not known", "present"),
    ];
    let mut role = change(DriftKind::Role, "Queue Viewer", "permissions", NEEDED, "not known");
    role.items = Items::Permissions(vec![NEEDED.to_owned()]);
    let mut client = change(DriftKind::OauthClient, "Dashboard", "grants", "Queue Viewer in Sales", "not known");
    client.items = Items::Grants(vec![grant("Queue Viewer", Some("Sales"))]);
    unread.extend([role, client]);
    for mut row in unread {
        row.effect = Effect::Unknown;
        let said = remedy_for(&row, &[broken(row.kind, &row.name, "left", "")], &orgs);
        let field = &row.field;
        assert!(said.what.starts_with(&format!("find out how `{field}` of")), "{}", said.what);
        assert!(
            said.what.contains(&row.name) && said.what.contains("in ") && !said.what.contains("in  "),
            "{}",
            said.what
        );
        assert_eq!((said.cx_as_code.as_str(), said.api.as_str()), ("", ""));
    }
}

#[test]
fn undetermined_call_is_not_said_to_fail() {
    let mut row = change(DriftKind::OauthClient, "Dashboard", &format!("call {CALL}"), "allowed", "unknown");
    row.effect = Effect::Unknown;
    let mut call = broken(DriftKind::OauthClient, "Dashboard", "c1", "c2");
    call.certainty = Certainty::NotKnown;
    let said = remedy_for(&row, &[call], &orgs());
    assert_eq!(
        said.what,
        format!("find out with `rolecall explain` what {CALL} of OAuth client `Dashboard` meets in staging")
    );
    assert_eq!(said.api, "");
}

#[test]
fn several_of_one_name_are_to_be_distinguished_and_not_made_alike() {
    let mut row = change(DriftKind::OauthClient, "Dashboard", "name", "2 of this name", "1 of this name");
    row.from_id = String::new();
    row.effect = Effect::Unknown;
    let said = remedy_for(&row, &[], &orgs());
    assert!(said.what.starts_with("say which OAuth client `Dashboard` of dev is which in staging"), "{}", said.what);
}

#[test]
fn cause_with_known_values_and_unknown_effect_is_fixed() {
    let mut row = change(DriftKind::OauthClient, "Dashboard", "grant_type", "CLIENT-CREDENTIALS", "CODE");
    row.effect = Effect::Unknown;
    assert!(remedy_for(&row, &[], &orgs()).what.starts_with("set the grant type of OAuth client `Dashboard`"));
}

#[test]
fn sides_of_one_org_are_not_both_called_by_its_name() {
    let mut orgs = orgs();
    orgs.0.snapshot.org.name = "staging".to_owned();
    let row = change(DriftKind::Role, "Queue Viewer", "presence", "present", "absent");
    let said = remedy_for(&row, &[], &orgs).what;
    assert!(said.starts_with("create role `Queue Viewer` in staging as it is in the left side"), "{said}");
}

#[test]
fn client_that_was_made_anew_is_not_created_once_more() {
    let row = change(DriftKind::OauthClient, "Dashboard", "presence", "present", "absent");
    let mut orgs = orgs();
    orgs.0.snapshot.org.name = "staging".to_owned();
    let said = remedy_for(&row, &[], &orgs);
    assert_eq!(
        said.what,
        "give the id and the secret of the new OAuth client `Dashboard` in staging to whoever uses it"
    );
    assert_eq!(said.api, "");
}
