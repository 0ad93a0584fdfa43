//! Files that know whether they are whole: compressed JSON in an envelope with a format, a version and a checksum.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::place;
use crate::hex::hex;

/// A kind of sealed file.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// What `format` says.
    pub format: &'static str,
    /// The version written, and the newest that is read.
    pub version: u64,
    /// What people call it, and the key of its content.
    pub noun: &'static str,
    /// What to do where a file is something else.
    pub instead: &'static str,
    /// What to do where a file is damaged or newer than the program.
    pub again: &'static str,
    /// Files that inflate to more bytes are refused.
    pub largest: u64,
}

/// Why a sealed file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// The file cannot be opened or read.
    #[error("cannot read {} `{}`: {source}; check the path and its permissions", kind.noun, path.display())]
    Unreadable {
        /// What it should be.
        kind: &'static Kind,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is something else.
    #[error("`{}` is not a {}: {why}; {}", path.display(), kind.noun, kind.instead)]
    SomethingElse {
        /// What it should be.
        kind: &'static Kind,
        /// The file.
        path: PathBuf,
        /// What it is instead.
        why: String,
    },
    /// The file was written by a newer program.
    #[error(
        "{} `{}` has version {version}, this program reads up to {}; use a newer rolecall or {}",
        kind.noun, path.display(), kind.version, kind.again
    )]
    Newer {
        /// What it should be.
        kind: &'static Kind,
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// The file is of this kind, but not as it was written.
    #[error("{} `{}` is damaged: {why}; restore it from a copy or {}", kind.noun, path.display(), kind.again)]
    Damaged {
        /// What it should be.
        kind: &'static Kind,
        /// The file.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
    /// The file could not be written.
    #[error("cannot write {} `{}`: {source}; check free space and the folder's permissions", kind.noun, path.display())]
    NotWritten {
        /// What it should be.
        kind: &'static Kind,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default)]
    format: Option<String>,
    #[serde(default)]
    version: Option<u64>,
    #[serde(default)]
    sha256: Option<String>,
    #[serde(borrow, default, rename = "snapshot", alias = "night")]
    content: Option<&'a RawValue>,
}

/// Writes a file, whole or not at all, readable by the owner alone. The same content gives the same bytes.
///
/// # Errors
/// When the file cannot be written; one that was there before is then untouched.
pub fn write(kind: &'static Kind, path: &Path, content: &impl Serialize) -> Result<(), SealedError> {
    let failed = |source| SealedError::NotWritten { kind, path: path.to_owned(), source };
    let json = serde_json::to_vec(content).map_err(|error| failed(io::Error::other(error)))?;
    let sum = hex(&Sha256::digest(&json));
    place::write_with(path, |out| {
        // Neither the time nor the system goes into the header: equal contents are equal files.
        let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(out, Compression::default());
        let Kind { format, version, noun, .. } = kind;
        write!(gzip, r#"{{"format":"{format}","version":{version},"sha256":"{sum}","{noun}":"#)?;
        gzip.write_all(&json)?;
        gzip.write_all(b"}\n")?;
        gzip.finish()?;
        Ok(())
    })
    .map_err(failed)
}

/// Reads a file and checks that it is as it was written.
///
/// # Errors
/// When the file cannot be read, is something else, is newer than this program, or is damaged.
pub fn read<T: DeserializeOwned>(kind: &'static Kind, path: &Path) -> Result<T, SealedError> {
    read_within(kind, path, kind.largest)
}

pub(super) fn read_within<T: DeserializeOwned>(
    kind: &'static Kind,
    path: &Path,
    largest: u64,
) -> Result<T, SealedError> {
    let unreadable = |source| SealedError::Unreadable { kind, path: path.to_owned(), source };
    let other = |why: String| SealedError::SomethingElse { kind, path: path.to_owned(), why };
    let damaged = |why: String| SealedError::Damaged { kind, path: path.to_owned(), why };

    let mut reader = BufReader::with_capacity(1 << 16, File::open(path).map_err(unreadable)?);
    match io::BufRead::fill_buf(&mut reader).map_err(unreadable)? {
        [] => return Err(other("it is empty".to_owned())),
        [0x1f, 0x8b, ..] => {}
        _ => return Err(other("it is not compressed with gzip".to_owned())),
    }
    let mut decoder = GzDecoder::new(reader);
    let mut json = Vec::new();
    (&mut decoder).take(largest + 1).read_to_end(&mut json).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged("it ends too early".to_owned()),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            damaged(format!("its compression is broken ({error})"))
        }
        _ => unreadable(error),
    })?;
    if u64::try_from(json.len()).unwrap_or(u64::MAX) > largest {
        return Err(other(format!("it inflates to more than {} MB", largest >> 20)));
    }
    if !io::BufRead::fill_buf(&mut decoder.into_inner()).map_err(unreadable)?.is_empty() {
        return Err(damaged("something follows its end".to_owned()));
    }

    let envelope: Envelope<'_> =
        serde_json::from_slice(&json).map_err(|error| other(format!("it is not a {}'s JSON: {error}", kind.noun)))?;
    let Kind { format: expected, noun, .. } = kind;
    match envelope.format.as_deref() {
        Some(format) if format == *expected => {}
        Some(format) => return Err(other(format!("its `format` is `{format}`, not `{expected}`"))),
        None => return Err(other(format!("it has no `format`, which would be `{expected}`"))),
    }
    match envelope.version {
        Some(version) if version == kind.version => {}
        Some(version) if version > kind.version => {
            return Err(SealedError::Newer { kind, path: path.to_owned(), version });
        }
        _ => return Err(damaged("its `version` is missing or never existed".to_owned())),
    }
    let Some(content) = envelope.content else { return Err(damaged(format!("it has no `{noun}`"))) };
    let sum = hex(&Sha256::digest(content.get().as_bytes()));
    if envelope.sha256.as_deref() != Some(sum.as_str()) {
        return Err(damaged("its content does not match its `sha256`".to_owned()));
    }
    serde_json::from_str(content.get()).map_err(|error| damaged(format!("a field does not fit: {error}")))
}

/// SHA-256 of a file, in hexadecimal digits.
///
/// # Errors
/// When the file cannot be read.
pub fn digest(path: &Path) -> io::Result<String> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
    let mut hash = Sha256::new();
    loop {
        let bytes = io::BufRead::fill_buf(&mut file)?;
        if bytes.is_empty() {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(bytes);
        let read = bytes.len();
        io::BufRead::consume(&mut file, read);
    }
}
