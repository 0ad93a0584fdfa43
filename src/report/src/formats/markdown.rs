//! `summary.md`: the night in a form short enough for a chat.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use jiff::civil::Date;

use crate::error::ReportError;
use crate::format::Format;
use crate::promotions::promotions;
use crate::view::{OrgView, Report, is_open};
use rolecall_access::drift::Between;
use rolecall_access::drift::change::Effect;
use rolecall_base::store::place;
use rolecall_findings::check::count;
use rolecall_findings::drift_gains::describe_grant_time;
use rolecall_findings::drift_severity;
use rolecall_findings::drift_words::{author, clause};
use rolecall_findings::finding::{Finding, Status};
use rolecall_findings::severity::Severity;
use rolecall_findings::waivers::SOON_DAYS;
use rolecall_matrix::Endpoint;

/// The file.
pub const FILE: &str = "summary.md";

/// Findings that are listed.
const TOP: usize = 10;
/// Gaps that are listed.
const GAPS: usize = 20;
/// Longer texts are cut.
const LONGEST: usize = 300;

/// `summary.md`.
pub struct Markdown;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn files(&self) -> &'static [&'static str] {
        &[FILE]
    }

    fn write(&self, report: &Report<'_>, folder: &Path) -> Result<(), ReportError> {
        let path = folder.join(FILE);
        place::write(&path, text(report).as_bytes()).map_err(|error| ReportError::io(&path, error))
    }
}

/// The summary.
pub fn text(report: &Report<'_>) -> String {
    let mut out = String::new();
    // Writing into a string cannot fail.
    let _ = writeln!(out, "# Rolecall {}\n\n**{}**\n", report.run.as_of, escape(&report.sentence));
    let _ = writeln!(
        out,
        "Gate: {} (`{}` and above fail; exit code {}).\n",
        report.run.gate.as_str(),
        report.run.gate.fail_on,
        report.run.gate.exit_code
    );
    completeness(&mut out, report);
    announced(&mut out, report);
    add_promotions(&mut out, report);
    since(&mut out, report);
    news(&mut out, report);
    let _ = writeln!(out, "## Orgs\n");
    for org in &report.orgs {
        let _ = writeln!(out, "- {}", org_line(org));
    }
    for org in &report.failed {
        let _ = writeln!(out, "- **{}**: not read", escape(&org.name));
    }
    findings(&mut out, report);
    gaps(&mut out, report);
    waivers(&mut out, report);
    if !report.access.note.is_empty() {
        let _ = writeln!(out, "\nNote: {}.", escape(&report.access.note));
    }
    let _ = writeln!(out, "\nrolecall {}, run {}", escape(&report.run.version), escape(&report.run.id));
    out
}

fn completeness(out: &mut String, report: &Report<'_>) {
    if report.run.complete {
        return;
    }
    let _ = writeln!(out, "## Not known\n");
    for org in &report.failed {
        let _ = writeln!(out, "- **{}**: nothing could be read: {}", escape(&org.name), escape(&org.why));
    }
    for org in &report.orgs {
        for listing in org.listings.iter().filter(|listing| listing.is_missing()) {
            let why = listing.unread.first().map_or("no record of it", |part| &part.why);
            let more = match listing.unread.len() {
                0 | 1 => String::new(),
                parts => format!(" (and {} more parts)", parts - 1),
            };
            let _ = writeln!(
                out,
                "- **{}**: {} {}: {}{more}. Affects {}.",
                escape(&org.name),
                listing.listing.as_str(),
                listing.seen.as_str(),
                escape(why),
                listing.listing.affects()
            );
        }
    }
    out.push('\n');
}

/// What will be required from a later day on, and whom that will hurt.
fn announced(out: &mut String, report: &Report<'_>) {
    let mut days: BTreeMap<(Date, &str), BTreeSet<&Endpoint>> = BTreeMap::new();
    for one in report.orgs.iter().flat_map(|org| &org.matrix.announced) {
        days.entry((one.effective, &one.cited)).or_default().insert(&one.endpoint);
    }
    if days.is_empty() {
        return;
    }
    let _ = writeln!(out, "## Announced\n");
    for ((day, cited), operations) in days {
        let operations = count(operations.len(), "operation requires", "operations require");
        let _ = writeln!(out, "- **{day}**: {operations} other permissions: {}", escape(cited));
    }
    for one in report.findings.iter().filter(|one| one.check == "matrix.announced" && is_open(one)) {
        let _ = writeln!(out, "  - **{}** {}: {}", one.severity, escape(&one.org), escape(&one.title));
    }
    out.push('\n');
}

