//! What a report format is.

use std::path::Path;

use super::error::ReportError;
use super::view::Report;

/// A way to print a report. A format prints all of what it is given: it neither filters nor decides.
pub trait Format: Sync {
    /// The name used in the configuration.
    fn name(&self) -> &'static str;

    /// The names of the files it writes, whatever the report holds.
    fn files(&self) -> &'static [&'static str];

    /// Writes its files into an existing folder, each whole or not at all (`rolecall_base::store::place`).
    ///
    /// # Errors
    /// When a file cannot be written.
    fn write(&self, report: &Report<'_>, folder: &Path) -> Result<(), ReportError>;
}
