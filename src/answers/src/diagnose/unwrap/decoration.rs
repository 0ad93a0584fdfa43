//! Removes what surrounds the lines of a pasted text and is not part of it: boxes, quotes, comments, prefixes of log
//! lines, indentation.

/// How many layers of decoration are removed; deeper ones are text.
const DEEPEST: usize = 6;
/// Signs that draw boxes and stand for nothing else.
const BARS: [char; 9] = ['│', '┃', '║', '▌', '▏', '▎', '⎿', '┆', '┊'];
/// Signs of which the edge of a box is made.
const EDGES: &str = "╷╵╭╮╰╯┌┐└┘├┤┬┴┼─━═╔╗╚╝╠╣┏┓┗┛▁▔+-=_* ";
/// Marks that decorate a text only where several lines have them.
const MARKS: [&str; 7] = ["#", "//", "--", ";;", ";", "*", "-"];

/// Returns the lines without their decoration.
pub(super) fn without_decoration(lines: Vec<String>) -> Vec<String> {
    let mut lines = without_right_border(lines);
    for _ in 0..DEEPEST {
        let before = lines.clone();
        lines = lines.into_iter().map(|line| without_bar(&line)).collect();
        for block in blocks(&lines) {
            without_block_decoration(&mut lines, block);
        }
        if lines == before {
            break;
        }
    }
    lines.into_iter().map(|line| if is_fence(&line) { String::new() } else { line }).collect()
}

