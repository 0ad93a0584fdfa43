//! Roles that differ: compared by what they permit, wildcards expanded over each org's own catalogue.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;

use super::change::{Effect, Items};
use super::comparison::{Comparison, OneSided, Row};
use super::pairing::ThingKey;
use super::role_sets::RoleSets;
use super::sides::{Family, Side};
use crate::cross::principal::HeldGrant;
use rolecall_base::coverage::Listing;
use rolecall_base::grant::Reach;
use rolecall_base::permission::Permission;
use rolecall_base::role::{PermissionPolicy, Role};

/// Every difference between the roles of the two sides.
pub(super) fn changes(comparison: &Comparison<'_, '_>) -> Vec<Row> {
    if !comparison.compares(Listing::Roles) {
        return Vec::new();
    }
    let mut rows = comparison.ambiguous(Family::Role);
    let pairs = comparison.pairing.get(Family::Role);
    for side in Side::BOTH {
        for at in pairs.alone(side) {
            let content = sets(comparison, side, at).map(|sets| sets.at_all()).unwrap_or_default();
            let (effect, affected) =
                comparison.effect_on(side, &content, comparison.holders.through(side, Family::Role, at));
            let certain = comparison.index(side.other()).absence_is_certain(Family::Role);
            let mut row = comparison.presence(Family::Role, side, at, certain, effect);
            row.change.affected = affected;
            comparison.say_what_it_gives(&mut row, &content);
            rows.push(row);
        }
    }
    for (left, right) in pairs.both() {
        rows.extend(between(comparison, left, right));
    }
    rows
}

fn sets(comparison: &Comparison<'_, '_>, side: Side, at: usize) -> Option<RoleSets> {
    RoleSets::of(&comparison.pairing, side, (&comparison.left, comparison.index(side)), at, &comparison.numbering)
}

fn between(comparison: &Comparison<'_, '_>, left: usize, right: usize) -> Vec<Row> {
    let thing = (Family::Role, Some(left), Some(right));
    let mut rows: Vec<Row> = comparison.renamed(Family::Role, left, right).into_iter().collect();
    let roles = (comparison.left.snapshot.roles.get(left), comparison.right.snapshot.roles.get(right));
    let (Some(one), Some(other)) = roles else { return rows };
    if one.kind() != other.kind() {
        rows.push(comparison.row(thing, "kind", one.kind(), other.kind(), Effect::None));
    }
    if let (Some(base), Some(there)) = (one.base, other.base)
        && base != there
    {
        rows.push(comparison.row(thing, "base", base.to_string(), there.to_string(), Effect::None));
    }
    let (Some(here), Some(there)) = (sets(comparison, Side::Left, left), sets(comparison, Side::Right, right)) else {
        return rows;
    };
    let before = rows.len();
    rows.extend(permission_rows(comparison, thing, Side::Left, (&here, &there), (one, other)));
    rows.extend(permission_rows(comparison, thing, Side::Right, (&there, &here), (other, one)));
    rows.extend(condition_rows(comparison, thing, &here, &there));
    if rows.len() == before && written(one) != written(other) {
        let wild = |role: &Role| role.policies.iter().flat_map(PermissionPolicy::patterns).any(|p| p.is_wildcard());
        let whole = Side::BOTH.into_iter().all(|side| comparison.index(side).is_whole(Listing::Permissions));
        let effect = if whole || !(wild(one) || wild(other)) { Effect::None } else { Effect::Unknown };
        rows.push(comparison.row(thing, "policies", describe_role(one), describe_role(other), effect));
    }
    rows
}

