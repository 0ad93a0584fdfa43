//! The findings, worst first, and their counts by org and severity.

use serde::Serialize;

use super::sections::Sections;
use super::waivers::TermsRow;
use super::words::{self, Capped, Mark};
use rolecall_findings::finding::{Finding, Status};
use rolecall_findings::severity::Severity;
use rolecall_findings::waivers::{Standing, can_be_waived};

/// Findings that are shown.
const FINDINGS_SHOWN: usize = 200;
/// Those that are shown with everything about them; the others have a line each.
const CARDS_SHOWN: usize = 10;
/// Facts of one finding that are shown.
const FACTS_SHOWN: usize = 8;

/// A finding.
#[derive(Serialize)]
pub struct FindingCard {
    /// Its id.
    pub id: String,
    /// Its address.
    pub anchor: String,
    /// How bad it is.
    pub severity: Mark,
    /// Whether it is shown unfolded.
    pub open: bool,
    /// How it stands against earlier nights.
    pub status: &'static str,
    /// The check that found it.
    pub check: String,
    /// The org.
    pub org: String,
    /// The kind of its subject.
    pub subject_kind: &'static str,
    /// The name of its subject.
    pub subject_name: String,
    /// The id of its subject.
    pub subject_id: String,
    /// The address of its subject's section.
    pub link: Option<String>,
    /// The finding in one line.
    pub title: String,
    /// What was seen.
    pub detail: String,
    /// Why that matters; empty where the check is not known.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// On what terms it is waived.
    pub waiver: Option<TermsRow>,
    /// The command that accepts it for a time; empty where it cannot be accepted.
    pub accept: String,
    /// The single facts behind it.
    pub facts: Capped<String>,
    /// The first night it was seen.
    pub first_seen: String,
    /// The last night it was seen.
    pub last_seen: String,
}

/// The findings of one severity, or of one status that needs nothing done.
#[derive(Serialize)]
pub struct FindingGroup {
    /// The heading's word.
    pub title: String,
    /// The sign of the severity; empty for the other groups.
    pub severity: Option<Mark>,
    /// How many there are.
    pub total: usize,
    /// Those that are shown with everything about them.
    pub cards: Vec<FindingCard>,
    /// Those that are shown in a line.
    pub lines: Vec<FindingLine>,
}

/// A finding in a line of a table.
#[derive(Serialize)]
pub struct FindingLine {
    /// Its id.
    pub id: String,
    /// Its address.
    pub anchor: String,
    /// How bad it is.
    pub severity: Mark,
    /// How it stands against earlier nights.
    pub status: &'static str,
    /// The org.
    pub org: String,
    /// The check that found it.
    pub check: &'static str,
    /// The finding in one line.
    pub title: String,
}

/// All findings.
#[derive(Serialize)]
pub struct FindingList {
    /// By severity, then those that are waived or gone.
    pub groups: Vec<FindingGroup>,
    /// How many are shown.
    pub shown: usize,
    /// How many there are.
    pub total: usize,
}

