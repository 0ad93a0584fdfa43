//! What each configured promotion breaks, in plain words: for the outputs that are short.

use super::compared::Remedies;
use super::view::Report;
use rolecall_access::drift::Between;
use rolecall_access::drift::broken::{BrokenCall, Certainty};
use rolecall_findings::check::count;
use rolecall_findings::drift_causes;
use rolecall_findings::drift_words::{clause, missed_first, victims};

/// What a promotion from one org to another breaks. Names of the orgs' own things stand in the texts as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// The left side.
    pub from: String,
    /// The right side.
    pub to: String,
    /// Whether both sides were read, so that they could be compared.
    pub compared: bool,
    /// What it comes to.
    pub reported: String,
    /// The first causes, each with how many calls fail for it and what to do.
    pub causes: Vec<Cause>,
    /// How many causes there are beside these.
    pub more: usize,
}

/// Why needed calls fail on the right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// How many calls, in words.
    pub calls: String,
    /// What differs, and what to do.
    pub reported: String,
}

/// The configured pairs, in their order, each with at most so many causes.
pub fn promotions(report: &Report<'_>, most: usize) -> Vec<Promotion> {
    let mut promotions = Vec::new();
    for (pair, view) in report.evidence.pairs.iter().zip(&report.pairs) {
        let (from, to) = (pair.from.clone(), pair.to.clone());
        let (Some(drift), Some(counts)) = (&pair.drift, &view.counts) else {
            let reported = "not compared, because one of the two could not be read".to_owned();
            promotions.push(Promotion { from, to, compared: false, reported, causes: Vec::new(), more: 0 });
            continue;
        };
        let fails = |call: &BrokenCall| call.certainty == Certainty::Fails;
        let mut parts = vec![match counts.blocked_calls {
            0 => "no needed call is known to fail".to_owned(),
            calls => format!(
                "{} of {} will fail",
                count(calls, "needed call", "needed calls"),
                victims(drift.broken.iter().filter(|call| fails(call)))
            ),
        }];
        if counts.may_fail + counts.not_known > 0 {
            parts.push(format!("{} may fail, {} cannot be determined", counts.may_fail, counts.not_known));
        }
        if counts.not_compared > 0 {
            parts.push(format!("{} compared completely", count(counts.not_compared, "list was not", "lists were not")));
        }
        let remedies = Remedies::of(report.evidence, pair, drift);
        let all = drift_causes::first(drift, fails);
        let causes = all.iter().take(most).map(|cause| {
            let reported = match cause.change.and_then(|at| drift.changes.get(at)) {
                Some(change) => {
                    let calls: Vec<&BrokenCall> = cause.calls.iter().filter_map(|at| drift.broken.get(*at)).collect();
                    let lacks = clause(&missed_first(change, &calls), Between::Orgs);
                    format!("{lacks}; {}", remedies.remedy(change).what)
                }
                None => "no difference that was seen explains it; ask `rolecall explain`".to_owned(),
            };
            Cause { calls: count(cause.calls.len(), "call", "calls"), reported }
        });
        let causes: Vec<Cause> = causes.collect();
        let more = all.len() - causes.len();
        promotions.push(Promotion { from, to, compared: true, reported: parts.join("; "), causes, more });
    }
    promotions
}
