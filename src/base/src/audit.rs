//! The audit log: who changed roles, grants and clients.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What kind of actor made a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A user.
    User,
    /// An OAuth client.
    OauthClient,
    /// The platform itself: its backfills and clean-ups.
    Platform,
    /// The log does not say.
    Unknown,
}

/// An entry of the audit log (`AuditLogMessage`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AuditEntry {
    /// When; `None` where the log's date could not be read.
    pub at: Option<Timestamp>,
    /// The id of who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What kind of actor that is.
    pub actor_kind: ActorKind,
    /// What was done, as the platform wrote it.
    pub action: String,
    /// The kind of thing it was done to, as the platform wrote it.
    pub entity_type: String,
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_name: Option<String>,
}
