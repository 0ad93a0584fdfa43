//! Nights after each other: what the history keeps, and what the reports say of what became of findings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::program::{Ended, Stage, files, rolecall};

const NIGHTS: [&str; 4] =
    ["2026-11-20T02:00:00Z", "2026-11-21T02:00:00Z", "2026-11-22T02:00:00Z", "2026-11-23T02:00:00Z"];

/// Only what these tests look at: the rest is written the same on every night.
const LEAN: &str = "[report]\nformats = [\"csv\"]\naccess = \"none\"\n";

fn night(stage: &Stage, at: &str) -> Ended {
    rolecall(&["run", "--config", &stage.text("rolecall.toml"), "--out", &stage.text("out"), "--as-of", at])
}

fn file_of(at: &str) -> String {
    at.replace(':', "-")
}

fn statuses(stage: &Stage) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for row in stage.rows("findings.csv").iter().filter(|row| !row["check"].starts_with("data.")) {
        *counts.entry(row["status"].clone()).or_default() += 1;
    }
    counts
}

fn only(status: &str, count: usize) -> BTreeMap<String, usize> {
    BTreeMap::from([(status.to_owned(), count)])
}

#[test]
fn second_night_on_an_unchanged_org_has_nothing_new_and_nothing_resolved() {
    let stage = Stage::with_faults("");
    stage.configure(LEAN);
    assert_eq!(night(&stage, NIGHTS[0]).code, 1);
    let first = stage.rows("findings.csv");
    assert!(first.len() > 10 && first.iter().all(|row| row["status"] == "new"));
    let ended = night(&stage, NIGHTS[1]);
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("nothing new, nothing resolved"), "{}", ended.err);
    let second = stage.rows("findings.csv");
    let ids = |rows: &[BTreeMap<String, String>]| rows.iter().map(|row| row["finding_id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&first), ids(&second));
    for row in &second {
        assert_eq!(row["status"], "persisting", "{row:?}");
        assert_eq!((row["first_seen"].as_str(), row["last_seen"].as_str()), (NIGHTS[0], NIGHTS[1]));
    }
    let history = &stage.json("run.json")["history"];
    assert_eq!(history["previous_run"], "2026-11-20T02-00-00Z");
    assert_eq!((&history["nights_kept"], &history["new"], &history["resolved"]), (&1.into(), &0.into(), &0.into()));
}

#[test]
fn list_that_is_not_read_makes_findings_incomparable_and_the_night_after_knows_them_again() {
    let mut stage = Stage::of(&["dev"], "");
    stage.configure(LEAN);
    night(&stage, NIGHTS[0]);
    let all = stage.rows("findings.csv").len();
    stage.set_faults("roles=500");
    stage.configure(LEAN);
    let ended = night(&stage, NIGHTS[1]);
    assert_eq!(ended.code, 3, "{}", ended.err);
    let blind = stage.rows("findings.csv");
    let incomparable: Vec<_> = blind.iter().filter(|row| row["status"] == "incomparable").collect();
    assert!(!incomparable.is_empty());
    assert!(incomparable.iter().any(|row| row["detail"].contains("not read completely of `dev`: `roles`")));
    assert!(blind.iter().all(|row| !matches!(row["status"].as_str(), "resolved" | "better")), "{blind:#?}");
    stage.set_faults("");
    stage.configure(LEAN);
    assert_eq!(night(&stage, NIGHTS[2]).code, 1);
    let fresh: Vec<_> = stage.rows("findings.csv").into_iter().filter(|row| row["status"] == "new").collect();
    assert!(fresh.is_empty(), "{fresh:#?}");
    assert_eq!(statuses(&stage), only("persisting", all));
    assert!(
        stage.rows("findings.csv").iter().all(|row| row["first_seen"] == NIGHTS[0] || row["check"] == "data.not-known")
    );
}

#[test]
fn night_that_was_torn_is_passed_over_for_the_one_before() {
    let stage = Stage::of(&["dev"], "");
    stage.configure(LEAN);
    night(&stage, NIGHTS[0]);
    let all = stage.rows("findings.csv").len();
    night(&stage, NIGHTS[1]);
    let torn = stage.path(&format!("history/nights/{}.json.gz", file_of(NIGHTS[1])));
    let bytes = std::fs::read(&torn).unwrap();
    std::fs::write(&torn, &bytes[..bytes.len() / 2]).unwrap();
    let left = stage.path("history/nights/.rolecall-left");
    std::fs::write(&left, b"half").unwrap();
    let ended = night(&stage, NIGHTS[2]);
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(ended.err.contains("is damaged: it ends too early"), "{}", ended.err);
    assert_eq!(statuses(&stage), only("persisting", all));
    assert_eq!(stage.json("run.json")["history"]["previous_run"], file_of(NIGHTS[0]));
    assert!(!left.exists());
}

#[test]
fn audit_of_a_night_with_a_history_gives_the_same_bytes_and_keeps_nothing() {
    let stage = Stage::of(&["dev"], "");
    stage.configure("[history]\nkeep_nights = 2\nkeep_snapshots = 2\n");
    NIGHTS[..3].iter().for_each(|at| drop(night(&stage, at)));
    let run = files(&stage.path("out/latest"));
    let before = files(&stage.path("history"));
    let snapshot = stage.text(&format!("history/dev/{}.snapshot.json.gz", file_of(NIGHTS[2])));
    let ended = rolecall(&[
        "audit",
        "--config",
        &stage.text("rolecall.toml"),
        "--snapshot",
        &snapshot,
        "--out",
        &stage.text("again"),
    ]);
    assert_eq!(ended.code, 1, "{}", ended.err);
    for (name, bytes) in files(&stage.path("again/latest")) {
        assert!(run[&name] == bytes, "{} differs", name.display());
    }
    assert!(before == files(&stage.path("history")), "an audit writes into the history");
}

#[test]
fn old_nights_go_and_what_is_left_is_private() {
    let stage = Stage::of(&["dev"], "");
    stage.configure(&format!("{LEAN}[history]\nkeep_nights = 3\nkeep_snapshots = 2\n"));
    NIGHTS.iter().for_each(|at| drop(night(&stage, at)));
    let kept: Vec<PathBuf> = files(&stage.path("history"))
        .into_keys()
        .filter(|path| !path.starts_with("matrices") && !path.starts_with("matrix"))
        .collect();
    let mut expected: Vec<PathBuf> = NIGHTS[2..]
        .iter()
        .map(|at| format!("dev/{}.snapshot.json.gz", file_of(at)))
        .chain(["lock".to_owned()])
        .chain(NIGHTS[1..].iter().map(|at| format!("dev/{}.matrix.json", file_of(at))))
        .chain(NIGHTS[1..].iter().map(|at| format!("nights/{}.json.gz", file_of(at))))
        .map(PathBuf::from)
        .collect();
    expected.sort();
    assert_eq!(kept, expected);
    #[cfg(unix)]
    for path in kept {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(stage.path("history").join(&path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
}

#[test]
fn org_that_is_not_asked_is_neither_shown_nor_forgotten() {
    let stage = Stage::with_faults("");
    stage.configure(LEAN);
    night(&stage, NIGHTS[0]);
    let first = stage.rows("findings.csv");
    let out = stage.text("out");
    let config = stage.text("rolecall.toml");
    rolecall(&["run", "--config", &config, "--out", &out, "--as-of", NIGHTS[1], "--org", "dev"]);
    assert!(stage.rows("findings.csv").iter().all(|row| row["org"] == "dev" && row["status"] == "persisting"));
    night(&stage, NIGHTS[2]);
    assert_eq!(statuses(&stage), only("persisting", first.len()));
}

#[test]
fn second_run_at_once_is_refused() {
    let stage = Stage::of(&["dev"], "");
    let _held = rolecall_findings::history::lock::take(&stage.path("history"), NIGHTS[0].parse().unwrap()).unwrap();
    let ended = night(&stage, NIGHTS[1]);
    assert_eq!(ended.code, 4, "{}", ended.err);
    assert!(ended.err.contains("another run is using the history"), "{}", ended.err);
    assert!(ended.err.contains("night 2026-11-20T02-00-00Z"), "{}", ended.err);
    assert!(stage.requests().is_empty(), "nothing is sent");
}

#[test]
fn demo_tells_what_became_of_findings_since_its_own_night_before_however_often_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let demo = || {
        let ended = rolecall(&["demo", "--as-of", NIGHTS[1], "--out", out]);
        assert_eq!(ended.code, 0, "{}", ended.err);
        std::fs::read_to_string(folder.path().join("latest/findings.csv")).unwrap()
    };
    let first = demo();
    let mut reader = csv::Reader::from_reader(first.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(|row| row.unwrap()).collect();
    for status in ["new", "persisting", "resolved"] {
        assert!(rows.iter().any(|row| row["status"] == status), "{status}: {first}");
    }
    assert_eq!(first, demo());
}

#[test]
fn pair_with_an_org_that_is_not_asked_is_not_called_unreadable() {
    let stage = Stage::with_faults("");
    stage.configure(&format!("{LEAN}[[drift]]\nfrom = \"dev\"\nto = \"staging\"\n"));
    night(&stage, NIGHTS[0]);
    let first = stage.rows("findings.csv").len();
    let (out, config) = (stage.text("out"), stage.text("rolecall.toml"));
    rolecall(&["run", "--config", &config, "--out", &out, "--as-of", NIGHTS[1], "--org", "dev"]);
    let rows = stage.rows("findings.csv");
    assert!(rows.iter().all(|row| row["org"] == "dev" && row["status"] == "persisting"), "{rows:#?}");
    night(&stage, NIGHTS[2]);
    assert_eq!(statuses(&stage), only("persisting", first));
}
