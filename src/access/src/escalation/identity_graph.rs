//! The graph of what each identity of an org can do, with what its numbers mean: who a node is, what a removal takes
//! away, which right or move a label stands for.

use std::collections::{BTreeMap, HashMap};

use super::graph::{Graph, Node, RemovalId};
use super::moves::Move;
use rolecall_base::grant::Reach;
use rolecall_base::id::GroupId;

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

/// A right that a node holds, to describe a path.
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

/// What an edge stands for, to describe a path.
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
pub(super) struct IdentityGraph {
    pub graph: Graph,
    pub bearers: Vec<Bearer>,
    pub removals: Vec<(Node, Taken)>,
    pub rights: Vec<HeldRight>,
    pub made: Vec<MoveMade>,
    /// By principal that holds a right that a move needs: its node.
    pub node_of: BTreeMap<usize, Node>,
    removal_ids: HashMap<(Node, Taken), RemovalId>,
    pub group_nodes: HashMap<GroupId, Node>,
}

impl IdentityGraph {
    /// A graph with the goal and "any user" in it.
    pub(super) fn new() -> Self {
        Self {
            graph: Graph { edges: vec![Vec::new(), Vec::new()] },
            bearers: vec![Bearer::Goal, Bearer::AnyUser],
            removals: Vec::new(),
            rights: Vec::new(),
            made: Vec::new(),
            node_of: BTreeMap::new(),
            removal_ids: HashMap::new(),
            group_nodes: HashMap::new(),
        }
    }

    pub(super) fn label(&mut self, made: MoveMade) -> usize {
        self.made.push(made);
        self.made.len() - 1
    }

    pub(super) fn removal(&mut self, node: Node, taken: Taken) -> RemovalId {
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
