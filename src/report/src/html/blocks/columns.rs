//! Rows as columns: every distinct value once, cells as small numbers, gzip, base64.
//!
//! A block of 100,000 rows has to fit into a page that people send by mail. Values stand in the order in which they
//! first occur, and a cell is written as its age: how many values came up since its own did. A column without
//! repetition is then a row of zeroes, a sorted one a row of zeroes and ones, and neither costs anything once packed.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder};
use serde::{Serialize, Serializer};

use super::sentences::{Sentence, saves, take_apart};

/// A table, column by column. All columns have the same number of rows; their order is kept.
#[derive(Serialize)]
pub struct Columns {
    rows: usize,
    /// The words of sentences, each once.
    #[serde(skip_serializing_if = "Codes::is_empty")]
    words: Codes,
    #[serde(serialize_with = "by_name")]
    columns: Vec<(String, Column)>,
}

/// A block as the page holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Block {
    /// Its name: the end of the element's id.
    pub name: &'static str,
    /// How many rows it has.
    pub rows: usize,
    /// The packed columns in base64.
    pub data: String,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Column {
    Text {
        #[serde(flatten)]
        texts: Texts,
        /// Left out where they are those of the column `like`: names beside their ids.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        ages: Vec<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        like: Option<String>,
        /// The columns whose cells the marks of `sentences::CELL` stand for.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        repeats: Vec<String>,
        /// The columns whose words the marks of `sentences::KNOWN` stand for.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        beside: Vec<String>,
    },
    Number {
        values: Vec<Option<i64>>,
    },
    /// Distinct lists lie one after another in `items`, as ages of their texts, and have these lengths.
    List {
        #[serde(flatten)]
        texts: Texts,
        items: Vec<u32>,
        lengths: Vec<usize>,
        ages: Vec<u32>,
    },
    Numbers {
        items: Vec<i64>,
        lengths: Vec<usize>,
        ages: Vec<u32>,
    },
    /// Texts that follow from other columns, but for these rows.
    Derived {
        own: BTreeMap<usize, String>,
    },
}

/// Distinct texts: as they are, taken apart, or by their places in what all blocks share.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Texts {
    Plain {
        values: Vec<String>,
    },
    /// The pattern of each text, as ages, and its words one after another, as places in the block's `words`.
    Apart {
        patterns: Vec<String>,
        forms: Vec<u32>,
        slots: Vec<u32>,
    },
    /// For each text its place in the shared texts, as the step from the place before; `None`: the next of `own`.
    Shared {
        shared: Vec<Option<i64>>,
        own: Vec<String>,
    },
    /// Ids, as the bytes that their hexadecimal digits stand for.
    Packed {
        packed: String,
        shape: &'static str,
    },
}

