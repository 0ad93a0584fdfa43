//! SARIF 2.1.0 for code-scanning pages: one result a cause, far below the 5,000 that readers show.

use std::io::{self, Write};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{AccessView, CauseView, ComparisonView, RowView};
use crate::sarif::{SCHEMA, level, notification, plain, uri};
use rolecall_access::drift::broken::{Certainty, NeedSource};
use rolecall_access::drift::change::{Change, Effect};
use rolecall_base::hex::hex;
use rolecall_findings::check::count;
use rolecall_findings::drift_words::{Direction, direction};
use rolecall_findings::severity::Severity;

/// Results written; GitHub shows 5,000 of a run.
const MOST: usize = 4_000;

/// Characters of a message.
const LONGEST: usize = 1_000;

/// A rule: id, what it says in short, in full, and what to do.
const RULES: [[&str; 4]; 6] = [
    [
        "drift/breaks",
        "A needed call breaks",
        "A call that somebody needs works on the left side and fails on the right one.",
        "Give the right side what the left side gives, or take the need off the list.",
    ],
    [
        "drift/may-break",
        "A needed call may break",
        "A call that somebody needs works on the left side; on the right one a condition, a policy or a limit to single divisions decides, or the data does not tell.",
        "Look at the condition or policy, or have the right side read completely.",
    ],
    [
        "drift/widens",
        "The right side gives more",
        "A difference gives principals rights on the right side that they do not have on the left one.",
        "Check that it is meant; otherwise take it back on the right side.",
    ],
    [
        "drift/narrows",
        "The right side gives less",
        "A difference takes rights on the right side, and no known need is hurt.",
        "Nothing, where it is meant.",
    ],
    [
        "drift/unknown",
        "A difference cannot be determined",
        "One of the sides was not read well enough, or is not published, so that what a difference does is not known.",
        "Have both sides read completely.",
    ],
    [
        "drift/not-compared",
        "A list was not compared",
        "A list of one side was asked for and not read completely, so that what differs in it is not known.",
        "Fix what kept it from being read, and compare again.",
    ],
];

/// A result before it is written, worst first.
struct Found {
    rule: usize,
    severity: Severity,
    text: String,
    fingerprint: Vec<String>,
    logical: (String, &'static str),
    places: Vec<String>,
}

/// Writes the log.
///
/// # Errors
/// When the output cannot be written.
pub fn write(view: &ComparisonView<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &log(view))?;
    writeln!(out)
}

fn log(view: &ComparisonView<'_>) -> Value {
    let found = found(view);
    let left_out = found.len().saturating_sub(MOST);
    let results: Vec<Value> = found.iter().take(MOST).map(|one| result(view, one)).collect();
    let rules: Vec<Value> = RULES
        .iter()
        .map(|[id, short, full, help]| {
            json!({
                "id": id,
                "name": short,
                "shortDescription": { "text": short },
                "fullDescription": { "text": full },
                "help": { "text": help },
            })
        })
        .collect();
    let mut notes: Vec<Value> = view.asked.not_known.iter().map(|note| notification("error", note)).collect();
    if left_out > 0 {
        let text = format!("{} left out: `--format json` has them all", count(left_out, "result was", "results were"));
        notes.push(notification("warning", &text));
    }
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "rolecall",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "invocations": [{
                "executionSuccessful": view.is_complete(),
                "toolExecutionNotifications": notes,
            }],
            "automationDetails": { "id": format!("drift/{}/{}/", view.from.name, view.to.name) },
            "columnKind": "unicodeCodePoints",
            "properties": { "verdict": view.verdict },
            "results": results,
        }],
    })
}

fn found(view: &ComparisonView<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    if view.shows_effective() {
        found.extend(view.causes.iter().map(of_cause));
    }
    if !view.shows_rows() {
        // Where rows are shown, they say who can do more.
        found.extend(view.access.iter().filter(|access| access.gives()).map(of_access));
        found.extend(view.unheld().filter_map(of_row));
    }
    if view.shows_rows() {
        let reported = |row: &RowView<'_>| {
            view.shows_effective()
                && view.causes.iter().any(|cause| cause.change.is_some_and(|(at, _)| at == row.at))
                && row.change.effect == Effect::Breaks
        };
        found.extend(view.rows.iter().filter(|row| !reported(row)).filter_map(of_row));
    }
    for listing in view.not_compared.iter().filter(|listing| listing.is_gap) {
        let name = format!("{}/{}", listing.side, listing.listing.as_str());
        found.push(Found {
            rule: 5,
            severity: Severity::Medium,
            text: format!("{} of {} not compared: {}", listing.listing.as_str(), listing.side, listing.why),
            fingerprint: vec![name.clone()],
            logical: (name, "resource"),
            places: Vec::new(),
        });
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.severity));
    found
}

