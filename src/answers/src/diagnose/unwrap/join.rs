//! Which breaks between lines were made by a terminal or a mail program, and what stood there: a blank, or nothing.
//!
//! A line that is cut at the width goes on without a blank; one that is broken between words had a blank there. The
//! width of the lines says which it can have been, and the words on both sides which it was: words of the platform's
//! messages, permissions, ids.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::diagnose::catalogue::catalogue;
use crate::diagnose::known;

/// What stood where a line was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Break {
    /// Nothing: the line was cut.
    Cut,
    /// A blank: the line was broken between words.
    Blank,
    /// A line break: nobody wrapped it.
    Line,
}

/// The lines as one text, wrapped ones joined.
pub(super) fn joined(lines: &[&str]) -> String {
    let mut out = String::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
    let mut start = 0;
    while start < lines.len() {
        let paragraph = lines.get(start..).unwrap_or_default();
        let length = paragraph.iter().take_while(|line| !line.trim().is_empty()).count().max(1);
        let paragraph = paragraph.get(..length).unwrap_or_default();
        if start > 0 {
            out.push('\n');
        }
        join(paragraph, &mut out);
        start += length;
    }
    out
}

fn join(lines: &[&str], out: &mut String) {
    let width = lines.iter().map(|line| line.trim_end().chars().count()).max().unwrap_or(0);
    let pairs = || lines.iter().zip(lines.iter().skip(1));
    let full = |line: &str| line.trim_end().chars().count() == width && !line.ends_with(' ');
    // Several lines that all end at one column were cut there.
    let cut = lines.len() > 2 && pairs().all(|(line, next)| full(line) || fills(line, next, width));
    // But where the ends of lines fall between words time and again, the width is chance.
    let votes =
        pairs().filter(|(line, next)| full(line) && !next.starts_with(' ')).map(|(line, next)| {
            match by_words(last_word(line), first_word(next)) {
                Some(Break::Cut) => 1,
                Some(_) => -1,
                None => 0,
            }
        });
    let cut = cut && votes.sum::<i32>() >= 0;
    if let Some(first) = lines.first() {
        out.push_str(if lines.len() > 1 { first.trim_end() } else { first });
    }
    for (number, (line, next)) in pairs().enumerate() {
        let last = number + 2 == lines.len();
        let text = if last && !next.trim().is_empty() { *next } else { next.trim_end() };
        match between(line, next, width, cut, full(line)) {
            Break::Cut => out.push_str(text.trim_start()),
            Break::Blank => {
                out.push(' ');
                out.push_str(text.trim_start());
            }
            Break::Line => {
                out.push('\n');
                out.push_str(text);
            }
        }
    }
}

fn last_word(line: &str) -> &str {
    line.trim_end().rsplit(' ').next().unwrap_or("")
}

fn first_word(line: &str) -> &str {
    line.trim_start().split(' ').next().unwrap_or("")
}

/// Whether a line was cut before or behind a blank that got lost.
fn fills(line: &str, next: &str, width: usize) -> bool {
    let length = line.trim_end().chars().count();
    next.starts_with(' ') && length + 1 >= width || length + 1 == width || line.ends_with(' ') && length + 1 >= width
}

fn between(line: &str, next: &str, width: usize, cut: bool, full: bool) -> Break {
    if is_own_line(line) || is_own_line(next) {
        return Break::Line;
    }
    let length = line.trim_end().chars().count();
    let (before, behind) = (last_word(line), first_word(next));
    if before.is_empty() || behind.is_empty() {
        return Break::Line;
    }
    let blank = line.ends_with(' ') || next.starts_with(' ');
    // Within a hyphenated word lines are broken without a blank.
    let hyphen = before.len() > 1 && before.ends_with('-') && behind.starts_with(|c: char| c.is_ascii_alphanumeric());
    if hyphen && !blank {
        return Break::Cut;
    }
    let fitted = length + 1 + behind.chars().count() <= width;
    if fitted && length + 1 < width {
        return Break::Line;
    }
    if blank || !full {
        return Break::Blank;
    }
    by_words(before, behind).unwrap_or(if cut { Break::Cut } else { Break::Blank })
}

