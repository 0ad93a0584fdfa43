//! A report to its files: the folder of the run, and `latest`.

use std::path::{Path, PathBuf};

use super::error::ReportError;
use super::formats::{self, FORMATS};
use super::layout::{self, Latest};
use super::view::Report;
use rolecall_base::store::place;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The folder of the run.
    pub folder: PathBuf,
    /// The names of its files, in the order they were written.
    pub files: Vec<&'static str>,
    /// How `latest` leads there.
    pub latest: Latest,
}

/// Writes a report in these formats (and those that are always written) to `<out>/<run id>/`, then points
/// `<out>/latest` there. Written again for the same time, the folder ends up the same as if it were new: files of
/// formats that are not asked for any more are removed.
///
/// # Errors
/// When there is no such format, or a file cannot be written. `latest` then still leads to the run before.
pub fn write(report: &Report<'_>, wanted: &[impl AsRef<str>], out: &Path) -> Result<Written, ReportError> {
    let chosen = formats::chosen(wanted)?;
    let folder = layout::folder(out, &report.run.id);
    place::make_folder(&folder).map_err(|error| ReportError::io(&folder, error))?;
    let mut files = Vec::new();
    for format in chosen {
        format.write(report, &folder)?;
        files.extend_from_slice(format.files());
    }
    for stale in FORMATS.iter().flat_map(|format| format.files()).filter(|file| !files.contains(*file)) {
        let path = folder.join(stale);
        layout::remove(&path).map_err(|error| ReportError::io(&path, error))?;
    }
    let latest = layout::point_latest(out, &report.run.id)?;
    Ok(Written { folder, files, latest })
}
