//! Where something is held: in all divisions, or in single ones. What a verdict means is said in these sets, division by
//! division (`docs/crossing.md`).

use super::holdings::Holdings;
use rolecall_matrix::Match;

/// A set of divisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All divisions, those of tomorrow included.
    Everywhere,
    /// These (numbers of [`AccessMap::numbered_divisions`](super::AccessMap::numbered_divisions)), sorted, each once.
    In(Vec<usize>),
}

impl Extent {
    const NOWHERE: Self = Self::In(Vec::new());

    fn of(mut divisions: Vec<usize>) -> Self {
        divisions.sort_unstable();
        divisions.dedup();
        Self::In(divisions)
    }

    /// Whether it is no division at all.
    pub fn is_nowhere(&self) -> bool {
        matches!(self, Self::In(divisions) if divisions.is_empty())
    }

    /// Whether a division is among them; `None` is one that no grant names.
    pub fn has(&self, division: Option<usize>) -> bool {
        match (self, division) {
            (Self::Everywhere, _) => true,
            (Self::In(divisions), Some(division)) => divisions.binary_search(&division).is_ok(),
            (Self::In(_), None) => false,
        }
    }

    /// Whether all of another set is in this one.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everywhere, _) => true,
            (Self::In(_), Self::Everywhere) => false,
            (Self::In(_), Self::In(divisions)) => divisions.iter().all(|division| self.has(Some(*division))),
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Everywhere, _) | (_, Self::Everywhere) => Self::Everywhere,
            (Self::In(mut divisions), Self::In(more)) => {
                divisions.extend(more);
                Self::of(divisions)
            }
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Everywhere, rest) | (rest, Self::Everywhere) => rest,
            (Self::In(mut divisions), other @ Self::In(_)) => {
                divisions.retain(|division| other.has(Some(*division)));
                Self::In(divisions)
            }
        }
    }
}

/// Where a permission is held, or a requirement met: each set holds the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extents {
    /// Without a condition.
    pub unconditioned: Extent,
    /// Under a condition at least.
    pub conditioned: Extent,
    /// Without a condition, if everything that was not read grants.
    pub possibly_unconditioned: Extent,
    /// In any way, if everything that was not read grants.
    pub possibly: Extent,
}

impl Extents {
    /// Where one permission is held.
    pub fn of(holdings: &Holdings, permission: usize) -> Self {
        let within = |everywhere: bool, sets: &[(usize, fixedbitset::FixedBitSet)]| {
            if everywhere {
                return Extent::Everywhere;
            }
            Extent::of(sets.iter().filter(|(_, set)| set.contains(permission)).map(|(division, _)| *division).collect())
        };
        let unconditioned = within(holdings.fully.contains(permission), &holdings.in_divisions);
        let conditions = &holdings.conditions;
        let under = within(conditions.everywhere.contains(permission), &conditions.in_divisions);
        let conditioned = unconditioned.clone().or(under);
        let better = holdings.better.contains(permission);
        let possibly = |seen: &Extent| if better { Extent::Everywhere } else { seen.clone() };
        Self {
            possibly_unconditioned: possibly(&unconditioned),
            possibly: possibly(&conditioned),
            unconditioned,
            conditioned,
        }
    }

    /// Where permissions are held together: the union for ANY, the intersection for ALL. Where none is asked for,
    /// nothing limits.
    pub fn together(holdings: &Holdings, matching: Match, permissions: &[usize]) -> Self {
        let every = |extent: Extent| Self {
            unconditioned: extent.clone(),
            conditioned: extent.clone(),
            possibly_unconditioned: extent.clone(),
            possibly: extent,
        };
        let each = permissions.iter().map(|permission| Self::of(holdings, *permission));
        match matching {
            Match::Any => each.fold(every(Extent::NOWHERE), |all, one| all.with(one, Extent::or)),
            Match::All => each.fold(every(Extent::Everywhere), |all, one| all.with(one, Extent::and)),
            Match::None => every(Extent::Everywhere),
            Match::Unknown => every(Extent::NOWHERE),
        }
    }

    fn with(self, other: Self, join: fn(Extent, Extent) -> Extent) -> Self {
        Self {
            unconditioned: join(self.unconditioned, other.unconditioned),
            conditioned: join(self.conditioned, other.conditioned),
            possibly_unconditioned: join(self.possibly_unconditioned, other.possibly_unconditioned),
            possibly: join(self.possibly, other.possibly),
        }
    }

    /// Whether what was not read could hold more than was seen.
    pub fn could_be_more(&self) -> bool {
        !self.unconditioned.covers(&self.possibly_unconditioned) || !self.conditioned.covers(&self.possibly)
    }
}
