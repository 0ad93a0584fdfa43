//! Groups that differ: what they carry has a row here once, never again at each member.

use super::change::Effect;
use super::clients::state_effect;
use super::comparison::{Comparison, Row};
use super::grant_rows::{self, Whose};
use super::sides::{Family, Side};
use rolecall_base::coverage::Listing;
use rolecall_base::group::Group;

/// Every difference between the groups of the two sides.
pub(super) fn changes(comparison: &Comparison<'_, '_>) -> Vec<Row> {
    if !comparison.compares(Listing::Groups) {
        return Vec::new();
    }
    let mut rows = comparison.ambiguous(Family::Group);
    let pairs = comparison.pairing.get(Family::Group);
    for side in Side::BOTH {
        let certain = comparison.index(side.other()).absence_is_certain(Family::Group);
        for at in pairs.alone(side) {
            let direct_grants = grant_rows::direct_grants(comparison, side, Family::Group, at);
            let concerned = grant_rows::permitted(comparison, side, direct_grants.iter());
            let holders = comparison.holders.through(side, Family::Group, at);
            let (effect, affected) = comparison.effect_on(side, &concerned, holders);
            let mut row = comparison.presence(Family::Group, side, at, certain, effect);
            row.change.affected = affected;
            comparison.say_what_it_gives(&mut row, &concerned);
            rows.push(row);
        }
    }
    for (left, right) in pairs.both() {
        rows.extend(between(comparison, left, right));
    }
    rows
}

fn between(comparison: &Comparison<'_, '_>, left: usize, right: usize) -> Vec<Row> {
    let thing = (Family::Group, Some(left), Some(right));
    let groups = (comparison.left.snapshot.groups.get(left), comparison.right.snapshot.groups.get(right));
    let (Some(one), Some(other)) = groups else { return Vec::new() };
    let mut rows: Vec<Row> = comparison.renamed(Family::Group, left, right).into_iter().collect();
    let state = |group: &Group| group.state.clone().unwrap_or_else(|| "active".to_owned());
    let holders = (
        comparison.holders.through(Side::Left, Family::Group, left),
        comparison.holders.through(Side::Right, Family::Group, right),
    );
    if state(one) != state(other) {
        let active = |group: &Group| Some(state(group) == "active");
        let carries = comparison.left.carries(one.id.as_str()) || comparison.right.carries(other.id.as_str());
        // Whether an inactive group passes its roles on is not published: where it carries none, that does not matter.
        let effect = match state_effect(active(one), active(other)) {
            Effect::None => Effect::None,
            _ if !carries => Effect::None,
            _ => Effect::Unknown,
        };
        rows.push(comparison.row(thing, "state", state(one), state(other), effect));
    }
    if let (Some(here), Some(there)) = (one.roles_enabled, other.roles_enabled)
        && here != there
    {
        rows.push(comparison.row(thing, "roles_enabled", here.to_string(), there.to_string(), Effect::None));
    }
    if comparison.compares(Listing::RoleGrants) {
        let whose = Whose::Through(holders.0, holders.1);
        rows.extend(grant_rows::differing_grants(comparison, Family::Group, left, right, &whose));
    }
    rows
}
