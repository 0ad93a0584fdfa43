//! The ledger: every known finding with what later nights need to know of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::severity::Severity;
use crate::trend::NightCounts;
use rolecall_base::coverage::Listing;

/// Where a finding stands after a night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It was found, and nothing has shown since that it is gone.
    Open,
    /// It was found, and then not any more on a night that would have shown it.
    Resolved,
    /// It was never certain: it rests on data that was not read.
    Unsettled,
}

/// A finding of which earlier nights know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// The check that found it.
    pub check: String,
    /// The org's name.
    pub org: String,
    /// Names of other orgs that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
    /// The kind of its subject.
    pub kind: String,
    /// The id of its subject; empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The name of its subject.
    pub name: String,
    /// The finding in one line, when it was last evaluated.
    pub title: String,
    /// What was seen then.
    pub detail: String,
    /// What there was to do.
    pub fix: String,
    /// How bad it was on the last night that could tell: what later nights are compared with.
    pub severity: Severity,
    /// Where it stands.
    pub standing: Standing,
    /// The status it was last shown with.
    pub status: String,
    /// The first night it was seen.
    pub first_seen: Timestamp,
    /// The last night it was found.
    pub last_seen: Timestamp,
    /// The night on which it was found to be gone, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
}

/// What a night keeps of an org.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgNight {
    /// Its name.
    pub name: String,
    /// SHA-256 of the file of its snapshot; `None` where none was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_sha256: Option<String>,
    /// SHA-256 of the matrix in force, in its table form.
    pub matrix_sha256: String,
    /// Where that matrix came from.
    pub matrix_origin: String,
    /// The lists of which something is missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_whole: Vec<Listing>,
}

/// The record of a night.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NightRecord {
    /// Time of the run: ages and windows are counted from it.
    pub as_of: Timestamp,
    /// The program's version.
    pub rolecall: String,
    /// The id of the run that it was compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// The orgs that were read, sorted by name.
    pub orgs: Vec<OrgNight>,
    /// Names of the orgs of which nothing could be read, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<String>,
    /// By org: the last night on which its own matrix was in force, where the configuration asks for that.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub own_matrix: BTreeMap<String, Timestamp>,
    /// How many findings this night and those before it had, oldest first, so that a series outlives the files of its
    /// nights; empty where an older program wrote the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trend: Vec<NightCounts>,
    /// The ledger after this night: sorted by check, org, subject and id, so that what is alike stands together and
    /// compresses well.
    pub findings: Vec<Record>,
}

impl NightRecord {
    /// The ledger by finding id.
    pub fn by_id(&self) -> BTreeMap<&str, &Record> {
        self.findings.iter().map(|record| (record.id.as_str(), record)).collect()
    }
}

/// Puts records in the order in which they are kept.
pub fn sort(records: &mut [Record]) {
    records.sort_by(|a, b| (&a.check, &a.org, &a.name, &a.id).cmp(&(&b.check, &b.org, &b.name, &b.id)));
}
