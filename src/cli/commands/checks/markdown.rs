//! The checks as a page of documentation: what `docs/checks.md` holds.

use std::io::{self, Write};

use super::evidence;
use rolecall_findings::check::CheckMeta;

const INTRODUCTION: &str = include_str!("intro.md");

/// The whole page: what all checks have in common, the list, and a section each.
pub(super) fn page(all: &[&CheckMeta], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{INTRODUCTION}\n| check | severity at first | |\n|---|---|---|")?;
    for meta in all {
        writeln!(out, "| [`{}`](#{}) | {} | {} |", meta.id, meta.id.replace('.', ""), meta.severity, meta.title)?;
    }
    for meta in all {
        writeln!(out)?;
        section(meta, out)?;
    }
    Ok(())
}

/// The section of one meta.
pub(super) fn section(meta: &CheckMeta, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## {}\n\n{}. {}\n", meta.id, meta.title, meta.what)?;
    let event = if meta.is_event { "; reported as an event, for one night" } else { "" };
    let parts = [
        ("Severity at first", format!("{}{event}.", meta.severity)),
        ("Why", meta.why.to_owned()),
        ("Evidence", format!("{}.", evidence(meta).join(", "))),
        ("Remedy", meta.remedy.to_owned()),
        ("Reference", meta.reference.to_owned()),
    ];
    for (name, text) in parts {
        writeln!(out, "- **{name}**: {text}")?;
    }
    if !meta.parameters.is_empty() {
        writeln!(out, "\n| parameter | value | default | |\n|---|---|---|---|")?;
        for one in meta.parameters {
            writeln!(out, "| `{}` | {} | `{}` | {} |", one.key(), one.values(), one.default(), one.what())?;
        }
    }
    if !meta.notes.is_empty() {
        writeln!(out, "\n{}", meta.notes.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rolecall_findings::checks::metas;

    #[test]
    fn documentation_of_the_checks_is_what_the_program_says_of_them() {
        let mut page = Vec::new();
        super::page(&metas().collect::<Vec<_>>(), &mut page).unwrap();
        let kept = include_str!("../../../../docs/checks.md");
        let reported = String::from_utf8(page).unwrap();
        let differs = reported.lines().zip(kept.lines()).find(|(reported, kept)| reported != kept);
        assert!(
            reported == kept,
            "docs/checks.md is not what the program says: {differs:?}; write it again with `tests/golden`"
        );
    }
}
