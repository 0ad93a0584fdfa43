//! `findings.sarif`: SARIF 2.1.0 for code-scanning pages and for tools that gather findings.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::json;
use crate::error::ReportError;
use crate::format::Format;
use crate::sarif::{SCHEMA, level, notification, plain, segment};
use crate::view::Report;
use rolecall_findings::check::{CheckMeta, count};
use rolecall_findings::checks;
use rolecall_findings::finding::{Finding, Status};
use rolecall_findings::severity::Severity;
use rolecall_findings::waivers::standing::Terms;

/// The file.
pub const FILE: &str = "findings.sarif";

/// Results written: GitHub refuses a run that has more.
const MOST: usize = 25_000;

/// Characters of a message.
const LONGEST: usize = 4_000;

/// Facts of a result.
const FACTS: usize = 20;

/// Characters of a name in a place.
const LONGEST_NAME: usize = 120;

/// `findings.sarif`.
pub struct Sarif;

impl Format for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn files(&self) -> &'static [&'static str] {
        &[FILE]
    }

    fn write(&self, report: &Report<'_>, folder: &Path) -> Result<(), ReportError> {
        json::write(&folder.join(FILE), &log(report, MOST))
    }
}

fn log(report: &Report<'_>, most: usize) -> Value {
    let rules = Rules::of(report);
    // Of too many findings those that are gone are left out first, then the mildest.
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| (finding.status == Status::Resolved, std::cmp::Reverse(finding.severity)));
    let left_out = findings.len().saturating_sub(most);
    let results: Vec<Value> = findings.iter().take(most).map(|finding| result(report, &rules, finding)).collect();
    let mut notes = not_known(report);
    if left_out > 0 {
        let text = format!("{} left out: findings.json has them all", count(left_out, "result was", "results were"));
        notes.push(notification("warning", &text));
    }
    let gate = &report.run.gate;
    let as_of = report.run.as_of.to_string();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "rolecall",
                "semanticVersion": report.run.version,
                "rules": rules.written,
            } },
            "invocations": [{
                "executionSuccessful": report.run.complete,
                "exitCode": gate.exit_code,
                "exitCodeDescription": gate.as_str(),
                "startTimeUtc": as_of,
                "toolExecutionNotifications": notes,
            }],
            // What stands before the last slash is the category: a night replaces the one before it.
            "automationDetails": { "id": format!("rolecall/{}", report.run.id) },
            "columnKind": "unicodeCodePoints",
            "properties": {
                "verdict": report.sentence,
                "complete": report.run.complete,
                "failOn": gate.fail_on.as_str(),
                "atOrAbove": gate.at_or_above,
            },
            "results": results,
        }],
    })
}

/// A notification for each thing that was asked for and not read.
fn not_known(report: &Report<'_>) -> Vec<Value> {
    let failed = report.failed.iter().map(|org| format!("nothing is known of org {}: {}", org.name, org.why));
    let lists = report.orgs.iter().flat_map(|org| {
        org.listings.iter().filter(|listing| listing.is_missing()).map(|listing| {
            let why = listing.unread.first().map(|part| format!(": {}", part.why)).unwrap_or_default();
            let (list, affects) = (listing.listing.as_str(), listing.listing.affects());
            format!("{list} of org {} not read completely{why}; affects {affects}", org.name)
        })
    });
    failed.chain(lists).map(|text| notification("error", &cut(&text, LONGEST))).collect()
}

/// The rules as they are written, and where each stands.
struct Rules {
    written: Vec<Value>,
    places: BTreeMap<&'static str, usize>,
}

impl Rules {
    /// A rule for each check that there is. One that found something is as grave as the worst that it found in this run,
    /// because code-scanning pages weigh rules and not results.
    fn of(report: &Report<'_>) -> Self {
        let mut worst: BTreeMap<&str, Severity> = BTreeMap::new();
        for finding in report.findings.iter().filter(|finding| finding.status != Status::Resolved) {
            let known = worst.entry(finding.check).or_insert(finding.severity);
            *known = (*known).max(finding.severity);
        }
        let mut rules = Self { written: Vec::new(), places: BTreeMap::new() };
        for (at, meta) in checks::metas().enumerate() {
            let severity = worst.get(meta.id).copied().unwrap_or(meta.severity);
            rules.places.insert(meta.id, at);
            rules.written.push(rule(meta, severity, !report.checks_off.contains(meta.id)));
        }
        rules
    }
}

fn rule(meta: &CheckMeta, severity: Severity, enabled: bool) -> Value {
    json!({
        "id": meta.id,
        "name": meta.title,
        "shortDescription": { "text": meta.title },
        "fullDescription": { "text": plain(meta.what) },
        "defaultConfiguration": { "level": level(severity), "enabled": enabled },
        "help": {
            "text": plain(&format!("{}\n\n{}\n\nTo do: {}\n\n{}", meta.what, meta.why, meta.remedy, meta.reference)),
            "markdown": format!(
                "**{}**\n\n{}\n\n**Why it matters.** {}\n\n**What to do.** {}\n\n**Known from.** {}\n",
                meta.title, meta.what, meta.why, meta.remedy, meta.reference
            ),
        },
        "properties": {
            "tags": ["security", "permissions", meta.id.split('.').next().unwrap_or_default()],
            "security-severity": security_severity(severity),
            "problem.severity": match level(severity) { "note" => "recommendation", other => other },
        },
    })
}

