//! Which keys exist, and which words their values are made of: the closed lists of the configuration.

use super::job::AccessRows;
use crate::notify::settings::{Heartbeat, Security, Shape};
use rolecall_collect::settings::UsersWanted;
use rolecall_findings::severity::Severity;

/// Keys of an entry in `[checks]`.
pub const CHECK_KEYS: &[&str] = &["severity", "enabled"];

/// Keys of a credential.
pub const SECRET_KEYS: &[&str] = &["env", "file", "command"];

/// Report formats.
pub const FORMATS: [&str; 8] = ["html", "csv", "json", "xlsx", "sarif", "junit", "markdown", "parquet"];

/// Kinds in `drift.csv`, which globs of `ignore` begin with.
pub const DRIFT_KINDS: [&str; 10] = [
    "role",
    "oauth_client",
    "service_user",
    "user",
    "group",
    "division",
    "permission",
    "endpoint",
    "policy",
    "trustee",
];

/// Whether a glob over `kind:name` begins with a kind that there is, or with what may become one.
pub fn begins_with_a_kind(glob: &str) -> bool {
    let literal = glob.split(['*', '?', '[', '{', '\\']).next().unwrap_or_default();
    match literal.split_once(':') {
        Some((kind, _)) => DRIFT_KINDS.contains(&kind),
        None => literal.len() < glob.len() && DRIFT_KINDS.iter().any(|kind| kind.starts_with(literal)),
    }
}

/// Kinds of things that `map` can declare to be the same.
pub const MAPPED_KINDS: [&str; 6] = ["role", "oauth_client", "service_user", "user", "group", "division"];

/// Keys of an entry in `map`.
pub const MAP_KEYS: [&str; 3] = ["kind", "from", "to"];

/// Words of `collect.users`.
pub const USERS: [(&str, UsersWanted); 2] = [("service", UsersWanted::Service), ("all", UsersWanted::All)];

/// Words of `report.access`.
pub const ACCESS: [(&str, AccessRows); 4] = [
    ("auto", AccessRows::Auto),
    ("none", AccessRows::None),
    ("principals", AccessRows::Principals),
    ("all-users", AccessRows::AllUsers),
];

/// Words of `kind` of a channel.
pub const CHANNEL_KINDS: [&str; 2] = ["webhook", "email"];

/// Keys of a channel that belong to one kind of it, in the order of [`CHANNEL_KINDS`].
pub const CHANNEL_KEYS: [&[&str]; 2] =
    [&["shape", "url"], &["server", "port", "security", "username", "password", "from", "to"]];

/// Words of `shape` of a channel.
pub const SHAPES: [(&str, Shape); 3] = [("json", Shape::Json), ("slack", Shape::Slack), ("teams", Shape::Teams)];

/// Words of `security` of a channel.
pub const SECURITIES: [(&str, Security); 3] =
    [("starttls", Security::StartTls), ("tls", Security::Tls), ("none", Security::None)];

/// Words of `heartbeat` of a channel.
pub const HEARTBEATS: [(&str, Heartbeat); 2] = [("weekly", Heartbeat::Weekly), ("never", Heartbeat::Never)];

/// The severities, worst first.
pub fn severities() -> [(&'static str, Severity); 5] {
    Severity::WORST_FIRST.map(|severity| (severity.as_str(), severity))
}
