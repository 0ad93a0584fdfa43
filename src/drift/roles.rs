//! Roles that differ: compared by what they permit, wildcards expanded over each org's own catalogue.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;
use serde_json::Value;

use super::change::{Effect, Items};
use super::frame::{Draft, Frame, OneSided};
use super::numbering::Numbering;
use super::pairing::Pairing;
use super::sides::{Family, Half, Hand};
use crate::model::coverage::Listing;
use crate::model::permission::Permission;
use crate::model::role::{PermissionPolicy, Role};

/// A role as sets of permissions in common numbers.
#[derive(Clone, Debug)]
pub struct RoleSets {
    /// Without a condition.
    pub always: FixedBitSet,
    /// Only under a condition or for named resources.
    pub under_condition: FixedBitSet,
    /// Perhaps: the part of the catalogue that would tell was not read.
    pub possibly: FixedBitSet,
    /// Of those under a condition: the conditions, comparable across sides.
    pub conditions: BTreeMap<usize, BTreeSet<String>>,
}

impl RoleSets {
    /// The sets of the role at this position.
    pub fn of(
        pairing: &Pairing,
        hand: Hand,
        (left, half): (&Half<'_, '_>, &Half<'_, '_>),
        at: usize,
        numbering: &Numbering,
    ) -> Option<Self> {
        let rights = half.map.rights.roles.get(at)?;
        let role = half.snapshot.roles.get(at)?;
        let mut conditions: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        if !rights.under_condition.is_clear() {
            for policy in role.policies.iter().filter(|policy| policy.is_conditional()) {
                let told = condition(pairing, hand, (left, half), policy);
                for number in rights.under_condition.ones() {
                    let Some(name) = half.map.rights.index.names().get(number) else { continue };
                    let names = policy.patterns().any(|pattern| pattern.covers(name));
                    if let Some(common) = numbering.common_number(hand, number).filter(|_| names) {
                        conditions.entry(common).or_default().insert(told.clone());
                    }
                }
            }
        }
        Some(Self {
            always: numbering.common(hand, &rights.always),
            under_condition: numbering.common(hand, &rights.under_condition),
            possibly: numbering.common(hand, &rights.possibly),
            conditions,
        })
    }

    /// Everything that is seen to be permitted in any way.
    pub fn at_all(&self) -> FixedBitSet {
        let mut all = self.always.clone();
        all.union_with(&self.under_condition);
        all
    }
}

/// A condition in words that can be compared: the ids of paired users, groups and divisions are those of the left.
fn condition(
    pairing: &Pairing,
    hand: Hand,
    (left, half): (&Half<'_, '_>, &Half<'_, '_>),
    policy: &PermissionPolicy,
) -> String {
    let text = policy.condition.as_deref().map(|text| match serde_json::from_str::<Value>(text) {
        Ok(value) if hand == Hand::Right => with_left_ids(pairing, left, half, value).to_string(),
        Ok(value) => value.to_string(),
        Err(_) => text.to_owned(),
    });
    let mut parts: Vec<String> = text.into_iter().map(|text| format!("under {text}")).collect();
    if !policy.named_resources.is_empty() {
        let mut names: Vec<&str> = policy.named_resources.iter().map(String::as_str).collect();
        names.sort_unstable();
        parts.push(format!("for {}", names.join(", ")));
    }
    parts.join(" ")
}

fn with_left_ids(pairing: &Pairing, left: &Half<'_, '_>, half: &Half<'_, '_>, value: Value) -> Value {
    match value {
        Value::String(text) => {
            let paired = [Family::User, Family::Group, Family::Division].into_iter().find_map(|family| {
                let twin = pairing.get(family).twin(Hand::Right, half.position(family, &text)?)?;
                left.id(family, twin)
            });
            Value::String(paired.map_or(text.clone(), str::to_owned))
        }
        Value::Array(items) => items.into_iter().map(|item| with_left_ids(pairing, left, half, item)).collect(),
        Value::Object(fields) => Value::Object(
            fields.into_iter().map(|(key, item)| (key, with_left_ids(pairing, left, half, item))).collect(),
        ),
        other => other,
    }
}

