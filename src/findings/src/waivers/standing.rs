//! How the waivers stand on a night, for the reports.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Waiver, WaiverFile};

/// How the waivers stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The name of the file; `None` where the configuration names none.
    pub file: Option<String>,
    /// Entries that hold in this run.
    pub in_force: usize,
    /// Entries past their end.
    pub expired: usize,
    /// Entries that hold and match nothing, as far as it is known.
    pub unmatched: usize,
    /// Entries that hold and accept too much.
    pub too_wide: usize,
    /// On what terms a finding is waived, by its id.
    pub waived: BTreeMap<String, Terms>,
    /// Entries that hold and end soon: the first to end comes first.
    pub expiring: Vec<Expiring>,
}

/// On what terms something is waived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it was decided.
    pub ticket: Option<String>,
    /// The last day on which it holds, in UTC.
    pub until: Date,
    /// The entry's file and line, `waivers.toml:12`.
    pub place: String,
}

impl Terms {
    /// The terms of an entry.
    pub fn of(file: &WaiverFile, waiver: &Waiver) -> Self {
        Self {
            reason: waiver.reason.clone(),
            owner: waiver.owner.clone(),
            ticket: waiver.ticket.clone(),
            until: waiver.expires,
            place: format!("{}:{}", file.name, waiver.line),
        }
    }

    /// `owner A; reason: B; ticket C`.
    pub fn words(&self) -> String {
        let ticket = self.ticket.as_ref().map(|ticket| format!("; ticket {ticket}")).unwrap_or_default();
        format!("owner {}; reason: {}{ticket}", self.owner, self.reason)
    }
}

/// An entry that ends soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiring {
    /// What it accepts, in words.
    pub target: String,
    /// Its terms.
    pub terms: Terms,
    /// Days that are left; 0 is the last one.
    pub days: i32,
    /// Findings that it matches in this run.
    pub findings: usize,
}
