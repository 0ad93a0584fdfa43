//! `gap.declared`: a call that somebody declared as needed is not allowed.

use crate::check::{Check, CheckMeta, Found, Reads, VERDICTS};
use crate::evidence::Evidence;
use crate::gap_causes::{self, GapReport, ReportingCheck};
use crate::severity::Severity;
use rolecall_access::cross::needed::Known;
use rolecall_access::cross::{Answer, Reason, Verdict};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "gap.declared",
    title: "Declared call not allowed",
    what: "Calls of the needs files whose verdict is not `allowed`, one finding for each principal and cause; those that a check of their own tells are left to it.",
    why: "Somebody relies on these calls; they will be refused, limited, or nobody can say.",
    remedy: "Make the change that the finding names, or drop the need where it is out of date.",
    severity: Severity::High,
    reference: "docs/outputs.md describes the verdicts and reasons.",
    notes: "One finding for each principal and cause, where a cause is the same verdict, reasons and set of missing permissions, scopes and divisions. Severity: `high` when denied; `medium` when unknown, or conditional, because data is incomplete; `low` when the user behind the token decides or nobody publishes what is needed; `info` where nothing is published of a call that changes something. Each gap is reported by one check: a call that needs a user by `gap.needs-user-context`, a headless one on a grant that needs a person by `grant.headless-need`, one that is limited to some divisions by `need.limited-by-division`, one under a condition by `need.conditional`. gaps.csv holds them all.",
    reads: Reads::Lists(VERDICTS),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    let report = GapReport {
        wanted: &|gap, route| matches!(gap.known, Known::Declared(_)) && route.by == ReportingCheck::Gap,
        severity: &|gap| severity(gap.answer),
        known: &|_| true,
        add: &|_, _, _, _| {},
    };
    gap_causes::report_gaps(evidence, &report, found);
}

