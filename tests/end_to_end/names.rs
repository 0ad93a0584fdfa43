//! Names as people write and paste them: every command reads them alike, and says how.

use std::sync::LazyLock;

use serde_json::Value;

use crate::program::{Ended, Stage, rolecall};

const OBSERVATIONS: &str = "POST /api/v2/analytics/queues/observations/query";

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let stage = Stage::of(&["dev"], "");
    stage.run();
    stage
});

fn ask(arguments: &[&str]) -> Ended {
    let config = STAGE.text("rolecall.toml");
    rolecall(&[arguments, &["--config", &config]].concat())
}

fn json(arguments: &[&str]) -> (i32, Value) {
    let ended = ask(&[arguments, &["--format", "json"]].concat());
    (ended.code, serde_json::from_str(&ended.out).unwrap_or_else(|why| panic!("{why}: {}{}", ended.out, ended.err)))
}

fn explain(principal: &str, endpoint: &str) -> (i32, Value) {
    json(&["explain", "--principal", principal, "--endpoint", endpoint])
}

#[test]
fn explain_answers_alike_however_the_endpoint_is_pasted() {
    let (code, answer) = explain("Queue Dashboard", OBSERVATIONS);
    assert_eq!(answer["read_as"], Value::Null);
    for text in [
        "post /API/V2/analytics/Queues/observations/query",
        "/v2/analytics/queues/observations/query",
        "https://api.mypurecloud.ie/api/v2/analytics/queues/observations/query?x=1 POST",
        "[POST /api/v2/analytics/queues/observations/query] ",
        "curl -s -X POST \"https://api.mypurecloud.ie/api/v2/analytics/queues/observations/query\" -H 'Authorization: \
         Bearer s3cret' -d '{}'",
        "Invoke-RestMethod -Method Post -Uri 'https://api.mypurecloud.ie/api/v2/analytics/queues/observations/query'",
        "analyticsApi.postAnalyticsQueuesObservationsQuery(body)",
        "post_analytics_queues_observations_query",
    ] {
        let (other_code, mut other) = explain("Queue Dashboard", text);
        assert_eq!(other["read_as"], format!("read as `{OBSERVATIONS}`"), "{text}");
        assert!(!other.to_string().contains("s3cret"), "{other}");
        other["read_as"] = Value::Null;
        assert_eq!((other_code, &other), (code, &answer), "{text}");
    }
}

#[test]
fn principal_is_found_in_any_case_and_said() {
    let (code, answer) = explain("Queue Dashboard", OBSERVATIONS);
    for name in ["queue dashboard", "QUEUE DASHBOARD", "\"Queue Dashboard\"", " Queue Dashboard "] {
        assert_eq!(explain(name, OBSERVATIONS), (code, answer.clone()), "{name}");
        let said = ask(&["explain", "--principal", name, "--endpoint", OBSERVATIONS]).err;
        assert!(said.contains("read as `Queue Dashboard`"), "{name}: {said}");
    }
    let id = answer["principal_id"].as_str().unwrap().to_uppercase();
    assert_eq!(explain(&id, OBSERVATIONS).1["principal_name"], "Queue Dashboard");
}

