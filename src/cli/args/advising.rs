//! The arguments of `advise`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Enforced;

/// `advise`
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("advised").required(true).multiple(true).args(["snapshots", "config"])))]
pub(crate) struct AdviseArgs {
    /// Name or id of an OAuth client or user
    #[arg(long, value_name = "NAME_OR_ID")]
    pub principal: String,
    /// Needs files, besides those of the configuration
    #[arg(long, value_name = "FILE")]
    pub needs: Vec<PathBuf>,
    /// Snapshot files
    #[arg(long = "snapshot", value_name = "PATH", num_args = 1..)]
    pub snapshots: Vec<PathBuf>,
    /// The configuration: its needs, and the newest snapshot of each org in its history
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Collect first instead of reading the history
    #[arg(long, requires = "config", conflicts_with = "snapshots")]
    pub live: bool,
    /// Only these orgs
    #[arg(long = "org", value_name = "NAME")]
    pub orgs: Vec<String>,
    /// Another matrix than the one in the snapshot: a matrix CSV or a Swagger document
    #[arg(long, value_name = "FILE")]
    pub matrix: Option<PathBuf>,
    /// Whether the orgs enforce scopes: true, false or unknown (the configuration decides where it is given)
    #[arg(long, value_name = "true|false|unknown")]
    pub scopes_enforced: Option<Enforced>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: AdviseFormat,
}

/// How `advise` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum AdviseFormat {
    /// For people.
    #[default]
    Table,
    /// For machines.
    Json,
    /// CX as Code, ready to paste.
    Terraform,
}
