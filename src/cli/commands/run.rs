//! `rolecall run`: the nightly job.

use std::io::Write;

use super::{night, telling};
use crate::cli::args::{Global, RunArgs};
use crate::cli::clock;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use rolecall_app::run::{Declared, report_night};
use rolecall_base::store::snapshot_file;
use rolecall_findings::history::{lock, snapshots};

/// Collects, keeps the snapshots, crosses, reports, and keeps the night.
pub fn run(args: &RunArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let job = night::load(&args.config)?;
    let needs = night::needs(&job)?;
    let waivers = night::waivers(&job)?;
    let as_of = clock::night(args.as_of);
    let fail_on = args.fail_on.unwrap_or(job.fail_on);
    night::warn_of_idle(&job, &needs);
    let targets = night::targets(&night::chosen(&job, &args.orgs)?)?;
    night::writable(&[("report folder", &args.out), ("history folder", &job.history_dir)])?;
    if let Some(dataset) = &job.report.dataset {
        night::writable(&[("dataset folder", dataset)])?;
    }
    let _lock = lock::take(&job.history_dir, as_of).map_err(Failure::failed)?;
    let collected = night::collect(&job, &targets, as_of, global)?;
    for snapshot in &collected.snapshots {
        let path = snapshots::path(&job.history_dir, &snapshot.org.name, as_of);
        snapshot_file::write(&path, snapshot).map_err(Failure::failed)?;
        tracing::info!(org = snapshot.org.name, path = %path.display(), "snapshot kept");
    }
    night::keep_matrices(&job, &collected, as_of)?;
    night::warn_of_unmet(&job, &collected);
    let earlier = night::earlier(&job, &collected, as_of);
    let declared = Declared { needs: &needs, waivers: waivers.as_ref() };
    let outcome =
        report_night(&job, &collected, &earlier, &declared, as_of, fail_on, &args.out).map_err(Failure::failed)?;
    night::keep(&job, outcome.record.clone(), as_of);
    let exit = night::conclude(&outcome, fail_on, global, out);
    // Last, and whatever became of the lines above: a slow channel holds up nothing, a silent one changes nothing.
    telling::tell(&job, &outcome.news);
    exit
}
