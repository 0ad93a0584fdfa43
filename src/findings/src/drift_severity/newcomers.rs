//! Whether principals that only one side has are weighed by what they can do.

use rolecall_access::drift::change::{Change, DriftKind, Effect};
use rolecall_access::drift::{Between, Drift, How, SideInput, compare};
use rolecall_base::coverage::Listing;
use rolecall_base::grant::{Reach, SubjectKind};
use rolecall_base::id::RoleId;
use rolecall_base::oauth_client::{ClientState, GrantType};

use rolecall_testkit::{VIEW, World};

use crate::severity::Severity;
use crate::testing::{Night, evidence};
use crate::{drift_severity, drift_words};

const GRANT: &str = "authorization:grant:add";

fn two() -> (Night, Night) {
    let night = |name, prefix| Night::of(World::with_viewer(name, prefix));
    (night("dev", "d"), night("staging", "s"))
}

fn how() -> How {
    How { between: Between::Orgs, mappings: Vec::new(), ignore: Vec::new() }
}

fn drift(left: &Night, right: &Night) -> Drift {
    drift_of(left, right, &how())
}

fn drift_of(left: &Night, right: &Night, how: &How) -> Drift {
    let evidence = evidence(&[left, right]);
    let side = |at: usize| SideInput { map: &evidence.orgs[at].map, needed: &evidence.orgs[at].needed };
    compare(side(0), side(1), how)
}

/// The row about who or what is new, with its severity.
fn new_row(drift: &Drift, kind: DriftKind) -> (&Change, Severity) {
    let is_new = |change: &&Change| change.kind == kind && change.field == "presence" && change.from_value == "absent";
    let change = drift.changes.iter().find(is_new).unwrap();
    (change, drift_severity::of(change, drift))
}

fn with_role(more: impl Fn(&mut Night)) -> Drift {
    let (mut left, mut right) = two();
    left.role("d-boss", "Boss", &[GRANT]);
    right.role("s-boss", "Boss", &[GRANT]);
    // Where only service users are collected, a person may be there all the same.
    left.user("d-person", "person", false, &[]);
    more(&mut right);
    drift(&left, &right)
}

#[test]
fn new_client_is_weighed_by_its_roles() {
    for (role, severity, permission) in [("s-boss", Severity::Critical, GRANT), ("s-viewer", Severity::Medium, VIEW)] {
        let drift = with_role(|right| {
            right.client("s-new", "fresh", &[(role, "*")]);
        });
        let (change, weighed) = new_row(&drift, DriftKind::OauthClient);
        assert_eq!((change.effect, weighed), (Effect::Widens, severity));
        let principal = &drift.principals[change.affected[0]];
        assert!(principal.is_new() && !principal.is_gone());
        let difference = &drift.differences[principal.difference.unwrap()];
        assert_eq!(difference.gained_permissions, [permission]);
        assert!(!difference.gained.is_empty() && difference.lost.is_empty());
    }
}

#[test]
fn client_that_is_gone_loses_what_it_could_do() {
    let (mut left, right) = two();
    left.client("d-old", "former", &[("d-viewer", "*")]);
    let drift = drift(&left, &right);
    let gone = drift.principals.iter().find(|principal| principal.is_gone()).unwrap();
    assert_eq!(gone.name, "former");
    assert_eq!(drift.differences[gone.difference.unwrap()].lost_permissions, [VIEW]);
    assert_eq!(drift_severity::of(&drift.changes[0], &drift), Severity::Low);
}

#[test]
fn new_user_is_weighed_by_direct_grants_and_by_groups() {
    let direct = with_role(|right| {
        right.user("s-u", "fresh", false, &[("s-boss", "s-sales")]);
    });
    assert_eq!(new_row(&direct, DriftKind::User).1, Severity::Critical);
    let through = with_role(|right| {
        right.user("s-u", "fresh", true, &[]).group("s-g", "Jobs", &["s-u"], &[("s-boss", "*")]);
    });
    assert_eq!(new_row(&through, DriftKind::ServiceUser).1, Severity::Critical);
    assert_eq!(new_row(&through, DriftKind::Group).1, Severity::Critical);
}

#[test]
fn person_is_new_only_where_people_were_collected_or_a_plan_makes_them() {
    let made = format!("genesyscloud_user.x{}", rolecall_base::user::User::TO_BE_MADE);
    for (id, effect) in [("s-u", Effect::Unknown), (made.as_str(), Effect::Widens)] {
        let (mut left, mut right) = two();
        left.role("d-boss", "Boss", &[GRANT]);
        right.role("s-boss", "Boss", &[GRANT]).user(id, "fresh", false, &[("s-boss", "*")]);
        let drift = drift(&left, &right);
        let row = drift.changes.iter().find(|change| change.name == "fresh").unwrap();
        assert_eq!(row.effect, effect, "{id}");
    }
}

