//! Branch and bound: the lightest set that meets every clause of a part that nothing simpler settles.
//!
//! The bound is a dual ascent: each clause is paid from what is left of the weight of its members, none more than all of
//! it, so that no set can cost less than all payments together. It also shows which members cannot be part of
//! a lighter set: those with too much weight left.

/// Orders of payment that are tried for the first bound.
const ORDERS: u64 = 24;

/// What a search found.
pub(super) struct Found {
    /// What was taken, by number.
    pub chosen: Vec<usize>,
    /// What it weighs.
    pub cost: u64,
    /// No set weighs less; equal to `cost` where the search came to its end.
    pub lower_bound: u64,
    /// Nodes that were searched.
    pub nodes: u64,
}

/// Searches until the lightest set is proved, or the budget of nodes is used up.
pub(super) fn search(weights: &[u64], clauses: &[Vec<usize>], budget: u64) -> Found {
    let mut stands_in = vec![Vec::new(); weights.len()];
    for (at, clause) in clauses.iter().enumerate() {
        for member in clause {
            if let Some(list) = stands_in.get_mut(*member) {
                list.push(at);
            }
        }
    }
    let question = Question { weights, clauses, stands_in };
    let best = question.first_set();
    let cost = question.cost(&best);
    let bound = question.first_bound();
    if bound >= cost {
        return Found { chosen: best, cost, lower_bound: cost, nodes: 0 };
    }
    let mut search = Search {
        question: &question,
        budget,
        nodes: 0,
        best,
        best_cost: cost,
        chosen: Vec::new(),
        met: vec![0; clauses.len()],
        left_out: vec![false; weights.len()],
        open_bound: u64::MAX,
        stopped: false,
    };
    search.node(0, bound);
    let reached = if search.stopped { search.open_bound.min(search.best_cost).max(bound) } else { search.best_cost };
    let nodes = search.nodes;
    let chosen = question.trimmed(search.best);
    Found { cost: question.cost(&chosen), chosen, lower_bound: reached, nodes }
}

struct Question<'a> {
    weights: &'a [u64],
    clauses: &'a [Vec<usize>],
    stands_in: Vec<Vec<usize>>,
}

impl Question<'_> {
    fn weight(&self, member: usize) -> u64 {
        self.weights.get(member).copied().unwrap_or(u64::MAX)
    }

    fn clauses_of(&self, member: usize) -> &[usize] {
        self.stands_in.get(member).map_or(&[], Vec::as_slice)
    }

    fn cost(&self, chosen: &[usize]) -> u64 {
        chosen.iter().fold(0, |sum, member| sum.saturating_add(self.weight(*member)))
    }

    /// Takes what is lightest for what it meets, as long as something is not met.
    fn first_set(&self) -> Vec<usize> {
        let mut met = vec![0_u32; self.clauses.len()];
        let mut chosen = Vec::new();
        loop {
            let gain = |member: usize| self.clauses_of(member).iter().filter(|at| met.get(**at) == Some(&0)).count();
            let next = (0..self.weights.len())
                .map(|member| (member, gain(member)))
                .filter(|(_, gain)| *gain > 0)
                .min_by(|a, b| self.per_gain(*a).cmp_with(&self.per_gain(*b)));
            let Some((member, _)) = next else { break };
            chosen.push(member);
            count(&mut met, self.clauses_of(member), 1);
        }
        self.trimmed(chosen)
    }

    /// The set without what it does not need; of several ways the heaviest goes first.
    fn trimmed(&self, mut chosen: Vec<usize>) -> Vec<usize> {
        let mut met = vec![0_u32; self.clauses.len()];
        chosen.iter().for_each(|member| count(&mut met, self.clauses_of(*member), 1));
        chosen.sort_by_key(|member| (std::cmp::Reverse(self.weight(*member)), std::cmp::Reverse(*member)));
        let mut kept = Vec::with_capacity(chosen.len());
        for member in chosen {
            let clauses = self.clauses_of(member);
            if clauses.iter().all(|at| met.get(*at).is_some_and(|times| *times > 1)) {
                count(&mut met, clauses, -1);
            } else {
                kept.push(member);
            }
        }
        kept.sort_unstable();
        kept
    }

    fn per_gain(&self, (member, gain): (usize, usize)) -> Share {
        Share { weight: self.weight(member), gain: gain as u64, member }
    }

    /// The best of the bounds of several orders of payment.
    fn first_bound(&self) -> u64 {
        let mut order: Vec<usize> = (0..self.clauses.len()).collect();
        order.sort_by_key(|at| (self.clauses.get(*at).map_or(0, Vec::len), *at));
        let mut dice = 0x9E37_79B9_7F4A_7C15_u64;
        let mut best = 0;
        for _ in 0..ORDERS {
            let mut left = self.weights.to_vec();
            let paid = order.iter().filter_map(|at| self.clauses.get(*at)).fold(0_u64, |sum, clause| {
                let least = clause.iter().filter_map(|member| left.get(*member)).min().copied().unwrap_or(0);
                for member in clause {
                    if let Some(left) = left.get_mut(*member) {
                        *left -= least;
                    }
                }
                sum.saturating_add(least)
            });
            best = best.max(paid);
            for at in (1..order.len()).rev() {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                order.swap(at, usize::try_from(dice >> 33).unwrap_or(0) % (at + 1));
            }
        }
        best
    }
}

