//! What was not read, or was read of one side only, is neither a difference nor a certainty.

use super::*;
use crate::drift::AccessDifference;

fn nights() -> (World, World) {
    let mut before = World::with_viewer("dev", "d");
    before.snapshot.as_of = "2026-11-20T02:00:00Z".parse().unwrap();
    (before, World::with_viewer("dev", "d"))
}

fn since(before: &World, after: &World) -> Drift {
    drift_of(before, after, &How { between: Between::Nights, ..how() })
}

#[test]
fn new_client_with_the_grants_of_a_deleted_one_is_no_rename_of_one_org() {
    let (before, mut after) = nights();
    after.snapshot.oauth_clients[0].id = rolecall_base::id::ClientId::new("d-evil");
    after.snapshot.oauth_clients[0].name = "evil".to_owned();
    after.snapshot.grants[0].subject = rolecall_base::id::SubjectId::new("d-evil");
    assert_eq!(
        lines(&since(&before, &after)),
        [
            "oauth_client evil presence [absent] -> [present] widens",
            "oauth_client svc presence [present] -> [absent] narrows"
        ]
    );
}

#[test]
fn people_that_the_other_side_was_not_asked_for_are_not_called_absent() {
    let (mut left, mut right) = two();
    left.user("d-u", "svc-a", true, &[]).user("d-p", "Ann", false, &[("d-viewer", "*")]);
    right.user("s-u", "svc-a", true, &[]);
    for night in [&mut left, &mut right] {
        night.snapshot.users[0].email = None;
    }
    left.need("Ann", QUEUES, "");
    for (from, to) in [(&left, &right), (&right, &left)] {
        let drift = drift(from, to);
        let found = lines(&drift);
        assert!(found.iter().all(|line| line.ends_with("unknown")), "{found:?}");
        assert!(drift.broken.iter().all(|call| call.certainty == Certainty::NotKnown), "{:?}", drift.broken);
    }
}

#[test]
fn role_list_that_was_not_read_on_one_night_makes_no_grant_differ() {
    let (before, mut after) = nights();
    after.snapshot.roles.clear();
    after.unread(Listing::Roles);
    let expected = ["role Viewer presence [present] -> [not known] unknown"];
    assert_eq!(lines(&since(&before, &after)), expected);
    let mirrored = ["role Viewer presence [not known] -> [present] unknown"];
    assert_eq!(lines(&since(&after, &before)), mirrored);
}

#[test]
fn division_list_that_was_not_read_on_one_night_makes_no_grant_differ() {
    let (mut before, mut after) = nights();
    for night in [&mut before, &mut after] {
        night.client("d-b", "bound", &[("d-viewer", "d-sales")]);
        night.snapshot.oauth_clients[1].role_divisions.as_mut().unwrap()[0].reach = Reach::parse("d-sales");
    }
    before.need("bound", QUEUES, "");
    after.snapshot.divisions.clear();
    after.unread(Listing::Divisions);
    let drift = since(&before, &after);
    assert_eq!(
        lines(&drift),
        [
            "division Home of dev presence [present] -> [not known] unknown",
            "division Sales presence [present] -> [not known] unknown"
        ]
    );
    assert_eq!((drift.broken.len(), drift.differences.len()), (0, 0));
}

#[test]
fn every_list_that_was_not_read_on_one_night_breaks_no_call_and_gives_no_power() {
    let (mut before, mut after) = nights();
    for night in [&mut before, &mut after] {
        night.user("d-u", "svc-a", true, &[("d-viewer", "*")]);
        night.user("d-v", "svc-b", true, &[]).group("d-g", "Jobs", &["d-v"], &[("d-viewer", "d-sales")]);
        night.client("d-b", "bound", &[("d-viewer", "d-sales")]);
        night.user_client("d-app", "app", GrantType::Code, &["routing"]);
        night.snapshot.policies.push(AccessPolicy {
            id: rolecall_base::id::PolicyId::new("p"),
            name: "No skills".to_owned(),
            target: "routing:skill:manage".to_owned(),
            subject: PolicySubject::All,
            effect: PolicyEffect::Deny,
            active: true,
            applies_to_clients: true,
            has_condition: false,
        });
    }
    for name in ["svc", "svc-a", "svc-b", "bound", "app"] {
        before.need(name, QUEUES, "");
    }
    before.usage("d-svc", QUEUES, 10, 10, 0);
    after.usage("d-svc", QUEUES, 10, 10, 0);
    let whole = after.snapshot.clone();
    for listing in Listing::ALL {
        after.snapshot = whole.clone();
        let gone = &mut after.snapshot;
        match listing {
            Listing::OauthClients => gone.oauth_clients.clear(),
            Listing::Roles => {
                gone.roles.clear();
                gone.grants.clear();
            }
            Listing::RoleGrants => gone.grants.clear(),
            Listing::Permissions => gone.permissions.clear(),
            Listing::Divisions => gone.divisions.clear(),
            Listing::Users => gone.users.clear(),
            Listing::Groups => gone.groups.clear(),
            Listing::GroupMembers => gone.group_members.clear(),
            Listing::Policies => gone.policies.clear(),
            Listing::Usage => gone.usage = None,
            _ => {}
        }
        after.unread(listing);
        if listing == Listing::Roles {
            after.unread(Listing::RoleGrants);
        }
        for (which, drift) in [("tonight", since(&before, &after)), ("last night", since(&after, &before))] {
            let found = lines(&drift);
            assert!(found.iter().all(|line| line.ends_with(" unknown")), "{listing:?} unread {which}: {found:#?}");
            assert!(found.iter().all(|line| !line.contains(" call ")), "{listing:?} unread {which}: {found:#?}");
            let sure = drift.broken.iter().filter(|call| call.certainty != Certainty::NotKnown).collect::<Vec<_>>();
            assert!(sure.is_empty(), "{listing:?} unread {which}: {sure:#?}");
            assert!(which == "tonight" || drift.broken.is_empty(), "{listing:?}: {:#?}", drift.broken);
            let power = |one: &AccessDifference| {
                (one.lost.len(), one.gained.len(), one.lost_permissions.clone(), one.gained_permissions.clone())
            };
            for difference in &drift.differences {
                assert_eq!(power(difference), (0, 0, Vec::new(), Vec::new()), "{listing:?} unread {which}");
            }
        }
    }
}

