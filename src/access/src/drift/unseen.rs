//! Permissions that only the other side knows of, and that a side whose catalogue was not read completely may have all the
//! same: under a wildcard, or in a role that was not read.

use fixedbitset::FixedBitSet;

use super::numbering::Numbering;
use super::sides::{Side, SideIndex};
use crate::cross::Principal;
use crate::cross::holdings::Holdings;
use crate::cross::rights::RoleRights;
use rolecall_base::permission::Permission;
use rolecall_base::role::{PermissionPolicy, Role};

/// What the numbering of a side itself has no place for, in common numbers.
pub(super) struct Unseen {
    all: FixedBitSet,
    /// By role of the side: what its wildcards would cover.
    by_role: Vec<FixedBitSet>,
}

impl Unseen {
    /// Finds them; nothing where the catalogue was read completely: what it lacks nobody holds.
    pub(super) fn of(side: Side, index: &SideIndex<'_, '_>, numbering: &Numbering) -> Self {
        let mut all = numbering.none();
        let rights = &index.map.rights;
        if rights.catalogue_whole {
            return Self { all, by_role: Vec::new() };
        }
        all.insert_range(..);
        for own in 0..rights.index.len() {
            if let Some(number) = numbering.common_number(side, own) {
                all.set(number, false);
            }
        }
        let names: Vec<(usize, &Permission)> =
            all.ones().filter_map(|number| Some((number, numbering.name(number)?))).collect();
        let covered = |role: &Role| {
            let mut set = numbering.none();
            for pattern in role.policies.iter().flat_map(PermissionPolicy::patterns).filter(|one| one.is_wildcard()) {
                names.iter().filter(|(_, name)| pattern.covers(name)).for_each(|(number, _)| set.insert(*number));
            }
            set
        };
        let by_role = if names.is_empty() { Vec::new() } else { index.snapshot.roles.iter().map(covered).collect() };
        Self { all, by_role }
    }

    /// Those that somebody with these holdings may hold.
    pub(super) fn of_holder(&self, index: &SideIndex<'_, '_>, principal: &Principal, held: &Holdings) -> FixedBitSet {
        let mut set = FixedBitSet::with_capacity(self.all.len());
        if self.all.is_clear() {
            return set;
        }
        let mut possible = held.better.clone();
        possible.union_with(&held.at_all);
        if possible.count_ones(..) == index.map.rights.index.len() {
            return self.all.clone();
        }
        let own: Vec<usize> = index.map.grants_of(principal).into_iter().filter_map(|grant| grant.role).collect();
        for (at, covered) in self.by_role.iter().enumerate().filter(|(_, covered)| !covered.is_clear()) {
            // A role that could be held by what was not read shows itself by what it permits.
            let could = |rights: &RoleRights| {
                !held.better.is_clear()
                    && rights.always.is_subset(&possible)
                    && rights.under_condition.is_subset(&possible)
                    && rights.possibly.is_subset(&possible)
            };
            if own.contains(&at) || index.map.rights.roles.get(at).is_some_and(could) {
                set.union_with(covered);
            }
        }
        set
    }
}
