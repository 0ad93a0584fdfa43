//! The findings, worst first: the columns of `findings.csv`, and beside them the evidence, the reason why it matters,
//! and the terms of a waiver.

use std::collections::BTreeMap;

use super::{Columns, Input, rows};
use crate::findings::finding::Finding;
use crate::report::row::Row;
use crate::report::view::{FindingRow, is_open};
use crate::waivers::can_be_waived;
use crate::waivers::standing::Terms;

/// The columns.
pub fn of(page: &Input<'_>) -> Columns {
    let findings = page.findings;
    let known: BTreeMap<&str, &FindingRow> =
        page.tables.findings.iter().map(|row| (row.finding_id.as_str(), row)).collect();
    let mut cells: Vec<Vec<String>> = FindingRow::COLUMNS.iter().map(|_| Vec::with_capacity(findings.len())).collect();
    // The order of the report, not of the file: what is worst stands first, and alike stands beside alike.
    let mut found: Vec<(&Finding, &FindingRow)> =
        findings.iter().filter_map(|finding| Some((finding, *known.get(finding.id.as_str())?))).collect();
    // What asks for something before what is gone or accepted.
    found.sort_by_key(|(finding, _)| !is_open(finding));
    for (_, row) in &found {
        for (column, text) in cells.iter_mut().zip(row.texts()) {
            column.push(text);
        }
    }
    let terms = |of: fn(&Terms) -> &str| -> Vec<String> {
        let text = |id: &str| page.waivers.waived.get(id).map_or("", of).to_owned();
        found.iter().map(|(finding, _)| text(&finding.id)).collect()
    };
    rows::columns(FindingRow::COLUMNS, &cells)
        .list("facts", found.iter().map(|(finding, _)| finding.facts.iter().map(String::as_str)))
        .text("why", found.iter().map(|(finding, _)| (page.why)(finding.check).unwrap_or_default()))
        .text("can_waive", found.iter().map(|(finding, _)| if can_be_waived(finding) { "yes" } else { "" }))
        .text("waived_owner", terms(|terms| &terms.owner))
        .text("waived_reason", terms(|terms| &terms.reason))
        .text("waived_ticket", terms(|terms| terms.ticket.as_deref().unwrap_or_default()))
        .text("waived_place", terms(|terms| &terms.place))
}
