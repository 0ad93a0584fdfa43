//! `junit.xml`: a suite for each org, a case for each list that was to be read and for each check.

use std::path::Path;

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use crate::error::ReportError;
use crate::format::Format;
use crate::view::{ListingView, OrgView, Report, is_at_gate};
use rolecall_base::coverage::Listing;
use rolecall_base::store::place;
use rolecall_findings::check::{CheckMeta, Reads, count};
use rolecall_findings::checks;
use rolecall_findings::finding::{Finding, Status};

/// The file.
pub const FILE: &str = "junit.xml";

/// Findings reported for a case.
const MOST_LISTED: usize = 50;

/// The suite of findings that are about no single org.
const NO_ORG: &str = "all orgs";

/// `junit.xml`.
pub struct JunitXml;

impl Format for JunitXml {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn files(&self) -> &'static [&'static str] {
        &[FILE]
    }

    fn write(&self, report: &Report<'_>, folder: &Path) -> Result<(), ReportError> {
        let path = folder.join(FILE);
        let text = document(report)
            .to_string()
            .map_err(|error| ReportError::Content { file: FILE.to_owned(), why: error.to_string() })?;
        place::write(&path, well_formed(&text).as_bytes()).map_err(|error| ReportError::io(&path, error))
    }
}

/// XML without the two characters that it forbids and the writer lets through.
pub fn well_formed(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn document(report: &Report<'_>) -> Junit {
    let mut junit = Junit::new(format!("rolecall {}", report.run.id));
    for org in &report.orgs {
        let mut suite = TestSuite::new(org.name.as_str());
        let lists = org.listings.iter().filter(|listing| listing.is_missing() || listing.read > 0);
        lists.for_each(|listing| {
            suite.add_test_case(list(org, listing));
        });
        add_checks(&mut suite, report, &org.name, Some(org));
        junit.add_test_suite(suite);
    }
    for org in &report.failed {
        let mut suite = TestSuite::new(org.name.as_str());
        suite.add_test_case(case(&org.name, "org read", error(&org.why, "every verdict and check of this org")));
        add_checks(&mut suite, report, &org.name, None);
        junit.add_test_suite(suite);
    }
    let elsewhere = report.findings.iter().any(|finding| !has_suite(report, &finding.org));
    if elsewhere {
        let mut suite = TestSuite::new(NO_ORG);
        for meta in checks::metas() {
            let found: Vec<&Finding> = report
                .findings
                .iter()
                .filter(|finding| finding.check == meta.id && !has_suite(report, &finding.org))
                .collect();
            if !found.is_empty() {
                suite.add_test_case(check(NO_ORG, report, meta, &found, None));
            }
        }
        junit.add_test_suite(suite);
    }
    junit
}

fn has_suite(report: &Report<'_>, org: &str) -> bool {
    report.orgs.iter().any(|one| one.name == org) || report.failed.iter().any(|one| one.name == org)
}

/// Lists that nobody asked for are no cases.
fn list(org: &OrgView, listing: &ListingView) -> TestCase {
    let name = format!("list read completely: {}", listing.listing.as_str());
    let status = if listing.is_missing() {
        let why: Vec<&str> = listing.unread.iter().map(|part| part.why.as_str()).take(MOST_LISTED).collect();
        error(&why.join("\n"), listing.listing.affects())
    } else {
        TestCaseStatus::success()
    };
    case(&org.name, &name, status)
}

fn add_checks(suite: &mut TestSuite, report: &Report<'_>, name: &str, org: Option<&OrgView>) {
    for meta in checks::metas() {
        let found: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.org == name && finding.check == meta.id).collect();
        let not_read = match org {
            None => Some("nothing of this org was read".to_owned()),
            Some(org) => not_read(report, org, meta),
        };
        suite.add_test_case(check(name, report, meta, &found, not_read));
    }
}

/// What the check needs and was not read, in words.
fn not_read(report: &Report<'_>, org: &OrgView, meta: &CheckMeta) -> Option<String> {
    let reads = checks::known(meta.id).map_or(Reads::Everything, |known| known.reads);
    let missing = |org: &OrgView, wanted: &dyn Fn(Listing) -> bool| -> Vec<String> {
        let lists = org.listings.iter().filter(|listing| listing.is_missing() && wanted(listing.listing));
        lists.map(|listing| format!("{} of {}", listing.listing.as_str(), org.name)).collect()
    };
    let lists = match reads {
        Reads::Nothing => Vec::new(),
        Reads::Lists(lists) => missing(org, &|listing| listing == Listing::OwnGrants || lists.contains(&listing)),
        Reads::Everything => {
            let failed = report.failed.iter().map(|org| format!("everything of {}", org.name));
            failed.chain(report.orgs.iter().flat_map(|org| missing(org, &|_| true))).collect()
        }
    };
    (!lists.is_empty()).then(|| format!("not read completely: {}", lists.join(", ")))
}

/// What a check came to: findings at the gate fail it; then what could not be determined is said before anything is passed.
fn status(report: &Report<'_>, meta: &CheckMeta, found: &[&Finding], not_read: Option<String>) -> TestCaseStatus {
    let fail_on = report.run.gate.fail_on;
    let at_gate: Vec<&Finding> =
        found.iter().copied().filter(|finding| is_at_gate(finding) && finding.severity >= fail_on).collect();
    let of = |status: Status| found.iter().filter(|finding| finding.status == status).count();
    if !at_gate.is_empty() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let number = count(at_gate.len(), "finding", "findings");
        status.set_type(meta.id).set_message(format!("{}: {number} at or above {fail_on}", meta.title));
        status.set_description(describe(&at_gate));
        return status;
    }
    let why = if report.checks_off.contains(meta.id) {
        Some("turned off in the configuration".to_owned())
    } else if let Some(why) = not_read {
        Some(format!("not known: {why}"))
    } else {
        match (of(Status::Incomparable), of(Status::Waived)) {
            (0, 0) => None,
            (0, waived) => Some(format!("{} waived", count(waived, "finding", "findings"))),
            (open, _) => Some(format!("not known: {} could not be evaluated", count(open, "finding", "findings"))),
        }
    };
    match why {
        None => TestCaseStatus::success(),
        Some(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why);
            if !found.is_empty() {
                status.set_description(describe(found));
            }
            status
        }
    }
}

fn describe(found: &[&Finding]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for finding in found.iter().take(MOST_LISTED) {
        lines.push(format!("{} {} {}: {}", finding.severity, finding.status.as_str(), finding.id, finding.title));
        if !finding.fix.is_empty() {
            lines.push(format!("  to do: {}", finding.fix));
        }
    }
    if found.len() > MOST_LISTED {
        lines.push(format!("and {} more: findings.csv has them all", found.len() - MOST_LISTED));
    }
    lines.join("\n")
}

fn error(why: &str, affects: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("not-known").set_message(format!("not known; affects {affects}")).set_description(why);
    status
}

fn check(org: &str, report: &Report<'_>, meta: &CheckMeta, found: &[&Finding], not_read: Option<String>) -> TestCase {
    let status = status(report, meta, found, not_read);
    let below_the_gate = matches!(status, TestCaseStatus::Success { .. }) && !found.is_empty();
    let mut case = case(org, meta.id, status);
    if below_the_gate {
        case.set_system_out(describe(found));
    }
    case
}

fn case(org: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(format!("rolecall.{org}"));
    case
}

#[cfg(test)]
mod tests;
