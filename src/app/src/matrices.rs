//! Which matrix is in force for an org. In one run each distinct matrix is parsed once, however many orgs and nights
//! rest on it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::config::job::{Job, MatrixChoice};
use rolecall_base::snapshot::{CarriedMatrix, Snapshot};
use rolecall_findings::evidence::MatrixUsed;
use rolecall_findings::waivers::night::day;
use rolecall_matrix::announced::Coming;
use rolecall_matrix::overlay::{self, EntryOutcome, Laid};
use rolecall_matrix::{Matrix, MatrixError, bundled, csv, file, kept, reviewed};

/// The matrix in force for an org.
pub struct InForce {
    /// The matrix.
    pub matrix: Matrix,
    /// What reports say about it.
    pub used: MatrixUsed,
    /// The matrix as it was published, whatever the overlays say: what later nights compare with.
    pub published: Rc<Matrix>,
}

/// Why the matrix of an org cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("org `{org}`: {source}")]
pub struct UnreadMatrix {
    /// The org.
    pub org: String,
    /// What is wrong with it.
    pub source: MatrixError,
}

/// The matrices of a run, as its configuration chooses them.
pub struct Matrices<'j> {
    /// The configuration.
    pub job: &'j Job,
    parsed: RefCell<HashMap<Source, Parsed>>,
}

/// Where a matrix was parsed from.
#[derive(PartialEq, Eq, Hash)]
enum Source {
    /// The configured file.
    File,
    /// What a snapshot carries: its origin, and the hash of its text.
    Carried(String, [u8; 32]),
}

/// A parsed matrix, and how many parts of its document could not be read.
type Parsed = (Rc<Matrix>, usize);

impl<'j> Matrices<'j> {
    /// Nothing is parsed yet.
    pub fn of(job: &'j Job) -> Self {
        Self { job, parsed: RefCell::default() }
    }

    /// The matrix in force for an org.
    ///
    /// # Errors
    /// When the configured file or the carried table cannot be read.
    pub fn in_force(&self, snapshot: &Snapshot, as_of: Timestamp) -> Result<InForce, UnreadMatrix> {
        let job = self.job;
        let (published, mut notes) = self.published(snapshot)?;
        notes.extend(age_note(&published, as_of, job.matrix.max_age_days));
        let mut matrix = Matrix::clone(&published);
        let reviewed = reviewed::lay(&mut matrix, day(as_of));
        let overrides = overlay::lay(&mut matrix, &job.matrix.overlay, &snapshot.org.name, day(as_of));
        let mut used = describe(&matrix, notes);
        used.published_sha256 = kept::sha256(&published);
        used.fell_back = job.matrix.source == MatrixChoice::Org && published.origin == bundled::matrix().origin;
        used.announced = announced(reviewed.coming, &overrides);
        used.reviewed = reviewed.rows;
        used.overrides = overrides;
        Ok(InForce { matrix, used, published })
    }

    /// The matrix of an org before any overlay, and what is to be said of it: the one its snapshot carries, the built-in
    /// one, or a file.
    ///
    /// # Errors
    /// When the configured file or the carried table cannot be read.
    pub fn published(&self, snapshot: &Snapshot) -> Result<(Rc<Matrix>, Vec<String>), UnreadMatrix> {
        let wrap = |source| UnreadMatrix { org: snapshot.org.name.clone(), source };
        match (&self.job.matrix.source, &snapshot.matrix) {
            (MatrixChoice::Bundled, _) => Ok((Rc::new(bundled::matrix().clone()), Vec::new())),
            (MatrixChoice::File(path), _) => {
                let (matrix, unread) = self.of_file(path).map_err(wrap)?;
                let note = (unread > 0)
                    .then(|| format!("{unread} parts of the document could not be read: see `rolecall matrix lint`"));
                Ok((matrix, note.into_iter().collect()))
            }
            (MatrixChoice::Org, Some(carried)) => {
                Ok((self.of_carried(carried).map_err(wrap)?, snapshot.matrix_notes.clone()))
            }
            (MatrixChoice::Org, None) => {
                let mut notes = snapshot.matrix_notes.clone();
                notes.push("the org's own matrix is not in the snapshot: the built-in one was used".to_owned());
                Ok((Rc::new(bundled::matrix().clone()), notes))
            }
        }
    }

    /// Parses what was not parsed before.
    fn parsed(
        &self,
        source: Source,
        parse: impl FnOnce() -> Result<Parsed, MatrixError>,
    ) -> Result<Parsed, MatrixError> {
        if let Some(known) = self.parsed.borrow().get(&source) {
            return Ok(known.clone());
        }
        let new = parse()?;
        self.parsed.borrow_mut().insert(source, new.clone());
        Ok(new)
    }

    fn of_file(&self, path: &Path) -> Result<Parsed, MatrixError> {
        self.parsed(Source::File, || {
            let imported = file::open(path, None)?;
            Ok((Rc::new(imported.matrix), imported.unread.len()))
        })
    }

    fn of_carried(&self, carried: &CarriedMatrix) -> Result<Rc<Matrix>, MatrixError> {
        let source = Source::Carried(carried.origin.clone(), Sha256::digest(carried.csv.as_bytes()).into());
        let (matrix, _) = self.parsed(source, || {
            let mut matrix = csv::read(&carried.origin, &carried.csv)?;
            matrix.origin.clone_from(&carried.origin);
            Ok((Rc::new(matrix), 0))
        })?;
        Ok(matrix)
    }
}

/// What is announced: an entry of the overlay file has the last word on its operation.
fn announced(built_in: Vec<Coming>, overrides: &[Laid]) -> Vec<Coming> {
    let entry_decides = |coming: &Coming| {
        let mut decides =
            overrides.iter().filter(|laid| matches!(laid.outcome, EntryOutcome::Applied | EntryOutcome::Announced(_)));
        decides.any(|laid| laid.endpoint == coming.endpoint && laid.entry.permissions.is_some())
    };
    let own = overrides.iter().filter_map(|laid| match &laid.outcome {
        EntryOutcome::Announced(coming) => Some((**coming).clone()),
        EntryOutcome::Applied | EntryOutcome::Expired | EntryOutcome::Same | EntryOutcome::NoOperation(_) => None,
    });
    let mut all: Vec<Coming> = built_in.into_iter().filter(|coming| !entry_decides(coming)).chain(own).collect();
    all.sort_by(|a, b| (a.effective, &a.cited, &a.endpoint).cmp(&(b.effective, &b.cited, &b.endpoint)));
    all
}

/// What reports say of a matrix.
pub fn describe(matrix: &Matrix, notes: Vec<String>) -> MatrixUsed {
    let sha256 = kept::sha256(matrix);
    MatrixUsed {
        origin: matrix.origin.clone(),
        date: matrix.date,
        published_sha256: sha256.clone(),
        sha256,
        previous_sha256: None,
        operations: matrix.operations().len(),
        notes,
        fell_back: false,
        overrides: Vec::new(),
        reviewed: Vec::new(),
        announced: Vec::new(),
    }
}

/// A warning where the matrix is older than it should be, or its age is not known.
fn age_note(matrix: &Matrix, as_of: Timestamp, max_age_days: u32) -> Option<String> {
    let Some(date) = matrix.date else {
        return Some("the date of the matrix is not known".to_owned());
    };
    let today = day(as_of);
    let days = today.since(date).map_or(0, |span| span.get_days());
    (i64::from(days) > i64::from(max_age_days))
        .then(|| format!("the matrix is {days} days old (of {date}); more than {max_age_days} days is warned about"))
}
