//! What the orgs hold: OAuth clients, service users, roles, divisions, groups, permissions, trusted orgs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::apps::{self, Apps};
use super::night::Night;
use super::principals::division;
use super::roles::holders;
use super::sections::{Sections, Who};
use super::words::{self, Capped};
use crate::tables::inventory::Used;
use rolecall_access::cross::excess::role_name;
use rolecall_access::cross::{Principal, PrincipalKind};
use rolecall_base::coverage::Listing;
use rolecall_findings::evidence::OrgEvidence;

/// Rows of one list that are shown.
const ROWS_SHOWN: usize = 15;
/// Names in one cell.
const NAMES_SHOWN: usize = 8;

/// The inventory.
#[derive(Serialize)]
pub struct Inventory {
    /// OAuth clients.
    pub clients: Capped<ClientRow>,
    /// Apps of others.
    pub apps: Apps,
    /// Service users.
    pub service_users: Capped<UserRow>,
    /// Other users that were collected.
    pub other_users: usize,
    /// Roles.
    pub roles: Capped<RoleRow>,
    /// Divisions.
    pub divisions: Capped<DivisionRow>,
    /// Groups.
    pub groups: Capped<GroupRow>,
    /// The permission catalogues.
    pub permissions: Vec<PermissionRow>,
    /// Trusted orgs.
    pub trustees: Capped<TrusteeRow>,
}

/// An OAuth client.
#[derive(Serialize)]
pub struct ClientRow {
    /// Who.
    pub who: Who,
    /// Its state.
    pub state: String,
    /// Its scopes.
    pub scopes: Option<Capped<String>>,
    /// Its roles, with their divisions.
    pub roles: Capped<String>,
    /// When it was created.
    pub created: String,
    /// Calls that were seen; `None` where not known.
    pub calls: Option<String>,
}

/// A service user.
#[derive(Serialize)]
pub struct UserRow {
    /// Who.
    pub who: Who,
    /// Its e-mail address.
    pub email: String,
    /// Its state.
    pub state: String,
    /// The rule that makes it a service user.
    pub matched_by: String,
    /// Its roles, with their divisions.
    pub roles: Capped<String>,
    /// When it last logged in.
    pub last_login: String,
}

/// A role.
#[derive(Serialize)]
pub struct RoleRow {
    /// The org.
    pub org: String,
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// The address of its section.
    pub link: Option<String>,
    /// `default` or `custom`.
    pub kind: &'static str,
    /// Permissions without a condition.
    pub always: usize,
    /// Permissions under a condition.
    pub under_condition: usize,
    /// Direct grants.
    pub holders: usize,
}

/// A division.
#[derive(Serialize)]
pub struct DivisionRow {
    /// The org.
    pub org: String,
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Whether it is the home division.
    pub home: bool,
    /// Grants that are limited to it.
    pub grants: usize,
}

/// A group.
#[derive(Serialize)]
pub struct GroupRow {
    /// The org.
    pub org: String,
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Its state.
    pub state: String,
    /// How many members the platform counts.
    pub count: String,
    /// Its members, where they were asked for and read.
    pub members: Option<Capped<String>>,
    /// Roles that were granted to it.
    pub roles: Capped<String>,
}

/// The permission catalogue of one org.
#[derive(Serialize)]
pub struct PermissionRow {
    /// The org.
    pub org: String,
    /// Permissions in all.
    pub total: String,
    /// Those that a division limits.
    pub division_aware: String,
    /// Those that a role may hold under a condition.
    pub conditions: String,
    /// Those that at least one role grants.
    pub in_roles: String,
    /// Those that at least one client or service user holds.
    pub held: String,
    /// Permissions that the matrix requires and the catalogue lacks.
    pub absent: String,
}

/// A trusted org.
#[derive(Serialize)]
pub struct TrusteeRow {
    /// The org that trusts.
    pub org: String,
    /// The trusted org.
    pub name: String,
    /// Its id.
    pub id: String,
    /// What it may do, in words.
    pub access: String,
    /// From when until when.
    pub period: String,
    /// Its people and groups; `None` where they were not read.
    pub members: Option<Capped<String>>,
}

