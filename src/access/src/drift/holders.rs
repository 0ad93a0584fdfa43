//! Which paired principals have something through a role, a group or a division of either side.

use std::collections::HashMap;

use super::effective::Effective;
use super::sides::{Family, Half, Hand};
use rolecall_base::grant::Reach;

/// Paired principals by what they have something through, as positions in [`Effective::principals`].
pub struct Holders {
    left: OneSide,
    right: OneSide,
}

#[derive(Default)]
struct OneSide {
    by_thing: HashMap<(Family, usize), Vec<usize>>,
}

impl Holders {
    /// Finds them.
    pub fn of(left: &Half<'_, '_>, right: &Half<'_, '_>, access: &Effective) -> Self {
        Self { left: one_side(left, access, Hand::Left), right: one_side(right, access, Hand::Right) }
    }

    /// Those that have something through the role, group or division at this position.
    pub fn through(&self, hand: Hand, family: Family, at: usize) -> &[usize] {
        let side = match hand {
            Hand::Left => &self.left,
            Hand::Right => &self.right,
        };
        side.by_thing.get(&(family, at)).map_or(&[], Vec::as_slice)
    }
}

fn one_side(half: &Half<'_, '_>, access: &Effective, hand: Hand) -> OneSide {
    let mut side = OneSide::default();
    for (number, both) in access.both.iter().enumerate() {
        let place = match hand {
            Hand::Left => both.left,
            Hand::Right => both.right,
        };
        let Some(principal) = half.map.principals().get(place) else { continue };
        for grant in half.map.grants_of(principal) {
            let division = match &grant.reach {
                Reach::All => None,
                Reach::In(id) => half.position(Family::Division, id.as_str()),
            };
            let group = grant.via.as_ref().and_then(|id| half.position(Family::Group, id.as_str()));
            let things = [(Family::Role, grant.role), (Family::Division, division), (Family::Group, group)];
            for (family, at) in things.into_iter().filter_map(|(family, at)| Some((family, at?))) {
                let list = side.by_thing.entry((family, at)).or_default();
                if list.last() != Some(&number) {
                    list.push(number);
                }
            }
        }
    }
    side
}
