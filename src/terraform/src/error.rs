//! Why a CX as Code source could not be read, and what to give instead.

use std::path::{Path, PathBuf};

/// A source that cannot be read. No message quotes the file's content: it can hold secrets.
#[derive(Debug, thiserror::Error)]
pub enum CxError {
    /// The path cannot be opened or read.
    #[error("cannot read `{}`: {source}; check the path and its permissions", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not JSON.
    #[error("`{}` is not JSON: {what}; {help}", path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// What it looks like, with line and column where there are any.
        what: String,
        /// What to do.
        help: String,
    },
    /// The file is JSON of another kind.
    #[error("`{}` is not a CX as Code source: {what}; {help}", path.display())]
    NotASource {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        what: String,
        /// What to do.
        help: String,
    },
    /// The file is of a version that cannot be read.
    #[error("`{}` is {what}; {help}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Kind and version.
        what: String,
        /// What to do.
        help: String,
    },
    /// One object is declared twice.
    #[error("`{address}` is declared in `{}` and again in `{}`; Terraform refuses that too: remove one", first.display(), second.display())]
    Twice {
        /// The object.
        address: String,
        /// The first file.
        first: PathBuf,
        /// The second file, possibly the same.
        second: PathBuf,
    },
    /// Nothing in it concerns permissions.
    #[error("`{}` holds none of the objects that permissions are made of ({others} others): {help}", path.display())]
    Nothing {
        /// The file or directory.
        path: PathBuf,
        /// How many other objects it holds.
        others: usize,
        /// What to do.
        help: String,
    },
}

/// A parser's error, without a word of the content that it may quote.
pub(super) fn broken(path: &Path, error: &serde_json::Error) -> CxError {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "something is not of the kind that belongs there",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "it cannot be parsed",
    };
    CxError::NotJson {
        path: path.to_owned(),
        what: format!("{what} at line {}, column {}", error.line(), error.column()),
        help: "write the file again; it may have been cut off".to_owned(),
    }
}
