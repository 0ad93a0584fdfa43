//! How a principal stands with a call: whether it can be made, who answers alike, and what a client lends its users.

use std::collections::BTreeSet;

use super::sides::SideIndex;
use crate::cross::policies::Applying;
use crate::cross::principal::Standing;
use crate::cross::{Principal, Verdict};
use rolecall_base::oauth_client::GrantType;
use rolecall_base::scope::Scope;
use rolecall_matrix::Match;

/// What makes two principals of one side answer alike to everything.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Profile<'a> {
    /// It is not active, or that is not known.
    Stopped(Standing),
    /// A client that acts for users: its grant type and scopes.
    ActsForUsers(&'a GrantType, Option<&'a [Scope]>),
    /// A client that acts as itself: its holdings and policies.
    Machine(usize, &'a Applying),
    /// A user: its holdings and policies.
    Person(usize, &'a Applying),
}

impl<'a> Profile<'a> {
    /// The profile of a principal of a side.
    pub(super) fn of(index: &SideIndex<'a, 'a>, principal: &'a Principal) -> Self {
        match (&principal.standing, &principal.grant_type) {
            (Standing::Active, Some(GrantType::ClientCredentials)) => {
                Self::Machine(principal.holdings, &principal.policies)
            }
            (Standing::Active, Some(grant_type)) => {
                let client = index.snapshot.oauth_clients.get(principal.at);
                Self::ActsForUsers(grant_type, client.and_then(|client| client.scopes.as_deref()))
            }
            (Standing::Active, None) => Self::Person(principal.holdings, &principal.policies),
            (standing, _) => Self::Stopped(*standing),
        }
    }

    pub(super) fn asks_scopes(principal: &Principal) -> bool {
        principal.acts_for_users()
    }
}

/// Whether a call can be made at all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// It can, always or sometimes.
    Open,
    /// It is refused.
    Shut,
    /// The data does not show it.
    NotKnown,
}

/// How a verdict stands.
pub(super) fn stands(verdict: Verdict) -> Stands {
    match verdict {
        Verdict::Allowed | Verdict::Partial | Verdict::Conditional | Verdict::DependsOnUser => Stands::Open,
        Verdict::Denied => Stands::Shut,
        Verdict::Unknown => Stands::NotKnown,
    }
}

/// The permissions that users can use through a client of theirs by its own scopes, for operations of its side. Where any
/// of several permissions is enough, the call proves none of them.
pub(super) fn for_users(index: &SideIndex<'_, '_>, principal: &Principal, operations: &[usize]) -> Vec<String> {
    let own: &[Scope] = match index.map.client(principal) {
        Some(client) if principal.acts_for_users() => client.scopes.as_deref().unwrap_or_default(),
        _ => return Vec::new(),
    };
    let requirements = operations.iter().filter_map(|at| index.map.matrix.operations().get(*at));
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
