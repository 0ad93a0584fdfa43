//! `power.dangerous-permission`: who holds permissions that are dangerous, in what way, and how much so in that hand.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{
    Check, CheckMeta, Found, Reads, VERDICTS, auditor_fix, count, label_or_auditor, name_of, named_roles, names,
    nothing_is_missing, org_name, plural, subject,
};
use crate::danger::{self, Class, Entry};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::{Basis, Subject};
use crate::severity::Severity;
use crate::weighing::{self, CLIENT_EDIT, Weighed};
use rolecall_access::cross::Principal;
use rolecall_access::cross::principal::Standing;
use rolecall_base::permission::Permission;

pub(super) static CHECK: Check = Check { meta: &META, run };

/// The class of permissions by which more can be taken.
const ESCALATION: &str = "PE";

/// What must be said of it.
const CAP: &str = " Whether the platform caps grants and edits of roles at the caller's own rights is not published.";

/// People that are named beside each permission.
const PEOPLE_NAMED: usize = 10;

static META: CheckMeta = CheckMeta {
    id: "power.dangerous-permission",
    title: "Dangerous permissions held",
    what: "Permissions that the catalogue of dangerous permissions calls critical, or that are part of a combination held completely: one finding for each client or service user and class of danger (privilege escalation, credential takeover, exfiltration, ...), one for each class for all other users together.",
    why: "Whoever gets the secret of such a client, or such an account, can do what the class says: take more rights, replace passwords, export what customers said, destroy evidence.",
    remedy: "Remove the permission where nothing uses it; else move it to a client of its own with a short token life.",
    severity: Severity::Critical,
    reference: "docs/checks.md tells how the severity is weighed; every finding lists the steps that applied.",
    notes: include_str!("power_dangerous_permission.md"),
    reads: Reads::Lists(VERDICTS),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    let classes = &danger::catalogue().classes;
    for org in &evidence.orgs {
        // People share what they hold: each distinct set is weighed once.
        let mut known: BTreeMap<(usize, bool), Held> = BTreeMap::new();
        let mut people: Vec<(&Principal, (usize, bool))> = Vec::new();
        for (at, principal) in org.map.principals().iter().enumerate() {
            if weighing::is_unattended(principal) {
                let held = held(org, principal);
                found.extend(classes.iter().filter_map(|class| describe(org, at, principal, class, &held)));
            } else if !principal.acts_for_users() {
                let alike = (principal.holdings, principal.standing == Standing::Inactive);
                known.entry(alike).or_insert_with(|| held(org, principal));
                people.push((principal, alike));
            }
        }
        found.extend(classes.iter().filter_map(|class| of_people(org, class, &people, &known)));
    }
}

/// What a principal holds that is dangerous enough to be reported, weighed; by class and permission.
type Held = BTreeMap<&'static str, BTreeMap<Permission, (Weighed, &'static Entry)>>;

fn held(org: &OrgEvidence<'_>, principal: &Principal) -> Held {
    let mut found = Held::new();
    let Some(held) = org.map.holdings_of(principal) else { return found };
    let complete = weighing::combinations(org, principal);
    for entry in &danger::catalogue().entries {
        for name in &entry.permissions {
            let permission = Permission::new(name);
            let number = org.map.rights.index.number(&permission);
            let combined = || complete.iter().any(|one| one.all_of.contains(name));
            if number.is_some_and(|number| held.at_all.contains(number))
                && (entry.severity == Severity::Critical || combined())
            {
                let result = weighing::weigh(org, principal, &permission, entry, &complete);
                let class = found.entry(entry.class.as_str()).or_default();
                // Of two entries of a class the graver one is reported.
                if class.get(&permission).is_none_or(|(known, _)| result.severity > known.severity) {
                    class.insert(permission, (result, entry));
                }
            }
        }
    }
    found
}

/// Whether it holds whatever stands in what was not read: a combination may seem complete because the roles of another
/// client were not all read.
fn basis(org: &OrgEvidence<'_>, grave: bool) -> Basis {
    let everything = VERDICTS.iter().all(|list| nothing_is_missing(&org.map.snapshot.coverage, *list));
    Basis::settled_if(grave || everything)
}

