//! Access policies that differ. Conditions are never evaluated: they speak of the single call.

use super::change::Effect;
use super::comparison::{Comparison, Row};
use super::pairing::ThingKey;
use super::sides::{Family, Side};
use rolecall_base::coverage::Listing;
use rolecall_base::policy::{AccessPolicy, Effect as Word, PolicySubject};

/// Every difference between the access policies of the two sides.
pub(super) fn changes(comparison: &Comparison<'_, '_>) -> Vec<Row> {
    if !comparison.compares(Listing::Policies) {
        return Vec::new();
    }
    let mut rows = comparison.ambiguous(Family::Policy);
    let pairs = comparison.pairing.get(Family::Policy);
    for side in Side::BOTH {
        let certain = comparison.index(side.other()).absence_is_certain(Family::Policy);
        for at in pairs.alone(side) {
            let Some(policy) = comparison.index(side).snapshot.policies.get(at) else { continue };
            let effect = match side {
                Side::Left => opposite(coming(policy)),
                Side::Right => coming(policy),
            };
            rows.push(comparison.presence(Family::Policy, side, at, certain, effect));
        }
    }
    for (left, right) in pairs.both() {
        rows.extend(between(comparison, left, right));
    }
    rows
}

/// What a policy does that comes into force.
fn coming(policy: &AccessPolicy) -> Effect {
    match (policy.active, policy.effect) {
        (false, _) => Effect::None,
        (true, Word::Deny) => Effect::Narrows,
        // How a policy that allows goes together with roles is not published.
        (true, Word::Allow | Word::NotStated) => Effect::Unknown,
    }
}

fn opposite(effect: Effect) -> Effect {
    match effect {
        Effect::Narrows => Effect::Widens,
        Effect::Widens => Effect::Narrows,
        Effect::Breaks | Effect::None | Effect::Unknown => effect,
    }
}

fn between(comparison: &Comparison<'_, '_>, left: usize, right: usize) -> Vec<Row> {
    let thing = (Family::Policy, Some(left), Some(right));
    let policies = (comparison.left.snapshot.policies.get(left), comparison.right.snapshot.policies.get(right));
    let (Some(one), Some(other)) = policies else { return Vec::new() };
    let mut rows: Vec<Row> = comparison.renamed(Family::Policy, left, right).into_iter().collect();
    let mut differ = |field: &str, from: String, to: String, effect: Effect| {
        if from != to {
            rows.push(comparison.row(thing, field, from, to, effect));
        }
    };
    let idle = !one.active && !other.active;
    let denies = one.effect == Word::Deny && other.effect == Word::Deny;
    // A denial that reaches further narrows; the effect of a policy that allows is undetermined.
    let reach = |further: bool| match (idle, denies, further) {
        (true, _, _) => Effect::None,
        (false, true, true) => Effect::Narrows,
        (false, true, false) => Effect::Widens,
        (false, false, _) => Effect::Unknown,
    };
    let open = if idle { Effect::None } else { Effect::Unknown };
    differ("target", one.target.clone(), other.target.clone(), open);
    let subject = (subject(comparison, Side::Left, one), subject(comparison, Side::Right, other));
    if subject.0.0 != subject.1.0 {
        let effect = match (&one.subject, &other.subject) {
            (_, PolicySubject::All) => reach(true),
            (PolicySubject::All, _) => reach(false),
            _ => open,
        };
        differ("subject", subject.0.1, subject.1.1, effect);
    }
    let word = |policy: &AccessPolicy| match policy.effect {
        Word::Allow => "allow",
        Word::Deny => "deny",
        Word::NotStated => "not stated",
    };
    differ("effect", word(one).to_owned(), word(other).to_owned(), open);
    let active = match (one.active, other.active) {
        (false, true) => coming(other),
        _ => opposite(coming(one)),
    };
    differ("active", one.active.to_string(), other.active.to_string(), active);
    differ(
        "applies_to_clients",
        one.applies_to_clients.to_string(),
        other.applies_to_clients.to_string(),
        reach(other.applies_to_clients),
    );
    let condition =
        |policy: &AccessPolicy| if policy.has_condition { "under a condition" } else { "always" }.to_owned();
    differ("condition", condition(one), condition(other), reach(!other.has_condition));
    rows
}

/// Whom a policy is about, comparable across sides.
#[derive(PartialEq, Eq)]
enum Subject<'p> {
    Thing(Family, ThingKey<'p>),
    Words(String),
}

/// Whom a policy is about: comparable across sides, and in words.
fn subject<'p>(comparison: &Comparison<'_, '_>, side: Side, policy: &'p AccessPolicy) -> (Subject<'p>, String) {
    let index = comparison.index(side);
    let named = |family: Family, word: &str, id: &'p str| {
        let name = index.position(family, id).map_or_else(|| id.to_owned(), |at| index.name(family, at));
        (Subject::Thing(family, comparison.pairing.key_of_id(family, side, index, id)), format!("{word} {name}"))
    };
    let plain = |text: String| (Subject::Words(text.clone()), text);
    match &policy.subject {
        PolicySubject::All => plain("everybody".to_owned()),
        PolicySubject::NotStated => plain("not stated".to_owned()),
        PolicySubject::User(id) => named(Family::User, "user", id),
        PolicySubject::Client(id) => named(Family::Client, "client", id),
        PolicySubject::Group(id) => named(Family::Group, "group", id),
        PolicySubject::Team(id) => plain(format!("team {id}")),
    }
}
