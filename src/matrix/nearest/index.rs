//! How near known names are to an asked one, word by word.

use std::collections::{BTreeSet, HashMap};

use super::synonyms::SYNONYMS;
use super::words::{Splitter, Word};

/// Words that say what to do and not with what: they decide between names that are near for other reasons.
const VERBS: &[&str] = &[
    "get", "fetch", "show", "view", "read", "list", "find", "search", "query", "lookup", "create", "add", "new", "insert",
    "update", "edit", "set", "change", "modify", "write", "manage", "delete", "remove", "run", "execute", "send", "assign",
];
/// Words that say next to nothing.
const FILLERS: &[&str] =
    &["all", "data", "info", "information", "platform", "public", "my", "admin", "genesys", "purecloud", "cloud", "general"];
/// Words that make a variant of another operation.
const VARIANTS: &[&str] = &[
    "job", "view", "bulk", "me", "mine", "schema", "export", "import", "preview", "draft", "version", "template", "result",
    "setting", "default", "simulate", "validate", "merge", "enrich", "availability", "all", "summary",
];
/// Words that only say that a POST carries a question.
const QUESTIONS: &[&str] = &["query", "search"];

const VERB: f64 = 0.3;
const FILLER: f64 = 0.2;
const VARIANT: f64 = 1.6;
const QUESTION: f64 = 0.15;
/// The last thing of an asked path is what is asked for; what stands before it says where.
const LAST_THING: f64 = 1.3;
/// Words that ask for figures about a thing. What they are called says less than what they mean.
const MEASURES: &[&str] = &["summary", "statistic", "report", "metric", "detail", "performance", "realtime", "live", "history"];
const MEASURE: f64 = 0.9;
const MEASURE_WRITTEN: f64 = 0.75;
/// The first part of a known path is an area that people leave out.
const AREA: f64 = 0.35;
/// A parameter in an asked path; in the middle and at the end of a known one.
const PARAMETER_ASKED: f64 = 0.35;
const PARAMETER_INSIDE: f64 = 0.15;
const PARAMETER_LAST: f64 = 0.5;
/// A word found beside a name, and a meaning from the table of synonyms, instead of the word itself.
const BESIDE: f64 = 0.55;
const MEANT: f64 = 0.9;
const LESS_LIKELY: f64 = 0.06;
/// Meeting the asked words counts more than not having others (the F-measure's beta, squared).
const RECALL_OVER_PRECISION: f64 = 2.0;
/// How near two words must be, as a share of their letters, to be slips of each other.
const SLIP: f64 = 0.75;

#[derive(Debug)]
struct Piece {
    word: usize,
    alias: Option<usize>,
    parameter: bool,
    weight: f64,
}

#[derive(Debug)]
struct Name {
    pieces: Vec<Piece>,
    /// Words that are not of the name and yet of what it stands for, with how much of it.
    beside: Vec<(usize, f64)>,
}

/// The known names, cut into words.
#[derive(Debug, Default)]
pub(super) struct Index {
    words: Vec<String>,
    ids: HashMap<String, usize>,
    /// How many names have the word.
    counts: Vec<usize>,
    names: Vec<Name>,
}

/// How a name is made of words: a path begins with an area, a permission or scope does not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Path,
    Name,
}

impl Index {
    /// Of names, each with the words beside it.
    pub(super) fn new(shape: Shape, names: Vec<(Vec<Word>, Vec<(String, f64)>)>) -> Self {
        let mut index = Self::default();
        for (words, beside) in &names {
            let own = words.iter().map(|word| &word.text).chain(words.iter().filter_map(|word| word.alias.as_ref()));
            for text in own.collect::<BTreeSet<_>>() {
                let id = index.id(text);
                if let Some(count) = index.counts.get_mut(id) {
                    *count += 1;
                }
            }
            for (text, _) in beside {
                index.id(text);
            }
        }
        let all = names.len();
        for (words, beside) in names {
            let pieces = index.pieces(shape, &words, all);
            let beside = beside.iter().map(|(text, share)| (index.id(text), *share)).collect();
            index.names.push(Name { pieces, beside });
        }
        index
    }

