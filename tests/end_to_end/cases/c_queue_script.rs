//! "Verify the token and its access before calling the queues API": a diagnostic script.

use std::sync::LazyLock;

use super::transcript::{Case, STAGE};

const QUEUES: &str = "GET /api/v2/routing/queues";

pub static CASE: LazyLock<Case> = LazyLock::new(case);

fn case() -> Case {
    let mut case = Case::new("C. \"Verify the token and its access before calling the queues API\"");
    case.note(
        "A script checks the scopes `routing:queue`, `routing:queue:read` and `routing:queue:view` \"in a hierarchy\", because \
         \"for machine clients the scope is the only gatekeeper\", and asks for a \"User Group Permission\".",
    );
    let told = case.ask(&["matrix", "show", QUEUES]);
    assert_eq!(told.code, 0);
    told.says(&["routing:queue:view", "routing, routing:readonly (any one; not asked of client credentials)"]);
    let told = case.ask_head(&["matrix", "show", "--as", "scope", "routing:queue:view"], 8);
    assert_eq!(told.code, 1);
    told.says(&["no operation lists a scope of this name", "there is a permission of this name"]);
    let told = case.ask(&[
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
    assert_eq!(told.code, 0);
    told.says(&[
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
    case.note("In staging the same script passes its check and gets a shorter list: no 403 will ever tell.");
    let told = case.ask(&[
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
    assert_eq!(told.code, 1);
    told.says(&["PARTIAL", "in Support only; elsewhere it fails, or returns less without an error"]);
    case.findings(&[
        ("gap.declared", "staging", "Queue Validator"),
        ("promotion.may-break", "staging", "Queue Validator"),
    ]);
    case
}

#[test]
fn case_c_the_machine_client_is_gated_by_its_roles_and_not_by_scopes() {
    assert!(CASE.document().contains("$ rolecall "));
}

#[test]
fn case_c_a_permission_typed_as_a_scope_is_told_as_what_it_is() {
    let told = super::transcript::run_in(
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
    let answer: serde_json::Value = serde_json::from_str(&told.out).unwrap();
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
