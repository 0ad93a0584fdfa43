//! What principals can do that only one side has: weighed like the same access given to, or taken from, somebody of both.

use std::collections::{BTreeSet, HashMap};

use super::change::{DriftKind, Effect};
use super::effective::{Profile, Stands, stands};
use super::frame::{Draft, Frame};
use super::sides::{Family, Half, Hand};
use super::{AccessDifference, PairedPrincipal};
use crate::cross::Principal;
use crate::cross::principal::Standing;
use rolecall_base::scope::Scope;
use rolecall_matrix::{Endpoint, Match};

/// Principals and their differences of access, to which those of one side are added.
pub struct Access {
    /// Principals; positions that rows hold stay as they are.
    pub principals: Vec<PairedPrincipal>,
    /// The distinct differences.
    pub differences: Vec<AccessDifference>,
    /// The endpoints that these speak of.
    pub endpoints: Vec<Endpoint>,
}

/// Adds the principals of which a row says for certain that they are on one side only, and names them in their row. One
/// that is inactive can do nothing: its row holds what it would be able to do.
pub fn add(frame: &Frame<'_, '_>, drafts: &mut [Draft], access: &mut Access) {
    let mut places: HashMap<Endpoint, usize> =
        access.endpoints.iter().cloned().enumerate().map(|(at, endpoint)| (endpoint, at)).collect();
    let mut known: HashMap<(Hand, Profile<'_>), Option<usize>> = HashMap::new();
    for draft in drafts.iter_mut().filter(|draft| is_about_a_principal(draft)) {
        let (hand, at) = match (draft.left, draft.right) {
            (Some(at), None) => (Hand::Left, at),
            (None, Some(at)) => (Hand::Right, at),
            _ => continue,
        };
        let half = frame.half(hand);
        let Some(principal) = principal_at(half, Family::of(draft.change.kind), at) else { continue };
        if principal.standing == Standing::Inactive {
            draft.change.is_idle = true;
            draft.change.gives = held(frame, hand, principal);
            continue;
        }
        let difference = *known.entry((hand, Profile::of(half, principal))).or_insert_with(|| {
            let difference = difference(frame, hand, principal, &mut places, &mut access.endpoints);
            (difference != AccessDifference::default()).then(|| {
                access.differences.push(difference);
                access.differences.len() - 1
            })
        });
        draft.change.affected = vec![access.principals.len()];
        access.principals.push(PairedPrincipal {
            kind: draft.change.kind,
            name: draft.change.name.clone(),
            from_id: draft.change.from_id.clone(),
            to_id: draft.change.to_id.clone(),
            difference,
        });
    }
}

fn is_about_a_principal(draft: &Draft) -> bool {
    draft.change.field == "presence"
        && draft.change.effect != Effect::Unknown
        && matches!(draft.change.kind, DriftKind::OauthClient | DriftKind::ServiceUser | DriftKind::User)
}

fn principal_at<'s>(half: &Half<'s, 's>, family: Family, at: usize) -> Option<&'s Principal> {
    let places = if family == Family::Client { &half.client_principal } else { &half.user_principal };
    half.map.principals().get(places.get(at).copied().flatten()?)
}

/// The permissions that a principal holds in any way, by name. Those of a client that acts for users are the users'.
fn held(frame: &Frame<'_, '_>, hand: Hand, principal: &Principal) -> Vec<String> {
    if principal.acts_for_users() {
        return Vec::new();
    }
    let holdings = frame.half(hand).map.holdings_of(principal);
    holdings.map(|held| frame.numbering.names(&frame.numbering.common(hand, &held.at_all))).unwrap_or_default()
}

fn difference(
    frame: &Frame<'_, '_>,
    hand: Hand,
    principal: &Principal,
    places: &mut HashMap<Endpoint, usize>,
    endpoints: &mut Vec<Endpoint>,
) -> AccessDifference {
    let map = frame.half(hand).map;
    let operations = map.matrix.operations().iter().enumerate();
    let open: Vec<usize> = operations
        .filter(|(at, _)| stands(map.answer(principal, *at).verdict) == Stands::Open)
        .map(|(at, _)| at)
        .collect();
    let mut calls: Vec<usize> = open
        .iter()
        .filter_map(|at| map.matrix.operations().get(*at))
        .map(|operation| {
            *places.entry(operation.endpoint.clone()).or_insert_with(|| {
                endpoints.push(operation.endpoint.clone());
                endpoints.len() - 1
            })
        })
        .collect();
    calls.sort_unstable();
    let permissions = held(frame, hand, principal);
    match hand {
        Hand::Left => AccessDifference { lost: calls, lost_permissions: permissions, ..AccessDifference::default() },
        Hand::Right => AccessDifference {
            gained: calls,
            gained_permissions: permissions,
            gained_for_users: for_users(frame.half(hand), principal, &open),
            ..AccessDifference::default()
        },
    }
}

/// The permissions that users can use through a client of theirs by its own scopes, for operations of its side. Where any
/// of several permissions is enough, the call proves none of them.
pub fn for_users(half: &Half<'_, '_>, principal: &Principal, operations: &[usize]) -> Vec<String> {
    let own: &[Scope] = match half.map.client(principal) {
        Some(client) if principal.acts_for_users() => client.scopes.as_deref().unwrap_or_default(),
        _ => return Vec::new(),
    };
    let requirements = operations.iter().filter_map(|at| half.map.matrix.operations().get(*at));
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for requirement in requirements.map(|operation| &operation.requirement) {
        let by_scope = requirement.scopes.iter().any(|scope| own.contains(scope));
        let needs_each = requirement.permissions_match == Match::All || requirement.permissions.len() == 1;
        if by_scope && needs_each {
            names.extend(requirement.permissions.iter().map(|permission| permission.as_str()));
        }
    }
    names.into_iter().map(str::to_owned).collect()
}
