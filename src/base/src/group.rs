//! Groups: their members inherit the roles granted to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::id::{GroupId, UserId};

/// A group of the org.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// `active`, `inactive` or `deleted`, as the platform wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Whether roles may be assigned to it (`rolesEnabled`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles_enabled: Option<bool>,
    /// How many members the platform counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_count: Option<u64>,
}

/// Who is in which group; holds only the groups whose members were asked for (those that carry grants or name service
/// users). A group that could not be read is absent here and named in the coverage.
pub type GroupMembers = BTreeMap<GroupId, Vec<UserId>>;
