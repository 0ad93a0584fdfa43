//! Which fewest removals leave no way to the goal, and how is it known that fewer do not?
//!
//! Every way that is found must lose something: the removals that would break it form a set that every cut meets. The
//! smallest set that meets all of those found so far is tried; where a way is left, it is one more set. When none is
//! left, the set is a cut, and no smaller one exists, because none meets even those sets. The sets are the certificate.

use std::collections::BTreeSet;

use super::graph::{Cost, Filter, Graph, RemovalId, Start};

/// Ways that are looked at before the search stops.
const MOST_WAYS: usize = 400;
/// Choices that are tried for one smallest set before the search stops.
const MOST_CHOICES: usize = 20_000;

/// A set of removals after which no way to the goal is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The removals, sorted.
    pub removals: Vec<RemovalId>,
    /// How many single removals that is: one that stands for several principals counts as many.
    pub size: u32,
    /// No cut is smaller than this. Equal to `size` where the search came to its end.
    pub at_least: u32,
    /// How many ways were looked at: each must lose something, and no smaller set takes from all of them.
    pub ways: usize,
}

impl Cut {
    /// Whether it is proven that no smaller cut exists.
    pub fn is_smallest(&self) -> bool {
        self.size == self.at_least
    }
}

/// What a removal costs: how many single removals it is, and how many of them touch others than the asker.
pub type Price = (u32, u32);

/// What there is to cut.
pub struct Question<'a> {
    /// The graph.
    pub graph: &'a Graph,
    /// Where the ways start.
    pub start: Start<'a>,
    /// Which edges count.
    pub filter: Filter,
    /// The costs with nothing removed, with the start's own node left out.
    pub costs: &'a [Option<Cost>],
    /// Whether a removal bears on edges of the graph; `false`: only on those of the start.
    pub is_foreign: &'a dyn Fn(RemovalId) -> bool,
    /// What a removal costs.
    pub price: &'a dyn Fn(RemovalId) -> Price,
}

impl Question<'_> {
    /// The removals that would break one way that these removals leave; `None` where they leave none.
    fn left(&self, removed: &BTreeSet<RemovalId>) -> Option<Vec<RemovalId>> {
        let anew;
        let costs = if removed.iter().any(|removal| (self.is_foreign)(*removal)) {
            anew = self.graph.costs(removed, self.filter, self.start.without);
            &anew
        } else {
            self.costs
        };
        let way = self.graph.way(self.start, costs, removed, self.filter)?;
        let breaks: BTreeSet<RemovalId> =
            way.iter().flat_map(|(_, taken)| taken).flat_map(|one| one.breaks.iter().copied()).collect();
        Some(breaks.into_iter().collect())
    }

    fn price_of(&self, removals: &[RemovalId]) -> Price {
        removals.iter().map(|removal| (self.price)(*removal)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }
}

/// The cheapest cut: the fewest removals, of these the one that touches others least, of these the first. `None` where
/// there is nothing to cut, or a way that nothing breaks.
pub fn cheapest(question: &Question<'_>) -> Option<Cut> {
    let mut ways: Vec<Vec<RemovalId>> = Vec::new();
    let mut chosen: Vec<RemovalId> = Vec::new();
    let mut at_least = 0;
    let mut proven = true;
    loop {
        let removed: BTreeSet<RemovalId> = chosen.iter().copied().collect();
        let Some(way) = question.left(&removed) else { break };
        if way.is_empty() {
            return None;
        }
        ways.push(way);
        if ways.len() >= MOST_WAYS {
            proven = false;
        }
        if proven {
            let smallest = meeting(&ways, question);
            proven = smallest.proven;
            at_least = at_least.max(smallest.at_least);
            chosen = smallest.removals;
        } else {
            // No longer the smallest, but still a cut in the end: each round takes the cheapest part of what is left.
            let last = ways.last().map_or(&[][..], Vec::as_slice);
            chosen.extend(last.iter().copied().min_by_key(|removal| ((question.price)(*removal), *removal)));
            chosen.sort_unstable();
            chosen.dedup();
        }
    }
    if ways.is_empty() {
        return None;
    }
    let (size, _) = question.price_of(&chosen);
    let at_least = if proven { size } else { at_least.min(size) };
    Some(Cut { removals: chosen, size, at_least, ways: ways.len() })
}

/// A set that meets all of the sets.
struct Meeting {
    removals: Vec<RemovalId>,
    at_least: u32,
    proven: bool,
}

struct Search<'a> {
    sets: &'a [Vec<RemovalId>],
    question: &'a Question<'a>,
    best: Option<(Price, Vec<RemovalId>)>,
    choices: usize,
}

/// The cheapest set that meets all of them.
fn meeting(sets: &[Vec<RemovalId>], question: &Question<'_>) -> Meeting {
    let mut search = Search { sets, question, best: None, choices: 0 };
    let mut chosen = Vec::new();
    search.descend(&mut chosen, (0, 0), &BTreeSet::new());
    let proven = search.choices < MOST_CHOICES;
    let bound = search.bound(&BTreeSet::new());
    let (price, mut removals) = search.best.unwrap_or_default();
    removals.sort_unstable();
    Meeting { removals, at_least: if proven { price.0 } else { bound }, proven }
}

impl Search<'_> {
    /// A set that none of these meets yet: the one with the fewest ways to meet it.
    fn unmet(&self, chosen: &BTreeSet<RemovalId>) -> Option<&[RemovalId]> {
        let unmet = self.sets.iter().filter(|set| !set.iter().any(|removal| chosen.contains(removal)));
        unmet.min_by_key(|set| set.len()).map(Vec::as_slice)
    }

    /// What meeting the rest costs at least: sets that share nothing each cost their cheapest part.
    fn bound(&self, chosen: &BTreeSet<RemovalId>) -> u32 {
        let mut touched: BTreeSet<RemovalId> = BTreeSet::new();
        let mut sum = 0;
        for set in self.sets.iter().filter(|set| !set.iter().any(|removal| chosen.contains(removal))) {
            if set.iter().all(|removal| !touched.contains(removal)) {
                touched.extend(set);
                sum += set.iter().map(|removal| (self.question.price)(*removal).0).min().unwrap_or(0);
            }
        }
        sum
    }

    fn descend(&mut self, chosen: &mut Vec<RemovalId>, price: Price, met: &BTreeSet<RemovalId>) {
        self.choices += 1;
        let Some(next) = self.unmet(met).map(<[RemovalId]>::to_vec) else {
            let mut found = chosen.clone();
            found.sort_unstable();
            if self.best.as_ref().is_none_or(|(known, removals)| (price, &found) < (*known, removals)) {
                self.best = Some((price, found));
            }
            return;
        };
        for removal in next {
            if self.choices >= MOST_CHOICES && self.best.is_some() {
                return;
            }
            let one = (self.question.price)(removal);
            let sum = (price.0 + one.0, price.1 + one.1);
            let mut with = met.clone();
            with.insert(removal);
            let hopeless = self.best.as_ref().is_some_and(|(known, _)| (sum.0 + self.bound(&with), sum.1) > *known);
            if hopeless {
                continue;
            }
            chosen.push(removal);
            self.descend(chosen, sum, &with);
            chosen.pop();
        }
    }
}
