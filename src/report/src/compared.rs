//! What comparing orgs and nights came to, as rows and counts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::view::{BlockerRow, ChangeRow, Comparison, DriftCounts, DriftRow, PairView, SinceView};
use rolecall_access::cross::Answer;
use rolecall_access::drift::Drift;
use rolecall_access::drift::broken::{BrokenCall, Certainty};
use rolecall_access::drift::change::{Change, DriftKind, Effect};
use rolecall_access::drift::remedy::Remedy;
use rolecall_findings::drift_causes::{Sides, need};
use rolecall_findings::drift_gains::granted_at;
use rolecall_findings::drift_severity;
use rolecall_findings::evidence::{Evidence, PairEvidence, SinceEvidence};

/// All rows and counts of the pairs and nights of the evidence.
pub fn of(evidence: &Evidence<'_>) -> Comparison {
    let mut comparison = Comparison::default();
    for pair in &evidence.pairs {
        let counts = pair.drift.as_ref().map(counts);
        comparison.pairs.push(PairView { from: pair.from.clone(), to: pair.to.clone(), counts });
        let Some(drift) = &pair.drift else { continue };
        comparison.rows.extend(drift.changes.iter().map(|change| drift_row(&pair.from, &pair.to, change, drift)));
        comparison.blockers.extend(blockers(evidence, pair, drift));
    }
    for since in &evidence.since {
        let counts = counts(&since.drift);
        comparison.since.push(SinceView { org: since.org.clone(), before: since.before, counts });
        comparison.changes.extend(since.drift.changes.iter().map(|change| change_row(since, change)));
    }
    comparison.since.sort_by(|a, b| a.org.cmp(&b.org));
    comparison.rows.sort();
    comparison.blockers.sort();
    comparison.changes.sort();
    comparison
}

/// How much a comparison came to.
pub fn counts(drift: &Drift) -> DriftCounts {
    let of = |certainty: Certainty| drift.broken.iter().filter(move |call| call.certainty == certainty);
    let hit: BTreeSet<(DriftKind, &str, &str)> =
        of(Certainty::Fails).map(|call| (call.kind, call.name.as_str(), call.from_id.as_str())).collect();
    DriftCounts {
        blocked_calls: of(Certainty::Fails).count(),
        blocked_principals: hit.len(),
        may_fail: of(Certainty::MayFail).count(),
        not_known: of(Certainty::NotKnown).count(),
        effects: Effect::GRAVEST_FIRST
            .map(|effect| drift.changes.iter().filter(|change| change.effect == effect).count()),
        not_compared: drift.not_compared.iter().filter(|listing| listing.is_gap).count(),
        ignored: drift.ignored,
    }
}

/// A row of `drift.csv`.
pub fn drift_row(from: &str, to: &str, change: &Change, drift: &Drift) -> DriftRow {
    DriftRow {
        from: from.to_owned(),
        to: to.to_owned(),
        kind: change.kind.as_str().to_owned(),
        name: change.name.clone(),
        field: change.field.clone(),
        from_value: change.from_value.clone(),
        to_value: change.to_value.clone(),
        effect: change.effect.as_str().to_owned(),
        severity: drift_severity::of(change, drift),
        from_id: change.from_id.clone(),
        to_id: change.to_id.clone(),
        breaks: change.broken.len() as u64,
        affected: change.affected.len() as u64,
        author: change.author.who().unwrap_or_default().to_owned(),
        changed_at: change.author.at(),
    }
}

fn change_row(since: &SinceEvidence, change: &Change) -> ChangeRow {
    ChangeRow {
        org: since.org.clone(),
        since: since.before,
        kind: change.kind.as_str().to_owned(),
        name: change.name.clone(),
        field: change.field.clone(),
        from_value: change.from_value.clone(),
        to_value: change.to_value.clone(),
        effect: change.effect.as_str().to_owned(),
        severity: drift_severity::of(change, &since.drift),
        breaks: change.broken.len() as u64,
        affected: change.affected.len() as u64,
        author: change.author.who().unwrap_or_default().to_owned(),
        changed_at: change.author.at(),
        granted_at: granted_at(change),
    }
}

/// What would fix the rows of a pair, each with all the calls it breaks.
pub struct Remedies<'e> {
    drift: &'e Drift,
    sides: Sides<'e>,
}

impl<'e> Remedies<'e> {
    /// Of a pair that was compared.
    pub fn of(evidence: &'e Evidence<'_>, pair: &'e PairEvidence, drift: &'e Drift) -> Self {
        Self { drift, sides: Sides::orgs(evidence, pair) }
    }

    /// What would fix a row.
    pub fn remedy(&self, change: &Change) -> Remedy {
        let calls: Vec<&BrokenCall> = change.broken.iter().filter_map(|at| self.drift.broken.get(*at)).collect();
        self.sides.remedy(change, &calls)
    }
}

fn blockers<'e>(
    evidence: &'e Evidence<'_>,
    pair: &'e PairEvidence,
    drift: &'e Drift,
) -> impl Iterator<Item = BlockerRow> + use<'e> {
    let remedies = Remedies::of(evidence, pair, drift);
    let causes: BTreeSet<usize> = drift.broken.iter().filter_map(|call| call.causes.first().copied()).collect();
    let fixes: HashMap<usize, String> =
        causes.into_iter().filter_map(|at| Some((at, remedies.remedy(drift.changes.get(at)?).what))).collect();
    drift.broken.iter().map(move |call| {
        let first = call.causes.first();
        let cause = first.and_then(|at| drift.changes.get(*at));
        let sources: BTreeMap<&str, ()> = call.needs.iter().map(|need| (need.as_str(), ())).collect();
        BlockerRow {
            from: pair.from.clone(),
            to: pair.to.clone(),
            principal_kind: call.kind.as_str().to_owned(),
            name: call.name.clone(),
            method: call.endpoint.method.to_string(),
            path: call.endpoint.path.to_string(),
            division: call.division.clone().unwrap_or_default(),
            need: sources.into_keys().map(str::to_owned).collect(),
            from_verdict: call.left.verdict.to_string(),
            to_verdict: call.right.map_or_else(|| "absent".to_owned(), |answer| answer.verdict.to_string()),
            certainty: call.certainty.as_str().to_owned(),
            missing_permissions: call.missing_permissions.clone(),
            missing_scopes: call.missing_scopes.clone(),
            cause_kind: cause.map(|cause| cause.kind.as_str().to_owned()).unwrap_or_default(),
            cause_name: cause.map(|cause| cause.name.clone()).unwrap_or_default(),
            cause_field: cause.map(|cause| cause.field.clone()).unwrap_or_default(),
            fix: first.and_then(|at| fixes.get(at)).cloned().unwrap_or_default(),
            to_reasons: call.right.map(|answer: Answer| answer.reasons.words()).unwrap_or_default(),
            evidence: call.needs.iter().map(need).collect(),
        }
    })
}
