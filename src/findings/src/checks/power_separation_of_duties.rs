//! `power.separation-of-duties`: one principal holds both of two duties that are to be kept apart.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{
    Check, CheckMeta, Found, Reads, VERDICTS, count, label_or_auditor, name_of, names, org_name, subject,
};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::{Basis, Subject};
use crate::separation::{Duties, built_in, named};
use crate::severity::Severity;
use crate::weighing;
use rolecall_access::cross::Principal;
use rolecall_access::cross::holdings::Holdings;
use rolecall_base::permission::Permission;

pub(super) static CHECK: Check = Check { meta: &META, run };

/// People that are named.
const PEOPLE_NAMED: usize = 100;

static META: CheckMeta = CheckMeta {
    id: "power.separation-of-duties",
    title: "Two duties held together",
    what: "Principals that hold a permission of each side of a pair of duties which must be kept apart: the pairs of the configuration (`[[separation]]`), or those built in.",
    why: "Two people are needed to do what the pair is there to prevent; with both in one hand one is enough, and nobody else sees it.",
    remedy: "Remove one of the two duties, or move it to another principal.",
    severity: Severity::Medium,
    reference: "docs/configuration.md describes `[[separation]]`; docs/checks.md lists the built-in pairs.",
    notes: include_str!("power_separation_of_duties.md"),
    reads: Reads::Lists(VERDICTS),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    let own;
    let pairs = if evidence.separation.is_empty() {
        own = built_in();
        &own
    } else {
        evidence.separation
    };
    for org in &evidence.orgs {
        for duties in pairs {
            of_pair(org, duties, found);
        }
    }
}

/// What a principal holds of a pair.
#[derive(Clone)]
struct Both {
    left: Vec<usize>,
    right: Vec<usize>,
    /// Whether one of each can be used on the same objects without a condition.
    together: bool,
}

fn of_pair(org: &OrgEvidence<'_>, duties: &Duties, found: &mut Vec<Found>) {
    let all = org.map.rights.index.names();
    let (left, right) = (named(&duties.left, all), named(&duties.right, all));
    // Many principals share what they hold: each distinct set is looked at once.
    let mut known: BTreeMap<usize, Option<Both>> = BTreeMap::new();
    let mut people: Vec<(&Principal, Both)> = Vec::new();
    for principal in org.map.principals().iter().filter(|one| !one.acts_for_users()) {
        let Some(held) = org.map.holdings_of(principal) else { continue };
        let both = known.entry(principal.holdings).or_insert_with(|| both(held, &left, &right)).clone();
        let Some(both) = both else { continue };
        if weighing::is_unattended(principal) {
            found.push(describe(org, principal, duties, &both));
        } else {
            people.push((principal, both));
        }
    }
    found.extend(of_people(org, duties, &people));
}

fn both(held: &Holdings, left: &[usize], right: &[usize]) -> Option<Both> {
    let of = |side: &[usize]| -> Vec<usize> { side.iter().copied().filter(|one| held.at_all.contains(*one)).collect() };
    let (left, right) = (of(left), of(right));
    // One permission that stands on both sides is not two duties.
    let apart = left.iter().any(|one| right.iter().any(|other| one != other));
    let meets = |one: &usize, other: &usize| {
        let fully = |number: &usize| held.fully.contains(*number);
        let somewhere = |number: &usize| held.unconditioned.contains(*number);
        one != other
            && (fully(one) && somewhere(other)
                || somewhere(one) && fully(other)
                || held.in_divisions.iter().any(|(_, set)| set.contains(*one) && set.contains(*other)))
    };
    let together = left.iter().any(|one| right.iter().any(|other| meets(one, other)));
    apart.then_some(Both { left, right, together })
}

fn listed<'a>(org: &'a OrgEvidence<'_>, numbers: &[usize]) -> Vec<&'a Permission> {
    numbers.iter().filter_map(|number| org.map.rights.index.names().get(*number)).collect()
}

fn shown(permissions: &[&Permission]) -> String {
    names(permissions.iter().map(|one| one.as_str()), 3)
}

fn severity(together: bool) -> (Severity, &'static str) {
    if together {
        (Severity::Medium, "severity: medium")
    } else {
        (Severity::Low, "severity: medium, in different divisions or under a condition only -1")
    }
}

