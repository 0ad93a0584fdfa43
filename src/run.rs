//! The straight line from snapshots to a report.

pub mod follow;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use self::follow::{Known, follow};
use crate::config::job::{AccessRows, Job, MatrixChoice, OrgConfig};
use crate::cross::AccessMap;
use crate::cross::contradiction::contradictions;
use crate::cross::excess::excess;
use crate::cross::gap::gaps;
use crate::cross::needed::Needed;
use crate::drift::change::Effect;
use crate::drift::{self, Between, How, Side};
use crate::findings::evidence::{Evidence, FailedOrg, MatrixUsed, OrgEvidence, PairEvidence, SinceEvidence};
use crate::findings::judge::{Override, judge};
use crate::findings::severity::Severity;
use crate::history::advance::Advanced;
use crate::history::ledger::NightRecord;
use crate::matrix::{Matrix, MatrixError, bundled, csv, file};
use crate::model::run_id::run_id;
use crate::model::snapshot::Snapshot;
use crate::needs::Need;
use crate::report::assemble::assemble;
use crate::report::error::ReportError;
use crate::report::settings::{AccessRows as RowsWritten, ReportSettings};
use crate::report::view::{Comparison, DriftRow, LastNight, PairView};
use crate::report::write::{Written, write};
use crate::waivers::WaiverFile;

/// What a night ends with.
#[derive(Debug)]
pub struct Outcome {
    /// The files.
    pub written: Written,
    /// Whether everything that was asked for was read.
    pub complete: bool,
    /// Open findings at or above the gate.
    pub at_gate: usize,
    /// The night in one sentence.
    pub sentence: String,
    /// What the history keeps of the night.
    pub record: NightRecord,
}

/// Why a night ended without a report.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The matrix could not be read.
    #[error("org `{org}`: {source}")]
    Matrix {
        /// The org.
        org: String,
        /// What is wrong with it.
        source: MatrixError,
    },
    /// A file could not be written.
    #[error(transparent)]
    Report(#[from] ReportError),
}

/// What was collected in one night.
#[derive(Debug, Default)]
pub struct Night {
    /// One an org, in the order of the configuration.
    pub snapshots: Vec<Snapshot>,
    /// Orgs of which nothing could be read.
    pub failed: Vec<FailedOrg>,
}

/// What earlier nights left behind.
#[derive(Debug, Default)]
pub struct Earlier {
    /// By org: the newest snapshot from before tonight, where there is one.
    pub snapshots: Vec<Snapshot>,
    /// The newest night before this one, with its ledger.
    pub night: Option<NightRecord>,
    /// How many nights before this one the history holds once tonight is kept.
    pub nights_kept: usize,
}

/// What people declared beside the configuration.
#[derive(Clone, Copy, Debug, Default)]
pub struct Declared<'a> {
    /// Which calls are needed.
    pub needs: &'a [Need],
    /// Which findings are accepted; `None` where the configuration names no waiver file.
    pub waivers: Option<&'a WaiverFile>,
}

/// The matrix in force for an org.
pub struct InForce {
    /// The matrix.
    pub matrix: Matrix,
    /// What reports say about it.
    pub used: MatrixUsed,
}

