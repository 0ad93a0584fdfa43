//! Users, and which of them are service users.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{DivisionId, UserId};

/// A user of the org. The platform has no type for machine users: the configuration says which ones are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Its name.
    pub name: String,
    /// Its e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `active`, `inactive` or `deleted`; `active` where the platform left the field out.
    pub state: String,
    /// The division it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<DivisionId>,
    /// When it last logged in with a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_login: Option<Timestamp>,
    /// When a token was last issued for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_token: Option<Timestamp>,
    /// The rule of the configuration that makes it a service user, for example `names:svc-*`; `None` for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched_by: Option<String>,
}

impl User {
    /// The state of a user whose state no source gives; the platform has no such word.
    pub const STATE_NOT_KNOWN: &'static str = "not known";

    /// Ends the id of a user that a plan makes, and that therefore is in no org yet.
    pub const TO_BE_MADE: &'static str = " (to be made)";

    /// Whether a plan makes it, so that no org has it yet, whichever users were collected there.
    pub fn is_to_be_made(&self) -> bool {
        self.id.as_str().ends_with(Self::TO_BE_MADE)
    }

    /// Whether its rights count at all; `None` where that is not known.
    pub fn is_active(&self) -> Option<bool> {
        (self.state != Self::STATE_NOT_KNOWN).then(|| self.state == "active")
    }

    /// Whether a rule of the configuration makes it a service user.
    pub fn is_service(&self) -> bool {
        self.matched_by.is_some()
    }
}
