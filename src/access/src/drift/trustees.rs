//! Trusted orgs that differ: they are the same org seen from both sides, so ids say who is who.

use std::collections::BTreeSet;

use super::change::{GrantTold, Items};
use super::clients::state_effect;
use super::frame::{Draft, Frame, NOT_KNOWN, OneSided, toward};
use super::held::{Piece, grants_to};
use super::sides::{Family, Hand};
use rolecall_base::coverage::Listing;
use rolecall_base::trustee::{Trustee, TrusteeMember};

/// Every difference between the trusted orgs of the two sides.
pub fn changes(frame: &Frame<'_, '_>) -> Vec<Draft> {
    if !frame.compares(Listing::Trustees) {
        return Vec::new();
    }
    let mut drafts = frame.crowds(Family::Trustee);
    let pairs = frame.pairing.get(Family::Trustee);
    for hand in Hand::BOTH {
        let certain = frame.half(hand.other()).absence_is_certain(Family::Trustee);
        drafts.extend(pairs.alone(hand).map(|at| frame.presence(Family::Trustee, hand, at, certain, toward(hand))));
    }
    for (left, right) in pairs.both() {
        drafts.extend(between(frame, left, right));
    }
    drafts
}

fn between(frame: &Frame<'_, '_>, left: usize, right: usize) -> Vec<Draft> {
    let thing = (Family::Trustee, Some(left), Some(right));
    let trustees = (frame.left.snapshot.trustees.get(left), frame.right.snapshot.trustees.get(right));
    let (Some(one), Some(other)) = trustees else { return Vec::new() };
    let mut drafts: Vec<Draft> = frame.renamed(Family::Trustee, left, right).into_iter().collect();
    let told = |flag: Option<bool>| flag.map_or_else(|| NOT_KNOWN.to_owned(), |flag| flag.to_string());
    let flags = [
        ("enabled", one.enabled, other.enabled),
        ("full_access", one.has_full_access, other.has_full_access),
        ("default_role", one.uses_default_role, other.uses_default_role),
    ];
    for (field, here, there) in flags.into_iter().filter(|(_, here, there)| here != there) {
        drafts.push(frame.row(thing, field, told(here), told(there), state_effect(here, there)));
    }
    if one.expires.is_some() != other.expires.is_some() {
        let told = |trustee: &Trustee| if trustee.expires.is_some() { "set" } else { "never" };
        // An end that is set takes away some day; one that is gone gives for ever.
        let effect = state_effect(Some(one.expires.is_none()), Some(other.expires.is_none()));
        drafts.push(frame.row(thing, "expires", told(one), told(other), effect));
    }
    drafts.extend(members(frame, thing, "users", &one.users, &other.users));
    drafts.extend(members(frame, thing, "groups", &one.groups, &other.groups));
    if frame.compares(Listing::RoleGrants) {
        drafts.extend(grants(frame, thing, one, other));
    }
    drafts
}

fn members(
    frame: &Frame<'_, '_>,
    thing: (Family, Option<usize>, Option<usize>),
    field: &str,
    here: &Option<Vec<TrusteeMember>>,
    there: &Option<Vec<TrusteeMember>>,
) -> Vec<Draft> {
    let names = |list: &Option<Vec<TrusteeMember>>| {
        list.iter().flatten().map(|member| member.name.clone()).collect::<BTreeSet<String>>()
    };
    let mut drafts = Vec::new();
    for (hand, these, those, known) in [
        (Hand::Left, names(here), names(there), there.is_some()),
        (Hand::Right, names(there), names(here), here.is_some()),
    ] {
        let told: Vec<String> = these.difference(&those).cloned().collect();
        if !told.is_empty() {
            let certain = known && frame.half(hand.other()).is_whole(Listing::Trustees);
            let lack = OneSided { field, hand, told, items: Items::Value, certain };
            drafts.push(frame.items(thing, lack, toward(hand)));
        }
    }
    drafts
}

/// Grants to the trusted org's people and groups, who are known by name.
fn grants(
    frame: &Frame<'_, '_>,
    thing: (Family, Option<usize>, Option<usize>),
    one: &Trustee,
    other: &Trustee,
) -> Vec<Draft> {
    let given = |hand: Hand, trustee: &Trustee| {
        let mut all: Vec<(String, Piece<'_>)> = Vec::new();
        for member in trustee.users.iter().chain(&trustee.groups).flatten() {
            let pieces = grants_to(&frame.pairing, hand, frame.half(hand), &member.id);
            all.extend(pieces.into_iter().map(|piece| (member.name.clone(), piece)));
        }
        all
    };
    let keys = |all: &[(String, Piece<'_>)]| -> BTreeSet<String> {
        all.iter().map(|(name, piece)| format!("{:?}", (name, piece.key))).collect()
    };
    let (lefts, rights) = (given(Hand::Left, one), given(Hand::Right, other));
    let mut drafts = Vec::new();
    for (hand, these, those) in [(Hand::Left, &lefts, keys(&rights)), (Hand::Right, &rights, keys(&lefts))] {
        let only: Vec<_> = these
            .iter()
            .filter(|(name, piece)| !piece.is_implied && !those.contains(&format!("{:?}", (name, piece.key))))
            .collect();
        let there = frame.half(hand.other());
        let other_side = if hand == Hand::Left { other } else { one };
        let members = || other_side.users.iter().chain(&other_side.groups).flatten();
        let certain = |name: &str, piece: &Piece<'_>| {
            let twin = frame.half(hand).position(Family::Role, piece.role);
            let twin = twin.and_then(|at| frame.pairing.get(Family::Role).twin(hand, at));
            let id = twin.and_then(|at| there.id(Family::Role, at));
            let lacks = |id: &str| {
                let mut same = members().filter(|member| member.name == name).map(|member| member.id.as_str());
                same.all(|member| there.lack_of_grant_is_certain(member, id)) && there.lack_of_grant_is_certain("", id)
            };
            !piece.is_unlisted() && id.is_some_and(lacks)
        };
        let (sure, unsure): (Vec<_>, Vec<_>) = only.into_iter().partition(|(name, piece)| certain(name, piece));
        for (list, certain) in [(sure, true), (unsure, false)] {
            if list.is_empty() {
                continue;
            }
            let mut told: Vec<String> = list.iter().map(|(name, piece)| format!("{name}: {}", piece.told)).collect();
            told.sort();
            let mut grants: Vec<GrantTold> = list.iter().map(|(_, piece)| piece.told.clone()).collect();
            grants.sort();
            let lack = OneSided { field: "grants", hand, told, items: Items::Grants(grants), certain };
            drafts.push(frame.items(thing, lack, toward(hand)));
        }
    }
    drafts
}
