//! `rolecall who-can` and `rolecall can`: both directions of the cross, with the keys of `access.csv`.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use super::source::{Orgs, no_principal, principals};
use crate::cli::args::{CanArgs, Format, Global, WhoCanArgs};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::table;
use crate::cross::{AccessMap, Principal, Verdict};
use crate::matrix::{Endpoint, nearest};

/// One cell, with the keys of `access.csv`.
#[derive(Debug, Serialize)]
struct Row {
    org: String,
    principal_kind: &'static str,
    principal_id: String,
    principal_name: String,
    method: String,
    path: String,
    verdict: &'static str,
    reasons: String,
    missing_permissions: String,
    missing_scopes: String,
    divisions: String,
}

impl Row {
    const KEYS: [&'static str; 11] = [
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

    fn cells(&self) -> [&str; 11] {
        [
            &self.org,
            self.principal_kind,
            &self.principal_id,
            &self.principal_name,
            &self.method,
            &self.path,
            self.verdict,
            &self.reasons,
            &self.missing_permissions,
            &self.missing_scopes,
            &self.divisions,
        ]
    }
}

/// Who can call an endpoint. Exit 0: somebody can; 1: nobody; 3: nobody for certain, but not everything is known.
pub fn who_can(args: &WhoCanArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let endpoint: Endpoint = args.endpoint.parse().map_err(Failure::usage)?;
    let orgs = Orgs::open(&args.source, global)?;
    let mut rows = Vec::new();
    let mut lacking = Vec::new();
    let mut found = false;
    for (map, _) in &orgs.maps() {
        let Some((operation, _)) = map.matrix.resolve(&endpoint) else {
            let near: Vec<String> =
                nearest::endpoints(map.matrix, &endpoint, 5).iter().map(|near| near.endpoint.to_string()).collect();
            let absent = format!(
                "{endpoint} is not in the matrix of org `{}`: as far as is published it does not exist",
                map.snapshot.org.name
            );
            lacking.push((absent, near.join("\n                     ")));
            continue;
        };
        found = true;
        rows.extend(map.principals().iter().map(|principal| row(map, principal, operation)));
    }
    if !found {
        let told = lacking.iter().map(|(absent, near)| format!("{absent}\n  nearest real ones: {near}"));
        return Err(Failure { message: told.collect::<Vec<_>>().join("\n"), exit: Exit::Findings });
    }
    for (absent, _) in lacking {
        tracing::warn!("{absent}");
    }
    show(rows, args.all, args.source.format, out)
}

/// What a principal can call.
pub fn can(args: &CanArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let orgs = Orgs::open(&args.source, global)?;
    let maps = orgs.maps();
    let mut rows = Vec::new();
    for (map, _) in &maps {
        for principal in principals(map, &args.principal) {
            rows.extend((0..map.matrix.operations().len()).map(|operation| row(map, principal, operation)));
        }
    }
    if rows.is_empty() {
        return Err(no_principal(&maps, &args.principal));
    }
    show(rows, args.all, args.source.format, out)
}

fn row(map: &AccessMap<'_>, principal: &Principal, operation: usize) -> Row {
    let answer = map.answer(principal, operation);
    let asked = map.matrix.operations().get(operation);
    let missing: Vec<&str> = map
        .missing_permissions(principal, operation, answer)
        .into_iter()
        .map(crate::model::permission::Permission::as_str)
        .collect();
    let any = asked.is_some_and(|asked| asked.requirement.permissions_match == crate::matrix::Match::Any);
    let scopes: Vec<&str> = asked
        .filter(|_| answer.reasons.has(crate::cross::Reason::MissingScope))
        .map(|asked| asked.requirement.scopes.iter().map(crate::model::scope::Scope::as_str).collect())
        .unwrap_or_default();
    let divisions: Vec<&str> =
        map.divisions(principal, operation, answer).into_iter().map(|id| map.division_name(id)).collect();
    Row {
        org: map.snapshot.org.name.clone(),
        principal_kind: principal.kind.as_str(),
        principal_id: principal.id.clone(),
        principal_name: principal.name.clone(),
        method: asked.map(|asked| asked.endpoint.method.to_string()).unwrap_or_default(),
        path: asked.map(|asked| asked.endpoint.path.to_string()).unwrap_or_default(),
        verdict: answer.verdict.as_str(),
        reasons: answer.reasons.to_string(),
        missing_permissions: missing.join(if any { "|" } else { ";" }),
        missing_scopes: scopes.join(";"),
        divisions: divisions.join(";"),
    }
}

fn show(rows: Vec<Row>, all: bool, format: Format, out: &mut dyn Write) -> Result<Exit, Failure> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *counts.entry(row.verdict).or_default() += 1;
    }
    let count = |verdict: Verdict| counts.get(verdict.as_str()).copied().unwrap_or(0);
    let exit = match (count(Verdict::Allowed) + count(Verdict::Partial), count(Verdict::Unknown)) {
        (0, 0) => Exit::Findings,
        (0, _) => Exit::NotKnown,
        _ => Exit::Fine,
    };
    match format {
        Format::Json => {
            writeln!(out, "{}", serde_json::to_string_pretty(&rows).map_err(Failure::failed)?)?;
        }
        Format::Csv => {
            table::csv_line(out, Row::KEYS)?;
            for row in &rows {
                table::csv_line(out, row.cells())?;
            }
        }
        Format::Table => {
            let line: Vec<String> =
                Verdict::ALL.iter().map(|verdict| format!("{} {}", count(*verdict), verdict.as_str())).collect();
            writeln!(out, "{}", line.join(", "))?;
            let shown: Vec<Vec<String>> = rows
                .into_iter()
                .filter(|row| all || !matches!(row.verdict, "denied" | "unknown"))
                .map(|row| {
                    let why =
                        [row.reasons, row.divisions].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
                    vec![
                        row.verdict.to_owned(),
                        row.org,
                        row.principal_kind.to_owned(),
                        row.principal_name,
                        row.method,
                        row.path,
                        why.join(" "),
                    ]
                })
                .collect();
            if !shown.is_empty() {
                table::write(out, &["verdict", "org", "kind", "principal", "method", "path", "why"], &shown)?;
            }
        }
    }
    Ok(exit)
}
