//! The lightest set that meets every clause: exact, with a lower bound that proves it.
//!
//! A clause is a list of things of which one is enough (a weighted hitting set). What must be taken and what can never
//! be better than something else is settled first; what is left falls into parts that do not touch each other, and each
//! is searched by branch and bound (`search.rs`). The search is limited by a number of nodes, not by time, so that the
//! same question has the same answer on every machine.

use fixedbitset::FixedBitSet;

use super::search;

/// Nodes after which a search stops and reports the bound it has reached.
pub const NODES: u64 = 20_000;

/// A set that meets every clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// What was taken, by number, sorted.
    pub chosen: Vec<usize>,
    /// The sum of the weights of what was taken.
    pub cost: u64,
    /// No set that meets every clause weighs less.
    pub lower_bound: u64,
    /// Nodes that were searched; 0 where nothing had to be searched.
    pub nodes: u64,
}

/// The lightest set that takes at least one member of every clause. `weights` are by number; a member without a weight
/// counts as not there. Of sets of one weight the lower numbers are preferred, not strictly. `None` where a clause has
/// no member: nothing can meet it.
pub fn cover(weights: &[u64], clauses: &[Vec<usize>], budget: u64) -> Option<Cover> {
    let mut table = Table::of(weights, clauses)?;
    table.reduce();
    let mut chosen = table.taken.clone();
    let mut cost = sum(weights, &chosen);
    let mut lower_bound = cost;
    let mut nodes = 0;
    for part in table.parts() {
        let found = search::search(&part.weights, &part.clauses, budget.saturating_sub(nodes));
        nodes += found.nodes;
        cost = cost.saturating_add(found.cost);
        lower_bound = lower_bound.saturating_add(found.lower_bound);
        chosen.extend(found.chosen.iter().filter_map(|at| part.numbers.get(*at)));
    }
    chosen.sort_unstable();
    Some(Cover { chosen, cost, lower_bound, nodes })
}

fn sum(weights: &[u64], chosen: &[usize]) -> u64 {
    chosen.iter().filter_map(|at| weights.get(*at)).fold(0, |sum, weight| sum.saturating_add(*weight))
}

/// A part of the question that shares nothing with the others, numbered anew.
struct Part {
    numbers: Vec<usize>,
    weights: Vec<u64>,
    clauses: Vec<Vec<usize>>,
}

/// Which member stands in which clause, as far as neither is settled.
struct Table<'a> {
    weights: &'a [u64],
    /// By clause: its members. Empty once the clause is settled.
    members: Vec<FixedBitSet>,
    /// By member: the open clauses it stands in.
    stands_in: Vec<FixedBitSet>,
    open: FixedBitSet,
    taken: Vec<usize>,
}

impl<'a> Table<'a> {
    fn of(weights: &'a [u64], clauses: &[Vec<usize>]) -> Option<Self> {
        let mut sorted: Vec<Vec<usize>> = Vec::with_capacity(clauses.len());
        for clause in clauses {
            let mut clause: Vec<usize> = clause.iter().copied().filter(|at| *at < weights.len()).collect();
            clause.sort_unstable();
            clause.dedup();
            if clause.is_empty() {
                return None;
            }
            sorted.push(clause);
        }
        sorted.sort();
        sorted.dedup();
        let mut members = Vec::with_capacity(sorted.len());
        let mut stands_in = vec![FixedBitSet::with_capacity(sorted.len()); weights.len()];
        for (at, clause) in sorted.iter().enumerate() {
            let mut set = FixedBitSet::with_capacity(weights.len());
            for member in clause {
                set.insert(*member);
                if let Some(clauses) = stands_in.get_mut(*member) {
                    clauses.insert(at);
                }
            }
            members.push(set);
        }
        let mut open = FixedBitSet::with_capacity(sorted.len());
        open.insert_range(..);
        Some(Self { weights, members, stands_in, open, taken: Vec::new() })
    }

    /// Settles what can be settled without a search, until nothing changes.
    fn reduce(&mut self) {
        loop {
            let took = self.take_what_stands_alone();
            let closed = self.close_what_follows();
            let dropped = self.drop_what_is_never_better();
            if !took && !closed && !dropped {
                return;
            }
        }
    }

