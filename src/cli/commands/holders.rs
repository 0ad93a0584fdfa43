//! `rolecall who-can PERMISSION`: who holds a permission, where, and through what.

use std::collections::BTreeSet;
use std::io::Write;

use super::row_filter::{Filter, print_counts};
use crate::cli::args::{Format, Global, WhoCanArgs};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::log;
use crate::cli::table::{self, visible};
use rolecall_access::cross::{AccessMap, Verdict};
use rolecall_answers::explain::cell::Cell;
use rolecall_answers::explain::held::{Held, Via};
use rolecall_app::names::Mapped;
use rolecall_base::permission::Permission;
use rolecall_matrix::names::{near_permissions, permissions};

/// How many near names are offered.
const NEAR: usize = 3;

/// The permissions that a text names in any of the orgs; `None` where it names none.
pub(crate) fn named(maps: &[Mapped<'_>], text: &str) -> Option<BTreeSet<String>> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    for (map, _) in maps {
        found.extend(permissions(known(map), text).unwrap_or_default().into_iter().map(str::to_owned));
    }
    (!found.is_empty()).then_some(found)
}

/// What the org knows: what its matrix asks for, its catalogue lists and its roles name.
fn known<'m>(map: &'m AccessMap<'_>) -> impl Iterator<Item = &'m str> {
    map.rights.index.names().iter().map(Permission::as_str)
}

/// The message for a text that names no permission.
pub(crate) fn no_permission(maps: &[Mapped<'_>], text: &str) -> Failure {
    for (map, _) in maps {
        if let Err(unknown) = permissions(known(map), text)
            && !unknown.several.is_empty()
        {
            let list = unknown.several.join("`, `");
            return Failure::usage(format!("`{text}` may be several permissions; write one of `{list}`"));
        }
    }
    let mut near: Vec<&str> = Vec::new();
    for (map, _) in maps {
        for name in near_permissions(map.matrix, text, NEAR) {
            if !near.contains(&name) {
                near.push(name);
            }
        }
    }
    near.truncate(NEAR);
    let near = if near.is_empty() {
        "write 'METHOD /path', or a permission as `domain:entity:action`".to_owned()
    } else {
        format!("nearest: `{}`", near.join("`, `"))
    };
    Failure::usage(format!("`{text}` is neither an endpoint nor a permission that these orgs know; {near}"))
}

/// Who holds the permissions. Exit 0: somebody does; 1: nobody; 3: nobody for certain, but not everything is known.
pub(crate) fn holders(
    args: &WhoCanArgs,
    names: &BTreeSet<String>,
    maps: &[Mapped<'_>],
    global: &Global,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    let filter = Filter::of(&args.filters, maps)?;
    let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let literal = names.iter().any(|name| name == args.endpoint.trim());
    log::say_read_as(global, (!literal).then(|| format!("read as {}", list.join(", "))).as_deref());
    let mut rows: Vec<Held> = Vec::new();
    let mut heads = Vec::new();
    for (map, _) in maps {
        for name in names {
            let number = map.rights.index.number(&Permission::new(name));
            heads.push(head(map, name, number));
            let Some(number) = number else { continue };
            let asked = map.principals().iter().filter(|principal| filter.takes(principal));
            let held = asked.map(|principal| Held::of(map, principal, number));
            rows.extend(held.filter(|held| reaches(&filter, held)));
        }
    }
    let count = |verdict: Verdict| rows.iter().filter(|row| row.cell.verdict == verdict.as_str()).count();
    let holds = count(Verdict::Allowed) + count(Verdict::Partial) + count(Verdict::Conditional);
    let exit = match (holds, count(Verdict::Unknown)) {
        (0, 0) => Exit::Findings,
        (0, _) => Exit::NotKnown,
        _ => Exit::Fine,
    };
    let shown: Vec<&Held> = rows.iter().filter(|row| filter.has_verdict(row.cell.verdict)).collect();
    match args.source.format {
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&shown).map_err(Failure::failed)?)?,
        Format::Csv => {
            table::csv_line(out, header())?;
            for row in shown {
                let via = via(&row.via);
                table::csv_line(out, cells(row, &via))?;
            }
        }
        Format::Table => {
            for head in &heads {
                writeln!(out, "{}", visible(head))?;
            }
            print_counts(rows.iter().map(|row| row.cell.verdict), out)?;
            print(shown, &filter, args.filters.all, rows.len(), out)?;
        }
    }
    Ok(exit)
}

