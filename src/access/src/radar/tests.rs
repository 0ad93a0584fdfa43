//! Small orgs under two hand-made matrices, and what holds for any two.

use proptest::prelude::*;

use super::*;
use crate::cross::Reason;
use crate::cross::gap::answer_needed;
use rolecall_base::oauth_client::GrantType;
use rolecall_matrix::{Matrix, csv};
use rolecall_testkit::World;

const HEADER: &str = "method,path,permissions_match,permissions,scopes,user_context,source,scope_source,deprecated\n";

fn matrix(rows: &[&str]) -> Matrix {
    csv::read("test", &format!("{HEADER}{}\n", rows.join("\n"))).unwrap()
}

/// What became of each operation, with the principal and impact of everybody who needs it.
fn describe_changes(night: &World, before: &Matrix, after: &Matrix) -> Vec<String> {
    with_radar(night, before, after, |map, radar| {
        let line = |one: &Moved<'_>| {
            let callers = one.callers.iter().map(|caller| {
                let name = map.principals().get(caller.principal).map_or("", |one| one.name.as_str());
                format!(" {name}:{}", caller.impact.as_str())
            });
            format!("{} {}{}", one.became.as_str(), one.endpoint, callers.collect::<String>())
        };
        radar.operations.iter().map(line).collect()
    })
}

fn with_radar<T>(
    night: &World,
    before: &Matrix,
    after: &Matrix,
    ask: impl FnOnce(&AccessMap<'_>, &Radar<'_>) -> T,
) -> T {
    let old = AccessMap::of(&night.snapshot, before, night.scopes_enforced);
    let new = AccessMap::of(&night.snapshot, after, night.scopes_enforced);
    let needed = Needed::of(&new, &night.needs);
    ask(&new, &between(&old, &new, &needed))
}

/// `Full` holds two permissions, `Half` one of them.
fn night() -> World {
    let mut night = World::new();
    night
        .role("r1", "Both", &["routing:queue:view", "routing:queue:edit"])
        .role("r2", "One", &["routing:queue:view"])
        .client("c1", "Full", &[("r1", "*")])
        .client("c2", "Half", &[("r2", "*")]);
    night
}

#[test]
fn operation_that_asks_for_more_is_reported_with_who_lacks_it_and_the_fix() {
    let mut night = night();
    night.need("Full", "GET /api/v2/x/{id}", "").usage("c2", "GET /api/v2/x/{id}", 9, 9, 0);
    let before = matrix(&["GET,/api/v2/x/{xId},ANY,routing:queue:view,,,,,"]);
    let after = matrix(&["GET,/api/v2/x/{xId},ALL,routing:queue:view;routing:queue:edit,,,,,"]);
    assert_eq!(describe_changes(&night, &before, &after), ["changed GET /api/v2/x/{xId} Full:same Half:refused"]);
    with_radar(&night, &before, &after, |_, radar| {
        let half = &radar.operations[0].callers[1];
        let gap = half.gap.as_ref().unwrap();
        assert_eq!(gap.missing_permissions, [Permission::new("routing:queue:edit")]);
        assert!(gap.fix.to_string().contains("routing:queue:edit"), "{}", gap.fix);
        assert!(half.after.reasons.has(Reason::MissingPermission));
        assert!(radar.operations[0].callers[0].gap.is_none());
        assert!(radar.breaks());
    });
    assert_eq!(describe_changes(&night, &after, &before), ["changed GET /api/v2/x/{xId} Full:same Half:better"]);
}

#[test]
fn need_of_a_removed_operation_is_gone_even_where_a_template_swallows_it() {
    let mut night = night();
    night.need("Full", "GET /api/v2/x/me", "");
    let both = matrix(&["GET,/api/v2/x/me,NONE,,,,,,", "GET,/api/v2/x/{xId},NONE,,,,,,"]);
    let one = matrix(&["GET,/api/v2/x/{xId},NONE,,,,,,"]);
    assert_eq!(describe_changes(&night, &both, &one), ["removed GET /api/v2/x/me Full:gone"]);
    // `me` is no id: before, there was no such operation.
    assert_eq!(describe_changes(&night, &one, &both), ["added GET /api/v2/x/me Full:better"]);
    let other = matrix(&["GET,/api/v2/y,NONE,,,,,,"]);
    night.needs.clear();
    night.need("Full", "GET /api/v2/x/42", "");
    assert_eq!(
        describe_changes(&night, &other, &one),
        ["added GET /api/v2/x/{xId} Full:better", "removed GET /api/v2/y"]
    );
}