    /// A clause of one member takes it.
    fn take_what_stands_alone(&mut self) -> bool {
        let mut changed = false;
        for clause in 0..self.members.len() {
            if !self.open.contains(clause) {
                continue;
            }
            let Some(set) = self.members.get(clause) else { continue };
            let mut alone = set.ones();
            if let (Some(member), None) = (alone.next(), alone.next()) {
                self.taken.push(member);
                let met: Vec<usize> = self.stands_in.get(member).map(|set| set.ones().collect()).unwrap_or_default();
                met.into_iter().for_each(|clause| self.close(clause));
                changed = true;
            }
        }
        changed
    }

    /// A clause that holds all members of another is met with it.
    fn close_what_follows(&mut self) -> bool {
        let mut changed = false;
        for clause in 0..self.members.len() {
            if !self.open.contains(clause) {
                continue;
            }
            let Some(set) = self.members.get(clause) else { continue };
            let count = |member: &usize| self.stands_in.get(*member).map_or(0, |clauses| clauses.count_ones(..));
            let Some(rarest) = set.ones().min_by_key(count) else { continue };
            let Some(others) = self.stands_in.get(rarest) else { continue };
            let follows: Vec<usize> = others
                .ones()
                .filter(|other| *other != clause && self.members.get(*other).is_some_and(|all| set.is_subset(all)))
                .collect();
            changed |= !follows.is_empty();
            follows.into_iter().for_each(|clause| self.close(clause));
        }
        changed
    }

    /// A member that meets no more than another, and weighs no less, is not needed.
    fn drop_what_is_never_better(&mut self) -> bool {
        let mut changed = false;
        for member in 0..self.weights.len() {
            if self.is_beaten(member) {
                let clauses: Vec<usize> =
                    self.stands_in.get(member).map(|set| set.ones().collect()).unwrap_or_default();
                for clause in clauses {
                    if let Some(set) = self.members.get_mut(clause) {
                        set.remove(member);
                    }
                }
                if let Some(set) = self.stands_in.get_mut(member) {
                    set.clear();
                }
                changed = true;
            }
        }
        changed
    }

    fn is_beaten(&self, member: usize) -> bool {
        let (Some(mine), Some(weight)) = (self.stands_in.get(member), self.weights.get(member)) else { return false };
        let Some(rivals) = mine.ones().next().and_then(|clause| self.members.get(clause)) else { return false };
        rivals.ones().filter(|rival| *rival != member).any(|rival| {
            let (Some(theirs), Some(other)) = (self.stands_in.get(rival), self.weights.get(rival)) else {
                return false;
            };
            // Of two that are the same in everything the lower number stays.
            other <= weight && mine.is_subset(theirs) && (other < weight || mine != theirs || rival < member)
        })
    }

    fn close(&mut self, clause: usize) {
        self.open.set(clause, false);
        let Some(set) = self.members.get_mut(clause) else { return };
        let members: Vec<usize> = set.ones().collect();
        set.clear();
        for member in members {
            if let Some(clauses) = self.stands_in.get_mut(member) {
                clauses.remove(clause);
            }
        }
    }

