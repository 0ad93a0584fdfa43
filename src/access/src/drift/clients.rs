//! OAuth clients that differ. What the grant type makes meaningless decides nothing: scopes of a client that acts as
//! itself, grants of one that acts for users.

use std::collections::BTreeSet;

use super::change::{Effect, Items};
use super::comparison::{Comparison, NOT_KNOWN, OneSided, Row, toward};
use super::grant_rows::{self, Whose};
use super::sides::{Family, Side};
use rolecall_base::allowed_addresses::{AllowedAddresses, Compared, Limit};
use rolecall_base::coverage::Listing;
use rolecall_base::oauth_client::{ClientState, GrantType, OauthClient};
use rolecall_base::scope::Scope;

/// Every difference between the OAuth clients of the two sides.
pub(super) fn changes(comparison: &Comparison<'_, '_>) -> Vec<Row> {
    if !comparison.compares(Listing::OauthClients) {
        return Vec::new();
    }
    let mut rows = comparison.ambiguous(Family::Client);
    let pairs = comparison.pairing.get(Family::Client);
    for side in Side::BOTH {
        let certain = comparison.index(side.other()).absence_is_certain(Family::Client);
        rows.extend(pairs.alone(side).map(|at| comparison.presence(Family::Client, side, at, certain, toward(side))));
    }
    for (left, right) in pairs.both() {
        rows.extend(between(comparison, left, right));
    }
    rows
}

fn between(comparison: &Comparison<'_, '_>, left: usize, right: usize) -> Vec<Row> {
    let thing = (Family::Client, Some(left), Some(right));
    let clients =
        (comparison.left.snapshot.oauth_clients.get(left), comparison.right.snapshot.oauth_clients.get(right));
    let (Some(one), Some(other)) = clients else { return Vec::new() };
    let principal = comparison.access.of_left(Family::Client, left);
    let mut rows: Vec<Row> = comparison.renamed(Family::Client, left, right).into_iter().collect();
    let mut own = |mut row: Row| {
        if matches!(row.change.effect, Effect::Narrows | Effect::Widens) {
            row.change.affected = principal.into_iter().collect();
        }
        rows.push(row);
    };
    if one.grant_type != other.grant_type {
        let describe = |client: &OauthClient| match &client.grant_type {
            GrantType::NotStated => NOT_KNOWN.to_owned(),
            stated => stated.as_str().to_owned(),
        };
        let stated = one.grant_type != GrantType::NotStated && other.grant_type != GrantType::NotStated;
        let effect = if stated { balance(comparison, principal, |_| true) } else { Effect::Unknown };
        own(comparison.row(thing, "grant_type", describe(one), describe(other), effect));
    }
    if one.state != other.state {
        let alive = |client: &OauthClient| match client.state {
            ClientState::Active => Some(true),
            ClientState::Inactive | ClientState::Disabled => Some(false),
            ClientState::Other(_) => None,
        };
        let effect = state_effect(alive(one), alive(other));
        own(comparison.row(thing, "state", one.state.as_str(), other.state.as_str(), effect));
    }
    if let (Some(here), Some(there)) = (one.token_validity_seconds, other.token_validity_seconds)
        && here != there
    {
        own(comparison.row(thing, "token_validity_seconds", here.to_string(), there.to_string(), Effect::None));
    }
    for row in scope_rows(comparison, thing, one, other, principal) {
        own(row);
    }
    address_row(comparison, thing, one, other).into_iter().for_each(&mut own);
    let uris = |client: &OauthClient| client.redirect_uris.iter().cloned().collect::<BTreeSet<_>>();
    for (side, these, those) in [(Side::Left, uris(one), uris(other)), (Side::Right, uris(other), uris(one))] {
        let shown: Vec<String> = these.difference(&those).cloned().collect();
        if !shown.is_empty() {
            let lack = OneSided { field: "redirect_uris", side, shown, items: Items::Value, certain: true };
            own(comparison.items(thing, lack, Effect::None));
        }
    }
    let machine = |client: &OauthClient| client.grant_type == GrantType::ClientCredentials;
    let whose = if machine(one) || machine(other) { Whose::Own(principal) } else { Whose::Nobody };
    rows.extend(grant_rows::differing_grants(comparison, Family::Client, left, right, &whose));
    rows
}

