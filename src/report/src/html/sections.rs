//! Which principals and roles have a section of their own: decided once for the whole page, so that no link leads nowhere.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;

use super::night::Night;
use super::words;
use rolecall_access::cross::{AccessMap, Principal, PrincipalKind};

/// Principals that have a section.
const PRINCIPALS_SHOWN: usize = 6;
/// Roles that have a section.
const ROLES_SHOWN: usize = 5;

/// A principal as it is named in a table, with a link to its section where it has one.
#[derive(Serialize, Clone)]
pub struct Who {
    /// The org.
    pub org: String,
    /// Its kind.
    pub kind: &'static str,
    /// Its kind, in the word of the files.
    pub kind_word: &'static str,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How it obtains tokens; empty for users.
    pub grant_type: String,
    /// The address of its section.
    pub link: Option<String>,
}

/// The sections of a page.
pub struct Sections {
    /// Principals with a section: position of the org and of the principal, by org, kind and name.
    pub principals: Vec<(usize, usize)>,
    /// How many principals could have one.
    pub principals_total: usize,
    /// Roles with a section: position of the org and of the role, by org and name.
    pub roles: Vec<(usize, usize)>,
    /// How many roles there are.
    pub roles_total: usize,
    role_set: HashSet<(String, String)>,
    by_id: HashSet<(String, String)>,
}

impl Sections {
    /// Chooses them: OAuth clients and service users, and users with something to say; those with gaps first, then
    /// those with findings, where there are too many.
    pub fn of(night: &Night<'_>, named: &BTreeSet<(String, String)>) -> Self {
        let mut wanted = Vec::new();
        for (at, org) in night.orgs.iter().copied().enumerate() {
            let troubled: HashSet<usize> = org
                .gaps
                .iter()
                .map(|gap| gap.principal)
                .chain(org.contradictions.iter().map(|found| found.principal))
                .collect();
            for (number, principal) in org.map.principals().iter().enumerate() {
                let in_finding = named.contains(&(org.map.snapshot.org.name.clone(), principal.id.clone()));
                let trouble = troubled.contains(&number);
                if trouble || in_finding || !matches!(principal.kind, PrincipalKind::User) {
                    let rank = if trouble { 0 } else { 1 + usize::from(!in_finding) };
                    wanted.push((rank, at, principal.kind, principal.name.clone(), principal.id.clone(), number));
                }
            }
        }
        let principals_total = wanted.len();
        wanted.sort();
        wanted.truncate(PRINCIPALS_SHOWN);
        wanted.sort_by(|a, b| (a.1, a.2, &a.3, &a.4).cmp(&(b.1, b.2, &b.3, &b.4)));
        let principals: Vec<(usize, usize)> = wanted.into_iter().map(|(_, at, .., number)| (at, number)).collect();
        let mut roles = Vec::new();
        for (at, org) in night.orgs.iter().copied().enumerate() {
            let held: HashSet<&str> = held_roles(&org.map);
            for (number, role) in org.map.snapshot.roles.iter().enumerate() {
                roles.push((!held.contains(role.id.as_str()), at, role.name.clone(), role.id.to_string(), number));
            }
        }
        let roles_total = roles.len();
        roles.sort();
        roles.truncate(ROLES_SHOWN);
        roles.sort_by(|a, b| (a.1, &a.2, &a.3).cmp(&(b.1, &b.2, &b.3)));
        let role_set = roles
            .iter()
            .filter_map(|(_, at, _, id, _)| Some((night.orgs.get(*at)?.map.snapshot.org.name.clone(), id.clone())))
            .collect();
        let by_id = principals
            .iter()
            .filter_map(|(at, number)| {
                let org = night.orgs.get(*at)?;
                Some((org.map.snapshot.org.name.clone(), org.map.principals().get(*number)?.id.clone()))
            })
            .collect();
        Self {
            principals,
            principals_total,
            roles: roles.into_iter().map(|(_, at, _, _, number)| (at, number)).collect(),
            roles_total,
            role_set,
            by_id,
        }
    }

    /// A principal with the address of its section, where it has one.
    pub fn who(&self, map: &AccessMap<'_>, principal: &Principal) -> Who {
        let name = &map.snapshot.org.name;
        Who {
            org: name.clone(),
            kind: words::kind(principal.kind),
            kind_word: principal.kind.as_str(),
            id: principal.id.clone(),
            name: principal.name.clone(),
            grant_type: principal.grant_type.as_ref().map_or_else(String::new, |one| one.as_str().to_owned()),
            link: self.principal_link(name, &principal.id),
        }
    }

    /// The address of a principal's section.
    pub fn principal_link(&self, org: &str, id: &str) -> Option<String> {
        let key = (org.to_owned(), id.to_owned());
        self.by_id.contains(&key).then(|| words::principal_anchor(org, id))
    }

    /// The address of a role's section.
    pub fn role_link(&self, org: &str, id: &str) -> Option<String> {
        self.role_set.contains(&(org.to_owned(), id.to_owned())).then(|| words::role_anchor(org, id))
    }
}

fn held_roles<'a>(map: &AccessMap<'a>) -> HashSet<&'a str> {
    let granted = map.snapshot.grants.iter().map(|grant| grant.role.as_str());
    let clients = map.snapshot.oauth_clients.iter().filter_map(|client| client.role_divisions.as_ref()).flatten();
    granted.chain(clients.map(|pair| pair.role.as_str())).collect()
}
