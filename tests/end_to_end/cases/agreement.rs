//! Whether the commands say what `access.csv` says, cell by cell.

use std::collections::BTreeMap;

use serde_json::Value;

use super::transcript::{STAGE, run_in};

const KEYS: [&str; 11] = [
    "org",
    "principal_kind",
    "principal_id",
    "principal_name",
    "method",
    "path",
    "verdict",
    "reasons",
    "missing_permissions",
    "missing_scopes",
    "divisions",
];

fn asked(arguments: &[&str]) -> (i32, Value) {
    let mut all = arguments.to_vec();
    all.extend(["--config", "rolecall.toml", "--format", "json"]);
    let ended = run_in(&STAGE, &all);
    (ended.code, serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}{}", ended.out, ended.err)))
}

fn cells(rows: &Value) -> Vec<Vec<String>> {
    let cell = |row: &Value| KEYS.map(|key| row[key].as_str().unwrap().to_owned()).to_vec();
    rows.as_array().unwrap().iter().map(cell).collect()
}

/// What the run wrote, by principal and endpoint.
fn written() -> BTreeMap<(String, String), Vec<String>> {
    let rows = STAGE.rows("access.csv");
    rows.into_iter()
        .map(|row| {
            let cells = KEYS.map(|key| row[key].clone()).to_vec();
            ((row["principal_id"].clone(), format!("{} {}", row["method"], row["path"])), cells)
        })
        .collect()
}

#[test]
fn who_can_of_an_endpoint_and_can_of_a_principal_are_rows_of_access_csv() {
    let written = written();
    for endpoint in [
        "POST /api/v2/analytics/queues/observations/query",
        "GET /api/v2/users/me",
        "GET /api/v2/conversations/{conversationId}/recordings",
        "GET /api/v2/speechandtextanalytics/conversations/{conversationId}",
    ] {
        let (_, rows) = asked(&["who-can", endpoint, "--kind", "oauth_client,service_user"]);
        let found = cells(&rows);
        assert_eq!(found.len(), written.keys().filter(|(_, known)| known == endpoint).count(), "{endpoint}");
        for cells in found {
            assert_eq!(written[&(cells[2].clone(), endpoint.to_owned())], cells);
        }
    }
    for (org, principal) in [("dev", "Queue Dashboard Sales"), ("staging", "svc-wfm-sync"), ("dev", "Agent Desktop")] {
        let (_, rows) = asked(&["can", principal, "--org", org]);
        let found = cells(&rows);
        let id = found[0][2].clone();
        assert_eq!(found.len(), written.keys().filter(|(known, _)| *known == id).count(), "{principal}");
        for cells in found {
            let endpoint = format!("{} {}", cells[4], cells[5]);
            assert_eq!(written[&(id.clone(), endpoint)], cells);
        }
    }
}

#[test]
fn explain_says_what_a_cell_of_access_csv_says() {
    let written = written();
    // Every so many cells, so that each verdict is among them.
    let mut verdicts = BTreeMap::new();
    let step = written.len() / 10;
    for ((id, endpoint), cells) in written.iter().step_by(step) {
        let (_, reported) = asked(&["explain", "--principal", id, "--org", &cells[0], "--endpoint", endpoint]);
        let joined = |key: &str, by: &str| {
            reported[key].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect::<Vec<_>>().join(by)
        };
        let alternatives = if reported["permissions_match"] == "ANY" { "|" } else { ";" };
        let text = |key: &str| reported[key].as_str().unwrap().to_owned();
        let found = vec![
            text("org"),
            text("principal_kind"),
            text("principal_id"),
            text("principal_name"),
            text("method"),
            text("path"),
            text("verdict"),
            joined("reasons", ";"),
            joined("missing_permissions", alternatives),
            joined("missing_scopes", ";"),
            joined("divisions", ";"),
        ];
        assert_eq!(&found, cells);
        *verdicts.entry(cells[6].clone()).or_insert(0) += 1;
    }
    assert!(verdicts.len() > 1, "{verdicts:?}");
}

#[test]
fn filters_leave_out_rows_and_change_none() {
    const OBSERVATIONS: &str = "POST /api/v2/analytics/queues/observations/query";
    let (_, all) = asked(&["who-can", OBSERVATIONS, "--org", "dev"]);
    let all = cells(&all);
    let (_, some) = asked(&["who-can", OBSERVATIONS, "--org", "dev", "--verdict", "partial,allowed"]);
    let some = cells(&some);
    let kept: Vec<_> = all.iter().filter(|row| row[6] == "partial" || row[6] == "allowed").cloned().collect();
    assert!(!some.is_empty() && some == kept);
    let (code, support) = asked(&["who-can", OBSERVATIONS, "--org", "dev", "--division", "Support"]);
    let support = cells(&support);
    assert_eq!(code, 0);
    let elsewhere = |row: &&Vec<String>| row[6] == "partial" && !row[10].split(';').any(|name| name == "Support");
    assert!(all.iter().filter(elsewhere).count() > 0);
    assert_eq!(support, all.iter().filter(|row| !elsewhere(row)).cloned().collect::<Vec<_>>());
    let (_, gets) = asked(&["can", "Queue Dashboard", "--org", "dev", "--method", "get"]);
    let gets = cells(&gets);
    assert!(gets.len() > 100 && gets.iter().all(|row| row[4] == "GET"));
    // The exit code is that of what was asked about, whichever rows are shown of it.
    assert_eq!(asked(&["who-can", OBSERVATIONS, "--org", "dev", "--verdict", "denied"]).0, 0);
}
