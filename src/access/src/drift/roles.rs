//! Roles that differ: compared by what they permit, wildcards expanded over each org's own catalogue.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;
use serde_json::Value;

use super::change::{Effect, Items};
use super::frame::{Draft, Frame, OneSided};
use super::numbering::Numbering;
use super::pairing::Pairing;
use super::sides::{Family, Half, Hand};
use rolecall_base::coverage::Listing;
use rolecall_base::grant::Reach;
use rolecall_base::permission::Permission;
use rolecall_base::role::{PermissionPolicy, Role};

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
        let rights_of = &half.map.rights;
        let rights = rights_of.roles.get(at)?;
        let role = half.snapshot.roles.get(at)?;
        let mut conditions: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        if !rights.under_condition.is_clear() {
            for policy in role.policies.iter().filter(|policy| policy.is_conditional()) {
                let told = condition(pairing, hand, (left, half), policy);
                for number in rights.under_condition.ones() {
                    let Some(name) = rights_of.index.names().get(number) else { continue };
                    // A wildcard grants only what the org's catalogue lists.
                    let listed = rights_of.in_catalogue.contains(number);
                    let names =
                        policy.patterns().any(|pattern| (listed || !pattern.is_wildcard()) && pattern.covers(name));
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
            frame.say_what_it_gives(&mut draft, &content);
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
    drafts.extend(permission_rows(frame, thing, Hand::Left, (&here, &there), (one, other)));
    drafts.extend(permission_rows(frame, thing, Hand::Right, (&there, &here), (other, one)));
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
    (here, there): (&RoleSets, &RoleSets),
    (own, other): (&Role, &Role),
) -> Vec<Draft> {
    let mut only = here.at_all();
    only.difference_with(&there.at_all());
    let listed = |hand: Hand, name: &Permission| {
        let rights = &frame.half(hand).map.rights;
        rights.index.number(name).is_some_and(|number| rights.in_catalogue.contains(number))
    };
    let mut doubtful = there.possibly.clone();
    let other_whole = frame.half(hand.other()).is_whole(Listing::Permissions);
    for number in only.clone().ones() {
        let Some(name) = frame.numbering.name(number) else { continue };
        if listed(Hand::Left, name) == listed(Hand::Right, name) {
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

/// Another condition decides nothing for those who hold the permission without one, or under the same conditions by
/// another role; what it does to the others only the single call can tell.
fn effect_of_other_condition(
    frame: &Frame<'_, '_>,
    (left, right): (Option<usize>, Option<usize>),
    concerned: &FixedBitSet,
) -> Effect {
    let mut holders: BTreeSet<usize> = BTreeSet::new();
    for (hand, at) in [(Hand::Left, left), (Hand::Right, right)] {
        holders.extend(at.map_or(&[][..], |at| frame.holders.through(hand, Family::Role, at)));
    }
    let mut any = false;
    let mut same = true;
    for both in holders.iter().filter_map(|holder| frame.access.both.get(*holder)).filter(|both| !both.idle) {
        any = true;
        let held = (Bound::of(frame, Hand::Left, both.left), Bound::of(frame, Hand::Right, both.right));
        same &= concerned.ones().all(|number| {
            let free = held.0.free.contains(number) && held.1.free.contains(number);
            free || held.0.conditions.get(&number) == held.1.conditions.get(&number)
        });
    }
    let missing = Hand::BOTH.into_iter().any(|hand| frame.half(hand).holders_may_be_missing());
    if any && same && !missing { Effect::None } else { Effect::Unknown }
}

/// What a principal holds with and without conditions.
struct Bound {
    free: FixedBitSet,
    /// By permission: the conditions, each with the place it holds in.
    conditions: BTreeMap<usize, BTreeSet<String>>,
}

impl Bound {
    fn of(frame: &Frame<'_, '_>, hand: Hand, place: usize) -> Self {
        let half = frame.half(hand);
        let mut bound = Self { free: frame.numbering.none(), conditions: BTreeMap::new() };
        let Some(principal) = half.map.principals().get(place) else { return bound };
        if let Some(held) = half.map.holdings_of(principal) {
            bound.free = frame.numbering.common(hand, &held.fully);
        }
        for grant in half.map.grants_of(principal) {
            let place = match &grant.reach {
                Reach::All => None,
                Reach::In(id) => Some(frame.pairing.token_of_id(Family::Division, hand, half, id.as_str())),
            };
            let bound_here =
                |at: &usize| half.map.rights.roles.get(*at).is_some_and(|role| !role.under_condition.is_clear());
            let told = grant.role.filter(bound_here).and_then(|at| sets(frame, hand, at));
            let told = told.map(|sets| sets.conditions).unwrap_or_default();
            for (number, conditions) in told {
                let told = conditions.into_iter().map(|condition| format!("{condition} {place:?}"));
                bound.conditions.entry(number).or_default().extend(told);
            }
        }
        bound
    }
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
