//! From one night to the next: what was found in this run, beside what earlier nights know, gives each finding its status
//! and the ledger its next state.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::evaluated::{Evaluated, Sight};
use super::ledger::{NightRecord, OrgNight, Record, Standing, sort};
use super::status::{Before, Current, decide};
use crate::check::CheckMeta;
use crate::checks;
use crate::evidence::Evidence;
use crate::finding::{Basis, Finding, Status, Subject, kind_named};
use crate::judge;
use crate::trend::{NightCounts, extended};
use rolecall_base::coverage::Listing;
use rolecall_base::run_id::run_id;

/// What is gone for longer than this is forgotten: a year of nights, and a month in which the year's end is looked at.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(400 * 24);

/// A night, reported in the light of those before it.
#[derive(Clone, Debug)]
pub struct Advanced {
    /// The findings with their status: those of this run, and those that are gone or could not be evaluated.
    pub findings: Vec<Finding>,
    /// What is kept of the night. The digests of snapshots are filled in by whoever keeps them.
    pub record: NightRecord,
}

/// What advances a night.
pub struct Rules<'r> {
    /// The ids of checks that are turned off: what they found is set aside, as for an org that is not asked.
    pub off: &'r BTreeSet<String>,
    /// Whether a finding is waived.
    pub waived: &'r dyn Fn(&Finding) -> bool,
}

/// Gives the findings of a night their status, and makes the next ledger.
pub fn advance(
    evidence: &Evidence<'_>,
    findings: Vec<Finding>,
    before: Option<&NightRecord>,
    rules: &Rules<'_>,
) -> Advanced {
    let no_matrix = BTreeMap::new();
    let sight = Sight::of(evidence, before.map_or(&no_matrix, |night| &night.own_matrix));
    let mut known: BTreeMap<&str, &Record> = before.map(NightRecord::by_id).unwrap_or_default();
    let mut reported = Vec::new();
    let mut kept = Vec::new();
    for mut finding in findings {
        if known_or_removed(finding.check).is_event {
            // An event is there for one night: nothing is kept of it, so that it is never called resolved.
            known.remove(finding.id.as_str());
            finding.status = if (rules.waived)(&finding) { Status::Waived } else { Status::New };
            reported.push(finding);
            continue;
        }
        let record = known.remove(finding.id.as_str());
        let orgs = std::iter::once(finding.org.as_str()).chain(finding.basis.beside.iter().map(String::as_str));
        let evaluated = sight.evaluated(known_or_removed(finding.check), orgs);
        let (finding, record) = found(finding, record, &evaluated, evidence.as_of, rules);
        reported.push(finding);
        kept.push(record);
    }
    for record in known.into_values() {
        let on = checks::known(&record.check).filter(|_| !rules.off.contains(&record.check));
        let orgs = std::iter::once(record.org.as_str()).chain(record.beside.iter().map(String::as_str));
        let evaluated = on.map_or(Evaluated::NotAsked, |check| sight.evaluated(check, orgs));
        let (finding, record) = not_found(record, on, &evaluated, evidence.as_of);
        reported.extend(finding);
        kept.extend(record);
    }
    judge::sort(&mut reported);
    sort(&mut kept);
    let mut record = night(evidence, before, kept);
    let complete = evidence.is_complete() && !evidence.orgs.is_empty();
    let current = NightCounts::of(&reported, evidence.as_of, complete, before.is_some());
    record.trend = extended(before.map_or(&[], |night| &night.trend), current);
    Advanced { findings: reported, record }
}

/// What stands in for a check that the program no longer has: whatever it read, it may have read everything.
static REMOVED: CheckMeta = CheckMeta { rests_on_matrix: true, ..CheckMeta::PLAIN };

fn known_or_removed(check: &str) -> &'static CheckMeta {
    checks::known(check).unwrap_or(&REMOVED)
}