fn header() -> [&'static str; 13] {
    let [a, b, c, d, e, f, g, h, i, j, k] = Cell::KEYS;
    [a, b, c, d, e, f, g, h, i, j, k, "permission", "via"]
}

fn cells<'r>(row: &'r Held, via: &'r str) -> [&'r str; 13] {
    let [a, b, c, d, e, f, g, h, i, j, k] = row.cell.texts();
    [a, b, c, d, e, f, g, h, i, j, k, &row.permission, via]
}

/// What there is to say of a permission in an org before its holders are named.
fn head(map: &AccessMap<'_>, name: &str, number: Option<usize>) -> String {
    let org = &map.snapshot.org.name;
    let says = match number {
        None => "is not known here: no operation asks for it, and neither catalogue nor roles name it",
        Some(number) if map.rights.is_absent(number) => {
            "is not in this org's permission catalogue: nothing can grant it here"
        }
        Some(number) if map.rights.everywhere.contains(number) => "is not limited by divisions",
        Some(number) if map.rights.awareness_known.contains(number) => "is limited by divisions",
        Some(_) => "may be limited by divisions: the org's permission catalogue does not say",
    };
    format!("org `{org}`: {name} {says}")
}

/// What is held in other divisions alone says nothing about the one that is asked for.
fn reaches(filter: &Filter<'_>, held: &Held) -> bool {
    let Some(wanted) = filter.divisions() else { return true };
    held.cell.verdict != Verdict::Partial.as_str() || held.division_ids.iter().any(|id| wanted.contains(id))
}

fn via(list: &[Via]) -> String {
    list.iter().map(Via::says).collect::<Vec<_>>().join("; ")
}

fn print(shown: Vec<&Held>, filter: &Filter<'_>, all: bool, total: usize, out: &mut dyn Write) -> Result<(), Failure> {
    let all = all || filter.asks_for_verdicts();
    let rank = |row: &Held| Verdict::ALL.iter().position(|verdict| verdict.as_str() == row.cell.verdict);
    let mut shown: Vec<&Held> = shown.into_iter().filter(|row| all || !row.via.is_empty() || held(row)).collect();
    shown.sort_by_key(|row| {
        let cell = &row.cell;
        (cell.org.clone(), row.permission.clone(), rank(row), cell.principal_kind, cell.principal_name.clone())
    });
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|row| {
            let why = [row.cell.reasons.as_str(), row.cell.divisions.as_str()];
            let why: Vec<&str> = why.into_iter().filter(|part| !part.is_empty()).collect();
            vec![
                row.cell.verdict.to_owned(),
                row.cell.org.clone(),
                row.cell.principal_kind.to_owned(),
                row.cell.principal_name.clone(),
                row.permission.clone(),
                why.join(" "),
                via(&row.via),
            ]
        })
        .collect();
    let hidden = total - rows.len();
    if !rows.is_empty() {
        table::write(out, &["held", "org", "kind", "principal", "permission", "where", "through"], &rows)?;
    }
    if hidden > 0 && !all {
        writeln!(out, "{hidden} that do not hold it, or of which it is unknown, are not shown; --all shows them")?;
    }
    Ok(())
}

fn held(row: &Held) -> bool {
    [Verdict::Allowed, Verdict::Partial, Verdict::Conditional]
        .iter()
        .any(|verdict| verdict.as_str() == row.cell.verdict)
}