#[test]
fn plain_word_in_place_of_an_id_is_never_answered_as_allowed() {
    for word in ["summary", "statistics", "realtime", "Summary", "queue-overview"] {
        let endpoint = format!("GET /api/v2/routing/queues/{word}");
        let (code, answer) = explain("Everything Bot", &endpoint);
        assert_eq!((code, answer["verdict"].as_str()), (3, Some("unknown")), "{word}");
        assert_eq!(answer["reasons"][0], "endpoint-not-in-matrix");
        let notice = answer["notice"].as_str().unwrap();
        assert!(
            notice.starts_with(&format!("`{word}` was read as `{{queueId}}`; if you meant an endpoint")),
            "{notice}"
        );
        assert!(notice.contains("it does not exist; nearest: `"), "{notice}");
        assert!(notice.contains(&format!("If `{word}` is the id for `{{queueId}}`: allowed")), "{notice}");
        let text = ask(&["explain", "--principal", "Everything Bot", "--endpoint", &endpoint]).out;
        assert!(text.find("was read as").unwrap() < text.find("UNKNOWN (").unwrap(), "{text}");
        let who = ask(&["who-can", &endpoint]);
        assert!(who.code == 1 && who.out.is_empty() && who.err.contains("was read as `{queueId}`"), "{}", who.err);
        let show = rolecall(&["matrix", "show", &endpoint]);
        assert!(show.code == 1 && show.out.contains("was read as `{queueId}`"), "{}", show.out);
        let reported = rolecall(&["diagnose", "--endpoint", &endpoint, "--format", "json", &STAGE.text("needs.csv")]);
        assert!(reported.out.contains("was read as `{queueId}`"), "{}", reported.out);
    }
    for id in ["{queueId}", ":id", "3fa85f64-5717-4562-b3fc-2c963f66afa6"] {
        let (code, answer) = explain("Everything Bot", &format!("GET /api/v2/routing/queues/{id}"));
        assert_eq!((code, answer["verdict"].as_str()), (0, Some("allowed")), "{id}");
        assert_eq!(answer["notice"], Value::Null);
    }
}

#[test]
fn who_can_of_a_permission_lists_holders_with_what_they_hold_it_through() {
    let (code, rows) = json(&["who-can", "analytics:queueObservation:view"]);
    assert_eq!(code, 0);
    let rows = rows.as_array().unwrap();
    let held: Vec<&Value> =
        rows.iter().filter(|row| row["verdict"] == "allowed" || row["verdict"] == "partial").collect();
    assert!(!held.is_empty() && rows.len() > held.len());
    for row in &held {
        assert_eq!((row["method"].as_str(), row["path"].as_str()), (Some(""), Some("")));
        assert!(!row["via"].as_array().unwrap().is_empty() && row["via"][0]["role"].is_string(), "{row}");
        assert_eq!(row["verdict"] == "partial", row["divisions"] != "", "{row}");
    }
    // The operation asks for this permission alone: for those whom roles gate the answers are the same.
    let (_, calls) = json(&["who-can", OBSERVATIONS]);
    let verdicts = |rows: &[Value]| -> Vec<(String, String, String)> {
        let of = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
        let plain = rows.iter().filter(|row| !of(row, "reasons").contains("policy"));
        plain.map(|row| (of(row, "principal_id"), of(row, "verdict"), of(row, "divisions"))).collect()
    };
    let (by_permission, by_call) = (verdicts(rows), verdicts(calls.as_array().unwrap()));
    let same = by_call.iter().filter(|row| by_permission.contains(row)).count();
    assert!(same * 10 >= by_call.len() * 9, "{same} of {}", by_call.len());
    for row in by_call.iter().filter(|row| row.1 == "allowed" || row.1 == "partial") {
        assert!(by_permission.contains(row), "{row:?}");
    }
}

#[test]
fn who_can_reads_a_permission_in_every_writing_and_filters() {
    let (code, rows) = json(&["who-can", "analytics:queueObservation:view"]);
    for text in [
        "Analytics > Queue Observation > View",
        "ANALYTICS:QUEUEOBSERVATION:VIEW",
        "Analytics » Queue Observation » View",
        "Analytics → Queue Observation → View permission",
        "analytics.queueObservation.view",
        "Analytics/Queue Observation/View",
    ] {
        assert_eq!(json(&["who-can", text]), (code, rows.clone()), "{text}");
    }
    let (_, clients) = json(&["who-can", "analytics:queueObservation:view", "--kind", "oauth_client"]);
    let clients = clients.as_array().unwrap();
    assert!(!clients.is_empty() && clients.iter().all(|row| row["principal_kind"] == "oauth_client"));
    let (_, both) = json(&["who-can", "Routing > Queue > Add, Delete", "--verdict", "allowed"]);
    let both = both.as_array().unwrap();
    for permission in ["routing:queue:add", "routing:queue:delete"] {
        assert!(both.iter().any(|row| row["permission"] == permission), "{permission}");
    }
    let (_, all) = json(&["who-can", "routing:queue:*", "--verdict", "allowed"]);
    assert!(all.as_array().unwrap().len() > both.len());
    let table = ask(&["who-can", "Routing > Queue > View"]);
    assert!(table.out.contains("routing:queue:view") && table.out.contains("role `"), "{}", table.out);
    assert!(table.err.contains("read as `routing:queue:view`"), "{}", table.err);
    let csv = ask(&["who-can", "routing:queue:view", "--format", "csv"]);
    assert!(csv.out.starts_with("org,principal_kind") && csv.out.lines().next().unwrap().ends_with("permission,via"));
}

