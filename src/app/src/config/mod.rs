//! The user's file to one valid job, with every problem of the file named at once.
//!
//! [`load`] reads, [`parse`] judges: a [`job::Job`] is only ever made from a file without a problem. Credentials stay
//! references until [`secret::resolve`] is asked for them, because an audit offline needs none. No stage imports
//! this module: each has settings of its own, which are filled in here.

pub mod defaults;
pub mod error;
pub mod job;
mod mappings;
pub mod overrides;
pub mod schema;
pub mod secret;
pub mod waivers;
pub mod words;

mod address;
mod checks;
mod hidden_secrets;
mod notify;
mod orgs;
mod probes;
mod read;
mod regions;
mod sections;
mod separation;

use std::io::Read as _;
use std::path::Path;

use toml::de::DeTable;

use error::{ConfigErrors, Problem};
use job::Job;
use read::{Problems, Section};

use rolecall_findings::parameters::Configurable;

/// A configuration is a page of text; a larger file is something else.
const LARGEST_FILE: u64 = 4 << 20;

/// Reads a configuration file. Ids in `[checks]` are taken as they are, without parameters: see [`load_with_checks`].
///
/// # Errors
/// Every problem of the file, each with its line.
pub fn load(path: &Path) -> Result<Job, ConfigErrors> {
    read_configuration(path).and_then(|text| judge(path, &text, None)).and_then(with_overlay)
}

/// Reads a configuration file as [`load`] does, and also holds the ids and keys in `[checks]` against the checks that
/// exist.
///
/// # Errors
/// As [`load`].
pub fn load_with_checks(path: &Path, checks: &[Configurable]) -> Result<Job, ConfigErrors> {
    read_configuration(path).and_then(|text| judge(path, &text, Some(checks))).and_then(with_overlay)
}

/// The job with what its overlay file says: a correction of the matrix that cannot be read is no night without it.
fn with_overlay(mut job: Job) -> Result<Job, ConfigErrors> {
    if let Some(path) = &job.matrix.overrides {
        let names: Vec<&str> = job.orgs.iter().map(|org| org.name.as_str()).collect();
        job.matrix.overlay = overrides::load(path, Some(&names))?;
    }
    Ok(job)
}

/// Judges the text of a configuration file. `path` names it in errors, and relative paths in it start at its folder. The
/// overlay file, where it names one, is not read.
///
/// # Errors
/// As [`load`].
pub fn parse(path: &Path, text: &str) -> Result<Job, ConfigErrors> {
    judge(path, text, None)
}

fn judge(path: &Path, text: &str, checks: Option<&[Configurable]>) -> Result<Job, ConfigErrors> {
    let (document, faults) = DeTable::parse_recoverable(text);
    if !faults.is_empty() {
        return Err(ConfigErrors::new(path, hidden_secrets::in_broken_text(text), syntax_problems(text, &faults)));
    }
    let mut problems = Problems::default();
    let top = Section::top(document.get_ref());
    let base = path.parent().unwrap_or(Path::new(""));
    let job = sections::job(&top, path, base, checks, &mut problems);
    match job {
        Some(job) if problems.is_empty() => Ok(job),
        _ => {
            Err(ConfigErrors::new(path, hidden_secrets::in_document(text, document.get_ref()), problems.into_sorted()))
        }
    }
}

/// One problem a line: what follows the first fault of a line is most often its consequence.
fn syntax_problems(text: &str, faults: &[toml::de::Error]) -> Vec<Problem> {
    let mut lines_seen = std::collections::BTreeSet::new();
    faults
        .iter()
        .filter(|fault| {
            let start = fault.span().map_or(0, |span| span.start).min(text.len());
            lines_seen.insert(text.bytes().take(start).filter(|byte| *byte == b'\n').count())
        })
        .map(|fault| Problem::new(fault.span(), format!("not valid TOML: {}", fault.message())))
        .collect()
}

fn read_configuration(path: &Path) -> Result<String, ConfigErrors> {
    read_file(path, "configuration file", "name the configuration file with `--config`")
}

/// Reads a file. `what` names it in errors; `choose` says how another is chosen.
fn read_file(path: &Path, what: &str, choose: &str) -> Result<String, ConfigErrors> {
    let shown = path.display();
    let fail = |message: String, help: &str| {
        Err(ConfigErrors::of_file(path, Problem::new(None, message).help(help.to_owned())))
    };
    if path.is_dir() {
        return fail(format!("`{shown}` is a folder, not a {what}"), choose);
    }
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes));
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return fail(format!("there is no {what} `{shown}`"), choose);
        }
        Err(error) => {
            return fail(format!("{what} `{shown}` could not be read: {error}"), choose);
        }
        Ok(_) if bytes.len() as u64 > LARGEST_FILE => {
            return fail(format!("`{shown}` is too large for a {what}: over 4 MiB"), choose);
        }
        Ok(_) => {}
    }
    String::from_utf8(bytes).map_err(|error| {
        let start = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes());
        let problem = Problem::new(Some(start..start + 3), "not valid UTF-8 from here on".to_owned())
            .help("save the file with the encoding UTF-8".to_owned());
        ConfigErrors::new(path, hidden_secrets::in_broken_text(&text), vec![problem])
    })
}

#[cfg(test)]
mod tests;
