//! `contradiction.refused-though-allowed`: nothing but refusals although the verdict is `allowed`.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, VERDICTS_AND_USAGE, label, org_name, settled_by, subject};
use crate::evidence::Evidence;
use crate::proposal::proposed_override;
use crate::severity::Severity;
use rolecall_access::cross::contradiction::Disagreement;
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "contradiction.refused-though-allowed",
    title: "Refused although allowed",
    what: "Calls with nothing but 4xx answers in the usage window whose verdict is `allowed`.",
    why: "The matrix may ask for too little, the platform may check something that is not published, or the calls are wrong in another way: 401, 403, 404 and 409 are one count.",
    remedy: "Read the body of one refusal: its `code` and `message` name the kind.",
    severity: Severity::Low,
    reference: "`POST /api/v2/usage/aggregates/query/jobs` counts answers by class only.",
    reads: Reads::Lists(VERDICTS_AND_USAGE),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        for one in org.contradictions.iter().filter(|one| one.disagreement == Disagreement::RefusedThoughAllowed) {
            let Some(principal) = org.map.principals().get(one.principal) else { continue };
            let row = one.row;
            found.push(Found {
                severity: META.severity,
                org: org_name(org),
                subject: subject(principal),
                cause: BTreeSet::from([one.endpoint.to_string()]),
                title: format!("{} is always refused at {} although allowed", label(principal), one.endpoint),
                detail: format!(
                    "All {} calls from {} to {} were refused (4xx without 429), and yet the verdict is `allowed`. \
                     401, 403, 404 and 409 are one count, so the calls may be wrong in another way.",
                    row.requests, row.first, row.last
                ),
                fix: format!(
                    "read the body of one refusal with `rolecall diagnose`; where it names a permission or scope \
                     that the matrix does not ask for, an entry of the overlay file says so: {}",
                    proposed_override(
                        org,
                        one,
                        evidence.as_of,
                        "every call is refused although the matrix allows it; the body of a refusal tells why",
                    )
                ),
                facts: BTreeSet::from([format!(
                    "{} calls from {} to {}: {} answered 2xx, {} answered 4xx, {} of them 429",
                    row.requests, row.first, row.last, row.status_2xx, row.status_4xx, row.status_429
                )]),
                basis: settled_by(&org.map.snapshot.coverage, &[Listing::Usage]),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn nothing_but_refusals_of_an_allowed_call_is_reported() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[("r1", "*")]).role("r1", "Queues", &["routing:queue:view"]);
        night.usage("c1", "GET /api/v2/routing/queues", 7, 0, 7);
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].title,
            "OAuth client `Dialler` is always refused at GET /api/v2/routing/queues although allowed"
        );
        assert!(found[0].fix.contains("match = \"UNKNOWN\""), "{}", found[0].fix);
    }

    #[test]
    fn some_refusals_among_successes_are_not() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[("r1", "*")]).role("r1", "Queues", &["routing:queue:view"]);
        night.usage("c1", "GET /api/v2/routing/queues", 7, 1, 6);
        assert!(found(&CHECK, &night).is_empty());
    }
}
