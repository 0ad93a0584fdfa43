//! For a terminal: the answer in one sentence, then what breaks by its cause, what widens, counts, what was not compared,
//! and the rows.

use std::io::{self, Write};

use super::{CauseView, ComparisonView, SideView, kind_plural, lines};
use crate::terminal::{cut, visible, wrapped};
use rolecall_access::drift::broken::{BrokenCall, Certainty, NeedSource};
use rolecall_access::drift::change::Effect;
use rolecall_findings::check::count;

/// Columns of a line.
const WIDTH: usize = 100;

/// Calls reported for each cause.
const CALLS: usize = 5;

/// Causes reported for each certainty, and differences that widen.
const CAUSES: usize = 20;

/// Characters of a row.
const TWO_LINES: usize = 150;

const ROWS: usize = 40;

/// Writes the table.
///
/// # Errors
/// When the output cannot be written.
pub fn write(view: &ComparisonView<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n", wrapped(&visible(&view.verdict), 0, "", WIDTH))?;
    let width = view.from.name.chars().count().max(view.to.name.chars().count());
    for side in [&view.from, &view.to] {
        say_side(out, side, width)?;
    }
    if view.shows_effective() {
        for (certainty, title) in [
            (Certainty::Fails, "will break"),
            (Certainty::MayFail, "may break"),
            (Certainty::NotKnown, "cannot be determined"),
        ] {
            causes(view, certainty, title, out)?;
        }
        access(view, out)?;
        if !view.shows_rows() {
            unheld(view, out)?;
        }
    }
    if view.shows_rows() {
        widening(view, out)?;
        counted(view, out)?;
    }
    not_compared(view, out)?;
    if view.shows_rows() {
        rows(view, out)?;
    }
    Ok(())
}

fn say_side(out: &mut dyn Write, side: &SideView<'_>, width: usize) -> io::Result<()> {
    let indent = " ".repeat(width + 2);
    let line = format!("{:<width$}  {}; {}", side.name, side.what, side.matrix);
    writeln!(out, "{}", wrapped(&visible(&line), 0, &indent, WIDTH))
}

fn causes(view: &ComparisonView<'_>, certainty: Certainty, title: &str, out: &mut dyn Write) -> io::Result<()> {
    let causes: Vec<&CauseView<'_>> = view.causes.iter().filter(|cause| cause.certainty == certainty).collect();
    if causes.is_empty() {
        return Ok(());
    }
    let calls: usize = causes.iter().map(|cause| cause.calls.len()).sum();
    let number = count(calls, "needed call", "needed calls");
    writeln!(out, "\n{title} ({number}, {})", count(causes.len(), "cause", "causes"))?;
    for cause in causes.iter().take(CAUSES) {
        let head = format!(
            "{}: {} ({} of {})",
            cause.severity,
            cause.clause,
            count(cause.calls.len(), "call", "calls"),
            cause.victims
        );
        writeln!(out, "  {}", wrapped(&visible(&head), 2, "    ", WIDTH))?;
        for call in cause.calls.iter().take(CALLS) {
            writeln!(out, "    {}", wrapped(&visible(&describe_call(call)), 4, "      ", WIDTH))?;
        }
        if cause.calls.len() > CALLS {
            writeln!(out, "    and {} more: --format csv --only effective", cause.calls.len() - CALLS)?;
        }
        if let Some(remedy) = &cause.remedy {
            writeln!(out, "    {}", wrapped(&visible(&format!("to do: {}", remedy.what)), 4, "      ", WIDTH))?;
        }
        for other in cause.besides.iter().take(CALLS) {
            let line = format!("for {} of them also: {}", other.calls, other.fix);
            writeln!(out, "    {}", wrapped(&visible(&line), 4, "      ", WIDTH))?;
        }
    }
    more(causes.len(), CAUSES, "--format csv --only effective", out)
}

/// A call, who makes it, how it ends and how it is known to be needed.
pub(super) fn describe_call(call: &BrokenCall) -> String {
    let division = call.division.as_ref().map(|name| format!(" in `{name}`")).unwrap_or_default();
    format!(
        "{} `{}`: {}{division}: {}; {}",
        call.kind.in_words(),
        call.name,
        call.endpoint,
        call.describe_right(),
        describe_needs(call)
    )
}

/// How a call is known to be needed.
pub(super) fn describe_needs(call: &BrokenCall) -> String {
    let declared = call.needs.iter().filter_map(|need| match need {
        NeedSource::Declared { place, note } if note.is_empty() => Some(format!("declared in {place}")),
        NeedSource::Declared { place, note } => Some(format!("declared in {place} ({note})")),
        NeedSource::Observed { .. } => None,
    });
    // Both sides may have seen calls: the one on which they work tells what is needed.
    let observed = call.needs.iter().filter_map(|need| match need {
        NeedSource::Observed { successes, requests } => Some((*successes, *requests)),
        NeedSource::Declared { .. } => None,
    });
    let observed =
        observed.max().map(|(successes, requests)| format!("{successes} of {requests} observed calls succeeded"));
    declared.chain(observed).collect::<Vec<_>>().join(", ")
}

