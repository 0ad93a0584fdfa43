//! Markdown for a comment on a pull request: blockers first, the whole list folded, below what a comment may hold.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::table::describe_needs;
use super::{AccessView, CauseView, ComparisonView, lines};
use crate::formats::markdown::escape;
use rolecall_access::drift::broken::Certainty;
use rolecall_access::drift::change::Effect;
use rolecall_findings::check::count;

/// Characters of the whole comment; GitHub takes 65,536.
const LONGEST: usize = 60_000;

/// Causes reported before the fold.
const CAUSES: usize = 20;

/// Calls reported for each cause.
const CALLS: usize = 10;

/// Differences that widen, reported before the fold.
const WIDENING: usize = 10;

/// Characters of a block to paste; longer ones are left to the JSON form.
const LONGEST_BLOCK: usize = 1_500;

/// What the end of a comment takes at most.
const RESERVE: usize = 400;

/// Writes the comment.
///
/// # Errors
/// When the output cannot be written.
pub fn write(view: &ComparisonView<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(comment(view).as_bytes())
}

/// Text that grows only as long as there is room.
struct Comment {
    text: String,
    length: usize,
    cut: usize,
}

impl Comment {
    fn add(&mut self, part: &str) -> bool {
        let length = part.chars().count();
        let fits = self.length + length + RESERVE <= LONGEST;
        if fits {
            self.text.push_str(part);
            self.length += length;
        }
        fits
    }

    /// Adds a part that stands for a number of things; counts them where there is no room.
    fn add_or_count(&mut self, part: &str, things: usize) {
        if !self.add(part) {
            self.cut += things;
        }
    }
}

fn comment(view: &ComparisonView<'_>) -> String {
    let mut comment = Comment { text: String::new(), length: 0, cut: 0 };
    let mark = if view.at_gate > 0 { "fails" } else { "passes" };
    let gate = if view.is_complete() { mark } else { "not known" };
    comment.add(&format!(
        "### Permissions: {} to {}\n\n**{}.**\n\nGate at `{}`: **{gate}**. {}.\n",
        safe(&view.from.name),
        safe(&view.to.name),
        safe(&view.verdict),
        view.asked.fail_on,
        counted(view)
    ));
    not_known(view, &mut comment);
    if view.shows_effective() {
        blockers(view, &mut comment);
    }
    if !view.shows_rows() {
        gaining(view, &mut comment);
    }
    if view.shows_rows() {
        widening(view, &mut comment);
        folded(view, &mut comment);
    }
    if comment.cut > 0 {
        comment.text.push_str(&format!(
            "\n{} left out here for length: `rolecall drift --format json` has them all.\n",
            count(comment.cut, "thing was", "things were")
        ));
    }
    comment.text
}

fn counted(view: &ComparisonView<'_>) -> String {
    let rows = Effect::GRAVEST_FIRST.iter().zip(view.counts.rows).filter(|(_, number)| *number > 0);
    let rows: Vec<String> = rows.map(|(effect, number)| format!("{number} {}", effect.as_str())).collect();
    let total: usize = view.counts.rows.iter().sum();
    match total {
        0 => "No differences".to_owned(),
        _ => format!("{}: {}", count(total, "difference", "differences"), rows.join(", ")),
    }
}

fn not_known(view: &ComparisonView<'_>, comment: &mut Comment) {
    if view.is_complete() {
        return;
    }
    comment.add("\n#### Not known\n\n");
    for listing in view.not_compared.iter().filter(|listing| listing.is_gap) {
        let line = format!("- {} of {}: {}\n", listing.listing.as_str(), safe(&listing.side), safe(&listing.why));
        comment.add_or_count(&line, 1);
    }
    for (at, note) in view.asked.not_known.iter().enumerate() {
        if at == CAUSES {
            let _ = writeln!(comment.text, "- and {} more", view.asked.not_known.len() - at);
            break;
        }
        comment.add_or_count(&format!("- {}\n", safe(note)), 1);
    }
}

fn blockers(view: &ComparisonView<'_>, comment: &mut Comment) {
    for (certainty, title) in [
        (Certainty::Fails, "Will break"),
        (Certainty::MayFail, "May break"),
        (Certainty::NotKnown, "Cannot be determined"),
    ] {
        let causes: Vec<&CauseView<'_>> = view.causes.iter().filter(|cause| cause.certainty == certainty).collect();
        if causes.is_empty() {
            continue;
        }
        let calls: usize = causes.iter().map(|cause| cause.calls.len()).sum();
        comment.add(&format!("\n#### {title}: {}\n\n", count(calls, "needed call", "needed calls")));
        for cause in causes.iter().take(CAUSES) {
            comment.add_or_count(&describe_cause(cause), 1);
        }
        if causes.len() > CAUSES {
            comment.add(&format!("\nand {} more causes: `--format json`\n", causes.len() - CAUSES));
        }
    }
}

