//! `rolecall matrix`: look up, search, import, compare and check the endpoint-to-requirement matrix.

mod import_and_lint;
mod overlay;
mod search_and_diff;
mod show;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::PathBuf;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::cli::args::MatrixCommand;
use rolecall_matrix::needs::NeedsError;
use rolecall_matrix::{Imported, Match, Matrix, MatrixError, Operation, bundled, csv, file, reviewed};

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MatrixCommandError {
    /// A matrix could not be read or written.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// A needs file could not be read.
    #[error(transparent)]
    Needs(#[from] NeedsError),
    /// What was asked cannot be understood.
    #[error("{0}")]
    Usage(String),
    /// The output could not be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

impl MatrixCommandError {
    /// The exit code for it: 2 for what was given, 4 for what could not be written.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Matrix(MatrixError::Write { .. }) | Self::Output(_) => 4,
            Self::Matrix(_) | Self::Needs(_) | Self::Usage(_) => 2,
        }
    }
}

/// Runs a command. Data goes to `out`, remarks on the work to `err`. `today` is for the age of a matrix.
///
/// # Errors
/// When a file cannot be read or written, or what was asked cannot be understood.
pub(crate) fn run(
    command: &MatrixCommand,
    today: Date,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<u8, MatrixCommandError> {
    match command {
        MatrixCommand::Show { what, kind, options } => {
            let matrix = in_force(options.matrix.as_ref(), today, err)?;
            show::run(&matrix, what, *kind, options.format, out)
        }
        MatrixCommand::Search { text, options } => {
            let matrix = in_force(options.matrix.as_ref(), today, err)?;
            search_and_diff::search(&matrix, text, options.format, out)
        }
        MatrixCommand::Import { file, out: target, date } => {
            import_and_lint::import(file, target.as_deref(), *date, out, err)
        }
        MatrixCommand::Diff { before, after, format, exit_code, .. } => {
            let (before, after) = (open(Some(before), err)?, open(Some(after), err)?);
            Ok(u8::from(search_and_diff::diff(&before, &after, *format, out)? && *exit_code))
        }
        MatrixCommand::Lint { file, needs, overrides, max_age_days, options } => {
            if file.is_some() && options.matrix.is_some() {
                let text = "the matrix is given twice: by name and by `--matrix`; leave one out";
                return Err(MatrixCommandError::Usage(text.to_owned()));
            }
            let path = file.as_ref().or(options.matrix.as_ref());
            if let Some(overrides) = overrides {
                overlay::lint(&in_force(path, today, err)?, overrides, today, options.format, out)
            } else if needs.is_empty() {
                import_and_lint::lint(&open(path, err)?, today, *max_age_days, options.format, out)
            } else {
                import_and_lint::lint_needs(&in_force(path, today, err)?, needs, options.format, out)
            }
        }
    }
}

/// The same with the built-in overlay, as of a day.
fn in_force(path: Option<&PathBuf>, today: Date, err: &mut dyn Write) -> Result<Matrix, MatrixCommandError> {
    let mut matrix = open(path, err)?;
    reviewed::lay(&mut matrix, today);
    Ok(matrix)
}

/// The matrix of a file, or the built-in one, as it is published. What of a document could not be read is reported on `err`.
pub(super) fn open(path: Option<&PathBuf>, err: &mut dyn Write) -> Result<Matrix, MatrixCommandError> {
    match path {
        None => Ok(bundled::matrix().clone()),
        Some(path) if path.as_os_str() == "bundled" => Ok(bundled::matrix().clone()),
        Some(path) => {
            let imported = file::open(path, None)?;
            tell_unread(&imported, err)?;
            Ok(imported.matrix)
        }
    }
}

fn tell_unread(imported: &Imported, err: &mut dyn Write) -> io::Result<()> {
    for line in &imported.unread {
        writeln!(err, "not read: {}", plain(line))?;
    }
    Ok(())
}

/// Text for a terminal: control signs from foreign files are shown, not obeyed.
fn plain(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut all, c| {
        if c.is_control() {
            // Writing into a String cannot fail.
            let _ = write!(all, "{}", c.escape_default());
        } else {
            all.push(c);
        }
        all
    })
}

fn date_text(matrix: &Matrix) -> String {
    matrix.date.map_or_else(|| "unknown date".to_owned(), |date| date.to_string())
}

pub(super) fn matrix_json(matrix: &Matrix) -> Value {
    json!({ "origin": matrix.origin, "date": matrix.date.map(|date| date.to_string()) })
}

fn operation_json(operation: &Operation) -> Value {
    let requirement = &operation.requirement;
    json!({
        "method": operation.endpoint.method.as_str(),
        "path": &*operation.endpoint.path,
        "permissions_match": requirement.permissions_match.as_str(),
        "permissions": requirement.permissions,
        "scopes": requirement.scopes,
        "scope_source": requirement.scopes_known.as_str(),
        "user_context": requirement.user_context.as_str(),
        "nothing_published": requirement.unproven,
        "deprecated": operation.deprecated,
        "source": &*operation.source,
    })
}

pub(super) fn write_json(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

fn write_csv<const N: usize>(
    columns: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = ::csv::WriterBuilder::new().from_writer(out);
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.flush()
}

fn write_operations_csv<'a>(
    operations: impl IntoIterator<Item = &'a Operation>,
    out: &mut dyn Write,
) -> io::Result<()> {
    write_csv(csv::COLUMNS, operations.into_iter().map(csv::cells), out)
}

/// `ANY a:b:c, d:e:f` on one line.
fn permissions_line(operation: &Operation) -> String {
    let list: Vec<&str> = operation.requirement.permissions.iter().map(|p| p.as_str()).collect();
    if operation.requirement.unproven {
        return format!("{} listed, which proves nothing: this call changes something", Match::None.as_str());
    }
    plain(format!("{} {}", operation.requirement.permissions_match.as_str(), list.join(", ")).trim_end())
}

/// Endpoint and requirement on one line each, for lists.
fn write_lines<'a>(operations: impl IntoIterator<Item = &'a Operation>, out: &mut dyn Write) -> io::Result<()> {
    for operation in operations {
        writeln!(out, "  {}\n      {}", plain(&operation.endpoint.to_string()), permissions_line(operation))?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "matrix/tests.rs"]
mod tests;
