//! Makes text harmless for a reader: what changes the look of a line without being seen is shown, and markup is escaped.
//!
//! Every string of the page passes through here, because the template environment writes values with no other function:
//! a name cannot be forgotten.

use std::fmt;

/// Whether a character changes how a line looks without showing itself: controls, bidirectional formatting, zero width,
/// fillers and tags. Two clients whose names differ only in these would look the same.
pub fn is_hidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{0}'..='\u{1F}' | '\u{7F}'..='\u{9F}' => true,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' => true,
        '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' => true,
        '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' => true,
        '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}' => true,
        _ => false,
    }
}

/// Writes text as HTML: hidden characters as `⟦U+202E⟧`, markup characters as entities.
///
/// # Errors
/// When `out` fails.
pub fn write_html(out: &mut dyn fmt::Write, text: &str) -> fmt::Result {
    let mut from = 0;
    for (at, character) in text.char_indices() {
        let entity = match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&#39;",
            hidden if is_hidden(hidden) => "",
            _ => continue,
        };
        out.write_str(text.get(from..at).unwrap_or_default())?;
        if entity.is_empty() {
            write!(out, "⟦U+{:04X}⟧", u32::from(character))?;
        } else {
            out.write_str(entity)?;
        }
        from = at + character.len_utf8();
    }
    out.write_str(text.get(from..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        let mut out = String::new();
        write_html(&mut out, text).unwrap();
        out
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(html("<b a='1' c=\"2\">&</b>"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;&lt;/b&gt;");
    }

    #[test]
    fn hidden_characters_are_shown_by_their_number() {
        assert_eq!(html("svc\u{202E}gnp"), "svc⟦U+202E⟧gnp");
        assert_eq!(html("a\u{200B}b\u{FEFF}\u{E0041}\0"), "a⟦U+200B⟧b⟦U+FEFF⟧⟦U+E0041⟧⟦U+0000⟧");
    }

    #[test]
    fn ordinary_letters_of_any_script_stay() {
        for text in ["Müller & söhne", "キュー", "очередь", "line\nline"] {
            assert_eq!(html(text), text.replace('&', "&amp;"));
        }
    }
}
