//! What each format makes of one comparison, of an empty one, of an incomplete one, of a huge one and of hostile names.

use serde_json::Value;

use super::*;
use rolecall_access::drift::change::{Author, DriftKind};
use rolecall_findings::testing::Night;
use rolecall_findings::testing::drifted::Drifted;

const CALL: &str = "POST /api/v2/analytics/queues/observations/query";

struct Case {
    left: Night,
    right: Night,
    drifted: Drifted,
}

impl Case {
    fn of(drifted: Drifted) -> Self {
        Self { left: Night::of_org("dev"), right: Night::of_org("staging"), drifted }
    }

    fn view(&self, shown: Shown, fail_on: Severity) -> ComparisonView<'_> {
        let side =
            |night: &'_ Night| (night.snapshot.org.name.clone(), format!("snapshot of {}", night.snapshot.as_of));
        let (left, right) = (side(&self.left), side(&self.right));
        let matrix = "matrix bundled, of 2026-07-31".to_owned();
        ComparisonView::of(
            &self.drifted.drift,
            SideView { name: left.0, what: left.1, matrix: matrix.clone(), snapshot: &self.left.snapshot },
            SideView { name: right.0, what: right.1, matrix, snapshot: &self.right.snapshot },
            Asked { between: Between::Orgs, shown, fail_on, not_known: Vec::new(), artifact: None },
        )
    }

    fn all(&self) -> ComparisonView<'_> {
        self.view(Shown::All, Severity::High)
    }
}

/// Two calls of two clients broken by one role, one that may fail, a role that gives a dangerous permission, a rename.
fn some() -> Case {
    let mut drifted = Drifted::new();
    let client = DriftKind::OauthClient;
    let role = drifted.permissions("Queue Viewer", &["routing:queue:view"], &[], Effect::Breaks);
    let condition = drifted.row(DriftKind::Policy, "No bots", "active", "false", "true", Effect::Narrows);
    let widens = drifted.permissions("Client Admin", &[], &["oauth:client:edit"], Effect::Widens);
    drifted.row(client, "Loader", "presence", "present", "not known", Effect::Unknown);
    drifted.row(DriftKind::Group, "Night Jobs", "name", "Night Jobs", "Night Work", Effect::None);
    drifted.broken("Dashboard", CALL, Certainty::Fails, &[role]);
    drifted.broken("Wallboard", CALL, Certainty::Fails, &[role]);
    drifted.broken("Exporter", "GET /api/v2/users", Certainty::MayFail, &[condition]);
    let admin = drifted.principal(client, "Admin", &[], &["oauth:client:edit"]);
    drifted.affects(widens, &[admin]);
    Case::of(drifted)
}

