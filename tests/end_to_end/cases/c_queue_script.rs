//! "Verify the token and its access before calling the queues API": a diagnostic script.

use std::sync::LazyLock;

use super::transcript::{Case, STAGE};

const QUEUES: &str = "GET /api/v2/routing/queues";

/// Bodies of refusals and failures, with the kind that each is.
const BODIES: [(&str, &str, &str); 6] = [
    (
        "401.json",
        r#"{"message":"Invalid login credentials.","code":"bad.credentials","status":401,"contextId":"3f8c3c6e-0f0e-4c0b-8f57-8a6a70d1a002","details":[],"errors":[]}"#,
        "BAD-TOKEN",
    ),
    (
        "403-permission.json",
        r#"{"message":"Unable to perform the requested action. You must have at least one of the following permissions assigned: [routing:queue:view]","code":"missing.any.permissions","status":403,"messageWithParams":"Unable to perform the requested action. You must have at least one of the following permissions assigned: {permissions}","messageParams":{"permissions":"[routing:queue:view]"},"contextId":"3f8c3c6e-0f0e-4c0b-8f57-8a6a70d1a003","details":[],"errors":[]}"#,
        "MISSING-PERMISSION",
    ),
    (
        "403-division.json",
        r#"{"message":"Unable to perform the requested action. You are missing the following permission 'routing:queue:view' in the provided division(s).","code":"missing.division.permission","status":403,"contextId":"3f8c3c6e-0f0e-4c0b-8f57-8a6a70d1a004","details":[],"errors":[]}"#,
        "MISSING-DIVISION",
    ),
    (
        "404.json",
        r#"{"message":"The requested resource was not found.","code":"not.found","status":404,"contextId":"3f8c3c6e-0f0e-4c0b-8f57-8a6a70d1a005","details":[],"errors":[]}"#,
        "NOT-FOUND",
    ),
    (
        "429.txt",
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 42\r\nContent-Type: application/json\r\n\r\n{\"message\":\"Rate limit exceeded the maximum. Retry the request in [42] seconds\",\"code\":\"too.many.requests\",\"status\":429}",
        "RATE-LIMIT",
    ),
    ("unparseable.txt", "<html><head><title>502 Bad Gateway</title></head><body>", "NOT-FROM-THE-PLATFORM"),
];

pub(super) static CASE: LazyLock<Case> = LazyLock::new(case);

fn case() -> Case {
    let mut case = Case::new("C. \"Verify the token and its access before calling the queues API\"");
    case.note(
        "A script checks the scopes `routing:queue`, `routing:queue:read` and `routing:queue:view` \"in a hierarchy\", because \
         \"for machine clients the scope is the only gatekeeper\", and asks for a \"User Group Permission\".",
    );
    let reported = case.ask(&["matrix", "show", QUEUES]);
    assert_eq!(reported.code, 0);
    reported.says(&["routing:queue:view", "routing, routing:readonly (any one; not asked of client credentials)"]);
    let reported = case.ask_head(&["matrix", "show", "--as", "scope", "routing:queue:view"], 8);
    assert_eq!(reported.code, 1);
    reported.says(&["no operation lists a scope of this name", "there is a permission of this name"]);
    let reported = case.ask(&[
        "explain",
        "--config",
        "rolecall.toml",
        "--org",
        "dev",
        "--principal",
        "Queue Validator",
        "--endpoint",
        QUEUES,
        "--claimed",
        "scope:routing:queue,scope:routing:queue:read,scope:routing:queue:view,permission:User Group Permission",
    ]);
    assert_eq!(reported.code, 0);
    reported.says(&[
        "ALLOWED",
        "it holds routing:queue:view",
        "its roles in divisions gate it, scopes play no part",
        "requires ANY of routing:queue:view",
        "scope `routing:queue`: no such scope",
        "scope `routing:queue:read`: no such scope",
        "scope `routing:queue:view`: not a scope; a real permission, and one of those of which this call asks for any; held in full",
        "permission `User Group Permission`: no such permission",
        "nearest: scope routing",
    ]);
    case.note(
        "With the client's own credentials: who the token is, what it holds, and each call first as predicted, then as it \
         really went.",
    );
    let reported = case.ask(&[
        "probe",
        "--config",
        "rolecall.toml",
        "--org",
        "dev",
        "--principal",
        "Queue Validator",
        "--endpoint",
        QUEUES,
        "--endpoint",
        "GET /api/v2/oauth/clients",
        "--endpoint",
        "GET /api/v2/users/me",
        "--endpoint",
        "POST /api/v2/analytics/queues/observations/query",
    ]);
    assert_eq!(reported.code, 1, "{}", reported.text);
    reported.says(&["Queue Validator", QUEUES, "predicted", "missing-permission", "needs-user-context"]);
    case.note("What else such a script gets to see, each with its own cause and fix:");
    for (name, body, kind) in BODIES {
        case.file(name, body);
        let reported = case.ask(&["diagnose", name]);
        assert_eq!(reported.code, 0);
        reported.says(&[kind]);
    }
    case.note("In staging the same script passes its check and gets a shorter list: no 403 will ever tell.");
    let reported = case.ask(&[
        "explain",
        "--config",
        "rolecall.toml",
        "--org",
        "staging",
        "--principal",
        "Queue Validator",
        "--endpoint",
        QUEUES,
    ]);
    assert_eq!(reported.code, 1);
    reported.says(&["PARTIAL", "in Support only; elsewhere it fails, or returns less without an error"]);
    case.findings(&[
        ("need.limited-by-division", "staging", "Queue Validator"),
        ("scope.decides-nothing", "dev", "Queue Validator"),
        ("promotion.may-break", "staging", "Queue Validator"),
    ]);
    case
}

#[test]
fn case_c_the_machine_client_is_gated_by_its_roles_and_not_by_scopes() {
    assert!(CASE.document().contains("$ rolecall "));
}

#[test]
fn case_c_a_permission_typed_as_a_scope_is_reported_as_what_it_is() {
    let reported = super::transcript::run_in(
        &STAGE,
        &[
            "explain",
            "--config",
            "rolecall.toml",
            "--org",
            "dev",
            "--principal",
            "Queue Validator",
            "--endpoint",
            QUEUES,
            "--claimed",
            "scope:routing:queue:view",
            "--format",
            "json",
        ],
    );
    let answer: serde_json::Value = serde_json::from_str(&reported.out).unwrap();
    let claim = &answer["claims"][0];
    assert_eq!(
        (&claim["claimed_as"], &claim["exists_as"]),
        (&serde_json::json!("scope"), &serde_json::json!(["permission"]))
    );
    assert_eq!(claim["matters"], true);
    let near: Vec<&str> =
        claim["nearest"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(near.contains(&"routing") && near.contains(&"routing:readonly"), "{near:?}");
}
