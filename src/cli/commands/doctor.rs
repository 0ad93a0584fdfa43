//! `rolecall doctor`: whether the first night will work.

use std::io::Write;
use std::path::Path;

use crate::cli::args::{DoctorArgs, Global};
use crate::cli::clock;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::table::visible;
use rolecall_app::channels;
use rolecall_app::config::job::Job;
use rolecall_app::night;
use rolecall_base::auditor::CAN_CHANGE;
use rolecall_base::store::place;
use rolecall_collect::doctor::{Examination, Sight, examine};
use rolecall_findings::danger;
use rolecall_findings::waivers;

/// A clock further off than this makes tokens and usage windows doubtful.
const SKEW_SECONDS: i64 = 60;

/// What the examination amounts to so far.
struct Sheet<'o> {
    out: &'o mut dyn Write,
    wrong: usize,
    warned: usize,
}

impl Sheet<'_> {
    fn fine(&mut self, text: &str) -> std::io::Result<()> {
        writeln!(self.out, "  ok    {}", visible(text))
    }

    fn warn(&mut self, text: &str) -> std::io::Result<()> {
        self.warned += 1;
        writeln!(self.out, "  warn  {}", visible(text))
    }

    fn wrong(&mut self, text: &str) -> std::io::Result<()> {
        self.wrong += 1;
        writeln!(self.out, "  wrong {}", visible(text))
    }
}

/// Examines the configuration, every org's credentials and reach, and the folders. Exit 0: fine; 1: a warning; 3:
/// something would not be known or would fail.
pub(crate) fn doctor(args: &DoctorArgs, _global: &Global, out: &mut dyn Write) -> Result<Exit, Failure> {
    let job = night::load(&args.config)?;
    let orgs = night::chosen(&job, &args.orgs)?;
    let mut sheet = Sheet { out, wrong: 0, warned: 0 };
    writeln!(sheet.out, "configuration {}", job.path.display())?;
    sheet.fine(&format!("{} orgs, gate at `{}`", job.orgs.len(), job.fail_on))?;
    match night::needs(&job) {
        Ok(needs) => {
            sheet.fine(&format!("{} declared needs", needs.len()))?;
            for stray in night::stray_needs(&job, &needs) {
                sheet.warn(&stray)?;
            }
        }
        Err(failure) => sheet.wrong(&failure.message)?,
    }
    match night::waivers(&job) {
        Ok(Some(file)) => {
            let today = waivers::night::day(clock::now());
            let running = file.waivers.iter().filter(|waiver| waiver.runs_on(today)).count();
            sheet.fine(&format!("{running} waivers in force"))?;
            for waiver in file.waivers.iter().filter(|waiver| !waiver.runs_on(today)) {
                sheet.warn(&format!(
                    "{}:{}: the waiver of {} ended on {}",
                    file.name, waiver.line, waiver.target, waiver.expires
                ))?;
            }
        }
        Ok(None) => {}
        Err(failure) => sheet.wrong(&failure.message)?,
    }
    overrides(&job, &mut sheet)?;
    folders(&job, &args.out, &mut sheet)?;
    channels(&job, args.notify, &mut sheet)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start the network runtime: {error}")))?;
    for org in orgs {
        writeln!(sheet.out, "org {} ({})", visible(&org.name), org.api_url)?;
        match night::target(org) {
            Err(problem) => sheet.wrong(&problem)?,
            Ok(target) => {
                sheet.fine("credentials are there")?;
                match runtime.block_on(examine(&target, &job.collect, &clock::now)) {
                    Ok(examination) => report(&examination, &mut sheet)?,
                    Err(error) => sheet.wrong(&error.to_string())?,
                }
            }
        }
    }
    let (wrong, warned) = (sheet.wrong, sheet.warned);
    writeln!(sheet.out, "{wrong} wrong, {warned} warnings")?;
    Ok(match (wrong, warned) {
        (0, 0) => Exit::Fine,
        (0, _) => Exit::Findings,
        _ => Exit::NotKnown,
    })
}

