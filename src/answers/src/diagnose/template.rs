//! Published messages as templates: fixed text with `%s` where the platform puts a value.
//!
//! A text is compared by its letters, so that blanks, line breaks, signs and letter case make no difference, and a
//! part of a message is found as well.

use super::letters::Letters;

/// The longest value, in letters.
const LONGEST_VALUE: usize = 8000;

/// A message with its places for values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template<'a> {
    fixed_texts: Vec<FixedText<'a>>,
    letters: usize,
}

/// Fixed text of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FixedText<'a> {
    text: &'a str,
    letters: Letters,
}

/// Where a message, or a part of it, stands in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// How many of the fixed letters are there.
    pub covered: usize,
    /// Whether the message begins where it is published to begin.
    pub has_head: bool,
    /// Whether it goes on to its end.
    pub has_tail: bool,
    /// The place in the text where it begins, in bytes.
    pub start: usize,
    /// The place behind its end.
    pub end: usize,
    /// Whether the text holds no other letter.
    pub alone: bool,
    /// What stands where the message has `%s`; empty where that part is not there.
    pub values: Vec<String>,
}

impl Fit {
    /// Whether all of the message is there.
    pub fn is_complete(&self) -> bool {
        self.has_head && self.has_tail
    }
}

impl<'a> Template<'a> {
    /// Takes a published message.
    pub(super) fn new(message: &'a str) -> Self {
        let fixed_texts: Vec<_> =
            message.split("%s").map(|text| FixedText { text, letters: Letters::of(text) }).collect();
        let letters = fixed_texts.iter().map(|part| part.letters.len()).sum();
        Self { fixed_texts, letters }
    }

    /// How many letters of it are fixed: how much it says when it fits.
    pub(super) fn letters(&self) -> usize {
        self.letters
    }

    /// The fixed letters of each part.
    pub(super) fn fixed_texts(&self) -> impl Iterator<Item = &Letters> {
        self.fixed_texts.iter().map(|part| &part.letters)
    }

    /// The places in a part where a word begins, in letters.
    pub(super) fn words(&self, part: usize) -> Vec<usize> {
        let Some(FixedText { text, .. }) = self.fixed_texts.get(part) else { return Vec::new() };
        let mut before = false;
        let mut count = 0;
        let mut words = Vec::new();
        for byte in text.bytes() {
            let letter = byte.is_ascii_alphanumeric();
            if letter && !before {
                words.push(count);
            }
            count += usize::from(letter);
            before = letter;
        }
        words
    }

    /// The values that a message holds, and where it stands; `None` where the text does not hold it from its head on.
    pub(super) fn find(&self, text: &str, letters: &Letters) -> Option<Fit> {
        let first = self.first_with_letters()?;
        let at = letters.find(self.fixed_texts.get(first)?.letters.as_slice(), 0)?;
        Some(self.fit(text, letters, first, 0, at)).filter(Fit::is_complete)
    }

    fn first_with_letters(&self) -> Option<usize> {
        self.fixed_texts.iter().position(|part| part.letters.len() > 0)
    }