fn widening(view: &ComparisonView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<_> = view.rows_of(Effect::Widens).collect();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nwidens ({})", count(rows.len(), "difference", "differences"))?;
    let lines = lines(rows);
    for line in lines.iter().take(CAUSES) {
        let line = format!("{}: {}", line.severity, line.text);
        writeln!(out, "  {}", wrapped(&visible(&line), 2, "    ", WIDTH))?;
    }
    more(lines.len(), CAUSES, "--format csv", out)
}

fn access(view: &ComparisonView<'_>, out: &mut dyn Write) -> io::Result<()> {
    if view.access.is_empty() {
        return Ok(());
    }
    let number: usize = view.access.iter().map(|access| access.principals.len()).sum();
    writeln!(out, "\naccess that differs ({})", count(number, "principal", "principals"))?;
    for access in view.access.iter().take(CAUSES) {
        let line = format!("{}: {}", access.severity, access.sentence());
        writeln!(out, "  {}", wrapped(&visible(&line), 2, "    ", WIDTH))?;
    }
    more(view.access.len(), CAUSES, "--format csv --only effective", out)
}

/// Where rows are shown, these are among them.
fn unheld(view: &ComparisonView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let lines = lines(view.unheld());
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\npower that nobody is seen to hold yet ({})", count(lines.len(), "difference", "differences"))?;
    for line in lines.iter().take(CAUSES) {
        let line = format!("{}: {}", line.severity, line.text);
        writeln!(out, "  {}", wrapped(&visible(&line), 2, "    ", WIDTH))?;
    }
    more(lines.len(), CAUSES, "--format csv", out)
}

fn counted(view: &ComparisonView<'_>, out: &mut dyn Write) -> io::Result<()> {
    let counts = Effect::GRAVEST_FIRST.iter().zip(view.counts.rows).filter(|(_, number)| *number > 0);
    let reported: Vec<String> = counts.map(|(effect, number)| format!("{number} {}", effect.as_str())).collect();
    let reported = if reported.is_empty() { "none".to_owned() } else { reported.join(", ") };
    let ignored = match view.counts.ignored {
        0 => String::new(),
        number => format!("; {number} left out by `ignore`"),
    };
    let paired = view.drift.paired.iter().filter(|paired| paired.left + paired.right > 0);
    let paired: Vec<String> =
        paired.map(|one| format!("{} {} of {} and {}", one.both, kind_plural(one.kind), one.left, one.right)).collect();
    writeln!(out, "\ndifferences: {reported}{ignored}")?;
    if !paired.is_empty() {
        writeln!(out, "{}", wrapped(&format!("matched: {}", paired.join("; ")), 0, "  ", WIDTH))?;
    }
    Ok(())
}

fn not_compared(view: &ComparisonView<'_>, out: &mut dyn Write) -> io::Result<()> {
    if view.not_compared.is_empty() && view.asked.not_known.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nnot compared")?;
    for listing in &view.not_compared {
        let mark = if listing.is_gap { "not known" } else { "not asked for" };
        let line = format!("{} of {} ({mark}): {}", listing.listing.as_str(), listing.side, listing.why);
        writeln!(out, "  {}", wrapped(&visible(&line), 2, "    ", WIDTH))?;
    }
    for note in &view.asked.not_known {
        writeln!(out, "  {}", wrapped(&visible(&format!("not known: {note}")), 2, "    ", WIDTH))?;
    }
    Ok(())
}

/// Rows in words, worst first; long ones are cut, and the CSV has them whole.
fn rows(view: &ComparisonView<'_>, out: &mut dyn Write) -> io::Result<()> {
    if view.rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nall differences, worst first")?;
    let lines = lines(&view.rows);
    for row in lines.iter().take(ROWS) {
        let clause = cut(&visible(&row.text), TWO_LINES);
        let line = wrapped(&clause, 21, &" ".repeat(21), WIDTH);
        writeln!(out, "  {:<8}  {:<7}  {line}", row.severity.as_str(), row.effect.as_str())?;
    }
    more(lines.len(), ROWS, "--format csv", out)
}

fn more(all: usize, shown: usize, where_else: &str, out: &mut dyn Write) -> io::Result<()> {
    if all > shown { writeln!(out, "  and {} more: {where_else}", all - shown) } else { Ok(()) }
}
