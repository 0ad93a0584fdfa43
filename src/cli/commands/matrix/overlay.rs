//! `matrix lint --overrides`: an overlay file held against a matrix.

use std::io::Write;
use std::path::Path;

use jiff::civil::Date;
use serde_json::json;

use super::MatrixCommandError;
use crate::cli::args::MatrixFormat;
use rolecall_app::config::overrides;
use rolecall_matrix::{Matrix, overlay};

pub(super) fn lint(
    matrix: &Matrix,
    path: &Path,
    today: Date,
    format: MatrixFormat,
    out: &mut dyn Write,
) -> Result<u8, MatrixCommandError> {
    let file = overrides::load(path, None).map_err(|errors| MatrixCommandError::Usage(errors.to_string()))?;
    let remarks = overlay::lint(&file, matrix, today);
    let errors = remarks.iter().filter(|remark| remark.is_error).count();
    match format {
        MatrixFormat::Json => {
            let list: Vec<_> = remarks
                .iter()
                .map(|one| json!({"line": one.line, "kind": one.kind, "error": one.is_error, "text": one.text}))
                .collect();
            let value = json!({
                "overrides": file.entries.len(), "errors": errors, "remarks": list, "matrix": super::matrix_json(matrix),
            });
            super::write_json(&value, out)?;
        }
        MatrixFormat::Csv => {
            let rows = remarks
                .iter()
                .map(|one| [file.name.clone(), one.line.to_string(), one.kind.to_owned(), one.text.clone()]);
            super::write_csv(["file", "line", "kind", "text"], rows, out)?;
        }
        MatrixFormat::Table => {
            for one in &remarks {
                writeln!(out, "{}:{}: {}: {}", super::plain(&file.name), one.line, one.kind, super::plain(&one.text))?;
            }
            let (count, origin) = (file.entries.len(), super::plain(&matrix.origin));
            let date = super::date_text(matrix);
            writeln!(
                out,
                "{count} overrides, {errors} that cannot do what they are for, {} remarks in all (matrix: {origin} of {date})",
                remarks.len()
            )?;
        }
    }
    Ok(u8::from(errors > 0))
}
