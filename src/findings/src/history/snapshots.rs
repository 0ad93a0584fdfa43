//! The snapshots of earlier nights: `<history>/<org>/<run id>.snapshot.json.gz`.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use rolecall_base::run_id::run_id;
use rolecall_base::snapshot::Snapshot;
use rolecall_base::store::snapshot_file::{self, SUFFIX, SnapshotError};

/// The folder of an org's snapshots.
pub fn folder(history: &Path, org: &str) -> PathBuf {
    history.join(snapshot_file::folder_name(org))
}

/// Where a night's snapshot of an org is kept.
pub fn path(history: &Path, org: &str, as_of: Timestamp) -> PathBuf {
    folder(history, org).join(format!("{}{SUFFIX}", run_id(as_of)))
}

/// The snapshots of an org, oldest first: names are times, so that their order is that of the nights.
pub fn kept(history: &Path, org: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder(history, org))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            !name.starts_with('.') && name.ends_with(SUFFIX)
        })
        .collect();
    files.sort();
    files
}

/// The newest snapshot of an org.
pub fn newest(history: &Path, org: &str) -> Option<PathBuf> {
    kept(history, org).pop()
}

/// The newest snapshot of an org from before a night that can be read, and what is wrong with newer ones.
pub fn newest_before(history: &Path, org: &str, as_of: Timestamp) -> (Option<Snapshot>, Vec<SnapshotError>) {
    let current = path(history, org, as_of);
    let mut problems = Vec::new();
    for path in kept(history, org).into_iter().rev().filter(|path| *path < current) {
        match snapshot_file::read(&path) {
            Ok(snapshot) => return (Some(snapshot), problems),
            // An older night still tells more than none.
            Err(problem) => problems.push(problem),
        }
    }
    (None, problems)
}