#[test]
fn policies_that_were_not_read_make_calls_not_known_and_not_doubtful() {
    let (mut left, mut right) = two();
    left.need("svc", QUEUES, "");
    right.unread(Listing::Policies);
    let drift = drift(&left, &right);
    assert_eq!(drift.broken.iter().map(|call| call.certainty).collect::<Vec<_>>(), [Certainty::NotKnown]);
}

#[test]
fn policies_that_were_not_read_are_one_row_however_many_calls_they_leave_open() {
    let (mut left, mut right) = two();
    left.client("d-o", "other", &[("d-viewer", "*")]).need("svc", QUEUES, "").need("other", QUEUES, "");
    right.client("s-o", "other", &[("s-viewer", "*")]).unread(Listing::Policies);
    let drift = drift(&left, &right);
    assert_eq!(lines(&drift), ["policy * list [read] -> [not known] unknown"]);
    assert_eq!(drift.changes[0].broken, [0, 1]);
}

#[test]
fn grant_that_names_a_role_of_the_night_before_is_reported_although_the_role_list_was_not_read() {
    let (mut before, mut after) = nights();
    before.role("d-admin", "Admin", &["authorization:role:edit"]);
    after.snapshot.roles.clear();
    after.unread(Listing::Roles).grants(SubjectKind::OauthClient, "d-svc", &[("d-admin", "*")]);
    let found = lines(&since(&before, &after));
    let expected = "oauth_client svc grants [not known] -> [d-admin in all divisions] unknown";
    assert!(found.iter().any(|line| line == expected), "{found:?}");
}

#[test]
fn scopes_that_were_not_listed_are_what_makes_a_call_not_known() {
    let (mut left, mut right) = two();
    left.user_client("d-app", "app", GrantType::Code, &["routing"]).need("app", QUEUES, "");
    right.user_client("s-app", "app", GrantType::Code, &[]);
    right.snapshot.oauth_clients[1].scopes = None;
    (left.scopes_enforced, right.scopes_enforced) = (Some(true), Some(true));
    let drift = drift(&left, &right);
    assert_eq!(lines(&drift), ["oauth_client app scopes [routing] -> [not known] unknown"]);
    assert_eq!((drift.broken[0].certainty, drift.broken[0].causes.as_slice()), (Certainty::NotKnown, &[0][..]));
}

#[test]
fn permission_that_an_unread_catalogue_could_hold_is_not_called_gained() {
    let (mut left, mut right) = two();
    for night in [&mut left, &mut right] {
        night.snapshot.roles[0].policies[0].actions = vec!["*".to_owned()];
    }
    right.snapshot.permissions.push(rolecall_base::catalogue::CataloguePermission {
        permission: rolecall_base::permission::Permission::from_parts("routing", "queue", "paint"),
        division_aware: Some(true),
        allows_conditions: Some(false),
        label: None,
    });
    left.snapshot.permissions.clear();
    left.unread(Listing::Permissions);
    for drift in [drift(&left, &right), drift(&right, &left)] {
        let sure = |one: &AccessDifference| one.lost_permissions.is_empty() && one.gained_permissions.is_empty();
        assert!(drift.differences.iter().all(sure), "{:?}", drift.differences);
    }
}

#[test]
fn grants_in_divisions_that_no_list_names_are_not_known_to_differ() {
    let (mut left, mut right) = two();
    left.client("d-b", "bound", &[("d-viewer", "d-hidden")]).need("bound", QUEUES, "");
    right.client("s-b", "bound", &[("s-viewer", "s-hidden")]);
    let drift_of_hidden = drift(&left, &right);
    assert_eq!(
        lines(&drift_of_hidden),
        [
            "oauth_client bound grants [Viewer in d-hidden] -> [not known] unknown",
            "oauth_client bound grants [not known] -> [Viewer in s-hidden] unknown"
        ]
    );
    assert!(drift_of_hidden.differences.is_empty(), "{:?}", drift_of_hidden.differences);
    assert_eq!(drift_of_hidden.broken.iter().map(|call| call.certainty).collect::<Vec<_>>(), [Certainty::NotKnown]);
    // Whoever has it nowhere on the right has surely lost it.
    right.snapshot.oauth_clients[1].role_divisions = Some(Vec::new());
    right.snapshot.grants.retain(|grant| grant.subject.as_str() != "s-b");
    let lost = drift(&left, &right);
    assert_eq!(lost.differences.len(), 1);
    assert_eq!(lost.broken[0].certainty, Certainty::Fails);
}

#[test]
fn grant_to_somebody_who_can_use_it_on_neither_side_changes_nobodys_access() {
    let (mut left, mut right) = two();
    for night in [&mut left, &mut right] {
        night.snapshot.oauth_clients[0].state = ClientState::Inactive;
    }
    right.snapshot.oauth_clients[0].role_divisions = Some(Vec::new());
    right.snapshot.grants.clear();
    let drift = drift(&left, &right);
    assert_eq!(drift.changes.len(), 1);
    assert_eq!((drift.changes[0].affected.len(), drift.differences.len()), (0, 0));
}
