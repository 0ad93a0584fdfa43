//! An explanation for people: the verdict in a sentence, the evidence as a tree, what is missing, what to do.

use std::io::{self, Write};

use jiff::Timestamp;

use crate::cli::table::visible;
use rolecall_answers::explain::{Bears, Claim, Explanation, FixOption, Instead, Link};
use rolecall_report::terminal::wrapped;

/// Lines are broken at this many characters, at spaces.
const WIDTH: usize = 112;

/// Writes one explanation.
///
/// # Errors
/// When the output cannot be written.
pub(super) fn write(answer: &Explanation, out: &mut dyn Write) -> io::Result<()> {
    for said in answer.read_as.iter().chain(&answer.notice) {
        paragraph(out, "", said)?;
    }
    let reasons = if answer.reasons.is_empty() { String::new() } else { format!(" ({})", answer.reasons.join(";")) };
    paragraph(out, "", &format!("{}{reasons}: {}", answer.verdict.to_uppercase(), answer.summary))?;
    if let Some(sides) = &answer.sides {
        paragraph(out, "  ", &sides.says)?;
    }
    claims(&answer.claims, out)?;
    writeln!(out, "\nevidence")?;
    tree(&answer.evidence, out)?;
    for (title, items) in [
        ("missing permissions", &answer.missing_permissions),
        ("missing scopes (one is enough)", &answer.missing_scopes),
    ] {
        if !items.is_empty() {
            let any = if title == "missing permissions" && answer.permissions_match == "ANY" && items.len() > 1 {
                " (one is enough)"
            } else {
                ""
            };
            writeln!(out, "\n{title}{any}")?;
            for item in items {
                writeln!(out, "  {}", visible(item))?;
            }
        }
    }
    instead(&answer.instead, out)?;
    fixes(&answer.fix_options, out)?;
    if !answer.flips.is_empty() {
        writeln!(out, "\nwhat could make this call flip")?;
        for flip in &answer.flips {
            let says = format!("{}: {} {}", flip.standing.as_str(), flip.says, source(&flip.from, flip.read_at));
            item(out, "  - ", "    ", &says)?;
        }
    }
    Ok(())
}

fn claims(claims: &[Claim], out: &mut dyn Write) -> io::Result<()> {
    if claims.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nclaimed names")?;
    for claim in claims {
        let kind = claim.claimed_as.map_or_else(String::new, |kind| format!("{} ", kind.as_str()));
        let near: Vec<String> =
            claim.nearest.iter().map(|near| format!("{} {}", near.kind.as_str(), near.name)).collect();
        let near = if near.is_empty() { String::new() } else { format!("; nearest: {}", near.join(", ")) };
        item(out, "  - ", "    ", &format!("{kind}`{}`: {}{near}", claim.name, claim.says))?;
    }
    Ok(())
}

fn instead(instead: &[Instead], out: &mut dyn Write) -> io::Result<()> {
    if instead.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nnearest real endpoints, and how they are answered")?;
    for one in instead {
        let reasons = if one.reasons.is_empty() { String::new() } else { format!(" ({})", one.reasons.join(";")) };
        item(out, "  - ", "    ", &format!("{} {}: {}{reasons}", one.method, one.path, one.verdict))?;
        item(out, "    ", "    ", &one.requires)?;
        for (at, fix) in one.fixes.iter().enumerate() {
            let word = if at == 0 { "to do" } else { "or" };
            item(out, "    ", "      ", &format!("{word}: {fix}"))?;
        }
    }
    Ok(())
}

fn fixes(options: &[FixOption], out: &mut dyn Write) -> io::Result<()> {
    if options.is_empty() {
        return Ok(());
    }
    let ranked = if options.len() > 1 { ", ranked by how little else it gives away" } else { "" };
    writeln!(out, "\nwhat to do{ranked}")?;
    for (at, option) in options.iter().enumerate() {
        item(out, &format!("  {}. ", at + 1), "     ", &option.does)?;
        if !option.effects.is_empty() {
            item(out, "     ", "     ", &option.effects)?;
        }
        if !option.newly_allowed_examples.is_empty() {
            let more = if option.newly_allowed > option.newly_allowed_examples.len() { "for example " } else { "" };
            item(
                out,
                "     ",
                "     ",
                &format!("newly let through: {more}{}", option.newly_allowed_examples.join(", ")),
            )?;
        }
    }
    Ok(())
}

/// Where something is known from, and when that was read.
fn source(from: &str, read_at: Option<Timestamp>) -> String {
    match read_at {
        Some(at) => format!("[{from}, read {}]", seconds(at)),
        None => format!("[{from}]"),
    }
}

/// To the second: what is smaller tells nobody anything.
fn seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn paragraph(out: &mut dyn Write, indent: &str, text: &str) -> io::Result<()> {
    item(out, indent, indent, text)
}

fn item(out: &mut dyn Write, first: &str, rest: &str, text: &str) -> io::Result<()> {
    writeln!(out, "{first}{}", wrapped(&visible(text), first.chars().count(), rest, WIDTH))
}

/// What a link does to the verdict, in one sign: people look for the line that stops the call.
fn sign(bears: Bears) -> &'static str {
    match bears {
        Bears::Passes => "ok ",
        Bears::Blocks => "NO ",
        Bears::Limits => "~  ",
        Bears::NotKnown => "?  ",
        Bears::Informs => "   ",
    }
}

fn tree(links: &[Link], out: &mut dyn Write) -> io::Result<()> {
    for (at, link) in links.iter().enumerate() {
        let mut first = String::from("  ");
        let mut rest = String::from("  ");
        first.push_str(sign(link.bears));
        rest.push_str("   ");
        for depth in 1..=link.depth {
            let more = goes_on(links, at, depth);
            if depth == link.depth {
                first.push_str(if more { "├─ " } else { "└─ " });
            } else {
                first.push_str(if more { "│  " } else { "   " });
            }
            rest.push_str(if more { "│  " } else { "   " });
        }
        let below = goes_on(links, at, link.depth + 1);
        rest.push_str(if below { "│  " } else { "   " });
        let says = format!("{}: {} {}", link.what, link.says, source(&link.from, link.read_at));
        item(out, &first, &rest, &says)?;
    }
    Ok(())
}

/// Whether a later link hangs at this depth, below the same parent.
fn goes_on(links: &[Link], at: usize, depth: usize) -> bool {
    links.iter().skip(at + 1).take_while(|link| link.depth >= depth).any(|link| link.depth == depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(depth: usize, says: &str) -> Link {
        Link {
            what: "grant",
            says: says.to_owned(),
            from: "roles".to_owned(),
            read_at: None,
            depth,
            bears: Bears::Informs,
        }
    }

    #[test]
    fn branches_are_drawn_to_the_last_of_each_depth() {
        let links = [link(0, "a"), link(1, "b"), link(2, "c"), link(1, "d\u{202e}"), link(0, "e")];
        let mut out = Vec::new();
        tree(&links, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "     grant: a [roles]",
                "     ├─ grant: b [roles]",
                "     │  └─ grant: c [roles]",
                "     └─ grant: d<U+202E> [roles]",
                "     grant: e [roles]",
            ]
        );
    }
}