/// Every difference between the roles of the two sides.
pub fn changes(frame: &Frame<'_, '_>) -> Vec<Draft> {
    if !frame.compares(Listing::Roles) {
        return Vec::new();
    }
    let mut drafts = frame.crowds(Family::Role);
    let pairs = frame.pairing.get(Family::Role);
    for hand in Hand::BOTH {
        for at in pairs.alone(hand) {
            let content = sets(frame, hand, at).map(|sets| sets.at_all()).unwrap_or_default();
            let (effect, affected) = frame.effect_on(hand, &content, frame.holders.through(hand, Family::Role, at));
            let certain = frame.half(hand.other()).absence_is_certain(Family::Role);
            let mut draft = frame.presence(Family::Role, hand, at, certain, effect);
            draft.change.affected = affected;
            drafts.push(draft);
        }
    }
    for (left, right) in pairs.both() {
        drafts.extend(between(frame, left, right));
    }
    drafts
}

fn sets(frame: &Frame<'_, '_>, hand: Hand, at: usize) -> Option<RoleSets> {
    RoleSets::of(&frame.pairing, hand, (&frame.left, frame.half(hand)), at, &frame.numbering)
}

fn between(frame: &Frame<'_, '_>, left: usize, right: usize) -> Vec<Draft> {
    let thing = (Family::Role, Some(left), Some(right));
    let mut drafts: Vec<Draft> = frame.renamed(Family::Role, left, right).into_iter().collect();
    let roles = (frame.left.snapshot.roles.get(left), frame.right.snapshot.roles.get(right));
    let (Some(one), Some(other)) = roles else { return drafts };
    if one.kind() != other.kind() {
        drafts.push(frame.row(thing, "kind", one.kind(), other.kind(), Effect::None));
    }
    if let (Some(base), Some(there)) = (one.base, other.base)
        && base != there
    {
        drafts.push(frame.row(thing, "base", base.to_string(), there.to_string(), Effect::None));
    }
    let (Some(here), Some(there)) = (sets(frame, Hand::Left, left), sets(frame, Hand::Right, right)) else {
        return drafts;
    };
    let before = drafts.len();
    drafts.extend(permission_rows(frame, thing, Hand::Left, &here, &there, other));
    drafts.extend(permission_rows(frame, thing, Hand::Right, &there, &here, one));
    drafts.extend(condition_rows(frame, thing, &here, &there));
    if drafts.len() == before && written(one) != written(other) {
        let wild = |role: &Role| role.policies.iter().flat_map(PermissionPolicy::patterns).any(|p| p.is_wildcard());
        let whole = Hand::BOTH.into_iter().all(|hand| frame.half(hand).is_whole(Listing::Permissions));
        let effect = if whole || !(wild(one) || wild(other)) { Effect::None } else { Effect::Unknown };
        drafts.push(frame.row(thing, "policies", told(one), told(other), effect));
    }
    drafts
}

/// Permissions that one side's role has and the other's lacks.
fn permission_rows(
    frame: &Frame<'_, '_>,
    thing: (Family, Option<usize>, Option<usize>),
    hand: Hand,
    here: &RoleSets,
    there: &RoleSets,
    other: &Role,
) -> Vec<Draft> {
    let mut only = here.at_all();
    only.difference_with(&there.at_all());
    let listed = |hand: Hand, name: &Permission| {
        let rights = &frame.half(hand).map.rights;
        rights.index.number(name).is_some_and(|number| rights.in_catalogue.contains(number))
    };
    for number in only.clone().ones() {
        let Some(name) = frame.numbering.name(number) else { continue };
        let covered = other.policies.iter().flat_map(PermissionPolicy::patterns).any(|pattern| pattern.covers(name));
        // Both roles say it; only one catalogue knows it. That is the catalogues' difference, not the role's.
        if covered && listed(Hand::Left, name) != listed(Hand::Right, name) {
            only.set(number, false);
        }
    }
    let (mut sure, mut unsure) = (only.clone(), only);
    sure.difference_with(&there.possibly);
    unsure.intersect_with(&there.possibly);
    let at = if hand == Hand::Left { thing.1 } else { thing.2 };
    let holders = at.map_or(&[][..], |at| frame.holders.through(hand, Family::Role, at));
    let mut drafts = Vec::new();
    for (set, certain) in [(sure, true), (unsure, false)] {
        if set.is_clear() {
            continue;
        }
        let told = frame.numbering.names(&set);
        let (effect, affected) = frame.effect_on(hand, &set, holders);
        let lack = OneSided { field: "permissions", hand, items: Items::Permissions(told.clone()), told, certain };
        let mut draft = frame.items(thing, lack, effect);
        draft.change.affected = affected;
        drafts.push(draft);
    }
    drafts
}

