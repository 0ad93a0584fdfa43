//! The commands beside the nightly one, the global options, and what is refused before anything is sent.

use serde_json::Value;

use crate::program::{AS_OF, Stage, rolecall};

const OBSERVATIONS: &str = "POST /api/v2/analytics/queues/observations/query";

#[test]
fn every_schema_is_json() {
    for of in ["config", "findings", "snapshot"] {
        let ended = rolecall(&["schema", of]);
        let schema: Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{of}");
        assert!(schema["$schema"].is_string() && schema["properties"].is_object(), "{of}");
    }
}

#[test]
fn completions_and_manual_name_every_command() {
    let completions = rolecall(&["completions", "bash"]);
    let manual = rolecall(&["man"]);
    assert_eq!((completions.code, manual.code), (0, 0));
    for command in
        ["demo", "run", "collect", "audit", "explain", "who-can", "can", "checks", "doctor", "simulate", "schema"]
    {
        assert!(completions.out.contains(&format!("rolecall,{command})")), "{command}");
        assert!(manual.out.contains(&format!(".SH \"ROLECALL {}\"", command.to_uppercase())), "{command}");
    }
    assert!(manual.out.contains(".SH \"ROLECALL MATRIX IMPORT\""));
    assert!(manual.out.contains("\\-\\-scopes\\-enforced"), "options of commands are reported");
    assert_eq!(manual.out.matches("\\-\\-no\\-progress\\fR\n").count(), 1, "global options stand once");
}

