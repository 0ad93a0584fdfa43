//! `matrix.operation-removed`: an operation that somebody needs or uses is gone from the API.

use std::collections::BTreeSet;

use crate::callers;
use crate::check::{Check, CheckMeta, Found, named, names};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::radar::Became;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "matrix.operation-removed",
    title: "Needed operation is gone",
    what: "Operations that somebody needs or uses, that the matrix of the previous run had and tonight's has not.",
    why: "The platform removes operations; what calls them fails, whatever its permissions.",
    remedy: "Move the programs that the finding names to an operation that exists, and correct the needs files.",
    severity: Severity::High,
    reference: "The org's own `GET /api/v2/docs/swagger` lists every public endpoint.",
    notes: "Severity: `high`; `medium` where tonight's matrix is from another source than the one before (the built-in table, a file, the org's own document), which may never have had the operation.",
    is_event: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for of in &evidence.radar {
        let Some(org) = callers::org_of(evidence, of) else { continue };
        for moved in of.radar.which(Became::Removed).filter(|one| !one.callers.is_empty()) {
            let who = callers::affected(org, moved);
            let swallowed = org.map.matrix.resolve_as_called(&moved.endpoint).map(|(_, operation)| &operation.endpoint);
            let fixes: BTreeSet<String> =
                moved.callers.iter().filter_map(|caller| caller.gap.as_ref()).map(|gap| gap.fix.to_string()).collect();
            found.push(Found {
                basis: Basis::SETTLED,
                // Another source may never have published it.
                severity: if of.new_source { Severity::Medium } else { META.severity },
                org: of.org.clone(),
                subject: named("endpoint", moved.endpoint.to_string()),
                cause: BTreeSet::new(),
                title: format!(
                    "{} is gone: {} it ({})",
                    moved.endpoint,
                    callers::count_of(who.len()),
                    names(who.iter().map(|one| one.name.as_str()), 3)
                ),
                detail: format!(
                    "The matrix of the previous run had it, tonight's has not.{}{}",
                    swallowed.map(|other| format!(" A call to it meets {other} now.")).unwrap_or_default(),
                    callers::source_note(of, &org.matrix.origin)
                ),
                fix: if fixes.is_empty() || swallowed.is_some() {
                    "move to an operation that exists, or drop the need".to_owned()
                } else {
                    fixes.into_iter().collect::<Vec<_>>().join("; ")
                },
                facts: callers::facts(org, moved).collect(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_matrix::{Matrix, csv};

    fn matrix(rows: &str) -> Option<Matrix> {
        Some(csv::read("h", &format!("method,path,permissions_match,permissions,scopes\n{rows}")).unwrap())
    }

    #[test]
    fn removed_operation_is_high_where_somebody_uses_it_and_silent_where_nobody_does() {
        let mut night = Night::new();
        night.matrix_before = matrix("GET,/api/v2/routing/queues/old,NONE,,\nGET,/api/v2/routing/queues,NONE,,\n");
        night.matrix = matrix("GET,/api/v2/routing/queues,NONE,,\n");
        night.client("c1", "Robot", &[]);
        assert!(found(&CHECK, &night).is_empty());
        night.usage("c1", "GET /api/v2/routing/queues/old", 7, 7, 0);
        let gone = found(&CHECK, &night);
        assert_eq!(gone[0].severity, Severity::High);
        assert_eq!(gone[0].title, "GET /api/v2/routing/queues/old is gone: 1 principal needs or uses it (`Robot`)");
        assert!(gone[0].fix.contains("GET /api/v2/routing/queues"), "{}", gone[0].fix);
        night.matrix_before.as_mut().unwrap().origin = "bundled".to_owned();
        let other = found(&CHECK, &night);
        assert_eq!(other[0].severity, Severity::Medium, "the org's own document may never have had it");
    }

    #[test]
    fn template_that_takes_the_calls_over_is_named() {
        let mut night = Night::new();
        night.matrix_before = matrix("GET,/api/v2/x/me,NONE,,\nGET,/api/v2/x/{xId},NONE,,\n");
        night.matrix = matrix("GET,/api/v2/x/{xId},NONE,,\n");
        night.client("c1", "Robot", &[]).need("Robot", "GET /api/v2/x/me", "");
        let gone = found(&CHECK, &night);
        assert!(gone[0].detail.contains("meets GET /api/v2/x/{xId} now"), "{}", gone[0].detail);
    }
}
