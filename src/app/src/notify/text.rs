//! Text from an org on its way to people: one line, of bounded length, with nothing in it that hides or leads away.

use std::fmt::Write;

use rolecall_report::html::visible::is_hidden;

/// Longer texts are cut.
pub(super) const LONGEST: usize = 240;

/// One line of at most [`LONGEST`] characters: hidden characters as `⟦U+202E⟧`, line ends as spaces, bare
/// addresses as `https[:]//`.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    for (at, character) in text.chars().enumerate() {
        if at == LONGEST {
            out.push('…');
            break;
        }
        match character {
            '\n' | '\r' | '\t' => out.push(' '),
            // Many readers make a link of a bare address; links lead to the report and nowhere else.
            ':' if text.chars().skip(at + 1).take(2).eq(['/', '/']) => out.push_str("[:]"),
            hidden if is_hidden(hidden) => {
                // Writing into a string cannot fail.
                let _ = write!(out, "⟦U+{:04X}⟧", u32::from(hidden));
            }
            shown => out.push(shown),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_shown_and_lines_become_one() {
        assert_eq!(plain("a\r\nBcc: b\u{202e}gnp\u{200b}\0"), "a  Bcc: b⟦U+202E⟧gnp⟦U+200B⟧⟦U+0000⟧");
        assert_eq!(plain("at https://evil.example: a//b"), "at https[:]//evil.example: a//b");
        assert_eq!(plain(&"🙂".repeat(500)).chars().count(), LONGEST + 1);
    }
}
