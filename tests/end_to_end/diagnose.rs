//! What `diagnose` makes of what people paste, alone and with the data of an org.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

use crate::program::{Ended, Stage, rolecall};

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let stage = Stage::of(&["dev"], "");
    stage.run();
    stage
});

fn with_input(arguments: &[&str], input: &[u8]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
    command.arg("diagnose").args(arguments).env_clear();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that ends before it reads all of it closes the pipe.
    match child.stdin.take().unwrap().write_all(input) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => panic!("{error}"),
        _ => {}
    }
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn json(arguments: &[&str], input: &str) -> Value {
    let ended = with_input(&[arguments, &["--format", "json"]].concat(), input.as_bytes());
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    serde_json::from_str(&ended.out).unwrap()
}

const MISSING: &str = r#"{"message":"Unable to perform the requested action. You must have at least one of the following permissions assigned: [routing:queue:view]","code":"missing.any.permissions","status":403,"messageParams":{"permissions":"[routing:queue:view]"},"contextId":"6c1d3f40-1b8e-4f0e-a0c5-5d1d8c1f2a11","details":[],"errors":[]}"#;

#[test]
fn body_from_standard_input_is_named_with_cause_and_fix() {
    let reported = json(&[], MISSING);
    assert_eq!(reported["kind"], "missing-permission");
    assert_eq!((&reported["code"], &reported["match"]), (&"missing.any.permissions".into(), &"ANY".into()));
    assert_eq!(reported["permissions"], serde_json::json!(["routing:queue:view"]));
    assert_eq!(reported["correlation_id"], "6c1d3f40-1b8e-4f0e-a0c5-5d1d8c1f2a11");
    for key in ["scopes", "divisions", "cause", "fix"] {
        assert!(reported.get(key).is_some(), "{key}");
    }
    let ended = with_input(&["-"], MISSING.as_bytes());
    assert!(ended.out.starts_with("MISSING-PERMISSION: 403 missing.any.permissions\ncause\n"), "{}", ended.out);
}

#[test]
fn file_that_is_not_there_is_a_usage_error_and_expectation_makes_it_a_gate() {
    let ended = rolecall(&["diagnose", "/nowhere/body.json"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("/nowhere/body.json"), "{}", ended.err);
    assert_eq!(with_input(&["--expect", "missing-permission"], MISSING.as_bytes()).code, 0);
    assert_eq!(with_input(&["--expect", "missing-scope"], MISSING.as_bytes()).code, 1);
    assert_eq!(with_input(&["--expect", "missing-scop"], MISSING.as_bytes()).code, 2);
    assert_eq!(with_input(&["--principal", "X", "--endpoint", "GET /api/v2/users"], MISSING.as_bytes()).code, 2);
}

/// "The gateway says insufficient_scope": not a word of the platform.
#[test]
fn gateway_that_speaks_of_insufficient_scope_is_not_the_platform() {
    let reported = json(&[], r#"{"error":"insufficient_scope","scope":"analytics:view report:execute"}"#);
    assert_eq!(reported["kind"], "not-from-the-platform");
    assert!(reported["cause"].as_str().unwrap().contains("app.not.authorized.for.scope"), "{reported}");
}

#[test]
fn data_that_says_the_opposite_is_reported_with_what_follows() {
    let config = STAGE.text("rolecall.toml");
    let of = |principal: &str, endpoint: &str, body: &str| {
        json(&["--config", &config, "--principal", principal, "--endpoint", endpoint], body)["support"][0].clone()
    };
    let observations = "POST /api/v2/analytics/queues/observations/query";
    let body = MISSING.replace("routing:queue:view", "analytics:queueObservation:view");
    let contradicted = of("Queue Dashboard", observations, &body);
    assert_eq!((&contradicted["stands"], &contradicted["verdict"]), (&"contradicts".into(), &"allowed".into()));
    assert!(contradicted["follows"].to_string().contains("five minutes"), "{contradicted}");
    // A machine client is never asked for a scope.
    let scope = r#"{"message":"App not authorized to use scope [analytics, analytics:readonly]","code":"app.not.authorized.for.scope","status":403}"#;
    let machine = of("Queue Dashboard", observations, scope);
    assert_eq!(machine["stands"], "contradicts");
    assert!(machine["says"].to_string().contains("scopes play no part"), "{machine}");
    let user = r#"{"message":"This request requires a user context. Client credentials cannot be used for requests to this resource.","code":"not.a.user","status":400}"#;
    assert_eq!(of("Profile Sync", "GET /api/v2/users/me", user)["stands"], "agrees");
    let ended = with_input(
        &["--config", &config, "--principal", "Queue Dashbord", "--endpoint", observations],
        body.as_bytes(),
    );
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("did you mean `Queue Dashboard`"), "{}", ended.err);
}

#[test]
fn secrets_that_were_pasted_along_are_not_printed() {
    let pasted = format!(
        "> GET /api/v2/routing/queues HTTP/1.1\n> Authorization: Bearer hushhushhush-4711\n< HTTP/1.1 403\n{MISSING}"
    );
    for format in ["json", "table"] {
        let ended = with_input(&["--format", format], pasted.as_bytes());
        assert!(!ended.out.contains("4711") && !ended.err.contains("4711"), "{}", ended.out);
        assert!(ended.out.contains("GET /api/v2/routing/queues"), "{}", ended.out);
    }
    let ended = with_input(&[], b"client_secret=hushhushhush-4711&grant_type=x");
    assert!(!ended.out.contains("4711"), "{}", ended.out);
}

#[test]
fn wrapped_error_text_is_read_like_the_line_it_was() {
    let line = "Error: Failed to update oauth client Nightly Loader error: API Error: 403 - Unable to perform the requested \
                action. You are missing the following permission(s): [oauth:client:edit] \
                (4b1d2c3e-0f5a-4c6b-8d7e-9fa0b1c2d3e4)";
    let whole = json(&[], line);
    let chars: Vec<char> = line.chars().collect();
    for width in [40, 57, 80] {
        let cut: Vec<String> =
            chars.chunks(width).map(|part| format!("│ {}", part.iter().collect::<String>())).collect();
        let boxed = json(&[], &format!("╷\n{}\n╵\n", cut.join("\r\n")));
        for key in ["kind", "code", "match", "permissions", "divisions", "correlation_id", "status"] {
            assert_eq!(boxed[key], whole[key], "{width} {key}");
        }
    }
    assert_eq!(whole["permissions"], serde_json::json!(["oauth:client:edit"]));
}

#[test]
fn token_that_is_cut_over_two_lines_is_not_printed() {
    let pasted = "│ > Authorization: Bearer hushhushhush-4711-\n│ hushhush4712\n│ < HTTP/1.1 401\n│ it is broken";
    for format in ["json", "table"] {
        let ended = with_input(&["--format", format], pasted.as_bytes());
        assert!(!ended.out.contains("hush") && !ended.out.contains("471"), "{}", ended.out);
    }
}
