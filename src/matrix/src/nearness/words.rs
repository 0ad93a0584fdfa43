//! The words of a path, a permission or a scope.

use std::collections::BTreeSet;

use super::kinds::{FILLERS, VERBS};
use super::synonyms::SYNONYMS;

/// Parts of compound words are at least this long: `up`, `id` and `of` split too much.
const PART: usize = 3;

/// A word of a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Word {
    /// Lower case, singular; of a parameter the word before it.
    pub text: String,
    /// Whether it stands for an id.
    pub parameter: bool,
    /// What a parameter calls itself (`user` of `{userId}`), where that says more.
    pub alias: Option<String>,
    /// Which part of the path it is of, counted from 0.
    pub part: usize,
}

/// Splits words that are written together (`routingskills`) at the words that the matrix writes apart elsewhere
/// (`routingSkill`, `{skillId}`, `external-contacts`).
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    parts: BTreeSet<String>,
    /// Words that stand alone in some path.
    whole: BTreeSet<String>,
}

impl Splitter {
    pub(super) fn new<'a>(compounds: impl Iterator<Item = &'a str>, paths: impl Iterator<Item = &'a str>) -> Self {
        let mut parts = BTreeSet::new();
        for name in compounds {
            for piece in name.split(':') {
                let words: Vec<String> = split_at_signs(piece).collect();
                if words.len() > 1 {
                    parts.extend(words.into_iter().filter(|word| word.len() >= PART));
                }
            }
        }
        let whole = paths.flat_map(|path| path.split('/')).filter(|part| !part.starts_with('{'));
        Self { parts, whole: whole.flat_map(split_at_signs).filter(|word| word.len() >= PART).collect() }
    }

    /// The words of a path that the matrix has.
    pub(crate) fn known_path(&self, path: &str) -> Vec<Word> {
        path_words(path, |word| self.split(word, false))
    }

    /// The words of a path that somebody asks for.
    pub(crate) fn asked_path(&self, path: &str) -> Vec<Word> {
        path_words(path, |word| self.split(word, true))
    }

    /// The words of a permission or scope.
    pub(crate) fn name(&self, name: &str, asked: bool) -> Vec<Word> {
        name.split([':', ' ', '/', '.'])
            .enumerate()
            .flat_map(|(part, piece)| {
                let words = split_at_signs(piece).flat_map(|word| self.split(&word, asked)).collect::<Vec<_>>();
                words.into_iter().map(move |text| Word { text, parameter: false, alias: None, part })
            })
            .collect()
    }

    /// The fewest parts that make up the word; the word where there are none. What is asked may be joined from words that
    /// the matrix only has alone (`auditlogs`).
    pub(super) fn split(&self, word: &str, asked: bool) -> Vec<String> {
        let known = self.parts.contains(word);
        let split = if known { None } else { fewest(word, &|part| self.parts.contains(part)) };
        let split = split.or_else(|| {
            let joined = asked && !known && !self.whole.contains(word) && !SYNONYMS.contains_key(word);
            let is_part = |part: &str| {
                self.parts.contains(part)
                    || self.whole.contains(part)
                    || SYNONYMS.contains_key(part)
                    || VERBS.contains(&part)
                    || FILLERS.contains(&part)
            };
            joined.then(|| fewest(word, &is_part)).flatten()
        });
        split.unwrap_or_else(|| vec![word.to_owned()])
    }
}

fn fewest(word: &str, is_part: &dyn Fn(&str) -> bool) -> Option<Vec<String>> {
    if !word.is_ascii() {
        return None;
    }
    // `best[end]` is the fewest parts that make up the word's first `end` letters: their number and the last one's start.
    let mut best: Vec<Option<(usize, usize)>> = vec![None; word.len() + 1];
    if let Some(first) = best.first_mut() {
        *first = Some((0, 0));
    }
    for end in PART..=word.len() {
        let found = (0..=end - PART).filter_map(|start| {
            let count = best.get(start).copied().flatten()?.0;
            let part = word.get(start..end)?;
            (is_part(part) || is_part(&singular(part))).then_some((count + 1, start))
        });
        let found = found.min();
        if let Some(slot) = best.get_mut(end) {
            *slot = found;
        }
    }
    let mut parts = Vec::new();
    let mut end = word.len();
    while end > 0 {
        let (_, start) = best.get(end).copied().flatten()?;
        parts.push(singular(word.get(start..end)?));
        end = start;
    }
    parts.reverse();
    (parts.len() > 1).then_some(parts)
}

fn path_words(path: &str, split: impl Fn(&str) -> Vec<String>) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "api" | "v1" | "v2"));
    for (at, part) in parts.enumerate() {
        if is_id(part) {
            if let Some(last) = words.last().filter(|last| !last.parameter) {
                let own =
                    split_at_signs(part).filter(|word| word != "id").last().filter(|word| !word.starts_with(is_digit));
                let alias = own.filter(|own| *own != last.text);
                words.push(Word { text: last.text.clone(), parameter: true, alias, part: at });
            }
        } else {
            let of_part = split_at_signs(part).flat_map(|word| split(&word));
            words.extend(of_part.map(|text| Word { text, parameter: false, alias: None, part: at }));
        }
    }
    words
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// Whether a part of a path stands for an id: a parameter, or something with a number in it that is no word.
pub(crate) fn is_id(part: &str) -> bool {
    let digits = part.chars().filter(char::is_ascii_digit).count();
    part.starts_with(['{', ':', '<', '$']) || (part.len() > 8 && digits > 0) || (digits > 0 && digits == part.len())
}

/// Splits at signs and where a capital begins a word; words are made singular.
pub(crate) fn split_at_signs(text: &str) -> impl Iterator<Item = String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut after_small = false;
    for c in text.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && after_small) {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        after_small = c.is_lowercase() || c.is_numeric();
    }
    words.push(word);
    words.into_iter().filter(|word| !word.is_empty()).map(|word| singular(&word))
}

fn singular(word: &str) -> String {
    match (word.strip_suffix("ies"), word.strip_suffix('s')) {
        (Some(stem), _) if stem.len() > 1 => format!("{stem}y"),
        // `status` and `address` are no plurals.
        (_, Some(stem)) if stem.len() > 2 && !stem.ends_with(['s', 'u']) => stem.to_owned(),
        _ => word.to_owned(),
    }
}
