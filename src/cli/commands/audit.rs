//! `rolecall audit`: everything after collection, offline.

use std::io::Write;

use super::conclude::conclude;
use crate::cli::args::{AuditArgs, Global};
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use rolecall_app::matrices::Matrices;
use rolecall_app::night;
use rolecall_app::run::{Declared, Night, report_night};
use rolecall_base::store::snapshot_file;
use rolecall_findings::evidence::FailedOrg;

/// Crosses and reports snapshots; the same bytes as `run` on the same data.
pub(crate) fn audit(args: &AuditArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let job = night::load(&args.config)?;
    let needs = night::needs(&job)?;
    let waivers = night::waivers(&job)?;
    night::warn_of_idle(&job, &needs);
    let mut snapshots = Vec::new();
    for path in &args.snapshots {
        let snapshot = snapshot_file::read(path).map_err(Failure::usage)?;
        if snapshots
            .iter()
            .any(|(known, _): &(rolecall_base::snapshot::Snapshot, _)| known.org.name == snapshot.org.name)
        {
            return Err(Failure::usage(format!(
                "`{}` is a second snapshot of org `{}`",
                path.display(),
                snapshot.org.name
            )));
        }
        let place = job.orgs.iter().position(|org| org.name == snapshot.org.name).ok_or_else(|| {
            Failure::usage(format!(
                "`{}` is a snapshot of org `{}`, which `{}` does not have",
                path.display(),
                snapshot.org.name,
                job.path.display()
            ))
        })?;
        snapshots.push((snapshot, place));
    }
    snapshots.sort_by_key(|(_, place)| *place);
    let snapshots: Vec<_> = snapshots.into_iter().map(|(snapshot, _)| snapshot).collect();
    let Some(as_of) = snapshots.iter().map(|snapshot| snapshot.as_of).max() else {
        return Err(Failure::usage("no snapshot was given"));
    };
    let collected = Night { snapshots, failed: Vec::<FailedOrg>::new() };
    let fail_on = args.fail_on.unwrap_or(job.fail_on);
    night::warn_of_unmet(&job, &collected);
    let earlier = night::earlier(&job, &collected, as_of);
    let declared = Declared { needs: &needs, waivers: waivers.as_ref() };
    let outcome = report_night(&Matrices::of(&job), &collected, &earlier, &declared, as_of, fail_on, &args.out)
        .map_err(Failure::failed)?;
    conclude(&outcome, fail_on, global, out)
}
