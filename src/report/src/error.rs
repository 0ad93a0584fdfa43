//! Why a report could not be written.

use std::io;
use std::path::{Path, PathBuf};

/// A report that could not be written. Each message says which file, why, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file or folder could not be written.
    #[error("cannot write `{path}`: {source}; {help}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
        /// What to do.
        help: &'static str,
    },
    /// No format of this name.
    #[error("`{name}` is not a report format; write one of {known}")]
    UnknownFormat {
        /// What was asked for.
        name: String,
        /// The formats there are.
        known: String,
    },
    /// The format needs a feature that the build lacks.
    #[error("this build cannot write `{name}`: {}", with_feature(feature))]
    NotBuilt {
        /// What was asked for.
        name: String,
        /// The cargo feature.
        feature: &'static str,
    },
    /// A night could not be added to the lasting dataset.
    #[error(
        "cannot write `{path}`: {source}; the reports of the run are written: fix that, or choose another folder with \
         `dataset` under `[report]`, and add the night with `rolecall audit` and its snapshots"
    )]
    Dataset {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The content could not be made: a fault of the program, not of the data.
    #[error("cannot make `{file}`: {why}; please report this with the snapshot that shows it")]
    Content {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
}

/// How to get a build that has a cargo feature.
pub fn with_feature(feature: &str) -> String {
    format!(
        "install a package, which has the feature `{feature}`, or build with `cargo build --release --features {feature}`"
    )
}

impl ReportError {
    /// An error of the file system, with what to do about it.
    pub fn io(path: &Path, source: io::Error) -> Self {
        let help = match source.kind() {
            io::ErrorKind::PermissionDenied => {
                "give yourself write access there, or choose another folder with `--out`"
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                "free some space, or choose another folder with `--out`"
            }
            io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory | io::ErrorKind::AlreadyExists => {
                "something else stands in its place; move it away, or choose another folder with `--out`"
            }
            io::ErrorKind::ReadOnlyFilesystem => "choose a folder that can be written with `--out`",
            _ => "fix that, or choose another folder with `--out`, and run again",
        };
        Self::Io { path: path.to_owned(), source, help }
    }
}
