//! What of a night is worth telling: taken from the report while it is at hand, bounded however large the night.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use rolecall_base::run_id::run_id;
use rolecall_findings::check::count;
use rolecall_findings::finding::{Finding, Status};
use rolecall_findings::severity::Severity;
use rolecall_report::promotions::{Promotion, promotions};
use rolecall_report::view::{Gate, ListingView, Report};

/// So many findings are reported by name at most.
pub const FINDINGS_NAMED: usize = 20;

/// So many causes are reported for each promotion at most.
pub const CAUSES_NAMED: usize = 3;

/// A night, as far as it is reported.
#[derive(Clone, Debug)]
pub struct News {
    /// The id of the run.
    pub run_id: String,
    /// Time of the run: ages and windows are counted from it.
    pub as_of: Timestamp,
    /// The program's version.
    pub version: String,
    /// The verdict of the night in one sentence.
    pub sentence: String,
    /// Whether everything that was asked for was read.
    pub complete: bool,
    /// What was asked for and could not be read, sorted.
    pub not_known: Vec<NotKnown>,
    /// Whether the night passes.
    pub gate: Gate,
    /// Whether there is no night before it, so that everything is new.
    pub first_night: bool,
    /// What promotions break.
    pub promotions: Vec<Promotion>,
    /// New, worse and reopened findings, worst first: as many as are named at most.
    pub findings: Vec<NewsFinding>,
    /// How many there are of each severity, worst first, as [`Severity::WORST_FIRST`].
    pub counts: [usize; 5],
    /// The folder of the report.
    pub folder: PathBuf,
    /// Whether there is a page in it that findings can be linked to.
    pub has_page: bool,
}

/// Something that was asked for and could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotKnown {
    /// The org.
    pub org: String,
    /// The list; empty for the org as a whole.
    pub list: String,
    /// What is missing and why.
    pub reported: String,
}

impl NotKnown {
    /// What names it from night to night: why it is missing may change without news.
    pub fn key(&self) -> String {
        format!("{}/{}", self.org, self.list)
    }
}

/// A finding that is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewsFinding {
    /// Its id.
    pub id: String,
    /// `new`, `worse` or `reopened`.
    pub status: Status,
    /// How bad it is.
    pub severity: Severity,
    /// The check that found it.
    pub check: &'static str,
    /// The org; empty where it is about no single one.
    pub org: String,
    /// What kind of thing it is about.
    pub subject_kind: &'static str,
    /// That thing's name.
    pub subject_name: String,
    /// The finding in one line.
    pub title: String,
}

impl News {
    /// What there is to tell of a report that was written to a folder.
    pub fn of(report: &Report<'_>, folder: &Path, files: &[&str]) -> Self {
        let mut counts = [0; 5];
        let mut findings = Vec::new();
        // Worst first: those that every channel would name are the first of them.
        for finding in report.findings.iter().filter(|finding| is_news(finding)) {
            for (severity, number) in Severity::WORST_FIRST.iter().zip(&mut counts) {
                *number += usize::from(*severity == finding.severity);
            }
            if findings.len() < FINDINGS_NAMED {
                findings.push(NewsFinding::of(finding));
            }
        }
        Self {
            run_id: run_id(report.run.as_of),
            as_of: report.run.as_of,
            version: report.run.version.clone(),
            sentence: report.sentence.clone(),
            complete: report.run.complete,
            not_known: not_known(report),
            gate: report.run.gate.clone(),
            first_night: report.last_night.is_none(),
            promotions: promotions(report, CAUSES_NAMED),
            findings,
            counts,
            folder: folder.to_owned(),
            has_page: files.contains(&"report.html"),
        }
    }

    /// How many findings there are to tell of this severity or a worse one.
    pub fn at_or_above(&self, least: Severity) -> usize {
        Severity::WORST_FIRST.iter().zip(self.counts).filter(|(one, _)| **one >= least).map(|(_, number)| number).sum()
    }

    /// `1 critical, 2 high`: those of this severity or a worse one.
    pub fn in_words(&self, least: Severity) -> String {
        let parts = Severity::WORST_FIRST.iter().zip(self.counts).filter(|(one, number)| **one >= least && *number > 0);
        parts.map(|(one, number)| format!("{number} {one}")).collect::<Vec<_>>().join(", ")
    }
}

impl NewsFinding {
    fn of(finding: &Finding) -> Self {
        Self {
            id: finding.id.clone(),
            status: finding.status,
            severity: finding.severity,
            check: finding.check,
            org: finding.org.clone(),
            subject_kind: finding.subject.kind,
            subject_name: finding.subject.name.clone(),
            title: finding.title.clone(),
        }
    }
}

/// Whether a finding is there in this run and was not, or not as grave, in the previous run.
fn is_news(finding: &Finding) -> bool {
    match finding.status {
        Status::New | Status::Worse | Status::Reopened => true,
        Status::Persisting | Status::Better | Status::Resolved | Status::Waived | Status::Incomparable => false,
    }
}

fn not_known(report: &Report<'_>) -> Vec<NotKnown> {
    let failed = report.failed.iter().map(|org| NotKnown {
        org: org.name.clone(),
        list: String::new(),
        reported: format!("nothing could be read: {}", org.why),
    });
    let listings = report.orgs.iter().flat_map(|org| {
        let missing = org.listings.iter().filter(|listing| listing.is_missing());
        missing.map(|listing| NotKnown {
            org: org.name.clone(),
            list: listing.listing.as_str().to_owned(),
            reported: describe_missing(listing),
        })
    });
    failed.chain(listings).collect()
}

fn describe_missing(listing: &ListingView) -> String {
    let why = listing.unread.first().map_or("no record of it", |part| &part.why);
    let more = match listing.unread.len() {
        0 | 1 => String::new(),
        parts => format!(" (and {})", count(parts - 1, "more part", "more parts")),
    };
    format!("{} {}: {why}{more}", listing.listing.as_str(), listing.seen.as_str())
}
