//! `power.toxic-combination`: permissions that are dangerous together are all in one hand.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{
    Check, CheckMeta, Found, Reads, VERDICTS, auditor_fix, count, label_or_auditor, name_of, named_roles, names,
    org_name, settled_by, subject,
};
use crate::danger::Combination;
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::{Basis, Subject};
use crate::severity::Severity;
use crate::weighing;
use rolecall_access::cross::Principal;
use rolecall_base::permission::Permission;

pub(super) static CHECK: Check = Check { meta: &META, run };

/// People that are named.
const PEOPLE_NAMED: usize = 100;

static META: CheckMeta = CheckMeta {
    id: "power.toxic-combination",
    title: "Toxic combination held completely",
    what: "Principals that hold two or more permissions which are dangerous together, all of them, through any mix of roles and groups, and of clients they can take over.",
    why: "Each permission alone may be needed; together they are a way to new rights, to data, or past those who watch.",
    remedy: "Give one permission of each combination to somebody else: first the one that nothing uses.",
    severity: Severity::Critical,
    reference: "docs/checks.md lists where the combinations come from; those of a single permission are reported by power.dangerous-permission.",
    notes: include_str!("power_toxic_combination.md"),
    reads: Reads::Lists(VERDICTS),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        // Many principals share what they hold: people are looked at once for each distinct set.
        let mut known: BTreeMap<usize, Vec<&'static Combination>> = BTreeMap::new();
        let mut people: Vec<(&Principal, Vec<&'static Combination>)> = Vec::new();
        for (at, principal) in org.map.principals().iter().enumerate() {
            if principal.acts_for_users() {
                continue;
            }
            let complete = known.entry(principal.holdings).or_insert_with(|| of_several(org, principal)).clone();
            if complete.is_empty() {
                continue;
            }
            if weighing::is_unattended(principal) {
                found.push(describe(org, at, principal, &complete));
            } else {
                people.push((principal, complete));
            }
        }
        found.extend(of_people(org, &people));
    }
}

/// The combinations of two or more permissions that a principal holds whole.
fn of_several(org: &OrgEvidence<'_>, principal: &Principal) -> Vec<&'static Combination> {
    let mut complete = weighing::combinations(org, principal);
    complete.retain(|one| one.all_of.len() > 1);
    complete
}

/// Whether it holds whatever stands in what was not read: a combination may seem complete because of lists cut short.
fn settled(org: &OrgEvidence<'_>) -> Basis {
    settled_by(&org.map.snapshot.coverage, VERDICTS)
}

fn describe(org: &OrgEvidence<'_>, at: usize, principal: &Principal, complete: &[&'static Combination]) -> Found {
    let auditor = org.map.is_auditor(&principal.id);
    let who = label_or_auditor(org, principal);
    let mut roles: BTreeSet<String> = BTreeSet::new();
    let mut unused: BTreeSet<&str> = BTreeSet::new();
    let mut facts = BTreeSet::new();
    for one in complete {
        let parts: Vec<String> = one
            .all_of
            .iter()
            .map(|name| {
                let permission = Permission::new(name);
                let via = weighing::via_roles(org, principal, &permission);
                let used = weighing::used(org, at, &permission);
                if used.starts_with("not used") {
                    unused.insert(name);
                }
                let reported = if via.is_empty() {
                    format!("{name} (by a client that it can take over)")
                } else {
                    format!("{name} (via {}; {used})", names(via.iter().map(String::as_str), 3))
                };
                roles.extend(via);
                reported
            })
            .collect();
        facts.insert(format!("`{}`: {}; {}", one.name, parts.join(" and "), one.condition));
    }
    let which = names(complete.iter().map(|one| one.name.as_str()), 3);
    let fix = if auditor {
        auditor_fix(principal, org)
    } else if unused.is_empty() {
        format!(
            "move one permission of each combination from {who} in {} to another client: see {}",
            org_name(org),
            named_roles(&roles)
        )
    } else {
        format!("remove what nothing uses from {who} in {}: {}", org_name(org), names(unused, 5))
    };
    Found {
        severity: Severity::Critical,
        org: org_name(org),
        subject: subject(principal),
        cause: BTreeSet::from(["combination".to_owned()]),
        title: format!(
            "{who} holds {}: {which}",
            count(complete.len(), "toxic combination", "toxic combinations")
        ),
        detail: "A complete combination is critical, whatever its parts are alone. Each line below gives the parts, how each \
                 is held and used, and what else the combination takes."
            .to_owned(),
        fix,
        facts,
        basis: settled(org),
    }
}

