//! One side of a comparison, indexed: who is who, who holds what, what can be trusted to be missing.

use std::collections::{HashMap, HashSet};

use super::SideInput;
use super::change::DriftKind;
use crate::cross::needed::Needed;
use crate::cross::{AccessMap, PrincipalKind};
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::grant::{Grant, Reach};
use rolecall_base::id::GroupId;
use rolecall_base::snapshot::Snapshot;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Side {
    /// Where one comes from.
    Left,
    /// Where one goes.
    Right,
}

impl Side {
    pub(super) const BOTH: [Self; 2] = [Self::Left, Self::Right];

    pub(super) fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// The lists whose things are paired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Family {
    /// Divisions.
    Division,
    /// Groups.
    Group,
    /// OAuth clients.
    Client,
    /// Access policies.
    Policy,
    /// Roles.
    Role,
    /// Trusted orgs.
    Trustee,
    /// Users, service users among them.
    User,
    /// Permissions of the catalogues.
    Permission,
    /// Operations of the matrices.
    Endpoint,
}

impl Family {
    /// The families that have ids.
    pub(super) const OBJECTS: [Self; 7] =
        [Self::Division, Self::Group, Self::Client, Self::Policy, Self::Role, Self::Trustee, Self::User];

    /// Where things of a kind are listed.
    pub(super) fn of(kind: DriftKind) -> Self {
        match kind {
            DriftKind::Division => Self::Division,
            DriftKind::Endpoint => Self::Endpoint,
            DriftKind::Group => Self::Group,
            DriftKind::OauthClient => Self::Client,
            DriftKind::Permission => Self::Permission,
            DriftKind::Policy => Self::Policy,
            DriftKind::Role => Self::Role,
            DriftKind::Trustee => Self::Trustee,
            DriftKind::ServiceUser | DriftKind::User => Self::User,
        }
    }

    /// The list that decides whether a thing is there; `None` for operations, which are in the matrix.
    pub(super) fn listing(self) -> Option<Listing> {
        match self {
            Self::Division => Some(Listing::Divisions),
            Self::Group => Some(Listing::Groups),
            Self::Client => Some(Listing::OauthClients),
            Self::Policy => Some(Listing::Policies),
            Self::Role => Some(Listing::Roles),
            Self::Trustee => Some(Listing::Trustees),
            Self::User => Some(Listing::Users),
            Self::Permission => Some(Listing::Permissions),
            Self::Endpoint => None,
        }
    }
}

pub(super) struct SideIndex<'a, 's> {
    /// All its verdicts.
    pub map: &'s AccessMap<'a>,
    /// Its needs.
    pub needed: &'s Needed<'a>,
    /// Its data.
    pub snapshot: &'a Snapshot,
    /// By client of the snapshot: its position among the principals.
    pub client_principal: Vec<Option<usize>>,
    /// By user of the snapshot: its position among the principals.
    pub user_principal: Vec<Option<usize>>,
    positions: HashMap<Family, HashMap<&'a str, usize>>,
    grants: HashMap<&'a str, Vec<&'a Grant>>,
    groups_of: HashMap<&'a str, Vec<&'a str>>,
    unread_members: Option<HashSet<&'a str>>,
    unread_grants: Option<HashSet<&'a str>>,
}

