//! Access policies (attribute-based access control): they may allow or deny on top of roles.

use serde::{Deserialize, Serialize};

use super::id::PolicyId;

/// `ALLOW` or `DENY`, as the platform wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The policy allows.
    Allow,
    /// The policy denies.
    Deny,
    /// The platform did not say, or used another word: it could be a denial.
    NotStated,
}

/// Whom a policy is about (`Subject.type`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicySubject {
    /// Everybody.
    All,
    /// One user.
    User(String),
    /// One OAuth client.
    Client(String),
    /// The members of a group.
    Group(String),
    /// The members of a team. Teams are not collected, so it could be anybody.
    Team(String),
    /// The platform did not say: it could be anybody.
    NotStated,
}

/// An access policy (`AuthorizationPolicy`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AccessPolicy {
    /// Its id.
    pub id: PolicyId,
    /// Its name.
    pub name: String,
    /// What it is about: `domain:entity:action`, parts possibly `*`.
    pub target: String,
    /// Whom it is about.
    pub subject: PolicySubject,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Only active policies are enforced.
    pub active: bool,
    /// Whether it is enforced on OAuth clients (`applyToClients`; where the platform left it out, it could be).
    pub applies_to_clients: bool,
    /// Whether it carries a condition. Conditions are never evaluated here: they speak of the single call.
    pub has_condition: bool,
}
