//! What a principal needs to be allowed, and which of its needs no set of permissions can meet.
//!
//! A need counts when somebody declared it, or when the org's usage data shows that the call succeeded. Calls that only
//! ever failed are listed apart: they prove nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use rolecall_access::cross::needed::{Known, Needed, NeededCall, NeededIn};
use rolecall_access::cross::verdict::Held;
use rolecall_access::cross::{AccessMap, Principal, Reason};
use rolecall_base::coverage::Listing;
use rolecall_base::id::DivisionId;
use rolecall_base::permission::Permission;
use rolecall_base::usage::UsageRow;
use rolecall_matrix::{Endpoint, Match, Provenance, Requirement, UserContext, nearest};

/// Where something is needed or held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Places {
    /// In all divisions.
    All,
    /// In these.
    In(BTreeSet<DivisionId>),
}

impl Places {
    /// Both together.
    pub fn and(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::All, _) => {}
            (_, Self::All) => *self = Self::All,
            (Self::In(mine), Self::In(theirs)) => mine.extend(theirs.iter().cloned()),
        }
    }

    /// Whether nothing of the other lies outside.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::In(_), Self::All) => false,
            (Self::In(mine), Self::In(theirs)) => theirs.is_subset(mine),
        }
    }
}

/// A call that the least set has to allow, however often it is needed.
#[derive(Clone, Debug)]
pub struct Want<'a> {
    /// Position of the operation in the matrix.
    pub operation: usize,
    /// The endpoint as the matrix writes it.
    pub endpoint: &'a Endpoint,
    /// What it requires.
    pub requirement: &'a Requirement,
    /// Where.
    pub places: Places,
    /// Whether it was declared without a division.
    pub is_anywhere: bool,
    /// How many lines of needs files ask for it.
    pub declared: usize,
    /// What the usage data shows of it, where it succeeded.
    pub observed: Vec<&'a UsageRow>,
}

/// A need that no set of permissions meets, or of which nobody can say what meets it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Uncovered {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The division it is needed in; empty where none is named.
    pub division: String,
    /// `declared` or `observed`.
    pub need: &'static str,
    /// Why, in the words of verdicts.
    pub reason: &'static str,
    /// The same in a sentence.
    pub says: String,
    /// Real endpoints near to one that does not exist.
    pub nearest: Vec<String>,
    /// Whether it is only not known to be met, as opposed to known not to be.
    #[serde(skip)]
    pub is_doubt: bool,
}

/// An observed call that never succeeded, which is no need.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NotCounted {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// Calls in the window.
    pub requests: u64,
    /// Of them refused or not found (4xx without 429).
    pub refusals: u64,
}

/// The needs of one principal.
#[derive(Clone, Debug, Default)]
pub(super) struct Wants<'a> {
    /// What has to be allowed, in the order of the matrix.
    pub wants: Vec<Want<'a>>,
    /// What cannot be, sorted.
    pub uncovered: Vec<Uncovered>,
    /// What was seen and never succeeded, sorted.
    pub not_counted: Vec<NotCounted>,
}

impl<'a> Wants<'a> {
    /// The needs of the principal at this position of the map.
    pub(super) fn of(map: &'a AccessMap<'a>, needed: &'a Needed<'a>, principal: &Principal, at: usize) -> Self {
        let mut by_operation: BTreeMap<usize, Want<'a>> = BTreeMap::new();
        let mut uncovered = BTreeSet::new();
        let mut not_counted = BTreeSet::new();
        for call in needed.calls.iter().filter(|call| call.principal == at) {
            if let Known::Observed(row) = call.known
                && row.status_2xx == 0
            {
                not_counted.insert(NotCounted {
                    method: call.endpoint.method.to_string(),
                    path: call.endpoint.path.to_string(),
                    requests: row.requests,
                    refusals: row.refusals(),
                });
                continue;
            }
            let found = call.operation.and_then(|at| map.matrix.operations().get(at).map(|found| (at, found)));
            let Some((operation, found)) = found else {
                uncovered.insert(not_in_matrix(map, call));
                continue;
            };
            let requirement = &found.requirement;
            let stopped = stopped(map, principal, call, requirement);
            let meets = stopped.iter().all(|(reason, _)| *reason == Reason::ScopeNotPublished);
            for (reason, says) in stopped {
                uncovered.insert(uncovered_call(call, reason, says, Vec::new()));
            }
            if !meets {
                continue;
            }
            let places = places(map, principal, call, operation);
            let want = by_operation.entry(operation).or_insert_with(|| Want {
                operation,
                endpoint: &found.endpoint,
                requirement,
                places: places.clone(),
                is_anywhere: false,
                declared: 0,
                observed: Vec::new(),
            });
            want.places.and(&places);
            match call.known {
                Known::Declared(_) => {
                    want.declared += 1;
                    want.is_anywhere |= call.division == NeededIn::Any;
                }
                Known::Observed(row) => want.observed.push(row),
            }
        }
        Self {
            wants: by_operation.into_values().collect(),
            uncovered: uncovered.into_iter().collect(),
            not_counted: not_counted.into_iter().collect(),
        }
    }
}