impl<'a, 's> SideIndex<'a, 's> {
    pub(super) fn of(side: SideInput<'a, 's>) -> Self {
        let snapshot = side.map.snapshot;
        let mut client_principal = vec![None; snapshot.oauth_clients.len()];
        let mut user_principal = vec![None; snapshot.users.len()];
        for (number, principal) in side.map.principals().iter().enumerate() {
            let list = match principal.kind {
                PrincipalKind::OauthClient => &mut client_principal,
                PrincipalKind::ServiceUser | PrincipalKind::User => &mut user_principal,
                PrincipalKind::ClientAsUser => continue,
            };
            if let Some(place) = list.get_mut(principal.at) {
                *place = Some(number);
            }
        }
        let mut grants: HashMap<&str, Vec<&Grant>> = HashMap::new();
        for grant in &snapshot.grants {
            grants.entry(grant.subject.as_str()).or_default().push(grant);
        }
        let mut groups_of: HashMap<&str, Vec<&str>> = HashMap::new();
        for (group, members) in &snapshot.group_members {
            for member in members {
                groups_of.entry(member.as_str()).or_default().push(group.as_str());
            }
        }
        let coverage = &snapshot.coverage;
        let keys = |listing| coverage.unread_keys(listing).map(|keys| keys.into_iter().collect::<HashSet<_>>());
        let mut index = Self {
            map: side.map,
            needed: side.needed,
            snapshot,
            client_principal,
            user_principal,
            positions: HashMap::new(),
            grants,
            groups_of,
            unread_members: keys(Listing::GroupMembers),
            unread_grants: keys(Listing::RoleGrants),
        };
        for family in Family::OBJECTS {
            let ids = (0..index.len(family)).filter_map(|at| Some((index.id(family, at)?, at)));
            let ids = ids.collect();
            index.positions.insert(family, ids);
        }
        index
    }

    /// How many things of a family there are.
    pub(super) fn len(&self, family: Family) -> usize {
        match family {
            Family::Division => self.snapshot.divisions.len(),
            Family::Group => self.snapshot.groups.len(),
            Family::Client => self.snapshot.oauth_clients.len(),
            Family::Policy => self.snapshot.policies.len(),
            Family::Role => self.snapshot.roles.len(),
            Family::Trustee => self.snapshot.trustees.len(),
            Family::User => self.snapshot.users.len(),
            Family::Permission => self.snapshot.permissions.len(),
            Family::Endpoint => self.map.matrix.operations().len(),
        }
    }

