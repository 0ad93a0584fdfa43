//! Through which grants the left side gives what the right side is to give again.

use std::collections::BTreeMap;

use super::both_sides::Sides;
use super::broken::BrokenCall;
use super::change::{DriftKind, ShownGrant};
use rolecall_base::grant::Reach;
use rolecall_base::id::UserId;
use rolecall_base::oauth_client::OauthClient;

/// Grants that a subject of the right side is to get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    /// What kind of subject.
    pub kind: DriftKind,
    /// Its name.
    pub name: String,
    /// Its id on the right; empty where it is not there.
    pub to_id: String,
    /// The grants, by the names of the left side.
    pub grants: Vec<ShownGrant>,
}

/// The grants of an OAuth client of the left side.
pub fn client_grants(sides: &Sides<'_>, client: &OauthClient) -> Vec<ShownGrant> {
    let pairs = client.role_divisions.iter().flatten();
    pairs.filter_map(|pair| shown_grant(sides, pair.role.as_str(), &pair.reach)).collect()
}

/// The direct grants of a user or group of the left side.
pub fn direct_grants(sides: &Sides<'_>, id: &str) -> Vec<ShownGrant> {
    let grants = sides.left.grants.iter().filter(|grant| grant.subject.as_str() == id);
    let mut grants: Vec<ShownGrant> =
        grants.filter_map(|grant| shown_grant(sides, grant.role.as_str(), &grant.reach)).collect();
    grants.sort();
    grants.dedup();
    grants
}

/// Through which grants those whose calls break hold a role on the left: their own, and those of their groups.
pub fn grants_of(sides: &Sides<'_>, role: &str, broken: &[&BrokenCall]) -> Vec<Again> {
    let mut found: BTreeMap<(DriftKind, String), Again> = BTreeMap::new();
    for call in broken {
        let subject = (call.kind, call.from_id.clone());
        if found.contains_key(&subject) {
            continue;
        }
        let own = match sides.left.oauth_clients.iter().find(|client| client.id.as_str() == call.from_id) {
            Some(client) => client_grants(sides, client),
            None => direct_grants(sides, &call.from_id),
        };
        let grants: Vec<ShownGrant> = own.into_iter().filter(|grant| grant.role == role).collect();
        if !grants.is_empty() {
            let again = Again { kind: call.kind, name: call.name.clone(), to_id: call.to_id.clone(), grants };
            found.insert(subject, again);
            continue;
        }
        let member = UserId::new(&call.from_id);
        for (group, _) in sides.left.group_members.iter().filter(|(_, members)| members.contains(&member)) {
            let grants: Vec<ShownGrant> =
                direct_grants(sides, group.as_str()).into_iter().filter(|grant| grant.role == role).collect();
            let name = sides.left.groups.iter().find(|one| one.id == *group).map(|one| one.name.clone());
            let (Some(name), false) = (name, grants.is_empty()) else { continue };
            let to_id = sides.right.groups.iter().find(|one| one.name == name).map(|one| one.id.to_string());
            let again = Again { kind: DriftKind::Group, name, to_id: to_id.unwrap_or_default(), grants };
            found.insert((DriftKind::Group, group.to_string()), again);
        }
    }
    found.into_values().collect()
}

fn shown_grant(sides: &Sides<'_>, role: &str, reach: &Reach) -> Option<ShownGrant> {
    let role = sides.left.roles.iter().find(|one| one.id.as_str() == role)?.name.clone();
    let division = match reach {
        Reach::All => None,
        Reach::In(id) => Some(sides.left_division_name(id).unwrap_or_else(|| id.to_string())),
    };
    Some(ShownGrant { role, division, granted_at: None })
}