fn describe(org: &OrgEvidence<'_>, principal: &Principal, duties: &Duties, both: &Both) -> Found {
    let (severity, why) = severity(both.together);
    let (left, right) = (listed(org, &both.left), listed(org, &both.right));
    let fact = |side: &str, permission: &Permission| {
        let via = weighing::via_roles(org, principal, permission);
        format!("{side}: {permission} via {}", names(via.iter().map(String::as_str), 5))
    };
    let mut facts: BTreeSet<String> = left.iter().map(|one| fact("one duty", one)).collect();
    facts.extend(right.iter().map(|one| fact("the other", one)));
    facts.insert(why.to_owned());
    let who = label_or_auditor(org, principal);
    Found {
        severity,
        org: org_name(org),
        subject: subject(principal),
        cause: BTreeSet::from([format!("pair {}", duties.name)]),
        title: format!("{who} holds both duties of `{}`", duties.name),
        detail: format!("It holds {} and {}, which must be kept apart.", shown(&left), shown(&right)),
        fix: format!("remove {} or {} from {who} in {}", shown(&left), shown(&right), org_name(org)),
        facts,
        basis: Basis::SETTLED,
    }
}

/// People are reported together, one finding a pair.
fn of_people(org: &OrgEvidence<'_>, duties: &Duties, people: &[(&Principal, Both)]) -> Option<Found> {
    let (_, first) = people.first()?;
    let (severity, why) = severity(people.iter().any(|(_, both)| both.together));
    let mut facts: BTreeSet<String> = people
        .iter()
        .take(PEOPLE_NAMED)
        .map(|(principal, both)| {
            let (left, right) = (listed(org, &both.left), listed(org, &both.right));
            format!("user `{}`: {} and {}", name_of(principal), shown(&left), shown(&right))
        })
        .collect();
    if people.len() > PEOPLE_NAMED {
        facts.insert(format!("{} more users", people.len() - PEOPLE_NAMED));
    }
    facts.insert(why.to_owned());
    let name = org_name(org);
    Some(Found {
        severity,
        org: name.clone(),
        subject: Subject { kind: "org", id: String::new(), name },
        cause: BTreeSet::from([format!("people, pair {}", duties.name)]),
        title: format!("{} both duties of `{}`", count(people.len(), "user holds", "users hold"), duties.name),
        detail: format!(
            "The first of them holds {} and {}, which must be kept apart.",
            shown(&listed(org, &first.left)),
            shown(&listed(org, &first.right))
        ),
        fix: format!(
            "split the roles in {}, so that each of the two duties of `{}` is in its own role",
            org_name(org),
            duties.name
        ),
        facts,
        basis: Basis::SETTLED,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn client_that_writes_flows_and_publishes_them_holds_both_duties() {
        let mut night = Night::new();
        night.role("r1", "Author", &["architect:flow:edit"]).role("r2", "Publisher", &["architect:flow:publish"]);
        night.client("c1", "Robot", &[("r1", "*"), ("r2", "*")]).client("c2", "Author", &[("r1", "*")]);
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].title, "OAuth client `Robot` holds both duties of `write flows and publish them`");
        assert_eq!(found[0].severity, Severity::Medium);
        assert!(found[0].facts.contains("the other: architect:flow:publish via `Publisher`"));
    }

    #[test]
    fn configured_pairs_replace_the_built_in_ones_and_may_be_globs() {
        let mut night = Night::new();
        night.role("r1", "All", &["architect:flow:edit", "architect:flow:publish", "recording:job:add"]);
        night.client("c1", "Robot", &[("r1", "*")]);
        night.separation.push(Duties {
            name: "export and edit".to_owned(),
            left: vec!["recording:*".to_owned()],
            right: vec!["*:*:edit".to_owned()],
        });
        let found = found(&CHECK, &night);
        let titles: Vec<&str> = found.iter().map(|one| one.title.as_str()).collect();
        assert_eq!(titles, ["OAuth client `Robot` holds both duties of `export and edit`"]);
    }

    #[test]
    fn permission_on_both_sides_alone_is_not_two_duties() {
        let mut night = Night::new();
        night.role("r1", "Edit", &["architect:flow:edit"]).client("c1", "Robot", &[("r1", "*")]);
        let side = || vec!["architect:flow:*".to_owned()];
        night.separation.push(Duties { name: "same".to_owned(), left: side(), right: side() });
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn duties_in_different_divisions_weigh_less() {
        let mut night = Night::new();
        night.division("d1", "North").division("d2", "South");
        night.role("r1", "Author", &["architect:flow:edit"]).role("r2", "Publisher", &["architect:flow:publish"]);
        night.client("c1", "Robot", &[("r1", "d1"), ("r2", "d2")]);
        assert_eq!(found(&CHECK, &night)[0].severity, Severity::Low);
    }

    #[test]
    fn people_are_reported_in_one_finding_a_pair() {
        let mut night = Night::new();
        night.role("r1", "Both", &["architect:flow:edit", "architect:flow:publish"]);
        night.user("u1", "A Person", false, &[("r1", "*")]).user("u2", "Another", false, &[("r1", "*")]);
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].title, "2 users hold both duties of `write flows and publish them`");
    }
}
