//! `rolecall matrix update`: the own document of each org's region, into the cache.

use std::io::Write;

use crate::cli::args::UpdateArgs;
use crate::cli::clock;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::table::visible;
use rolecall_app::night;
use rolecall_collect::wire::Validators;
use rolecall_matrix::choose::ChosenFrom;
use rolecall_matrix::{bundled, cache, diff};

/// Fetches, keeps and compares. Exit 0: every org's own document is in the cache; 3: of some it is not.
pub(crate) fn update(args: &UpdateArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    let job = night::load(&args.config)?;
    let targets = night::targets(&night::chosen(&job, &args.orgs)?)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start the network runtime: {error}")))?;
    let mut exit = Exit::Fine;
    for target in &targets {
        let cached = cache::load(&job.matrix.cache_dir, &night::host(target));
        let before = cached.as_ref().ok().and_then(Option::as_ref).and_then(|kept| kept.matrix().ok());
        let known = cached
            .as_ref()
            .ok()
            .and_then(Option::as_ref)
            .map(|kept| Validators { etag: kept.etag.clone(), last_modified: kept.last_modified.clone() });
        let known = known.unwrap_or_default();
        let document = runtime.block_on(rolecall_collect::fetch_document(target, &known, &job.collect, &clock::now));
        let (choice, notes) = night::choose_matrix(&job, target, document, cached, clock::now());
        let current = choice.from == ChosenFrom::Org || choice.keep.is_some();
        let compared = before.as_ref().unwrap_or(bundled::matrix());
        let changes = diff::diff(compared, &choice.matrix);
        writeln!(
            out,
            "{}: {} operations from {} ({}); {} added, {} removed, {} changed against {}",
            visible(&target.name),
            choice.matrix.operations().len(),
            visible(&choice.matrix.origin),
            choice.from.as_str(),
            changes.added.len(),
            changes.removed.len(),
            changes.changed.len(),
            if before.is_some() { "the one cached before" } else { "the built-in one" },
        )?;
        for note in notes {
            writeln!(out, "  {}", visible(&note))?;
        }
        if !current {
            exit = Exit::NotKnown;
        }
    }
    Ok(exit)
}
