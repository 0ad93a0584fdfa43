//! `rolecall matrix diff A B --config FILE`: what a change of the requirements does to the principals of the orgs.

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::matrix;
use crate::cli::args::MatrixFormat;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::table;
use rolecall_access::cross::AccessMap;
use rolecall_access::cross::needed::{Needed, NeededIn};
use rolecall_access::radar::{self, Became, Caller, Moved, NewPermission};
use rolecall_app::config::job::Job;
use rolecall_app::{night, sources};
use rolecall_base::snapshot::Snapshot;
use rolecall_matrix::needs::Need;
use rolecall_matrix::{Match, Matrix};

/// What is asked.
pub(crate) struct Asked<'c> {
    /// The first matrix: a file, or `bundled`.
    pub before: &'c PathBuf,
    /// The second.
    pub after: &'c PathBuf,
    /// The configuration: needs, orgs, history.
    pub config: &'c PathBuf,
    /// Snapshots instead of the newest ones of the history.
    pub snapshots: &'c [PathBuf],
    /// Only these orgs.
    pub orgs: &'c [String],
    /// How to print.
    pub format: MatrixFormat,
}

/// Somebody who needs or uses an operation on which the two differ.
#[derive(serde::Serialize)]
struct Line {
    org: String,
    change: &'static str,
    method: String,
    path: String,
    permissions_before: String,
    permissions_after: String,
    principal_kind: &'static str,
    principal_id: String,
    principal_name: String,
    need: &'static str,
    division: String,
    verdict_before: &'static str,
    verdict_after: &'static str,
    reasons: String,
    fate: &'static str,
    missing_permissions: String,
    missing_scopes: String,
    fix: String,
}

impl Line {
    const KEYS: [&'static str; 18] = [
        "org",
        "change",
        "method",
        "path",
        "permissions_before",
        "permissions_after",
        "principal_kind",
        "principal_id",
        "principal_name",
        "need",
        "division",
        "verdict_before",
        "verdict_after",
        "reasons",
        "fate",
        "missing_permissions",
        "missing_scopes",
        "fix",
    ];

    fn cells(&self) -> [&str; 18] {
        [
            &self.org,
            self.change,
            &self.method,
            &self.path,
            &self.permissions_before,
            &self.permissions_after,
            self.principal_kind,
            &self.principal_id,
            &self.principal_name,
            self.need,
            &self.division,
            self.verdict_before,
            self.verdict_after,
            &self.reasons,
            self.fate,
            &self.missing_permissions,
            &self.missing_scopes,
            &self.fix,
        ]
    }
}

/// One org's part of the answer.
struct OrgAnswer {
    org: String,
    complete: bool,
    breaks: bool,
    /// Operations of each kind: all of them, and those that somebody needs or uses.
    counts: [(Became, usize, usize); 4],
    lines: Vec<Line>,
    permissions: Vec<NewPermission>,
}

/// Compares. Exit 1: somebody who needs or uses an operation is refused under the second matrix, and was not under the
/// first, or the operation is gone; 3: a snapshot is not complete; 0: neither.
pub(crate) fn radar(asked: &Asked<'_>, out: &mut dyn Write) -> Result<Exit, Failure> {
    let job = night::load(asked.config)?;
    let needs = night::needs(&job)?;
    let open = |path| matrix::open(Some(path), &mut std::io::stderr().lock()).map_err(Failure::usage);
    let (before, after) = (open(asked.before)?, open(asked.after)?);
    let snapshots = sources::snapshots(&job, asked.snapshots, asked.orgs)?;
    let answers: Vec<OrgAnswer> =
        snapshots.iter().map(|snapshot| answer(&job, snapshot, &needs, &before, &after)).collect();
    match asked.format {
        MatrixFormat::Json => {
            let orgs: Vec<Value> = answers.iter().map(org_json).collect();
            let value = json!({
                "before": matrix::matrix_json(&before), "after": matrix::matrix_json(&after), "orgs": orgs,
            });
            matrix::write_json(&value, out)?;
        }
        MatrixFormat::Csv => {
            table::csv_line(out, Line::KEYS)?;
            for line in answers.iter().flat_map(|answer| &answer.lines) {
                table::csv_line(out, line.cells())?;
            }
        }
        MatrixFormat::Table => {
            for answer in &answers {
                print(answer, out)?;
            }
        }
    }
    let complete = answers.iter().all(|answer| answer.complete);
    Ok(Exit::of_night(complete, answers.iter().any(|answer| answer.breaks)))
}

