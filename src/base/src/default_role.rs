//! Default roles of an org beside what the platform packages under their name today.

use serde::{Deserialize, Serialize};

use super::id::RoleId;
use super::role::PermissionPolicy;

/// What the platform's own default role permits, for a role of the org that derives from it
/// (`DomainOrgRoleDifference.roleFromDefault`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct DefaultRole {
    /// The org's role.
    pub role: RoleId,
    /// What the platform's default role permits.
    pub packaged: Vec<PermissionPolicy>,
}
