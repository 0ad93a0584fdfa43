//! `rolecall drift`: two sides compared, with an exit code for a pipeline.

mod asked;

use std::io::Write;
use std::path::PathBuf;

use crate::cli::args::{DriftArgs, DriftFormat, Enforced, Global, Only};
use crate::cli::clock;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::log;
use crate::cli::progress::Terminal;
use rolecall_access::cross::AccessMap;
use rolecall_access::cross::needed::Needed;
use rolecall_access::drift::{self, Between, SideInput};
use rolecall_app::config::job::Job;
use rolecall_app::drift_sides::{Loaded, Written, load};
use rolecall_app::{night, sources};
use rolecall_findings::evidence::MatrixUsed;
use rolecall_findings::severity::Severity;
use rolecall_matrix::Matrix;
use rolecall_matrix::needs;
use rolecall_report::comparison::{self, Asked, ComparisonView, Shown, SideView};

/// Compares, prints, and ends by the gate: 3 where something is not known wins over 1.
pub(crate) fn drift(args: &DriftArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let job = args.config.as_deref().map(night::load).transpose()?;
    let asked = asked::check(args)?;
    let needs = needs_files(args, job.as_ref());
    let needs = needs::open(&needs).map_err(Failure::usage)?;
    let sides = Written { left: &args.left, right: &args.right, live: args.live };
    let (left, right) = load(&sides, job.as_ref(), &Terminal::new(global).session())?;
    if !global.quiet {
        for note in left.notes.iter().chain(&right.notes) {
            log::say(global, "INFO", note)?;
        }
    }
    let matrices = [matrix(args, job.as_ref(), &left)?, matrix(args, job.as_ref(), &right)?];
    let [(left_matrix, left_used), (right_matrix, right_used)] = &matrices;
    let enforced = |side: &Loaded, other: &Loaded| {
        let of = if side.is_declared { other } else { side };
        sources::enforced(args.scopes_enforced.map(Enforced::said), job.as_ref(), &of.snapshot)
    };
    let left_map = AccessMap::of(&left.snapshot, left_matrix, enforced(&left, &right));
    let right_map = AccessMap::of(&right.snapshot, right_matrix, enforced(&right, &left));
    let (left_needed, right_needed) = (Needed::of(&left_map, &needs), Needed::of(&right_map, &needs));
    asked.check_pairs(&left.snapshot, &right.snapshot)?;
    let how = asked.how(job.as_ref(), &left.snapshot, &right.snapshot);
    let drift = drift::compare(
        SideInput { map: &left_map, needed: &left_needed },
        SideInput { map: &right_map, needed: &right_needed },
        &how,
    );
    let view = ComparisonView::of(
        &drift,
        side_view(&left, left_used),
        side_view(&right, right_used),
        Asked {
            between: how.between,
            shown: match args.only {
                None => Shown::All,
                Some(Only::Effective) => Shown::Effective,
                Some(Only::Config) => Shown::Configuration,
            },
            fail_on: args.fail_on.or(job.as_ref().map(|job| job.fail_on)).unwrap_or(Severity::High),
            not_known: left.not_known.iter().chain(&right.not_known).cloned().collect(),
            artifact: right.artifact.clone().or_else(|| left.artifact.clone()),
        },
    );
    match args.format {
        DriftFormat::Table => comparison::table::write(&view, out)?,
        DriftFormat::Json => comparison::json::write(&view, out)?,
        DriftFormat::Csv => comparison::csv::write(&view, out)?,
        DriftFormat::Markdown => comparison::markdown::write(&view, out)?,
        DriftFormat::Sarif => comparison::sarif::write(&view, out)?,
        DriftFormat::Junit => comparison::junit::write(&view, out)?,
    }
    conclude(&view, global)
}

fn conclude(view: &ComparisonView<'_>, global: &Global) -> Result<Exit, Failure> {
    let exit = Exit::of_night(view.is_complete(), view.at_gate > 0);
    if !global.quiet {
        if view.at_gate > 0 {
            let things = if view.at_gate == 1 { "difference" } else { "differences" };
            let line = format!("gate: {} {things} at or above `{}`", view.at_gate, view.asked.fail_on);
            log::say(global, "INFO", &line)?;
        }
        if !view.is_complete() {
            let line = format!("exit {}: some data is not known; the answer says which", exit.code());
            log::say(global, "INFO", &line)?;
        }
    }
    Ok(exit)
}

fn side_view<'a>(side: &'a Loaded, used: &MatrixUsed) -> SideView<'a> {
    SideView {
        name: side.label.clone(),
        what: side.what.clone(),
        matrix: sources::matrix_phrase(used),
        snapshot: &side.snapshot,
    }
}

fn matrix(args: &DriftArgs, job: Option<&Job>, side: &Loaded) -> Result<(Matrix, MatrixUsed), Failure> {
    Ok(sources::matrix(args.matrix.as_deref(), job, &side.snapshot, args.as_of.unwrap_or_else(clock::now))?)
}

/// The needs files of the configuration and those of the command line, each once.
fn needs_files(args: &DriftArgs, job: Option<&Job>) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = job.map(|job| job.needs_files.clone()).unwrap_or_default();
    for file in &args.needs {
        if !files.contains(file) {
            files.push(file.clone());
        }
    }
    files
}

/// What two snapshots are to each other: one org at two times, or two orgs.
fn between(left: &rolecall_base::snapshot::Snapshot, right: &rolecall_base::snapshot::Snapshot) -> Between {
    match (&left.org.id, &right.org.id) {
        (Some(left), Some(right)) if left == right => Between::Nights,
        _ => Between::Orgs,
    }
}
