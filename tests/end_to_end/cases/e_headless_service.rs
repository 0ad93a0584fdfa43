//! "Which grant type for a headless service that runs every 15 minutes?"

use std::sync::LazyLock;

use rolecall_base::store::snapshot_file;

use super::transcript::{Case, STAGE};

const CLAIMED: &str = "GET /api/v2/analytics/interactions/sentiment/details";
const REAL: &str = "POST /api/v2/analytics/conversations/details/query";

pub(super) static CASE: LazyLock<Case> = LazyLock::new(case);

fn case() -> Case {
    let mut case = Case::new("E. \"Which grant type for a headless service that runs every 15 minutes?\"");
    case.note(
        "An export. `GET /api/v2/analytics/interactions/sentiment/details` fails while `POST \
         /api/v2/analytics/conversations/details/query` works; it was given a permission `analytics:conversation:view`, that \
         \"client credentials tokens bypass user-level role checks\", and to \"add analytics:view, not just admin:api\".",
    );
    let reported = case.ask(&[
        "explain",
        "--config",
        "rolecall.toml",
        "--org",
        "dev",
        "--principal",
        "Conversation Export",
        "--endpoint",
        CLAIMED,
        "--claimed",
        "permission:analytics:conversation:view,scope:analytics:view,scope:admin:api",
    ]);
    assert_eq!(reported.code, 3);
    reported.says(&[
        "UNKNOWN (endpoint-not-in-matrix)",
        "GET /api/v2/speechandtextanalytics/conversations/{conversationId}/sentiments",
        "permission `analytics:conversation:view`: no such permission",
        "scope `analytics:view`: no such scope",
        "scope `admin:api`: no such scope",
        "its roles in divisions gate it, scopes play no part",
    ]);
    case.note("Client credentials are right for the job, and are gated by roles in divisions:");
    let reported = case.ask(&[
        "explain",
        "--config",
        "rolecall.toml",
        "--org",
        "dev",
        "--principal",
        "Conversation Export",
        "--endpoint",
        REAL,
    ]);
    assert_eq!(reported.code, 0);
    reported.says(&[
        "ALLOWED",
        "requires ANY of analytics:conversationDetail:view, analytics:agentConversationDetail:view",
        "analytics:conversationDetail:view is held in all divisions; divisions limit this permission",
    ]);
    case.note("The same job on a grant that needs a person, and client credentials on a call that needs one:");
    let reported = case.ask(&[
        "explain",
        "--config",
        "rolecall.toml",
        "--org",
        "dev",
        "--principal",
        "Sentiment Export",
        "--endpoint",
        "GET /api/v2/speechandtextanalytics/conversations/{conversationId}",
    ]);
    assert_eq!(reported.code, 1);
    reported.says(&["DEPENDS-ON-USER", "the user behind its token decides", "it acts for a user"]);
    let reported = case.ask(&[
        "explain",
        "--config",
        "rolecall.toml",
        "--org",
        "dev",
        "--principal",
        "Profile Sync",
        "--endpoint",
        "GET /api/v2/users/me",
    ]);
    assert_eq!(reported.code, 1);
    reported.says(&[
        "DENIED (needs-user-context)",
        "client credentials have none",
        "call it with a client that acts for a user (authorization code)",
    ]);
    case.findings(&[
        ("need.unknown-endpoint", "dev", CLAIMED),
        ("grant.headless-need", "dev", "Sentiment Export"),
        ("gap.needs-user-context", "dev", "Profile Sync"),
        ("need.limited-by-division", "dev", "Queue Dashboard Sales"),
    ]);
    case
}

#[test]
fn case_e_client_credentials_fit_a_headless_job_and_roles_in_divisions_gate_it() {
    assert!(CASE.document().contains("$ rolecall "));
}

#[test]
fn case_e_rolecall_itself_asks_for_one_token_an_org_and_night() {
    for org in ["dev", "staging"] {
        let file = STAGE.path("history").join(org).join("2026-11-20T02-00-00Z.snapshot.json.gz");
        let collection = snapshot_file::read(&file).unwrap().collection;
        assert_eq!(collection.tokens, 1, "{org}");
        assert!(collection.calls_made > 50, "{org}");
    }
}

#[test]
fn case_e_the_report_says_of_each_client_whether_its_grant_fits_its_need() {
    let gaps = STAGE.rows("gaps.csv");
    let of = |name: &str, grant: &str, reason: &str| {
        gaps.iter().any(|row| {
            row["principal_name"] == name
                && row["grant_type"] == grant
                && row["need"] == "declared"
                && (row["reasons"] == reason || row["verdict"] == reason)
                && !row["fix"].is_empty()
        })
    };
    assert!(of("Profile Sync", "CLIENT-CREDENTIALS", "needs-user-context"));
    assert!(of("Sentiment Export", "CODE", "depends-on-user"));
    assert!(of("Queue Dashboard Sales", "CLIENT-CREDENTIALS", "partial"));
    assert!(
        !gaps.iter().any(|row| row["principal_name"] == "Conversation Export"
            && row["org"] == "dev"
            && row["need"] == "declared")
    );
}
