//! The findings, worst first: the columns of `findings.csv`, and beside them the evidence, the reason why it matters,
//! and the terms of a waiver.

use std::collections::BTreeMap;

use super::{Columns, Input, rows};
use crate::row::Row;
use crate::view::{FindingRow, is_open};
use rolecall_findings::finding::Finding;
use rolecall_findings::fingerprint;
use rolecall_findings::waivers::can_be_waived;
use rolecall_findings::waivers::standing::Terms;

pub(super) fn of(page: &Input<'_>) -> Columns {
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
    let own = not_derived(&found, &mut cells);
    rows::columns(FindingRow::COLUMNS, &cells)
        .derived("finding_id", own)
        .list("cause", found.iter().map(|(finding, _)| finding.cause.iter().map(String::as_str)))
        .list("facts", found.iter().map(|(finding, _)| finding.facts.iter().map(String::as_str)))
        .text("why", found.iter().map(|(finding, _)| (page.why)(finding.check).unwrap_or_default()))
        .text("can_waive", found.iter().map(|(finding, _)| if can_be_waived(finding) { "yes" } else { "" }))
        .text("waived_owner", terms(|terms| &terms.owner))
        .text("waived_reason", terms(|terms| &terms.reason))
        .text("waived_ticket", terms(|terms| terms.ticket.as_deref().unwrap_or_default()))
        .text("waived_place", terms(|terms| &terms.place))
}

/// Takes the ids out of the cells: random bytes are most of what a packed finding weighs, and all of one that follows
/// from its own cells. What remains are ids that do not follow, such as those of findings of earlier nights.
fn not_derived(found: &[(&Finding, &FindingRow)], cells: &mut [Vec<String>]) -> BTreeMap<usize, String> {
    let at = |name: &str| FindingRow::COLUMNS.iter().position(|column| *column == name);
    let parts = ["check", "org", "subject_kind", "subject_id", "subject_name"].map(|name| at(name).unwrap_or_default());
    let mut own = BTreeMap::new();
    for (row, (finding, _)) in found.iter().enumerate() {
        let [check, org, kind, id, name] =
            parts.map(|column| cells.get(column).and_then(|cells| cells.get(row)).map_or("", String::as_str));
        if fingerprint::of_parts(check, org, [kind, id, name], &finding.cause) != finding.id {
            own.insert(row, finding.id.clone());
        }
    }
    let ids = at("finding_id").and_then(|column| cells.get_mut(column));
    ids.into_iter().flatten().for_each(String::clear);
    own
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::html::sample;
    use crate::tables::finding_row;
    use rolecall_findings::finding::Subject;

    #[test]
    fn only_ids_that_do_not_follow_from_the_row_are_kept() {
        let mut finding = sample::findings().remove(0);
        finding.cause = BTreeSet::from(["one".to_owned(), "two".to_owned()]);
        let Subject { kind, id, name } = &finding.subject;
        finding.id = fingerprint::of_parts(finding.check, &finding.org, [kind, id, name], &finding.cause);
        let earlier = Finding { id: "0123456789abcdef".to_owned(), cause: BTreeSet::new(), ..finding.clone() };
        let rows = [&finding, &earlier].map(|finding| finding_row(finding, &BTreeMap::new()));
        let found: Vec<_> = [&finding, &earlier].into_iter().zip(&rows).collect();
        let cell = |at: usize| rows.iter().map(|row| row.texts()[at].clone()).collect();
        let mut cells: Vec<Vec<String>> = (0..FindingRow::COLUMNS.len()).map(cell).collect();
        let own = not_derived(&found, &mut cells);
        assert_eq!(own, BTreeMap::from([(1, "0123456789abcdef".to_owned())]));
        assert!(cells[0].iter().all(String::is_empty), "and none is reported twice");
    }
}
