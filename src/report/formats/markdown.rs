//! `summary.md`: the night in a form short enough for a chat.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::drift::broken::Certainty;
use crate::findings::check::count;
use crate::findings::severity::Severity;
use crate::report::error::ReportError;
use crate::report::format::Format;
use crate::report::view::{OrgView, Report, is_open};
use crate::store::place;

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
    promotions(&mut out, report);
    since(&mut out, report);
    let _ = writeln!(out, "## Orgs\n");
    for org in &report.orgs {
        let _ = writeln!(out, "- {}", org_line(org));
    }
    for org in &report.failed {
        let _ = writeln!(out, "- **{}**: not read", escape(&org.name));
    }
    findings(&mut out, report);
    gaps(&mut out, report);
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

/// What each promotion breaks, cause by cause.
fn promotions(out: &mut String, report: &Report<'_>) {
    if report.pairs.is_empty() {
        return;
    }
    let _ = writeln!(out, "## Promotion\n");
    for pair in &report.pairs {
        let title = format!("**{} to {}**", escape(&pair.from), escape(&pair.to));
        let Some(counts) = &pair.counts else {
            let _ = writeln!(out, "- {title}: not compared, because one of the two could not be read");
            continue;
        };
        let mut parts = vec![match counts.blocked_calls {
            0 => "no needed call is known to fail".to_owned(),
            calls => format!(
                "{} of {} will fail",
                count(calls, "needed call", "needed calls"),
                count(counts.blocked_principals, "principal", "principals")
            ),
        }];
        if counts.may_fail + counts.not_known > 0 {
            parts.push(format!("{} may fail, {} cannot be told", counts.may_fail, counts.not_known));
        }
        if counts.not_compared > 0 {
            parts.push(format!("{} compared wholly", count(counts.not_compared, "list was not", "lists were not")));
        }
        let _ = writeln!(out, "- {title}: {}", parts.join("; "));
        let mut fixes: BTreeMap<(&str, &str, &str, &str), usize> = BTreeMap::new();
        let blockers = report.tables.blockers.iter().filter(|row| row.from == pair.from && row.to == pair.to);
        for row in blockers.filter(|row| row.certainty == Certainty::Fails.as_str()) {
            let cause = (row.cause_kind.as_str(), row.cause_name.as_str(), row.cause_field.as_str(), row.fix.as_str());
            *fixes.entry(cause).or_default() += 1;
        }
        let mut fixes: Vec<_> = fixes.into_iter().collect();
        fixes.sort_by_key(|(cause, calls)| (std::cmp::Reverse(*calls), *cause));
        for ((kind, name, field, fix), calls) in fixes.iter().take(TOP) {
            let cause = format!("{} {name} ({})", kind.replace('_', " "), field.replace('_', " "));
            let _ = writeln!(
                out,
                "  - {}: {}: {}",
                count(*calls, "call", "calls"),
                if kind.is_empty() { "no difference explains it".to_owned() } else { escape(&cause) },
                if fix.is_empty() { "ask rolecall explain".to_owned() } else { escape(fix) }
            );
        }
        if fixes.len() > TOP {
            let _ = writeln!(out, "  - and {} more causes: blockers.csv", fixes.len() - TOP);
        }
    }
    out.push('\n');
}

/// What changed since the last night, gravest first.
fn since(out: &mut String, report: &Report<'_>) {
    if report.since.is_empty() {
        return;
    }
    let _ = writeln!(out, "## Since last night\n");
    for since in &report.since {
        let [breaks, unknown, widens, narrows, none] = since.counts.effects;
        let all = breaks + unknown + widens + narrows + none;
        let gaps = match since.counts.not_compared {
            0 => String::new(),
            lists => format!("; {} compared wholly", count(lists, "list was not", "lists were not")),
        };
        let _ = writeln!(
            out,
            "- **{}** since {}: {}{gaps}",
            escape(&since.org),
            since.before,
            match all {
                0 => "nothing changed".to_owned(),
                _ => format!(
                    "{} (breaks {breaks}, cannot be told {unknown}, widens {widens}, narrows {narrows}, no effect {none})",
                    count(all, "change", "changes")
                ),
            }
        );
        let mut rows: Vec<_> = report
            .tables
            .changes
            .iter()
            .filter(|row| row.org == since.org && row.severity >= Severity::Medium)
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.severity));
        for row in rows.iter().take(TOP) {
            let side = |value: &str| if value.is_empty() { "nothing".to_owned() } else { escape(value) };
            let by = if row.author.is_empty() { "not known".to_owned() } else { escape(&row.author) };
            let _ = writeln!(
                out,
                "  - **{}** {} {}, {}: {} became {}; by {by}{}",
                row.severity,
                row.kind.replace('_', " "),
                escape(&row.name),
                escape(&row.field.replace('_', " ")),
                side(&row.from_value),
                side(&row.to_value),
                row.granted_at.map(|at| format!("; granted {at}")).unwrap_or_default()
            );
        }
        if rows.len() > TOP {
            let _ = writeln!(out, "  - and {} more: changes.csv", rows.len() - TOP);
        }
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
        if org.complete { "whole" } else { "in part" }
    )
}

fn findings(out: &mut String, report: &Report<'_>) {
    let open: Vec<_> = report.findings.iter().filter(|finding| is_open(finding)).collect();
    if open.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n## Findings ({} of {})\n", open.len().min(TOP), open.len());
    for finding in open.iter().take(TOP) {
        let _ = writeln!(
            out,
            "- **{}** {}: {} `{}`",
            finding.severity,
            escape(&finding.org),
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
        let reasons = if gap.reasons.is_empty() { String::new() } else { format!(" ({})", gap.reasons) };
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
