//! `matrix import` and `matrix lint`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde_json::{Value, json};

use super::MatrixCommandError;
use crate::cli::args::MatrixFormat;
use rolecall_base::store::place;
use rolecall_matrix::needs;
use rolecall_matrix::table::{permissions_of, scopes_of};
use rolecall_matrix::{Match, Matrix, MatrixError, csv, file, lint as matrix_lint, reviewed};

pub(super) fn import(
    path: &Path,
    target: Option<&Path>,
    date: Option<Date>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<u8, MatrixCommandError> {
    let imported = file::open(path, date)?;
    let table = csv::write_table(&imported.matrix);
    match target {
        Some(target) => place::write(target, table.as_bytes())
            .map_err(|source| MatrixError::Write { path: target.display().to_string(), source })?,
        None => out.write_all(table.as_bytes())?,
    }
    super::tell_unread(&imported, err)?;
    let matrix = &imported.matrix;
    let held = matrix.operations().len();
    let of = |wanted| matrix.operations().iter().filter(|o| o.requirement.permissions_match == wanted).count();
    let (permissions, scopes) = (permissions_of(matrix).len(), scopes_of(matrix).len());
    writeln!(
        err,
        "{held} of {} operations ({} ANY, {} ALL, {} NONE, {} UNKNOWN), {permissions} permissions, {scopes} scopes; date: {}",
        imported.published,
        of(Match::Any),
        of(Match::All),
        of(Match::None),
        of(Match::Unknown),
        matrix.date.map_or_else(|| "unknown (give it with --date)".to_owned(), |date| date.to_string()),
    )?;
    // An operation with an unknown requirement is in the table as such; one that is not in it is a loss.
    Ok(if held == imported.published { 0 } else { 3 })
}

pub(super) fn lint(
    matrix: &Matrix,
    today: Date,
    max_age_days: u32,
    format: MatrixFormat,
    out: &mut dyn Write,
) -> Result<u8, MatrixCommandError> {
    let remarks = matrix_lint::lint(matrix, Some(today), max_age_days);
    let (reviewed, rows) = (reviewed::lint(matrix), reviewed::rows().len());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for remark in &remarks {
        *counts.entry(remark.kind).or_insert(0) += 1;
    }
    let split = |remark: &matrix_lint::Remark| {
        let endpoint = remark.endpoint.as_ref();
        (endpoint.map(|e| e.method.to_string()), endpoint.map(|e| e.path.to_string()))
    };
    match format {
        MatrixFormat::Json => {
            let list = remarks.iter().map(|remark| {
                let (method, path) = split(remark);
                json!({"kind": remark.kind, "method": method, "path": path, "text": remark.text})
            });
            let list: Vec<Value> = list.collect();
            let value = json!({
                "operations": matrix.operations().len(), "counts": counts, "remarks": list,
                "reviewed": { "rows": rows, "remarks": reviewed.iter().map(|one| json!({
                    "kind": one.kind, "method": one.endpoint.method.as_str(), "path": &*one.endpoint.path, "text": one.text,
                })).collect::<Vec<_>>() },
                "matrix": super::matrix_json(matrix),
            });
            super::write_json(&value, out)?;
        }
        MatrixFormat::Csv => {
            let rows = remarks.iter().map(|remark| {
                let (method, path) = split(remark);
                [remark.kind.to_owned(), method.unwrap_or_default(), path.unwrap_or_default(), remark.text.clone()]
            });
            let rows = rows.chain(reviewed.iter().map(|one| {
                let (method, path) = (one.endpoint.method.to_string(), one.endpoint.path.to_string());
                [format!("reviewed-{}", one.kind), method, path, one.text.clone()]
            }));
            super::write_csv(["kind", "method", "path", "text"], rows, out)?;
        }
        MatrixFormat::Table => {
            let (origin, count) = (super::plain(&matrix.origin), matrix.operations().len());
            writeln!(out, "{origin} of {}: {count} operations, {} remarks", super::date_text(matrix), remarks.len())?;
            for (kind, count) in &counts {
                writeln!(out, "  {count:>5}  {kind}")?;
            }
            for remark in &remarks {
                let place = remark.endpoint.as_ref().map(|e| format!("{e}: ")).unwrap_or_default();
                writeln!(out, "{}: {}{}", remark.kind, super::plain(&place), super::plain(&remark.text))?;
            }
            writeln!(out, "built-in overlay: {rows} rows, {} remarks", reviewed.len())?;
            for one in &reviewed {
                writeln!(out, "reviewed-{}: {}: {}", one.kind, one.endpoint, super::plain(&one.text))?;
            }
        }
    }
    Ok(0)
}

pub(super) fn lint_needs(
    matrix: &Matrix,
    files: &[PathBuf],
    format: MatrixFormat,
    out: &mut dyn Write,
) -> Result<u8, MatrixCommandError> {
    let all = needs::open(files)?;
    let remarks = needs::lint(&all, matrix);
    let errors = remarks.iter().filter(|remark| remark.kind.is_error()).count();
    match format {
        MatrixFormat::Json => {
            let list = remarks.iter().map(|remark| {
                json!({
                    "file": remark.need.file.display().to_string(), "line": remark.need.line,
                    "kind": remark.kind.as_str(), "error": remark.kind.is_error(),
                    "principal": remark.need.principal, "method": remark.need.endpoint.method.as_str(),
                    "path": &*remark.need.endpoint.path, "text": remark.text,
                    "nearest": remark.nearest.iter().map(ToString::to_string).collect::<Vec<_>>(),
                })
            });
            let list: Vec<Value> = list.collect();
            let value = json!({
                "needs": all.len(), "errors": errors, "remarks": list, "matrix": super::matrix_json(matrix),
            });
            super::write_json(&value, out)?;
        }
        MatrixFormat::Csv => {
            let rows = remarks.iter().map(|remark| {
                let need = remark.need;
                [
                    need.file.display().to_string(),
                    need.line.to_string(),
                    remark.kind.as_str().to_owned(),
                    remark.text.clone(),
                ]
            });
            super::write_csv(["file", "line", "kind", "text"], rows, out)?;
        }
        MatrixFormat::Table => {
            for remark in &remarks {
                let (file, line, kind) = (remark.need.file.display(), remark.need.line, remark.kind.as_str());
                writeln!(out, "{}:{line}: {kind}: {}", super::plain(&file.to_string()), super::plain(&remark.text))?;
            }
            let (count, origin) = (all.len(), super::plain(&matrix.origin));
            let date = super::date_text(matrix);
            writeln!(
                out,
                "{count} needs, {errors} not in the matrix, {} remarks in all (matrix: {origin} of {date})",
                remarks.len()
            )?;
        }
    }
    Ok(u8::from(errors > 0))
}
