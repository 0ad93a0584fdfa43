//! The rows of `action-plan.csv`: what is to be done, with room for who does it, what is decided, and until when.

use crate::row::row;
use crate::view::{Report, is_open};
use rolecall_findings::finding::Status;
use rolecall_findings::severity::Severity;

row! {
    /// An open finding, and room for what people decide.
    pub ActionRow in "action-plan.csv" {
        /// Stable across nights.
        finding_id: String,
        /// How bad it is.
        severity: Severity,
        /// How it stands against earlier nights.
        status: Status,
        /// The check that found it.
        check: String,
        /// The org.
        org: String,
        /// What kind of thing it is about.
        subject_kind: String,
        /// That thing's name.
        subject_name: String,
        /// The finding in one line.
        title: String,
        /// What to do.
        fix: String,
        /// Who does it: for people to fill in.
        owner: String,
        /// What is decided: for people to fill in.
        decision: String,
        /// Until when: for people to fill in.
        due_date: String,
        /// Anything else: for people to fill in.
        comment: String,
    }
}

/// A row for each open finding, in the order of the report: worst first.
pub fn rows(report: &Report<'_>) -> Vec<ActionRow> {
    let open = report.findings.iter().filter(|finding| is_open(finding));
    open.map(|finding| ActionRow {
        finding_id: finding.id.clone(),
        severity: finding.severity,
        status: finding.status,
        check: finding.check.to_owned(),
        org: finding.org.clone(),
        subject_kind: finding.subject.kind.to_owned(),
        subject_name: finding.subject.name.clone(),
        title: finding.title.clone(),
        fix: finding.fix.clone(),
        owner: String::new(),
        decision: String::new(),
        due_date: String::new(),
        comment: String::new(),
    })
    .collect()
}
