//! How each distinct set of holdings meets each distinct requirement: every question is asked once.
//!
//! Turned column-wise: per permission one bitset of the holdings that have it, so that a requirement is an OR or an AND
//! of columns.

use std::collections::HashMap;

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use super::holdings::Holdings;
use super::rights::Rights;
use super::verdict::Held;
use crate::matrix::{Match, Matrix, Requirement};

/// A distinct combination of permissions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Demand {
    /// How they combine.
    pub matching: Match,
    /// Their numbers, in published order.
    pub permissions: Vec<usize>,
}

/// How one demand is met by one set of holdings, in one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome(u8);

impl Outcome {
    const BETTER: u8 = 0x80;

    fn new(held: Held, better: bool) -> Self {
        Self(held as u8 | if better { Self::BETTER } else { 0 })
    }

    /// How the permissions are held.
    pub fn held(self) -> Held {
        match self.0 & !Self::BETTER {
            0 => Held::Nowhere,
            1 => Held::NoCommonDivision,
            2 => Held::UnderCondition,
            3 => Held::InDivisions,
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
    }
}

#[derive(Clone, Default)]
struct Column {
    fully: FixedBitSet,
    unconditioned: FixedBitSet,
    at_all: FixedBitSet,
    better: FixedBitSet,
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
        let at_all = layer(|held| &held.at_all);
        let better = layer(|held| &held.better);
        let layers = fully.into_iter().zip(unconditioned).zip(at_all).zip(better);
        let by_permission = layers
            .map(|(((fully, unconditioned), at_all), better)| Column { fully, unconditioned, at_all, better })
            .collect();
        Self { by_permission, width: holdings.len() }
    }

    fn columns<'a>(&'a self, demand: &'a Demand) -> impl Iterator<Item = &'a Column> {
        demand.permissions.iter().filter_map(|number| self.by_permission.get(*number))
    }

    fn row(&self, demand: &Demand, holdings: &[Holdings]) -> Vec<Outcome> {
        let every = Outcome::new(Held::Fully, false);
        match demand.matching {
            Match::None => vec![every; self.width],
            // An unpublished requirement is decided before permissions are looked at; this row is never read.
            Match::Unknown => vec![Outcome::new(Held::Nowhere, true); self.width],
            Match::Any => self.any(demand),
            Match::All => self.all(demand, holdings),
        }
    }

    fn any(&self, demand: &Demand) -> Vec<Outcome> {
        let mut best = Column {
            fully: FixedBitSet::with_capacity(self.width),
            unconditioned: FixedBitSet::with_capacity(self.width),
            at_all: FixedBitSet::with_capacity(self.width),
            better: FixedBitSet::with_capacity(self.width),
        };
        for column in self.columns(demand) {
            best.fully.union_with(&column.fully);
            best.unconditioned.union_with(&column.unconditioned);
            best.at_all.union_with(&column.at_all);
            best.better.union_with(&column.better);
        }
        best.better.difference_with(&best.fully);
        paint(self.width, &best)
    }

    fn all(&self, demand: &Demand, holdings: &[Holdings]) -> Vec<Outcome> {
        let ones = || {
            let mut set = FixedBitSet::with_capacity(self.width);
            set.insert_range(..);
            set
        };
        let mut worst = Column { fully: ones(), unconditioned: ones(), at_all: ones(), better: ones() };
        let mut possible = FixedBitSet::with_capacity(self.width);
        for column in self.columns(demand) {
            worst.fully.intersect_with(&column.fully);
            worst.unconditioned.intersect_with(&column.unconditioned);
            worst.at_all.intersect_with(&column.at_all);
            // What is missing altogether must be possible in every part; what is there may gain in any part.
            let mut reachable = column.at_all.clone();
            reachable.union_with(&column.better);
            worst.better.intersect_with(&reachable);
            possible.union_with(&column.better);
        }
        worst.better.intersect_with(&possible);
        worst.better.difference_with(&worst.fully);
        let mut row = paint(self.width, &worst);
        if demand.permissions.len() > 1 {
            let mut limited = worst.unconditioned.clone();
            limited.difference_with(&worst.fully);
            for at in limited.ones() {
                let (Some(cell), Some(held)) = (row.get_mut(at), holdings.get(at)) else { continue };
                if common_divisions(held, &demand.permissions).is_empty() {
                    *cell = Outcome::new(Held::NoCommonDivision, cell.better());
                }
            }
        }
        row
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

fn paint(width: usize, column: &Column) -> Vec<Outcome> {
    let mut row = vec![Outcome::new(Held::Nowhere, false); width];
    let layers = [
        (&column.at_all, Held::UnderCondition),
        (&column.unconditioned, Held::InDivisions),
        (&column.fully, Held::Fully),
    ];
    for (set, held) in layers {
        for at in set.ones() {
            if let Some(cell) = row.get_mut(at) {
                *cell = Outcome::new(held, false);
            }
        }
    }
    for at in column.better.ones() {
        if let Some(cell) = row.get_mut(at) {
            *cell = Outcome::new(cell.held(), true);
        }
    }
    row
}

/// The divisions in which every one of the permissions is held. Those held fully do not limit.
pub fn common_divisions(holdings: &Holdings, permissions: &[usize]) -> Vec<usize> {
    let fully = |permission: &usize| holdings.fully.contains(*permission);
    holdings
        .in_divisions
        .iter()
        .filter(|(_, set)| permissions.iter().all(|permission| set.contains(*permission) || fully(permission)))
        .map(|(division, _)| *division)
        .collect()
}

/// The divisions in which at least one of the permissions is held.
pub fn any_divisions(holdings: &Holdings, permissions: &[usize]) -> Vec<usize> {
    holdings
        .in_divisions
        .iter()
        .filter(|(_, set)| permissions.iter().any(|permission| set.contains(*permission)))
        .map(|(division, _)| *division)
        .collect()
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
