//! Groups that differ: what they carry is told here once, never again at each member.

use super::change::Effect;
use super::clients::state_effect;
use super::frame::{Draft, Frame};
use super::grant_rows::{self, Whose};
use super::sides::{Family, Hand};
use rolecall_base::coverage::Listing;
use rolecall_base::group::Group;

/// Every difference between the groups of the two sides.
pub fn changes(frame: &Frame<'_, '_>) -> Vec<Draft> {
    if !frame.compares(Listing::Groups) {
        return Vec::new();
    }
    let mut drafts = frame.crowds(Family::Group);
    let pairs = frame.pairing.get(Family::Group);
    for hand in Hand::BOTH {
        let certain = frame.half(hand.other()).absence_is_certain(Family::Group);
        for at in pairs.alone(hand) {
            let pieces = grant_rows::pieces(frame, hand, Family::Group, at);
            let concerned = grant_rows::permitted(frame, hand, pieces.iter());
            let holders = frame.holders.through(hand, Family::Group, at);
            let (effect, affected) = frame.effect_on(hand, &concerned, holders);
            let mut draft = frame.presence(Family::Group, hand, at, certain, effect);
            draft.change.affected = affected;
            frame.say_what_it_gives(&mut draft, &concerned);
            drafts.push(draft);
        }
    }
    for (left, right) in pairs.both() {
        drafts.extend(between(frame, left, right));
    }
    drafts
}

fn between(frame: &Frame<'_, '_>, left: usize, right: usize) -> Vec<Draft> {
    let thing = (Family::Group, Some(left), Some(right));
    let groups = (frame.left.snapshot.groups.get(left), frame.right.snapshot.groups.get(right));
    let (Some(one), Some(other)) = groups else { return Vec::new() };
    let mut drafts: Vec<Draft> = frame.renamed(Family::Group, left, right).into_iter().collect();
    let state = |group: &Group| group.state.clone().unwrap_or_else(|| "active".to_owned());
    let holders = (
        frame.holders.through(Hand::Left, Family::Group, left),
        frame.holders.through(Hand::Right, Family::Group, right),
    );
    if state(one) != state(other) {
        let active = |group: &Group| Some(state(group) == "active");
        let carries = frame.left.carries(one.id.as_str()) || frame.right.carries(other.id.as_str());
        // Whether an inactive group passes its roles on is not published: where it carries none, that does not matter.
        let effect = match state_effect(active(one), active(other)) {
            Effect::None => Effect::None,
            _ if !carries => Effect::None,
            _ => Effect::Unknown,
        };
        drafts.push(frame.row(thing, "state", state(one), state(other), effect));
    }
    if let (Some(here), Some(there)) = (one.roles_enabled, other.roles_enabled)
        && here != there
    {
        let told = |enabled: bool| enabled.to_string();
        drafts.push(frame.row(thing, "roles_enabled", told(here), told(there), Effect::None));
    }
    if frame.compares(Listing::RoleGrants) {
        let whose = Whose::Through(holders.0, holders.1);
        drafts.extend(grant_rows::rows(frame, Family::Group, left, right, &whose));
    }
    drafts
}
