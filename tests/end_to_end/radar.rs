//! Nights on which the platform asks for something else, and the same question about any two matrices.

use std::collections::BTreeMap;
use std::path::Path;

use rolecall_simulate::OrgSource;

use crate::program::{Stage, files, rolecall};

const SECOND: &str = "2026-11-21T02:00:00Z";
const THIRD: &str = "2026-11-22T02:00:00Z";

/// What the platform changes before the second night. Nobody's role changes.
const CHANGES: &str = r#"[
    {"method": "GET", "path": "/api/v2/routing/queues",
     "permissions": {"type": "ALL", "permissions": ["routing:queue:view", "routing:queue:edit"]}},
    {"method": "POST", "path": "/api/v2/users", "removed": true},
    {"method": "DELETE", "path": "/api/v2/greetings/{greetingId}", "deprecated": true},
    {"method": "GET", "path": "/api/v2/supervision/screens",
     "permissions": {"type": "ANY", "permissions": ["ui:supervisorScreenMonitoring:view"]}, "scopes": []}
]"#;

/// The embedded org `dev` as a folder below `folder`, with these changes of the document.
fn dev(folder: &Path, changes: &str) -> OrgSource {
    let target = folder.join("dev");
    std::fs::create_dir_all(&target).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/orgs/dev");
    for entry in std::fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, target.join(path.file_name().unwrap())).unwrap();
    }
    if !changes.is_empty() {
        std::fs::write(target.join("swagger-changes.json"), changes).unwrap();
    }
    OrgSource::Folder(target)
}

/// A stage that keeps its history in this folder.
fn stage(folder: &Path, name: &str, changes: &str) -> Stage {
    let stage = Stage::serving(vec![dev(&folder.join(name), changes)], "");
    stage.configure(&format!("[history]\ndir = {:?}\n", folder.join("history").to_str().unwrap()));
    stage
}

fn of_check(stage: &Stage, check: &str) -> Vec<BTreeMap<String, String>> {
    stage.rows("findings.csv").into_iter().filter(|row| row["check"] == check).collect()
}

#[test]
fn second_night_tells_what_the_platform_changed_and_whom_it_hurts() {
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().join("history");
    let first = stage(folder.path(), "first", "");
    assert_eq!(first.run().code, 1);
    for check in ["matrix.changed", "matrix.requirement-changed", "matrix.operation-removed"] {
        assert!(of_check(&first, check).is_empty(), "{check} on a first night");
    }
    assert_eq!(first.json("run.json")["orgs"][0]["matrix"]["previous_sha256"], serde_json::Value::Null);
    assert!(history.join("dev/2026-11-20T02-00-00Z.matrix.json").is_file());
    assert_eq!(files(&history.join("matrices")).len(), 1);

    let second = stage(folder.path(), "second", CHANGES);
    assert_eq!(second.run_as_of(SECOND).code, 1);
    let changed = of_check(&second, "matrix.requirement-changed");
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert_eq!((changed[0]["severity"].as_str(), changed[0]["subject_kind"].as_str()), ("high", "endpoint"));
    let title = &changed[0]["title"];
    assert!(title.starts_with("GET /api/v2/routing/queues needs all of"), "{title}");
    let (facts, fix) = (second.json("findings.json").to_string(), &changed[0]["fix"]);
    assert!(facts.contains("`Queue Validator` (oauth_client): allowed before, denied now (missing-permission)"));
    assert!(facts.contains("`Everything Bot`") && !fix.contains("Everything Bot"), "who holds both is not hurt");
    assert!(fix.contains("Queue Validator") && fix.contains("Queue Dashboard"), "{fix}");
    let removed = of_check(&second, "matrix.operation-removed");
    assert_eq!(removed.len(), 1, "{removed:?}");
    assert_eq!(removed[0]["severity"], "high");
    assert!(removed[0]["title"].starts_with("POST /api/v2/users is gone: "), "{}", removed[0]["title"]);
    let wildcard = of_check(&second, "matrix.new-permission-under-wildcard");
    assert_eq!(wildcard.len(), 1, "{wildcard:?}");
    assert_eq!(wildcard[0]["subject_name"], "ui:supervisorScreenMonitoring:view");
    let all = of_check(&second, "matrix.changed");
    assert!(all[0]["title"].starts_with("1 operation came, 1 went, 1 changed"), "{}", all[0]["title"]);
    let matrix = second.json("run.json")["orgs"][0]["matrix"].clone();
    assert_eq!(matrix["previous_sha256"], first.json("run.json")["orgs"][0]["matrix"]["sha256"]);
    assert_eq!(matrix["changes"]["retold"], 1);
    assert_eq!(files(&history.join("matrices")).len(), 2);

    // An audit of the second night says the same, and writes nothing into the history.
    let before = files(&history);
    let snapshot = history.join("dev/2026-11-21T02-00-00Z.snapshot.json.gz");
    let audit = rolecall(&[
        "audit",
        "--config",
        &second.text("rolecall.toml"),
        "--snapshot",
        snapshot.to_str().unwrap(),
        "--out",
        &second.text("again"),
    ]);
    assert_eq!(audit.code, 1, "{}", audit.err);
    assert!(files(&second.path("out/latest")) == files(&second.path("again/latest")));
    assert!(files(&history) == before);

    // A third night on which nothing changed has nothing to tell.
    assert_eq!(second.run_as_of(THIRD).code, 1);
    for check in [
        "matrix.changed",
        "matrix.requirement-changed",
        "matrix.operation-removed",
        "matrix.new-permission-under-wildcard",
    ] {
        assert!(of_check(&second, check).is_empty(), "{check} although nothing changed");
    }
    assert_eq!(files(&history.join("matrices")).len(), 2);
}

