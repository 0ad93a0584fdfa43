//! OAuth clients that differ. What the grant type makes meaningless decides nothing: scopes of a client that acts as
//! itself, grants of one that acts for users.

use std::collections::BTreeSet;

use super::change::{Effect, Items};
use super::frame::{Draft, Frame, NOT_KNOWN, OneSided, toward};
use super::grant_rows::{self, Whose};
use super::sides::{Family, Hand};
use rolecall_base::allowed_addresses::{AllowedAddresses, Compared, Limit};
use rolecall_base::coverage::Listing;
use rolecall_base::oauth_client::{ClientState, GrantType, OauthClient};
use rolecall_base::scope::Scope;

/// Every difference between the OAuth clients of the two sides.
pub fn changes(frame: &Frame<'_, '_>) -> Vec<Draft> {
    if !frame.compares(Listing::OauthClients) {
        return Vec::new();
    }
    let mut drafts = frame.crowds(Family::Client);
    let pairs = frame.pairing.get(Family::Client);
    for hand in Hand::BOTH {
        let certain = frame.half(hand.other()).absence_is_certain(Family::Client);
        drafts.extend(pairs.alone(hand).map(|at| frame.presence(Family::Client, hand, at, certain, toward(hand))));
    }
    for (left, right) in pairs.both() {
        drafts.extend(between(frame, left, right));
    }
    drafts
}

fn between(frame: &Frame<'_, '_>, left: usize, right: usize) -> Vec<Draft> {
    let thing = (Family::Client, Some(left), Some(right));
    let clients = (frame.left.snapshot.oauth_clients.get(left), frame.right.snapshot.oauth_clients.get(right));
    let (Some(one), Some(other)) = clients else { return Vec::new() };
    let principal = frame.access.of_left(Family::Client, left);
    let mut drafts: Vec<Draft> = frame.renamed(Family::Client, left, right).into_iter().collect();
    let mut own = |mut draft: Draft| {
        if matches!(draft.change.effect, Effect::Narrows | Effect::Widens) {
            draft.change.affected = principal.into_iter().collect();
        }
        drafts.push(draft);
    };
    if one.grant_type != other.grant_type {
        let told = |client: &OauthClient| match &client.grant_type {
            GrantType::NotStated => NOT_KNOWN.to_owned(),
            stated => stated.as_str().to_owned(),
        };
        let stated = one.grant_type != GrantType::NotStated && other.grant_type != GrantType::NotStated;
        let effect = if stated { balance(frame, principal, |_| true) } else { Effect::Unknown };
        own(frame.row(thing, "grant_type", told(one), told(other), effect));
    }
    if one.state != other.state {
        let alive = |client: &OauthClient| match client.state {
            ClientState::Active => Some(true),
            ClientState::Inactive | ClientState::Disabled => Some(false),
            ClientState::Other(_) => None,
        };
        let effect = state_effect(alive(one), alive(other));
        own(frame.row(thing, "state", one.state.as_str(), other.state.as_str(), effect));
    }
    if let (Some(here), Some(there)) = (one.token_validity_seconds, other.token_validity_seconds)
        && here != there
    {
        own(frame.row(thing, "token_validity_seconds", here.to_string(), there.to_string(), Effect::None));
    }
    for draft in scope_rows(frame, thing, one, other, principal) {
        own(draft);
    }
    drafts_of_addresses(frame, thing, one, other).into_iter().for_each(&mut own);
    let uris = |client: &OauthClient| client.redirect_uris.iter().cloned().collect::<BTreeSet<_>>();
    for (hand, these, those) in [(Hand::Left, uris(one), uris(other)), (Hand::Right, uris(other), uris(one))] {
        let told: Vec<String> = these.difference(&those).cloned().collect();
        if !told.is_empty() {
            let lack = OneSided { field: "redirect_uris", hand, told, items: Items::Value, certain: true };
            own(frame.items(thing, lack, Effect::None));
        }
    }
    let machine = |client: &OauthClient| client.grant_type == GrantType::ClientCredentials;
    let whose = if machine(one) || machine(other) { Whose::Own(principal) } else { Whose::Nobody };
    drafts.extend(grant_rows::rows(frame, Family::Client, left, right, &whose));
    drafts
}

