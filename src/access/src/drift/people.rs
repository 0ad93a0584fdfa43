//! Users and service users that differ, each with its direct grants and its memberships in groups that carry grants.

use super::change::{Effect, Items};
use super::clients::state_effect;
use super::frame::{Draft, Frame, OneSided, toward};
use super::grant_rows::{self, Whose};
use super::held::grants_to;
use super::pairing::email;
use super::sides::{Family, Hand};
use rolecall_base::coverage::Listing;

/// Every difference between the users of the two sides.
pub fn changes(frame: &Frame<'_, '_>) -> Vec<Draft> {
    if !frame.compares(Listing::Users) {
        return Vec::new();
    }
    let mut drafts = frame.crowds(Family::User);
    let pairs = frame.pairing.get(Family::User);
    for hand in Hand::BOTH {
        let certain = frame.half(hand.other()).absence_is_certain(Family::User);
        for at in pairs.alone(hand) {
            let certain = certain && !perhaps_not_collected(frame, hand, at);
            drafts.push(frame.presence(Family::User, hand, at, certain, toward(hand)));
        }
    }
    for (left, right) in pairs.both() {
        drafts.extend(between(frame, left, right));
    }
    drafts
}

/// Where only service users are collected, a person, and a service user that a rule names by id or group on this side,
/// need not be collected on the other: that they are not in the list there does not say that they are not in the org.
pub fn perhaps_not_collected(frame: &Frame<'_, '_>, hand: Hand, at: usize) -> bool {
    let user = frame.half(hand).snapshot.users.get(at).filter(|user| !user.is_to_be_made());
    if user.is_none() {
        return false;
    }
    let rule = user.and_then(|user| user.matched_by.as_deref());
    let is_left_out = rule.is_none_or(|rule| rule.starts_with("ids:") || rule.starts_with("groups:"));
    is_left_out && frame.half(hand.other()).snapshot.users.iter().all(|user| user.is_service())
}

fn between(frame: &Frame<'_, '_>, left: usize, right: usize) -> Vec<Draft> {
    let thing = (Family::User, Some(left), Some(right));
    let users = (frame.left.snapshot.users.get(left), frame.right.snapshot.users.get(right));
    let (Some(one), Some(other)) = users else { return Vec::new() };
    let principal = frame.access.of_left(Family::User, left);
    let mut drafts: Vec<Draft> = frame.renamed(Family::User, left, right).into_iter().collect();
    if let (Some(here), Some(there)) = (email(&frame.left, left), email(&frame.right, right))
        && here != there
    {
        drafts.push(frame.row(thing, "email", here, there, Effect::None));
    }
    if one.is_service() != other.is_service() {
        let told = |rule: &Option<String>| rule.clone().unwrap_or_else(|| "no service user".to_owned());
        drafts.push(frame.row(thing, "matched_by", told(&one.matched_by), told(&other.matched_by), Effect::None));
    }
    if one.state != other.state {
        let effect = state_effect(one.is_active(), other.is_active());
        let mut draft = frame.row(thing, "state", one.state.clone(), other.state.clone(), effect);
        if effect != Effect::None {
            draft.change.affected = principal.into_iter().collect();
        }
        drafts.push(draft);
    }
    if frame.compares(Listing::RoleGrants) {
        drafts.extend(grant_rows::rows(frame, Family::User, left, right, &Whose::Own(principal)));
    }
    if frame.compares(Listing::GroupMembers) && frame.compares(Listing::Groups) {
        drafts.extend(memberships(frame, left, right, principal));
    }
    drafts
}

fn memberships(frame: &Frame<'_, '_>, left: usize, right: usize, principal: Option<usize>) -> Vec<Draft> {
    let thing = (Family::User, Some(left), Some(right));
    let mut drafts = Vec::new();
    for (hand, at, other_at) in [(Hand::Left, left, right), (Hand::Right, right, left)] {
        let (half, there) = (frame.half(hand), frame.half(hand.other()));
        let ids = half.id(Family::User, at).map_or(&[][..], |id| half.groups_of(id));
        let others = there.id(Family::User, other_at).map_or(&[][..], |id| there.groups_of(id));
        let (mut sure, mut unsure) = (Vec::new(), Vec::new());
        for id in ids {
            // A group that is on one side only has its own row, and so has what it carries.
            let Some(group) = half.position(Family::Group, id) else { continue };
            let Some(twin) = frame.pairing.get(Family::Group).twin(hand, group) else { continue };
            let Some(twin) = there.id(Family::Group, twin) else { continue };
            if others.contains(&twin) || !half.carries(id) && !there.carries(twin) {
                continue;
            }
            if there.members_are_known(twin) && there.sees_all() {
                sure.push((half.name(Family::Group, group), *id));
            } else if there.carries(twin) || there.has_gap(Listing::RoleGrants) {
                unsure.push((half.name(Family::Group, group), *id));
            }
        }
        for (groups, certain) in [(sure, true), (unsure, false)] {
            if groups.is_empty() {
                continue;
            }
            let mut concerned = frame.numbering.none();
            for (_, id) in &groups {
                let pieces = grants_to(&frame.pairing, hand, half, id);
                concerned.union_with(&grant_rows::permitted(frame, hand, pieces.iter()));
            }
            let mut told: Vec<String> = groups.into_iter().map(|(name, _)| name).collect();
            told.sort();
            let effect = frame.effect_on_one(hand, &concerned, principal);
            let lack = OneSided { field: "groups", hand, items: Items::Groups(told.clone()), told, certain };
            let mut draft = frame.items(thing, lack, effect);
            if draft.change.effect == toward(hand) {
                draft.change.affected = principal.into_iter().collect();
            }
            drafts.push(draft);
        }
    }
    drafts
}