    fn id(&mut self, text: &str) -> usize {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = self.words.len();
        self.words.push(text.to_owned());
        self.counts.push(0);
        self.ids.insert(text.to_owned(), id);
        id
    }

    fn pieces(&self, shape: Shape, words: &[Word], all: usize) -> Vec<Piece> {
        let last_part = words.last().map_or(0, |word| word.part);
        let pieces = words.iter().filter_map(|word| {
            let id = *self.ids.get(&word.text)?;
            let text = word.text.as_str();
            let rarity = rarity(all, self.counts.get(id).copied().unwrap_or_default());
            let kind = match (word.parameter, word.part == last_part) {
                (true, true) => PARAMETER_LAST,
                (true, false) => PARAMETER_INSIDE,
                _ if QUESTIONS.contains(&text) => QUESTION,
                _ if shape == Shape::Path && VARIANTS.contains(&text) => VARIANT,
                _ if VERBS.contains(&text) => VERB,
                _ if shape == Shape::Path && word.part == 0 && last_part > 0 => AREA,
                _ => 1.0,
            };
            let alias = word.alias.as_ref().and_then(|alias| self.ids.get(alias)).copied();
            Some(Piece { word: id, alias, parameter: word.parameter, weight: rarity * kind })
        });
        pieces.collect()
    }

    /// The score of every known name, in their order: 0 is nothing in common, 1 the same.
    pub(super) fn scores(&self, asked: &[Word], splitter: &Splitter) -> Vec<f64> {
        let terms = self.terms(asked, splitter);
        self.names.iter().map(|name| score(&terms, name)).collect()
    }

    fn terms(&self, asked: &[Word], splitter: &Splitter) -> Vec<Term> {
        let mut terms = Vec::new();
        let is_thing = |word: &&Word| !word.parameter && ![VERBS, FILLERS, MEASURES].iter().any(|list| list.contains(&word.text.as_str()));
        let last_thing = asked.iter().rev().find(is_thing).map(|word| word.part);
        let mut at = 0;
        while let Some(word) = asked.get(at) {
            let longest = SYNONYMS.get(&word.text).into_iter().flatten().find(|synonym| {
                let here = asked.get(at..at + synonym.written.len());
                here.is_some_and(|here| {
                    here.iter().zip(&synonym.written).all(|(asked, written)| asked.text == *written)
                        && here.iter().all(|asked| asked.parameter == word.parameter)
                })
            });
            let length = longest.map_or(1, |synonym| synonym.written.len());
            let written: Vec<&str> = asked.iter().skip(at).take(length).map(|word| word.text.as_str()).collect();
            let is_measure = written.iter().all(|word| MEASURES.contains(word));
            let mut readings = vec![self.reading(&written, if is_measure { MEASURE_WRITTEN } else { 1.0 })];
            let alias = word.alias.as_deref().filter(|_| word.parameter);
            readings.extend(alias.map(|alias| self.reading(&[alias], MEANT)));
            let mut worth = MEANT;
            let same = SYNONYMS.get(&word.text).into_iter().flatten().filter(|synonym| synonym.written == written);
            for meant in same.flat_map(|synonym| &synonym.meant) {
                let words: Vec<String> = meant.iter().flat_map(|word| splitter.split(word, false)).collect();
                readings.push(self.reading(&words.iter().map(String::as_str).collect::<Vec<_>>(), worth));
                worth -= LESS_LIKELY;
            }
            let kind = match written.as_slice() {
                _ if word.parameter => PARAMETER_ASKED,
                [one] if FILLERS.contains(one) => FILLER,
                [one] if VERBS.contains(one) => VERB,
                _ if is_measure => MEASURE,
                _ if last_thing == Some(word.part) => LAST_THING,
                _ => 1.0,
            };
            let rarity = readings.iter().map(|reading| reading.rarity).fold(0.0, f64::max);
            terms.push(Term { parameter: word.parameter, weight: rarity * kind, readings });
            at += length;
        }
        terms
    }