/// People are reported together: who they are is a matter of roles, not of single accounts.
fn of_people(
    org: &OrgEvidence<'_>,
    class: &Class,
    people: &[(&Principal, (usize, bool))],
    known: &BTreeMap<(usize, bool), Held>,
) -> Option<Found> {
    let mut by_permission: BTreeMap<&Permission, (&Weighed, &Entry, Vec<&str>)> = BTreeMap::new();
    let mut holders = 0;
    for (principal, alike) in people {
        let Some(weighed) = known.get(alike).and_then(|held| held.get(class.id.as_str())) else { continue };
        holders += 1;
        for (permission, (result, entry)) in weighed {
            let row = by_permission.entry(permission).or_insert((result, entry, Vec::new()));
            if result.severity > row.0.severity {
                row.0 = result;
            }
            row.2.push(name_of(principal));
        }
    }
    let severity = by_permission.values().map(|(worst, _, _)| worst.severity).max()?;
    let grave = by_permission.values().any(|(_, entry, _)| entry.severity == Severity::Critical);
    let facts = by_permission.iter().map(|(permission, (worst, entry, users))| {
        format!(
            "{permission}: {} at worst ({}); by {}: {}. {}",
            worst.severity,
            worst.steps.join(", "),
            count(users.len(), "user", "users"),
            names(users.iter().copied(), PEOPLE_NAMED),
            entry.reason
        )
    });
    let facts: BTreeSet<String> = facts.collect();
    let mut gravest: Vec<(&&Permission, Severity)> =
        by_permission.iter().map(|(permission, (worst, _, _))| (permission, worst.severity)).collect();
    gravest.sort_by(|a, b| (b.1, a.0).cmp(&(a.1, b.0)));
    let name = org_name(org);
    Some(Found {
        severity,
        org: name.clone(),
        subject: Subject { kind: "org", id: String::new(), name },
        cause: BTreeSet::from([format!("people, class {}", class.id)]),
        title: format!(
            "{} {}: {}",
            count(holders, "user holds", "users hold"),
            names(gravest.iter().map(|(permission, _)| permission.as_str()), 3),
            class.title.to_lowercase()
        ),
        detail: format!(
            "Class {}: {}. Each line below gives a permission, the steps from the catalogue's severity to the worst of its \
             holders, and who holds it.",
            class.id, class.meaning
        ),
        fix: format!(
            "remove the permissions listed below from the roles of users in {} who must not have this power",
            org_name(org)
        ),
        facts,
        basis: basis(org, grave),
    })
}