/// People are reported together: who they are is a matter of roles, not of single accounts.
fn of_people(org: &OrgEvidence<'_>, people: &[(&Principal, Vec<&'static Combination>)]) -> Option<Found> {
    if people.is_empty() {
        return None;
    }
    let mut which: BTreeMap<&str, (&Combination, usize)> = BTreeMap::new();
    for one in people.iter().flat_map(|(_, complete)| complete) {
        which.entry(&one.name).or_insert((one, 0)).1 += 1;
    }
    let mut facts: BTreeSet<String> = which
        .values()
        .map(|(one, holders)| {
            format!(
                "`{}`: {} by {}; {}",
                one.name,
                one.all_of.join(" and "),
                count(*holders, "user", "users"),
                one.condition
            )
        })
        .collect();
    for (principal, complete) in people.iter().take(PEOPLE_NAMED) {
        facts.insert(format!(
            "user `{}`: {}",
            name_of(principal),
            names(complete.iter().map(|one| one.name.as_str()), 20)
        ));
    }
    if people.len() > PEOPLE_NAMED {
        facts.insert(format!("{} more users", people.len() - PEOPLE_NAMED));
    }
    let name = org_name(org);
    Some(Found {
        severity: Severity::Critical,
        org: name.clone(),
        subject: Subject { kind: "org", id: String::new(), name },
        cause: BTreeSet::from(["people".to_owned()]),
        title: format!(
            "{} hold toxic combinations: {}",
            count(people.len(), "user", "users"),
            names(which.keys().copied(), 3)
        ),
        detail: "A complete combination is critical, whatever its parts are alone. Each line below gives a combination, what \
                 else it takes, or a user that holds some."
            .to_owned(),
        fix: "split the roles of those who are not meant to administer the org, so that nobody else holds a combination whole"
            .to_owned(),
        facts,
        basis: settled(org),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn combination_through_two_roles_and_a_group_is_reported_with_how_each_part_is_held() {
        let mut night = Night::new();
        night.role("r1", "Writer", &["authorization:role:add"]).role("r2", "Granter", &["authorization:grant:add"]);
        night.user("u1", "svc-a", true, &[("r1", "*")]).group("g1", "Granters", &["u1"], &[("r2", "*")]);
        night.client("c1", "Half", &[("r1", "*")]);
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].title, "service user `svc-a` holds 1 toxic combination: `new admin role`");
        assert_eq!(found[0].severity, Severity::Critical);
        let fact = found[0].facts.iter().next().unwrap();
        assert!(fact.contains("authorization:role:add (via `Writer`; its use is not known)"), "{fact}");
        assert!(fact.contains("authorization:grant:add (via `Granter`"), "{fact}");
    }

    #[test]
    fn part_of_a_combination_and_one_of_a_single_permission_are_not_reported() {
        let mut night = Night::new();
        night.role("r1", "Tools", &["authorization:role:edit", "recording:job:add"]);
        night.client("c1", "Robot", &[("r1", "*")]);
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn permission_that_nothing_uses_is_the_one_to_remove() {
        let mut night = Night::new();
        night.role("r1", "Export", &["recording:job:add", "recording:recording:view"]);
        night.client("c1", "Robot", &[("r1", "*")]);
        night.need("Robot", "POST /api/v2/recording/jobs", "");
        let found = found(&CHECK, &night);
        assert_eq!(
            found[0].fix,
            "remove what nothing uses from OAuth client `Robot` in dev: `recording:recording:view`"
        );
    }

    #[test]
    fn people_are_reported_in_one_finding() {
        let mut night = Night::new();
        night.role("r1", "Admin", &["authorization:role:add", "authorization:grant:add"]);
        night.user("u1", "A Person", false, &[("r1", "*")]).user("u2", "Another", false, &[("r1", "*")]);
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].title, "2 users hold toxic combinations: `new admin role`");
        assert!(found[0].facts.contains("user `Another`: `new admin role`"));
    }
}
