//! Principals: who can call the API, with what the verdicts need to know of each.

use super::policies::Applying;
use rolecall_base::grant::Reach;
use rolecall_base::oauth_client::GrantType;

/// The kinds of principals, in the words of every output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// A user-context client acting for a named user.
    ClientAsUser,
    /// An OAuth client.
    OauthClient,
    /// A user that a rule of the configuration makes a service user.
    ServiceUser,
    /// Any other user.
    User,
}

impl PrincipalKind {
    /// The word used in outputs. The order of the variants is the order of these words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientAsUser => "client_as_user",
            Self::OauthClient => "oauth_client",
            Self::ServiceUser => "service_user",
            Self::User => "user",
        }
    }

    /// The words of texts: for one, and for several. A client that acts for a named user is an OAuth client.
    pub fn nouns(self) -> (&'static str, &'static str) {
        match self {
            Self::OauthClient | Self::ClientAsUser => ("OAuth client", "OAuth clients"),
            Self::ServiceUser => ("service user", "service users"),
            Self::User => ("user", "users"),
        }
    }
}

impl std::fmt::Display for PrincipalKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a principal can act at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It can.
    Active,
    /// It cannot.
    Inactive,
    /// The platform used a word the facts do not know.
    NotKnown,
}

/// A grant that a principal has, with the way it came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldGrant {
    /// Position of the role in the snapshot, or `None` where the role itself was not read.
    pub role: Option<usize>,
    /// The role's id.
    pub role_id: rolecall_base::id::RoleId,
    /// Where.
    pub reach: Reach,
    /// The group it came through (position in the snapshot's groups, and its id); `None` for a direct grant.
    pub via: Option<rolecall_base::id::GroupId>,
    /// When it was made, where known.
    pub granted_at: Option<jiff::Timestamp>,
    /// Which list it was read from.
    pub read_from: rolecall_base::grant::GrantSource,
}

/// A principal of the snapshot.
#[derive(Clone, Debug)]
pub struct Principal {
    /// What kind.
    pub kind: PrincipalKind,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Position in the snapshot's clients or users.
    pub at: usize,
    /// How the client obtains tokens; `None` for users.
    pub grant_type: Option<GrantType>,
    /// Whether it can act at all.
    pub standing: Standing,
    /// Position of its holdings among the distinct ones.
    pub holdings: usize,
    /// The active DENY policies that could apply to it.
    pub policies: Applying,
}

impl Principal {
    /// Whether it is a client that acts as itself.
    pub fn is_machine(&self) -> bool {
        self.grant_type == Some(GrantType::ClientCredentials)
    }

    /// Whether it is a client that acts for users.
    pub fn acts_for_users(&self) -> bool {
        self.kind == PrincipalKind::OauthClient && !self.is_machine()
    }
}