/// What each promotion breaks, cause by cause.
fn add_promotions(out: &mut String, report: &Report<'_>) {
    if report.pairs.is_empty() {
        return;
    }
    let _ = writeln!(out, "## Promotion\n");
    for promotion in promotions(report, TOP) {
        let (from, to) = (escape(&promotion.from), escape(&promotion.to));
        let _ = writeln!(out, "- **{from} to {to}**: {}", promotion.reported);
        for cause in &promotion.causes {
            let _ = writeln!(out, "  - {}: {}", cause.calls, escape(&cause.reported));
        }
        if promotion.more > 0 {
            let _ = writeln!(out, "  - and {} more causes: blockers.csv", promotion.more);
        }
    }
    out.push('\n');
}

/// What broke and who gained power since the last night, gravest first.
fn since(out: &mut String, report: &Report<'_>) {
    if report.since.is_empty() {
        return;
    }
    let _ = writeln!(out, "## Since last night\n");
    for reported in &report.since {
        let [breaks, unknown, widens, narrows, none] = reported.counts.effects;
        let all = match breaks + unknown + widens + narrows + none {
            0 => "nothing changed".to_owned(),
            all => format!(
                "{} (breaks {breaks}, cannot be determined {unknown}, widens {widens}, narrows {narrows}, no effect {none})",
                count(all, "change", "changes")
            ),
        };
        let gaps = match reported.counts.not_compared {
            0 => String::new(),
            lists => format!("; {} compared completely", count(lists, "list was not", "lists were not")),
        };
        let _ = writeln!(out, "- **{}** since {}: {all}{gaps}", escape(&reported.org), reported.before);
        let Some(since) = report.evidence.since.iter().find(|since| since.org == reported.org) else { continue };
        let reported = since.drift.changes.iter().filter(|row| matches!(row.effect, Effect::Breaks | Effect::Widens));
        let mut rows: Vec<_> = reported.map(|row| (drift_severity::of(row, &since.drift), row)).collect();
        rows.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
        for (severity, row) in rows.iter().take(TOP) {
            let granted =
                describe_grant_time(row, since.before).map(|reported| format!("; {reported}")).unwrap_or_default();
            let author = author(&row.author).unwrap_or_else(|| "by whom is not known".to_owned());
            let line = format!("{}; {author}{granted}", clause(row, Between::Nights));
            let _ = writeln!(out, "  - **{severity}** {}", escape(&line));
        }
        if rows.len() > TOP {
            let _ = writeln!(out, "  - and {} more: changes.csv", rows.len() - TOP);
        }
    }
    out.push('\n');
}

/// New, worse and returned findings at `high` or above, by name.
fn news(out: &mut String, report: &Report<'_>) {
    if report.last_night.is_none() {
        return;
    }
    let is_news = |one: &&Finding| {
        let fresh = matches!(one.status, Status::New | Status::Worse | Status::Reopened);
        fresh && one.severity >= Severity::High
    };
    let fresh: Vec<&Finding> = report.findings.iter().filter(is_news).collect();
    let _ = writeln!(out, "## New or worse, high and above ({} of {})\n", fresh.len().min(TOP), fresh.len());
    if fresh.is_empty() {
        let _ = writeln!(out, "{}", if report.run.complete { "None." } else { "None in what was read." });
    }
    for one in fresh.iter().take(TOP) {
        let org = if one.org.is_empty() { "no single org".to_owned() } else { escape(&one.org) };
        let (title, fix) = (escape(&one.title), escape(&one.fix));
        let _ = writeln!(out, "- **{}** {org}, {}: {title}; {fix} `{}`", one.severity, one.status.as_str(), one.id);
    }
    out.push('\n');
}

