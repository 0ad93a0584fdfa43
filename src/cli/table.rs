//! Plain tables for terminals: columns padded, hostile characters shown visibly.

use std::io::{self, Write};

use rolecall_report::formats::cell::push_cell;
pub(crate) use rolecall_report::terminal::visible;

/// Writes rows under a header. Columns are as wide as their widest cell; the last one is not padded.
///
/// # Errors
/// When the output cannot be written.
pub(crate) fn write(out: &mut dyn Write, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| visible(cell)).collect()).collect();
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut line = |cells: &mut dyn Iterator<Item = &str>| -> io::Result<()> {
        let padded: Vec<String> = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "{}", padded.join("  ").trim_end())
    };
    line(&mut header.iter().copied())?;
    for row in &rows {
        line(&mut row.iter().map(String::as_str))?;
    }
    Ok(())
}

/// Writes a line of CSV, with the same care as the files of a run.
///
/// # Errors
/// When the output cannot be written.
pub(crate) fn csv_line<const N: usize>(out: &mut dyn Write, cells: [&str; N]) -> io::Result<()> {
    let mut line = String::new();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        push_cell(&mut line, cell);
    }
    writeln!(out, "{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_hidden_characters_are_shown() {
        let mut out = Vec::new();
        let rows = vec![vec!["a\u{202e}b".to_owned(), "x".to_owned()], vec!["\u{1b}[31m".to_owned(), "y".to_owned()]];
        write(&mut out, &["name", "v"], &rows).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines, ["name          v", "a<U+202E>b    x", "<U+001B>[31m  y"]);
    }
}
