//! Where the files of a run stand: a folder a run, and `latest` beside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::ReportError;
use rolecall_base::store::place;

/// The name that leads to the newest run.
pub const LATEST: &str = "latest";

/// The folder of a run.
pub fn folder(out: &Path, run_id: &str) -> PathBuf {
    out.join(run_id)
}

/// How `latest` leads to the newest run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latest {
    /// A relative symbolic link.
    Link,
    /// A copy, where links cannot be made.
    Copy,
}

/// Makes `<out>/latest` lead to a run, at no moment to nothing.
///
/// # Errors
/// When neither a link nor a copy can be made.
pub fn point_latest(out: &Path, run_id: &str) -> Result<Latest, ReportError> {
    let latest = out.join(LATEST);
    let new = out.join(format!(".{LATEST}-{run_id}"));
    remove(&new).map_err(|error| ReportError::io(&new, error))?;
    match link(run_id, &new) {
        Ok(()) => {
            // A rename replaces a link, but not the folder that a copy left there.
            if fs::symlink_metadata(&latest).is_ok_and(|found| found.is_dir()) {
                remove(&latest).map_err(|error| ReportError::io(&latest, error))?;
            }
            fs::rename(&new, &latest).map_err(|error| ReportError::io(&latest, error))?;
            Ok(Latest::Link)
        }
        Err(_) => {
            copy(&out.join(run_id), &new)?;
            remove(&latest).map_err(|error| ReportError::io(&latest, error))?;
            fs::rename(&new, &latest).map_err(|error| ReportError::io(&latest, error))?;
            Ok(Latest::Copy)
        }
    }
}

#[cfg(unix)]
fn link(target: &str, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
fn link(_target: &str, _at: &Path) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

fn copy(from: &Path, to: &Path) -> Result<(), ReportError> {
    place::make_folder(to).map_err(|error| ReportError::io(to, error))?;
    let entries = fs::read_dir(from).map_err(|error| ReportError::io(from, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| ReportError::io(from, error))?;
        let source = entry.path();
        let target = to.join(entry.file_name());
        if source.is_dir() {
            copy(&source, &target)?;
        } else if source.is_file() {
            let mut file = fs::File::open(&source).map_err(|error| ReportError::io(&source, error))?;
            place::write_with(&target, |out| io::copy(&mut file, out).map(|_| ()))
                .map_err(|error| ReportError::io(&target, error))?;
        }
    }
    Ok(())
}

/// Removes a file, a link or a folder with all it holds; what is not there is gone already.
///
/// # Errors
/// When it cannot be removed.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latest_leads_to_the_newest_run_whatever_stood_there() {
        let out = tempfile::tempdir().unwrap();
        for run in ["first", "second"] {
            place::write(&out.path().join(run).join("name.txt"), run.as_bytes()).unwrap();
        }
        place::write(&out.path().join("latest/old.txt"), b"a copy of an earlier run").unwrap();
        for run in ["first", "second", "second"] {
            let how = point_latest(out.path(), run).unwrap();
            assert_eq!(how, if cfg!(unix) { Latest::Link } else { Latest::Copy });
            assert_eq!(fs::read_to_string(out.path().join("latest/name.txt")).unwrap(), run);
            assert!(!out.path().join("latest/old.txt").exists());
        }
        #[cfg(unix)]
        assert_eq!(fs::read_link(out.path().join("latest")).unwrap(), Path::new("second"));
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 3, "nothing else is left");
    }

    #[test]
    fn copy_holds_the_same_files() {
        let out = tempfile::tempdir().unwrap();
        place::write(&out.path().join("run/a.csv"), b"a\n").unwrap();
        place::write(&out.path().join("run/dataset/runs/b"), b"b").unwrap();
        copy(&out.path().join("run"), &out.path().join("copy")).unwrap();
        assert_eq!(fs::read(out.path().join("copy/a.csv")).unwrap(), b"a\n");
        assert_eq!(fs::read(out.path().join("copy/dataset/runs/b")).unwrap(), b"b");
    }
}
