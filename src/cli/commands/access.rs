//! `rolecall who-can` and `rolecall can`: both directions of the cross, with the keys of `access.csv`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::names::{self, Mapped, principals};
use super::source::{Orgs, matrix_phrase};
use crate::cli::args::{AccessFilters, CanArgs, Format, Global, WhoCanArgs};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::table::{self, visible};
use crate::cross::{AccessMap, Principal, Verdict};
use crate::explain::cell::Cell;
use crate::explain::links::requirement_says;
use crate::matrix::{Endpoint, Operation, nearest};
use crate::model::id::DivisionId;
use crate::report::terminal::wrapped;

/// Lines that are no table are broken at this many characters.
const WIDTH: usize = 112;

/// Who can call an endpoint. Exit 0: somebody can; 1: nobody; 3: nobody for certain, but not everything is known.
pub fn who_can(args: &WhoCanArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let endpoint: Endpoint = args.endpoint.parse().map_err(Failure::usage)?;
    let orgs = Orgs::open(&args.source, global)?;
    let maps = orgs.maps();
    let filter = Filter::of(&args.filters, &maps)?;
    let mut shown = Vec::new();
    let mut heads = Vec::new();
    let mut lacking = Vec::new();
    for (map, used) in &maps {
        let Some((at, operation)) = map.matrix.resolve(&endpoint) else {
            let near: Vec<String> =
                nearest::instead_of(map.matrix, &endpoint).iter().map(ToString::to_string).collect();
            let absent = format!(
                "{endpoint} is not in the matrix of org `{}` ({}): as far as is published it does not exist",
                map.snapshot.org.name,
                matrix_phrase(used)
            );
            let absent = nearest::login_host(&endpoint).map_or(absent, |says| format!("{endpoint}: {says}"));
            lacking.push((absent, near.join("\n                     ")));
            continue;
        };
        heads.push(head(map, operation, &matrix_phrase(used)));
        let asked = map.principals().iter().filter(|principal| filter.takes(principal));
        shown.extend(asked.filter(|principal| filter.reaches(map, principal, at)).map(|one| Cell::of(map, one, at)));
    }
    if heads.is_empty() {
        let told = lacking.iter().map(|(absent, near)| {
            if near.is_empty() { absent.clone() } else { format!("{absent}\n  nearest real ones: {near}") }
        });
        return Err(Failure { message: told.collect::<Vec<_>>().join("\n"), exit: Exit::Findings });
    }
    for (absent, _) in lacking {
        tracing::warn!("{absent}");
    }
    if args.source.format == Format::Table {
        // People look for names, and for who passes before who does not.
        let rank = |word: &str| Verdict::ALL.iter().position(|verdict| verdict.as_str() == word);
        shown.sort_by(|a, b| {
            (&a.org, rank(a.verdict), a.principal_kind, &a.principal_name, &a.principal_id).cmp(&(
                &b.org,
                rank(b.verdict),
                b.principal_kind,
                &b.principal_name,
                &b.principal_id,
            ))
        });
    }
    show(shown, &heads, &filter, args.filters.all, args.source.format, out)
}

/// What a principal can call.
pub fn can(args: &CanArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let orgs = Orgs::open(&args.source, global)?;
    let maps = orgs.maps();
    let filter = Filter::of(&args.filters, &maps)?;
    let methods: BTreeSet<&str> = args.methods.iter().map(|method| method.as_str()).collect();
    let mut shown = Vec::new();
    for (map, _) in names::placed(&maps, &args.principal)? {
        for principal in principals(map, &args.principal).into_iter().filter(|one| filter.takes(one)) {
            let operations = map.matrix.operations().iter().enumerate();
            let asked = operations
                .filter(|(_, one)| methods.is_empty() || methods.contains(one.endpoint.method.as_str()))
                .map(|(at, _)| at)
                .filter(|at| filter.reaches(map, principal, *at));
            shown.extend(asked.map(|at| Cell::of(map, principal, at)));
        }
    }
    show(shown, &[], &filter, args.filters.all, args.source.format, out)
}

/// What an org requires of those who call the endpoint: before anybody is judged by it.
fn head(map: &AccessMap<'_>, operation: &Operation, matrix: &str) -> String {
    let source = if operation.source.is_empty() { String::new() } else { format!("; {}", operation.source) };
    format!(
        "org `{}`: {} {} [{matrix}{source}]",
        map.snapshot.org.name,
        operation.endpoint,
        requirement_says(operation)
    )
}

/// Which rows are asked for.
struct Filter<'f> {
    kinds: &'f [crate::cli::args::KindFilter],
    verdicts: BTreeSet<&'static str>,
    divisions: Option<BTreeSet<DivisionId>>,
}

impl<'f> Filter<'f> {
    fn of(filters: &'f AccessFilters, maps: &[Mapped<'_>]) -> Result<Self, Failure> {
        let divisions = filters.division.as_deref().map(|wanted| names::divisions(maps, wanted)).transpose()?;
        let verdicts = filters.verdicts.iter().map(|one| one.verdict().as_str()).collect();
        Ok(Self { kinds: &filters.kinds, verdicts, divisions })
    }

    fn takes(&self, principal: &Principal) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|kind| kind.kind() == principal.kind)
    }

    /// What is limited to other divisions says nothing about the one that is asked for.
    fn reaches(&self, map: &AccessMap<'_>, principal: &Principal, operation: usize) -> bool {
        let Some(wanted) = &self.divisions else { return true };
        let answer = map.answer(principal, operation);
        answer.verdict != Verdict::Partial
            || map.divisions(principal, operation, answer).into_iter().any(|id| wanted.contains(id))
    }
}

fn show(
    rows: Vec<Cell>,
    heads: &[String],
    filter: &Filter<'_>,
    all: bool,
    format: Format,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
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
    let total = rows.len();
    let asked: Vec<Cell> =
        rows.into_iter().filter(|row| filter.verdicts.is_empty() || filter.verdicts.contains(row.verdict)).collect();
    match format {
        Format::Json => {
            writeln!(out, "{}", serde_json::to_string_pretty(&asked).map_err(Failure::failed)?)?;
        }
        Format::Csv => {
            table::csv_line(out, Cell::KEYS)?;
            for row in &asked {
                table::csv_line(out, row.texts())?;
            }
        }
        Format::Table => {
            for head in heads {
                writeln!(out, "{}", wrapped(&visible(head), 0, "  ", WIDTH))?;
            }
            let line: Vec<String> =
                Verdict::ALL.iter().map(|verdict| format!("{} {}", count(*verdict), verdict.as_str())).collect();
            writeln!(out, "{}", line.join(", "))?;
            let all = all || !filter.verdicts.is_empty();
            let mut shown: Vec<Vec<String>> = Vec::new();
            for row in asked.into_iter().filter(|row| all || !matches!(row.verdict, "denied" | "unknown")) {
                let why = [row.reasons, row.divisions].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
                shown.push(vec![
                    row.verdict.to_owned(),
                    row.org,
                    row.principal_kind.to_owned(),
                    row.principal_name,
                    row.method,
                    row.path,
                    why.join(" "),
                ]);
            }
            let hidden = total - shown.len();
            if !shown.is_empty() {
                table::write(out, &["verdict", "org", "kind", "principal", "method", "path", "why"], &shown)?;
            }
            if hidden > 0 && filter.verdicts.is_empty() {
                writeln!(out, "{hidden} that are denied or unknown are not shown; --all shows them")?;
            }
        }
    }
    Ok(exit)
}
