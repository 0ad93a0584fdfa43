//! What the files of a small night look like, and that nothing but the data decides it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::assemble::assemble;
use super::formats::FORMATS;
use super::settings::{AccessRows, ReportSettings};
use super::view::Report;
use super::write::write;
use rolecall_base::app::AppState;
use rolecall_base::coverage::Listing;
use rolecall_base::grant::SubjectKind;
use rolecall_base::oauth_client::GrantType;
use rolecall_findings::evidence::{Evidence, PairEvidence, SinceEvidence};
use rolecall_findings::judge::judge;
use rolecall_findings::severity::Severity;
use rolecall_findings::testing::drifted::of_every_kind;
use rolecall_findings::testing::{Night, evidence};
use rolecall_findings::waivers::Standing;

fn settings(access: AccessRows) -> ReportSettings {
    ReportSettings {
        version: "0.0.0".to_owned(),
        fail_on: Severity::High,
        access,
        csv_bom: false,
        checks_off: BTreeSet::new(),
        waivers: Standing::default(),
        trend: Vec::new(),
    }
}

fn report<'a>(evidence: &'a Evidence<'a>, access: AccessRows) -> Report<'a> {
    let findings = judge(evidence, &BTreeMap::new());
    assemble(evidence, findings, None, &settings(access))
}

/// The evidence of a night on which two orgs, and dev and its last night, were compared.
fn compared<'a>(night: &'a Night) -> Evidence<'a> {
    let mut evidence = night.evidence();
    let drift = of_every_kind("=Robot | <b>");
    let (from, to) = ("dev".to_owned(), "staging".to_owned());
    evidence.pairs = vec![
        PairEvidence { from, to, drift: Some(drift.clone()) },
        PairEvidence { from: "staging".to_owned(), to: "prod".to_owned(), drift: None },
    ];
    let before = "2026-11-20T02:00:00Z".parse().unwrap();
    evidence.since = vec![SinceEvidence { org: "dev".to_owned(), before, drift }];
    evidence
}

/// One of everything, with names that spreadsheets and chats must not trip over.
fn dev() -> Night {
    let mut night = Night::new();
    night.division("d1", "Home").division("d2", "Sales, EMEA").division("d3", "=Field");
    night.role("r1", "Reporting", &["routing:queue:view", "directory:user:view"]);
    night.role("r2", "Everything; really", &["*:*:*"]);
    night.role("r3", "Queues", &["routing:queue:view", "routing:queue:edit"]);
    night.client("c1", "Queue Dashboard", &[("r1", "d1"), ("r1", "d2")]);
    night.client("c2", "=cmd|' /C calc'!A0", &[("r2", "*")]);
    night.user_client("c3", "Desktop | [x](http://y)", GrantType::Token, &["routing", "users:readonly"]);
    night.user("u1", "svc-reporting", true, &[]).user("u2", "A Person", false, &[("r3", "*")]);
    night.app("a1", "=Vendor()", AppState::Requested, &["routing"]);
    night.group("g1", "Service Accounts", &["u1"], &[("r3", "*")]);
    night.grants(SubjectKind::TrusteeUser, "t1", &[("r2", "*")]).grants(SubjectKind::User, "u9", &[("r1", "d1")]);
    night.need("Queue Dashboard", "POST /api/v2/analytics/queues/observations/query", "");
    night.need("Queue Dashboard", "GET /api/v2/routing/queues", "");
    night.need("Queue Dashboard", "GET /api/v2/routing/queues", "=Field");
    night.need("Queue Dashboard", "GET /api/v2/analytics/queues/summary", "");
    night.need("Desktop | [x](http://y)", "GET /api/v2/users/{userId}", "");
    night.need("svc-reporting", "PUT /api/v2/routing/queues/{queueId}", "Home");
    night.need("Queue Dashbord", "GET /api/v2/users", "");
    night.usage("c1", "GET /api/v2/routing/queues", 100, 90, 10).usage("c2", "GET /api/v2/users", 3, 0, 3);
    night
}