/// Counts by org and severity.
#[derive(Serialize)]
pub struct Counts {
    /// The severities, worst first.
    pub severities: Vec<Mark>,
    /// One row an org.
    pub rows: Vec<CountRow>,
    /// All orgs together.
    pub sum: Vec<usize>,
    /// Open findings in all.
    pub open: usize,
    /// How many there are of each status that occurs.
    pub statuses: Vec<(&'static str, usize)>,
    /// How high the picture is.
    pub height: usize,
    /// What the picture shows, in words.
    pub description: String,
}

/// The counts of one org.
#[derive(Serialize)]
pub struct CountRow {
    /// The org.
    pub org: String,
    /// By severity, worst first.
    pub counts: Vec<usize>,
    /// Together.
    pub open: usize,
    /// Where the org's bar begins.
    pub y: usize,
    /// The parts of its bar.
    pub bars: Vec<Bar>,
}

/// One part of a bar.
#[derive(Serialize)]
pub struct Bar {
    /// The severity.
    pub severity: Mark,
    /// How many.
    pub count: usize,
    /// Where it begins.
    pub x: usize,
    /// How wide it is.
    pub width: usize,
}

fn is_open(finding: &Finding) -> bool {
    !matches!(finding.status, Status::Resolved | Status::Waived)
}

/// The cards; `why` tells why a check matters.
pub fn of(
    findings: &[Finding],
    standing: &Standing,
    sections: &Sections,
    why: &dyn Fn(&str) -> Option<&'static str>,
) -> FindingList {
    let mut list = FindingList { groups: Vec::new(), shown: 0, total: findings.len() };
    for severity in Severity::WORST_FIRST {
        let of_it = findings.iter().filter(|finding| is_open(finding) && finding.severity == severity);
        add(&mut list, of_it.collect(), severity.as_str().to_owned(), Some(severity), sections, why);
    }
    for (status, title) in [(Status::Waived, "waived"), (Status::Resolved, "resolved since the last night")] {
        let of_it = findings.iter().filter(|finding| finding.status == status);
        add(&mut list, of_it.collect(), title.to_owned(), None, sections, why);
    }
    for card in list.groups.iter_mut().flat_map(|group| &mut group.cards) {
        card.waiver = standing.waived.get(&card.id).map(TermsRow::of);
    }
    list
}

fn add(
    list: &mut FindingList,
    mut findings: Vec<&Finding>,
    title: String,
    severity: Option<Severity>,
    sections: &Sections,
    why: &dyn Fn(&str) -> Option<&'static str>,
) {
    if findings.is_empty() {
        return;
    }
    let key = |finding: &Finding| {
        let subject = finding.subject.clone();
        (std::cmp::Reverse(finding.severity), finding.check, finding.org.clone(), subject, finding.id.clone())
    };
    findings.sort_by_cached_key(|finding| key(finding));
    let total = findings.len();
    let (whole, left) = (CARDS_SHOWN.saturating_sub(list.shown), FINDINGS_SHOWN.saturating_sub(list.shown));
    let unfolded = severity == Some(Severity::Critical);
    let mut shown = findings.into_iter().take(left);
    let cards: Vec<FindingCard> =
        shown.by_ref().take(whole).map(|finding| card(finding, unfolded, sections, why)).collect();
    let lines: Vec<FindingLine> = shown.map(line).collect();
    list.shown += cards.len() + lines.len();
    list.groups.push(FindingGroup { title, severity: severity.map(words::severity), total, cards, lines });
}

fn line(finding: &Finding) -> FindingLine {
    FindingLine {
        id: finding.id.clone(),
        anchor: words::finding_anchor(&finding.id),
        severity: words::severity(finding.severity),
        status: finding.status.as_str(),
        org: finding.org.clone(),
        check: finding.check,
        title: finding.title.clone(),
    }
}

fn card(
    finding: &Finding,
    unfolded: bool,
    sections: &Sections,
    why: &dyn Fn(&str) -> Option<&'static str>,
) -> FindingCard {
    let subject = &finding.subject;
    FindingCard {
        id: finding.id.clone(),
        anchor: words::finding_anchor(&finding.id),
        severity: words::severity(finding.severity),
        open: unfolded,
        status: finding.status.as_str(),
        check: finding.check.to_owned(),
        org: finding.org.clone(),
        subject_kind: subject.kind,
        subject_name: subject.name.clone(),
        subject_id: subject.id.clone(),
        link: match subject.kind {
            "role" => sections.role_link(&finding.org, &subject.id),
            _ => sections.principal_link(&finding.org, &subject.id),
        },
        title: finding.title.clone(),
        detail: finding.detail.clone(),
        why: why(finding.check).unwrap_or_default().to_owned(),
        fix: finding.fix.clone(),
        waiver: None,
        accept: accept(finding),
        facts: Capped::of(&finding.facts, FACTS_SHOWN, Clone::clone),
        first_seen: words::day(finding.first_seen),
        last_seen: words::day(finding.last_seen),
    }
}

/// What to type to accept a finding, its blanks left to whoever decides.
fn accept(finding: &Finding) -> String {
    if !can_be_waived(finding) || finding.status == Status::Waived {
        return String::new();
    }
    format!(
        "rolecall waive {} --config <configuration> --until <day> --reason <why> --owner <who answers for it>",
        finding.id
    )
}

/// Width of the picture's bars, in its own units.
const WIDTH: usize = 390;
/// Height of one org's line in the picture.
const LINE: usize = 34;

/// Counts of open findings by org and severity, for the orgs of a night in their order.
pub fn counts(findings: &[Finding], orgs: &[String]) -> Counts {
    let open: Vec<&Finding> = findings.iter().filter(|finding| is_open(finding)).collect();
    let mut names: Vec<&str> = orgs.iter().map(String::as_str).collect();
    let mut others: Vec<&str> = open.iter().map(|finding| finding.org.as_str()).collect();
    others.sort_unstable();
    others.dedup();
    for other in others {
        if !names.contains(&other) {
            names.push(other);
        }
    }
    let by_severity = |org: Option<&str>| -> Vec<usize> {
        let of = |severity| {
            let mine = open.iter().filter(|one| one.severity == severity && org.is_none_or(|org| one.org == org));
            mine.count()
        };
        Severity::WORST_FIRST.into_iter().map(of).collect()
    };
    let counted: Vec<(&str, Vec<usize>)> = names.iter().map(|org| (*org, by_severity(Some(org)))).collect();
    let most = counted.iter().map(|(_, counts)| counts.iter().sum::<usize>()).max().unwrap_or(0);
    Counts {
        severities: Severity::WORST_FIRST.into_iter().map(words::severity).collect(),
        sum: by_severity(None),
        open: open.len(),
        height: LINE * counted.len().max(1),
        description: describe(&counted),
        rows: counted.into_iter().enumerate().map(|(at, (org, counts))| count_row(at, org, counts, most)).collect(),
        statuses: Status::ALL
            .into_iter()
            .map(|status| (status.as_str(), findings.iter().filter(|finding| finding.status == status).count()))
            .filter(|(_, n)| *n > 0)
            .collect(),
    }
}

fn count_row(at: usize, org: &str, counts: Vec<usize>, most: usize) -> CountRow {
    let mut x = 0;
    let mut bars = Vec::new();
    for (severity, count) in Severity::WORST_FIRST.into_iter().zip(counts.iter().copied()) {
        if count > 0 {
            // A part that is not empty is never too thin to be seen.
            let width = (count * WIDTH / most.max(1)).max(4);
            bars.push(Bar { severity: words::severity(severity), count, x, width });
            x += width;
        }
    }
    let org = if org.is_empty() { "no single org" } else { org };
    CountRow { org: org.to_owned(), open: counts.iter().sum(), counts, y: at * LINE, bars }
}

fn describe(counted: &[(&str, Vec<usize>)]) -> String {
    let of_one = |(org, counts): &(&str, Vec<usize>)| {
        let parts: Vec<String> = Severity::WORST_FIRST
            .into_iter()
            .zip(counts)
            .filter(|(_, n)| **n > 0)
            .map(|(severity, n)| format!("{n} {severity}"))
            .collect();
        format!("{org}: {}", if parts.is_empty() { "none".to_owned() } else { parts.join(", ") })
    };
    counted.iter().map(of_one).collect::<Vec<_>>().join("; ")
}