/// Crosses, judges and reports a night. Everything it writes follows from its arguments alone.
///
/// # Errors
/// When a matrix cannot be read or a file cannot be written.
pub fn report_night(
    job: &Job,
    night: &Night,
    earlier: &Earlier,
    declared: &Declared<'_>,
    as_of: Timestamp,
    fail_on: Severity,
    out: &Path,
) -> Result<Outcome, RunError> {
    let forces = |snapshots: &[Snapshot]| {
        snapshots.iter().map(|snapshot| in_force(job, snapshot, as_of)).collect::<Result<Vec<_>, _>>()
    };
    let (matrices, matrices_before) = (forces(&night.snapshots)?, forces(&earlier.snapshots)?);
    let needs = declared.needs;
    let orgs = cross_all(job, &night.snapshots, &matrices, needs);
    let before = cross_all(job, &earlier.snapshots, &matrices_before, needs);
    let evidence = Evidence {
        as_of,
        pairs: compare_pairs(job, &orgs),
        since: compare_nights(&before, &orgs),
        orgs,
        failed: night.failed.clone(),
        needs,
    };
    let overrides: BTreeMap<String, Override> = job
        .checks
        .iter()
        .map(|(id, over)| (id.clone(), Override { enabled: over.enabled, severity: over.severity }))
        .collect();
    let names: Vec<&str> = job.orgs.iter().map(|org| org.name.as_str()).collect();
    let known =
        Known { orgs: &names, overrides: &overrides, before: earlier.night.as_ref(), waivers: declared.waivers };
    let (Advanced { findings, record }, waivers) = follow(&evidence, judge(&evidence, &overrides), &known);
    let settings = ReportSettings {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        fail_on,
        access: rows_written(job.report.access),
        waivers,
    };
    let mut compared = comparison(&evidence);
    compared.last_night = earlier.night.as_ref().map(|night| LastNight {
        run_id: run_id(night.as_of),
        as_of: night.as_of,
        nights_kept: earlier.nights_kept,
    });
    let report = assemble(&evidence, findings, compared, &settings);
    let written = write(&report, &job.report.formats, out)?;
    Ok(Outcome {
        written,
        complete: report.run.complete,
        at_gate: report.run.gate.at_or_above,
        sentence: report.sentence.clone(),
        record,
    })
}

/// Compares each configured pair of which both sides were read.
fn compare_pairs(job: &Job, orgs: &[OrgEvidence<'_>]) -> Vec<PairEvidence> {
    let side = |name: &str| orgs.iter().find(|org| org.map.snapshot.org.name == name).map(side);
    let pairs = job.drift.iter().map(|pair| PairEvidence {
        from: pair.from.clone(),
        to: pair.to.clone(),
        drift: side(&pair.from).zip(side(&pair.to)).map(|(left, right)| {
            let how = How { between: Between::Orgs, mappings: Vec::new(), ignore: pair.ignore.clone() };
            drift::compare(left, right, &how)
        }),
    });
    pairs.collect()
}

/// Compares each org with its own last night.
fn compare_nights(before: &[OrgEvidence<'_>], orgs: &[OrgEvidence<'_>]) -> Vec<SinceEvidence> {
    let since = orgs.iter().filter_map(|org| {
        let name = &org.map.snapshot.org.name;
        let last = before.iter().find(|last| last.map.snapshot.org.name == *name)?;
        let how = How { between: Between::Nights, mappings: Vec::new(), ignore: Vec::new() };
        Some(SinceEvidence {
            org: name.clone(),
            before: last.map.snapshot.as_of,
            drift: drift::compare(side(last), side(org), &how),
        })
    });
    since.collect()
}

fn side<'s, 'a>(org: &'s OrgEvidence<'a>) -> Side<'a, 's> {
    Side { map: &org.map, needed: &org.needed }
}

/// The rows of the configured pairs.
fn comparison(evidence: &Evidence<'_>) -> Comparison {
    let mut comparison = Comparison::default();
    for pair in &evidence.pairs {
        comparison.pairs.push(PairView {
            from: pair.from.clone(),
            to: pair.to.clone(),
            compared: pair.drift.is_some(),
        });
        let changes = pair.drift.iter().flat_map(|drift| &drift.changes);
        comparison.rows.extend(changes.map(|change| DriftRow {
            from: pair.from.clone(),
            to: pair.to.clone(),
            kind: change.kind.as_str().to_owned(),
            name: change.name.clone(),
            field: change.field.clone(),
            from_value: change.from_value.clone(),
            to_value: change.to_value.clone(),
            effect: change.effect.as_str().to_owned(),
            severity: severity_of(change.effect),
        }));
    }
    comparison
}

/// How bad a difference is, by what it does.
fn severity_of(effect: Effect) -> Severity {
    match effect {
        Effect::Breaks => Severity::High,
        Effect::Widens | Effect::Unknown => Severity::Medium,
        Effect::Narrows => Severity::Low,
        Effect::None => Severity::Info,
    }
}

fn cross_all<'a>(
    job: &Job,
    snapshots: &'a [Snapshot],
    matrices: &'a [InForce],
    needs: &'a [Need],
) -> Vec<OrgEvidence<'a>> {
    snapshots.iter().zip(matrices).map(|(snapshot, force)| cross(job, snapshot, force, needs)).collect()
}

