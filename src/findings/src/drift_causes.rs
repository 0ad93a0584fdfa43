//! Needed calls that break, by what causes them: one cause is reported once, with all that it breaks.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{Found, count, names};
use super::drift_words::{Direction, author, clause, direction, fix_for, missed_first, victims};
use super::evidence::{Evidence, PairEvidence};
use super::finding::{Basis, Subject};
use super::severity::Severity;
use rolecall_access::drift::broken::{BrokenCall, Certainty, NeedSource};
use rolecall_access::drift::change::{Change, Effect};
use rolecall_access::drift::remedy::{Remedy, remedy};
use rolecall_access::drift::{Between, Drift};
use rolecall_base::snapshot::Snapshot;

/// Calls that have one cause in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Position in [`Drift::changes`]; `None`: no difference that was seen explains them.
    pub change: Option<usize>,
    /// Positions in [`Drift::broken`], sorted.
    pub calls: Vec<usize>,
}

/// Calls by the first cause to fix, each call once, so that counts add up. Most calls first.
pub fn first(drift: &Drift, wanted: impl Fn(&BrokenCall) -> bool) -> Vec<Cause> {
    let mut causes: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (at, call) in drift.broken.iter().enumerate().filter(|(_, call)| wanted(call)) {
        causes.entry(call.causes.first().copied()).or_default().push(at);
    }
    let mut causes: Vec<Cause> = causes.into_iter().map(|(change, calls)| Cause { change, calls }).collect();
    causes.sort_by_key(|cause| (std::cmp::Reverse(cause.calls.len()), cause.change.is_none(), cause.change));
    causes
}

/// Calls by every cause that they have: a call that needs two things fixed is reported with both.
pub fn every(drift: &Drift, wanted: impl Fn(&BrokenCall) -> bool) -> Vec<Cause> {
    let mut causes: BTreeMap<Option<usize>, BTreeSet<usize>> = BTreeMap::new();
    for (at, call) in drift.broken.iter().enumerate().filter(|(_, call)| wanted(call)) {
        if call.causes.is_empty() {
            causes.entry(None).or_default().insert(at);
        }
        for cause in &call.causes {
            causes.entry(Some(*cause)).or_default().insert(at);
        }
    }
    let cause =
        |(change, calls): (Option<usize>, BTreeSet<usize>)| Cause { change, calls: calls.into_iter().collect() };
    causes.into_iter().map(cause).collect()
}

/// The two sides of a comparison, as findings name them.
#[derive(Clone, Copy)]
pub struct Sides<'d> {
    /// What the comparison is between.
    pub between: Between,
    /// The left side: an org's name, or when the night was.
    pub left: &'d str,
    /// The right side: the org that findings are about.
    pub right: &'d str,
    /// The data of both sides, where there is more than the comparison itself.
    pub snapshots: Option<(&'d Snapshot, &'d Snapshot)>,
}

impl<'d> Sides<'d> {
    /// The two orgs of a pair.
    pub fn orgs(evidence: &'d Evidence<'_>, pair: &'d PairEvidence) -> Self {
        let snapshots = evidence.snapshot_of(&pair.from).zip(evidence.snapshot_of(&pair.to));
        Self { between: Between::Orgs, left: &pair.from, right: &pair.to, snapshots }
    }

    /// An org and its last night, `before`.
    pub fn nights(before: &'d str, org: &'d str) -> Self {
        Self { between: Between::Nights, left: before, right: org, snapshots: None }
    }

    /// What a finding about the two sides rests on: between orgs on both of them.
    pub fn basis(&self, settled: bool) -> Basis {
        let beside = match self.between {
            Between::Orgs => BTreeSet::from([self.left.to_owned()]),
            Between::Nights => BTreeSet::new(),
        };
        Basis { settled, beside }
    }

    /// What would fix a row and the calls it breaks. Without the data of both sides it is described from the row alone.
    pub fn remedy(&self, change: &Change, calls: &[&BrokenCall]) -> Remedy {
        match self.snapshots {
            // What could not be read is not fixed by making it like the left.
            Some((left, right)) if change.effect != Effect::Unknown => remedy(change, calls, left, right),
            Some(_) | None => Remedy { what: fix_for(change, self.right), ..Remedy::default() },
        }
    }

    /// How calls go from one side to the other: `work in dev and fail in staging`.
    fn work_and(&self, number: usize, ends: &str) -> String {
        match (self.between, number) {
            (Between::Orgs, 1) => format!("works in {} and {ends} in {}", self.left, self.right),
            (Between::Orgs, _) => format!("work in {} and {ends} in {}", self.left, self.right),
            (Between::Nights, _) => format!("worked on the night of {} and {ends} tonight", self.left),
        }
    }
}

/// What stays the same of a finding about a row for as long as it is there: the field, the direction and the left side;
/// never a count, a value or the wording.
pub fn identity(change: &Change, sides: Sides<'_>) -> BTreeSet<String> {
    let direction = match direction(change) {
        Direction::Lost => "lost",
        Direction::Gained => "gained",
        Direction::Other => "other",
    };
    let mut parts = BTreeSet::from([format!("field {}", change.field), format!("direction {direction}")]);
    if sides.between == Between::Orgs {
        parts.insert(format!("from {}", sides.left));
    }
    parts
}

/// What a row is about: its id on the right, where it is there.
pub fn subject(change: &Change) -> Subject {
    Subject { kind: change.kind.as_str(), id: change.to_id.clone(), name: change.name.clone() }
}

