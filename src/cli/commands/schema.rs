//! `rolecall schema`: JSON Schemas for editors and readers.

use std::io::Write;

use crate::cli::args::{SchemaArgs, SchemaOf};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;

/// Prints the schema.
pub fn schema(args: &SchemaArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    let text = match args.of {
        SchemaOf::Config => crate::config::schema::schema(),
        SchemaOf::Findings => crate::report::formats::json_v1::schema(),
        SchemaOf::Snapshot => crate::store::snapshot_file::schema(),
    };
    writeln!(out, "{}", text.trim_end())?;
    Ok(Exit::Fine)
}
