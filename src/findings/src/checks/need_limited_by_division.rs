//! `need.limited-by-division`: a needed call works in some divisions only, and no error tells.

use crate::check::{Check, CheckMeta, Found, Reads, VERDICTS};
use crate::evidence::Evidence;
use crate::gap_causes::{self, GapReport, ReportingCheck};
use crate::severity::Severity;
use rolecall_access::cross::gap::Gap;
use rolecall_access::cross::needed::Known;
use rolecall_matrix::Method;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "need.limited-by-division",
    title: "Needed call limited to some divisions",
    what: "Declared calls whose verdict is `partial`: the permission is held in some divisions, and the need names none.",
    why: "A call for many things succeeds and returns less; no 403 will ever tell that something is missing.",
    remedy: "Grant the role in the divisions that are missing too, or name in the needs file the division that is meant.",
    severity: Severity::Medium,
    reference: "docs/outputs.md describes the verdict `partial`; gaps.csv lists the divisions that are missing.",
    notes: "One finding for each principal and cause. A need that names a division is not limited: it is met there, or refused (`gap.declared`).",
    reads: Reads::Lists(VERDICTS),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    let report = GapReport {
        wanted: &|gap, route| matches!(gap.known, Known::Declared(_)) && route.by == ReportingCheck::LimitedByDivision,
        severity: &|_| META.severity,
        known: &|_| true,
        add: &|_, _, gaps, one| one.detail.push_str(what_happens(gaps)),
    };
    gap_causes::report_gaps(evidence, &report, found);
}

/// What the caller sees of the limit.
fn what_happens(gaps: &[&Gap<'_>]) -> &'static str {
    if gaps.iter().any(|gap| asks_for_many(gap)) {
        " The call succeeds and returns less: no 403 will tell."
    } else {
        " It works for what is in these divisions; for the rest it fails as if it were not there."
    }
}

/// Whether a call asks for many things at once: it reads, and names no single one.
fn asks_for_many(gap: &Gap<'_>) -> bool {
    let path = &gap.endpoint.path;
    let asks = ["/query", "/search"].iter().any(|end| path.ends_with(end));
    match gap.endpoint.method {
        Method::Get | Method::Head => !path.ends_with('}'),
        Method::Post => asks,
        Method::Delete | Method::Patch | Method::Put => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::gap_declared;
    use crate::testing::{Night, found};
    use rolecall_base::coverage::Listing;

    fn night(need: &str, division: &str) -> Night {
        let mut night = Night::new();
        night.division("d1", "Home").division("d2", "Sales");
        night.client("c1", "Dialler", &[("r1", "d1")]).role(
            "r1",
            "Queues",
            &["routing:queue:view", "routing:queue:edit"],
        );
        night.need("Dialler", need, division);
        night
    }

    #[test]
    fn list_that_is_cut_is_reported_with_the_divisions_and_that_no_error_tells() {
        let night = night("GET /api/v2/routing/queues", "");
        let reported = found(&CHECK, &night);
        assert_eq!(
            reported[0].title,
            "OAuth client `Dialler` can call GET /api/v2/routing/queues in some divisions only: not in `Sales`"
        );
        assert_eq!((reported.len(), reported[0].severity), (1, Severity::Medium));
        assert!(reported[0].detail.contains("allowed in `Home`"), "{}", reported[0].detail);
        assert!(reported[0].detail.ends_with("returns less: no 403 will tell."), "{}", reported[0].detail);
        assert_eq!(reported[0].fix, "grant role `Queues` also in the needed division");
        assert!(found(&gap_declared::CHECK, &night).is_empty(), "one cause is reported once");
    }

    #[test]
    fn change_of_a_single_thing_fails_elsewhere() {
        let reported = found(&CHECK, &night("PUT /api/v2/routing/queues/{queueId}", ""));
        assert!(reported[0].detail.ends_with("as if it were not there."), "{}", reported[0].detail);
    }

    #[test]
    fn need_in_a_division_that_is_held_and_role_that_reaches_everywhere_are_fine() {
        assert!(found(&CHECK, &night("GET /api/v2/routing/queues", "Home")).is_empty());
        let mut night = Night::new();
        night.division("d1", "Home").client("c1", "Dialler", &[("r1", "*")]).role("r1", "Q", &["routing:queue:view"]);
        night.need("Dialler", "GET /api/v2/routing/queues", "");
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn limit_that_an_unread_list_could_lift_is_not_settled() {
        let mut night = night("GET /api/v2/routing/queues", "");
        night.unread(Listing::OwnGrants);
        assert!(found(&CHECK, &night).iter().all(|one| !one.basis.settled));
    }
}
