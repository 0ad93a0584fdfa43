//! Gaps: needed calls that are not `allowed`, with exactly what is missing and the smallest fix.

use std::collections::HashMap;

use super::Reason;
use super::access::{AccessMap, Place};
use super::fix::{self, Fix};
use super::needed::{Known, Needed, NeededCall, NeededIn};
use super::principal::Principal;
use super::verdict::{Answer, Verdict};
use rolecall_base::coverage::Listing;
use rolecall_base::id::DivisionId;
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;
use rolecall_base::usage::UsageRow;
use rolecall_matrix::Endpoint;

/// A needed call that is not `allowed`.
#[derive(Clone, Debug)]
pub struct Gap<'a> {
    /// Position of the principal in the access map.
    pub principal: usize,
    /// Position of the operation in the matrix; `None` where the matrix does not know the endpoint.
    pub operation: Option<usize>,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Where it is needed.
    pub division: NeededIn,
    /// The verdict in that division (anywhere, where none is named).
    pub answer: Answer,
    /// What is held nowhere: for ANY all alternatives, of which one is enough.
    pub missing_permissions: Vec<Permission>,
    /// The scopes of which the client has none: one is enough.
    pub missing_scopes: Vec<Scope>,
    /// Divisions in which it is not allowed although it is in others.
    pub missing_divisions: Vec<DivisionId>,
    /// How the need is known.
    pub known: Known<'a>,
    /// Where nothing is published of the call: what the usage data shows of it, if it succeeded.
    pub succeeded: Option<&'a UsageRow>,
    /// What to do.
    pub fix: Fix,
}

/// The verdict for a needed call, in the division it is needed in.
pub fn answer_needed(map: &AccessMap<'_>, principal: &Principal, call: &NeededCall<'_>) -> Answer {
    let Some(operation) = call.operation else {
        return Answer::because(Verdict::Unknown, Reason::EndpointNotInMatrix);
    };
    match &call.division {
        NeededIn::Any => map.answer(principal, operation),
        NeededIn::Division(id) => map.answer_in(principal, operation, Place::Division(id)),
        NeededIn::NotListed(_) => {
            let answer = map.answer_in(principal, operation, Place::Elsewhere);
            // It may be one of those that were not listed.
            let open = answer.reasons.has(Reason::MissingDivision)
                && !map.snapshot.coverage.is_whole(Listing::Divisions)
                && map.answer(principal, operation).verdict != Verdict::Denied;
            if open { Answer::because(Verdict::Unknown, Reason::DataIncomplete) } else { answer }
        }
    }
}

/// Every gap of an org, in the order of the needs.
pub fn gaps<'a>(map: &AccessMap<'a>, needed: &Needed<'a>) -> Vec<Gap<'a>> {
    let mut gaps = Vec::new();
    // Looking for the nearest endpoints is slow, and the same wrong one is often needed by many.
    let mut corrections: HashMap<&Endpoint, Fix> = HashMap::new();
    let seen = needed.calls.iter().filter_map(|call| match call.known {
        Known::Observed(row) if row.status_2xx > 0 => Some(((call.principal, call.operation?), row)),
        Known::Observed(_) | Known::Declared(_) => None,
    });
    let seen: HashMap<(usize, usize), &UsageRow> = seen.collect();
    for call in &needed.calls {
        let Some(principal) = map.principals().get(call.principal) else { continue };
        let answer = answer_needed(map, principal, call);
        let is_gap = match call.known {
            Known::Declared(_) => answer.verdict != Verdict::Allowed,
            // A call that succeeds needs no fix, unless what is granted in this run says that it will be refused.
            Known::Observed(row) if row.status_2xx > 0 => answer.verdict == Verdict::Denied,
            Known::Observed(row) => answer.verdict != Verdict::Allowed && row.refusals() > 0,
        };
        if is_gap {
            let correction = call.operation.is_none().then(|| {
                corrections.entry(&call.endpoint).or_insert_with(|| Fix::correct(map.matrix, &call.endpoint)).clone()
            });
            let mut gap = describe_gap(map, principal, call, answer, correction);
            if answer.reasons.has(Reason::NothingPublished) {
                gap.succeeded = call.operation.and_then(|operation| seen.get(&(call.principal, operation)).copied());
            }
            gaps.push(gap);
        }
    }
    gaps
}

/// What is missing for a needed call that is answered so, with the smallest fix.
pub fn of_call<'a>(map: &AccessMap<'a>, principal: &Principal, call: &NeededCall<'a>, answer: Answer) -> Gap<'a> {
    describe_gap(map, principal, call, answer, None)
}

/// The same, with the fix where that is known already.
fn describe_gap<'a>(
    map: &AccessMap<'a>,
    principal: &Principal,
    call: &NeededCall<'a>,
    answer: Answer,
    fix: Option<Fix>,
) -> Gap<'a> {
    let requirement = call.operation.and_then(|at| map.matrix.operations().get(at)).map(|found| &found.requirement);
    let missing_permissions: Vec<Permission> = call
        .operation
        .map(|operation| map.missing_permissions(principal, operation, answer).into_iter().cloned().collect())
        .unwrap_or_default();
    let missing_scopes = match requirement {
        Some(requirement) if answer.reasons.has(Reason::MissingScope) => requirement.scopes.clone(),
        _ => Vec::new(),
    };
    let missing_divisions = missing_divisions(map, principal, call, answer);
    let fix =
        fix.unwrap_or_else(|| fix::smallest(map, principal, call, answer, &missing_permissions, &missing_divisions));
    Gap {
        principal: call.principal,
        operation: call.operation,
        endpoint: call.endpoint.clone(),
        division: call.division.clone(),
        answer,
        missing_permissions,
        missing_scopes,
        missing_divisions,
        known: call.known,
        succeeded: None,
        fix,
    }
}

fn missing_divisions(
    map: &AccessMap<'_>,
    principal: &Principal,
    call: &NeededCall<'_>,
    answer: Answer,
) -> Vec<DivisionId> {
    let limited = answer.verdict == Verdict::Partial || answer.reasons.has(Reason::MissingDivision);
    let Some(operation) = call.operation.filter(|_| limited) else { return Vec::new() };
    match &call.division {
        NeededIn::Division(id) => vec![id.clone()],
        NeededIn::NotListed(name) => vec![DivisionId::new(name)],
        NeededIn::Any => {
            let reached = map.reached(principal, operation);
            let listed = map.snapshot.divisions.iter().map(|division| &division.id);
            listed.filter(|id| !reached.contains(id)).cloned().collect()
        }
    }
}
