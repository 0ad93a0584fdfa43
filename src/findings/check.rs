//! What a check is, and how the checks' words become findings.

use std::collections::{BTreeMap, BTreeSet};

use super::checks;
use super::evidence::{Evidence, OrgEvidence};
use super::finding::{Finding, Status, Subject};
use super::fingerprint;
use super::severity::Severity;
use crate::cross::Principal;

/// What there is to know about a check without running it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckMeta {
    /// Its id, `area.name`.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it looks for.
    pub what: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// How bad a finding is at first; a check may say more or less of a single one.
    pub severity: Severity,
    /// Where this is known from.
    pub reference: &'static str,
}

/// A finding as a check tells it, before it has an id and a history.
#[derive(Clone, Debug)]
pub struct Found {
    /// How bad it is.
    pub severity: Severity,
    /// The org's name.
    pub org: String,
    /// What it is about.
    pub subject: Subject,
    /// What is wrong, in parts that stay the same for as long as the same thing is wrong.
    pub cause: BTreeSet<String>,
    /// The finding in one line.
    pub title: String,
    /// What was seen.
    pub detail: String,
    /// What to do.
    pub fix: String,
    /// The single facts behind it.
    pub facts: BTreeSet<String>,
}

/// One question put to the evidence.
pub trait Check: Sync {
    /// What there is to know about it.
    fn meta(&self) -> &'static CheckMeta;

    /// Adds what it finds, in any order.
    fn run(&self, evidence: &Evidence<'_>, found: &mut Vec<Found>);
}

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
    let mut findings: BTreeMap<String, Finding> = BTreeMap::new();
    for check in checks::ALL {
        let meta = check.meta();
        let told = overrides.get(meta.id);
        if told.is_some_and(|told| !told.enabled) {
            continue;
        }
        let mut found = Vec::new();
        check.run(evidence, &mut found);
        for one in found {
            let severity = told.and_then(|told| told.severity).unwrap_or(one.severity);
            let finding = finding(evidence, meta, severity, one);
            match findings.get_mut(&finding.id) {
                None => {
                    findings.insert(finding.id.clone(), finding);
                }
                Some(known) => merge(known, finding),
            }
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

fn finding(evidence: &Evidence<'_>, meta: &CheckMeta, severity: Severity, found: Found) -> Finding {
    Finding {
        id: fingerprint::id(meta.id, &found.org, &found.subject, &found.cause),
        status: Status::New,
        severity,
        check: meta.id,
        org: found.org,
        subject: found.subject,
        title: found.title,
        detail: found.detail,
        fix: found.fix,
        facts: found.facts.into_iter().collect(),
        first_seen: evidence.as_of,
        last_seen: evidence.as_of,
    }
}

/// Two tellings of one cause: the worse one keeps the word, the facts of both stay, in whatever order they came.
fn merge(known: &mut Finding, other: Finding) {
    let mut facts: BTreeSet<String> = std::mem::take(&mut known.facts).into_iter().collect();
    facts.extend(other.facts.iter().cloned());
    if (other.severity, &known.title, &known.detail) > (known.severity, &other.title, &other.detail) {
        *known = other;
    }
    known.facts = facts.into_iter().collect();
}

/// A principal as the subject of a finding.
pub fn subject(principal: &Principal) -> Subject {
    Subject { kind: principal.kind.as_str(), id: principal.id.clone(), name: principal.name.clone() }
}

/// A thing that has no id of its own, as the subject of a finding.
pub fn named(kind: &'static str, name: impl Into<String>) -> Subject {
    Subject { kind, id: String::new(), name: name.into() }
}

/// The org's name in the configuration.
pub fn org_name(org: &OrgEvidence<'_>) -> String {
    org.map.snapshot.org.name.clone()
}

/// `1 thing`, `2 things`.
pub fn count(number: usize, one: &str, several: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {several}") }
}

/// Names in backticks, joined; of many the first ones and how many more.
pub fn names<'a>(names: impl IntoIterator<Item = &'a str>, most: usize) -> String {
    let all: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let more = all.len().saturating_sub(most);
    let shown = all.into_iter().take(most).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
