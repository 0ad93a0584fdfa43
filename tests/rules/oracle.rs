//! Whether the crossing says what the documented rules say: it is compared, cell by cell, with a slow and obvious
//! evaluator over random orgs, and must keep the properties that every honest audit has.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::evaluator;
use crate::losses;
use crate::orgs;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use rolecall_access::cross::{AccessMap, Answer, Principal, PrincipalKind, Reason, Tally, Verdict};
use rolecall_base::oauth_client::RoleDivision;
use rolecall_base::snapshot::Snapshot;

use evaluator::Cell;
use losses::{lose, loss};
use orgs::{grant, world};

/// The crossing's answer in the evaluator's words.
fn cell(map: &AccessMap<'_>, principal: &Principal, operation: usize, answer: Answer) -> Cell {
    Cell {
        verdict: answer.verdict.to_string(),
        reasons: answer.reasons.iter().map(|reason| reason.as_str().to_owned()).collect(),
        missing: map.missing_permissions(principal, operation, answer).iter().map(ToString::to_string).collect(),
        divisions: map.divisions(principal, operation, answer).iter().map(ToString::to_string).collect(),
    }
}

/// Every cell of a map, by principal and operation.
fn cells(map: &AccessMap<'_>) -> BTreeMap<(String, usize), (Answer, Cell)> {
    let mut cells = BTreeMap::new();
    for principal in map.principals() {
        for operation in 0..map.matrix.operations().len() {
            let answer = map.answer(principal, operation);
            cells.insert((principal.id.clone(), operation), (answer, cell(map, principal, operation, answer)));
        }
    }
    cells
}

/// `denied` < `unknown` < `conditional` < `partial` < `allowed`. What is unknown because something was not read could be
/// better than denied, and whatever is better than denied was seen. `depends-on-user` and what is unknown for another
/// reason do not hang on grants.
fn rank(answer: Answer) -> Option<u8> {
    match answer.verdict {
        Verdict::Denied => Some(0),
        Verdict::Unknown if answer.reasons.has(Reason::DataIncomplete) => Some(1),
        Verdict::Conditional => Some(2),
        Verdict::Partial => Some(3),
        Verdict::Allowed => Some(4),
        Verdict::DependsOnUser | Verdict::Unknown => None,
    }
}

/// 3,000 cases, or as many as `PROPTEST_CASES` says; the seeds of failures are kept and tried first.
#[expect(clippy::disallowed_methods, reason = "how many cases are tried is for whoever runs the tests to say")]
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3000);
    let seeds = FileFailurePersistence::Direct("proptest-regressions/oracle.txt");
    ProptestConfig { cases, failure_persistence: Some(Box::new(seeds)), ..ProptestConfig::default() }
}

