//! The checks as a page of documentation: what `docs/checks.md` holds.

use std::io::{self, Write};

use super::evidence;
use rolecall_findings::checks::Known;

const INTRODUCTION: &str = include_str!("intro.md");

/// The whole page: what all checks have in common, the list, and a section each.
pub fn page(all: &[Known], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{INTRODUCTION}\n| check | severity at first | |\n|---|---|---|")?;
    for check in all {
        let meta = check.meta;
        writeln!(out, "| [`{}`](#{}) | {} | {} |", meta.id, meta.id.replace('.', ""), meta.severity, meta.title)?;
    }
    for check in all {
        writeln!(out)?;
        section(check, out)?;
    }
    Ok(())
}

/// The section of one check.
pub fn section(check: &Known, out: &mut dyn Write) -> io::Result<()> {
    let meta = check.meta;
    writeln!(out, "## {}\n\n{}. {}\n", meta.id, meta.title, meta.what)?;
    let event = if check.is_event { "; reported as an event, for one night" } else { "" };
    let parts = [
        ("Severity at first", format!("{}{event}.", meta.severity)),
        ("Why", meta.why.to_owned()),
        ("Evidence", format!("{}.", evidence(check.asks).join(", "))),
        ("Remedy", meta.remedy.to_owned()),
        ("Reference", meta.reference.to_owned()),
    ];
    for (name, text) in parts {
        writeln!(out, "- **{name}**: {text}")?;
    }
    if !check.parameters.is_empty() {
        writeln!(out, "\n| parameter | value | default | |\n|---|---|---|---|")?;
        for one in check.parameters {
            writeln!(out, "| `{}` | {} | `{}` | {} |", one.key(), one.values(), one.default(), one.what())?;
        }
    }
    if !check.notes.is_empty() {
        writeln!(out, "\n{}", check.notes.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rolecall_findings::checks::catalogue;

    #[test]
    fn documentation_of_the_checks_is_what_the_program_says_of_them() {
        let mut page = Vec::new();
        super::page(&catalogue().collect::<Vec<_>>(), &mut page).unwrap();
        let kept = include_str!("../../../../docs/checks.md");
        let reported = String::from_utf8(page).unwrap();
        let differs = reported.lines().zip(kept.lines()).find(|(reported, kept)| reported != kept);
        assert!(
            reported == kept,
            "docs/checks.md is not what the program says: {differs:?}; write it again with `tests/golden`"
        );
    }
}
