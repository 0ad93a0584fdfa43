//! `rolecall matrix`: look up, search, import, compare and check the endpoint-to-requirement matrix.

mod look;
mod overlay;
mod show;
mod tend;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use serde_json::{Value, json};

use rolecall_matrix::needs::NeedsError;
use rolecall_matrix::{Imported, Match, Matrix, MatrixError, Operation, bundled, csv, file, reviewed};

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MatrixFormat {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
    /// For spreadsheets; operations with the columns of `endpoints.csv`.
    Csv,
}

/// What the look-ups share.
#[derive(Clone, Debug, Default, Args)]
pub struct MatrixOptions {
    /// Use this matrix (CSV or Swagger document) instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    pub matrix: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: MatrixFormat,
}

/// What a word is looked up as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum NameKind {
    /// `domain:entity:action`
    Permission,
    /// An OAuth scope.
    Scope,
}

/// `rolecall matrix ...`
#[derive(Clone, Debug, Subcommand)]
pub enum MatrixCommand {
    /// What an endpoint requires, or which endpoints require a permission or take a scope.
    Show {
        /// 'METHOD /path' (a path as called will do), a path, a permission or a scope.
        what: String,
        /// Look the word up as this only.
        #[arg(long = "as", value_enum, value_name = "KIND")]
        kind: Option<NameKind>,
        #[command(flatten)]
        /// Which matrix, which format.
        options: MatrixOptions,
    },
    /// The operations whose path, permissions or scopes contain a text.
    Search {
        /// The text; a method may stand in front.
        text: String,
        #[command(flatten)]
        /// Which matrix, which format.
        options: MatrixOptions,
    },
    /// Make a matrix CSV from a Swagger 2.0 document (plain or gzipped).
    Import {
        /// The document.
        file: PathBuf,
        /// Where to write; standard output when not given.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// The date of the document, which does not tell it itself.
        #[arg(long, value_name = "YYYY-MM-DD")]
        date: Option<Date>,
    },
    /// What changed between two matrices.
    Diff {
        /// The first: a file, or `bundled`.
        before: PathBuf,
        /// The second: a file, or `bundled`.
        after: PathBuf,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: MatrixFormat,
        /// Exit with 1 when they differ.
        #[arg(long)]
        exit_code: bool,
        /// Tell what the change does to the orgs of this configuration: who needs what changed, and who will be refused
        /// (exit 1; 3 when a snapshot is not complete).
        #[arg(long, value_name = "FILE", conflicts_with = "exit_code")]
        config: Option<PathBuf>,
        /// Snapshots to ask, instead of the newest one of each org in the configuration's history.
        #[arg(long = "snapshot", value_name = "PATH", num_args = 1.., requires = "config")]
        snapshots: Vec<PathBuf>,
        /// Only these orgs.
        #[arg(long = "org", value_name = "NAME", requires = "config")]
        orgs: Vec<String>,
    },
    /// What is odd about a matrix and about the built-in overlay, or about needs files held against it.
    Lint {
        /// The matrix; the built-in one when not given.
        file: Option<PathBuf>,
        /// Hold this needs file against the matrix instead. May be given more than once.
        #[arg(long, value_name = "FILE")]
        needs: Vec<PathBuf>,
        /// Hold this overlay file against the matrix instead.
        #[arg(long, value_name = "FILE", conflicts_with = "needs")]
        overrides: Option<PathBuf>,
        /// Facts older than this many days are remarked.
        #[arg(long, value_name = "DAYS", default_value_t = 90)]
        max_age_days: u32,
        #[command(flatten)]
        /// Which matrix, which format.
        options: MatrixOptions,
    },
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum MatrixCommandError {
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
    pub fn exit_code(&self) -> u8 {
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
pub fn run(
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
            look::search(&matrix, text, options.format, out)
        }
        MatrixCommand::Import { file, out: target, date } => tend::import(file, target.as_deref(), *date, out, err),
        MatrixCommand::Diff { before, after, format, exit_code, .. } => {
            let (before, after) = (open(Some(before), err)?, open(Some(after), err)?);
            Ok(u8::from(look::diff(&before, &after, *format, out)? && *exit_code))
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
                tend::lint(&open(path, err)?, today, *max_age_days, options.format, out)
            } else {
                tend::lint_needs(&in_force(path, today, err)?, needs, options.format, out)
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
