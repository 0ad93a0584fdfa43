//! `promotion.breaks`: a difference between two orgs by which needed calls fail after a promotion.

use crate::check::{Check, CheckMeta, Found, Reads, VERDICTS_AND_USAGE};
use crate::drift_causes::{Sides, report_broken_calls};
use crate::evidence::Evidence;
use crate::severity::Severity;
use rolecall_access::drift::broken::Certainty;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "promotion.breaks",
    title: "Promotion blocker",
    what: "Differences of a configured pair of orgs by which needed calls work in the first and are refused in the second, one finding for each cause.",
    why: "Whoever promotes from the first org to the second breaks these calls.",
    remedy: "Make the change that the finding names in the second org, before the promotion.",
    severity: Severity::High,
    reference: "blockers.csv has one row a call, with its first cause.",
    notes: "One finding for each difference, about the thing that differs in the second org; its facts are the calls. A call with two causes (two things to fix, or two ways to fix it) is a fact of both findings, and each names the other. The id rests on the thing, the field, the direction and the pair: it stays when more calls, or other permissions of the same role, are hit.",
    reads: Reads::Lists(VERDICTS_AND_USAGE),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for pair in &evidence.pairs {
        let Some(drift) = &pair.drift else { continue };
        let sides = Sides::orgs(evidence, pair);
        report_broken_calls(drift, sides, |call| call.certainty == Certainty::Fails, META.severity, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::drifted::{Drifted, found_between};
    use rolecall_access::drift::change::{DriftKind, Effect};

    #[test]
    fn role_that_lost_a_permission_is_one_finding_with_all_its_victims() {
        let mut drifted = Drifted::new();
        let role = drifted.permissions("Reporting", &["routing:queue:view"], &[], Effect::Breaks);
        drifted.broken("Board", "GET /api/v2/routing/queues", Certainty::Fails, &[role]);
        drifted.broken("Board", "GET /api/v2/routing/queues/{queueId}", Certainty::Fails, &[role]);
        drifted.broken("Dialler", "GET /api/v2/routing/queues", Certainty::Fails, &[role]);
        let found = found_between(&CHECK, &drifted);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].title,
            "3 needed calls of 2 OAuth clients work in dev and fail in staging: role `Reporting` lacks \
             `routing:queue:view`"
        );
        assert_eq!(found[0].severity, Severity::High);
        assert_eq!((found[0].org.as_str(), found[0].subject.id.as_str()), ("staging", "right-reporting"));
        assert_eq!(found[0].detail, "Hit: `Board` (2), `Dialler` (1).");
        assert_eq!(found[0].facts.len(), 3);
        assert!(
            found[0].facts.contains(
                "`Dialler`: GET /api/v2/routing/queues: denied (missing-permission); missing `routing:queue:view`; \
                 declared in needs.csv:4"
            ),
            "{:?}",
            found[0].facts
        );
    }

    #[test]
    fn permission_that_the_calls_miss_is_named_before_those_that_nobody_misses() {
        let mut drifted = Drifted::new();
        let lost = ["a:b:c", "a:b:d", "a:b:e", "routing:queue:view"];
        let role = drifted.permissions("Reporting", &lost, &[], Effect::Breaks);
        drifted.broken("Board", "GET /api/v2/routing/queues", Certainty::Fails, &[role]);
        let found = found_between(&CHECK, &drifted);
        assert!(
            found[0].title.ends_with("lacks `routing:queue:view`, `a:b:c`, `a:b:d` and 1 more"),
            "{}",
            found[0].title
        );
    }

    #[test]
    fn id_stays_when_the_number_of_victims_or_of_permissions_changes() {
        let one = |permissions: &[&str], calls: &[&str]| {
            let mut drifted = Drifted::new();
            let role = drifted.permissions("Reporting", permissions, &[], Effect::Breaks);
            for name in calls {
                drifted.broken(name, "GET /api/v2/routing/queues", Certainty::Fails, &[role]);
            }
            let found = found_between(&CHECK, &drifted).remove(0);
            crate::fingerprint::id(META.id, &found.org, &found.subject, &found.cause)
        };
        assert_eq!(one(&["a:b:c"], &["Board"]), one(&["a:b:c", "a:b:d"], &["Board", "Dialler"]));
    }

    #[test]
    fn call_with_two_causes_is_reported_with_both_and_each_names_the_other() {
        let mut drifted = Drifted::new();
        let role = drifted.permissions("Reporting", &["a:b:c"], &[], Effect::Breaks);
        let state = drifted.row(DriftKind::OauthClient, "Board", "state", "active", "inactive", Effect::Breaks);
        drifted.broken("Board", "GET /api/v2/routing/queues", Certainty::Fails, &[role, state]);
        let found = found_between(&CHECK, &drifted);
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0].detail,
            "Hit: `Board` (1). Some of these calls have another cause besides: role `Reporting` lacks `a:b:c`."
        );
    }

    #[test]
    fn calls_that_no_difference_explains_are_reported_of_their_principal() {
        let mut drifted = Drifted::new();
        drifted.broken("Board", "GET /api/v2/routing/queues", Certainty::Fails, &[]);
        let found = found_between(&CHECK, &drifted);
        assert_eq!(found[0].title, "1 needed call of `Board` works in dev and fails in staging");
    }

    #[test]
    fn uncertain_calls_and_differences_that_break_nothing_are_not_reported() {
        let mut drifted = Drifted::new();
        let role = drifted.permissions("Reporting", &["a:b:c"], &[], Effect::Narrows);
        drifted.broken("Board", "GET /api/v2/routing/queues", Certainty::MayFail, &[role]);
        assert!(found_between(&CHECK, &drifted).is_empty());
    }
}
