//! `rolecall who-can` and `rolecall can`: both directions of the cross, with the keys of `access.csv`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::holders;
use super::row_filter::{Filter, print_counts};
use crate::cli::args::{CanArgs, Format, Global, WhoCanArgs};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::log;
use crate::cli::progress::Terminal;
use crate::cli::table::{self, visible};
use rolecall_access::cross::{AccessMap, Verdict};
use rolecall_answers::explain::cell::Cell;
use rolecall_answers::explain::links::requirement_says;
use rolecall_app::names::{self, principals};
use rolecall_app::sources::{Orgs, matrix_phrase};
use rolecall_base::label;
use rolecall_matrix::names::{Asked, WordForId};
use rolecall_matrix::{Operation, nearest};
use rolecall_report::terminal::wrapped;

/// Lines that are no table are broken at this many characters.
const WIDTH: usize = 112;

/// Who can call an endpoint. Exit 0: somebody can; 1: nobody; 3: nobody for certain, but not everything is known.
pub(crate) fn who_can(args: &WhoCanArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let orgs = Orgs::open(&args.source.sought(), &Terminal::new(global).session())?;
    let maps = orgs.maps();
    // A permission may be written with slashes, and the name of an SDK's method is no permission: both are looked up.
    if let Some(names) = holders::named(&maps, &args.endpoint) {
        return holders::holders(args, &names, &maps, global, out);
    }
    let text = &args.endpoint;
    let could_be_permission = label::is_label(text) || (text.contains(':') && !text.contains('/'));
    let written = match Asked::read(text) {
        Ok(written) if !could_be_permission => written,
        Ok(_) => return Err(holders::no_permission(&maps, text)),
        Err(_) if could_be_permission || !text.contains('/') => return Err(holders::no_permission(&maps, text)),
        Err(why) => return Err(Failure::usage(why)),
    };
    let filter = Filter::of(&args.filters, &maps)?;
    let mut shown = Vec::new();
    let mut heads = Vec::new();
    let mut lacking = Vec::new();
    for (map, used) in &maps {
        let endpoint = written.call(map.matrix).map_err(Failure::usage)?;
        let Some((at, operation)) = map.matrix.resolve(&endpoint) else {
            let word =
                WordForId::of(map.matrix, &endpoint).map_or_else(String::new, |word| format!("; {}", word.says()));
            let near: Vec<String> =
                nearest::instead_of(map.matrix, &endpoint).iter().map(ToString::to_string).collect();
            let absent = format!(
                "{endpoint} is not in the matrix of org `{}` ({}): as far as is published it does not exist{word}",
                map.snapshot.org.name,
                matrix_phrase(used)
            );
            let absent = nearest::login_host(&endpoint).map_or(absent, |says| format!("{endpoint}: {says}"));
            lacking.push((absent, near.join("\n                     ")));
            continue;
        };
        if heads.is_empty() {
            log::say_read_as(global, written.read_as(map.matrix, &operation.endpoint).as_deref());
        }
        heads.push(head(map, operation, &matrix_phrase(used)));
        let asked = map.principals().iter().filter(|principal| filter.takes(principal));
        shown.extend(asked.filter(|principal| filter.reaches(map, principal, at)).map(|one| Cell::of(map, one, at)));
    }
    if heads.is_empty() {
        let reported = lacking.iter().map(|(absent, near)| {
            if near.is_empty() { absent.clone() } else { format!("{absent}\n  nearest real ones: {near}") }
        });
        return Err(Failure { message: reported.collect::<Vec<_>>().join("\n"), exit: Exit::Findings });
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
pub(crate) fn can(args: &CanArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let orgs = Orgs::open(&args.source.sought(), &Terminal::new(global).session())?;
    let maps = orgs.maps();
    let filter = Filter::of(&args.filters, &maps)?;
    let methods: BTreeSet<&str> = args.methods.iter().map(|method| method.as_str()).collect();
    let mut shown = Vec::new();
    log::say_read_as(global, names::read_as(&maps, &args.principal).as_deref());
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
    let asked: Vec<Cell> = rows.into_iter().filter(|row| filter.has_verdict(row.verdict)).collect();
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
            let counted = counts.iter().flat_map(|(verdict, count)| std::iter::repeat_n(*verdict, *count));
            print_counts(counted, out)?;
            let all = all || filter.asks_for_verdicts();
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
            if hidden > 0 && !filter.asks_for_verdicts() {
                writeln!(out, "{hidden} that are denied or unknown are not shown; --all shows them")?;
            }
        }
    }
    Ok(exit)
}
