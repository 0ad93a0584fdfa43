//! How near known names are to an asked one, word by word.

use std::collections::{BTreeSet, HashMap};

use super::kinds::{CONTAINERS, FILLERS, MEASURES, MISNOMERS, OWN, QUESTIONS, VARIANTS, VERBS};
use super::synonyms::{SYNONYMS, WITH_ACTIONS};
use super::words::{Splitter, Word};

/// How much words of these kinds count.
const VERB: f64 = 0.3;
const FILLER: f64 = 0.2;
const VARIANT: f64 = 1.6;
const CONTAINER: f64 = 0.3;
const QUESTION: f64 = 0.15;
/// How rare a word counts that no name has: it distinguishes nothing, and only shows that the asked name is far off.
const UNKNOWN: f64 = 1.0;
/// The last thing of an asked path is what is asked for; what stands before it says where.
const LAST_THING: f64 = 1.3;
/// It counts at least as much as a word of this rarity, however common it is.
const LAST_RARITY: f64 = 4.0;
/// What is left of a name that does not have it, and how well it must be met.
const WITHOUT_LAST: f64 = 0.8;
const FOUND: f64 = 0.5;
/// A claimed scope begins with what it is about.
const FIRST_OF_SCOPE: f64 = 1.5;
const MEASURE: f64 = 0.9;
const MEASURE_WRITTEN: f64 = 0.75;
/// The first part of a known path is an area that people leave out.
const AREA: f64 = 0.3;
/// A parameter in an asked path; in the middle and at the end of a known one.
const PARAMETER_ASKED: f64 = 0.35;
const PARAMETER_INSIDE: f64 = 0.15;
const PARAMETER_LAST: f64 = 0.5;
/// A word found beside a name, and a meaning from the table of synonyms, instead of the word itself.
const BESIDE: f64 = 0.55;
const MEANT: f64 = 0.88;
const MEANT_TOGETHER: f64 = 0.95;
const LESS_LIKELY: f64 = 0.06;
/// Meeting the asked words counts more than not having others (the F-measure's beta, squared).
const RECALL_OVER_PRECISION: f64 = 2.0;
/// How near two words must be, as a share of their letters, to be slips of each other.
const SLIP: f64 = 0.75;

/// Words that are not of a name and yet of what it stands for, with how much of it.
pub(super) type Beside = Vec<(String, f64)>;

#[derive(Debug)]
struct NameWord {
    word: usize,
    alias: Option<usize>,
    parameter: bool,
    part: usize,
    weight: f64,
}

#[derive(Debug)]
struct Name {
    pieces: Vec<NameWord>,
    /// Words that are not of the name and yet of what it stands for, with how much of it.
    beside: Vec<(usize, f64)>,
}

/// The known names, cut into words.
#[derive(Debug, Default)]
pub(crate) struct Index {
    shape: Shape,
    words: Vec<String>,
    ids: HashMap<String, usize>,
    /// How many names have the word.
    counts: Vec<usize>,
    names: Vec<Name>,
}

/// What kind of name it is: paths and permissions begin with an area, a scope is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    #[default]
    Path,
    Permission,
    Scope,
}

impl Shape {
    /// What a name gains for beginning with the asked word.
    fn same_beginning(self) -> f64 {
        match self {
            Self::Path => 0.08,
            Self::Permission => 0.15,
            Self::Scope => 0.4,
        }
    }

    /// What the words beside a name add where they say the same as the name.
    fn confirmed(self) -> f64 {
        if self == Self::Path { 0.0 } else { 0.05 }
    }

    /// How precise a name is at least. A path must have the words; the others may stand for what they are asked for.
    fn least_precision(self) -> f64 {
        match self {
            Self::Path => 0.05,
            Self::Permission => 0.35,
            Self::Scope => 0.6,
        }
    }
}

