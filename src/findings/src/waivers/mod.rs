//! Accepted findings: which one, why, by whom and until when; a waiver relabels and never removes.
//!
//! A [`WaiverFile`] and this run's findings give a [`Standing`], which says who is waived on what terms, and the findings
//! of the [`checks`] that the waivers themselves have to pass. The file is read by
//! `config`, which knows how to point at its lines. Deliberately absent: a waiver without an end, and a waiver of a
//! finding about waivers.

pub mod append;
pub mod checks;
pub mod night;
pub mod standing;
pub mod weigh;

use std::fmt;

use globset::{GlobBuilder, GlobMatcher};
use jiff::civil::Date;

use crate::finding::{Finding, Status};
use rolecall_base::named;

pub use night::NightSeen;
pub use standing::Standing;
pub use weigh::weigh;

/// A waiver may not run for longer than this from the night on: a year and its leap day.
pub const LONGEST_DAYS: i32 = 366;

/// A waiver that ends within so many days is reported beforehand.
pub const SOON_DAYS: i32 = 30;

/// A selector that waives more findings than this is too wide.
pub const MOST_FINDINGS: usize = 25;

/// A waiver file.
#[derive(Clone, Debug, Default)]
pub struct WaiverFile {
    /// Its name without its folder, as findings cite it.
    pub name: String,
    /// Its entries, in the order of the file.
    pub waivers: Vec<Waiver>,
}

/// One `[[waiver]]`.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// What it accepts.
    pub target: Target,
    /// Why; not blank.
    pub reason: String,
    /// Who answers for it; not blank.
    pub owner: String,
    /// The last day on which it holds, in UTC.
    pub expires: Date,
    /// Where it was decided.
    pub ticket: Option<String>,
    /// Its line in the file, from 1.
    pub line: usize,
}

/// What a waiver accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The finding of this id.
    Finding(String),
    /// Every finding that fits.
    Selector(Box<Selector>),
}

/// Which findings a waiver accepts: those that fit everything that is given. At least one part is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Ids of checks.
    pub check: Option<Pattern>,
    /// Names of orgs.
    pub org: Option<Pattern>,
    /// Subjects, as `kind:name`.
    pub subject: Option<Pattern>,
}

/// A text or a glob. In a subject upper and lower case differ, so that a waiver covers no more than what was written.
#[derive(Clone, Debug)]
pub struct Pattern {
    written: String,
    glob: GlobMatcher,
}

impl Pattern {
    /// A pattern as it was written.
    ///
    /// # Errors
    /// What is wrong with the glob.
    pub fn new(written: &str) -> Result<Self, String> {
        Self::build(written, false)
    }

    /// A pattern over names of which no two differ in letter case alone: those of checks and orgs.
    ///
    /// # Errors
    /// What is wrong with the glob.
    pub fn in_any_case(written: &str) -> Result<Self, String> {
        Self::build(named::trimmed(written), true)
    }

    fn build(written: &str, any_case: bool) -> Result<Self, String> {
        let glob = GlobBuilder::new(written).case_insensitive(any_case).build();
        let glob = glob.map_err(|error| error.kind().to_string())?;
        Ok(Self { written: written.to_owned(), glob: glob.compile_matcher() })
    }

    /// Whether a text fits. A name that happens to look like a glob fits itself.
    pub fn fits(&self, text: &str) -> bool {
        self.written == text || self.glob.is_match(text)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether it stands for more than one text.
    pub fn is_glob(&self) -> bool {
        is_glob(&self.written)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Pattern {}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

impl Waiver {
    /// Whether it holds on a day: the day of its end still counts.
    pub fn runs_on(&self, day: Date) -> bool {
        day <= self.expires
    }

    /// Whether it is about a finding, whatever the day.
    pub fn fits(&self, finding: &Finding) -> bool {
        match &self.target {
            Target::Finding(id) => finding.id == *id,
            Target::Selector(selector) => selector.fits(finding),
        }
    }
}

impl Selector {
    /// Whether a finding fits every part that is given.
    pub fn fits(&self, finding: &Finding) -> bool {
        let fits = |part: &Option<Pattern>, text: &str| part.as_ref().is_none_or(|pattern| pattern.fits(text));
        fits(&self.check, finding.check)
            && fits(&self.org, &finding.org)
            && (self.subject.is_none()
                || fits(&self.subject, &format!("{}:{}", finding.subject.kind, finding.subject.name)))
    }

    /// Whether it says in full which area of checks it is about: `power.*` does, `*`, `p*` and nothing at all do not.
    pub fn names_its_area(&self) -> bool {
        let area =
            self.check.as_ref().map(|check| check.as_str().split_once('.').map_or(check.as_str(), |(area, _)| area));
        area.is_some_and(|area| !is_glob(area))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finding(id) => write!(f, "finding {id}"),
            Self::Selector(selector) => {
                let parts = [("check", &selector.check), ("org", &selector.org), ("subject", &selector.subject)];
                let parts =
                    parts.into_iter().filter_map(|(key, part)| Some(format!("{key} {}", part.as_ref()?.written)));
                f.write_str(&parts.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// Whether a finding is one that a waiver can relabel: found in this run, and not about a waiver.
pub fn can_be_waived(finding: &Finding) -> bool {
    !matches!(finding.status, Status::Resolved | Status::Incomparable) && !is_about_waivers(finding.check)
}

/// Whether a check is about the waivers themselves. Its findings cannot be waived: the file must be fixed instead.
pub fn is_about_waivers(check: &str) -> bool {
    check.starts_with(checks::AREA)
}

#[cfg(test)]
mod tests;
