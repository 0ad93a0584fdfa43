//! "200 three times, then 403; the scopes look right": a dashboard on a client-credentials client.

use std::sync::LazyLock;

use super::transcript::{Case, STAGE};

const CLAIMED: &str = "GET /api/v2/analytics/queues/summary";
const REAL: &str = "POST /api/v2/analytics/queues/observations/query";

pub(super) static CASE: LazyLock<Case> = LazyLock::new(case);

fn case() -> Case {
    let mut case = Case::new("A. \"200 three times, then 403; the scopes look right\"");
    case.note(
        "A wallboard on a client-credentials client. It was advised to call `GET /api/v2/analytics/queues/summary` with the \
         scopes `analytics:read` and `interaction:read`, and to ask for \"the Analytics View role\".",
    );
    let reported = case.ask(&[
        "explain",
        "--config",
        "rolecall.toml",
        "--org",
        "staging",
        "--principal",
        "Queue Dashboard",
        "--endpoint",
        CLAIMED,
        "--claimed",
        "scope:analytics:read,scope:interaction:read,role:Analytics View",
    ]);
    assert_eq!(reported.code, 3);
    reported.says(&[
        "UNKNOWN (endpoint-not-in-matrix)",
        "is not in the matrix: as far as is published, it does not exist",
        "scope `analytics:read`: no such scope",
        "nearest: scope analytics:readonly",
        "scope `interaction:read`: no such scope",
        "role `Analytics View`: no such role in this org",
        "scopes play no part",
        "POST /api/v2/analytics/queues/observations/query: denied (missing-permission)",
        "requires ANY of analytics:queueObservation:view",
        "grant the existing role `Agent Workspace` in all divisions",
    ]);
    case.note("The real call, in the org where it fails:");
    let reported = case.ask(&[
        "explain",
        "--config",
        "rolecall.toml",
        "--org",
        "staging",
        "--principal",
        "Queue Dashboard",
        "--endpoint",
        REAL,
    ]);
    assert_eq!(reported.code, 1);
    reported.says(&[
        "DENIED (missing-permission)",
        "it lacks analytics:queueObservation:view",
        // Which role, in which division, with how much else.
        "grant the existing role `Agent Workspace` in all divisions, as its other roles are",
        "it brings 4 more permissions, lets 12 other calls through, dangerous: conversation:call:add (FR high)",
        "add `analytics:queueObservation:view` to its role `Queue Dashboard Reader`",
        "also given to oauth client `Queue Dashboard Sales`, service user `svc-reporting`",
        "create a role with only `analytics:queueObservation:view`",
        // The intermittent part, with what supports each guess.
        "supported by data: 38880 calls succeeded from 2026-10-21 to 2026-11-19, the last on 2026-11-16",
        "supported by data: Role `Queue Dashboard Reader` was changed (Update) at 2026-11-17T01:00:00Z",
        "may take up to 5 minutes to arrive",
        "possible, nothing in the data supports it: a cached token: its tokens live 1 d",
    ]);
    case.note("The same call flips without any change where the grant is limited to a division:");
    let reported = case.ask(&[
        "explain",
        "--config",
        "rolecall.toml",
        "--org",
        "dev",
        "--principal",
        "Queue Dashboard Sales",
        "--endpoint",
        REAL,
    ]);
    assert_eq!(reported.code, 1);
    reported.says(&[
        "PARTIAL",
        "in Sales only; elsewhere it fails, or returns less without an error",
        "supported by data: the grant is limited to Sales",
    ]);
    case.note(
        "\"Does the role mapping carry over from dev to staging?\" What exists on both sides by name, and which needed calls \
         work in dev and will fail in staging:",
    );
    let reported = case.ask_head(&["drift", "dev", "staging", "--config", "rolecall.toml"], 24);
    assert_eq!(reported.code, 1);
    reported.says(&[
        "will break",
        "role `Queue Dashboard Reader` lacks `analytics:queueObservation:view`",
        "OAuth client `Queue Dashboard`: POST /api/v2/analytics/queues/observations/query: denied",
    ]);
    case.note("And after the promotion that a CX as Code plan describes, before anybody applies it:");
    let plan = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cx_as_code/promotion-plan.json");
    std::fs::copy(plan, STAGE.path("plan.json")).unwrap();
    let reported = case.ask_head(&["drift", "dev", "plan.json@staging", "--config", "rolecall.toml"], 24);
    assert_eq!(reported.code, 1);
    reported.says(&["`analytics:queueObservation:view`", "`routing:queue:view`", "GET /api/v2/routing/queues: denied"]);
    case.findings(&[
        ("need.unknown-endpoint", "staging", CLAIMED),
        ("gap.declared", "staging", "Queue Dashboard"),
        ("promotion.breaks", "staging", "Queue Dashboard Reader"),
    ]);
    case
}

#[test]
fn case_a_the_claimed_names_do_not_exist_and_a_role_in_a_division_is_what_is_missing() {
    assert!(CASE.document().contains("$ rolecall "));
}

#[test]
fn case_a_drift_answers_for_every_client_service_user_and_role() {
    let rows = STAGE.rows("drift.csv");
    for kind in ["oauth_client", "service_user", "role"] {
        assert!(rows.iter().any(|row| row["kind"] == kind), "{kind}");
    }
    assert!(rows.iter().any(|row| {
        row["kind"] == "role"
            && row["name"] == "Queue Dashboard Reader"
            && row["field"] == "permissions"
            && row["from_value"] == "analytics:queueObservation:view"
            && row["effect"] == "breaks"
    }));
    let blockers = STAGE.rows("blockers.csv");
    assert!(blockers.iter().any(|row| row["name"] == "Queue Dashboard" && row["certainty"] == "fails"));
}