    fn reading(&self, words: &[&str], worth: f64) -> Reading {
        let all = self.names.len();
        let rarities = words.iter().map(|word| match self.ids.get(*word) {
            Some(id) => rarity(all, self.counts.get(*id).copied().unwrap_or_default()),
            // A word that no name has tells nothing apart; it only says that the asked name is far off.
            None => 2.0,
        });
        let rarity = rarities.fold(0.0, f64::max);
        let rows = words.iter().map(|word| {
            let is_known = self.ids.contains_key(*word);
            self.words.iter().map(|known| alike(word, known, is_known)).collect()
        });
        Reading { rows: rows.collect(), worth, rarity }
    }
}

/// An asked word, or several that are one thing, with what it may mean.
struct Term {
    parameter: bool,
    weight: f64,
    readings: Vec<Reading>,
}

/// One meaning: for each of its words how like each known word is.
struct Reading {
    rows: Vec<Vec<f64>>,
    worth: f64,
    rarity: f64,
}

fn score(terms: &[Term], name: &Name) -> f64 {
    let mut used = vec![0.0_f64; name.pieces.len()];
    let (mut met, mut whole) = (0.0, 0.0);
    for term in terms {
        let mut best = 0.0_f64;
        for reading in &term.readings {
            let mut sum = 0.0;
            for row in &reading.rows {
                let like = |word: usize| row.get(word).copied().unwrap_or_default();
                let mut here = 0.0_f64;
                for (piece, used) in name.pieces.iter().zip(&mut used) {
                    if piece.parameter == term.parameter {
                        let like = like(piece.word).max(piece.alias.map_or(0.0, like));
                        here = here.max(like);
                        *used = used.max(like * reading.worth);
                    }
                }
                if !term.parameter {
                    for (word, share) in &name.beside {
                        here = here.max(like(*word) * share * BESIDE);
                    }
                }
                sum += here;
            }
            best = best.max(sum / count(reading.rows.len().max(1)) * reading.worth);
        }
        met += best * term.weight;
        whole += term.weight;
    }
    let all: f64 = name.pieces.iter().map(|piece| piece.weight).sum();
    let part: f64 = name.pieces.iter().zip(&used).map(|(piece, used)| piece.weight * used).sum();
    if whole <= 0.0 || all <= 0.0 || met <= 0.0 {
        return 0.0;
    }
    let (recall, precision) = (met / whole, part / all);
    // Words beside a name alone make no name, so a little is added to what its own words say.
    let precision = precision.max(0.05);
    (1.0 + RECALL_OVER_PRECISION) * recall * precision / (RECALL_OVER_PRECISION * precision + recall)
}

/// A word of few names says more.
fn rarity(all: usize, having: usize) -> f64 {
    (1.0 + ratio(all, 1 + having)).ln()
}

fn ratio(a: usize, b: usize) -> f64 {
    if b == 0 { 0.0 } else { count(a) / count(b) }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words and names, far below 2^52")]
fn count(a: usize) -> f64 {
    a as f64
}

fn alike(asked: &str, known: &str, asked_is_known: bool) -> f64 {
    if asked == known {
        return 1.0;
    }
    let (short, long) = if asked.len() <= known.len() { (asked, known) } else { (known, asked) };
    if short.len() >= 4 && long.contains(short) {
        let begins = if long.starts_with(short) { 0.7 } else { 0.5 };
        return if asked_is_known { begins * 0.5 } else { begins };
    }
    // A word that the matrix has is no slip of another one.
    if asked_is_known || long.len() - short.len() > 2 {
        return 0.0;
    }
    let edits = strsim::normalized_damerau_levenshtein(asked, known);
    if edits >= SLIP { edits * 0.9 } else { 0.0 }
}
