//! The catalogue of checks as people read it, and parameters of checks from the configuration to the report.

use serde_json::Value;

use crate::program::{Stage, rolecall};

/// The findings of a check in one org: severity and title.
fn describe(stage: &Stage, org: &str, check: &str) -> Vec<(String, String)> {
    let rows = stage.rows("findings.csv").into_iter().filter(|row| row["org"] == org && row["check"] == check);
    let mut reported: Vec<_> = rows.map(|row| (row["severity"].clone(), row["title"].clone())).collect();
    reported.sort();
    reported
}

#[test]
fn every_check_is_listed_with_its_documentation_and_an_unknown_one_is_refused_with_the_nearest() {
    let listed = rolecall(&["checks", "--format", "json"]);
    assert_eq!((listed.code, listed.err.as_str()), (0, ""));
    let listed: Value = serde_json::from_str(&listed.out).unwrap();
    let schema: Value = serde_json::from_str(&rolecall(&["schema", "config"]).out).unwrap();
    let known = schema["properties"]["checks"]["properties"].as_object().unwrap();
    assert_eq!(known.len(), listed.as_array().unwrap().len());
    for check in listed.as_array().unwrap() {
        let id = check["id"].as_str().unwrap();
        assert!(known.contains_key(id), "{id}");
        for key in ["title", "what", "why", "fix", "reference"] {
            assert!(!check[key].as_str().unwrap().is_empty(), "{id}: {key}");
        }
        assert!(!check["evidence"].as_array().unwrap().is_empty(), "{id}");
    }
    let one = rolecall(&["checks", "hygiene.redirect-uri"]);
    assert!(one.out.starts_with("hygiene.redirect-uri: ") && one.out.contains("production = "), "{}", one.out);
    let unknown = rolecall(&["checks", "hygiene.redirect-url"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (2, ""));
    assert!(unknown.err.contains("did you mean `hygiene.redirect-uri`"), "{}", unknown.err);
}

#[test]
fn parameters_of_checks_bend_the_night_and_faulty_ones_stop_it() {
    let stage = Stage::of(&["dev"], "");
    stage.configure("[checks]\n\"hygiene.redirect-uri\" = { production = [\"DEV\"] }\n\"hygiene.token-validity\" = { max_hours = 10800 }\n");
    assert_eq!(stage.run().code, 1);
    assert_eq!(
        describe(&stage, "dev", "hygiene.redirect-uri"),
        [(
            "medium".to_owned(),
            "OAuth client `Sentiment Export` redirects to 1 address without protection (dev)".to_owned()
        )]
    );
    assert!(describe(&stage, "dev", "hygiene.token-validity").is_empty());
    stage.configure("[checks]\n\"hygiene.token-validity\" = { max_hour = 24, max_hours = 0 }\n");
    let refused = stage.run();
    assert_eq!(refused.code, 2);
    for text in ["unknown key `max_hour` of check", "did you mean `max_hours`?", "between 1 and 10800, not 0"] {
        assert!(refused.err.contains(text), "{text}: {}", refused.err);
    }
}

#[test]
fn default_roles_are_compared_where_asked_and_what_was_refused_is_not_called_fine() {
    let mut stage = Stage::of(&["staging"], "");
    stage.configure("default_roles = true\n");
    assert_eq!(stage.run().code, 1);
    let check = "hygiene.default-role-modified";
    let differ = [
        ("info".to_owned(), "default role `Communicate User` lacks 1 permission (staging)".to_owned()),
        ("medium".to_owned(), "default role `Supervisor` adds 1 permission (staging)".to_owned()),
    ];
    assert_eq!(describe(&stage, "staging", check), differ);
    stage.set_faults("default-role-comparison:role=Supervisor=403");
    stage.configure("default_roles = true\n");
    assert_eq!(stage.run_as_of("2026-11-21T02:00:00Z").code, 3);
    let standing = |title: &str| {
        let rows = stage.rows("findings.csv").into_iter().find(|row| row["check"] == check && row["title"] == title);
        rows.map(|row| row["status"].clone())
    };
    assert_eq!(standing(&differ[1].1).as_deref(), Some("incomparable"));
    let unread = describe(&stage, "staging", "data.not-known");
    assert_eq!(unread, [("low".to_owned(), "the list of settings of staging was read only in part".to_owned())]);
}

#[test]
fn nothing_is_said_of_default_roles_where_nobody_asked() {
    let stage = Stage::of(&["staging"], "");
    stage.run();
    assert!(describe(&stage, "staging", "hygiene.default-role-modified").is_empty());
    let asked = stage.requests().into_iter().filter(|request| request.uri.contains("comparedefault"));
    assert_eq!(asked.count(), 0);
}