#[test]
fn matrix_update_keeps_the_orgs_own_document_and_compares_it() {
    let stage = Stage::of(&["dev"], "");
    let update = || rolecall(&["matrix", "update", "--config", &stage.text("rolecall.toml")]);
    let first = update();
    assert_eq!(first.code, 0, "{}{}", first.out, first.err);
    assert!(first.out.contains("against the built-in one"), "{}", first.out);
    let kept: Vec<_> =
        std::fs::read_dir(stage.path("history/matrix")).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(kept.len(), 1);
    let second = update();
    assert!(second.out.contains("0 added, 0 removed, 0 changed against the one cached before"), "{}", second.out);
    let shown = rolecall(&["matrix", "show", OBSERVATIONS, "--matrix", kept[0].to_str().unwrap(), "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(shown["permissions"], serde_json::json!(["analytics:queueObservation:view"]));
}

#[test]
fn matrix_update_that_fails_is_not_known() {
    let stage = Stage::of(&["dev"], "swagger=truncate");
    let ended = rolecall(&["matrix", "update", "--config", &stage.text("rolecall.toml")]);
    assert_eq!(ended.code, 3, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("bundled"), "{}", ended.out);
}

#[test]
fn answers_have_the_promised_keys_and_assertions_their_exit_codes() {
    let stage = Stage::of(&["dev", "staging"], "");
    stage.run();
    let config = stage.text("rolecall.toml");
    let ask = |more: &[&str]| {
        let mut arguments = vec!["explain", "--config", &config, "--principal", "Queue Dashboard", "--endpoint"];
        arguments.extend(more);
        rolecall(&arguments)
    };
    for (endpoint, org, expected, code) in [
        (OBSERVATIONS, "dev", "allowed", 0),
        (OBSERVATIONS, "dev", "denied", 1),
        (OBSERVATIONS, "staging", "allowed", 1),
        (OBSERVATIONS, "staging", "denied", 0),
        ("GET /api/v2/analytics/queues/summary", "dev", "denied", 3),
    ] {
        assert_eq!(ask(&[endpoint, "--org", org, "--expect", expected]).code, code, "{endpoint} {org} {expected}");
    }
    // Of several orgs the worst answer decides, and the answers are a list.
    let both = ask(&[OBSERVATIONS, "--format", "json"]);
    let answers: Value = serde_json::from_str(&both.out).unwrap();
    assert_eq!((both.code, answers.as_array().unwrap().len(), both.err.as_str()), (1, 2, ""));
    for key in [
        "org",
        "principal_kind",
        "principal_id",
        "principal_name",
        "method",
        "path",
        "verdict",
        "reasons",
        "permissions_match",
        "permissions",
        "missing_permissions",
        "missing_scopes",
        "divisions",
        "evidence",
        "fixes",
        "nearest",
    ] {
        assert!(answers[0].get(key).is_some(), "{key}");
    }
    let table = ask(&[OBSERVATIONS, "--format", "csv"]);
    let mut table = csv::Reader::from_reader(table.out.as_bytes());
    assert_eq!(table.headers().unwrap().len(), answers[0].as_object().unwrap().len());
    assert_eq!(table.records().count(), 2);

    let first_row = |arguments: &[&str]| {
        let ended = rolecall(arguments);
        let rows: Value = serde_json::from_str(&ended.out).unwrap();
        rows[0].as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>()
    };
    let who_can = first_row(&["who-can", OBSERVATIONS, "--config", &config, "--format", "json"]);
    let can = first_row(&["can", "svc-reporting", "--config", &config, "--org", "dev", "--format", "json"]);
    let header = std::fs::read_to_string(stage.path("out/latest/access.csv")).unwrap();
    let promised: Vec<&str> = header.lines().next().unwrap().split(',').take(11).collect();
    for keys in [who_can, can] {
        assert!(promised.iter().all(|key| keys.contains(*key)), "{keys:?}");
    }
}

#[test]
fn questions_about_unknown_orgs_name_the_known_ones() {
    let stage = Stage::of(&["dev"], "");
    stage.run();
    let config = stage.text("rolecall.toml");
    let snapshot = stage.text("history/dev/2026-11-20T02-00-00Z.snapshot.json.gz");
    for source in [["--config", &config], ["--snapshot", &snapshot]] {
        let ended = rolecall(&["can", "Queue Dashboard", source[0], source[1], "--org", "devv"]);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{}", ended.err);
        assert!(ended.err.contains("devv") && ended.err.contains("`dev`"), "{}", ended.err);
    }
    let ended = rolecall(&["doctor", "--config", &config, "--org", "devv"]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    let ended = rolecall(&["can", "Queue Dashboard"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("--snapshot") && ended.err.contains("--config"), "{}", ended.err);
}

#[test]
fn folders_that_cannot_be_written_are_reported_before_anything_is_sent() {
    let stage = Stage::of(&["dev"], "");
    let config = stage.text("rolecall.toml");
    std::fs::write(stage.path("file"), "").unwrap();
    let run = rolecall(&["run", "--config", &config, "--out", &stage.text("file")]);
    let collect = rolecall(&["collect", "--config", &config, "--out", &stage.text("file/below")]);
    stage.configure("[history]\ndir = \"file\"\n");
    let history = stage.run();
    for (ended, what) in [(run, "report folder"), (collect, "snapshot folder"), (history, "history folder")] {
        assert_eq!(ended.code, 4, "{}", ended.err);
        assert!(ended.err.contains(what) && ended.err.contains("nothing was collected"), "{}", ended.err);
    }
    assert!(stage.requests().is_empty());
    assert!(!stage.path("out/latest").exists());
}

#[test]
fn needs_of_an_org_that_is_not_configured_are_warned_about() {
    let stage = Stage::of(&["dev"], "");
    std::fs::write(stage.path("needs.csv"), "principal,method,path,division,note,org\nX,GET,/api/v2/users,,,devv\n")
        .unwrap();
    let ended = stage.run();
    for words in ["needs.csv:2", "`devv`", "1 need is not checked", "`dev`"] {
        assert!(ended.err.contains(words), "`{words}` is not in: {}", ended.err);
    }
    let doctor = rolecall(&["doctor", "--config", &stage.text("rolecall.toml"), "--out", &stage.text("out")]);
    assert!(doctor.out.contains("1 need is not checked"), "{}", doctor.out);
}

#[test]
fn quiet_verbose_and_json_logs_do_what_they_say() {
    let stage = Stage::of(&["dev"], "");
    std::fs::write(stage.path("needs.csv"), "principal,method,path,division,note\n").unwrap();
    let config = stage.text("rolecall.toml");
    let out = stage.text("out");
    let run = |more: &[&str]| {
        let mut arguments = vec!["run", "--config", &config, "--out", &out, "--as-of", AS_OF];
        arguments.extend(more);
        rolecall(&arguments)
    };
    let plain = run(&[]);
    assert!(plain.err.contains("dev: read with") && plain.err.contains("gate: "), "{}", plain.err);
    let quiet = run(&["--quiet"]);
    assert_eq!((quiet.err.as_str(), &quiet.out), ("", &plain.out));
    assert!(quiet.out.lines().all(|line| line.starts_with(&out)), "{}", quiet.out);
    let still = run(&["--no-progress"]);
    assert!(!still.err.contains("read with") && still.err.contains("gate: "), "{}", still.err);
    let verbose = run(&["-v", "--color", "never"]);
    assert!(verbose.err.contains("snapshot kept") && !verbose.err.contains('\u{1b}'), "{}", verbose.err);
    assert!(run(&["-v", "--color", "always"]).err.contains('\u{1b}'));
    let logged = run(&["-v", "--log-format", "json"]);
    for line in logged.err.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["level"].is_string() && line["fields"]["message"].is_string(), "{line}");
    }
    assert!(logged.err.lines().count() > 5 && logged.err.contains("gate: "));
    let failed = rolecall(&["run", "--config", &stage.text("nowhere.toml"), "--log-format", "json"]);
    let line: Value = serde_json::from_str(failed.err.trim()).unwrap();
    assert_eq!((failed.code, line["level"].as_str()), (2, Some("ERROR")));
}

#[test]
fn gate_of_the_command_line_overrides_the_configured_one() {
    let stage = Stage::of(&["dev"], "");
    stage.configure(
        "[gate]\nfail_on = \"critical\"\n[checks]\n\"power.dangerous-permission\" = false\n\
         \"power.can-raise-itself\" = false\n\"power.toxic-combination\" = false\n\
         \"power.wildcard-in-custom-role\" = false\n\"app.third-party-power\" = false\n",
    );
    assert_eq!(stage.run().code, 0);
    let config = stage.text("rolecall.toml");
    let again =
        rolecall(&["run", "--config", &config, "--out", &stage.text("out"), "--as-of", AS_OF, "--fail-on", "low"]);
    assert_eq!(again.code, 1, "{}", again.err);
    assert_eq!(stage.json("run.json")["gate"]["fail_on"], "low");
}