    /// The open clauses in groups that share no member.
    fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut seen = FixedBitSet::with_capacity(self.members.len());
        for first in self.open.ones() {
            if seen.contains(first) {
                continue;
            }
            let mut reached = vec![first];
            seen.insert(first);
            let mut numbers = FixedBitSet::with_capacity(self.weights.len());
            let mut at = 0;
            while let Some(clause) = reached.get(at).copied() {
                at += 1;
                let Some(set) = self.members.get(clause) else { continue };
                for member in set.difference(&numbers).collect::<Vec<_>>() {
                    numbers.insert(member);
                    for next in self.stands_in.get(member).into_iter().flat_map(FixedBitSet::ones) {
                        if !seen.put(next) {
                            reached.push(next);
                        }
                    }
                }
            }
            reached.sort_unstable();
            parts.push(self.part(&reached, numbers.ones().collect()));
        }
        parts
    }

    fn part(&self, clauses: &[usize], numbers: Vec<usize>) -> Part {
        let new = |member: usize| numbers.binary_search(&member).ok();
        let clauses = clauses
            .iter()
            .filter_map(|clause| self.members.get(*clause))
            .map(|set| set.ones().filter_map(new).collect())
            .collect();
        let weights = numbers.iter().filter_map(|member| self.weights.get(*member).copied()).collect();
        Part { weights, clauses, numbers }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lightest weight of all sets that meet every clause, by trying every set.
    fn by_force(weights: &[u64], clauses: &[Vec<usize>]) -> Option<u64> {
        (0_u32..1 << weights.len())
            .filter(|set| clauses.iter().all(|clause| clause.iter().any(|at| set & (1 << at) != 0)))
            .map(|set| (0..weights.len()).filter(|at| set & (1 << at) != 0).map(|at| weights[at]).sum())
            .min()
    }

    fn meets(chosen: &[usize], clauses: &[Vec<usize>]) -> bool {
        clauses.iter().all(|clause| clause.iter().any(|at| chosen.contains(at)))
    }

    /// Weights as permissions have them: mostly alike, some a thousand times heavier.
    fn question() -> impl Strategy<Value = (Vec<u64>, Vec<Vec<usize>>)> {
        (1_usize..=12).prop_flat_map(|members| {
            let weight = prop_oneof![4 => Just(1_u64), 2 => Just(1_001_u64), 1 => Just(1_000_001_u64), 1 => 1_u64..9];
            let clause = prop::collection::vec(0..members, 1..=4);
            (prop::collection::vec(weight, members), prop::collection::vec(clause, 0..=16))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

        #[test]
        fn cover_weighs_what_the_lightest_of_all_sets_weighs((weights, clauses) in question()) {
            let found = cover(&weights, &clauses, NODES).unwrap();
            prop_assert!(meets(&found.chosen, &clauses));
            prop_assert_eq!(found.cost, sum(&weights, &found.chosen));
            prop_assert_eq!(Some(found.cost), by_force(&weights, &clauses));
            prop_assert_eq!(found.lower_bound, found.cost);
        }

        #[test]
        fn bound_of_a_search_that_had_to_stop_is_true((weights, clauses) in question(), budget in 0_u64..4) {
            let found = cover(&weights, &clauses, budget).unwrap();
            let least = by_force(&weights, &clauses).unwrap();
            prop_assert!(meets(&found.chosen, &clauses));
            prop_assert!(found.lower_bound <= least && least <= found.cost, "{:?} {}", found, least);
        }

        #[test]
        fn order_of_the_clauses_does_not_matter((weights, mut clauses) in question()) {
            let one = cover(&weights, &clauses, NODES);
            clauses.reverse();
            prop_assert_eq!(one, cover(&weights, &clauses, NODES));
        }
    }

    #[test]
    fn nothing_meets_a_clause_without_members() {
        assert_eq!(cover(&[1], &[vec![0], vec![]], NODES), None);
        assert_eq!(cover(&[1], &[vec![7]], NODES), None);
        assert_eq!(cover(&[], &[], NODES).unwrap().chosen, Vec::<usize>::new());
    }

    #[test]
    fn many_light_ones_are_taken_before_one_heavy_one() {
        let clauses: Vec<Vec<usize>> = (1..=9).map(|light| vec![0, light]).collect();
        let mut weights = vec![1_u64; 10];
        weights[0] = 1_001;
        assert_eq!(cover(&weights, &clauses, NODES).unwrap().chosen, (1..=9).collect::<Vec<_>>());
        weights[0] = 1;
        assert_eq!(cover(&weights, &clauses, NODES).unwrap().chosen, [0]);
    }

    #[test]
    fn ring_needs_a_search_and_is_proved() {
        let ring: Vec<Vec<usize>> = (0..9).map(|at| vec![at, (at + 1) % 9]).collect();
        let found = cover(&[1; 9], &ring, NODES).unwrap();
        assert_eq!((found.cost, found.lower_bound), (5, 5));
        assert!(found.nodes > 0);
    }
}
