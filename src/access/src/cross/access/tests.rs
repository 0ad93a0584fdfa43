//! What unread lists may and may not do to answers.

use serde_json::{Value, json};

use super::*;
use rolecall_base::coverage::{Listing, ListingRecord, Seen, Unread};
use rolecall_base::id::UserId;
use rolecall_base::user::User;

const ASKS_BOTH: &str = "method,path,permissions_match,permissions,scopes\n\
                         GET,/api/v2/a,ANY,routing:queue:view,\n\
                         GET,/api/v2/both,ALL,routing:queue:view;gone:thing:view,\n";

/// User `u1` is in group `g1`, which holds `routing:queue:view` everywhere. A policy denies group `g2`.
fn snapshot() -> Snapshot {
    let value: Value = json!({
        "org": {"name": "dev", "environment": "", "api_url": "", "auditor": "auditor"},
        "as_of": "2026-08-15T00:00:00Z", "collected_by": "", "coverage": {"listings": {}},
        "collection": {"started": null, "seconds": 0.0, "calls_needed": 0, "calls_made": 0, "retries": 0,
                       "rate_limited": 0, "tokens": 0},
        "divisions": [], "oauth_clients": [], "trustees": [],
        "permissions": [{"permission": "routing:queue:view", "division_aware": true}],
        "roles": [{"id": "r1", "name": "Queue viewer",
                   "policies": [{"domain": "routing", "entity": "queue", "actions": ["view"]}]}],
        "users": [{"id": "u1", "name": "svc-reporting", "state": "active"}],
        "groups": [{"id": "g1", "name": "Viewers", "state": "active"}, {"id": "g2", "name": "Refused"}],
        "group_members": {"g1": ["u1"], "g2": []},
        "grants": [{"subject_kind": "group", "subject": "g1", "role": "r1", "reach": "all",
                    "read_from": "role_subjects"}],
        "policies": [{"id": "p1", "name": "Refuse", "target": "routing:queue:*", "subject": {"group": "g2"},
                      "effect": "deny", "active": true, "applies_to_clients": false, "has_condition": false}]
    });
    let mut snapshot: Snapshot = serde_json::from_value(value).unwrap();
    for listing in Listing::ALL {
        mark(&mut snapshot, listing, Seen::Whole, Vec::new());
    }
    snapshot
}

fn mark(snapshot: &mut Snapshot, listing: Listing, seen: Seen, unread: Vec<Option<&str>>) {
    let unread = unread
        .into_iter()
        .map(|of| Unread { of: of.map(str::to_owned), why: String::new(), missing_permissions: Vec::new() })
        .collect();
    let record = ListingRecord { seen, read: 0, expected: None, unread, read_at: None };
    snapshot.coverage.listings.insert(listing, record);
}

fn answer(snapshot: &Snapshot, operation: usize) -> (String, Vec<String>) {
    let matrix = rolecall_matrix::csv::read("test", ASKS_BOTH).unwrap();
    let map = AccessMap::of(snapshot, &matrix, None);
    let principal = map.principals().first().unwrap();
    let answer = map.answer(principal, operation);
    let missing = map.missing_permissions(principal, operation, answer);
    (format!("{} {}", answer.verdict, answer.reasons), missing.iter().map(ToString::to_string).collect())
}

#[test]
fn policy_on_a_group_whose_members_were_not_all_read_leaves_nothing_certain() {
    let mut snapshot = snapshot();
    assert_eq!(answer(&snapshot, 0).0, "allowed ");
    mark(&mut snapshot, Listing::GroupMembers, Seen::Part, vec![Some("g2")]);
    assert_eq!(answer(&snapshot, 0).0, "conditional access-policy-may-deny;data-incomplete");
    snapshot.group_members.remove(&GroupId::new("g2"));
    assert_eq!(answer(&snapshot, 0).0, "conditional access-policy-may-deny;data-incomplete");
}

#[test]
fn group_whose_state_was_not_read_grants_nothing_for_certain() {
    let mut snapshot = snapshot();
    snapshot.groups.clear();
    mark(&mut snapshot, Listing::Groups, Seen::Part, vec![None]);
    assert_eq!(answer(&snapshot, 0).0, "unknown data-incomplete");
}

#[test]
fn permission_that_an_unread_grant_may_give_is_never_called_missing_or_absent() {
    let mut snapshot = snapshot();
    snapshot.permissions.clear();
    snapshot.grants.clear();
    let denied = "denied missing-permission;permission-not-in-org".to_owned();
    let both = vec!["routing:queue:view".to_owned(), "gone:thing:view".to_owned()];
    assert_eq!(answer(&snapshot, 1), (denied.clone(), both));
    mark(&mut snapshot, Listing::RoleGrants, Seen::Part, vec![Some("r1")]);
    assert_eq!(answer(&snapshot, 1), (denied, vec!["gone:thing:view".to_owned()]));
}

