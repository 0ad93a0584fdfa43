//! `rolecall advise` on the demo orgs: the least set with its proof, what it does not cover, what can go, CX as Code.

use std::path::Path;
use std::sync::LazyLock;

use rolecall_base::store::snapshot_file;
use serde_json::{Value, json};

use crate::program::{Ended, Stage, rolecall};

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let stage = Stage::with_faults("");
    stage.run();
    stage
});

fn advise(org: &str, principal: &str, more: &[&str]) -> Ended {
    let config = STAGE.text("rolecall.toml");
    let arguments = ["advise", "--config", &config, "--org", org, "--principal", principal];
    rolecall(&[&arguments[..], more].concat())
}

fn json_of(org: &str, principal: &str) -> (i32, Value) {
    let ended = advise(org, principal, &["--format", "json"]);
    (ended.code, serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}{}", ended.out, ended.err)))
}

#[test]
fn dashboard_needs_two_permissions_and_its_invented_endpoint_is_not_covered() {
    let (code, advice) = json_of("dev", "Queue Dashboard");
    assert_eq!(advice["permissions"], json!(["analytics:queueObservation:view", "routing:queue:view"]));
    assert_eq!((advice["optimal"].as_bool(), advice["cost"].as_u64()), (Some(true), advice["lower_bound"].as_u64()));
    let uncovered = advice["uncovered"].as_array().unwrap();
    assert_eq!(uncovered.len(), 1, "{uncovered:#?}");
    assert_eq!(uncovered[0]["path"], "/api/v2/analytics/queues/summary");
    assert_eq!(uncovered[0]["reason"], "endpoint-not-in-matrix");
    assert!(uncovered[0]["nearest"].to_string().contains("POST /api/v2/analytics/queues/observations/query"));
    // It is known not to exist, so that nothing is in doubt.
    assert_eq!(code, 1);
    for key in ["org", "principal_id", "removable", "evidence"] {
        assert!(!advice[key].is_null(), "{key}");
    }
}

#[test]
fn client_without_a_wrong_need_is_covered_and_ends_with_0() {
    let (code, advice) = json_of("dev", "Queue Validator");
    assert_eq!((code, &advice["uncovered"]), (0, &json!([])), "{advice:#}");
    assert!(advice["permissions"].to_string().contains("routing:queue:view"));
}

#[test]
fn everything_bot_gets_a_small_set_in_place_of_all_there_is() {
    let (_, advice) = json_of("dev", "Everything Bot");
    let least = advice["permissions"].as_array().unwrap().len();
    assert!(least < 20, "{least}");
    assert!(advice["optimal"].as_bool().unwrap());
}

#[test]
fn call_that_needs_a_user_is_not_covered_for_client_credentials() {
    let (code, advice) = json_of("dev", "Profile Sync");
    assert_eq!(code, 1);
    assert!(advice["uncovered"].to_string().contains("needs-user-context"), "{advice:#}");
    assert_eq!(advice["scopes"], Value::Null);
}

#[test]
fn client_that_acts_for_users_is_reported_the_least_scopes() {
    let (_, advice) = json_of("dev", "Agent Desktop PKCE");
    assert!(advice["scopes"]["missing"].to_string().contains("analytics:readonly"), "{advice:#}");
    assert_eq!(advice["scopes"]["optimal"], true);
}

#[test]
fn table_says_the_proof_what_can_go_and_how_to_undo_it() {
    let mut steps = 0;
    for principal in ["User Provisioning", "Pipeline", "Warehouse Loader", "Conversation Export", "svc-reporting"] {
        let ended = advise("dev", principal, &[]);
        assert!(ended.out.contains("LEAST SET"), "{}{}", ended.out, ended.err);
        assert!(ended.out.contains("proved to be the least") && ended.out.contains("WHAT CAN GO TODAY"));
        steps += ended.out.matches("     undo       ").count();
    }
    assert!(steps > 0);
}

#[test]
fn cx_as_code_holds_the_roles_and_the_grants() {
    let ended = advise("dev", "Queue Dashboard", &["--format", "terraform"]);
    for part in [
        "resource \"genesyscloud_auth_role\" \"Queue_Dashboard__least_\"",
        "entity_name = \"queueObservation\"",
        "resource \"genesyscloud_oauth_client\" \"Queue_Dashboard\"",
        "role_id     = genesyscloud_auth_role.Queue_Dashboard__least_.id",
        "division_id = \"*\"",
    ] {
        assert!(ended.out.contains(part), "{part}\n{}", ended.out);
    }
    let ended = advise("dev", "svc-reporting", &["--format", "terraform"]);
    assert!(ended.out.contains("resource \"genesyscloud_user_roles\" \"svc-reporting\""), "{}", ended.out);
    for secret in STAGE.secrets() {
        assert!(!ended.out.contains(&secret));
    }
}

#[test]
fn removals_of_every_principal_leave_nothing_that_the_verifier_objects_to() {
    let snapshot = STAGE.text("history/staging/2026-11-20T02-00-00Z.snapshot.json.gz");
    let clients = snapshot_file::read(Path::new(&snapshot)).unwrap().oauth_clients;
    for client in clients {
        let ended = rolecall(&["advise", "--snapshot", &snapshot, "--principal", client.id.as_str()]);
        assert!([0, 1, 3].contains(&ended.code), "{}: {}{}", client.name, ended.out, ended.err);
    }
}

#[test]
fn same_question_has_the_same_bytes() {
    let once = advise("staging", "Everything Bot", &["--format", "json"]).out;
    assert_eq!(once, advise("staging", "Everything Bot", &["--format", "json"]).out);
}

#[test]
fn usage_that_was_not_read_makes_nothing_safe_and_ends_with_3() {
    let stage = Stage::of(&["dev"], "usage-results=failed");
    stage.run();
    let config = stage.text("rolecall.toml");
    let ended = rolecall(&["advise", "--config", &config, "--principal", "User Provisioning", "--format", "json"]);
    let advice: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((ended.code, &advice["removable"]), (3, &json!([])), "{}", ended.err);
    assert!(!advice["removal_not_known"].as_array().unwrap().is_empty());
    assert!(!advice["needs_not_known"].as_array().unwrap().is_empty());
}

#[test]
fn name_that_nobody_has_brings_the_nearest() {
    let ended = advise("dev", "Queue Dashbord", &[]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("did you mean `Queue Dashboard`"), "{}", ended.err);
}