fn describe(org: &OrgEvidence<'_>, at: usize, principal: &Principal, class: &Class, held: &Held) -> Option<Found> {
    let weighed = held.get(class.id.as_str())?;
    let grave = weighed.values().any(|(_, entry)| entry.severity == Severity::Critical);
    let severity = weighed.values().map(|(result, _)| result.severity).max()?;
    let auditor = org.map.is_auditor(&principal.id);
    let who = label_or_auditor(org, principal);
    let mut gravest: Vec<(&Permission, Severity)> =
        weighed.iter().map(|(permission, (result, _))| (permission, result.severity)).collect();
    gravest.sort_by(|a, b| (b.1, a.0).cmp(&(a.1, b.0)));
    let listed = names(gravest.iter().map(|(permission, _)| permission.as_str()), 3);
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
            "Class {}: {}. Each line below gives the steps from the catalogue's severity to this one.{}",
            class.id,
            class.meaning,
            if class.id == ESCALATION { CAP } else { "" }
        ),
        fix: if auditor {
            auditor_fix(principal, org)
        } else {
            format!(
                "remove {listed} from {}, or remove the {} from {who} in {}",
                named_roles(&roles),
                plural(roles.len(), "role", "roles"),
                org_name(org)
            )
        },
        facts,
        basis: basis(org, grave),
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
        weighing::used(org, at, permission),
        entry.reason
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn machine_that_can_edit_roles_is_reported_with_every_step() {
        let mut night = Night::new();
        night.client("c1", "Robot", &[("r1", "*")]).role("r1", "Tools", &["authorization:role:edit"]);
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Critical);
        assert_eq!(found[0].title, "OAuth client `Robot` holds `authorization:role:edit`: privilege escalation");
        let fact = found[0].facts.iter().next().unwrap();
        assert!(fact.contains("critical in the catalogue, in all divisions +1, client credentials"), "{fact}");
        assert!(fact.contains("via `Tools`; its use is not known"), "{fact}");
    }

    #[test]
    fn one_division_and_a_client_out_of_use_weigh_less() {
        let mut night = Night::new();
        night.division("d1", "Home").role("r1", "Access", &["mfa:verifier:delete"]);
        night.client("c1", "Robot", &[("r1", "d1")]);
        night.snapshot.oauth_clients[0].state = rolecall_base::oauth_client::ClientState::Inactive;
        let found = found(&CHECK, &night);
        // critical, one division -1, client credentials +1, inactive -2
        assert_eq!(found[0].severity, Severity::Medium, "{:?}", found[0].facts);
    }

    #[test]
    fn editing_clients_reaches_only_those_whose_roles_are_held() {
        let mut night = Night::new();
        night.role("r1", "Clients", &["oauth:client:edit"]).role("r2", "Queues", &["routing:queue:view"]);
        night.client("c1", "Robot", &[("r1", "*"), ("r2", "*")]).client("c2", "Dialler", &[("r2", "*")]);
        let found = found(&CHECK, &night);
        let facts: Vec<&String> = found.iter().flat_map(|one| &one.facts).collect();
        assert!(facts.iter().any(|fact| fact.ends_with("holds): `Dialler`")), "{facts:?}");
        assert_eq!(found.len(), 2, "it is both an escalation and a takeover");
    }

    #[test]
    fn harmless_machines_are_not_reported_and_people_are_reported_together() {
        let mut night = Night::new();
        night.role("r1", "Admin", &["authorization:role:edit"]).role("r2", "Queues", &["routing:queue:view"]);
        night.client("c1", "Dialler", &[("r2", "*")]);
        assert!(found(&CHECK, &night).is_empty());
        night.user("u1", "A Person", false, &[("r1", "*")]).user("u3", "Another", false, &[("r1", "*")]);
        night.user("u2", "svc-admin", true, &[("r1", "*")]);
        let found = found(&CHECK, &night);
        let titles: Vec<&str> = found.iter().map(|one| one.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "2 users hold `authorization:role:edit`: privilege escalation",
                "service user `svc-admin` holds `authorization:role:edit`: privilege escalation",
            ]
        );
        let fact = found[0].facts.iter().next().unwrap();
        assert!(fact.contains("in all divisions +1") && fact.contains("by 2 users: `A Person`, `Another`"), "{fact}");
    }

    #[test]
    fn every_class_is_reported_and_what_is_not_critical_in_the_catalogue_is_not() {
        let mut night = Night::new();
        night.role("r1", "Mixed", &["infrastructureascode:job:add", "routing:queue:edit", "authorization:role:view"]);
        night.client("c1", "Robot", &[("r1", "*")]);
        let found = found(&CHECK, &night);
        let classes: Vec<&String> = found.iter().flat_map(|one| &one.cause).collect();
        assert_eq!(classes, ["class CD"]);
    }

    #[test]
    fn wildcard_raises_what_one_division_lowers_to_high_at_least() {
        let mut night = Night::new();
        night.division("d1", "Home").role("r1", "Wide", &["authorization:policy:*"]);
        night.client("c1", "Robot", &[("r1", "d1")]);
        night.snapshot.oauth_clients[0].state = rolecall_base::oauth_client::ClientState::Inactive;
        let found = found(&CHECK, &night);
        assert!(found.iter().all(|one| one.severity >= Severity::High), "{found:?}");
    }
}
