//! How values are taken out of a parsed file: each with its place, each problem noted instead of thrown.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Problem;
use super::schema;
use rolecall_base::nearest::nearest;

/// The problems found so far.
#[derive(Default)]
pub(super) struct Problems {
    found: Vec<Problem>,
}

impl Problems {
    /// Notes a problem at a place.
    pub(super) fn add(&mut self, at: &Range<usize>, message: String) {
        self.found.push(Problem::new(Some(at.clone()), message));
    }

    /// Notes a problem at a place, and what to do.
    pub(super) fn add_with_help(&mut self, at: &Range<usize>, message: String, help: String) {
        self.found.push(Problem::new(Some(at.clone()), message).help(help));
    }

    pub(super) fn push(&mut self, problem: Problem) {
        self.found.push(problem);
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// In the order of the file.
    pub(super) fn into_sorted(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|problem| problem.at.as_ref().map_or(0, |at| at.start));
        self.found
    }
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    /// Its bytes in the file.
    pub(super) span: Range<usize>,
}

/// One table of the file. A section that was not written is an empty one.
pub(super) struct Section<'a> {
    /// As people write it, for example `[collect]`; empty for the file itself.
    pub(super) name: &'static str,
    pub(super) span: Range<usize>,
    table: Option<&'a DeTable<'a>>,
}

impl<'a> Section<'a> {
    pub(super) fn top(table: &'a DeTable<'a>) -> Self {
        Self { name: "", span: 0..0, table: Some(table) }
    }

    /// The section `name` of the file, which is stored under `key`.
    pub(super) fn child(&self, key: &str, name: &'static str, problems: &mut Problems) -> Self {
        let table = self.get(key).and_then(|(span, value)| match value.get_ref() {
            DeValue::Table(table) => Some((span, table)),
            other => {
                let message = format!("`{key}` must be a section, not {}", type_words(other));
                problems.add_with_help(&span, message, format!("write `{name}` on a line of its own, its keys below"));
                None
            }
        });
        Self { name, span: table.as_ref().map_or(0..0, |(span, _)| span.clone()), table: table.map(|(_, table)| table) }
    }