/// The permissions of a requirement that the org can grant: all, but those that its whole catalogue lacks.
pub(super) fn grantable<'a>(map: &AccessMap<'_>, requirement: &'a Requirement) -> impl Iterator<Item = &'a Permission> {
    requirement.permissions.iter().filter(|permission| !is_absent(map, permission))
}

fn is_absent(map: &AccessMap<'_>, permission: &Permission) -> bool {
    map.rights.index.number(permission).is_some_and(|number| map.rights.is_absent(number))
}

/// Why permissions alone do not meet a need; empty where they do.
fn stopped(
    map: &AccessMap<'_>,
    principal: &Principal,
    call: &NeededCall<'_>,
    requirement: &Requirement,
) -> Vec<(Reason, String)> {
    let mut why = Vec::new();
    let absent: Vec<&str> =
        requirement.permissions.iter().filter(|one| is_absent(map, one)).map(Permission::as_str).collect();
    match requirement.permissions_match {
        Match::Unknown => {
            why.push((Reason::RequirementNotPublished, "what it requires is not published: try the call".to_owned()));
        }
        Match::Any if absent.len() == requirement.permissions.len() => {
            why.push((Reason::PermissionNotInOrg, lacks(&absent)));
        }
        Match::All if !absent.is_empty() => why.push((Reason::PermissionNotInOrg, lacks(&absent))),
        // What succeeds proves for this principal that it holds what is asked for, if anything is.
        Match::None if requirement.unproven && matches!(call.known, Known::Declared(_)) => {
            why.push((
                Reason::NothingPublished,
                "no permission is published for it, and that none is needed is not proven: try the call".to_owned(),
            ));
        }
        Match::Any | Match::All | Match::None => {}
    }
    if principal.is_machine() && requirement.user_context == UserContext::Yes {
        let says = "it needs a user behind the token, and client credentials have none: no permission helps; call it \
                    with a client that acts for a user";
        why.push((Reason::NeedsUserContext, says.to_owned()));
    }
    if let NeededIn::NotListed(name) = &call.division {
        if map.snapshot.coverage.is_whole(Listing::Divisions) {
            why.push((Reason::MissingDivision, format!("the org has no division `{name}`")));
        } else {
            let says = format!("the divisions were not read completely, and `{name}` is not among those that were");
            why.push((Reason::DataIncomplete, says));
        }
    }
    let scopes_matter = principal.acts_for_users() && map.scopes_enforced != Some(false);
    if scopes_matter && requirement.scopes_known != Provenance::Published && why.is_empty() {
        let says = "which scopes it asks for is not published: the least set of scopes leaves it out";
        why.push((Reason::ScopeNotPublished, says.to_owned()));
    }
    why
}

fn lacks(absent: &[&str]) -> String {
    let names = absent.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    format!("the org's catalogue lacks {names}: nothing can grant it here; ask which product or feature brings it")
}

fn not_in_matrix(map: &AccessMap<'_>, call: &NeededCall<'_>) -> Uncovered {
    let login_host = nearest::login_host(&call.endpoint);
    let near: Vec<String> = nearest::instead_of(map.matrix, &call.endpoint).iter().map(ToString::to_string).collect();
    let says = match call.known {
        Known::Declared(_) if login_host.is_some() => login_host.unwrap_or_default(),
        Known::Declared(_) => "the matrix has no such endpoint: as far as is published, it does not exist",
        Known::Observed(_) => "it succeeds, but the matrix has no such endpoint: what it requires is not known",
    };
    uncovered_call(call, Reason::EndpointNotInMatrix, says.to_owned(), near)
}

fn uncovered_call(call: &NeededCall<'_>, reason: Reason, says: String, nearest: Vec<String>) -> Uncovered {
    let observed = matches!(call.known, Known::Observed(_));
    let division = match (&call.division, call.known) {
        (NeededIn::Any, _) => String::new(),
        (_, Known::Declared(need)) => need.division.clone().unwrap_or_default(),
        (NeededIn::Division(id), Known::Observed(_)) => id.to_string(),
        (NeededIn::NotListed(name), Known::Observed(_)) => name.clone(),
    };
    Uncovered {
        method: call.endpoint.method.to_string(),
        path: call.endpoint.path.to_string(),
        division,
        need: call.known.as_str(),
        reason: reason.as_str(),
        says,
        nearest,
        is_doubt: match reason {
            Reason::RequirementNotPublished
            | Reason::NothingPublished
            | Reason::ScopeNotPublished
            | Reason::DataIncomplete => true,
            Reason::EndpointNotInMatrix => observed,
            _ => false,
        },
    }
}

/// Where a call is needed: in the division that is declared; else where the principal is allowed to make it in this run; and
/// in all divisions where that is nowhere, or everywhere.
fn places(map: &AccessMap<'_>, principal: &Principal, call: &NeededCall<'_>, operation: usize) -> Places {
    if let NeededIn::Division(id) = &call.division {
        return Places::In(BTreeSet::from([id.clone()]));
    }
    let demand = map.outcomes().of_operation.get(operation);
    let held = demand.map(|demand| map.outcomes().get(*demand, principal.holdings).held());
    let reached = map.reached(principal, operation);
    if matches!(held, Some(Held::InDivisions | Held::InDivisionsAndMore))
        && !reached.is_empty()
        && !principal.acts_for_users()
    {
        Places::In(reached.into_iter().cloned().collect())
    } else {
        Places::All
    }
}
