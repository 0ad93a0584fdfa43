//! What can each identity of an org do tonight? The moves, laid over its grants: the graph.
//!
//! Identities that hold the same in the same way are one node. A call is made by one identity with what it holds itself,
//! or by a member of one group with what the group carries: rights of several are not added up, because one call carries
//! one token.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::graph::{Alternative, Edge, GOAL, Graph, Node, RemovalId, Sureness};
use super::moves::{self, Gains, Move, Needs};
use crate::cross::AccessMap;
use crate::cross::principal::{HeldGrant, Principal, Standing};
use crate::matrix::{Match, UserContext};
use crate::model::coverage::Listing;
use crate::model::grant::{Grant, Reach, SubjectKind};
use crate::model::id::{GroupId, UserId};

/// The node of whoever can be any user.
pub(super) const ANY_USER: Node = 1;

/// Who a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bearer {
    /// Whatever the goal is.
    Goal,
    /// Any user.
    AnyUser,
    /// Principals, by position in the map, that hold the same in the same way.
    Principals(Vec<usize>),
    /// Users that were not collected, by id, of whom only the grants are known.
    Others(Vec<String>),
    /// A group, by id.
    Group(GroupId),
}

impl Bearer {
    /// How many it stands for.
    pub(super) fn members(&self) -> usize {
        match self {
            Self::Principals(all) => all.len(),
            Self::Others(all) => all.len(),
            Self::Goal | Self::AnyUser | Self::Group(_) => 1,
        }
    }
}

/// A removal: a role taken from a node, or the node taken out of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Taken {
    /// The role, by its position, from the node, wherever it was granted to it directly.
    Role(usize),
    /// The node, out of the group.
    Membership(GroupId),
}

/// A right that a node holds, for those who tell it.
#[derive(Clone, Debug)]
pub(super) struct HeldRight {
    /// The permission, by number; `None`: the role itself is what counts.
    pub permission: Option<usize>,
    /// The role, by position.
    pub role: usize,
    /// Where.
    pub reach: Reach,
    /// The group it comes through.
    pub via: Option<GroupId>,
    /// What makes it less than sure; empty where nothing does.
    pub weak: String,
}

/// What an edge is, for those who tell it.
#[derive(Clone, Debug)]
pub(super) struct MoveMade {
    /// The move; `None`: who can be any user is this one.
    pub made: Option<&'static Move>,
    /// One operation a call: the first ones make a client, where that is part of it.
    pub operations: Vec<String>,
    /// By clause: the call that needs it.
    pub call_of: Vec<usize>,
    /// Whether the first call makes a client that carries the caller's roles in all divisions.
    pub by_client: bool,
    /// What is open beside what the move says.
    pub open: &'static str,
}

/// The graph of an org, with what its numbers mean.
pub(super) struct Ground {
    pub graph: Graph,
    pub bearers: Vec<Bearer>,
    pub removals: Vec<(Node, Taken)>,
    pub rights: Vec<HeldRight>,
    pub made: Vec<MoveMade>,
    /// By principal that holds a right that a move needs: its node.
    pub node_of: BTreeMap<usize, Node>,
    removal_ids: HashMap<(Node, Taken), RemovalId>,
    group_nodes: HashMap<GroupId, Node>,
}

/// A call of a move under the matrix in force: an operation, and the permissions it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Call {
    operation: String,
    /// Clauses: of each one permission is enough.
    clauses: Vec<Vec<usize>>,
    needs_user: bool,
}

/// A move under the matrix in force: by call, the operations that do.
struct Possible {
    made: &'static Move,
    calls: Vec<Vec<Call>>,
}

/// What makes two identities one node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Signature {
    kind: u8,
    policies: Vec<usize>,
    grants: Vec<(usize, Reach, Option<GroupId>)>,
    lacks: (bool, bool),
}

/// An identity on its way into the graph.
struct Identity {
    is_machine: bool,
    grants: Vec<HeldGrant>,
    policies: Vec<usize>,
}

