//! A new entry at the end of a waiver file, whose comments, order and spacing stay as they are.

use jiff::civil::Date;
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, TomlError, Value};

/// A waiver to be.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The id of the finding that it accepts.
    pub finding: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Who answers for it.
    pub owner: &'a str,
    /// The last day on which it holds.
    pub expires: Date,
    /// Where it was decided.
    pub ticket: Option<&'a str>,
    /// What the finding says, on one line without control characters; a comment above the entry.
    pub about: Option<&'a str>,
}

impl Entry<'_> {
    /// The entry as it stands in a file.
    pub fn text(&self) -> String {
        let about = self.about.map(|about| format!("# {about}\n")).unwrap_or_default();
        let mut document = DocumentMut::new();
        let mut entries = ArrayOfTables::new();
        entries.push(self.table());
        document.insert("waiver", Item::ArrayOfTables(entries));
        format!("{about}{document}")
    }

    fn values(&self) -> Vec<(&'static str, Value)> {
        let mut values = vec![
            ("finding", Value::from(self.finding)),
            ("reason", Value::from(self.reason)),
            ("owner", Value::from(self.owner)),
        ];
        // A date of the calendar is always one of TOML, whose years have four digits; the text form is never needed.
        let expires = self.expires.to_string();
        values.push((
            "expires",
            expires.parse::<toml_edit::Datetime>().map_or_else(|_| Value::from(expires), Value::from),
        ));
        values.extend(self.ticket.map(|ticket| ("ticket", Value::from(ticket))));
        values
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        for (key, value) in self.values() {
            table.insert(key, Item::Value(value));
        }
        table
    }
}

/// The text of a waiver file with an entry more, at its end.
///
/// # Errors
/// When the text is not TOML.
pub fn append(text: &str, entry: &Entry<'_>) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    // `waiver = [{ … }]` is the other way to write a list of tables: no `[[waiver]]` may follow it.
    if let Some(list) = document.get_mut("waiver").and_then(Item::as_array_mut) {
        list.push(entry.values().into_iter().collect::<InlineTable>());
        return Ok(document.to_string());
    }
    let mut whole = text.to_owned();
    if !whole.is_empty() && !whole.ends_with('\n') {
        whole.push('\n');
    }
    if !whole.trim().is_empty() {
        whole.push('\n');
    }
    whole.push_str(&entry.text());
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn entry() -> Entry<'static> {
        Entry {
            finding: "28d603f90793c43e",
            reason: "moves to \"another\" client",
            owner: "ops",
            expires: date(2027, 3, 1),
            ticket: None,
            about: None,
        }
    }

    #[test]
    fn entry_follows_what_is_there_and_changes_nothing_of_it() {
        let before = "# Ours.\n\n[[waiver]]   # first\nfinding='aaaaaaaaaaaaaaaa'\nreason = \"r\"  # why\nowner = \"o\"\nexpires = 2026-12-31\n\n# The end.";
        let with = Entry { ticket: Some("SEC-7"), about: Some("high gap.declared, dev: client x"), ..entry() };
        let after = append(before, &with).unwrap();
        let expected = "\n\n# high gap.declared, dev: client x\n[[waiver]]\nfinding = \"28d603f90793c43e\"\nreason = 'moves to \"another\" client'\nowner = \"ops\"\nexpires = 2027-03-01\nticket = \"SEC-7\"\n";
        assert_eq!(after, format!("{before}{expected}"));
    }

    #[test]
    fn empty_file_begins_with_the_entry() {
        let after = append("", &entry()).unwrap();
        assert!(after.starts_with("[[waiver]]\nfinding = "), "{after}");
    }

    #[test]
    fn list_that_is_written_inline_grows_inline() {
        let before =
            "waiver = [{ finding = \"aaaaaaaaaaaaaaaa\", reason = \"r\", owner = \"o\", expires = 2026-12-31 }]\n";
        let after = append(before, &entry()).unwrap();
        let read: toml::Table = after.parse().unwrap();
        assert_eq!(read["waiver"].as_array().unwrap().len(), 2, "{after}");
        assert!(after.starts_with("waiver = [{ finding = \"aaaaaaaaaaaaaaaa\","), "{after}");
    }

    #[test]
    fn texts_that_would_end_the_string_stay_texts() {
        for reason in ["a\"\n[[waiver]]\nfinding = \"x", "'''", "\u{1b}[31m", "\\"] {
            let after = append("", &Entry { reason, ..entry() }).unwrap();
            let read: toml::Table = after.parse().unwrap();
            let entries = read["waiver"].as_array().unwrap();
            assert_eq!((entries.len(), entries[0]["reason"].as_str().unwrap()), (1, reason), "{after}");
        }
    }

    #[test]
    fn text_that_is_not_toml_is_refused() {
        assert!(append("[[waiver]\n", &entry()).is_err());
    }
}
