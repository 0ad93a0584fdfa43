//! How JSON files are written: indented, keys in the order of their declaration, a line end at the end.

use std::path::Path;

use serde::Serialize;

use crate::error::ReportError;
use rolecall_base::store::place;

/// Writes a value as a JSON file.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, value: &impl Serialize) -> Result<(), ReportError> {
    let written = place::write_with(path, |out| {
        serde_json::to_writer_pretty(&mut *out, value)?;
        std::io::Write::write_all(out, b"\n")
    });
    written.map_err(|error| ReportError::io(path, error))
}
