//! What principals can do that only one side has: weighed like the same access given to, or taken from, somebody of both.

use std::collections::HashMap;

use super::change::{DriftKind, Effect};
use super::comparison::{Comparison, Row};
use super::sides::{Family, Side, SideIndex};
use super::stands::{Profile, Stands, for_users, stands};
use super::{AccessDifference, PairedPrincipal};
use crate::cross::Principal;
use crate::cross::principal::Standing;
use rolecall_matrix::Endpoint;

/// Principals and their differences of access, to which those of one side are added.
pub(super) struct Access {
    /// Principals; positions that rows hold stay as they are.
    pub principals: Vec<PairedPrincipal>,
    /// The distinct differences.
    pub differences: Vec<AccessDifference>,
    /// The endpoints that these speak of.
    pub endpoints: Vec<Endpoint>,
}

/// Adds the principals of which a row says for certain that they are on one side only, and names them in their row. One
/// that is inactive can do nothing: its row holds what it would be able to do.
pub(super) fn add(comparison: &Comparison<'_, '_>, rows: &mut [Row], access: &mut Access) {
    let mut places: HashMap<Endpoint, usize> =
        access.endpoints.iter().cloned().enumerate().map(|(at, endpoint)| (endpoint, at)).collect();
    let mut known: HashMap<(Side, Profile<'_>), Option<usize>> = HashMap::new();
    for row in rows.iter_mut().filter(|row| is_about_a_principal(row)) {
        let (side, at) = match (row.left, row.right) {
            (Some(at), None) => (Side::Left, at),
            (None, Some(at)) => (Side::Right, at),
            _ => continue,
        };
        let index = comparison.index(side);
        let Some(principal) = principal_at(index, Family::of(row.change.kind), at) else { continue };
        if principal.standing == Standing::Inactive {
            row.change.is_idle = true;
            row.change.gives = held(comparison, side, principal);
            continue;
        }
        let difference = *known.entry((side, Profile::of(index, principal))).or_insert_with(|| {
            let difference = difference(comparison, side, principal, &mut places, &mut access.endpoints);
            (difference != AccessDifference::default()).then(|| {
                access.differences.push(difference);
                access.differences.len() - 1
            })
        });
        row.change.affected = vec![access.principals.len()];
        access.principals.push(PairedPrincipal {
            kind: row.change.kind,
            name: row.change.name.clone(),
            from_id: row.change.from_id.clone(),
            to_id: row.change.to_id.clone(),
            difference,
        });
    }
}

fn is_about_a_principal(row: &Row) -> bool {
    row.change.field == "presence"
        && row.change.effect != Effect::Unknown
        && matches!(row.change.kind, DriftKind::OauthClient | DriftKind::ServiceUser | DriftKind::User)
}

fn principal_at<'s>(index: &SideIndex<'s, 's>, family: Family, at: usize) -> Option<&'s Principal> {
    let places = if family == Family::Client { &index.client_principal } else { &index.user_principal };
    index.map.principals().get(places.get(at).copied().flatten()?)
}

/// The permissions that a principal holds in any way, by name. Those of a client that acts for users are the users'.
fn held(comparison: &Comparison<'_, '_>, side: Side, principal: &Principal) -> Vec<String> {
    if principal.acts_for_users() {
        return Vec::new();
    }
    let holdings = comparison.index(side).map.holdings_of(principal);
    holdings
        .map(|held| comparison.numbering.names(&comparison.numbering.common(side, &held.at_all)))
        .unwrap_or_default()
}

fn difference(
    comparison: &Comparison<'_, '_>,
    side: Side,
    principal: &Principal,
    places: &mut HashMap<Endpoint, usize>,
    endpoints: &mut Vec<Endpoint>,
) -> AccessDifference {
    let map = comparison.index(side).map;
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
    let permissions = held(comparison, side, principal);
    match side {
        Side::Left => AccessDifference { lost: calls, lost_permissions: permissions, ..AccessDifference::default() },
        Side::Right => AccessDifference {
            gained: calls,
            gained_permissions: permissions,
            gained_for_users: for_users(comparison.index(side), principal, &open),
            ..AccessDifference::default()
        },
    }
}
