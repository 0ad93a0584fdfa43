//! `power.can-raise-itself`: a principal can come to rights that it was not given, by steps that are printed.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{
    Check, CheckMeta, Found, Reads, auditor_fix, count, label, label_or_auditor, name_of, org_name, settled_by, subject,
};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::{Basis, Subject};
use crate::severity::Severity;
use crate::weighing;
use rolecall_access::cross::Principal;
use rolecall_access::cross::principal::Standing;
use rolecall_access::escalation::{OpenGroup, Path, Raise, ShownCut, Sureness, Ways};
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

/// People of a role that are named.
const PEOPLE_NAMED: usize = 50;

/// The lists that the graph is laid from.
const LISTS: &[Listing] = &[
    Listing::OwnGrants,
    Listing::OauthClients,
    Listing::Roles,
    Listing::RoleGrants,
    Listing::Permissions,
    Listing::Divisions,
    Listing::Users,
    Listing::Groups,
    Listing::GroupMembers,
    Listing::Policies,
    Listing::Trustees,
];

static META: CheckMeta = CheckMeta {
    id: "power.can-raise-itself",
    title: "Can raise its own rights",
    what: "Principals that can come to rights they were not given, directly or in several steps: by granting roles, editing roles, taking over clients, users or groups that can, or acting with stored credentials. The shortest path is printed step by step, with the fewest removals that leave none.",
    why: "Every other limit on such a principal is void: whoever gets hold of it, or makes a mistake with it, can have the whole org.",
    remedy: "Remove what the cut names; it is proven that nothing smaller does.",
    severity: Severity::Critical,
    reference: "docs/power.md tells the model, the source of each step and what is not published.",
    notes: include_str!("power_can_raise_itself.md"),
    reads: Reads::Lists(LISTS),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let ways = Ways::of(&org.map);
        let mut people: BTreeMap<usize, Vec<(&Principal, Raise)>> = BTreeMap::new();
        for (at, raise) in ways.raises() {
            let Some(principal) = org.map.principals().get(at) else { continue };
            if weighing::is_unattended(principal) {
                found.push(describe(org, principal, &raise));
            } else if let Some(role) = surest_path(&raise).steps.iter().flat_map(|step| &step.roles).next() {
                people.entry(*role).or_default().push((principal, raise));
            }
        }
        found.extend(people.iter().filter_map(|(role, holders)| of_role(org, *role, holders)));
        found.extend(ways.open_groups().iter().filter_map(|open| of_group(org, open)));
    }
}

/// How bad it is, with what led there.
fn weigh(sureness: Sureness, out_of_use: bool) -> (Severity, String) {
    let (severity, mut why) = match sureness {
        Sureness::Published => (Severity::Critical, "critical: every step of a path is published".to_owned()),
        Sureness::Likely => (Severity::High, "critical, a step of every path is only likely -1".to_owned()),
        Sureness::NotPublished => (Severity::Medium, "critical, a step of every path is not published -2".to_owned()),
    };
    if !out_of_use {
        return (severity, why);
    }
    why.push_str(", the principal is inactive or due for deletion -2");
    let lower = match severity {
        Severity::Critical => Severity::Medium,
        Severity::High => Severity::Low,
        Severity::Medium | Severity::Low | Severity::Info => Severity::Info,
    };
    (lower, why)
}

/// The words for what is published, or for what nobody publishes.
fn may<'a>(sureness: Sureness, sure: &'a str, open: &'a str) -> &'a str {
    match sureness {
        Sureness::Published | Sureness::Likely => sure,
        Sureness::NotPublished => open,
    }
}

fn surest_path(raise: &Raise) -> &Path {
    raise.surest.as_ref().unwrap_or(&raise.shortest)
}

fn surest(raise: &Raise) -> Sureness {
    surest_path(raise).sureness
}

fn out_of_use(org: &OrgEvidence<'_>, principal: &Principal) -> bool {
    let leaving = org.map.client(principal).is_some_and(|client| client.deletes_at.is_some());
    leaving || principal.standing == Standing::Inactive
}

fn describe(org: &OrgEvidence<'_>, principal: &Principal, raise: &Raise) -> Found {
    let (severity, why) = weigh(surest(raise), out_of_use(org, principal));
    let who = label_or_auditor(org, principal);
    let mut facts = facts(raise, &who);
    facts.insert(format!("severity: {why}"));
    let auditor = org.map.is_auditor(&principal.id);
    Found {
        severity,
        org: org_name(org),
        subject: subject(principal),
        cause: BTreeSet::from(["raise".to_owned()]),
        title: format!(
            "{who} {} raise its own rights in {}",
            may(surest(raise), "can", "may be able to"),
            steps(&raise.shortest)
        ),
        detail: format!(
            "It lacks {} of the org's catalogue. Shortest path to them: {}{}",
            count(raise.lacks, "permission", "permissions"),
            sentence(&raise.shortest),
            not_whole(org)
        ),
        fix: if auditor { auditor_fix(principal, org) } else { fix(raise, &who) },
        facts,
        basis: Basis::SETTLED,
    }
}

