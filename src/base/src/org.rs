//! Which org a snapshot is of.

use serde::{Deserialize, Serialize};

use super::default_role::DefaultRole;
use super::id::{ClientId, OrgId};

/// What is known of an org's settings that bends the audit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OrgSettings {
    /// `RoleSettings.backfillEnabled`: the platform may add permissions to default roles.
    pub backfill_enabled: Option<bool>,
    /// `RoleSettings.authorizationGrantDivisionAware`
    pub grant_division_aware: Option<bool>,
    /// `AuthorizationSettings.analysisEnabled`: the platform's own unused-permission analysis is on.
    pub analysis_enabled: Option<bool>,
    /// `AuthorizationSettings.analysisDays`
    pub analysis_days: Option<i64>,
    /// `AuthorizationSettings.dateLastCalculated`
    pub analysis_calculated: Option<jiff::Timestamp>,
    /// The default roles that were compared with the platform's, sorted; a role that is not here was not compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_roles: Vec<DefaultRole>,
}

/// An org's identity: what the configuration calls it and what the platform says it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Org {
    /// Its name in the configuration, used in every output.
    pub name: String,
    /// Free text from the configuration, for example `staging`.
    pub environment: String,
    /// Where its API was read from, for example `https://api.mypurecloud.ie`.
    pub api_url: String,
    /// The platform's id of it; `None` when it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<OrgId>,
    /// The platform's name of it; `None` when it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_name: Option<String>,
    /// The OAuth client that read it: the auditor itself.
    pub auditor: ClientId,
    /// Settings that bend the audit.
    #[serde(default)]
    pub settings: OrgSettings,
}
