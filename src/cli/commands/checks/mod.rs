//! `rolecall checks`: every check with its documentation.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::cli::args::{ChecksArgs, ChecksFormat};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::table::{self, visible};
use rolecall_base::coverage::Listing;
use rolecall_base::named::{one_of, same, trimmed};
use rolecall_base::nearest::nearest;
use rolecall_findings::check::{CheckMeta, Reads};
use rolecall_findings::checks;
use rolecall_findings::parameters::Parameter;

mod markdown;

/// Columns that a line of text takes on a terminal.
const WIDTH: usize = 100;

/// Prints the checks that are asked for.
pub(crate) fn checks(args: &ChecksArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    let all: Vec<&CheckMeta> = checks::metas().collect();
    let Some(asked) = args.id.as_deref().map(trimmed) else {
        match args.format {
            ChecksFormat::Markdown => markdown::page(&all, out)?,
            format => several(&all, format, out)?,
        }
        return Ok(Exit::Fine);
    };
    let meant = one_of(all.iter().map(|check| check.id), asked);
    if let Some(check) = all.iter().find(|check| Some(check.id) == meant) {
        match args.format {
            ChecksFormat::Table => details(check, out)?,
            ChecksFormat::Json => writeln!(out, "{:#}", as_json(check))?,
            format => several(&[*check], format, out)?,
        }
        return Ok(Exit::Fine);
    }
    let area = asked.strip_suffix(".*").unwrap_or(asked);
    let of_area: Vec<&CheckMeta> =
        all.iter().filter(|check| check.id.split('.').next().is_some_and(|one| same(one, area))).copied().collect();
    if of_area.is_empty() {
        return Err(Failure::usage(unknown(asked, &all)));
    }
    several(&of_area, args.format, out)?;
    Ok(Exit::Fine)
}

fn unknown(asked: &str, all: &[&CheckMeta]) -> String {
    let ids = all.iter().map(|check| check.id);
    let areas = ids.clone().filter_map(|id| id.split('.').next());
    // Without its area a name is like nothing, and yet it is one.
    let by_name = ids.clone().filter(|id| id.split_once('.').is_some_and(|(_, name)| name == asked));
    let mut near: Vec<&str> = by_name.chain(nearest(asked, ids.clone().chain(areas), 3)).collect();
    if near.is_empty() {
        let names = ids.clone().filter_map(|id| id.split_once('.').map(|(_, name)| name));
        let alike = nearest(asked, names, 3);
        near.extend(ids.filter(|id| alike.iter().any(|name| id.split_once('.').is_some_and(|(_, one)| one == *name))));
    }
    near.truncate(3);
    let asked = visible(asked);
    match near.as_slice() {
        [] => format!("there is no check `{asked}`; `rolecall checks` lists them"),
        near => format!("there is no check `{asked}`; did you mean `{}`?", near.join("`, `")),
    }
}

fn several(list: &[&CheckMeta], format: ChecksFormat, out: &mut dyn Write) -> io::Result<()> {
    match format {
        ChecksFormat::Table => {
            let row = |check: &&CheckMeta| [check.id, check.severity.as_str(), check.title].map(str::to_owned).to_vec();
            table::write(out, &["check", "severity", "title"], &list.iter().map(row).collect::<Vec<_>>())
        }
        ChecksFormat::Json => {
            let list: Vec<Value> = list.iter().map(|check| as_json(check)).collect();
            writeln!(out, "{:#}", Value::Array(list))
        }
        ChecksFormat::Csv => {
            let header =
                ["check", "severity", "title", "what", "why", "evidence", "fix", "reference", "parameters", "notes"];
            table::csv_line(out, header)?;
            list.iter().try_for_each(|check| {
                let parameters: Vec<String> = check.parameters.iter().map(|one| setting(*one)).collect();
                table::csv_line(
                    out,
                    [
                        check.id,
                        check.severity.as_str(),
                        check.title,
                        check.what,
                        check.why,
                        &evidence(check).join(";"),
                        check.remedy,
                        check.reference,
                        &parameters.join(";"),
                        check.notes.trim_end(),
                    ],
                )
            })
        }
        ChecksFormat::Markdown => list.iter().try_for_each(|check| markdown::section(check, out)),
    }
}

/// A parameter as the configuration writes its default.
fn setting(parameter: Parameter) -> String {
    format!("{} = {}", parameter.key(), parameter.default())
}

/// What a check looks at, in words.
fn evidence(check: &CheckMeta) -> Vec<&'static str> {
    let mut lists = match check.reads {
        Reads::Nothing => vec!["the night itself"],
        Reads::Everything => vec!["every list of every org"],
        Reads::Lists([]) => vec!["the record of what was read"],
        Reads::Lists(lists) if Listing::ALL.iter().all(|list| lists.contains(list)) => vec!["every list of the org"],
        Reads::Lists(lists) => lists.iter().map(|list| list.as_str()).collect(),
    };
    if check.rests_on_matrix {
        lists.push("the matrix");
    }
    lists
}

