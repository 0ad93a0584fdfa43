//! Grants: a role given to a subject in one division or in all of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{DivisionId, RoleId, SubjectId};

/// What kind of thing a grant was given to (`SubjectDivisionGrants.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// `PC_OAUTH_CLIENT`
    OauthClient,
    /// `PC_USER`
    User,
    /// `PC_GROUP`: its members inherit the grant.
    Group,
    /// `PC_TRUSTEE_USER`: a user of another org.
    TrusteeUser,
    /// `PC_TRUSTEE_GROUP`: a group of another org.
    TrusteeGroup,
    /// The platform said `UNKNOWN`, or the list that was read does not say.
    Unknown,
}

/// Where a grant reaches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// All divisions, present and future: the platform's `*`.
    All,
    /// One division.
    In(DivisionId),
}

impl Reach {
    /// Reads the platform's division id, where `*` means all.
    pub fn parse(division_id: &str) -> Self {
        match division_id {
            "*" => Self::All,
            id => Self::In(DivisionId::new(id)),
        }
    }

    /// The platform's division id: `*` for all.
    pub fn as_str(&self) -> &str {
        match self {
            Self::All => "*",
            Self::In(id) => id.as_str(),
        }
    }
}

/// Which list a grant was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantSource {
    /// `GET /api/v2/authorization/roles/{roleId}/subjectgrants`
    RoleSubjects,
    /// `roleDivisions` of `GET /api/v2/oauth/clients`
    ClientRoleDivisions,
    /// `GET /api/v2/authorization/divisions/{divisionId}/grants`
    DivisionGrants,
}

/// A role given to a subject, direct (never the inherited view of a group's grant).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Grant {
    /// What it was given to.
    pub subject_kind: SubjectKind,
    /// Whom it was given to.
    pub subject: SubjectId,
    /// The subject's name as the grant list wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_name: Option<String>,
    /// The role.
    pub role: RoleId,
    /// Where.
    pub reach: Reach,
    /// When it was made (`AuthzGrant.grantMadeAt`); `None` where no list has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted_at: Option<Timestamp>,
    /// The list it was read from (the first, where several hold it).
    pub read_from: GrantSource,
}
