//! The names of partitions, as Hive and Spark write them.

use std::fmt::Write;

/// The file of a partition.
pub(super) const FILE: &str = "part-0.parquet";

/// What stands for no value: readers take it for NULL.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// The folder of an org; an empty name is none.
pub(super) fn org(name: &str) -> String {
    format!("org={}", value(name))
}

/// The folder of a day (`2026-11-21`).
pub(super) fn date(day: &str) -> String {
    format!("date={}", value(day))
}

/// A value as Hive and Spark write it: what a path or a partition's name gives a meaning to is `%` and two hex digits.
fn value(text: &str) -> String {
    if text.is_empty() {
        return NO_VALUE.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_control() || "\"#%'*/:=?\\{[]^<>|".contains(c) {
            // Writing into a string cannot fail.
            let _ = write!(out, "%{:02X}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_hive_writes_them() {
        for (name, folder) in [
            ("dev", "org=dev"),
            ("acme prod-2.eu_1", "org=acme prod-2.eu_1"),
            ("", "org=__HIVE_DEFAULT_PARTITION__"),
            ("a/b=c:d", "org=a%2Fb%3Dc%3Ad"),
            ("100%", "org=100%25"),
            ("../x\n", "org=..%2Fx%0A"),
            ("Zürich", "org=Zürich"),
        ] {
            assert_eq!(org(name), folder);
        }
        assert_eq!(date("2026-11-21"), "date=2026-11-21");
    }
}
