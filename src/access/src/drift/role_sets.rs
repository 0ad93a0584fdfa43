//! What a role permits, as sets that can be compared across sides: wildcards are expanded over each org's own catalogue.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;
use serde_json::Value;

use super::numbering::Numbering;
use super::pairing::Pairing;
use super::sides::{Family, Side, SideIndex};
use rolecall_base::role::PermissionPolicy;

/// A role as sets of permissions in common numbers.
#[derive(Clone, Debug)]
pub(super) struct RoleSets {
    /// Without a condition.
    pub always: FixedBitSet,
    /// Only under a condition or for named resources.
    pub under_condition: FixedBitSet,
    /// Perhaps: the part of the catalogue that decides it was not read.
    pub possibly: FixedBitSet,
    /// Of those under a condition: the conditions, comparable across sides.
    pub conditions: BTreeMap<usize, BTreeSet<String>>,
}

impl RoleSets {
    /// The sets of the role at this position.
    pub(super) fn of(
        pairing: &Pairing,
        side: Side,
        (left, index): (&SideIndex<'_, '_>, &SideIndex<'_, '_>),
        at: usize,
        numbering: &Numbering,
    ) -> Option<Self> {
        let rights_of = &index.map.rights;
        let rights = rights_of.roles.get(at)?;
        let role = index.snapshot.roles.get(at)?;
        let mut conditions: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        if !rights.under_condition.is_clear() {
            for policy in role.policies.iter().filter(|policy| policy.is_conditional()) {
                let condition = comparable_condition(pairing, side, (left, index), policy);
                for number in rights.under_condition.ones() {
                    let Some(name) = rights_of.index.names().get(number) else { continue };
                    // A wildcard grants only what the org's catalogue lists.
                    let listed = rights_of.in_catalogue.contains(number);
                    let names =
                        policy.patterns().any(|pattern| (listed || !pattern.is_wildcard()) && pattern.covers(name));
                    if let Some(common) = numbering.common_number(side, number).filter(|_| names) {
                        conditions.entry(common).or_default().insert(condition.clone());
                    }
                }
            }
        }
        Some(Self {
            always: numbering.common(side, &rights.always),
            under_condition: numbering.common(side, &rights.under_condition),
            possibly: numbering.common(side, &rights.possibly),
            conditions,
        })
    }

    /// Everything that is seen to be permitted in any way.
    pub(super) fn at_all(&self) -> FixedBitSet {
        let mut all = self.always.clone();
        all.union_with(&self.under_condition);
        all
    }
}

/// A condition in words that can be compared: the ids of paired users, groups and divisions are those of the left.
fn comparable_condition(
    pairing: &Pairing,
    side: Side,
    (left, index): (&SideIndex<'_, '_>, &SideIndex<'_, '_>),
    policy: &PermissionPolicy,
) -> String {
    let text = policy.condition.as_deref().map(|text| match serde_json::from_str::<Value>(text) {
        Ok(value) if side == Side::Right => with_left_ids(pairing, left, index, value).to_string(),
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

fn with_left_ids(pairing: &Pairing, left: &SideIndex<'_, '_>, index: &SideIndex<'_, '_>, value: Value) -> Value {
    match value {
        Value::String(text) => {
            let paired = [Family::User, Family::Group, Family::Division].into_iter().find_map(|family| {
                let counterpart = pairing.get(family).counterpart(Side::Right, index.position(family, &text)?)?;
                left.id(family, counterpart)
            });
            Value::String(paired.map_or(text.clone(), str::to_owned))
        }
        Value::Array(items) => items.into_iter().map(|item| with_left_ids(pairing, left, index, item)).collect(),
        Value::Object(fields) => Value::Object(
            fields.into_iter().map(|(key, item)| (key, with_left_ids(pairing, left, index, item))).collect(),
        ),
        other => other,
    }
}
