//! What principals hold: each distinct set of grants is worked out once, however many share it.

use std::collections::{HashMap, HashSet};

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use super::principal::HeldGrant;
use super::rights::Rights;
use rolecall_base::coverage::Listing;
use rolecall_base::grant::{Grant, GrantSource, Reach, SubjectKind};
use rolecall_base::group::Group;
use rolecall_base::id::{DivisionId, GroupId, UserId};
use rolecall_base::oauth_client::OauthClient;
use rolecall_base::snapshot::Snapshot;

/// The permissions that a distinct set of grants amounts to.
#[derive(Clone, Debug)]
pub struct Holdings {
    /// Held in all divisions, or not limited by divisions.
    pub fully: FixedBitSet,
    /// Held in single divisions, one set a division (numbers of [`Grants::divisions`]), without those held fully.
    pub in_divisions: Vec<(usize, FixedBitSet)>,
    /// The union of `fully` and `in_divisions`.
    pub unconditioned: FixedBitSet,
    /// What is held under a condition, as far as it reaches beyond what is held without one.
    pub conditions: Conditions,
    /// All that is held in any way, conditions included.
    pub at_all: FixedBitSet,
    /// Permissions of which more could be held than was seen: an unread list could add to them.
    pub better: FixedBitSet,
}

/// What is held under a condition, where it is not held without one.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// In all divisions, or not limited by divisions.
    pub everywhere: FixedBitSet,
    /// In single divisions.
    pub in_divisions: Vec<(usize, FixedBitSet)>,
    /// All of it.
    pub any: FixedBitSet,
}

impl Holdings {
    /// Whether the permission is held nowhere, and nothing that was not read could say otherwise.
    pub fn certainly_lacks(&self, permission: usize) -> bool {
        !self.at_all.contains(permission) && !self.better.contains(permission)
    }
}

/// One grant of a key: a role (position plus one; 0 where it was not read) and a reach (0: all divisions; else a number of
/// [`Grants::divisions`] plus one).
pub type Piece = (u32, u32);

/// What makes two principals hold the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Key {
    /// The grants, sorted, each once.
    pub pieces: Vec<Piece>,
    /// Positions of roles that could be held although no list that was read says so.
    pub possible_roles: Vec<u32>,
    /// Anything could be held.
    pub anything: bool,
}

/// The grants of a snapshot, indexed by subject.
pub struct Grants<'a> {
    snapshot: &'a Snapshot,
    by_subject: HashMap<&'a str, Vec<(Piece, &'a Grant)>>,
    groups_of: HashMap<&'a UserId, Vec<&'a GroupId>>,
    group: HashMap<&'a GroupId, &'a Group>,
    role: HashMap<&'a str, usize>,
    division: HashMap<&'a DivisionId, usize>,
    divisions: Vec<&'a DivisionId>,
    users_may: Key,
    /// For clients whose own list of roles the platform left out.
    clients_may: Key,
    /// The clients that could hold anything; `None`: all of them.
    clients_open: Option<HashSet<&'a str>>,
    /// The users, groups and clients whose own grants were not all read.
    subjects_open: HashSet<&'a str>,
    groups_read: bool,
}

