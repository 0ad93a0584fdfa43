//! `rolecall waive`: writes one entry of the waiver file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Deserialize;

use crate::cli::args::{Global, WaiveArgs};
use crate::cli::clock;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::log;
use crate::cli::table::visible;
use rolecall_app::config::waivers::{is_finding_id, parse};
use rolecall_app::night;
use rolecall_base::nearest::nearest;
use rolecall_base::store::place;
use rolecall_findings::checks;
use rolecall_findings::history::ledger::{Record, Standing};
use rolecall_findings::history::nights;
use rolecall_findings::waivers::append::{Entry, append};
use rolecall_findings::waivers::night::day;
use rolecall_findings::waivers::{LONGEST_DAYS, Target, WaiverFile, is_about_waivers};
use rolecall_report::formats::findings_json;
use rolecall_report::layout::LATEST;

/// A finding that is known.
#[derive(Debug, Deserialize)]
struct KnownFinding {
    id: String,
    check: String,
    org: String,
    severity: String,
    title: String,
    #[serde(default)]
    status: String,
}

/// What `findings.json` holds, as far as it is needed here.
#[derive(Debug, Deserialize)]
struct FindingsFile {
    findings: Vec<KnownFinding>,
}

/// Findings, and where they were looked up.
struct AtHand {
    place: String,
    findings: Vec<KnownFinding>,
}

/// Checks what was asked for, writes the entry and prints it.
pub(crate) fn waive(args: &WaiveArgs, global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let (path, history) = places(args)?;
    let today = day(clock::now());
    check_words(args, today)?;
    let before = read_or_empty(&path)?;
    let ids: Vec<&str> = checks::ids().collect();
    let file = parse(&path, &before, &ids).map_err(Failure::usage)?;
    refuse_double(&file, &args.finding, today)?;
    let at_hand = at_hand(history.as_deref(), &args.out)?;
    let known = at_hand.as_ref().map(|at_hand| known(at_hand, &args.finding)).transpose()?;
    let about = known.map(|one| {
        let org = if one.org.is_empty() { String::new() } else { format!(", {}", one.org) };
        visible(&format!("{} {}{org}: {}", one.severity, one.check, one.title))
    });
    let entry = Entry {
        finding: &args.finding,
        reason: args.reason.trim(),
        owner: args.owner.trim(),
        expires: args.until,
        ticket: args.ticket.as_deref().map(str::trim),
        about: about.as_deref(),
    };
    let after = append(&before, &entry).map_err(Failure::usage)?;
    // What is written is what the next night reads: better refused here than there.
    parse(&path, &after, &ids).map_err(Failure::usage)?;
    place::rewrite(&path, after.as_bytes())
        .map_err(|error| Failure::failed(format!("cannot write the waiver file `{}`: {error}", path.display())))?;
    write!(out, "{}", entry.text())?;
    if !global.quiet {
        log::say(global, "INFO", &format!("written to {}", path.display()))?;
        if at_hand.is_none() {
            let looked = "no findings are at hand, so whether there is one with this id was not checked";
            log::say(global, "INFO", looked)?;
        }
        for old in file.waivers.iter().filter(|old| old.target == Target::Finding(args.finding.clone())) {
            let line = format!("the entry at {}:{} ended on {} and can go", file.name, old.line, old.expires);
            log::say(global, "INFO", &line)?;
        }
    }
    Ok(Exit::Fine)
}

/// The waiver file, and the history where the configuration names one.
fn places(args: &WaiveArgs) -> Result<(PathBuf, Option<PathBuf>), Failure> {
    if let Some(file) = &args.file {
        return Ok((file.clone(), None));
    }
    let Some(config) = &args.config else {
        return Err(Failure::usage("name the waiver file with `--file`, or the configuration with `--config`"));
    };
    let job = night::load(config)?;
    let Some(file) = job.waivers else {
        return Err(Failure::usage(format!(
            "`{}` names no waiver file: add `file = \"waivers.toml\"` under [waivers], or name one with `--file`",
            config.display()
        )));
    };
    Ok((file, Some(job.history_dir)))
}

