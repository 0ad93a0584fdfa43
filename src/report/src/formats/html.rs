//! `report.html`: the night as one self-contained page.

use std::path::Path;

use crate::error::ReportError;
use crate::format::Format;
use crate::formats::FORMATS;
use crate::html::{self, About, Input};
use crate::view::Report;
use rolecall_base::store::place;
use rolecall_findings::checks;

/// The file.
pub const FILE: &str = "report.html";

/// `report.html`.
pub struct Html;

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn files(&self) -> &'static [&'static str] {
        &[FILE]
    }

    fn write(&self, report: &Report<'_>, folder: &Path) -> Result<(), ReportError> {
        let path = folder.join(FILE);
        place::write(&path, text(report)?.as_bytes()).map_err(|error| ReportError::io(&path, error))
    }
}

/// The page.
///
/// # Errors
/// When a template fails: a fault of the program, not of the data.
pub fn text(report: &Report<'_>) -> Result<String, ReportError> {
    let input = Input {
        evidence: report.evidence,
        findings: &report.findings,
        sentence: &report.sentence,
        why: &|id| checks::metas().find(|meta| meta.id == id).map(|meta| meta.why),
        waivers: &report.waivers,
        trend: &report.trend,
        tables: &report.tables,
        about: about(report),
    };
    html::render(&input).map_err(|error| ReportError::Content { file: FILE.to_owned(), why: format!("{error:#}") })
}

fn about(report: &Report<'_>) -> About {
    let gate = &report.run.gate;
    let at_or_above = match gate.at_or_above {
        1 => "1 open finding is".to_owned(),
        n => format!("{n} open findings are"),
    };
    let conclusion = match gate.exit_code {
        0 => "passed",
        1 => "failed",
        _ => "not known, because something was not read",
    };
    let mut settings = vec![("Gate fails on".to_owned(), format!("{} and above", gate.fail_on))];
    for org in &report.orgs {
        let enforced = match org.scopes_enforced {
            Some(true) => "scopes are enforced",
            Some(false) => "scopes are not enforced",
            None => "not known whether scopes are enforced",
        };
        settings.push((format!("Org {}", org.name), format!("{}, {enforced}", org.api_url)));
    }
    let mut rows = format!("{}: {} rows", report.access.chosen.as_str(), report.access.rows);
    if !report.access.note.is_empty() {
        rows.push_str(&format!(" ({})", report.access.note));
    }
    settings.push(("Rows of access.csv".to_owned(), rows));
    let names: Vec<String> = report.orgs.iter().map(|org| format!("<snapshot of {}>", org.name)).collect();
    let last_night = report.last_night.as_ref();
    About {
        last_night: last_night.map(|last| html::words::time(last.as_of)).unwrap_or_default(),
        version: report.run.version.clone(),
        run_id: report.run.id.clone(),
        gate: gate.as_str().to_owned(),
        gate_words: format!("{conclusion}; {at_or_above} at or above {}; exit code {}", gate.fail_on, gate.exit_code),
        settings,
        files: FORMATS
            .iter()
            .flat_map(|format| format.files())
            .filter(|file| **file != FILE)
            .map(|file| ((*file).to_owned(), holds(file).to_owned()))
            .collect(),
        command: format!("rolecall audit --config <configuration> --snapshot {}", names.join(" ")),
    }
}

/// What a file holds, in a few words.
pub(super) fn holds(file: &str) -> &'static str {
    match file {
        "access.csv" => "every verdict: principal by endpoint",
        "action-plan.csv" => "open findings, with room for owner, decision and date",
        "authorizations.csv" => "third-party and built-in apps, with what they are authorized for",
        "blockers.csv" => "needed calls that a promotion breaks, or may break",
        "changes.csv" => "what changed in each org since its last night",
        "drift.csv" => "what differs between orgs",
        "endpoints.csv" => "the matrix: what every endpoint requires",
        "excess.csv" => "permissions that no known need uses",
        "findings.csv" | "findings.json" => "all findings",
        "dataset" => "the tables as Parquet, by org and day, for DuckDB, Spark or Trino",
        "findings.sarif" => "all findings, for code-scanning pages",
        "gaps.csv" => "needed calls that are not allowed",
        "grants.csv" => "every grant, direct and through groups",
        "junit.xml" => "checks by org, for pipelines",
        "oauth_clients.csv" => "OAuth clients",
        "permissions.csv" => "the permission catalogues",
        "report.xlsx" => "the CSV files as sheets of a workbook",
        "roles.csv" => "roles, wildcards expanded",
        "run.json" => "versions, completeness, requests, durations",
        "service_users.csv" => "service users",
        "user_clients.csv" => "what is left of the scopes of clients that act for users, by service user and role",
        "summary.md" => "the night in short, for a chat",
        _ => "",
    }
}