    /// How the message stands in a text in which the letter `at` is the letter `within` of a part.
    pub(super) fn fit(&self, text: &str, letters: &Letters, part: usize, within: usize, at: usize) -> Fit {
        let Some(found) = self.fixed_texts.get(part) else { return Fit::default() };
        let known = found.letters.as_slice();
        let given = letters.as_slice();
        let back = (1..=within.min(at)).take_while(|back| known.get(within - back) == given.get(at - back)).count();
        let (within, at) = (within - back, at - back);
        let run = known
            .get(within..)
            .unwrap_or_default()
            .iter()
            .zip(given.get(at..).unwrap_or_default())
            .take_while(|(known, given)| known == given)
            .count();
        let has_head = within == 0 && self.first_with_letters() == Some(part);
        let mut fit = Fit { covered: run, has_head, ..Fit::default() };
        fit.values = vec![String::new(); part];
        fit.start = letters.place(at);
        if has_head {
            fit.start = before_signs(text, fit.start, leading_signs(found.text));
        }
        let mut cursor = at + run;
        fit.end = letters.place_behind(cursor);
        let mut goes_on = within + run == known.len();
        let mut signs = trailing_signs(found.text);
        let mut open = None;
        for next in self.fixed_texts.iter().skip(part + 1).take_while(|_| goes_on) {
            if next.letters.len() == 0 {
                // Nothing fixed follows: the value goes on to its own end. Of two values side by side the first
                // takes all.
                if open.is_none() {
                    let (value, end) = open_value(text, fit.end, signs, next.text);
                    fit.values.push(value);
                    open = Some(end);
                } else {
                    fit.values.push(String::new());
                }
                continue;
            }
            let found = letters.find(next.letters.as_slice(), cursor).filter(|at| at - cursor <= LONGEST_VALUE);
            let Some(start) = found else {
                goes_on = false;
                // What is there of the value still says something.
                fit.values.push(open_value(text, fit.end, signs, "").0);
                break;
            };
            if open.take().is_none() {
                fit.values.push(value_between(text, letters, cursor, start, signs, leading_signs(next.text)));
            }
            cursor = start + next.letters.len();
            fit.covered += next.letters.len();
            fit.end = letters.place_behind(cursor);
            signs = trailing_signs(next.text);
        }
        fit.values.resize(self.fixed_texts.len().saturating_sub(1), String::new());
        fit.has_tail = goes_on;
        if let Some(end) = open {
            fit.end = end;
        } else if goes_on {
            fit.end = behind_signs(text, fit.end, signs);
        }
        let outside = |from: usize, to: usize| {
            text.get(from..to).is_none_or(|rest| rest.bytes().any(|byte| byte.is_ascii_alphanumeric()))
        };
        fit.alone = !outside(0, fit.start) && !outside(fit.end, text.len());
        fit
    }
}

/// The signs in front of the first letter of a part.
fn leading_signs(part: &str) -> &str {
    part.split(|c: char| c.is_ascii_alphanumeric()).next().unwrap_or(part)
}

/// The signs behind the last letter of a part.
fn trailing_signs(part: &str) -> &str {
    part.rsplit(|c: char| c.is_ascii_alphanumeric()).next().unwrap_or(part)
}

/// The place behind those of the signs that stand there, blanks between them or not.
fn behind_signs(text: &str, mut place: usize, signs: &str) -> usize {
    for sign in signs.chars().filter(|sign| !sign.is_whitespace()) {
        let rest = text.get(place..).unwrap_or("");
        let blank = rest.len() - rest.trim_start().len();
        if rest.trim_start().starts_with(sign) {
            place += blank + sign.len_utf8();
        }
    }
    place
}

/// The place in front of those of the signs that stand directly there.
fn before_signs(text: &str, mut place: usize, signs: &str) -> usize {
    for sign in signs.chars().rev().filter(|sign| !sign.is_whitespace()) {
        if text.get(..place).is_some_and(|before| before.ends_with(sign)) {
            place -= sign.len_utf8();
        }
    }
    place
}

/// The value between two fixed texts, without the signs that are the message's own.
fn value_between(text: &str, letters: &Letters, from: usize, to: usize, before: &str, behind: &str) -> String {
    let start = behind_signs(text, letters.place_behind(from), before);
    let mut value = text.get(start..letters.place(to)).unwrap_or("").trim();
    for sign in behind.chars().rev().filter(|sign| !sign.is_whitespace()) {
        value = value.strip_suffix(sign).unwrap_or(value).trim_end();
    }
    value.to_owned()
}

