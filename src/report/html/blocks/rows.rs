//! The rows of a CSV file as columns of the same names, in the same order.

use std::collections::HashSet;

use super::Columns;
use crate::report::row::Row;

/// The columns of a table. Cells are the texts of the CSV file before any escaping.
pub fn of<R: Row>(rows: &[R]) -> Columns {
    let mut cells: Vec<Vec<String>> = R::COLUMNS.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        for (column, text) in cells.iter_mut().zip(row.texts()) {
            column.push(text);
        }
    }
    repeating(R::COLUMNS, cells)
}

/// The mark of the first column that a text can repeat; the others follow it. The same as in `block.js`.
const FIRST_MARK: u32 = 0xE000;
/// Stands before a character of the text itself that would otherwise be taken for a mark, or for this one.
const ITSELF: char = '\u{F8FF}';
/// Marks that there are.
const MARKS: usize = 256;
/// Shorter cells are not looked for: a mark would save nothing.
const SHORTEST: usize = 4;
/// Columns whose cells are shorter on average are kept as they are.
const SHORT: usize = 16;

/// The columns of these texts. Sentences name what the other cells of their row name: such a part is kept as a mark
/// that stands for the cell, so that sentences that differ in nothing else are kept once.
pub fn repeating(names: &[&str], cells: Vec<Vec<String>>) -> Columns {
    let rows = cells.first().map_or(0, Vec::len);
    let mut columns = Columns::new(rows);
    for (at, (name, column)) in names.iter().zip(&cells).enumerate() {
        let before = cells.get(..at.min(MARKS)).unwrap_or_default();
        match marked(column, before) {
            Some(marked) => columns = columns.repeating(name, marked, names.get(..at).unwrap_or_default()),
            None => columns = columns.text(name, column.as_slice()),
        }
    }
    columns
}

/// The texts with marks for the cells of the columns before them; `None` where that saves less than half.
fn marked(column: &[String], before: &[Vec<String>]) -> Option<Vec<String>> {
    let distinct = |texts: &[String]| -> usize {
        let texts: HashSet<&str> = texts.iter().map(String::as_str).collect();
        texts.into_iter().map(str::len).sum()
    };
    if column.iter().map(String::len).sum::<usize>() < column.len() * SHORT {
        return None;
    }
    let plain = distinct(column);
    let mut cells: Vec<(&str, u32)> = Vec::with_capacity(before.len());
    let texts: Vec<String> = column
        .iter()
        .enumerate()
        .map(|(row, text)| {
            cells.clear();
            for (mark, other) in (FIRST_MARK..).zip(before) {
                let cell = other.get(row).map_or("", String::as_str);
                if cell.len() >= SHORTEST && text.contains(cell) {
                    cells.push((cell, mark));
                }
            }
            // The longest first: a shorter one may be a part of it.
            cells.sort_by_key(|(cell, mark)| (std::cmp::Reverse(cell.len()), *mark));
            with_marks(text, &cells)
        })
        .collect();
    (distinct(&texts) * 2 < plain).then_some(texts)
}

/// A text with each of these cells replaced by its mark, and its own characters kept apart from marks.
fn with_marks(text: &str, cells: &[(&str, u32)]) -> String {
    let Some(((cell, mark), shorter)) = cells.split_first() else {
        let mut plain = String::with_capacity(text.len());
        for character in text.chars() {
            let number = u32::from(character);
            if character == ITSELF || (FIRST_MARK..FIRST_MARK + 256).contains(&number) {
                plain.push(ITSELF);
            }
            plain.push(character);
        }
        return plain;
    };
    let parts: Vec<String> = text.split(cell).map(|part| with_marks(part, shorter)).collect();
    parts.join(&char::from_u32(*mark).map(String::from).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_cells_are_marked_before_their_parts_and_own_characters_are_kept_apart() {
        let cells = [("Queue Board Night", 0xE001), ("Queue Board", 0xE000)];
        assert_eq!(with_marks("Queue Board Night is not Queue Board", &cells), "\u{e001} is not \u{e000}");
        assert_eq!(
            with_marks("a\u{e000}b\u{f8ff}c\u{e0ff}", &[]),
            "a\u{f8ff}\u{e000}b\u{f8ff}\u{f8ff}c\u{f8ff}\u{e0ff}"
        );
        assert_eq!(with_marks("\u{e100}", &[]), "\u{e100}");
    }

    #[test]
    fn marks_are_used_only_where_they_save() {
        let names: Vec<String> = (0..50).map(|n| format!("client number {n}")).collect();
        let same: Vec<String> = names.iter().map(|name| format!("{name} cannot call what it needs to call")).collect();
        let other: Vec<String> = (0..50).map(|n| format!("a sentence of its own with number {n}")).collect();
        let marked_same = marked(&same, &[names.clone()]).unwrap();
        assert_eq!(marked_same.iter().collect::<HashSet<_>>().len(), 1);
        assert_eq!(marked(&other, &[names]), None);
    }
}
