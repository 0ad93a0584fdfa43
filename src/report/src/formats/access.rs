//! `access.csv`: every verdict, streamed; lines are put together from parts that are escaped once.

use std::fmt::Write as _;
use std::io::{self, Write};

use rayon::prelude::*;

use super::cell::push_cell;
use crate::assemble::is_written;
use crate::view::Report;
use rolecall_access::cross::{AccessMap, Answer, Principal, Reason, Verdict, cells};
use rolecall_matrix::Match;

/// The file.
pub const FILE: &str = "access.csv";

/// The columns, in order.
pub const COLUMNS: [&str; 12] = [
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
    "division_ids",
];

/// Principals that are turned into lines at once: bounds what is held in memory.
const AT_ONCE: usize = 32;

/// How rows are put together.
#[derive(Clone, Copy)]
pub struct Dialect {
    /// Between cells.
    pub between: char,
    /// Behind a row.
    pub end: char,
    /// Appends a cell.
    pub cell: fn(&mut String, &str),
}

const CSV: Dialect = Dialect { between: ',', end: '\n', cell: push_cell };

/// Writes the rows that the report's plan names.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", COLUMNS.join(","))?;
    each(report, CSV, &mut |rows| out.write_all(rows.as_bytes()))
}

/// Hands over the rows that the report's plan names: whole rows, many at once, in the order of the file.
///
/// # Errors
/// Those of `take`.
pub fn each<E>(report: &Report<'_>, dialect: Dialect, take: &mut dyn FnMut(&str) -> Result<(), E>) -> Result<(), E> {
    for org in &report.orgs {
        let Some(evidence) = report.evidence.orgs.get(org.at) else { continue };
        let map = &evidence.map;
        let parts = Parts::of(map, dialect);
        let principals: Vec<&Principal> =
            map.principals().iter().filter(|one| is_written(one.kind, report.access.chosen)).collect();
        for some in principals.chunks(AT_ONCE) {
            let lines: Vec<String> = some.par_iter().map(|principal| lines(map, &parts, principal)).collect();
            for text in lines {
                take(&text)?;
            }
        }
    }
    Ok(())
}

/// What is the same in many lines, escaped.
struct Parts {
    dialect: Dialect,
    /// By operation: method and path, each with what stands behind it.
    endpoints: Vec<String>,
    /// By operation: all of its permissions as alternatives.
    alternatives: Vec<String>,
    /// By operation: its scopes.
    scopes: Vec<String>,
}

impl Parts {
    fn of(map: &AccessMap<'_>, dialect: Dialect) -> Self {
        let operations = map.matrix.operations();
        let cell = |text: &str| {
            let mut cell = String::new();
            (dialect.cell)(&mut cell, text);
            cell
        };
        let between = dialect.between;
        Self {
            dialect,
            endpoints: operations
                .iter()
                .map(|one| {
                    format!("{}{between}{}{between}", cell(one.endpoint.method.as_str()), cell(&one.endpoint.path))
                })
                .collect(),
            alternatives: operations.iter().map(|one| cell(&cells::alternatives(&one.requirement))).collect(),
            scopes: operations.iter().map(|one| cell(&cells::scopes(&one.requirement))).collect(),
        }
    }
}

/// All lines of one principal.
fn lines(map: &AccessMap<'_>, parts: &Parts, principal: &Principal) -> String {
    let Dialect { between, end, cell } = parts.dialect;
    let mut prefix = String::new();
    for text in [map.snapshot.org.name.as_str(), principal.kind.as_str(), &principal.id, &principal.name] {
        cell(&mut prefix, text);
        prefix.push(between);
    }
    let mut answers: Vec<(Answer, String)> = Vec::new();
    let operations = map.matrix.operations();
    let mut out = String::with_capacity(operations.len() * (prefix.len() + 96));
    for (at, operation) in operations.iter().enumerate() {
        let answer = map.answer(principal, at);
        out.push_str(&prefix);
        out.push_str(parts.endpoints.get(at).map_or("", String::as_str));
        // A principal has a handful of different answers: they are put in words once each.
        match answers.iter().find(|(known, _)| *known == answer) {
            Some((_, words)) => out.push_str(words),
            None => {
                let mut words = String::new();
                let _ = write!(words, "{}{between}{}{between}", answer.verdict, answer.reasons);
                out.push_str(&words);
                answers.push((answer, words));
            }
        }
        if answer.reasons.has(Reason::MissingPermission) {
            if operation.requirement.permissions_match == Match::Any {
                out.push_str(parts.alternatives.get(at).map_or("", String::as_str));
            } else {
                cell(&mut out, &cells::missing_permissions(map, principal, at, answer));
            }
        }
        out.push(between);
        if answer.reasons.has(Reason::MissingScope) {
            out.push_str(parts.scopes.get(at).map_or("", String::as_str));
        }
        out.push(between);
        if answer.verdict == Verdict::Partial {
            let divisions = cells::divisions(map, map.divisions(principal, at, answer));
            cell(&mut out, &cells::division_names(&divisions));
            out.push(between);
            cell(&mut out, &cells::division_ids(&divisions));
        } else {
            out.push(between);
        }
        out.push(end);
    }
    out
}
