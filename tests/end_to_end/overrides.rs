//! The overlay file: reviewed corrections of the matrix, in force for a time and marked wherever they decide.

use crate::program::{Stage, rolecall};

const ENTRY: &str = "[[override]]
operation = \"POST /api/v2/analytics/queues/observations/query\"
org = \"dev\"
match = \"ALL\"
permissions = [\"analytics:queueObservation:view\", \"authorization:grant:add\"]
reason = \"refused without the second permission\"
evidence = \"3 calls answered 403 on 2026-11-19\"
owner = \"platform team\"
expires = 2026-12-31
";

const OBSERVATIONS: &str = "POST /api/v2/analytics/queues/observations/query";

#[test]
fn override_decides_verdicts_and_is_marked_wherever_it_does() {
    let stage = Stage::of(&["dev"], "");
    std::fs::write(stage.path("overrides.toml"), ENTRY).unwrap();
    stage.configure("[matrix]\nsource = \"bundled\"\noverrides = \"overrides.toml\"\n");
    stage.run();
    let config = stage.text("rolecall.toml");
    let ended = rolecall(&[
        "explain",
        "--config",
        &config,
        "--principal",
        "Queue Dashboard",
        "--endpoint",
        OBSERVATIONS,
        "--format",
        "json",
    ]);
    let answer: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((ended.code, answer["verdict"].as_str()), (1, Some("denied")));
    assert!(
        answer["evidence"].to_string().contains("override overrides.toml:1 (platform team, until 2026-12-31)"),
        "{answer}"
    );
    let endpoints = stage.rows("endpoints.csv");
    let row = endpoints.iter().find(|row| format!("{} {}", row["method"], row["path"]) == OBSERVATIONS).unwrap();
    assert_eq!(row["permissions"], "analytics:queueObservation:view;authorization:grant:add");
    assert!(row["source"].starts_with("override overrides.toml:1") && row["source"].contains("published: "), "{row:?}");
    let used = &stage.json("run.json")["orgs"][0]["matrix"]["overrides"][0];
    assert_eq!((&used["fate"], &used["owner"]), (&"applied".into(), &"platform team".into()));
    let page = std::fs::read_to_string(stage.path("out/latest/report.html")).unwrap();
    assert!(page.contains("is decided by overrides.toml:1"), "the report names it beside the matrix");
    // The next night compares the platform's documents: the entry is no change of the platform's.
    std::fs::remove_file(stage.path("overrides.toml")).unwrap();
    std::fs::write(stage.path("overrides.toml"), "").unwrap();
    stage.run_as_of("2026-11-21T02:00:00Z");
    let findings = stage.rows("findings.csv");
    assert!(findings.iter().all(|row| row["check"] != "matrix.requirement-changed"), "{findings:?}");
}

#[test]
fn ended_override_is_not_applied_and_reported() {
    let stage = Stage::of(&["dev"], "");
    std::fs::write(stage.path("overrides.toml"), ENTRY.replace("2026-12-31", "2026-11-19")).unwrap();
    stage.configure("[matrix]\nsource = \"bundled\"\noverrides = \"overrides.toml\"\n");
    stage.run();
    let findings = stage.rows("findings.csv");
    let reported = findings.iter().find(|row| row["check"] == "matrix.override-expired").unwrap();
    assert_eq!(reported["subject_name"], OBSERVATIONS);
    let endpoints = stage.rows("endpoints.csv");
    let row = endpoints.iter().find(|row| format!("{} {}", row["method"], row["path"]) == OBSERVATIONS).unwrap();
    assert!(!row["permissions"].contains("authorization:grant:add"), "{row:?}");
}

#[test]
fn file_that_cannot_be_meant_stops_everything_with_its_lines() {
    let stage = Stage::of(&["dev"], "");
    std::fs::write(
        stage.path("overrides.toml"),
        ENTRY.replace("owner = \"platform team\"\n", "").replace("\"dev\"", "\"devv\""),
    )
    .unwrap();
    stage.configure("[matrix]\noverrides = \"overrides.toml\"\n");
    let ended = stage.run();
    assert_eq!(ended.code, 2);
    for said in ["overrides.toml", "has no `owner`", "did you mean `dev`"] {
        assert!(ended.err.contains(said), "{said}: {}", ended.err);
    }
    assert!(!stage.path("out").exists());
}

#[test]
fn lint_says_which_entries_cannot_do_what_they_are_for() {
    let stage = Stage::of(&["dev"], "");
    let invented =
        ENTRY.replace(OBSERVATIONS, "GET /api/v2/analytics/queues/summary").replace("2026-12-31", "2099-12-31");
    std::fs::write(stage.path("overrides.toml"), invented).unwrap();
    let ended = rolecall(&["matrix", "lint", "--overrides", &stage.text("overrides.toml")]);
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert!(ended.out.contains("overrides.toml:1: operation-not-in-matrix"), "{}", ended.out);
    assert!(ended.out.contains(OBSERVATIONS), "{}", ended.out);
}
