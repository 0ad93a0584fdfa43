//! The night that waivers are weighed on, and what each entry met in it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::standing::Terms;
use super::{LONGEST_DAYS, MOST_FINDINGS, SOON_DAYS, Target, Waiver};
use crate::checks::ids;
use crate::finding::Finding;
use crate::judge::Override;

/// What was seen of the night that the findings are of.
#[derive(Clone, Debug)]
pub struct NightSeen<'a> {
    /// Time of the run: ages and windows are counted from it.
    pub as_of: Timestamp,
    /// The orgs of the configuration, and whether everything that was asked for was read of each.
    pub orgs: BTreeMap<String, bool>,
    /// What the configuration says about checks.
    pub overrides: &'a BTreeMap<String, Override>,
    /// Ids of open findings of earlier nights that nothing is said of in this run: their org was not asked, or their check is
    /// turned off.
    pub set_aside: BTreeSet<String>,
}

impl NightSeen<'_> {
    /// The day of the night, in UTC.
    pub fn day(&self) -> Date {
        day(self.as_of)
    }

    /// Whether what an entry is about was looked for in this run: only then can it be said to match nothing.
    pub(super) fn looked_for(&self, waiver: &Waiver) -> bool {
        match &waiver.target {
            // Which org an id belongs to cannot be read from the id.
            Target::Finding(id) => !self.set_aside.contains(id) && self.orgs.values().all(|whole| *whole),
            Target::Selector(selector) => {
                let on = |id: &str| self.overrides.get(id).is_none_or(|over| over.enabled);
                let fits = |id: &&str| selector.check.as_ref().is_none_or(|pattern| pattern.fits(id));
                let whole = |org: &str| self.orgs.get(org).is_some_and(|whole| *whole);
                self.reached(waiver).all(whole) && ids().filter(fits).any(on)
            }
        }
    }

    /// The orgs of the configuration that an entry may be about.
    pub(super) fn reached<'s>(&'s self, waiver: &'s Waiver) -> impl Iterator<Item = &'s str> {
        let pattern = match &waiver.target {
            Target::Finding(_) => None,
            Target::Selector(selector) => selector.org.as_ref(),
        };
        self.orgs.keys().map(String::as_str).filter(move |org| pattern.is_none_or(|pattern| pattern.fits(org)))
    }
}

/// The day of a moment, in UTC.
pub fn day(moment: Timestamp) -> Date {
    moment.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// An entry and what it met in this run.
pub(super) struct Met<'w> {
    pub(super) waiver: &'w Waiver,
    pub(super) terms: Terms,
    /// Days until its end; 0 is the last one, less is past it.
    pub(super) days: i32,
    /// Positions of the findings that it is about and that can be waived.
    pub(super) findings: Vec<usize>,
    /// Whether something it is about, or may be about, was not looked for in this run.
    pub(super) not_known: bool,
}

impl Met<'_> {
    pub(super) fn runs(&self) -> bool {
        self.days >= 0
    }

    pub(super) fn is_unmatched(&self) -> bool {
        self.runs() && self.findings.is_empty() && !self.not_known
    }

    pub(super) fn ends_soon(&self) -> bool {
        (0..=SOON_DAYS).contains(&self.days) && !self.is_unmatched()
    }

    /// Why it accepts too much, in words; none where it does not.
    pub(super) fn width(&self, findings: &[Finding]) -> Vec<String> {
        let mut why = Vec::new();
        if !self.runs() {
            return why;
        }
        if let Target::Selector(selector) = &self.waiver.target {
            if !selector.names_its_area() {
                why.push("it does not name the checks it is about".to_owned());
            }
            if self.findings.len() > MOST_FINDINGS {
                why.push(format!("it covers {} findings, more than {MOST_FINDINGS}", self.findings.len()));
            }
            let mut orgs: Vec<&str> = self.covered(findings).map(|finding| finding.org.as_str()).collect();
            orgs.sort_unstable();
            orgs.dedup();
            if orgs.len() > 1 {
                why.push(format!("it covers findings of {} orgs ({})", orgs.len(), orgs.join(", ")));
            }
        }
        if self.days > LONGEST_DAYS {
            why.push(format!("it runs for {} days more, more than {LONGEST_DAYS}", self.days));
        }
        why
    }

    pub(super) fn covered<'f>(&self, findings: &'f [Finding]) -> impl Iterator<Item = &'f Finding> {
        self.findings.iter().filter_map(|at| findings.get(*at))
    }
}
