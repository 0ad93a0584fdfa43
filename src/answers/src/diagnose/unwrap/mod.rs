//! What somebody pasted, as the text that it was before a terminal, a box or a mail program wrapped it.
//!
//! Everything that reads what the platform said reads this text and knows nothing of wrapping. Frames go first, then
//! secrets (a token that is cut over two lines is one token here), then the breaks inside of lines.

mod decoration;
mod join;

use super::redact::redact;

/// The text without frames and colours, its wrapped lines joined, its secrets taken out.
pub(super) fn unwrapped(text: &str) -> String {
    let framed: Vec<String> = lines(text).map(without_colours).collect();
    let bare = decoration::without_decoration(framed);
    // Blanks at the end of a line say that it was not cut within a word, so they stay until lines are joined.
    let text = redact(&bare.join("\n"));
    join::joined(&text.split('\n').collect::<Vec<_>>())
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\u{85}', '\u{2028}', '\u{2029}'])
        .map(|line| line.trim_end_matches('\r'))
        .flat_map(|line| line.split('\r'))
}

/// A line without escape sequences of terminals and signs that have no width.
fn without_colours(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                // A control sequence ends with a letter.
                Some('[') => while chars.next().is_some_and(|c| !c.is_ascii_alphabetic() && c != '~') {},
                // A command of the terminal ends with a bell or a terminator.
                Some(']') => while chars.next().is_some_and(|c| c != '\u{7}' && c != '\u{1b}') {},
                _ => {}
            },
            '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{feff}' | '\u{ad}' | '\u{7}' | '\u{8}' => {}
            '\u{a0}' | '\u{202f}' | '\t' => out.push(' '),
            _ => out.push(c),
        }
    }
    // What is left of colours where the escape sign itself was lost.
    if out.contains("[0m") { without_bare_colours(&out) } else { out }
}

fn without_bare_colours(line: &str) -> String {
    let mut parts = line.split('[');
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let code = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').len();
        match part.get(code..).and_then(|rest| rest.strip_prefix('m')).filter(|_| code > 0) {
            Some(rest) => out.push_str(rest),
            None => {
                out.push('[');
                out.push_str(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_and_the_text_stays() {
        assert_eq!(unwrapped("\u{1b}[31m│\u{1b}[0m \u{1b}[1mError: x\u{1b}[0m"), "Error: x");
        assert_eq!(unwrapped("[31m│[0m [0m[1m[31mError: [a:b:c][0m"), "Error: [a:b:c]");
        assert_eq!(unwrapped("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{7}"), "link");
    }

    #[test]
    fn text_that_nobody_wrapped_stays_as_it_is() {
        for text in [
            "{\n  \"code\": \"x\",\n  \"status\": 403\n}",
            "HTTP/1.1 403 Forbidden\nContent-Type: application/json\nServer: x\n\n{\"a\":1}",
            "one line",
            "",
        ] {
            assert_eq!(unwrapped(text), text);
        }
    }

    #[test]
    fn token_over_two_lines_is_taken_out_whole() {
        let secret = "Qx7hushhushhushhushhushhushhush4711zz";
        for cut in 1..secret.len() {
            for frame in ["", "│ ", "> ", "  "] {
                let (head, tail) = secret.split_at(cut);
                let text = format!("{frame}Authorization: Bearer {head}\n{frame}{tail}\n{frame}HTTP/1.1 401");
                let shown = unwrapped(&text);
                assert!(!shown.contains("hush") && !shown.contains("4711"), "{text} -> {shown}");
                assert!(shown.contains("HTTP/1.1 401"), "{shown}");
            }
        }
    }
}
