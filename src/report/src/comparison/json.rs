//! JSON for machines: `rolecall-drift/1`. Keys may be added; one that changes its meaning or goes makes it `/2`.

use std::io::{self, Write};

use serde::Serialize;

use super::{CauseView, ComparisonView, SideView};
use rolecall_access::drift::broken::{BrokenCall, NeedSource};
use rolecall_access::drift::change::{Change, Effect};

/// The name and version of the shape.
pub const SCHEMA: &str = "rolecall-drift/1";

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    from: Side<'a>,
    to: Side<'a>,
    verdict: &'a str,
    complete: bool,
    gate: Gate,
    counts: Counts,
    blockers: Vec<Blocker<'a>>,
    causes: Vec<Cause<'a>>,
    changes: Vec<Row<'a>>,
    access: Vec<Access<'a>>,
    unheld: Vec<Unheld<'a>>,
    not_compared: Vec<NotCompared<'a>>,
    not_known: &'a [String],
}

#[derive(Serialize)]
struct Side<'a> {
    name: &'a str,
    org: &'a str,
    what: &'a str,
    as_of: String,
    matrix: &'a str,
}

#[derive(Serialize)]
struct Gate {
    fail_on: &'static str,
    at_or_above: usize,
}

#[derive(Serialize)]
struct Counts {
    fails: usize,
    may_fail: usize,
    not_known: usize,
    breaks: usize,
    unknown: usize,
    widens: usize,
    narrows: usize,
    none: usize,
    gaining: usize,
    losing: usize,
    ignored: usize,
}

#[derive(Serialize)]
struct Blocker<'a> {
    principal_kind: &'static str,
    name: &'a str,
    from_id: &'a str,
    to_id: &'a str,
    method: String,
    path: &'a str,
    division: Option<&'a str>,
    certainty: &'static str,
    from_verdict: String,
    to_verdict: String,
    missing_permissions: &'a [String],
    missing_scopes: &'a [String],
    needs: Vec<Need<'a>>,
    causes: &'a [usize],
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Need<'a> {
    Declared { place: &'a str, note: &'a str },
    Observed { successes: u64, requests: u64 },
}

#[derive(Serialize)]
struct Cause<'a> {
    change: Option<usize>,
    clause: &'a str,
    certainty: &'static str,
    severity: &'static str,
    calls: usize,
    victims: &'a str,
    fix: Option<Fix<'a>>,
}

#[derive(Serialize)]
struct Fix<'a> {
    what: &'a str,
    cx_as_code: &'a str,
    api: &'a str,
}

#[derive(Serialize)]
struct Row<'a> {
    id: usize,
    kind: &'static str,
    name: &'a str,
    field: &'a str,
    from_value: &'a str,
    to_value: &'a str,
    effect: &'static str,
    severity: &'static str,
    from_id: &'a str,
    to_id: &'a str,
    breaks: usize,
    affected: usize,
    author: Option<&'a str>,
    changed_at: Option<String>,
}

#[derive(Serialize)]
struct Access<'a> {
    severity: &'static str,
    principals: Vec<Who<'a>>,
    lost: Vec<String>,
    gained: Vec<String>,
    not_known: Vec<String>,
    lost_permissions: &'a [String],
    gained_permissions: &'a [String],
    gained_for_users: &'a [String],
}

/// Power that nobody is seen to hold yet.
#[derive(Serialize)]
struct Unheld<'a> {
    severity: &'static str,
    kind: &'static str,
    name: &'a str,
    to_id: &'a str,
    permissions: &'a [String],
}

#[derive(Serialize)]
struct Who<'a> {
    kind: &'static str,
    name: &'a str,
    from_id: &'a str,
    to_id: &'a str,
}

#[derive(Serialize)]
struct NotCompared<'a> {
    listing: &'static str,
    side: &'a str,
    why: &'a str,
    is_gap: bool,
}

