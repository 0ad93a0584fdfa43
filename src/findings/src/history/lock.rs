//! One run at a time for each history folder. The system holds the lock and lets go of it when the process ends,
//! however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use rolecall_base::run_id::run_id;
use rolecall_base::store::place;

/// The file that is locked, in the history folder.
const FILE: &str = "lock";

/// Why the lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run holds it.
    #[error("another run is using the history `{}` ({by}): wait until it ends, or give this one a history of its own (`dir` under `[history]`)", history.display())]
    Held {
        /// The history folder.
        history: PathBuf,
        /// What that run says of itself.
        by: String,
    },
    /// The file cannot be opened, locked or written.
    #[error("cannot lock the history with `{}`: {source}; check the folder's permissions", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The lock, held for as long as this lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Takes the lock for the run of a night.
///
/// # Errors
/// When another run holds it, or the folder cannot be written into.
pub fn take(history: &Path, as_of: Timestamp) -> Result<Lock, LockError> {
    let path = history.join(FILE);
    let failed = |source| LockError::Failed { path: path.clone(), source };
    place::make_folder(history).map_err(failed)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut by = String::new();
            // Where locks are mandatory the file cannot be read; the message does without.
            let _ = file.read_to_string(&mut by);
            let by = if by.trim().is_empty() { "it does not say which".to_owned() } else { by.trim().to_owned() };
            return Err(LockError::Held { history: history.to_owned(), by });
        }
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
    writeln!(file, "process {}, night {}", std::process::id(), run_id(as_of)).map_err(failed)?;
    Ok(Lock { _file: file })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_run_is_reported_who_holds_the_lock_and_a_third_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = "2026-11-20T02:00:00Z".parse().unwrap();
        let first = take(folder.path(), at).unwrap();
        let refused = take(folder.path(), at).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {}, night 2026-11-20T02-00-00Z", std::process::id())), "{refused}");
        drop(first);
        take(folder.path(), at).unwrap();
    }

    #[test]
    fn file_that_a_dead_run_left_is_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        place::write(&folder.path().join(FILE), b"process 1, night 2020-01-01T00-00-00Z\n").unwrap();
        take(folder.path(), "2026-11-20T02:00:00Z".parse().unwrap()).unwrap();
    }
}
