//! The tables of a night as Parquet files that nights add up in: `<table>/org=<org>/date=<day>/part-0.parquet`.
//!
//! Each partition is one file, written whole or not at all, and empty where there is nothing to tell: a table without
//! rows is not a table without files. `runs` is written last, so that rows whose `run_id` it knows are all there.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::error::ReportError;
use super::layout;
use super::row::Row;
use super::view::Report;
use rolecall_base::store::place;

mod encode;
mod night;
mod partition;
#[cfg(test)]
mod tests;

/// The folder of a run's own dataset.
pub const FOLDER: &str = "dataset";

/// The folder in which it is put together.
const UNFINISHED: &str = ".dataset-unfinished";

/// Writes the dataset of one night to `<folder>/dataset`: every row, those included that are of an org that this night
/// did not ask.
///
/// # Errors
/// When a file cannot be written. What stood there before is then as it was, or gone.
pub fn write(report: &Report<'_>, folder: &Path) -> Result<(), ReportError> {
    let (unfinished, finished) = (folder.join(UNFINISHED), folder.join(FOLDER));
    remove(&unfinished)?;
    let stray = report.tables.findings.iter().map(|row| row.org.as_str()).collect();
    Writer::new(report, &unfinished).write(&stray).map_err(|(path, error)| ReportError::io(&path, error))?;
    remove(&finished)?;
    fs::rename(&unfinished, &finished).map_err(|error| ReportError::io(&finished, error))
}

/// Adds a night to a lasting dataset. The partitions of the orgs of this night and of its day are replaced, file by
/// file; nothing else is touched. The same night again gives the same files.
///
/// # Errors
/// When a file cannot be written. Rows that were written before have a `run_id` that `runs` does not know.
pub fn add(report: &Report<'_>, root: &Path) -> Result<(), ReportError> {
    let written = Writer::new(report, root).write(&BTreeSet::new());
    written.map_err(|(path, source)| ReportError::Dataset { path, source })
}

fn remove(folder: &Path) -> Result<(), ReportError> {
    layout::remove(folder).map_err(|error| ReportError::io(folder, error))
}

/// A file that could not be written, and why.
type Unwritten = (PathBuf, io::Error);

struct Writer<'r> {
    report: &'r Report<'r>,
    root: &'r Path,
    day: String,
    /// Orgs of which something was read.
    read: BTreeSet<&'r str>,
    /// These, and orgs of which nothing could be read.
    asked: BTreeSet<&'r str>,
    created_by: String,
}

impl<'r> Writer<'r> {
    fn new(report: &'r Report<'r>, root: &'r Path) -> Self {
        let read: BTreeSet<&str> = report.orgs.iter().map(|org| org.name.as_str()).collect();
        Self {
            report,
            root,
            day: report.run.as_of.to_zoned(TimeZone::UTC).date().to_string(),
            asked: read.iter().copied().chain(report.failed.iter().map(|org| org.name.as_str())).collect(),
            read,
            // The form that readers parse to know of whose faults to beware.
            created_by: format!("rolecall version {}", report.run.version),
        }
    }

    /// Writes every table. `stray` are further orgs whose findings are wanted.
    fn write(&self, stray: &BTreeSet<&str>) -> Result<(), Unwritten> {
        let tables = &self.report.tables;
        let mut of_findings: BTreeSet<&str> = self.asked.iter().chain(stray).copied().collect();
        of_findings.insert("");
        self.table(&tables.findings, &of_findings, |row, org| row.org == org)?;
        self.of_asked(&tables.gaps, |row, org| row.org == org)?;
        self.of_asked(&tables.excess, |row, org| row.org == org)?;
        // A pair stands with the org on which its calls would fail.
        self.of_asked(&tables.drift, |row, org| row.to == org)?;
        self.of_asked(&tables.blockers, |row, org| row.to == org)?;
        self.of_asked(&tables.changes, |row, org| row.org == org)?;
        self.of_asked(&tables.oauth_clients, |row, org| row.org == org)?;
        self.of_asked(&tables.authorizations, |row, org| row.org == org)?;
        self.of_asked(&tables.service_users, |row, org| row.org == org)?;
        self.of_asked(&tables.roles, |row, org| row.org == org)?;
        self.of_asked(&tables.permissions, |row, org| row.org == org)?;
        self.of_asked(&tables.grants, |row, org| row.org == org)?;
        // A row on which all orgs agree is a row of each.
        self.of_asked(&tables.endpoints, |row, org| row.org == org || (row.org.is_empty() && self.read.contains(org)))?;
        self.of_asked(&night::pairs(self.report), |row, org| row.to == org)?;
        self.of_asked(&night::listings(self.report), |row, org| row.org == org)?;
        self.of_asked(&night::runs(self.report), |row, org| row.org == org)
    }

    fn of_asked<R: Row>(&self, rows: &[R], is_of: impl Fn(&R, &str) -> bool) -> Result<(), Unwritten> {
        self.table(rows, &self.asked, is_of)
    }

    fn table<R: Row>(
        &self,
        rows: &[R],
        orgs: &BTreeSet<&str>,
        is_of: impl Fn(&R, &str) -> bool,
    ) -> Result<(), Unwritten> {
        for org in orgs {
            let folder = self.root.join(name_of::<R>()).join(partition::org(org)).join(partition::date(&self.day));
            place::sweep(&folder).map_err(|error| (folder.clone(), error))?;
            let path = folder.join(partition::FILE);
            let rows: Vec<&R> = rows.iter().filter(|row| is_of(row, org)).collect();
            place::write_with(&path, |out| encode::write(&rows, &self.report.run.id, &self.created_by, out))
                .map_err(|error| (path, error))?;
        }
        Ok(())
    }
}

/// The name of the table that a row stands in.
fn name_of<R: Row>() -> &'static str {
    R::FILE.strip_suffix(".csv").unwrap_or(R::FILE)
}
