//! How each distinct set of holdings meets each distinct requirement: every question is asked once.
//!
//! Turned column-wise: per permission one bitset of the holdings that have it, so that a requirement is an OR or an AND
//! of columns.

use std::collections::HashMap;

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use super::extent::{Extent, Extents};
use super::holdings::Holdings;
use super::rights::Rights;
use super::verdict::Held;
use rolecall_matrix::{Match, Matrix, Requirement};

/// A distinct combination of permissions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Demand {
    /// How they combine.
    pub matching: Match,
    /// Their numbers, in published order.
    pub permissions: Vec<usize>,
    /// Whether nothing is published of the operation, so that nothing asked for proves nothing.
    pub unproven: bool,
}

impl Demand {
    /// Where a set of holdings meets it.
    pub fn extents(&self, holdings: &Holdings) -> Extents {
        Extents::together(holdings, self.matching, &self.permissions)
    }
}

/// How one demand is met by one set of holdings, in one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome(u8);

impl Outcome {
    const BETTER: u8 = 0x80;

    fn new(held: Held, better: bool) -> Self {
        Self(held as u8 | if better { Self::BETTER } else { 0 })
    }

    /// How permissions that are held so are held in one division; `None`: in one that no grant names.
    pub fn in_division(together: &Extents, division: Option<usize>) -> Self {
        match (together.unconditioned.has(division), together.conditioned.has(division)) {
            (true, _) => Self::new(Held::Fully, false),
            (false, true) => Self::new(Held::UnderCondition, together.possibly_unconditioned.has(division)),
            (false, false) => Self::new(Held::NoCommonDivision, together.possibly.has(division)),
        }
    }

    /// How the permissions are held.
    pub fn held(self) -> Held {
        match self.0 & !Self::BETTER {
            0 => Held::Nowhere,
            1 => Held::NoCommonDivision,
            2 => Held::UnderCondition,
            3 => Held::InDivisions,
            4 => Held::InDivisionsAndMore,
            _ => Held::Fully,
        }
    }

    /// Whether something that was not read could make it better.
    pub fn better(self) -> bool {
        self.0 & Self::BETTER != 0
    }
}

/// All outcomes.
#[derive(Debug)]
pub struct Outcomes {
    /// The distinct demands.
    pub demands: Vec<Demand>,
    /// For each operation of the matrix, its demand.
    pub of_operation: Vec<usize>,
    /// One row a demand, one byte a set of holdings.
    rows: Vec<Vec<Outcome>>,
}

impl Outcomes {
    /// Asks every distinct question.
    pub fn of(matrix: &Matrix, rights: &Rights, holdings: &[Holdings]) -> Self {
        let mut numbers: HashMap<Demand, usize> = HashMap::new();
        let mut demands = Vec::new();
        let of_operation = matrix
            .operations()
            .iter()
            .map(|operation| {
                let demand = demand(&operation.requirement, rights);
                *numbers.entry(demand).or_insert_with_key(|demand| {
                    demands.push(demand.clone());
                    demands.len() - 1
                })
            })
            .collect();
        let columns = Columns::of(holdings, rights.index.len());
        let rows = demands.par_iter().map(|demand| columns.row(demand, holdings)).collect();
        Self { demands, of_operation, rows }
    }

    /// The outcome of a demand for a set of holdings.
    pub fn get(&self, demand: usize, holdings: usize) -> Outcome {
        self.rows.get(demand).and_then(|row| row.get(holdings)).copied().unwrap_or(Outcome::new(Held::Nowhere, true))
    }

    /// The row of a demand: one outcome a set of holdings.
    pub fn row(&self, demand: usize) -> &[Outcome] {
        self.rows.get(demand).map_or(&[], Vec::as_slice)
    }
}

fn demand(requirement: &Requirement, rights: &Rights) -> Demand {
    Demand {
        matching: requirement.permissions_match,
        permissions: requirement.permissions.iter().filter_map(|name| rights.index.number(name)).collect(),
        unproven: requirement.unproven,
    }
}

/// Per permission, the holdings that have it.
#[derive(Clone)]
struct Column {
    fully: FixedBitSet,
    unconditioned: FixedBitSet,
    conditioned: FixedBitSet,
    better: FixedBitSet,
}

impl Column {
    fn new(width: usize) -> Self {
        let none = FixedBitSet::with_capacity(width);
        Self { fully: none.clone(), unconditioned: none.clone(), conditioned: none.clone(), better: none }
    }

    fn union_with(&mut self, other: &Self) {
        self.fully.union_with(&other.fully);
        self.unconditioned.union_with(&other.unconditioned);
        self.conditioned.union_with(&other.conditioned);
        self.better.union_with(&other.better);
    }
}

