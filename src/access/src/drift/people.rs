//! Users and service users that differ, each with its direct grants and its memberships in groups that carry grants.

use super::change::{Effect, Items};
use super::clients::state_effect;
use super::comparison::{Comparison, OneSided, Row, toward};
use super::grant_rows::{self, Whose};
use super::held::grants_to;
use super::pairing::email;
use super::sides::{Family, Side};
use rolecall_base::coverage::Listing;

/// Every difference between the users of the two sides.
pub(super) fn changes(comparison: &Comparison<'_, '_>) -> Vec<Row> {
    if !comparison.compares(Listing::Users) {
        return Vec::new();
    }
    let mut rows = comparison.ambiguous(Family::User);
    let pairs = comparison.pairing.get(Family::User);
    for side in Side::BOTH {
        let certain = comparison.index(side.other()).absence_is_certain(Family::User);
        for at in pairs.alone(side) {
            let certain = certain && !perhaps_not_collected(comparison, side, at);
            rows.push(comparison.presence(Family::User, side, at, certain, toward(side)));
        }
    }
    for (left, right) in pairs.both() {
        rows.extend(between(comparison, left, right));
    }
    rows
}

/// Where only service users are collected, a person, and a service user that a rule names by id or group on this side,
/// need not be collected on the other: that they are not in the list there does not say that they are not in the org.
pub(super) fn perhaps_not_collected(comparison: &Comparison<'_, '_>, side: Side, at: usize) -> bool {
    let user = comparison.index(side).snapshot.users.get(at).filter(|user| !user.is_to_be_made());
    if user.is_none() {
        return false;
    }
    let rule = user.and_then(|user| user.matched_by.as_deref());
    let is_left_out = rule.is_none_or(|rule| rule.starts_with("ids:") || rule.starts_with("groups:"));
    is_left_out && comparison.index(side.other()).snapshot.users.iter().all(|user| user.is_service())
}

fn between(comparison: &Comparison<'_, '_>, left: usize, right: usize) -> Vec<Row> {
    let thing = (Family::User, Some(left), Some(right));
    let users = (comparison.left.snapshot.users.get(left), comparison.right.snapshot.users.get(right));
    let (Some(one), Some(other)) = users else { return Vec::new() };
    let principal = comparison.access.of_left(Family::User, left);
    let mut rows: Vec<Row> = comparison.renamed(Family::User, left, right).into_iter().collect();
    if let (Some(here), Some(there)) = (email(&comparison.left, left), email(&comparison.right, right))
        && here != there
    {
        rows.push(comparison.row(thing, "email", here, there, Effect::None));
    }
    if one.is_service() != other.is_service() {
        let describe = |rule: &Option<String>| rule.clone().unwrap_or_else(|| "no service user".to_owned());
        rows.push(comparison.row(
            thing,
            "matched_by",
            describe(&one.matched_by),
            describe(&other.matched_by),
            Effect::None,
        ));
    }
    if one.state != other.state {
        let effect = state_effect(one.is_active(), other.is_active());
        let mut row = comparison.row(thing, "state", one.state.clone(), other.state.clone(), effect);
        if effect != Effect::None {
            row.change.affected = principal.into_iter().collect();
        }
        rows.push(row);
    }
    if comparison.compares(Listing::RoleGrants) {
        rows.extend(grant_rows::differing_grants(comparison, Family::User, left, right, &Whose::Own(principal)));
    }
    if comparison.compares(Listing::GroupMembers) && comparison.compares(Listing::Groups) {
        rows.extend(memberships(comparison, left, right, principal));
    }
    rows
}

fn memberships(comparison: &Comparison<'_, '_>, left: usize, right: usize, principal: Option<usize>) -> Vec<Row> {
    let thing = (Family::User, Some(left), Some(right));
    let mut rows = Vec::new();
    for (side, at, other_at) in [(Side::Left, left, right), (Side::Right, right, left)] {
        let (index, there) = (comparison.index(side), comparison.index(side.other()));
        let ids = index.id(Family::User, at).map_or(&[][..], |id| index.groups_of(id));
        let others = there.id(Family::User, other_at).map_or(&[][..], |id| there.groups_of(id));
        let (mut sure, mut unsure) = (Vec::new(), Vec::new());
        for id in ids {
            // A group that is on one side only has its own row, and so has what it carries.
            let Some(group) = index.position(Family::Group, id) else { continue };
            let Some(counterpart) = comparison.pairing.get(Family::Group).counterpart(side, group) else { continue };
            let Some(counterpart) = there.id(Family::Group, counterpart) else { continue };
            if others.contains(&counterpart) || !index.carries(id) && !there.carries(counterpart) {
                continue;
            }
            if there.members_are_known(counterpart) && there.sees_all() {
                sure.push((index.name(Family::Group, group), *id));
            } else if there.carries(counterpart) || there.has_gap(Listing::RoleGrants) {
                unsure.push((index.name(Family::Group, group), *id));
            }
        }
        for (groups, certain) in [(sure, true), (unsure, false)] {
            if groups.is_empty() {
                continue;
            }
            let mut concerned = comparison.numbering.none();
            for (_, id) in &groups {
                let direct_grants = grants_to(&comparison.pairing, side, index, id);
                concerned.union_with(&grant_rows::permitted(comparison, side, direct_grants.iter()));
            }
            let mut shown: Vec<String> = groups.into_iter().map(|(name, _)| name).collect();
            shown.sort();
            let effect = comparison.effect_on_one(side, &concerned, principal);
            let lack = OneSided { field: "groups", side, items: Items::Groups(shown.clone()), shown, certain };
            let mut row = comparison.items(thing, lack, effect);
            if row.change.effect == toward(side) {
                row.change.affected = principal.into_iter().collect();
            }
            rows.push(row);
        }
    }
    rows
}
