//! `dataset/`: the tables as Parquet files, for those who query many nights at once.

use std::path::Path;

use crate::dataset;
use crate::error::ReportError;
use crate::format::Format;
use crate::view::Report;

/// The dataset of the run.
pub struct Parquet;

impl Format for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn files(&self) -> &'static [&'static str] {
        &[dataset::FOLDER]
    }

    fn write(&self, report: &Report<'_>, folder: &Path) -> Result<(), ReportError> {
        dataset::write(report, folder)
    }
}
