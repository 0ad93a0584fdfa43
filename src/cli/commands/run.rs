//! `rolecall run`: the nightly job.

use std::io::Write;

use super::conclude::conclude;
use crate::cli::args::{Global, RunArgs};
use crate::cli::clock;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::progress::Terminal;
use rolecall_app::channels;
use rolecall_app::night::{self, Request};
use rolecall_app::run::Declared;

/// Runs a night, and notifies people of it.
pub(crate) fn run(args: &RunArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let job = night::load(&args.config)?;
    let needs = night::needs(&job)?;
    let waivers = night::waivers(&job)?;
    let fail_on = args.fail_on.unwrap_or(job.fail_on);
    night::warn_of_idle(&job, &needs);
    let targets = night::targets(&night::chosen(&job, &args.orgs)?)?;
    let request = Request {
        declared: Declared { needs: &needs, waivers: waivers.as_ref() },
        targets: &targets,
        as_of: clock::night(args.as_of),
        fail_on,
        out: &args.out,
    };
    let outcome = night::run(&job, &request, &Terminal::new(global).session())?;
    let exit = conclude(&outcome, fail_on, global, out);
    // Last, and whatever became of the lines above: a slow channel holds up nothing, a silent one changes nothing.
    channels::notify(&job, &outcome.news, clock::now());
    exit
}
