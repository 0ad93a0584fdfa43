//! One thing that differs.

/// What kind of thing differs, in the words of every output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DriftKind {
    /// A division.
    Division,
    /// An operation of the two matrices.
    Endpoint,
    /// A group.
    Group,
    /// An OAuth client.
    OauthClient,
    /// A permission of the two catalogues.
    Permission,
    /// An access policy.
    Policy,
    /// A role.
    Role,
    /// A service user.
    ServiceUser,
    /// A trusted org.
    Trustee,
}

impl DriftKind {
    /// The word used in outputs. The order of the variants is the order of these words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Division => "division",
            Self::Endpoint => "endpoint",
            Self::Group => "group",
            Self::OauthClient => "oauth_client",
            Self::Permission => "permission",
            Self::Policy => "policy",
            Self::Role => "role",
            Self::ServiceUser => "service_user",
            Self::Trustee => "trustee",
        }
    }
}

/// What a difference does to those who go from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// A needed call that works on the left fails on the right.
    Breaks,
    /// The right gives more.
    Widens,
    /// The right gives less, and no known need is hurt.
    Narrows,
    /// Written differently, the same rights.
    None,
    /// One side was not read whole.
    Unknown,
}

impl Effect {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Breaks => "breaks",
            Self::Widens => "widens",
            Self::Narrows => "narrows",
            Self::None => "none",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What kind of thing.
    pub kind: DriftKind,
    /// Its name.
    pub name: String,
    /// What of it differs.
    pub field: String,
    /// How it stands on the left.
    pub from_value: String,
    /// How it stands on the right.
    pub to_value: String,
    /// What that does.
    pub effect: Effect,
}
