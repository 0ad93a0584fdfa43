//! The rows of a CSV file as columns of the same names, in the same order.

use std::cmp::Reverse;

use super::Columns;
use super::sentences::{CELL, CELLS, KNOWN, KNOWN_EACH, SHORTEST, Sentence, saves, take_apart};
use crate::row::Row;

/// Columns whose cells are shorter on average are no sentences.
const SHORT: usize = 24;

/// The columns of a table. Cells are the texts of the CSV file before any escaping.
pub(super) fn of<R: Row>(rows: &[R]) -> Columns {
    let mut cells: Vec<Vec<String>> = R::COLUMNS.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        for (column, text) in cells.iter_mut().zip(row.texts()) {
            column.push(text);
        }
    }
    columns(R::COLUMNS, &cells)
}

/// The columns of these texts. Sentences name what the other cells of their row name, and are taken apart.
pub(super) fn columns(names: &[&str], cells: &[Vec<String>]) -> Columns {
    let mut columns = Columns::new(cells.first().map_or(0, Vec::len));
    let mut reported: Vec<(&str, Vec<Sentence>)> = Vec::new();
    for (at, (name, column)) in names.iter().zip(cells).enumerate() {
        let before = cells.get(..at.min(CELLS)).unwrap_or_default();
        let length: usize = column.iter().map(String::len).sum();
        let sentences = (length >= column.len() * SHORT).then(|| sentences(column, before, &reported));
        let Some(sentences) = sentences.filter(|sentences| saves(column, sentences)) else {
            columns = columns.text(name, column);
            continue;
        };
        let beside: Vec<&str> = reported.iter().map(|(name, _)| *name).collect();
        columns = columns.sentences(name, &sentences, names.get(..at).unwrap_or_default(), &beside);
        if reported.len() < KNOWN_EACH as usize {
            reported.push((name, sentences));
        }
    }
    columns
}

/// The cells of a column, taken apart by what the columns before it have.
fn sentences(column: &[String], before: &[Vec<String>], reported: &[(&str, Vec<Sentence>)]) -> Vec<Sentence> {
    let mark = |number: u32| char::from_u32(number).unwrap_or_default();
    let mut cells: Vec<(&str, char)> = Vec::with_capacity(before.len());
    let mut known: Vec<(&str, char)> = Vec::new();
    let of_row = |(row, text): (usize, &String)| {
        cells.clear();
        for (number, other) in (CELL..).zip(before) {
            let cell = other.get(row).map_or("", String::as_str);
            if cell.len() >= SHORTEST && text.contains(cell) {
                cells.push((cell, mark(number)));
            }
        }
        // The longest first: a shorter one may be a part of it.
        cells.sort_by_key(|(cell, mark)| (Reverse(cell.len()), *mark));
        known.clear();
        for (first, (_, sentences)) in (KNOWN..).step_by(KNOWN_EACH as usize).zip(reported) {
            let words = sentences.get(row).map_or(&[][..], |sentence| &sentence.words);
            known.extend((first..first + KNOWN_EACH).zip(words).map(|(number, word)| (word.as_str(), mark(number))));
        }
        take_apart(text, &cells, &known)
    };
    column.iter().enumerate().map(of_row).collect()
}