fn csv(report: &Report<'_>, file: &str) -> String {
    let out = tempfile::tempdir().unwrap();
    let written = write(report, &["csv"], out.path()).unwrap();
    fs::read_to_string(written.folder.join(file)).unwrap()
}

#[test]
fn gaps_of_a_small_night() {
    let night = dev();
    let evidence = night.evidence();
    insta::assert_snapshot!(csv(&report(&evidence, AccessRows::Auto), "gaps.csv"));
}

#[test]
fn grants_of_a_small_night() {
    let night = dev();
    let evidence = night.evidence();
    insta::assert_snapshot!(csv(&report(&evidence, AccessRows::Auto), "grants.csv"));
}

#[test]
fn clients_of_a_small_night() {
    let night = dev();
    let evidence = night.evidence();
    insta::assert_snapshot!(csv(&report(&evidence, AccessRows::Auto), "oauth_clients.csv"));
}

#[test]
fn findings_of_a_small_night() {
    let mut night = dev();
    // The catalogue's wildcard holder makes hundreds of facts: left to the check's own tests.
    night.snapshot.oauth_clients.retain(|client| client.id.as_str() != "c2");
    night.snapshot.grants.retain(|grant| grant.subject.as_str() != "c2");
    let evidence = night.evidence();
    let report = report(&evidence, AccessRows::Auto);
    let out = tempfile::tempdir().unwrap();
    let written = write(&report, &["json"], out.path()).unwrap();
    insta::assert_snapshot!(fs::read_to_string(written.folder.join("findings.json")).unwrap());
}

#[test]
fn summary_of_a_night_with_unread_parts() {
    let mut night = dev();
    night.unread(Listing::Policies);
    night.failed("prod", "the client was refused (invalid_client)");
    let evidence = night.evidence();
    let report = report(&evidence, AccessRows::Auto);
    assert_eq!(report.run.gate.exit_code, 3);
    insta::assert_snapshot!(super::formats::markdown::text(&report));
}

#[test]
fn same_night_in_any_order_gives_the_same_bytes() {
    let first = dev();
    let mut staging = Night::of_org("staging");
    staging.role("r1", "Reporting", &["routing:queue:view"]).client("c1", "Queue Dashboard", &[("r1", "*")]);
    let mut shuffled = dev();
    let snapshot = &mut shuffled.snapshot;
    snapshot.divisions.reverse();
    snapshot.permissions.rotate_left(7);
    snapshot.roles.reverse();
    snapshot.oauth_clients.reverse();
    snapshot.users.reverse();
    snapshot.grants.rotate_left(3);
    snapshot.usage.as_mut().unwrap().rows.reverse();
    shuffled.needs.rotate_left(2);
    let read = |nights: &[&Night]| {
        let evidence = evidence(nights);
        let report = report(&evidence, AccessRows::AllUsers);
        let out = tempfile::tempdir().unwrap();
        let written = write(&report, &["csv", "json"], out.path()).unwrap();
        let text = |file: &&'static str| (*file, fs::read_to_string(written.folder.join(file)).unwrap());
        written.files.iter().map(text).collect::<BTreeMap<_, _>>()
    };
    let (one, again, other) = (read(&[&first, &staging]), read(&[&first, &staging]), read(&[&shuffled, &staging]));
    assert_eq!(one.len(), 19);
    for (file, text) in &one {
        assert!(*text == again[file], "{file} differs between two writings");
        assert!(*text == other[file], "{file} depends on the order of what was read");
    }
}

