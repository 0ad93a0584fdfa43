//! `hygiene.default-role-modified`: a default role is not what the platform packages under its name.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, count, is_spelt_out, names, org_name, settled_by};
use crate::danger;
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Subject;
use crate::severity::Severity;
use rolecall_base::coverage::Listing;
use rolecall_base::default_role::DefaultRole;
use rolecall_base::permission::Permission;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "hygiene.default-role-modified",
    title: "Default role modified or behind the platform's",
    what: "Roles that derive from one of the platform's default roles and permit something else than it does today; reported where `collect.default_roles` asks for the comparison.",
    why: "Everybody takes a default role for what the platform's documentation says of it: what was added gives more than its name says, and what is lacking fails calls that the documentation promises.",
    remedy: "Restore the default role, and put what is needed beside it into a role of your own.",
    severity: Severity::Low,
    reference: "`GET /api/v2/authorization/roles/{leftRoleId}/comparedefault/{rightRoleId}`.",
    notes: "Severity: `low`; `medium` where a permission was added that is dangerous (severity high or critical); `info` where the role only lacks something. Both sides are compared with their wildcards written out over the org's catalogue; what the catalogue does not list nobody can have, and is not called lacking. Whether people took something away or the platform has added it since does not follow from the data: the org's setting for role backfill is a fact of the finding. Without `collect.default_roles`, or where a comparison could not be read, nothing is said about a role.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::Roles, Listing::Permissions, Listing::Settings]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let compared = &org.map.snapshot.org.settings.default_roles;
        found.extend(compared.iter().filter_map(|default| describe(org, default)));
    }
}

/// Permissions by whether a condition limits them.
#[derive(Default)]
struct Permits {
    always: BTreeSet<Permission>,
    limited: BTreeSet<Permission>,
}

fn describe(org: &OrgEvidence<'_>, default: &DefaultRole) -> Option<Found> {
    let at = org.map.snapshot.roles.iter().position(|role| role.id == default.role)?;
    let (role, rights) = (org.map.snapshot.roles.get(at)?, org.map.rights.roles.get(at)?);
    if !is_spelt_out(org, role, rights) {
        return None;
    }
    let name_of = |number: usize| org.map.rights.index.names().get(number).cloned();
    let own = Permits {
        always: rights.always.ones().filter_map(name_of).collect(),
        limited: rights.under_condition.ones().filter_map(name_of).collect(),
    };
    let packaged = written_out(org, default)?;
    // One-word permissions are not part of what the comparison tells.
    let added = |name: &&Permission| {
        !packaged.always.contains(*name) && !packaged.limited.contains(*name) && !name.is_general()
    };
    let added: Vec<&Permission> = own.always.union(&own.limited).filter(added).collect();
    let lacks =
        |name: &&Permission| !own.always.contains(*name) && !own.limited.contains(*name) && can_be_had(org, name);
    let lacks: Vec<&Permission> = packaged.always.union(&packaged.limited).filter(lacks).collect();
    let freed: Vec<&Permission> = own.always.intersection(&packaged.limited).collect();
    let limited: Vec<&Permission> = own.limited.intersection(&packaged.always).collect();
    let differences = [
        ("adds", &added),
        ("lacks", &lacks),
        ("gives without the condition", &freed),
        ("gives under a condition only", &limited),
    ];
    let facts: BTreeSet<String> = differences
        .iter()
        .flat_map(|(how, list)| list.iter().map(move |name| format!("{how} {name}{}", risk(name))))
        .collect();
    if facts.is_empty() {
        return None;
    }
    let is_grave = |name: &&Permission| {
        danger::catalogue().worst(name.as_str()).is_some_and(|entry| entry.severity >= Severity::High)
    };
    let grave: Vec<&str> = added.iter().chain(&freed).copied().filter(is_grave).map(|name| name.as_str()).collect();
    let severity = match (grave.is_empty(), added.is_empty() && freed.is_empty()) {
        (false, _) => Severity::Medium,
        (true, false) => META.severity,
        (true, true) => Severity::Info,
    };
    let parts: Vec<String> = differences
        .iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(how, list)| format!("{how} {}", count(list.len(), "permission", "permissions")))
        .collect();
    let backfill = match org.map.snapshot.org.settings.backfill_enabled {
        Some(true) => "on",
        Some(false) => "off",
        None => "not known",
    };
    let among =
        if grave.is_empty() { String::new() } else { format!(" Dangerous among what it adds: {}.", names(grave, 5)) };
    Some(Found {
        severity,
        org: org_name(org),
        subject: Subject { kind: "role", id: role.id.to_string(), name: role.name.clone() },
        cause: BTreeSet::new(),
        title: format!("default role `{}` {} ({})", role.name, joined(&parts), org_name(org)),
        detail: format!(
            "Compared with the platform's `{}` of this run; role backfill is {backfill}.{among}",
            role.default_role_id.as_deref().unwrap_or_default()
        ),
        fix: format!(
            "restore default role `{}` in {}, and move what is needed beyond it to a custom role",
            role.name,
            org_name(org)
        ),
        facts,
        basis: settled_by(&org.map.snapshot.coverage, &[Listing::Roles, Listing::Permissions, Listing::Settings]),
    })
}

