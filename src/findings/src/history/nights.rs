//! The files of nights: `<history>/nights/<run id>.json.gz`, written once each. Their form is in `docs/history.md`.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::ledger::NightRecord;
use rolecall_base::run_id::run_id;
use rolecall_base::store::sealed::{self, Kind, SealedError};
use rolecall_base::store::snapshot_file;

/// The folder of the nights, in the history folder.
pub const FOLDER: &str = "nights";
/// How their names end.
const ENDING: &str = ".json.gz";

static KIND: Kind = Kind {
    format: "rolecall-night",
    version: 1,
    noun: "night",
    instead: "remove it from the history folder",
    again: "remove it, and the one before it is used",
    // A hundred thousand findings take a twentieth of it.
    largest: 1 << 30,
};

/// Where a night is kept.
pub fn path(history: &Path, as_of: Timestamp) -> PathBuf {
    history.join(FOLDER).join(format!("{}{ENDING}", run_id(as_of)))
}

/// The files of nights, oldest first: their names are times.
pub fn kept(history: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(history.join(FOLDER)).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // An org may be called as this folder is.
            !name.starts_with('.') && name.ends_with(ENDING) && !name.ends_with(snapshot_file::SUFFIX)
        })
        .collect();
    files.sort();
    files
}

/// The files of the nights before this one, oldest first.
pub fn before(history: &Path, as_of: Timestamp) -> Vec<PathBuf> {
    let current = path(history, as_of);
    kept(history).into_iter().filter(|path| *path < current).collect()
}

/// The newest night before this one that can be read, and what is wrong with newer ones.
pub fn newest_before(history: &Path, as_of: Timestamp) -> (Option<NightRecord>, Vec<SealedError>) {
    let mut problems = Vec::new();
    for path in before(history, as_of).into_iter().rev() {
        match read(&path) {
            Ok(night) => return (Some(night), problems),
            Err(problem) => problems.push(problem),
        }
    }
    (None, problems)
}

/// Keeps a night; one of the same time is replaced.
///
/// # Errors
/// When the file cannot be written; all others are as they were.
pub fn write(history: &Path, night: &NightRecord) -> Result<PathBuf, SealedError> {
    let path = path(history, night.as_of);
    sealed::write(&KIND, &path, night)?;
    Ok(path)
}

/// Reads a night.
///
/// # Errors
/// When the file cannot be read, is something else, is newer than this program, or is damaged.
pub fn read(path: &Path) -> Result<NightRecord, SealedError> {
    sealed::read(&KIND, path)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::history::ledger::{Record, Standing};
    use crate::severity::Severity;
    use rolecall_base::store::place;

    fn night(as_of: &str) -> NightRecord {
        NightRecord {
            as_of: as_of.parse().unwrap(),
            rolecall: "0.0.0".to_owned(),
            previous: None,
            orgs: Vec::new(),
            failed: vec!["dev".to_owned()],
            own_matrix: BTreeMap::new(),
            trend: Vec::new(),
            findings: Vec::new(),
        }
    }

    const NIGHTS: [&str; 3] = ["2026-11-19T02:00:00Z", "2026-11-20T02:00:00Z", "2026-11-21T02:00:00Z"];

    #[test]
    fn newest_night_is_the_one_strictly_before() {
        let folder = tempfile::tempdir().unwrap();
        let history = folder.path();
        assert!(newest_before(history, NIGHTS[2].parse().unwrap()).0.is_none());
        for at in NIGHTS.iter().rev() {
            write(history, &night(at)).unwrap();
        }
        for (at, expected) in NIGHTS.iter().zip([None, Some(night(NIGHTS[0])), Some(night(NIGHTS[1]))]) {
            let (found, problems) = newest_before(history, at.parse().unwrap());
            assert_eq!((found, problems.len()), (expected, 0), "{at}");
        }
    }

    #[test]
    fn damaged_nights_are_reported_and_the_one_before_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let history = folder.path();
        for at in NIGHTS {
            write(history, &night(at)).unwrap();
        }
        let torn = path(history, NIGHTS[2].parse().unwrap());
        let whole = std::fs::read(&torn).unwrap();
        for end in [0, 1, whole.len() / 2, whole.len() - 1] {
            place::write(&torn, &whole[..end]).unwrap();
            let (found, problems) = newest_before(history, "2026-11-22T02:00:00Z".parse().unwrap());
            assert_eq!(found, Some(night(NIGHTS[1])), "cut at {end}");
            assert!(problems[0].to_string().contains(&torn.display().to_string()));
        }
    }

    #[test]
    fn finding_takes_few_bytes_so_that_a_year_of_large_nights_can_be_kept() {
        use sha2::{Digest as _, Sha256};
        let hex = |text: String, most: usize| {
            let digits = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            digits[..most].to_owned()
        };
        let mut large = night(NIGHTS[0]);
        large.findings = (0..5_000)
            .map(|number| {
                let name = format!("svc-{}-{number}", ["billing", "dialler", "reports", "wallboard"][number % 4]);
                let permission = ["routing:queue:view", "directory:user:view", "recording:recording:view"][number % 3];
                Record {
                    id: hex(format!("finding {number}"), 16),
                    check: "gap.declared".to_owned(),
                    org: "production".to_owned(),
                    beside: Vec::new(),
                    kind: "oauth_client".to_owned(),
                    // As unlike each other as the platform's ids are.
                    subject: hex(format!("client {number}"), 32),
                    title: format!("{name} cannot call GET /api/v2/routing/queues (and 2 more): missing {permission}"),
                    detail: format!("Verdict `denied` for {} needed calls of the oauth_client.", number % 9 + 1),
                    fix: format!("add {permission} to role `Integrations {}`", number % 50),
                    name,
                    severity: Severity::High,
                    standing: Standing::Open,
                    status: "persisting".to_owned(),
                    first_seen: NIGHTS[number % 2].parse().unwrap(),
                    last_seen: NIGHTS[0].parse().unwrap(),
                    resolved_at: None,
                }
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), &large).unwrap();
        let each = std::fs::metadata(path).unwrap().len() / 5_000;
        assert!((40..65).contains(&each), "{each} bytes a finding: correct docs/history.md");
    }

    #[test]
    fn snapshots_of_an_org_called_nights_and_unfinished_files_are_no_nights() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &night(NIGHTS[0])).unwrap();
        for name in ["2026-11-20T02-00-00Z.snapshot.json.gz", ".rolecall-x.json.gz", "note.txt"] {
            place::write(&folder.path().join(FOLDER).join(name), b"").unwrap();
        }
        assert_eq!(kept(folder.path()), [path(folder.path(), NIGHTS[0].parse().unwrap())]);
    }
}