/// A line that begins something: a header, a status line, a key of a document, a brace.
fn is_own_line(line: &str) -> bool {
    let line = line.trim_start();
    if line.starts_with("HTTP/")
        || line.starts_with("< ")
        || matches!(line.trim_end(), "{" | "}" | "[" | "]" | "}," | "],")
    {
        return true;
    }
    let key = |quote: char| {
        line.strip_prefix(quote).and_then(|rest| rest.split_once(quote)).is_some_and(|(key, rest)| {
            key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
                && rest.trim_start().starts_with(':')
        })
    };
    // `Content-Type: application/json`: a hyphen or a known name, and no word of a sentence.
    let header = line.split_once(": ").is_some_and(|(name, _)| {
        let known = ["host", "server", "date", "via", "accept", "authorization", "cookie", "connection", "reason"];
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && name.starts_with(|c: char| c.is_ascii_alphabetic())
            && (name.contains('-') && name.len() > 5 || known.contains(&name.to_ascii_lowercase().as_str()))
    });
    let request = line.split_once(' ').is_some_and(|(method, rest)| {
        ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"].contains(&method) && rest.starts_with('/')
    });
    key('"') || key('\'') || header || request
}

/// What the words on both sides of a break say; `None` where they say nothing.
fn by_words(before: &str, behind: &str) -> Option<Break> {
    // The signs around a word are no part of it.
    let head = before.rsplit(|c: char| "[]({\"'`,;=<>“”‘’".contains(c)).next().unwrap_or("");
    let tail = behind.split(|c: char| "[](){}\"'`,;=<>“”‘’".contains(c)).next().unwrap_or("");
    if head.is_empty() {
        // `[` and what it opens; a comma and the next item.
        return if before.ends_with([',', ';', ']', ')']) { Some(Break::Blank) } else { Some(Break::Cut) };
    }
    if tail.is_empty() {
        let closes = behind.starts_with([']', ')', '}', '"', '\'', ',', ';', '”', '’']);
        return Some(if closes { Break::Cut } else { Break::Blank });
    }
    if head.ends_with('.') && tail.starts_with(|c: char| c.is_uppercase()) {
        return Some(Break::Blank);
    }
    let glued = format!("{head}{tail}");
    if is_permission(&glued) && !(is_permission(head) && is_word(tail)) {
        return Some(Break::Cut);
    }
    // A name that is not whole yet goes on.
    let colons = |word: &str| word.trim_end_matches(':').matches(':').count();
    if colons(head) == 1 || colons(tail) == 1 && !is_word(head) || colons(head) >= 1 && head.ends_with(':') {
        return Some(Break::Cut);
    }
    let hexadecimal = |word: &str| word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if hexadecimal(&glued) && glued.contains(|c: char| c.is_ascii_digit()) && !(is_word(head) && is_word(tail)) {
        return Some(Break::Cut);
    }
    match (is_word(head) && is_word(tail), is_word(&glued)) {
        (true, false) => Some(Break::Blank),
        (false, true) => Some(Break::Cut),
        _ => None,
    }
}

fn is_permission(word: &str) -> bool {
    known::permission(word.trim_end_matches(['.', ':'])).is_some()
}

fn is_word(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase();
    !bare.is_empty() && bare.split(['.', '-', '_', '/', '\'']).all(|part| WORDS.contains(part))
}

/// Words that stand around the platform's messages.
const AROUND: &str = "api error failed read create update delete get list page of queue queues role roles group user users \
                      client oauth resource with on line in message code status contextid messageparams details errors \
                      entityid entityname permission permissions division divisions http response body headers reason \
                      calling exception request returned warning info debug for from to and or by your my this that it";

static WORDS: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| catalogue().words().chain(AROUND.split_whitespace().map(str::to_owned)).collect());

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        joined(&text.split('\n').collect::<Vec<_>>())
    }

    #[test]
    fn words_decide_between_a_blank_and_nothing() {
        for (before, behind, expected) in [
            ("Unab", "le", Break::Cut),
            ("following", "permissions", Break::Blank),
            ("[routing:que", "ue:view]", Break::Cut),
            ("[routing:queue:view,", "routing:queue:search]", Break::Blank),
            ("routing:queue:vi", "ew", Break::Cut),
            ("assigned:", "[a:b:c]", Break::Blank),
            ("(4b1d2c3e-0f5a-4c6b-8d7e-9fa0b", "1c2d3e4)", Break::Cut),
            ("action.", "You", Break::Blank),
            ("4", "03", Break::Cut),
        ] {
            assert_eq!(by_words(before, behind), Some(expected), "{before} {behind}");
        }
    }

    #[test]
    fn lines_that_end_early_are_lines() {
        let text = "Reason: Forbidden\nHTTP response body: x\nshort\nand this one is very much longer than the others";
        assert_eq!(of(text), text);
    }

    #[test]
    fn lines_that_end_at_one_column_were_cut() {
        assert_eq!(of("zubrowka qux\nan and zabag\nlione"), "zubrowka quxan and zabaglione");
        assert_eq!(of("zubrowka qux\n an zabaglio\nne"), "zubrowka qux an zabaglione");
    }
}
