//! Sentences taken apart: those that differ only in names, endpoints and permissions are one pattern with other words.
//!
//! A night has many findings and few kinds of sentence. A word that looks like a name (`routing:queue:view`,
//! `/api/v2/users`, what stands between backticks) is kept once for the whole block, a part that repeats another cell of
//! the row not at all. `block.js` puts them together again; the marks are the same there.

use std::collections::HashSet;

/// The first mark for a cell of the row; the mark of the next column follows it.
pub(super) const CELL: u32 = 0xE000;
/// The first mark for a word that an earlier column of the row has already: 16 for each such column.
pub(super) const KNOWN: u32 = 0xE100;
/// Words of a column that later ones can refer to, and columns that can be referred to.
pub(super) const KNOWN_EACH: u32 = 16;
/// Columns whose cells can be marked.
pub(super) const CELLS: usize = 256;
/// Stands for the next word of the sentence.
const WORD: char = '\u{F000}';
/// Stands before a character of the sentence itself that would otherwise be taken for a mark.
const ITSELF: char = '\u{F8FF}';
/// What is shorter is not kept apart: a mark would save nothing.
pub(super) const SHORTEST: usize = 4;
/// What stands between backticks and is longer than this is a sentence of its own.
const LONGEST: usize = 200;

/// A sentence, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sentence {
    /// The text with its marks.
    pub pattern: String,
    /// The words for which marks stand, from left to right.
    pub words: Vec<String>,
}

/// Takes a text apart. `cells` are parts that other cells of the row have, the longest first; `known` are words that an
/// earlier sentence of the row has; each with its mark.
pub(super) fn take_apart(text: &str, cells: &[(&str, char)], known: &[(&str, char)]) -> Sentence {
    let mut sentence = Sentence { pattern: String::with_capacity(text.len()), words: Vec::new() };
    add(&mut sentence, text, cells, known);
    sentence
}

fn add(sentence: &mut Sentence, text: &str, cells: &[(&str, char)], known: &[(&str, char)]) {
    let Some(((cell, mark), shorter)) = cells.split_first() else {
        return add_words(sentence, text, known);
    };
    for (at, part) in text.split(cell).enumerate() {
        if at > 0 {
            sentence.pattern.push(*mark);
        }
        add(sentence, part, shorter, known);
    }
}

fn add_words(sentence: &mut Sentence, text: &str, known: &[(&str, char)]) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        if first == '`'
            && let Some((inside, behind)) = after.split_once('`')
            && (SHORTEST..=LONGEST).contains(&inside.len())
        {
            sentence.pattern.push('`');
            add_word(sentence, inside, known);
            sentence.pattern.push('`');
            rest = behind;
            continue;
        }
        let end = rest.find(separates).unwrap_or(rest.len());
        if end == 0 {
            push(&mut sentence.pattern, first);
            rest = after;
            continue;
        }
        let (word, behind) = rest.split_at(end);
        if word.len() >= SHORTEST && !word.chars().all(char::is_alphabetic) {
            add_word(sentence, word, known);
        } else {
            word.chars().for_each(|character| push(&mut sentence.pattern, character));
        }
        rest = behind;
    }
}

fn add_word(sentence: &mut Sentence, word: &str, known: &[(&str, char)]) {
    if let Some((_, mark)) = known.iter().find(|(other, _)| *other == word) {
        sentence.pattern.push(*mark);
    } else {
        sentence.pattern.push(WORD);
        sentence.words.push(word.to_owned());
    }
}

/// Appends a character of the sentence itself.
fn push(pattern: &mut String, character: char) {
    let is_mark = (CELL..KNOWN + 256).contains(&u32::from(character)) || character == WORD || character == ITSELF;
    if is_mark {
        pattern.push(ITSELF);
    }
    pattern.push(character);
}

fn separates(character: char) -> bool {
    character.is_whitespace() || "`\"',;()[]<>|".contains(character)
}

/// Whether sentences take less room than the texts they are made of: packed text takes about a quarter of its length, a
/// number about two bytes.
pub(super) fn saves(texts: &[impl AsRef<str>], sentences: &[Sentence]) -> bool {
    let length = |texts: HashSet<&str>| -> usize { texts.into_iter().map(str::len).sum() };
    let plain = length(texts.iter().map(AsRef::as_ref).collect());
    let distinct: HashSet<&Sentence> = sentences.iter().collect();
    let numbers: usize = distinct.iter().map(|sentence| sentence.words.len() + 1).sum();
    let patterns = length(sentences.iter().map(|sentence| sentence.pattern.as_str()).collect());
    let words = length(sentences.iter().flat_map(|sentence| &sentence.words).map(String::as_str).collect());
    plain > 4096 && (patterns + words) / 4 + numbers * 2 < plain / 5
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(text: &str, cells: &[(&str, char)], known: &[(&str, char)]) -> (String, Vec<String>) {
        let sentence = take_apart(text, cells, known);
        (sentence.pattern, sentence.words)
    }

    #[test]
    fn names_endpoints_and_cells_of_the_row_are_kept_apart_from_the_sentence() {
        let text = "Queue Board cannot call GET /api/v2/users: add `routing:queue:view` to `Night Jobs`";
        let (pattern, words) = apart(text, &[("Queue Board", '\u{e007}')], &[("routing:queue:view", '\u{e112}')]);
        assert_eq!(pattern, "\u{e007} cannot call GET \u{f000} add `\u{e112}` to `\u{f000}`");
        assert_eq!(words, ["/api/v2/users:", "Night Jobs"]);
    }

    #[test]
    fn longer_cells_go_before_their_parts() {
        let cells = [("Queue Board Night", '\u{e001}'), ("Queue Board", '\u{e000}')];
        assert_eq!(apart("Queue Board Night is not Queue Board", &cells, &[]).0, "\u{e001} is not \u{e000}");
    }

    #[test]
    fn characters_that_are_marks_are_kept_apart_from_marks() {
        assert_eq!(apart("\u{e000} \u{f8ff} \u{f000} \u{e200}", &[], &[]).0, {
            "\u{f8ff}\u{e000} \u{f8ff}\u{f8ff} \u{f8ff}\u{f000} \u{e200}"
        });
    }

    #[test]
    fn sentences_are_kept_only_where_that_saves() {
        let texts: Vec<String> = (0..500).map(|n| format!("client-{n} cannot call what it needs to call")).collect();
        let sentences =
            |texts: &[String]| -> Vec<Sentence> { texts.iter().map(|one| take_apart(one, &[], &[])).collect() };
        assert!(saves(&texts, &sentences(&texts)));
        let names: Vec<String> = (0..500).map(|n| format!("routing:queue:view-{n}")).collect();
        assert!(!saves(&names, &sentences(&names)));
    }
}
