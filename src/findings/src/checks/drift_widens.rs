//! `drift.widens`: principals can do more in the second org of a pair than in the first.

use crate::check::{Check, CheckMeta, Found, Reads, VERDICTS};
use crate::drift_causes::Sides;
use crate::drift_gains::report_all_gains;
use crate::evidence::Evidence;
use crate::severity::Severity;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "drift.widens",
    title: "More rights than in the org before",
    what: "Differences of a configured pair of orgs by which principals can do more in the second than in the first, one finding for each cause.",
    why: "What is tested in the first org is not what runs in the second: rights there that nobody tested, or that nobody meant.",
    remedy: "Remove what is not meant; bring what is meant to the first org too.",
    severity: Severity::Medium,
    reference: "drift.csv has one row a difference; its `effect` is `widens`.",
    notes: "Severity: `medium`, or that of the gravest permission that somebody gains by the difference, where the catalogue of dangerous permissions calls it high or critical. What a role's own row gives is not counted again of the grants of those who hold it. Permissions that only the second org's catalogue has, and that fall under what somebody holds, are one finding together. A principal that only the second org has is weighed by what it can do there. A role that nobody holds on both sides is in drift.csv only.",
    reads: Reads::Lists(VERDICTS),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for pair in &evidence.pairs {
        let Some(drift) = &pair.drift else { continue };
        let sides = Sides::orgs(evidence, pair);
        found.extend(report_all_gains(drift, drift.changes.iter(), sides));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::drifted::{Drifted, found_between};
    use rolecall_access::drift::change::{DriftKind, Effect};

    #[test]
    fn dangerous_gain_is_as_bad_as_the_permission_and_names_who_gains_it() {
        let mut drifted = Drifted::new();
        let robot = drifted.principal(DriftKind::OauthClient, "Robot", &[], &["authorization:role:edit"]);
        let row = drifted.permissions("Tools", &[], &["authorization:role:edit"], Effect::Widens);
        drifted.affects(row, &[robot]);
        let found = found_between(&CHECK, &drifted);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Critical);
        assert_eq!(
            found[0].title,
            "1 OAuth client can do more in staging than in dev: role `Tools` also has `authorization:role:edit`"
        );
        assert_eq!(
            found[0].detail,
            "Gained: `authorization:role:edit`. Dangerous: PE critical (1). Who changed it is not known."
        );
        assert!(found[0].facts.contains("OAuth client `Robot` gained `authorization:role:edit`"));
    }

    #[test]
    fn permissions_that_only_one_catalogue_has_are_one_cause() {
        let mut drifted = Drifted::new();
        let gains = ["gamification:contest:view", "gamification:contest:edit"];
        let robot = drifted.principal(DriftKind::OauthClient, "Robot", &[], &gains);
        for name in gains {
            let row = drifted.row(DriftKind::Permission, name, "presence", "absent", "present", Effect::Widens);
            drifted.affects(row, &[robot]);
        }
        let found = found_between(&CHECK, &drifted);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].title,
            "1 OAuth client can do more in staging than in dev: 2 permissions that the catalogue has only there fall \
             under what they hold"
        );
        assert_eq!(found[0].facts.len(), 2);
    }

    #[test]
    fn client_that_only_the_second_org_has_is_reported_and_a_role_that_nobody_holds_is_not() {
        let mut drifted = Drifted::new();
        drifted.row(DriftKind::OauthClient, "Robot", "presence", "absent", "present", Effect::Widens);
        drifted.permissions("Spare", &[], &["routing:queue:view"], Effect::Widens);
        drifted.permissions("Reporting", &["routing:queue:view"], &[], Effect::Narrows);
        let titles: Vec<String> = found_between(&CHECK, &drifted).into_iter().map(|one| one.title).collect();
        assert_eq!(titles, ["staging has more than dev: OAuth client `Robot` is there, and not on the other side"]);
    }
}
