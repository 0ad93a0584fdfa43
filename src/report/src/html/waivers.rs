//! What is waived, on what terms, and which waivers end soon.

use std::collections::BTreeSet;

use serde::Serialize;

use super::words::{self, Capped, Mark};
use rolecall_findings::finding::Finding;
use rolecall_findings::waivers::standing::{Expiring, Standing, Terms};

/// Waived findings, and entries that end soon, that are shown.
const ROWS_SHOWN: usize = 60;

/// On what terms something is waived.
#[derive(Serialize)]
pub struct TermsRow {
    /// The last day.
    pub until: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Where it was decided; empty where the entry does not say.
    pub ticket: String,
    /// The entry's file and line.
    pub place: String,
}

impl TermsRow {
    /// The terms as the page shows them.
    pub fn of(terms: &Terms) -> Self {
        Self {
            until: terms.until.to_string(),
            owner: terms.owner.clone(),
            reason: terms.reason.clone(),
            ticket: terms.ticket.clone().unwrap_or_default(),
            place: terms.place.clone(),
        }
    }
}

/// A waived finding.
#[derive(Serialize)]
pub struct WaivedRow {
    /// How bad it is.
    pub severity: Mark,
    /// The org.
    pub org: String,
    /// The finding in one line.
    pub title: String,
    /// Its id.
    pub id: String,
    /// Its address, where its card is shown.
    pub link: Option<String>,
    /// On what terms it is waived.
    pub terms: TermsRow,
}

/// A waiver that ends soon.
#[derive(Serialize)]
pub struct ExpiringRow {
    /// What it accepts.
    pub target: String,
    /// How long it still holds, in words.
    pub left: String,
    /// How many findings it covers.
    pub findings: usize,
    /// Its terms.
    pub terms: TermsRow,
}

/// The section.
#[derive(Serialize)]
pub struct WaiverSection {
    /// The file; `None` where the configuration names none.
    pub file: Option<String>,
    /// How the entries stand, in words.
    pub headline: String,
    /// Waived findings, in the order of the findings.
    pub waived: Capped<WaivedRow>,
    /// Waivers that end within 30 days, the first to end first.
    pub expiring: Capped<ExpiringRow>,
}

/// The section; `shown` are the ids of the findings that have a card.
pub fn of(standing: &Standing, findings: &[Finding], shown: &BTreeSet<&str>) -> WaiverSection {
    let waived = findings.iter().filter_map(|finding| Some((finding, standing.waived.get(&finding.id)?)));
    WaiverSection {
        file: standing.file.clone(),
        headline: format!(
            "{} in force, {} past their end, {} matching nothing, {} accepting too much; {} waived.",
            words::count(standing.in_force, "waiver", "waivers"),
            words::number(standing.expired),
            words::number(standing.unmatched),
            words::number(standing.too_wide),
            words::count(standing.waived.len(), "finding", "findings"),
        ),
        waived: Capped::of(waived, ROWS_SHOWN, |(finding, terms)| WaivedRow {
            severity: words::severity(finding.severity),
            org: finding.org.clone(),
            title: finding.title.clone(),
            id: finding.id.clone(),
            link: shown.contains(finding.id.as_str()).then(|| words::finding_anchor(&finding.id)),
            terms: TermsRow::of(terms),
        }),
        expiring: Capped::of(&standing.expiring, ROWS_SHOWN, expiring),
    }
}

fn expiring(one: &Expiring) -> ExpiringRow {
    let days = usize::try_from(one.days).unwrap_or_default();
    ExpiringRow {
        target: one.target.clone(),
        left: if days == 0 { "last day".to_owned() } else { words::count(days, "day left", "days left") },
        findings: one.findings,
        terms: TermsRow::of(&one.terms),
    }
}
