//! The CSV files: RFC 4180, UTF-8, one fact a row, nothing that a spreadsheet would run.

use std::io::{self, Write};
use std::path::Path;

use super::access;
use super::cell::push_cell;
use crate::error::ReportError;
use crate::format::Format;
use crate::row::{Row, Value};
use crate::tables::action_plan::{self, ActionRow};
use crate::tables::user_clients::{self, UserClientRow};
use crate::view::{
    AuthorizationRow, BlockerRow, ChangeRow, DriftRow, EndpointRow, ExcessRow, FindingRow, GapRow, GrantRow,
    OauthClientRow, PermissionRow, Report, RoleRow, ServiceUserRow,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::row;

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
