//! Which kind of matrix a file holds, decided by its content: a matrix CSV, or a Swagger document, gzipped or not.

use std::path::Path;

use jiff::civil::Date;

use super::error::MatrixError;
use super::swagger::{self, Imported};
use super::{csv, swagger::DOCUMENT_LIMIT};

/// Reads a matrix file. `date` is the date of the facts where the file itself does not state one.
///
/// # Errors
/// When the file cannot be read, or is neither a matrix CSV nor a Swagger 2.0 document.
pub fn open(path: &Path, date: Option<Date>) -> Result<Imported, MatrixError> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|source| MatrixError::Io { path: name.clone(), source })?;
    read(&name, &bytes, date)
}

/// Reads a matrix from memory, as [`open`].
///
/// # Errors
/// As [`open`].
pub fn read(name: &str, bytes: &[u8], date: Option<Date>) -> Result<Imported, MatrixError> {
    let problem = |problem: String| MatrixError::Document { name: name.to_owned(), problem };
    let plain = swagger::unpack(name, bytes, DOCUMENT_LIMIT)?;
    let content = plain.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&plain);
    match content.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Err(problem("it is empty".to_owned())),
        Some(b'{' | b'[') => swagger::read(name, content, date),
        Some(b'<') => Err(problem("it is a web page or XML, not a Swagger document or a matrix CSV".to_owned())),
        Some(_) => {
            let text = std::str::from_utf8(content).map_err(|error| {
                problem(format!("it is not text in UTF-8 (byte {} cannot be read)", error.valid_up_to()))
            })?;
            let first = text.lines().next().unwrap_or("");
            if first.starts_with("swagger:") || first.starts_with("openapi:") || first == "---" {
                return Err(problem("it is YAML; the platform publishes the document as JSON".to_owned()));
            }
            let mut matrix = csv::read(name, text)?;
            matrix.date = matrix.date.or(date);
            let published = matrix.operations().len();
            Ok(Imported { matrix, unread: Vec::new(), published })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_and_swagger_are_recognised_by_content() {
        let table = csv::write(crate::bundled::matrix());
        assert_eq!(read("a.json", table.as_bytes(), None).unwrap().published, 3397);
        let document = br#"{"swagger":"2.0","paths":{"/api/v2/date":{"get":{}}}}"#;
        assert_eq!(read("a.csv", document, None).unwrap().published, 1);
    }

    #[test]
    fn what_is_neither_is_named() {
        for (bytes, said) in [
            (&b" \n"[..], "it is empty"),
            (b"<html>", "web page"),
            (b"swagger: '2.0'\n", "it is YAML"),
            (b"\xff\xfe\x00", "not text in UTF-8"),
            (b"hello\n", "no column `method`"),
        ] {
            let message = read("m", bytes, None).unwrap_err().to_string();
            assert!(message.contains(said), "{message}");
        }
        assert!(open(Path::new("/nowhere/m.csv"), None).unwrap_err().to_string().contains("/nowhere/m.csv"));
    }
}
