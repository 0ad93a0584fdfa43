//! One sheet: a frozen header with filters, columns as wide as what stands in them, cells of the kind that they are.

use rust_xlsxwriter::{Format, FormatBorder, Workbook, Worksheet, XlsxError};

use crate::formats::cell;
use crate::row::{Row, Value};

/// Rows below the header: a sheet holds 1,048,576.
pub(super) const MOST_ROWS: u32 = 1_048_575;

/// Characters that a column is wide, at least and at most.
const WIDTHS: (usize, usize) = (8, 60);

/// Rows that the width of a column is taken from.
const MEASURED: u32 = 1_000;

/// The first day from which Excel counts as everybody does: it believes in a 29 February 1900.
const FIRST_DAY: f64 = 61.0;

/// 1970-01-01, counted as Excel counts.
const EPOCH: f64 = 25_569.0;

/// The day after 9999-12-31.
const LAST_DAY: f64 = 2_958_466.0;

const MILLISECONDS_A_DAY: f64 = 86_400_000.0;

/// Numbers from here on have more digits than a spreadsheet keeps.
const LARGEST: i64 = 1_000_000_000_000_000;

pub(super) struct Styles {
    /// Column names.
    pub header: Format,
    /// Text that begins like a formula: it stays text when somebody edits the cell.
    pub quoted: Format,
    /// A point in time.
    pub time: Format,
    /// A day.
    pub day: Format,
    /// Text that may take several lines.
    pub wrapped: Format,
}

impl Styles {
    /// The styles of a workbook.
    pub(super) fn new() -> Self {
        Self {
            header: Format::new().set_bold().set_border_bottom(FormatBorder::Thin),
            quoted: Format::new().set_quote_prefix(),
            time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            wrapped: Format::new().set_text_wrap(),
        }
    }
}

/// A sheet that is being written, row by row.
pub(super) struct Sheet<'w> {
    worksheet: &'w mut Worksheet,
    styles: &'w Styles,
    widths: Vec<usize>,
    rows: u32,
    text: String,
}

/// The name of the sheet that holds a file.
pub(super) fn name_of(file: &str) -> &str {
    file.strip_suffix(".csv").unwrap_or(file)
}

impl<'w> Sheet<'w> {
    /// A new sheet with its header.
    ///
    /// # Errors
    /// When its temporary file cannot be made.
    pub(super) fn new(
        workbook: &'w mut Workbook,
        styles: &'w Styles,
        file: &str,
        columns: &[&str],
    ) -> Result<Self, XlsxError> {
        let worksheet = workbook.add_worksheet_with_low_memory()?;
        worksheet.set_name(name_of(file))?.set_freeze_panes(1, 0)?;
        worksheet.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
        for (column, name) in (0..).zip(columns) {
            worksheet.write_string_with_format(0, column, *name, &styles.header)?;
        }
        // Room for the button of the filter.
        let widths = columns.iter().map(|name| name.len() + 3).collect();
        Ok(Self { worksheet, styles, widths, rows: 0, text: String::new() })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the sheet is full or cannot be written.
    pub(super) fn row(&mut self, row: &impl Row) -> Result<(), XlsxError> {
        self.rows += 1;
        let mut column = 0;
        let mut result = Ok(());
        row.cells(&mut |cell| {
            if result.is_ok() {
                let mut text = std::mem::take(&mut self.text);
                text.clear();
                cell.write(&mut text);
                result = self.cell(column, cell.value(), &text);
                self.text = text;
            }
            column += 1;
        });
        result
    }

    /// Adds a row of nothing but text.
    ///
    /// # Errors
    /// As [`Self::row`].
    pub(super) fn texts<'t>(&mut self, cells: impl Iterator<Item = &'t str>) -> Result<(), XlsxError> {
        self.rows += 1;
        (0..).zip(cells).try_for_each(|(column, text)| self.cell(column, Some(Value::Text(text)), text))
    }

    fn cell(&mut self, column: u16, value: Option<Value<'_>>, text: &str) -> Result<(), XlsxError> {
        let (row, sheet, styles) = (self.rows, &mut *self.worksheet, self.styles);
        match value {
            None => return Ok(()),
            Some(Value::Number(number)) if number.abs() < LARGEST => sheet.write_number(row, column, number as f64)?,
            Some(Value::Truth(flag)) => sheet.write_boolean(row, column, flag)?,
            Some(Value::Time(time)) => match serial(time.as_millisecond()) {
                Some(serial) => sheet.write_number_with_format(row, column, serial, &styles.time)?,
                None => sheet.write_string(row, column, text)?,
            },
            Some(Value::Day(day)) => {
                let seconds =
                    day.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|midnight| midnight.timestamp().as_millisecond());
                match seconds.and_then(serial) {
                    Some(serial) => sheet.write_number_with_format(row, column, serial, &styles.day)?,
                    None => sheet.write_string(row, column, text)?,
                }
            }
            Some(Value::Number(_) | Value::Text(_) | Value::List(_)) => match cell::clean(text) {
                empty if empty.is_empty() => return Ok(()),
                quoted if cell::runs(&quoted) => sheet.write_string_with_format(row, column, quoted, &styles.quoted)?,
                plain => sheet.write_string(row, column, plain)?,
            },
        };
        if row <= MEASURED
            && let Some(width) = self.widths.get_mut(usize::from(column))
        {
            *width = (*width).max(text.lines().next().map_or(0, |line| line.chars().take(WIDTHS.1).count()) + 1);
        }
        Ok(())
    }

    /// Ends the sheet: filters over all rows, and the widths.
    ///
    /// # Errors
    /// When the sheet cannot be written.
    pub(super) fn finish(self) -> Result<(), XlsxError> {
        let last = u16::try_from(self.widths.len().saturating_sub(1)).unwrap_or(u16::MAX);
        self.worksheet.autofilter(0, 0, self.rows, last)?;
        for (column, width) in (0..).zip(&self.widths) {
            self.worksheet.set_column_width(column, (*width).clamp(WIDTHS.0, WIDTHS.1) as f64)?;
        }
        Ok(())
    }
}

/// A time as a spreadsheet counts it, where it can.
fn serial(milliseconds: i64) -> Option<f64> {
    let serial = milliseconds as f64 / MILLISECONDS_A_DAY + EPOCH;
    (FIRST_DAY..LAST_DAY).contains(&serial).then_some(serial)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_as_excel_counts_them() {
        let of = |text: &str| serial(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        assert_eq!(of("1970-01-01T12:00:00Z"), Some(25_569.5));
        assert_eq!(
            of("2026-11-21T02:00:00Z").map(|serial| (serial * 24.0).round() / 24.0),
            Some(46_347.0 + 2.0 / 24.0)
        );
        assert_eq!(of("1900-03-01T00:00:00Z"), Some(61.0));
        assert_eq!(of("1900-02-28T23:59:59Z"), None, "before, Excel is a day off");
    }
}
