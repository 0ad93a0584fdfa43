//! The org's permission catalogue: what exists there and can be granted.

use serde::{Deserialize, Serialize};

use super::permission::Permission;

/// A permission of the catalogue (`DomainPermission`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CataloguePermission {
    /// The permission.
    pub permission: Permission,
    /// Whether a division limits it; `None` where the platform left the field out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division_aware: Option<bool>,
    /// Whether a role may hold it under a condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allows_conditions: Option<bool>,
    /// The platform's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}
