//! Rows as columns: every distinct value once, cells as small numbers, gzip, base64.
//!
//! A block of 100,000 rows has to fit into a page that people send by mail. Values stand in the order in which they
//! first occur, and a cell is written as its age: how many values came up since its own did. A column without
//! repetition is then a row of zeroes, a sorted one a row of zeroes and ones, and neither costs anything once packed.

use std::collections::HashMap;
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder};
use serde::{Serialize, Serializer};

/// A table, column by column. All columns have the same number of rows; their order is kept.
#[derive(Serialize)]
pub struct Columns {
    rows: usize,
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
        values: Vec<String>,
        ages: Vec<u32>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        repeats: Vec<String>,
    },
    Number {
        values: Vec<Option<i64>>,
    },
    /// Distinct lists lie one after another in `items`, as ages of their words, and have these lengths.
    List {
        values: Vec<String>,
        items: Vec<u32>,
        lengths: Vec<usize>,
        ages: Vec<u32>,
    },
    Numbers {
        items: Vec<i64>,
        lengths: Vec<usize>,
        ages: Vec<u32>,
    },
}

fn by_name<S: Serializer>(columns: &[(String, Column)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(columns.iter().map(|(name, column)| (name, column)))
}

impl Columns {
    /// A table of so many rows, without columns.
    pub fn new(rows: usize) -> Self {
        Self { rows, columns: Vec::new() }
    }

    /// Adds a column of texts, one a row.
    #[must_use]
    pub fn text<S: AsRef<str>>(self, name: &str, cells: impl IntoIterator<Item = S>) -> Self {
        self.repeating(name, cells, &[])
    }

    /// Adds a column of texts in which marks stand for cells of other columns: the first mark for the first of
    /// `repeats`, and so on (`rows::repeating`).
    #[must_use]
    pub fn repeating<S: AsRef<str>>(self, name: &str, cells: impl IntoIterator<Item = S>, repeats: &[&str]) -> Self {
        let (values, ages) = texts(cells);
        let repeats = repeats.iter().map(|name| (*name).to_owned()).collect();
        self.with(name, ages.len(), Column::Text { values, ages, repeats })
    }

    /// Adds a column of numbers, one a row; `None` where it is not known.
    #[must_use]
    pub fn number(self, name: &str, cells: impl IntoIterator<Item = Option<i64>>) -> Self {
        let values: Vec<Option<i64>> = cells.into_iter().collect();
        self.with(name, values.len(), Column::Number { values })
    }

    /// Adds a column of lists of texts, one list a row. Lists that are the same are kept once.
    #[must_use]
    pub fn list<S: AsRef<str>, L: IntoIterator<Item = S>>(
        self,
        name: &str,
        cells: impl IntoIterator<Item = L>,
    ) -> Self {
        let mut rows = Ages::default();
        let mut items = Vec::new();
        let mut lengths = Vec::new();
        for cell in cells {
            let list: Vec<String> = cell.into_iter().map(|item| item.as_ref().to_owned()).collect();
            if let Some(list) = rows.add(list) {
                lengths.push(list.len());
                items.extend(list);
            }
        }
        let (values, items) = texts(items);
        self.with(name, rows.ages.len(), Column::List { values, items, lengths, ages: rows.ages })
    }

    /// Adds a column of lists of whole numbers (codes of another block, bits), one list a row. Lists that are the same
    /// are kept once.
    #[must_use]
    pub fn numbers<L: IntoIterator<Item = i64>>(self, name: &str, cells: impl IntoIterator<Item = L>) -> Self {
        let mut rows = Ages::default();
        let mut items = Vec::new();
        let mut lengths = Vec::new();
        for cell in cells {
            if let Some(list) = rows.add(cell.into_iter().collect::<Vec<i64>>()) {
                lengths.push(list.len());
                items.extend(list);
            }
        }
        self.with(name, rows.ages.len(), Column::Numbers { items, lengths, ages: rows.ages })
    }

    fn with(mut self, name: &str, cells: usize, column: Column) -> Self {
        debug_assert_eq!(cells, self.rows, "column `{name}` has {cells} cells in a table of {} rows", self.rows);
        self.columns.push((name.to_owned(), column));
        self
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

/// Numbers the distinct things of a column by their first occurrence.
struct Ages<T> {
    known: HashMap<T, u32>,
    ages: Vec<u32>,
}

impl<T> Default for Ages<T> {
    fn default() -> Self {
        Self { known: HashMap::new(), ages: Vec::new() }
    }
}

impl<T: Eq + std::hash::Hash + Clone> Ages<T> {
    /// Adds a cell; gives back a value that was not there before.
    fn add(&mut self, value: T) -> Option<T> {
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        if let Some(code) = self.known.get(&value) {
            self.ages.push(next - code);
            return None;
        }
        self.ages.push(0);
        self.known.insert(value.clone(), next);
        Some(value)
    }
}

/// The distinct values in the order of their first occurrence, and the ages of the cells.
fn texts<S: AsRef<str>>(cells: impl IntoIterator<Item = S>) -> (Vec<String>, Vec<u32>) {
    let mut codes: HashMap<String, u32> = HashMap::new();
    let mut values = Vec::new();
    let mut ages = Vec::new();
    for cell in cells {
        let cell = cell.as_ref();
        let next = u32::try_from(values.len()).unwrap_or(u32::MAX);
        if let Some(code) = codes.get(cell) {
            ages.push(next - code);
        } else {
            ages.push(0);
            codes.insert(cell.to_owned(), next);
            values.push(cell.to_owned());
        }
    }
    (values, ages)
}
