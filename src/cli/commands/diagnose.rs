//! `rolecall diagnose`: what an error body means.

use std::io::{IsTerminal, Read, Write};
use std::path::Path;

use crate::cli::args::{DiagnoseArgs, Global, Printed};
use crate::cli::clock;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::log::say_read_as;
use crate::cli::progress::Terminal;
use crate::cli::table::visible;
use rolecall_answers::diagnose::{Diagnosis, diagnose as read, support};
use rolecall_app::names::{no_principal, principals, users};
use rolecall_app::sources::{Orgs, matrix_phrase, reviewed_matrix};
use rolecall_matrix::names::{Asked, WordForId};
use rolecall_matrix::{Endpoint, Matrix, bundled, file};

/// The longest input that is read: everything beyond is no error body.
const LONGEST: u64 = 8 << 20;

/// Names the kind, the cause and the fix. Ends with 0 whenever there is a diagnosis; with `--expect` 1 for another kind.
pub(crate) fn diagnose(args: &DiagnoseArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let asked = args.endpoint.as_deref().map(Asked::read).transpose().map_err(Failure::usage)?;
    let bytes = input(args.file.as_deref(), global)?;
    let mut diagnosis = read(&bytes);
    let said = diagnosis.endpoint.as_deref().and_then(|reported| reported.parse().ok());
    let lookup = &args.lookup;
    if lookup.config.is_some() || !lookup.snapshots.is_empty() {
        let orgs = Orgs::open(&lookup.sought(), &Terminal::new(global).session())?;
        let maps = orgs.maps();
        let endpoint = match maps.first() {
            Some((map, _)) => call(asked.as_ref(), map.matrix, &mut diagnosis, global)?.or(said),
            None => said,
        };
        if let Some((map, used)) = maps.first() {
            let snapshots: Vec<_> = maps.iter().map(|(map, _)| map.snapshot).collect();
            diagnosis.check_names(map.matrix, &matrix_phrase(used), &snapshots);
        }
        weigh(args, &mut diagnosis, &maps, endpoint.as_ref())?;
    } else {
        if let Some(principal) = &args.principal {
            return Err(Failure::usage(format!(
                "`{principal}` has to be looked up somewhere: name a snapshot (--snapshot FILE) or the configuration \
                 (--config FILE)"
            )));
        }
        let (matrix, phrase) = alone(lookup.matrix.as_deref())?;
        let endpoint = call(asked.as_ref(), &matrix, &mut diagnosis, global)?.or(said);
        diagnosis.check_names(&matrix, &phrase, &[]);
        if let Some(endpoint) = &endpoint {
            diagnosis.support.push(support::of_endpoint(&diagnosis, &matrix, &phrase, endpoint));
        }
    }
    match args.format {
        Printed::Json => writeln!(out, "{}", serde_json::to_string_pretty(&diagnosis).map_err(Failure::failed)?)?,
        Printed::Table => print(&diagnosis, out)?,
    }
    let as_expected = args.expect.as_deref().is_none_or(|kind| kind == diagnosis.kind.as_str());
    Ok(if as_expected { Exit::Fine } else { Exit::Findings })
}

/// The endpoint of the command line, with what is to be said of how it was read.
fn call(
    asked: Option<&Asked>,
    matrix: &Matrix,
    diagnosis: &mut Diagnosis,
    global: &Global,
) -> Result<Option<Endpoint>, Failure> {
    let Some(asked) = asked else { return Ok(None) };
    let endpoint = asked.call(matrix).map_err(Failure::usage)?;
    say_read_as(global, asked.read_as(matrix, &endpoint).as_deref());
    diagnosis.notes.extend(WordForId::of(matrix, &endpoint).map(|word| word.says()));
    Ok(Some(endpoint))
}

fn alone(asked: Option<&Path>) -> Result<(Matrix, String), Failure> {
    let matrix = match asked {
        Some(path) => file::open(path, None).map_err(Failure::usage)?.matrix,
        None => bundled::matrix().clone(),
    };
    let (matrix, used) = reviewed_matrix(matrix, clock::now());
    Ok((matrix, matrix_phrase(&used)))
}

type Maps<'a> = [(rolecall_access::cross::AccessMap<'a>, &'a rolecall_findings::evidence::MatrixUsed)];

