//! `matrix.stale-or-fallback`: the matrix is old, or not the one that was asked for.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, named, org_name};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::severity::Severity;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "matrix.stale-or-fallback",
    title: "Matrix old or not the one asked for",
    what: "Orgs whose matrix of requirements is older than the configuration allows, or had to be taken from somewhere else.",
    why: "The platform changes what endpoints require; verdicts by an old matrix, or by another region's, can be wrong.",
    remedy: "Let the auditor reach the org's own document (`matrix.source = \"org\"`), or import a newer one.",
    severity: Severity::Medium,
    reference: "run.json names the matrix, its date and its checksum for every org.",
    reads: Reads::Lists(&[]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in evidence.orgs.iter().filter(|org| !org.matrix.notes.is_empty()) {
        let matrix = &org.matrix;
        let date = matrix.date.map_or_else(|| "of no stated date".to_owned(), |date| format!("of {date}"));
        found.push(Found {
            severity: META.severity,
            org: org_name(org),
            subject: named("matrix", org_name(org)),
            cause: BTreeSet::new(),
            title: format!("verdicts rest on the matrix {} {date}", matrix.origin),
            detail: format!("The matrix in force is {} {date}, with {} operations.", matrix.origin, matrix.operations),
            fix: "let the auditor reach the org's own document, or import a newer one with `rolecall matrix import`"
                .to_owned(),
            facts: matrix.notes.iter().cloned().collect(),
            basis: Basis::SETTLED,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn note_about_the_matrix_is_reported_and_none_is_not() {
        let mut night = Night::new();
        assert!(found(&CHECK, &night).is_empty());
        night.matrix_notes.push("the org's own document could not be read (404)".to_owned());
        let found = found(&CHECK, &night);
        assert_eq!(found[0].title, "verdicts rest on the matrix bundled of 2026-08-15");
        assert!(found[0].facts.contains("the org's own document could not be read (404)"));
    }
}