#[test]
fn night_of_which_an_org_failed_does_not_say_that_nothing_was_declared() {
    let mut night = Night::new();
    night.failed("prod", "the client was refused (invalid_client)");
    let mut evidence = night.evidence();
    evidence.orgs.clear();
    let sentence = report(&evidence, AccessRows::None).sentence;
    assert!(!sentence.contains("no calls were declared"), "{sentence}");
    assert!(
        sentence.contains("nothing could be read of `prod`; whether the calls declared for `prod` work is not known"),
        "{sentence}"
    );

    let mut night = dev();
    night.failed("prod", "the client was refused (invalid_client)");
    let sentence = report(&night.evidence(), AccessRows::None).sentence;
    assert!(
        sentence.contains(" cannot be determined; whether the calls declared for `prod` work is not known"),
        "{sentence}"
    );
}

#[test]
fn rows_of_every_file_are_sorted_and_as_wide_as_the_header() {
    let night = dev();
    let evidence = compared(&night);
    let report = report(&evidence, AccessRows::AllUsers);
    let out = tempfile::tempdir().unwrap();
    let written = write(&report, &["csv"], out.path()).unwrap();
    for file in written.files.iter().filter(|file| file.ends_with(".csv")) {
        let text = fs::read_to_string(written.folder.join(file)).unwrap();
        assert!(!text.contains("\r\n") && text.ends_with('\n'), "{file}");
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<::csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        assert!(!rows.is_empty(), "{file} shows nothing");
        for row in &rows {
            for cell in row {
                assert!(!cell.starts_with(['=', '+', '-', '@']), "{file}: {cell}");
            }
        }
        // What stands before an apostrophe-marked cell decides nothing: keys are ids and plain words.
        let keys: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().take(3).collect()).collect();
        assert!(["action-plan.csv", "endpoints.csv"].contains(file) || keys.is_sorted(), "{file}");
    }
}

#[test]
fn access_rows_agree_with_the_map_cell_by_cell() {
    let night = dev();
    let evidence = night.evidence();
    let text = csv(&report(&evidence, AccessRows::Principals), "access.csv");
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<::csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    let map = &evidence.orgs[0].map;
    assert_eq!(rows.len(), 4 * map.matrix.operations().len(), "three clients and a service user");
    for (at, row) in rows.iter().enumerate() {
        let operation = at % map.matrix.operations().len();
        let principal = map.principals().iter().find(|one| one.id == row[2]).unwrap();
        let answer = map.answer(principal, operation);
        let endpoint = &map.matrix.operations()[operation].endpoint;
        assert_eq!([&row[4], &row[5]], [endpoint.method.as_str(), &endpoint.path]);
        assert_eq!([&row[6], &row[7]], [answer.verdict.as_str(), answer.reasons.to_string().as_str()]);
        let missing: Vec<&str> =
            map.missing_permissions(principal, operation, answer).into_iter().map(|name| name.as_str()).collect();
        assert_eq!(row[8].split(['|', ';']).filter(|name| !name.is_empty()).collect::<Vec<_>>(), missing);
        assert_eq!(
            row[11].split(';').filter(|id| !id.is_empty()).count(),
            map.divisions(principal, operation, answer).len()
        );
    }
}

#[test]
fn access_rows_beyond_a_million_are_left_out_and_said_so() {
    let mut night = Night::new();
    for at in 0..300 {
        night.client(&format!("c{at:03}"), "Robot", &[]);
    }
    let evidence = night.evidence();
    let report = report(&evidence, AccessRows::Auto);
    assert_eq!((report.access.chosen, report.access.rows), (AccessRows::None, 0));
    let text = csv(&report, "access.csv");
    assert_eq!(text.lines().count(), 1);
    let out = tempfile::tempdir().unwrap();
    let written = write(&report, &[] as &[&str], out.path()).unwrap();
    for file in ["run.json", "summary.md"] {
        assert!(fs::read_to_string(written.folder.join(file)).unwrap().contains("access.csv holds no rows"), "{file}");
    }
}

#[test]
fn files_of_formats_no_longer_asked_for_do_not_stay() {
    let night = dev();
    let evidence = night.evidence();
    let report = report(&evidence, AccessRows::None);
    let out = tempfile::tempdir().unwrap();
    write(&report, &["csv", "json"], out.path()).unwrap();
    let written = write(&report, &["json"], out.path()).unwrap();
    let mut left: Vec<String> =
        fs::read_dir(&written.folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["findings.json", "run.json", "summary.md"]);
}

