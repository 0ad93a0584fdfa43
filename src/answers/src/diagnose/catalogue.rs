//! The platform's published error codes, with the statuses and the message of each.
//!
//! Made by `fixtures/matrices/make_error_codes.py` from the platform's own document, where every operation publishes
//! its codes.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use jiff::civil::Date;

use super::letters::Letters;
use super::template::{Fit, Template};

const TEXT: &str = include_str!("codes.tsv");

/// How many letters in a row have to agree before two texts are compared.
const SEED: usize = 12;

/// How many times as many operations publish what counts as common.
const COMMON: u32 = 20;

/// A code as published under one status, with one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The HTTP status.
    pub status: u16,
    /// How many operations publish it.
    pub operations: u32,
    /// The message, `%s` where the platform puts a value.
    pub message: &'static str,
}

/// A published message that a text holds, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByText {
    /// The codes that have this message, with their statuses: the one that fits best first.
    pub codes: Vec<(&'static str, Published)>,
    /// Where it stands, and its values.
    pub fit: Fit,
    /// How many letters of the message are fixed.
    pub letters: usize,
}

/// The catalogue.
#[derive(Debug)]
pub struct Catalogue {
    date: Option<Date>,
    codes: BTreeMap<&'static str, Vec<Published>>,
    templates: Vec<(Template<'static>, &'static str, Published)>,
    /// Where `SEED` letters stand: template, piece, letter. Only looked up, never walked through.
    seeds: HashMap<u64, Vec<(usize, usize, usize)>>,
    /// Messages too short for a seed, by all their letters.
    short: BTreeMap<Vec<u8>, Vec<usize>>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(TEXT));

/// The built-in catalogue.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

impl Catalogue {
    fn read(text: &'static str) -> Self {
        let mut date = None;
        let mut codes: BTreeMap<&str, Vec<Published>> = BTreeMap::new();
        let mut templates = Vec::new();
        for line in text.lines() {
            if let Some(day) = line.strip_prefix("#date ") {
                date = day.trim().parse().ok();
                continue;
            }
            let mut cells = line.splitn(4, '\t');
            let (Some(status), Some(code), Some(operations)) = (
                cells.next().and_then(|cell| cell.parse().ok()),
                cells.next(),
                cells.next().and_then(|cell| cell.parse().ok()),
            ) else {
                continue;
            };
            let published = Published { status, operations, message: cells.next().unwrap_or("") };
            codes.entry(code).or_default().push(published);
            templates.push((Template::new(published.message), code, published));
        }
        for statuses in codes.values_mut() {
            statuses.sort_by_key(|one| (std::cmp::Reverse(one.operations), one.status));
        }
        let (seeds, short) = index(&templates);
        Self { date, codes, templates, seeds, short }
    }

    /// The day its facts are of.
    pub fn date(&self) -> Option<Date> {
        self.date
    }

    /// Every code, sorted, each with what is published of it, the commonest first.
    pub fn codes(&self) -> impl Iterator<Item = (&'static str, &[Published])> {
        self.codes.iter().map(|(code, published)| (*code, published.as_slice()))
    }

    /// What is published of a code; none where nobody publishes it. Upper and lower case do not matter.
    pub fn published(&self, code: &str) -> &[Published] {
        let exact = self.codes.get(code).or_else(|| {
            self.codes.iter().find(|(known, _)| known.eq_ignore_ascii_case(code)).map(|(_, published)| published)
        });
        exact.map_or(&[], Vec::as_slice)
    }

    /// The published message of which a text holds most; messages that are there to their end come before parts. A
    /// status decides between codes with the same message.
    pub fn by_text(&self, text: &str, status: Option<u16>) -> Option<ByText> {
        self.by_text_among(text, status, |_, _| true)
    }

