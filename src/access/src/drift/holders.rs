//! Which paired principals have something through a role, a group or a division of either side.

use std::collections::HashMap;

use super::effective::Effective;
use super::sides::{Family, Side, SideIndex};
use rolecall_base::grant::Reach;

/// Paired principals by what they have something through, as positions in [`Effective::principals`].
pub(super) struct Holders {
    left: OneSide,
    right: OneSide,
}

#[derive(Default)]
struct OneSide {
    by_thing: HashMap<(Family, usize), Vec<usize>>,
}

impl Holders {
    pub(super) fn of(left: &SideIndex<'_, '_>, right: &SideIndex<'_, '_>, access: &Effective) -> Self {
        Self { left: one_side(left, access, Side::Left), right: one_side(right, access, Side::Right) }
    }

    /// Those that have something through the role, group or division at this position.
    pub(super) fn through(&self, side: Side, family: Family, at: usize) -> &[usize] {
        let holders = match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        };
        holders.by_thing.get(&(family, at)).map_or(&[], Vec::as_slice)
    }
}

fn one_side(index: &SideIndex<'_, '_>, access: &Effective, side: Side) -> OneSide {
    let mut holders = OneSide::default();
    for (number, both) in access.both.iter().enumerate() {
        let place = match side {
            Side::Left => both.left,
            Side::Right => both.right,
        };
        let Some(principal) = index.map.principals().get(place) else { continue };
        for grant in index.map.grants_of(principal) {
            let division = match &grant.reach {
                Reach::All => None,
                Reach::In(id) => index.position(Family::Division, id.as_str()),
            };
            let group = grant.via.as_ref().and_then(|id| index.position(Family::Group, id.as_str()));
            let things = [(Family::Role, grant.role), (Family::Division, division), (Family::Group, group)];
            for (family, at) in things.into_iter().filter_map(|(family, at)| Some((family, at?))) {
                let list = holders.by_thing.entry((family, at)).or_default();
                if list.last() != Some(&number) {
                    list.push(number);
                }
            }
        }
    }
    holders
}
