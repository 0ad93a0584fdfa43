//! `rolecall schema`: JSON Schemas for editors and readers.

use std::io::Write;

use crate::cli::args::{SchemaArgs, SchemaOf};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use rolecall_base::snapshot::Snapshot;
use rolecall_findings::checks;

/// Prints the schema.
pub(crate) fn schema(args: &SchemaArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    let text = match args.of {
        SchemaOf::Config => rolecall_app::config::schema::schema(&checks::configurable()),
        SchemaOf::Findings => rolecall_report::formats::findings_json::schema(),
        SchemaOf::Snapshot => schema_of_snapshot().map_err(Failure::failed)?,
    };
    writeln!(out, "{}", text.trim_end())?;
    Ok(Exit::Fine)
}

/// The snapshot inside the envelope that `docs/snapshot.md` describes.
fn schema_of_snapshot() -> serde_json::Result<String> {
    serde_json::to_string_pretty(&schemars::schema_for!(Snapshot))
}
