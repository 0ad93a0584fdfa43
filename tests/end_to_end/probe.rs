//! Real calls with a principal's own credentials, against the simulated org.

use serde_json::Value;

use crate::program::{Ended, Stage, rolecall};

/// A client of the embedded org `dev`: its id and secret.
pub(crate) fn credentials(name: &str) -> (String, String) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/orgs/dev");
    let read = |file: &str| -> Value { serde_json::from_slice(&std::fs::read(folder.join(file)).unwrap()).unwrap() };
    let clients = read("clients.json");
    let all = clients.as_array().or_else(|| clients["entities"].as_array()).unwrap().clone();
    let client = all.iter().find(|client| client["name"] == name).unwrap();
    let id = client["id"].as_str().unwrap().to_owned();
    let secret = read("simulator.json")["secrets"][&id].as_str().unwrap().to_owned();
    (id, secret)
}

fn stage(faults: &str, principal: &str, more: &str) -> (Stage, String) {
    let stage = Stage::of(&["dev"], faults);
    let (id, secret) = credentials(principal);
    std::fs::write(stage.path("probe.id"), id).unwrap();
    std::fs::write(stage.path("probe.secret"), &secret).unwrap();
    stage.configure(&format!(
        "{more}[[probe]]\nprincipal = \"{principal}\"\nclient_id = {{ file = \"probe.id\" }}\nclient_secret = {{ file = \"probe.secret\" }}\n"
    ));
    (stage, secret)
}

fn probe(stage: &Stage, principal: &str, endpoints: &[&str], more: &[&str]) -> Ended {
    let config = stage.text("rolecall.toml");
    let mut arguments = vec!["probe", "--config", &config, "--principal", principal];
    for endpoint in endpoints {
        arguments.extend(["--endpoint", endpoint]);
    }
    arguments.extend(more);
    rolecall(&arguments)
}

fn json(stage: &Stage, principal: &str, endpoints: &[&str], more: &[&str]) -> (i32, Value) {
    let ended = probe(stage, principal, endpoints, &[more, &["--format", "json"]].concat());
    let value = serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}{}", ended.out, ended.err));
    (ended.code, value)
}

const QUEUES: &str = "GET /api/v2/routing/queues";
const OBSERVATIONS: &str = "POST /api/v2/analytics/queues/observations/query";

/// "Verify the token and its access before calling the queues API."
#[test]
fn prediction_stands_beside_every_outcome_and_only_gets_go_out() {
    let (stage, secret) = stage("", "Queue Dashboard", "");
    stage.run();
    let before = stage.requests().len();
    let endpoints =
        [QUEUES, "GET /api/v2/oauth/clients", "GET /api/v2/users/me", OBSERVATIONS, "GET /api/v2/users/{userId}"];
    let (code, reported) = json(&stage, "Queue Dashboard", &endpoints, &[]);
    assert_eq!(reported["identity"]["client_name"], "Queue Dashboard");
    assert_eq!(reported["identity"]["user_id"], Value::Null);
    assert!(!reported["identity"]["grants"].as_array().unwrap().is_empty(), "{reported}");
    let results = reported["results"].as_array().unwrap();
    assert_eq!(results.len(), endpoints.len());
    for result in results.iter().filter(|result| result["outcome"] != "not-called") {
        let agrees = match result["predicted"].as_str().unwrap() {
            "allowed" | "partial" => result["outcome"] == "allowed",
            "denied" => result["outcome"] == "refused",
            other => panic!("{other}"),
        };
        assert!(agrees, "{result}");
        assert_eq!(result["stands"], "agrees", "{result}");
    }
    let kind = |at: usize| results[at]["diagnosis"]["kind"].as_str().unwrap_or("").to_owned();
    assert_eq!((kind(1).as_str(), kind(2).as_str()), ("missing-permission", "needs-user-context"));
    assert_eq!((&results[3]["outcome"], &results[3]["predicted"]), (&"not-called".into(), &"allowed".into()));
    assert!(results[4]["says"].to_string().contains("fill in the parameters"), "{}", results[4]);
    assert_eq!(code, 3, "the endpoint with a parameter is not known");
    let sent = stage.requests().split_off(before);
    assert!(sent.iter().all(|one| one.method == "GET" || one.uri == "/oauth/token"), "{sent:?}");
    assert_eq!((sent.len(), reported["calls"].as_u64()), (6, Some(6)));
    let ended = probe(&stage, "Queue Dashboard", &[QUEUES, "GET /api/v2/oauth/clients"], &[]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("scopes play no part") && ended.out.contains("oauth:client:view"), "{}", ended.out);
    assert!(!ended.out.contains(&secret) && !ended.err.contains(&secret));
}

