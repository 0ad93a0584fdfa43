//! Rows to a Parquet file: typed columns, lists as lists, the same bytes for the same rows.

use std::io::{self, Write};
use std::sync::Arc;

use jiff::civil::{Date, date};
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::column::writer::{ColumnWriter, ColumnWriterImpl};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use crate::row::{Kind, Row, Value};

/// The column that stands before those of the row: which run wrote it.
const RUN_ID: &str = "run_id";

/// The column that is the name of a folder and not in the file, as readers of partitions expect.
const IN_PATH: &str = "org";

/// Rows that share one block of columns; more of them compress better and are held longer.
const ROWS_AT_ONCE: usize = 1 << 17;

/// Values that are handed to the encoder at once: bounds what is copied.
const VALUES_AT_ONCE: usize = 1 << 13;

/// Levels of a value that is there: of a cell, and of an item of a list. Cells are optional, items are not.
const CELL: i16 = 1;
const ITEM: i16 = 2;

/// Writes rows as one file. Every column may be NULL: where nothing is known, and for an empty text. An empty list is an
/// empty list.
///
/// # Errors
/// When the writer fails.
pub(super) fn write<R: Row>(
    rows: &[&R],
    run_id: &str,
    created_by: &str,
    out: &mut (dyn Write + Send),
) -> io::Result<()> {
    write_file(rows, run_id, created_by, out).map_err(|error| match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    })
}

fn write_file<R: Row>(
    rows: &[&R],
    run_id: &str,
    created_by: &str,
    out: &mut (dyn Write + Send),
) -> Result<(), ParquetError> {
    let properties = WriterProperties::builder()
        .set_created_by(created_by.to_owned())
        .set_compression(Compression::SNAPPY)
        // Per block of columns: enough to skip files by, without an index of pages that small files do not need.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .build();
    let mut file = SerializedFileWriter::new(out, schema::<R>()?, Arc::new(properties))?;
    for group in rows.chunks(ROWS_AT_ONCE) {
        let mut block = file.next_row_group()?;
        if let Some(mut column) = block.next_column()? {
            let mut filling = Filling::of(column.untyped());
            for _ in group {
                filling.cell(Some(Value::Text(run_id)))?;
            }
            filling.flush()?;
            column.close()?;
        }
        for (at, _, _) in columns::<R>() {
            let Some(mut column) = block.next_column()? else {
                return Err(ParquetError::General("a column is missing".to_owned()));
            };
            let mut filling = Filling::of(column.untyped());
            for row in group {
                let mut number = 0;
                let mut outcome = Ok(());
                row.cells(&mut |cell| {
                    if number == at {
                        outcome = filling.cell(cell.value());
                    }
                    number += 1;
                });
                outcome?;
            }
            filling.flush()?;
            column.close()?;
        }
        block.close()?;
    }
    file.close()?;
    Ok(())
}

/// The columns that stand in the file, with their place in the row.
fn columns<R: Row>() -> impl Iterator<Item = (usize, &'static str, Kind)> {
    let all = R::COLUMNS.iter().zip(R::KINDS).enumerate();
    all.map(|(at, (name, kind))| (at, *name, *kind)).filter(|(_, name, _)| *name != IN_PATH)
}

fn schema<R: Row>() -> Result<TypePtr, ParquetError> {
    let mut fields = vec![field(RUN_ID, Kind::Text)?];
    for (_, name, kind) in columns::<R>() {
        fields.push(field(name, kind)?);
    }
    Ok(Arc::new(Type::group_type_builder("schema").with_fields(fields).build()?))
}