impl<'a> Grants<'a> {
    /// Indexes the grants, and works out what could be held beyond them because it was not read.
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let mut groups_of: HashMap<&UserId, Vec<&GroupId>> = HashMap::new();
        for (group, members) in &snapshot.group_members {
            for member in members {
                groups_of.entry(member).or_default().push(group);
            }
        }
        let mut divisions: Vec<&DivisionId> = snapshot.divisions.iter().map(|division| &division.id).collect();
        let named = snapshot.grants.iter().map(|grant| &grant.reach);
        let listed = snapshot.oauth_clients.iter().filter_map(|client| client.role_divisions.as_ref()).flatten();
        for reach in named.chain(listed.map(|pair| &pair.reach)) {
            if let Reach::In(id) = reach {
                divisions.push(id);
            }
        }
        divisions.sort();
        divisions.dedup();
        let division: HashMap<&DivisionId, usize> =
            divisions.iter().enumerate().map(|(number, id)| (*id, number)).collect();
        let role: HashMap<&str, usize> =
            snapshot.roles.iter().enumerate().map(|(at, role)| (role.id.as_str(), at)).collect();
        let mut by_subject: HashMap<&str, Vec<(Piece, &Grant)>> = HashMap::new();
        for grant in &snapshot.grants {
            let piece = piece(&role, &division, grant.role.as_str(), &grant.reach);
            by_subject.entry(grant.subject.as_str()).or_default().push((piece, grant));
        }
        let coverage = &snapshot.coverage;
        let subjects_open = subjects_open(snapshot);
        let clients_may = role_lists_gap(snapshot, &role, &subjects_open);
        let users_may = group_members_gap(snapshot, &by_subject, &role, &subjects_open).and(&clients_may);
        // A client list cut short by the auditor's own reach may also show fewer roles of a client than it has. What is
        // missing of a client that is listed is missing of that client alone.
        let clients_open = coverage
            .unread_keys(Listing::OauthClients)
            .filter(|_| coverage.is_whole(Listing::OwnGrants))
            .map(HashSet::from_iter)
            .filter(|open: &HashSet<&str>| {
                let listed = snapshot.oauth_clients.iter().filter(|client| open.contains(client.id.as_str()));
                open.is_empty() || listed.count() >= open.len()
            });
        Self {
            snapshot,
            by_subject,
            groups_of,
            group: snapshot.groups.iter().map(|group| (&group.id, group)).collect(),
            role,
            division,
            divisions,
            users_may,
            clients_may,
            clients_open,
            subjects_open,
            groups_read: coverage.is_whole(Listing::Groups),
        }
    }

    /// Divisions by number: those that are listed and those that grants name.
    pub fn divisions(&self) -> &[&'a DivisionId] {
        &self.divisions
    }

    /// The groups that a user is a member of, as far as they were read.
    pub fn groups_of(&self, user: &UserId) -> &[&'a GroupId] {
        self.groups_of.get(user).map_or(&[], Vec::as_slice)
    }

    /// The grants of a client that acts as itself: its own list, and what role lists add.
    pub fn of_client(&self, client: &'a OauthClient) -> Vec<HeldGrant> {
        let own = client.role_divisions.iter().flatten().map(|pair| HeldGrant {
            role: self.role.get(pair.role.as_str()).copied(),
            role_id: pair.role.clone(),
            reach: pair.reach.clone(),
            via: None,
            granted_at: None,
            read_from: GrantSource::ClientRoleDivisions,
        });
        let listed = self.listed(client.id.as_str(), None);
        once_each(own.chain(listed).collect())
    }

    /// The grants of a user: direct, and through the groups it is a member of.
    pub fn of_user(&self, user: &UserId) -> Vec<HeldGrant> {
        let direct = self.listed(user.as_str(), None);
        let inherited =
            self.groups_of(user).iter().flat_map(|group| self.listed(group.as_str(), Some((*group).clone())));
        once_each(direct.chain(inherited).collect())
    }

    fn listed(&self, subject: &str, via: Option<GroupId>) -> impl Iterator<Item = HeldGrant> + '_ {
        self.by_subject.get(subject).into_iter().flatten().map(move |(_, grant)| HeldGrant {
            role: self.role.get(grant.role.as_str()).copied(),
            role_id: grant.role.clone(),
            reach: grant.reach.clone(),
            via: via.clone(),
            granted_at: grant.granted_at,
            read_from: grant.read_from,
        })
    }

    /// What makes this client's holdings.
    pub fn key_of_client(&self, client: &OauthClient) -> Key {
        let own = client
            .role_divisions
            .iter()
            .flatten()
            .map(|pair| piece(&self.role, &self.division, pair.role.as_str(), &pair.reach));
        let listed = self.by_subject.get(client.id.as_str()).into_iter().flatten();
        let pieces = own.chain(listed.map(|(piece, _)| *piece)).collect();
        // A client lists its own roles; only where the platform left the field out does the role lists' gap matter.
        let may = if client.role_divisions.is_some() { Key::default() } else { self.clients_may.clone() };
        let id = client.id.as_str();
        let open = self.clients_open.as_ref().is_none_or(|open| open.contains(id)) || self.subjects_open.contains(id);
        Key { pieces, possible_roles: may.possible_roles, anything: may.anything || open }.tidy()
    }

    /// What makes this user's holdings.
    pub fn key_of_user(&self, user: &UserId) -> Key {
        let mut key = self.users_may.clone();
        let mut add = |grants: Option<&Vec<(Piece, &Grant)>>, certain: bool| {
            for (piece, _) in grants.into_iter().flatten() {
                match (certain, piece.0) {
                    (true, _) => key.pieces.push(*piece),
                    (false, 0) => key.anything = true,
                    (false, role) => key.possible_roles.push(role - 1),
                }
            }
        };
        add(self.by_subject.get(user.as_str()), true);
        for group in self.groups_of(user) {
            // Whether an inactive group passes its roles on is not published: its grants count as possible, and so do
            // those of a group whose state was not read.
            let active = self
                .group
                .get(*group)
                .map_or(self.groups_read, |group| group.state.as_deref().unwrap_or("active") == "active");
            add(self.by_subject.get(group.as_str()), active);
        }
        let groups = self.groups_of(user).iter().map(|group| group.as_str());
        key.anything |= groups.chain([user.as_str()]).any(|subject| self.subjects_open.contains(subject));
        key.tidy()
    }

    /// Works out the holdings of each key.
    pub fn work_out(&self, keys: &[Key], rights: &Rights) -> Vec<Holdings> {
        keys.par_iter().map(|key| key.holdings(rights, self.snapshot.roles.len())).collect()
    }
}

