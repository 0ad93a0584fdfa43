//! Why a CX as Code source could not be read, and what to give instead.

use std::path::PathBuf;

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