/// What a member costs for each clause that it newly meets.
struct Share {
    weight: u64,
    gain: u64,
    member: usize,
}

impl Share {
    fn cmp_with(&self, other: &Self) -> std::cmp::Ordering {
        let cross = |a: &Self, b: &Self| u128::from(a.weight) * u128::from(b.gain);
        cross(self, other)
            .cmp(&cross(other, self))
            .then(other.gain.cmp(&self.gain))
            .then(self.member.cmp(&other.member))
    }
}

fn count(met: &mut [u32], clauses: &[usize], by: i32) {
    for at in clauses {
        if let Some(times) = met.get_mut(*at) {
            *times = times.saturating_add_signed(by);
        }
    }
}

struct Search<'a> {
    question: &'a Question<'a>,
    budget: u64,
    nodes: u64,
    best: Vec<usize>,
    best_cost: u64,
    chosen: Vec<usize>,
    /// By clause: how many of its members are chosen.
    met: Vec<u32>,
    left_out: Vec<bool>,
    /// The least bound of what was not searched.
    open_bound: u64,
    stopped: bool,
}

/// What is to be paid at a node.
struct Bound {
    paid: u64,
    left: Vec<u64>,
    /// The open clauses.
    open: Vec<usize>,
}

impl Search<'_> {
    fn is_free(&self, member: usize) -> bool {
        self.left_out.get(member) == Some(&false)
    }

    fn free(&self, clause: usize) -> impl Iterator<Item = usize> + '_ {
        let members = self.question.clauses.get(clause).into_iter().flatten().copied();
        members.filter(|member| self.is_free(*member))
    }

    /// `None` where an open clause has no member left.
    fn bound(&self) -> Option<Bound> {
        let mut open = Vec::new();
        for (at, times) in self.met.iter().enumerate() {
            if *times == 0 {
                match self.free(at).count() {
                    0 => return None,
                    free => open.push((free, at)),
                }
            }
        }
        open.sort_unstable();
        let mut left = self.question.weights.to_vec();
        let mut paid = 0_u64;
        for (_, clause) in &open {
            let least = self.free(*clause).filter_map(|member| left.get(member)).min().copied().unwrap_or(0);
            if least == 0 {
                continue;
            }
            for member in self.free(*clause) {
                if let Some(left) = left.get_mut(member) {
                    *left -= least;
                }
            }
            paid = paid.saturating_add(least);
        }
        Some(Bound { paid, left, open: open.into_iter().map(|(_, at)| at).collect() })
    }

    /// Searches below a node at which what is chosen costs `cost`; `above` is the bound of the node above.
    fn node(&mut self, cost: u64, above: u64) {
        if self.nodes >= self.budget {
            self.stopped = true;
            self.open_bound = self.open_bound.min(above);
            return;
        }
        self.nodes += 1;
        let Some(bound) = self.bound() else { return };
        let here = cost.saturating_add(bound.paid);
        if here >= self.best_cost {
            return;
        }
        if bound.open.is_empty() {
            self.best_cost = cost;
            self.best = self.chosen.clone();
            return;
        }
        let mut out = self.leave_out_what_is_too_dear(here, &bound);
        if let Some(clause) = bound.open.iter().copied().min_by_key(|clause| (self.free(*clause).count(), *clause)) {
            self.branch(clause, cost, here.max(above), &mut out);
        }
        for member in out {
            if let Some(flag) = self.left_out.get_mut(member) {
                *flag = false;
            }
        }
    }

    /// With a member of which this much is left unpaid, no set below this node beats the best.
    fn leave_out_what_is_too_dear(&mut self, here: u64, bound: &Bound) -> Vec<usize> {
        let mut out = Vec::new();
        for (member, left) in bound.left.iter().enumerate() {
            if *left > 0 && here.saturating_add(*left) >= self.best_cost && self.is_free(member) {
                let stands = self.question.clauses_of(member).iter().any(|at| self.met.get(*at) == Some(&0));
                if stands && let Some(flag) = self.left_out.get_mut(member) {
                    *flag = true;
                    out.push(member);
                }
            }
        }
        out
    }

    /// Takes each free member of the clause in turn; those that were tried are left out of what follows.
    fn branch(&mut self, clause: usize, cost: u64, here: u64, out: &mut Vec<usize>) {
        let question = self.question;
        let gain =
            |member: usize| question.clauses_of(member).iter().filter(|at| self.met.get(**at) == Some(&0)).count();
        let mut ways: Vec<Share> = self.free(clause).map(|member| question.per_gain((member, gain(member)))).collect();
        ways.sort_by(Share::cmp_with);
        let last = ways.len().saturating_sub(1);
        for (at, way) in ways.iter().enumerate() {
            self.chosen.push(way.member);
            count(&mut self.met, question.clauses_of(way.member), 1);
            self.node(cost.saturating_add(way.weight), here);
            count(&mut self.met, question.clauses_of(way.member), -1);
            self.chosen.pop();
            if self.stopped {
                if at < last {
                    self.open_bound = self.open_bound.min(here);
                }
                return;
            }
            if let Some(flag) = self.left_out.get_mut(way.member) {
                *flag = true;
                out.push(way.member);
            }
        }
    }
}