struct Columns {
    by_permission: Vec<Column>,
    width: usize,
}

impl Columns {
    fn of(holdings: &[Holdings], permissions: usize) -> Self {
        let layer = |of: fn(&Holdings) -> &FixedBitSet| {
            let rows: Vec<&FixedBitSet> = holdings.iter().map(of).collect();
            turned(&rows, permissions)
        };
        let fully = layer(|held| &held.fully);
        let unconditioned = layer(|held| &held.unconditioned);
        let conditioned = layer(|held| &held.conditions.any);
        let better = layer(|held| &held.better);
        let layers = fully.into_iter().zip(unconditioned).zip(conditioned).zip(better);
        let by_permission = layers
            .map(|(((fully, unconditioned), conditioned), better)| Column { fully, unconditioned, conditioned, better })
            .collect();
        Self { by_permission, width: holdings.len() }
    }

    fn columns<'a>(&'a self, demand: &'a Demand) -> impl Iterator<Item = &'a Column> {
        demand.permissions.iter().filter_map(|number| self.by_permission.get(*number))
    }

    fn row(&self, demand: &Demand, holdings: &[Holdings]) -> Vec<Outcome> {
        match demand.matching {
            Match::None => vec![Outcome::new(Held::Fully, false); self.width],
            // An unpublished requirement is decided before permissions are looked at; this row is never read.
            Match::Unknown => vec![Outcome::new(Held::Nowhere, true); self.width],
            // For one permission ANY and ALL are the same.
            Match::All if demand.permissions.len() > 1 => self.all(demand, holdings),
            Match::Any | Match::All => self.any(demand, holdings),
        }
    }

    fn any(&self, demand: &Demand, holdings: &[Holdings]) -> Vec<Outcome> {
        let mut best = Column::new(self.width);
        self.columns(demand).for_each(|column| best.union_with(column));
        let mut row = vec![Outcome::new(Held::Nowhere, false); self.width];
        paint(&mut row, &best.conditioned, Held::UnderCondition);
        paint(&mut row, &best.unconditioned, Held::InDivisions);
        paint(&mut row, &best.fully, Held::Fully);
        best.better.difference_with(&best.fully);
        could_be_more(&mut row, &best.better);
        // Few hold anything under a condition: only they are looked at one by one.
        let mut apart = best.conditioned;
        apart.intersect_with(&best.unconditioned);
        apart.difference_with(&best.fully);
        one_by_one(&mut row, demand, holdings, &apart);
        row
    }

    fn all(&self, demand: &Demand, holdings: &[Holdings]) -> Vec<Outcome> {
        let ones = || {
            let mut set = FixedBitSet::with_capacity(self.width);
            set.insert_range(..);
            set
        };
        let (mut fully, mut unconditioned, mut possible, mut unlimited) = (ones(), ones(), ones(), ones());
        let mut some = Column::new(self.width);
        for column in self.columns(demand) {
            fully.intersect_with(&column.fully);
            unconditioned.intersect_with(&column.unconditioned);
            let mut reachable = column.unconditioned.clone();
            reachable.union_with(&column.conditioned);
            reachable.union_with(&column.better);
            possible.intersect_with(&reachable);
            let mut free = column.fully.clone();
            free.union_with(&column.better);
            unlimited.intersect_with(&free);
            some.union_with(column);
        }
        let mut row = vec![Outcome::new(Held::Nowhere, false); self.width];
        paint(&mut row, &fully, Held::Fully);
        // What one of them is certainly not held for is denied, whatever is held of the others. Of the rest, where all
        // that is not held fully could be, anything is possible; else divisions decide.
        possible.difference_with(&fully);
        let mut open = possible.clone();
        open.intersect_with(&unlimited);
        could_be_more(&mut row, &open);
        // Most have no condition and no gap: whether all meet in a division is all there is to ask.
        unconditioned.intersect_with(&possible);
        let mut apart = some.better.clone();
        apart.union_with(&some.conditioned);
        let mut plain = unconditioned.clone();
        plain.difference_with(&apart);
        for at in plain.ones() {
            if let (Some(cell), Some(held)) = (row.get_mut(at), holdings.get(at)) {
                let meets = share_a_division(held, &demand.permissions);
                *cell = Outcome::new(if meets { Held::InDivisions } else { Held::NoCommonDivision }, false);
            }
        }
        // The others are looked at one by one, but for those that are answered already.
        some.better.difference_with(&unlimited);
        some.better.union_with(&some.conditioned);
        some.better.union_with(&unconditioned);
        some.better.difference_with(&plain);
        some.better.intersect_with(&possible);
        one_by_one(&mut row, demand, holdings, &some.better);
        row
    }
}

