//! The verdict of the night in one sentence: what is not known comes first.

use super::view::{Report, is_open};
use rolecall_access::cross::Verdict;
use rolecall_access::cross::needed::Known;
use rolecall_findings::check::{count, names};
use rolecall_findings::finding::Status;

/// The sentence.
pub fn of_the_night(report: &Report<'_>) -> String {
    let mut parts = Vec::new();
    if report.run.complete {
        parts.push("everything that was asked for was read".to_owned());
    } else {
        parts.push(format!("not everything is known: {}", not_known(report).join(", ")));
    }
    parts.push(gaps(report));
    parts.push(findings(report));
    parts.extend(since(report));
    let text = parts.join("; ");
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    format!("{}{}.", first.into_iter().flatten().collect::<String>(), letters.as_str())
}

/// What became of findings since the previous run, where there is one.
fn since(report: &Report<'_>) -> Option<String> {
    let last = report.last_night.as_ref()?;
    let number = |status: Status| report.findings.iter().filter(|finding| finding.status == status).count();
    let counted = |status: Status, word: &str| match number(status) {
        0 => None,
        some => Some(format!("{some} {word}")),
    };
    let always = |status: Status, word: &str| counted(status, word).unwrap_or_else(|| format!("nothing {word}"));
    let mut parts = vec![always(Status::New, "new")];
    parts.extend(counted(Status::Worse, "worse"));
    parts.extend(counted(Status::Reopened, "back again"));
    parts.extend(counted(Status::Better, "better"));
    parts.push(always(Status::Resolved, "resolved"));
    parts.extend(counted(Status::Incomparable, "not evaluated"));
    Some(format!("since {} {}", last.as_of.strftime("%Y-%m-%d %H:%M"), parts.join(", ")))
}

fn not_known(report: &Report<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    if !report.failed.is_empty() {
        let which = names(report.failed.iter().map(|org| org.name.as_str()), 3);
        parts.push(format!("nothing could be read of {which}"));
    }
    for org in report.orgs.iter().filter(|org| !org.complete) {
        let lists: Vec<&str> = org
            .listings
            .iter()
            .filter(|listing| listing.is_missing())
            .map(|listing| listing.listing.as_str())
            .collect();
        let number = count(lists.len(), "list", "lists");
        parts.push(format!("{number} of `{}` could not be read completely ({})", org.name, shorten(&lists)));
    }
    parts
}

fn shorten(lists: &[&str]) -> String {
    let shown: Vec<&str> = lists.iter().take(3).copied().collect();
    match lists.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn gaps(report: &Report<'_>) -> String {
    let mut declared = 0;
    let (mut refused, mut open) = (0, 0);
    for org in &report.evidence.orgs {
        declared += org.needed.calls.iter().filter(|call| matches!(call.known, Known::Declared(_))).count();
        // A need of nobody cannot be determined either.
        declared += org.needed.unplaced.len();
        open += org.needed.unplaced.len();
        for gap in org.gaps.iter().filter(|gap| matches!(gap.known, Known::Declared(_))) {
            match gap.answer.verdict {
                Verdict::Denied => refused += 1,
                Verdict::Allowed
                | Verdict::Partial
                | Verdict::Conditional
                | Verdict::DependsOnUser
                | Verdict::Unknown => open += 1,
            }
        }
    }
    let failed = names(report.failed.iter().map(|org| org.name.as_str()), 3);
    let judged = match (declared, refused, open) {
        (0, _, _) if !report.failed.is_empty() => return not_judged(&failed),
        (0, _, _) => "no calls were declared as needed".to_owned(),
        (1, 0, 0) => "the 1 declared call is allowed".to_owned(),
        (all, 0, 0) => format!("all {} are allowed", count(all, "declared call", "declared calls")),
        (all, refused, 0) => format!("of {} {refused} will be refused", count(all, "declared call", "declared calls")),
        (all, refused, open) => format!(
            "of {} {refused} will be refused and {open} are limited or cannot be determined",
            count(all, "declared call", "declared calls")
        ),
    };
    if report.failed.is_empty() { judged } else { format!("{judged}; {}", not_judged(&failed)) }
}

/// Needs are placed org by org: for an org of which nothing was read, nobody knows what becomes of them.
fn not_judged(orgs: &str) -> String {
    format!("whether the calls declared for {orgs} work is not known")
}

fn findings(report: &Report<'_>) -> String {
    let gate = &report.run.gate;
    let open = report.findings.iter().filter(|finding| is_open(finding)).count();
    let all = count(open, "open finding", "open findings");
    match gate.at_or_above {
        0 => format!("{all}, none at or above `{}`", gate.fail_on),
        some => format!("{all}, {some} at or above `{}`", gate.fail_on),
    }
}
