//! Which nodes of a graph reach the goal, in how few steps, when some grants are removed?
//!
//! An edge is a move that one identity can make. It rests on clauses (rights that the move needs); each clause has
//! alternatives (grants that give the right); each alternative names the removals any of which would end it. So the graph
//! answers both questions, the shortest path and what breaks it, without knowing what an org is.

use std::collections::BTreeSet;

/// How well a step is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sureness {
    /// The platform publishes that the rights that are held are what the operation asks for.
    Published,
    /// They are, but something else bears on it: a condition, a single division, a policy, a second factor.
    Likely,
    /// What the operation asks for, or whose rights it uses, is not published.
    NotPublished,
}

impl Sureness {
    /// Every level, surest first.
    pub const ALL: [Self; 3] = [Self::Published, Self::Likely, Self::NotPublished];

    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Likely => "likely",
            Self::NotPublished => "not-published",
        }
    }
}

impl std::fmt::Display for Sureness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A node, by number. [`GOAL`] is there in every graph.
pub type Node = usize;

/// Any right that the org knows, or any role.
pub const GOAL: Node = 0;

/// A removal, by number.
pub type RemovalId = usize;

/// One way to hold a right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// Removals, any one of which removes it; none: nothing does.
    pub breaks: Vec<RemovalId>,
    /// `Published`, or less where the right is held under a condition or in one division.
    pub sureness: Sureness,
    /// What it stands for, to describe a path.
    pub label: usize,
}

/// A move from one node to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Where it leads.
    pub to: Node,
    /// How many calls it takes; 0: it follows of itself.
    pub steps: u32,
    /// How sure the move is where its rights are held without limit.
    pub sureness: Sureness,
    /// Whether it leads to the roles of the org and no further: of no use to one who holds as much already.
    pub only_roles: bool,
    /// The rights it needs, all of them; each with its alternatives.
    pub clauses: Vec<Vec<Alternative>>,
    /// What it stands for, to describe a path.
    pub label: usize,
}

/// Which edges count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Filter {
    /// None that is less sure.
    pub at_least: Sureness,
    /// Whether those count that lead to the roles of the org and no further.
    pub roles_count: bool,
}

/// Steps to the goal, and how sure the least sure of them is; compared in this order.
pub type Cost = (u32, Sureness);

/// The moves of all nodes, by node.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// By node: its edges.
    pub edges: Vec<Vec<Edge>>,
}

/// Where a question starts: edges of its own, and perhaps a node that is the asker itself and must not help.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The asker's edges.
    pub edges: &'a [Edge],
    /// The asker's own node in the graph, where nobody else shares it.
    pub without: Option<Node>,
}

/// A way to the goal: the edges in order, each with the alternative taken of each clause.
pub type Way<'a> = Vec<(&'a Edge, Vec<&'a Alternative>)>;

impl Edge {
    /// How sure the edge is when these removals are made; `None` where it is gone or does not count.
    pub fn sureness_without(&self, removed: &BTreeSet<RemovalId>, filter: Filter) -> Option<Sureness> {
        if self.only_roles && !filter.roles_count {
            return None;
        }
        let mut sureness = self.sureness;
        for clause in &self.clauses {
            sureness = sureness.max(best(clause, removed)?.sureness);
        }
        (sureness <= filter.at_least).then_some(sureness)
    }
}

/// The surest alternative that is left, the first of several.
fn best<'a>(clause: &'a [Alternative], removed: &BTreeSet<RemovalId>) -> Option<&'a Alternative> {
    let left = clause.iter().filter(|one| !one.breaks.iter().any(|removal| removed.contains(removal)));
    left.min_by_key(|one| one.sureness)
}

impl Graph {
    /// By node: the cost of the cheapest way to the goal; `None` where there is none. A node that is left out has none.
    pub fn costs(&self, removed: &BTreeSet<RemovalId>, filter: Filter, without: Option<Node>) -> Vec<Option<Cost>> {
        let mut costs: Vec<Option<Cost>> = vec![None; self.edges.len().max(1)];
        if let Some(goal) = costs.first_mut() {
            *goal = Some((0, Sureness::Published));
        }
        loop {
            let mut changed = false;
            for node in (1..self.edges.len()).filter(|node| Some(*node) != without) {
                let edges = self.edges.get(node).map_or(&[][..], Vec::as_slice);
                let cheapest = cheapest(edges, &costs, removed, filter).map(|(_, cost)| cost);
                let known = costs.get_mut(node);
                if let (Some(known), Some(cost)) = (known, cheapest)
                    && known.is_none_or(|known| cost < known)
                {
                    *known = Some(cost);
                    changed = true;
                }
            }
            if !changed {
                return costs;
            }
        }
    }

    /// The cheapest way from a start to the goal: fewest steps, then the surest, then the first. `costs` are those of
    /// [`Graph::costs`] for the same removals and filter.
    pub fn way<'a>(
        &'a self,
        start: Start<'a>,
        costs: &[Option<Cost>],
        removed: &BTreeSet<RemovalId>,
        filter: Filter,
    ) -> Option<Way<'a>> {
        let mut way = Vec::new();
        let mut edges = start.edges;
        loop {
            let (edge, _) = cheapest(edges, costs, removed, filter)?;
            let taken = edge.clauses.iter().map(|clause| best(clause, removed)).collect::<Option<Vec<_>>>()?;
            way.push((edge, taken));
            if edge.to == GOAL {
                return Some(way);
            }
            // Every circle takes a step, and costs fall along the way: it ends.
            edges = self.edges.get(edge.to)?;
        }
    }
}

/// The cheapest edge, the first of several.
fn cheapest<'a>(
    edges: &'a [Edge],
    costs: &[Option<Cost>],
    removed: &BTreeSet<RemovalId>,
    filter: Filter,
) -> Option<(&'a Edge, Cost)> {
    let mut found: Option<(&Edge, Cost)> = None;
    for edge in edges {
        let Some(Some((steps, rest))) = costs.get(edge.to) else { continue };
        if found.is_some_and(|(_, (fewest, _))| edge.steps + steps > fewest) {
            continue;
        }
        let Some(sureness) = edge.sureness_without(removed, filter) else { continue };
        let cost = (edge.steps + steps, sureness.max(*rest));
        if found.is_none_or(|(_, known)| cost < known) {
            found = Some((edge, cost));
        }
    }
    found
}
