//! A finding: one cause, reported once, with everything a reader needs to act on it.

use std::collections::BTreeSet;

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

/// Every kind of subject.
pub const KINDS: [&str; 19] = [
    "app",
    "client_as_user",
    "division",
    "endpoint",
    "grant",
    "group",
    "listing",
    "matrix",
    "need",
    "oauth_client",
    "org",
    "pair",
    "permission",
    "policy",
    "role",
    "service_user",
    "trustee",
    "user",
    "waiver",
];

/// The kind of this name; `object` where there is none.
pub fn kind_named(name: &str) -> &'static str {
    KINDS.into_iter().find(|kind| *kind == name).unwrap_or("object")
}

/// How a finding stands against earlier nights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Not there in the previous run.
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
    /// Not evaluated in this run, because the data was not known.
    Incomparable,
}

impl Status {
    /// Every status, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::New,
        Self::Worse,
        Self::Reopened,
        Self::Persisting,
        Self::Better,
        Self::Resolved,
        Self::Waived,
        Self::Incomparable,
    ];

    /// Whether a finding of this status can fail the gate: it was found in this run, and nobody accepted it.
    pub fn is_at_gate(self) -> bool {
        match self {
            Self::New | Self::Worse | Self::Reopened | Self::Persisting | Self::Better => true,
            Self::Resolved | Self::Waived | Self::Incomparable => false,
        }
    }

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

/// What a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// Whether it holds whatever stands in what was not read. A finding that does not ("it is not known whether") says
    /// nothing against what an earlier night knew.
    pub settled: bool,
    /// Names of other orgs that it is about, such as the other side of a pair.
    pub beside: BTreeSet<String>,
}

impl Basis {
    /// Certain, and about one org.
    pub const SETTLED: Self = Self { settled: true, beside: BTreeSet::new() };

    /// About one org, and certain where this holds.
    pub fn settled_if(settled: bool) -> Self {
        Self { settled, ..Self::SETTLED }
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
    /// What is wrong, in the parts that its id is made of; empty where only an earlier night tells of it.
    pub cause: BTreeSet<String>,
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
    /// What it rests on.
    pub basis: Basis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_all_that_checks_write() {
        let checks = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks");
        let mut seen = 0;
        for entry in std::fs::read_dir(checks).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            for before in ["named(\"", "kind: \""] {
                for rest in text.split(before).skip(1) {
                    let kind = rest.split('"').next().unwrap();
                    assert_eq!(kind_named(kind), kind, "add `{kind}` to `KINDS`");
                    seen += 1;
                }
            }
        }
        assert!(seen > 5);
        for kind in ["oauth_client", "service_user", "user", "client_as_user"] {
            assert_eq!(kind_named(kind), kind);
        }
        assert_eq!(kind_named("something else"), "object");
    }
}