#[test]
fn scopes_and_user_context_are_requirements_and_a_deprecation_is_none() {
    let mut night = night();
    night.scopes_enforced = Some(true);
    night.user_client("c3", "App", GrantType::Code, &["routing"]);
    for call in ["GET /api/v2/s", "GET /api/v2/d"] {
        night.need("App", call, "");
    }
    night.need("Full", "GET /api/v2/u", "");
    let before = matrix(&[
        "GET,/api/v2/d,NONE,,routing,,,,no",
        "GET,/api/v2/s,NONE,,routing,,,,no",
        "GET,/api/v2/u,NONE,,,unknown,,,no",
    ]);
    let after = matrix(&[
        "GET,/api/v2/d,NONE,,routing,,,,yes",
        "GET,/api/v2/s,NONE,,users,,,,no",
        "GET,/api/v2/u,NONE,,,yes,,,no",
    ]);
    assert_eq!(
        describe_changes(&night, &before, &after),
        ["changed GET /api/v2/s App:refused", "changed GET /api/v2/u Full:refused", "retold GET /api/v2/d App:same"]
    );
}

#[test]
fn requirement_that_is_no_longer_published_leaves_it_unsure() {
    let mut night = night();
    night.need("Half", "GET /api/v2/x", "");
    let before = matrix(&["GET,/api/v2/x,ANY,routing:queue:view,,,,,"]);
    let after = matrix(&["GET,/api/v2/x,UNKNOWN,,,,,,"]);
    assert_eq!(describe_changes(&night, &before, &after), ["changed GET /api/v2/x Half:unsure"]);
    assert!(!with_radar(&night, &before, &after, |_, radar| radar.breaks()));
}

#[test]
fn new_permission_is_reported_with_the_roles_whose_wildcards_cover_it_and_who_holds_them() {
    let mut night = night();
    night.role("r3", "Router", &["routing:*:*"]).role("r4", "Nobody's", &["*:*:*"]).user(
        "u1",
        "svc-router",
        true,
        &[("r3", "*")],
    );
    let before = matrix(&["GET,/api/v2/x,ANY,routing:queue:view,,,,,"]);
    let after = matrix(&[
        "GET,/api/v2/x,ANY,routing:queue:view;routing:queue:edit,,,,,",
        "GET,/api/v2/y,ANY,routing:brandNew:view;billing:brandNew:view,,,,,",
    ]);
    with_radar(&night, &before, &after, |map, radar| {
        let found: Vec<_> = radar.permissions.iter().map(|one| (one.permission.as_str(), one.listed)).collect();
        assert_eq!(found, [("routing:brandNew:view", Some(false)), ("routing:queue:edit", Some(true))]);
        let role = &radar.permissions[1].roles[0];
        assert_eq!((role.name.as_str(), role.patterns.as_slice()), ("Router", &["routing:*:*".to_owned()][..]));
        assert_eq!(
            role.holders.iter().map(|at| map.principals()[*at].name.as_str()).collect::<Vec<_>>(),
            ["svc-router"]
        );
        assert_eq!(radar.permissions[1].roles.len(), 1, "a role that nobody holds gives nobody anything");
    });
}

#[test]
fn fate_follows_from_the_verdicts() {
    use Verdict::{Allowed, Conditional, Denied, DependsOnUser, Partial, Unknown};
    for (before, after, impact) in [
        (Allowed, Allowed, Impact::Same),
        (Allowed, Partial, Impact::Unsure),
        (Partial, Conditional, Impact::Unsure),
        (Allowed, Denied, Impact::Refused),
        (Unknown, Denied, Impact::Refused),
        (Denied, Denied, Impact::StillRefused),
        (Denied, Unknown, Impact::Better),
        (DependsOnUser, Unknown, Impact::Unsure),
        (Unknown, DependsOnUser, Impact::Better),
    ] {
        assert_eq!(Impact::of(before, after), impact, "{before} {after}");
    }
}

