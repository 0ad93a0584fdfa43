//! The arguments of `diagnose` and `probe`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Lookup;

/// How an answer for one question is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Printed {
    /// For people.
    #[default]
    Table,
    /// For machines.
    Json,
}

/// `diagnose`
#[derive(Debug, Args)]
pub(crate) struct DiagnoseArgs {
    /// The answer: a file, or `-` or nothing for standard input (a body, a transcript, a line of a log or of Terraform)
    pub file: Option<PathBuf>,
    /// The call that failed, where the input does not tell it: 'METHOD /path'
    #[arg(long, value_name = "METHOD /path")]
    pub endpoint: Option<String>,
    /// Who made the call: what the data says of it is weighed against the body
    #[arg(long, value_name = "NAME_OR_ID")]
    pub principal: Option<String>,
    /// For a client that acts for users: the user it acted for
    #[arg(long, value_name = "NAME_OR_ID", requires = "principal")]
    pub user: Option<String>,
    /// Make it an assertion: exit 0 when the kind is this one, else 1
    #[arg(long, value_name = "KIND", value_parser = rolecall_answers::diagnose::Kind::ALL.map(rolecall_answers::diagnose::Kind::as_str))]
    pub expect: Option<String>,
    #[command(flatten)]
    pub lookup: Lookup,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Printed,
}

/// `probe`
#[derive(Debug, Args)]
pub(crate) struct ProbeArgs {
    /// The configuration, which holds the principal's own credentials in a `[[probe]]`
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Name or id of the principal, as in its `[[probe]]`
    #[arg(long, value_name = "NAME_OR_ID")]
    pub principal: String,
    /// An endpoint: 'METHOD /path', parameters filled in. Only GETs are called
    #[arg(long = "endpoint", value_name = "METHOD /path", required = true)]
    pub endpoints: Vec<String>,
    /// The org, where the principal can be probed in several
    #[arg(long, value_name = "NAME")]
    pub org: Option<String>,
    /// Requests that may be sent in all, those for the token and its owner included
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub max_calls: u32,
    /// Predict from this snapshot instead of the newest in the history
    #[arg(long = "snapshot", value_name = "PATH")]
    pub snapshots: Vec<PathBuf>,
    /// Collect first, with the auditor's credentials, and predict from that
    #[arg(long, conflicts_with = "snapshots")]
    pub live: bool,
    /// Append to this overlay file an entry for each call that shows a fault of the matrix
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Printed,
}
