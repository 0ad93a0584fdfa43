//! The matrix of every night, kept once by its hash, and which one was in force for which org on which night.
//!
//! `<history>/matrices/<sha256>.csv.gz` holds what a matrix requires, without its date and its sources: two documents
//! that ask for the same are one file. `<history>/<org>/<run id>.matrix.json` points to it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::csv;
use super::error::MatrixError;
use super::table::Matrix;
use rolecall_base::hex::hex;
use rolecall_base::store::{place, snapshot_file};

/// The folder of the history that holds the matrices.
pub const FOLDER: &str = "matrices";
/// Ends the name of every file that says which matrix was in force; the run's id stands before it.
pub const POINTER_ENDING: &str = ".matrix.json";
/// Ends the name of every kept matrix.
const TABLE_ENDING: &str = ".csv.gz";
/// A table that inflates to more is not one of ours: the platform's whole API takes a sixtieth of it.
const LARGEST: u64 = 64 << 20;

/// Which matrix was in force for an org on a night.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// [`sha256`] of the matrix.
    pub sha256: String,
    /// Where it came from, in words for people.
    pub origin: String,
    /// The date its facts are of.
    pub date: Option<Date>,
    /// Operations it holds.
    pub operations: usize,
}

impl Pointer {
    fn of(matrix: &Matrix) -> Self {
        Self {
            sha256: sha256(matrix),
            origin: matrix.origin.clone(),
            date: matrix.date,
            operations: matrix.operations().len(),
        }
    }
}

/// SHA-256 of what a matrix requires, in hexadecimal: the same on every night on which the same is required, whatever
/// the date, the source and the order in which permissions are published.
pub fn sha256(matrix: &Matrix) -> String {
    hex(&Sha256::digest(csv::write_facts(matrix).as_bytes()))
}

/// Keeps the matrix in force for an org on a night (`run_id`), and says so beside the night's snapshot. A matrix that is
/// kept already is not written again.
///
/// # Errors
/// When a file cannot be written; what was there before is then as it was.
pub fn keep(history: &Path, org: &str, run_id: &str, matrix: &Matrix) -> Result<Pointer, MatrixError> {
    let pointer = Pointer::of(matrix);
    // The pointer goes first: a run beside this one prunes what nothing points to.
    let place = pointer_path(history, org, run_id);
    write(&place, |out| {
        serde_json::to_writer_pretty(&mut *out, &pointer)?;
        writeln!(out)
    })?;
    let path = table_path(history, &pointer.sha256);
    // A damaged file is written anew: its name says what must be in it.
    if read_table(&path, &pointer.sha256).is_err() {
        let text = csv::write_facts(matrix);
        write(&path, |out| {
            // Neither the time nor the system goes into the header: equal matrices are equal files.
            let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(out, Compression::default());
            gzip.write_all(text.as_bytes())?;
            gzip.finish().map(drop)
        })?;
    }
    Ok(pointer)
}

/// The matrix that was in force for an org on its last night before `run_id`; `None` where no night is recorded.
///
/// # Errors
/// When the last night's pointer or the matrix it names cannot be read or is damaged.
pub fn before(history: &Path, org: &str, run_id: &str) -> Result<Option<Matrix>, MatrixError> {
    let tonight = format!("{run_id}{POINTER_ENDING}");
    let earlier = pointers(history, org)
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().as_ref() < tonight.as_str()));
    let Some(path) = earlier.max() else { return Ok(None) };
    let pointer = read_pointer(&path)?;
    let kept = table_path(history, &pointer.sha256);
    let mut matrix = read_table(&kept, &pointer.sha256)?;
    matrix.origin = pointer.origin;
    matrix.date = pointer.date;
    Ok(Some(matrix))
}

/// The nights of an org that name a matrix: their pointers, oldest first.
pub fn pointers(history: &Path, org: &str) -> Vec<PathBuf> {
    pointers_in(&org_folder(history, org))
}

/// Where a night of an org names its matrix.
pub fn pointer_path(history: &Path, org: &str, run_id: &str) -> PathBuf {
    org_folder(history, org).join(format!("{run_id}{POINTER_ENDING}"))
}

/// Deletes kept matrices that no night of any org points to; how many. Where a pointer cannot be read, nothing is
/// deleted: it may name any of them.
///
/// # Errors
/// When a pointer cannot be read or a file cannot be deleted.
pub fn prune(history: &Path) -> Result<usize, MatrixError> {
    let mut wanted = BTreeSet::new();
    for folder in entries(history).into_iter().filter(|path| path.is_dir()) {
        for path in pointers_in(&folder) {
            wanted.insert(format!("{}{TABLE_ENDING}", read_pointer(&path)?.sha256));
        }
    }
    let mut gone = 0;
    for path in entries(&history.join(FOLDER)) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let ours = name.strip_suffix(TABLE_ENDING).is_some_and(is_sha256);
        if ours && !wanted.contains(&name) {
            fs::remove_file(&path).map_err(|source| MatrixError::Write { path: path.display().to_string(), source })?;
            gone += 1;
        }
    }
    Ok(gone)
}

fn table_path(history: &Path, sha256: &str) -> PathBuf {
    history.join(FOLDER).join(format!("{sha256}{TABLE_ENDING}"))
}

