//! The first screen: what is not known, what is new by name, what a promotion breaks, and what is dangerous.

use std::collections::BTreeMap;

use serde::Serialize;

use super::completeness::{Completeness, Problem};
use super::drift::PairSection;
use super::night::Night;
use super::power::Power;
use super::words::{self, Capped, Mark};
use rolecall_access::drift::Between;
use rolecall_access::drift::broken::{BrokenCall, Certainty};
use rolecall_access::drift::change::{DriftKind, Effect};
use rolecall_base::coverage::{Listing, Seen};
use rolecall_findings::drift_causes;
use rolecall_findings::drift_gains::{describe_grant_time, granted_at};
use rolecall_findings::drift_severity;
use rolecall_findings::drift_words::{clause, missed_first};
use rolecall_findings::evidence::Evidence;
use rolecall_findings::finding::{Finding, Status};
use rolecall_findings::severity::Severity;

/// Rows of a list of the first screen.
const ROWS_SHOWN: usize = 5;
/// Rows of a list in one of its narrow panes.
const NARROW_SHOWN: usize = 4;
/// Names in one of its lines.
const NAMES_SHOWN: usize = 3;
/// Lines of each part of the text for a ticket.
const TICKET_LINES: usize = 12;
/// Checks whose findings the first screen tells in places of their own: who gained power, and what was not read.
const SHOWN_APART: [&str; 3] = ["night.gained-power", "data.not-known", "data.org-not-read"];

/// The first screen.
#[derive(Serialize)]
pub struct Overview {
    /// What was not read, a line each.
    pub unknown: Capped<String>,
    /// Who gained power since the last night, gravest first.
    pub gained: Capped<Gained>,
    /// New, worse and returned findings at `high` or above, worst first, without those that are listed separately: who gained
    /// power, and what was not read.
    pub new: Capped<Line>,
    /// New, worse and returned findings below `high`.
    pub new_below: usize,
    /// Findings that went.
    pub resolved: usize,
    /// Findings that could not be evaluated.
    pub not_evaluated: usize,
    /// What each promotion breaks.
    pub promotions: Vec<Promotion>,
    /// The gravest findings that were there before.
    pub risks: Capped<Line>,
    /// Org by org.
    pub orgs: Vec<OrgLine>,
    /// The night as text for a ticket.
    pub ticket: String,
}

/// A finding in a line.
#[derive(Serialize)]
pub struct Line {
    /// How bad it is.
    pub severity: Mark,
    /// How it stands against earlier nights.
    pub status: &'static str,
    /// The org; empty where it is about no single one.
    pub org: String,
    /// The finding in one line.
    pub title: String,
    /// Its id.
    pub id: String,
    /// Its address within the page that needs no script; `findings` where it is not shown there.
    pub link: String,
}

/// Who gained power.
#[derive(Serialize)]
pub struct Gained {
    /// How bad it is.
    pub severity: Mark,
    /// The org.
    pub org: String,
    /// Names of those who gained; may be empty where nobody holds it yet.
    pub names: Capped<String>,
    /// Through what.
    pub what: String,
    /// When and by whom.
    pub how: String,
    /// Where all of it stands.
    pub link: String,
}

/// What a promotion breaks.
#[derive(Serialize)]
pub struct Promotion {
    /// The left side.
    pub from: String,
    /// The right side.
    pub to: String,
    /// The address of its section.
    pub link: String,
    /// In a line.
    pub headline: String,
    /// `bad`, `caution` or `good`.
    pub tone: &'static str,
    /// The principals whose calls will fail, most calls first.
    pub victims: Capped<Victim>,
}

/// A principal whose calls will fail.
#[derive(Serialize)]
pub struct Victim {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// How many of its calls.
    pub calls: String,
    /// The first thing to fix.
    pub why: String,
    /// Where that stands.
    pub link: String,
}

/// An org in a line.
#[derive(Serialize)]
pub struct OrgLine {
    /// Its name.
    pub name: String,
    /// Free text from the configuration.
    pub environment: String,
    /// Whether anything of it was read.
    pub read: bool,
    /// Lists that were not read completely.
    pub unread: usize,
    /// Since when its changes are reported; empty where there is no night before.
    pub since: String,
    /// Its changes since then, in words.
    pub changes: String,
}

/// What the first screen is made of besides the evidence.
pub struct Parts<'a> {
    /// What was found.
    pub findings: &'a [Finding],
    /// The verdict of the night in one sentence.
    pub sentence: &'a str,
    /// The id of the run.
    pub run_id: &'a str,
    /// Whether there is a night before this one.
    pub compared: bool,
    /// What was read.
    pub completeness: &'a Completeness,
    /// The pairs.
    pub pairs: &'a [PairSection],
    /// Who can grant roles.
    pub power: &'a Power,
    /// Whether a finding is shown in the part of the page that needs no script.
    pub is_shown: &'a dyn Fn(&str) -> bool,
}

