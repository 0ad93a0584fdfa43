//! Rows of direct grants that one side of a client, user or group has and the other lacks: one cause has one row.

use fixedbitset::FixedBitSet;

use super::change::{Items, ShownGrant};
use super::comparison::{Comparison, OneSided, Row};
use super::held::{DirectGrant, client_grants, grants_to};
use super::sides::{Family, Side};

/// Whose effective access decides what a grant does.
pub(super) enum Whose<'h> {
    /// The principal's own; `None`: nobody's.
    Own(Option<usize>),
    /// That of everybody who has something through the group, on the left and on the right.
    Through(&'h [usize], &'h [usize]),
    /// Nobody's: the grants of a client that acts for users decide nothing.
    Nobody,
}

/// The grants of a client, user or group of a side.
pub(super) fn direct_grants<'a>(
    comparison: &Comparison<'a, '_>,
    side: Side,
    family: Family,
    at: usize,
) -> Vec<DirectGrant<'a>> {
    let index = comparison.index(side);
    match family {
        Family::Client => client_grants(&comparison.pairing, side, index, at),
        _ => index.id(family, at).map(|id| grants_to(&comparison.pairing, side, index, id)).unwrap_or_default(),
    }
}

/// The rows of a paired client, user or group. What the row of a role or division says already is not repeated.
pub(super) fn differing_grants(
    comparison: &Comparison<'_, '_>,
    family: Family,
    left: usize,
    right: usize,
    whose: &Whose<'_>,
) -> Vec<Row> {
    let all =
        [direct_grants(comparison, Side::Left, family, left), direct_grants(comparison, Side::Right, family, right)];
    let [lefts, rights] = &all;
    let mut rows = Vec::new();
    for (side, these, those) in [(Side::Left, lefts, rights), (Side::Right, rights, lefts)] {
        let only: Vec<&DirectGrant<'_>> = these
            .iter()
            .filter(|direct_grant| {
                !direct_grant.is_implied && those.binary_search_by(|other| other.key.cmp(&direct_grant.key)).is_err()
            })
            .collect();
        let there = if side == Side::Left { right } else { left };
        let (sure, unsure): (Vec<_>, Vec<_>) = only
            .into_iter()
            .partition(|direct_grant| lack_is_certain(comparison, side.other(), family, there, direct_grant));
        for (items, certain) in [(sure, true), (unsure, false)] {
            if !items.is_empty() {
                rows.push(build_row(comparison, (family, left, right), side, &items, certain, whose));
            }
        }
    }
    rows
}

/// Whether it is certain that the subject at this position lacks on its side what the other side's one was granted.
fn lack_is_certain(
    comparison: &Comparison<'_, '_>,
    side: Side,
    family: Family,
    at: usize,
    direct_grant: &DirectGrant<'_>,
) -> bool {
    let index = comparison.index(side);
    let role = comparison.index(side.other()).position(Family::Role, direct_grant.role);
    let role = role.and_then(|at| comparison.pairing.get(Family::Role).counterpart(side.other(), at));
    let Some(role) = role.and_then(|at| index.id(Family::Role, at)) else { return false };
    !direct_grant.is_unlisted()
        && match family {
            Family::Client => index.client_lack_is_certain(at, role),
            _ => index.id(family, at).is_some_and(|subject| index.lack_of_grant_is_certain(subject, role)),
        }
}

fn build_row(
    comparison: &Comparison<'_, '_>,
    (family, left, right): (Family, usize, usize),
    side: Side,
    items: &[&DirectGrant<'_>],
    certain: bool,
    whose: &Whose<'_>,
) -> Row {
    let concerned = permitted(comparison, side, items.iter().copied());
    let mut grants: Vec<ShownGrant> = items.iter().map(|direct_grant| direct_grant.shown.clone()).collect();
    grants.sort();
    let shown = grants.iter().map(ToString::to_string).collect();
    let (effect, affected) = match whose {
        Whose::Own(principal) => {
            let effect = comparison.effect_on_one(side, &concerned, *principal);
            let changed = effect == super::comparison::toward(side);
            (effect, principal.filter(|_| changed).into_iter().collect())
        }
        Whose::Through(lefts, rights) => {
            comparison.effect_on(side, &concerned, if side == Side::Left { lefts } else { rights })
        }
        Whose::Nobody => (super::change::Effect::None, Vec::new()),
    };
    let lack = OneSided { field: "grants", side, shown, items: Items::Grants(grants), certain };
    let mut row = comparison.items((family, Some(left), Some(right)), lack, effect);
    row.change.affected = if certain { affected } else { Vec::new() };
    if matches!(whose, Whose::Through(..)) {
        comparison.say_what_it_gives(&mut row, &concerned);
    }
    row
}

/// What the roles of some grants of a side permit.
pub(super) fn permitted<'p, 'a: 'p>(
    comparison: &Comparison<'a, '_>,
    side: Side,
    direct_grants: impl Iterator<Item = &'p DirectGrant<'a>>,
) -> FixedBitSet {
    let index = comparison.index(side);
    let mut set = comparison.numbering.none();
    for direct_grant in direct_grants {
        let rights = index.position(Family::Role, direct_grant.role).and_then(|at| index.map.rights.roles.get(at));
        if let Some(rights) = rights {
            set.union_with(&comparison.numbering.common(side, &rights.always));
            set.union_with(&comparison.numbering.common(side, &rights.under_condition));
        }
    }
    set
}