    /// The id of a thing; `None` where it has none.
    pub(super) fn id(&self, family: Family, at: usize) -> Option<&'a str> {
        match family {
            Family::Division => self.snapshot.divisions.get(at).map(|one| one.id.as_str()),
            Family::Group => self.snapshot.groups.get(at).map(|one| one.id.as_str()),
            Family::Client => self.snapshot.oauth_clients.get(at).map(|one| one.id.as_str()),
            Family::Policy => self.snapshot.policies.get(at).map(|one| one.id.as_str()),
            Family::Role => self.snapshot.roles.get(at).map(|one| one.id.as_str()),
            Family::Trustee => self.snapshot.trustees.get(at).map(|one| one.id.as_str()),
            Family::User => self.snapshot.users.get(at).map(|one| one.id.as_str()),
            Family::Permission | Family::Endpoint => None,
        }
    }

    /// The name of a thing, as rows show it.
    pub(super) fn name(&self, family: Family, at: usize) -> String {
        let name = match family {
            Family::Division => self.snapshot.divisions.get(at).map(|one| one.name.clone()),
            Family::Group => self.snapshot.groups.get(at).map(|one| one.name.clone()),
            Family::Client => self.snapshot.oauth_clients.get(at).map(|one| one.name.clone()),
            Family::Policy => self.snapshot.policies.get(at).map(|one| one.name.clone()),
            Family::Role => self.snapshot.roles.get(at).map(|one| one.name.clone()),
            Family::Trustee => self.snapshot.trustees.get(at).map(|one| one.name.clone()),
            Family::User => self.snapshot.users.get(at).map(|one| one.name.clone()),
            Family::Permission => self.snapshot.permissions.get(at).map(|one| one.permission.to_string()),
            Family::Endpoint => self.map.matrix.operations().get(at).map(|one| one.endpoint.to_string()),
        };
        name.unwrap_or_default()
    }

    /// Where the thing with this id stands in its list.
    pub(super) fn position(&self, family: Family, id: &str) -> Option<usize> {
        self.positions.get(&family)?.get(id).copied()
    }

    /// The grants given to this very subject, as the role lists hold them.
    pub(super) fn grants_to(&self, subject: &str) -> &[&'a Grant] {
        self.grants.get(subject).map_or(&[], Vec::as_slice)
    }

    /// The ids of the groups that a user is seen to be a member of.
    pub(super) fn groups_of(&self, user: &str) -> &[&'a str] {
        self.groups_of.get(user).map_or(&[], Vec::as_slice)
    }

    /// Whether a list was read completely.
    pub(super) fn is_whole(&self, listing: Listing) -> bool {
        self.snapshot.coverage.is_whole(listing)
    }

    /// Whether the configuration does not ask for a list.
    pub(super) fn is_not_asked(&self, listing: Listing) -> bool {
        self.snapshot.coverage.seen(listing) == Seen::NotAsked
    }

    /// Whether a list is missing, or missing a part, although it was asked for.
    pub(super) fn has_gap(&self, listing: Listing) -> bool {
        matches!(self.snapshot.coverage.seen(listing), Seen::Part | Seen::Nothing)
    }

    /// Whether a thing that is not seen is certain not to be there.
    pub(super) fn absence_is_certain(&self, family: Family) -> bool {
        match family {
            Family::Endpoint => true,
            // The catalogue is the platform's: no reach of the auditor's cuts it short.
            Family::Permission => self.is_whole(Listing::Permissions),
            // A list can be cut short by the auditor's own reach, without an error.
            _ => self.is_listed_whole(family) && self.sees_all(),
        }
    }

    /// Whether every thing of a family is in its list: what else is missing is missing of things that are listed.
    fn is_listed_whole(&self, family: Family) -> bool {
        let keys = family.listing().and_then(|listing| self.snapshot.coverage.unread_keys(listing));
        keys.is_some_and(|keys| keys.iter().all(|id| self.position(family, id).is_some()))
    }

    /// Whether the auditor's own reach is known to be enough.
    pub(super) fn sees_all(&self) -> bool {
        !self.has_gap(Listing::OwnGrants)
    }

    /// Whether it is certain that a user or group (by id) lacks a grant of this role (by id) that was not seen.
    pub(super) fn lack_of_grant_is_certain(&self, subject: &str, role: &str) -> bool {
        let is_read = |unread: &HashSet<&str>| !unread.contains(role) && !unread.contains(subject);
        self.sees_all() && self.is_listed_whole(Family::Role) && self.unread_grants.as_ref().is_some_and(is_read)
    }

    /// Whether it is certain that this client lacks a grant of this role (by id) that was not seen.
    pub(super) fn client_lack_is_certain(&self, client: usize, role: &str) -> bool {
        let Some(client) = self.snapshot.oauth_clients.get(client) else { return false };
        let keys = self.snapshot.coverage.unread_keys(Listing::OauthClients);
        self.sees_all()
            && self.is_listed_whole(Family::Client)
            && keys.is_some_and(|keys| !keys.contains(&client.id.as_str()))
            && (client.role_divisions.is_some() || self.lack_of_grant_is_certain(client.id.as_str(), role))
    }

    /// Whether a group carries a grant.
    pub(super) fn carries(&self, group: &str) -> bool {
        self.grants.contains_key(group)
    }

    /// Whether the members of a group are all known.
    pub(super) fn members_are_known(&self, group: &str) -> bool {
        self.snapshot.group_members.contains_key(&GroupId::new(group))
            && self.unread_members.as_ref().is_some_and(|unread| !unread.contains(group))
    }

    /// Whether there may be holders of roles that were not seen.
    pub(super) fn holders_may_be_missing(&self) -> bool {
        [
            Listing::OwnGrants,
            Listing::OauthClients,
            Listing::Users,
            Listing::Roles,
            Listing::RoleGrants,
            Listing::Groups,
            Listing::GroupMembers,
        ]
        .into_iter()
        .any(|listing| self.has_gap(listing))
    }

    /// The name of a role by id; the id where it is not listed.
    pub(super) fn role_name(&self, id: &str) -> String {
        self.position(Family::Role, id).map_or_else(|| id.to_owned(), |at| self.name(Family::Role, at))
    }

    /// The name of the division of a reach; `None`: all divisions.
    pub(super) fn place_name(&self, reach: &Reach) -> Option<String> {
        match reach {
            Reach::All => None,
            Reach::In(id) => {
                let at = self.position(Family::Division, id.as_str());
                Some(at.map_or_else(|| id.to_string(), |at| self.name(Family::Division, at)))
            }
        }
    }

    /// The name of the side.
    pub(super) fn side_name(&self) -> &'a str {
        &self.snapshot.org.name
    }
}
