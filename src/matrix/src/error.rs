//! What can be wrong with a matrix.

/// A matrix that cannot be read. Each message says what failed, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    /// The file could not be opened or read.
    #[error("cannot read the matrix `{path}`: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write the matrix to `{path}`: {source}")]
    Write {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A row of a matrix CSV is wrong.
    #[error("matrix `{name}`, line {line}: {problem}")]
    Row {
        /// File or origin.
        name: String,
        /// Line, from 1.
        line: u64,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// The document is not what it should be.
    #[error("`{name}` is not a matrix: {problem}")]
    Document {
        /// File or origin.
        name: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
}