/// Permissions that one side's role has and the other's lacks.
fn permission_rows(
    comparison: &Comparison<'_, '_>,
    thing: (Family, Option<usize>, Option<usize>),
    side: Side,
    (here, there): (&RoleSets, &RoleSets),
    (own, other): (&Role, &Role),
) -> Vec<Row> {
    let mut only = here.at_all();
    only.difference_with(&there.at_all());
    let listed = |side: Side, name: &Permission| {
        let rights = &comparison.index(side).map.rights;
        rights.index.number(name).is_some_and(|number| rights.in_catalogue.contains(number))
    };
    let mut doubtful = there.possibly.clone();
    let other_whole = comparison.index(side.other()).is_whole(Listing::Permissions);
    for number in only.clone().ones() {
        let Some(name) = comparison.numbering.name(number) else { continue };
        if listed(Side::Left, name) == listed(Side::Right, name) {
            continue;
        }
        // Only one catalogue knows it, and a role says it by a wildcard or both say it: that is the catalogues'
        // difference, not the role's. A wildcard that was spelled out was spelled out over the catalogue of its org.
        let covers = |role: &Role, wild: bool| {
            let mut patterns = role.policies.iter().flat_map(PermissionPolicy::patterns);
            patterns.any(|pattern| (pattern.is_wildcard() || !wild) && pattern.covers(name))
        };
        match (covers(other, false), covers(own, true), other_whole) {
            (true, _, _) | (false, true, true) => only.set(number, false),
            (false, true, false) => doubtful.insert(number),
            (false, false, _) => {}
        }
    }
    let (mut sure, mut unsure) = (only.clone(), only);
    sure.difference_with(&doubtful);
    unsure.intersect_with(&doubtful);
    let at = if side == Side::Left { thing.1 } else { thing.2 };
    let holders = at.map_or(&[][..], |at| comparison.holders.through(side, Family::Role, at));
    let mut rows = Vec::new();
    for (set, certain) in [(sure, true), (unsure, false)] {
        if set.is_clear() {
            continue;
        }
        let shown = comparison.numbering.names(&set);
        let (effect, affected) = comparison.effect_on(side, &set, holders);
        let lack = OneSided { field: "permissions", side, items: Items::Permissions(shown.clone()), shown, certain };
        let mut row = comparison.items(thing, lack, effect);
        row.change.affected = affected;
        rows.push(row);
    }
    rows
}

/// Permissions that both roles have, one of them under a condition, or each under another one.
fn condition_rows(
    comparison: &Comparison<'_, '_>,
    thing: (Family, Option<usize>, Option<usize>),
    here: &RoleSets,
    there: &RoleSets,
) -> Vec<Row> {
    let (_, left, right) = thing;
    let mut rows = Vec::new();
    for (side, at, these, those) in [(Side::Left, left, here, there), (Side::Right, right, there, here)] {
        let mut set = these.always.clone();
        set.intersect_with(&those.under_condition);
        if set.is_clear() {
            continue;
        }
        let holders = at.map_or(&[][..], |at| comparison.holders.through(side, Family::Role, at));
        let (effect, affected) = comparison.effect_on(side, &set, holders);
        let always = comparison.numbering.names(&set).iter().map(|name| format!("{name} always")).collect::<Vec<_>>();
        let (free, bound) = (always.join(";"), with_conditions(comparison, &set, those));
        let (from, to) = if side == Side::Left { (free, bound) } else { (bound, free) };
        let mut row = comparison.row(thing, "conditions", from, to, effect);
        row.change.items = Items::Permissions(comparison.numbering.names(&set));
        row.change.affected = affected;
        rows.push(row);
    }
    let mut other = comparison.numbering.none();
    for number in here.under_condition.intersection(&there.under_condition) {
        other.set(number, here.conditions.get(&number) != there.conditions.get(&number));
    }
    if !other.is_clear() {
        let (from, to) = (with_conditions(comparison, &other, here), with_conditions(comparison, &other, there));
        let effect = effect_of_other_condition(comparison, (left, right), &other);
        let mut row = comparison.row(thing, "conditions", from, to, effect);
        row.change.items = Items::Permissions(comparison.numbering.names(&other));
        rows.push(row);
    }
    rows
}

