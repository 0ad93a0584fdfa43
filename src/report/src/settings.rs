//! What a report needs to know beyond what was found, filled in by the configuration.

use std::collections::BTreeSet;

use rolecall_findings::severity::Severity;
use rolecall_findings::trend::NightCounts;
use rolecall_findings::waivers::Standing;

/// Which rows `access.csv` holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccessRows {
    /// OAuth clients and service users, unless that is over a million rows: then none, and said so.
    #[default]
    Auto,
    /// No rows.
    None,
    /// OAuth clients and service users.
    Principals,
    /// These and all users that were collected.
    AllUsers,
}

impl AccessRows {
    /// The word used in the configuration and in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::None => "none",
            Self::Principals => "principals",
            Self::AllUsers => "all-users",
        }
    }
}

/// How to report.
#[derive(Clone, Debug)]
pub struct ReportSettings {
    /// The program's version, for example `0.1.0`.
    pub version: String,
    /// Open findings at or above this severity fail the gate.
    pub fail_on: Severity,
    /// Which rows `access.csv` holds.
    pub access: AccessRows,
    /// Whether CSV files begin with a byte order mark.
    pub csv_bom: bool,
    /// The ids of the checks that are turned off.
    pub checks_off: BTreeSet<String>,
    /// How the waivers stand.
    pub waivers: Standing,
    /// How many findings the last nights had, this run included, oldest first.
    pub trend: Vec<NightCounts>,
}
