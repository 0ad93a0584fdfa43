//! The first sheet: what this is, what is not known, and what the other sheets hold.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::sheet::{MOST_ROWS, Styles, name_of};
use crate::formats::cell;
use crate::formats::html::holds;
use crate::row::Row;
use crate::view::{ListingView, Report};

/// What a sheet holds of a file.
pub(super) struct Held {
    /// The CSV file.
    pub file: &'static str,
    /// Its rows.
    pub rows: u64,
    /// Those that stand in the sheet.
    pub written: u64,
}

impl Held {
    pub(super) fn of<R: Row>(rows: &[R]) -> Self {
        let rows = rows.len() as u64;
        Self { file: R::FILE, rows, written: rows.min(u64::from(MOST_ROWS)) }
    }
}

/// Writes the sheet.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(
    sheet: &mut Worksheet,
    report: &Report<'_>,
    held: &[Held],
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("About")?.set_column_width(0, 22)?.set_column_width(1, 14)?.set_column_width(2, 100)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    let mut row = 0;
    for [label, value] in facts(report) {
        sheet.write_string_with_format(row, 0, label, &styles.header)?;
        sheet.write_string_with_format(row, 2, cell::clean(&value), &styles.wrapped)?;
        row += 1;
    }
    row += 1;
    sheet.write_string_with_format(row, 0, "Not known", &styles.header)?;
    row += 1;
    let not_known = not_known(report);
    if not_known.is_empty() {
        sheet.write_string(row, 2, "Everything that was asked for was read.")?;
        row += 1;
    }
    for [org, what, why] in not_known {
        sheet.write_string(row, 0, cell::clean(&org))?;
        sheet.write_string(row, 1, what)?;
        sheet.write_string_with_format(row, 2, cell::clean(&why), &styles.wrapped)?;
        row += 1;
    }
    row += 1;
    for (column, name) in (0..).zip(["Sheet", "Rows", "Holds"]) {
        sheet.write_string_with_format(row, column, name, &styles.header)?;
    }
    for one in held {
        row += 1;
        sheet.write_string(row, 0, name_of(one.file))?;
        sheet.write_number(row, 1, one.written as f64)?;
        sheet.write_string_with_format(row, 2, words(report, one), &styles.wrapped)?;
    }
    Ok(())
}

fn facts(report: &Report<'_>) -> Vec<[String; 2]> {
    let gate = &report.run.gate;
    let mut facts = vec![
        ["Night".to_owned(), report.sentence.clone()],
        ["Run".to_owned(), format!("{} of {}", report.run.id, report.run.as_of)],
        ["Program".to_owned(), format!("rolecall {}", report.run.version)],
        [
            "Complete".to_owned(),
            if report.run.complete { "yes" } else { "no: what is not known stands below" }.to_owned(),
        ],
        [
            "Gate".to_owned(),
            format!("{}: {} open findings at or above {}", gate.as_str(), gate.at_or_above, gate.fail_on),
        ],
        ["Times".to_owned(), "in UTC".to_owned()],
    ];
    for org in &report.orgs {
        let date = org.matrix.date.map(|date| format!(" of {date}")).unwrap_or_default();
        let matrix =
            format!("{}, matrix {}{date}, {} operations", org.environment, org.matrix.origin, org.matrix.operations);
        facts.push([format!("Org {}", org.name), matrix]);
    }
    facts
}

/// Org, list and why, for everything that was asked for and not read completely.
fn not_known(report: &Report<'_>) -> Vec<[String; 3]> {
    let failed = report.failed.iter().map(|org| [org.name.clone(), "everything".to_owned(), org.why.clone()]);
    let lists = report.orgs.iter().flat_map(|org| {
        let missing = org.listings.iter().filter(|listing| listing.is_missing());
        missing.map(|listing| [org.name.clone(), listing.listing.as_str().to_owned(), why(listing)])
    });
    failed.chain(lists).collect()
}

fn why(listing: &ListingView) -> String {
    let mut parts: Vec<String> = listing
        .unread
        .iter()
        .map(|part| part.of.as_ref().map_or_else(|| part.why.clone(), |of| format!("{of}: {}", part.why)))
        .collect();
    parts.push(format!("affects {}", listing.listing.affects()));
    parts.join("; ")
}

fn words(report: &Report<'_>, held: &Held) -> String {
    let mut words = holds(held.file).to_owned();
    if held.written < held.rows {
        words.push_str(&format!(
            "; {} of {} rows, because a sheet holds no more: all of them are in {}",
            held.written, held.rows, held.file
        ));
    }
    if held.file == crate::formats::access::FILE && !report.access.note.is_empty() {
        words.push_str("; ");
        words.push_str(&report.access.note);
    }
    words
}
