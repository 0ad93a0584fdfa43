//! `contradiction.succeeds-though-denied`: calls succeed although the verdict is `denied`.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::check::{Check, CheckMeta, Found, Reads, VERDICTS_AND_USAGE, label, org_name, subject};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Basis;
use crate::proposal::proposed_override;
use crate::severity::Severity;
use rolecall_access::cross::contradiction::{Contradiction, Disagreement};
use rolecall_base::permission::Permission;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "contradiction.succeeds-though-denied",
    title: "Succeeds although denied",
    what: "Calls with 2xx answers in the usage window whose verdict is `denied`.",
    why: "Both cannot be right: a right was removed since, the matrix asks for too much, or our data lacks a grant; where it is the first, the call fails from now on.",
    remedy: "Look at the last day of success: if a right was removed after it, decide whether the call is still needed; else compare the matrix with the org's own document and report the difference.",
    severity: Severity::Medium,
    reference: "A 2xx is proof that the call was allowed on that day.",
    reads: Reads::Lists(VERDICTS_AND_USAGE),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let those = org.contradictions.iter().filter(|one| one.disagreement == Disagreement::SucceedsThoughDenied);
        found.extend(those.filter_map(|one| describe(org, one, evidence.as_of)));
    }
}

fn describe(org: &OrgEvidence<'_>, one: &Contradiction<'_>, as_of: Timestamp) -> Option<Found> {
    let principal = org.map.principals().get(one.principal)?;
    let row = one.row;
    let last = row.last_success.unwrap_or(row.last);
    let missing = org.map.missing_permissions(principal, one.operation, one.answer);
    let missing: Vec<&str> = missing.into_iter().map(Permission::as_str).collect();
    let mut facts = BTreeSet::from([
        format!(
            "{} of {} calls answered 2xx, from {} to {}, the last on {last}",
            row.status_2xx, row.requests, row.first, row.last
        ),
        format!("verdict `{}` ({})", one.answer.verdict, one.answer.reasons),
    ]);
    if !missing.is_empty() {
        facts.insert(format!("held nowhere: {}", missing.join(", ")));
    }
    if let Some(operation) = org.map.matrix.operations().get(one.operation) {
        facts.insert(format!("the requirement is known from: {}", operation.source));
    }
    let proposal = proposed_override(
        org,
        one,
        as_of,
        "calls succeed although the matrix denies them; what the operation really requires is not known",
    );
    Some(Found {
        severity: META.severity,
        org: org_name(org),
        subject: subject(principal),
        cause: BTreeSet::from([one.endpoint.to_string()]),
        title: format!("{} calls {} with success although denied", label(principal), one.endpoint),
        detail: format!(
            "{} calls answered 2xx, the last on {last}, and yet the verdict is `{}` ({}). A right was removed since, \
             the matrix asks for too much, or our data lacks a grant.",
            row.status_2xx, one.answer.verdict, one.answer.reasons
        ),
        fix: format!(
            "find out which of the three it is: look at changes after the last success, then at the org's own document; \
             where the matrix is wrong, an entry of the overlay file says so: {proposal}"
        ),
        facts,
        basis: Basis::SETTLED,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn success_without_the_permission_is_reported_with_counts_and_dates() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[("r1", "*")]).role("r1", "Users", &["directory:user:view"]);
        night.usage("c1", "GET /api/v2/routing/queues", 40, 38, 2);
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert!(found[0].detail.contains("38 calls answered 2xx, the last on 2026-11-19"), "{}", found[0].detail);
        assert!(found[0].facts.contains("held nowhere: routing:queue:view"), "{:?}", found[0].facts);
        assert!(found[0].fix.contains("operation = \"GET /api/v2/routing/queues\""), "{}", found[0].fix);
        assert!(found[0].fix.contains("38 of 40 calls"), "{}", found[0].fix);
    }

    #[test]
    fn success_with_the_permission_is_no_contradiction() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[("r1", "*")]).role("r1", "Queues", &["routing:queue:view"]);
        night.usage("c1", "GET /api/v2/routing/queues", 40, 38, 2);
        assert!(found(&CHECK, &night).is_empty());
    }
}