#[test]
fn unread_members_of_groups_bear_on_no_client() {
    let mut snapshot = snapshot();
    snapshot.users.clear();
    snapshot.oauth_clients = serde_json::from_value(
        json!([{"id": "c1", "name": "svc", "grant_type": "CLIENT-CREDENTIALS", "state": "active"}]),
    )
    .unwrap();
    mark(&mut snapshot, Listing::GroupMembers, Seen::Part, vec![Some("g1")]);
    assert_eq!(answer(&snapshot, 0).0, "denied missing-permission");
}

/// Clients `c1` and `c2` act as themselves and hold nothing; user `u1` and its group hold nothing either.
fn bare() -> Snapshot {
    let mut snapshot = snapshot();
    snapshot.grants.clear();
    snapshot.oauth_clients = serde_json::from_value(json!([
        {"id": "c1", "name": "one", "grant_type": "CLIENT-CREDENTIALS", "state": "active", "role_divisions": []},
        {"id": "c2", "name": "two", "grant_type": "CLIENT-CREDENTIALS", "state": "active", "role_divisions": []}
    ]))
    .unwrap();
    let second = User { id: UserId::new("u2"), name: "svc-other".to_owned(), ..snapshot.users[0].clone() };
    snapshot.users.push(second);
    snapshot
}

fn answers(snapshot: &Snapshot) -> Vec<String> {
    let matrix = rolecall_matrix::csv::read("test", ASKS_BOTH).unwrap();
    let map = AccessMap::of(snapshot, &matrix, None);
    map.principals().iter().map(|one| format!("{} {}", one.id, map.answer(one, 0).verdict)).collect()
}

#[test]
fn unread_part_of_one_client_leaves_the_others_certain() {
    let mut snapshot = bare();
    mark(&mut snapshot, Listing::OauthClients, Seen::Part, vec![Some("c1")]);
    assert_eq!(answers(&snapshot), ["c1 unknown", "c2 denied", "u1 denied", "u2 denied"]);
    for cut in [vec![Some("c1"), None], vec![Some("c1"), Some("client that is not listed")]] {
        mark(&mut snapshot, Listing::OauthClients, Seen::Part, cut);
        assert_eq!(answers(&snapshot), ["c1 unknown", "c2 unknown", "u1 denied", "u2 denied"]);
    }
}

#[test]
fn unread_grants_of_one_subject_leave_the_others_certain() {
    let mut snapshot = bare();
    mark(&mut snapshot, Listing::RoleGrants, Seen::Part, vec![Some("u2")]);
    assert_eq!(answers(&snapshot), ["c1 denied", "c2 denied", "u1 denied", "u2 unknown"]);
    mark(&mut snapshot, Listing::RoleGrants, Seen::Part, vec![Some("g1")]);
    assert_eq!(answers(&snapshot), ["c1 denied", "c2 denied", "u1 unknown", "u2 denied"], "u1 is in the group");
    mark(&mut snapshot, Listing::RoleGrants, Seen::Part, vec![Some("role or subject that is not listed")]);
    assert_eq!(answers(&snapshot), ["c1 denied", "c2 denied", "u1 unknown", "u2 unknown"]);
}

#[test]
fn unread_grants_of_a_group_with_unread_members_may_be_anybodys() {
    let mut snapshot = bare();
    mark(&mut snapshot, Listing::RoleGrants, Seen::Part, vec![Some("g1")]);
    mark(&mut snapshot, Listing::GroupMembers, Seen::Part, vec![Some("g1")]);
    assert_eq!(answers(&snapshot), ["c1 denied", "c2 denied", "u1 unknown", "u2 unknown"]);
    mark(&mut snapshot, Listing::GroupMembers, Seen::Whole, vec![]);
    snapshot.group_members.remove(&GroupId::new("g1"));
    assert_eq!(answers(&snapshot), ["c1 denied", "c2 denied", "u1 unknown", "u2 unknown"]);
}

#[test]
fn role_that_was_read_in_part_may_permit_anything_to_those_who_hold_it_and_to_nobody_else() {
    let mut snapshot = bare();
    snapshot.oauth_clients[0].role_divisions = serde_json::from_value(json!([{"role": "r1", "reach": "all"}])).unwrap();
    snapshot.roles[0].policies.clear();
    assert_eq!(answers(&snapshot), ["c1 denied", "c2 denied", "u1 denied", "u2 denied"]);
    mark(&mut snapshot, Listing::Roles, Seen::Part, vec![Some("r1")]);
    assert_eq!(answers(&snapshot), ["c1 unknown", "c2 denied", "u1 denied", "u2 denied"]);
    mark(&mut snapshot, Listing::Roles, Seen::Part, vec![Some("role that is not listed")]);
    assert_eq!(answers(&snapshot), ["c1 denied", "c2 denied", "u1 unknown", "u2 unknown"]);
}

#[test]
fn user_whose_state_is_not_known_is_not_called_inactive() {
    let mut snapshot = snapshot();
    snapshot.users[0].state = User::STATE_NOT_KNOWN.to_owned();
    assert_eq!(answer(&snapshot, 0).0, "unknown data-incomplete");
}