fn weigh(
    args: &DiagnoseArgs,
    diagnosis: &mut Diagnosis,
    maps: &Maps<'_>,
    endpoint: Option<&Endpoint>,
) -> Result<(), Failure> {
    let Some(endpoint) = endpoint else {
        return match &args.principal {
            Some(_) => Err(Failure::usage(
                "--principal needs the call that failed: add --endpoint 'METHOD /path' (the input does not tell it)",
            )),
            None => Ok(()),
        };
    };
    let Some(wanted) = &args.principal else {
        if let Some((map, used)) = maps.first() {
            let weighed = support::of_endpoint(diagnosis, map.matrix, &matrix_phrase(used), endpoint);
            diagnosis.support.push(weighed);
        }
        return Ok(());
    };
    let mut all = Vec::new();
    for (map, used) in maps {
        let phrase = matrix_phrase(used);
        for principal in principals(map, wanted) {
            match &args.user {
                Some(user) if principal.acts_for_users() => {
                    let users = users(map, user).into_iter();
                    all.extend(
                        users.map(|user| {
                            support::of_principal(diagnosis, map, &phrase, principal, Some(user), endpoint)
                        }),
                    );
                }
                _ => all.push(support::of_principal(diagnosis, map, &phrase, principal, None, endpoint)),
            }
        }
    }
    if all.is_empty() {
        let found = maps.iter().any(|(map, _)| !principals(map, wanted).is_empty());
        return Err(no_principal(maps, args.user.as_ref().filter(|_| found).unwrap_or(wanted)).into());
    }
    diagnosis.support = all;
    Ok(())
}

fn input(path: Option<&Path>, global: &Global) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    match path.filter(|path| path.as_os_str() != "-") {
        Some(path) => {
            let problem = |error: std::io::Error| {
                Failure::usage(format!(
                    "cannot read `{}`: {error}; name a file with the answer, or `-`",
                    path.display()
                ))
            };
            let file = std::fs::File::open(path).map_err(problem)?;
            file.take(LONGEST).read_to_end(&mut bytes).map_err(problem)?;
        }
        None => {
            let stdin = std::io::stdin();
            if stdin.is_terminal() && !global.quiet {
                // Whoever types wants to know that something is waited for.
                let end = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };
                let line = format!("paste the answer, then end it with {end} on a line of its own\n");
                std::io::stderr().write_all(line.as_bytes()).ok();
            }
            let problem = |error: std::io::Error| Failure::usage(format!("cannot read standard input: {error}"));
            stdin.lock().take(LONGEST).read_to_end(&mut bytes).map_err(problem)?;
        }
    }
    Ok(bytes)
}

/// Prints a diagnosis for people.
pub(crate) fn print(diagnosis: &Diagnosis, out: &mut dyn Write) -> std::io::Result<()> {
    let status = diagnosis.status.map_or_else(String::new, |status| format!("{status} "));
    let code = if diagnosis.code.is_empty() { "no code" } else { diagnosis.code.as_str() };
    writeln!(out, "{}: {status}{}", diagnosis.kind.as_str().to_uppercase(), visible(code))?;
    writeln!(out, "cause\n  {}", visible(&diagnosis.cause))?;
    writeln!(out, "what to do\n  {}", visible(&diagnosis.fix))?;
    let permissions = match diagnosis.combined {
        "" => "permissions named".to_owned(),
        combined => format!("permissions named ({combined})"),
    };
    for (title, items) in [
        (permissions.as_str(), &diagnosis.permissions),
        ("scopes named (one is enough)", &diagnosis.scopes),
        ("divisions named", &diagnosis.divisions),
        ("policies named", &diagnosis.policies),
    ] {
        if !items.is_empty() {
            let items: Vec<String> = items.iter().map(|item| visible(item)).collect();
            writeln!(out, "{title}\n  {}", items.join("\n  "))?;
        }
    }
    if !diagnosis.names_not_known.is_empty() {
        writeln!(out, "names that nothing knows")?;
        for name in &diagnosis.names_not_known {
            writeln!(out, "  - {}", visible(&name.says))?;
        }
    }
    for weighed in &diagnosis.support {
        let who = match (&weighed.org, &weighed.principal_name) {
            (Some(org), Some(name)) => format!(" for `{}` in org `{}`", visible(name), visible(org)),
            _ => String::new(),
        };
        writeln!(out, "the data {}{who}, {}", weighed.stands.as_str().to_uppercase(), visible(&weighed.endpoint))?;
        for says in &weighed.says {
            writeln!(out, "  {}", visible(says))?;
        }
        for follows in &weighed.follows {
            writeln!(out, "  - {}", visible(follows))?;
        }
    }
    if !diagnosis.notes.is_empty() {
        writeln!(out, "notes")?;
        for note in &diagnosis.notes {
            writeln!(out, "  {}", visible(note))?;
        }
    }
    if let Some(message) = &diagnosis.message {
        writeln!(out, "the message\n  {}", visible(message))?;
    }
    if let Some(excerpt) = &diagnosis.excerpt {
        writeln!(out, "what was given begins with\n  {}", visible(excerpt))?;
    }
    if !diagnosis.correlation_id.is_empty() {
        writeln!(out, "correlation id\n  {}", visible(&diagnosis.correlation_id))?;
    }
    Ok(())
}
