//! `excess.unused-permissions`: a principal holds permissions that no known need uses.

use std::collections::BTreeSet;

use crate::check::{
    Check, CheckMeta, EXCESS, Found, Reads, count, label, named_roles, names, org_name, settled_by, subject,
};
use crate::danger;
use crate::evidence::{Evidence, OrgEvidence};
use crate::severity::Severity;
use crate::unused::{self, SEASONS, Unused, Window};
use rolecall_access::cross::excess::Excess;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "excess.unused-permissions",
    title: "Permissions that nothing uses",
    what: "Permissions of OAuth clients and service users that no declared and no observed call needs; reported only where the needs are known; a client or a whole role of which nothing is used is left to a check of its own.",
    why: "What is not used can be removed without loss, and is stolen with the secret while it stays.",
    remedy: "Remove the role, or grant one that holds only what is used; mind seasons and yearly jobs beyond the window.",
    severity: Severity::Low,
    reference: "excess.csv has one row a permission, with the roles that grant it and how it is known to be unused.",
    notes: "One finding for each principal, the auditor's own client excepted: it uses its permissions in this very run. Severity: `low`; `medium` when a permission that the catalogue of dangerous permissions calls high is among them; `high` when a critical one is. Each thing that is unused is reported once, as the largest that it is: a client that makes no call by `excess.unused-client`, a role of which nothing is used by `excess.unused-role`, what is left here. A grant made within the usage window had no chance to be used on all of its days: what comes by it alone is not called unused.",
    reads: Reads::Lists(EXCESS),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let unused = Unused::of(org);
        for (at, permissions) in &unused.permissions {
            let roles = unused.roles.get(at).map_or(0, Vec::len);
            let doubts = unused::doubts(org, *at);
            found.extend(
                describe(org, *at, permissions, roles).map(|one| Found { detail: one.detail + &doubts, ..one }),
            );
        }
    }
}

/// `roles`: how many whole roles of it are unused, which a check of their own tells.
fn describe(org: &OrgEvidence<'_>, principal: usize, unused: &[&Excess], roles_beside: usize) -> Option<Found> {
    let principal = org.map.principals().get(principal)?;
    let held = org.map.holdings_of(principal).map_or(0, |held| held.at_all.ones().count());
    let (severity, grave) = unused::weigh(unused.iter().map(|one| &one.permission));
    let roles: BTreeSet<&str> = unused.iter().flat_map(|one| &one.via_roles).map(String::as_str).collect();
    let number = count(unused.len(), "permission", "permissions");
    let coverage = &org.map.snapshot.coverage;
    // A use that was not read makes what is used look unused; an age, a role or a permission that was not, makes one thing
    // look unused where it is another.
    let basis = settled_by(coverage, EXCESS);
    let title = match grave.len() {
        0 => format!("{} does not use {number} of the {held} it holds", label(principal)),
        n => format!("{} does not use {number} of the {held} it holds, {n} of them dangerous", label(principal)),
    };
    let among = if grave.is_empty() { String::new() } else { format!(" Dangerous among them: {}.", names(grave, 5)) };
    let looked_at = match Window::of(org) {
        Some(window) => format!(" Looked at: {window}; {SEASONS}."),
        None => " Only the declared needs were looked at: observed use is not known.".to_owned(),
    };
    let beside = match roles_beside {
        0 => String::new(),
        n => format!(" Beside these, {} whole: `excess.unused-role`.", count(n, "role is unused", "roles are unused")),
    };
    Some(Found {
        severity,
        org: org_name(org),
        subject: subject(principal),
        // What is unused changes from night to night; that something is, does not.
        cause: BTreeSet::new(),
        title,
        detail: format!(
            "No known need uses {}; via {}.{among}{looked_at}{beside}",
            if unused.len() == 1 { "it" } else { "them" },
            names(roles.iter().copied(), 5)
        ),
        fix: format!(
            "replace {} of {} in {} by a role that holds only what is used",
            named_roles(&roles),
            label(principal),
            org_name(org)
        ),
        facts: unused.iter().map(|one| fact(one)).collect(),
        basis,
    })
}

fn fact(one: &Excess) -> String {
    let risk = danger::catalogue().risk(one.permission.as_str());
    let risk = if risk.is_empty() { String::new() } else { format!(" [{risk}]") };
    format!(
        "{}{risk} via {} in {}: {}",
        one.permission,
        names(one.via_roles.iter().map(String::as_str), 5),
        names(one.divisions.iter().map(String::as_str), 5),
        one.evidence
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn unused_permissions_are_one_finding_a_principal_and_weigh_more_when_dangerous() {
        let mut night = Night::new();
        night.role("r1", "Queues", &["routing:queue:view", "directory:user:view"]);
        night.role("r2", "Admin", &["oauth:client:edit", "routing:queue:view"]);
        night.client("c1", "Dialler", &[("r1", "*")]).client("c2", "Robot", &[("r2", "*")]);
        night.usage("c1", "GET /api/v2/routing/queues", 5, 5, 0).usage("c2", "GET /api/v2/routing/queues", 5, 5, 0);
        let found = found(&CHECK, &night);
        let seen: Vec<_> = found.iter().map(|one| (one.severity, one.title.as_str())).collect();
        assert_eq!(
            seen,
            [
                (Severity::Low, "OAuth client `Dialler` does not use 1 permission of the 2 it holds"),
                (
                    Severity::High,
                    "OAuth client `Robot` does not use 1 permission of the 2 it holds, 1 of them dangerous"
                ),
            ]
        );
        assert!(
            found[1].facts.iter().next().unwrap().starts_with("oauth:client:edit [PE critical] via `Admin` in `*`")
        );
    }

    #[test]
    fn window_and_seasons_are_said_and_whole_roles_are_left_to_their_own_check() {
        let mut night = Night::new();
        night.role("r1", "Queues", &["routing:queue:view", "directory:user:view"]).role("r2", "Users", &["users:a:b"]);
        night.client("c1", "Dialler", &[("r1", "*"), ("r2", "*")]).usage("c1", "GET /api/v2/routing/queues", 5, 5, 0);
        let found = found(&CHECK, &night);
        assert_eq!(found[0].title, "OAuth client `Dialler` does not use 1 permission of the 3 it holds");
        let detail = &found[0].detail;
        assert!(
            detail.contains("the 30 days from 2026-10-22 to 2026-11-20; what runs only at some seasons"),
            "{detail}"
        );
        assert!(detail.ends_with("Beside these, 1 role is unused whole: `excess.unused-role`."), "{detail}");
    }

    #[test]
    fn nothing_is_called_unused_where_needs_are_not_known() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[("r1", "*")]).role("r1", "Queues", &["routing:queue:view"]);
        assert!(found(&CHECK, &night).is_empty());
    }
}
