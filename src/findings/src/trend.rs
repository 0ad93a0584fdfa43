//! How the nights went: how many findings each of them had, so that a series of nights can be drawn.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::finding::{Finding, Status};
use super::severity::Severity;

/// Nights that a series holds, the newest included.
pub const NIGHTS: usize = 30;

/// How many findings a night had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NightCounts {
    /// Time of the run: ages and windows are counted from it.
    pub as_of: Timestamp,
    /// Whether everything that was asked for was read: the counts of an incomplete night are what was seen, not all
    /// there is.
    pub complete: bool,
    /// Whether there was a night before it; without one every finding is new.
    pub compared: bool,
    /// Open findings by severity, worst first, as [`Severity::WORST_FIRST`]; those that could not be evaluated count.
    pub open: [usize; 5],
    /// Findings that were not there in the previous run, those that came back included.
    pub new: usize,
    /// Findings that grew worse.
    pub worse: usize,
    /// Findings that went.
    pub resolved: usize,
    /// Findings that are accepted.
    pub waived: usize,
    /// Findings that could not be evaluated, because the data was not known.
    pub not_evaluated: usize,
}

impl NightCounts {
    /// Counts the findings of a night.
    pub fn of(findings: &[Finding], as_of: Timestamp, complete: bool, compared: bool) -> Self {
        let mut counts = Self {
            as_of,
            complete,
            compared,
            open: [0; 5],
            new: 0,
            worse: 0,
            resolved: 0,
            waived: 0,
            not_evaluated: 0,
        };
        for finding in findings {
            match finding.status {
                Status::New | Status::Reopened => counts.new += 1,
                Status::Worse => counts.worse += 1,
                Status::Resolved => counts.resolved += 1,
                Status::Waived => counts.waived += 1,
                Status::Incomparable => counts.not_evaluated += 1,
                Status::Persisting | Status::Better => {}
            }
            if !matches!(finding.status, Status::Resolved | Status::Waived) {
                let level = Severity::WORST_FIRST.iter().position(|level| *level == finding.severity);
                level.and_then(|at| counts.open.get_mut(at)).into_iter().for_each(|count| *count += 1);
            }
        }
        counts
    }

    /// Open findings of every severity together.
    pub fn open_in_all(&self) -> usize {
        self.open.iter().sum()
    }
}

/// The series with one more night at its end; the oldest fall out.
pub fn extended(before: &[NightCounts], current: NightCounts) -> Vec<NightCounts> {
    let earlier = before.iter().filter(|night| night.as_of < current.as_of);
    let mut series: Vec<NightCounts> = earlier.cloned().collect();
    series.push(current);
    let surplus = series.len().saturating_sub(NIGHTS);
    series.drain(..surplus);
    series
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::finding::Basis;
    use crate::finding::Subject;

    fn finding(status: Status, severity: Severity) -> Finding {
        Finding {
            id: "f".to_owned(),
            status,
            severity,
            check: "gap.declared",
            org: "dev".to_owned(),
            subject: Subject { kind: "oauth_client", id: "c".to_owned(), name: "Robot".to_owned() },
            cause: BTreeSet::new(),
            title: String::new(),
            detail: String::new(),
            fix: String::new(),
            facts: Vec::new(),
            first_seen: Timestamp::UNIX_EPOCH,
            last_seen: Timestamp::UNIX_EPOCH,
            basis: Basis::settled_if(true),
        }
    }

    #[test]
    fn every_status_is_counted_once_and_what_is_gone_or_waived_is_not_open() {
        let findings: Vec<Finding> = Status::ALL.into_iter().map(|status| finding(status, Severity::High)).collect();
        let counts = NightCounts::of(&findings, Timestamp::UNIX_EPOCH, true, true);
        assert_eq!(counts.open, [0, 6, 0, 0, 0]);
        let reported = (counts.new, counts.worse, counts.resolved, counts.waived, counts.not_evaluated);
        assert_eq!(reported, (2, 1, 1, 1, 1));
    }

    #[test]
    fn series_keeps_the_newest_nights_and_replaces_one_that_is_reported_again() {
        let night = |hour: i64| NightCounts::of(&[], Timestamp::from_second(hour * 3600).unwrap(), true, true);
        let mut series = Vec::new();
        for hour in 0..40 {
            series = extended(&series, night(hour));
        }
        assert_eq!((series.len(), &series[0], &series[29]), (NIGHTS, &night(10), &night(39)));
        assert_eq!(extended(&series, night(39)), series, "the same night again");
        assert_eq!(extended(&series, night(20)).last(), Some(&night(20)), "nothing later than the night itself");
    }
}
