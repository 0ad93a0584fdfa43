//! `rolecall explain`: why may or may not this principal call this endpoint.

use std::io::Write;

use super::source::{Orgs, matrix_phrase, no_principal, principals};
use crate::cli::args::{Expected, ExplainArgs, Format, Global};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::table::{self, visible};
use crate::cross::Principal;
use crate::explain::{Explanation, explain as why};
use crate::matrix::Endpoint;

/// Answers, and ends with 0 allowed, 1 not allowed, 3 not known; with `--expect` 0 as expected, 1 not, 3 not known.
pub fn explain(args: &ExplainArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let endpoint: Endpoint = args.endpoint.parse().map_err(Failure::usage)?;
    let orgs = Orgs::open(&args.source, global)?;
    let maps = orgs.maps();
    let mut answers: Vec<Explanation> = Vec::new();
    for (map, used) in &maps {
        for principal in principals(map, &args.principal) {
            let phrase = matrix_phrase(used);
            match &args.user {
                None => answers.push(why(map, &phrase, principal, None, &endpoint)),
                Some(wanted) => {
                    if !principal.acts_for_users() {
                        return Err(Failure::usage(format!(
                            "`{}` does not act for users: leave --user out, its own roles decide",
                            principal.name
                        )));
                    }
                    let users: Vec<&Principal> =
                        principals(map, wanted).into_iter().filter(|user| user.grant_type.is_none()).collect();
                    answers.extend(users.into_iter().map(|user| why(map, &phrase, principal, Some(user), &endpoint)));
                }
            }
        }
    }
    if answers.is_empty() {
        let found = maps.iter().any(|(map, _)| !principals(map, &args.principal).is_empty());
        let wanted = args.user.as_deref().filter(|_| found).unwrap_or(&args.principal);
        return Err(no_principal(&maps, wanted));
    }
    match args.source.format {
        Format::Json => {
            let text = match answers.as_slice() {
                [one] => serde_json::to_string_pretty(one),
                several => serde_json::to_string_pretty(several),
            };
            writeln!(out, "{}", text.map_err(Failure::failed)?)?;
        }
        Format::Csv => csv(&answers, out)?,
        Format::Table => {
            for (at, answer) in answers.iter().enumerate() {
                if at > 0 {
                    writeln!(out)?;
                }
                print(answer, out)?;
            }
        }
    }
    Ok(answers.iter().map(|answer| exit(answer.verdict, args.expect)).max().unwrap_or(Exit::NotKnown))
}

fn exit(verdict: &str, expected: Option<Expected>) -> Exit {
    match (verdict, expected) {
        ("unknown", _) => Exit::NotKnown,
        ("allowed", None | Some(Expected::Allowed)) | ("denied", Some(Expected::Denied)) => Exit::Fine,
        _ => Exit::Findings,
    }
}

/// A row an answer: the keys of the JSON form, lists joined by `;`, the evidence as sentences.
fn csv(answers: &[Explanation], out: &mut dyn Write) -> std::io::Result<()> {
    table::csv_line(
        out,
        [
            "org",
            "principal_kind",
            "principal_id",
            "principal_name",
            "method",
            "path",
            "verdict",
            "reasons",
            "permissions_match",
            "permissions",
            "missing_permissions",
            "missing_scopes",
            "divisions",
            "evidence",
            "fixes",
            "nearest",
            "scopes",
            "user_context",
            "matrix",
        ],
    )?;
    for answer in answers {
        let evidence: Vec<&str> = answer.evidence.iter().map(|link| link.says.as_str()).collect();
        let cells = [
            &answer.org,
            answer.principal_kind,
            &answer.principal_id,
            &answer.principal_name,
            &answer.method,
            &answer.path,
            answer.verdict,
            &list(&answer.reasons),
            answer.permissions_match,
            &list(&answer.permissions),
            &list(&answer.missing_permissions),
            &list(&answer.missing_scopes),
            &list(&answer.divisions),
            &list(&evidence),
            &list(&answer.fixes),
            &list(&answer.nearest),
            &list(&answer.scopes),
            answer.user_context,
            &answer.matrix,
        ];
        table::csv_line(out, cells)?;
    }
    Ok(())
}

/// Items joined by `;`, which becomes a `,` within one.
fn list<S: AsRef<str>>(items: &[S]) -> String {
    items.iter().map(|item| item.as_ref().replace(';', ",")).collect::<Vec<_>>().join(";")
}

fn print(answer: &Explanation, out: &mut dyn Write) -> std::io::Result<()> {
    let reasons = if answer.reasons.is_empty() { String::new() } else { format!(" ({})", answer.reasons.join(";")) };
    writeln!(
        out,
        "{}{reasons}: {} `{}` in org `{}`, {} {}",
        answer.verdict.to_uppercase(),
        answer.principal_kind,
        visible(&answer.principal_name),
        visible(&answer.org),
        answer.method,
        answer.path
    )?;
    for reason in crate::cross::Reason::ALL.into_iter().filter(|reason| answer.reasons.contains(&reason.as_str())) {
        writeln!(out, "  {}: {}", reason.as_str(), reason.meaning())?;
    }
    if !answer.divisions.is_empty() {
        let names: Vec<String> = answer.divisions.iter().map(|name| visible(name)).collect();
        writeln!(out, "  only in {}; elsewhere it fails, or returns less without an error", names.join(", "))?;
    }
    writeln!(out, "evidence")?;
    for link in &answer.evidence {
        writeln!(out, "  {:<10} {}  [{}]", link.what, visible(&link.says), link.from)?;
    }
    for (title, items) in [
        ("missing permissions", &answer.missing_permissions),
        ("missing scopes (one is enough)", &answer.missing_scopes),
    ] {
        if !items.is_empty() {
            writeln!(out, "{title}\n  {}", items.join("\n  "))?;
        }
    }
    if !answer.nearest.is_empty() {
        writeln!(out, "nearest real endpoints\n  {}", answer.nearest.join("\n  "))?;
    }
    if !answer.fixes.is_empty() {
        writeln!(out, "what to do")?;
        for fix in &answer.fixes {
            writeln!(out, "  - {}", visible(fix))?;
        }
    }
    Ok(())
}
