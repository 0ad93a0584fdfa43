//! Rows of tables: typed, with named columns in their one order.

use jiff::Timestamp;
use jiff::civil::Date;

use rolecall_findings::finding::Status;
use rolecall_findings::severity::Severity;

/// What the cells of a column hold, for formats that have types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text; an empty one says that there is nothing to say.
    Text,
    /// A whole number.
    Number,
    /// True or false.
    Truth,
    /// A moment.
    Time,
    /// A day.
    Day,
    /// Texts.
    List,
}

/// What a cell holds, of the column's [`Kind`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Text.
    Text(&'a str),
    /// A whole number; one beyond the range stands at its end.
    Number(i64),
    /// True or false.
    Truth(bool),
    /// A moment.
    Time(Timestamp),
    /// A day.
    Day(Date),
    /// Texts.
    List(&'a [String]),
}

/// A value of a cell: how it reads as text, before any escaping, and what it is.
pub trait Cell {
    /// Appends the text.
    fn write(&self, out: &mut String);

    /// What it holds; `None` where nothing is known.
    fn value(&self) -> Option<Value<'_>>;
}

/// A type of which a column can be made.
pub trait Column: Cell {
    /// What its cells hold.
    const KIND: Kind;
}

impl Cell for String {
    fn write(&self, out: &mut String) {
        out.push_str(self);
    }

    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Text(self))
    }
}

impl Cell for &'static str {
    fn write(&self, out: &mut String) {
        out.push_str(self);
    }

    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Text(self))
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

    fn value(&self) -> Option<Value<'_>> {
        Some(Value::List(self))
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

    fn value(&self) -> Option<Value<'_>> {
        Some(Value::List(&self.names))
    }
}

impl Cell for bool {
    fn write(&self, out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }

    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Truth(*self))
    }
}

impl Cell for Severity {
    fn write(&self, out: &mut String) {
        out.push_str(self.as_str());
    }

    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Text(self.as_str()))
    }
}

impl Cell for Status {
    fn write(&self, out: &mut String) {
        out.push_str(self.as_str());
    }

    fn value(&self) -> Option<Value<'_>> {
        Some(Value::Text(self.as_str()))
    }
}

/// Values that print as themselves; times come out as RFC 3339 in UTC.
macro_rules! displayed {
    ($($type:ty: $value:expr;)*) => {$(
        impl Cell for $type {
            fn write(&self, out: &mut String) {
                use std::fmt::Write;
                // Writing into a string cannot fail.
                let _ = write!(out, "{self}");
            }

            fn value(&self) -> Option<Value<'_>> {
                let value: fn($type) -> Value<'static> = $value;
                Some(value(*self))
            }
        }
    )*};
}

displayed! {
    u64: |number| Value::Number(i64::try_from(number).unwrap_or(i64::MAX));
    i64: Value::Number;
    Timestamp: Value::Time;
    Date: Value::Day;
}

macro_rules! columns {
    ($($type:ty: $kind:ident,)*) => {$(
        impl Column for $type {
            const KIND: Kind = Kind::$kind;
        }
    )*};
}

columns! {
    String: Text,
    &'static str: Text,
    Severity: Text,
    Status: Text,
    u64: Number,
    i64: Number,
    bool: Truth,
    Timestamp: Time,
    Date: Day,
    Vec<String>: List,
    Missing: List,
}

impl<T: Column> Column for Option<T> {
    const KIND: Kind = T::KIND;
}

impl<T: Cell> Cell for Option<T> {
    /// Empty where nothing is known.
    fn write(&self, out: &mut String) {
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn value(&self) -> Option<Value<'_>> {
        self.as_ref().and_then(Cell::value)
    }
}

/// A row of a table.
pub trait Row: Ord {
    /// The file it stands in.
    const FILE: &'static str;
    /// The columns, in order.
    const COLUMNS: &'static [&'static str];
    /// What the columns hold, in their order.
    const KINDS: &'static [Kind];

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
    ($(#[$doc:meta])* $visible:vis $name:ident in $file:literal { $($(#[$about:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        $visible struct $name {
            $($(#[$about])* pub $field: $type,)*
        }

        impl $crate::row::Row for $name {
            const FILE: &'static str = $file;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];
            const KINDS: &'static [$crate::row::Kind] =
                &[$(<$type as $crate::row::Column>::KIND),*];

            fn cells(&self, visit: &mut dyn FnMut(&dyn $crate::row::Cell)) {
                $(visit(&self.$field);)*
            }
        }
    };
}

pub(crate) use row;