/// The folder in which an org's nights are kept.
fn org_folder(history: &Path, org: &str) -> PathBuf {
    history.join(snapshot_file::folder_name(org))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

fn pointers_in(folder: &Path) -> Vec<PathBuf> {
    let mut paths = entries(folder);
    paths.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(POINTER_ENDING)));
    paths
}

fn read_pointer(path: &Path) -> Result<Pointer, MatrixError> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|source| MatrixError::Io { path: name.clone(), source })?;
    let problem = |why: &str| MatrixError::Document {
        name: name.clone(),
        problem: format!("{why}; delete the file: the night is then compared without it"),
    };
    let pointer: Pointer =
        serde_json::from_slice(&bytes).map_err(|error| problem(&format!("it is damaged ({error})")))?;
    // The hash becomes a file's name.
    if is_sha256(&pointer.sha256) { Ok(pointer) } else { Err(problem("its `sha256` is none")) }
}

fn read_table(path: &Path, sha256: &str) -> Result<Matrix, MatrixError> {
    let name = path.display().to_string();
    let unreadable = |source| MatrixError::Io { path: name.clone(), source };
    let mut text = String::new();
    GzDecoder::new(fs::File::open(path).map_err(unreadable)?)
        .take(LARGEST)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if hex(&Sha256::digest(text.as_bytes())) != sha256 {
        let problem = "its content does not match its name; restore it from a copy or delete it".to_owned();
        return Err(MatrixError::Document { name, problem });
    }
    csv::read(&name, &text)
}

fn write(path: &Path, content: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>) -> Result<(), MatrixError> {
    place::write_with(path, content).map_err(|source| MatrixError::Write { path: path.display().to_string(), source })
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::diff;

    const HEADER: &str = "method,path,permissions_match,permissions,scopes,user_context,source\n";

    fn matrix(origin: &str, rows: &str) -> Matrix {
        csv::read(origin, &format!("{HEADER}{rows}")).unwrap()
    }

    fn kept(history: &Path) -> usize {
        entries(&history.join(FOLDER)).len()
    }

    #[test]
    fn hash_follows_what_is_required_and_nothing_else() {
        let one = matrix("a", "GET,/x,ANY,a:a:a;b:b:b,s,,swagger 2026-01-01\n");
        let same = matrix("b", "GET,/x,ANY,b:b:b;a:a:a,s,,swagger 2026-01-02\n");
        let other = matrix("a", "GET,/x,ALL,a:a:a;b:b:b,s,,swagger 2026-01-01\n");
        assert_eq!(sha256(&one), sha256(&same));
        assert_ne!(sha256(&one), sha256(&other));
    }

    #[test]
    fn kept_matrix_comes_back_on_later_nights_and_is_stored_once() {
        let folder = tempfile::tempdir().unwrap();
        let history = folder.path();
        let (old, new) = (matrix("h", "GET,/x,NONE,,,yes,s1\n"), matrix("h", "GET,/x,ANY,a:a:a,,,s2\n"));
        keep(history, "dev", "2026-01-01", &old).unwrap();
        keep(history, "other", "2026-01-01", &old).unwrap();
        keep(history, "dev", "2026-01-02", &new).unwrap();
        assert_eq!(kept(history), 2);
        let of = |org: &str, night: &str| before(history, org, night).unwrap();
        assert!(of("dev", "2026-01-01").is_none(), "the night itself is not before it");
        assert!(diff(&of("dev", "2026-01-02").unwrap(), &old).is_empty());
        assert!(diff(&of("dev", "2026-01-03").unwrap(), &new).is_empty());
        assert_eq!(of("dev", "2026-01-03").unwrap().origin, "h");
        assert!(of("nobody", "2026-01-03").is_none());
    }

    #[test]
    fn matrices_without_a_night_are_pruned_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let history = folder.path();
        keep(history, "dev", "2026-01-01", &matrix("h", "GET,/x,NONE,,,,\n")).unwrap();
        keep(history, "dev", "2026-01-02", &matrix("h", "GET,/y,NONE,,,,\n")).unwrap();
        place::write(&history.join(FOLDER).join("notes.txt"), b"mine").unwrap();
        assert_eq!(prune(history).unwrap(), 0);
        fs::remove_file(history.join("dev/2026-01-01.matrix.json")).unwrap();
        assert_eq!(prune(history).unwrap(), 1);
        assert_eq!(kept(history), 2);
        place::write(&history.join("dev/2026-01-02.matrix.json"), b"{").unwrap();
        assert!(prune(history).unwrap_err().to_string().contains("delete the file"));
        assert_eq!(kept(history), 2, "a pointer that cannot be read may name any of them");
    }

    #[test]
    fn damaged_matrix_is_an_error_and_is_mended_by_keeping_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let history = folder.path();
        let old = matrix("h", "GET,/x,NONE,,,,\n");
        let path = table_path(history, &keep(history, "dev", "1", &old).unwrap().sha256);
        let whole = fs::read(&path).unwrap();
        place::write(&path, &whole[..whole.len() / 2]).unwrap();
        assert!(before(history, "dev", "2").is_err());
        keep(history, "dev", "1", &old).unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole);
        let pointer = history.join("dev/1.matrix.json");
        place::write(&pointer, br#"{"sha256":"../../x","origin":"h","date":null,"operations":1}"#).unwrap();
        assert!(before(history, "dev", "2").unwrap_err().to_string().contains("`sha256` is none"));
    }
}