fn of_cause(cause: &CauseView<'_>) -> Found {
    let rule = if cause.certainty == Certainty::Fails { 0 } else { 1 };
    let calls: Vec<String> = cause
        .calls
        .iter()
        .take(5)
        .map(|call| format!("{} `{}`: {}", call.kind.in_words(), call.name, call.endpoint))
        .collect();
    let more = match cause.calls.len().saturating_sub(calls.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let fix = cause.remedy.as_ref().map(|remedy| format!(" To do: {}.", remedy.what)).unwrap_or_default();
    let number = count(cause.calls.len(), "needed call", "needed calls");
    let mut places: Vec<String> = cause
        .calls
        .iter()
        .flat_map(|call| &call.needs)
        .filter_map(|need| match need {
            NeedSource::Declared { place, .. } => Some(place.clone()),
            NeedSource::Observed { .. } => None,
        })
        .collect();
    places.sort();
    places.dedup();
    let (mut fingerprint, logical) = match cause.change {
        Some((_, change)) => (identity(change), logical(change)),
        None => {
            let mut who: Vec<String> = cause
                .calls
                .iter()
                .map(|call| format!("{}:{}:{}", call.kind.as_str(), call.name, call.endpoint))
                .collect();
            who.sort();
            (who, ("no difference".to_owned(), "resource"))
        }
    };
    fingerprint.push(cause.certainty.as_str().to_owned());
    Found {
        rule,
        severity: cause.severity,
        text: format!("{number} of {}: {}. {}{more}.{fix}", cause.victims, cause.clause, calls.join("; ")),
        fingerprint,
        logical,
        places,
    }
}

fn of_access(access: &AccessView<'_>) -> Found {
    let first = access.principals.first();
    let name = first.map(|one| format!("{}/{}", one.kind.as_str(), one.name)).unwrap_or_default();
    Found {
        rule: 2,
        severity: access.severity,
        text: format!("{}.", access.sentence()),
        fingerprint: access.identity(),
        logical: (name, "resource"),
        places: Vec::new(),
    }
}

fn of_row(row: &RowView<'_>) -> Option<Found> {
    let rule = match row.change.effect {
        Effect::Breaks => 0,
        Effect::Widens => 2,
        Effect::Narrows => 3,
        Effect::Unknown => 4,
        Effect::None => return None,
    };
    Some(Found {
        rule,
        severity: row.severity,
        text: format!("{}.", row.clause),
        fingerprint: identity(row.change),
        logical: logical(row.change),
        places: Vec::new(),
    })
}

/// What stays the same for as long as the same thing is wrong: no counts, no wording.
fn identity(change: &Change) -> Vec<String> {
    let side = match direction(change) {
        Direction::Lost => "lost",
        Direction::Gained => "gained",
        Direction::Other => "other",
    };
    let who = if change.to_id.is_empty() { &change.name } else { &change.to_id };
    vec![change.kind.as_str().to_owned(), who.clone(), change.field.clone(), side.to_owned()]
}

fn logical(change: &Change) -> (String, &'static str) {
    (format!("{}/{}", change.kind.as_str(), change.name), "resource")
}

fn result(view: &ComparisonView<'_>, found: &Found) -> Value {
    let rule = RULES.get(found.rule).and_then(|rule| rule.first()).copied().unwrap_or_default();
    let mut identity = vec![rule.to_owned(), view.from.snapshot.org.name.clone(), view.to.snapshot.org.name.clone()];
    identity.extend(found.fingerprint.iter().cloned());
    let digest = Sha256::digest(identity.join("\u{1f}").as_bytes());
    let fingerprint = hex(digest.iter().take(16));
    let text: String = found.text.chars().take(LONGEST).collect();
    let mut location = json!({
        "logicalLocations": [{ "fullyQualifiedName": found.logical.0, "kind": found.logical.1 }],
    });
    let first = found.places.first().and_then(|place| physical(place));
    let physical = first
        .or_else(|| view.asked.artifact.as_deref().map(|file| json!({ "artifactLocation": { "uri": uri(file) } })));
    if let (Some(physical), Some(fields)) = (physical, location.as_object_mut()) {
        fields.insert("physicalLocation".to_owned(), physical);
    }
    json!({
        "ruleId": rule,
        "ruleIndex": found.rule,
        "level": level(found.severity),
        "message": { "text": plain(&text) },
        "locations": [location],
        "partialFingerprints": { "rolecallDrift/v1": fingerprint },
        "properties": { "severity": found.severity.as_str() },
    })
}

/// `needs.csv:12` as a place.
fn physical(place: &str) -> Option<Value> {
    let (file, line) = place.rsplit_once(':')?;
    let line: u64 = line.parse().ok()?;
    Some(json!({ "artifactLocation": { "uri": uri(file) }, "region": { "startLine": line.max(1) } }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_of_a_need_is_a_line_of_its_file() {
        let place = physical("my needs:v2.csv:12").unwrap();
        assert_eq!(place["artifactLocation"]["uri"], "my%20needs%3Av2.csv");
        assert_eq!(place["region"]["startLine"], 12);
        assert_eq!(physical("needs.csv"), None);
    }
}
