//! `excess.unused-role`: a principal uses nothing of a role that it holds.

use std::collections::BTreeSet;

use crate::check::{
    Check, CheckMeta, EXCESS, Found, Reads, count, label, names, org_name, plural, settled_by, subject,
};
use crate::evidence::{Evidence, OrgEvidence};
use crate::severity::Severity;
use crate::unused::{self, SEASONS, Unused, UnusedRole, Window};
use rolecall_base::permission::Permission;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "excess.unused-role",
    title: "Role of which nothing is used",
    what: "Roles of OAuth clients and service users of which no declared and no observed call uses any permission; not reported for roles granted within the usage window, nor where the usage data was not read completely.",
    why: "The whole grant can go without loss: one act, easily undone.",
    remedy: "Remove the role from the principal, or the principal from the group that carries it; mind seasons and yearly jobs.",
    severity: Severity::Low,
    reference: "excess.csv has one row a permission, with the roles that grant it and how it is known to be unused.",
    notes: "One finding for each principal, with a line for each role. Severity: as for `excess.unused-client`, by what the roles give. A role that may permit more than was read is not called unused. Roles of which something is used are left to `excess.unused-permissions`. Where calls of the principal succeed although the verdict denies them, or nobody publishes what they require, the finding says so: what lets them through may be among what seems unused.",
    reads: Reads::Lists(EXCESS),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let Some(window) = Window::of(org) else { continue };
        found.extend(Unused::of(org).roles.iter().filter_map(|(at, roles)| describe(org, *at, roles, window)));
    }
}

fn describe(org: &OrgEvidence<'_>, at: usize, roles: &[UnusedRole], window: Window) -> Option<Found> {
    let principal = org.map.principals().get(at)?;
    let all: BTreeSet<_> = org.map.grants_of(principal).into_iter().map(|grant| grant.role_id).collect();
    let given: BTreeSet<&Permission> = roles.iter().flat_map(|role| &role.permissions).collect();
    let (severity, grave) = unused::weigh(given.iter().copied());
    let mut labelled: Vec<(&str, &UnusedRole)> =
        roles.iter().filter_map(|role| Some((org.map.snapshot.roles.get(role.role)?.name.as_str(), role))).collect();
    labelled.sort_by_key(|(name, role)| (*name, role.role));
    let list = names(labelled.iter().map(|(name, _)| *name), 3);
    let title = match roles.len() {
        1 => format!("{} uses nothing of its role {list}", label(principal)),
        n => format!("{} uses nothing of {n} of its {} roles: {list}", label(principal), all.len()),
    };
    let title = match grave.len() {
        0 => title,
        n => format!("{title}; {}", count(n, "permission in it is dangerous", "permissions in it are dangerous")),
    };
    let calls = org.needed.calls.iter().filter(|call| call.principal == at).count();
    let uses = match calls {
        0 => "It makes no call".to_owned(),
        n => format!("{} of it {} known", count(n, "call", "calls"), if n == 1 { "is" } else { "are" }),
    };
    let among = if grave.is_empty() { String::new() } else { format!(" Dangerous among it: {}.", names(grave, 5)) };
    let groups: BTreeSet<&str> = roles.iter().flat_map(|role| &role.via).map(String::as_str).collect();
    let coverage = &org.map.snapshot.coverage;
    let basis = settled_by(coverage, EXCESS);
    let who = format!("{} in {}", label(principal), org_name(org));
    Some(Found {
        severity,
        org: org_name(org),
        subject: subject(principal),
        // Which roles are unused changes from night to night; that one is, does not.
        cause: BTreeSet::new(),
        title,
        detail: format!(
            "{uses}, and none needs what {} gives.{among} Looked at: {window}; {SEASONS}.{}",
            if roles.len() == 1 { "the role" } else { "any of these roles" },
            unused::doubts(org, at)
        ),
        fix: if groups.is_empty() {
            format!("remove {} {list} from {who}", plural(roles.len(), "role", "roles"))
        } else {
            format!(
                "remove {} {list} from {who}; what comes through group {} ends when {} leaves the group",
                plural(roles.len(), "role", "roles"),
                names(groups, 3),
                label(principal)
            )
        },
        facts: labelled.iter().map(|(name, role)| fact(name, role)).collect(),
        basis,
    })
}

fn fact(name: &str, role: &UnusedRole) -> String {
    let via = if role.via.is_empty() {
        String::new()
    } else {
        format!(" through {}", names(role.via.iter().map(String::as_str), 5))
    };
    let age = if role.age_not_known { "; age of the grant not known" } else { "" };
    format!(
        "`{name}`{via}: none of its {} is used: {}{age}",
        count(role.permissions.len(), "permission", "permissions"),
        names(role.permissions.iter().map(Permission::as_str), 10)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::excess_unused_permissions;
    use crate::testing::{Night, found};
    use rolecall_base::coverage::Listing;

    const QUEUES: &str = "GET /api/v2/routing/queues";

    fn night() -> Night {
        let mut night = Night::new();
        night.role("r1", "Queues", &["routing:queue:view"]).role("r2", "Admin", &["oauth:client:edit"]);
        night.role("r3", "Wide", &["routing:queue:view", "routing:queue:edit"]);
        night.client("c1", "Robot", &[("r1", "*"), ("r2", "*"), ("r3", "*")]).usage("c1", QUEUES, 5, 5, 0);
        night
    }

    #[test]
    fn role_of_which_nothing_is_used_is_reported_and_one_that_is_used_in_part_is_not() {
        let reported = found(&CHECK, &night());
        assert_eq!(reported.len(), 1);
        assert_eq!(
            reported[0].title,
            "OAuth client `Robot` uses nothing of its role `Admin`; 1 permission in it is dangerous"
        );
        assert_eq!(
            (reported[0].severity, reported[0].fix.as_str()),
            (Severity::High, "remove role `Admin` from OAuth client `Robot` in dev")
        );
        assert!(
            reported[0].detail.contains("the 30 days from 2026-10-22 to 2026-11-20; what runs only"),
            "{}",
            reported[0].detail
        );
        let fact = reported[0].facts.first().unwrap();
        assert_eq!(fact, "`Admin`: none of its 1 permission is used: `oauth:client:edit`; age of the grant not known");
        let permissions = found(&excess_unused_permissions::CHECK, &night());
        assert_eq!(permissions[0].facts.len(), 1, "the rest is reported once: {:?}", permissions[0].facts);
    }

    #[test]
    fn role_through_a_group_says_that_the_group_must_be_left() {
        let mut night = night();
        night.user("u1", "svc-a", true, &[]).group("g1", "Night Jobs", &["u1"], &[("r2", "*")]);
        let reported = found(&CHECK, &night);
        let user = reported.iter().find(|one| one.subject.id == "u1").unwrap();
        assert!(
            user.fix.ends_with("what comes through group `Night Jobs` ends when service user `svc-a` leaves the group"),
            "{}",
            user.fix
        );
        assert!(user.detail.starts_with("It makes no call, and none needs"), "{}", user.detail);
    }

    #[test]
    fn declared_need_keeps_its_role_and_people_are_not_judged() {
        let mut night = night();
        night.need("Robot", "PUT /api/v2/oauth/clients/{clientId}", "").user("u1", "Alice", false, &[("r2", "*")]);
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn nothing_is_said_without_a_complete_answer_and_nothing_settled_without_dates() {
        let mut night = night();
        night.unread(Listing::GrantDates);
        assert!(!found(&CHECK, &night)[0].basis.settled);
        night.snapshot.usage.as_mut().unwrap().complete = false;
        assert!(found(&CHECK, &night).is_empty());
    }
}
