//! What is kept and for how long: old nights and snapshots are removed once a newer one is safe.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::settings::Keep;
use super::{nights, snapshots};
use rolecall_base::run_id::run_id;
use rolecall_base::store::place;
use rolecall_matrix::kept;

/// How many of these many earlier files stay beside this run's.
pub fn earlier_kept(keep: u32, earlier: usize) -> usize {
    match usize::try_from(keep) {
        Ok(0) | Err(_) => earlier,
        // Tonight is compared with the previous run, which therefore stays.
        Ok(keep) => earlier.min(keep.max(2) - 1),
    }
}

/// Removes what is older than the policy keeps, and what killed runs left unfinished. Call it when this run's files are
/// written, with the lock held. Returns what was removed.
///
/// # Errors
/// When a file cannot be removed: its path, and what the system said.
pub fn prune<'o>(
    history: &Path,
    orgs: impl IntoIterator<Item = &'o str>,
    keep: Keep,
    as_of: Timestamp,
) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let mut removed = Vec::new();
    let folder = history.join(nights::FOLDER);
    place::sweep(&folder).map_err(|error| (folder.clone(), error))?;
    remove(nights::kept(history), &nights::path(history, as_of), keep.nights, &mut removed)?;
    for org in orgs {
        let folder = snapshots::folder(history, org);
        place::sweep(&folder).map_err(|error| (folder.clone(), error))?;
        let current = snapshots::path(history, org, as_of);
        let files = snapshots::kept(history, org);
        // Without one of this run, the newest is all there is to compare with and to ask.
        let newest = if files.contains(&current) { current } else { files.last().cloned().unwrap_or(current) };
        remove(files, &newest, keep.snapshots, &mut removed)?;
        // The name of a night's matrix is a few bytes: it stays as long as the night's findings.
        let matrix = kept::pointer_path(history, org, &run_id(as_of));
        remove(kept::pointers(history, org), &matrix, keep.nights, &mut removed)?;
    }
    Ok(removed)
}

/// Removes the oldest files beyond `keep`, never the one that must stay.
fn remove(
    mut files: Vec<PathBuf>,
    stays: &Path,
    keep: u32,
    removed: &mut Vec<PathBuf>,
) -> Result<(), (PathBuf, io::Error)> {
    files.retain(|path| path != stays);
    let surplus = files.len() - earlier_kept(keep, files.len());
    for path in files.into_iter().take(surplus) {
        std::fs::remove_file(&path).map_err(|error| (path.clone(), error))?;
        removed.push(path);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: usize) -> Timestamp {
        format!("2026-11-{day:02}T02:00:00Z").parse().unwrap()
    }

    fn stage(days: usize) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for day in 1..=days {
            place::write(&nights::path(folder.path(), at(day)), b"night").unwrap();
            for org in ["dev", "staging"] {
                place::write(&snapshots::path(folder.path(), org, at(day)), b"snapshot").unwrap();
            }
        }
        folder
    }

    #[test]
    fn oldest_go_and_tonight_always_stays() {
        let stage = stage(9);
        let keep = Keep { nights: 4, snapshots: 3 };
        let removed = prune(stage.path(), ["dev"], keep, at(9)).unwrap();
        assert_eq!(removed.len(), 5 + 6);
        assert_eq!(nights::kept(stage.path()).first(), Some(&nights::path(stage.path(), at(6))));
        assert_eq!(snapshots::kept(stage.path(), "dev").first(), Some(&snapshots::path(stage.path(), "dev", at(7))));
        assert_eq!(snapshots::kept(stage.path(), "staging").len(), 9, "not an org of this run");
        assert!(prune(stage.path(), ["dev"], keep, at(9)).unwrap().is_empty());
    }

    #[test]
    fn night_of_the_past_is_not_removed_by_its_own_run() {
        let stage = stage(9);
        prune(stage.path(), ["dev"], Keep { nights: 2, snapshots: 2 }, at(3)).unwrap();
        assert_eq!(nights::kept(stage.path()), [3, 9].map(|day| nights::path(stage.path(), at(day))));
        assert_eq!(
            snapshots::kept(stage.path(), "dev"),
            [3, 9].map(|day| snapshots::path(stage.path(), "dev", at(day)))
        );
    }

    #[test]
    fn nought_keeps_all_and_one_keeps_the_night_that_tonight_is_compared_with() {
        let stage = stage(5);
        assert!(prune(stage.path(), ["dev", "staging"], Keep { nights: 0, snapshots: 0 }, at(5)).unwrap().is_empty());
        prune(stage.path(), ["dev"], Keep { nights: 1, snapshots: 1 }, at(5)).unwrap();
        assert_eq!((nights::kept(stage.path()).len(), snapshots::kept(stage.path(), "dev").len()), (2, 2));
    }

    #[test]
    fn org_without_a_snapshot_of_tonight_keeps_its_newest() {
        let stage = stage(5);
        prune(stage.path(), ["dev"], Keep { nights: 2, snapshots: 2 }, at(6)).unwrap();
        assert_eq!(
            snapshots::kept(stage.path(), "dev"),
            [4, 5].map(|day| snapshots::path(stage.path(), "dev", at(day)))
        );
    }

    #[test]
    fn what_a_killed_run_left_unfinished_is_swept_away() {
        let stage = stage(1);
        let left = stage.path().join("nights/.rolecall-abc");
        place::write(&left, b"half").unwrap();
        prune(stage.path(), ["dev", "prod"], Keep { nights: 0, snapshots: 0 }, at(1)).unwrap();
        assert!(!left.exists());
        assert_eq!(nights::kept(stage.path()).len(), 1);
    }
}
