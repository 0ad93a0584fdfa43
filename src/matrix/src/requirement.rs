//! What an endpoint requires of its caller.

use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;

/// How the listed permissions combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Match {
    /// One of them is enough.
    Any,
    /// All of them are needed.
    All,
    /// No permission is listed.
    None,
    /// The requirement is not published, or is published as prose.
    Unknown,
}

impl Match {
    /// The word used in files: `ANY`, `ALL`, `NONE`, `UNKNOWN`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "ANY",
            Self::All => "ALL",
            Self::None => "NONE",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// How well a fact is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provenance {
    /// The platform's own document says so.
    Published,
    /// Inferred from neighbouring operations; wrong in about one case of fourteen, so it never decides a verdict.
    Derived,
    /// Nobody says.
    Unknown,
}

impl Provenance {
    /// The word used in files: `published`, `derived`, `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Derived => "derived",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether a call needs a user behind its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserContext {
    /// Published: client credentials are refused with `not.a.user`.
    Yes,
    /// Published: works without a user.
    No,
    /// Not published.
    Unknown,
}

impl UserContext {
    /// The word used in files: `yes`, `no`, `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// What an endpoint requires. Two endpoints with equal requirements are one question to the crossing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirement {
    /// How the permissions combine.
    pub permissions_match: Match,
    /// The permissions, in published order; empty exactly for `NONE` and `UNKNOWN`.
    pub permissions: Vec<Permission>,
    /// The scopes: any one of them is enough (facts: "either read-write or read-only"). Empty: no scope is asked for.
    pub scopes: Vec<Scope>,
    /// How well the scopes are known.
    pub scopes_known: Provenance,
    /// Whether a user must stand behind the token.
    pub user_context: UserContext,
    /// Whether no permission is listed for a call that changes something, and nothing proves that none is needed.
    pub unproven: bool,
}

/// What is left to decide by permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asks {
    /// What is required is not published, or is published as prose.
    NotPublished,
    /// Nothing is published of a call that changes something.
    NothingPublished,
    /// No permission.
    Nothing,
    /// Permissions.
    Permissions,
}

impl Requirement {
    /// What is left to decide by permissions.
    pub fn asks(&self) -> Asks {
        match (self.permissions_match, self.unproven) {
            (Match::Unknown, _) => Asks::NotPublished,
            (Match::None, true) => Asks::NothingPublished,
            (Match::None, false) => Asks::Nothing,
            (Match::Any | Match::All, _) => Asks::Permissions,
        }
    }
}