#[test]
fn new_group_is_weighed_by_what_it_carries_whoever_is_in_it() {
    for (members, role, severity) in [
        (&[][..], "s-boss", Severity::Critical),
        (&["s-stranger"][..], "s-boss", Severity::Critical),
        (&[][..], "s-viewer", Severity::Medium),
    ] {
        let drift = with_role(|right| {
            right.group("s-g", "Jobs", members, &[(role, "*")]);
        });
        assert_eq!(new_row(&drift, DriftKind::Group).1, severity, "{members:?} {role}");
    }
}

#[test]
fn grant_to_a_group_of_nobody_that_is_seen_is_weighed_by_the_role() {
    let (mut left, mut right) = two();
    left.role("d-boss", "Boss", &[GRANT]).group("d-g", "Jobs", &[], &[]);
    right.role("s-boss", "Boss", &[GRANT]).group("s-g", "Jobs", &[], &[]);
    right.grants(SubjectKind::Group, "s-g", &[("s-boss", "*")]);
    let drift = drift(&left, &right);
    let change = &drift.changes[0];
    let row = (change.kind, change.field.as_str(), change.to_value.as_str(), change.effect, drift.changes.len());
    assert_eq!(row, (DriftKind::Group, "grants", "Boss in all divisions", Effect::Widens, 1));
    assert_eq!(drift_severity::of(&drift.changes[0], &drift), Severity::Critical);
}

#[test]
fn new_role_is_weighed_by_its_permissions_unless_its_holders_gain_nothing() {
    let (left, mut right) = two();
    right.role("s-boss", "Boss", &[GRANT]);
    assert_eq!(new_row(&drift(&left, &right), DriftKind::Role).1, Severity::Critical);
    right.role("s-again", "Again", &[VIEW]);
    let pair = rolecall_base::oauth_client::RoleDivision { role: RoleId::new("s-again"), reach: Reach::All };
    right.snapshot.oauth_clients[0].role_divisions.as_mut().unwrap().push(pair);
    let drift = drift(&left, &right);
    let again = drift.changes.iter().find(|change| change.name == "Again").unwrap();
    assert_eq!(again.effect, Effect::None);
}

#[test]
fn inactive_newcomer_is_weighed_lower_and_can_do_nothing() {
    let drift = with_role(|right| {
        right.client("s-new", "fresh", &[("s-boss", "*")]);
        right.snapshot.oauth_clients.iter_mut().find(|one| one.name == "fresh").unwrap().state = ClientState::Inactive;
    });
    let (change, severity) = new_row(&drift, DriftKind::OauthClient);
    assert!(change.is_idle && change.affected.is_empty());
    assert_eq!((change.gives.as_slice(), severity), (&[GRANT.to_owned()][..], Severity::Medium));
    let clause = drift_words::clause(change, Between::Orgs);
    assert!(clause.ends_with("it is inactive and can do nothing yet"), "{clause}");
    assert!(drift.principals.iter().all(|principal| !principal.is_new()));
}

#[test]
fn new_client_of_users_is_weighed_by_what_its_scopes_let_them_use() {
    for (scopes, severity) in [
        (&["authorization"][..], Severity::High),
        (&["routing:readonly"][..], Severity::Medium),
        (&[][..], Severity::Medium),
    ] {
        let drift = with_role(|right| {
            right.user_client("s-app", "app", GrantType::Code, scopes);
        });
        assert_eq!(new_row(&drift, DriftKind::OauthClient).1, severity, "{scopes:?}");
    }
}

#[test]
fn newcomer_that_may_be_on_the_other_side_gains_nothing() {
    let (mut left, mut right) = two();
    left.unread(Listing::OauthClients);
    right.role("s-boss", "Boss", &[GRANT]).client("s-new", "fresh", &[("s-boss", "*")]);
    let drift = drift(&left, &right);
    let row = drift.changes.iter().find(|change| change.name == "fresh").unwrap();
    assert_eq!((row.effect, row.affected.len()), (Effect::Unknown, 0));
    assert!(drift.principals.iter().all(|principal| principal.name != "fresh"));
}

#[test]
fn ignored_newcomer_is_not_weighed() {
    let (left, mut right) = two();
    right.client("s-new", "fresh", &[("s-viewer", "*")]);
    let how = How { ignore: vec!["oauth_client:fresh".to_owned()], ..how() };
    let drift = drift_of(&left, &right, &how);
    assert!(drift.changes.is_empty() && drift.principals.iter().all(|principal| principal.name != "fresh"));
}

#[test]
fn newcomers_that_can_do_the_same_share_one_difference() {
    let (left, mut right) = two();
    right.client("s-a", "a", &[("s-viewer", "*")]).client("s-b", "b", &[("s-viewer", "*")]);
    let drift = drift(&left, &right);
    let new: Vec<_> = drift.principals.iter().filter(|one| one.is_new()).map(|one| one.difference).collect();
    assert_eq!(new, [Some(0), Some(0)]);
    assert_eq!(drift.differences.len(), 1);
}
