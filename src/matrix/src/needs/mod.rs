//! What principals are declared to need: the needs file, and whether the matrix knows what it asks for.

pub mod claims;
pub mod file;
pub mod lint;

use std::path::PathBuf;

use crate::Endpoint;
use rolecall_base::named;

pub use claims::Claims;
pub use file::{NeedsError, Problem, open, read};
pub use lint::{Remark, RemarkKind, lint};

/// One declared need: a row of a needs file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Name or id of the principal, as written.
    pub principal: String,
    /// What it calls, the path as written but normalised; not yet looked up in a matrix.
    pub endpoint: Endpoint,
    /// Name or id of the division in which it must be allowed; `None`: any.
    pub division: Option<String>,
    /// Free text.
    pub note: String,
    /// Name of the org; `None`: every org.
    pub org: Option<String>,
    /// What people say about it.
    pub claims: Claims,
    /// The file it stands in.
    pub file: PathBuf,
    /// The line on which it begins, from 1.
    pub line: u64,
}

impl Need {
    /// Whether it is about an org: one of this name, or every org.
    pub fn is_for(&self, org: &str) -> bool {
        self.org.as_deref().is_none_or(|wanted| named::same(wanted, org))
    }

    /// Whether a job without a person makes the call: the column `headless` says so, or else the note does.
    pub fn is_headless(&self) -> bool {
        self.claims.headless.unwrap_or_else(|| claims::says_headless(&self.note))
    }

    /// The name of the file without its folder, which differs between machines.
    pub fn file_name(&self) -> String {
        self.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }
}