fn piece(role: &HashMap<&str, usize>, division: &HashMap<&DivisionId, usize>, id: &str, reach: &Reach) -> Piece {
    let role = role.get(id).map_or(0, |at| small(*at) + 1);
    let reach = match reach {
        Reach::All => 0,
        Reach::In(id) => division.get(id).map_or(0, |number| small(*number) + 1),
    };
    (role, reach)
}

/// The subjects of which the record of role grants says that something is missing. What a key stands for must not hang on
/// the grants: one more of them would then make known what was not.
fn subjects_open(snapshot: &Snapshot) -> HashSet<&str> {
    let keys: HashSet<&str> =
        snapshot.coverage.unread_keys(Listing::RoleGrants).unwrap_or_default().into_iter().collect();
    if keys.is_empty() {
        return keys;
    }
    let users = snapshot.users.iter().map(|user| user.id.as_str());
    let groups = snapshot.groups.iter().map(|group| group.id.as_str());
    let clients = snapshot.oauth_clients.iter().map(|client| client.id.as_str());
    let trusted = snapshot.trustees.iter().flat_map(|trustee| trustee.users.iter().chain(&trustee.groups).flatten());
    let trusted = trusted.map(|member| member.id.as_str());
    users.chain(groups).chain(clients).chain(trusted).filter(|id| keys.contains(id)).collect()
}

/// What could be held because the lists of roles and of who holds them have gaps.
fn role_lists_gap(snapshot: &Snapshot, role: &HashMap<&str, usize>, subjects_open: &HashSet<&str>) -> Key {
    let coverage = &snapshot.coverage;
    let mut gap = Key::default();
    // A role that is listed and was read in part bears only on those who hold it: its rights say so.
    let roles_cut = coverage.unread_keys(Listing::Roles).is_none_or(|ids| ids.iter().any(|id| !role.contains_key(id)));
    if roles_cut || !coverage.is_whole(Listing::OwnGrants) {
        gap.anything = true;
    }
    match coverage.unread_keys(Listing::RoleGrants) {
        None => gap.anything = true,
        Some(ids) => {
            ids.into_iter().filter(|id| !subjects_open.contains(id)).for_each(|id| gap.possibly(role.get(id)));
        }
    }
    gap.tidy()
}