/// Works out division by division how these holdings meet a demand.
fn one_by_one(row: &mut [Outcome], demand: &Demand, holdings: &[Holdings], these: &FixedBitSet) {
    for at in these.ones() {
        if let (Some(cell), Some(held)) = (row.get_mut(at), holdings.get(at)) {
            *cell = meet(demand, held);
        }
    }
}

/// Whether all permissions are held without a condition in one division. Those held fully do not limit.
fn share_a_division(held: &Holdings, permissions: &[usize]) -> bool {
    let in_division = |set: &FixedBitSet| permissions.iter().all(|one| set.contains(*one) || held.fully.contains(*one));
    held.in_divisions.iter().any(|(_, set)| in_division(set))
}

/// How one set of holdings meets a demand that asks for permissions.
fn meet(demand: &Demand, held: &Holdings) -> Outcome {
    let together = demand.extents(held);
    let more = together.could_be_more();
    match (&together.unconditioned, &together.conditioned) {
        (Extent::Everywhere, _) => Outcome::new(Held::Fully, false),
        (free, under) if !free.is_nowhere() && free.covers(under) => Outcome::new(Held::InDivisions, more),
        (free, _) if !free.is_nowhere() => Outcome::new(Held::InDivisionsAndMore, more),
        (_, under) if !under.is_nowhere() => Outcome::new(Held::UnderCondition, more),
        _ if !together.possibly.is_nowhere() => Outcome::new(Held::Nowhere, true),
        _ if demand.permissions.iter().any(|permission| held.certainly_lacks(*permission)) => {
            Outcome::new(Held::Nowhere, false)
        }
        // Whatever was not read, those that are held share no division.
        _ => Outcome::new(Held::NoCommonDivision, false),
    }
}

fn paint(row: &mut [Outcome], set: &FixedBitSet, held: Held) {
    for at in set.ones() {
        if let Some(cell) = row.get_mut(at) {
            *cell = Outcome::new(held, false);
        }
    }
}

fn could_be_more(row: &mut [Outcome], set: &FixedBitSet) {
    for at in set.ones() {
        if let Some(cell) = row.get_mut(at) {
            *cell = Outcome::new(cell.held(), true);
        }
    }
}

const WORD: usize = usize::BITS as usize;

/// The same bits with rows and columns exchanged, a square of one word's bits at a time: going through the rows bit by
/// bit costs more than all that is done with the columns.
fn turned(rows: &[&FixedBitSet], columns: usize) -> Vec<FixedBitSet> {
    let words = 0..columns.div_ceil(WORD);
    let turned = words.into_par_iter().flat_map_iter(|word| {
        let mut blocks = [const { Vec::new() }; WORD];
        for rows in rows.chunks(WORD) {
            let mut square = [0; WORD];
            for (side, row) in square.iter_mut().zip(rows) {
                *side = row.as_slice().get(word).copied().unwrap_or(0);
            }
            transpose(&mut square);
            blocks.iter_mut().zip(square).for_each(|(column, bits)| column.push(bits));
        }
        blocks.into_iter().map(|blocks| FixedBitSet::with_capacity_and_blocks(rows.len(), blocks))
    });
    let mut turned: Vec<FixedBitSet> = turned.collect();
    turned.truncate(columns);
    turned
}

/// Exchanges bit `b` of word `a` with bit `a` of word `b`: halves first, then halves of halves.
fn transpose(square: &mut [usize; WORD]) {
    let mut half = WORD / 2;
    let mut mask = usize::MAX >> half;
    while half > 0 {
        for pair in square.chunks_mut(2 * half) {
            let (upper, lower) = pair.split_at_mut(half.min(pair.len()));
            for (one, other) in upper.iter_mut().zip(lower) {
                let differing = ((*one >> half) ^ *other) & mask;
                *one ^= differing << half;
                *other ^= differing;
            }
        }
        half /= 2;
        mask ^= mask << half;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turned_bits_are_the_same_bits() {
        let bit = |row: usize, column: usize| (row * 7 + column * 13 + row * column).is_multiple_of(5);
        let (rows, columns) = (130, 201);
        let sets: Vec<FixedBitSet> = (0..rows)
            .map(|row| {
                let mut set = FixedBitSet::with_capacity(columns);
                (0..columns).filter(|column| bit(row, *column)).for_each(|column| set.insert(column));
                set
            })
            .collect();
        let turned = turned(&sets.iter().collect::<Vec<_>>(), columns);
        assert_eq!(turned.len(), columns);
        for (column, set) in turned.iter().enumerate() {
            assert_eq!(set.len(), rows);
            assert_eq!(set.ones().collect::<Vec<_>>(), (0..rows).filter(|row| bit(*row, column)).collect::<Vec<_>>());
        }
    }
}
