//! The kinds of refusal and failure that an answer can be of.

use serde::{Serialize, Serializer};

/// What an error body is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The caller lacks a permission.
    MissingPermission,
    /// The client, acting for a user, lacks a scope.
    MissingScope,
    /// The permission is held, but not in the division of the object.
    MissingDivision,
    /// A client on its own was refused where a user must stand behind the token.
    NeedsUserContext,
    /// An access policy of the org denied it.
    PolicyDenied,
    /// Refused without detail, or for who the caller is to the object.
    NotAuthorized,
    /// The token is wrong or has ended.
    BadToken,
    /// No token came with the call.
    NoToken,
    /// The caller's address is not on the allow-list.
    IpNotAllowed,
    /// The token endpoint refused the client.
    BadClient,
    /// Too many calls.
    RateLimit,
    /// No such object, or no such path.
    NotFound,
    /// The product or feature is not switched on in the org.
    FeatureOff,
    /// The request itself is not what the endpoint takes.
    BadRequest,
    /// The platform failed.
    ServerError,
    /// The platform did not write this.
    NotFromThePlatform,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::MissingPermission,
        Self::MissingScope,
        Self::MissingDivision,
        Self::NeedsUserContext,
        Self::PolicyDenied,
        Self::NotAuthorized,
        Self::BadToken,
        Self::NoToken,
        Self::IpNotAllowed,
        Self::BadClient,
        Self::RateLimit,
        Self::NotFound,
        Self::FeatureOff,
        Self::BadRequest,
        Self::ServerError,
        Self::NotFromThePlatform,
    ];

    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MissingPermission => "missing-permission",
            Self::MissingScope => "missing-scope",
            Self::MissingDivision => "missing-division",
            Self::NeedsUserContext => "needs-user-context",
            Self::PolicyDenied => "policy-denied",
            Self::NotAuthorized => "not-authorized",
            Self::BadToken => "bad-token",
            Self::NoToken => "no-token",
            Self::IpNotAllowed => "ip-not-allowed",
            Self::BadClient => "bad-client",
            Self::RateLimit => "rate-limit",
            Self::NotFound => "not-found",
            Self::FeatureOff => "feature-off",
            Self::BadRequest => "bad-request",
            Self::ServerError => "server-error",
            Self::NotFromThePlatform => "not-from-the-platform",
        }
    }

    /// Whether it is about who may call what, so that grants, scopes and the matrix have something to say.
    pub fn is_about_access(self) -> bool {
        matches!(
            self,
            Self::MissingPermission
                | Self::MissingScope
                | Self::MissingDivision
                | Self::NeedsUserContext
                | Self::PolicyDenied
                | Self::NotAuthorized
        )
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
