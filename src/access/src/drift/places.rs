//! Divisions and permission catalogues that differ.

use fixedbitset::FixedBitSet;

use super::change::Effect;
use super::comparison::{Comparison, NOT_KNOWN, Row};
use super::sides::{Family, Side};
use rolecall_base::catalogue::CataloguePermission;
use rolecall_base::coverage::Listing;
use rolecall_base::grant::Reach;

/// Divisions that stand on one side only, or are called something else. The home divisions are the same whatever they
/// are called.
pub(super) fn divisions(comparison: &Comparison<'_, '_>) -> Vec<Row> {
    if !comparison.compares(Listing::Divisions) {
        return Vec::new();
    }
    let mut rows = comparison.ambiguous(Family::Division);
    let pairs = comparison.pairing.get(Family::Division);
    for side in Side::BOTH {
        let certain = comparison.index(side.other()).absence_is_certain(Family::Division);
        for at in pairs.alone(side) {
            let holders = comparison.holders.through(side, Family::Division, at);
            let mut concerned = granted_in(comparison, side, at, holders);
            if holders.is_empty() {
                // Nobody that is on both sides has anything in it: the division itself is what is missing.
                concerned.insert_range(..);
            }
            let (effect, affected) = comparison.effect_on(side, &concerned, holders);
            let mut row = comparison.presence(Family::Division, side, at, certain, effect);
            row.change.affected = affected;
            rows.push(row);
        }
    }
    for (left, right) in pairs.both() {
        let home =
            |side: Side, at: usize| comparison.index(side).snapshot.divisions.get(at).is_some_and(|one| one.home);
        if !(home(Side::Left, left) && home(Side::Right, right)) {
            rows.extend(comparison.renamed(Family::Division, left, right));
        }
    }
    rows
}

/// What the roles permit that these principals have in a division.
fn granted_in(comparison: &Comparison<'_, '_>, side: Side, at: usize, holders: &[usize]) -> FixedBitSet {
    let index = comparison.index(side);
    let mut set = comparison.numbering.none();
    let Some(id) = index.id(Family::Division, at) else { return set };
    let mut roles: Vec<usize> = Vec::new();
    for both in holders.iter().filter_map(|holder| comparison.access.both.get(*holder)) {
        let place = if side == Side::Left { both.left } else { both.right };
        let Some(principal) = index.map.principals().get(place) else { continue };
        let held = index.map.grants_of(principal).into_iter();
        roles.extend(
            held.filter(|grant| matches!(&grant.reach, Reach::In(reach) if reach.as_str() == id))
                .filter_map(|grant| grant.role),
        );
    }
    roles.sort_unstable();
    roles.dedup();
    for rights in roles.into_iter().filter_map(|at| index.map.rights.roles.get(at)) {
        set.union_with(&comparison.numbering.common(side, &rights.always));
        set.union_with(&comparison.numbering.common(side, &rights.under_condition));
    }
    set
}

/// Permissions that only one of the catalogues lists, or of which they say different things.
pub(super) fn catalogue(comparison: &Comparison<'_, '_>) -> Vec<Row> {
    if !comparison.compares(Listing::Permissions) {
        return Vec::new();
    }
    let mut rows = Vec::new();
    let pairs = comparison.pairing.get(Family::Permission);
    for side in Side::BOTH {
        let certain = comparison.index(side.other()).absence_is_certain(Family::Permission);
        for at in pairs.alone(side) {
            // Of a catalogue that was not read every entry would be looked up at everybody, for an undetermined effect.
            let (effect, affected) =
                if certain { effect_of(comparison, side, at) } else { (Effect::Unknown, Vec::new()) };
            let mut row = comparison.presence(Family::Permission, side, at, certain, effect);
            row.change.affected = affected;
            rows.push(row);
        }
    }
    for (left, right) in pairs.both() {
        rows.extend(between(comparison, left, right));
    }
    rows
}

fn entry<'a>(comparison: &Comparison<'a, '_>, side: Side, at: usize) -> Option<&'a CataloguePermission> {
    comparison.index(side).snapshot.permissions.get(at)
}

fn between(comparison: &Comparison<'_, '_>, left: usize, right: usize) -> Vec<Row> {
    let thing = (Family::Permission, Some(left), Some(right));
    let (Some(one), Some(other)) = (entry(comparison, Side::Left, left), entry(comparison, Side::Right, right)) else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    if one.division_aware != other.division_aware {
        let describe = |aware: Option<bool>| aware.map_or_else(|| NOT_KNOWN.to_owned(), |aware| aware.to_string());
        let (effect, affected) = match (one.division_aware, other.division_aware) {
            (Some(false), Some(true)) => effect_of(comparison, Side::Left, left),
            (Some(true), Some(false)) => effect_of(comparison, Side::Right, right),
            _ => (Effect::Unknown, Vec::new()),
        };
        let (from, to) = (describe(one.division_aware), describe(other.division_aware));
        let mut row = comparison.row(thing, "division_aware", from, to, effect);
        row.change.affected = affected;
        rows.push(row);
    }
    if let (Some(here), Some(there)) = (one.allows_conditions, other.allows_conditions)
        && here != there
    {
        rows.push(comparison.row(thing, "allows_conditions", here.to_string(), there.to_string(), Effect::None));
    }
    rows
}

/// What it does that a permission is there, or not limited by divisions, on one side only: to those who hold it there.
fn effect_of(comparison: &Comparison<'_, '_>, side: Side, at: usize) -> (Effect, Vec<usize>) {
    let index = comparison.index(side);
    let Some(own) = entry(comparison, side, at).and_then(|entry| index.map.rights.index.number(&entry.permission))
    else {
        return (Effect::Unknown, Vec::new());
    };
    let mut concerned = comparison.numbering.none();
    if let Some(number) = comparison.numbering.common_number(side, own) {
        concerned.insert(number);
    }
    let holds = |number: &usize| {
        let both = comparison.access.both.get(*number)?;
        let principal = index.map.principals().get(if side == Side::Left { both.left } else { both.right })?;
        Some(index.map.holdings_of(principal)?.at_all.contains(own))
    };
    let holders: Vec<usize> =
        (0..comparison.access.both.len()).filter(|number| holds(number).unwrap_or_default()).collect();
    comparison.effect_on(side, &concerned, &holders)
}
