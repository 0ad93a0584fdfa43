//! Operations of which the two sides' matrices say different things.

use super::change::Effect;
use super::comparison::{Comparison, NOT_KNOWN, Row, toward};
use super::sides::{Family, Side};
use rolecall_matrix::{Match, Operation, Provenance, Requirement, UserContext};

/// Every operation that only one matrix knows, or that requires something else.
pub(super) fn changes(comparison: &Comparison<'_, '_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let pairs = comparison.pairing.get(Family::Endpoint);
    for side in Side::BOTH {
        rows.extend(pairs.alone(side).map(|at| comparison.presence(Family::Endpoint, side, at, true, toward(side))));
    }
    let moved = Moved::of(comparison);
    for (number, (left, right)) in comparison.access.operations.iter().enumerate() {
        let operations =
            (comparison.left.map.matrix.operations().get(*left), comparison.right.map.matrix.operations().get(*right));
        let (Some(one), Some(other)) = operations else { continue };
        rows.extend(between(comparison, (*left, *right), one, other, moved.effect(number)));
    }
    rows
}

fn between(
    comparison: &Comparison<'_, '_>,
    (left, right): (usize, usize),
    one: &Operation,
    other: &Operation,
    moved: Option<Effect>,
) -> Vec<Row> {
    let thing = (Family::Endpoint, Some(left), Some(right));
    let (here, there) = (&one.requirement, &other.requirement);
    let mut rows = Vec::new();
    if permissions(here) != permissions(there) {
        let published = here.permissions_match != Match::Unknown && there.permissions_match != Match::Unknown;
        let effect = match (published, moved, harder(here, there)) {
            (false, ..) => Effect::Unknown,
            (true, Some(Effect::None), _) => Effect::None,
            // Calls move for other reasons, too: where the texts show which one asks for more, they decide.
            (true, Some(moved), Effect::Unknown) => moved,
            (true, _, by_text) => by_text,
        };
        rows.push(comparison.row(thing, "permissions", permissions(here), permissions(there), effect));
    }
    if scopes(here) != scopes(there) {
        let published = here.scopes_known == Provenance::Published && there.scopes_known == Provenance::Published;
        let enforced = Side::BOTH.into_iter().any(|side| comparison.index(side).map.scopes_enforced != Some(false));
        let effect = match (enforced, published) {
            (false, _) => Effect::None,
            (true, true) => moved.unwrap_or(Effect::Unknown),
            (true, false) => Effect::Unknown,
        };
        rows.push(comparison.row(thing, "scopes", scopes(here), scopes(there), effect));
    }
    if here.user_context != there.user_context
        && here.user_context != UserContext::Unknown
        && there.user_context != UserContext::Unknown
    {
        let direction = if there.user_context == UserContext::Yes { Effect::Narrows } else { Effect::Widens };
        let (from, to) = (here.user_context.as_str(), there.user_context.as_str());
        rows.push(comparison.row(thing, "user_context", from, to, moved.unwrap_or(direction)));
    }
    rows
}

/// By operation, how many classes of paired principals lose it, gain it, or are undetermined.
struct Moved {
    counts: Vec<(usize, usize, usize)>,
    anybody: bool,
}

impl Moved {
    fn of(comparison: &Comparison<'_, '_>) -> Self {
        let mut counts = vec![(0, 0, 0); comparison.access.operations.len()];
        for calls in comparison.access.every_class() {
            for at in &calls.lost {
                if let Some(count) = counts.get_mut(*at) {
                    count.0 += 1;
                }
            }
            for at in &calls.gained {
                if let Some(count) = counts.get_mut(*at) {
                    count.1 += 1;
                }
            }
            for at in &calls.not_known {
                if let Some(count) = counts.get_mut(*at) {
                    count.2 += 1;
                }
            }
        }
        Self { counts, anybody: !comparison.access.both.is_empty() }
    }

    /// What a changed requirement does to those who are on both sides; `None` where nobody is.
    fn effect(&self, operation: usize) -> Option<Effect> {
        let (lost, gained, not_known) = self.counts.get(operation).filter(|_| self.anybody)?;
        Some(match (lost.cmp(gained), *lost, *not_known) {
            (std::cmp::Ordering::Greater, _, _) => Effect::Narrows,
            (std::cmp::Ordering::Less, _, _) => Effect::Widens,
            (std::cmp::Ordering::Equal, 0, 0) => Effect::None,
            (std::cmp::Ordering::Equal, _, _) => Effect::Unknown,
        })
    }
}

/// Which of two requirements asks for more, as far as the texts alone show.
fn harder(here: &Requirement, there: &Requirement) -> Effect {
    let within = |these: &Requirement, those: &Requirement| {
        these.permissions.iter().all(|permission| those.permissions.contains(permission))
    };
    let single = |requirement: &Requirement| requirement.permissions.len() < 2;
    let any = |requirement: &Requirement| requirement.permissions_match == Match::Any || single(requirement);
    let all = |requirement: &Requirement| requirement.permissions_match == Match::All || single(requirement);
    match (here.permissions_match, there.permissions_match) {
        _ if here.unproven || there.unproven => Effect::Unknown,
        (Match::None, Match::Any | Match::All) => Effect::Narrows,
        (Match::Any | Match::All, Match::None) => Effect::Widens,
        _ if any(here) && any(there) && within(there, here) => Effect::Narrows,
        _ if any(here) && any(there) && within(here, there) => Effect::Widens,
        _ if all(here) && all(there) && within(here, there) => Effect::Narrows,
        _ if all(here) && all(there) && within(there, here) => Effect::Widens,
        _ => Effect::Unknown,
    }
}

/// The permissions of a requirement, as rows show them.
pub(super) fn permissions(requirement: &Requirement) -> String {
    let mut names: Vec<&str> =
        requirement.permissions.iter().map(rolecall_base::permission::Permission::as_str).collect();
    names.sort_unstable();
    match (requirement.permissions_match, names.len()) {
        (Match::None, _) if requirement.unproven => "nothing published".to_owned(),
        (Match::None, _) => "NONE".to_owned(),
        (Match::Unknown, _) => NOT_KNOWN.to_owned(),
        // Of one permission ANY and ALL are the same.
        (_, 0 | 1) => names.join(";"),
        (matching, _) => format!("{} {}", matching.as_str(), names.join(";")),
    }
}

fn scopes(requirement: &Requirement) -> String {
    let mut names: Vec<&str> = requirement.scopes.iter().map(rolecall_base::scope::Scope::as_str).collect();
    names.sort_unstable();
    match requirement.scopes_known {
        Provenance::Published if names.is_empty() => "NONE".to_owned(),
        Provenance::Published => names.join(";"),
        Provenance::Derived | Provenance::Unknown => NOT_KNOWN.to_owned(),
    }
}