impl Ground {
    /// Lays the graph.
    pub(super) fn of(map: &AccessMap<'_>) -> Self {
        let possible = possible(map);
        let needed: BTreeSet<usize> =
            possible.iter().flat_map(|one| one.calls.iter().flatten()).flat_map(|call| call.clauses.concat()).collect();
        let mut by_subject: HashMap<&str, Vec<&Grant>> = HashMap::new();
        for grant in &map.snapshot.grants {
            by_subject.entry(grant.subject.as_str()).or_default().push(grant);
        }
        let role_at = map.snapshot.roles.iter().enumerate().map(|(at, role)| (role.id.as_str(), at)).collect();
        let groups = map.snapshot.groups.iter();
        let active = groups.filter(|group| group.state.as_deref().unwrap_or("active") == "active");
        let active = active.map(|group| &group.id).collect();
        let builder = Builder { map, needed, possible, by_subject, role_at, active };
        let mut ground = Self {
            graph: Graph { edges: vec![Vec::new(), Vec::new()] },
            bearers: vec![Bearer::Goal, Bearer::AnyUser],
            removals: Vec::new(),
            rights: Vec::new(),
            made: Vec::new(),
            node_of: BTreeMap::new(),
            removal_ids: HashMap::new(),
            group_nodes: HashMap::new(),
        };
        let identities = builder.nodes(&mut ground);
        for (node, identity) in &identities {
            let edges = builder.edges(&mut ground, *node, identity, &identities);
            if let Some(own) = ground.graph.edges.get_mut(*node) {
                *own = edges;
            }
        }
        let label = ground.label(MoveMade {
            made: None,
            operations: Vec::new(),
            call_of: Vec::new(),
            by_client: false,
            open: "",
        });
        let users =
            identities.iter().filter(|(node, identity)| !identity.is_machine && builder.can_act(&ground, **node));
        let becomes = users.filter(|(node, _)| !matches!(ground.bearers.get(**node), Some(Bearer::Group(_))));
        let becomes: Vec<Edge> = becomes
            .map(|(node, _)| Edge {
                to: *node,
                steps: 0,
                sureness: Sureness::Published,
                only_roles: false,
                clauses: Vec::new(),
                label,
            })
            .collect();
        if let Some(any) = ground.graph.edges.get_mut(ANY_USER) {
            *any = becomes;
        }
        ground
    }

    fn label(&mut self, made: MoveMade) -> usize {
        self.made.push(made);
        self.made.len() - 1
    }

    fn removal(&mut self, node: Node, taken: Taken) -> RemovalId {
        let next = self.removals.len();
        let id = *self.removal_ids.entry((node, taken.clone())).or_insert(next);
        if id == next {
            self.removals.push((node, taken));
        }
        id
    }

    /// The node of a group, where it carries a right that a move needs.
    pub(super) fn group_node(&self, group: &GroupId) -> Option<Node> {
        self.group_nodes.get(group).copied()
    }
}

/// The moves whose operations the matrix has, with what each asks for. An operation whose requirement is not published
/// is left out: anybody might make it, which says nothing of one principal.
fn possible(map: &AccessMap<'_>) -> Vec<Possible> {
    let coverage = &map.snapshot.coverage;
    let there = |needs: Needs| match needs {
        Needs::Nothing => true,
        Needs::Policies => !map.snapshot.policies.is_empty() || !coverage.is_whole(Listing::Policies),
        Needs::Trustees => !map.snapshot.trustees.is_empty() || !coverage.is_whole(Listing::Trustees),
    };
    let call = |operation: &&'static str| {
        let (_, found) = map.matrix.resolve(&operation.parse().ok()?)?;
        let number = |name| map.rights.index.number(name);
        let permissions: Vec<usize> = found.requirement.permissions.iter().filter_map(number).collect();
        let clauses = match found.requirement.permissions_match {
            Match::Any => vec![permissions],
            Match::All => permissions.into_iter().map(|one| vec![one]).collect(),
            Match::None | Match::Unknown => return None,
        };
        let needs_user = found.requirement.user_context == UserContext::Yes;
        Some(Call { operation: found.endpoint.to_string(), clauses, needs_user })
    };
    let alternatives = |operations: &&'static [&'static str]| {
        let mut calls: Vec<Call> = Vec::new();
        for one in operations.iter().filter_map(call) {
            // Of several that ask for the same, the plainest is told.
            if !calls.iter().any(|known| known.clauses == one.clauses && known.needs_user == one.needs_user) {
                calls.push(one);
            }
        }
        calls
    };
    let all = moves::ALL.iter().filter(|one| there(one.needs));
    all.map(|made| Possible { made, calls: made.calls.iter().map(alternatives).collect() }).collect()
}