/// What else users could hold, because the members of groups have gaps.
fn group_members_gap(
    snapshot: &Snapshot,
    by_subject: &HashMap<&str, Vec<(Piece, &Grant)>>,
    role: &HashMap<&str, usize>,
    subjects_open: &HashSet<&str>,
) -> Key {
    let mut gap = Key::default();
    match snapshot.coverage.unread_keys(Listing::GroupMembers) {
        None => gap.anything = true,
        Some(groups) => {
            // What a group is granted and who is in it, neither read completely: anybody may have anything through it.
            gap.anything |= groups.iter().any(|group| subjects_open.contains(group));
            for (_, grant) in groups.iter().filter_map(|group| by_subject.get(group)).flatten() {
                gap.possibly(role.get(grant.role.as_str()));
            }
        }
    }
    // A grant to a group that nobody listed the members of is a gap, too, also where the list of grants does not
    // say that its subject is a group.
    let listed: HashSet<&str> = snapshot.groups.iter().map(|group| group.id.as_str()).collect();
    for grant in &snapshot.grants {
        let group = match grant.subject_kind {
            SubjectKind::Group => true,
            SubjectKind::Unknown => listed.contains(grant.subject.as_str()),
            SubjectKind::User | SubjectKind::OauthClient | SubjectKind::TrusteeUser | SubjectKind::TrusteeGroup => {
                false
            }
        };
        if group && !snapshot.group_members.contains_key(&GroupId::new(grant.subject.as_str())) {
            gap.possibly(role.get(grant.role.as_str()));
        }
    }
    let nobody_listed = |group: &&Group| !snapshot.group_members.contains_key(&group.id);
    let mut open = snapshot.groups.iter().filter(|group| subjects_open.contains(group.id.as_str()));
    gap.anything |= open.any(|group| nobody_listed(&group));
    gap.tidy()
}

impl Key {
    /// A role could be held; anything could, where the role itself was not read.
    fn possibly(&mut self, role: Option<&usize>) {
        match role {
            Some(at) => self.possible_roles.push(small(*at)),
            None => self.anything = true,
        }
    }

    fn and(mut self, other: &Self) -> Self {
        self.pieces.extend(&other.pieces);
        self.possible_roles.extend(&other.possible_roles);
        self.anything |= other.anything;
        self.tidy()
    }

    fn tidy(mut self) -> Self {
        self.pieces.sort_unstable();
        self.pieces.dedup();
        self.possible_roles.sort_unstable();
        self.possible_roles.dedup();
        if self.anything {
            self.possible_roles.clear();
        }
        self
    }

    fn holdings(&self, rights: &Rights, roles: usize) -> Holdings {
        let size = rights.index.len();
        let empty = FixedBitSet::with_capacity(size);
        let mut always = Layer::new(size);
        let mut conditions = Layer::new(size);
        let mut better = empty;
        let mut anything = self.anything;
        for (role, reach) in &self.pieces {
            let Some(role) = (*role as usize).checked_sub(1).and_then(|at| rights.roles.get(at)) else {
                anything = true;
                continue;
            };
            better.union_with(&role.possibly);
            let division = (*reach as usize).checked_sub(1);
            always.add(rights, &role.always, division, &mut better);
            // Few roles have conditions.
            if !role.under_condition.is_clear() {
                conditions.add(rights, &role.under_condition, division, &mut better);
            }
        }
        for role in self.possible_roles.iter().filter_map(|at| rights.roles.get(*at as usize)) {
            better.union_with(&role.always);
            better.union_with(&role.under_condition);
            better.union_with(&role.possibly);
        }
        debug_assert!(self.possible_roles.iter().all(|at| (*at as usize) < roles));
        if anything {
            better.insert_range(..);
        }
        let unconditioned = always.settle();
        for (division, set) in &mut conditions.in_divisions {
            set.difference_with(&always.everywhere);
            if let Some((_, free)) = always.in_divisions.iter().find(|(known, _)| known == division) {
                set.difference_with(free);
            }
        }
        conditions.everywhere.difference_with(&always.everywhere);
        let any = conditions.settle();
        let mut at_all = unconditioned.clone();
        at_all.union_with(&any);
        better.difference_with(&always.everywhere);
        Holdings {
            fully: always.everywhere,
            in_divisions: always.in_divisions,
            unconditioned,
            conditions: Conditions { everywhere: conditions.everywhere, in_divisions: conditions.in_divisions, any },
            at_all,
            better,
        }
    }
}

