//! Whether drift keeps the properties that every honest comparison has, over random orgs: nothing differs from itself,
//! both directions tell the same, ids and ways of writing do not matter, and less data never gives more certainty.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::losses;
use crate::orgs;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use rolecall_access::cross::needed::Needed;
use rolecall_access::cross::{AccessMap, Verdict};
use rolecall_access::drift::broken::Certainty;
use rolecall_access::drift::change::{Change, DriftKind, Effect};
use rolecall_access::drift::{Between, Drift, How, SideInput, compare};
use rolecall_base::grant::{Grant, Reach};
use rolecall_base::id::{ClientId, DivisionId, GroupId, PolicyId, RoleId, SubjectId, UserId};
use rolecall_base::oauth_client::{ClientState, GrantType, RoleDivision};
use rolecall_base::permission::Permission;
use rolecall_base::policy::PolicySubject;
use rolecall_base::role::{PermissionPolicy, Role};
use rolecall_base::snapshot::Snapshot;
use rolecall_matrix::Match;
use rolecall_matrix::needs::Need;

use losses::{lose, loss};
use orgs::{World, agree, world};

fn how() -> How {
    How { between: Between::Orgs, mappings: Vec::new(), ignore: Vec::new() }
}

/// Compares two snapshots, each with its own matrix.
fn drift(left: &World, right: &World, needs: &[Need]) -> Drift {
    let maps = [left, right].map(|world| AccessMap::of(&world.snapshot, &world.matrix, world.scopes_enforced));
    let needed = [Needed::of(&maps[0], needs), Needed::of(&maps[1], needs)];
    compare(SideInput { map: &maps[0], needed: &needed[0] }, SideInput { map: &maps[1], needed: &needed[1] }, &how())
}

/// A world in which everything has a name of its own, so that every pair can be determined.
fn named(mut world: World) -> World {
    for (at, client) in world.snapshot.oauth_clients.iter_mut().enumerate() {
        client.name = format!("svc-{at}");
    }
    world.snapshot.divisions.push(rolecall_base::division::Division {
        id: DivisionId::new("d2"),
        name: "Division 2".to_owned(),
        home: false,
    });
    world
}

/// Worlds that agree with themselves, and their like with something changed.
fn two_worlds() -> impl Strategy<Value = (World, World)> {
    (world(true), world(true), any::<[bool; 7]>()).prop_map(|(one, other, take)| {
        let (left, other) = (named(one), named(other));
        let mut right = left.clone();
        let (to, from) = (&mut right.snapshot, other.snapshot);
        if take[0] {
            to.permissions = from.permissions;
        }
        if take[1] {
            to.roles = from.roles;
        }
        if take[2] {
            to.oauth_clients = from.oauth_clients;
        }
        if take[3] {
            to.users = from.users;
        }
        if take[4] {
            (to.groups, to.group_members) = (from.groups, from.group_members);
        }
        if take[5] {
            to.grants = from.grants;
        }
        if take[6] {
            to.policies = from.policies;
            right.matrix = other.matrix;
        }
        agree(&mut right.snapshot);
        (left, right)
    })
}

/// Everything that somebody could need, declared.
fn needs_of(world: &World) -> Vec<Need> {
    let mut needs = Vec::new();
    let names = world.snapshot.oauth_clients.iter().map(|client| client.name.clone());
    let names: Vec<String> = names.chain(world.snapshot.users.iter().map(|user| user.name.clone())).collect();
    for name in names {
        for operation in world.matrix.operations() {
            for division in [None, Some("Division 1".to_owned())] {
                needs.push(Need {
                    principal: name.clone(),
                    endpoint: operation.endpoint.clone(),
                    division,
                    note: String::new(),
                    org: None,
                    claims: rolecall_matrix::needs::Claims::default(),
                    file: PathBuf::from("needs.csv"),
                    line: needs.len() as u64 + 2,
                });
            }
        }
    }
    needs
}

type Row = (DriftKind, String, String, String, String, Effect);

fn row(change: &Change) -> Row {
    (
        change.kind,
        change.name.clone(),
        change.field.clone(),
        change.from_value.clone(),
        change.to_value.clone(),
        change.effect,
    )
}