struct Builder<'m, 'a> {
    map: &'m AccessMap<'a>,
    needed: BTreeSet<usize>,
    possible: Vec<Possible>,
    by_subject: HashMap<&'m str, Vec<&'m Grant>>,
    /// Positions of roles, by id.
    role_at: HashMap<&'m str, usize>,
    /// The groups that are seen to be active.
    active: HashSet<&'m GroupId>,
}

impl Builder<'_, '_> {
    /// Makes the nodes of all identities and groups that hold a right that a move needs.
    fn nodes(&self, ground: &mut Ground) -> BTreeMap<Node, Identity> {
        let mut nodes: HashMap<Signature, Node> = HashMap::new();
        let mut identities: BTreeMap<Node, Identity> = BTreeMap::new();
        let every_role = self.every_role();
        let mut place = |ground: &mut Ground, signature: Signature, identity: Identity, bearer: Bearer| {
            let node = *nodes.entry(signature).or_insert(ground.bearers.len());
            match (ground.bearers.get_mut(node), bearer) {
                (Some(Bearer::Principals(known)), Bearer::Principals(more)) => known.extend(more),
                (Some(Bearer::Others(known)), Bearer::Others(more)) => known.extend(more),
                (Some(_), _) => {}
                (None, bearer) => {
                    ground.bearers.push(bearer);
                    ground.graph.edges.push(Vec::new());
                    identities.insert(node, identity);
                }
            }
            node
        };
        for (at, principal) in self.map.principals().iter().enumerate().filter(|(_, one)| !one.acts_for_users()) {
            // What is held at all is known of each distinct set of grants: most hold none of it.
            let held = self.map.holdings_of(principal);
            if !held.is_some_and(|held| self.needed.iter().any(|permission| held.at_all.contains(*permission))) {
                continue;
            }
            let grants = self.map.grants_of(principal);
            let policies: Vec<usize> = principal.policies.iter().collect();
            let kind = 2 * u8::from(principal.is_machine()) + u8::from(principal.standing != Standing::Inactive);
            let identity = Identity { is_machine: principal.is_machine(), grants, policies };
            let signature = self.signature(kind, &identity, self.lacks(principal, &every_role));
            let node = place(ground, signature, identity, Bearer::Principals(vec![at]));
            ground.node_of.insert(at, node);
        }
        for (id, grants) in self.others() {
            let identity = Identity { is_machine: false, grants, policies: Vec::new() };
            if self.holds_needed(&identity) {
                let signature = self.signature(4, &identity, (true, true));
                place(ground, signature, identity, Bearer::Others(vec![id.to_owned()]));
            }
        }
        for group in &self.map.snapshot.groups {
            let grants = self.granted_to(group.id.as_str(), None);
            let identity = Identity { is_machine: false, grants, policies: Vec::new() };
            if self.holds_needed(&identity) {
                // A group is always a node of its own.
                let node = ground.bearers.len();
                ground.bearers.push(Bearer::Group(group.id.clone()));
                ground.group_nodes.insert(group.id.clone(), node);
                ground.graph.edges.push(Vec::new());
                identities.insert(node, identity);
            }
        }
        identities
    }

    /// What all roles of the org come to together.
    fn every_role(&self) -> fixedbitset::FixedBitSet {
        let mut all = fixedbitset::FixedBitSet::with_capacity(self.map.rights.index.len());
        for role in &self.map.rights.roles {
            all.union_with(&role.always);
            all.union_with(&role.under_condition);
        }
        all
    }

