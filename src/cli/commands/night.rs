//! What several commands share of a night: configuration, needs, credentials, collection, history.

use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use secrecy::ExposeSecret;

use crate::cli::args::Global;
use crate::cli::clock;
use crate::cli::commands::matrix::{self, MatrixCommand};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::progress::Terminal;
use crate::collect::settings::OrgTarget;
use crate::collect::{self, Document};
use crate::config::job::{Job, MatrixChoice, OrgConfig};
use crate::config::{self, secret};
use crate::findings::checks;
use crate::findings::evidence::FailedOrg;
use crate::findings::severity::Severity;
use crate::matrix::cache;
use crate::matrix::choose::{self, Fetched};
use crate::model::nearest::nearest;
use crate::model::snapshot::{CarriedMatrix, Snapshot};
use crate::needs::{self, Need};
use crate::run::{Night, Outcome};
use crate::store::snapshot_file;

/// Reads the configuration.
pub fn load(path: &Path) -> Result<Job, Failure> {
    config::load_with_checks(path, &checks::ids()).map_err(Failure::usage)
}

/// Reads the needs files that the configuration names.
pub fn needs(job: &Job) -> Result<Vec<Need>, Failure> {
    needs::read_files(&job.needs_files).map_err(Failure::usage)
}

/// The orgs that the arguments choose; all of them where none is named.
pub fn chosen<'a>(job: &'a Job, names: &[String]) -> Result<Vec<&'a OrgConfig>, Failure> {
    for name in names {
        if !job.orgs.iter().any(|org| org.name == *name) {
            let near = nearest(name, job.orgs.iter().map(|org| org.name.as_str()), 3);
            let known = job.orgs.iter().map(|org| format!("`{}`", org.name)).collect::<Vec<_>>().join(", ");
            let help = near.first().map_or_else(|| format!("it has {known}"), |near| format!("did you mean `{near}`?"));
            return Err(Failure::usage(format!("no org `{name}` in `{}`: {help}", job.path.display())));
        }
    }
    Ok(job.orgs.iter().filter(|org| names.is_empty() || names.contains(&org.name)).collect())
}

/// Resolves the credentials of an org.
pub fn target(org: &OrgConfig) -> Result<OrgTarget, String> {
    let client_id = secret::resolve(&org.client_id, &format!("client_id of org `{}`", org.name)).map_err(|e| e.to_string())?;
    let client_secret =
        secret::resolve(&org.client_secret, &format!("client_secret of org `{}`", org.name)).map_err(|e| e.to_string())?;
    Ok(OrgTarget {
        name: org.name.clone(),
        environment: org.environment.clone(),
        api_url: org.api_url.clone(),
        login_url: org.login_url.clone(),
        client_id: client_id.expose_secret().to_owned(),
        client_secret,
    })
}

/// The targets of the chosen orgs. A credential that is not there is an error before anything is sent.
pub fn targets(orgs: &[&OrgConfig]) -> Result<Vec<OrgTarget>, Failure> {
    let mut found = Vec::new();
    let mut problems = Vec::new();
    for org in orgs {
        match target(org) {
            Ok(target) => found.push(target),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(Failure::usage(problems.join("\nerror: "))) }
}

/// Collects the chosen orgs side by side, each with its own matrix where the configuration asks for it.
pub fn collect(job: &Job, names: &[String], as_of: Timestamp, global: &Global) -> Result<Night, Failure> {
    let targets = targets(&chosen(job, names)?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start the network runtime: {error}")))?;
    let progress = Terminal::new(global);
    let collected =
        runtime.block_on(async { collect::collect(&targets, &job.collect, as_of, &clock::now, &progress).await });
    let mut night = Night::default();
    for (target, outcome) in targets.iter().zip(collected) {
        match outcome {
            Ok(mut snapshot) => {
                if job.matrix.source == MatrixChoice::Org {
                    runtime.block_on(carry_matrix(job, target, &mut snapshot, as_of));
                }
                night.snapshots.push(snapshot);
            }
            Err(error) => night.failed.push(FailedOrg {
                name: target.name.clone(),
                environment: target.environment.clone(),
                why: error.to_string(),
            }),
        }
    }
    Ok(night)
}

/// Puts the org's own matrix into its snapshot: fetched, cached or, with a note, none.
async fn carry_matrix(job: &Job, target: &OrgTarget, snapshot: &mut Snapshot, as_of: Timestamp) {
    let host = target.api_url.clone();
    let mut notes = Vec::new();
    let cached = cache::load(&job.matrix.cache_dir, &host).unwrap_or_else(|error| {
        notes.push(format!("the cached matrix was not used: {error}"));
        None
    });
    let validators = cached.as_ref().map(|cached| (cached.etag.clone(), cached.last_modified.clone())).unwrap_or_default();
    let fetched = match collect::fetch_document(target, &job.collect, validators, &clock::now).await {
        Document::Fetched { bytes, etag, last_modified } => Fetched::Document { bytes, etag, last_modified },
        Document::NotModified => Fetched::NotModified,
        Document::Failed(why) => Fetched::Failed(why),
    };
    let origin = format!("{}/api/v2/docs/swagger", target.api_url);
    let choice = choose::choose(&origin, fetched, cached, as_of);
    if let Some(fresh) = &choice.to_cache
        && let Err(error) = cache::save(&job.matrix.cache_dir, &host, fresh)
    {
        notes.push(format!("the matrix could not be cached: {error}"));
    }
    notes.extend(choice.notes);
    snapshot.matrix = choice.carried.map(|(origin, csv)| CarriedMatrix { origin, csv });
    snapshot.matrix_notes = notes;
}

/// Collects for a question that is asked now.
pub fn live(job: &Job, names: &[String], global: &Global) -> Result<Vec<Snapshot>, Failure> {
    let night = collect(job, names, clock::night(None), global)?;
    match night.failed.first() {
        Some(failed) if night.snapshots.is_empty() => Err(Failure::failed(&failed.why)),
        _ => Ok(night.snapshots),
    }
}

/// Where a night's snapshot of an org is kept.
pub fn in_history(history: &Path, org: &str, as_of: Timestamp) -> PathBuf {
    history.join(snapshot_file::safe_name(org)).join(format!("{}.snapshot.json.gz", crate::report::layout::run_id(as_of)))
}

/// The newest snapshot of an org in the history: names are dates, so that the last in order is the newest.
pub fn newest_in_history(history: &Path, org: &str) -> Option<PathBuf> {
    let folder = history.join(snapshot_file::safe_name(org));
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".snapshot.json.gz"))
        .collect();
    files.sort();
    files.pop()
}

/// Says on standard error how the night ended, and prints where the reports are.
pub fn conclude(outcome: &Outcome, fail_on: Severity, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let exit = Exit::of_night(outcome.complete, outcome.at_gate > 0);
    if !global.quiet {
        let mut err = std::io::stderr().lock();
        writeln!(err, "{}", outcome.sentence)?;
        if outcome.at_gate > 0 {
            writeln!(err, "gate: {} findings at or above `{fail_on}`", outcome.at_gate)?;
        }
        if !outcome.complete {
            writeln!(err, "exit {}: some data is not known; the report says which", exit.code())?;
        }
    }
    writeln!(out, "{}", outcome.written.folder.display())?;
    if let Some(page) = &outcome.written.page {
        writeln!(out, "{}", page.display())?;
    }
    Ok(exit)
}

/// `rolecall matrix`: everything but `update` needs no org.
pub fn matrix(command: MatrixCommand, _global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    matrix::run(command, out)
}
