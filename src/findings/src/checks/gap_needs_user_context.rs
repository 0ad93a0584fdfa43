//! `gap.needs-user-context`: a client-credentials client calls what needs a user behind the token.

use crate::check::{Check, CheckMeta, Found, Reads, VERDICTS_AND_USAGE, label, nothing_is_missing};
use crate::evidence::Evidence;
use crate::gap_causes::{self, GapReport, ReportingCheck};
use crate::severity::Severity;
use rolecall_access::cross::needed::Known;
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "gap.needs-user-context",
    title: "Call needs a user, client credentials have none",
    what: "Calls that client-credentials clients need, or make in vain, and that the platform publishes as needing a user behind the token.",
    why: "The platform answers 400 `not.a.user`; no role, no permission and no scope fixes that.",
    remedy: "Call it with a client that acts for a user (authorization code), or use an operation that works without one.",
    severity: Severity::High,
    reference: "Operations that need a user publish the error code `not.a.user`; `rolecall matrix show` tells.",
    notes: "One finding for each client. Severity: `high` where the call is declared; `medium` where it is only observed, and refused. These calls are not reported again by `gap.declared` and `gap.observed`.",
    reads: Reads::Lists(VERDICTS_AND_USAGE),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    let report = GapReport {
        // Calls that succeed all the same are `contradiction.succeeds-though-denied`.
        wanted: &|gap, route| {
            route.by == ReportingCheck::NeedsUserContext
                && match gap.known {
                    Known::Declared(_) => true,
                    Known::Observed(row) => row.status_2xx == 0 && !route.is_declared,
                }
        },
        severity: &|gap| match gap.known {
            Known::Declared(_) => META.severity,
            Known::Observed(_) => Severity::Medium,
        },
        known: &|_| true,
        add: &|org, principal, gaps, one| {
            one.title = format!(
                "{} cannot call {}: the call needs a user, and client credentials have none",
                label(principal),
                calls(gaps.iter().map(|gap| gap.endpoint.to_string()))
            );
            let declared = gaps.iter().any(|gap| matches!(gap.known, Known::Declared(_)));
            // A success that was not read would contradict the matrix.
            one.basis.settled &= declared || nothing_is_missing(&org.map.snapshot.coverage, Listing::Usage);
        },
    };
    gap_causes::report_gaps(evidence, &report, found);
}

/// The first call, and how many more there are.
fn calls(all: impl Iterator<Item = String>) -> String {
    let all: std::collections::BTreeSet<String> = all.collect();
    let first = all.first().cloned().unwrap_or_default();
    if all.len() > 1 { format!("{first} (and {} more)", all.len() - 1) } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::gap_declared;
    use crate::checks::gap_observed;
    use crate::testing::{Night, found};
    use rolecall_base::oauth_client::GrantType;

    const ME: &str = "GET /api/v2/users/me";

    #[test]
    fn machine_on_a_call_that_needs_a_user_is_reported_once_with_what_was_observed() {
        let mut night = Night::new();
        night.client("c1", "Profile Sync", &[]).need("Profile Sync", ME, "").usage("c1", ME, 7, 0, 7);
        let reported = found(&CHECK, &night);
        assert_eq!(reported.len(), 1);
        assert_eq!(reported[0].severity, Severity::High);
        assert!(
            reported[0]
                .title
                .starts_with("OAuth client `Profile Sync` cannot call GET /api/v2/users/me: the call needs a user")
        );
        assert!(reported[0].fix.contains("authorization code"), "{}", reported[0].fix);
        assert_eq!(reported[0].facts.len(), 2, "{:?}", reported[0].facts);
        assert!(found(&gap_declared::CHECK, &night).is_empty() && found(&gap_observed::CHECK, &night).is_empty());
    }

    #[test]
    fn call_that_nobody_declared_is_medium_and_one_that_succeeds_is_a_contradiction() {
        let mut night = Night::new();
        night.client("c1", "Profile Sync", &[]).client("c2", "Other", &[]);
        night.usage("c1", ME, 7, 0, 7).usage("c2", ME, 7, 7, 0);
        let reported = found(&CHECK, &night);
        assert_eq!(reported.iter().map(|one| one.severity).collect::<Vec<_>>(), [Severity::Medium]);
        assert!(found(&gap_observed::CHECK, &night).is_empty());
    }

    #[test]
    fn client_that_acts_for_users_and_call_that_needs_none_are_not_reported() {
        let mut night = Night::new();
        night.user_client("c1", "Desktop", GrantType::Code, &["users"]).client("c2", "Robot", &[]);
        night.need("Desktop", ME, "").need("Robot", "GET /api/v2/routing/queues", "");
        assert!(found(&CHECK, &night).is_empty());
    }
}