fn steps(path: &Path) -> String {
    format!("{} ({})", count(path.steps.len(), "step", "steps"), path.sureness)
}

/// The steps of a path as one sentence.
fn sentence(path: &Path) -> String {
    let steps: Vec<String> = path
        .steps
        .iter()
        .map(|step| {
            let permissions: Vec<String> = step.permissions.iter().map(|name| format!("`{name}`")).collect();
            format!("as {} `{}` with {}", step.acting_as, step.operation, permissions.join(" and "))
        })
        .collect();
    let last = path.steps.last().map(|step| step.does.as_str()).unwrap_or_default();
    format!("{}, which {last}.", steps.join(", then "))
}

/// What a reader must know where the lists were not read completely.
fn not_whole(org: &OrgEvidence<'_>) -> String {
    let coverage = &org.map.snapshot.coverage;
    let missing: Vec<&str> = LISTS
        .iter()
        .filter(|list| !crate::check::nothing_is_missing(coverage, **list))
        .map(|list| list.as_str())
        .collect();
    if missing.is_empty() {
        String::new()
    } else {
        format!(" Not read completely: {}; there may be shorter paths and more to cut.", missing.join(", "))
    }
}

fn facts(raise: &Raise, who: &str) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for (name, path) in [("path", Some(&raise.shortest)), ("surer path", raise.surest.as_ref())] {
        for (at, step) in path.into_iter().flat_map(|path| &path.steps).enumerate() {
            let all = path.map_or(0, |path| path.steps.len());
            facts.insert(format!("{name}, step {} of {all}: {step}", at + 1));
        }
    }
    for (name, cut) in [
        ("cheapest cut", raise.cut.as_ref()),
        ("cheapest cut of what is published or likely", raise.published_cut.as_ref()),
    ] {
        facts.extend(cut.map(|cut| format!("{name}: {}", cut_words(cut, who))));
    }
    facts
}

/// A cut with its certificate.
fn cut_words(cut: &ShownCut, who: &str) -> String {
    let removals: Vec<String> = cut.removals.iter().map(|removal| removal.words(who)).collect();
    let proof = if cut.is_smallest() {
        format!("nothing smaller breaks all of {}", count(cut.paths, "path", "paths"))
    } else {
        format!("whether fewer do is open: at least {} are needed", cut.at_least)
    };
    format!("{} ({}; {proof})", removals.join(", "), count(cut.size, "removal", "removals"))
}

fn fix(raise: &Raise, who: &str) -> String {
    match &raise.cut {
        Some(cut) => {
            let shown: Vec<String> = cut.removals.iter().take(5).map(|removal| removal.words(who)).collect();
            let more = cut.removals.len().saturating_sub(5);
            let more = if more == 0 { String::new() } else { format!(" and {more} more, listed below") };
            format!("{}{more}", shown.join(", "))
        }
        None => "look at the steps: no grant that was read stops them when it is removed".to_owned(),
    }
}

/// People are reported by the role that gives the first step: it is what to fix.
fn of_role(org: &OrgEvidence<'_>, role: usize, holders: &[(&Principal, Raise)]) -> Option<Found> {
    let role = org.map.snapshot.roles.get(role)?;
    let weighed = |(principal, raise): &(&Principal, Raise)| weigh(surest(raise), out_of_use(org, principal));
    let (worst, first) =
        holders.iter().map(|one| (weighed(one), one)).reduce(|a, b| if b.0.0 > a.0.0 { b } else { a })?;
    let path = surest_path(&first.1);
    let mut facts: BTreeSet<String> = path
        .steps
        .iter()
        .enumerate()
        .map(|(at, step)| {
            format!("path of user `{}`, step {} of {}: {step}", name_of(first.0), at + 1, path.steps.len())
        })
        .collect();
    facts.insert(format!("severity: {}", worst.1));
    for (principal, raise) in holders.iter().take(PEOPLE_NAMED) {
        let cut = raise
            .cut
            .as_ref()
            .map_or_else(|| "no removal stops it".to_owned(), |cut| cut_words(cut, &label(principal)));
        facts.insert(format!("user `{}`: {}; cheapest cut: {cut}", name_of(principal), steps(&raise.shortest)));
    }
    if holders.len() > PEOPLE_NAMED {
        facts.insert(format!("{} more users", holders.len() - PEOPLE_NAMED));
    }
    let permission = path.permissions().next().unwrap_or_default();
    Some(Found {
        severity: worst.0,
        org: org_name(org),
        subject: Subject { kind: "role", id: role.id.to_string(), name: role.name.clone() },
        cause: BTreeSet::from(["people".to_owned()]),
        title: format!(
            "Role `{}` {} {} raise their own rights",
            role.name,
            may(path.sureness, "lets", "may let"),
            count(holders.len(), "user", "users")
        ),
        detail: format!("What it gives is the first step of their path: {}{}", sentence(path), not_whole(org)),
        fix: format!(
            "remove `{permission}` from role `{0}` in {1}, or remove role `{0}` from users who must not administer rights",
            role.name,
            org_name(org)
        ),
        facts,
        basis: settled_by(&org.map.snapshot.coverage, LISTS),
    })
}