    /// As [`Self::by_text`], among the codes and messages that are asked for.
    pub fn by_text_among(
        &self,
        text: &str,
        status: Option<u16>,
        wanted: impl Fn(&str, &Published) -> bool,
    ) -> Option<ByText> {
        let mut fits = self.fits(text);
        fits.retain(|(at, _)| self.templates.get(*at).is_some_and(|(_, code, published)| wanted(code, published)));
        let covered = |complete: bool| {
            fits.iter().filter(|(_, fit)| fit.is_complete() == complete).max_by_key(|(at, fit)| {
                let operations = self.templates.get(*at).map_or(0, |(_, _, published)| published.operations);
                (fit.covered, fit.alone, fit.has_tail, fit.has_head, operations, std::cmp::Reverse(*at))
            })
        };
        let (complete, part) = (covered(true), covered(false));
        let operations = |at: &usize| self.templates.get(*at).map_or(0, |(_, _, published)| published.operations);
        // A part that goes further than the message it begins with is one of another message.
        let (_, best) = match (complete, part) {
            (Some((_, whole)), Some((_, more)))
                if more.covered > whole.covered && more.start <= whole.start && more.end >= whole.end =>
            {
                part
            }
            // So is a message of a few operations that is the beginning of one of nearly all.
            (Some((rare, whole)), Some((common, more)))
                if more.covered == whole.covered
                    && more.has_head
                    && whole.alone
                    && operations(common) / COMMON > operations(rare) =>
            {
                part
            }
            (Some(_), _) => complete,
            (None, _) => part,
        }?;
        let alike = fits.iter().filter(|(_, fit)| {
            (fit.covered, fit.is_complete(), fit.has_tail, fit.alone)
                == (best.covered, best.is_complete(), best.has_tail, best.alone)
                && fit.end.abs_diff(best.end) <= 4
        });
        let mut alike: Vec<_> = alike.filter_map(|(at, fit)| Some((self.templates.get(*at)?, fit))).collect();
        alike.sort_by_key(|((_, code, published), _)| {
            (status != Some(published.status), std::cmp::Reverse(published.operations), *code, published.status)
        });
        let ((template, ..), fit) = alike.first()?;
        Some(ByText {
            letters: template.letters(),
            fit: (*fit).clone(),
            codes: alike.iter().map(|((_, code, published), _)| (*code, *published)).collect(),
        })
    }

    /// Every message of which a text holds a telling part.
    fn fits(&self, text: &str) -> Vec<(usize, Fit)> {
        let letters = Letters::of(text);
        let given = letters.as_slice();
        let mut fits: Vec<(usize, Fit)> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for (at, seed) in given.windows(SEED).enumerate() {
            for &(template, piece, within) in self.seeds.get(&key(seed)).map_or(&[][..], Vec::as_slice) {
                // One run of letters holds many seeds, all of them at the same distance.
                let Some((known, ..)) = self.templates.get(template) else { continue };
                if seen.insert((template, piece, at.wrapping_sub(within))) {
                    fits.push((template, known.fit(text, &letters, piece, within, at)));
                }
            }
        }
        for &template in self.short.get(given).map_or(&[][..], Vec::as_slice) {
            if let Some((known, ..)) = self.templates.get(template) {
                fits.push((template, known.fit(text, &letters, 0, 0, 0)));
            }
        }
        fits
    }

    /// The values that a message holds where one of the code's published messages has `%s`; none where none fits.
    pub fn values(&self, code: &str, message: &str) -> Vec<String> {
        let letters = Letters::of(message);
        let fits = self.published(code).iter().filter_map(|one| Template::new(one.message).find(message, &letters));
        fits.max_by_key(|fit| fit.covered).map(|fit| fit.values).unwrap_or_default()
    }

    /// Whether a text is what the platform publishes for a code.
    pub fn publishes(&self, code: &str, message: &str) -> bool {
        let letters = Letters::of(message);
        self.published(code).iter().any(|one| {
            let template = Template::new(one.message);
            template.letters() > 0 && template.find(message, &letters).is_some()
        })
    }