/// Permissions that both roles have, one of them under a condition, or each under another one.
fn condition_rows(
    frame: &Frame<'_, '_>,
    thing: (Family, Option<usize>, Option<usize>),
    here: &RoleSets,
    there: &RoleSets,
) -> Vec<Draft> {
    let (_, left, right) = thing;
    let mut drafts = Vec::new();
    for (hand, at, these, those) in [(Hand::Left, left, here, there), (Hand::Right, right, there, here)] {
        let mut set = these.always.clone();
        set.intersect_with(&those.under_condition);
        if set.is_clear() {
            continue;
        }
        let holders = at.map_or(&[][..], |at| frame.holders.through(hand, Family::Role, at));
        let (effect, affected) = frame.effect_on(hand, &set, holders);
        let always = frame.numbering.names(&set).iter().map(|name| format!("{name} always")).collect::<Vec<_>>();
        let (free, bound) = (always.join(";"), with_conditions(frame, &set, those));
        let (from, to) = if hand == Hand::Left { (free, bound) } else { (bound, free) };
        let mut draft = frame.row(thing, "conditions", from, to, effect);
        draft.change.items = Items::Permissions(frame.numbering.names(&set));
        draft.change.affected = affected;
        drafts.push(draft);
    }
    let mut other = frame.numbering.none();
    for number in here.under_condition.intersection(&there.under_condition) {
        other.set(number, here.conditions.get(&number) != there.conditions.get(&number));
    }
    if !other.is_clear() {
        let (from, to) = (with_conditions(frame, &other, here), with_conditions(frame, &other, there));
        let effect = effect_of_other_condition(frame, (left, right), &other);
        let mut draft = frame.row(thing, "conditions", from, to, effect);
        draft.change.items = Items::Permissions(frame.numbering.names(&other));
        drafts.push(draft);
    }
    drafts
}

/// Another condition decides nothing for those who hold the permission without one; what it does to the others only the
/// single call can tell.
fn effect_of_other_condition(
    frame: &Frame<'_, '_>,
    (left, right): (Option<usize>, Option<usize>),
    concerned: &FixedBitSet,
) -> Effect {
    let mut free = true;
    let mut any = false;
    for (hand, at) in [(Hand::Left, left), (Hand::Right, right)] {
        let half = frame.half(hand);
        let holders = at.map_or(&[][..], |at| frame.holders.through(hand, Family::Role, at));
        for both in holders.iter().filter_map(|holder| frame.access.both.get(*holder)).filter(|both| !both.idle) {
            any = true;
            let place = if hand == Hand::Left { both.left } else { both.right };
            let held = half.map.principals().get(place).and_then(|principal| half.map.holdings_of(principal));
            let fully = held.map(|held| frame.numbering.common(hand, &held.fully)).unwrap_or_default();
            free &= concerned.is_subset(&fully);
        }
    }
    let missing = Hand::BOTH.into_iter().any(|hand| frame.half(hand).holders_may_be_missing());
    if any && free && !missing { Effect::None } else { Effect::Unknown }
}

fn with_conditions(frame: &Frame<'_, '_>, set: &FixedBitSet, sets: &RoleSets) -> String {
    let mut told: Vec<String> = set
        .ones()
        .filter_map(|number| {
            let conditions = sets.conditions.get(&number)?.iter().cloned().collect::<Vec<_>>().join(" or ");
            Some(format!("{} {conditions}", frame.numbering.name(number)?))
        })
        .collect();
    told.sort();
    told.join(";")
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

fn told(role: &Role) -> String {
    let lines = written(role).into_iter().map(|(bound, line)| if bound { format!("{line} (condition)") } else { line });
    let lines: BTreeSet<String> = lines.collect();
    lines.into_iter().collect::<Vec<_>>().join(";")
}