/// Writes the answer. Lists that were not asked for with `--only` are empty; counts always count everything.
///
/// # Errors
/// When the output cannot be written.
pub fn write(view: &ComparisonView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (effective, rows) = (view.shows_effective(), view.shows_rows());
    let [breaks, unknown, widens, narrows, none] = view.counts.rows;
    debug_assert_eq!(Effect::GRAVEST_FIRST.map(Effect::as_str), ["breaks", "unknown", "widens", "narrows", "none"]);
    let answer = Answer {
        schema: SCHEMA,
        from: side(&view.from),
        to: side(&view.to),
        verdict: &view.verdict,
        complete: view.is_complete(),
        gate: Gate { fail_on: view.asked.fail_on.as_str(), at_or_above: view.at_gate },
        counts: Counts {
            fails: view.counts.fails,
            may_fail: view.counts.may_fail,
            not_known: view.counts.not_known,
            breaks,
            unknown,
            widens,
            narrows,
            none,
            gaining: view.counts.gaining,
            losing: view.counts.losing,
            ignored: view.counts.ignored,
        },
        blockers: view.drift.broken.iter().filter(|_| effective).map(blocker).collect(),
        causes: view.causes.iter().filter(|_| effective).map(cause).collect(),
        changes: view
            .rows
            .iter()
            .filter(|_| rows)
            .map(|row| change(row.at, row.change, row.severity.as_str()))
            .collect(),
        access: view.access.iter().filter(|_| effective).map(|access| accessed(view, access)).collect(),
        unheld: view
            .unheld()
            .filter(|_| effective)
            .map(|row| Unheld {
                severity: row.severity.as_str(),
                kind: row.change.kind.as_str(),
                name: &row.change.name,
                to_id: &row.change.to_id,
                permissions: &row.change.gives,
            })
            .collect(),
        not_compared: view
            .not_compared
            .iter()
            .map(|one| NotCompared {
                listing: one.listing.as_str(),
                side: &one.side,
                why: &one.why,
                is_gap: one.is_gap,
            })
            .collect(),
        not_known: &view.asked.not_known,
    };
    serde_json::to_writer_pretty(&mut *out, &answer)?;
    writeln!(out)
}

fn side<'a>(side: &'a SideView<'_>) -> Side<'a> {
    Side {
        name: &side.name,
        org: &side.snapshot.org.name,
        what: &side.what,
        as_of: side.snapshot.as_of.to_string(),
        matrix: &side.matrix,
    }
}

fn blocker(call: &BrokenCall) -> Blocker<'_> {
    Blocker {
        principal_kind: call.kind.as_str(),
        name: &call.name,
        from_id: &call.from_id,
        to_id: &call.to_id,
        method: call.endpoint.method.to_string(),
        path: &call.endpoint.path,
        division: call.division.as_deref(),
        certainty: call.certainty.as_str(),
        from_verdict: call.describe_left(),
        to_verdict: call.describe_right(),
        missing_permissions: &call.missing_permissions,
        missing_scopes: &call.missing_scopes,
        needs: call
            .needs
            .iter()
            .map(|need| match need {
                NeedSource::Declared { place, note } => Need::Declared { place, note },
                NeedSource::Observed { successes, requests } => {
                    Need::Observed { successes: *successes, requests: *requests }
                }
            })
            .collect(),
        causes: &call.causes,
    }
}

fn cause<'a>(cause: &'a CauseView<'_>) -> Cause<'a> {
    Cause {
        change: cause.change.map(|(at, _)| at),
        clause: &cause.clause,
        certainty: cause.certainty.as_str(),
        severity: cause.severity.as_str(),
        calls: cause.calls.len(),
        victims: &cause.victims,
        fix: cause.remedy.as_ref().map(|remedy| Fix {
            what: &remedy.what,
            cx_as_code: &remedy.cx_as_code,
            api: &remedy.api,
        }),
    }
}

fn change<'a>(id: usize, change: &'a Change, severity: &'static str) -> Row<'a> {
    Row {
        id,
        kind: change.kind.as_str(),
        name: &change.name,
        field: &change.field,
        from_value: &change.from_value,
        to_value: &change.to_value,
        effect: change.effect.as_str(),
        severity,
        from_id: &change.from_id,
        to_id: &change.to_id,
        breaks: change.broken.len(),
        affected: change.affected.len(),
        author: change.author.who(),
        changed_at: change.author.at().map(|at| at.to_string()),
    }
}

fn accessed<'a>(view: &'a ComparisonView<'_>, access: &'a super::AccessView<'_>) -> Access<'a> {
    let endpoints = |numbers: &[usize]| {
        numbers.iter().filter_map(|at| view.drift.endpoints.get(*at)).map(ToString::to_string).collect()
    };
    Access {
        severity: access.severity.as_str(),
        principals: access
            .principals
            .iter()
            .map(|one| Who { kind: one.kind.as_str(), name: &one.name, from_id: &one.from_id, to_id: &one.to_id })
            .collect(),
        lost: endpoints(&access.difference.lost),
        gained: endpoints(&access.difference.gained),
        not_known: endpoints(&access.difference.not_known),
        lost_permissions: &access.difference.lost_permissions,
        gained_permissions: &access.difference.gained_permissions,
        gained_for_users: &access.difference.gained_for_users,
    }
}