/// Runs of lines that are not blank.
fn blocks(lines: &[String]) -> Vec<std::ops::Range<usize>> {
    let mut blocks = Vec::new();
    let mut start = None;
    for (at, line) in lines.iter().enumerate() {
        match (line.trim().is_empty(), start) {
            (false, None) => start = Some(at),
            (true, Some(from)) => {
                blocks.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    blocks.extend(start.map(|from| from..lines.len()));
    blocks
}

fn is_fence(line: &str) -> bool {
    let line = line.trim();
    (line.starts_with("```") || line.starts_with("~~~"))
        && line.chars().skip(3).all(|c| c.is_alphanumeric() || matches!(c, '`' | '~' | '-' | '_'))
}

/// A line without a bar, a quote's mark or the edge of a box in front.
fn without_bar(line: &str) -> String {
    let trimmed = line.trim_start();
    let drawn = trimmed.len() > 3 || !trimmed.is_ascii();
    if drawn && trimmed.chars().all(|c| EDGES.contains(c)) {
        return String::new();
    }
    let bar = |c: char| BARS.contains(&c) || matches!(c, '|' | '>');
    match trimmed.strip_prefix(bar) {
        // Only the blank that belongs to the frame goes: one more is part of the text.
        Some(rest) if rest.starts_with(' ') => rest.get(1..).unwrap_or("").to_owned(),
        Some(rest) => rest.to_owned(),
        None => line.to_owned(),
    }
}

/// Without the bars on the right, where several lines have them.
fn without_right_border(lines: Vec<String>) -> Vec<String> {
    let bar = |line: &str| line.trim_end().chars().last().filter(|c| BARS.contains(c) || *c == '|');
    let framed = |line: &str| {
        let begins = line.trim_start().chars().next().is_some_and(|c| BARS.contains(&c) || c == '|');
        begins && bar(line).is_some() && line.trim().chars().count() > 1
    };
    let with_text = lines.iter().filter(|line| line.chars().any(char::is_alphanumeric)).count();
    let bordered = lines.iter().filter(|line| framed(line)).count();
    if bordered < 1 || bordered * 10 < with_text * 9 {
        return lines;
    }
    lines
        .into_iter()
        .map(|line| match bar(&line).filter(|_| framed(&line)) {
            // Blanks in front of the border fill the line and say nothing.
            Some(sign) => line.trim_end().trim_end_matches(sign).trim_end().to_owned(),
            None => line,
        })
        .collect()
}

/// Takes off what all the lines of a block have in front.
fn without_block_decoration(lines: &mut [String], block: std::ops::Range<usize>) {
    let Some(lines) = lines.get_mut(block) else { return };
    let several = lines.len() > 1;
    // The first line may hang out: the head of a paragraph, or where the selection began.
    let indent = |line: &String| line.len() - line.trim_start_matches(' ').len();
    let least = lines.iter().skip(usize::from(several)).map(indent).min().unwrap_or(0);
    let first = lines.first().map_or(0, indent);
    let off = match first {
        _ if !several => first,
        // One blank in front of the other lines alone is where a line was cut before a blank.
        0 if least < 2 => 0,
        0 => least,
        first => least.min(first),
    };
    for (at, line) in lines.iter_mut().enumerate() {
        let off = if at == 0 { first } else { off };
        line.drain(..off.min(line.len()));
    }
    if !several {
        return;
    }
    let all = |prefix: &dyn Fn(&str) -> Option<usize>| -> Option<Vec<usize>> {
        lines.iter().map(|line| prefix(line)).collect()
    };
    let mark = |mark: &'static str| {
        move |line: &str| {
            let rest = line.strip_prefix(mark)?;
            if rest.is_empty() { Some(mark.len()) } else { rest.starts_with(' ').then_some(mark.len() + 1) }
        }
    };
    let found = MARKS
        .iter()
        .find_map(|sign| all(&mark(sign)))
        .or_else(|| all(&log_prefix))
        .or_else(|| all(&line_number))
        .or_else(|| common(lines).map(|length| vec![length; lines.len()]));
    for (line, length) in lines.iter_mut().zip(found.into_iter().flatten()) {
        line.drain(..length.min(line.len()));
    }
}

/// The length of a time stamp and level at the beginning of a line of a log.
fn log_prefix(line: &str) -> Option<usize> {
    const LEVELS: [&str; 7] = ["TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL"];
    let mut rest = line;
    let mut stamped = false;
    loop {
        let word = rest.split(' ').next().unwrap_or("");
        let bare = word.trim_matches(['[', ']', '(', ')', ',', ':', '|']);
        let digits = bare.chars().filter(char::is_ascii_digit).count();
        let stamp = digits >= 6
            && bare.starts_with(|c: char| c.is_ascii_digit())
            && bare.chars().all(|c| c.is_ascii_digit() || "-:.,+TZ/".contains(c))
            && bare.contains(['-', ':', '/']);
        let level = stamped && LEVELS.contains(&bare);
        if word.is_empty() || !(stamp || level) {
            break;
        }
        stamped |= stamp;
        rest = rest.get(word.len()..).unwrap_or("");
        rest = rest.strip_prefix(' ').unwrap_or(rest);
    }
    stamped.then(|| line.len() - rest.len())
}

/// The length of a line's number: `12 | text`, `12: text`.
fn line_number(line: &str) -> Option<usize> {
    let start = line.trim_start();
    let behind = start.trim_start_matches(|c: char| c.is_ascii_digit());
    if behind.len() == start.len() {
        return None;
    }
    let rest = behind.trim_start().strip_prefix(['|', ':', '│'])?;
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    Some(line.len() - rest.len())
}

/// The length of what all lines begin with, where it is the name of a program or step and no text: it ends in a sign
/// and a blank.
fn common(lines: &[String]) -> Option<usize> {
    let first = lines.first()?;
    let mut length = first.len();
    for line in lines {
        length = first.bytes().zip(line.bytes()).take(length).take_while(|(a, b)| a == b).count();
    }
    let shared = first.get(..length)?;
    let end = shared.rfind(' ')? + 1;
    let prefix = shared.get(..end)?;
    let named = prefix.trim_end().ends_with([':', ']', ')', '|', '>', '#', '$']) && !prefix.contains(['{', '"']);
    (named && (lines.len() > 2 || prefix.len() > 3)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(text: &str) -> String {
        without_decoration(text.split('\n').map(str::to_owned).collect()).join("\n")
    }

    #[test]
    fn decoration_of_every_kind_is_removed() {
        for text in [
            "│ one two\n│  three",
            "╷\n│ one two\n│  three\n╵",
            "| one two\n|  three",
            "> one two\n>  three",
            ">> one two\n>>  three",
            "> > one two\n> >  three",
            "# one two\n#  three",
            "// one two\n//  three",
            "    one two\n     three",
            "> │ one two\n> │  three",
            "2026-08-01T00:00:00.123Z one two\n2026-08-01T00:00:00.124Z  three",
            "2026-08-01 00:00:00,123 ERROR one two\n2026-08-01 00:00:01,000 ERROR  three",
            "2026-08-01T00:00:00Z │ one two\n2026-08-01T00:00:00Z │  three",
            "module.x (local-exec): one two\nmodule.x (local-exec):  three",
            "  7 | one two\n  8 |  three",
            "```text\none two\n three\n```",
            "+---------+\n| one two |\n|  three  |\n+---------+",
            "│ one two │\n│  three  │",
        ] {
            assert_eq!(bare(text).trim_matches('\n'), "one two\n three", "{text}");
        }
    }

    #[test]
    fn text_without_decoration_is_unchanged() {
        for text in ["one\ntwo", "a: b\na: c", "* one", "- one\ntwo", "403\n404", "GET /x\nGET /y"] {
            assert_eq!(bare(text), text);
        }
    }
}
