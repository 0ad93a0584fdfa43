//! Effective drift: needed calls that work on the left and fail on the right. These are the promotion blockers.

use std::collections::BTreeMap;

use super::Side;
use super::change::{Change, DriftKind, Effect};
use crate::cross::gap::answer_needed;
use crate::cross::needed::{Known, NeededCall, NeededIn};
use crate::cross::{AccessMap, Answer, Principal, PrincipalKind, Verdict};
use crate::matrix::Endpoint;

/// A needed call that works on the left and does not on the right.
#[derive(Clone, Debug)]
pub struct BrokenCall {
    /// What kind of principal.
    pub kind: DriftKind,
    /// The principal's name, the same on both sides.
    pub name: String,
    /// The call.
    pub endpoint: Endpoint,
    /// How it stands on the left.
    pub left: Answer,
    /// How it stands on the right.
    pub right: Answer,
    /// What is missing on the right.
    pub missing: Vec<String>,
}

/// Every needed call of a matched principal that works on the left and is refused, or cannot be told, on the right.
pub fn broken_calls(left: Side<'_, '_>, right: Side<'_, '_>) -> Vec<BrokenCall> {
    let mut others: BTreeMap<(PrincipalKind, &str), Vec<usize>> = BTreeMap::new();
    for (at, principal) in right.map.principals().iter().enumerate() {
        others.entry((principal.kind, identity(right.map, principal))).or_default().push(at);
    }
    let mut broken: BTreeMap<(DriftKind, String, Endpoint), BrokenCall> = BTreeMap::new();
    for call in &left.needed.calls {
        let Some(principal) = left.map.principals().get(call.principal) else { continue };
        let Some(kind) = kind(principal) else { continue };
        let answer = answer_needed(left.map, principal, call);
        let works = match call.known {
            // A call that was seen to succeed works, whatever the verdict.
            Known::Observed(row) => row.status_2xx > 0,
            Known::Declared(_) => matches!(answer.verdict, Verdict::Allowed | Verdict::DependsOnUser),
        };
        let twins = others.get(&(principal.kind, identity(left.map, principal)));
        let Some([twin]) = twins.map(Vec::as_slice).filter(|_| works) else { continue };
        let Some(other) = right.map.principals().get(*twin) else { continue };
        let moved = NeededCall {
            principal: *twin,
            operation: right.map.matrix.resolve(&call.endpoint).map(|(at, _)| at),
            endpoint: call.endpoint.clone(),
            division: by_name(left.map, right.map, &call.division),
            known: call.known,
        };
        let there = answer_needed(right.map, other, &moved);
        if there.verdict != Verdict::Denied || answer.verdict == Verdict::Denied {
            continue;
        }
        let missing = moved.operation.map(|operation| right.map.missing_permissions(other, operation, there));
        let missing = missing.into_iter().flatten().map(ToString::to_string).collect();
        broken.entry((kind, principal.name.clone(), call.endpoint.clone())).or_insert_with(|| BrokenCall {
            kind,
            name: principal.name.clone(),
            endpoint: call.endpoint.clone(),
            left: answer,
            right: there,
            missing,
        });
    }
    broken.into_values().collect()
}

/// One row a broken call.
pub fn changes(broken: &[BrokenCall]) -> Vec<Change> {
    let told = |answer: Answer| match answer.reasons.to_string().replace(';', ", ") {
        reasons if reasons.is_empty() => answer.verdict.to_string(),
        reasons => format!("{} ({reasons})", answer.verdict),
    };
    broken
        .iter()
        .map(|call| Change {
            kind: call.kind,
            name: call.name.clone(),
            field: format!("call {}", call.endpoint),
            from_value: told(call.left),
            to_value: told(call.right),
            effect: Effect::Breaks,
            ..Change::new(DriftKind::Role, "", "", "", "", Effect::None)
        })
        .collect()
}

fn kind(principal: &Principal) -> Option<DriftKind> {
    match principal.kind {
        PrincipalKind::OauthClient => Some(DriftKind::OauthClient),
        PrincipalKind::ServiceUser => Some(DriftKind::ServiceUser),
        PrincipalKind::User | PrincipalKind::ClientAsUser => None,
    }
}

fn identity<'p>(map: &AccessMap<'p>, principal: &'p Principal) -> &'p str {
    match principal.kind {
        PrincipalKind::ServiceUser => {
            let email = map.snapshot.users.get(principal.at).and_then(|user| user.email.as_deref());
            email.unwrap_or(&principal.name)
        }
        PrincipalKind::OauthClient | PrincipalKind::User | PrincipalKind::ClientAsUser => &principal.name,
    }
}

fn by_name(left: &AccessMap<'_>, right: &AccessMap<'_>, division: &NeededIn) -> NeededIn {
    let NeededIn::Division(id) = division else { return division.clone() };
    let name = left.division_name(id);
    let twin = right.snapshot.divisions.iter().find(|other| other.name == name);
    twin.map_or_else(|| NeededIn::NotListed(name.to_owned()), |twin| NeededIn::Division(twin.id.clone()))
}
