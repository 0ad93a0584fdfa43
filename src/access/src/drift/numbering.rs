//! One numbering for the permissions of both sides, and roles as sets in it.

use fixedbitset::FixedBitSet;

use super::sides::{Side, SideIndex};
use rolecall_base::permission::Permission;

/// Permissions by common number: those of the left keep their own, those that only the right knows follow.
pub(super) struct Numbering {
    names: Vec<Permission>,
    /// By number on the right.
    of_right: Vec<usize>,
}

impl Numbering {
    /// Numbers the permissions of both sides.
    pub(super) fn of(left: &SideIndex<'_, '_>, right: &SideIndex<'_, '_>) -> Self {
        let mut names: Vec<Permission> = left.map.rights.index.names().to_vec();
        let mut of_right = Vec::new();
        for name in right.map.rights.index.names() {
            of_right.push(left.map.rights.index.number(name).unwrap_or(names.len()));
            if left.map.rights.index.number(name).is_none() {
                names.push(name.clone());
            }
        }
        Self { names, of_right }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn none(&self) -> FixedBitSet {
        FixedBitSet::with_capacity(self.len())
    }

    /// A permission by common number.
    pub(super) fn name(&self, number: usize) -> Option<&Permission> {
        self.names.get(number)
    }

    /// A set of one side's own numbers, in common numbers.
    pub(super) fn common(&self, side: Side, own: &FixedBitSet) -> FixedBitSet {
        match side {
            Side::Left => {
                let mut set = own.clone();
                set.grow(self.len());
                set
            }
            Side::Right => {
                let mut set = self.none();
                own.ones().filter_map(|number| self.of_right.get(number)).for_each(|number| set.insert(*number));
                set
            }
        }
    }

    /// One number of a side, in common numbers.
    pub(super) fn common_number(&self, side: Side, own: usize) -> Option<usize> {
        match side {
            Side::Left => Some(own),
            Side::Right => self.of_right.get(own).copied(),
        }
    }

    /// The names of a set, sorted.
    pub(super) fn names(&self, set: &FixedBitSet) -> Vec<String> {
        let mut names: Vec<String> =
            set.ones().filter_map(|number| self.names.get(number)).map(ToString::to_string).collect();
        names.sort();
        names
    }
}