fn answer(job: &Job, snapshot: &Snapshot, needs: &[Need], before: &Matrix, after: &Matrix) -> OrgAnswer {
    let enforced = job.orgs.iter().find(|org| org.name == snapshot.org.name).and_then(|org| org.scopes_enforced);
    let (then, now) = (AccessMap::of(snapshot, before, enforced), AccessMap::of(snapshot, after, enforced));
    let needed = Needed::of(&now, needs);
    let radar = radar::between(&then, &now, &needed);
    let count = |became| {
        let needed = radar.which(became).filter(|one| !one.callers.is_empty()).count();
        (became, radar.which(became).count(), needed)
    };
    let callers = radar.operations.iter().flat_map(|moved| moved.callers.iter().map(move |one| (moved, one)));
    let lines = callers.filter_map(|(moved, one)| line(&now, moved, one)).collect();
    OrgAnswer {
        org: snapshot.org.name.clone(),
        complete: snapshot.coverage.is_complete(),
        breaks: radar.breaks(),
        counts: [Became::Added, Became::Removed, Became::Changed, Became::Reworded].map(count),
        lines,
        permissions: radar.permissions,
    }
}

fn line(map: &AccessMap<'_>, moved: &Moved<'_>, caller: &Caller<'_>) -> Option<Line> {
    let principal = map.principals().get(caller.principal)?;
    let required = |requirement: &Option<rolecall_matrix::Requirement>| {
        requirement.as_ref().map_or_else(String::new, |one| {
            let list: Vec<&str> = one.permissions.iter().map(|name| name.as_str()).collect();
            format!("{} {}", one.permissions_match.as_str(), list.join(";")).trim_end().to_owned()
        })
    };
    let any = moved.after.as_ref().is_some_and(|one| one.permissions_match == Match::Any);
    let gap = caller.gap.as_ref();
    let missing: Vec<&str> = gap.into_iter().flat_map(|gap| &gap.missing_permissions).map(|one| one.as_str()).collect();
    let scopes: Vec<&str> = gap.into_iter().flat_map(|gap| &gap.missing_scopes).map(|one| one.as_str()).collect();
    Some(Line {
        org: map.snapshot.org.name.clone(),
        change: moved.became.as_str(),
        method: moved.endpoint.method.to_string(),
        path: moved.endpoint.path.to_string(),
        permissions_before: required(&moved.before),
        permissions_after: required(&moved.after),
        principal_kind: principal.kind.as_str(),
        principal_id: principal.id.clone(),
        principal_name: principal.name.clone(),
        need: caller.known.as_str(),
        division: match &caller.division {
            NeededIn::Any => String::new(),
            NeededIn::Division(id) => map.division_name(id).to_owned(),
            NeededIn::NotListed(name) => name.clone(),
        },
        verdict_before: caller.before.verdict.as_str(),
        verdict_after: caller.after.verdict.as_str(),
        reasons: caller.after.reasons.to_string(),
        fate: caller.impact.as_str(),
        missing_permissions: missing.join(if any { "|" } else { ";" }),
        missing_scopes: scopes.join(";"),
        fix: gap.map(|gap| gap.fix.to_string()).unwrap_or_default(),
    })
}

fn permissions_json(permissions: &[NewPermission]) -> Vec<Value> {
    let reported = permissions.iter().map(|new| {
        let roles = new.roles.iter().map(|role| {
            json!({
                "id": role.role.as_str(), "name": role.name, "patterns": role.patterns,
                "conditional": role.conditional, "holders": role.holders.len(),
            })
        });
        json!({
            "permission": new.permission.as_str(), "in_catalogue": new.listed,
            "operations": new.operations.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "roles": roles.collect::<Vec<_>>(),
        })
    });
    reported.collect()
}

fn org_json(answer: &OrgAnswer) -> Value {
    let counts: serde_json::Map<String, Value> = answer
        .counts
        .iter()
        .map(|(became, all, needed)| (became.as_str().to_owned(), json!({"operations": all, "needed": needed})))
        .collect();
    json!({
        "org": answer.org, "complete": answer.complete, "breaks": answer.breaks, "counts": counts,
        "callers": answer.lines, "new_permissions_under_wildcards": permissions_json(&answer.permissions),
    })
}

fn print(answer: &OrgAnswer, out: &mut dyn Write) -> Result<(), Failure> {
    let counts: Vec<String> = answer
        .counts
        .iter()
        .map(|(became, all, needed)| format!("{all} {} ({needed} needed)", became.as_str()))
        .collect();
    let known = if answer.complete { "" } else { "; not everything of this org was read" };
    writeln!(out, "{}: {}{known}", table::visible(&answer.org), counts.join(", "))?;
    let rows: Vec<Vec<String>> = answer
        .lines
        .iter()
        .map(|line| {
            vec![
                line.fate.to_owned(),
                line.principal_name.clone(),
                format!("{} {}", line.method, line.path),
                format!("{} -> {}", line.verdict_before, line.verdict_after),
                if line.fate == "same" || line.fate == "better" { String::new() } else { line.fix.clone() },
            ]
        })
        .collect();
    if !rows.is_empty() {
        table::write(out, &["fate", "principal", "endpoint", "verdict", "fix"], &rows)?;
    }
    for new in &answer.permissions {
        let roles: Vec<String> = new.roles.iter().map(|role| format!("`{}`", role.name)).collect();
        let line = format!("new permission {} falls under a wildcard of {}", new.permission, roles.join(", "));
        writeln!(out, "{}", table::visible(&line))?;
    }
    Ok(())
}
