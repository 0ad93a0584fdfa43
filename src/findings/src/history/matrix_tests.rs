//! A night on which the org's own matrix could not be had settles nothing that the matrix decides.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::advance::{Advanced, Rules, advance};
use super::ledger::NightRecord;
use crate::finding::Status;
use crate::judge::judge;
use crate::testing::Night;
use rolecall_matrix::csv;

/// A night on which `Robot`, which holds nothing, needs two operations, of which the matrix asks something for `closed`.
fn night(closed: &str, fell_back: bool) -> Night {
    let mut night = Night::new();
    let rows: String = ["a", "b"]
        .into_iter()
        .map(|name| match name == closed {
            // One cause each, so that they are two findings.
            true => format!("GET,/api/v2/{name},ANY,routing:{name}:view,,,\n"),
            false => format!("GET,/api/v2/{name},NONE,,,,\n"),
        })
        .collect();
    let header = "method,path,permissions_match,permissions,scopes,user_context,source\n";
    night.matrix = Some(csv::read("h", &format!("{header}{rows}")).unwrap());
    night.fell_back = fell_back;
    night.client("c1", "Robot", &[]).need("Robot", "GET /api/v2/a", "").need("Robot", "GET /api/v2/b", "");
    night
}

fn follow(night: &Night, days: i64, before: Option<&NightRecord>) -> Advanced {
    let mut evidence = night.evidence();
    let first: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
    evidence.as_of = first + SignedDuration::from_hours(24 * days);
    let off = BTreeSet::new();
    advance(&evidence, judge(&evidence, &BTreeMap::new()), before, &Rules { off: &off, waived: &|_| false })
}

/// The status of the gap at each operation.
fn gaps(reported: &Advanced) -> BTreeMap<&str, Status> {
    let gaps = reported.findings.iter().filter(|one| one.check == "gap.declared");
    gaps.map(|one| (if one.title.contains("/api/v2/a") { "a" } else { "b" }, one.status)).collect()
}

#[test]
fn other_matrix_makes_what_it_decides_incomparable_until_the_own_one_is_back() {
    let first = follow(&night("a", false), 0, None);
    assert_eq!(gaps(&first), [("a", Status::New)].into());
    let fallen = follow(&night("b", true), 1, Some(&first.record));
    assert_eq!(gaps(&fallen), [("a", Status::Incomparable), ("b", Status::Incomparable)].into());
    let still = follow(&night("a", true), 2, Some(&fallen.record));
    assert_eq!(gaps(&still), [("a", Status::Persisting)].into(), "what was wrong is found all the same");
    let back = follow(&night("a", false), 3, Some(&fallen.record));
    assert_eq!(gaps(&back), [("a", Status::Persisting)].into());
    assert_eq!(gaps(&follow(&night("b", false), 3, Some(&fallen.record)))["b"], Status::New);
}

#[test]
fn built_in_matrix_that_stays_is_taken_at_its_word_after_a_week() {
    let mut last = follow(&night("a", false), 0, None);
    for day in 1..=7 {
        last = follow(&night("b", true), day, Some(&last.record));
    }
    assert_eq!(gaps(&last), [("a", Status::Incomparable), ("b", Status::Incomparable)].into());
    let settled = follow(&night("b", true), 8, Some(&last.record));
    assert_eq!(gaps(&settled), [("a", Status::Resolved), ("b", Status::New)].into());
}

#[test]
fn org_that_never_had_a_matrix_of_its_own_is_judged_by_the_built_in_one() {
    let first = follow(&night("a", true), 0, None);
    assert_eq!(gaps(&first), [("a", Status::New)].into());
    assert_eq!(gaps(&follow(&night("a", true), 1, Some(&first.record))), [("a", Status::Persisting)].into());
}
