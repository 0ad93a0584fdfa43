//! The platform's published error codes, with the statuses and the message of each.
//!
//! Made by `fixtures/matrices/make_error_codes.py` from the platform's own document, where every operation publishes
//! its codes.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Date;

use super::template::Template;

const TEXT: &str = include_str!("codes.tsv");

/// A code as published under one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// The HTTP status.
    pub status: u16,
    /// How many operations publish it.
    pub operations: u32,
    /// The message, `%s` where the platform puts a value.
    pub message: &'static str,
}

/// A published code under one status, found by its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByText {
    /// The code.
    pub code: &'static str,
    /// Its status.
    pub status: u16,
    /// The fixed text with which the message begins.
    pub beginning: &'static str,
    /// What stood where the template has `%s`, in order.
    pub values: Vec<String>,
}

/// The catalogue.
#[derive(Debug)]
pub struct Catalogue {
    date: Option<Date>,
    codes: BTreeMap<&'static str, Vec<Published>>,
    templates: Vec<(Template<'static>, &'static str, Published)>,
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
            if let Some(told) = line.strip_prefix("#date ") {
                date = told.trim().parse().ok();
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
        // The text that says most comes first; of equal texts the code that most operations publish.
        templates.sort_by(|a, b| {
            (b.0.letters(), b.2.operations, a.1, a.2.status).cmp(&(a.0.letters(), a.2.operations, b.1, b.2.status))
        });
        Self { date, codes, templates }
    }

    /// The day its facts are of.
    pub fn date(&self) -> Option<Date> {
        self.date
    }

    /// Every code, sorted, each with what is published of it, the commonest status first.
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

    /// The code whose published message this text is (`whole`), or contains. Texts of a few letters would be found
    /// everywhere and are only taken as a whole; a status narrows the choice.
    pub fn by_text(&self, text: &str, status: Option<u16>, whole: bool) -> Option<ByText> {
        /// The shortest text that is looked for within another one.
        const TELLING: usize = 24;
        self.templates
            .iter()
            .filter(|(template, _, published)| {
                (whole || template.letters() >= TELLING)
                    && template.letters() > 0
                    && status.is_none_or(|status| status == published.status)
            })
            .find_map(|(template, code, published)| {
                let values = if whole { template.fit(text) } else { template.find(text) }?;
                let beginning = published.message.split("%s").next().unwrap_or("").trim_end();
                Some(ByText { code, status: published.status, beginning, values })
            })
    }

    /// The values that a message holds where the code's published message has `%s`; none where it does not fit.
    pub fn values(&self, code: &str, message: &str) -> Vec<String> {
        self.published(code)
            .iter()
            .find_map(|published| Template::new(published.message).find(message))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_code_is_there() {
        let catalogue = catalogue();
        assert_eq!(catalogue.codes().count(), 2059);
        assert_eq!(catalogue.codes().map(|(_, published)| published.len()).sum::<usize>(), 2109);
        assert_eq!(catalogue.date(), Some(jiff::civil::date(2026, 7, 19)));
        let scope = catalogue.published("app.not.authorized.for.scope");
        assert_eq!((scope[0].status, scope[0].operations), (403, 3180));
    }

    #[test]
    fn text_names_its_code_and_values() {
        let text = "Unable to perform the requested action. You must have at least one of the following permissions \
                    assigned: [a:b:c] in at least one of the following division(s): [Home]";
        let found = catalogue().by_text(text, None, true).unwrap();
        assert_eq!((found.code, found.status), ("missing.any.division.permissions", 403));
        assert_eq!(found.values, ["[a:b:c]", "[Home]"]);
        let within = catalogue().by_text("403 - App not authorized to use scope [a, b] (x)", None, false).unwrap();
        assert_eq!(within.code, "app.not.authorized.for.scope");
        assert_eq!(catalogue().by_text("chat.error", None, false), None);
    }
}
