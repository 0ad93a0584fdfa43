//! Text for terminals: hostile characters shown visibly, lines that fit.

use super::html::visible::is_hidden;

/// The text with control, bidirectional and zero-width characters shown as their code points: a name must not be able
/// to move the cursor, colour the screen or look like another name.
pub fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, letter| {
        if letter.is_control() || is_hidden(letter) {
            shown.push_str(&format!("<U+{:04X}>", u32::from(letter)));
        } else {
            shown.push(letter);
        }
        shown
    })
}

/// The text in lines of at most `width` characters, broken at spaces; the first begins after `start` characters that are
/// there already, each of the others behind `indent`. A word that
/// is longer than a line stays whole: a path or a permission that is cut cannot be copied.
pub fn wrapped(text: &str, start: usize, indent: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = start;
    for (at, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if at > 0 && column + 1 + length > width {
            out.push('\n');
            out.push_str(indent);
            column = indent.chars().count();
        } else if at > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

/// The text cut to `width` characters, visibly.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_shown_by_their_number() {
        assert_eq!(visible("a\u{202e}b\u{1b}[31m\nc"), "a<U+202E>b<U+001B>[31m<U+000A>c");
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_stay_whole() {
        assert_eq!(wrapped("one two three four", 0, "  ", 9), "one two\n  three\n  four");
        assert_eq!(wrapped("/api/v2/a/very/long/path x", 2, "", 5), "/api/v2/a/very/long/path\nx");
    }

    #[test]
    fn cut_text_says_so_and_fits() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
    }
}
