//! Which requirements a Swagger 2.0 document publishes, as the platform writes it.
//!
//! What an operation requires stands in its `x-inin-requires-permissions`, its `security` and its error codes. A part
//! that cannot be read makes the requirement unknown and is named in [`Imported::unread`]; it never makes it weaker.

use std::fmt;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use jiff::civil::Date;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::endpoint::{Endpoint, Method};
use super::error::MatrixError;
use super::operation::Operation;
use super::swagger_operation::{self, Schemes};
use super::table::Matrix;

/// The most that a document may unpack to, in bytes: twenty times the platform's.
pub const DOCUMENT_LIMIT: u64 = 512 << 20;

/// A matrix read from elsewhere, and what could not be read.
#[derive(Debug)]
pub struct Imported {
    /// The matrix.
    pub matrix: Matrix,
    /// What could not be read: the operation and why, one sentence each, in the order of the document.
    pub unread: Vec<String>,
    /// How many operations the document publishes, those that could not be read included.
    pub published: usize,
}

/// Reads a Swagger 2.0 document, plain or gzipped. `name` is used in messages and as the origin.
///
/// # Errors
/// When it is not JSON, not Swagger 2.0, cut short, too large, or holds no operation.
pub fn read(name: &str, bytes: &[u8], date: Option<Date>) -> Result<Imported, MatrixError> {
    let problem = |problem: String| MatrixError::Document { name: name.to_owned(), problem };
    let plain = unpack(name, bytes, DOCUMENT_LIMIT)?;
    let plain = plain.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&plain);
    match plain.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => {}
        Some(b'[') => return Err(problem("it is a JSON list, not a Swagger document".to_owned())),
        Some(b'<') => return Err(problem("it is a web page or XML, not a Swagger document in JSON".to_owned())),
        Some(_) => return Err(problem("it is not JSON".to_owned())),
        None => return Err(problem("it is empty".to_owned())),
    }
    let document: Document = serde_json::from_slice(plain).map_err(|error| {
        problem(match error.classify() {
            serde_json::error::Category::Eof => format!("it ends in the middle, as a document cut short does: {error}"),
            serde_json::error::Category::Data => error.to_string(),
            _ => format!("it is not JSON: {error}"),
        })
    })?;
    document.check().map_err(problem)?;
    let Some(paths) = &document.paths else {
        return Err(problem("it has no `paths`".to_owned()));
    };
    let mut reading = Reading {
        base: document.base(),
        schemes: Schemes::new(document.security_definitions.as_ref(), document.security.as_ref()),
        source: date.map_or_else(|| "swagger of unknown date".to_owned(), |date| format!("swagger {date}")),
        operations: Vec::new(),
        unread: Vec::new(),
        published: 0,
    };
    for (path, item) in paths {
        reading.path(path, item);
    }
    let (matrix, twice) = Matrix::new(name, date, reading.operations);
    let mut unread = reading.unread;
    unread.extend(
        twice
            .iter()
            .map(|operation| format!("`{}`: stands twice in the document; the first is taken", operation.endpoint)),
    );
    if matrix.operations().is_empty() {
        let why = unread.first().map(|first| format!(": {first}")).unwrap_or_default();
        return Err(problem(format!("it holds no operation that can be read{why}")));
    }
    Ok(Imported { matrix, unread, published: reading.published })
}

/// The bytes themselves, or what they unpack to when they are gzip.
///
/// # Errors
/// When they do not unpack, or are or unpack to more than `limit`.
pub fn unpack<'a>(name: &str, bytes: &'a [u8], limit: u64) -> Result<std::borrow::Cow<'a, [u8]>, MatrixError> {
    let problem = |problem: String| MatrixError::Document { name: name.to_owned(), problem };
    let too_large = || problem(format!("it is larger than {} MB unpacked", limit >> 20));
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(problem("it is a zip archive; unpack it first".to_owned()));
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        let fits = u64::try_from(bytes.len()).is_ok_and(|size| size <= limit);
        return if fits { Ok(bytes.into()) } else { Err(too_large()) };
    }
    let mut plain = Vec::new();
    let size = MultiGzDecoder::new(bytes)
        .take(limit.saturating_add(1))
        .read_to_end(&mut plain)
        .map_err(|error| problem(format!("it is gzip that cannot be unpacked: {error}")))?;
    if u64::try_from(size).map_or(true, |size| size > limit) {
        return Err(too_large());
    }
    Ok(plain.into())
}

struct Reading {
    base: String,
    schemes: Schemes,
    source: String,
    operations: Vec<Operation>,
    unread: Vec<String>,
    published: usize,
}