fn standing(record: Option<&Record>) -> Before {
    match record.map(|record| (record.standing, record.severity)) {
        None | Some((Standing::Unsettled, _)) => Before::Nothing,
        Some((Standing::Open, severity)) => Before::Open(severity),
        Some((Standing::Resolved, _)) => Before::Resolved,
    }
}

fn found(
    mut finding: Finding,
    record: Option<&Record>,
    evaluated: &Evaluated,
    as_of: Timestamp,
    rules: &Rules<'_>,
) -> (Finding, Record) {
    let before = standing(record);
    let current = match (evaluated, finding.basis.settled) {
        (Evaluated::Yes, _) => Current::Found(finding.severity),
        // Nothing is wrong for certain by a matrix that is not the org's; what was known to be wrong still is.
        (Evaluated::ByOtherMatrix(_), true) if matches!(before, Before::Open(_)) => {
            Current::FoundInPart(finding.severity)
        }
        (Evaluated::ByOtherMatrix(_), _) => Current::Unsettled,
        (Evaluated::No(_) | Evaluated::NotAsked, true) => Current::FoundInPart(finding.severity),
        (Evaluated::No(_) | Evaluated::NotAsked, false) => Current::Unsettled,
    };
    let status = decide(before, current, (rules.waived)(&finding)).unwrap_or(Status::Incomparable);
    // A finding that was certain once begins where it was first seen; one that never was, begins when it becomes so.
    finding.first_seen = match (record, current) {
        (Some(record), Current::Unsettled) => record.first_seen,
        (Some(record), _) if record.standing != Standing::Unsettled => record.first_seen,
        (Some(_) | None, _) => as_of,
    };
    finding.status = status;
    let next = next_record(&finding, record, current, as_of);
    finding.last_seen = next.last_seen;
    if let (Before::Open(severity), Current::FoundInPart(_) | Current::Unsettled) = (before, current) {
        // What is known is not shown milder because less was read.
        finding.severity = finding.severity.max(severity);
    }
    let was = match (status, record) {
        (Status::Worse | Status::Better, Some(record)) => Some(format!("It was `{}` before.", record.severity)),
        (Status::Reopened, Some(record)) => record.resolved_at.map(|at| format!("It was resolved on {}.", day(at))),
        _ => None,
    };
    if let Some(was) = was {
        finding.detail = format!("{} {was}", finding.detail);
    }
    if let (Current::Unsettled, Evaluated::No(why) | Evaluated::ByOtherMatrix(why)) = (current, evaluated) {
        finding.detail = format!("{} Not evaluated tonight: {why}.", finding.detail);
    }
    (finding, next)
}

/// What is kept of a finding of this run. What later nights compare with moves only on nights that could tell.
fn next_record(finding: &Finding, record: Option<&Record>, current: Current, as_of: Timestamp) -> Record {
    let mut next = Record {
        id: finding.id.clone(),
        check: finding.check.to_owned(),
        org: finding.org.clone(),
        beside: finding.basis.beside.iter().cloned().collect(),
        kind: finding.subject.kind.to_owned(),
        subject: finding.subject.id.clone(),
        name: finding.subject.name.clone(),
        title: finding.title.clone(),
        detail: finding.detail.clone(),
        fix: finding.fix.clone(),
        severity: finding.severity,
        standing: Standing::Open,
        status: finding.status.as_str().to_owned(),
        first_seen: finding.first_seen,
        last_seen: as_of,
        resolved_at: None,
    };
    match (current, record) {
        (Current::Unsettled, Some(record)) if record.standing != Standing::Unsettled => {
            next = Record { status: next.status, ..record.clone() };
        }
        (Current::Unsettled, Some(_) | None) => next.standing = Standing::Unsettled,
        (Current::FoundInPart(_), Some(record)) if record.standing == Standing::Open => {
            next = Record { status: next.status, last_seen: as_of, ..record.clone() };
        }
        (Current::Found(_) | Current::FoundInPart(_) | Current::NotFound | Current::NotEvaluated, _) => {}
    }
    next
}