fn org_line(org: &OrgView) -> String {
    let counts = &org.counts;
    let open: Vec<String> = Severity::WORST_FIRST
        .iter()
        .zip(counts.findings)
        .filter(|(_, number)| *number > 0)
        .map(|(severity, number)| format!("{number} {severity}"))
        .collect();
    let environment = if org.environment.is_empty() { String::new() } else { format!(" ({})", org.environment) };
    let date = org.matrix.date.map(|date| format!(" of {date}")).unwrap_or_default();
    format!(
        "**{}**{}: {}; {}, {}, {}; {}; matrix {}{date}; read {}",
        escape(&org.name),
        escape(&environment),
        if open.is_empty() { "no open findings".to_owned() } else { open.join(", ") },
        count(counts.oauth_clients, "OAuth client", "OAuth clients"),
        count(counts.service_users, "service user", "service users"),
        count(counts.roles, "role", "roles"),
        count(counts.gaps, "gap", "gaps"),
        escape(&org.matrix.origin),
        if org.complete { "complete" } else { "in part" }
    )
}

fn findings(out: &mut String, report: &Report<'_>) {
    let open: Vec<_> = report.findings.iter().filter(|finding| is_open(finding)).collect();
    if open.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n## Findings ({} of {})\n", open.len().min(TOP), open.len());
    for finding in open.iter().take(TOP) {
        // Without a night before it, every finding is new.
        let since = match (&report.last_night, finding.status) {
            (None, _) => String::new(),
            (Some(_), Status::Persisting | Status::Incomparable) => {
                format!(", {} since {}", finding.status.as_str(), finding.first_seen.strftime("%Y-%m-%d"))
            }
            (Some(_), status) => format!(", {}", status.as_str()),
        };
        let _ = writeln!(
            out,
            "- **{}** {}: {} `{}`{since}",
            finding.severity,
            if finding.org.is_empty() { "no single org".to_owned() } else { escape(&finding.org) },
            escape(&finding.title),
            finding.id
        );
    }
}

fn gaps(out: &mut String, report: &Report<'_>) {
    let gaps = &report.tables.gaps;
    if gaps.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n## Needed calls that are not allowed ({} of {})\n", gaps.len().min(GAPS), gaps.len());
    let _ = writeln!(out, "| org | principal | need | call | verdict | fix |\n|---|---|---|---|---|---|");
    for gap in gaps.iter().take(GAPS) {
        let reasons = if gap.reasons.is_empty() { String::new() } else { format!(" ({})", gap.reasons.join(";")) };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} {} | {}{} | {} |",
            escape(&gap.org),
            escape(&gap.principal_name),
            gap.need,
            gap.method,
            escape(&gap.path),
            gap.verdict,
            escape(&reasons),
            escape(&gap.fix)
        );
    }
}

/// Counts, and the waivers that end soon.
fn waivers(out: &mut String, report: &Report<'_>) {
    let standing = &report.waivers;
    if standing.file.is_none() {
        return;
    }
    let _ = writeln!(
        out,
        "\n## Waivers\n\n{} in force ({} waived), {} past their end, {} matching nothing, {} accepting too much.",
        count(standing.in_force, "waiver", "waivers"),
        count(standing.waived.len(), "finding", "findings"),
        standing.expired,
        standing.unmatched,
        standing.too_wide
    );
    if !standing.expiring.is_empty() {
        let number = standing.expiring.len();
        let _ = writeln!(out, "\nEnd within {SOON_DAYS} days ({} of {number}):\n", number.min(TOP));
    }
    for one in standing.expiring.iter().take(TOP) {
        let _ = writeln!(
            out,
            "- {}: {}, {} ({}): {}",
            one.terms.until,
            escape(&one.target),
            count(one.findings, "finding", "findings"),
            escape(&one.terms.owner),
            escape(&one.terms.reason)
        );
    }
}

/// Text that shows as itself wherever Markdown is read: signs are escaped, mentions and links do not come alive, line
/// ends become spaces, and characters that hide or turn text are shown by their number.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        if at == LONGEST {
            out.push('…');
            break;
        }
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            // A bare address would become a link.
            ':' if text.chars().skip(at + 1).take(2).eq(['/', '/']) => out.push_str("&#58;"),
            c if is_hidden(c) => {
                let _ = write!(out, "U+{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_neither_link_nor_mention_nor_break_the_table() {
        assert_eq!(escape("a|b\n[x](http://y) <b> @all `c`"), "a\\|b \\[x\\](http&#58;//y) &lt;b&gt; &#64;all \\`c\\`");
        assert_eq!(escape("gnp\u{202e}.exe\u{200b}"), "gnpU+202E.exeU+200B");
    }

    #[test]
    fn long_texts_are_cut_visibly() {
        assert_eq!(escape(&"x".repeat(400)), format!("{}…", "x".repeat(LONGEST)));
    }
}
