//! `promotion.may-break`: a difference between two orgs by which needed calls may fail after a promotion.

use crate::check::{Check, CheckMeta, Found, Reads, VERDICTS_AND_USAGE};
use crate::drift_causes::{Sides, report_broken_calls};
use crate::evidence::Evidence;
use crate::severity::Severity;
use rolecall_access::drift::broken::Certainty;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "promotion.may-break",
    title: "Promotion may break calls",
    what: "Needed calls that work in the first org of a configured pair and of which nobody can say whether they work in the second, one finding for each cause.",
    why: "A condition, a policy or a limit to single divisions decides there, or the second org was not read well enough to tell.",
    remedy: "Look at what the finding names in the second org, or let the auditor read what is missing there.",
    severity: Severity::Medium,
    reference: "blockers.csv has one row a call; its `certainty` is `may-fail` or `not-known`.",
    reads: Reads::Lists(VERDICTS_AND_USAGE),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for pair in &evidence.pairs {
        let Some(drift) = &pair.drift else { continue };
        let sides = Sides::orgs(evidence, pair);
        report_broken_calls(drift, sides, |call| call.certainty != Certainty::Fails, META.severity, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::drifted::{Drifted, found_between};
    use rolecall_access::drift::change::{DriftKind, Effect};

    #[test]
    fn uncertain_calls_are_reported_by_cause_with_the_surest_word_that_is_true() {
        let mut drifted = Drifted::new();
        let role = drifted.row(DriftKind::Role, "Reporting", "presence", "present", "not known", Effect::Unknown);
        let policy = drifted.row(DriftKind::Policy, "Night", "presence", "absent", "present", Effect::Narrows);
        drifted.broken("Board", "GET /api/v2/routing/queues", Certainty::NotKnown, &[role]);
        drifted.broken("Dialler", "GET /api/v2/routing/queues", Certainty::MayFail, &[policy]);
        let titles: Vec<String> = found_between(&CHECK, &drifted).into_iter().map(|one| one.title).collect();
        assert_eq!(
            titles,
            [
                "1 needed call of 1 OAuth client works in dev and cannot be determined in staging: whether role `Reporting` \
                 is on both sides is not known",
                "1 needed call of 1 OAuth client works in dev and may fail in staging: access policy `Night` is there, \
                 and not on the other side",
            ]
        );
    }

    #[test]
    fn call_that_surely_fails_is_not_reported_here() {
        let mut drifted = Drifted::new();
        let role = drifted.permissions("Reporting", &["a:b:c"], &[], Effect::Breaks);
        drifted.broken("Board", "GET /api/v2/routing/queues", Certainty::Fails, &[role]);
        assert!(found_between(&CHECK, &drifted).is_empty());
    }
}
