//! Can this principal raise its own rights: how, how surely, and what would stop it?

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::build;
use super::cut::{self, Cut, Question};
use super::graph::{Alternative, Cost, Edge, Filter, GOAL, Graph, Node, RemovalId, Start, Sureness};
use super::identity_graph::{Bearer, IdentityGraph};
use super::moves::ADD_MEMBERS;
use super::path::{self, Path, Removal};
use crate::cross::AccessMap;
use rolecall_base::id::GroupId;
use rolecall_matrix::Match;

/// What a principal can come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raise {
    /// The shortest path; of several as short, the surest.
    pub shortest: Path,
    /// The shortest of the surest paths, where that is a surer one.
    pub surest: Option<Path>,
    /// The fewest removals that leave no path at all.
    pub cut: Option<ShownCut>,
    /// The fewest that leave none but paths whose requirement is not published, where these are others.
    pub published_cut: Option<ShownCut>,
    /// How many permissions of the org's catalogue it does not hold in all divisions without a condition.
    pub lacks: usize,
}

/// A cut in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCut {
    /// What to remove.
    pub removals: Vec<Removal>,
    /// How many single removals that is.
    pub size: usize,
    /// No cut is smaller than this.
    pub at_least: usize,
    /// How many paths were looked at: each must lose something, and nothing smaller takes from all of them.
    pub paths: usize,
}

impl ShownCut {
    /// Whether it is proven that nothing smaller does.
    pub fn is_smallest(&self) -> bool {
        self.size == self.at_least
    }
}

/// A group whose membership is power, and which the platform does not say who may join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenGroup {
    /// The group.
    pub group: GroupId,
    /// What a member can do next.
    pub path: Path,
}

/// The ways of an org.
pub struct Ways<'m> {
    map: &'m AccessMap<'m>,
    graph: IdentityGraph,
    costs: BTreeMap<Filter, Vec<Option<Cost>>>,
}

impl<'m> Ways<'m> {
    /// Works out who can do what next.
    pub fn of(map: &'m AccessMap<'m>) -> Self {
        let graph = build::build(map);
        let nothing = BTreeSet::new();
        let filters = Sureness::ALL
            .into_iter()
            .flat_map(|at_least| [true, false].into_iter().map(move |roles_count| Filter { at_least, roles_count }));
        let costs = filters.map(|filter| (filter, graph.graph.costs(&nothing, filter, None))).collect();
        Self { map, graph, costs }
    }

    /// What a principal (its position in the map) can come to; `None` where it cannot raise its rights, for all that was
    /// read, or has all there are.
    pub fn raise(&self, principal: usize) -> Option<Raise> {
        let node = *self.graph.node_of.get(&principal)?;
        self.from(node, principal)
    }

    /// What every principal can come to, by position in the map. Those who hold the same in the same way are looked at
    /// once.
    pub fn raises(&self) -> BTreeMap<usize, Raise> {
        let nodes: BTreeMap<Node, Vec<usize>> =
            self.graph.node_of.iter().fold(BTreeMap::new(), |mut nodes: BTreeMap<Node, Vec<usize>>, (at, node)| {
                nodes.entry(*node).or_default().push(*at);
                nodes
            });
        let nodes: Vec<(Node, Vec<usize>)> = nodes.into_iter().collect();
        let raises = nodes.par_iter().flat_map_iter(|(node, members)| {
            let raise = members.first().and_then(|first| self.from(*node, *first));
            members.iter().filter_map(move |at| Some((*at, Raise { lacks: self.lacks(*at), ..raise.clone()? })))
        });
        raises.collect()
    }

    /// The groups that anybody may be able to join, because what adding members asks for is not published, and whose
    /// members can raise their rights. Sorted by id.
    pub fn open_groups(&self) -> Vec<OpenGroup> {
        let operation = ADD_MEMBERS.parse().ok().and_then(|endpoint| self.map.matrix.resolve(&endpoint));
        let published =
            operation.is_none_or(|(_, found)| matches!(found.requirement.permissions_match, Match::Any | Match::All));
        if published {
            return Vec::new();
        }
        let filter = Filter { at_least: Sureness::NotPublished, roles_count: true };
        let costs = self.costs_of(filter);
        let nothing = BTreeSet::new();
        let groups = self.graph.bearers.iter().enumerate().filter_map(|(node, bearer)| match bearer {
            Bearer::Group(id) => Some((node, id)),
            _ => None,
        });
        let mut open: Vec<OpenGroup> = groups
            .filter_map(|(node, id)| {
                let edges = self.graph.graph.edges.get(node)?;
                let start = Start { edges, without: None };
                let way = self.graph.graph.way(start, costs, &nothing, filter)?;
                Some(OpenGroup { group: id.clone(), path: path::describe(self.map, &self.graph, &way) })
            })
            .collect();
        open.sort_by(|a, b| a.group.cmp(&b.group));
        open
    }

    fn costs_of(&self, filter: Filter) -> &[Option<Cost>] {
        self.costs.get(&filter).map_or(&[], Vec::as_slice)
    }

