//! The checks that waivers themselves have to pass: ended, ending, matching nothing, accepting too much.

use std::collections::BTreeSet;

use super::night::{Met, NightSeen};
use super::{LONGEST_DAYS, MOST_FINDINGS, Pattern, Standing, Target, Waiver};
use crate::check::{CheckMeta, Found, count, named, names};
use crate::checks::waivers::{EXPIRED, EXPIRES_SOON, TOO_WIDE, UNMATCHED};
use crate::finding::{Basis, Finding};
use rolecall_base::nearest::did_you_mean;

/// How the ids of these checks begin.
pub const AREA: &str = "waiver.";

/// What there is to say about one entry.
pub(super) fn of(
    met: &Met<'_>,
    findings: &[Finding],
    standing: &Standing,
    night: &NightSeen<'_>,
) -> Vec<(&'static CheckMeta, Found)> {
    let mut reported = Vec::new();
    let target = met.waiver.target.to_string();
    let (until, place) = (met.waiver.expires, &met.terms.place);
    let words = met.terms.words();
    let covered = count(met.findings.len(), "finding", "findings");
    if !met.runs() {
        let open = met.covered(findings).filter(|finding| !standing.waived.contains_key(&finding.id)).count();
        let effect = match (open, met.not_known) {
            (0, true) => "What it was about is not known tonight.".to_owned(),
            (0, false) => "Nothing that it was about is open tonight.".to_owned(),
            (1, _) => "1 finding that it was about is open.".to_owned(),
            (open, _) => format!("{open} findings that it was about are open."),
        };
        reported.push((
            &EXPIRED,
            WaiverProblem {
                title: format!("the waiver of {target} ended on {until}"),
                detail: format!("{place}: {words}. It does nothing any more. {effect}"),
                fix: if open == 0 && !met.not_known {
                    format!("remove the entry at {place}")
                } else {
                    format!("fix what it was about, or decide again and give the entry at {place} a later `expires`")
                },
            },
        ));
    }
    if met.ends_soon() {
        let left = match met.days {
            0 => "tonight is its last".to_owned(),
            days => format!("in {}", count(usize::try_from(days).unwrap_or_default(), "day", "days")),
        };
        reported.push((
            &EXPIRES_SOON,
            WaiverProblem {
                title: format!("the waiver of {target} ends on {until}"),
                detail: format!("{place}: {words}. It ends on {until} ({left}) and covers {covered} tonight."),
                fix: format!("fix what it covers before that day, or decide again and change `expires` at {place}"),
            },
        ));
    }
    if met.is_unmatched() {
        reported.push((
            &UNMATCHED,
            WaiverProblem {
                title: format!("the waiver of {target} matches nothing"),
                detail: format!("{place}: {words}. {}", why_nothing(&met.waiver.target, night)),
                fix: format!("remove the entry at {place}, or correct what it is about"),
            },
        ));
    }
    let width = met.width(findings);
    if !width.is_empty() {
        reported.push((
            &TOO_WIDE,
            WaiverProblem {
                title: format!("the waiver of {target} accepts too much"),
                detail: format!("{place}: {words}. It covers {covered} tonight: {}.", width.join("; ")),
                fix: format!(
                    "at {place} name the check and one org, narrow the subject until at most {MOST_FINDINGS} findings \
                     fit, and end it within {LONGEST_DAYS} days"
                ),
            },
        ));
    }
    let fact = format!("{place}: {target}, expires {until}; {words}");
    reported.into_iter().map(|(meta, reported)| (meta, reported.found(meta, met.waiver, night, &fact))).collect()
}

/// Why an entry that was looked for matches nothing.
fn why_nothing(target: &Target, night: &NightSeen<'_>) -> String {
    let Target::Selector(selector) = target else {
        return "No finding of this run has this id: it was fixed, or the id is not one.".to_owned();
    };
    match &selector.org {
        Some(org) if !night.orgs.keys().any(|name| org.fits(name)) => {
            let known = night.orgs.keys().map(String::as_str);
            let near = did_you_mean(org.as_str(), known.clone());
            let help = if near.is_empty() { format!("; it has {}", names(known, 5)) } else { near };
            format!("The configuration has no org `{}`{help}", org.as_str())
        }
        _ => "No finding of this run fits it: it was fixed, or the selector is misspelt.".to_owned(),
    }
}

/// The words of one finding.
struct WaiverProblem {
    title: String,
    detail: String,
    fix: String,
}

impl WaiverProblem {
    /// The identity is what the entry accepts, not its line: entries move when others go. What is said about several
    /// orgs rests on all of them.
    fn found(self, meta: &CheckMeta, waiver: &Waiver, night: &NightSeen<'_>, fact: &str) -> Found {
        let org = match &waiver.target {
            Target::Finding(_) => None,
            Target::Selector(selector) => {
                selector.org.as_ref().map(Pattern::as_str).filter(|org| night.orgs.contains_key(*org))
            }
        };
        let beside = night.reached(waiver).filter(|_| org.is_none()).map(str::to_owned).collect();
        Found {
            severity: meta.severity,
            org: org.unwrap_or_default().to_owned(),
            subject: named("waiver", waiver.target.to_string()),
            cause: BTreeSet::new(),
            title: self.title,
            detail: self.detail,
            fix: self.fix,
            facts: BTreeSet::from([fact.to_owned()]),
            basis: Basis { settled: true, beside },
        }
    }
}
