//! A snapshot on disk: one compressed, versioned, checked file an org. Its form is documented in `docs/snapshot.md`.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::sealed::{self, Kind, SealedError};
use crate::hex::hex;
use crate::snapshot::Snapshot;

/// The version written, and the newest that is read.
pub const VERSION: u64 = 1;
/// Ends every snapshot's file name.
pub const SUFFIX: &str = ".snapshot.json.gz";
/// A file name's org part is cut beyond this many bytes.
const LONGEST_NAME: usize = 150;

/// Why a snapshot could not be read or written.
pub type SnapshotError = SealedError;

static KIND: Kind = Kind {
    format: "rolecall-snapshot",
    version: VERSION,
    noun: "snapshot",
    instead: "give a file that `rolecall collect` wrote (`*.snapshot.json.gz`)",
    again: "collect again",
    // An org of 100,000 users takes a tenth of it.
    largest: 1 << 30,
};

/// The name of an org's snapshot file: [`folder_name`] with its ending.
pub fn file_name(org: &str) -> String {
    format!("{}{SUFFIX}", folder_name(org))
}

/// The name of the folder that holds an org's nights: the org's own name, with everything that a file name may not hold
/// written as `%XX`, so that no two orgs share one.
pub fn folder_name(org: &str) -> String {
    let mut name = String::new();
    for (index, byte) in org.bytes().enumerate() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            // A leading dot would hide the file, or climb.
            b'.' if index > 0 => name.push('.'),
            _ => name.push_str(&format!("%{byte:02X}")),
        }
    }
    if name.len() > LONGEST_NAME {
        let digest = hex(&Sha256::digest(org.as_bytes()));
        name =
            format!("{}~{}", name.chars().take(LONGEST_NAME).collect::<String>(), digest.get(..12).unwrap_or_default());
    }
    name
}

/// Writes a snapshot, whole or not at all, readable by the owner alone. The same snapshot gives the same bytes.
///
/// # Errors
/// When the file cannot be written; one that was there before is then untouched.
pub fn write(path: &Path, snapshot: &Snapshot) -> Result<(), SnapshotError> {
    sealed::write(&KIND, path, snapshot)
}

