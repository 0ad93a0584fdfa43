//! `matrix.override-expired`: a correction of the matrix has ended and is not applied any more.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, named, org_name};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_matrix::overlay::EntryOutcome;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "matrix.override-expired",
    title: "Matrix override past its end",
    what: "Entries of the overlay file whose `expires` has passed: the matrix stands as published for their operations.",
    why: "Verdicts that rested on the entry may have turned; nobody has said since whether the platform still differs from its document.",
    remedy: "Make the call again (`rolecall probe`); where it still differs, renew the entry with the new evidence, else remove it.",
    severity: Severity::Medium,
    reference: "docs/matrix.md describes the overlay file.",
    reads: Reads::Lists(&[]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        for laid in org.matrix.overrides.iter().filter(|laid| laid.outcome == EntryOutcome::Expired) {
            let entry = &laid.entry;
            found.push(Found {
                severity: META.severity,
                org: org_name(org),
                subject: named("endpoint", laid.endpoint.to_string()),
                cause: BTreeSet::from([entry.expires.to_string()]),
                title: format!("the override of {} ended on {}", laid.endpoint, entry.expires),
                detail: format!(
                    "{}:{} is not applied any more: the matrix stands as published. It was owned by {}: {}.",
                    laid.file, entry.line, entry.owner, entry.reason
                ),
                fix: format!(
                    "call {} again and renew the entry with what is seen now, or remove it from {}",
                    laid.endpoint, laid.file
                ),
                facts: BTreeSet::from([format!("evidence of the entry: {}", entry.evidence)]),
                basis: Basis::SETTLED,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::matrix_override_idle::tests::{entry, laid};
    use crate::testing::{Night, found};

    #[test]
    fn ended_entry_is_reported_and_one_in_force_is_not() {
        let mut night = Night::new();
        night.overrides = laid(&[entry("GET /api/v2/routing/queues", "2099-01-01")]);
        assert!(found(&CHECK, &night).is_empty());
        night.overrides = laid(&[entry("GET /api/v2/routing/queues", "2020-01-01")]);
        let found = found(&CHECK, &night);
        assert_eq!(found[0].title, "the override of GET /api/v2/routing/queues ended on 2020-01-01");
        assert!(found[0].detail.contains("overrides.toml:7"), "{}", found[0].detail);
    }
}