/// Rows over few endpoints and permissions, so that two matrices have much in common.
fn any_matrix() -> impl Strategy<Value = Matrix> {
    let permissions = ["routing:queue:view", "routing:queue:edit", "users:user:view"];
    let row = (0..4usize, prop::sample::select(vec!["ANY", "ALL", "NONE", "UNKNOWN"]), 1..8usize, 0..3usize);
    prop::collection::vec(row, 1..8).prop_map(move |rows| {
        let mut by_path = std::collections::BTreeMap::new();
        for (path, matching, which, context) in rows {
            let list: Vec<&str> =
                permissions.iter().enumerate().filter(|(at, _)| which >> at & 1 == 1).map(|(_, name)| *name).collect();
            let list = if matches!(matching, "ANY" | "ALL") { list.join(";") } else { String::new() };
            let context = ["yes", "no", "unknown"][context];
            by_path.insert(
                path,
                format!("GET,/api/v2/{},{matching},{list},,{context},,,", ["a", "b", "{id}", "c/{id}"][path]),
            );
        }
        matrix(&by_path.values().map(String::as_str).collect::<Vec<_>>())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn equal_matrices_say_nothing(one in any_matrix()) {
        let mut night = night();
        night.need("Half", "GET /api/v2/a", "");
        with_radar(&night, &one, &one, |_, radar| {
            assert!(radar.is_empty() && radar.permissions.is_empty() && !radar.breaks());
            assert_eq!(radar.unchanged, one.operations().len());
        });
    }

    #[test]
    fn nobody_is_named_who_needs_nothing(before in any_matrix(), after in any_matrix()) {
        let mut night = night();
        night.need("Half", "GET /api/v2/a", "").need("Half", "GET /api/v2/c/1", "");
        with_radar(&night, &before, &after, |map, radar| {
            for caller in radar.operations.iter().flat_map(|one| &one.callers) {
                assert_eq!(map.principals()[caller.principal].name, "Half");
            }
        });
        night.needs.clear();
        with_radar(&night, &before, &after, |_, radar| {
            assert!(radar.operations.iter().all(|one| one.callers.is_empty()) && !radar.breaks());
        });
    }

    #[test]
    fn verdicts_are_those_of_the_access_maps(before in any_matrix(), after in any_matrix()) {
        let mut night = night();
        for call in ["GET /api/v2/a", "GET /api/v2/b", "GET /api/v2/c/{id}", "GET /api/v2/other"] {
            night.need("Full", call, "").need("Half", call, "");
        }
        let old = AccessMap::of(&night.snapshot, &before, None);
        let new = AccessMap::of(&night.snapshot, &after, None);
        let (needed_then, needed) = (Needed::of(&old, &night.needs), Needed::of(&new, &night.needs));
        let radar = between(&old, &new, &needed);
        let answers = |map: &AccessMap<'_>, needed: &Needed<'_>, caller: &Caller<'_>| {
            let Known::Declared(wanted) = caller.known else { panic!("{caller:?}") };
            let call = needed.calls.iter().find(|call| {
                call.principal == caller.principal
                    && matches!(call.known, Known::Declared(need) if need.line == wanted.line)
            });
            answer_needed(map, &map.principals()[caller.principal], call.unwrap())
        };
        for moved in &radar.operations {
            for caller in &moved.callers {
                assert_eq!(caller.before, answers(&old, &needed_then, caller));
                assert_eq!(caller.after, answers(&new, &needed, caller));
                assert_eq!(caller.gap.is_none(), caller.after.verdict == Verdict::Allowed);
            }
        }
        // Whoever is newly refused is named.
        for (then, now) in needed_then.calls.iter().zip(&needed.calls) {
            let before = answer_needed(&old, &old.principals()[then.principal], then);
            let after = answer_needed(&new, &new.principals()[now.principal], now);
            if before.verdict != Verdict::Denied && after.verdict == Verdict::Denied {
                let named = radar.operations.iter().flat_map(|one| &one.callers).any(|caller| {
                    caller.principal == now.principal && caller.impact.breaks()
                });
                assert!(named, "{now:?}");
            }
        }
    }
}