fn field(name: &str, kind: Kind) -> Result<TypePtr, ParquetError> {
    let plain = |name: &str, physical: Physical, logical: Option<LogicalType>, repetition: Repetition| {
        let builder = Type::primitive_type_builder(name, physical).with_repetition(repetition);
        builder.with_logical_type(logical).build().map(Arc::new)
    };
    let optional = |physical, logical| plain(name, physical, logical, Repetition::OPTIONAL);
    match kind {
        Kind::Text => optional(Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Number => optional(Physical::INT64, None),
        Kind::Truth => optional(Physical::BOOLEAN, None),
        Kind::Time => optional(Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        Kind::Day => optional(Physical::INT32, Some(LogicalType::Date)),
        Kind::List => {
            // The three levels that the format prescribes for lists, by the names it prescribes.
            let item = plain("element", Physical::BYTE_ARRAY, Some(LogicalType::String), Repetition::REQUIRED)?;
            let items = Type::group_type_builder("list").with_repetition(Repetition::REPEATED).with_fields(vec![item]);
            let list = Type::group_type_builder(name).with_repetition(Repetition::OPTIONAL);
            let list = list.with_logical_type(Some(LogicalType::List));
            list.with_fields(vec![Arc::new(items.build()?)]).build().map(Arc::new)
        }
    }
}

/// Cells of one column on their way into the file.
enum Filling<'c, 'w> {
    Texts(Batch<'c, 'w, ByteArrayType>),
    Numbers(Batch<'c, 'w, Int64Type>),
    Truths(Batch<'c, 'w, BoolType>),
    Days(Batch<'c, 'w, Int32Type>),
    /// A column of a type that no kind has.
    Foreign,
}

impl<'c, 'w> Filling<'c, 'w> {
    fn of(column: &'c mut ColumnWriter<'w>) -> Self {
        match column {
            ColumnWriter::ByteArrayColumnWriter(writer) => Self::Texts(Batch::new(writer)),
            ColumnWriter::Int64ColumnWriter(writer) => Self::Numbers(Batch::new(writer)),
            ColumnWriter::BoolColumnWriter(writer) => Self::Truths(Batch::new(writer)),
            ColumnWriter::Int32ColumnWriter(writer) => Self::Days(Batch::new(writer)),
            _ => Self::Foreign,
        }
    }

    fn cell(&mut self, value: Option<Value<'_>>) -> Result<(), ParquetError> {
        let value = value.filter(|value| *value != Value::Text(""));
        match (self, value) {
            (Self::Texts(batch), Some(Value::Text(text))) => batch.value(ByteArray::from(text.as_bytes().to_vec())),
            (Self::Texts(batch), Some(Value::List(items))) => batch.list(items),
            (Self::Texts(batch), None) => batch.null(),
            (Self::Numbers(batch), Some(Value::Number(number))) => batch.value(number),
            (Self::Numbers(batch), Some(Value::Time(time))) => batch.value(time.as_microsecond()),
            (Self::Numbers(batch), None) => batch.null(),
            (Self::Truths(batch), Some(Value::Truth(truth))) => batch.value(truth),
            (Self::Truths(batch), None) => batch.null(),
            (Self::Days(batch), Some(Value::Day(day))) => batch.value(days(day)),
            (Self::Days(batch), None) => batch.null(),
            (_, value) => Err(ParquetError::General(format!("a cell is not of its column's kind: {value:?}"))),
        }
    }

    fn flush(&mut self) -> Result<(), ParquetError> {
        match self {
            Self::Texts(batch) => batch.flush(),
            Self::Numbers(batch) => batch.flush(),
            Self::Truths(batch) => batch.flush(),
            Self::Days(batch) => batch.flush(),
            Self::Foreign => Ok(()),
        }
    }
}

fn days(day: Date) -> i32 {
    const EPOCH: Date = date(1970, 1, 1);
    // Years of four digits are fewer than three million days away.
    i32::try_from(day.duration_since(EPOCH).as_hours() / 24).unwrap_or(i32::MAX)
}

struct Batch<'c, 'w, T: DataType> {
    writer: &'c mut ColumnWriterImpl<'w, T>,
    values: Vec<T::T>,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    is_list: bool,
}

impl<'c, 'w, T: DataType> Batch<'c, 'w, T> {
    fn new(writer: &'c mut ColumnWriterImpl<'w, T>) -> Self {
        let is_list = writer.get_descriptor().max_rep_level() > 0;
        Self { writer, values: Vec::new(), definitions: Vec::new(), repetitions: Vec::new(), is_list }
    }

    fn value(&mut self, value: T::T) -> Result<(), ParquetError> {
        self.values.push(value);
        self.level(CELL, 0)
    }

    fn null(&mut self) -> Result<(), ParquetError> {
        self.level(0, 0)
    }

    fn level(&mut self, definition: i16, repetition: i16) -> Result<(), ParquetError> {
        self.definitions.push(definition);
        self.repetitions.push(repetition);
        // A batch ends with a row: the next call begins one.
        if self.definitions.len() >= VALUES_AT_ONCE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), ParquetError> {
        let repetitions = self.is_list.then_some(self.repetitions.as_slice());
        self.writer.write_batch(&self.values, Some(&self.definitions), repetitions)?;
        self.values.clear();
        self.definitions.clear();
        self.repetitions.clear();
        Ok(())
    }
}

impl Batch<'_, '_, ByteArrayType> {
    fn list(&mut self, items: &[String]) -> Result<(), ParquetError> {
        let Some((last, rest)) = items.split_last() else { return self.level(CELL, 0) };
        for (at, item) in rest.iter().enumerate() {
            self.values.push(ByteArray::from(item.as_bytes().to_vec()));
            self.definitions.push(ITEM);
            self.repetitions.push(i16::from(at > 0));
        }
        self.values.push(ByteArray::from(last.as_bytes().to_vec()));
        self.level(ITEM, i16::from(!rest.is_empty()))
    }
}
