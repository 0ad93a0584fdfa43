//! `power.dangerous-permission`: a machine holds permissions by which it can take more.

use std::collections::{BTreeMap, BTreeSet};

use crate::cross::Principal;
use crate::cross::needed::Known;
use crate::findings::check::{
    Basis, Check, CheckMeta, Found, Reads, VERDICTS, names, nothing_is_missing, org_name, subject,
};
use crate::findings::danger::{self, Class, Entry};
use crate::findings::evidence::{Evidence, OrgEvidence};
use crate::findings::gap_causes::name_of;
use crate::findings::severity::Severity;
use crate::findings::weighing::{self, CLIENT_EDIT, Weighed};
use crate::model::permission::Permission;

/// The check.
pub struct DangerousPermission;

static META: CheckMeta = CheckMeta {
    id: "power.dangerous-permission",
    title: "Machine with power over rights or credentials",
    what: "Critical permissions of the gravest classes (privilege escalation, credential takeover) held by client-credentials clients and service users.",
    why: "Whoever gets the secret of such a client can grant itself the rest: edit roles, make clients, replace passwords.",
    remedy: "Take the permission away where nothing uses it; else give it to a client of its own with a short token life.",
    severity: Severity::Critical,
    reference: "docs/checks.md tells how the severity is weighed; every finding lists the steps that applied.",
};

impl Check for DangerousPermission {
    fn meta(&self) -> &'static CheckMeta {
        &META
    }

    fn notes(&self) -> &'static str {
        include_str!("power_dangerous_permission.md")
    }

    fn reads(&self) -> Reads {
        Reads::Lists(VERDICTS)
    }

    fn run(&self, evidence: &Evidence<'_>, found: &mut Vec<Found>) {
        let grave: Vec<&Class> =
            danger::catalogue().classes.iter().filter(|class| class.severity == Severity::Critical).collect();
        for org in &evidence.orgs {
            let unattended = org.map.principals().iter().enumerate().filter(|(_, one)| weighing::is_unattended(one));
            for (at, principal) in unattended {
                found.extend(grave.iter().filter_map(|class| told(org, at, principal, class)));
            }
        }
    }
}

fn told(org: &OrgEvidence<'_>, at: usize, principal: &Principal, class: &Class) -> Option<Found> {
    let held = org.map.holdings_of(principal)?;
    let complete = weighing::combinations(org, principal);
    let mut weighed: BTreeMap<Permission, (Weighed, &Entry)> = BTreeMap::new();
    for entry in danger::catalogue().entries.iter().filter(|entry| entry.class == class.id) {
        for name in &entry.permissions {
            let permission = Permission::new(name);
            let number = org.map.rights.index.number(&permission);
            let combined = || complete.iter().any(|one| one.all_of.contains(name));
            if number.is_some_and(|number| held.at_all.contains(number))
                && (entry.severity == Severity::Critical || combined())
            {
                let result = weighing::weigh(org, principal, &permission, entry, &complete);
                weighed.insert(permission, (result, entry));
            }
        }
    }
    // A combination may seem complete because the roles of another client were not all read.
    let grave = weighed.values().any(|(_, entry)| entry.severity == Severity::Critical);
    let everything = VERDICTS.iter().all(|list| nothing_is_missing(&org.map.snapshot.coverage, *list));
    let severity = weighed.values().map(|(result, _)| result.severity).max()?;
    let auditor = org.map.snapshot.org.auditor.as_str() == principal.id;
    let who = name_of(principal);
    let who = if auditor { format!("the auditor's own client {who}") } else { who.to_owned() };
    let listed = names(weighed.keys().map(Permission::as_str), 3);
    let roles: BTreeSet<String> =
        weighed.keys().flat_map(|permission| weighing::via_roles(org, principal, permission)).collect();
    let mut facts: BTreeSet<String> = weighed
        .iter()
        .map(|(permission, (result, entry))| fact(org, at, principal, permission, result, entry))
        .collect();
    if weighed.keys().any(|permission| permission.as_str() == CLIENT_EDIT) {
        let within = weighing::clients_within_reach(org, principal);
        facts.insert(if within.is_empty() {
            "clients it could take over (all of whose roles it holds): none".to_owned()
        } else {
            format!(
                "clients it could take over (all of whose roles it holds): {}",
                names(within.iter().map(String::as_str), 20)
            )
        });
    }
    // Which permissions of the class are held changes its severity, not what is wrong.
    let cause = BTreeSet::from([format!("class {}", class.id)]);
    Some(Found {
        severity,
        org: org_name(org),
        subject: subject(principal),
        cause,
        title: format!("{who} holds {listed}: {}", class.title.to_lowercase()),
        detail: format!(
            "Class {}: {}. Each line below gives the steps from the catalogue's severity to this one. Whether the platform caps \
             grants and edits of roles at the caller's own rights is not published.",
            class.id, class.meaning
        ),
        fix: if auditor {
            "give the auditor a client that can only read".to_owned()
        } else {
            format!(
                "take the permission out of {}, or the role away from it",
                names(roles.iter().map(String::as_str), 3)
            )
        },
        facts,
        basis: Basis::settled_if(grave || everything),
    })
}

