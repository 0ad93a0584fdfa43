//! What CSV files and the workbook share: text that a spreadsheet shows whole and as it is.

use std::borrow::Cow;

/// Spreadsheets cut a cell at 32,767 characters (UTF-16 units), silently: ours are cut before that, visibly.
pub const LONGEST: usize = 32_700;

/// Where the pictures of control characters begin, in the order of the characters.
const CONTROL_PICTURES: u32 = 0x2400;

/// Text without what cells cannot hold: a line ends with `\n` alone, other control characters are shown by their
/// pictures (`␀`), the two characters that XML forbids become `U+FFFD`, and what is too long is cut and says so.
pub fn clean(text: &str) -> Cow<'_, str> {
    let mut cleaned = Cow::Borrowed(text);
    if text.contains(is_replaced) {
        cleaned = Cow::Owned(replaced(text));
    }
    // A character takes at most as many UTF-16 units as bytes: short texts are not counted.
    if cleaned.len() > LONGEST && cleaned.encode_utf16().count() > LONGEST {
        cleaned = Cow::Owned(cut(&cleaned));
    }
    cleaned
}

/// Whether a program would take a cell of this text for a formula: it begins with what begins one, at once or after
/// characters that the program may drop.
pub fn runs(text: &str) -> bool {
    text.starts_with(begins_a_formula) || text.trim_start_matches(is_blank).starts_with(begins_a_formula)
}

/// A tab and a line end begin none, but may be dropped, whereupon the next character counts.
fn begins_a_formula(first: char) -> bool {
    matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
}

fn is_blank(first: char) -> bool {
    first.is_whitespace() || matches!(first, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
}

fn is_replaced(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}')
}

fn replaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '\r' if letters.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            '\u{7f}' => out.push('\u{2421}'),
            '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            control if is_replaced(control) => {
                out.extend(char::from_u32(CONTROL_PICTURES + u32::from(control)));
            }
            other => out.push(other),
        }
    }
    out
}

fn cut(text: &str) -> String {
    let all = text.chars().count();
    let mark = format!("… [cut: {all} characters in all]");
    let mut room = LONGEST - mark.encode_utf16().count();
    let mut out = String::with_capacity(text.len().min(LONGEST * 4));
    for c in text.chars() {
        match room.checked_sub(c.len_utf16()) {
            Some(left) => room = left,
            None => break,
        }
        out.push(c);
    }
    out.push_str(&mark);
    out
}

/// Appends a cell: made harmless, cut where too long, quoted where needed.
pub fn push_cell(line: &mut String, text: &str) {
    let text = clean(text);
    let start = line.len();
    if runs(&text) {
        line.push('\'');
    }
    push_harmless(line, &text);
    let cell = line.get(start..).unwrap_or_default();
    if cell.contains(['"', ',', '\n']) || cell.starts_with(' ') || cell.ends_with(' ') {
        let quoted = cell.replace('"', "\"\"");
        line.truncate(start);
        line.push('"');
        line.push_str(&quoted);
        line.push('"');
    }
}

/// A spreadsheet that is set to another separator begins a cell behind a `;`, and behind a line end, because to it the
/// quote that holds the line end stands in the middle of a cell and means nothing.
fn push_harmless(line: &mut String, text: &str) {
    let mut from = 0;
    for (at, _) in text.match_indices([';', '\n']) {
        let rest = text.get(at + 1..).unwrap_or_default();
        if runs(rest) {
            line.push_str(text.get(from..=at).unwrap_or_default());
            line.push('\'');
            from = at + 1;
        }
    }
    line.push_str(text.get(from..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut line = String::new();
        push_cell(&mut line, text);
        line
    }

    #[test]
    fn control_characters_are_seen_and_lines_end_alike() {
        assert_eq!(clean("a\r\nb\rc\n\td"), "a\nb\nc\n\td");
        assert_eq!(clean("a\u{0}b\u{1b}[31m\u{7f}\u{ffff}"), "a␀b␛[31m␡\u{fffd}");
        assert!(matches!(clean("plain, \"quoted\"\n\u{202e}"), Cow::Borrowed(_)));
    }

    #[test]
    fn long_texts_are_cut_visibly_and_below_what_a_spreadsheet_holds() {
        for text in ["x".repeat(40_000), "😀".repeat(20_000), "ü".repeat(33_000)] {
            let cut = clean(&text);
            assert!(cut.encode_utf16().count() <= LONGEST);
            assert!(cut.ends_with(&format!("… [cut: {} characters in all]", text.chars().count())), "{}", cut.len());
        }
        let just = "ü".repeat(LONGEST);
        assert_eq!(clean(&just), just, "characters count, not bytes");
    }

    #[test]
    fn formulas_are_known_behind_blanks_and_in_full_width() {
        for text in ["=1", "+1", "-1", "@x", "\t=1", "\n1", "＝1", "＋1", "－1", "＠x", " =1", "\u{3000}\u{feff}=1"]
        {
            assert!(runs(text), "{text:?}");
        }
        for text in ["", "a=1", "*", "1-1", "'=1", " x"] {
            assert!(!runs(text), "{text:?}");
        }
    }

    #[test]
    fn cells_that_a_spreadsheet_would_run_begin_with_an_apostrophe() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1", "＋1", "－1", "＠x"] {
            assert_eq!(cell(text), format!("'{text}"));
            assert_eq!(cell(&format!("a;{text}; b")), format!("a;'{text}; b"), "a `;` may begin a cell");
            assert_eq!(cell(&format!("a\n{text}")), format!("\"a\n'{text}\""), "a line end may begin a cell");
        }
        assert_eq!(cell("=HYPERLINK(\"http://x\",\"y\")"), "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
        assert_eq!(cell("\r=1"), "\"'\n'=1\"");
        for blank in [" ", "\u{3000}", "\u{a0}", "\u{feff}", " \u{200b} "] {
            assert_eq!(cell(&format!("{blank}=1")), format!("'{blank}=1"), "{blank:?} may be dropped");
        }
        assert_eq!(cell("a=1"), "a=1");
        assert_eq!(cell("*"), "*");
    }

    #[test]
    fn what_is_written_reads_back_as_it_was() {
        let texts = ["plain", "a,b", "say \"x\"", "two\nlines", "", " padded ", "ü;ö|ß", "\u{202e}gnp"];
        let line = texts.iter().map(|text| cell(text)).collect::<Vec<_>>().join(",");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        assert_eq!(record.iter().collect::<Vec<_>>(), texts);
    }
}