/// Another condition decides nothing for those who hold the permission without one, or under the same conditions by
/// another role; what it does to the others only the single call decides.
fn effect_of_other_condition(
    comparison: &Comparison<'_, '_>,
    (left, right): (Option<usize>, Option<usize>),
    concerned: &FixedBitSet,
) -> Effect {
    let mut holders: BTreeSet<usize> = BTreeSet::new();
    for (side, at) in [(Side::Left, left), (Side::Right, right)] {
        holders.extend(at.map_or(&[][..], |at| comparison.holders.through(side, Family::Role, at)));
    }
    let mut any = false;
    let mut same = true;
    for both in holders.iter().filter_map(|holder| comparison.access.both.get(*holder)).filter(|both| !both.idle) {
        any = true;
        let grants = |side: Side, place: usize| {
            let map = comparison.index(side).map;
            map.principals().get(place).map(|principal| map.grants_of(principal)).unwrap_or_default()
        };
        let grants = (grants(Side::Left, both.left), grants(Side::Right, both.right));
        let held = (
            Bound::of(comparison, Side::Left, both.left, &grants.0),
            Bound::of(comparison, Side::Right, both.right, &grants.1),
        );
        same &= concerned.ones().all(|number| {
            let free = held.0.free.contains(number) && held.1.free.contains(number);
            free || held.0.conditions.get(&number) == held.1.conditions.get(&number)
        });
    }
    let missing = Side::BOTH.into_iter().any(|side| comparison.index(side).holders_may_be_missing());
    if any && same && !missing { Effect::None } else { Effect::Unknown }
}

/// What a principal holds with and without conditions.
struct Bound<'a> {
    free: FixedBitSet,
    /// By permission: the conditions, each with the place it holds in.
    conditions: BTreeMap<usize, BTreeSet<(String, Option<ThingKey<'a>>)>>,
}

impl<'a> Bound<'a> {
    fn of(comparison: &Comparison<'_, '_>, side: Side, place: usize, grants: &'a [HeldGrant]) -> Self {
        let index = comparison.index(side);
        let mut bound = Self { free: comparison.numbering.none(), conditions: BTreeMap::new() };
        if let Some(held) = index.map.principals().get(place).and_then(|one| index.map.holdings_of(one)) {
            bound.free = comparison.numbering.common(side, &held.fully);
        }
        for grant in grants {
            let place = match &grant.reach {
                Reach::All => None,
                Reach::In(id) => Some(comparison.pairing.key_of_id(Family::Division, side, index, id.as_str())),
            };
            let bound_here =
                |at: &usize| index.map.rights.roles.get(*at).is_some_and(|role| !role.under_condition.is_clear());
            let sets = grant.role.filter(bound_here).and_then(|at| sets(comparison, side, at));
            for (number, conditions) in sets.map(|sets| sets.conditions).unwrap_or_default() {
                let placed = conditions.into_iter().map(|condition| (condition, place));
                bound.conditions.entry(number).or_default().extend(placed);
            }
        }
        bound
    }
}

fn with_conditions(comparison: &Comparison<'_, '_>, set: &FixedBitSet, sets: &RoleSets) -> String {
    let mut shown: Vec<String> = set
        .ones()
        .filter_map(|number| {
            let conditions = sets.conditions.get(&number)?.iter().cloned().collect::<Vec<_>>().join(" or ");
            Some(format!("{} {conditions}", comparison.numbering.name(number)?))
        })
        .collect();
    shown.sort();
    shown.join(";")
}

/// A role as it is written, without what is written twice; conditions are compared elsewhere.
fn written(role: &Role) -> BTreeSet<(bool, String)> {
    let general = role.general_permissions.iter().map(|permission| (false, permission.to_string()));
    let policies = role.policies.iter();
    policies
        .flat_map(|policy| policy.patterns().map(|pattern| (policy.is_conditional(), pattern.to_string())))
        .chain(general)
        .collect()
}

fn describe_role(role: &Role) -> String {
    let lines = written(role).into_iter().map(|(bound, line)| if bound { format!("{line} (condition)") } else { line });
    let lines: BTreeSet<String> = lines.collect();
    lines.into_iter().collect::<Vec<_>>().join(";")
}
