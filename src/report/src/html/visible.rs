//! Makes text harmless for a reader: what changes the look of a line without being seen is shown, and markup is escaped.
//!
//! Every string of the page passes through here, because the template environment writes values with no other function:
//! a name cannot be forgotten. There too a name of ten thousand characters is cut, and says so: the page repeats names in
//! many rows, and one of them must not make it a file that nobody can open. The blocks and the files beside it hold all of
//! it.

use std::borrow::Cow;
use std::fmt;

/// Characters of a word, or of a line, that the page shows of it; longer ones are cut.
const LONGEST_WORD: usize = 160;
const LONGEST_LINE: usize = 1_200;

/// The text with what is too long to repeat in a page cut, and the number of the characters that were left out in its
/// place: words first, because a name that breaks a page seldom has blanks, then lines.
pub fn shortened(text: &str) -> Cow<'_, str> {
    // Bytes are at least as many as characters, so most texts are looked at once.
    let cut_words = text.split_whitespace().any(|word| word.len() > LONGEST_WORD);
    let words = if cut_words {
        let pieces = text.split_inclusive(char::is_whitespace);
        Cow::Owned(pieces.map(|piece| cut(piece, LONGEST_WORD)).collect::<String>())
    } else {
        Cow::Borrowed(text)
    };
    if !words.split('\n').any(|line| line.len() > LONGEST_LINE) {
        return words;
    }
    Cow::Owned(words.split_inclusive('\n').map(|line| cut(line, LONGEST_LINE)).collect())
}

/// The beginning and the end of a text of more than `most` characters, with the number of those between.
fn cut(text: &str, most: usize) -> Cow<'_, str> {
    let total = text.chars().count();
    if text.len() <= most || total <= most {
        return Cow::Borrowed(text);
    }
    // The end is worth keeping: names differ there, and sentences say there what is wrong.
    let (first, last) = (most * 5 / 8, most / 8);
    let at = |number: usize| text.char_indices().nth(number).map_or(text.len(), |(at, _)| at);
    let (head, tail) = (text.get(..at(first)).unwrap_or_default(), text.get(at(total - last)..).unwrap_or_default());
    Cow::Owned(format!("{head}… and {} more characters …{tail}", total - first - last))
}

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
    fn long_names_are_cut_and_say_by_how_much() {
        let name = format!("svc {}end", "\u{1F469}".repeat(5_000));
        let shown = shortened(&name);
        assert!(shown.chars().count() < 250, "{shown}");
        assert!(shown.starts_with("svc \u{1F469}") && shown.ends_with("end"), "{shown}");
        assert!(shown.contains("… and 4883 more characters …"), "{shown}");
        let sentence = "word ".repeat(2_000);
        assert!(shortened(&sentence).contains("more characters") && shortened(&sentence).len() < 1_300);
    }

    #[test]
    fn texts_that_are_not_too_long_stay_as_they_are() {
        for text in ["x".repeat(160), "two words\n".repeat(500), format!("{} and so on", "word ".repeat(200))] {
            assert_eq!(shortened(&text), text);
        }
    }

    #[test]
    fn ordinary_letters_of_any_script_stay() {
        for text in ["Müller & söhne", "キュー", "очередь", "line\nline"] {
            assert_eq!(html(text), text.replace('&', "&amp;"));
        }
    }
}