#[test]
fn built_in_matrix_in_place_of_the_orgs_own_neither_resolves_nor_adds_findings() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(stage(folder.path(), "first", CHANGES).run().code, 1);
    let fallen = Stage::serving(vec![dev(&folder.path().join("second"), CHANGES)], "swagger=500");
    fallen.configure(&format!("[history]\ndir = {:?}\n", folder.path().join("history").to_str().unwrap()));
    assert_eq!(fallen.run_as_of(SECOND).code, 1);
    assert_eq!(of_check(&fallen, "matrix.stale-or-fallback").len(), 1);
    let rows = fallen.rows("findings.csv");
    for row in rows.iter().filter(|row| !row["check"].starts_with("matrix.")) {
        assert!(matches!(row["status"].as_str(), "persisting" | "incomparable"), "{row:#?}");
        assert!(!row["check"].starts_with("night."), "nobody changed anything: {row:#?}");
    }
    assert!(rows.iter().any(|row| row["detail"].contains("the built-in one may ask for something else")));
    assert!(fallen.rows("changes.csv").is_empty());
    let back = stage(folder.path(), "third", CHANGES);
    assert_eq!(back.run_as_of(THIRD).code, 1);
    for row in back.rows("findings.csv").iter().filter(|row| !row["check"].starts_with("matrix.")) {
        assert_eq!(row["status"], "persisting", "{row:#?}");
    }
}

#[test]
fn night_without_a_kept_matrix_is_compared_with_the_one_its_snapshot_carries() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(stage(folder.path(), "first", "").run().code, 1);
    let history = folder.path().join("history");
    std::fs::remove_file(history.join("dev/2026-11-20T02-00-00Z.matrix.json")).unwrap();
    let second = stage(folder.path(), "second", CHANGES);
    assert_eq!(second.run_as_of(SECOND).code, 1);
    assert_eq!(of_check(&second, "matrix.requirement-changed").len(), 1);
    assert_eq!(files(&history.join("matrices")).len(), 1, "what no night refers to is gone");
}