fn text(
    write: fn(&ComparisonView<'_>, &mut dyn std::io::Write) -> std::io::Result<()>,
    view: &ComparisonView<'_>,
) -> String {
    let mut out = Vec::new();
    write(view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn json(view: &ComparisonView<'_>) -> Value {
    serde_json::from_str(&text(json::write, view)).unwrap()
}

fn sarif(view: &ComparisonView<'_>) -> Value {
    serde_json::from_str(&text(sarif::write, view)).unwrap()
}

/// A case whose every name tries to break out of its format.
fn hostile() -> Case {
    let name = "x\u{1b}[31m\u{202e} @all | <b>`]]>\"=1+1\n\n# h\u{0}";
    let mut drifted = Drifted::new();
    let row = drifted.row(DriftKind::Role, name, "state", name, name, Effect::Breaks);
    drifted.broken(name, CALL, Certainty::Fails, &[row]);
    drifted.row(DriftKind::Role, name, "presence", "absent", "present", Effect::Widens);
    Case::of(drifted)
}

#[test]
fn table_opens_with_the_answer_and_groups_calls_by_cause() {
    insta::assert_snapshot!(text(table::write, &some().all()));
}

#[test]
fn markdown_tells_blockers_and_fix_before_the_fold() {
    insta::assert_snapshot!(text(markdown::write, &some().all()));
}

#[test]
fn junit_has_a_suite_a_question_and_a_case_a_cause() {
    insta::assert_snapshot!(text(junit::write, &some().all()));
}

#[test]
fn json_is_the_versioned_shape_with_counts_that_add_up() {
    let case = some();
    let answer = json(&case.all());
    assert_eq!(answer["schema"], "rolecall-drift/1");
    assert_eq!(answer["counts"]["fails"], 2);
    assert_eq!(answer["counts"]["may_fail"], 1);
    let counts = &answer["counts"];
    let rows: u64 =
        ["breaks", "unknown", "widens", "narrows", "none"].iter().map(|key| counts[key].as_u64().unwrap()).sum();
    assert_eq!(rows as usize, answer["changes"].as_array().unwrap().len());
    assert_eq!(answer["blockers"].as_array().unwrap().len(), 3);
    assert_eq!(answer["causes"][0]["calls"], 2);
    assert_eq!(answer["causes"][0]["fix"]["what"], "add `routing:queue:view` to role `Queue Viewer` in staging");
    assert_eq!(answer["access"][0]["severity"], "critical");
    assert_eq!(answer["changes"][0]["severity"], "critical", "worst first");
    let keys: Vec<&String> = answer.as_object().unwrap().keys().collect();
    for key in ["from", "to", "verdict", "counts", "blockers", "causes", "changes", "access", "not_compared"] {
        assert!(keys.iter().any(|known| *known == key), "{key}");
    }
}

#[test]
fn verdict_tells_the_number_of_calls_and_of_clients_and_the_first_cause() {
    assert_eq!(
        some().all().verdict,
        "2 needed calls of 2 OAuth clients work in dev and will break in staging; cause: role `Queue Viewer` lacks \
         `routing:queue:view`; 1 needed call may break or cannot be determined; 1 principal can do more in staging"
    );
    assert_eq!(Case::of(Drifted::new()).all().verdict, "dev and staging do not differ");
}

#[test]
fn csv_has_the_columns_of_drift_csv_and_the_calls_with_only_effective() {
    let case = some();
    let rows = text(csv::write, &case.all());
    let header =
        "from,to,kind,name,field,from_value,to_value,effect,severity,from_id,to_id,breaks,affected,author,changed_at";
    assert_eq!(rows.lines().next().unwrap(), header);
    assert!(rows.contains("dev,staging,role,Queue Viewer,permissions,routing:queue:view,,breaks,high,"), "{rows}");
    assert_eq!(rows.lines().count(), 6);
    let calls = text(csv::write, &case.view(Shown::Effective, Severity::High));
    assert_eq!(
        calls.lines().next().unwrap(),
        "from,to,principal_kind,name,method,path,division,need,from_verdict,to_verdict,certainty,missing_permissions,missing_scopes,cause,fix"
    );
    assert!(calls.contains("dev,staging,oauth_client,Dashboard,POST,/api/v2/analytics/queues/observations/query,,declared,allowed,denied (missing-permission),fails,routing:queue:view,,role `Queue Viewer` lacks `routing:queue:view`,"), "{calls}");
}

#[test]
fn change_of_the_platform_itself_has_the_author_of_drift_csv_in_csv_and_json() {
    let mut drifted = Drifted::new();
    let row = drifted.permissions("Employee", &[], &["routing:queue:view"], Effect::Widens);
    drifted.by(row, Author::Platform { at: Some("2026-11-20T15:04:00Z".parse().unwrap()) });
    let case = Case::of(drifted);
    let rows = text(csv::write, &case.all());
    assert!(rows.lines().nth(1).unwrap().ends_with(",platform,2026-11-20T15:04:00Z"), "{rows}");
    assert_eq!(json(&case.all())["changes"][0]["author"], "platform");
}

#[test]
fn what_could_not_be_read_is_to_be_found_out_and_not_made_like_the_left() {
    let mut drifted = Drifted::new();
    let row = drifted.row(DriftKind::Role, "Loader", "presence", "present", "not known", Effect::Unknown);
    drifted.broken("Dashboard", CALL, Certainty::NotKnown, &[row]);
    let case = Case::of(drifted);
    let view = case.all();
    assert_eq!(
        view.causes[0].remedy.as_ref().unwrap().what,
        "find out how presence of role `Loader` stands in staging: not enough was read to tell"
    );
}

#[test]
fn calls_without_a_need_follow_and_needed_ones_are_not_reported_twice() {
    let mut case = some();
    let drift = &mut case.drifted.drift;
    drift.endpoints = vec![CALL.parse().unwrap(), "GET /api/v2/routing/queues".parse().unwrap()];
    drift.differences[0].lost = vec![0, 1];
    drift.differences[0].gained = vec![1];
    drift.principals[0].from_id = "left-dashboard".to_owned();
    let calls = text(csv::write, &case.view(Shown::Effective, Severity::High));
    assert_eq!(calls.matches("observations/query").count(), 2, "the needed ones: {calls}");
    assert!(calls.contains("GET,/api/v2/routing/queues,,,works,refused,lost,"), "{calls}");
    assert!(calls.contains("GET,/api/v2/routing/queues,,,refused,works,gained,"), "{calls}");
}

#[test]
fn gate_counts_what_is_shown_and_a_cause_with_its_row_once() {
    let case = some();
    for (shown, fail_on, at_gate) in [
        (Shown::All, Severity::High, 2),
        (Shown::All, Severity::Critical, 1),
        (Shown::Configuration, Severity::High, 2),
        (Shown::Effective, Severity::High, 2),
        (Shown::All, Severity::Medium, 4),
        (Shown::Effective, Severity::Medium, 3),
    ] {
        assert_eq!(case.view(shown, fail_on).at_gate, at_gate, "{shown:?} {fail_on}");
    }
    assert_eq!(Case::of(Drifted::new()).view(Shown::All, Severity::Info).at_gate, 0);
}

#[test]
fn list_that_was_not_read_makes_the_answer_incomplete_in_every_format() {
    let mut case = some();
    case.right.unread(Listing::Roles);
    let view = case.all();
    assert!(!view.is_complete());
    assert!(view.verdict.ends_with("; not everything could be compared"), "{}", view.verdict);
    assert!(text(table::write, &view).contains("roles of staging (not known)"));
    assert_eq!(json(&view)["complete"], false);
    assert!(text(markdown::write, &view).contains("#### Not known\n\n- roles of staging: "));
    assert!(text(junit::write, &view).contains("<error message="));
    assert!(
        sarif(&view)["runs"][0]["results"].as_array().unwrap().iter().any(|one| one["ruleId"] == "drift/not-compared")
    );
}

#[test]
fn list_that_nobody_asked_for_is_reported_and_leaves_the_answer_complete() {
    let mut case = some();
    case.drifted.not_compared(Listing::AuditLog, "dev", false);
    assert!(case.all().is_complete());
    assert!(text(table::write, &case.all()).contains("audit log of dev (not asked for): nobody asked for it"));
}

#[test]
fn sarif_holds_what_the_standard_requires_and_one_result_a_cause() {
    let case = some();
    let log = sarif(&case.all());
    assert_eq!((log["version"].as_str(), log["runs"].as_array().map(Vec::len)), (Some("2.1.0"), Some(1)));
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(run["tool"]["driver"]["name"], "rolecall");
    // Two causes of calls, and the rows that break nothing and change something.
    assert_eq!(results.len(), 5);
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["text"].is_string() && !result["message"]["text"].as_str().unwrap().is_empty());
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert_eq!(result["partialFingerprints"]["rolecallDrift/v1"].as_str().unwrap().len(), 32);
        assert!(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].is_string());
    }
    let broken = results.iter().find(|one| one["ruleId"] == "drift/breaks").unwrap();
    assert_eq!(broken["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "needs.csv");
    assert_eq!(broken["locations"][0]["physicalLocation"]["region"]["startLine"], 2);
    let widens = results.iter().find(|one| one["ruleId"] == "drift/widens").unwrap();
    assert!(widens["locations"][0].get("physicalLocation").is_none());
}

#[test]
fn fingerprint_stays_when_another_client_breaks_by_the_same_cause() {
    let fingerprint = |case: &Case| {
        let log = sarif(&case.all());
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        let broken = results.into_iter().find(|one| one["ruleId"] == "drift/breaks").unwrap();
        broken["partialFingerprints"]["rolecallDrift/v1"].as_str().unwrap().to_owned()
    };
    let (one, mut more) = (some(), some());
    more.drifted.broken("A third", CALL, Certainty::Fails, &[0]);
    assert_eq!(fingerprint(&one), fingerprint(&more));
    let mut other = some();
    other.drifted.drift.changes[0].to_id = "another-role".to_owned();
    assert_ne!(fingerprint(&one), fingerprint(&other));
}

#[test]
fn huge_comparison_stays_within_what_readers_take_and_says_what_is_cut() {
    let mut drifted = Drifted::new();
    for number in 0..6_000 {
        let row = drifted.row(DriftKind::Role, &format!("Role number {number}"), "state", "a", "b", Effect::Breaks);
        drifted.broken(&format!("Client {number}"), CALL, Certainty::Fails, &[row]);
    }
    let case = Case::of(drifted);
    let view = case.all();
    let comment = text(markdown::write, &view);
    assert!(comment.chars().count() < 60_000, "{}", comment.chars().count());
    assert!(comment.contains("and 5980 more causes") && comment.contains("left out here for length"), "{comment}");
    assert_eq!(comment.matches("<details>").count(), comment.matches("</details>").count());
    let log = sarif(&view);
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 4_000);
    let notes = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notes[0]["message"]["text"], "2000 results were left out: `--format json` has them all");
    assert!(text(table::write, &view).lines().count() < 250);
}

#[test]
fn hostile_names_stay_data_in_every_format() {
    let case = hostile();
    let view = case.all();
    let shown = text(table::write, &view);
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{0}']), "{shown}");
    assert!(shown.lines().all(|line| !line.starts_with("# h")));
    let comment = text(markdown::write, &view);
    assert!(!comment.contains("@all") && !comment.contains("<b>") && !comment.contains("\n# h"), "{comment}");
    assert!(!text(csv::write, &view).contains(",=1"));
    let suites = text(junit::write, &view);
    assert!(!suites.contains("<b>") && !suites.contains(['\u{1b}', '\u{0}']), "{suites}");
    assert!(json(&view)["changes"][0]["name"].as_str().unwrap().contains("\u{1b}[31m"), "data is not changed");
    sarif(&view);
}
