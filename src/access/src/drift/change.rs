//! One thing that differs.

use jiff::Timestamp;

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
    /// A user that is no service user.
    User,
}

impl DriftKind {
    /// Every kind, in the order of these words.
    pub const ALL: [Self; 10] = [
        Self::Division,
        Self::Endpoint,
        Self::Group,
        Self::OauthClient,
        Self::Permission,
        Self::Policy,
        Self::Role,
        Self::ServiceUser,
        Self::Trustee,
        Self::User,
    ];

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
            Self::User => "user",
        }
    }

    /// The kind in a sentence.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::OauthClient => "OAuth client",
            Self::ServiceUser => "service user",
            Self::Policy => "access policy",
            Self::Trustee => "trusted org",
            Self::Division | Self::Endpoint | Self::Group | Self::Permission | Self::Role | Self::User => self.as_str(),
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
    /// One side was not read completely.
    Unknown,
}

impl Effect {
    /// Every effect, gravest first.
    pub const GRAVEST_FIRST: [Self; 5] = [Self::Breaks, Self::Unknown, Self::Widens, Self::Narrows, Self::None];

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

/// A grant, by the names it is shown with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShownGrant {
    /// The role's name.
    pub role: String,
    /// The division's name; `None`: all divisions.
    pub division: Option<String>,
    /// When it was made, where known. Never a difference by itself.
    pub granted_at: Option<Timestamp>,
}

impl std::fmt::Display for ShownGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.division {
            None => write!(f, "{} in all divisions", self.role),
            Some(division) => write!(f, "{} in {division}", self.role),
        }
    }
}

/// The single items that one side has and the other lacks, for whoever wants to act on them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Items {
    /// The difference is a value, not a list.
    #[default]
    Value,
    /// Permissions of a role.
    Permissions(Vec<String>),
    /// Grants of a principal, group or trustee.
    Grants(Vec<ShownGrant>),
    /// Scopes of a client.
    Scopes(Vec<String>),
    /// Names of groups that a user is a member of.
    Groups(Vec<String>),
}

/// Who made a difference, as far as the data shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Author {
    /// No list that was read says.
    #[default]
    NotKnown,
    /// The platform itself: a backfill or an update of a default role.
    Platform {
        /// When.
        at: Option<Timestamp>,
    },
    /// Somebody: the audit log names them.
    Somebody {
        /// The actor's name, or its id where the name was not read.
        who: String,
        /// When.
        at: Option<Timestamp>,
        /// What was done, as the platform wrote it.
        action: String,
    },
}

impl Author {
    /// Who, in the words of every table: `platform`, a name, or `None` where it is not known.
    pub fn who(&self) -> Option<&str> {
        match self {
            Self::NotKnown => None,
            Self::Platform { .. } => Some("platform"),
            Self::Somebody { who, .. } => Some(who),
        }
    }

    /// When, where that is known.
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Self::NotKnown => None,
            Self::Platform { at } | Self::Somebody { at, .. } => *at,
        }
    }
}

/// One thing that differs. A row shows one direction: what only the left has, or what only the right has; a value that
/// is another one shows both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What kind of thing.
    pub kind: DriftKind,
    /// Its name on the left; on the right, where it is only there.
    pub name: String,
    /// What of it differs: `presence`, `name`, `permissions`, `grants`, `scopes`, ...
    pub field: String,
    /// How it stands on the left. Of a list: only what the right lacks.
    pub from_value: String,
    /// How it stands on the right. Of a list: only what the left lacks.
    pub to_value: String,
    /// What that does.
    pub effect: Effect,
    /// Its id on the left; empty where it is not there or has none.
    pub from_id: String,
    /// Its id on the right; empty where it is not there or has none.
    pub to_id: String,
    /// The items behind the values.
    pub items: Items,
    /// Needed calls that this breaks: positions in [`super::Drift::broken`], sorted.
    pub broken: Vec<usize>,
    /// Principals whose effective access this changes: positions in [`super::Drift::principals`], sorted.
    pub affected: Vec<usize>,
    /// Where nobody is seen whose access it changes: the permissions that it gives whoever comes to have it; sorted.
    pub gives: Vec<String>,
    /// Whether it is about a principal of one side only that is inactive.
    pub is_idle: bool,
    /// Who made the difference.
    pub author: Author,
}

impl Change {
    /// A difference without ids, items, victims and author.
    pub fn new(
        kind: DriftKind,
        name: impl Into<String>,
        field: impl Into<String>,
        from_value: impl Into<String>,
        to_value: impl Into<String>,
        effect: Effect,
    ) -> Self {
        Self {
            kind,
            name: name.into(),
            field: field.into(),
            from_value: from_value.into(),
            to_value: to_value.into(),
            effect,
            from_id: String::new(),
            to_id: String::new(),
            items: Items::Value,
            broken: Vec::new(),
            affected: Vec::new(),
            gives: Vec::new(),
            is_idle: false,
            author: Author::NotKnown,
        }
    }
}