fn describe_cause(cause: &CauseView<'_>) -> String {
    let mut out =
        format!("- **{}** ({} of {})\n", safe(&cause.clause), count(cause.calls.len(), "call", "calls"), cause.victims);
    for call in cause.calls.iter().take(CALLS) {
        let division = call.division.as_ref().map(|name| format!(" in {}", safe(name))).unwrap_or_default();
        let _ = writeln!(
            out,
            "  - {} {}: {}{division}: {}; {}",
            call.kind.in_words(),
            safe(&call.name),
            safe(&call.endpoint.to_string()),
            safe(&call.describe_right()),
            safe(&describe_needs(call))
        );
    }
    if cause.calls.len() > CALLS {
        let _ = writeln!(out, "  - and {} more", cause.calls.len() - CALLS);
    }
    let Some(remedy) = &cause.remedy else { return out };
    let _ = writeln!(out, "\n  To do: {}", safe(&remedy.what));
    for other in cause.besides.iter().take(CALLS) {
        let _ = writeln!(out, "  \\\n  For {} of them also: {}", other.calls, safe(&other.fix));
    }
    out.push('\n');
    for (title, language, block) in [("CX as Code", "hcl", &remedy.cx_as_code), ("API call", "http", &remedy.api)] {
        if block.is_empty() || block.chars().count() > LONGEST_BLOCK {
            continue;
        }
        let _ = writeln!(out, "  <details><summary>{title}</summary>\n");
        out.push_str(&fenced(block, language));
        let _ = writeln!(out, "\n  </details>\n");
    }
    out
}

/// A block of code within a list item, whose fence is longer than any run of backticks within it.
fn fenced(block: &str, language: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for letter in block.chars() {
        run = if letter == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest.max(2) + 1);
    let mut out = format!("  {fence}{language}\n");
    for line in block.lines() {
        let _ = writeln!(out, "  {}", line.replace('\r', " "));
    }
    let _ = writeln!(out, "  {fence}");
    out
}

/// Who can do more: where rows are shown too, these say it.
fn gaining(view: &ComparisonView<'_>, comment: &mut Comment) {
    let gaining: Vec<&AccessView<'_>> = view.access.iter().filter(|access| access.gives()).collect();
    let unheld = lines(view.unheld());
    if gaining.is_empty() && unheld.is_empty() {
        return;
    }
    let number: usize = gaining.iter().map(|access| access.principals.len()).sum();
    comment.add(&format!("\n#### Access gained: {}\n\n", count(number, "principal", "principals")));
    let sentences = gaining.iter().map(|access| (access.severity, access.sentence()));
    for (severity, text) in sentences.chain(unheld.into_iter().map(|line| (line.severity, line.text))) {
        comment.add_or_count(&format!("- {severity}: {}\n", safe(&text)), 1);
    }
}

fn widening(view: &ComparisonView<'_>, comment: &mut Comment) {
    let rows: Vec<_> = view.rows_of(Effect::Widens).collect();
    if rows.is_empty() {
        return;
    }
    comment.add(&format!("\n#### Widens: {}\n\n", count(rows.len(), "difference", "differences")));
    let lines = lines(rows);
    for line in lines.iter().take(WIDENING) {
        comment.add_or_count(&format!("- {}: {}\n", line.severity, safe(&line.text)), 1);
    }
    if lines.len() > WIDENING {
        comment.add(&format!("- and {} more below\n", lines.len() - WIDENING));
    }
}

fn folded(view: &ComparisonView<'_>, comment: &mut Comment) {
    if view.rows.is_empty() {
        return;
    }
    let head = format!(
        "\n<details><summary>{}</summary>\n\n| severity | effect | kind | name | field | {} | {} |\n|---|---|---|---|---|---|---|\n",
        count(view.rows.len(), "difference", "differences"),
        safe(&view.from.name),
        safe(&view.to.name)
    );
    if !comment.add(&head) {
        comment.cut += view.rows.len();
        return;
    }
    for row in &view.rows {
        let change = row.change;
        let line = format!(
            "| {} | {} | {} | {} | {} | {} | {} |\n",
            row.severity,
            change.effect.as_str(),
            change.kind.as_str(),
            safe(&change.name),
            safe(&change.field),
            safe(&change.from_value),
            safe(&change.to_value)
        );
        comment.add_or_count(&line, 1);
    }
    comment.text.push_str("\n</details>\n");
}

/// Text that shows as itself; a bare `www.` address does not come alive either.
fn safe(text: &str) -> String {
    escape(text).replace("www.", "www&#46;").replace("GH-", "GH&#45;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fence_is_longer_than_any_run_within_the_block() {
        assert_eq!(fenced("a\n````\nb", "hcl"), "  `````hcl\n  a\n  ````\n  b\n  `````\n");
        assert_eq!(fenced("a", ""), "  ```\n  a\n  ```\n");
    }

    #[test]
    fn names_neither_mention_nor_link_nor_refer() {
        let text = safe("@all www.example.com GH-12 #3 <b>|`x`");
        assert_eq!(text, "&#64;all www&#46;example.com GH&#45;12 \\#3 &lt;b&gt;\\|\\`x\\`");
    }
}
