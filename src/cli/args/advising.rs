//! The arguments of `advise`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Lookup;

/// Of the configuration it also reads the needs.
const CONFIG: &str = "The configuration: its needs, and the newest snapshot of each org in its history";

/// `advise`
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("advised").required(true).multiple(true).args(["snapshots", "config"])))]
#[command(mut_arg("config", |config| config.help(CONFIG)))]
pub(crate) struct AdviseArgs {
    /// Name or id of an OAuth client or user
    #[arg(long, value_name = "NAME_OR_ID")]
    pub principal: String,
    /// Needs files, in addition to those of the configuration
    #[arg(long, value_name = "FILE")]
    pub needs: Vec<PathBuf>,
    #[command(flatten)]
    pub lookup: Lookup,
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
