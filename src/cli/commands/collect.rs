//! `rolecall collect`: one snapshot an org.

use std::io::Write;

use crate::cli::args::{CollectArgs, Global};
use crate::cli::clock;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::log;
use crate::cli::progress::Terminal;
use rolecall_app::night;
use rolecall_base::store::snapshot_file;

/// Collects and writes one snapshot file an org; prints their paths.
pub(crate) fn collect(args: &CollectArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let job = night::load(&args.config)?;
    let targets = night::targets(&night::chosen(&job, &args.orgs)?)?;
    night::writable(&[("snapshot folder", &args.out)])?;
    let collected = night::collect(&job, &targets, clock::night(args.as_of), &Terminal::new(global).session())?;
    let mut complete = collected.failed.is_empty();
    for snapshot in &collected.snapshots {
        let path = args.out.join(snapshot_file::file_name(&snapshot.org.name));
        snapshot_file::write(&path, snapshot).map_err(Failure::failed)?;
        writeln!(out, "{}", path.display())?;
        complete &= snapshot.coverage.is_complete();
    }
    for failed in &collected.failed {
        log::say(global, "ERROR", &format!("error: {}", failed.why))?;
    }
    Ok(match (collected.snapshots.is_empty(), complete) {
        (true, _) => Exit::Failed,
        (false, true) => Exit::Fine,
        (false, false) => Exit::NotKnown,
    })
}
