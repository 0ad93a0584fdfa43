//! `report.xlsx`: a sheet for each CSV file, typed, with filters; text is text, whatever it begins with.

use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::access::{self, Dialect};
use super::cell;
use crate::error::ReportError;
use crate::format::Format;
use crate::row::Row;
use crate::tables::{action_plan, user_clients};
use crate::view::Report;
use rolecall_base::store::place;

mod about;
mod sheet;

use about::Held;
use sheet::{MOST_ROWS, Sheet, Styles};

/// The file.
pub const FILE: &str = "report.xlsx";

/// `report.xlsx`.
pub struct Xlsx;

impl Format for Xlsx {
    fn name(&self) -> &'static str {
        "xlsx"
    }

    fn files(&self) -> &'static [&'static str] {
        &[FILE]
    }

    fn write(&self, report: &Report<'_>, folder: &Path) -> Result<(), ReportError> {
        let path = folder.join(FILE);
        let bytes = workbook(report, folder).map_err(|error| match error {
            XlsxError::IoError(source) | XlsxError::TempFileError(_, source) => ReportError::io(&path, source),
            other => ReportError::Content { file: FILE.to_owned(), why: other.to_string() },
        })?;
        place::write(&path, &bytes).map_err(|error| ReportError::io(&path, error))
    }
}

/// Cells of `access.csv` as they are: no cell holds one of the two separators, which are control characters.
const PLAIN: Dialect = Dialect { between: '\u{1f}', end: '\u{1e}', cell: |out, text| out.push_str(&cell::clean(text)) };

fn workbook(report: &Report<'_>, folder: &Path) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // Rows wait on the disk, in files without a name beside the report, where only its owner can read.
    workbook.set_tempdir(folder)?;
    // The library would take the time of writing.
    let created = ExcelDateTime::from_timestamp(report.run.as_of.as_second())?;
    workbook.set_properties(&DocProperties::new().set_title("Rolecall").set_creation_datetime(&created));
    let styles = Styles::new();
    let actions = action_plan::rows(report);
    let pairs = user_clients::rows(report);
    let tables = &report.tables;
    let access = access_rows(report);
    let held = [
        Held::of(&tables.findings),
        Held::of(&actions),
        Held::of(&tables.gaps),
        Held::of(&tables.excess),
        Held::of(&tables.drift),
        Held::of(&tables.blockers),
        Held::of(&tables.changes),
        Held::of(&tables.oauth_clients),
        Held::of(&pairs),
        Held::of(&tables.authorizations),
        Held::of(&tables.service_users),
        Held::of(&tables.roles),
        Held::of(&tables.permissions),
        Held::of(&tables.grants),
        Held::of(&tables.endpoints),
        Held { file: access::FILE, rows: report.access.rows, written: access },
    ];
    about::write(workbook.add_worksheet(), report, &held, &styles)?;
    table(&mut workbook, &styles, &tables.findings)?;
    table(&mut workbook, &styles, &actions)?;
    table(&mut workbook, &styles, &tables.gaps)?;
    table(&mut workbook, &styles, &tables.excess)?;
    table(&mut workbook, &styles, &tables.drift)?;
    table(&mut workbook, &styles, &tables.blockers)?;
    table(&mut workbook, &styles, &tables.changes)?;
    table(&mut workbook, &styles, &tables.oauth_clients)?;
    table(&mut workbook, &styles, &pairs)?;
    table(&mut workbook, &styles, &tables.authorizations)?;
    table(&mut workbook, &styles, &tables.service_users)?;
    table(&mut workbook, &styles, &tables.roles)?;
    table(&mut workbook, &styles, &tables.permissions)?;
    table(&mut workbook, &styles, &tables.grants)?;
    table(&mut workbook, &styles, &tables.endpoints)?;
    let mut sheet = Sheet::new(&mut workbook, &styles, access::FILE, &access::COLUMNS)?;
    if access > 0 {
        access::each(report, PLAIN, &mut |rows| {
            rows.split_terminator(PLAIN.end).try_for_each(|row| sheet.texts(row.split(PLAIN.between)))
        })?;
    }
    sheet.finish()?;
    workbook.save_to_buffer()
}

/// Rows of `access.csv` that the workbook holds: all or none, because the first million of more would say nothing.
fn access_rows(report: &Report<'_>) -> u64 {
    if report.access.rows > u64::from(MOST_ROWS) { 0 } else { report.access.rows }
}

fn table<R: Row>(workbook: &mut Workbook, styles: &Styles, rows: &[R]) -> Result<(), XlsxError> {
    let mut sheet = Sheet::new(workbook, styles, R::FILE, R::COLUMNS)?;
    for row in rows.iter().take(MOST_ROWS as usize) {
        sheet.row(row)?;
    }
    sheet.finish()
}

#[cfg(test)]
mod tests;
