//! Rows of tables: typed, with named columns in their one order.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::findings::finding::Status;
use crate::findings::severity::Severity;

/// What a cell holds, for files that know kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing is known.
    Empty,
    /// Text: what [`Cell::write`] appends.
    Text,
    /// A number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// A point in time.
    Time(Timestamp),
    /// A day.
    Day(Date),
}

/// A value of a cell: how it reads as text, before any escaping.
pub trait Cell {
    /// Appends the text.
    fn write(&self, out: &mut String);

    /// What it holds.
    fn value(&self) -> Value {
        Value::Text
    }
}

impl Cell for String {
    fn write(&self, out: &mut String) {
        out.push_str(self);
    }
}

impl Cell for &'static str {
    fn write(&self, out: &mut String) {
        out.push_str(self);
    }
}

impl Cell for Vec<String> {
    /// Joined by `;`. A `;` within an item becomes a `,`, so that the list can be split again.
    fn write(&self, out: &mut String) {
        for (at, item) in self.iter().enumerate() {
            if at > 0 {
                out.push(';');
            }
            out.extend(item.chars().map(|c| if c == ';' { ',' } else { c }));
        }
    }
}

/// Permissions that are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// Their names.
    pub names: Vec<String>,
    /// Whether one of them is enough.
    pub any: bool,
}

impl Cell for Missing {
    /// Alternatives joined by `|`, those that are all needed by `;`.
    fn write(&self, out: &mut String) {
        out.push_str(&self.names.join(if self.any { "|" } else { ";" }));
    }
}

impl Cell for bool {
    fn write(&self, out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }

    fn value(&self) -> Value {
        Value::Flag(*self)
    }
}

impl Cell for Severity {
    fn write(&self, out: &mut String) {
        out.push_str(self.as_str());
    }
}

impl Cell for Status {
    fn write(&self, out: &mut String) {
        out.push_str(self.as_str());
    }
}

/// Values that print as themselves; times come out as RFC 3339 in UTC.
macro_rules! displayed {
    ($($type:ty: $value:expr),*) => {$(
        impl Cell for $type {
            fn write(&self, out: &mut String) {
                use std::fmt::Write;
                // Writing into a string cannot fail.
                let _ = write!(out, "{self}");
            }

            fn value(&self) -> Value {
                let value: fn($type) -> Value = $value;
                value(*self)
            }
        }
    )*};
}

displayed!(
    u64: |number| i64::try_from(number).map_or(Value::Text, Value::Number),
    i64: Value::Number,
    Timestamp: Value::Time,
    Date: Value::Day
);

impl<T: Cell> Cell for Option<T> {
    /// Empty where nothing is known.
    fn write(&self, out: &mut String) {
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn value(&self) -> Value {
        self.as_ref().map_or(Value::Empty, Cell::value)
    }
}

/// A row of a table.
pub trait Row: Ord {
    /// The file it stands in.
    const FILE: &'static str;
    /// The columns, in order.
    const COLUMNS: &'static [&'static str];

    /// Visits the cells, in order.
    fn cells(&self, visit: &mut dyn FnMut(&dyn Cell));

    /// The cells as text, before any escaping.
    fn texts(&self) -> Vec<String> {
        let mut texts = Vec::with_capacity(Self::COLUMNS.len());
        self.cells(&mut |cell| {
            let mut text = String::new();
            cell.write(&mut text);
            texts.push(text);
        });
        texts
    }
}

/// Declares a row: its columns are its fields, its order is theirs.
macro_rules! row {
    ($(#[$doc:meta])* $name:ident in $file:literal { $($(#[$about:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name {
            $($(#[$about])* pub $field: $type,)*
        }

        impl $crate::report::row::Row for $name {
            const FILE: &'static str = $file;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn cells(&self, visit: &mut dyn FnMut(&dyn $crate::report::row::Cell)) {
                $(visit(&self.$field);)*
            }
        }
    };
}

pub(crate) use row;
