//! `night.gained-power`: who can do more than in the previous run.

use crate::check::{Check, CheckMeta, Found};
use crate::drift_causes::Sides;
use crate::drift_gains::report_all_gains;
use crate::evidence::Evidence;
use crate::severity::Severity;
use rolecall_access::drift::change::Author;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "night.gained-power",
    title: "Power gained since last night",
    what: "Changes of an org since its last night by which principals can do more: which permission, through which grant or role, when it was granted and, where the audit log was read, who changed it.",
    why: "Whoever takes over an account or a client begins by giving it more; whoever makes a mistake too.",
    remedy: "Ask the one who made the change; take it back where nobody knows of it.",
    severity: Severity::Medium,
    reference: "changes.csv has one row a change since the last night.",
    notes: "Severity as of `drift.widens`. What the platform changed by itself is reported by `night.changed-by-platform`.",
    is_event: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for since in &evidence.since {
        let before = since.night_before();
        // What the platform did by itself is reported by `night.changed-by-platform`.
        let rows = since.drift.changes.iter().filter(|change| !matches!(change.author, Author::Platform { .. }));
        found.extend(report_all_gains(&since.drift, rows, Sides::nights(&before, &since.org)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::drifted::{Drifted, found_since};
    use rolecall_access::drift::change::{DriftKind, Effect};

    fn granted(author: Author) -> Drifted {
        let mut drifted = Drifted::new();
        let client = DriftKind::OauthClient;
        let robot = drifted.principal(client, "Robot", &[], &["authorization:role:edit", "routing:queue:view"]);
        let row = drifted.grants(client, "Robot", &[], &[("Tools", None)], Effect::Widens);
        drifted.affects(row, &[robot]).by(row, author);
        drifted
    }

    #[test]
    fn grant_of_last_evening_is_reported_with_what_it_gives_when_it_was_made_and_by_whom() {
        let at = Some("2026-11-20T15:04:05Z".parse().unwrap());
        let who = Author::Somebody { who: "A Person".to_owned(), at, action: "AddGrant".to_owned() };
        let found = found_since(&CHECK, &granted(who));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Critical);
        assert_eq!(
            found[0].title,
            "1 OAuth client gained power since the night of 2026-11-20 02:00 UTC: OAuth client `Robot` also has role \
             `Tools` in all divisions"
        );
        assert_eq!(
            found[0].detail,
            "Gained: `authorization:role:edit`, `routing:queue:view`. Dangerous: PE critical (1). Granted at \
             2026-11-20T15:04:00Z. It was changed by `A Person` at 2026-11-20T15:04:05Z (AddGrant)."
        );
        assert!(found[0].facts.contains("grant of Tools in all divisions, made at 2026-11-20T15:04:00Z"));
    }

    #[test]
    fn author_that_no_log_names_is_said_to_be_not_known() {
        let found = found_since(&CHECK, &granted(Author::NotKnown));
        assert!(found[0].detail.ends_with("Who changed it is not known."), "{}", found[0].detail);
    }

    #[test]
    fn lost_rights_and_what_the_platform_changed_are_not_reported_here() {
        assert!(found_since(&CHECK, &granted(Author::Platform { at: None })).is_empty());
        let mut drifted = Drifted::new();
        drifted.permissions("Reporting", &["a:b:c"], &[], Effect::Narrows);
        assert!(found_since(&CHECK, &drifted).is_empty());
    }
}
