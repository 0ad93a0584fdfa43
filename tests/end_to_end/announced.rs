//! The built-in overlay and requirements that are announced for a day.

use crate::program::{Ended, Stage, rolecall};

const USER: &str = "POST /api/v2/authorization/divisions/{divisionId}/objects/USER";
const TEMPLATE: &str = "POST /api/v2/authorization/divisions/{divisionId}/objects/{objectType}";
const FORWARDING: &str = "GET /api/v2/users/{userId}/callforwarding";
const BEFORE: &str = "2026-02-01T02:00:00Z";

fn explain(stage: &Stage, endpoint: &str, as_of: &str) -> (i32, serde_json::Value) {
    let config = stage.text("rolecall.toml");
    let ended = rolecall(&[
        "explain",
        "--config",
        &config,
        "--principal",
        "Queue Dashboard",
        "--endpoint",
        endpoint,
        "--as-of",
        as_of,
        "--format",
        "json",
    ]);
    (ended.code, serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}", ended.err)))
}

#[test]
fn concrete_object_type_is_shown_with_its_source_and_the_template_with_what_is_known() {
    for asked in [USER, "POST /authorization/divisions/abc/objects/user"] {
        let Ended { code, out, .. } = rolecall(&["matrix", "show", asked]);
        assert_eq!(code, 0);
        for said in ["directory:user:edit", "announcement of 2025-12-01", "https://community.genesys.com/", USER] {
            assert!(out.contains(said), "{said}: {out}");
        }
    }
    let Ended { code, out, .. } = rolecall(&["matrix", "show", TEMPLATE]);
    assert_eq!(code, 0);
    for said in [
        "nothing is published",
        "objects/USER: ANY directory:user:edit",
        "objects/QUEUE: ANY routing:queue:edit",
        "help page",
    ] {
        assert!(out.contains(said), "{said}: {out}");
    }
    let shown = rolecall(&["matrix", "show", TEMPLATE, "--format", "json"]).out;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["known"].as_array().unwrap().len(), 10, "{shown}");
    let lint = rolecall(&["matrix", "lint"]);
    assert!(lint.out.contains("built-in overlay: ") && lint.out.contains(" rows, 0 remarks"), "{}", lint.out);
}

#[test]
fn night_before_the_day_warns_and_the_night_after_it_has_a_gap() {
    let stage = Stage::of(&["dev"], "");
    stage.configure("[matrix]\nsource = \"bundled\"\n");
    std::fs::write(
        stage.path("needs.csv"),
        format!("principal,method,path,division,note\nQueue Dashboard,GET,{},,wall board\n", &FORWARDING[4..]),
    )
    .unwrap();
    stage.run_as_of(BEFORE);
    let findings = stage.rows("findings.csv");
    let announced = findings.iter().find(|row| row["check"] == "matrix.announced").unwrap();
    assert_eq!(announced["severity"], "high");
    for said in ["On 2026-03-01", FORWARDING, "conversation:callForwarding:view", "will get a 403"] {
        assert!(announced["title"].contains(said), "{said}: {}", announced["title"]);
    }
    assert!(announced["fix"].contains("conversation:callForwarding:view"), "{}", announced["fix"]);
    assert!(findings.iter().all(|row| row["check"] != "gap.declared"));
    let matrix = stage.json("run.json")["orgs"][0]["matrix"].clone();
    assert_eq!(matrix["announced"].as_array().unwrap().len(), 7, "{matrix}");
    assert_eq!(matrix["reviewed"]["decides-before"], 5, "{matrix}");
    let summary = std::fs::read_to_string(stage.path("out/latest/summary.md")).unwrap_or_default();
    assert!(summary.is_empty() || summary.contains("## Announced"), "{summary}");
    let page = std::fs::read_to_string(stage.path("out/latest/report.html")).unwrap();
    assert!(page.contains("Announced requirements"));

    let (code, answer) = explain(&stage, FORWARDING, "2026-02-28");
    assert_eq!((code, answer["verdict"].as_str()), (0, Some("allowed")), "{answer}");
    assert!(answer["evidence"].to_string().contains("until 2026-03-01"), "{answer}");
    let (code, answer) = explain(&stage, FORWARDING, "2026-03-01");
    assert_eq!((code, answer["verdict"].as_str()), (1, Some("denied")), "{answer}");
    let (_, answer) = explain(&stage, USER, "2026-11-20T02:00:00Z");
    assert_eq!(answer["permissions"].to_string(), "[\"directory:user:edit\"]");
    assert!(answer["evidence"].to_string().contains("announcement of 2025-12-01"), "{answer}");
    let (_, answer) = explain(&stage, TEMPLATE, "2026-11-20");
    assert!(answer["evidence"].to_string().contains("objects/QUEUE"), "{answer}");

    stage.run_as_of("2026-11-20T02:00:00Z");
    let findings = stage.rows("findings.csv");
    let open = |check: &str| findings.iter().filter(|row| row["check"] == check && row["status"] != "resolved").count();
    assert_eq!((open("matrix.announced"), open("gap.declared")), (0, 1), "{findings:#?}");
    assert_eq!(open("matrix.requirement-changed"), 1, "what was announced took effect between the two nights");
    let endpoints = stage.rows("endpoints.csv");
    let user = endpoints.iter().find(|row| format!("{} {}", row["method"], row["path"]) == USER).unwrap();
    assert!(user["source"].starts_with("reviewed: announcement of 2025-12-01"), "{user:?}");
    assert!(stage.rows("access.csv").iter().any(|row| row["path"].ends_with("/objects/USER")));
}

#[test]
fn entry_of_the_overlay_file_may_announce_too() {
    let stage = Stage::of(&["dev"], "");
    let entry = "[[override]]\noperation = \"GET /api/v2/groups\"\npermissions = [\"directory:group:view\"]\n\
        effective = 2026-12-15\nbefore = { match = \"NONE\" }\nreason = \"announced to us\"\nevidence = \"ticket 4711\"\n\
        owner = \"platform team\"\nexpires = 2027-03-31\n";
    std::fs::write(stage.path("overrides.toml"), entry).unwrap();
    stage.configure("[matrix]\nsource = \"bundled\"\noverrides = \"overrides.toml\"\n");
    std::fs::write(
        stage.path("needs.csv"),
        "principal,method,path,division,note\nQueue Dashboard,GET,/api/v2/groups,,\n",
    )
    .unwrap();
    stage.run();
    let findings = stage.rows("findings.csv");
    let announced = findings.iter().find(|row| row["check"] == "matrix.announced").unwrap();
    assert!(announced["title"].starts_with("On 2026-12-15 GET /api/v2/groups will require `directory:group:view`"));
    assert!(announced["detail"].contains("override overrides.toml:1"), "{}", announced["detail"]);
    let used = &stage.json("run.json")["orgs"][0]["matrix"]["overrides"][0];
    assert_eq!((&used["fate"], &used["effective"]), (&"announced".into(), &"2026-12-15".into()));
}
