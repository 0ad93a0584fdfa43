//! JUnit for pipelines: a suite for each question, a test case for each cause.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{CauseView, ComparisonView};
use crate::comparison::table::describe_call;
use crate::formats::junit::well_formed;
use rolecall_access::drift::broken::Certainty;
use rolecall_access::drift::change::Effect;
use rolecall_findings::check::count;
use rolecall_findings::severity::Severity;

/// Calls reported for each cause.
const CALLS: usize = 20;

/// Writes the report. A case fails where it is at or above the gate; what is not known is an error.
///
/// # Errors
/// When the output cannot be written.
pub fn write(view: &ComparisonView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut report = Report::new(format!("rolecall drift {} {}", view.from.name, view.to.name));
    if view.shows_effective() {
        report.add_test_suite(needed(view));
        if !view.shows_rows() {
            report.add_test_suite(gaining(view));
        }
    }
    if view.shows_rows() {
        report.add_test_suite(rows(view, Effect::Widens, "widening", "nothing widens"));
        if !view.shows_effective() {
            report.add_test_suite(rows(view, Effect::Breaks, "breaking", "nothing breaks"));
        }
    }
    report.add_test_suite(not_known(view));
    let text = report.to_string().map_err(io::Error::other)?;
    out.write_all(well_formed(&text).as_bytes())
}

fn needed(view: &ComparisonView<'_>) -> TestSuite {
    let mut suite = TestSuite::new("needed calls");
    for cause in view.causes.iter().filter(|cause| cause.certainty != Certainty::NotKnown) {
        suite.add_test_case(case(view, &title(cause), cause.severity, cause.certainty.as_str(), &detail(cause)));
    }
    passes_if_empty(&mut suite, "no needed call breaks");
    suite
}

/// Who can do more: where rows are shown too, these say it.
fn gaining(view: &ComparisonView<'_>) -> TestSuite {
    let mut suite = TestSuite::new("access gained");
    for access in view.access.iter().filter(|access| access.gives()) {
        let permissions = access.difference.gained_permissions.iter().chain(&access.difference.gained_for_users);
        let detail = permissions.map(String::as_str).collect::<Vec<_>>().join("\n");
        suite.add_test_case(case(view, &access.sentence(), access.severity, "gained", &detail));
    }
    for row in view.unheld() {
        suite.add_test_case(case(view, &row.clause, row.severity, "gained", &row.change.gives.join("\n")));
    }
    passes_if_empty(&mut suite, "nobody can do more");
    suite
}

fn title(cause: &CauseView<'_>) -> String {
    let (calls, who) = (count(cause.calls.len(), "needed call", "needed calls"), &cause.victims);
    format!("{} ({calls} of {who})", cause.clause)
}

fn detail(cause: &CauseView<'_>) -> String {
    let mut lines: Vec<String> = cause.calls.iter().take(CALLS).map(|call| describe_call(call)).collect();
    if cause.calls.len() > CALLS {
        lines.push(format!("and {} more", cause.calls.len() - CALLS));
    }
    lines.extend(cause.remedy.as_ref().map(|remedy| format!("to do: {}", remedy.what)));
    lines.extend(
        cause.besides.iter().take(CALLS).map(|other| format!("for {} of them also: {}", other.calls, other.fix)),
    );
    lines.join("\n")
}

fn rows(view: &ComparisonView<'_>, effect: Effect, name: &str, otherwise: &str) -> TestSuite {
    let mut suite = TestSuite::new(name);
    for row in view.rows_of(effect) {
        let detail = format!("{} -> {}", row.change.from_value, row.change.to_value);
        suite.add_test_case(case(view, &row.clause, row.severity, effect.as_str(), &detail));
    }
    passes_if_empty(&mut suite, otherwise);
    suite
}

fn not_known(view: &ComparisonView<'_>) -> TestSuite {
    let mut suite = TestSuite::new("not known");
    let mut add = |name: &str, text: &str| {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("not-known").set_message(text);
        suite.add_test_case(TestCase::new(name, status));
    };
    for listing in view.not_compared.iter().filter(|listing| listing.is_gap) {
        add(&format!("{} of {}", listing.listing.as_str(), listing.side), &listing.why);
    }
    for note in &view.asked.not_known {
        add(note, note);
    }
    if view.shows_effective() {
        for cause in view.causes.iter().filter(|cause| cause.certainty == Certainty::NotKnown) {
            let case_of = case(view, &title(cause), cause.severity, cause.certainty.as_str(), &detail(cause));
            suite.add_test_case(case_of);
        }
    }
    if view.shows_rows() {
        for row in view.rows_of(Effect::Unknown) {
            let detail = format!("{} -> {}", row.change.from_value, row.change.to_value);
            suite.add_test_case(case(view, &row.clause, row.severity, "unknown", &detail));
        }
    }
    passes_if_empty(&mut suite, "everything could be compared");
    suite
}

/// Below the gate a case passes, and says what it is about.
fn case(view: &ComparisonView<'_>, name: &str, severity: Severity, kind: &str, detail: &str) -> TestCase {
    if severity >= view.asked.fail_on {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(kind).set_message(format!("{severity}: {name}")).set_description(detail);
        TestCase::new(name, status)
    } else {
        let mut case = TestCase::new(name, TestCaseStatus::success());
        case.set_system_out(format!("{severity}, below the gate at {}\n{detail}", view.asked.fail_on));
        case
    }
}

fn passes_if_empty(suite: &mut TestSuite, name: &str) {
    if suite.test_cases.is_empty() {
        suite.add_test_case(TestCase::new(name, TestCaseStatus::success()));
    }
}
