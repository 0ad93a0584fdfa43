//! What stands in for the dataset in a build without the feature `parquet`: it says so.

use std::path::Path;

use super::error::ReportError;
use super::view::Report;

/// Adds nothing.
///
/// # Errors
/// Always: the build lacks the feature.
pub fn add(_report: &Report<'_>, _root: &Path) -> Result<(), ReportError> {
    Err(ReportError::NotBuilt { name: "dataset".to_owned(), feature: "parquet" })
}
