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
use serde::Serialize;
use serde_json::{Map, Value};

/// A table, column by column. All columns have the same number of rows.
pub struct Columns {
    rows: usize,
    columns: Map<String, Value>,
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

/// Numbers the distinct things of a column by their first occurrence.
struct Ages<T> {
    known: HashMap<T, u32>,
    ages: Vec<u32>,
}

impl<T: Eq + std::hash::Hash> Ages<T> {
    fn new() -> Self {
        Self { known: HashMap::new(), ages: Vec::new() }
    }

    /// Adds a cell; whether its value is one that was not there before.
    fn add(&mut self, value: T) -> bool {
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        let code = *self.known.entry(value).or_insert(next);
        self.ages.push(next - code);
        code == next
    }
}

impl Columns {
    /// A table of so many rows, without columns.
    pub fn new(rows: usize) -> Self {
        Self { rows, columns: Map::new() }
    }

    /// Adds a column of texts, one a row.
    #[must_use]
    pub fn text<S: Into<String>>(mut self, name: &str, cells: impl IntoIterator<Item = S>) -> Self {
        let (values, ages) = texts(cells);
        self.put(name, ages.len(), serde_json::json!({"kind": "text", "values": values, "ages": ages}));
        self
    }

    /// Adds a column of numbers, one a row; `None` where it is not known.
    #[must_use]
    pub fn number(mut self, name: &str, cells: impl IntoIterator<Item = Option<i64>>) -> Self {
        let values: Vec<Option<i64>> = cells.into_iter().collect();
        self.put(name, values.len(), serde_json::json!({"kind": "number", "values": values}));
        self
    }

    /// Adds a column of lists of texts, one list a row. Lists that are the same are kept once.
    #[must_use]
    pub fn list<S: Into<String>, L: IntoIterator<Item = S>>(
        mut self,
        name: &str,
        cells: impl IntoIterator<Item = L>,
    ) -> Self {
        let mut rows = Ages::new();
        let mut items = Vec::new();
        let mut lengths = Vec::new();
        for cell in cells {
            let list: Vec<String> = cell.into_iter().map(Into::into).collect();
            if rows.add(list.clone()) {
                lengths.push(list.len());
                items.extend(list);
            }
        }
        let (values, items) = texts(items);
        let count = rows.ages.len();
        let column = serde_json::json!({
            "kind": "list", "values": values, "items": items, "lengths": lengths, "ages": rows.ages,
        });
        self.put(name, count, column);
        self
    }

    /// Adds a column of lists of whole numbers (codes of another block, bits), one list a row. Lists that are the same
    /// are kept once.
    #[must_use]
    pub fn numbers<L: IntoIterator<Item = i64>>(mut self, name: &str, cells: impl IntoIterator<Item = L>) -> Self {
        let mut rows = Ages::new();
        let mut items = Vec::new();
        let mut lengths = Vec::new();
        for cell in cells {
            let list: Vec<i64> = cell.into_iter().collect();
            if rows.add(list.clone()) {
                lengths.push(list.len());
                items.extend(list);
            }
        }
        let count = rows.ages.len();
        let column = serde_json::json!({"kind": "numbers", "items": items, "lengths": lengths, "ages": rows.ages});
        self.put(name, count, column);
        self
    }

    fn put(&mut self, name: &str, cells: usize, column: Value) {
        debug_assert_eq!(cells, self.rows, "column `{name}` has {cells} cells in a table of {} rows", self.rows);
        self.columns.insert(name.to_owned(), column);
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
        let rows = self.rows;
        let json = serde_json::to_vec(&serde_json::json!({"rows": rows, "columns": self.columns}))?;
        // No time and no operating system in the header: the bytes follow from the rows alone.
        let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
        gzip.write_all(&json)?;
        Ok(Block { name, rows, data: STANDARD.encode(gzip.finish()?) })
    }
}

/// The distinct values in the order of their first occurrence, and the ages of the cells.
fn texts<S: Into<String>>(cells: impl IntoIterator<Item = S>) -> (Vec<String>, Vec<u32>) {
    let mut ages = Ages::new();
    let mut values = Vec::new();
    for cell in cells {
        let cell = cell.into();
        if ages.add(cell.clone()) {
            values.push(cell);
        }
    }
    (values, ages.ages)
}
