//! Where `explain`, `who-can` and `can` look things up: snapshots, the history, or the org itself.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::config::job::Job;
use crate::failure::Failure;
use crate::matrices::{Matrices, describe};
use crate::night::{self, Session};
use rolecall_access::cross::AccessMap;
use rolecall_base::named::one_of;
use rolecall_base::nearest::did_you_mean;
use rolecall_base::snapshot::Snapshot;
use rolecall_base::store::snapshot_file;
use rolecall_findings::evidence::MatrixUsed;
use rolecall_findings::history::snapshots;
use rolecall_findings::waivers::night::day;
use rolecall_matrix::{Matrix, bundled, csv, file, reviewed};

/// Where a question is looked up.
pub struct Source<'a> {
    /// Snapshot files.
    pub snapshots: &'a [PathBuf],
    /// The configuration, whose history is read where no snapshot is named.
    pub config: Option<&'a Path>,
    /// Whether the orgs of the configuration are collected first.
    pub live: bool,
    /// Only these orgs; all where none is named.
    pub orgs: &'a [String],
    /// Another matrix than the configured one or the one of the snapshot.
    pub matrix: Option<&'a Path>,
    /// Whether the orgs enforce scopes, where that was said.
    pub scopes_enforced: Option<Enforced>,
    /// The time that the answer is for; now where none is given.
    pub as_of: Option<Timestamp>,
}

/// Whether the orgs enforce scopes: as it was said, and nobody may know (`None`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enforced(pub Option<bool>);

/// The orgs that a question is asked of.
pub struct Orgs {
    orgs: Vec<(Snapshot, Matrix, MatrixUsed, Option<bool>)>,
}

impl Orgs {
    /// Reads what the arguments name.
    pub fn open(source: &Source<'_>, session: &Session<'_>) -> Result<Self, Failure> {
        let job = source.config.map(night::load).transpose()?;
        let snapshots = match &job {
            Some(job) if source.live => night::live(job, source.orgs, session)?,
            Some(job) => snapshots(job, source.snapshots, source.orgs)?,
            None => of_orgs(read(source.snapshots)?, source.orgs)?,
        };
        let as_of = source.as_of.unwrap_or_else(session.clock);
        let orgs = snapshots
            .into_iter()
            .map(|snapshot| {
                let (matrix, used) = matrix(source.matrix, job.as_ref(), &snapshot, as_of)?;
                let enforced = enforced(source.scopes_enforced, job.as_ref(), &snapshot);
                Ok((snapshot, matrix, used, enforced))
            })
            .collect::<Result<_, Failure>>()?;
        Ok(Self { orgs })
    }

    /// Each org, crossed.
    pub fn maps(&self) -> Vec<(AccessMap<'_>, &MatrixUsed)> {
        self.orgs
            .iter()
            .map(|(snapshot, matrix, used, enforced)| (AccessMap::of(snapshot, matrix, *enforced), used))
            .collect()
    }
}

fn read(paths: &[PathBuf]) -> Result<Vec<Snapshot>, Failure> {
    paths.iter().map(|path| snapshot_file::read(path).map_err(Failure::usage)).collect()
}

/// The snapshots of the orgs that are asked for.
fn of_orgs(snapshots: Vec<Snapshot>, orgs: &[String]) -> Result<Vec<Snapshot>, Failure> {
    let names = || snapshots.iter().map(|snapshot| snapshot.org.name.as_str());
    let meant: Vec<Option<&str>> = orgs.iter().map(|name| one_of(names(), name)).collect();
    if let Some((missing, _)) = orgs.iter().zip(&meant).find(|(_, meant)| meant.is_none()) {
        let known: Vec<String> = names().map(|name| format!("`{name}`")).collect();
        return Err(Failure::usage(format!(
            "none of the snapshots is of org `{missing}`; they are of {}{}",
            known.join(", "),
            did_you_mean(missing, names())
        )));
    }
    let wanted: Vec<String> = meant.into_iter().flatten().map(str::to_owned).collect();
    Ok(snapshots.into_iter().filter(|snapshot| orgs.is_empty() || wanted.contains(&snapshot.org.name)).collect())
}

/// The snapshots of these files, or the newest one of each org in the configuration's history.
pub fn snapshots(job: &Job, paths: &[PathBuf], orgs: &[String]) -> Result<Vec<Snapshot>, Failure> {
    if paths.is_empty() { newest(job, orgs) } else { of_orgs(read(paths)?, orgs) }
}

fn newest(job: &Job, orgs: &[String]) -> Result<Vec<Snapshot>, Failure> {
    let mut snapshots = Vec::new();
    for org in night::chosen(job, orgs)? {
        let Some(path) = snapshots::newest(&job.history_dir, &org.name) else {
            return Err(Failure::usage(format!(
                "org `{}` has no snapshot in the history `{}` yet; run `rolecall run` first, or ask with --live",
                org.name,
                job.history_dir.display()
            )));
        };
        snapshots.push(snapshot_file::read(&path).map_err(Failure::usage)?);
    }
    Ok(snapshots)
}

/// The matrix for a snapshot: the one that is asked for, else the configured one, else the one it carries, else the
/// built-in one. The built-in overlay is laid over each, as of this time; the overlay file of a configuration only where
/// no matrix was asked for.
pub fn matrix(
    asked: Option<&Path>,
    job: Option<&Job>,
    snapshot: &Snapshot,
    as_of: Timestamp,
) -> Result<(Matrix, MatrixUsed), Failure> {
    let published = match (asked, job, &snapshot.matrix) {
        (Some(path), _, _) => file::open(path, None).map_err(Failure::usage)?.matrix,
        (None, Some(job), _) => {
            let force = Matrices::of(job).in_force(snapshot, as_of).map_err(Failure::usage)?;
            return Ok((force.matrix, force.used));
        }
        (None, None, Some(carried)) => csv::read(&carried.origin, &carried.csv).map_err(Failure::usage)?,
        (None, None, None) => bundled::matrix().clone(),
    };
    Ok(reviewed_matrix(published, as_of))
}

/// A matrix with the built-in overlay, as of a time.
pub fn reviewed_matrix(mut matrix: Matrix, as_of: Timestamp) -> (Matrix, MatrixUsed) {
    let laid = reviewed::lay(&mut matrix, day(as_of));
    let used = describe(&matrix, Vec::new());
    let used = MatrixUsed { reviewed: laid.rows, announced: laid.coming, ..used };
    (matrix, used)
}

/// Whether an org enforces scopes: as asked for, else as configured; `None`: not known.
pub fn enforced(asked: Option<Enforced>, job: Option<&Job>, snapshot: &Snapshot) -> Option<bool> {
    match asked {
        Some(Enforced(said)) => said,
        None => job.and_then(|job| job.orgs.iter().find(|org| org.name == snapshot.org.name)?.scopes_enforced),
    }
}

/// The matrix in one phrase, for evidence.
pub fn matrix_phrase(used: &MatrixUsed) -> String {
    let date = used.date.map_or_else(|| "date not known".to_owned(), |date| format!("of {date}"));
    format!("matrix {}, {date}", used.origin)
}