#[test]
fn gate_counts_open_findings_and_gives_way_to_what_is_not_known() {
    let night = dev();
    let evidence = night.evidence();
    let mut findings = judge(&evidence, &BTreeMap::new());
    let failed = assemble(&evidence, findings.clone(), None, &settings(AccessRows::None));
    assert_eq!((failed.run.gate.exit_code, failed.run.gate.as_str()), (1, "failed"));
    findings.iter_mut().for_each(|finding| finding.status = rolecall_findings::finding::Status::Waived);
    let passed = assemble(&evidence, findings, None, &settings(AccessRows::None));
    assert_eq!((passed.run.gate.exit_code, passed.run.gate.at_or_above), (0, 0));
}

#[test]
fn drift_of_two_orgs_is_written_as_it_is_reported() {
    let night = dev();
    let evidence = compared(&night);
    insta::assert_snapshot!(csv(&report(&evidence, AccessRows::None), "drift.csv"));
}

#[test]
fn blockers_of_a_pair() {
    let night = dev();
    let evidence = compared(&night);
    insta::assert_snapshot!(csv(&report(&evidence, AccessRows::None), "blockers.csv"));
}

#[test]
fn changes_since_last_night() {
    let night = dev();
    let evidence = compared(&night);
    insta::assert_snapshot!(csv(&report(&evidence, AccessRows::None), "changes.csv"));
}

#[test]
fn summary_of_a_night_that_was_compared() {
    let night = Night::new();
    let evidence = compared(&night);
    insta::assert_snapshot!(super::formats::markdown::text(&report(&evidence, AccessRows::None)));
}

#[test]
fn record_of_the_run_counts_what_comparing_came_to() {
    let night = Night::new();
    let evidence = compared(&night);
    let out = tempfile::tempdir().unwrap();
    let written = write(&report(&evidence, AccessRows::None), &[] as &[&str], out.path()).unwrap();
    let run: serde_json::Value = serde_json::from_slice(&fs::read(written.folder.join("run.json")).unwrap()).unwrap();
    let counts = serde_json::json!({
        "blocked_calls": 2, "blocked_principals": 2, "may_fail": 1, "not_known": 0, "breaks": 2, "unknown": 2,
        "widens": 2, "narrows": 1, "none": 1, "not_compared": 1, "ignored": 2
    });
    assert_eq!(
        run["drift"],
        serde_json::json!([
            {"from": "dev", "to": "staging", "compared": true, "counts": counts},
            {"from": "staging", "to": "prod", "compared": false, "counts": null}
        ])
    );
    assert_eq!(
        run["since"],
        serde_json::json!([
            {"org": "dev", "before": "2026-11-20T02:00:00Z", "after": "2026-11-21T02:00:00Z", "counts": counts}
        ])
    );
}

#[test]
fn every_file_and_column_is_documented() {
    let documentation = include_str!("../../../docs/outputs.md");
    for file in FORMATS.iter().flat_map(|format| format.files()) {
        assert!(documentation.contains(&format!("`{file}`")), "{file}");
    }
    let night = dev();
    let evidence = night.evidence();
    let report = report(&evidence, AccessRows::None);
    let out = tempfile::tempdir().unwrap();
    let written = write(&report, &["csv"], out.path()).unwrap();
    for file in written.files.iter().filter(|file| file.ends_with(".csv")) {
        let text = fs::read_to_string(written.folder.join(file)).unwrap();
        let columns = text.lines().next().unwrap().split(',').map(|name| format!("`{name}`")).collect::<Vec<_>>();
        let listed = columns.join(", ");
        assert!(documentation.contains(&listed), "docs/outputs.md lacks the columns of {file}, in order: {listed}");
    }
}
