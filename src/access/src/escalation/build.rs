//! What can each identity of an org do in this run? Builds the graph from the moves and the org's grants.
//!
//! Identities that hold the same in the same way are one node. A call is made by one identity with what it holds itself,
//! or by a member of one group with what the group carries: rights of several are not added up, because one call carries
//! one token.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::graph::{Alternative, Edge, GOAL, Node, Sureness};
use super::identities::{Builder, Identity};
use super::identity_graph::{ANY_USER, Bearer, HeldRight, IdentityGraph, MoveMade, Taken};
use super::moves::{Gains, Move};
use super::possible::{Call, possible, sequences};
use crate::cross::AccessMap;
use crate::cross::principal::Standing;
use rolecall_base::grant::{Grant, Reach};
use rolecall_base::id::GroupId;

/// Builds the graph of an org.
pub(super) fn build(map: &AccessMap<'_>) -> IdentityGraph {
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
    let mut graph = IdentityGraph::new();
    let identities = builder.nodes(&mut graph);
    for (node, identity) in &identities {
        let edges = builder.edges(&mut graph, *node, identity, &identities);
        if let Some(own) = graph.graph.edges.get_mut(*node) {
            *own = edges;
        }
    }
    let label =
        graph.label(MoveMade { made: None, operations: Vec::new(), call_of: Vec::new(), by_client: false, open: "" });
    let users = identities.iter().filter(|(node, identity)| !identity.is_machine && builder.can_act(&graph, **node));
    let becomes = users.filter(|(node, _)| !matches!(graph.bearers.get(**node), Some(Bearer::Group(_))));
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
    if let Some(any) = graph.graph.edges.get_mut(ANY_USER) {
        *any = becomes;
    }
    graph
}

impl Builder<'_, '_> {
    /// Whether the node can be used by another: an inactive principal cannot.
    fn can_act(&self, graph: &IdentityGraph, node: Node) -> bool {
        let Some(Bearer::Principals(all)) = graph.bearers.get(node) else { return true };
        let first = all.first().and_then(|at| self.map.principals().get(*at));
        first.is_none_or(|principal| principal.standing != Standing::Inactive)
    }

    /// The moves of a node.
    fn edges(
        &self,
        graph: &mut IdentityGraph,
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
                edges.extend(self.made(graph, node, identity, identities, (possible.made, &calls), None));
                // A client of its own widens what is held in single divisions, and only that.
                for client in own_client.filter(|_| limited).into_iter().flat_map(|one| one.calls.iter().flatten()) {
                    edges.extend(self.made(graph, node, identity, identities, (possible.made, &calls), Some(client)));
                }
            }
        }
        edges
    }

    fn made(
        &self,
        graph: &mut IdentityGraph,
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
                let alternatives = self.alternatives(graph, node, identity, clause, done_by_client);
                if alternatives.is_empty() {
                    return Vec::new();
                }
                clauses.push(alternatives);
                call_of.push(at);
            }
        }
        // Where nothing is limited to a division, a client of its own adds nothing.
        let widens = clauses.iter().zip(&call_of).any(|(clause, at)| {
            *at > 0 && clause.iter().all(|one| graph.rights.get(one.label).is_some_and(|one| one.reach != Reach::All))
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
            graph.label(MoveMade { made: Some(made), operations, call_of, by_client: by_client.is_some(), open });
        let steps = u32::try_from(calls.len() + usize::from(by_client.is_some())).unwrap_or(u32::MAX / 2);
        let only_roles = made.gains == Gains::AnyRole;
        let edge = |to, sureness, clauses| Edge { to, steps, sureness, only_roles, clauses, label };
        match made.gains {
            Gains::AnyRole | Gains::AnyRight | Gains::StoredRights => vec![edge(GOAL, sureness, clauses)],
            Gains::AnyUser => vec![edge(ANY_USER, sureness, clauses)],
            Gains::Groups => {
                let sureness = if is_client { sureness.max(Sureness::Likely) } else { sureness };
                let groups = identities.keys().filter_map(|other| match graph.bearers.get(*other) {
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
                    **other != node && one.is_machine && self.can_act(graph, **other) && !one.grants.is_empty()
                });
                let clients: Vec<(Node, BTreeSet<usize>)> = clients
                    .map(|(other, one)| {
                        (*other, one.grants.iter().map(|grant| grant.role.unwrap_or(usize::MAX)).collect())
                    })
                    .collect();
                let mut edges = Vec::new();
                for (other, roles) in clients {
                    let held = roles.iter().map(|role| self.role_held(graph, node, identity, *role));
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
        graph: &mut IdentityGraph,
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
                found.push(self.alternative(graph, node, right));
            }
        }
        found
    }

    /// The grants of a role.
    fn role_held(&self, graph: &mut IdentityGraph, node: Node, identity: &Identity, role: usize) -> Vec<Alternative> {
        let grants = identity.grants.iter().filter(|grant| grant.role == Some(role));
        grants
            .map(|grant| {
                let (reach, via) = (grant.reach.clone(), grant.via.clone());
                self.alternative(graph, node, HeldRight { permission: None, role, reach, via, weak: String::new() })
            })
            .collect()
    }

    fn alternative(&self, graph: &mut IdentityGraph, node: Node, right: HeldRight) -> Alternative {
        let breaks = match &right.via {
            None => vec![graph.removal(node, Taken::Role(right.role))],
            Some(group) => {
                let out = graph.removal(node, Taken::Membership(group.clone()));
                let carried = graph.group_node(group).map(|group| graph.removal(group, Taken::Role(right.role)));
                std::iter::once(out).chain(carried).collect()
            }
        };
        let sureness = if right.weak.is_empty() { Sureness::Published } else { Sureness::Likely };
        graph.rights.push(right);
        Alternative { breaks, sureness, label: graph.rights.len() - 1 }
    }

    fn may_be_denied(&self, identity: &Identity, permission: usize) -> bool {
        let touching = self.map.denials().touching(&[permission]);
        touching.iter().any(|policy| identity.policies.contains(policy))
    }

    fn is_active(&self, group: &GroupId) -> bool {
        self.active.contains(group)
    }
}
