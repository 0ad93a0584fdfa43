//! The CSV files: RFC 4180, UTF-8, one fact a row, nothing that a spreadsheet would run.

use std::io::{self, Write};
use std::path::Path;

use super::access;
use crate::report::error::ReportError;
use crate::report::format::Format;
use crate::report::row::Row;
use crate::report::view::{
    BlockerRow, ChangeRow, DriftRow, EndpointRow, ExcessRow, FindingRow, GapRow, GrantRow, OauthClientRow,
    PermissionRow, Report, RoleRow, ServiceUserRow,
};
use crate::store::place;

/// Spreadsheets cut a cell at 32,767 characters (UTF-16 units), silently: ours are cut before that, visibly.
const LONGEST_CELL: usize = 32_700;

/// The CSV files.
pub struct Csv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            FindingRow::FILE,
            GapRow::FILE,
            ExcessRow::FILE,
            access::FILE,
            DriftRow::FILE,
            BlockerRow::FILE,
            ChangeRow::FILE,
            OauthClientRow::FILE,
            ServiceUserRow::FILE,
            RoleRow::FILE,
            PermissionRow::FILE,
            GrantRow::FILE,
            EndpointRow::FILE,
        ]
    }

    fn write(&self, report: &Report<'_>, folder: &Path) -> Result<(), ReportError> {
        let tables = &report.tables;
        table(folder, &tables.findings)?;
        table(folder, &tables.gaps)?;
        table(folder, &tables.excess)?;
        let path = folder.join(access::FILE);
        place::write_with(&path, |out| access::write(report, out)).map_err(|error| ReportError::io(&path, error))?;
        table(folder, &tables.drift)?;
        table(folder, &tables.blockers)?;
        table(folder, &tables.changes)?;
        table(folder, &tables.oauth_clients)?;
        table(folder, &tables.service_users)?;
        table(folder, &tables.roles)?;
        table(folder, &tables.permissions)?;
        table(folder, &tables.grants)?;
        table(folder, &tables.endpoints)
    }
}

fn table<R: Row>(folder: &Path, rows: &[R]) -> Result<(), ReportError> {
    let path = folder.join(R::FILE);
    place::write_with(&path, |out| write_rows(rows, out)).map_err(|error| ReportError::io(&path, error))
}

/// Writes a header and rows.
///
/// # Errors
/// When the writer fails.
pub fn write_rows<R: Row>(rows: &[R], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", R::COLUMNS.join(","))?;
    let mut line = String::new();
    let mut text = String::new();
    for row in rows {
        line.clear();
        let mut first = true;
        row.cells(&mut |cell| {
            if !first {
                line.push(',');
            }
            first = false;
            text.clear();
            cell.write(&mut text);
            push_cell(&mut line, &text);
        });
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}

/// Appends a cell: made harmless, cut where too long, quoted where needed.
pub fn push_cell(line: &mut String, text: &str) {
    let start = line.len();
    if text.starts_with(runs) || text.trim_start_matches(blank).starts_with(runs) {
        line.push('\'');
    }
    // A character takes at most as many UTF-16 units as bytes: short texts are not counted.
    if text.len() > LONGEST_CELL && text.encode_utf16().count() > LONGEST_CELL {
        push_cut(line, text);
    } else {
        line.push_str(text);
    }
    let cell = line.get(start..).unwrap_or_default();
    if cell.contains(['"', ',', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ') {
        let quoted = cell.replace('"', "\"\"");
        line.truncate(start);
        line.push('"');
        line.push_str(&quoted);
        line.push('"');
    }
}

/// Whether a spreadsheet would take a cell that begins so for a formula, or drop the character and look at the next.
fn runs(first: char) -> bool {
    matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
}

/// Whether a program that reads the file may drop a leading character for being blank.
fn blank(first: char) -> bool {
    first.is_whitespace() || matches!(first, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
}

fn push_cut(line: &mut String, text: &str) {
    let all = text.chars().count();
    let mark = format!("… [cut: {all} characters in all]");
    let mut room = LONGEST_CELL - mark.encode_utf16().count();
    for c in text.chars() {
        match room.checked_sub(c.len_utf16()) {
            Some(left) => room = left,
            None => break,
        }
        line.push(c);
    }
    line.push_str(&mark);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut line = String::new();
        push_cell(&mut line, text);
        line
    }

    #[test]
    fn cells_that_a_spreadsheet_would_run_begin_with_an_apostrophe() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1", "＋1", "－1", "＠x"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        assert_eq!(cell("=HYPERLINK(\"http://x\",\"y\")"), "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
        assert_eq!(cell("\r=1"), "\"'\r=1\"");
        for blank in [" ", "\u{3000}", "\u{a0}", "\u{feff}", " \u{200b} "] {
            assert_eq!(cell(&format!("{blank}=1")), format!("'{blank}=1"), "{blank:?} may be dropped");
        }
        assert_eq!(cell("a=1"), "a=1");
        assert_eq!(cell("*"), "*");
    }

    #[test]
    fn what_is_written_reads_back_as_it_was() {
        let texts = ["plain", "a,b", "say \"x\"", "two\nlines", "", " padded ", "ü;ö|ß", "\u{202e}gnp"];
        let line = texts.iter().map(|text| cell(text)).collect::<Vec<_>>().join(",");
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        assert_eq!(record.iter().collect::<Vec<_>>(), texts);
    }

    #[test]
    fn long_cells_are_cut_visibly_and_below_what_a_spreadsheet_holds() {
        for text in ["x".repeat(40_000), "😀".repeat(20_000), "ü".repeat(33_000)] {
            let cut = cell(&text);
            assert!(cut.encode_utf16().count() <= LONGEST_CELL);
            assert!(cut.ends_with(&format!("… [cut: {} characters in all]", text.chars().count())), "{}", cut.len());
        }
        let just = "ü".repeat(LONGEST_CELL);
        assert_eq!(cell(&just), just, "characters count, not bytes");
    }
}