/// A number within the band that GitHub takes for the severity: above 9.0 critical, from 7.0 high, from 4.0 medium.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.1",
    }
}

fn result(report: &Report<'_>, rules: &Rules, finding: &Finding) -> Value {
    let terms = report.waivers.waived.get(&finding.id);
    let (kind, level) = match finding.status {
        Status::Resolved => ("pass", "none"),
        // Whether it is still there could not be determined.
        Status::Incomparable => ("open", "none"),
        Status::New | Status::Worse | Status::Persisting | Status::Better | Status::Reopened | Status::Waived => {
            ("fail", level(finding.severity))
        }
    };
    let mut result = json!({
        "ruleId": finding.check,
        "kind": kind,
        "level": level,
        "baselineState": baseline(report, finding),
        "message": { "text": plain(&cut(&message(finding), LONGEST)) },
        "locations": [location(finding)],
        "partialFingerprints": { "rolecallFinding/v1": finding.id },
        "provenance": {
            "firstDetectionTimeUtc": finding.first_seen.to_string(),
            "lastDetectionTimeUtc": finding.last_seen.to_string(),
        },
        "properties": properties(finding, terms),
    });
    if let Some(fields) = result.as_object_mut() {
        if let Some(at) = rules.places.get(finding.check) {
            fields.insert("ruleIndex".to_owned(), json!(at));
        }
        let suppressions: Vec<Value> = suppression(finding, terms).into_iter().collect();
        if !suppressions.is_empty() {
            fields.insert("suppressions".to_owned(), json!(suppressions));
        }
    }
    result
}

/// How the result stands against the previous run.
fn baseline(report: &Report<'_>, finding: &Finding) -> &'static str {
    match finding.status {
        Status::New | Status::Reopened => "new",
        Status::Worse | Status::Better => "updated",
        Status::Persisting | Status::Incomparable => "unchanged",
        Status::Resolved => "absent",
        Status::Waived if finding.first_seen == report.run.as_of => "new",
        Status::Waived => "unchanged",
    }
}

/// Waived findings are suppressed. So are those that are gone, because many readers do not look at `baselineState` and
/// would show them as open.
fn suppression(finding: &Finding, terms: Option<&Terms>) -> Option<Value> {
    let (why, properties) = match (finding.status, terms) {
        (Status::Resolved, _) => ("resolved: no longer found".to_owned(), Map::new()),
        (Status::Waived, Some(terms)) => {
            let mut properties = Map::new();
            properties.insert("until".to_owned(), json!(terms.until.to_string()));
            properties.insert("place".to_owned(), json!(terms.place));
            (format!("waived until {}: {}", terms.until, terms.words()), properties)
        }
        (Status::Waived, None) => ("waived".to_owned(), Map::new()),
        _ => return None,
    };
    Some(json!({ "kind": "external", "status": "accepted", "justification": why, "properties": properties }))
}

fn message(finding: &Finding) -> String {
    let sentence = |text: &str| match text.trim_end() {
        "" => String::new(),
        text if text.ends_with(['.', '!', '?', ':']) => text.to_owned(),
        text => format!("{text}."),
    };
    let mut parts = vec![sentence(&finding.title), sentence(&finding.detail)];
    if !finding.fix.is_empty() {
        parts.push(sentence(&format!("To do: {}", finding.fix)));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

/// The thing it is about, as a logical place; and as a path that no file stands behind, because code-scanning pages
/// refuse a result without one and group by it.
fn location(finding: &Finding) -> Value {
    let subject = &finding.subject;
    let org = if finding.org.is_empty() { "all orgs" } else { &finding.org };
    let name = cut(if subject.name.is_empty() { &subject.id } else { &subject.name }, LONGEST_NAME);
    let name = if name.is_empty() { "-".to_owned() } else { name };
    let path = [org, subject.kind, &name].map(|part| match part {
        "." | ".." => "-".to_owned(),
        part => segment(part),
    });
    json!({
        "logicalLocations": [{
            "name": name,
            "fullyQualifiedName": format!("{org}/{}/{name}", subject.kind),
            "decoratedName": if subject.id.is_empty() { &name } else { &subject.id },
            "kind": "resource",
        }],
        "physicalLocation": {
            "artifactLocation": { "uri": path.join("/"), "description": { "text": "no file: org, kind and name" } },
            "region": { "startLine": 1 },
        },
    })
}

fn properties(finding: &Finding, terms: Option<&Terms>) -> Value {
    json!({
        "severity": finding.severity.as_str(),
        "security-severity": security_severity(finding.severity),
        "status": finding.status.as_str(),
        "org": finding.org,
        "subjectKind": finding.subject.kind,
        "subjectId": finding.subject.id,
        "subjectName": finding.subject.name,
        "fix": finding.fix,
        "facts": finding.facts.iter().take(FACTS).collect::<Vec<_>>(),
        "factCount": finding.facts.len(),
        "waivedUntil": terms.map(|terms| terms.until.to_string()),
    })
}

/// Text of at most so many characters, and a mark where it was cut.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
