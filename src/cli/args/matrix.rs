//! The arguments of those commands of `matrix` that need no org.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum MatrixFormat {
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
pub(crate) struct MatrixOptions {
    /// Use this matrix (CSV or Swagger document) instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    pub matrix: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: MatrixFormat,
}

/// What a word is looked up as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NameKind {
    /// `domain:entity:action`
    Permission,
    /// An OAuth scope.
    Scope,
}

/// `rolecall matrix ...`
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum MatrixCommand {
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