/// Reads a snapshot and checks that it is as it was written.
///
/// # Errors
/// When the file cannot be read, is something else, is newer than this program, or is damaged.
pub fn read(path: &Path) -> Result<Snapshot, SnapshotError> {
    sealed::read(&KIND, path)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, GzBuilder};

    use super::super::place;
    use super::*;
    use crate::coverage::{Coverage, Listing, ListingRecord, Seen, Unread};
    use crate::grant::{Grant, GrantSource, Reach, SubjectKind};
    use crate::id::{ClientId, RoleId, SubjectId};
    use crate::org::{Org, OrgSettings};
    use crate::snapshot::CollectionRecord;

    fn snapshot() -> Snapshot {
        let mut coverage = Coverage::default();
        coverage.listings.insert(
            Listing::Roles,
            ListingRecord {
                seen: Seen::Part,
                read: 3,
                expected: Some(4),
                unread: vec![Unread {
                    of: Some("r4".to_owned()),
                    why: "lost".to_owned(),
                    missing_permissions: vec!["authorization:role:view".to_owned()],
                }],
                read_at: "2026-07-20T01:02:03.456Z".parse().ok(),
            },
        );
        Snapshot {
            org: Org {
                name: "dev <\"ü\">".to_owned(),
                environment: "dev".to_owned(),
                api_url: "https://api.mypurecloud.ie".to_owned(),
                id: None,
                platform_name: None,
                auditor: ClientId::new("auditor"),
                settings: OrgSettings::default(),
            },
            as_of: "2026-07-20T01:02:03Z".parse().unwrap(),
            collected_by: "rolecall 0.1.0".to_owned(),
            collection: CollectionRecord { seconds: 12.345, ..CollectionRecord::default() },
            coverage,
            divisions: Vec::new(),
            permissions: Vec::new(),
            roles: Vec::new(),
            oauth_clients: Vec::new(),
            apps: Vec::new(),
            users: Vec::new(),
            groups: Vec::new(),
            group_members: Default::default(),
            grants: vec![Grant {
                subject_kind: SubjectKind::Group,
                subject: SubjectId::new("g1"),
                subject_name: None,
                role: RoleId::new("r1"),
                reach: Reach::All,
                granted_at: None,
                read_from: GrantSource::RoleSubjects,
            }],
            policies: Vec::new(),
            trustees: Vec::new(),
            usage: None,
            audit: Vec::new(),
            matrix: None,
            matrix_notes: Vec::new(),
        }
    }

    fn gzipped(path: &Path, text: &str) {
        place::write_with(path, |out| {
            let mut gzip = GzBuilder::new().write(out, Compression::fast());
            gzip.write_all(text.as_bytes())?;
            gzip.finish().map(|_| ())
        })
        .unwrap();
    }

    fn why(path: &Path) -> String {
        let error = read(path).unwrap_err().to_string();
        assert!(error.contains(&path.display().to_string()), "{error}");
        error
    }

    #[test]
    fn what_is_written_is_read_back_and_equal_snapshots_are_equal_files() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join(file_name("dev")), folder.path().join("two.snapshot.json.gz"));
        write(&one, &snapshot()).unwrap();
        write(&two, &snapshot()).unwrap();
        assert_eq!(read(&one).unwrap(), snapshot());
        assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&one).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn snapshot_from_before_apps_and_addresses_is_read_and_complete_as_it_was() {
        let mut old = serde_json::to_value(snapshot()).unwrap();
        assert!(old.get("apps").is_none(), "what is empty is not written");
        old["coverage"]["listings"] = serde_json::json!({});
        old["oauth_clients"] = serde_json::json!([
            {"id": "c1", "name": "Robot", "grant_type": "CODE", "state": "active"}
        ]);
        let read: Snapshot = serde_json::from_value(old).unwrap();
        assert_eq!((read.apps.len(), &read.oauth_clients[0].allowed_addresses), (0, &None));
        assert_eq!(read.coverage.seen(Listing::ThirdPartyApps), Seen::NotAsked);
        assert_eq!(read.coverage.seen(Listing::AllowedAddresses), Seen::NotAsked);
        assert_eq!(read.coverage.seen(Listing::Users), Seen::Nothing);
    }

    #[test]
    fn cut_or_changed_file_is_damaged_wherever_it_was_cut_or_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        write(&path, &snapshot()).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for end in (0..whole.len()).step_by(11) {
            place::write(&path, &whole[..end]).unwrap();
            assert!(read(&path).is_err(), "cut at {end}");
        }
        for at in (10..whole.len()).step_by(5) {
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            place::write(&path, &changed).unwrap();
            if let Ok(read) = read(&path) {
                assert_eq!(read, snapshot(), "changed at {at}");
            }
        }
        place::write(&path, &whole[..whole.len() - 10]).unwrap();
        assert!(why(&path).contains("ends too early"));
        place::write(&path, &[whole.as_slice(), b"more"].concat()).unwrap();
        assert!(why(&path).contains("something follows its end"));
    }

    #[test]
    fn other_files_are_not_taken_for_snapshots() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        assert!(matches!(read(&path), Err(SnapshotError::Unreadable { .. })));
        assert!(matches!(read(folder.path()), Err(SnapshotError::Unreadable { .. })));
        place::write(&path, b"").unwrap();
        assert!(why(&path).contains("it is empty"));
        place::write(&path, b"method,path\n").unwrap();
        assert!(why(&path).contains("not compressed"));
        gzipped(&path, "[1, 2]");
        assert!(matches!(read(&path), Err(SnapshotError::SomethingElse { .. })));
        gzipped(&path, r#"{"format":"something-else"}"#);
        assert!(why(&path).contains("`something-else`"));
        gzipped(&path, r#"{"format":"rolecall-snapshot","version":2,"sha256":"","snapshot":{"new":1}}"#);
        assert!(why(&path).contains("version 2, this program reads up to 1"));
        gzipped(&path, r#"{"format":"rolecall-snapshot","version":1,"sha256":"00","snapshot":{}}"#);
        assert!(why(&path).contains("does not match its `sha256`"));
        gzipped(
            &path,
            r#"{"format":"rolecall-snapshot","version":1,"sha256":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","snapshot":{}}"#,
        );
        assert!(why(&path).contains("a field does not fit: missing field `org`"));
    }

    #[test]
    fn inflation_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        gzipped(&path, &" ".repeat(3 << 20));
        let error = sealed::read_within::<Snapshot>(&KIND, &path, 2 << 20).unwrap_err();
        assert!(error.to_string().contains("inflates to more than 2 MB"), "{error}");
    }

    #[test]
    fn file_names_are_safe_and_never_shared() {
        assert_eq!(file_name("dev"), "dev.snapshot.json.gz");
        assert_eq!(file_name("acme.eu-1"), "acme.eu-1.snapshot.json.gz");
        assert_eq!(file_name("../x"), "%2E.%2Fx.snapshot.json.gz");
        assert_ne!(file_name("a/b"), file_name("a_b"));
        let long = |end: &str| file_name(&format!("{}{end}", "ü".repeat(200)));
        assert!(long("a").len() < 200 && long("a") != long("b"));
    }
}
