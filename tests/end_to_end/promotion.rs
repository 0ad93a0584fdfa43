//! What the report of the demo orgs says of a promotion from dev to staging.

use std::collections::BTreeSet;

use crate::program::Stage;

#[test]
fn report_of_the_demo_orgs_holds_the_blockers_of_a_promotion() {
    let stage = Stage::with_faults("");
    stage.configure("[[drift]]\nfrom = \"dev\"\nto = \"staging\"\n");
    stage.run();
    let rows = stage.rows("blockers.csv");
    let fails: Vec<_> = rows.iter().filter(|row| row["certainty"] == "fails").collect();
    assert!(
        fails.iter().any(|row| row["name"] == "Queue Dashboard"
            && row["path"] == "/api/v2/analytics/queues/observations/query"
            && row["missing_permissions"] == "analytics:queueObservation:view"
            && row["cause_kind"] == "role"
            && !row["fix"].is_empty()),
        "{rows:?}"
    );
    // What the target's own gaps say of principals of both orgs is what the blockers say.
    let key = |row: &std::collections::BTreeMap<String, String>, name: &str| {
        (row[name].clone(), row["method"].clone(), row["path"].clone(), row["division"].clone())
    };
    let gaps = stage.rows("gaps.csv");
    let denied: BTreeSet<_> = gaps
        .iter()
        .filter(|gap| gap["org"] == "staging" && gap["verdict"] == "denied")
        .map(|gap| key(gap, "principal_name"))
        .collect();
    for row in fails.iter().filter(|row| row["need"].contains("declared") && row["to_verdict"] == "denied") {
        assert!(denied.contains(&key(row, "name")), "{row:?} is no gap of staging");
    }
    let counts = &stage.json("run.json")["drift"][0]["counts"];
    assert_eq!(counts["blocked_calls"], fails.len());
    let findings = stage.rows("findings.csv");
    let causes: BTreeSet<_> = fails.iter().map(|row| (row["cause_kind"].clone(), row["cause_name"].clone())).collect();
    for (kind, name) in causes {
        let reported = findings.iter().filter(|one| one["check"] == "promotion.breaks");
        let reported = reported
            .filter(|one| one["subject_kind"] == kind && one["subject_name"] == name && one["org"] == "staging");
        assert_eq!(reported.count(), 1, "{kind} {name}");
    }
    let page = std::fs::read_to_string(stage.path("out/latest/report.html")).unwrap();
    let head = &page[..page.find("id=\"completeness\"").unwrap()];
    let principals: BTreeSet<_> = fails.iter().map(|row| (&row["principal_kind"], &row["name"])).collect();
    let reported = format!("{} needed calls of {} principals will fail", fails.len(), principals.len());
    assert!(head.contains(&reported), "the first screen says so");
    let summary = std::fs::read_to_string(stage.path("out/latest/summary.md")).unwrap();
    assert!(summary.contains(&format!("**dev to staging**: {} needed calls", fails.len())), "{summary}");
}

#[test]
fn night_after_an_unchanged_night_has_nothing_new_since() {
    let stage = Stage::with_faults("");
    stage.run();
    let config = stage.text("rolecall.toml");
    let out = stage.text("out");
    crate::program::rolecall(&["run", "--config", &config, "--out", &out, "--as-of", "2026-11-21T02:00:00Z"]);
    assert!(stage.rows("changes.csv").is_empty());
    let since = &stage.json("run.json")["since"];
    assert_eq!(since.as_array().unwrap().len(), 2, "{since}");
    let findings = stage.rows("findings.csv");
    assert!(findings.iter().all(|one| !one["check"].starts_with("night.")), "{findings:?}");
    let page = std::fs::read_to_string(stage.path("out/latest/report.html")).unwrap();
    assert!(page.contains("Compared with the night of 2026-11-20 02:00 UTC: nothing changed."));
}