    /// The sections `name` of the file, which are stored as a list under `key`.
    pub(super) fn children(&self, key: &str, name: &'static str, problems: &mut Problems) -> Vec<Self> {
        let Some((key_span, value)) = self.get(key) else { return Vec::new() };
        let help = || format!("write `{name}` on a line of its own, its keys below, once for each");
        let DeValue::Array(items) = value.get_ref() else {
            let message = format!("`{key}` must be a list of sections, not {}", type_words(value.get_ref()));
            problems.add_with_help(&key_span, message, help());
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::Table(table) => sections.push(Self { name, span: item.span(), table: Some(table) }),
                other => {
                    let message = format!("`{key}` must hold sections, not {}", type_words(other));
                    problems.add_with_help(&item.span(), message, help());
                }
            }
        }
        sections
    }

    /// All entries, in the order of the file: span of the key, key, value.
    pub(super) fn entries(&self) -> Vec<(Range<usize>, &'a str, &'a Spanned<DeValue<'a>>)> {
        let mut entries: Vec<_> =
            self.table.into_iter().flatten().map(|(key, value)| (key.span(), key.get_ref().as_ref(), value)).collect();
        entries.sort_by_key(|(span, _, _)| span.start);
        entries
    }

    /// The value of a key, with the span of the key.
    pub(super) fn get(&self, wanted: &str) -> Option<(Range<usize>, &'a Spanned<DeValue<'a>>)> {
        let (key, value) = self.table?.iter().find(|(key, _)| key.get_ref().as_ref() == wanted)?;
        Some((key.span(), value))
    }

    /// Notes every key that the section does not know.
    pub(super) fn deny_unknown(&self, problems: &mut Problems) {
        let known = schema::keys_of(self.name);
        for (span, key, _) in self.entries() {
            if !known.contains(&key) {
                problems.add_with_help(&span, format!("unknown key `{key}`{}", self.within()), self.meant(key, &known));
            }
        }
    }

    /// Notes every key that is not one of these: for files that are not the configuration.
    pub(super) fn deny_keys_beside(&self, known: &[&str], problems: &mut Problems) {
        for (span, key, _) in self.entries() {
            if !known.contains(&key) {
                let message = format!("unknown key `{key}`{}", self.within());
                problems.add_with_help(&span, message, meant_or_all(key, known));
            }
        }
    }

    fn meant(&self, key: &str, known: &[&'static str]) -> String {
        let near = nearest(key, known.iter().copied(), 1);
        match (near.first(), schema::section_of(key)) {
            (_, Some(section)) => format!("`{key}` belongs in {section}"),
            (Some(near), None) => format!("did you mean `{near}`?"),
            (None, None) => format!("known keys{}: {}", self.within(), known.join(", ")),
        }
    }

    /// ` in [collect]`, or nothing for the file itself.
    pub(super) fn within(&self) -> String {
        if self.name.is_empty() { String::new() } else { format!(" in {}", self.name) }
    }

    /// Notes a value of the wrong type.
    pub(super) fn wrong_type(&self, key: &str, wanted: &str, value: &Spanned<DeValue<'_>>, problems: &mut Problems) {
        let message = format!("`{key}`{} must be {wanted}, not {}", self.within(), type_words(value.get_ref()));
        problems.add(&value.span(), message);
    }

    pub(super) fn text(&self, key: &str, problems: &mut Problems) -> Option<At<&'a str>> {
        let (_, value) = self.get(key)?;
        if let DeValue::String(text) = value.get_ref() {
            return Some(At { value: text.as_ref(), span: value.span() });
        }
        self.wrong_type(key, "a text in quotes", value, problems);
        None
    }

    /// A text that is not empty.
    pub(super) fn filled_text(&self, key: &str, problems: &mut Problems) -> Option<At<&'a str>> {
        let text = self.text(key, problems)?;
        if text.value.trim().is_empty() {
            problems.add(&text.span, format!("`{key}`{} is empty", self.within()));
            return None;
        }
        Some(text)
    }

    /// A list of texts that are not empty.
    pub(super) fn texts(&self, key: &str, problems: &mut Problems) -> Vec<At<&'a str>> {
        let Some((_, value)) = self.get(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, "a list of texts", value, problems);
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::String(text) if text.trim().is_empty() => {
                    problems.add(&item.span(), format!("`{key}`{} holds an empty text", self.within()));
                }
                DeValue::String(text) => texts.push(At { value: text.as_ref(), span: item.span() }),
                other => {
                    let message = format!("`{key}`{} must hold texts, not {}", self.within(), type_words(other));
                    problems.add(&item.span(), message);
                }
            }
        }
        texts
    }

    /// A whole number within bounds.
    pub(super) fn number(&self, key: &str, least: u32, most: u32, default: u32, problems: &mut Problems) -> u32 {
        let Some((_, value)) = self.get(key) else { return default };
        let DeValue::Integer(number) = value.get_ref() else {
            self.wrong_type(key, "a whole number", value, problems);
            return default;
        };
        match u32::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) if (least..=most).contains(&number) => number,
            _ => {
                let message = format!("`{key}`{} must be between {least} and {most}, not {number}", self.within());
                problems.add(&value.span(), message);
                default
            }
        }
    }

    pub(super) fn boolean(&self, key: &str, default: bool, problems: &mut Problems) -> bool {
        let Some((_, value)) = self.get(key) else { return default };
        if let DeValue::Boolean(boolean) = value.get_ref() {
            return *boolean;
        }
        self.wrong_type(key, "true or false", value, problems);
        default
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)], default: T, problems: &mut Problems) -> T {
        let Some(text) = self.text(key, problems) else { return default };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return *value;
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("unknown value `{}` for `{key}`{}", text.value, self.within());
        problems.add_with_help(&text.span, message, meant_or_all(text.value, &known));
        default
    }

    /// A path, resolved against the folder of the file.
    pub(super) fn path(&self, key: &str, base: &Path, problems: &mut Problems) -> Option<At<PathBuf>> {
        let text = self.filled_text(key, problems)?;
        resolve(&text, base, problems).map(|value| At { value, span: text.span })
    }
}

/// A written path, resolved against the folder of the file.
pub(super) fn resolve(text: &At<&str>, base: &Path, problems: &mut Problems) -> Option<PathBuf> {
    if text.value == "~" || text.value.starts_with("~/") {
        let message = format!("`{}` begins with `~`, which is not expanded", text.value);
        problems.add_with_help(&text.span, message, "write the whole path, or one from this file's folder".to_owned());
        return None;
    }
    if text.value.contains('\0') {
        problems.add(&text.span, "a path cannot hold the character NUL".to_owned());
        return None;
    }
    Some(base.join(text.value))
}

/// Notes a file that is not there or is not a file. `what` names it, for example `needs file`.
pub(super) fn require_file(what: &str, path: &Path, span: &Range<usize>, problems: &mut Problems) {
    let shown = path.display();
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => problems.add(span, format!("{what} `{shown}` is a folder")),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => problems.add_with_help(
            span,
            format!("there is no {what} `{shown}`"),
            "relative paths start at the folder of the configuration file".to_owned(),
        ),
        Err(error) => problems.add(span, format!("{what} `{shown}` could not be read: {error}")),
    }
}

/// `did you mean` the nearest, or the whole list.
pub(super) fn meant_or_all(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied(), 1).first() {
        Some(near) => format!("did you mean `{near}`? known: {}", known.join(", ")),
        None => format!("write one of {}", known.join(", ")),
    }
}

/// A type in words.
pub(super) fn type_words(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
