//! `matrix.need-will-fail`: a need works by the matrix in force and fails by a newer one that is at hand.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use crate::callers::{self, Affected};
use crate::check::{Check, CheckMeta, Found, Reads, VERDICTS, named, names, org_name};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::cross::AccessMap;
use rolecall_access::cross::needed::Needed;
use rolecall_access::radar::{self, Became, Moved};
use rolecall_matrix::{Matrix, bundled, csv, reviewed};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "matrix.need-will-fail",
    title: "Need fails by a newer matrix",
    what: "Declared and observed calls that are not refused by the matrix in force, and are refused, or gone, by a newer one that is at hand: the one in the snapshot, or the one that is built into the program.",
    why: "The configuration holds an older matrix in force; the platform asks for what it asks for today, and the next update of the matrix will say so.",
    remedy: "Give what is missing to those whom the finding names, or bring the matrix in force up to date and look again.",
    severity: Severity::Medium,
    reference: "`[matrix] source` of the configuration; `rolecall matrix diff A B` lists every difference of two matrices.",
    notes: "Reported for as long as the older matrix is in force. Needs that fail for one and the same requirement and the same principals are one finding. Of matrices without a date nobody can say which is newer: nothing is reported. Where the matrix in force is the newest, a change is reported by `matrix.requirement-changed` on its night, and by the gaps from then on.",
    reads: Reads::Lists(VERDICTS),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        if let Some(mut newer) = newer_at_hand(org) {
            // In force is a document with the built-in overlay: so the two differ by their documents alone.
            reviewed::lay(&mut newer, evidence.as_of.to_zoned(TimeZone::UTC).date());
            judged(evidence, org, &newer, found);
        }
    }
}

/// The newest matrix at hand, where it is newer than the one in force. Of matrices without a date nothing is known.
fn newer_at_hand(org: &OrgEvidence<'_>) -> Option<Matrix> {
    let in_force = org.map.matrix.date?;
    let carried = org.map.snapshot.matrix.as_ref().and_then(|one| {
        let mut matrix = csv::read(&one.origin, &one.csv).ok()?;
        matrix.origin.clone_from(&one.origin);
        Some(matrix)
    });
    let built_in = bundled::matrix();
    let built_in = (built_in.date > Some(in_force)).then(|| built_in.clone());
    carried.into_iter().chain(built_in).filter(|matrix| matrix.date > Some(in_force)).max_by_key(|matrix| matrix.date)
}

fn judged(evidence: &Evidence<'_>, org: &OrgEvidence<'_>, newer: &Matrix, found: &mut Vec<Found>) {
    let then = AccessMap::of(org.map.snapshot, newer, org.map.scopes_enforced);
    let needed = Needed::of(&then, evidence.needs);
    let radar = radar::between(&org.map, &then, &needed);
    let moved = radar.which(Became::Changed).chain(radar.which(Became::Removed));
    // One change with the same losers is one cause, whatever the number of operations.
    let mut causes: BTreeMap<BTreeSet<String>, Vec<&Moved<'_>>> = BTreeMap::new();
    for one in moved.filter(|one| one.callers.iter().any(|caller| caller.impact.breaks())) {
        causes.entry(cause(org, one)).or_default().push(one);
    }
    found.extend(causes.into_iter().filter_map(|(cause, moved)| describe(org, newer, cause, &moved)));
}

fn losers<'r, 'a>(org: &OrgEvidence<'_>, moved: &'r Moved<'a>) -> Vec<Affected<'r, 'a>> {
    callers::affected(org, moved).into_iter().filter(|one| one.impact.breaks()).collect()
}

fn cause(org: &OrgEvidence<'_>, moved: &Moved<'_>) -> BTreeSet<String> {
    let mut cause: BTreeSet<String> = losers(org, moved).into_iter().map(|one| one.id).collect();
    match &moved.after {
        Some(after) => cause.insert(format!("needs {}", callers::permissions(after))),
        None => cause.insert(format!("gone {}", moved.endpoint)),
    };
    cause
}