    /// Whether there is a right that it does not hold everywhere without condition, and whether a role would give one.
    fn lacks(&self, principal: &Principal, every_role: &fixedbitset::FixedBitSet) -> (bool, bool) {
        let Some(held) = self.map.holdings_of(principal) else { return (true, true) };
        (!self.map.rights.in_catalogue.is_subset(&held.fully), !every_role.is_subset(&held.fully))
    }

    fn signature(&self, kind: u8, identity: &Identity, lacks: (bool, bool)) -> Signature {
        // Which clients are within reach rests on all roles that are held, not only on those that give something.
        let edits_clients = identity.is_machine || self.reaches_clients(identity);
        let grants = identity.grants.iter().filter(|grant| edits_clients || self.gives_needed(grant));
        let mut grants: Vec<_> =
            grants.map(|grant| (grant.role.unwrap_or(usize::MAX), grant.reach.clone(), grant.via.clone())).collect();
        grants.sort();
        let policies = identity.policies.clone();
        Signature { kind, policies, grants, lacks }
    }

    fn reaches_clients(&self, identity: &Identity) -> bool {
        let gains = |one: &&Possible| one.made.gains == Gains::ClientsWithinReach;
        let mut needed = self.possible.iter().filter(gains).flat_map(|one| one.calls.iter().flatten());
        needed.any(|call| {
            call.clauses
                .concat()
                .iter()
                .any(|permission| identity.grants.iter().any(|grant| self.gives(grant, *permission).is_some()))
        })
    }

    /// Whether the grant's role gives the permission: `Some(true)` without a condition.
    fn gives(&self, grant: &HeldGrant, permission: usize) -> Option<bool> {
        let role = self.map.rights.roles.get(grant.role?)?;
        if role.always.contains(permission) {
            Some(true)
        } else {
            role.under_condition.contains(permission).then_some(false)
        }
    }

    fn gives_needed(&self, grant: &HeldGrant) -> bool {
        self.needed.iter().any(|permission| self.gives(grant, *permission).is_some())
    }

    fn holds_needed(&self, identity: &Identity) -> bool {
        identity.grants.iter().any(|grant| self.gives_needed(grant))
    }

    /// Users that were not collected, with the grants that the lists of roles and groups tell of them.
    fn others(&self) -> BTreeMap<&str, Vec<HeldGrant>> {
        let snapshot = self.map.snapshot;
        let clients = snapshot.oauth_clients.iter().map(|client| client.id.as_str());
        let groups = snapshot.groups.iter().map(|group| group.id.as_str());
        let users = snapshot.users.iter().map(|user| user.id.as_str());
        let known: BTreeSet<&str> = clients.chain(groups).chain(users).collect();
        let mut others: BTreeMap<&str, Vec<HeldGrant>> = BTreeMap::new();
        for grant in snapshot.grants.iter().filter(|grant| grant.subject_kind == SubjectKind::User) {
            if !known.contains(grant.subject.as_str()) {
                others.entry(grant.subject.as_str()).or_default().push(self.held(grant, None));
            }
        }
        for (group, members) in &snapshot.group_members {
            let carried = self.granted_to(group.as_str(), Some(group));
            let members: Vec<&UserId> = members.iter().filter(|user| !known.contains(user.as_str())).collect();
            for user in members.into_iter().filter(|_| !carried.is_empty()) {
                others.entry(user.as_str()).or_default().extend(carried.iter().cloned());
            }
        }
        others
    }

    fn granted_to(&self, subject: &str, via: Option<&GroupId>) -> Vec<HeldGrant> {
        self.by_subject.get(subject).into_iter().flatten().map(|grant| self.held(grant, via)).collect()
    }

    fn held(&self, grant: &Grant, via: Option<&GroupId>) -> HeldGrant {
        HeldGrant {
            role: self.role_at.get(grant.role.as_str()).copied(),
            role_id: grant.role.clone(),
            reach: grant.reach.clone(),
            via: via.cloned(),
            granted_at: grant.granted_at,
            read_from: grant.read_from,
        }
    }

    /// Whether the node can be used by another: an inactive principal cannot.
    fn can_act(&self, ground: &Ground, node: Node) -> bool {
        let Some(Bearer::Principals(all)) = ground.bearers.get(node) else { return true };
        let first = all.first().and_then(|at| self.map.principals().get(*at));
        first.is_none_or(|principal| principal.standing != Standing::Inactive)
    }

