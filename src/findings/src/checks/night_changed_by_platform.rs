//! `night.changed-by-platform`: what the platform itself changed since the previous run.

use crate::check::{Check, CheckMeta, Found};
use crate::drift_causes::{Sides, identity, subject};
use crate::drift_gains;
use crate::drift_words::{affected, author, clause};
use crate::evidence::Evidence;
use crate::severity::Severity;
use rolecall_access::drift::Drift;
use rolecall_access::drift::change::{Author, Change, Effect};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "night.changed-by-platform",
    title: "Changed by the platform since last night",
    what: "Roles and other things of an org that the platform itself changed since the last night, for example default roles that were updated or backfilled.",
    why: "Nobody in the organisation did it, and nobody has to answer for it; but who holds such a role can do more, or less, than yesterday.",
    remedy: "Nothing, unless the finding is grave: then give those who hold the role one of their own that says what they need.",
    severity: Severity::Info,
    reference: "The org's audit log names the platform as the one who made the change.",
    notes: "Severity: `info`; `high` or `critical` where somebody gains a permission that the catalogue of dangerous permissions calls so. Needed calls that such a change breaks are reported by `night.lost-needed`.",
    is_event: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for since in &evidence.since {
        let before = since.night_before();
        let sides = Sides::nights(&before, &since.org);
        let rows = since.drift.changes.iter().filter(|change| matches!(change.author, Author::Platform { .. }));
        // Calls that broke are reported by `night.lost-needed`.
        let rows = rows.filter(|change| change.effect != Effect::Breaks);
        found.extend(rows.map(|change| describe(&since.drift, change, sides)));
    }
}

fn describe(drift: &Drift, change: &Change, sides: Sides<'_>) -> Found {
    if drift_gains::gives_power(change) {
        let found = drift_gains::report_gains(drift, change, sides);
        // Only a dangerous gain is more than worth knowing.
        let severity = if found.severity >= Severity::High { found.severity } else { META.severity };
        return Found { severity, ..found };
    }
    Found {
        severity: META.severity,
        org: sides.right.to_owned(),
        subject: subject(change),
        cause: identity(change, sides),
        title: format!(
            "the platform changed something since the night of {}: {}",
            sides.left,
            clause(change, sides.between)
        ),
        detail: format!(
            "It was {}. Access changed: {}.",
            author(&change.author).unwrap_or_default(),
            if change.affected.is_empty() { "nobody's".to_owned() } else { affected(change, drift) }
        ),
        fix: "nothing: worth knowing".to_owned(),
        facts: std::collections::BTreeSet::new(),
        basis: sides.basis(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::drifted::{Drifted, found_since};
    use rolecall_access::drift::change::DriftKind;

    fn backfilled(permission: &str) -> Vec<Found> {
        let mut drifted = Drifted::new();
        let user = drifted.principal(DriftKind::ServiceUser, "svc-a", &[], &[permission]);
        let role = drifted.permissions("Employee", &[], &[permission], Effect::Widens);
        let at = Some("2026-11-20T15:04:05Z".parse().unwrap());
        drifted.affects(role, &[user]).by(role, Author::Platform { at });
        found_since(&CHECK, &drifted)
    }

    #[test]
    fn backfill_of_a_default_role_is_worth_knowing_and_grave_only_with_a_dangerous_permission() {
        let harmless = backfilled("routing:queue:view");
        assert_eq!((harmless.len(), harmless[0].severity), (1, Severity::Info));
        assert!(harmless[0].detail.ends_with("It was changed by the platform itself at 2026-11-20T15:04:05Z."));
        assert_eq!(backfilled("authorization:role:edit")[0].severity, Severity::Critical);
    }

    #[test]
    fn what_people_changed_and_what_broke_is_not_reported_here() {
        let mut drifted = Drifted::new();
        drifted.permissions("Mine", &[], &["a:b:c"], Effect::None);
        let broke = drifted.permissions("Employee", &["a:b:c"], &[], Effect::Breaks);
        drifted.by(broke, Author::Platform { at: None });
        assert!(found_since(&CHECK, &drifted).is_empty());
    }
}
