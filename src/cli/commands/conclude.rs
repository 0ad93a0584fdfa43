//! How a night ended, in words, paths and an exit code.

use std::io::Write;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::log;
use rolecall_app::run::Outcome;
use rolecall_findings::severity::Severity;

/// Says on standard error how the night ended, and prints where the reports are.
pub(crate) fn conclude(
    outcome: &Outcome,
    fail_on: Severity,
    global: &Global,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    let exit = Exit::of_night(outcome.complete, outcome.at_gate > 0);
    if !global.quiet {
        log::say(global, "INFO", &outcome.sentence)?;
        if outcome.at_gate > 0 {
            let findings = if outcome.at_gate == 1 { "finding" } else { "findings" };
            log::say(global, "INFO", &format!("gate: {} {findings} at or above `{fail_on}`", outcome.at_gate))?;
        }
        if !outcome.complete && outcome.not_added.is_none() {
            let line = format!("exit {}: some data is not known; the report says which", exit.code());
            log::say(global, "INFO", &line)?;
        }
    }
    tracing::info!(folder = %outcome.written.folder.display(), files = outcome.written.files.len(), "report written");
    writeln!(out, "{}", outcome.written.folder.display())?;
    if outcome.written.files.contains(&"report.html") {
        writeln!(out, "{}", outcome.written.folder.join("report.html").display())?;
    }
    if let Some(error) = &outcome.not_added {
        return Err(Failure::failed(error));
    }
    Ok(exit)
}