    /// The moves of a node.
    fn edges(
        &self,
        ground: &mut Ground,
        node: Node,
        identity: &Identity,
        identities: &BTreeMap<Node, Identity>,
    ) -> Vec<Edge> {
        let mut edges = Vec::new();
        let own_client = self.possible.iter().find(|one| one.made.gains == Gains::OwnRolesEverywhere);
        let limited = identity.grants.iter().any(|grant| grant.reach != Reach::All && self.gives_needed(grant));
        for possible in &self.possible {
            for calls in sequences(&possible.calls) {
                if possible.made.gains == Gains::OwnRolesEverywhere {
                    continue;
                }
                edges.extend(self.made(ground, node, identity, identities, (possible.made, &calls), None));
                // A client of its own widens what is held in single divisions, and only that.
                for client in own_client.filter(|_| limited).into_iter().flat_map(|one| one.calls.iter().flatten()) {
                    edges.extend(self.made(ground, node, identity, identities, (possible.made, &calls), Some(client)));
                }
            }
        }
        edges
    }

    fn made(
        &self,
        ground: &mut Ground,
        node: Node,
        identity: &Identity,
        identities: &BTreeMap<Node, Identity>,
        (made, calls): (&'static Move, &[&Call]),
        by_client: Option<&Call>,
    ) -> Vec<Edge> {
        let (mut clauses, mut call_of) = (Vec::new(), Vec::new());
        for (at, call) in by_client.into_iter().chain(calls.iter().copied()).enumerate() {
            // What is not the client's making is done by the client: in all divisions, and with no user behind it.
            let done_by_client = by_client.is_some() && at > 0;
            if call.needs_user && (identity.is_machine || done_by_client) {
                return Vec::new();
            }
            for clause in &call.clauses {
                let alternatives = self.alternatives(ground, node, identity, clause, done_by_client);
                if alternatives.is_empty() {
                    return Vec::new();
                }
                clauses.push(alternatives);
                call_of.push(at);
            }
        }
        // Where nothing is limited to a division, a client of its own adds nothing.
        let widens = clauses.iter().zip(&call_of).any(|(clause, at)| {
            *at > 0 && clause.iter().all(|one| ground.rights.get(one.label).is_some_and(|one| one.reach != Reach::All))
        });
        if by_client.is_some() && !widens {
            return Vec::new();
        }
        let takes_user = "a client cannot be a member itself: it takes a user account";
        let is_client = identity.is_machine || by_client.is_some();
        let open = if made.gains == Gains::Groups && is_client { takes_user } else { "" };
        let operations =
            by_client.into_iter().chain(calls.iter().copied()).map(|call| call.operation.clone()).collect();
        let sureness = if by_client.is_some() { made.sureness.max(Sureness::Likely) } else { made.sureness };
        let label =
            ground.label(MoveMade { made: Some(made), operations, call_of, by_client: by_client.is_some(), open });
        let steps = u32::try_from(calls.len() + usize::from(by_client.is_some())).unwrap_or(u32::MAX / 2);
        let only_roles = made.gains == Gains::AnyRole;
        let edge = |to, sureness, clauses| Edge { to, steps, sureness, only_roles, clauses, label };
        match made.gains {
            Gains::AnyRole | Gains::AnyRight | Gains::StoredRights => vec![edge(GOAL, sureness, clauses)],
            Gains::AnyUser => vec![edge(ANY_USER, sureness, clauses)],
            Gains::Groups => {
                let sureness = if is_client { sureness.max(Sureness::Likely) } else { sureness };
                let groups = identities.keys().filter_map(|other| match ground.bearers.get(*other) {
                    Some(Bearer::Group(id)) if *other != node => Some((*other, self.is_active(id))),
                    _ => None,
                });
                groups
                    .map(|(other, active)| {
                        let sureness = if active { sureness } else { sureness.max(Sureness::Likely) };
                        edge(other, sureness, clauses.clone())
                    })
                    .collect()
            }
            Gains::ClientsWithinReach => {
                let clients = identities.iter().filter(|(other, one)| {
                    **other != node && one.is_machine && self.can_act(ground, **other) && !one.grants.is_empty()
                });
                let clients: Vec<(Node, BTreeSet<usize>)> = clients
                    .map(|(other, one)| {
                        (*other, one.grants.iter().map(|grant| grant.role.unwrap_or(usize::MAX)).collect())
                    })
                    .collect();
                let mut edges = Vec::new();
                for (other, roles) in clients {
                    let held = roles.iter().map(|role| self.role_held(ground, node, identity, *role));
                    let held: Vec<Vec<Alternative>> = held.collect();
                    if held.iter().all(|clause| !clause.is_empty()) {
                        edges.push(edge(other, sureness, clauses.iter().cloned().chain(held).collect()));
                    }
                }
                edges
            }
            Gains::OwnRolesEverywhere => Vec::new(),
        }
    }

    /// The grants that give one of the permissions.
    fn alternatives(
        &self,
        ground: &mut Ground,
        node: Node,
        identity: &Identity,
        permissions: &[usize],
        everywhere: bool,
    ) -> Vec<Alternative> {
        let mut found = Vec::new();
        for grant in &identity.grants {
            for permission in permissions {
                let (Some(always), Some(role)) = (self.gives(grant, *permission), grant.role) else { continue };
                let limited = !self.map.rights.everywhere.contains(*permission);
                let weak = match (&grant.reach, &grant.via) {
                    _ if !always => "held only under a condition".to_owned(),
                    (Reach::In(id), _) if limited && !everywhere => {
                        format!("held only in division `{}`", self.map.division_name(id))
                    }
                    _ if self.may_be_denied(identity, *permission) => "an access policy may deny it".to_owned(),
                    (_, Some(group)) if !self.is_active(group) => {
                        "whether a group that is not seen to be active passes its roles on is not published".to_owned()
                    }
                    _ => String::new(),
                };
                let reach = if limited { grant.reach.clone() } else { Reach::All };
                let right = HeldRight { permission: Some(*permission), role, reach, via: grant.via.clone(), weak };
                found.push(self.alternative(ground, node, right));
            }
        }
        found
    }

    /// The grants of a role.
    fn role_held(&self, ground: &mut Ground, node: Node, identity: &Identity, role: usize) -> Vec<Alternative> {
        let grants = identity.grants.iter().filter(|grant| grant.role == Some(role));
        grants
            .map(|grant| {
                let (reach, via) = (grant.reach.clone(), grant.via.clone());
                self.alternative(ground, node, HeldRight { permission: None, role, reach, via, weak: String::new() })
            })
            .collect()
    }

    fn alternative(&self, ground: &mut Ground, node: Node, right: HeldRight) -> Alternative {
        let breaks = match &right.via {
            None => vec![ground.removal(node, Taken::Role(right.role))],
            Some(group) => {
                let out = ground.removal(node, Taken::Membership(group.clone()));
                let carried = ground.group_node(group).map(|group| ground.removal(group, Taken::Role(right.role)));
                std::iter::once(out).chain(carried).collect()
            }
        };
        let sureness = if right.weak.is_empty() { Sureness::Published } else { Sureness::Likely };
        ground.rights.push(right);
        Alternative { breaks, sureness, label: ground.rights.len() - 1 }
    }

    fn may_be_denied(&self, identity: &Identity, permission: usize) -> bool {
        let touching = self.map.denials().touching(&[permission]);
        touching.iter().any(|policy| identity.policies.contains(policy))
    }

    fn is_active(&self, group: &GroupId) -> bool {
        self.active.contains(group)
    }
}

/// Every way to make the calls, one operation each.
fn sequences(calls: &[Vec<Call>]) -> Vec<Vec<&Call>> {
    let mut all: Vec<Vec<&Call>> = vec![Vec::new()];
    for operations in calls {
        all = all
            .iter()
            .flat_map(|known| operations.iter().map(move |one| known.iter().copied().chain([one]).collect()))
            .collect();
    }
    all
}