/// Permissions by where they are held.
struct Layer {
    everywhere: FixedBitSet,
    in_divisions: Vec<(usize, FixedBitSet)>,
}

impl Layer {
    fn new(size: usize) -> Self {
        Self { everywhere: FixedBitSet::with_capacity(size), in_divisions: Vec::new() }
    }

    /// Adds permissions that are granted in a division; `None`: in all.
    fn add(&mut self, rights: &Rights, given: &FixedBitSet, division: Option<usize>, better: &mut FixedBitSet) {
        let Some(division) = division else {
            self.everywhere.union_with(given);
            return;
        };
        let mut unlimited = given.clone();
        unlimited.intersect_with(&rights.everywhere);
        self.everywhere.union_with(&unlimited);
        let mut here = given.clone();
        here.difference_with(&rights.everywhere);
        let mut doubtful = here.clone();
        doubtful.difference_with(&rights.awareness_known);
        if rights.catalogue_whole {
            // What a whole catalogue does not list is limited like everything else.
            doubtful.intersect_with(&rights.in_catalogue);
        }
        better.union_with(&doubtful);
        match self.in_divisions.iter_mut().find(|(number, _)| *number == division) {
            Some((_, set)) => set.union_with(&here),
            None => self.in_divisions.push((division, here)),
        }
    }

    /// Takes out of single divisions what is held everywhere, and returns all that is held.
    fn settle(&mut self) -> FixedBitSet {
        let mut all = self.everywhere.clone();
        for (_, set) in &mut self.in_divisions {
            set.difference_with(&self.everywhere);
            all.union_with(set);
        }
        self.in_divisions.retain(|(_, set)| !set.is_clear());
        self.in_divisions.sort_unstable_by_key(|(division, _)| *division);
        all
    }
}

/// Distinct keys in order of first appearance.
#[derive(Default)]
pub struct Keys {
    numbers: HashMap<Key, usize>,
}

impl Keys {
    /// The number of the key, which is new if it was not seen before.
    pub fn number(&mut self, key: Key) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry(key).or_insert(next)
    }

    /// The keys by number.
    pub fn into_list(self) -> Vec<Key> {
        let mut list: Vec<(usize, Key)> = self.numbers.into_iter().map(|(key, number)| (number, key)).collect();
        list.sort_unstable_by_key(|(number, _)| *number);
        list.into_iter().map(|(_, key)| key).collect()
    }
}

/// One grant a role, reach and way, keeping the date where one of the lists has it.
fn once_each(mut grants: Vec<HeldGrant>) -> Vec<HeldGrant> {
    grants.sort_by(|a, b| {
        (&a.role_id, &a.reach, &a.via, b.granted_at.is_some()).cmp(&(
            &b.role_id,
            &b.reach,
            &b.via,
            a.granted_at.is_some(),
        ))
    });
    grants.dedup_by(|a, b| a.role_id == b.role_id && a.reach == b.reach && a.via == b.via);
    grants
}

fn small(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX - 1)
}
