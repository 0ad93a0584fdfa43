//! Roles: named bundles of permission policies.

use serde::{Deserialize, Serialize};

use super::id::RoleId;
use super::permission::{Permission, PermissionPattern};

/// One line of a role: actions on an entity of a domain, each of the three possibly `*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PermissionPolicy {
    /// Domain or `*`.
    pub domain: String,
    /// Entity or `*`.
    pub entity: String,
    /// Actions, or `*` among them.
    pub actions: Vec<String>,
    /// The condition under which it holds, as canonical JSON text; `None` when it holds always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Names of the only resources it covers, which limits it like a condition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named_resources: Vec<String>,
}

impl PermissionPolicy {
    /// The patterns it grants, one an action.
    pub fn patterns(&self) -> impl Iterator<Item = PermissionPattern<'_>> {
        self.actions.iter().map(|action| PermissionPattern { domain: &self.domain, entity: &self.entity, action })
    }

    /// Whether it grants only under a condition or for named resources.
    pub fn is_conditional(&self) -> bool {
        self.condition.is_some() || !self.named_resources.is_empty()
    }
}

/// A role of the org.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
    /// What its owners wrote about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The packaged role it derives from (`employee`), the same in every org; `None` for a custom role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_role_id: Option<String>,
    /// `default` as the platform wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_default: Option<bool>,
    /// `base` as the platform wrote it; its meaning is not documented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<bool>,
    /// What it permits.
    pub policies: Vec<PermissionPolicy>,
    /// One-word legacy permissions (`DomainOrganizationRole.permissions`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub general_permissions: Vec<Permission>,
    /// The platform's own list of what the role does not use; `None` when it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unused_permissions: Option<Vec<Permission>>,
}

impl Role {
    /// `default` for roles that derive from a packaged one, `custom` for the others.
    pub fn kind(&self) -> &'static str {
        if self.default_role_id.is_some() || self.is_default == Some(true) { "default" } else { "custom" }
    }
}
