//! `power.wildcard-in-custom-role`: a role that people made gives whatever the platform adds.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, count, names, org_name};
use crate::danger;
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::{Basis, Subject};
use crate::severity::Severity;
use rolecall_base::coverage::Listing;
use rolecall_base::permission::{Permission, PermissionPattern};
use rolecall_base::role::Role;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "power.wildcard-in-custom-role",
    title: "Wildcard in a custom role",
    what: "Roles that people made and that name permissions by `*` instead of one by one.",
    why: "A wildcard gives what the platform adds tomorrow, unseen; the platform is replacing wildcards by lists and may drop conditions as it does.",
    remedy: "Replace the wildcard by the permissions that the role's holders need.",
    severity: Severity::High,
    reference: "docs/checks.md: wildcards weigh at least high, because they cover present and future permissions.",
    notes: "Every wildcard weighs `high`; `critical` where it covers a permission that the catalogue calls critical and somebody holds the role. Roles that come from the platform (with a default role behind them) are not reported: the platform keeps them.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::Roles, Listing::RoleGrants, Listing::Permissions]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let custom = org.map.snapshot.roles.iter().filter(|role| role.kind() == "custom");
        found.extend(custom.filter_map(|role| describe(org, role)));
    }
}

fn describe(org: &OrgEvidence<'_>, role: &Role) -> Option<Found> {
    let patterns: BTreeSet<PermissionPattern<'_>> =
        role.policies.iter().flat_map(|policy| policy.patterns()).filter(PermissionPattern::is_wildcard).collect();
    if patterns.is_empty() {
        return None;
    }
    let mut facts = BTreeSet::new();
    let mut worst: Option<Severity> = None;
    for pattern in &patterns {
        let covered: Vec<&Permission> = org
            .map
            .snapshot
            .permissions
            .iter()
            .map(|entry| &entry.permission)
            .filter(|permission| pattern.covers(permission))
            .collect();
        let dangerous = covered.iter().filter_map(|name| {
            danger::catalogue().worst(name.as_str()).map(|entry| (entry.severity, entry.class.as_str(), name.as_str()))
        });
        let mut dangerous: Vec<_> = dangerous.collect();
        dangerous.sort_by(|a, b| (b.0, a.1, a.2).cmp(&(a.0, b.1, b.2)));
        worst = worst.max(dangerous.first().map(|one| one.0));
        let mut fact = format!("{pattern}: {} tonight", count(covered.len(), "permission", "permissions"));
        if !org.map.rights.catalogue_whole {
            fact.push_str(" in what was read of the catalogue");
        }
        if !dangerous.is_empty() {
            let shown = dangerous.iter().map(|(severity, class, name)| format!("{name} ({class} {severity})"));
            let shown: Vec<String> = shown.collect();
            fact.push_str(&format!(
                ", {} of them dangerous: {}",
                dangerous.len(),
                names(shown.iter().map(String::as_str), 5)
            ));
        }
        facts.insert(fact);
    }
    let holders: BTreeSet<&str> = org
        .map
        .snapshot
        .grants
        .iter()
        .filter(|grant| grant.role == role.id)
        .map(|grant| grant.subject.as_str())
        .collect();
    let grants_read = org.map.snapshot.coverage.is_whole(Listing::RoleGrants);
    // At least high, by the rule for wildcards; critical where it covers what is critical and somebody may hold it.
    let covers_critical = worst == Some(Severity::Critical);
    let severity =
        if covers_critical && (!holders.is_empty() || !grants_read) { Severity::Critical } else { Severity::High };
    facts.insert(format!(
        "severity: high for every wildcard{}",
        if severity == Severity::Critical { ", critical because it covers what is critical" } else { "" }
    ));
    let listed: Vec<String> = patterns.iter().map(ToString::to_string).collect();
    let held = match (holders.len(), grants_read) {
        (0, true) => "Nobody holds the role.".to_owned(),
        (0, false) => "Who holds the role was not read completely.".to_owned(),
        (number, true) => format!("{} it.", count(number, "subject holds", "subjects hold")),
        (number, false) => format!("{} it, of those that were read.", count(number, "subject holds", "subjects hold")),
    };
    Some(Found {
        severity,
        org: org_name(org),
        subject: Subject { kind: "role", id: role.id.to_string(), name: role.name.clone() },
        cause: BTreeSet::from(["wildcard".to_owned()]),
        title: format!(
            "Custom role `{}` holds {}: {}",
            role.name,
            count(patterns.len(), "wildcard", "wildcards"),
            names(listed.iter().map(String::as_str), 3)
        ),
        detail: format!("{held} Each line below gives what a wildcard covers in the org's catalogue."),
        fix: format!("name in role `{}` the permissions that its holders need, instead of the wildcards", role.name),
        facts,
        basis: Basis::SETTLED,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn wildcard_of_a_custom_role_is_reported_with_what_it_covers() {
        let mut night = Night::new();
        night.role("r1", "Tools", &["authorization:role:*", "routing:queue:view"]).client(
            "c1",
            "Robot",
            &[("r1", "*")],
        );
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Critical);
        assert_eq!(found[0].title, "Custom role `Tools` holds 1 wildcard: `authorization:role:*`");
        let fact = found[0].facts.iter().next().unwrap();
        assert!(fact.contains("`authorization:role:edit (PE critical)`"), "{fact}");
        assert!(found[0].detail.starts_with("1 subject holds it."));
    }

    #[test]
    fn role_without_wildcards_and_role_of_the_platform_are_not_reported() {
        let mut night = Night::new();
        night.role("r1", "Tools", &["authorization:role:edit"]).role("r2", "admin", &["*:*:*"]);
        night.snapshot.roles[1].default_role_id = Some("admin".to_owned());
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn wildcard_that_nobody_holds_or_that_covers_nothing_critical_is_high() {
        let mut night = Night::new();
        night.role("r1", "Tools", &["authorization:role:*"]).role("r2", "Queues", &["routing:queue:*"]);
        night.client("c1", "Robot", &[("r2", "*")]);
        let found = found(&CHECK, &night);
        assert_eq!(found.iter().map(|one| one.severity).collect::<Vec<_>>(), [Severity::High, Severity::High]);
    }
}