/// What the platform's role permits in this org; `None` where a wildcard reaches into a catalogue that was not read completely.
fn written_out(org: &OrgEvidence<'_>, default: &DefaultRole) -> Option<Permits> {
    let mut permits = Permits::default();
    for policy in &default.packaged {
        let target = if policy.is_conditional() { &mut permits.limited } else { &mut permits.always };
        for pattern in policy.patterns() {
            if !pattern.is_wildcard() {
                target.insert(Permission::from_parts(pattern.domain, pattern.entity, pattern.action));
            } else if org.map.rights.catalogue_whole {
                let listed = org.map.snapshot.permissions.iter().map(|entry| &entry.permission);
                target.extend(listed.filter(|name| pattern.covers(name)).cloned());
            } else {
                return None;
            }
        }
    }
    let Permits { always, limited } = &mut permits;
    limited.retain(|name| !always.contains(name));
    Some(permits)
}

fn can_be_had(org: &OrgEvidence<'_>, permission: &Permission) -> bool {
    let listed = || org.map.snapshot.permissions.iter().any(|entry| entry.permission == *permission);
    !org.map.rights.catalogue_whole || listed()
}

fn risk(permission: &Permission) -> String {
    let risk = danger::catalogue().risk(permission.as_str());
    if risk.is_empty() { risk } else { format!(" [{risk}]") }
}

fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::id::RoleId;
    use rolecall_base::role::PermissionPolicy;

    /// A default role that permits `own` in the org and `packaged` at the platform.
    fn night(own: &[&str], packaged: &[&str]) -> Night {
        let mut night = Night::new();
        night.role("r1", "Supervisor", own).role("r2", "Packaged", packaged);
        let packaged: Vec<PermissionPolicy> = night.snapshot.roles.remove(1).policies;
        night.snapshot.roles[0].default_role_id = Some("supervisor".to_owned());
        night.snapshot.org.settings.default_roles = vec![DefaultRole { role: RoleId::new("r1"), packaged }];
        night
    }

    #[test]
    fn role_that_gives_more_or_less_than_the_platforms_is_reported_by_how_bad_that_is() {
        let reported = |own: &[&str], packaged: &[&str]| {
            let found = found(&CHECK, &night(own, packaged));
            assert_eq!(found.len(), 1);
            (found[0].severity, found[0].title.clone(), found[0].facts.iter().cloned().collect::<Vec<_>>())
        };
        assert_eq!(
            reported(
                &["routing:queue:view", "analytics:queueObservation:view"],
                &["routing:queue:view", "directory:user:view"]
            ),
            (
                Severity::Low,
                "default role `Supervisor` adds 1 permission and lacks 1 permission (dev)".to_owned(),
                vec![
                    "adds analytics:queueObservation:view".to_owned(),
                    "lacks directory:user:view [RC low]".to_owned()
                ]
            )
        );
        assert_eq!(reported(&["oauth:client:edit"], &[]).0, Severity::Medium);
        assert_eq!(reported(&[], &["routing:queue:view"]).0, Severity::Info);
        let mut limited = night(&["routing:queue:view"], &["routing:queue:view"]);
        limited.snapshot.roles[0].policies[0].condition = Some("{}".to_owned());
        assert_eq!(
            found(&CHECK, &limited)[0].title,
            "default role `Supervisor` gives under a condition only 1 permission (dev)"
        );
    }

    #[test]
    fn wildcard_that_was_written_out_and_what_the_org_cannot_have_are_not_reported() {
        assert!(found(&CHECK, &night(&["routing:queue:view"], &["routing:queue:view"])).is_empty());
        let queues: Vec<String> = Night::new()
            .snapshot
            .permissions
            .iter()
            .map(|entry| entry.permission.to_string())
            .filter(|name| name.starts_with("routing:queue:"))
            .collect();
        let queues: Vec<&str> = queues.iter().map(String::as_str).collect();
        assert!(found(&CHECK, &night(&queues, &["routing:queue:*", "new:product:view"])).is_empty());
    }

    #[test]
    fn role_that_was_not_compared_and_a_wildcard_over_an_unread_catalogue_are_not_reported() {
        let mut unasked = night(&["routing:queue:view"], &[]);
        unasked.snapshot.org.settings.default_roles.clear();
        assert!(found(&CHECK, &unasked).is_empty());
        let mut unread = night(&["routing:queue:view"], &["routing:queue:*"]);
        unread.unread(Listing::Permissions);
        assert!(found(&CHECK, &unread).is_empty());
    }
}
