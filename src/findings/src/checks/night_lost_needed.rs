//! `night.lost-needed`: needed calls that worked in the previous run and fail in this run.

use crate::check::{Check, CheckMeta, Found};
use crate::drift_causes::{Sides, report_broken_calls};
use crate::evidence::Evidence;
use crate::severity::Severity;
use rolecall_access::drift::broken::Certainty;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "night.lost-needed",
    title: "Needed call lost since last night",
    what: "Changes of an org since its last night by which needed calls that worked are refused now, one finding for each cause.",
    why: "Something that ran yesterday does not run today, and this is the change that did it.",
    remedy: "Take the change back, or give the right another way.",
    severity: Severity::High,
    reference: "changes.csv has one row a change; gaps.csv lists the calls for as long as they are refused.",
    is_event: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for since in &evidence.since {
        let before = since.night_before();
        let sides = Sides::nights(&before, &since.org);
        report_broken_calls(&since.drift, sides, |call| call.certainty == Certainty::Fails, META.severity, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::drifted::{Drifted, found_since};
    use rolecall_access::drift::change::{Author, Effect};

    #[test]
    fn call_that_fails_since_last_night_is_reported_with_the_change_and_its_author() {
        let mut drifted = Drifted::new();
        let role = drifted.permissions("Reporting", &["routing:queue:view"], &[], Effect::Breaks);
        let who = Author::Somebody { who: "A Person".to_owned(), at: None, action: "Update".to_owned() };
        drifted.by(role, who).broken("Board", "GET /api/v2/routing/queues", Certainty::Fails, &[role]);
        let found = found_since(&CHECK, &drifted);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].title,
            "1 needed call of 1 OAuth client worked on the night of 2026-11-20 02:00 UTC and fails tonight: role \
             `Reporting` lacks `routing:queue:view`"
        );
        assert_eq!(found[0].detail, "Hit: `Board` (1). It was changed by `A Person` (Update).");
        assert_eq!(found[0].fix, "add `routing:queue:view` to role `Reporting` in dev");
    }

    #[test]
    fn night_on_which_nothing_broke_tells_nothing() {
        let mut drifted = Drifted::new();
        drifted.permissions("Reporting", &["routing:queue:view"], &[], Effect::Narrows);
        assert!(found_since(&CHECK, &drifted).is_empty());
    }
}