fn fact(
    org: &OrgEvidence<'_>,
    at: usize,
    principal: &Principal,
    permission: &Permission,
    result: &Weighed,
    entry: &Entry,
) -> String {
    let roles = weighing::via_roles(org, principal, permission);
    let open = entry.not_verified.as_ref().map(|open| format!(" Not verified: {open}.")).unwrap_or_default();
    format!(
        "{permission}: {} ({}); via {}; {}. {}{open}",
        result.severity,
        result.steps.join(", "),
        names(roles.iter().map(String::as_str), 5),
        used(org, at, permission),
        entry.reason
    )
}

/// What is known of the use of a permission by a principal.
fn used(org: &OrgEvidence<'_>, at: usize, permission: &Permission) -> String {
    let number = org.map.rights.index.number(permission);
    let calls: BTreeSet<String> = org
        .needed
        .calls
        .iter()
        .filter(|call| call.principal == at)
        .filter(|call| match call.known {
            Known::Declared(_) => true,
            Known::Observed(row) => row.status_2xx > 0,
        })
        .filter(|call| {
            let demanded = call.operation.map_or(&[][..], |operation| org.map.demanded(operation));
            number.is_some_and(|number| demanded.contains(&number))
        })
        .map(|call| call.endpoint.to_string())
        .collect();
    if !calls.is_empty() {
        return format!("used by {}", names(calls.iter().map(String::as_str), 5));
    }
    let unused = org.excess.iter().any(|excess| excess.principal == at && excess.permission == *permission);
    if unused { "not used: free to remove".to_owned() } else { "its use is not known".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::testing::{Night, found};

    #[test]
    fn machine_that_can_edit_roles_is_told_with_every_step() {
        let mut night = Night::new();
        night.client("c1", "Robot", &[("r1", "*")]).role("r1", "Tools", &["authorization:role:edit"]);
        let found = found(&DangerousPermission, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Critical);
        assert_eq!(found[0].title, "Robot holds `authorization:role:edit`: privilege escalation");
        let fact = found[0].facts.iter().next().unwrap();
        assert!(fact.contains("critical in the catalogue, in all divisions +1, client credentials"), "{fact}");
        assert!(fact.contains("via `Tools`; its use is not known"), "{fact}");
    }

    #[test]
    fn one_division_and_a_client_out_of_use_weigh_less() {
        let mut night = Night::new();
        night.division("d1", "Home").role("r1", "Access", &["mfa:verifier:delete"]);
        night.client("c1", "Robot", &[("r1", "d1")]);
        night.snapshot.oauth_clients[0].state = crate::model::oauth_client::ClientState::Inactive;
        let found = found(&DangerousPermission, &night);
        // critical, one division -1, client credentials +1, inactive -2
        assert_eq!(found[0].severity, Severity::Medium, "{:?}", found[0].facts);
    }

    #[test]
    fn editing_clients_reaches_only_those_whose_roles_are_held() {
        let mut night = Night::new();
        night.role("r1", "Clients", &["oauth:client:edit"]).role("r2", "Queues", &["routing:queue:view"]);
        night.client("c1", "Robot", &[("r1", "*"), ("r2", "*")]).client("c2", "Dialler", &[("r2", "*")]);
        let found = found(&DangerousPermission, &night);
        let facts: Vec<&String> = found.iter().flat_map(|one| &one.facts).collect();
        assert!(facts.iter().any(|fact| fact.ends_with("holds): `Dialler`")), "{facts:?}");
        assert_eq!(found.len(), 2, "it is both an escalation and a takeover");
    }

    #[test]
    fn people_and_harmless_machines_are_not_told() {
        let mut night = Night::new();
        night.role("r1", "Admin", &["authorization:role:edit"]).role("r2", "Queues", &["routing:queue:view"]);
        night.user("u1", "A Person", false, &[("r1", "*")]).client("c1", "Dialler", &[("r2", "*")]);
        assert!(found(&DangerousPermission, &night).is_empty());
        night.user("u2", "svc-admin", true, &[("r1", "*")]);
        assert_eq!(found(&DangerousPermission, &night).len(), 1);
    }
}