fn of_group(org: &OrgEvidence<'_>, open: &OpenGroup) -> Option<Found> {
    let group = org.map.snapshot.groups.iter().find(|group| group.id == open.group)?;
    let steps = open.path.steps.iter().enumerate();
    let mut facts: BTreeSet<String> = steps
        .map(|(at, step)| format!("path of a member, step {} of {}: {step}", at + 1, open.path.steps.len()))
        .collect();
    facts.insert("severity: critical, who may join is not published -2".to_owned());
    Some(Found {
        severity: Severity::Medium,
        org: org_name(org),
        subject: Subject { kind: "group", id: group.id.to_string(), name: group.name.clone() },
        cause: BTreeSet::from(["membership".to_owned()]),
        title: format!(
            "Members of group `{}` can raise their own rights, and who may add members is not published",
            group.name
        ),
        detail: format!(
            "`{}` lists no permission, so that any user or client may be able to add members. Path of a member: {}{}",
            rolecall_access::escalation::moves::ADD_MEMBERS,
            sentence(&open.path),
            not_whole(org)
        ),
        fix: format!(
            "grant the roles to the members instead of group `{0}` in {1}, or test with a harmless account whether it can join",
            group.name,
            org_name(org)
        ),
        facts,
        basis: settled_by(&org.map.snapshot.coverage, LISTS),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn client_that_can_grant_roles_is_reported_with_path_severity_and_cut() {
        let mut night = Night::new();
        night.role("r1", "Access", &["authorization:grant:add"]).role("r2", "Other", &["routing:queue:edit"]);
        night.client("c1", "Robot", &[("r1", "*")]);
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Critical);
        assert_eq!(found[0].title, "OAuth client `Robot` can raise its own rights in 1 step (published)");
        assert_eq!(found[0].fix, "remove role `Access` from OAuth client `Robot`");
        let facts: Vec<&str> = found[0].facts.iter().map(String::as_str).collect();
        assert_eq!(
            facts,
            [
                "cheapest cut: remove role `Access` from OAuth client `Robot` (1 removal; nothing smaller breaks all of 1 path)",
                "path, step 1 of 1: as itself: `POST /api/v2/authorization/subjects/{subjectId}/bulkadd` with \
                 `authorization:grant:add` (role `Access` in all divisions): gives itself any role of the org [published; \
                 whether the platform caps it at the caller's own rights is not published]",
                "severity: critical: every step of a path is published",
            ]
        );
    }

    #[test]
    fn client_that_can_only_read_is_not_reported() {
        let mut night = Night::new();
        night.role("r1", "Reader", &["authorization:role:view", "oauth:client:view", "routing:queue:view"]);
        night.client("c1", "Robot", &[("r1", "*")]);
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn people_are_reported_by_the_role_that_gives_the_first_step() {
        let mut night = Night::new();
        night.role("r1", "Help desk", &["directory:user:setPassword"]).role(
            "r2",
            "Admin",
            &["authorization:role:edit"],
        );
        night.user("u1", "A Person", false, &[("r1", "*")]).user("u2", "Another", false, &[("r1", "*")]);
        night.user("u3", "An Admin", false, &[("r2", "*")]);
        let found = found(&CHECK, &night);
        let titles: Vec<&str> = found.iter().map(|one| one.title.as_str()).collect();
        let titles_wanted =
            ["Role `Admin` lets 1 user raise their own rights", "Role `Help desk` lets 2 users raise their own rights"];
        assert_eq!(titles, titles_wanted);
        assert_eq!((found[0].severity, found[1].severity), (Severity::Critical, Severity::High));
    }

    #[test]
    fn inactive_client_weighs_two_less_and_the_auditor_is_named_as_such() {
        let mut night = Night::new();
        night.role("r1", "Access", &["authorization:role:edit"]).client("auditor", "Rolecall", &[("r1", "*")]);
        night.snapshot.oauth_clients[0].state = rolecall_base::oauth_client::ClientState::Inactive;
        let found = found(&CHECK, &night);
        assert_eq!(found[0].severity, Severity::Medium);
        assert!(found[0].title.starts_with("the auditor's OAuth client `Rolecall` can"), "{}", found[0].title);
        assert_eq!(found[0].fix, "replace OAuth client `Rolecall`, the auditor of dev, by a client that can only read");
    }

    #[test]
    fn group_that_carries_power_is_reported_because_who_may_join_is_not_published() {
        let mut night = Night::new();
        night.role("r1", "Access", &["authorization:role:edit"]).group("g1", "Admins", &[], &[("r1", "*")]);
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].subject.kind, found[0].severity), ("group", Severity::Medium));
    }

    #[test]
    fn list_that_was_not_read_whole_is_named() {
        let mut night = Night::new();
        night.role("r1", "Access", &["authorization:role:edit"]).client("c1", "Robot", &[("r1", "*")]);
        night.unread(Listing::Groups);
        let found = found(&CHECK, &night);
        assert!(found[0].detail.ends_with("Not read completely: groups; there may be shorter paths and more to cut."));
    }
}