/// The first screen of a night.
pub fn of(night: &Night<'_>, evidence: &Evidence<'_>, parts: &Parts<'_>) -> Overview {
    let is_new = |one: &&Finding| matches!(one.status, Status::New | Status::Worse | Status::Reopened);
    let grave = |one: &&Finding| one.severity >= Severity::High;
    let reported_here = |one: &&Finding| !SHOWN_APART.contains(&one.check);
    let fresh = || sorted(parts.findings.iter().filter(|one| parts.compared && is_new(one)));
    let stays = |one: &&Finding| {
        let there_before = matches!(one.status, Status::Persisting | Status::Better | Status::Incomparable);
        there_before || (!parts.compared && is_new(one))
    };
    let line = |one: &Finding| line(one, parts.is_shown);
    let number = |status: Status| parts.findings.iter().filter(|one| one.status == status).count();
    let mut overview = Overview {
        unknown: unknown(parts.completeness),
        gained: gained(evidence),
        new: Capped::of(fresh().into_iter().filter(grave).filter(reported_here), ROWS_SHOWN, line),
        new_below: fresh().iter().filter(|one| !grave(one)).count(),
        resolved: number(Status::Resolved),
        not_evaluated: number(Status::Incomparable),
        promotions: evidence.pairs.iter().zip(parts.pairs).map(|(pair, reported)| promotion(pair, reported)).collect(),
        risks: Capped::of(sorted(parts.findings.iter().filter(stays).filter(grave)), NARROW_SHOWN, line),
        orgs: orgs(night, evidence),
        ticket: String::new(),
    };
    overview.ticket = ticket(&overview, evidence, parts, &fresh());
    overview
}

/// Worst first, then in the order of all reports.
fn sorted<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<&'f Finding> {
    let mut sorted: Vec<&Finding> = findings.collect();
    sorted.sort_by_key(|one| (std::cmp::Reverse(one.severity), one.check, &one.org, &one.subject, &one.id));
    sorted
}

fn line(finding: &Finding, is_shown: &dyn Fn(&str) -> bool) -> Line {
    let link = if is_shown(&finding.id) { words::finding_anchor(&finding.id) } else { "findings".to_owned() };
    Line {
        severity: words::severity(finding.severity),
        status: finding.status.as_str(),
        org: finding.org.clone(),
        // The org stands behind the title here.
        title: finding.title.strip_suffix(&format!(" ({})", finding.org)).unwrap_or(&finding.title).to_owned(),
        id: finding.id.clone(),
        link,
    }
}

fn unknown(completeness: &Completeness) -> Capped<String> {
    let failed = completeness.failed.iter().map(|org| format!("nothing of {} could be read", org.org));
    // What is missing in the same way in several orgs is one line.
    let mut lists: Vec<(&Problem, Vec<&str>)> = Vec::new();
    for problem in &completeness.problems {
        let alike = |other: &Problem| other.listing == problem.listing && other.seen.word == problem.seen.word;
        match lists.iter_mut().find(|(other, _)| alike(other)) {
            Some((_, orgs)) => orgs.push(&problem.org),
            None => lists.push((problem, vec![&problem.org])),
        }
    }
    let lists = lists.into_iter().map(|(problem, orgs)| {
        format!("{} of {}: {}. Affects {}", problem.listing, orgs.join(", "), problem.seen.word, problem.affects)
    });
    Capped::of(failed.chain(lists), ROWS_SHOWN, |line| line)
}

fn gained(evidence: &Evidence<'_>) -> Capped<Gained> {
    let mut rows = Vec::new();
    for since in &evidence.since {
        for change in since.drift.changes.iter().filter(|change| change.effect == Effect::Widens) {
            rows.push((drift_severity::of(change, &since.drift), since, change));
        }
    }
    rows.sort_by(|a, b| (std::cmp::Reverse(a.0), &a.1.org).cmp(&(std::cmp::Reverse(b.0), &b.1.org)));
    Capped::of(rows, ROWS_SHOWN, |(severity, since, change)| {
        let what = clause(change, Between::Nights);
        let affected = change.affected.iter().filter_map(|at| since.drift.principals.get(*at));
        // Who is named in the clause itself is not named twice.
        let who = affected.filter(|one| !what.contains(&format!("`{}`", one.name)));
        let by = change.author.who().map_or("by whom is not known".to_owned(), |who| format!("by `{who}`"));
        let granted = match granted_at(change) {
            None => String::new(),
            Some(at) if at < since.before => {
                describe_grant_time(change, since.before).map(|reported| format!(", {reported}")).unwrap_or_default()
            }
            Some(at) => format!(", granted {}", words::day(at)),
        };
        Gained {
            severity: words::severity(severity),
            org: since.org.clone(),
            names: Capped::of(who, NAMES_SHOWN, |one| one.name.clone()),
            what,
            how: format!("{by}{granted}"),
            link: words::since_anchor(&since.org),
        }
    })
}