    /// The words of all published messages and codes, in lower case.
    pub fn words(&self) -> impl Iterator<Item = String> + '_ {
        let texts = self.templates.iter().flat_map(|(_, code, published)| [*code, published.message]);
        texts
            .flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric()))
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
    }
}

type Seeds = HashMap<u64, Vec<(usize, usize, usize)>>;

fn index(templates: &[(Template<'static>, &'static str, Published)]) -> (Seeds, BTreeMap<Vec<u8>, Vec<usize>>) {
    let mut seeds: Seeds = HashMap::new();
    let mut short: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
    for (number, (template, ..)) in templates.iter().enumerate() {
        for (piece, letters) in template.fixed_texts().enumerate() {
            let Some(last) = letters.len().checked_sub(SEED) else { continue };
            let mut places = template.words(piece);
            places.retain(|place| *place < last);
            places.push(last);
            for place in places {
                if let Some(seed) = letters.as_slice().get(place..place + SEED) {
                    seeds.entry(key(seed)).or_default().push((number, piece, place));
                }
            }
        }
        if template.letters() > 0 && template.letters() < SEED && template.fixed_texts().count() == 1 {
            let letters = template.fixed_texts().flat_map(|text| text.as_slice().iter().copied()).collect();
            short.entry(letters).or_default().push(number);
        }
    }
    (seeds, short)
}

/// Letters and digits as one number: twelve of them fit without loss.
fn key(seed: &[u8]) -> u64 {
    seed.iter().fold(0, |key, byte| {
        let digit = if byte.is_ascii_digit() { byte - b'0' } else { byte.saturating_sub(b'a') + 10 };
        key * 36 + u64::from(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_code_is_there() {
        let catalogue = catalogue();
        assert_eq!(catalogue.codes().count(), 2059);
        let statuses = |published: &[Published]| {
            published.iter().map(|one| one.status).collect::<std::collections::BTreeSet<_>>().len()
        };
        assert_eq!(catalogue.codes().map(|(_, published)| statuses(published)).sum::<usize>(), 2109);
        assert_eq!(catalogue.codes().map(|(_, published)| published.len()).sum::<usize>(), 2956);
        assert_eq!(catalogue.date(), Some(jiff::civil::date(2026, 7, 19)));
        let scope = catalogue.published("app.not.authorized.for.scope");
        assert_eq!((scope[0].status, scope[0].operations), (403, 3180));
    }

    #[test]
    fn text_names_its_code_and_values() {
        let text = "Unable to perform the requested action. You must have at least one of the following permissions \
                    assigned: [a:b:c] in at least one of the following division(s): [Home]";
        let found = catalogue().by_text(text, None).unwrap();
        assert_eq!((found.codes[0].0, found.codes[0].1.status), ("missing.any.division.permissions", 403));
        assert_eq!(found.fit.values, ["[a:b:c]", "[Home]"]);
        assert!(found.fit.is_complete() && found.fit.alone);
        let within = catalogue().by_text("403 - App not authorized to use scope [a, b] (x)", None).unwrap();
        assert_eq!(within.codes[0].0, "app.not.authorized.for.scope");
        assert_eq!(catalogue().by_text("chat.error", None), None);
    }

    #[test]
    fn status_decides_between_codes_with_one_message() {
        let code = |status| catalogue().by_text("Schema not found.", status).unwrap().codes[0].1.status;
        assert_eq!((code(Some(404)), code(Some(422)), code(Some(400))), (404, 422, 400));
    }

    #[test]
    fn part_of_a_message_is_found_with_every_code_that_it_may_be_of() {
        let found = catalogue().by_text("you are missing the following permission(s)...", None).unwrap();
        assert_eq!(found.codes[0].0, "missing.permissions");
        assert!(!found.fit.has_head && found.fit.has_tail);
        let cut = catalogue().by_text("Unable to perform the requested action. You", None).unwrap();
        assert!(cut.codes.len() > 3 && !cut.fit.has_tail, "{cut:?}");
    }
}
