//! `hygiene.inactive-user-with-grants`: who cannot log in any more still holds roles.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, count, label, name_of, named, names, org_name, subject};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::cross::excess::role_name;
use rolecall_access::cross::principal::{HeldGrant, Standing};
use rolecall_access::cross::{Principal, PrincipalKind};
use rolecall_base::coverage::Listing;
use rolecall_base::grant::Reach;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "hygiene.inactive-user-with-grants",
    title: "Inactive users that hold roles",
    what: "Users that are inactive or deleted and hold roles, by a grant of their own or through a group: one finding for each service user, one for all people of an org.",
    why: "Whoever activates the user again, by mistake or on purpose, gives back everything it once could do, and nobody grants anything.",
    remedy: "Remove the roles and group memberships when a user leaves, and grant them again when it comes back.",
    severity: Severity::Low,
    reference: "`state` of `GET /api/v2/users?state=any`, beside the grants of `GET /api/v2/authorization/roles/{roleId}/subjectgrants`.",
    notes: "People are looked at where `collect.users` is `all`; otherwise only service users are known, and nothing is said about the others.",
    reads: Reads::Lists(&[
        Listing::OwnGrants,
        Listing::Users,
        Listing::Roles,
        Listing::RoleGrants,
        Listing::Groups,
        Listing::GroupMembers,
    ]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let mut people = BTreeSet::new();
        for principal in org.map.principals().iter().filter(|one| one.standing == Standing::Inactive) {
            let grants = match principal.kind {
                PrincipalKind::ServiceUser | PrincipalKind::User => org.map.grants_of(principal),
                PrincipalKind::OauthClient | PrincipalKind::ClientAsUser => continue,
            };
            match principal.kind {
                _ if grants.is_empty() => {}
                PrincipalKind::ServiceUser => found.push(service_user(org, principal, &grants)),
                _ => drop(people.insert(person(org, principal, &grants))),
            }
        }
        if !people.is_empty() {
            found.push(of_people(org, people));
        }
    }
}

fn state<'a>(org: &'a OrgEvidence<'_>, principal: &Principal) -> &'a str {
    org.map.snapshot.users.get(principal.at).map_or("", |user| user.state.as_str())
}

fn service_user(org: &OrgEvidence<'_>, principal: &Principal, grants: &[HeldGrant]) -> Found {
    Found {
        severity: META.severity,
        org: org_name(org),
        subject: subject(principal),
        cause: BTreeSet::new(),
        title: format!(
            "{} is {} and holds {} ({})",
            label(principal),
            state(org, principal),
            roles(grants),
            org_name(org)
        ),
        detail: "It can do nothing with them now, and everything again once it is active.".to_owned(),
        fix: format!("remove all roles and group memberships from {} in {}", label(principal), org_name(org)),
        facts: grants.iter().map(|grant| words(org, grant)).collect(),
        basis: Basis::SETTLED,
    }
}

fn person(org: &OrgEvidence<'_>, principal: &Principal, grants: &[HeldGrant]) -> String {
    let held: BTreeSet<String> = grants.iter().map(|grant| words(org, grant)).collect();
    let held: Vec<String> = held.into_iter().collect();
    let more = held.len().saturating_sub(5);
    let rest = if more == 0 { String::new() } else { format!("; and {more} more") };
    let shown: Vec<String> = held.into_iter().take(5).collect();
    format!("{} ({}), {}: {}{rest}", name_of(principal), principal.id, state(org, principal), shown.join("; "))
}

fn of_people(org: &OrgEvidence<'_>, facts: BTreeSet<String>) -> Found {
    let hold = if facts.len() == 1 { "holds" } else { "hold" };
    Found {
        severity: META.severity,
        org: org_name(org),
        subject: named("org", org_name(org)),
        cause: BTreeSet::from(["people".to_owned()]),
        title: format!("{} {hold} roles ({})", count(facts.len(), "inactive user", "inactive users"), org_name(org)),
        detail: "They can do nothing with them now, and everything again once they are active.".to_owned(),
        fix: format!("remove roles and group memberships from the users listed below in {}", org_name(org)),
        facts,
        basis: Basis::SETTLED,
    }
}

fn roles(grants: &[HeldGrant]) -> String {
    let ids: BTreeSet<&str> = grants.iter().map(|grant| grant.role_id.as_str()).collect();
    count(ids.len(), "role", "roles")
}

fn words(org: &OrgEvidence<'_>, grant: &HeldGrant) -> String {
    let place = match &grant.reach {
        Reach::All => "all divisions".to_owned(),
        Reach::In(id) => format!("division `{}`", org.map.division_name(id)),
    };
    let group = |id: &rolecall_base::id::GroupId| {
        let group = org.map.snapshot.groups.iter().find(|group| group.id == *id);
        group.map_or_else(|| id.to_string(), |group| group.name.clone())
    };
    let via = grant.via.as_ref().map(|id| format!(" through the group {}", names([group(id).as_str()], 1)));
    format!("`{}` in {place}{}", role_name(&org.map, grant), via.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    fn night() -> Night {
        let mut night = Night::new();
        night.role("r1", "Queues", &["routing:queue:view"]).division("d1", "Sales");
        night.user("u1", "svc-old", true, &[("r1", "d1")]).user("u2", "Ada", false, &[("r1", "*")]);
        night.user("u3", "Ben", false, &[]).user("u4", "Cleo", false, &[]);
        night.group("g1", "Night Shift", &["u3"], &[("r1", "*")]);
        night
    }

    #[test]
    fn inactive_holders_are_reported_a_machine_each_and_people_together() {
        let mut night = night();
        for user in &mut night.snapshot.users {
            user.state = "inactive".to_owned();
        }
        let found = found(&CHECK, &night);
        let titles: Vec<&str> = found.iter().map(|one| one.title.as_str()).collect();
        assert_eq!(
            titles,
            ["2 inactive users hold roles (dev)", "service user `svc-old` is inactive and holds 1 role (dev)"]
        );
        assert_eq!(
            found[0].facts.iter().collect::<Vec<_>>(),
            [
                "Ada (u2), inactive: `Queues` in all divisions",
                "Ben (u3), inactive: `Queues` in all divisions through the group `Night Shift`"
            ]
        );
        assert_eq!(found[1].facts.iter().collect::<Vec<_>>(), ["`Queues` in division `Sales`"]);
    }

    #[test]
    fn active_holders_those_of_unknown_state_and_users_without_roles_are_not_reported() {
        let mut night = night();
        night.snapshot.users[0].state = rolecall_base::user::User::STATE_NOT_KNOWN.to_owned();
        night.snapshot.users[3].state = "inactive".to_owned();
        assert!(found(&CHECK, &night).is_empty());
    }
}
