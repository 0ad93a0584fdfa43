//! "The token has the scope, introspection says so, the gateway says insufficient_scope."

use std::sync::LazyLock;

use super::transcript::{Case, STAGE};

const CLAIMED: &str = "POST /api/v2/analytics/report/queue/summary";
const REAL: &str = "POST /api/v2/analytics/conversations/aggregates/query";

pub(super) static CASE: LazyLock<Case> = LazyLock::new(case);

fn case() -> Case {
    let mut case = Case::new("B. \"The token has the scope, and the gateway says insufficient_scope\"");
    case.note(
        "A flow calls `POST /api/v2/analytics/report/queue/summary` twice an hour, with the scopes `analytics:view`, \
         `report:execute` and `ucp:reports:view`; it fails for a super-admin's authorization-code token, too.",
    );
    let reported = case.ask(&["who-can", CLAIMED, "--config", "rolecall.toml", "--org", "dev"]);
    assert_eq!(reported.code, 1);
    reported.says(&[
        "is not in the matrix of org `dev`",
        "as far as is published it does not exist",
        "nearest real ones",
    ]);
    let reported = case.ask(&[
        "explain",
        "--config",
        "rolecall.toml",
        "--org",
        "dev",
        "--principal",
        "Warehouse Loader",
        "--endpoint",
        CLAIMED,
        "--claimed",
        "scope:analytics:view,scope:report:execute,scope:ucp:reports:view",
    ]);
    assert_eq!(reported.code, 3);
    reported.says(&[
        "UNKNOWN (endpoint-not-in-matrix)",
        "nothing is guessed",
        "scope `analytics:view`: no such scope",
        "nearest: scope analytics",
        "scope `report:execute`: no such scope",
        "scope `ucp:reports:view`: no such scope",
        "scopes play no part for client credentials",
    ]);
    case.note("The body that was read as a missing scope:");
    case.file("gateway.json", r#"{"error":"insufficient_scope","error_description":"scope analytics:view required","scope":"analytics:view"}"#);
    let reported = case.ask(&["diagnose", "gateway.json"]);
    assert_eq!(reported.code, 0);
    reported.says(&["NOT-FROM-THE-PLATFORM", "the platform has no such code", "`app.not.authorized.for.scope`"]);
    case.note("What the platform itself says when a scope is missing, in the line of a log:");
    case.file(
        "scope.log",
        r#"2026-11-20T01:12:07Z WARN flow step failed: 403 {"message":"App not authorized to use scope [analytics:readonly, analytics]","code":"app.not.authorized.for.scope","status":403,"contextId":"5d0b0c1e-55a4-4f0c-9a50-4d3c11a8a001","details":[],"errors":[]}"#,
    );
    let reported = case.ask(&[
        "diagnose",
        "scope.log",
        "--config",
        "rolecall.toml",
        "--org",
        "dev",
        "--principal",
        "Admin Console",
        "--user",
        "Org Admin 1",
        "--endpoint",
        REAL,
    ]);
    assert_eq!(reported.code, 0);
    reported.says(&["MISSING-SCOPE", "app.not.authorized.for.scope", "analytics:readonly", "the data AGREES"]);
    case.note(
        "What is actually gating the real call: the requirement, where it is known from, who passes and who fails.",
    );
    let reported = case.ask(&[
        "who-can",
        REAL,
        "--config",
        "rolecall.toml",
        "--org",
        "dev",
        "--kind",
        "oauth_client,service_user",
        "--all",
    ]);
    assert_eq!(reported.code, 0);
    reported.says(&[
        "requires ANY of analytics:conversationAggregate:view",
        "scopes analytics, analytics:readonly (any one; published)",
        "matrix org-api.example, of 2026-11-20",
        "allowed dev oauth_client Warehouse Loader",
        "denied dev oauth_client Profile Sync",
        "missing-permission",
    ]);
    assert!(reported.text.lines().next().unwrap().starts_with("org `dev`: POST"), "the requirement comes first");
    case.note("The super-admin's token: the user may, the client that the token was made for may not.");
    let reported = case.ask(&[
        "explain",
        "--config",
        "rolecall.toml",
        "--org",
        "dev",
        "--principal",
        "Admin Console",
        "--user",
        "Org Admin 1",
        "--endpoint",
        REAL,
        "--scopes-enforced",
        "true",
    ]);
    assert_eq!(reported.code, 1);
    reported.says(&[
        "DENIED (missing-scope)",
        "the client's side blocks: the client's scopes stop it; the user's permissions let it through",
        "give the client the scope `analytics:readonly`",
    ]);
    case.note("The matrix is that of the org's own region; what differs between two of them:");
    let cached = std::fs::read_dir(STAGE.path("history/matrix")).unwrap().next().unwrap().unwrap().path();
    std::fs::copy(cached, STAGE.path("region.csv")).unwrap();
    let other = std::fs::read_to_string(STAGE.path("region.csv")).unwrap();
    // A region that asks for another permission.
    let other = other.replace("analytics:conversationAggregate:view", "analytics:conversationAggregates:view");
    std::fs::write(STAGE.path("other-region.csv"), other).unwrap();
    let reported = case.ask_head(&["matrix", "diff", "region.csv", "other-region.csv"], 12);
    assert_eq!(reported.code, 0);
    reported.says(&["analytics:conversationAggregates:view"]);
    case.findings(&[
        ("need.unknown-endpoint", "dev", CLAIMED),
        ("need.unknown-scope", "dev", "report:execute, ucp:reports:view"),
    ]);
    case
}

#[test]
fn case_b_the_real_requirement_is_reported_with_who_passes_and_who_fails() {
    assert!(CASE.document().contains("$ rolecall "));
}

#[test]
fn case_b_an_endpoint_that_no_matrix_knows_is_never_guessed_at() {
    let reported = super::transcript::run_in(
        &STAGE,
        &[
            "explain",
            "--config",
            "rolecall.toml",
            "--org",
            "dev",
            "--principal",
            "Warehouse Loader",
            "--endpoint",
            CLAIMED,
            "--format",
            "json",
        ],
    );
    let answer: serde_json::Value = serde_json::from_str(&reported.out).unwrap();
    assert_eq!((reported.code, answer["verdict"].as_str()), (3, Some("unknown")));
    assert_eq!(answer["permissions"], serde_json::json!([]));
    assert!(!answer["nearest"].as_array().unwrap().is_empty(), "{answer}");
}
