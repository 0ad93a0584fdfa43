//! `matrix.changed`: the API does not ask for what it asked for in the previous run.

use std::collections::BTreeSet;

use crate::callers;
use crate::check::{Check, CheckMeta, Found, count, named};
use crate::evidence::{Evidence, MatrixUsed};
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::radar::Became;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "matrix.changed",
    title: "Matrix not that of the previous run",
    what: "Orgs whose matrix differs from the one of their last night: operations that came, went, or ask for something else.",
    why: "What differs tonight may follow from the platform's change and not from anybody's in the org.",
    remedy: "Read the findings about the operations that are needed here; the others need no action.",
    severity: Severity::Info,
    reference: "`rolecall matrix diff A B` lists every difference; the history keeps the matrix of every night.",
    notes: "One finding an org and night; equal matrices, whatever their dates and the order of their lists, give none. The first night of an org has nothing to be compared with.",
    is_event: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for of in &evidence.radar {
        let Some(org) = callers::org_of(evidence, of) else { continue };
        let number = |became: Became| of.radar.which(became).count();
        let (came, went, changed, reworded) =
            (number(Became::Added), number(Became::Removed), number(Became::Changed), number(Became::Reworded));
        let used = of.radar.operations.iter().filter(|one| !one.callers.is_empty());
        let facts: BTreeSet<String> = used
            .clone()
            .map(|one| {
                let who = callers::affected(org, one).len();
                format!("{} {}: {} it", one.became.as_str(), one.endpoint, callers::count_of(who))
            })
            .collect();
        let source =
            if of.new_source { format!("the matrix is from {} now: ", org.matrix.origin) } else { String::new() };
        found.push(Found {
            basis: Basis::SETTLED,
            severity: META.severity,
            org: of.org.clone(),
            subject: named("matrix", of.org.clone()),
            cause: BTreeSet::from([format!("from {} to {}", of.before.sha256, org.matrix.sha256)]),
            title: format!(
                "{source}{} came, {went} went, {changed} changed what they ask for; {} needed or used here",
                count(came, "operation", "operations"),
                match used.count() {
                    0 => "none of them is".to_owned(),
                    1 => "1 of them is".to_owned(),
                    several => format!("{several} of them are"),
                }
            ),
            detail: format!(
                "Before: {}. Now: {}. {} the same for everybody but {} described differently (parameter names, deprecation). {} \
                 did not change.{}",
                describe(&of.before),
                describe(&org.matrix),
                count(reworded, "operation asks", "operations ask"),
                if reworded == 1 { "is" } else { "are" },
                count(of.radar.unchanged, "operation", "operations"),
                callers::source_note(of, &org.matrix.origin)
            ),
            fix: "nothing by itself: see the findings about single operations".to_owned(),
            facts,
        });
    }
}

fn describe(matrix: &MatrixUsed) -> String {
    let date = matrix.date.map_or_else(|| "of no stated date".to_owned(), |date| format!("of {date}"));
    format!("{} {date}, {} operations", matrix.origin, matrix.operations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_matrix::{Matrix, csv};

    fn matrix(origin: &str, rows: &str) -> Option<Matrix> {
        let header = "method,path,permissions_match,permissions,scopes,deprecated\n";
        Some(csv::read(origin, &format!("{header}{rows}")).unwrap())
    }

    #[test]
    fn every_difference_is_counted_and_those_that_are_needed_are_listed() {
        let mut night = Night::new();
        assert!(found(&CHECK, &night).is_empty());
        night.matrix_before =
            matrix("h", "GET,/api/v2/a,NONE,,,no\nGET,/api/v2/b,NONE,,,no\nGET,/api/v2/c,NONE,,,no\n");
        night.matrix = matrix("h", "GET,/api/v2/a,ANY,x:y:z,,no\nGET,/api/v2/b,NONE,,,yes\nGET,/api/v2/d,NONE,,,no\n");
        night.client("c1", "Robot", &[]).need("Robot", "GET /api/v2/d", "");
        let all = found(&CHECK, &night);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].severity, Severity::Info);
        assert_eq!(
            all[0].title,
            "1 operation came, 1 went, 1 changed what they ask for; 1 of them is needed or used here"
        );
        assert!(
            all[0].detail.contains("1 operation asks the same for everybody but is described differently"),
            "{}",
            all[0].detail
        );
        assert_eq!(all[0].facts, ["added GET /api/v2/d: 1 principal needs or uses it".to_owned()].into());
        night.matrix_before.as_mut().unwrap().origin = "bundled".to_owned();
        assert!(found(&CHECK, &night)[0].title.starts_with("the matrix is from h now: "));
    }

    #[test]
    fn night_that_knows_no_earlier_matrix_is_not_reported() {
        let mut night = Night::new();
        night.matrix = matrix("h", "GET,/api/v2/a,NONE,,,no\n");
        assert!(found(&CHECK, &night).is_empty());
    }
}