/// Rows by which the wanted calls break, one finding each.
pub fn report_broken_calls(
    drift: &Drift,
    sides: Sides<'_>,
    wanted: impl Fn(&BrokenCall) -> bool,
    severity: Severity,
    found: &mut Vec<Found>,
) {
    for cause in every(drift, wanted) {
        let calls: Vec<&BrokenCall> = cause.calls.iter().filter_map(|at| drift.broken.get(*at)).collect();
        match cause.change.and_then(|at| drift.changes.get(at)) {
            Some(change) => found.push(of_row(drift, change, &calls, sides, severity)),
            None => of_nobody(&calls, sides, severity, found),
        }
    }
}

fn of_row(drift: &Drift, change: &Change, calls: &[&BrokenCall], sides: Sides<'_>, severity: Severity) -> Found {
    let mut detail = format!("Hit: {}.", hit(calls));
    let others: BTreeSet<usize> = calls.iter().flat_map(|call| &call.causes).copied().collect();
    let others = others.into_iter().filter_map(|at| drift.changes.get(at)).filter(|other| *other != change);
    let others: BTreeSet<String> = others.map(|other| clause(&missed_first(other, calls), sides.between)).collect();
    if !others.is_empty() {
        let listed: Vec<&str> = others.iter().map(String::as_str).take(3).collect();
        let more = others.len() - listed.len();
        let more = if more == 0 { String::new() } else { format!("; and {more} more") };
        detail.push_str(&format!(" Some of these calls have another cause besides: {}{more}.", listed.join("; ")));
    }
    if let Some(author) = author(&change.author) {
        detail.push_str(&format!(" It was {author}."));
    }
    let ends = ending(calls);
    let title = format!(
        "{} of {} {}: {}",
        count(calls.len(), "needed call", "needed calls"),
        victims(calls.iter().copied()),
        sides.work_and(calls.len(), ends),
        clause(&missed_first(change, calls), sides.between)
    );
    Found {
        severity,
        org: sides.right.to_owned(),
        subject: subject(change),
        cause: identity(change, sides),
        title,
        detail,
        fix: sides.remedy(change, calls).what,
        facts: calls.iter().map(|call| fact(call)).collect(),
        basis: sides.basis(settled(calls)),
    }
}

/// Calls that no row explains: one finding a principal.
fn of_nobody(calls: &[&BrokenCall], sides: Sides<'_>, severity: Severity, found: &mut Vec<Found>) {
    let mut by_principal: BTreeMap<(&'static str, &str, &str), Vec<&BrokenCall>> = BTreeMap::new();
    for call in calls {
        by_principal.entry((call.kind.as_str(), &call.name, &call.to_id)).or_default().push(call);
    }
    for ((kind, name, id), calls) in by_principal {
        let mut parts = BTreeSet::from(["no row".to_owned()]);
        if sides.between == Between::Orgs {
            parts.insert(format!("from {}", sides.left));
        }
        found.push(Found {
            severity,
            org: sides.right.to_owned(),
            subject: Subject { kind, id: id.to_owned(), name: name.to_owned() },
            cause: parts,
            title: format!(
                "{} of `{name}` {}",
                count(calls.len(), "needed call", "needed calls"),
                sides.work_and(calls.len(), ending(&calls))
            ),
            detail: format!("Hit: {}. No difference that was seen explains it.", hit(&calls)),
            fix: "ask `rolecall explain` for one of the calls".to_owned(),
            facts: calls.iter().map(|call| fact(call)).collect(),
            basis: sides.basis(settled(&calls)),
        });
    }
}

/// Whether what is reported for these calls holds whatever stands in what was not read.
fn settled(calls: &[&BrokenCall]) -> bool {
    calls.iter().any(|call| call.certainty != Certainty::NotKnown)
}

/// How these calls end on the right: the surest word that is true of all.
fn ending(calls: &[&BrokenCall]) -> &'static str {
    let all = |certainty: Certainty| calls.iter().all(|call| call.certainty == certainty);
    match (all(Certainty::Fails), all(Certainty::NotKnown), calls.len()) {
        (true, _, 1) => "fails",
        (true, ..) => "fail",
        (false, true, _) => "cannot be determined",
        (false, false, _) => "may fail",
    }
}

fn hit(calls: &[&BrokenCall]) -> String {
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    for call in calls {
        *by_name.entry(&call.name).or_default() += 1;
    }
    let mut by_name: Vec<(&str, usize)> = by_name.into_iter().collect();
    by_name.sort_by_key(|(name, number)| (std::cmp::Reverse(*number), *name));
    let shown = by_name.iter().take(5).map(|(name, number)| format!("`{name}` ({number})"));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match by_name.len().saturating_sub(5) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A call with how it ends, what it lacks and how it is known to be needed.
fn fact(call: &BrokenCall) -> String {
    let division = call.division.as_ref().map(|name| format!(" in `{name}`")).unwrap_or_default();
    let lacks: Vec<&str> = call.missing_permissions.iter().map(String::as_str).collect();
    let lacks = if lacks.is_empty() { String::new() } else { format!("; missing {}", names(lacks, 5)) };
    let needs: Vec<String> = call.needs.iter().map(need).collect();
    format!("`{}`: {}{division}: {}{lacks}; {}", call.name, call.endpoint, call.describe_right(), needs.join(", "))
}

/// How a need is known, in words.
pub fn need(source: &NeedSource) -> String {
    match source {
        NeedSource::Declared { place, .. } => format!("declared in {place}"),
        NeedSource::Observed { successes, requests } => {
            format!("observed: {successes} of {requests} calls were answered 2xx")
        }
    }
}
