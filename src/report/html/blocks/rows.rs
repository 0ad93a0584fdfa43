//! The rows of a CSV file as columns of the same names, in the same order.

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
    R::COLUMNS.iter().zip(cells).fold(Columns::new(rows.len()), |columns, (name, cells)| columns.text(name, cells))
}
