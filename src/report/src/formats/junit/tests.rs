//! What a pipeline sees of a night.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::assemble::assemble;
use crate::settings::{AccessRows, ReportSettings};
use rolecall_findings::judge::judge;
use rolecall_findings::severity::Severity;
use rolecall_findings::testing::Night;
use rolecall_findings::waivers::Standing;

fn night() -> Night {
    let mut night = Night::new();
    night.division("d1", "Home").role("r1", "Reporting", &["routing:queue:view"]);
    night.client("c1", "Robot <\u{0}> ]]>", &[("r1", "d1")]);
    night.need("Robot <\u{0}> ]]>", "PUT /api/v2/routing/queues/{queueId}", "");
    night
}

/// The cases of the org `dev`, by name: `passed`, `failed`, `error` or `skipped` and its message.
fn cases(night: &Night, off: &[&str], change: impl FnOnce(&mut [Finding])) -> (BTreeMap<String, String>, String) {
    let settings = ReportSettings {
        version: "0.0.0".to_owned(),
        fail_on: Severity::High,
        access: AccessRows::None,
        csv_bom: false,
        checks_off: off.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>(),
        waivers: Standing::default(),
        trend: Vec::new(),
    };
    let evidence = night.evidence();
    let mut findings = judge(&evidence, &BTreeMap::new());
    change(&mut findings);
    let report = assemble(&evidence, findings, None, &settings);
    let junit = document(&report);
    let suite = junit.test_suites.iter().find(|suite| suite.name.as_str() == "dev").unwrap();
    let words = |status: &TestCaseStatus| match status {
        TestCaseStatus::Success { .. } => "passed".to_owned(),
        TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, .. } => "failed".to_owned(),
        TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. } => "error".to_owned(),
        TestCaseStatus::Skipped { message, .. } => {
            format!("skipped: {}", message.as_ref().map(|text| text.as_str()).unwrap_or_default())
        }
    };
    let cases = suite.test_cases.iter().map(|case| (case.name.as_str().to_owned(), words(&case.status))).collect();
    (cases, junit.to_string().unwrap())
}

#[test]
fn check_fails_at_the_gate_and_passes_when_it_found_nothing() {
    let (cases, text) = cases(&night(), &["grant.implicit"], |_| {});
    assert_eq!(cases["gap.declared"], "failed");
    assert_eq!(cases["need.unknown-principal"], "passed");
    assert_eq!(cases["grant.implicit"], "skipped: turned off in the configuration");
    assert_eq!(cases["list read completely: roles"], "passed");
    assert!(!text.contains('\0') && text.contains("Robot &lt;"), "{text}");
}

#[test]
fn characters_that_xml_forbids_are_replaced() {
    assert_eq!(well_formed("<a>\u{fffe}b\u{ffff}ü</a>"), "<a>\u{fffd}b\u{fffd}ü</a>");
}

#[test]
fn what_could_not_be_reported_is_never_a_pass() {
    let mut night = night();
    night.unread(Listing::Roles);
    night.failed("prod", "the client was refused (invalid_client)");
    let (cases, text) =
        cases(&night, &[], |findings| findings.iter_mut().for_each(|one| one.status = Status::Incomparable));
    assert_eq!(cases["list read completely: roles"], "error");
    assert!(cases["gap.declared"].starts_with("skipped: not known: not read completely: roles of dev"), "{cases:?}");
    assert!(text.contains("<testsuite name=\"prod\""), "{text}");
    let after = text.split("<testsuite name=\"prod\"").nth(1).unwrap();
    assert!(after.contains("org read") && after.contains("nothing of this org was read"), "{after}");
}

#[test]
fn waived_findings_are_skipped_and_reported() {
    let (cases, _) = cases(&night(), &[], |findings| {
        findings.iter_mut().for_each(|one| one.status = Status::Waived);
    });
    assert_eq!(cases["gap.declared"], "skipped: 1 finding waived");
}

#[test]
fn findings_below_the_gate_pass() {
    let (cases, _) = cases(&night(), &[], |findings| {
        findings.iter_mut().for_each(|one| one.severity = Severity::Low);
    });
    assert_eq!(cases["gap.declared"], "passed");
}
