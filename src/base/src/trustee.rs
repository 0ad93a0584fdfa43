//! Trustees: other orgs whose people may act in this one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A person or group of a trustee org.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TrusteeMember {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// An org that is trusted (`Trustee`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Trustee {
    /// The trusted org's id.
    pub id: String,
    /// The trusted org's name, where listed.
    pub name: String,
    /// If false nobody of it has access.
    pub enabled: Option<bool>,
    /// `hasFullAccess`
    pub has_full_access: Option<bool>,
    /// `usesDefaultRole`: the admin role by default.
    pub uses_default_role: Option<bool>,
    /// `isTrustedUser`
    pub is_trusted_user: Option<bool>,
    /// When the trust began.
    pub created: Option<Timestamp>,
    /// When the trust ends.
    pub expires: Option<Timestamp>,
    /// Its people that were let in; `None` where the list could not be read.
    pub users: Option<Vec<TrusteeMember>>,
    /// Its groups that were let in; `None` where the list could not be read.
    pub groups: Option<Vec<TrusteeMember>>,
}
