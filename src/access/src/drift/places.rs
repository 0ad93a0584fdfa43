//! Divisions and permission catalogues that differ.

use fixedbitset::FixedBitSet;

use super::change::Effect;
use super::frame::{Draft, Frame, NOT_KNOWN};
use super::sides::{Family, Hand};
use rolecall_base::catalogue::CataloguePermission;
use rolecall_base::coverage::Listing;
use rolecall_base::grant::Reach;

/// Divisions that stand on one side only, or are called something else. The home divisions are the same whatever they
/// are called.
pub fn divisions(frame: &Frame<'_, '_>) -> Vec<Draft> {
    if !frame.compares(Listing::Divisions) {
        return Vec::new();
    }
    let mut drafts = frame.crowds(Family::Division);
    let pairs = frame.pairing.get(Family::Division);
    for hand in Hand::BOTH {
        let certain = frame.half(hand.other()).absence_is_certain(Family::Division);
        for at in pairs.alone(hand) {
            let holders = frame.holders.through(hand, Family::Division, at);
            let mut concerned = granted_in(frame, hand, at, holders);
            if holders.is_empty() {
                // Nobody that is on both sides has anything in it: the division itself is what is missing.
                concerned.insert_range(..);
            }
            let (effect, affected) = frame.effect_on(hand, &concerned, holders);
            let mut draft = frame.presence(Family::Division, hand, at, certain, effect);
            draft.change.affected = affected;
            drafts.push(draft);
        }
    }
    for (left, right) in pairs.both() {
        let home = |hand: Hand, at: usize| frame.half(hand).snapshot.divisions.get(at).is_some_and(|one| one.home);
        if !(home(Hand::Left, left) && home(Hand::Right, right)) {
            drafts.extend(frame.renamed(Family::Division, left, right));
        }
    }
    drafts
}

/// What the roles permit that these principals have in a division.
fn granted_in(frame: &Frame<'_, '_>, hand: Hand, at: usize, holders: &[usize]) -> FixedBitSet {
    let half = frame.half(hand);
    let mut set = frame.numbering.none();
    let Some(id) = half.id(Family::Division, at) else { return set };
    let mut roles: Vec<usize> = Vec::new();
    for both in holders.iter().filter_map(|holder| frame.access.both.get(*holder)) {
        let place = if hand == Hand::Left { both.left } else { both.right };
        let Some(principal) = half.map.principals().get(place) else { continue };
        let held = half.map.grants_of(principal).into_iter();
        roles.extend(
            held.filter(|grant| matches!(&grant.reach, Reach::In(reach) if reach.as_str() == id))
                .filter_map(|grant| grant.role),
        );
    }
    roles.sort_unstable();
    roles.dedup();
    for rights in roles.into_iter().filter_map(|at| half.map.rights.roles.get(at)) {
        set.union_with(&frame.numbering.common(hand, &rights.always));
        set.union_with(&frame.numbering.common(hand, &rights.under_condition));
    }
    set
}

/// Permissions that only one of the catalogues lists, or of which they say different things.
pub fn catalogue(frame: &Frame<'_, '_>) -> Vec<Draft> {
    if !frame.compares(Listing::Permissions) {
        return Vec::new();
    }
    let mut drafts = Vec::new();
    let pairs = frame.pairing.get(Family::Permission);
    for hand in Hand::BOTH {
        let certain = frame.half(hand.other()).absence_is_certain(Family::Permission);
        for at in pairs.alone(hand) {
            // Of a catalogue that was not read every entry would be looked up at everybody, for an effect nobody tells.
            let (effect, affected) = if certain { effect_of(frame, hand, at) } else { (Effect::Unknown, Vec::new()) };
            let mut draft = frame.presence(Family::Permission, hand, at, certain, effect);
            draft.change.affected = affected;
            drafts.push(draft);
        }
    }
    for (left, right) in pairs.both() {
        drafts.extend(between(frame, left, right));
    }
    drafts
}

fn entry<'a>(frame: &Frame<'a, '_>, hand: Hand, at: usize) -> Option<&'a CataloguePermission> {
    frame.half(hand).snapshot.permissions.get(at)
}

fn between(frame: &Frame<'_, '_>, left: usize, right: usize) -> Vec<Draft> {
    let thing = (Family::Permission, Some(left), Some(right));
    let (Some(one), Some(other)) = (entry(frame, Hand::Left, left), entry(frame, Hand::Right, right)) else {
        return Vec::new();
    };
    let mut drafts = Vec::new();
    if one.division_aware != other.division_aware {
        let told = |aware: Option<bool>| aware.map_or_else(|| NOT_KNOWN.to_owned(), |aware| aware.to_string());
        let (effect, affected) = match (one.division_aware, other.division_aware) {
            (Some(false), Some(true)) => effect_of(frame, Hand::Left, left),
            (Some(true), Some(false)) => effect_of(frame, Hand::Right, right),
            _ => (Effect::Unknown, Vec::new()),
        };
        let (from, to) = (told(one.division_aware), told(other.division_aware));
        let mut draft = frame.row(thing, "division_aware", from, to, effect);
        draft.change.affected = affected;
        drafts.push(draft);
    }
    if let (Some(here), Some(there)) = (one.allows_conditions, other.allows_conditions)
        && here != there
    {
        drafts.push(frame.row(thing, "allows_conditions", here.to_string(), there.to_string(), Effect::None));
    }
    drafts
}

/// What it does that a permission is there, or not limited by divisions, on one side only: to those who hold it there.
fn effect_of(frame: &Frame<'_, '_>, hand: Hand, at: usize) -> (Effect, Vec<usize>) {
    let half = frame.half(hand);
    let Some(own) = entry(frame, hand, at).and_then(|entry| half.map.rights.index.number(&entry.permission)) else {
        return (Effect::Unknown, Vec::new());
    };
    let mut concerned = frame.numbering.none();
    if let Some(number) = frame.numbering.common_number(hand, own) {
        concerned.insert(number);
    }
    let holds = |number: &usize| {
        let both = frame.access.both.get(*number)?;
        let principal = half.map.principals().get(if hand == Hand::Left { both.left } else { both.right })?;
        Some(half.map.holdings_of(principal)?.at_all.contains(own))
    };
    let holders: Vec<usize> = (0..frame.access.both.len()).filter(|number| holds(number).unwrap_or_default()).collect();
    frame.effect_on(hand, &concerned, &holders)
}