fn describe(org: &OrgEvidence<'_>, newer: &Matrix, cause: BTreeSet<String>, moved: &[&Moved<'_>]) -> Option<Found> {
    let first = moved.first()?;
    let affected = losers(org, first);
    let who = names(affected.iter().map(|one| one.name.as_str()), 3);
    let more = match moved.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let date = newer.date.map_or_else(|| "of no date".to_owned(), |date| format!("of {date}"));
    let title = match &first.after {
        Some(after) => format!(
            "{}{more} will need {} by the matrix {date}: {who} will be refused",
            first.endpoint,
            callers::permissions(after)
        ),
        None => format!("{}{more} is gone in the matrix {date}: {who} will fail", first.endpoint),
    };
    let in_force = org.matrix.date.map_or_else(String::new, |date| format!(" of {date}"));
    let fix = match &first.after {
        Some(_) => callers::fixes(&affected),
        None => "move the callers to an operation that exists".to_owned(),
    };
    Some(Found {
        severity: META.severity,
        org: org_name(org),
        subject: named("endpoint", first.endpoint.to_string()),
        cause,
        title,
        detail: format!(
            "In force is {}{in_force}; {} is newer. A difference may be one of the two documents and not a change of the \
             platform.",
            org.matrix.origin, newer.origin
        ),
        fix,
        facts: moved.iter().flat_map(|one| callers::facts(org, one)).collect(),
        basis: Basis::SETTLED,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::snapshot::CarriedMatrix;

    const HEADER: &str = "method,path,permissions_match,permissions,scopes,user_context\n";
    const OLD: &str = "GET,/api/v2/x,ANY,routing:queue:view,,\nGET,/api/v2/y,NONE,,,\n";
    const NEW: &str = "GET,/api/v2/x,ALL,routing:queue:view;routing:queue:edit,,\n";

    fn night(of: Option<Date>) -> Night {
        let mut night = Night::new();
        let mut matrix = csv::read("own.csv", &format!("{HEADER}{OLD}")).unwrap();
        matrix.date = of;
        night.matrix = Some(matrix);
        night.role("r1", "One", &["routing:queue:view"]).client("c1", "Half", &[("r1", "*")]);
        night.role("r2", "Both", &["routing:queue:view", "routing:queue:edit"]).client("c2", "Full", &[("r2", "*")]);
        night
    }

    #[test]
    fn need_that_a_newer_matrix_in_the_snapshot_refuses_is_reported_with_the_fix() {
        let mut night = night(Some(date(2025, 7, 1)));
        night.need("Half", "GET /api/v2/x", "").need("Full", "GET /api/v2/x", "");
        let mut newer = csv::read("own region", &format!("{HEADER}{NEW}")).unwrap();
        newer.date = Some(date(2027, 1, 1));
        let table = csv::write(&newer);
        night.snapshot.matrix = Some(CarriedMatrix { origin: "own region".to_owned(), csv: table });
        let reported = found(&CHECK, &night);
        assert_eq!(reported.len(), 1, "{reported:#?}");
        assert_eq!(
            reported[0].title,
            "GET /api/v2/x will need all of `routing:queue:view`, `routing:queue:edit` by the matrix of 2027-01-01: `Half` \
             will be refused"
        );
        assert!(reported[0].fix.contains("for `Half`"), "{}", reported[0].fix);
    }

    #[test]
    fn operation_that_the_built_in_matrix_no_longer_has_is_reported_as_gone() {
        let mut night = night(Some(date(2025, 7, 1)));
        night.usage("c1", "GET /api/v2/y", 5, 5, 0);
        let reported = found(&CHECK, &night);
        assert_eq!(reported.len(), 1);
        assert!(reported[0].title.starts_with("GET /api/v2/y is gone in the matrix of 20"), "{}", reported[0].title);
    }

    #[test]
    fn newest_matrix_in_force_and_one_of_no_date_say_nothing() {
        for of in [None, Some(date(2099, 1, 1))] {
            let mut night = night(of);
            night.need("Half", "GET /api/v2/x", "").need("Half", "GET /api/v2/y", "");
            assert!(found(&CHECK, &night).is_empty());
        }
    }
}