/// The inventory of a night.
pub fn of(night: &Night<'_>, sections: &Sections) -> Inventory {
    let principals = |kind: PrincipalKind| {
        let mut all: Vec<(&OrgEvidence<'_>, &Principal)> = Vec::new();
        for org in &night.orgs {
            let mut mine: Vec<&Principal> = org.map.principals().iter().filter(|one| one.kind == kind).collect();
            mine.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
            all.extend(mine.into_iter().map(|principal| (*org, principal)));
        }
        all
    };
    let groups =
        night.orgs.iter().copied().flat_map(|org| org.map.snapshot.groups.iter().map(move |group| (org, group)));
    let trustees =
        night.orgs.iter().copied().flat_map(|org| org.map.snapshot.trustees.iter().map(move |one| (org, one)));
    let divisions =
        night.orgs.iter().copied().flat_map(|org| org.map.snapshot.divisions.iter().map(move |one| (org, one)));
    Inventory {
        clients: Capped::of(principals(PrincipalKind::OauthClient), ROWS_SHOWN, |(org, principal)| {
            client(org, sections, principal)
        }),
        apps: apps::of(night),
        service_users: Capped::of(principals(PrincipalKind::ServiceUser), ROWS_SHOWN, |(org, principal)| {
            user(org, sections, principal)
        }),
        other_users: principals(PrincipalKind::User).len(),
        roles: roles(night, sections),
        divisions: Capped::of(divisions, ROWS_SHOWN, |(org, division)| DivisionRow {
            org: org.map.snapshot.org.name.clone(),
            name: division.name.clone(),
            id: division.id.to_string(),
            home: division.home,
            grants: grants_in(org, division.id.as_str()),
        }),
        groups: Capped::of(groups, ROWS_SHOWN, |(org, group)| group_row(org, group)),
        permissions: night.orgs.iter().copied().map(permissions).collect(),
        trustees: Capped::of(trustees, ROWS_SHOWN, |(org, trustee)| trustee_row(org, trustee)),
    }
}

fn roles(night: &Night<'_>, sections: &Sections) -> Capped<RoleRow> {
    let mut all = Vec::new();
    for org in &night.orgs {
        let mut mine: Vec<_> = org.map.snapshot.roles.iter().enumerate().collect();
        mine.sort_by(|a, b| (&a.1.name, &a.1.id).cmp(&(&b.1.name, &b.1.id)));
        all.extend(mine.into_iter().map(|(number, role)| (*org, number, role)));
    }
    Capped::of(all, ROWS_SHOWN, |(org, number, role)| {
        let rights = org.map.rights.roles.get(number);
        RoleRow {
            org: org.map.snapshot.org.name.clone(),
            name: role.name.clone(),
            id: role.id.to_string(),
            link: sections.role_link(&org.map.snapshot.org.name, role.id.as_str()),
            kind: role.kind(),
            always: rights.map_or(0, |rights| rights.always.count_ones(..)),
            under_condition: rights.map_or(0, |rights| rights.under_condition.count_ones(..)),
            holders: holders(org, sections, role).len(),
        }
    })
}

/// The roles of a principal with their divisions, one line a role.
fn roles_of(org: &OrgEvidence<'_>, principal: &Principal) -> Capped<String> {
    let mut by_role: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for grant in org.map.grants_of(principal) {
        let via = grant.via.as_ref().map_or("", |_| " (through a group)");
        by_role.entry(role_name(&org.map, &grant)).or_default().push(format!("{}{via}", division(org, &grant.reach)));
    }
    Capped::of(by_role, NAMES_SHOWN, |(role, mut divisions)| {
        divisions.sort();
        divisions.dedup();
        format!("{role} in {}", divisions.join(", "))
    })
}

fn client(org: &OrgEvidence<'_>, sections: &Sections, principal: &Principal) -> ClientRow {
    let client = org.map.client(principal);
    ClientRow {
        who: sections.who(&org.map, principal),
        state: client.map_or_else(String::new, |one| one.state.as_str().to_owned()),
        scopes: client
            .and_then(|one| one.scopes.as_ref())
            .map(|scopes| Capped::of(scopes, NAMES_SHOWN, ToString::to_string)),
        roles: roles_of(org, principal),
        created: client.and_then(|one| one.created).map_or_else(String::new, words::day),
        calls: client.and_then(|one| Used::of(&org.map).requests(&one.id)).map(words::calls),
    }
}

fn user(org: &OrgEvidence<'_>, sections: &Sections, principal: &Principal) -> UserRow {
    let user = org.map.snapshot.users.get(principal.at);
    UserRow {
        who: sections.who(&org.map, principal),
        email: user.and_then(|one| one.email.clone()).unwrap_or_default(),
        state: user.map_or_else(String::new, |one| one.state.clone()),
        matched_by: user.and_then(|one| one.matched_by.clone()).unwrap_or_default(),
        roles: roles_of(org, principal),
        last_login: user.and_then(|one| one.last_login).map_or_else(String::new, words::day),
    }
}

fn grants_in(org: &OrgEvidence<'_>, division: &str) -> usize {
    let clients = org.map.snapshot.oauth_clients.iter().flat_map(|client| {
        let pairs = client.role_divisions.iter().flatten();
        pairs.map(|pair| (client.id.as_str(), pair.role.as_str(), pair.reach.as_str()))
    });
    let grants = org.map.snapshot.grants.iter();
    let mut all: Vec<(&str, &str)> = grants
        .map(|grant| (grant.subject.as_str(), grant.role.as_str(), grant.reach.as_str()))
        .chain(clients)
        .filter(|(_, _, reach)| *reach == division)
        .map(|(subject, role, _)| (subject, role))
        .collect();
    all.sort_unstable();
    all.dedup();
    all.len()
}

fn group_row(org: &OrgEvidence<'_>, group: &rolecall_base::group::Group) -> GroupRow {
    let snapshot = org.map.snapshot;
    let name = |id: &rolecall_base::id::UserId| {
        let user = snapshot.users.iter().find(|user| user.id == *id);
        user.map_or_else(|| id.to_string(), |user| user.name.clone())
    };
    let granted = snapshot.grants.iter().filter(|grant| grant.subject.as_str() == group.id.as_str());
    GroupRow {
        org: snapshot.org.name.clone(),
        name: group.name.clone(),
        id: group.id.to_string(),
        state: group.state.clone().unwrap_or_default(),
        count: group.member_count.map_or_else(String::new, |n| n.to_string()),
        members: snapshot.group_members.get(&group.id).map(|members| Capped::of(members, NAMES_SHOWN, name)),
        roles: Capped::of(granted, NAMES_SHOWN, |grant| {
            let role = snapshot.roles.iter().find(|role| role.id == grant.role);
            let role = role.map_or_else(|| grant.role.to_string(), |role| role.name.clone());
            format!("{role} in {}", division(org, &grant.reach))
        }),
    }
}

fn permissions(org: &OrgEvidence<'_>) -> PermissionRow {
    let map = &org.map;
    let catalogue = &map.snapshot.permissions;
    let mut granted = fixedbitset::FixedBitSet::with_capacity(map.rights.index.len());
    for role in &map.rights.roles {
        granted.union_with(&role.always);
        granted.union_with(&role.under_condition);
    }
    let mut held = fixedbitset::FixedBitSet::with_capacity(map.rights.index.len());
    let counted = |principal: &&Principal| principal.kind != PrincipalKind::User;
    for holdings in map.principals().iter().filter(counted).filter_map(|principal| map.holdings_of(principal)) {
        held.union_with(&holdings.at_all);
    }
    let absent = (0..map.rights.index.len()).filter(|number| map.rights.is_absent(*number)).count();
    PermissionRow {
        org: map.snapshot.org.name.clone(),
        total: words::number(catalogue.len()),
        division_aware: words::number(catalogue.iter().filter(|one| one.division_aware == Some(true)).count()),
        conditions: words::number(catalogue.iter().filter(|one| one.allows_conditions == Some(true)).count()),
        in_roles: words::number(granted.count_ones(..)),
        held: words::number(held.count_ones(..)),
        absent: if map.snapshot.coverage.is_whole(Listing::Permissions) {
            words::number(absent)
        } else {
            "not known".to_owned()
        },
    }
}

fn trustee_row(org: &OrgEvidence<'_>, trustee: &rolecall_base::trustee::Trustee) -> TrusteeRow {
    let mut access = Vec::new();
    match trustee.enabled {
        Some(true) => access.push("enabled"),
        Some(false) => access.push("disabled: nobody of it has access"),
        None => access.push("whether it is enabled is not known"),
    }
    if trustee.has_full_access == Some(true) {
        access.push("full access");
    }
    if trustee.uses_default_role == Some(true) {
        access.push("the admin role by default");
    }
    if trustee.is_trusted_user == Some(true) {
        access.push("trusted user");
    }
    let period = match (trustee.created, trustee.expires) {
        (Some(from), Some(to)) => format!("{} to {}", words::day(from), words::day(to)),
        (Some(from), None) => format!("since {}, no end", words::day(from)),
        (None, Some(to)) => format!("until {}", words::day(to)),
        (None, None) => "not known".to_owned(),
    };
    let members = trustee.users.as_ref().zip(trustee.groups.as_ref()).map(|(users, groups)| {
        let users = users.iter().map(|one| one.name.clone());
        let groups = groups.iter().map(|one| format!("group {}", one.name));
        Capped::of(users.chain(groups), NAMES_SHOWN, |name| name)
    });
    TrusteeRow {
        org: org.map.snapshot.org.name.clone(),
        name: trustee.name.clone(),
        id: trustee.id.clone(),
        access: access.join(", "),
        period,
        members,
    }
}
