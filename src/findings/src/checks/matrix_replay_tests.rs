//! The requirement changes that the platform made in 2026, replayed: the built-in matrix without exactly the permissions
//! that came, then with them. Which operations changed, and which clients are concerned?

use std::collections::BTreeSet;

use jiff::civil::{Date, date};

use super::matrix_need_will_fail::CHECK;
use crate::testing::{Night, found};
use rolecall_access::cross::AccessMap;
use rolecall_access::cross::needed::Needed;
use rolecall_access::radar::{self, Impact};
use rolecall_matrix::{Match, Matrix, bundled, diff};

/// The built-in matrix as it was on a day before these permissions were asked for.
fn without(permissions: &[&str], on: Date) -> Matrix {
    let operations = bundled::matrix().operations().iter().cloned().map(|mut operation| {
        let asked = &mut operation.requirement;
        let before = asked.permissions.len();
        asked.permissions.retain(|permission| !permissions.contains(&permission.as_str()));
        if asked.permissions.is_empty() && before > 0 {
            asked.permissions_match = Match::None;
        }
        operation
    });
    Matrix::new("bundled", Some(on), operations.collect()).0
}

const SCHEDULING: [&str; 6] = [
    "wfm:agentSchedulingPreferences:edit",
    "wfm:agentSchedulingPreferencesQuery:view",
    "wfm:agentSchedulingPreferencesSettings:view",
    "wfm:schedulingPreferencesQuery:view",
    "wfm:schedulingPreferencesSettings:edit",
    "wfm:schedulingPreferencesSettings:view",
];

struct Change {
    came: &'static [&'static str],
    before: Date,
    /// How many operations it changed.
    operations: usize,
    /// A call that clients need.
    call: &'static str,
    /// A permission that was enough before and still is, where there is one.
    still_enough: Option<&'static str>,
    /// Who is refused from then on, of `Holder`, `Lacking` and `Old holder`.
    refused: &'static [&'static str],
    /// Who is let through from then on.
    gains: &'static [&'static str],
}

const CHANGES: &[Change] = &[
    Change {
        came: &["voicemail:groupPolicy:view", "voicemail:groupPolicy:edit"],
        before: date(2026, 2, 15),
        operations: 2,
        call: "GET /api/v2/voicemail/groups/{groupId}/policy",
        still_enough: None,
        refused: &["Lacking", "Old holder"],
        gains: &[],
    },
    Change {
        came: &["routing:email:view"],
        before: date(2026, 2, 15),
        operations: 4,
        call: "GET /api/v2/routing/email/domains/{domainId}",
        still_enough: Some("routing:email:manage"),
        refused: &[],
        gains: &["Holder"],
    },
    Change {
        came: &["routing:skill:view"],
        before: date(2026, 5, 1),
        operations: 3,
        call: "GET /api/v2/routing/skills",
        still_enough: None,
        refused: &["Lacking", "Old holder"],
        gains: &[],
    },
    Change {
        came: &SCHEDULING,
        before: date(2026, 5, 20),
        operations: 5,
        call: "GET /api/v2/workforcemanagement/businessunits/{businessUnitId}",
        still_enough: Some("wfm:businessUnit:view"),
        refused: &[],
        gains: &["Holder"],
    },
];

/// Four clients: one holds what comes, one holds nothing of it, one holds what was enough before; these three need the
/// call. The fourth holds nothing and does not need it.
fn night(change: &Change, observed: bool) -> Night {
    let mut night = Night::new();
    night.matrix = Some(without(change.came, change.before));
    night
        .role("r1", "New", change.came)
        .role("r2", "Nothing", &["telephony:plugin:all"])
        .role("r3", "Old", &[change.still_enough.unwrap_or("telephony:plugin:all")])
        .client("c1", "Holder", &[("r1", "*")])
        .client("c2", "Lacking", &[("r2", "*")])
        .client("c3", "Old holder", &[("r3", "*")])
        .client("c4", "Not concerned", &[("r2", "*")]);
    for (id, name) in [("c1", "Holder"), ("c2", "Lacking"), ("c3", "Old holder")] {
        if observed {
            night.usage(id, change.call, 5, 5, 0);
        } else {
            night.need(name, change.call, "");
        }
    }
    night
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn each_change_of_2026_names_its_operations_and_exactly_the_clients_concerned() {
    for change in CHANGES {
        for observed in [false, true] {
            let night = night(change, observed);
            let before = night.matrix.as_ref().unwrap();
            let found_diff = diff::diff(before, bundled::matrix());
            assert!(found_diff.added.is_empty() && found_diff.removed.is_empty(), "{:?}", change.came);
            assert_eq!(found_diff.changed.len(), change.operations, "{:?}", change.came);

            let evidence = night.evidence();
            let after = AccessMap::of(&night.snapshot, bundled::matrix(), None);
            let needed = Needed::of(&after, &night.needs);
            let radar = radar::between(&evidence.orgs[0].map, &after, &needed);
            let of_impact = |impact: Impact| -> BTreeSet<String> {
                let callers = radar.operations.iter().flat_map(|one| &one.callers).filter(|one| one.impact == impact);
                callers.map(|one| after.principals()[one.principal].name.clone()).collect()
            };
            assert_eq!(of_impact(Impact::Refused), set(change.refused), "{:?}", change.came);
            assert_eq!(of_impact(Impact::Better), set(change.gains), "{:?}", change.came);

            let reported = found(&CHECK, &night);
            let losers: BTreeSet<String> = ["Holder", "Lacking", "Old holder", "Not concerned"]
                .into_iter()
                .filter(|name| reported.iter().any(|one| one.title.contains(&format!("`{name}`"))))
                .map(str::to_owned)
                .collect();
            assert_eq!(losers, set(change.refused), "{reported:#?}");
            assert_eq!(reported.len(), usize::from(!change.refused.is_empty()), "{reported:#?}");
        }
    }
}