fn shuffle(snapshot: &mut Snapshot, seed: u64) {
    fn turn<T>(list: &mut [T], seed: u64) {
        let mut state = seed | 1;
        for at in (1..list.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            list.swap(at, (state >> 33) as usize % (at + 1));
        }
    }
    turn(&mut snapshot.divisions, seed);
    turn(&mut snapshot.permissions, seed);
    turn(&mut snapshot.roles, seed);
    turn(&mut snapshot.oauth_clients, seed);
    turn(&mut snapshot.users, seed);
    turn(&mut snapshot.groups, seed);
    turn(&mut snapshot.grants, seed);
    turn(&mut snapshot.policies, seed);
    snapshot.roles.iter_mut().for_each(|role| turn(&mut role.policies, seed));
    snapshot.group_members.values_mut().for_each(|members| turn(members, seed));
    for client in &mut snapshot.oauth_clients {
        client.role_divisions.iter_mut().for_each(|own| turn(own, seed));
        client.scopes.iter_mut().for_each(|scopes| turn(scopes, seed));
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_cell_is_what_the_documented_rules_say(world in world(false)) {
        let map = AccessMap::of(&world.snapshot, &world.matrix, world.scopes_enforced);
        prop_assert_eq!(map.principals().len(), world.snapshot.oauth_clients.len() + world.snapshot.users.len());
        for principal in map.principals() {
            for (at, operation) in world.matrix.operations().iter().enumerate() {
                let expected = match principal.kind {
                    PrincipalKind::OauthClient => {
                        let client = &world.snapshot.oauth_clients[principal.at];
                        prop_assert_eq!(client.id.as_str(), &principal.id);
                        evaluator::client(&world.snapshot, client, operation, world.scopes_enforced)
                    }
                    _ => {
                        let user = &world.snapshot.users[principal.at];
                        prop_assert_eq!(user.id.as_str(), &principal.id);
                        evaluator::user(&world.snapshot, user, operation)
                    }
                };
                let seen = cell(&map, principal, at, map.answer(principal, at));
                prop_assert_eq!(&seen, &expected, "{} on {:?}", principal.id, operation.requirement);
            }
        }
    }

    #[test]
    fn client_acting_for_a_user_is_what_the_documented_rules_say(world in world(false)) {
        let map = AccessMap::of(&world.snapshot, &world.matrix, world.scopes_enforced);
        let (clients, users): (Vec<&Principal>, Vec<&Principal>) =
            map.principals().iter().partition(|principal| principal.kind == PrincipalKind::OauthClient);
        for client in clients.into_iter().filter(|client| client.acts_for_users()) {
            for user in &users {
                for (at, operation) in world.matrix.operations().iter().enumerate() {
                    let expected = evaluator::client_as_user(
                        &world.snapshot,
                        &world.snapshot.oauth_clients[client.at],
                        &world.snapshot.users[user.at],
                        operation,
                        world.scopes_enforced,
                    );
                    let seen = cell(&map, user, at, map.answer_as_user(client, user, at));
                    prop_assert_eq!(seen, expected, "{} for {} on {:?}", client.id, user.id, operation.requirement);
                }
            }
        }
    }

    #[test]
    fn what_was_not_read_never_makes_an_answer_better_known(world in world(true), losses in vec(loss(), 1..4)) {
        let mut reduced = world.snapshot.clone();
        losses.iter().for_each(|loss| lose(&mut reduced, loss));
        let whole = AccessMap::of(&world.snapshot, &world.matrix, world.scopes_enforced);
        let less = AccessMap::of(&reduced, &world.matrix, world.scopes_enforced);
        let whole = cells(&whole);
        for ((principal, operation), (answer, seen)) in cells(&less) {
            let (before, complete) = &whole[&(principal.clone(), operation)];
            let asked = &world.matrix.operations()[operation].requirement;
            if !answer.reasons.has(Reason::DataIncomplete) {
                prop_assert_eq!(answer.verdict, before.verdict, "{} on {:?} after {:?}", principal, asked, losses);
                prop_assert_eq!(&seen.divisions, &complete.divisions, "{} on {:?} after {:?}", principal, asked, losses);
                // A certain denial stays one; only what made it certain may be reported with fewer words: that the org
                // lacks the permission takes a whole catalogue, that one more is missing takes all grants.
                let by_division = answer.reasons.has(Reason::MissingDivision) && before.reasons.has(Reason::MissingPermission);
                if by_division {
                    // What is held shares no division, which is certain; that something else is not held at all is not.
                    continue;
                }
                let mut reasons = complete.reasons.clone();
                if !seen.reasons.contains(Reason::PermissionNotInOrg.as_str()) {
                    reasons.remove(Reason::PermissionNotInOrg.as_str());
                }
                prop_assert_eq!(&seen.reasons, &reasons, "{} on {:?} after {:?}", principal, asked, losses);
                prop_assert!(
                    seen.missing.is_subset(&complete.missing) && seen.missing.is_empty() == complete.missing.is_empty(),
                    "{} on {:?} after {:?}: {:?} missing", principal, asked, losses, seen.missing
                );
            }
            // With the gap or without it, nothing may be claimed that the complete recording refutes.
            if let (Some(now), Some(then)) = (rank(answer), rank(*before)) {
                let open = answer.verdict == Verdict::Unknown;
                prop_assert!(now <= then || open, "{} on {:?} after {:?}: {:?}", principal, asked, losses, answer);
            }
            if matches!(answer.verdict, Verdict::Denied | Verdict::Allowed | Verdict::DependsOnUser) {
                prop_assert_eq!(answer.verdict, before.verdict, "{} on {:?} after {:?}", principal, asked, losses);
            }
        }
    }

    #[test]
    fn one_more_grant_never_lowers_a_verdict(
        world in world(false),
        losses in vec(loss(), 0..3),
        more in grant(false),
        in_own_list in any::<bool>(),
    ) {
        let mut before = world.snapshot.clone();
        losses.iter().for_each(|loss| lose(&mut before, loss));
        let mut after = before.clone();
        let client = after.oauth_clients.iter_mut().find(|client| client.id.as_str() == more.subject.as_str());
        match client.and_then(|client| client.role_divisions.as_mut()).filter(|_| in_own_list) {
            Some(own) => own.push(RoleDivision { role: more.role.clone(), reach: more.reach.clone() }),
            None => after.grants.push(more.clone()),
        }
        let before = AccessMap::of(&before, &world.matrix, world.scopes_enforced);
        let after = AccessMap::of(&after, &world.matrix, world.scopes_enforced);
        let after = cells(&after);
        for (place, (was, seen)) in cells(&before) {
            let (is, now) = &after[&place];
            let raised = match (rank(was), rank(*is)) {
                (Some(then), Some(now)) => now >= then,
                (None, None) => was == *is,
                _ => false,
            };
            prop_assert!(raised, "{:?}: {:?} became {:?} with {:?} after {:?}", place, was, is, more, losses);
            // Nor does it take away a division, as long as divisions limit at all.
            if is.verdict == Verdict::Partial {
                prop_assert!(seen.divisions.is_subset(&now.divisions), "{:?} with {:?}", place, more);
            }
        }
    }

    #[test]
    fn order_of_the_lists_changes_nothing(world in world(false), seed in any::<u64>()) {
        let mut shuffled = world.snapshot.clone();
        shuffle(&mut shuffled, seed);
        let one = AccessMap::of(&world.snapshot, &world.matrix, world.scopes_enforced);
        let other = AccessMap::of(&shuffled, &world.matrix, world.scopes_enforced);
        prop_assert_eq!(cells(&one), cells(&other));
        prop_assert_eq!(one.tally(), other.tally());
    }

    #[test]
    fn tally_is_the_count_of_the_cells(world in world(false), again in 1..4_usize) {
        // Principals that hold the same are counted together, so the world is given several of each.
        let mut snapshot = world.snapshot.clone();
        for copy in 1..again {
            for user in &world.snapshot.users {
                let id = rolecall_base::id::UserId::new(format!("{}-{copy}", user.id));
                for members in snapshot.group_members.values_mut().filter(|members| members.contains(&user.id)) {
                    members.push(id.clone());
                }
                snapshot.users.push(rolecall_base::user::User { id, ..user.clone() });
            }
        }
        let map = AccessMap::of(&snapshot, &world.matrix, world.scopes_enforced);
        let mut counted: HashMap<_, u64> = HashMap::new();
        let mut divisions = 0;
        for principal in map.principals() {
            for operation in 0..world.matrix.operations().len() {
                let answer = map.answer(principal, operation);
                *counted.entry((principal.kind, answer.verdict, answer.reasons)).or_default() += 1;
                divisions += map.divisions(principal, operation, answer).len() as u64;
            }
        }
        let expected = Tally { cells: counted.into_iter().collect(), divisions };
        prop_assert_eq!(map.tally(), expected);
    }

    #[test]
    fn concrete_path_finds_the_template_it_was_made_from(
        at in 0..3397_usize,
        words in vec("[a-z0-9-]{1,12}", 8),
        ids in vec("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", 8),
    ) {
        let matrix = rolecall_matrix::bundled::matrix();
        let operation = &matrix.operations()[at];
        let filled = |with: Vec<String>| {
            let mut with = with.into_iter();
            let fill = |part: &str| match part.starts_with('{') {
                true => with.next().unwrap_or_default(),
                false => part.to_owned(),
            };
            let path: Vec<String> = operation.endpoint.path.split('/').map(fill).collect();
            rolecall_matrix::Endpoint::new(operation.endpoint.method, &path.join("/"))
        };
        // Templates that differ only in their parameters' names are one address.
        let shape = |path: &str| path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }.to_owned()).collect::<Vec<_>>();
        // Who asks means an id by what looks like one; a call is answered whatever stands there.
        let words = words.into_iter().map(|word| format!("x-{word}")).collect();
        for found in [matrix.resolve(&filled(ids)), matrix.resolve_as_called(&filled(words))] {
            let (_, found) = found.expect("a template was filled in");
            prop_assert_eq!(found.endpoint.method, operation.endpoint.method);
            prop_assert_eq!(shape(&found.endpoint.path), shape(&operation.endpoint.path));
        }
    }
}

#[test]
fn random_orgs_hold_every_verdict_and_nearly_every_reason() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut verdicts, mut reasons) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..400 {
        let world = world(false).new_tree(&mut runner).expect("no filter rejects a world").current();
        let map = AccessMap::of(&world.snapshot, &world.matrix, world.scopes_enforced);
        for (answer, _) in cells(&map).into_values() {
            verdicts.insert(answer.verdict);
            reasons.extend(answer.reasons.iter());
        }
    }
    assert_eq!(verdicts.into_iter().collect::<Vec<_>>(), Verdict::ALL);
    let never: Vec<Reason> = Reason::ALL.into_iter().filter(|reason| !reasons.contains(reason)).collect();
    assert_eq!(never, [Reason::EndpointNotInMatrix], "an endpoint outside the matrix is no cell of it");
}
