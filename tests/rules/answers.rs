//! Whether every way of asking gives the same answer, and whether a fix does what is said of it: over random orgs.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that reaches beyond a list, or for what is not there, fails as it should; it writes its own configuration"
)]

use std::collections::{BTreeMap, BTreeSet};

use crate::orgs;
use orgs::{World, world};
use proptest::prelude::*;
use rolecall_access::cross::{AccessMap, Answer, Principal, Reason, Verdict};
use rolecall_answers::explain::cell::Cell;
use rolecall_answers::explain::{FixOption, Way, explain};
use rolecall_app::matrices::Matrices;
use rolecall_app::run::{Declared, Earlier, Night, report_night};
use rolecall_base::grant::{Grant, GrantSource, Reach, SubjectKind};
use rolecall_base::id::{RoleId, SubjectId};
use rolecall_base::oauth_client::RoleDivision;
use rolecall_base::permission::Permission;
use rolecall_base::role::{PermissionPolicy, Role};
use rolecall_base::snapshot::{CarriedMatrix, Snapshot};
use rolecall_findings::severity::Severity;
use rolecall_matrix::{Matrix, csv as matrix_csv};

/// The rows that a run writes into `access.csv`, by principal and endpoint.
fn written(world: &World) -> (Snapshot, Matrix, BTreeMap<(String, String), Vec<String>>) {
    let folder = tempfile::tempdir().unwrap();
    let text = matrix_csv::write(&world.matrix);
    let matrix = matrix_csv::read("the world's", &text).unwrap();
    let mut snapshot = world.snapshot.clone();
    snapshot.matrix = Some(CarriedMatrix { origin: "the world's".to_owned(), csv: text });
    let enforced = match world.scopes_enforced {
        Some(true) => "true",
        Some(false) => "false",
        None => "\"unknown\"",
    };
    let config = folder.path().join("rolecall.toml");
    let text = format!(
        "[[org]]\nname = \"dev\"\nregion = \"euw1\"\nclient_id = {{ env = \"A\" }}\nclient_secret = {{ env = \"B\" }}\nscopes_enforced = {enforced}\n\
         [report]\nformats = [\"csv\"]\naccess = \"all-users\"\n"
    );
    std::fs::write(&config, text).unwrap();
    let job = rolecall_app::config::load(&config).unwrap();
    let night = Night { snapshots: vec![snapshot.clone()], failed: Vec::new() };
    let out = folder.path().join("out");
    let earlier = Earlier::default();
    report_night(&Matrices::of(&job), &night, &earlier, &Declared::default(), snapshot.as_of, Severity::High, &out)
        .unwrap();
    let mut reader = csv::Reader::from_path(out.join("latest/access.csv")).unwrap();
    let rows = reader.records().map(|row| row.unwrap()).map(|row| {
        let cells: Vec<String> = row.iter().take(Cell::KEYS.len()).map(str::to_owned).collect();
        ((cells[2].clone(), format!("{} {}", cells[4], cells[5])), cells)
    });
    let rows = rows.collect();
    (snapshot, matrix, rows)
}

/// So many, or as many as `PROPTEST_CASES` says.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(60), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn explain_who_can_and_can_say_what_access_csv_says(world in world(false)) {
        let (snapshot, matrix, mut rows) = written(&world);
        let map = AccessMap::of(&snapshot, &matrix, world.scopes_enforced);
        for principal in map.principals() {
            for (at, operation) in matrix.operations().iter().enumerate() {
                let cell = Cell::of(&map, principal, at);
                let row = rows.remove(&(principal.id.clone(), operation.endpoint.to_string()));
                prop_assert_eq!(row, Some(cell.texts().map(str::to_owned).to_vec()));
                let reported = explain(&map, "the world's", principal, None, &operation.endpoint, &[]);
                let any = reported.permissions_match == "ANY";
                prop_assert_eq!(
                    [
                        reported.org.as_str(),
                        reported.principal_kind,
                        &reported.principal_id,
                        &reported.principal_name,
                        &reported.method,
                        &reported.path,
                        reported.verdict,
                        &reported.reasons.join(";"),
                        &reported.missing_permissions.join(if any { "|" } else { ";" }),
                        &reported.missing_scopes.join(";"),
                        &reported.divisions.join(";"),
                    ],
                    cell.texts()
                );
            }
        }
        prop_assert!(rows.is_empty(), "{:?}", rows);
    }
}

/// Whether permissions let the call through, as far as they go.
fn permitted(answer: Answer) -> bool {
    match answer.verdict {
        Verdict::Allowed | Verdict::Partial => true,
        Verdict::Conditional => answer.reasons.has(Reason::AccessPolicyMayDeny),
        Verdict::Denied | Verdict::DependsOnUser | Verdict::Unknown => false,
    }
}