#[test]
fn diff_for_a_configuration_names_who_is_refused_and_exits_by_it() {
    let stage = Stage::of(&["dev"], "");
    assert_eq!(stage.run().code, 1);
    let bundled = rolecall(&["matrix", "search", "/", "--format", "csv"]).out;
    let (old, new) = (
        "GET,/api/v2/routing/queues,ALL,routing:queue:view,",
        "GET,/api/v2/routing/queues,ALL,routing:queue:view;routing:queue:edit,",
    );
    let changed = if bundled.contains(old) {
        bundled.replace(old, new)
    } else {
        bundled.replace(&old.replace("ALL", "ANY"), new)
    };
    assert_ne!(bundled, changed);
    std::fs::write(stage.path("old.csv"), &bundled).unwrap();
    std::fs::write(stage.path("new.csv"), &changed).unwrap();
    let config = stage.text("rolecall.toml");
    let diff = |a: &str, b: &str, more: &[&str]| {
        let (a, b) = (stage.text(a), stage.text(b));
        rolecall(&[&["matrix", "diff", &a, &b, "--config", &config], more].concat())
    };
    let table = diff("old.csv", "new.csv", &[]);
    assert_eq!(table.code, 1, "{}{}", table.out, table.err);
    assert!(table.out.contains("dev: 0 added (0 needed), 0 removed (0 needed), 1 changed (1 needed)"), "{}", table.out);
    assert!(table.out.lines().any(|line| line.starts_with("refused") && line.contains("Queue Validator")));
    assert!(!table.out.lines().any(|line| line.starts_with("refused") && line.contains("Everything Bot")));
    let back = diff("new.csv", "old.csv", &["--format", "json"]);
    assert_eq!(back.code, 0, "{}", back.err);
    let value: serde_json::Value = serde_json::from_str(&back.out).unwrap();
    assert_eq!((&value["orgs"][0]["breaks"], &value["orgs"][0]["complete"]), (&false.into(), &true.into()));
    let snapshot = stage.text("history/dev/2026-11-20T02-00-00Z.snapshot.json.gz");
    let csv = diff("old.csv", "new.csv", &["--format", "csv", "--snapshot", &snapshot, "--org", "dev"]);
    assert_eq!(csv.code, 1, "{}", csv.err);
    assert!(csv.out.starts_with("org,change,method,path,permissions_before,"), "{}", csv.out);
    let same = diff("old.csv", "old.csv", &[]);
    assert_eq!((same.code, same.out.lines().count()), (0, 1), "{}", same.out);
    assert_eq!(diff("old.csv", "new.csv", &["--exit-code"]).code, 2);
    assert_eq!(diff("old.csv", "new.csv", &["--org", "nobody"]).code, 2);
}

#[test]
fn diff_for_a_configuration_is_not_sure_where_a_snapshot_is_not_complete() {
    let stage = Stage::of(&["dev"], "groups=403");
    assert_eq!(stage.run().code, 3);
    let config = stage.text("rolecall.toml");
    assert_eq!(rolecall(&["matrix", "diff", "bundled", "bundled", "--config", &config]).code, 3);
}

#[test]
fn matrix_of_the_night_is_kept_beside_its_snapshot_and_names_its_hash() {
    let stage = Stage::of(&["dev"], "");
    stage.configure("[matrix]\nsource = \"bundled\"\n");
    assert_eq!(stage.run().code, 1);
    let pointer: serde_json::Value =
        serde_json::from_slice(&std::fs::read(stage.path("history/dev/2026-11-20T02-00-00Z.matrix.json")).unwrap())
            .unwrap();
    let sha256 = pointer["sha256"].as_str().unwrap();
    assert_eq!((pointer["origin"].as_str(), pointer["operations"].as_u64()), (Some("bundled"), Some(3397)));
    assert!(stage.path(&format!("history/matrices/{sha256}.csv.gz")).is_file());
    assert_eq!(stage.json("run.json")["orgs"][0]["matrix"]["published_sha256"], sha256);
}
