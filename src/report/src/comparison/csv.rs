//! CSV: the rows in the columns of `drift.csv`, or what principals can do on one side only, a call a row.

use std::collections::HashSet;
use std::io::{self, Write};

use super::{ComparisonView, Shown};
use crate::compared::drift_row;
use crate::formats::csv::write_rows;
use crate::row::row;
use crate::view::DriftRow;
use rolecall_access::drift::broken::BrokenCall;
use rolecall_access::drift::change::Change;
use rolecall_matrix::Endpoint;

row! {
    /// A call that works on one side only.
    pub CallRow in "drift.csv" {
        /// The left side.
        from: String,
        /// The right side.
        to: String,
        /// What kind of principal.
        principal_kind: &'static str,
        /// Its name.
        name: String,
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// Where it is needed; empty: wherever it can be had.
        division: String,
        /// How the need is known: `declared`, `observed`; empty: nobody is known to need it.
        need: Vec<String>,
        /// The verdict on the left.
        from_verdict: String,
        /// The verdict on the right.
        to_verdict: String,
        /// `fails`, `may-fail`, `not-known`; without a need: `lost`, `gained`, `not-known`.
        certainty: &'static str,
        /// What is missing on the right.
        missing_permissions: Vec<String>,
        /// Scopes of which one is enough.
        missing_scopes: Vec<String>,
        /// The difference that causes it.
        cause: String,
        /// What to do.
        fix: String,
    }
}

/// Writes the rows, or with [`Shown::Effective`] the calls.
///
/// # Errors
/// When the output cannot be written.
pub fn write(view: &ComparisonView<'_>, out: &mut dyn Write) -> io::Result<()> {
    if view.asked.shown == Shown::Effective {
        return calls(view, out);
    }
    let row = |change: &Change| drift_row(&view.from.name, &view.to.name, change, view.drift);
    let mut rows: Vec<DriftRow> = view.drift.changes.iter().map(row).collect();
    rows.sort();
    write_rows(&rows, out)
}

/// Needed calls first, then the others; the latter are as many as principals times endpoints, so they are written as
/// they come, one difference after the other.
fn calls(view: &ComparisonView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut rows: Vec<CallRow> = view
        .causes
        .iter()
        .flat_map(|cause| {
            let fix = cause.remedy.as_ref().map(|remedy| remedy.what.clone()).unwrap_or_default();
            cause.calls.iter().map(move |call| needed(view, call, &cause.clause, &fix))
        })
        .collect();
    rows.sort();
    write_rows(&rows, out)?;
    let reported: HashSet<(&str, &Endpoint)> =
        view.drift.broken.iter().map(|call| (call.from_id.as_str(), &call.endpoint)).collect();
    for access in &view.access {
        let difference = access.difference;
        for principal in &access.principals {
            let mut rows = Vec::new();
            let there = |is_missing: bool| if is_missing { "absent" } else { "refused" };
            for (numbers, left, right, certainty) in [
                (&difference.lost, "works", there(principal.is_gone()), "lost"),
                (&difference.gained, there(principal.is_new()), "works", "gained"),
                (&difference.not_known, "", "", "not-known"),
            ] {
                let endpoints = numbers.iter().filter_map(|at| view.drift.endpoints.get(*at));
                let others = endpoints.filter(|one| !reported.contains(&(principal.from_id.as_str(), *one)));
                rows.extend(others.map(|endpoint| CallRow {
                    from: view.from.name.clone(),
                    to: view.to.name.clone(),
                    principal_kind: principal.kind.as_str(),
                    name: principal.name.clone(),
                    method: endpoint.method.to_string(),
                    path: endpoint.path.to_string(),
                    division: String::new(),
                    need: Vec::new(),
                    from_verdict: left.to_owned(),
                    to_verdict: right.to_owned(),
                    certainty,
                    missing_permissions: Vec::new(),
                    missing_scopes: Vec::new(),
                    cause: String::new(),
                    fix: String::new(),
                }));
            }
            rows.sort();
            append(&rows, out)?;
        }
    }
    Ok(())
}

/// Rows without another header.
fn append(rows: &[CallRow], out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    write_rows(rows, &mut text)?;
    let header = text.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    out.write_all(text.get(header..).unwrap_or_default())
}

fn needed(view: &ComparisonView<'_>, call: &BrokenCall, cause: &str, fix: &str) -> CallRow {
    let mut need: Vec<String> = call.needs.iter().map(|need| need.as_str().to_owned()).collect();
    need.sort();
    need.dedup();
    CallRow {
        from: view.from.name.clone(),
        to: view.to.name.clone(),
        principal_kind: call.kind.as_str(),
        name: call.name.clone(),
        method: call.endpoint.method.to_string(),
        path: call.endpoint.path.to_string(),
        division: call.division.clone().unwrap_or_default(),
        need,
        from_verdict: call.describe_left(),
        to_verdict: call.describe_right(),
        certainty: call.certainty.as_str(),
        missing_permissions: call.missing_permissions.clone(),
        missing_scopes: call.missing_scopes.clone(),
        cause: cause.to_owned(),
        fix: fix.to_owned(),
    }
}