fn not_found(
    record: &Record,
    check: Option<&'static CheckMeta>,
    evaluated: &Evaluated,
    as_of: Timestamp,
) -> (Option<Finding>, Option<Record>) {
    let old = |at: Timestamp| as_of.duration_since(at) > FORGOTTEN_AFTER;
    let (current, check) = match (evaluated, check) {
        (Evaluated::Yes, Some(check)) => (Current::NotFound, check),
        (Evaluated::No(_) | Evaluated::ByOtherMatrix(_), Some(check)) => (Current::NotEvaluated, check),
        (Evaluated::NotAsked, _) | (_, None) => {
            return (None, (!old(record.last_seen)).then(|| record.clone()));
        }
    };
    let status = decide(standing(Some(record)), current, false);
    let Some(status) = status else {
        let keep = match record.standing {
            Standing::Unsettled => current == Current::NotEvaluated,
            Standing::Resolved => !old(record.resolved_at.unwrap_or(record.last_seen)),
            Standing::Open => true,
        };
        return (None, keep.then(|| record.clone()));
    };
    let mut next = Record { status: status.as_str().to_owned(), ..record.clone() };
    let since = day(record.last_seen);
    let detail = match (status, evaluated) {
        (Status::Resolved, _) => {
            next.standing = Standing::Resolved;
            next.resolved_at = Some(as_of);
            format!("Not found any more. Last found on {since}: {}", record.detail)
        }
        (_, Evaluated::No(why) | Evaluated::ByOtherMatrix(why)) => {
            format!("Not evaluated tonight: {why}. Last found on {since}: {}", record.detail)
        }
        _ => record.detail.clone(),
    };
    let finding = Finding {
        id: record.id.clone(),
        status,
        severity: record.severity,
        check: check.id,
        org: record.org.clone(),
        subject: Subject { kind: kind_named(&record.kind), id: record.subject.clone(), name: record.name.clone() },
        cause: BTreeSet::new(),
        title: record.title.clone(),
        detail,
        fix: record.fix.clone(),
        facts: Vec::new(),
        first_seen: record.first_seen,
        last_seen: record.last_seen,
        basis: Basis { settled: true, beside: record.beside.iter().cloned().collect() },
    };
    (Some(finding), Some(next))
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

fn night(evidence: &Evidence<'_>, before: Option<&NightRecord>, findings: Vec<Record>) -> NightRecord {
    let mut orgs: Vec<OrgNight> = evidence
        .orgs
        .iter()
        .map(|org| {
            let coverage = &org.map.snapshot.coverage;
            let missing = Listing::ALL.into_iter();
            OrgNight {
                name: org.map.snapshot.org.name.clone(),
                snapshot_sha256: None,
                matrix_sha256: org.matrix.sha256.clone(),
                matrix_origin: org.matrix.origin.clone(),
                not_whole: missing.filter(|list| !crate::check::nothing_is_missing(coverage, *list)).collect(),
            }
        })
        .collect();
    orgs.sort_by(|a, b| a.name.cmp(&b.name));
    let mut failed: Vec<String> = evidence.failed.iter().map(|org| org.name.clone()).collect();
    failed.sort();
    let mut own_matrix = before.map(|night| night.own_matrix.clone()).unwrap_or_default();
    let own = evidence.orgs.iter().filter(|org| !org.matrix.fell_back);
    own_matrix.extend(own.map(|org| (org.map.snapshot.org.name.clone(), evidence.as_of)));
    NightRecord {
        as_of: evidence.as_of,
        rolecall: env!("CARGO_PKG_VERSION").to_owned(),
        previous: before.map(|night| run_id(night.as_of)),
        orgs,
        failed,
        own_matrix,
        trend: Vec::new(),
        findings,
    }
}