/// A value without a fixed end, and the place behind it: a bracketed list, else the rest of the line.
fn open_value(text: &str, from: usize, before: &str, behind: &str) -> (String, usize) {
    let start = behind_signs(text, from, before);
    let rest = text.get(start..).unwrap_or("");
    let lead = rest.len() - rest.trim_start().len();
    let value = rest.trim_start();
    let end = if value.starts_with('[') {
        value.find(']').map_or(value.len(), |at| at + 1)
    } else if before.trim_end().ends_with('[') {
        value.find(']').unwrap_or(value.len())
    } else {
        // An id in brackets behind it is the tool's that printed the message; a quote ends the text of a body.
        let line = value.find(['\n', '\r', '"', '\\']).unwrap_or(value.len());
        value.get(..line).and_then(|line| line.find(" (")).unwrap_or(line)
    };
    let value = value.get(..end).unwrap_or(value).trim_end();
    let end = start + lead + value.len();
    (value.to_owned(), behind_signs(text, end, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(message: &str, text: &str) -> Option<Fit> {
        Template::new(message).find(text, &Letters::of(text))
    }

    fn values(message: &str, text: &str) -> Vec<String> {
        find(message, text).unwrap().values
    }

    #[test]
    fn values_are_taken_from_their_places() {
        let message = "maximum [%s] requests within [%s] seconds";
        assert_eq!(values(message, "maximum [300] requests within [60] seconds"), ["300", "60"]);
        assert_eq!(values(message, "say: MAXIMUM [3]\nrequests with in [6] seconds."), ["3", "6"]);
        assert_eq!(find(message, "maximum [300] requests"), None);
        assert_eq!(values("permission '%s' in the division(s).", "permission 'a:b:c' in the\ndivision(s)"), ["a:b:c"]);
    }

    #[test]
    fn open_end_takes_a_list_or_the_rest_of_the_line() {
        let message = "use scope %s";
        assert_eq!(values(message, "403 use scope [a, b] (id)\nx"), ["[a, b]"]);
        assert_eq!(values(message, "use scope a\nnext"), ["a"]);
        assert_eq!(values(message, "use scope a.B (id)\nnext"), ["a.B"]);
        assert_eq!(values(message, "use scope"), [""]);
        assert_eq!(values(message, "use scope a:b\",\"code\":1"), ["a:b"]);
        assert_eq!(values("Policy ID(s): [%s]", "Policy ID(s): [a, b] (id)"), ["a, b"]);
    }

    #[test]
    fn message_ends_where_it_ends() {
        for (message, text, expected) in [
            ("Bad thing.", "x: Bad thing.\"}]", "Bad thing."),
            ("Bad thing.", "x: bad thing (id)", "bad thing"),
            ("ids: [%s]", "ids: [a]\\\"}", "ids: [a]"),
            ("missing: %s", "missing: a:b:c (id)", "missing: a:b:c"),
            ("'%s' is bad (really).", "'x' is bad (really). More.", "is bad (really)."),
        ] {
            let fit = find(message, text).unwrap();
            assert_eq!(&text[fit.start..fit.end], expected);
        }
        assert!(find("Bad thing.", "\"Bad thing\".").unwrap().alone);
        assert!(!find("Bad thing.", "Bad thing. Worse.").unwrap().alone);
    }

    #[test]
    fn part_of_a_message_fits_without_head_or_tail() {
        let template = Template::new("Unable to do that. You must have: %s in the division(s): %s");
        let text = "have: [a:b:c] in the division(s): [x]";
        let fit = template.fit(text, &Letters::of(text), 0, 21, 0);
        assert_eq!((fit.has_head, fit.has_tail, fit.covered), (false, true, 18), "{fit:?}");
        assert_eq!(fit.values, ["[a:b:c]", "[x]"]);
        let cut = "Unable to do that. You must have: [a:b:c, d";
        let fit = template.fit(cut, &Letters::of(cut), 0, 0, 0);
        assert_eq!((fit.has_head, fit.has_tail, fit.values[0].as_str()), (true, false, "[a:b:c, d"));
    }
}
