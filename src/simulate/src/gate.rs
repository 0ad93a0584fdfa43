//! Who may call what: the platform's refusals, decided from the matrix and the client's own roles.
//!
//! Three rules are ours, because the platform does not publish them. A permission that a role holds only under a
//! condition does not open a call. Of access policies only an active, unconditional DENY that applies to clients is
//! enforced. What a client sees in a list are the objects in the divisions of its own grants, whatever the roles in
//! them; a grant in `*` sees everything.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::answer::Answer;
use super::org::{ALL_DIVISIONS, SimOrg};
use rolecall_base::permission::{Permission, PermissionPattern};
use rolecall_matrix::{Match, Requirement, UserContext};

/// The divisions a client sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// All of them.
    All,
    /// Only these.
    In(BTreeSet<String>),
}

impl Sight {
    /// What a client sees.
    pub(super) fn of(org: &SimOrg, client: &str) -> Self {
        let divisions: BTreeSet<String> = org.grants_of_subject(client).map(|grant| grant.division.clone()).collect();
        if divisions.contains(ALL_DIVISIONS) { Self::All } else { Self::In(divisions) }
    }

    /// Whether something in this division is seen.
    pub(super) fn sees(&self, division: &str) -> bool {
        match self {
            Self::All => true,
            Self::In(divisions) => divisions.contains(division),
        }
    }
}

/// Refuses a call that the client may not make; `Ok` lets it pass.
pub(super) fn admit(org: &SimOrg, client: &str, requirement: &Requirement) -> Result<(), Answer> {
    if requirement.user_context == UserContext::Yes {
        return Err(Answer::error(
            400,
            "not.a.user",
            "This request requires a user context. Client credentials cannot be used for requests to this resource.",
            &[],
        ));
    }
    let held = |permission: &&Permission| {
        org.grants_of_subject(client)
            .filter_map(|grant| org.role(&grant.role))
            .any(|role| role.grants.contains(*permission))
    };
    let missing: Vec<&Permission> = requirement.permissions.iter().filter(|permission| !held(permission)).collect();
    let list = |permissions: &[&Permission]| {
        format!("[{}]", permissions.iter().map(|permission| permission.as_str()).collect::<Vec<_>>().join(", "))
    };
    let refused = match requirement.permissions_match {
        Match::None | Match::Unknown => None,
        Match::Any if missing.len() < requirement.permissions.len() => None,
        Match::Any => Some(Answer::error(
            403,
            "missing.any.permissions",
            "Unable to perform the requested action. You must have at least one of the following permissions assigned: {permissions}",
            &[("permissions", &list(&missing))],
        )),
        Match::All if missing.is_empty() && share_a_division(org, client, requirement) => None,
        Match::All if missing.is_empty() => Some(Answer::error(
            403,
            "missing.division.permissions",
            "Unable to perform the requested action. You are missing the following permission(s) in the provided division(s): {permissions}",
            &[("permissions", &list(&requirement.permissions.iter().collect::<Vec<_>>()))],
        )),
        Match::All => Some(Answer::error(
            403,
            "missing.permissions",
            "Unable to perform the requested action. You are missing the following permission(s): {permissions}",
            &[("permissions", &list(&missing))],
        )),
    };
    if let Some(answer) = refused {
        return Err(answer);
    }
    let denying: Vec<&str> = org
        .policies
        .iter()
        .filter(|policy| denies(&policy.value, client, &requirement.permissions))
        .map(|policy| policy.id.as_str())
        .collect();
    if denying.is_empty() {
        return Ok(());
    }
    Err(Answer::error(
        403,
        "authz.policy.denied",
        "Unable to perform the requested action. Your organization's security policies have denied access. Policy ID(s): {policies}",
        &[("policies", &format!("[{}]", denying.join(", ")))],
    ))
}

/// Whether a client holds all permissions of a requirement in one division: what is granted in all, or what no division
/// limits, is held in each.
fn share_a_division(org: &SimOrg, client: &str, requirement: &Requirement) -> bool {
    let mut common: Option<BTreeSet<&str>> = None;
    for permission in &requirement.permissions {
        let giving = org
            .grants_of_subject(client)
            .filter(|grant| org.role(&grant.role).is_some_and(|role| role.grants.contains(permission)));
        let divisions: BTreeSet<&str> = giving.map(|grant| grant.division.as_str()).collect();
        let aware = org.catalogue.is_limited(permission);
        if divisions.contains(ALL_DIVISIONS) || !aware {
            continue;
        }
        common = Some(match common {
            None => divisions,
            Some(known) => known.intersection(&divisions).copied().collect(),
        });
    }
    common.is_none_or(|divisions| !divisions.is_empty())
}

fn denies(policy: &Value, client: &str, permissions: &[Permission]) -> bool {
    let is = |field: &str, value: &Value| policy.get(field) == Some(value);
    let text = |pointer: &str| policy.pointer(pointer).and_then(Value::as_str).unwrap_or("");
    let about_client = match text("/subject/type") {
        "ALL" => true,
        "CLIENT" => text("/subject/id") == client,
        _ => false,
    };
    let mut target = text("/targetResource").split(':');
    let pattern = PermissionPattern {
        domain: target.next().unwrap_or(""),
        entity: target.next().unwrap_or(""),
        action: target.next().unwrap_or(""),
    };
    let unconditional = policy.get("condition").is_none_or(|condition| condition.is_null());
    is("active", &json!(true))
        && is("applyToClients", &json!(true))
        && is("effect", &json!("DENY"))
        && unconditional
        && about_client
        && permissions.iter().any(|permission| pattern.covers(permission))
}