fn add(role: &mut Role, permission: &str) {
    match Permission::new(permission).parts() {
        None => role.general_permissions.push(Permission::new(permission)),
        Some((domain, entity, action)) => role.policies.push(PermissionPolicy {
            domain: domain.to_owned(),
            entity: entity.to_owned(),
            actions: vec![action.to_owned()],
            condition: None,
            named_resources: Vec::new(),
        }),
    }
}

/// The org after somebody did what the option says.
fn done(map: &AccessMap<'_>, principal: &Principal, before: Answer, option: &FixOption) -> Snapshot {
    let mut snapshot = map.snapshot.clone();
    let role = RoleId::new(option.role_id.as_deref().unwrap_or("new"));
    match option.way {
        Way::WidenRole => {
            let found = snapshot.roles.iter_mut().find(|one| one.id == role).unwrap();
            option.gives.iter().for_each(|name| add(found, name));
            return snapshot;
        }
        Way::NewRole => {
            let mut fresh = Role { id: role.clone(), name: "new".to_owned(), ..snapshot.roles[0].clone() };
            fresh.policies.clear();
            fresh.general_permissions.clear();
            option.gives.iter().for_each(|name| add(&mut fresh, name));
            snapshot.roles.push(fresh);
        }
        Way::GrantRole => {}
        Way::AddScope | Way::Other => unreachable!("not asked for"),
    }
    let open = !before.reasons.has(Reason::MissingPermission) || option.divisions.is_empty();
    let reaches: Vec<Reach> = if open || option.divisions == ["*"] {
        vec![Reach::All]
    } else {
        let grants = map.grants_of(principal);
        let reaches: BTreeSet<Reach> = grants.into_iter().map(|grant| grant.reach).collect();
        assert_eq!(reaches.len(), option.divisions.len());
        reaches.into_iter().collect()
    };
    for reach in reaches {
        if principal.is_machine() {
            let client = &mut snapshot.oauth_clients[principal.at];
            client.role_divisions.get_or_insert_default().push(RoleDivision { role: role.clone(), reach });
        } else {
            snapshot.grants.push(Grant {
                subject_kind: SubjectKind::User,
                subject: SubjectId::new(&principal.id),
                subject_name: None,
                role: role.clone(),
                reach,
                granted_at: None,
                read_from: GrantSource::RoleSubjects,
            });
        }
    }
    snapshot
}

/// The operations that a principal is let through newly, `except` left aside.
fn newly(before: &AccessMap<'_>, after: &AccessMap<'_>, id: &str, except: Option<usize>) -> BTreeSet<usize> {
    let find = |map: &AccessMap<'_>| map.principals().iter().find(|one| one.id == id).cloned().unwrap();
    let (was, is) = (find(before), find(after));
    (0..before.matrix.operations().len())
        .filter(|at| Some(*at) != except)
        .filter(|at| !permitted(before.answer(&was, *at)) && permitted(after.answer(&is, *at)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(400), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_fix_lets_the_call_through_and_gives_away_what_it_says(world in world(true)) {
        let map = AccessMap::of(&world.snapshot, &world.matrix, world.scopes_enforced);
        for principal in map.principals() {
            for (at, operation) in world.matrix.operations().iter().enumerate() {
                let reported = explain(&map, "", principal, None, &operation.endpoint, &[]);
                let before = map.answer(principal, at);
                prop_assert!(reported.fix_options.len() <= 3);
                prop_assert_eq!(reported.fixes.is_empty(), before.verdict == Verdict::Allowed);
                for option in reported.fix_options.iter().filter(|one| !matches!(one.way, Way::Other | Way::AddScope)) {
                    let changed = done(&map, principal, before, option);
                    let after = AccessMap::of(&changed, &world.matrix, world.scopes_enforced);
                    let same = after.principals().iter().find(|one| one.id == principal.id).unwrap();
                    let now = after.answer(same, at);
                    let wider = after.divisions(same, at, now).len() > map.divisions(principal, at, before).len();
                    let fixed = match before.verdict {
                        Verdict::Partial => wider || (permitted(now) && now.verdict != Verdict::Partial),
                        _ => permitted(now),
                    };
                    prop_assert!(fixed, "{:?} to {:?} by {:?}", before, now, option);
                    let gained = newly(&map, &after, &principal.id, Some(at));
                    prop_assert_eq!(gained.len(), option.newly_allowed, "{} {:?} {:?}", principal.id, option, gained);
                    let others = map.principals().iter().filter(|one| one.id != principal.id);
                    let theirs: usize = others.map(|one| newly(&map, &after, &one.id, None).len()).sum();
                    prop_assert_eq!(theirs, option.affects_newly_allowed, "{:?}", option);
                }
            }
        }
    }
}
