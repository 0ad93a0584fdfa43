//! Who can act, and who of them holds the same in the same way?

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::graph::Node;
use super::identity_graph::{Bearer, IdentityGraph};
use super::moves::Gains;
use super::possible::Possible;
use crate::cross::AccessMap;
use crate::cross::principal::{HeldGrant, Principal, Standing};
use rolecall_base::grant::{Grant, Reach, SubjectKind};
use rolecall_base::id::{GroupId, UserId};

/// What makes two identities one node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Signature {
    kind: u8,
    policies: Vec<usize>,
    grants: Vec<(usize, Reach, Option<GroupId>)>,
    lacks: (bool, bool),
}

/// An identity on its way into the graph.
pub(super) struct Identity {
    pub(super) is_machine: bool,
    pub(super) grants: Vec<HeldGrant>,
    pub(super) policies: Vec<usize>,
}

/// What the graph is laid from.
pub(super) struct Builder<'m, 'a> {
    pub(super) map: &'m AccessMap<'a>,
    pub(super) needed: BTreeSet<usize>,
    pub(super) possible: Vec<Possible>,
    pub(super) by_subject: HashMap<&'m str, Vec<&'m Grant>>,
    /// Positions of roles, by id.
    pub(super) role_at: HashMap<&'m str, usize>,
    /// The groups that are seen to be active.
    pub(super) active: HashSet<&'m GroupId>,
}

impl Builder<'_, '_> {
    /// Makes the nodes of all identities and groups that hold a right that a move needs.
    pub(super) fn nodes(&self, graph: &mut IdentityGraph) -> BTreeMap<Node, Identity> {
        let mut nodes: HashMap<Signature, Node> = HashMap::new();
        let mut identities: BTreeMap<Node, Identity> = BTreeMap::new();
        let every_role = self.every_role();
        let mut place = |graph: &mut IdentityGraph, signature: Signature, identity: Identity, bearer: Bearer| {
            let node = *nodes.entry(signature).or_insert(graph.bearers.len());
            match (graph.bearers.get_mut(node), bearer) {
                (Some(Bearer::Principals(known)), Bearer::Principals(more)) => known.extend(more),
                (Some(Bearer::Others(known)), Bearer::Others(more)) => known.extend(more),
                (Some(_), _) => {}
                (None, bearer) => {
                    graph.bearers.push(bearer);
                    graph.graph.edges.push(Vec::new());
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
            let node = place(graph, signature, identity, Bearer::Principals(vec![at]));
            graph.node_of.insert(at, node);
        }
        for (id, grants) in self.others() {
            let identity = Identity { is_machine: false, grants, policies: Vec::new() };
            if self.holds_needed(&identity) {
                let signature = self.signature(4, &identity, (true, true));
                place(graph, signature, identity, Bearer::Others(vec![id.to_owned()]));
            }
        }
        for group in &self.map.snapshot.groups {
            let grants = self.granted_to(group.id.as_str(), None);
            let identity = Identity { is_machine: false, grants, policies: Vec::new() };
            if self.holds_needed(&identity) {
                // A group is always a node of its own.
                let node = graph.bearers.len();
                graph.bearers.push(Bearer::Group(group.id.clone()));
                graph.group_nodes.insert(group.id.clone(), node);
                graph.graph.edges.push(Vec::new());
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
    pub(super) fn gives(&self, grant: &HeldGrant, permission: usize) -> Option<bool> {
        let role = self.map.rights.roles.get(grant.role?)?;
        if role.always.contains(permission) {
            Some(true)
        } else {
            role.under_condition.contains(permission).then_some(false)
        }
    }

    pub(super) fn gives_needed(&self, grant: &HeldGrant) -> bool {
        self.needed.iter().any(|permission| self.gives(grant, *permission).is_some())
    }

    fn holds_needed(&self, identity: &Identity) -> bool {
        identity.grants.iter().any(|grant| self.gives_needed(grant))
    }

    /// Users that were not collected, with their grants in the lists of roles and groups.
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
}
