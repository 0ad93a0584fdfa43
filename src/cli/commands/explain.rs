//! `rolecall explain`: why may or may not this principal call this endpoint.

mod text;

use std::io::Write;

use crate::cli::args::{Expected, ExplainArgs, Format, Global};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::log;
use crate::cli::progress::Terminal;
use crate::cli::table;
use rolecall_answers::explain::{Claimed, Explanation, explain as why};
use rolecall_app::names::{self, principals};
use rolecall_app::sources::{Orgs, matrix_phrase};
use rolecall_matrix::names::Asked;

/// Answers, and ends with 0 allowed, 1 not allowed, 3 not known; with `--expect` 0 as expected, 1 not, 3 not known.
pub(crate) fn explain(args: &ExplainArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let asked = Asked::read(&args.endpoint).map_err(Failure::usage)?;
    let claimed: Vec<Claimed> = args.claimed.iter().map(|text| Claimed::parse(text)).collect();
    if let Some(empty) = claimed.iter().find(|one| one.name.is_empty()) {
        return Err(Failure::usage(format!(
            "`{}` in --claimed is no name; write a scope, a permission, a role or an endpoint, for example scope:routing",
            empty.name
        )));
    }
    let orgs = Orgs::open(&args.source.sought(), &Terminal::new(global).session())?;
    let maps = orgs.maps();
    let chosen = names::placed(&maps, &args.principal)?;
    log::say_read_as(global, names::read_as(&maps, &args.principal).as_deref());
    let mut answers: Vec<Explanation> = Vec::new();
    for (map, used) in &maps {
        let phrase = matrix_phrase(used);
        let endpoint = asked.call(map.matrix).map_err(Failure::usage)?;
        let before = answers.len();
        for principal in principals(map, &args.principal) {
            match &args.user {
                None => answers.push(why(map, &phrase, principal, None, &endpoint, &claimed)),
                Some(wanted) => {
                    if !principal.acts_for_users() {
                        return Err(Failure::usage(format!(
                            "`{}` does not act for users: leave --user out, its own roles decide",
                            principal.name
                        )));
                    }
                    let users = names::users(map, wanted);
                    answers.extend(
                        users.into_iter().map(|user| why(map, &phrase, principal, Some(user), &endpoint, &claimed)),
                    );
                }
            }
        }
        let read_as = asked.read_as(map.matrix, &endpoint);
        answers.iter_mut().skip(before).for_each(|answer| answer.read_as.clone_from(&read_as));
    }
    if let (true, Some(wanted)) = (answers.is_empty(), &args.user) {
        return Err(names::no_user(&chosen, wanted).into());
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
                text::write(answer, out)?;
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

/// A row an answer: the keys of the JSON form, lists joined by `;`, what has keys of its own as sentences.
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
            "summary",
            "sides",
            "fix_options",
            "flips",
            "claims",
            "instead",
            "read_as",
            "notice",
        ],
    )?;
    for answer in answers {
        let evidence: Vec<&str> = answer.evidence.iter().map(|link| link.says.as_str()).collect();
        let options: Vec<&str> = answer.fix_options.iter().map(|option| option.does.as_str()).collect();
        let flips: Vec<String> =
            answer.flips.iter().map(|flip| format!("{}: {}", flip.standing.as_str(), flip.says)).collect();
        let claims: Vec<String> = answer.claims.iter().map(|claim| format!("{}: {}", claim.name, claim.says)).collect();
        let instead: Vec<String> =
            answer.instead.iter().map(|one| format!("{} {}: {}", one.method, one.path, one.verdict)).collect();
        let sides = answer.sides.as_ref().map(|sides| sides.says.as_str()).unwrap_or_default();
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
            &answer.summary,
            sides,
            &list(&options),
            &list(&flips),
            &list(&claims),
            &list(&instead),
            answer.read_as.as_deref().unwrap_or_default(),
            answer.notice.as_deref().unwrap_or_default(),
        ];
        table::csv_line(out, cells)?;
    }
    Ok(())
}

/// Items joined by `;`, which becomes a `,` within one.
fn list<S: AsRef<str>>(items: &[S]) -> String {
    items.iter().map(|item| item.as_ref().replace(';', ",")).collect::<Vec<_>>().join(";")
}