fn promotion(pair: &rolecall_findings::evidence::PairEvidence, reported: &PairSection) -> Promotion {
    let nothing = rolecall_access::drift::Drift::default();
    let drift = pair.drift.as_ref().unwrap_or(&nothing);
    let fails = |call: &BrokenCall| call.certainty == Certainty::Fails;
    let mut cards: BTreeMap<usize, (String, String)> = BTreeMap::new();
    for (number, cause) in drift_causes::first(drift, fails).into_iter().enumerate() {
        let calls: Vec<&BrokenCall> = cause.calls.iter().filter_map(|at| drift.broken.get(*at)).collect();
        let change = cause.change.and_then(|at| drift.changes.get(at));
        let why = change.map_or_else(
            || "no difference that was seen explains it".to_owned(),
            |change| clause(&missed_first(change, &calls), Between::Orgs),
        );
        let shown = reported.blockers.rows.get(number).map(|card| card.anchor.clone());
        let link = shown.unwrap_or_else(|| reported.anchor.clone());
        for at in &cause.calls {
            cards.insert(*at, (why.clone(), link.clone()));
        }
    }
    let mut victims: BTreeMap<(DriftKind, &str, &str), Vec<usize>> = BTreeMap::new();
    for (at, call) in drift.broken.iter().enumerate().filter(|(_, call)| fails(call)) {
        victims.entry((call.kind, &call.name, &call.from_id)).or_default().push(at);
    }
    let mut victims: Vec<_> = victims.into_iter().collect();
    victims.sort_by_key(|(who, calls)| (std::cmp::Reverse(calls.len()), *who));
    Promotion {
        from: pair.from.clone(),
        to: pair.to.clone(),
        link: reported.anchor.clone(),
        headline: reported.headline.clone(),
        tone: reported.tone,
        victims: Capped::of(victims, NARROW_SHOWN, |((kind, name, _), calls)| {
            let (why, link) = calls.iter().find_map(|at| cards.get(at)).cloned().unwrap_or_default();
            let number = words::count(calls.len(), "call", "calls");
            Victim { name: name.to_owned(), kind: kind.in_words(), calls: number, why, link }
        }),
    }
}

fn orgs(night: &Night<'_>, evidence: &Evidence<'_>) -> Vec<OrgLine> {
    let read = night.orgs.iter().map(|org| {
        let snapshot = org.map.snapshot;
        let since = evidence.since.iter().find(|since| since.org == snapshot.org.name);
        OrgLine {
            name: snapshot.org.name.clone(),
            environment: snapshot.org.environment.clone(),
            read: true,
            unread: Listing::ALL.into_iter().filter(|list| is_missing(snapshot.coverage.seen(*list))).count(),
            since: since.map(|since| words::time(since.before)).unwrap_or_default(),
            changes: since.map_or_else(String::new, |since| match since.drift.changes.len() {
                0 => "no change".to_owned(),
                number => words::count(number, "change", "changes"),
            }),
        }
    });
    let failed = night.failed.iter().map(|org| OrgLine {
        name: org.name.clone(),
        environment: org.environment.clone(),
        read: false,
        unread: 0,
        since: String::new(),
        changes: String::new(),
    });
    read.chain(failed).collect()
}

fn is_missing(seen: Seen) -> bool {
    matches!(seen, Seen::Part | Seen::Nothing)
}

/// Plain text that says the same as the first screen, for whoever has to tell others.
fn ticket(overview: &Overview, evidence: &Evidence<'_>, parts: &Parts<'_>, fresh: &[&Finding]) -> String {
    let mut text = format!("Rolecall, night of {}\n{}\n", words::time(evidence.as_of), parts.sentence);
    let mut part = |title: &str, lines: Vec<String>| {
        if lines.is_empty() {
            return;
        }
        text.push_str(&format!("\n{title}\n"));
        let more = lines.len().saturating_sub(TICKET_LINES);
        for line in lines.into_iter().take(TICKET_LINES) {
            text.push_str(&format!("- {line}\n"));
        }
        if more > 0 {
            text.push_str(&format!("- and {more} more\n"));
        }
    };
    let more = overview.unknown.total - overview.unknown.rows.len();
    let more = (more > 0).then(|| format!("and {more} more, see run.json"));
    part("Not known", overview.unknown.rows.iter().cloned().chain(more).collect());
    let reported = |one: &&Finding| {
        let org = if one.org.is_empty() { "no single org" } else { &one.org };
        format!("{} {} {org}: {}. Do this: {} [{}]", one.status.as_str(), one.severity, one.title, one.fix, one.id)
    };
    let grave = fresh.iter().filter(|one| one.severity >= Severity::High);
    part("New since last night, high and above", grave.map(reported).collect());
    for pair in parts.pairs {
        let causes =
            pair.blockers.rows.iter().map(|card| format!("{}: {}. Do this: {}", card.hits, card.title, card.fix));
        let title = format!("Breaks on promotion from {} to {}: {}", pair.from, pair.to, pair.headline);
        part(&title, causes.collect());
    }
    let grantors = parts.power.holders.rows.iter().filter(|one| one.active && one.grants);
    let reported = |one: &super::power::Holder| {
        format!("{} ({}, {}): {}", one.who.name, one.who.kind, one.who.org, one.chain.rows.join("; "))
    };
    part(&format!("Can grant roles: {} in all", parts.power.grantors), grantors.map(reported).collect());
    text.push_str(&format!("\nAll of it: report.html of run {}\n", parts.run_id));
    text
}