fn rows(drift: &Drift) -> Vec<Row> {
    let mut rows: Vec<Row> = drift.changes.iter().map(row).collect();
    rows.sort();
    rows
}

fn mirrored(effect: Effect) -> Effect {
    match effect {
        Effect::Widens => Effect::Narrows,
        Effect::Narrows => Effect::Widens,
        Effect::Breaks | Effect::Unknown | Effect::None => effect,
    }
}

/// Gives every object of a snapshot a new id, wherever the id is named.
fn with_new_ids(snapshot: &Snapshot) -> Snapshot {
    let new = |id: &str| format!("new-{id}");
    let reach = |reach: &Reach| match reach {
        Reach::All => Reach::All,
        Reach::In(id) => Reach::In(DivisionId::new(new(id.as_str()))),
    };
    let mut fresh = snapshot.clone();
    for one in &mut fresh.divisions {
        one.id = DivisionId::new(new(one.id.as_str()));
    }
    for one in &mut fresh.roles {
        one.id = RoleId::new(new(one.id.as_str()));
    }
    for one in &mut fresh.users {
        one.id = UserId::new(new(one.id.as_str()));
    }
    for one in &mut fresh.groups {
        one.id = GroupId::new(new(one.id.as_str()));
    }
    for one in &mut fresh.oauth_clients {
        one.id = ClientId::new(new(one.id.as_str()));
        for pair in one.role_divisions.iter_mut().flatten() {
            *pair = RoleDivision { role: RoleId::new(new(pair.role.as_str())), reach: reach(&pair.reach) };
        }
    }
    for one in &mut fresh.policies {
        one.id = PolicyId::new(new(one.id.as_str()));
        one.subject = match &one.subject {
            PolicySubject::User(id) => PolicySubject::User(new(id)),
            PolicySubject::Client(id) => PolicySubject::Client(new(id)),
            PolicySubject::Group(id) => PolicySubject::Group(new(id)),
            other => other.clone(),
        };
    }
    for grant in &mut fresh.grants {
        *grant = Grant {
            subject: SubjectId::new(new(grant.subject.as_str())),
            role: RoleId::new(new(grant.role.as_str())),
            reach: reach(&grant.reach),
            ..grant.clone()
        };
    }
    fresh.group_members = snapshot
        .group_members
        .iter()
        .map(|(group, members)| {
            let members = members.iter().map(|member| UserId::new(new(member.as_str()))).collect();
            (GroupId::new(new(group.as_str())), members)
        })
        .collect();
    // The ids sort as they did, and so do the lists.
    fresh
}

/// The lines of a role, written out: every wildcard becomes what the org's catalogue says it covers.
fn spelled_out(snapshot: &Snapshot, role: &Role) -> Role {
    let mut policies = Vec::new();
    for policy in &role.policies {
        for pattern in policy.patterns() {
            let names: Vec<Permission> = if pattern.is_wildcard() {
                let listed = snapshot.permissions.iter().map(|entry| entry.permission.clone());
                listed.filter(|name| pattern.covers(name)).collect()
            } else {
                vec![Permission::from_parts(pattern.domain, pattern.entity, pattern.action)]
            };
            policies.extend(names.iter().filter_map(Permission::parts).map(|(domain, entity, action)| {
                PermissionPolicy {
                    domain: domain.to_owned(),
                    entity: entity.to_owned(),
                    actions: vec![action.to_owned()],
                    ..policy.clone()
                }
            }));
        }
    }
    Role { policies, ..role.clone() }
}

fn is_open(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Allowed | Verdict::Partial | Verdict::Conditional | Verdict::DependsOnUser)
}

fn client_role(world: &mut World, client: usize, role: &str) {
    let Some(one) = world.snapshot.oauth_clients.get_mut(client) else { return };
    one.grant_type = GrantType::ClientCredentials;
    one.state = ClientState::Active;
    let pair = RoleDivision { role: RoleId::new(role), reach: Reach::All };
    match &mut one.role_divisions {
        Some(own) => own.push(pair),
        None => one.role_divisions = Some(vec![pair]),
    }
}