/// From where a client may ask for tokens: one row with both lists, because a range may be within another. It decides no
/// call: whom it lets in more is what it does.
fn drafts_of_addresses(
    frame: &Frame<'_, '_>,
    thing: (Family, Option<usize>, Option<usize>),
    one: &OauthClient,
    other: &OauthClient,
) -> Option<Draft> {
    let nothing = AllowedAddresses::default();
    let (from, to) = (&one.allowed_addresses, &other.allowed_addresses);
    let (left, right) = (from.as_ref().unwrap_or(&nothing), to.as_ref().unwrap_or(&nothing));
    if !frame.compares(Listing::AllowedAddresses) || left == right {
        return None;
    }
    let describe = |list: &AllowedAddresses| match list.limit() {
        Limit::NotKnown => NOT_KNOWN.to_owned(),
        Limit::NoList => "any address".to_owned(),
        Limit::TooWide(_) | Limit::Limited => list.texts().join(";"),
    };
    let machine = |client: &OauthClient| client.grant_type == GrantType::ClientCredentials;
    let effect = match left.compare(right) {
        Compared::NotKnown => Effect::Unknown,
        _ if !machine(one) && !machine(other) => Effect::None,
        Compared::Same => Effect::None,
        Compared::Wider => Effect::Widens,
        Compared::Narrower => Effect::Narrows,
    };
    Some(frame.row(thing, "allowed_addresses", describe(left), describe(right), effect))
}

/// What becoming usable, or ceasing to be, does.
pub fn state_effect(left: Option<bool>, right: Option<bool>) -> Effect {
    match (left, right) {
        (Some(true), Some(false)) => Effect::Narrows,
        (Some(false), Some(true)) => Effect::Widens,
        (Some(true), Some(true)) | (Some(false), Some(false)) => Effect::None,
        (None, _) | (_, None) => Effect::Unknown,
    }
}

/// What a value that is another one does to a principal's calls: the direction of most of those that change.
fn balance(frame: &Frame<'_, '_>, principal: Option<usize>, concerns: impl Fn(&(usize, usize)) -> bool) -> Effect {
    let Some(calls) = principal.and_then(|principal| frame.access.calls(principal)) else { return Effect::Unknown };
    let count = |list: &[usize]| {
        list.iter().filter_map(|at| frame.access.operations.get(*at)).filter(|pair| concerns(pair)).count()
    };
    let (lost, gained, not_known) = (count(&calls.lost), count(&calls.gained), count(&calls.not_known));
    match lost.cmp(&gained) {
        std::cmp::Ordering::Greater => Effect::Narrows,
        std::cmp::Ordering::Less => Effect::Widens,
        std::cmp::Ordering::Equal if lost > 0 || not_known > 0 => Effect::Unknown,
        std::cmp::Ordering::Equal => Effect::None,
    }
}

fn scope_rows(
    frame: &Frame<'_, '_>,
    thing: (Family, Option<usize>, Option<usize>),
    one: &OauthClient,
    other: &OauthClient,
    principal: Option<usize>,
) -> Vec<Draft> {
    let machine = |client: &OauthClient| client.grant_type == GrantType::ClientCredentials;
    let (both_machines, told) = (machine(one) && machine(other), one.scopes.is_some() && other.scopes.is_some());
    if both_machines && !told {
        // Nothing reads them, and one side did not tell them.
        return Vec::new();
    }
    let enforced = Hand::BOTH.into_iter().any(|hand| frame.half(hand).map.scopes_enforced != Some(false));
    let set = |client: &OauthClient| client.scopes.iter().flatten().cloned().collect::<BTreeSet<Scope>>();
    let mut drafts = Vec::new();
    for (hand, these, those, here) in
        [(Hand::Left, set(one), set(other), one), (Hand::Right, set(other), set(one), other)]
    {
        let only: Vec<Scope> = these.difference(&those).cloned().collect();
        if only.is_empty() {
            continue;
        }
        let effect = if both_machines || !enforced || machine(here) {
            Effect::None
        } else {
            one_way(frame, hand, principal, &only)
        };
        let told_scopes: Vec<String> = only.iter().map(|scope| scope.as_str().to_owned()).collect();
        let lack = OneSided {
            field: "scopes",
            hand,
            items: Items::Scopes(told_scopes.clone()),
            told: told_scopes,
            certain: told,
        };
        drafts.push(frame.items(thing, lack, effect));
    }
    drafts
}

/// What having these scopes on one side only does: it counts for the operations that list one of them.
fn one_way(frame: &Frame<'_, '_>, hand: Hand, principal: Option<usize>, scopes: &[Scope]) -> Effect {
    let half = frame.half(hand);
    let lists = |(left, right): &(usize, usize)| {
        let operation = half.map.matrix.operations().get(if hand == Hand::Left { *left } else { *right });
        operation.is_some_and(|operation| operation.requirement.scopes.iter().any(|scope| scopes.contains(scope)))
    };
    let Some(calls) = principal.and_then(|principal| frame.access.calls(principal)) else { return Effect::Unknown };
    let any = |list: &[usize]| list.iter().filter_map(|at| frame.access.operations.get(*at)).any(&lists);
    let moved = if hand == Hand::Left { &calls.lost } else { &calls.gained };
    match (any(moved), any(&calls.not_known)) {
        (true, _) => toward(hand),
        (false, true) => Effect::Unknown,
        (false, false) => Effect::None,
    }
}
