//! "Real-time queue data returns 403 in the agent desktop": a browser app, implicit or PKCE.

use std::sync::LazyLock;

use super::transcript::{Case, STAGE};

const CLAIMED: &str = "GET /api/v2/analytics/queues/realtime";
const REAL: &str = "POST /api/v2/analytics/queues/observations/query";

pub(super) static CASE: LazyLock<Case> = LazyLock::new(case);

fn case() -> Case {
    let mut case = Case::new("D. \"Real-time queue data returns 403 in the agent desktop\"");
    case.note(
        "A browser app. It was advised to call `GET /api/v2/analytics/queues/realtime` with the scopes `analytics:queue:view`, \
         `openid`, `profile` and `email` and a role \"Queue Realtime Viewer\", and that \"a shared service account will always \
         fail on real-time endpoints\".",
    );
    let reported = case.ask(&[
        "explain",
        "--config",
        "rolecall.toml",
        "--org",
        "dev",
        "--principal",
        "Agent Desktop",
        "--endpoint",
        CLAIMED,
        "--claimed",
        "scope:analytics:queue:view,scope:openid,scope:profile,scope:email,role:Queue Realtime Viewer",
    ]);
    assert_eq!(reported.code, 3);
    reported.says(&[
        "UNKNOWN (endpoint-not-in-matrix)",
        "scope `analytics:queue:view`: no such scope",
        "nearest: scope analytics",
        "scope `openid`: no such scope",
        "role `Queue Realtime Viewer`: no such role in this org",
        "it acts for a user: the user's permissions and the client's scopes gate it together",
        "POST /api/v2/analytics/queues/observations/query: depends-on-user",
    ]);
    case.note("Its successor with PKCE, for a user who may: the client's scopes block.");
    let pair = |case: &mut Case, client: &str, user: &str| {
        case.ask(&[
            "explain",
            "--config",
            "rolecall.toml",
            "--org",
            "dev",
            "--principal",
            client,
            "--user",
            user,
            "--endpoint",
            REAL,
            "--scopes-enforced",
            "true",
        ])
    };
    let reported = pair(&mut case, "Agent Desktop PKCE", "svc-reporting");
    assert_eq!(reported.code, 1);
    reported.says(&[
        "DENIED (missing-scope)",
        "the client's side blocks: the client's scopes stop it; the user's permissions let it through",
        "give the client the scope `analytics:readonly`",
    ]);
    case.note("The old one, whose scopes suffice, for a user who may not: the user's permissions block.");
    let reported = pair(&mut case, "Agent Desktop", "svc-dialer");
    assert_eq!(reported.code, 1);
    reported.says(&[
        "DENIED (missing-permission)",
        "the user's side blocks: the client's scopes let it through; the user's permissions stop it",
        "the user lacks analytics:queueObservation:view",
    ]);
    case.note("A shared service account does not fail on real-time data for being one:");
    let reported = case.ask(&["who-can", REAL, "--config", "rolecall.toml", "--org", "dev", "--kind", "service_user"]);
    assert_eq!(reported.code, 0);
    reported.says(&["allowed dev service_user svc-reporting"]);
    case.note("What the scopes of each such client allow at most, and what is left of it for whom:");
    let rows = STAGE.rows("user_clients.csv");
    let lines: Vec<String> = rows
        .iter()
        .filter(|row| row["org"] == "dev" && row["client_name"].starts_with("Agent Desktop"))
        .filter(|row| ["svc-reporting", "svc-dialer", "Supervisor"].contains(&row["holder_name"].as_str()))
        .map(|row| {
            format!(
                "{} for {} {}: {} calls by its scopes, {} by the permissions, {} left; {} blocked by scopes, {} by permissions, {} by both, {} not known",
                row["client_name"],
                row["holder_kind"],
                row["holder_name"],
                row["calls_by_scopes"],
                row["calls_by_permissions"],
                row["calls_left"],
                row["blocked_by_scopes"],
                row["blocked_by_permissions"],
                row["blocked_by_both"],
                row["calls_not_known"]
            )
        })
        .collect();
    assert_eq!(lines.len(), 6, "{lines:#?}");
    case.report("user_clients.csv", &lines);
    case.findings(&[
        ("need.unknown-endpoint", "dev", CLAIMED),
        ("gap.declared", "dev", "Agent Desktop PKCE"),
        ("grant.implicit", "dev", "Agent Desktop"),
    ]);
    case
}

#[test]
fn case_d_access_is_what_both_the_user_and_the_scopes_allow() {
    assert!(CASE.document().contains("$ rolecall "));
}

#[test]
fn case_d_the_answer_for_a_pair_says_which_of_the_two_blocks() {
    for (client, user, enforced, blocker, code) in [
        ("Agent Desktop", "svc-reporting", "true", "neither", 0),
        ("Agent Desktop", "svc-dialer", "true", "user permissions", 1),
        ("Agent Desktop PKCE", "svc-reporting", "true", "client scopes", 1),
        ("Agent Desktop PKCE", "svc-dialer", "true", "both", 1),
        ("Agent Desktop PKCE", "svc-reporting", "false", "neither", 0),
        ("Agent Desktop PKCE", "svc-reporting", "unknown", "client scopes", 3),
    ] {
        let reported = super::transcript::run_in(
            &STAGE,
            &[
                "explain",
                "--config",
                "rolecall.toml",
                "--org",
                "dev",
                "--principal",
                client,
                "--user",
                user,
                "--endpoint",
                REAL,
                "--scopes-enforced",
                enforced,
                "--format",
                "json",
            ],
        );
        let answer: serde_json::Value = serde_json::from_str(&reported.out).unwrap();
        assert_eq!(
            (reported.code, answer["sides"]["blocker"].as_str()),
            (code, Some(blocker)),
            "{client} {user} {enforced}"
        );
        assert_eq!(answer["principal_kind"], "client_as_user");
    }
}