fn as_json(check: &CheckMeta) -> Value {
    let parameters = check.parameters.iter().map(|parameter| {
        let default = match parameter {
            Parameter::Number(of) => json!(of.default),
            Parameter::Globs(of) => json!(of.default),
        };
        json!({ "key": parameter.key(), "values": parameter.values(), "default": default, "what": parameter.what() })
    });
    json!({
        "id": check.id,
        "title": check.title,
        "severity": check.severity,
        "what": check.what,
        "why": check.why,
        "evidence": evidence(check),
        "fix": check.remedy,
        "reference": check.reference,
        "parameters": parameters.collect::<Vec<_>>(),
        "notes": check.notes.trim_end(),
        "event": check.is_event,
    })
}

fn details(check: &CheckMeta, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}\n", check.id, check.title)?;
    let event = if check.is_event { " (tells of an event: there for one night, then it passes)" } else { "" };
    part(out, "severity", &format!("{}{event}", check.severity))?;
    part(out, "what", check.what)?;
    part(out, "why", check.why)?;
    part(out, "evidence", &evidence(check).join(", "))?;
    part(out, "fix", check.remedy)?;
    part(out, "reference", check.reference)?;
    for parameter in check.parameters {
        let text = format!("{}: {} ({})", setting(*parameter), parameter.what(), parameter.values());
        part(out, "parameter", &text)?;
    }
    if check.notes.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    // Lines of a table or a list stay lines.
    for line in check.notes.trim_end().lines() {
        if line.starts_with(['|', '-']) {
            writeln!(out, "{line}")?;
        } else {
            wrapped(line, WIDTH).iter().try_for_each(|line| writeln!(out, "{line}"))?;
        }
    }
    Ok(())
}

/// A named paragraph, its further lines under the first.
fn part(out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
    for (at, line) in wrapped(text, WIDTH - 11).iter().enumerate() {
        writeln!(out, "{:<11}{line}", if at == 0 { name } else { "" })?;
    }
    Ok(())
}

/// Lines of whole words; a word that is longer stands alone.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let full = lines
            .last()
            .is_some_and(|line| !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width);
        if full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(id: Option<&str>, format: ChecksFormat) -> String {
        let mut out = Vec::new();
        let args = ChecksArgs { id: id.map(str::to_owned), format };
        checks(&args, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_check_is_listed_once_in_every_format() {
        let ids: Vec<&str> = checks::ids().collect();
        let table = printed(None, ChecksFormat::Table);
        let listed: Vec<&str> = table.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(listed, ids);
        let list: Value = serde_json::from_str(&printed(None, ChecksFormat::Json)).unwrap();
        let listed: Vec<&str> = list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!(listed, ids);
        let text = printed(None, ChecksFormat::Csv);
        let mut csv = csv::Reader::from_reader(text.as_bytes());
        let listed: Vec<String> = csv.records().map(|row| row.unwrap()[0].to_owned()).collect();
        assert_eq!(listed, ids);
    }

    #[test]
    fn one_check_is_reported_in_full_and_an_area_is_listed() {
        let reported = printed(Some("hygiene.token-validity"), ChecksFormat::Table);
        for text in ["severity   low", "max_hours = 24", "OAuth clients", "two days"] {
            assert!(reported.contains(text), "{text}: {reported}");
        }
        assert!(reported.lines().all(|line| line.chars().count() <= WIDTH), "{reported}");
        let one: Value = serde_json::from_str(&printed(Some("hygiene.token-validity"), ChecksFormat::Json)).unwrap();
        for key in ["what", "why", "fix", "reference", "notes"] {
            assert!(one[key].as_str().unwrap().ends_with('.'), "{key}");
        }
        assert_eq!((&one["parameters"][0]["default"], &one["evidence"][1]), (&json!(24), &json!("OAuth clients")));
        let areas = printed(Some("waiver.*"), ChecksFormat::Table);
        assert_eq!((areas.lines().count(), areas), (5, printed(Some("waiver"), ChecksFormat::Table)));
    }

    #[test]
    fn every_parameter_is_in_the_documentation_of_the_configuration() {
        let page = include_str!("../../../../docs/configuration.md");
        for check in checks::metas() {
            for one in check.parameters {
                let row = format!("| `{}` | `{}` | {} | `{}` |", check.id, one.key(), one.values(), one.default());
                assert!(page.contains(&row), "docs/configuration.md lacks: {row}");
            }
        }
    }

    #[test]
    fn unknown_check_is_refused_with_the_nearest_ones() {
        let refused = |id: &str| {
            let args = ChecksArgs { id: Some(id.to_owned()), format: ChecksFormat::Table };
            let failure = checks(&args, &mut Vec::new()).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage);
            failure.message
        };
        assert!(refused("grant.implict").contains("did you mean `grant.implicit`"));
        assert!(refused("token-validity").contains("`hygiene.token-validity`"));
        assert!(refused("tokn-validity").contains("`hygiene.token-validity`"));
        assert!(refused("hygeine").contains("`hygiene`"));
        assert!(refused("\u{1b}[31mzzz").ends_with("`rolecall checks` lists them"), "{}", refused("\u{1b}[31mzzz"));
    }
}
