//! Every check, run: what they found becomes findings, sorted, one a cause.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::check::{CheckMeta, Found};
use super::checks;
use super::evidence::Evidence;
use super::finding::{Basis, Finding, Status};
use super::fingerprint;
use super::severity::Severity;

/// What the configuration says about a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Override {
    /// `false` turns it off.
    pub enabled: bool,
    /// Another severity for all of its findings.
    pub severity: Option<Severity>,
}

/// Runs every check that is not turned off. Sorted: worst first, then by check, org, subject's name and id.
pub fn judge(evidence: &Evidence<'_>, overrides: &BTreeMap<String, Override>) -> Vec<Finding> {
    let mut reported = Vec::new();
    for check in checks::ALL {
        let meta = check.meta;
        // What is turned off is not worked out either.
        if overrides.get(meta.id).is_none_or(|over| over.enabled) {
            let mut found = Vec::new();
            (check.run)(evidence, &mut found);
            reported.extend(found.into_iter().map(|one| (meta, one)));
        }
    }
    settle(reported, overrides, evidence.as_of)
}

/// Makes findings of what checks tell, one a cause, weighed as the configuration says. Sorted as [`judge`] does.
pub fn settle(
    reported: impl IntoIterator<Item = (&'static CheckMeta, Found)>,
    overrides: &BTreeMap<String, Override>,
    as_of: Timestamp,
) -> Vec<Finding> {
    let mut findings: BTreeMap<String, Finding> = BTreeMap::new();
    for (meta, one) in reported {
        let over = overrides.get(meta.id);
        if over.is_some_and(|over| !over.enabled) {
            continue;
        }
        let severity = over.and_then(|over| over.severity).unwrap_or(one.severity);
        let finding = finding(as_of, meta, severity, one);
        match findings.get_mut(&finding.id) {
            None => {
                findings.insert(finding.id.clone(), finding);
            }
            Some(known) => merge(known, finding),
        }
    }
    let mut findings: Vec<Finding> = findings.into_values().collect();
    sort(&mut findings);
    findings
}

/// Puts findings in the one order of every output: worst first, then by check, org, subject's name and id.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (b.severity, a.check, &a.org, &a.subject.name, &a.id).cmp(&(
            a.severity,
            b.check,
            &b.org,
            &b.subject.name,
            &b.id,
        ))
    });
}

fn finding(as_of: Timestamp, meta: &CheckMeta, severity: Severity, found: Found) -> Finding {
    Finding {
        id: fingerprint::id(meta.id, &found.org, &found.subject, &found.cause),
        status: Status::New,
        severity,
        check: meta.id,
        org: found.org,
        subject: found.subject,
        cause: found.cause,
        title: found.title,
        detail: found.detail,
        fix: found.fix,
        facts: found.facts.into_iter().collect(),
        first_seen: as_of,
        last_seen: as_of,
        basis: found.basis,
    }
}

/// Two tellings of one cause: the worse one keeps the word, the facts of both stay, in whatever order they came.
fn merge(known: &mut Finding, other: Finding) {
    let mut facts: BTreeSet<String> = std::mem::take(&mut known.facts).into_iter().collect();
    facts.extend(other.facts.iter().cloned());
    let basis = Basis {
        settled: known.basis.settled || other.basis.settled,
        beside: known.basis.beside.union(&other.basis.beside).cloned().collect(),
    };
    if (other.severity, &known.title, &known.detail) > (known.severity, &other.title, &other.detail) {
        *known = other;
    }
    known.facts = facts.into_iter().collect();
    known.basis = basis;
}
