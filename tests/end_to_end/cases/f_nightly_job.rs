//! The nightly job: everything listed, crossed, compared, with an exit code; and a night on which something fails.

use std::sync::LazyLock;

use super::transcript::{Case, run_in};
use crate::program::{AS_OF, Stage};

const NEXT: &str = "2026-11-21T02:00:00Z";

/// The part of a summary below a heading.
fn section(summary: &str, heading: &str) -> Vec<String> {
    let lines = summary.lines().skip_while(|line| *line != format!("## {heading}"));
    let body = lines.skip(1).take_while(|line| !line.starts_with("## "));
    body.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

pub(super) static CASE: LazyLock<Case> = LazyLock::new(case);

fn case() -> Case {
    let mut case = Case::new("F. The nightly job");
    let mut stage = Stage::with_faults("");
    stage.configure("[[drift]]\nfrom = \"dev\"\nto = \"staging\"\n");
    case.note(
        "Every OAuth client, service user, role, permission, division and grant of both orgs is listed and crossed with the \
         matrix; dev is compared with staging; the exit code is for the scheduler and the gate of a promotion.",
    );
    let quiet = |stage: &Stage, as_of: &str| {
        run_in(stage, &["run", "--config", "rolecall.toml", "--out", "reports", "--as-of", as_of, "--quiet"])
    };
    let first = case.show(
        &stage,
        &["run", "--config", "rolecall.toml", "--out", "reports", "--as-of", AS_OF, "--quiet"],
        usize::MAX,
    );
    assert_eq!(first.code, 1);
    let summary = |stage: &Stage| std::fs::read_to_string(stage.path("reports/latest/summary.md")).unwrap();
    let promotion = section(&summary(&stage), "Promotion");
    assert!(promotion[0].contains("needed calls of") && promotion[0].contains("will fail"), "{promotion:?}");
    case.report("summary.md", &promotion);
    for file in ["oauth_clients", "service_users", "roles", "permissions", "grants", "access", "gaps", "drift"] {
        let path = stage.path("reports/latest").join(format!("{file}.csv"));
        assert!(std::fs::read_to_string(path).unwrap().lines().count() > 1, "{file}");
    }
    assert!(stage.path("reports/latest/report.html").is_file());
    // The same night again: nothing is new.
    assert_eq!(quiet(&stage, NEXT).code, 1);
    let mut reader = csv::Reader::from_path(stage.path("reports/latest/findings.csv")).unwrap();
    let status = reader.headers().unwrap().iter().position(|name| name == "status").unwrap();
    assert!(reader.records().all(|row| row.unwrap()[status] == *"persisting"));
    case.note(
        "On the night after, the list of who holds which role of staging cannot be read: the run ends with 3, says which part \
         is missing, and what it could not evaluate is never called resolved.",
    );
    stage.set_faults("role-grants:org=staging=403");
    stage.configure("[[drift]]\nfrom = \"dev\"\nto = \"staging\"\n");
    let partly = case.show(
        &stage,
        &["run", "--config", "rolecall.toml", "--out", "reports", "--as-of", "2026-11-22T02:00:00Z", "--quiet"],
        usize::MAX,
    );
    assert_eq!(partly.code, 3);
    let mut reader = csv::Reader::from_path(stage.path("reports/latest/findings.csv")).unwrap();
    let column = |reader: &mut csv::Reader<std::fs::File>, wanted: &str| {
        reader.headers().unwrap().iter().position(|name| name == wanted).unwrap()
    };
    let (status, check, title, org) = (
        column(&mut reader, "status"),
        column(&mut reader, "check"),
        column(&mut reader, "title"),
        column(&mut reader, "org"),
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    assert!(rows.iter().all(|row| row[status] != *"resolved"), "nothing is resolved by a night that saw less");
    assert!(rows.iter().any(|row| row[status] == *"incomparable"));
    let reported: Vec<String> = rows
        .iter()
        .filter(|row| row[check] == *"data.not-known")
        .map(|row| format!("{} {}: {}", &row[check], &row[org], &row[title]))
        .collect();
    assert!(!reported.is_empty());
    case.report("findings.csv", &reported);
    case
}

#[test]
fn case_f_the_night_lists_compares_and_says_what_it_could_not_read() {
    assert!(CASE.document().contains("$ rolecall "));
}
