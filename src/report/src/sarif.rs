//! What every SARIF log of ours has in common.

use serde_json::{Value, json};

use rolecall_findings::severity::Severity;

/// Where the schema of SARIF 2.1.0 is published.
pub const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The level of a severity.
pub fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// Something to be reported for the run.
pub fn notification(level: &str, text: &str) -> Value {
    json!({ "level": level, "message": { "text": plain(text) } })
}

/// Text as a message: `[words](target)` in an object's name must not become a link (SARIF 2.1.0, section 3.11.6).
pub fn plain(text: &str) -> String {
    text.replace("](", "] (")
}

/// A path as a relative reference: what a URI gives a meaning is written by its number, and no part climbs.
pub fn uri(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        part => segment(part),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// One part of a path, `/` included.
pub fn segment(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for byte in part.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_neither_link_nor_leave_their_place() {
        assert_eq!(plain("a [x](http://y) [z]"), "a [x] (http://y) [z]");
        assert_eq!(uri("a b/../c:d"), "a%20b/%2E%2E/c%3Ad");
        assert_eq!(segment("a/b"), "a%2Fb");
    }
}
