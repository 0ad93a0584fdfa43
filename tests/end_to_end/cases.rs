//! Questions that people really asked, answered by one command on the demo orgs.

use std::sync::LazyLock;

use serde_json::Value;

use crate::program::{Stage, rolecall};

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let stage = Stage::with_faults("");
    stage.configure("[[drift]]\nfrom = \"dev\"\nto = \"staging\"\n");
    stage.run();
    stage
});

fn explain(org: &str, principal: &str, endpoint: &str, more: &[&str]) -> (i32, Value) {
    let config = STAGE.text("rolecall.toml");
    let mut arguments = vec![
        "explain",
        "--config",
        &config,
        "--org",
        org,
        "--principal",
        principal,
        "--endpoint",
        endpoint,
        "--format",
        "json",
    ];
    arguments.extend(more);
    let ended = rolecall(&arguments);
    (ended.code, serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}{}", ended.out, ended.err)))
}

fn texts(value: &Value) -> String {
    value.to_string()
}

const OBSERVATIONS: &str = "POST /api/v2/analytics/queues/observations/query";

#[test]
fn invented_endpoint_of_the_dashboard_does_not_exist_and_the_real_one_is_named() {
    let (code, answer) = explain("dev", "Queue Dashboard", "GET /api/v2/analytics/queues/summary", &[]);
    assert_eq!((code, answer["verdict"].as_str()), (3, Some("unknown")));
    assert_eq!(answer["reasons"], serde_json::json!(["endpoint-not-in-matrix"]));
    assert!(texts(&answer["nearest"]).contains(OBSERVATIONS), "{answer}");
    assert!(texts(&answer["evidence"]).contains("scopes play no part"), "{answer}");
}

#[test]
fn dashboard_works_in_dev_and_misses_its_permission_in_staging() {
    let (code, answer) = explain("dev", "Queue Dashboard", OBSERVATIONS, &[]);
    assert_eq!((code, answer["verdict"].as_str()), (0, Some("allowed")));
    let (code, answer) = explain("staging", "Queue Dashboard", OBSERVATIONS, &[]);
    assert_eq!((code, answer["verdict"].as_str()), (1, Some("denied")));
    assert_eq!(answer["missing_permissions"], serde_json::json!(["analytics:queueObservation:view"]));
    assert!(!answer["fixes"].as_array().unwrap().is_empty());
    assert_eq!(explain("staging", "Queue Dashboard", OBSERVATIONS, &["--expect", "denied"]).0, 0);
    let drift = STAGE.rows("drift.csv");
    assert!(
        drift.iter().any(|row| {
            row["kind"] == "role"
                && row["name"] == "Queue Dashboard Reader"
                && row["field"] == "permissions"
                && row["from_value"] == "analytics:queueObservation:view"
                && row["effect"] == "breaks"
        }),
        "{drift:?}"
    );
}

#[test]
fn division_limited_dashboard_sees_less_without_an_error() {
    let (_, answer) = explain("dev", "Queue Dashboard Sales", OBSERVATIONS, &[]);
    assert_eq!(answer["verdict"], "partial");
    assert_eq!(answer["divisions"], serde_json::json!(["Sales"]));
}

#[test]
fn machine_client_is_gated_by_roles_and_the_queue_permission_is_not_a_scope() {
    let ended = rolecall(&["matrix", "show", "GET /api/v2/routing/queues"]);
    assert_eq!(ended.code, 0);
    assert!(ended.out.contains("routing:queue:view") && ended.out.contains("routing:readonly"), "{}", ended.out);
    let ended = rolecall(&["matrix", "show", "--as", "scope", "routing:queue:view"]);
    let text = format!("{}{}", ended.out, ended.err);
    assert_ne!(ended.code, 0);
    assert!(text.contains("permission"), "{text}");
}

#[test]
fn agent_desktop_needs_both_the_scope_and_the_user() {
    let (_, answer) = explain("dev", "Agent Desktop", OBSERVATIONS, &[]);
    assert_eq!(answer["verdict"], "depends-on-user");
    let (code, answer) = explain("dev", "Agent Desktop PKCE", OBSERVATIONS, &["--user", "svc-reporting"]);
    assert_eq!((code, answer["principal_kind"].as_str()), (3, Some("client_as_user")));
    assert!(texts(&answer["missing_scopes"]).contains("analytics:readonly"), "{answer}");
    let (code, answer) =
        explain("dev", "Agent Desktop PKCE", OBSERVATIONS, &["--user", "svc-reporting", "--scopes-enforced", "true"]);
    assert_eq!((code, answer["verdict"].as_str()), (1, Some("denied")));
    let (code, answer) =
        explain("dev", "Agent Desktop PKCE", OBSERVATIONS, &["--user", "svc-reporting", "--scopes-enforced", "false"]);
    assert_eq!((code, answer["verdict"].as_str()), (0, Some("allowed")));
    let findings = STAGE.rows("findings.csv");
    assert!(findings.iter().any(|row| row["check"] == "grant.implicit" && row["subject_name"] == "Agent Desktop"));
}

#[test]
fn client_credentials_cannot_call_what_needs_a_user() {
    let (code, answer) = explain("dev", "Profile Sync", "GET /api/v2/users/me", &[]);
    assert_eq!((code, answer["verdict"].as_str()), (1, Some("denied")));
    assert_eq!(answer["reasons"], serde_json::json!(["needs-user-context"]));
}

#[test]
fn who_can_and_can_agree_with_access_csv() {
    let config = STAGE.text("rolecall.toml");
    let ended = rolecall(&["who-can", OBSERVATIONS, "--config", &config, "--org", "dev", "--format", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&ended.out).unwrap();
    let written = STAGE.rows("access.csv");
    let mut seen = 0;
    for row in rows.iter().filter(|row| row["principal_kind"] != "user") {
        let twin = written
            .iter()
            .find(|twin| {
                twin["principal_id"] == row["principal_id"].as_str().unwrap()
                    && format!("{} {}", twin["method"], twin["path"]) == OBSERVATIONS
            })
            .unwrap();
        assert_eq!(twin["verdict"], row["verdict"].as_str().unwrap());
        assert_eq!(twin["reasons"], row["reasons"].as_str().unwrap());
        seen += 1;
    }
    assert!(seen > 20);
}