/// From where a client may ask for tokens: one row with both lists, because a range may be within another. It decides no
/// call: whom it lets in more is what it does.
fn address_row(
    comparison: &Comparison<'_, '_>,
    thing: (Family, Option<usize>, Option<usize>),
    one: &OauthClient,
    other: &OauthClient,
) -> Option<Row> {
    let nothing = AllowedAddresses::default();
    let (from, to) = (&one.allowed_addresses, &other.allowed_addresses);
    let (left, right) = (from.as_ref().unwrap_or(&nothing), to.as_ref().unwrap_or(&nothing));
    if !comparison.compares(Listing::AllowedAddresses) || left == right {
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
    Some(comparison.row(thing, "allowed_addresses", describe(left), describe(right), effect))
}

/// What becoming usable, or ceasing to be, does.
pub(super) fn state_effect(left: Option<bool>, right: Option<bool>) -> Effect {
    match (left, right) {
        (Some(true), Some(false)) => Effect::Narrows,
        (Some(false), Some(true)) => Effect::Widens,
        (Some(true), Some(true)) | (Some(false), Some(false)) => Effect::None,
        (None, _) | (_, None) => Effect::Unknown,
    }
}

/// What a value that is another one does to a principal's calls: the direction of most of those that change.
fn balance(
    comparison: &Comparison<'_, '_>,
    principal: Option<usize>,
    concerns: impl Fn(&(usize, usize)) -> bool,
) -> Effect {
    let Some(calls) = principal.and_then(|principal| comparison.access.calls(principal)) else {
        return Effect::Unknown;
    };
    let count = |list: &[usize]| {
        list.iter().filter_map(|at| comparison.access.operations.get(*at)).filter(|pair| concerns(pair)).count()
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
    comparison: &Comparison<'_, '_>,
    thing: (Family, Option<usize>, Option<usize>),
    one: &OauthClient,
    other: &OauthClient,
    principal: Option<usize>,
) -> Vec<Row> {
    let machine = |client: &OauthClient| client.grant_type == GrantType::ClientCredentials;
    let (both_machines, certain) = (machine(one) && machine(other), one.scopes.is_some() && other.scopes.is_some());
    if both_machines && !certain {
        // Nothing reads them, and one side does not list them.
        return Vec::new();
    }
    let enforced = Side::BOTH.into_iter().any(|side| comparison.index(side).map.scopes_enforced != Some(false));
    let set = |client: &OauthClient| client.scopes.iter().flatten().cloned().collect::<BTreeSet<Scope>>();
    let mut rows = Vec::new();
    for (side, these, those, here) in
        [(Side::Left, set(one), set(other), one), (Side::Right, set(other), set(one), other)]
    {
        let only: Vec<Scope> = these.difference(&those).cloned().collect();
        if only.is_empty() {
            continue;
        }
        let effect = if both_machines || !enforced || machine(here) {
            Effect::None
        } else {
            one_way(comparison, side, principal, &only)
        };
        let shown: Vec<String> = only.iter().map(|scope| scope.as_str().to_owned()).collect();
        let lack = OneSided { field: "scopes", side, items: Items::Scopes(shown.clone()), shown, certain };
        rows.push(comparison.items(thing, lack, effect));
    }
    rows
}

/// What having these scopes on one side only does: it counts for the operations that list one of them.
fn one_way(comparison: &Comparison<'_, '_>, side: Side, principal: Option<usize>, scopes: &[Scope]) -> Effect {
    let index = comparison.index(side);
    let lists = |(left, right): &(usize, usize)| {
        let operation = index.map.matrix.operations().get(if side == Side::Left { *left } else { *right });
        operation.is_some_and(|operation| operation.requirement.scopes.iter().any(|scope| scopes.contains(scope)))
    };
    let Some(calls) = principal.and_then(|principal| comparison.access.calls(principal)) else {
        return Effect::Unknown;
    };
    let any = |list: &[usize]| list.iter().filter_map(|at| comparison.access.operations.get(*at)).any(&lists);
    let moved = if side == Side::Left { &calls.lost } else { &calls.gained };
    match (any(moved), any(&calls.not_known)) {
        (true, _) => toward(side),
        (false, true) => Effect::Unknown,
        (false, false) => Effect::None,
    }
}
