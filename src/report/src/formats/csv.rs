//! The CSV files: RFC 4180, UTF-8, one fact a row, nothing that a spreadsheet would run.

use std::io::{self, Write};
use std::path::Path;

use super::access;
use super::cell::{self, runs};
use crate::error::ReportError;
use crate::format::Format;
use crate::row::{Row, Value};
use crate::tables::action_plan::{self, ActionRow};
use crate::tables::authorizations::AuthorizationRow;
use crate::tables::user_clients::{self, UserClientRow};
use crate::view::{
    BlockerRow, ChangeRow, DriftRow, EndpointRow, ExcessRow, FindingRow, GapRow, GrantRow, OauthClientRow,
    PermissionRow, Report, RoleRow, ServiceUserRow,
};
use rolecall_base::store::place;

/// Tells Excel that a file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The CSV files.
pub struct Csv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            FindingRow::FILE,
            ActionRow::FILE,
            GapRow::FILE,
            ExcessRow::FILE,
            access::FILE,
            DriftRow::FILE,
            BlockerRow::FILE,
            ChangeRow::FILE,
            OauthClientRow::FILE,
            UserClientRow::FILE,
            AuthorizationRow::FILE,
            ServiceUserRow::FILE,
            RoleRow::FILE,
            PermissionRow::FILE,
            GrantRow::FILE,
            EndpointRow::FILE,
        ]
    }

    fn write(&self, report: &Report<'_>, folder: &Path) -> Result<(), ReportError> {
        let into = Into { folder, bom: report.csv_bom };
        let tables = &report.tables;
        into.table(&tables.findings)?;
        into.table(&action_plan::rows(report))?;
        into.table(&tables.gaps)?;
        into.table(&tables.excess)?;
        into.file(access::FILE, |out| access::write(report, out))?;
        into.table(&tables.drift)?;
        into.table(&tables.blockers)?;
        into.table(&tables.changes)?;
        into.table(&tables.oauth_clients)?;
        into.table(&user_clients::rows(report))?;
        into.table(&tables.authorizations)?;
        into.table(&tables.service_users)?;
        into.table(&tables.roles)?;
        into.table(&tables.permissions)?;
        into.table(&tables.grants)?;
        into.table(&tables.endpoints)
    }
}

/// Where the files go, and how they begin.
struct Into<'a> {
    folder: &'a Path,
    bom: bool,
}

impl Into<'_> {
    fn table<R: Row>(&self, rows: &[R]) -> Result<(), ReportError> {
        self.file(R::FILE, |out| write_rows(rows, out))
    }

    fn file(&self, name: &str, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), ReportError> {
        let path = self.folder.join(name);
        let written = place::write_with(&path, |out| {
            if self.bom {
                out.write_all(BYTE_ORDER_MARK.as_bytes())?;
            }
            write(out)
        });
        written.map_err(|error| ReportError::io(&path, error))
    }
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
            match cell.value() {
                Some(Value::Text(_) | Value::List(_)) => push_cell(&mut line, &text),
                // A number may begin with a minus and stays a number.
                None | Some(Value::Number(_) | Value::Truth(_) | Value::Time(_) | Value::Day(_)) => {
                    line.push_str(&text)
                }
            }
        });
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}

/// Appends a cell: made harmless, cut where too long, quoted where needed.
pub fn push_cell(line: &mut String, text: &str) {
    let text = cell::clean(text);
    let start = line.len();
    if runs(&text) {
        line.push('\'');
    }
    push_harmless(line, &text);
    let cell = line.get(start..).unwrap_or_default();
    if cell.contains(['"', ',', '\n']) || cell.starts_with(' ') || cell.ends_with(' ') {
        let quoted = cell.replace('"', "\"\"");
        line.truncate(start);
        line.push('"');
        line.push_str(&quoted);
        line.push('"');
    }
}

/// A spreadsheet that is set to another separator begins a cell behind a `;`, and behind a line end, because to it the
/// quote that holds the line end stands in the middle of a cell and means nothing.
fn push_harmless(line: &mut String, text: &str) {
    let mut from = 0;
    for (at, _) in text.match_indices([';', '\n']) {
        let rest = text.get(at + 1..).unwrap_or_default();
        if runs(rest) {
            line.push_str(text.get(from..=at).unwrap_or_default());
            line.push('\'');
            from = at + 1;
        }
    }
    line.push_str(text.get(from..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::row;

    fn cell(text: &str) -> String {
        let mut line = String::new();
        push_cell(&mut line, text);
        line
    }

    #[test]
    fn cells_that_a_spreadsheet_would_run_begin_with_an_apostrophe() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1", "＋1", "－1", "＠x"] {
            assert_eq!(cell(text), format!("'{text}"));
            assert_eq!(cell(&format!("a;{text}; b")), format!("a;'{text}; b"), "a `;` may begin a cell");
            assert_eq!(cell(&format!("a\n{text}")), format!("\"a\n'{text}\""), "a line end may begin a cell");
        }
        assert_eq!(cell("=HYPERLINK(\"http://x\",\"y\")"), "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
        assert_eq!(cell("\r=1"), "\"'\n'=1\"");
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
    fn numbers_stay_numbers() {
        row! {
            /// Numbers.
            Numbers in "numbers.csv" {
                /// Below nought.
                number: i64,
                /// As text.
                text: String,
                /// Not known.
                none: Option<u64>,
            }
        }
        let mut out = Vec::new();
        write_rows(&[Numbers { number: -3, text: "-3".to_owned(), none: None }], &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "number,text,none\n-3,'-3,\n");
    }
}
