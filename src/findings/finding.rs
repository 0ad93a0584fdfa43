//! A finding: one cause, told once, with everything a reader needs to act on it.

use jiff::Timestamp;

use super::severity::Severity;

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The kind: a principal kind, `role`, `division`, `need`, `matrix`, `listing`, `org`, `waiver`.
    pub kind: &'static str,
    /// Its id; empty where it has none.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// How a finding stands against earlier nights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Not there on the night before.
    New,
    /// There before, now with a higher severity.
    Worse,
    /// There before, the same.
    Persisting,
    /// There before, now with a lower severity.
    Better,
    /// Gone.
    Resolved,
    /// Gone once, back again.
    Reopened,
    /// Waived.
    Waived,
    /// Not evaluated tonight, because the data was not known.
    Incomparable,
}

impl Status {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Worse => "worse",
            Self::Persisting => "persisting",
            Self::Better => "better",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::Waived => "waived",
            Self::Incomparable => "incomparable",
        }
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable across nights, orderings and versions: made of the check, the org and the ids of what is wrong.
    pub id: String,
    /// How it stands against earlier nights.
    pub status: Status,
    /// How bad it is.
    pub severity: Severity,
    /// The check that found it.
    pub check: &'static str,
    /// The org's name; empty where it is about no single org.
    pub org: String,
    /// What it is about.
    pub subject: Subject,
    /// The finding in one line.
    pub title: String,
    /// What was seen, with evidence.
    pub detail: String,
    /// What to do.
    pub fix: String,
    /// The single facts behind it (endpoints, permissions, lists), one a line, sorted.
    pub facts: Vec<String>,
    /// The first night it was seen.
    pub first_seen: Timestamp,
    /// The last night it was seen.
    pub last_seen: Timestamp,
}
