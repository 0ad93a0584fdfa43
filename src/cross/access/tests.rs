//! What unread lists may and may not do to answers.

use serde_json::{Value, json};

use super::*;
use crate::model::coverage::{Listing, ListingRecord, Seen, Unread};

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
    let matrix = crate::matrix::csv::read("test", ASKS_BOTH).unwrap();
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