fn check_words(args: &WaiveArgs, today: Date) -> Result<(), Failure> {
    if !is_finding_id(&args.finding) {
        return Err(Failure::usage(format!(
            "`{}` is not the id of a finding: it is 16 digits, 0 to 9 and a to f, as in `finding_id` of findings.csv",
            visible(&args.finding)
        )));
    }
    let ticket = args.ticket.as_deref().unwrap_or("none");
    for (option, text) in [("reason", args.reason.as_str()), ("owner", &args.owner), ("ticket", ticket)] {
        if text.trim().is_empty() {
            return Err(Failure::usage(format!("`--{option}` is empty: a waiver without it is not written")));
        }
    }
    let days = args.until.since(today).map_or(0, |span| span.get_days());
    if days < 0 {
        return Err(Failure::usage(format!("`--until {}` has passed: today is {today} (UTC)", args.until)));
    }
    if days > LONGEST_DAYS {
        return Err(Failure::usage(format!(
            "`--until {}` is {days} days ahead: a waiver runs for at most {LONGEST_DAYS} days; choose an earlier day and \
             decide again then",
            args.until
        )));
    }
    Ok(())
}

fn read_or_empty(path: &Path) -> Result<String, Failure> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read.map_err(|error| {
            Failure::usage(format!("the waiver file `{}` could not be read: {error}", path.display()))
        }),
    }
}

fn refuse_double(file: &WaiverFile, id: &str, today: Date) -> Result<(), Failure> {
    let mut same = file.waivers.iter().filter(|waiver| waiver.target == Target::Finding(id.to_owned()));
    match same.find(|waiver| waiver.runs_on(today)) {
        Some(running) => Err(Failure::usage(format!(
            "finding {id} is waived until {} already: change the entry at {}:{} instead",
            running.expires, file.name, running.line
        ))),
        None => Ok(()),
    }
}

/// The findings of the newest night that is at hand: of the history, or of the newest report.
fn at_hand(history: Option<&Path>, reports: &Path) -> Result<Option<AtHand>, Failure> {
    for path in history.map(nights::kept).unwrap_or_default().into_iter().rev() {
        match nights::read(&path) {
            Ok(night) => {
                let findings = night.findings.into_iter().map(of_record).collect();
                return Ok(Some(AtHand { place: path.display().to_string(), findings }));
            }
            Err(error) => tracing::warn!("passed over: {error}"),
        }
    }
    let path = reports.join(LATEST).join(findings_json::FILE);
    let bytes = match std::fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|error| Failure::usage(format!("`{}` could not be read: {error}", path.display())))?,
    };
    let file: FindingsFile = serde_json::from_slice(&bytes)
        .map_err(|error| Failure::usage(format!("`{}` is not the findings of a night: {error}", path.display())))?;
    Ok(Some(AtHand { place: path.display().to_string(), findings: file.findings }))
}

fn of_record(record: Record) -> KnownFinding {
    KnownFinding {
        id: record.id,
        check: record.check,
        org: record.org,
        severity: record.severity.to_string(),
        title: record.title,
        status: if record.standing == Standing::Resolved { "resolved".to_owned() } else { record.status },
    }
}

/// The finding of this id, if it is one that can be waived.
fn known<'a>(at_hand: &'a AtHand, id: &str) -> Result<&'a KnownFinding, Failure> {
    let place = &at_hand.place;
    let Some(found) = at_hand.findings.iter().find(|finding| finding.id == id) else {
        let near = nearest(id, at_hand.findings.iter().map(|finding| finding.id.as_str()), 1);
        let near = near.first().and_then(|near| at_hand.findings.iter().find(|finding| finding.id == **near));
        let help = near.map_or_else(
            || "copy the id from the report or from findings.csv".to_owned(),
            |near| format!("did you mean {} ({})?", near.id, visible(&near.title)),
        );
        return Err(Failure::usage(format!("no finding {id} in `{place}`: {help}")));
    };
    if is_about_waivers(&found.check) {
        return Err(Failure::usage(format!(
            "finding {id} is about a waiver and cannot be waived: {}; fix the entry instead",
            visible(&found.title)
        )));
    }
    if found.status == "resolved" {
        return Err(Failure::usage(format!(
            "finding {id} is resolved, says `{place}`: there is nothing to waive ({})",
            visible(&found.title)
        )));
    }
    Ok(found)
}