fn by_name<S: Serializer>(columns: &[(String, Column)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(columns.iter().map(|(name, column)| (name, column)))
}

impl Columns {
    /// A table of so many rows, without columns.
    pub fn new(rows: usize) -> Self {
        Self { rows, words: Codes::default(), columns: Vec::new() }
    }

    /// Adds a column of texts, one a row.
    #[must_use]
    pub fn text<S: AsRef<str>>(self, name: &str, cells: impl IntoIterator<Item = S>) -> Self {
        let (values, ages) = texts(cells);
        let texts = Texts::Plain { values };
        self.with(name, ages.len(), Column::Text { texts, ages, like: None, repeats: Vec::new(), beside: Vec::new() })
    }

    /// Adds a column of sentences, one a row. Their marks stand for the cells of the columns `repeats` and for the words
    /// of the sentences in the columns `beside`, each in its order.
    #[must_use]
    pub fn sentences(mut self, name: &str, cells: &[Sentence], repeats: &[&str], beside: &[&str]) -> Self {
        let (distinct, ages) = distinct(cells.iter());
        let texts = self.apart(&distinct);
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let column = Column::Text { texts, ages, like: None, repeats: names(repeats), beside: names(beside) };
        self.with(name, cells.len(), column)
    }

    fn apart(&mut self, sentences: &[&Sentence]) -> Texts {
        let (patterns, forms) = texts(sentences.iter().map(|sentence| &sentence.pattern));
        let words = sentences.iter().flat_map(|sentence| &sentence.words);
        let slots = words.map(|word| self.words.code(word).0).collect();
        Texts::Apart { patterns, forms, slots }
    }

    /// Adds a column of numbers, one a row; `None` where it is not known.
    #[must_use]
    pub fn number(self, name: &str, cells: impl IntoIterator<Item = Option<i64>>) -> Self {
        let values: Vec<Option<i64>> = cells.into_iter().collect();
        self.with(name, values.len(), Column::Number { values })
    }

    /// Adds a column of lists of texts, one list a row. Lists that are the same are kept once, and so are their texts.
    #[must_use]
    pub fn list<S: AsRef<str>, L: IntoIterator<Item = S>>(
        mut self,
        name: &str,
        cells: impl IntoIterator<Item = L>,
    ) -> Self {
        let owned = |list: L| -> Vec<String> { list.into_iter().map(|item| item.as_ref().to_owned()).collect() };
        let (lists, ages) = distinct(cells.into_iter().map(owned));
        let (values, items) = texts(lists.iter().flatten());
        let sentences: Vec<Sentence> = values.iter().map(|text| take_apart(text, &[], &[])).collect();
        let texts = if saves(&values, &sentences) {
            self.apart(&sentences.iter().collect::<Vec<_>>())
        } else {
            Texts::Plain { values }
        };
        let rows = ages.len();
        self.with(name, rows, Column::List { texts, items, lengths: lists.iter().map(Vec::len).collect(), ages })
    }

    /// Adds a column of lists of whole numbers (codes of another block, bits), one list a row. Lists that are the same
    /// are kept once.
    #[must_use]
    pub fn numbers<L: IntoIterator<Item = i64>>(self, name: &str, cells: impl IntoIterator<Item = L>) -> Self {
        let (lists, ages) = distinct(cells.into_iter().map(|list| list.into_iter().collect::<Vec<i64>>()));
        let lengths = lists.iter().map(Vec::len).collect();
        let items = lists.into_iter().flatten().collect();
        self.with(name, ages.len(), Column::Numbers { items, lengths, ages })
    }

    /// Leaves a column out that a script can work out from the others, except for the cells of these rows.
    #[must_use]
    pub fn derived(mut self, name: &str, own: BTreeMap<usize, String>) -> Self {
        if let Some((_, column)) = self.columns.iter_mut().find(|(known, _)| known == name) {
            *column = Column::Derived { own };
        }
        self
    }

    fn with(mut self, name: &str, cells: usize, column: Column) -> Self {
        debug_assert_eq!(cells, self.rows, "column `{name}` has {cells} cells in a table of {} rows", self.rows);
        self.columns.push((name.to_owned(), column));
        self
    }

    /// The distinct texts of each column that has any.
    pub(super) fn texts(&self) -> impl Iterator<Item = &Texts> {
        self.columns.iter().filter_map(|(_, column)| match column {
            Column::Text { texts, .. } | Column::List { texts, .. } => Some(texts),
            Column::Number { .. } | Column::Numbers { .. } | Column::Derived { .. } => None,
        })
    }

    /// The same, to be kept another way.
    pub(super) fn texts_mut(&mut self) -> impl Iterator<Item = &mut Texts> {
        self.columns.iter_mut().filter_map(|(_, column)| match column {
            Column::Text { texts, .. } | Column::List { texts, .. } => Some(texts),
            Column::Number { .. } | Column::Numbers { .. } | Column::Derived { .. } => None,
        })
    }

    /// Names an earlier column in place of the ages of a column that has the same: names stand beside their ids.
    pub(super) fn liken(&mut self) {
        let mut rest = self.columns.as_mut_slice();
        while let Some(((name, first), later)) = rest.split_first_mut() {
            if let Column::Text { ages: known, .. } = first
                && !known.is_empty()
            {
                for (_, other) in later.iter_mut() {
                    if let Column::Text { ages, like, .. } = other
                        && ages == known
                    {
                        *like = Some(name.clone());
                        ages.clear();
                    }
                }
            }
            rest = later;
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The block of this name. The same columns give the same bytes.
    ///
    /// # Errors
    /// When packing fails: a fault of the program, not of the data.
    pub fn block(self, name: &'static str) -> io::Result<Block> {
        // No time and no operating system in the header: the bytes follow from the rows alone.
        let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
        gzip.write_all(&serde_json::to_vec(&self)?)?;
        Ok(Block { name, rows: self.rows, data: STANDARD.encode(gzip.finish()?) })
    }
}

/// Texts with their places, in the order in which they came.
#[derive(Default)]
struct Codes {
    codes: HashMap<String, u32>,
    texts: Vec<String>,
}

impl Codes {
    /// The place of a text, and whether it came for the first time.
    fn code(&mut self, text: &str) -> (u32, bool) {
        if let Some(code) = self.codes.get(text) {
            return (*code, false);
        }
        let code = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.codes.insert(text.to_owned(), code);
        self.texts.push(text.to_owned());
        (code, true)
    }

    fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

impl Serialize for Codes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.texts.serialize(serializer)
    }
}

/// The distinct texts in the order of their first occurrence, and the ages of the cells.
fn texts<S: AsRef<str>>(cells: impl IntoIterator<Item = S>) -> (Vec<String>, Vec<u32>) {
    let mut codes = Codes::default();
    let mut ages = Vec::new();
    for cell in cells {
        let (code, is_new) = codes.code(cell.as_ref());
        let newest = u32::try_from(codes.texts.len()).unwrap_or(u32::MAX);
        ages.push(if is_new { 0 } else { newest - code });
    }
    (codes.texts, ages)
}

/// The distinct things in the order of their first occurrence, and the ages of the cells.
fn distinct<T: Eq + Hash + Clone>(cells: impl IntoIterator<Item = T>) -> (Vec<T>, Vec<u32>) {
    let mut codes: HashMap<T, u32> = HashMap::new();
    let mut things = Vec::new();
    let mut ages = Vec::new();
    for cell in cells {
        let newest = u32::try_from(things.len()).unwrap_or(u32::MAX);
        if let Some(code) = codes.get(&cell) {
            ages.push(newest - code);
        } else {
            ages.push(0);
            things.push(cell.clone());
            codes.insert(cell, newest);
        }
    }
    (things, ages)
}
