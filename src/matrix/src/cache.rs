//! The org's own document as last fetched, reduced to a matrix, one file per API host.
//!
//! One file holds the table and what is known of its origin in `#` lines before it, so that the two cannot part.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::{Timestamp, tz::TimeZone};

use super::csv;
use super::error::MatrixError;
use super::table::Matrix;
use rolecall_base::store::place;

/// A matrix in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedMatrix {
    /// The API's host, with its port where it has one: `api.mypurecloud.ie`.
    pub host: String,
    /// The matrix, as [`csv::write_table`] writes it.
    pub csv: String,
    /// The document's `ETag`, to ask with `If-None-Match`.
    pub etag: Option<String>,
    /// The document's `Last-Modified`, to ask with `If-Modified-Since`.
    pub last_modified: Option<String>,
    /// When the document was fetched.
    pub fetched_at: Timestamp,
    /// When the platform last said that it is still the current one.
    pub checked_at: Timestamp,
    /// SHA-256 of the document as received, in hexadecimal.
    pub document_sha256: String,
    /// How many operations the table holds, to notice a damaged file.
    pub operations: usize,
}

impl CachedMatrix {
    /// The matrix, dated by when it was last known to be current.
    ///
    /// # Errors
    /// When the table is damaged.
    pub fn matrix(&self) -> Result<Matrix, MatrixError> {
        let origin = format!("{} (cached)", self.host);
        let mut matrix = csv::read(&origin, &self.csv)?;
        let held = matrix.operations().len();
        if held != self.operations {
            return Err(MatrixError::Document {
                name: origin,
                problem: format!("the cached table is damaged: {held} operations instead of {}", self.operations),
            });
        }
        matrix.date = Some(self.checked_at.to_zoned(TimeZone::UTC).date());
        Ok(matrix)
    }
}

/// The file for a host.
pub fn path(dir: &Path, host: &str) -> PathBuf {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c.to_ascii_lowercase() } else { '_' };
    dir.join(format!("matrix-{}.csv", host.chars().map(safe).collect::<String>()))
}

/// The host's cached matrix; `None` when there is none.
///
/// # Errors
/// When the file cannot be read or is damaged. It may be deleted then: it is fetched anew.
pub fn load(dir: &Path, host: &str) -> Result<Option<CachedMatrix>, MatrixError> {
    let path = path(dir, host);
    let name = path.display().to_string();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(MatrixError::Io { path: name, source }),
    };
    let cached = parse(&text).map_err(|problem| MatrixError::Document {
        name: name.clone(),
        problem: format!("the cache file is damaged ({problem}); delete it, it is fetched anew"),
    })?;
    // Two hosts can share a file name only where one has odd signs; then there is no cache for the other.
    Ok((cached.host == host).then_some(cached))
}

/// Keeps a matrix for its host.
///
/// # Errors
/// When the file cannot be written; an older one is then as it was.
pub fn save(dir: &Path, cached: &CachedMatrix) -> Result<(), MatrixError> {
    let path = path(dir, &cached.host);
    let mut text = String::new();
    // A header with a control sign in it is no validator that could be sent back.
    let sendable = |value: &&String| !value.is_empty() && !value.chars().any(char::is_control);
    let mut line = |key: &str, value: &dyn std::fmt::Display| {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "#{key} {value}");
    };
    line("rolecall-matrix", &1);
    line("host", &cached.host);
    line("fetched-at", &cached.fetched_at);
    line("checked-at", &cached.checked_at);
    line("document-sha256", &cached.document_sha256);
    line("operations", &cached.operations);
    if let Some(etag) = cached.etag.as_ref().filter(sendable) {
        line("etag", etag);
    }
    if let Some(modified) = cached.last_modified.as_ref().filter(sendable) {
        line("last-modified", modified);
    }
    text.push_str(&cached.csv);
    place::write(&path, text.as_bytes())
        .map_err(|source| MatrixError::Write { path: path.display().to_string(), source })
}

fn parse(text: &str) -> Result<CachedMatrix, String> {
    let mut fields = std::collections::BTreeMap::new();
    let mut rest = text;
    while let Some(body) = rest.strip_prefix('#') {
        let (line, after) = body.split_once('\n').unwrap_or((body, ""));
        if let Some((key, value)) = line.split_once(' ') {
            fields.insert(key, value.to_owned());
        }
        rest = after;
    }
    let field = |key: &str| fields.get(key).cloned().ok_or_else(|| format!("it has no `#{key}` line"));
    let time = |key: &str| field(key)?.parse::<Timestamp>().map_err(|_| format!("its `#{key}` is not a time"));
    match field("rolecall-matrix")?.as_str() {
        "1" => {}
        other => return Err(format!("its version is `{other}`, not 1")),
    }
    Ok(CachedMatrix {
        host: field("host")?,
        csv: rest.to_owned(),
        etag: fields.get("etag").cloned(),
        last_modified: fields.get("last-modified").cloned(),
        fetched_at: time("fetched-at")?,
        checked_at: time("checked-at")?,
        document_sha256: field("document-sha256")?,
        operations: field("operations")?.parse().map_err(|_| "its `#operations` is not a number".to_owned())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundled;

    fn cached(host: &str) -> CachedMatrix {
        CachedMatrix {
            host: host.to_owned(),
            csv: csv::write_table(bundled::matrix()),
            etag: Some("W/\"abc\"".to_owned()),
            last_modified: Some("Sun, 19 Jul 2026 00:00:00 GMT".to_owned()),
            fetched_at: "2026-07-19T01:02:03Z".parse().unwrap(),
            checked_at: "2026-07-21T01:02:03Z".parse().unwrap(),
            document_sha256: "00ff".to_owned(),
            operations: 3397,
        }
    }

    #[test]
    fn what_is_saved_loads_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let one = cached("127.0.0.1:8080");
        save(dir.path(), &one).unwrap();
        assert_eq!(load(dir.path(), "127.0.0.1:8080").unwrap(), Some(one.clone()));
        let matrix = one.matrix().unwrap();
        assert_eq!(matrix.operations(), bundled::matrix().operations());
        assert_eq!(matrix.date, Some(jiff::civil::date(2026, 7, 21)));
        assert_eq!(load(dir.path(), "127.0.0.1_8080").unwrap(), None, "another host of the same file name");
        assert_eq!(load(dir.path(), "api.example.com").unwrap(), None);
    }

    #[test]
    fn host_cannot_leave_the_folder() {
        assert_eq!(path(Path::new("c"), "../../Etc/x"), Path::new("c/matrix-.._.._etc_x.csv"));
    }

    #[test]
    fn damaged_file_is_an_error_that_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let file = path(dir.path(), "h");
        for text in ["", "#rolecall-matrix 2\n", "#rolecall-matrix 1\n#host h\n#fetched-at yesterday\n", "{}"] {
            place::write(&file, text.as_bytes()).unwrap();
            let message = load(dir.path(), "h").unwrap_err().to_string();
            assert!(message.contains("damaged") && message.contains("delete it"), "{message}");
        }
        let mut short = cached("h");
        short.csv.truncate(short.csv.len() / 2);
        let end = short.csv.rfind('\n').unwrap();
        short.csv.truncate(end);
        assert!(short.matrix().unwrap_err().to_string().contains("instead of 3397"));
    }

    #[test]
    fn validator_with_a_line_end_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let odd = CachedMatrix { etag: Some("a\n#host evil".to_owned()), ..cached("h") };
        save(dir.path(), &odd).unwrap();
        assert_eq!(load(dir.path(), "h").unwrap().unwrap().etag, None);
    }
}