/// 192 cases, or as many as `PROPTEST_CASES` says; the seeds of failures are kept and tried first.
#[expect(clippy::disallowed_methods, reason = "how many cases are tried is for whoever runs the tests to say")]
fn config() -> ProptestConfig {
    let cases: u32 = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(192);
    let seeds = FileFailurePersistence::Direct("proptest-regressions/drift_properties.txt");
    // Two worlds of three have no operation that one property asks for.
    let max_global_rejects = cases.saturating_mul(10).max(1024);
    ProptestConfig {
        cases,
        max_global_rejects,
        failure_persistence: Some(Box::new(seeds)),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_differs_from_itself(world in world(false)) {
        let mut world = world;
        for (at, client) in world.snapshot.oauth_clients.iter_mut().enumerate() {
            client.name = format!("svc-{at}");
        }
        let needs = needs_of(&world);
        let drift = drift(&world, &world, &needs);
        prop_assert_eq!(rows(&drift), Vec::new());
        prop_assert!(drift.broken.is_empty() && drift.differences.is_empty());
    }

    #[test]
    fn both_directions_tell_the_same(two in two_worlds()) {
        let (there, back) = (drift(&two.0, &two.1, &[]), drift(&two.1, &two.0, &[]));
        let mut turned: Vec<Row> = back
            .changes
            .iter()
            .map(row)
            .map(|(kind, name, field, from, to, effect)| (kind, name, field, to, from, mirrored(effect)))
            .collect();
        turned.sort();
        prop_assert_eq!(rows(&there), turned);
        let reported = |drift: &Drift, turn: bool| -> BTreeMap<String, BTreeSet<String>> {
            drift
                .principals
                .iter()
                .map(|one| {
                    let mut said = BTreeSet::new();
                    if let Some(difference) = one.difference.map(|at| &drift.differences[at]) {
                        let (minus, plus) = if turn { ("+", "-") } else { ("-", "+") };
                        let calls = |list: &[usize], sign: &str| {
                            list.iter().map(|at| format!("{sign}{}", drift.endpoints[*at])).collect::<Vec<_>>()
                        };
                        said.extend(calls(&difference.lost, minus));
                        said.extend(calls(&difference.gained, plus));
                        said.extend(calls(&difference.not_known, "?"));
                        said.extend(difference.lost_permissions.iter().map(|name| format!("{minus}{name}")));
                        said.extend(difference.gained_permissions.iter().map(|name| format!("{plus}{name}")));
                    }
                    (one.name.clone(), said)
                })
                .collect()
        };
        prop_assert_eq!(reported(&there, false), reported(&back, true));
    }

    #[test]
    fn new_ids_change_nothing(two in two_worlds()) {
        let needs = needs_of(&two.0);
        let fresh = World { snapshot: with_new_ids(&two.1.snapshot), ..two.1.clone() };
        let (before, after) = (drift(&two.0, &two.1, &needs), drift(&two.0, &fresh, &needs));
        prop_assert_eq!(rows(&before), rows(&after));
        prop_assert_eq!(&before.differences, &after.differences);
        let reported = |drift: &Drift| {
            let calls = drift.broken.iter();
            calls
                .map(|call| (call.certainty, call.name.clone(), call.endpoint.clone(), call.division.clone(), call.causes.clone()))
                .collect::<Vec<_>>()
        };
        prop_assert_eq!(reported(&before), reported(&after));
    }

    #[test]
    fn wildcard_written_out_changes_no_right(world in world(true)) {
        let left = named(world);
        let mut right = left.clone();
        right.snapshot.roles = left.snapshot.roles.iter().map(|role| spelled_out(&left.snapshot, role)).collect();
        let needs = needs_of(&left);
        let drift = drift(&left, &right, &needs);
        prop_assert!(drift.changes.iter().all(|change| change.effect == Effect::None), "{:?}", rows(&drift));
        prop_assert!(drift.broken.is_empty() && drift.differences.is_empty());
    }

    #[test]
    fn role_split_in_two_that_go_together_changes_no_right(world in world(true), cut in 0..4_usize) {
        let mut left = named(world);
        client_role(&mut left, 0, "r0");
        let mut right = left.clone();
        let role = &mut right.snapshot.roles[0];
        let rest = role.policies.split_off(cut.min(role.policies.len()));
        let second = Role { id: RoleId::new("r-second"), name: "Second half".to_owned(), policies: rest, ..role.clone() };
        right.snapshot.roles.push(second);
        let again: Vec<Grant> = right
            .snapshot
            .grants
            .iter()
            .filter(|grant| grant.role.as_str() == "r0")
            .map(|grant| Grant { role: RoleId::new("r-second"), ..grant.clone() })
            .collect();
        right.snapshot.grants.extend(again);
        for client in &mut right.snapshot.oauth_clients {
            let own = client.role_divisions.iter().flatten().filter(|pair| pair.role.as_str() == "r0").cloned();
            let own: Vec<_> = own.map(|pair| RoleDivision { role: RoleId::new("r-second"), ..pair }).collect();
            if let Some(list) = &mut client.role_divisions {
                list.extend(own);
            }
        }
        let needs = needs_of(&left);
        let drift = drift(&left, &right, &needs);
        prop_assert!(drift.changes.iter().all(|change| change.effect == Effect::None), "{:?}", rows(&drift));
        prop_assert!(drift.broken.is_empty() && drift.differences.is_empty());
    }

    #[test]
    fn what_was_not_read_is_never_called_absent(two in two_worlds(), losses in vec(loss(), 1..4)) {
        let needs = needs_of(&two.0);
        let mut right = two.1.clone();
        for loss in &losses {
            lose(&mut right.snapshot, loss);
        }
        let whole = drift(&two.0, &two.1, &needs);
        let less = drift(&two.0, &right, &needs);
        let reported = |drift: &Drift, field: &str, value: &str| -> BTreeSet<(DriftKind, String)> {
            let rows = drift.changes.iter().filter(|change| change.field == field && change.to_value == value);
            rows.map(|change| (change.kind, change.name.clone())).collect()
        };
        // The kind of a user's row follows from both sides, and a side that was not read does not tell.
        let plain = |set: BTreeSet<(DriftKind, String)>| -> BTreeSet<(bool, String)> {
            set.into_iter().map(|(kind, name)| (kind == DriftKind::Permission, name)).collect()
        };
        let (absent, before) = (plain(reported(&less, "presence", "absent")), plain(reported(&whole, "presence", "absent")));
        prop_assert!(absent.is_subset(&before), "{:?}", absent.difference(&before).collect::<Vec<_>>());
        for call in less.broken.iter().filter(|call| call.certainty == Certainty::Fails) {
            let fails = whole.broken.iter().any(|other| {
                other.certainty == Certainty::Fails
                    && (&other.name, &other.endpoint, &other.division) == (&call.name, &call.endpoint, &call.division)
            });
            prop_assert!(fails, "{} {} is called broken only where less was read", call.name, call.endpoint);
        }
        let certain = |drift: &Drift| -> BTreeSet<(String, String)> {
            let with = drift.principals.iter().filter_map(|one| Some((one, &drift.differences[one.difference?])));
            with.flat_map(|(one, difference)| {
                difference.lost.iter().map(|at| (one.name.clone(), drift.endpoints[*at].to_string())).collect::<Vec<_>>()
            })
            .collect()
        };
        prop_assert!(certain(&less).is_subset(&certain(&whole)));
        prop_assert!(!less.is_complete());
    }

    #[test]
    fn differences_are_what_asking_every_principal_every_endpoint_gives(two in two_worlds()) {
        let drift = drift(&two.0, &two.1, &[]);
        let map = |world: &World| -> BTreeMap<(String, String), Verdict> {
            let map = AccessMap::of(&world.snapshot, &world.matrix, world.scopes_enforced);
            let mut verdicts = BTreeMap::new();
            for principal in map.principals() {
                for (at, operation) in world.matrix.operations().iter().enumerate() {
                    let key = (principal.name.clone(), operation.endpoint.to_string());
                    verdicts.insert(key, map.answer(principal, at).verdict);
                }
            }
            verdicts
        };
        let (left, right) = (map(&two.0), map(&two.1));
        let mut expected: [BTreeSet<(String, String)>; 3] = Default::default();
        for (key, one) in &left {
            let Some(other) = right.get(key) else { continue };
            match (one, other) {
                (one, Verdict::Denied) if is_open(*one) => expected[0].insert(key.clone()),
                (Verdict::Denied, other) if is_open(*other) => expected[1].insert(key.clone()),
                (one, Verdict::Unknown) if is_open(*one) => expected[2].insert(key.clone()),
                (Verdict::Unknown, other) if is_open(*other) => expected[2].insert(key.clone()),
                _ => false,
            };
        }
        let mut found: [BTreeSet<(String, String)>; 3] = Default::default();
        for one in &drift.principals {
            let Some(difference) = one.difference.map(|at| &drift.differences[at]) else { continue };
            for (set, list) in found.iter_mut().zip([&difference.lost, &difference.gained, &difference.not_known]) {
                set.extend(list.iter().map(|at| (one.name.clone(), drift.endpoints[*at].to_string())));
            }
        }
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn every_broken_call_has_a_cause_that_names_it(two in two_worlds()) {
        let needs = needs_of(&two.0);
        let drift = drift(&two.0, &two.1, &needs);
        for (at, call) in drift.broken.iter().enumerate() {
            prop_assert!(!call.causes.is_empty() && !call.needs.is_empty());
            for cause in &call.causes {
                prop_assert!(drift.changes[*cause].broken.contains(&at));
            }
            if call.certainty == Certainty::Fails {
                prop_assert!(call.causes.iter().any(|cause| drift.changes[*cause].effect == Effect::Breaks));
            }
        }
        for (at, change) in drift.changes.iter().enumerate() {
            let fails = |call: &usize| drift.broken[*call].certainty == Certainty::Fails;
            prop_assert_eq!(change.effect == Effect::Breaks, change.broken.iter().any(fails) && change.effect != Effect::Unknown);
            prop_assert!(change.broken.iter().all(|call| drift.broken[*call].causes.contains(&at)));
        }
        let mut sorted = drift.changes.clone();
        sorted.sort();
        prop_assert_eq!(&sorted, &drift.changes);
    }

    #[test]
    fn one_permission_lost_by_many_is_one_cause(world in world(true), clients in 1..5_usize, elsewhere in any::<bool>()) {
        let mut left = named(world);
        left.snapshot.policies.clear();
        let asked = left.matrix.operations().iter().find(|operation| {
            operation.requirement.permissions_match == Match::Any
                && operation.requirement.permissions.len() == 1
                && operation.requirement.user_context != rolecall_matrix::UserContext::Yes
                && operation.requirement.permissions[0].parts().is_some()
        });
        prop_assume!(asked.is_some());
        let asked = asked.unwrap().clone();
        let (domain, entity, action) = asked.requirement.permissions[0].parts().unwrap();
        let line = PermissionPolicy {
            domain: domain.to_owned(),
            entity: entity.to_owned(),
            actions: vec![action.to_owned()],
            condition: None,
            named_resources: Vec::new(),
        };
        // Nobody else has anything: what is lost is lost through this role alone.
        left.snapshot.grants.clear();
        for client in &mut left.snapshot.oauth_clients {
            client.role_divisions = Some(Vec::new());
        }
        left.snapshot.roles[0].policies = vec![line.clone()];
        left.snapshot.roles[1].policies = if elsewhere { vec![line] } else { Vec::new() };
        for role in &mut left.snapshot.roles[..2] {
            role.general_permissions.clear();
        }
        for client in 0..clients {
            client_role(&mut left, client, "r0");
            client_role(&mut left, client, "r1");
        }
        let mut right = left.clone();
        right.snapshot.roles[0].policies.clear();
        let needs: Vec<Need> = needs_of(&left)
            .into_iter()
            .filter(|need| need.endpoint == asked.endpoint && need.division.is_none())
            .filter(|need| (0..clients).any(|at| need.principal == format!("svc-{at}")))
            .collect();
        let drift = drift(&left, &right, &needs);
        prop_assert_eq!(drift.changes.len(), 1, "{:?}", rows(&drift));
        let cause = &drift.changes[0];
        prop_assert_eq!((cause.kind, cause.field.as_str()), (DriftKind::Role, "permissions"));
        if elsewhere {
            prop_assert_eq!(cause.effect, Effect::None);
            prop_assert!(drift.broken.is_empty() && cause.affected.is_empty());
        } else {
            prop_assert_eq!(cause.effect, Effect::Breaks);
            prop_assert_eq!((cause.broken.len(), cause.affected.len()), (clients, clients));
        }
    }
}