    fn from(&self, node: Node, principal: usize) -> Option<Raise> {
        let held = self.map.principals().get(principal).and_then(|one| self.map.holdings_of(one))?;
        let rights = &self.map.rights;
        let lacks = self.lacks(principal);
        let gains_by_roles = rights
            .roles
            .iter()
            .any(|role| !role.always.is_subset(&held.fully) || !role.under_condition.is_subset(&held.fully));
        if lacks == 0 && rights.catalogue_whole && !gains_by_roles {
            return None;
        }
        let alone = self.graph.bearers.get(node).is_some_and(|bearer| bearer.members() == 1);
        let edges = self.own_edges(node, alone)?;
        let start = Start { edges: &edges, without: alone.then_some(node) };
        let any = Filter { at_least: Sureness::NotPublished, roles_count: gains_by_roles };
        let nothing = BTreeSet::new();
        let path = |filter: Filter| {
            let way = self.graph.graph.way(start, self.costs_of(filter), &nothing, filter)?;
            Some(path::describe(self.map, &self.graph, &way))
        };
        let shortest = path(any)?;
        let mut surer = Sureness::ALL.into_iter().filter(|level| *level < shortest.sureness);
        let surest = surer.find_map(|at_least| path(Filter { at_least, ..any }));
        // Who holds all that roles give lacks something once a role is removed, and could take it back.
        let all = Filter { roles_count: true, ..any };
        let cut = self.cut(node, start, all);
        let published = Filter { at_least: Sureness::Likely, ..all };
        let published_cut = self.cut(node, start, published).filter(|other| Some(other) != cut.as_ref());
        let published_cut = published_cut.filter(|other| cut.as_ref().is_none_or(|cut| cut.removals != other.removals));
        Some(Raise { shortest, surest, cut, published_cut, lacks })
    }

    fn lacks(&self, principal: usize) -> usize {
        let held = self.map.principals().get(principal).and_then(|one| self.map.holdings_of(one));
        held.map_or(0, |held| self.map.rights.in_catalogue.difference(&held.fully).count())
    }

    /// The edges of an asker. Where others share its node, its own grants are other removals than theirs.
    fn own_edges(&self, node: Node, alone: bool) -> Option<Vec<Edge>> {
        let edges = self.graph.graph.edges.get(node)?;
        if alone {
            return Some(edges.clone());
        }
        let own = |id: &RemovalId| if self.owner(*id) == Some(node) { *id + self.graph.removals.len() } else { *id };
        let alternative =
            |one: &Alternative| Alternative { breaks: one.breaks.iter().map(own).collect(), ..one.clone() };
        let clauses = |edge: &Edge| edge.clauses.iter().map(|one| one.iter().map(alternative).collect()).collect();
        Some(edges.iter().map(|edge| Edge { clauses: clauses(edge), ..edge.clone() }).collect())
    }

    fn owner(&self, id: RemovalId) -> Option<Node> {
        self.graph.removals.get(id).map(|(node, _)| *node)
    }

    fn cut(&self, node: Node, start: Start<'_>, filter: Filter) -> Option<ShownCut> {
        let graph = &self.graph;
        let base = graph.removals.len();
        let is_own = |id: RemovalId| id >= base || (start.without == Some(node) && self.owner(id) == Some(node));
        let price = |id: RemovalId| {
            if is_own(id) {
                return (1, 0);
            }
            let owner = self.owner(id);
            let members = owner.and_then(|owner| graph.bearers.get(owner)).map_or(1, Bearer::members);
            // The asker is distinguished from those who hold the same.
            let others = if owner == Some(node) { members.saturating_sub(1).max(1) } else { members };
            let others = u32::try_from(others).unwrap_or(u32::MAX / 4096);
            (others, others)
        };
        // The asker's own node cannot help it; that only matters where its moves lead on to others.
        let leads_on = start.edges.iter().any(|edge| edge.to != GOAL);
        let anew;
        let costs = if start.without.is_some() && leads_on {
            anew = graph.graph.costs(&BTreeSet::new(), filter, start.without);
            &anew
        } else {
            self.costs_of(filter)
        };
        let is_foreign = |id: RemovalId| !is_own(id);
        let question = Question { graph: &graph.graph, start, filter, costs, is_foreign: &is_foreign, price: &price };
        let Cut { removals, size, at_least, ways } = cut::cheapest(&question)?;
        let shown = removals.iter().filter_map(|id| {
            let own = is_own(*id).then_some(node);
            path::removal(self.map, graph, if *id >= base { *id - base } else { *id }, own)
        });
        let number = |of: u32| usize::try_from(of).unwrap_or(usize::MAX);
        let mut removals: Vec<Removal> = shown.collect();
        removals.sort();
        Some(ShownCut { removals, size: number(size), at_least: number(at_least), paths: ways })
    }
}

/// The graph, for those who only ask whether there is a way.
impl Ways<'_> {
    /// How many nodes and moves the graph has: for those who measure.
    pub fn extent(&self) -> (usize, usize) {
        let graph: &Graph = &self.graph.graph;
        (graph.edges.len(), graph.edges.iter().map(Vec::len).sum())
    }
}