#[test]
fn who_can_of_an_unknown_permission_names_the_nearest() {
    for text in ["routing:queues:read", "Routing > Queues > Read", "routing:queue:veiw", "nothing:at:*"] {
        let ended = ask(&["who-can", text]);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{text}: {}", ended.err);
        if !text.contains('*') {
            assert!(ended.err.contains("nearest: `routing:queue:"), "{text}: {}", ended.err);
        }
    }
}

#[test]
fn path_alone_with_several_methods_names_them() {
    let ended = ask(&["explain", "--principal", "Queue Dashboard", "--endpoint", "/api/v2/routing/queues"]);
    assert_eq!(ended.code, 2, "{}", ended.out);
    assert!(ended.err.contains("GET /api/v2/routing/queues") && ended.err.contains("POST"), "{}", ended.err);
    let shown = rolecall(&["matrix", "show", "/v2/routing/queues"]);
    assert!(shown.code == 0 && shown.out.contains("GET /api") && shown.out.contains("POST /api"), "{}", shown.out);
}

#[test]
fn orgs_divisions_and_checks_are_found_in_any_case() {
    let plain = json(&["who-can", "GET /api/v2/routing/queues", "--org", "dev", "--division", "Sales"]);
    assert_eq!(json(&["who-can", "GET /api/v2/routing/queues", "--org", "DEV", "--division", "'sales'"]), plain);
    let check = rolecall(&["checks", "Power.Everywhere"]);
    assert!(check.code == 0 && check.out.contains("power.everywhere"), "{}{}", check.out, check.err);
}

#[test]
fn claimed_names_are_read_as_labels_too() {
    let (_, answer) = json(&[
        "explain",
        "--principal",
        "Queue Dashboard",
        "--endpoint",
        OBSERVATIONS,
        "--claimed",
        "Analytics > Queue Observation > View",
        "--claimed",
        "scope:Analytics:Readonly",
        "--claimed",
        "getRoutingQueues",
    ]);
    let claims = answer["claims"].as_array().unwrap();
    assert_eq!(claims[0]["name"], "analytics:queueObservation:view");
    assert_eq!(claims[0]["matters"], true);
    for (claim, kind) in claims.iter().zip(["permission", "scope", "endpoint"]) {
        assert_eq!(claim["exists_as"][0], kind, "{claim}");
    }
}

#[test]
fn needs_of_any_writing_are_the_same_needs() {
    let folder = tempfile::tempdir().unwrap();
    let lint = |rows: &str| {
        let path = folder.path().join("n.csv");
        std::fs::write(&path, format!("principal,method,path,permission\n{rows}")).unwrap();
        rolecall(&["matrix", "lint", "--needs", path.to_str().unwrap()])
    };
    let fine = lint(
        "x,GET,/routing/queues,Routing > Queue > View\nx,get:,/API/v2/Users,\"Directory > User > View, Add\"\n\
         x,,GET /api/v2/routing/queues/:id,ROUTING:QUEUE:VIEW\n",
    );
    assert_eq!(fine.code, 0, "{}", fine.out);
    assert!(!fine.out.contains("not-in-matrix"), "{}", fine.out);
    let word = lint("x,GET,/routing/queues/summary,\n");
    assert!(word.code == 1 && word.out.contains("`summary` was read as `{queueId}`"), "{}", word.out);
}
