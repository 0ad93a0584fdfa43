//! Trusted orgs that differ: they are the same org seen from both sides, so ids say who is who.

use std::collections::BTreeSet;

use super::change::{Items, ShownGrant};
use super::clients::state_effect;
use super::comparison::{Comparison, NOT_KNOWN, OneSided, Row, toward};
use super::held::{DirectGrant, grants_to};
use super::sides::{Family, Side};
use rolecall_base::coverage::Listing;
use rolecall_base::trustee::{Trustee, TrusteeMember};

/// Every difference between the trusted orgs of the two sides.
pub(super) fn changes(comparison: &Comparison<'_, '_>) -> Vec<Row> {
    if !comparison.compares(Listing::Trustees) {
        return Vec::new();
    }
    let mut rows = comparison.ambiguous(Family::Trustee);
    let pairs = comparison.pairing.get(Family::Trustee);
    for side in Side::BOTH {
        let certain = comparison.index(side.other()).absence_is_certain(Family::Trustee);
        rows.extend(pairs.alone(side).map(|at| comparison.presence(Family::Trustee, side, at, certain, toward(side))));
    }
    for (left, right) in pairs.both() {
        rows.extend(between(comparison, left, right));
    }
    rows
}

fn between(comparison: &Comparison<'_, '_>, left: usize, right: usize) -> Vec<Row> {
    let thing = (Family::Trustee, Some(left), Some(right));
    let trustees = (comparison.left.snapshot.trustees.get(left), comparison.right.snapshot.trustees.get(right));
    let (Some(one), Some(other)) = trustees else { return Vec::new() };
    let mut rows: Vec<Row> = comparison.renamed(Family::Trustee, left, right).into_iter().collect();
    let describe = |flag: Option<bool>| flag.map_or_else(|| NOT_KNOWN.to_owned(), |flag| flag.to_string());
    let flags = [
        ("enabled", one.enabled, other.enabled),
        ("full_access", one.has_full_access, other.has_full_access),
        ("default_role", one.uses_default_role, other.uses_default_role),
    ];
    for (field, here, there) in flags.into_iter().filter(|(_, here, there)| here != there) {
        rows.push(comparison.row(thing, field, describe(here), describe(there), state_effect(here, there)));
    }
    if one.expires.is_some() != other.expires.is_some() {
        let describe = |trustee: &Trustee| if trustee.expires.is_some() { "set" } else { "never" };
        // An end that is set takes away some day; one that is gone gives for ever.
        let effect = state_effect(Some(one.expires.is_none()), Some(other.expires.is_none()));
        rows.push(comparison.row(thing, "expires", describe(one), describe(other), effect));
    }
    rows.extend(members(comparison, thing, "users", &one.users, &other.users));
    rows.extend(members(comparison, thing, "groups", &one.groups, &other.groups));
    if comparison.compares(Listing::RoleGrants) {
        rows.extend(grants(comparison, thing, one, other));
    }
    rows
}

fn members(
    comparison: &Comparison<'_, '_>,
    thing: (Family, Option<usize>, Option<usize>),
    field: &str,
    here: &Option<Vec<TrusteeMember>>,
    there: &Option<Vec<TrusteeMember>>,
) -> Vec<Row> {
    let names = |list: &Option<Vec<TrusteeMember>>| {
        list.iter().flatten().map(|member| member.name.clone()).collect::<BTreeSet<String>>()
    };
    let mut rows = Vec::new();
    for (side, these, those, known) in [
        (Side::Left, names(here), names(there), there.is_some()),
        (Side::Right, names(there), names(here), here.is_some()),
    ] {
        let shown: Vec<String> = these.difference(&those).cloned().collect();
        if !shown.is_empty() {
            let certain = known && comparison.index(side.other()).is_whole(Listing::Trustees);
            let lack = OneSided { field, side, shown, items: Items::Value, certain };
            rows.push(comparison.items(thing, lack, toward(side)));
        }
    }
    rows
}

/// Grants to the trusted org's people and groups, who are known by name.
fn grants(
    comparison: &Comparison<'_, '_>,
    thing: (Family, Option<usize>, Option<usize>),
    one: &Trustee,
    other: &Trustee,
) -> Vec<Row> {
    let given = |side: Side, trustee: &Trustee| {
        let mut all: Vec<(String, DirectGrant<'_>)> = Vec::new();
        for member in trustee.users.iter().chain(&trustee.groups).flatten() {
            let direct_grants = grants_to(&comparison.pairing, side, comparison.index(side), &member.id);
            all.extend(direct_grants.into_iter().map(|direct_grant| (member.name.clone(), direct_grant)));
        }
        all
    };
    let (lefts, rights) = (given(Side::Left, one), given(Side::Right, other));
    let mut rows = Vec::new();
    for (side, these, those) in [(Side::Left, &lefts, &rights), (Side::Right, &rights, &lefts)] {
        let those: BTreeSet<_> = those.iter().map(|(name, direct_grant)| (name, direct_grant.key)).collect();
        let only: Vec<_> = these
            .iter()
            .filter(|(name, direct_grant)| !direct_grant.is_implied && !those.contains(&(name, direct_grant.key)))
            .collect();
        let there = comparison.index(side.other());
        let other_side = if side == Side::Left { other } else { one };
        let members = || other_side.users.iter().chain(&other_side.groups).flatten();
        let certain = |name: &str, direct_grant: &DirectGrant<'_>| {
            let counterpart = comparison.index(side).position(Family::Role, direct_grant.role);
            let counterpart = counterpart.and_then(|at| comparison.pairing.get(Family::Role).counterpart(side, at));
            let id = counterpart.and_then(|at| there.id(Family::Role, at));
            let lacks = |id: &str| {
                let mut same = members().filter(|member| member.name == name).map(|member| member.id.as_str());
                same.all(|member| there.lack_of_grant_is_certain(member, id)) && there.lack_of_grant_is_certain("", id)
            };
            !direct_grant.is_unlisted() && id.is_some_and(lacks)
        };
        let (sure, unsure): (Vec<_>, Vec<_>) =
            only.into_iter().partition(|(name, direct_grant)| certain(name, direct_grant));
        for (list, certain) in [(sure, true), (unsure, false)] {
            if list.is_empty() {
                continue;
            }
            let mut shown: Vec<String> =
                list.iter().map(|(name, direct_grant)| format!("{name}: {}", direct_grant.shown)).collect();
            shown.sort();
            let mut grants: Vec<ShownGrant> = list.iter().map(|(_, direct_grant)| direct_grant.shown.clone()).collect();
            grants.sort();
            let lack = OneSided { field: "grants", side, shown, items: Items::Grants(grants), certain };
            rows.push(comparison.items(thing, lack, toward(side)));
        }
    }
    rows
}
