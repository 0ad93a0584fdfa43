//! Events of one night pass: they are never kept, never resolved.

use std::collections::{BTreeMap, BTreeSet};

use super::advance::{Rules, advance};
use crate::evidence::{Evidence, SinceEvidence};
use crate::finding::Status;
use crate::judge::judge;
use crate::testing::Night;
use crate::testing::drifted::Drifted;
use rolecall_access::drift::Drift;
use rolecall_access::drift::change::{DriftKind, Effect};

fn night<'a>(night: &'a Night, drift: Drift) -> Evidence<'a> {
    let mut evidence = night.evidence();
    let before = "2026-11-20T02:00:00Z".parse().unwrap();
    evidence.since = vec![SinceEvidence { org: "dev".to_owned(), before, drift }];
    evidence
}

#[test]
fn power_gained_on_one_night_is_new_on_that_night_and_passes_without_being_resolved() {
    let org = Night::new();
    let mut drifted = Drifted::new();
    drifted.row(DriftKind::OauthClient, "Robot", "presence", "absent", "present", Effect::Widens);
    let (current, after) = (night(&org, drifted.drift.clone()), night(&org, Drift::default()));
    let off = BTreeSet::new();
    let rules = Rules { off: &off, waived: &|_| false };
    let first = advance(&current, judge(&current, &BTreeMap::new()), None, &rules);
    let reported: Vec<_> = first.findings.iter().map(|one| (one.check, one.status)).collect();
    assert_eq!(reported, [("night.gained-power", Status::New)]);
    let again = advance(&current, judge(&current, &BTreeMap::new()), Some(&first.record), &rules);
    assert_eq!(again.findings[0].status, Status::New, "a second such night is another event");
    let passed = advance(&after, judge(&after, &BTreeMap::new()), Some(&first.record), &rules);
    assert!(passed.findings.is_empty(), "{:?}", passed.findings);
}