/// The corrections of the matrix: how many are in force, and which have ended.
fn overrides(job: &Job, sheet: &mut Sheet<'_>) -> std::io::Result<()> {
    if job.matrix.overrides.is_none() {
        return Ok(());
    }
    let file = &job.matrix.overlay;
    let today = waivers::night::day(clock::now());
    let running = file.entries.iter().filter(|entry| entry.runs_on(today) && !entry.is_announced(today)).count();
    sheet.fine(&format!("{running} overrides of the matrix in force"))?;
    for entry in file.entries.iter().filter(|entry| !entry.runs_on(today)) {
        sheet.warn(&format!(
            "{}:{}: the override of {} ended on {}",
            file.name, entry.line, entry.endpoint, entry.expires
        ))?;
    }
    Ok(())
}

fn folders(job: &Job, out: &Path, sheet: &mut Sheet<'_>) -> std::io::Result<()> {
    for folder in [out, &job.history_dir, &job.matrix.cache_dir] {
        match place::try_folder(folder) {
            Ok(()) => sheet.fine(&format!("can write into {}", folder.display()))?,
            Err(error) => sheet.wrong(&format!("cannot write into {}: {error}", folder.display()))?,
        }
    }
    Ok(())
}

/// Looks at each channel, and sends a test message where that is asked for.
fn channels(job: &Job, send: bool, sheet: &mut Sheet<'_>) -> std::io::Result<()> {
    for one in &job.notify {
        let name = &one.channel.name;
        let outcome = if send {
            channels::test(job, one, clock::now())
                .map(|()| format!("notification channel `{name}`: the test message was delivered"))
        } else {
            channels::check(job, one)
                .map(|()| format!("notification channel `{name}` is configured (nothing was sent)"))
        };
        match outcome {
            Ok(reported) => sheet.fine(&reported)?,
            Err(why) => sheet.wrong(&format!("notification channel `{name}`: {why}"))?,
        }
    }
    if send && job.notify.is_empty() {
        sheet.warn("no notification channel is configured: add a `[[notify]]`")?;
    }
    Ok(())
}

fn report(examination: &Examination, sheet: &mut Sheet<'_>) -> std::io::Result<()> {
    match &examination.organization {
        Some(name) => sheet.fine(&format!("got a token; the platform calls the org `{name}`"))?,
        None => sheet.warn("got a token, but the org's name could not be read")?,
    }
    match examination.clock_skew_seconds {
        Some(skew) if skew.abs() > SKEW_SECONDS => {
            sheet.warn(&format!("this machine's clock is {skew} seconds ahead of the platform's; set it by NTP"))?;
        }
        Some(skew) => sheet.fine(&format!("clocks agree within {} seconds", skew.abs()))?,
        None => sheet.warn("the platform did not show its clock")?,
    }
    let Some(grants) = &examination.permissions else {
        return sheet.wrong(
            "the auditor's own grants could not be read: its reach cannot be proven, and denials would not be known",
        );
    };
    for need in grants {
        let lists: Vec<&str> = need.listings.iter().map(|listing| listing.as_str()).collect();
        let lists = lists.join(", ");
        match &need.sight {
            Sight::Everywhere if need.listings.contains(&CAN_CHANGE) => sheet.fine(&format!(
                "{} in all divisions ({lists}); it can also approve apps: the auditor's client is not view-only",
                need.permission
            ))?,
            Sight::Everywhere => sheet.fine(&format!("{} in all divisions ({lists})", need.permission))?,
            Sight::InDivisions => sheet.wrong(&format!(
                "{} only in some divisions: {lists} may be cut short without an error; grant its role in all divisions",
                need.permission
            ))?,
            Sight::Missing => sheet.wrong(&format!("{} is missing: {lists} will not be known", need.permission))?,
        }
    }
    // A wildcard covers everything that is dangerous under it.
    let dangerous: Vec<String> = examination
        .beyond
        .iter()
        .filter_map(|written| match danger::catalogue().worst(written) {
            Some(entry) => Some(format!("{written} ({})", entry.class)),
            None => written.contains('*').then(|| format!("{written} (a wildcard)")),
        })
        .collect();
    if !dangerous.is_empty() {
        sheet.wrong(&format!(
            "the auditor holds dangerous permissions that it does not need: {}",
            dangerous.join(", ")
        ))?;
    }
    let beyond = examination.beyond.len().saturating_sub(dangerous.len());
    if beyond > 0 {
        let shown = examination.beyond.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
        sheet.warn(&format!("the auditor holds {beyond} permissions that it does not need, for example {shown}"))?;
    }
    if dangerous.is_empty() && beyond == 0 {
        sheet.fine("the auditor holds nothing that it does not need")?;
    }
    Ok(())
}
