//! Writing files: to a temporary file beside the target, then renamed, readable by the owner alone.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// How the names of files that are being written begin.
const UNFINISHED: &str = ".rolecall-";

/// Writes a file whole or not at all. The folder is made if it is missing (mode 0700); the file has mode 0600.
/// `write` gets a buffered writer, so that large outputs are streamed.
///
/// # Errors
/// When the folder cannot be made or the file not written; the target is then as it was before.
pub fn write_with(path: &Path, write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_folder(folder)?;
    // `NamedTempFile` is created with mode 0600 on Unix, and rename keeps it.
    let mut file = NamedTempFile::with_prefix_in(UNFINISHED, folder)?;
    {
        let mut buffered = BufWriter::with_capacity(1 << 16, file.as_file_mut());
        write(&mut buffered)?;
        buffered.flush()?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Writes a file whole or not at all, as [`write_with`].
///
/// # Errors
/// As [`write_with`].
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, |out| out.write_all(bytes))
}

/// Writes a file that people own too: as [`write`], but one that is there keeps its permissions, and a link stays one.
///
/// # Errors
/// As [`write_with`].
pub fn rewrite(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let Ok(target) = fs::canonicalize(path) else { return write(path, bytes) };
    let permissions = fs::metadata(&target)?.permissions();
    write(&target, bytes)?;
    fs::set_permissions(&target, permissions)
}

/// Whether files can be written into a folder, which is made if it is missing.
///
/// # Errors
/// When they cannot.
pub fn try_folder(folder: &Path) -> io::Result<()> {
    let probe = folder.join(".rolecall-probe");
    write(&probe, b"").and_then(|()| fs::remove_file(&probe))
}

/// Removes what writers that were killed left in a folder; nobody else may be writing there.
///
/// # Errors
/// When such a file cannot be removed. A folder that is not there holds none.
pub fn sweep(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes a folder and its parents; those that are made are private to the owner.
///
/// # Errors
/// When a folder cannot be made.
pub fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn rewritten_file_keeps_its_permissions_and_a_link_stays_a_link() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        rewrite(&real, b"new").unwrap();
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("real", &link).unwrap();
        rewrite(&link, b"newer").unwrap();
        assert_eq!(fs::read(&real).unwrap(), b"newer");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn file_is_private_and_a_failed_write_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/file.txt");
        write(&path, b"old").unwrap();
        let failed = write_with(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("disk full"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