impl Index {
    /// Of names, each with the words beside it.
    pub(super) fn new(shape: Shape, names: Vec<(Vec<Word>, Beside)>) -> Self {
        let mut index = Self { shape, ..Self::default() };
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

    fn pieces(&self, shape: Shape, words: &[Word], all: usize) -> Vec<NameWord> {
        let last_part = words.last().map_or(0, |word| word.part);
        let has_parameter = |part: usize| words.iter().any(|word| word.parameter && word.part == part);
        let pieces = words.iter().filter_map(|word| {
            let id = *self.ids.get(&word.text)?;
            let text = word.text.as_str();
            let rarity = rarity(all, self.counts.get(id).copied().unwrap_or_default());
            let kind = match (word.parameter, word.part == last_part) {
                (true, true) => PARAMETER_LAST,
                (true, false) => PARAMETER_INSIDE,
                _ if QUESTIONS.contains(&text) => QUESTION,
                _ if OWN.contains(&text) => PARAMETER_LAST,
                _ if shape == Shape::Path && VARIANTS.contains(&text) => VARIANT,
                _ if VERBS.contains(&text) => VERB,
                _ if FILLERS.contains(&text) => FILLER,
                _ if shape != Shape::Scope && word.part == 0 && last_part > 0 => AREA,
                // What an id inside the path is of, and what only holds other things.
                _ if has_parameter(word.part + 1) && word.part + 1 < last_part => CONTAINER,
                _ if CONTAINERS.contains(&text) && word.part < last_part => CONTAINER,
                _ => 1.0,
            };
            let alias = word.alias.as_ref().and_then(|alias| self.ids.get(alias)).copied();
            Some(NameWord { word: id, alias, parameter: word.parameter, part: word.part, weight: rarity * kind })
        });
        pieces.collect()
    }

    /// The score of every known name, in their order: 0 is nothing in common, 1 the same.
    pub(crate) fn scores(&self, asked: &[Word], splitter: &Splitter) -> Vec<f64> {
        let terms = self.terms(asked, splitter);
        let first = asked.first().and_then(|word| self.ids.get(&word.text)).copied();
        // `user:read` leaves the domain out.
        let short = asked.last().is_none_or(|word| word.part < 2);
        let begins_at = usize::from(self.shape == Shape::Permission && short);
        let scores = self.names.iter().map(|name| {
            let begins = name.pieces.iter().find(|piece| piece.part >= begins_at).map(|piece| piece.word);
            let same = first.is_some() && begins == first;
            let bonus = if same { self.shape.same_beginning() } else { 0.0 };
            score(&terms, name, self.shape) * (1.0 + bonus)
        });
        scores.collect()
    }

    fn terms(&self, asked: &[Word], splitter: &Splitter) -> Vec<Term> {
        let synonyms = if self.shape == Shape::Path { &*SYNONYMS } else { &*WITH_ACTIONS };
        let mut terms = Vec::new();
        let is_thing = |word: &&Word| {
            let text = word.text.as_str();
            !word.parameter && text != "detail" && !VERBS.contains(&text) && !FILLERS.contains(&text)
        };
        let last_thing = asked.iter().rev().find(is_thing).map(|word| word.part);
        let mut at = 0;
        while let Some(word) = asked.get(at) {
            let longest = synonyms.get(&word.text).into_iter().flatten().find(|synonym| {
                let here = asked.get(at..at + synonym.written.len());
                here.is_some_and(|here| {
                    here.iter().zip(&synonym.written).all(|(asked, written)| asked.text == *written)
                        && here.iter().all(|asked| asked.parameter == word.parameter)
                })
            });
            let length = longest.map_or(1, |synonym| synonym.written.len());
            let written: Vec<&str> = asked.iter().skip(at).take(length).map(|word| word.text.as_str()).collect();
            let is_measure = written.iter().all(|word| MEASURES.contains(word));
            let is_misnomer = written.iter().any(|word| MISNOMERS.contains(word));
            let idiom = longest.is_some_and(|synonym| synonym.written.len() > 1 && !synonym.meant.is_empty());
            let mut readings = vec![self.reading(
                &written,
                if is_measure || is_misnomer || idiom { MEASURE_WRITTEN } else { 1.0 },
                1.0,
            )];
            let alias = word.alias.as_deref().filter(|_| word.parameter);
            readings.extend(alias.map(|alias| self.reading(&[alias], MEANT, MEANT)));
            // What several words are together is what the table says; alone they may be anything.
            let together = written.len() > 1;
            let mut worth = if together { MEANT_TOGETHER } else { MEANT };
            let same = synonyms.get(&word.text).into_iter().flatten().filter(|synonym| synonym.written == written);
            for meant in same.flat_map(|synonym| &synonym.meant) {
                let words: Vec<String> = meant.iter().flat_map(|word| splitter.split(word, false)).collect();
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                // A fuller name of the same thing (`routing skill`) is as good as what is written.
                let fuller = words.len() > written.len() && written.iter().all(|word| words.contains(word));
                readings.push(self.reading(&words, if fuller { 1.0 } else { worth }, worth));
                worth -= LESS_LIKELY;
            }
            let is_last = self.shape != Shape::Scope && !word.parameter && last_thing == Some(word.part);
            let kind = match written.as_slice() {
                _ if word.parameter => PARAMETER_ASKED,
                [one] if FILLERS.contains(one) => FILLER,
                [one] if VERBS.contains(one) => VERB,
                _ if is_measure => MEASURE,
                _ if self.shape == Shape::Scope && word.part == 0 => FIRST_OF_SCOPE,
                _ if is_last => LAST_THING,
                _ => 1.0,
            };
            let rarity = readings.iter().map(|reading| reading.rarity).fold(0.0, f64::max);
            let rarity = if is_last && rarity > UNKNOWN { rarity.max(LAST_RARITY) } else { rarity };
            terms.push(Term { parameter: word.parameter, is_last, weight: rarity * kind, readings });
            at += length;
        }
        terms
    }

    fn reading(&self, words: &[&str], worth: f64, explains: f64) -> Reading {
        let all = self.names.len();
        let rarities = words.iter().map(|word| match self.ids.get(*word) {
            Some(id) => rarity(all, self.counts.get(*id).copied().unwrap_or_default()),
            None => UNKNOWN,
        });
        let rarity = rarities.fold(0.0, f64::max);
        let rows = words.iter().map(|word| {
            let is_known = self.ids.contains_key(*word);
            self.words.iter().map(|known| alike(word, known, is_known)).collect()
        });
        Reading { rows: rows.collect(), worth, explains, rarity }
    }
}

/// An asked word, or several that are one thing, with what it may mean.
struct Term {
    parameter: bool,
    /// Whether it is the last thing of the path.
    is_last: bool,
    weight: f64,
    readings: Vec<Reading>,
}

/// One meaning: for each of its words how like each known word is.
struct Reading {
    rows: Vec<Vec<f64>>,
    /// What meeting it is worth, and what a name's word is worth that only it explains.
    worth: f64,
    explains: f64,
    rarity: f64,
}

fn score(terms: &[Term], name: &Name, shape: Shape) -> f64 {
    let mut used = vec![0.0_f64; name.pieces.len()];
    let (mut met, mut whole, mut beside, mut missed_last) = (0.0, 0.0, 0.0, false);
    for term in terms {
        let (mut best, mut beside_best) = (0.0_f64, 0.0_f64);
        for reading in &term.readings {
            let mut sum = 0.0;
            for row in &reading.rows {
                let like = |word: usize| row.get(word).copied().unwrap_or_default();
                let mut here = 0.0_f64;
                for (piece, used) in name.pieces.iter().zip(&mut used) {
                    if piece.parameter == term.parameter {
                        let like = like(piece.word).max(piece.alias.map_or(0.0, like));
                        here = here.max(like);
                        *used = used.max(like * reading.explains);
                    }
                }
                if !term.parameter {
                    let stands_beside = name.beside.iter().map(|(word, share)| like(*word) * share).fold(0.0, f64::max);
                    here = here.max(stands_beside * BESIDE);
                    beside_best = beside_best.max(stands_beside * reading.worth);
                }
                sum += here;
            }
            best = best.max(sum / count(reading.rows.len().max(1)) * reading.worth);
        }
        missed_last |= term.is_last && best < FOUND;
        met += best * term.weight;
        beside += beside_best * term.weight;
        whole += term.weight;
    }
    let all: f64 = name.pieces.iter().map(|piece| piece.weight).sum();
    let part: f64 = name.pieces.iter().zip(&used).map(|(piece, used)| piece.weight * used).sum();
    if whole <= 0.0 || all <= 0.0 || met <= 0.0 {
        return 0.0;
    }
    let (recall, precision) = (met / whole, (part / all).max(shape.least_precision()));
    let both = (1.0 + RECALL_OVER_PRECISION) * recall * precision / (RECALL_OVER_PRECISION * precision + recall);
    let both = both * (1.0 + shape.confirmed() * beside / whole);
    if missed_last { both * WITHOUT_LAST } else { both }
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
    if short.len() >= 4 && long.contains(short) && (short.len() >= 5 || long.len() >= 7) {
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
