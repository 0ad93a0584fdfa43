//! Which scopes of a client that acts for users its calls use, and which of them a narrower one would do for.

use std::collections::{BTreeMap, BTreeSet};

use super::check::nothing_is_missing;
use super::evidence::OrgEvidence;
use super::finding::Basis;
use super::severity::Severity;
use super::unused::{Window, idle_clients};
use rolecall_access::cross::principal::Standing;
use rolecall_base::coverage::Listing;
use rolecall_matrix::{Endpoint, Provenance};

/// How a scope that permits only to read ends.
const READ_ONLY: &str = ":readonly";

/// What is known of the use of a client's scopes.
#[derive(Debug)]
pub struct ScopeUse<'e> {
    /// Position of the client in the access map; `None` for an app that is none of the org's own clients.
    pub principal: Option<usize>,
    /// Over which days.
    pub window: Window,
    /// The scopes it has, as written.
    pub has: BTreeSet<&'e str>,
    /// Those of them that some known call lists, with these calls.
    pub used: BTreeMap<&'e str, BTreeSet<&'e Endpoint>>,
    /// Those that permit writing and of which every call that lists them lists the read-only one too.
    pub read_only_would_do: BTreeSet<&'e str>,
    /// How many distinct calls are known.
    pub calls: usize,
    /// Calls of which nobody publishes the scopes, so that any could be what they use.
    pub open: BTreeSet<&'e Endpoint>,
    /// Whether the client was changed within the window: a scope may be new.
    pub changed_within: bool,
}

impl<'e> ScopeUse<'e> {
    /// Scopes that it has, that the matrix knows, and that no known call lists.
    pub fn unused(&self, org: &OrgEvidence<'_>) -> BTreeSet<&'e str> {
        let known = self.has.iter().filter(|scope| org.map.knows_scope(scope));
        known.filter(|scope| !self.used.contains_key(*scope)).copied().collect()
    }

    /// A line for each call of which nobody publishes the scopes.
    pub fn open_facts(&self) -> impl Iterator<Item = String> {
        self.open.iter().map(|endpoint| format!("{endpoint}: which scopes it asks for is not published"))
    }

    /// How bad a finding about its scopes is, `first` at first: nothing to act on where something is open or the scopes
    /// decide nothing.
    pub fn severity(&self, org: &OrgEvidence<'_>, first: Severity) -> Severity {
        let decides = org.map.scopes_enforced != Some(false);
        if decides && self.open.is_empty() && !self.changed_within { first } else { Severity::Info }
    }

    /// What a finding about its scopes rests on.
    pub fn basis(&self, org: &OrgEvidence<'_>) -> Basis {
        Basis::settled_if(self.open.is_empty() && nothing_is_missing(&org.map.snapshot.coverage, Listing::Usage))
    }
}

/// What to add where the org does not enforce scopes; else nothing.
pub fn unenforced(org: &OrgEvidence<'_>) -> &'static str {
    if org.map.scopes_enforced == Some(false) {
        " The org does not enforce scopes: for now they decide nothing."
    } else {
        ""
    }
}

/// Of every active client that acts for users, has scopes and makes or is declared to make calls; of none where the
/// usage data was not read completely. Clients made within the window, and those that nobody uses, are left out.
pub fn scope_uses<'e>(org: &'e OrgEvidence<'_>) -> Vec<ScopeUse<'e>> {
    let Some(window) = Window::of(org) else { return Vec::new() };
    let idle = idle_clients(org, window);
    let mut calls: BTreeMap<usize, BTreeSet<(&Endpoint, Option<usize>)>> = BTreeMap::new();
    for call in &org.needed.calls {
        calls.entry(call.principal).or_default().insert((&call.endpoint, call.operation));
    }
    let of_client = |(at, principal): (usize, &'e rolecall_access::cross::Principal)| {
        let client = org.map.client(principal)?;
        let calls = calls.get(&at)?;
        let judged = principal.acts_for_users()
            && principal.standing == Standing::Active
            && !org.map.is_auditor(&principal.id)
            && !idle.contains(&at)
            && !window.is_young(client.created);
        let has: BTreeSet<&str> = client.scopes.as_ref()?.iter().map(|scope| scope.as_str()).collect();
        (judged && !has.is_empty())
            .then(|| of_calls(org, Some(at), window, has, calls, window.is_young(client.modified)))
    };
    org.map.principals().iter().enumerate().filter_map(of_client).collect()
}

/// Which of the scopes `has` these calls use.
pub fn of_calls<'e>(
    org: &'e OrgEvidence<'_>,
    principal: Option<usize>,
    window: Window,
    has: BTreeSet<&'e str>,
    calls: &BTreeSet<(&'e Endpoint, Option<usize>)>,
    changed_within: bool,
) -> ScopeUse<'e> {
    let mut used: BTreeMap<&str, BTreeSet<&Endpoint>> = BTreeMap::new();
    let mut needs_writing: BTreeSet<&str> = BTreeSet::new();
    let mut open = BTreeSet::new();
    for (endpoint, operation) in calls {
        let Some(operation) = operation.and_then(|at| org.map.matrix.operations().get(at)) else {
            open.insert(*endpoint);
            continue;
        };
        let requirement = &operation.requirement;
        // What is derived counts as use: calling something unused needs more than a guess.
        if requirement.scopes_known != Provenance::Published {
            open.insert(*endpoint);
        }
        let lists = |name: &str| requirement.scopes.iter().any(|scope| scope.as_str() == name);
        for scope in has.iter().filter(|scope| lists(scope)) {
            used.entry(scope).or_default().insert(*endpoint);
            if !lists(&format!("{scope}{READ_ONLY}")) || requirement.scopes_known != Provenance::Published {
                needs_writing.insert(scope);
            }
        }
    }
    let writes = used.keys().filter(|scope| !scope.ends_with(READ_ONLY) && !needs_writing.contains(*scope));
    let read_only_would_do = writes.copied().collect();
    ScopeUse { principal, window, has, used, read_only_would_do, calls: calls.len(), open, changed_within }
}