/// One client with these grants (role, division; `*` for all) over two permissions that divisions limit, `a` and `b`, and
/// one that none limits, `c`. Role `a` gives `a`, role `a?` gives it under a condition, and so on.
fn decide(asked: &str, grants: &[(&str, &str)]) -> (String, Vec<String>) {
    let mut snapshot = snapshot();
    let name = |letter: &str| format!("x:{letter}:view");
    snapshot.users.clear();
    snapshot.permissions = ["a", "b", "c"]
        .iter()
        .map(|letter| rolecall_base::catalogue::CataloguePermission {
            permission: Permission::new(name(letter)),
            division_aware: Some(*letter != "c"),
            allows_conditions: None,
            label: None,
        })
        .collect();
    let role = |letter: &str, condition: Option<&str>| {
        json!({"id": format!("{letter}{}", if condition.is_some() { "?" } else { "" }), "name": letter,
               "policies": [{"domain": "x", "entity": letter, "actions": ["view"], "condition": condition}]})
    };
    let roles = ["a", "b", "c"].iter().flat_map(|letter| [role(letter, None), role(letter, Some("{}"))]);
    snapshot.roles = serde_json::from_value(roles.collect()).unwrap();
    let own = grants.iter().map(|(role, division)| {
        let reach = if *division == "*" { json!("all") } else { json!({"in": division}) };
        json!({"role": role, "reach": reach})
    });
    snapshot.oauth_clients = serde_json::from_value(json!([{
        "id": "c1", "name": "svc", "grant_type": "CLIENT-CREDENTIALS", "state": "active",
        "role_divisions": own.collect::<Vec<Value>>(),
    }]))
    .unwrap();
    let (matching, letters) = asked.split_once(' ').unwrap();
    let permissions = letters.split(' ').map(name).collect::<Vec<_>>().join(";");
    let text = format!("method,path,permissions_match,permissions,scopes\nGET,/api/v2/x,{matching},{permissions},\n");
    let matrix = rolecall_matrix::csv::read("test", &text).unwrap();
    let map = AccessMap::of(&snapshot, &matrix, None);
    let principal = map.principals().first().unwrap();
    let answer = map.answer(principal, 0);
    let divisions = map.divisions(principal, 0, answer).iter().map(ToString::to_string).collect();
    (format!("{} {}", answer.verdict, answer.reasons).trim_end().to_owned(), divisions)
}

#[test]
fn permissions_are_judged_division_by_division() {
    type Case<'c> = (&'c str, &'c [(&'c str, &'c str)], &'c str, &'c [&'c str]);
    let cases: &[Case<'_>] = &[
        ("ANY a b", &[], "denied missing-permission", &[]),
        ("ANY a b", &[("a", "d1"), ("b", "d2")], "partial", &["d1", "d2"]),
        ("ANY a b", &[("a", "d1"), ("b?", "d1")], "partial", &["d1"]),
        ("ANY a b", &[("a", "d1"), ("b?", "d2")], "partial conditions-apply", &["d1"]),
        ("ANY a b", &[("a", "d1"), ("a?", "*")], "partial conditions-apply", &["d1"]),
        ("ANY a b", &[("a?", "d1")], "conditional conditions-apply", &[]),
        ("ANY a c", &[("a", "d1"), ("c?", "d2")], "partial conditions-apply", &["d1"]),
        ("ANY a c", &[("a?", "d1"), ("c", "d2")], "allowed", &[]),
        ("ANY a b", &[("a", "*"), ("b?", "d1")], "allowed", &[]),
        ("ALL a b", &[("a", "*"), ("b", "d1")], "partial", &["d1"]),
        ("ALL a b", &[("a", "d1"), ("b", "d2")], "denied missing-division", &[]),
        ("ALL a b", &[("a", "d1"), ("b?", "d1")], "conditional conditions-apply", &[]),
        ("ALL a b", &[("a", "d1"), ("b?", "d2")], "denied missing-division", &[]),
        ("ALL a b", &[("a", "d1"), ("b?", "*")], "conditional conditions-apply", &[]),
        ("ALL a b", &[("a", "*"), ("b", "d1"), ("b?", "d2")], "partial conditions-apply", &["d1"]),
        ("ALL a b", &[("a", "d1"), ("a?", "d2"), ("b", "d2")], "conditional conditions-apply", &[]),
        ("ALL a b", &[("a?", "d1"), ("a", "d3"), ("b", "d1")], "conditional conditions-apply", &[]),
        ("ALL a b", &[("a", "d1")], "denied missing-permission", &[]),
        ("ALL a c", &[("a?", "d1"), ("c", "d2")], "conditional conditions-apply", &[]),
        ("ALL a c", &[("a", "d1"), ("c", "d2")], "partial", &["d1"]),
        ("ALL c", &[("c?", "d2")], "conditional conditions-apply", &[]),
    ];
    for (asked, grants, verdict, divisions) in cases {
        let found = decide(asked, grants);
        assert_eq!(
            (found.0.as_str(), found.1),
            (*verdict, divisions.iter().map(ToString::to_string).collect()),
            "{asked} {grants:?}"
        );
    }
}