fn severity(answer: Answer) -> Severity {
    match answer.verdict {
        Verdict::Denied => META.severity,
        Verdict::Partial | Verdict::Conditional => Severity::Medium,
        Verdict::Unknown if answer.reasons.has(Reason::DataIncomplete) => Severity::Medium,
        // There are many such calls, and most are let through.
        Verdict::Unknown if answer.reasons.has(Reason::NothingPublished) => Severity::Info,
        Verdict::Unknown | Verdict::DependsOnUser | Verdict::Allowed => Severity::Low,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::coverage::{Listing, Seen, Unread};

    #[test]
    fn calls_with_one_cause_are_one_finding_with_a_fact_each() {
        let mut night = Night::new();
        night.client("c1", "Queue Dashboard", &[("r1", "*")]).role("r1", "Reporting", &["users:view:x"]);
        night.need("Queue Dashboard", "POST /api/v2/analytics/queues/observations/query", "");
        night.need("Queue Dashboard", "GET /api/v2/routing/queues", "");
        night.need("Queue Dashboard", "GET /api/v2/routing/queues/{queueId}", "");
        let found = found(&CHECK, &night);
        let titles: Vec<&str> = found.iter().map(|one| one.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "OAuth client `Queue Dashboard` cannot call GET /api/v2/routing/queues (and 1 more): missing routing:queue:view",
                "OAuth client `Queue Dashboard` cannot call POST /api/v2/analytics/queues/observations/query: missing analytics:queueObservation:view",
            ]
        );
        assert_eq!(found[0].facts.len(), 2);
        assert!(found[0].facts.contains("GET /api/v2/routing/queues: declared in needs.csv:3"), "{:?}", found[0].facts);
        assert_eq!(found[0].severity, Severity::High);
    }

    #[test]
    fn call_refused_in_the_division_it_is_needed_in_is_reported_and_one_that_is_limited_is_not() {
        let mut night = Night::new();
        night.division("d1", "Home").division("d2", "Sales");
        night.client("c1", "Dialler", &[("r1", "d1")]).role("r1", "Queues", &["routing:queue:view"]);
        night.need("Dialler", "GET /api/v2/routing/queues", "");
        night.need("Dialler", "GET /api/v2/routing/queues", "Sales");
        let found = found(&CHECK, &night);
        let titles: Vec<&str> = found.iter().map(|one| one.title.as_str()).collect();
        assert_eq!(titles, ["OAuth client `Dialler` cannot call GET /api/v2/routing/queues: not in `Sales`"]);
    }

    #[test]
    fn allowed_call_and_endpoint_that_does_not_exist_are_not_reported_here() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[("r1", "*")]).role("r1", "Queues", &["routing:queue:view"]);
        night.need("Dialler", "GET /api/v2/routing/queues", "");
        night.need("Dialler", "GET /api/v2/analytics/queues/summary", "");
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn call_of_which_nothing_is_published_fails_no_gate_and_names_what_was_observed() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[("r1", "*")]).role("r1", "Queues", &["routing:queue:view"]);
        night.need("Dialler", "POST /api/v2/groups/{groupId}/members", "");
        night.usage("c1", "POST /api/v2/groups/{groupId}/members", 12, 12, 0);
        let found = found(&CHECK, &night);
        assert_eq!((found.len(), found[0].severity), (1, Severity::Info));
        let fact = found[0].facts.first().unwrap();
        assert!(fact.contains("12 calls, 12 answered 2xx, 0 refused"), "{fact}");
        let evidence = night.evidence();
        let gap = &evidence.orgs[0].gaps[0];
        assert_eq!(format!("{} {}", gap.answer.verdict, gap.answer.reasons), "unknown nothing-published");
        assert_eq!(evidence.orgs[0].gaps.len(), 1, "an observed call that succeeds is no gap");
    }

    #[test]
    fn refusal_for_a_division_is_not_settled_while_another_permission_was_not_seen_held() {
        let mut night = Night::new();
        night.division("d1", "Home").division("d2", "Sales");
        night.user("u1", "Robot", true, &[("r1", "d1")]);
        night.role("r1", "Queues", &["routing:queue:view"]).role("r2", "Periods", &["routing:comparisonPeriod:view"]);
        night.need("Robot", "GET /api/v2/routing/queues/{queueId}/comparisonperiods", "Sales");
        let settled = |night: &Night| {
            let found = found(&CHECK, night);
            assert_eq!(found.len(), 1);
            (found[0].cause.iter().find(|part| part.starts_with("reason")).cloned(), found[0].basis.settled)
        };
        assert_eq!(settled(&night), (Some("reason missing-permission".to_owned()), true));
        let of_role = Unread { of: Some("r2".to_owned()), why: "HTTP 503".to_owned(), missing_permissions: Vec::new() };
        let listing = night.snapshot.coverage.listings.get_mut(&Listing::RoleGrants).unwrap();
        (listing.seen, listing.unread) = (Seen::Part, vec![of_role]);
        assert_eq!(settled(&night), (Some("reason missing-division".to_owned()), false));
    }

    #[test]
    fn call_held_under_a_condition_in_the_division_it_is_needed_in_is_not_called_refused() {
        let mut night = Night::new();
        night.division("d1", "Home").division("d2", "Sales").division("d3", "Service");
        night.client("c1", "Dialler", &[("r1", "d1"), ("r2", "d2")]);
        night.role("r1", "Queues", &["routing:queue:view"]).role("r2", "Some queues", &["routing:queue:view"]);
        let role = night.snapshot.roles.iter_mut().find(|role| role.id.as_str() == "r2").unwrap();
        role.policies.iter_mut().for_each(|policy| policy.condition = Some("{}".to_owned()));
        for division in ["Home", "Sales", "Service"] {
            night.need("Dialler", "GET /api/v2/routing/queues", division);
        }
        let evidence = night.evidence();
        let answers: Vec<String> = evidence.orgs[0].gaps.iter().map(|gap| gap.answer.verdict.to_string()).collect();
        assert_eq!(answers, ["conditional", "denied"]);
    }
}