#[test]
fn wrong_matrix_is_called_out_and_reported_for_review() {
    let wrong = "[[override]]\noperation = \"GET /api/v2/authorization/roles\"\nmatch = \"ALL\"\npermissions = [\"billing:user:all\"]\nreason = \"r\"\nevidence = \"e\"\nowner = \"o\"\nexpires = 2099-01-01\n";
    let roles = "GET /api/v2/authorization/roles";
    let (stage, _) = stage("", "Rolecall Auditor", "");
    std::fs::write(stage.path("overrides.toml"), wrong).unwrap();
    let config = std::fs::read_to_string(stage.path("rolecall.toml")).unwrap();
    let config = format!("{config}[matrix]\nsource = \"bundled\"\noverrides = \"overrides.toml\"\n");
    std::fs::write(stage.path("rolecall.toml"), config).unwrap();
    stage.run();
    let report = stage.text("proposed.toml");
    let (code, reported) = json(&stage, "Rolecall Auditor", &[roles], &["--report", &report]);
    let result = &reported["results"][0];
    assert_eq!((code, &result["predicted"], &result["outcome"]), (0, &"denied".into(), &"allowed".into()));
    assert_eq!(result["stands"], "contradicts");
    assert!(result["says"].to_string().contains("a fault of the matrix"), "{result}");
    let written = std::fs::read_to_string(&report).unwrap();
    assert!(
        written.contains("operation = \"GET /api/v2/authorization/roles\"") && written.contains("owner = \"\""),
        "{written}"
    );
    let lint = rolecall(&["matrix", "lint", "--overrides", &report]);
    assert_eq!(lint.code, 2, "nobody reviewed it");
    assert!(lint.err.contains("`owner` in [[override]] is empty"), "{}", lint.err);
    // A second probe does not write it twice.
    json(&stage, "Rolecall Auditor", &[roles], &["--report", &report]);
    assert_eq!(std::fs::read_to_string(&report).unwrap(), written);
}

#[test]
fn answers_that_do_not_tell_are_not_known_and_shown() {
    let (stage, _) = stage("oauth-clients=429;roles=malformed", "Rolecall Auditor", "");
    let (code, reported) = json(&stage, "Rolecall Auditor", &["GET /api/v2/oauth/clients"], &[]);
    let result = &reported["results"][0];
    assert_eq!((code, &result["diagnosis"]["kind"]), (3, &"rate-limit".into()));
    assert_eq!(result["predicted"], Value::Null, "there is no snapshot yet");
    assert!(reported["notes"].to_string().contains("nothing is predicted"), "{reported}");
}

#[test]
fn refused_client_is_a_bad_client_and_its_secret_is_not_printed() {
    let (stage, _) = stage("", "Queue Dashboard", "");
    std::fs::write(stage.path("probe.secret"), "hushhushhush-4711").unwrap();
    let ended = probe(&stage, "Queue Dashboard", &[QUEUES], &[]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("BAD-CLIENT") && ended.out.contains("there is no token"), "{}", ended.out);
    assert!(!format!("{}{}", ended.out, ended.err).contains("4711"));
}

#[test]
fn no_more_calls_are_made_than_may_be() {
    let (stage, _) = stage("", "Queue Dashboard", "");
    let (code, reported) =
        json(&stage, "Queue Dashboard", &[QUEUES, "GET /api/v2/oauth/clients"], &["--max-calls", "4"]);
    assert_eq!((code, reported["calls"].as_u64(), stage.requests().len()), (3, Some(4), 4));
    assert_eq!(reported["results"][1]["outcome"], "not-called");
}

#[test]
fn principal_without_credentials_is_a_usage_error_that_names_the_nearest() {
    let (stage, _) = stage("", "Queue Dashboard", "");
    let ended = probe(&stage, "Queue Dashbord", &[QUEUES], &[]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("did you mean `Queue Dashboard`"), "{}", ended.err);
    assert!(stage.requests().is_empty());
}
