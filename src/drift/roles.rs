//! Roles that differ: compared by what they permit, wildcards expanded over each org's own catalogue.

use super::change::{Change, DriftKind, Effect};
use super::effective::BrokenCall;
use super::pairing::{Pairs, apart};
use super::{Side, direction, one_sided};
use crate::cross::AccessMap;
use crate::model::coverage::Listing;
use crate::model::role::Role;

/// Every difference between the roles of the two sides.
pub fn changes(left: Side<'_, '_>, right: Side<'_, '_>, broken: &[BrokenCall]) -> Vec<Change> {
    let pairs = Pairs::by(&left.map.snapshot.roles, &right.map.snapshot.roles, identity);
    let mut changes = Vec::new();
    for (lefts, rights) in pairs.by_key.values() {
        match (lefts.as_slice(), rights.as_slice()) {
            ([role], []) | ([], [role]) => {
                let on_left = !lefts.is_empty();
                let other = if on_left { right } else { left };
                let whole = other.map.snapshot.coverage.is_whole(Listing::Roles);
                let effect = if on_left { Effect::Narrows } else { Effect::Widens };
                changes.push(one_sided(DriftKind::Role, &role.name, on_left, whole, effect));
            }
            ([one], [other]) => changes.extend(between(left, right, one, other, broken)),
            (several, others) => {
                let name = several.first().or(others.first()).map_or("", |role| role.name.as_str());
                changes.push(Change {
                    kind: DriftKind::Role,
                    name: name.to_owned(),
                    field: "name".to_owned(),
                    from_value: format!("{} of this name", several.len()),
                    to_value: format!("{} of this name", others.len()),
                    effect: Effect::Unknown,
                    ..Change::new(DriftKind::Role, "", "", "", "", Effect::None)
                });
            }
        }
    }
    changes
}

fn identity(role: &Role) -> String {
    // A default role is the same in every org, whatever it is called there.
    role.default_role_id.as_ref().map_or_else(|| format!("name {}", role.name), |id| format!("default {id}"))
}

fn between(left: Side<'_, '_>, right: Side<'_, '_>, one: &Role, other: &Role, broken: &[BrokenCall]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut add = |field: &str, from_value: String, to_value: String, effect: Effect| {
        let name = one.name.clone();
        changes.push(Change {
            kind: DriftKind::Role,
            name,
            field: field.to_owned(),
            from_value,
            to_value,
            effect,
            ..Change::new(DriftKind::Role, "", "", "", "", Effect::None)
        });
    };
    if one.name != other.name {
        add("name", one.name.clone(), other.name.clone(), Effect::None);
    }
    let whole = [left, right].iter().all(|side| side.map.snapshot.coverage.is_whole(Listing::Permissions));
    for (field, conditional) in [("permissions", false), ("conditional permissions", true)] {
        let (lost, gained) = apart(&expanded(left.map, one, conditional), &expanded(right.map, other, conditional));
        if lost.is_empty() && gained.is_empty() {
            continue;
        }
        let hurts = broken
            .iter()
            .any(|call| call.missing.iter().any(|missing| lost.contains(missing)) && holds(left.map, call, one));
        let effect = match (whole, hurts) {
            (false, _) => Effect::Unknown,
            (true, true) => Effect::Breaks,
            (true, false) => direction(!gained.is_empty(), !lost.is_empty()),
        };
        add(field, lost.join(";"), gained.join(";"), effect);
    }
    if changes.is_empty() && written(one) != written(other) {
        let effect = if whole { Effect::None } else { Effect::Unknown };
        changes.push(Change {
            kind: DriftKind::Role,
            name: one.name.clone(),
            field: "policies".to_owned(),
            from_value: written(one),
            to_value: written(other),
            effect,
            ..Change::new(DriftKind::Role, "", "", "", "", Effect::None)
        });
    }
    changes
}

/// Names of the permissions of a role, sorted.
fn expanded(map: &AccessMap<'_>, role: &Role, conditional: bool) -> Vec<String> {
    let at = map.snapshot.roles.iter().position(|known| known.id == role.id);
    let Some(rights) = at.and_then(|at| map.rights.roles.get(at)) else { return Vec::new() };
    let set = if conditional { &rights.under_condition } else { &rights.always };
    let mut names: Vec<String> =
        set.ones().filter_map(|number| map.rights.index.names().get(number)).map(ToString::to_string).collect();
    names.sort();
    names
}

fn written(role: &Role) -> String {
    let mut lines: Vec<String> =
        role.policies.iter().flat_map(|policy| policy.patterns().map(|p| p.to_string())).collect();
    lines.sort();
    lines.dedup();
    lines.join(";")
}

fn holds(map: &AccessMap<'_>, call: &BrokenCall, role: &Role) -> bool {
    map.principals()
        .iter()
        .filter(|principal| principal.name == call.name)
        .any(|principal| map.grants_of(principal).iter().any(|grant| grant.role_id == role.id))
}