impl Reading {
    fn path(&mut self, path: &str, item: &Value) {
        if path.starts_with("x-") {
            return;
        }
        let Value::Object(item) = item else {
            self.published += 1;
            self.unread.push(format!("`{path}`: is not an object of operations"));
            return;
        };
        let full = if path.starts_with(&self.base) { path.to_owned() } else { format!("{}{path}", self.base) };
        // `Endpoint::new` corrects what people paste; here a corrected path would be another operation's.
        let writable = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '?' | '#');
        if !path.starts_with('/') || !full.chars().all(writable) || full.contains("://") {
            self.published += item.len();
            self.unread.push(format!("`{path}`: is not a path"));
            return;
        }
        if item.contains_key("$ref") {
            self.published += 1;
            self.unread.push(format!("`{path}`: refers to operations elsewhere by `$ref`"));
        }
        for (key, value) in item {
            if key == "$ref" || key == "parameters" || key.starts_with("x-") {
                continue;
            }
            self.published += 1;
            match (key.parse::<Method>(), value) {
                (Ok(method), Value::Object(fields)) => self.operation(Endpoint::new(method, &full), fields),
                (Ok(method), _) => self.unread.push(format!("`{method} {full}`: the operation is not an object")),
                (Err(()), _) => self.unread.push(format!("`{} {full}`: is not a known method", key.to_uppercase())),
            }
        }
    }

    fn operation(&mut self, endpoint: Endpoint, fields: &Map<String, Value>) {
        let read = swagger_operation::read(&endpoint, fields, &self.schemes);
        self.unread.extend(read.unread.iter().map(|why| format!("`{endpoint}`: {why}")));
        if let Some(requirement) = read.requirement {
            let source = read.notes.iter().fold(self.source.clone(), |all, note| format!("{all}; {note}"));
            let deprecated = read.deprecated;
            self.operations.push(Operation {
                endpoint,
                requirement,
                deprecated,
                source: source.into(),
                overridden: None,
            });
        }
    }
}

/// The parts of the document that matter here. Its definitions are passed over unparsed: they are most of it.
#[derive(Default)]
struct Document {
    swagger: Option<Value>,
    openapi: Option<Value>,
    base_path: Option<Value>,
    security_definitions: Option<Value>,
    security: Option<Value>,
    paths: Option<Vec<(String, Value)>>,
    others: Vec<String>,
}

impl Document {
    fn check(&self) -> Result<(), String> {
        let shown = |version: &Value| version.as_str().map_or_else(|| version.to_string(), str::to_owned);
        match (&self.swagger, &self.openapi) {
            (Some(Value::String(version)), _) if version == "2.0" => Ok(()),
            (Some(version), _) => Err(format!("it is Swagger {}; the platform publishes Swagger 2.0", shown(version))),
            (None, Some(version)) => {
                Err(format!("it is OpenAPI {}; the platform publishes Swagger 2.0", shown(version)))
            }
            (None, None) => {
                let keys: Vec<_> = self.others.iter().take(6).map(|key| format!("`{key}`")).collect();
                let keys = if keys.is_empty() { "nothing".to_owned() } else { keys.join(", ") };
                Err(format!(
                    "it is JSON, but not a Swagger document: it has no `swagger`, only {keys}; \
                     the platform's is at `/api/v2/docs/swagger`"
                ))
            }
        }
    }

    fn base(&self) -> String {
        self.base_path.as_ref().and_then(Value::as_str).unwrap_or("").trim_end_matches('/').to_owned()
    }
}

impl<'de> serde::Deserialize<'de> for Document {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Document;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a Swagger document")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
                let mut document = Document::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "swagger" | "swaggerVersion" => document.swagger = Some(map.next_value()?),
                        "openapi" => document.openapi = Some(map.next_value()?),
                        "basePath" => document.base_path = Some(map.next_value()?),
                        "securityDefinitions" => document.security_definitions = Some(map.next_value()?),
                        "security" => document.security = Some(map.next_value()?),
                        "paths" if document.paths.is_some() => return Err(A::Error::duplicate_field("paths")),
                        "paths" => document.paths = Some(map.next_value::<Paths>()?.0),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            document.others.push(key);
                        }
                    }
                }
                Ok(document)
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// The paths as written, so that one that stands twice is seen twice.
struct Paths(Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for Paths {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = Paths;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`paths` to be an object with a path a key")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Paths, A::Error> {
                let mut paths = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    paths.push(entry);
                }
                Ok(Paths(paths))
            }
        }
        deserializer.deserialize_map(Items)
    }
}

#[cfg(test)]
#[path = "swagger_tests.rs"]
mod tests;
