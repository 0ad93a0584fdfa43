//! `matrix search` and `matrix diff`.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::MatrixCommandError;
use crate::cli::args::MatrixFormat;
use rolecall_matrix::diff::{self, Changed, Effect, MatrixDiff};
use rolecall_matrix::{Endpoint, Matrix, Method, Operation, nearest, search};

pub(super) fn search(
    matrix: &Matrix,
    text: &str,
    format: MatrixFormat,
    out: &mut dyn Write,
) -> Result<u8, MatrixCommandError> {
    let found = search::search(matrix, text);
    let asked = text.parse().unwrap_or_else(|_| Endpoint::new(Method::Get, text));
    let login_host = nearest::login_host(&asked);
    match format {
        MatrixFormat::Csv => super::write_operations_csv(found.iter().map(|(_, operation)| *operation), out)?,
        MatrixFormat::Json => {
            let list = found.iter().map(|(hit, operation)| {
                let mut value = super::operation_json(operation);
                if let Value::Object(fields) = &mut value {
                    fields.insert("found_by".to_owned(), hit.as_str().into());
                }
                value
            });
            let list: Vec<Value> = list.collect();
            super::write_json(
                &json!({"asked": text, "login_host": login_host.filter(|_| found.is_empty()), "operations": list, "matrix": super::matrix_json(matrix)}),
                out,
            )?;
        }
        MatrixFormat::Table => {
            let (count, origin) = (found.len(), super::plain(&matrix.origin));
            let s = if count == 1 { "" } else { "s" };
            let date = super::date_text(matrix);
            if let Some(says) = login_host.filter(|_| found.is_empty()) {
                writeln!(out, "{says}")?;
            }
            writeln!(out, "{count} operation{s} with `{}` (matrix: {origin} of {date})", super::plain(text))?;
            for (hit, operation) in &found {
                let endpoint = super::plain(&operation.endpoint.to_string());
                writeln!(out, "  {endpoint}  [{}]\n      {}", hit.as_str(), super::permissions_line(operation))?;
            }
        }
    }
    Ok(u8::from(found.is_empty()))
}

/// Prints the difference; whether there is one.
pub(super) fn diff(
    before: &Matrix,
    after: &Matrix,
    format: MatrixFormat,
    out: &mut dyn Write,
) -> Result<bool, MatrixCommandError> {
    let diff = diff::diff(before, after);
    match format {
        MatrixFormat::Json => super::write_json(&diff_json(before, after, &diff), out)?,
        MatrixFormat::Csv => diff_csv(&diff, out)?,
        MatrixFormat::Table => diff_table(before, after, &diff, out)?,
    }
    Ok(!diff.is_empty())
}

fn effect(changed: &Changed) -> &'static str {
    changed.effect.map_or("", Effect::as_str)
}

fn diff_json(before: &Matrix, after: &Matrix, diff: &MatrixDiff<'_>) -> Value {
    let operations = |list: &[&Operation]| list.iter().map(|o| super::operation_json(o)).collect::<Vec<_>>();
    let changed = diff.changed.iter().map(|change| {
        let fields = change.fields.iter().map(|field| {
            json!({
                "field": field.field, "before": field.before, "after": field.after,
                "effect": field.effect.map(Effect::as_str),
            })
        });
        json!({
            "method": change.after.endpoint.method.as_str(),
            "path": &*change.after.endpoint.path,
            "fields": fields.collect::<Vec<_>>(),
        })
    });
    json!({
        "before": super::matrix_json(before),
        "after": super::matrix_json(after),
        "counts": {
            "before": before.operations().len(), "after": after.operations().len(),
            "added": diff.added.len(), "removed": diff.removed.len(),
            "changed": diff.changed.len(), "unchanged": diff.unchanged, "by_field": diff.by_field(),
        },
        "added": operations(&diff.added),
        "removed": operations(&diff.removed),
        "changed": changed.collect::<Vec<_>>(),
    })
}

fn diff_csv(diff: &MatrixDiff<'_>, out: &mut dyn Write) -> io::Result<()> {
    let whole = |what: &'static str| {
        move |operation: &&Operation| {
            let endpoint = &operation.endpoint;
            let empty = String::new;
            [
                what.to_owned(),
                endpoint.method.to_string(),
                endpoint.path.to_string(),
                empty(),
                empty(),
                empty(),
                empty(),
            ]
        }
    };
    let changed = diff.changed.iter().flat_map(|change| {
        change.fields.iter().map(|field| {
            let endpoint = &change.after.endpoint;
            [
                "changed".to_owned(),
                endpoint.method.to_string(),
                endpoint.path.to_string(),
                field.field.to_owned(),
                field.before.clone(),
                field.after.clone(),
                effect(field).to_owned(),
            ]
        })
    });
    let rows = diff.added.iter().map(whole("added")).chain(diff.removed.iter().map(whole("removed"))).chain(changed);
    super::write_csv(["change", "method", "path", "field", "before", "after", "effect"], rows, out)
}

fn diff_table(before: &Matrix, after: &Matrix, diff: &MatrixDiff<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (word, matrix) in [("before", before), ("after", after)] {
        let (origin, count) = (super::plain(&matrix.origin), matrix.operations().len());
        writeln!(out, "{word:<7} {origin} of {}, {count} operations", super::date_text(matrix))?;
    }
    let (added, removed, changed) = (diff.added.len(), diff.removed.len(), diff.changed.len());
    writeln!(out, "{added} added, {removed} removed, {changed} changed, {} unchanged", diff.unchanged)?;
    for (field, count) in diff.by_field() {
        writeln!(out, "  {count} changed in {field}")?;
    }
    for (word, list) in [("added", &diff.added), ("removed", &diff.removed)] {
        if !list.is_empty() {
            writeln!(out, "\n{word}:")?;
            super::write_lines(list.iter().copied(), out)?;
        }
    }
    if !diff.changed.is_empty() {
        writeln!(out, "\nchanged:")?;
    }
    for change in &diff.changed {
        writeln!(out, "  {}", super::plain(&change.after.endpoint.to_string()))?;
        for field in &change.fields {
            let effect = field.effect.map(|effect| format!("  [{}]", effect.as_str())).unwrap_or_default();
            let shown = |text: &str| if text.is_empty() { "(none)".to_owned() } else { super::plain(text) };
            writeln!(out, "      {}: {} -> {}{effect}", field.field, shown(&field.before), shown(&field.after))?;
        }
    }
    Ok(())
}
