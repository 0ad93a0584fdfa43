//! Whether the matrix commands print and end as people and pipelines expect.

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Program {
    #[command(subcommand)]
    command: MatrixCommand,
}

/// Exit code, standard output, standard error.
fn matrix(args: &[&str]) -> (u8, String, String) {
    let command = Program::try_parse_from([&["rolecall"], args].concat()).unwrap().command;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(&command, jiff::civil::date(2026, 8, 20), &mut out, &mut err).unwrap_or_else(|error| {
        writeln!(err, "{error}").unwrap();
        error.exit_code()
    });
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

fn json(args: &[&str]) -> (u8, Value) {
    let (code, out, _) = matrix(&[args, &["--format", "json"]].concat());
    (code, serde_json::from_str(&out).unwrap())
}

fn fixture(name: &str) -> String {
    format!("{}/fixtures/matrices/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn show_prints_permission_scopes_context_source_and_date() {
    let (code, out, _) = matrix(&["show", "POST /api/v2/analytics/queues/observations/query"]);
    assert_eq!(code, 0);
    for part in
        ["analytics:queueObservation:view", "analytics, analytics:readonly", "user context", "source", "2026-08-15"]
    {
        assert!(out.contains(part), "{part}\n{out}");
    }
}

#[test]
fn show_of_an_invented_endpoint_exits_one_and_names_the_nearest() {
    let (code, out, _) = matrix(&["show", "GET /api/v2/analytics/queues/summary"]);
    assert_eq!(code, 1);
    assert!(
        out.contains("does not exist") && out.contains("POST /api/v2/analytics/queues/observations/query"),
        "{out}"
    );
    let (code, value) = json(&["show", "GET /api/v2/analytics/queues/summary"]);
    assert_eq!((code, &value["exists"]), (1, &Value::Bool(false)));
    assert_eq!(value["nearest"][0]["path"], "/api/v2/analytics/queues/observations/query");
}

#[test]
fn show_of_a_path_as_called_says_which_template_it_is() {
    let (code, out, _) = matrix(&["show", "GET /api/v2/routing/queues/abc"]);
    assert_eq!(code, 0);
    assert!(out.contains("GET /api/v2/routing/queues/{queueId}") && out.contains("matched to this template"), "{out}");
    let (_, value) = json(&["show", "GET /api/v2/routing/queues/abc"]);
    assert_eq!(value["matched_as_called"], true);
}

#[test]
fn show_of_a_wrong_method_names_the_right_ones() {
    let (code, out, _) = matrix(&["show", "DELETE /api/v2/routing/queues"]);
    assert_eq!(code, 1);
    assert!(out.contains("this path has: GET, POST"), "{out}");
    let (code, value) = json(&["show", "/api/v2/routing/queues"]);
    assert_eq!((code, value["operations"].as_array().unwrap().len()), (0, 2));
}

#[test]
fn show_of_permission_and_scope_lists_their_operations() {
    let (code, out, _) = matrix(&["show", "routing:queue:view"]);
    assert_eq!(code, 0);
    assert!(
        out.contains("is a permission of") && out.contains("it is not a scope") && out.contains("routing"),
        "{out}"
    );
    let (code, out, _) = matrix(&["show", "audits:readonly", "--format", "csv"]);
    assert!(code == 0 && out.starts_with("method,path,permissions_match") && out.lines().count() > 1);
}

#[test]
fn show_of_an_invented_name_says_so_and_names_the_nearest() {
    let (code, value) = json(&["show", "analytics:read"]);
    assert_eq!((code, &value["exists"]), (1, &Value::Bool(false)));
    let names: Vec<&str> = value["nearest"].as_array().unwrap().iter().filter_map(|n| n["name"].as_str()).collect();
    assert!(names.contains(&"analytics") && names.contains(&"analytics:readonly"), "{names:?}");
    let (code, out, _) = matrix(&["show", "--as", "scope", "routing:queue:view"]);
    assert_eq!(code, 1);
    assert!(out.contains("there is a permission of this name") && out.contains("nearest scopes: routing"), "{out}");
}

#[test]
fn show_of_something_that_is_not_an_endpoint_exits_two() {
    for what in ["FETCH /api/v2/users", "GET /a /b", " "] {
        let (code, out, err) = matrix(&["show", what]);
        assert_eq!((code, out.as_str()), (2, ""), "{what}");
        assert!(!err.is_empty());
    }
}

#[test]
fn search_finds_and_says_by_what_and_exits_one_when_nothing_is_found() {
    let (code, value) = json(&["search", "/api/v2/routing/queues/abc"]);
    assert_eq!((code, value["operations"][0]["found_by"].as_str()), (0, Some("answers")));
    assert_eq!(matrix(&["search", "no such thing"]).0, 1);
    assert!(matrix(&["search", "observations/query"]).1.contains("POST /api/v2/analytics/queues/observations/query"));
}

#[test]
fn import_writes_a_table_that_reads_back_and_says_what_it_could_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("matrix.csv");
    let name = target.display().to_string();
    let (code, out, err) = matrix(&["import", &fixture("small.json"), "--out", &name, "--date", "2026-07-19"]);
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(err.contains("8 of 8 operations") && err.contains("date: 2026-07-19"), "{err}");
    let table = std::fs::read_to_string(&target).unwrap();
    assert!(table.starts_with("method,path,permissions_match,permissions,scopes,user_context,source"), "{table}");
    let (code, out, _) = matrix(&["diff", &name, &fixture("small.json"), "--exit-code"]);
    assert!(
        code == 0 && out.contains("0 added, 0 removed, 0 changed, 8 unchanged") && out.contains("2026-07-19"),
        "{out}"
    );
    let (code, out, err) = matrix(&["import", &fixture("odd.json")]);
    assert_eq!(code, 3);
    assert!(out.contains("GET,/api/v2/prose,UNKNOWN,,") && err.contains("12 of 22 operations"), "{err}");
    assert!(err.contains("not read: `GET /api/v2/prose`"), "{err}");
}

#[test]
fn missing_and_broken_files_exit_two_with_their_name() {
    for args in [
        &["show", "GET /api/v2/users", "--matrix", "/nowhere/m.csv"][..],
        &["import", "/nowhere/m.csv"],
        &["diff", "bundled", "/nowhere/m.csv"],
        &["lint", "/nowhere/m.csv"],
        &["lint", "--needs", "/nowhere/m.csv"],
    ] {
        let (code, out, err) = matrix(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(err.contains("/nowhere/m.csv"), "{err}");
    }
    assert_eq!(matrix(&["import", &fixture("broken/openapi3.json")]).0, 2);
    let target = "/proc/nowhere/m.csv";
    assert_eq!(matrix(&["import", &fixture("small.json"), "--out", target]).0, 4);
}

#[test]
fn diff_counts_add_up_in_every_format() {
    let small = fixture("small.json");
    let (code, value) = json(&["diff", "bundled", &small, "--exit-code"]);
    let count = |key: &str| value["counts"][key].as_u64().unwrap();
    assert_eq!(code, 1);
    assert_eq!(count("unchanged") + count("changed") + count("removed"), 3397);
    assert_eq!(count("unchanged") + count("changed") + count("added"), 8);
    let (code, out, _) = matrix(&["diff", "bundled", &small, "--format", "csv"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("change,method,path,field,before,after,effect\n"), "{out}");
    assert_eq!(out.lines().filter(|line| line.starts_with("removed,")).count() as u64, count("removed"));
}

#[test]
fn lint_counts_remarks_and_holds_needs_against_the_matrix() {
    let (code, value) = json(&["lint"]);
    assert_eq!((code, value["counts"]["requirement-unknown"].as_u64()), (0, Some(77)));
    let dir = tempfile::tempdir().unwrap();
    let needs = dir.path().join("needs.csv");
    let text =
        "principal,method,path\nQueue Dashboard,GET,/routing/queues\nQueue Dashboard,GET,/analytics/queues/summary\n";
    place_write(&needs, text);
    let (code, out, _) = matrix(&["lint", "--needs", &needs.display().to_string()]);
    assert_eq!(code, 1);
    assert!(
        out.contains("needs.csv:3: endpoint-not-in-matrix") && out.contains("2 needs, 1 not in the matrix"),
        "{out}"
    );
    place_write(&needs, "principal,method,path\nQueue Dashboard,GET,/routing/queues\n");
    assert_eq!(matrix(&["lint", "--needs", &needs.display().to_string(), "--format", "csv"]).0, 0);
    place_write(&needs, "principal,method\n");
    assert_eq!(matrix(&["lint", "--needs", &needs.display().to_string()]).0, 2);
    assert_eq!(matrix(&["lint", "a.csv", "--matrix", "b.csv"]).0, 2);
}

fn place_write(path: &std::path::Path, text: &str) {
    rolecall_base::store::place::write(path, text.as_bytes()).unwrap();
}

#[test]
fn control_signs_are_shown_not_obeyed() {
    assert_eq!(plain("a\u{1b}[31mb\n"), "a\\u{1b}[31mb\\n");
}
