//! `gap.observed`: a call that the usage data shows being refused is not allowed.

use crate::check::{Check, CheckMeta, Found, Reads, VERDICTS_AND_USAGE, nothing_is_missing};
use crate::evidence::Evidence;
use crate::gap_causes::{self, GapReport, ReportingCheck};
use crate::severity::Severity;
use rolecall_access::cross::needed::Known;
use rolecall_access::cross::{Answer, Reason, Verdict};
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "gap.observed",
    title: "Observed call refused and not allowed",
    what: "Calls that the org's usage data shows with 4xx answers and whose verdict is not `allowed`.",
    why: "Something calls these endpoints and probably fails; 401, 403, 404 and 409 are one count in the data, so it is a suspicion and no proof.",
    remedy: "Ask the owner whether the call is meant; if it is, make the change that the finding names.",
    severity: Severity::Medium,
    reference: "`POST /api/v2/usage/aggregates/query/jobs` gives the counts.",
    notes: "Severity: `medium` when denied, `info` where nothing is published of a call that changes something, else `low`. Calls that are declared too are facts of `gap.declared`. Calls that succeed although they are denied are reported by `contradiction.succeeds-though-denied`.",
    reads: Reads::Lists(VERDICTS_AND_USAGE),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    // Calls that succeed although the verdict denies them are `contradiction.succeeds-though-denied`; those that
    // are declared too are facts of `gap.declared`.
    let report = GapReport {
        wanted: &|gap, route| {
            matches!(gap.known, Known::Observed(row) if row.status_2xx == 0 || gap.answer.verdict != Verdict::Denied)
                && !route.is_declared
                && route.by == ReportingCheck::Gap
        },
        severity: &|gap| severity(gap.answer),
        // A success that was not read would make the refusals harmless.
        known: &|coverage| nothing_is_missing(coverage, Listing::Usage),
        add: &|_, _, _, _| {},
    };
    gap_causes::report_gaps(evidence, &report, found);
}

fn severity(answer: Answer) -> Severity {
    match answer.verdict {
        Verdict::Denied => META.severity,
        Verdict::Unknown if answer.reasons.has(Reason::NothingPublished) => Severity::Info,
        _ => Severity::Low,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn refused_call_without_the_permission_is_reported_with_its_counts() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[("r1", "*")]).role("r1", "Users", &["directory:user:view"]);
        night.usage("c1", "GET /api/v2/routing/queues", 40, 0, 40);
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].title,
            "OAuth client `Dialler` cannot call GET /api/v2/routing/queues: missing routing:queue:view"
        );
        let fact = found[0].facts.iter().next().unwrap();
        assert!(fact.contains("40 calls, 0 answered 2xx, 40 refused"), "{fact}");
    }

    #[test]
    fn call_that_succeeds_is_left_to_the_contradictions() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[("r1", "*")]).role("r1", "Users", &["directory:user:view"]);
        night.usage("c1", "GET /api/v2/routing/queues", 40, 39, 1);
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn call_that_is_declared_too_is_a_fact_of_that_finding() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[("r1", "*")]).role("r1", "Users", &["directory:user:view"]);
        night.usage("c1", "GET /api/v2/routing/queues", 40, 0, 40).need("Dialler", "GET /api/v2/routing/queues", "");
        assert!(found(&CHECK, &night).is_empty());
        let declared = found(&crate::checks::gap_declared::CHECK, &night);
        assert_eq!(declared[0].facts.len(), 2, "{:?}", declared[0].facts);
    }
}