/// Crosses one org with the matrix in force for it.
pub fn cross<'a>(job: &Job, snapshot: &'a Snapshot, force: &'a InForce, needs: &'a [Need]) -> OrgEvidence<'a> {
    let map = AccessMap::of(snapshot, &force.matrix, enforced(job, &snapshot.org.name));
    let needed = Needed::of(&map, needs);
    let gaps = gaps(&map, &needed);
    let (excess, not_judged) = excess(&map, &needed);
    let contradictions = contradictions(&map, &needed);
    OrgEvidence { map, matrix: force.used.clone(), needed, gaps, excess, not_judged, contradictions }
}

fn enforced(job: &Job, org: &str) -> Option<bool> {
    job.orgs
        .iter()
        .find(|configured: &&OrgConfig| configured.name == org)
        .and_then(|configured| configured.scopes_enforced)
}

fn rows_written(rows: AccessRows) -> RowsWritten {
    match rows {
        AccessRows::Auto => RowsWritten::Auto,
        AccessRows::None => RowsWritten::None,
        AccessRows::Principals => RowsWritten::Principals,
        AccessRows::AllUsers => RowsWritten::AllUsers,
    }
}

/// The matrix in force for an org: the one its snapshot carries, the built-in one, or a file.
///
/// # Errors
/// When the configured file or the carried table cannot be read.
pub fn in_force(job: &Job, snapshot: &Snapshot, as_of: Timestamp) -> Result<InForce, RunError> {
    let mut notes = Vec::new();
    let wrap = |source| RunError::Matrix { org: snapshot.org.name.clone(), source };
    let matrix = match (&job.matrix.source, &snapshot.matrix) {
        (MatrixChoice::Bundled, _) => bundled::matrix().clone(),
        (MatrixChoice::File(path), _) => of_file(path, &mut notes).map_err(wrap)?,
        (MatrixChoice::Org, carried) => {
            notes.extend(snapshot.matrix_notes.iter().cloned());
            match carried {
                Some(carried) => {
                    let mut matrix = csv::read(&carried.origin, &carried.csv).map_err(wrap)?;
                    matrix.origin.clone_from(&carried.origin);
                    matrix
                }
                None => {
                    notes.push("the org's own matrix is not in the snapshot: the built-in one was used".to_owned());
                    bundled::matrix().clone()
                }
            }
        }
    };
    notes.extend(age_note(&matrix, as_of, job.matrix.max_age_days));
    let used = describe(&matrix, notes);
    Ok(InForce { matrix, used })
}

fn of_file(path: &Path, notes: &mut Vec<String>) -> Result<Matrix, MatrixError> {
    let imported = file::open(path, None)?;
    if !imported.unread.is_empty() {
        notes.push(format!(
            "{} parts of the document could not be read: see `rolecall matrix lint`",
            imported.unread.len()
        ));
    }
    Ok(imported.matrix)
}

/// What reports say of a matrix.
pub fn describe(matrix: &Matrix, notes: Vec<String>) -> MatrixUsed {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(csv::write(matrix).as_bytes());
    MatrixUsed {
        origin: matrix.origin.clone(),
        date: matrix.date,
        sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        operations: matrix.operations().len(),
        notes,
    }
}

/// A warning where the matrix is older than it should be, or its age is not known.
fn age_note(matrix: &Matrix, as_of: Timestamp, max_age_days: u32) -> Option<String> {
    let Some(date) = matrix.date else {
        return Some("the date of the matrix is not known".to_owned());
    };
    let today = as_of.to_zoned(jiff::tz::TimeZone::UTC).date();
    let days = today.since(date).map_or(0, |span| span.get_days());
    (i64::from(days) > i64::from(max_age_days))
        .then(|| format!("the matrix is {days} days old (of {date}); more than {max_age_days} days is warned about"))
}
