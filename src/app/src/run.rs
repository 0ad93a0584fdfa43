//! The straight line from snapshots to a report.

pub mod follow;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use self::follow::{Known, follow};
use crate::config::job::{AccessRows, DriftPair, Job, OrgConfig};
use crate::matrices::{InForce, Matrices, UnreadMatrix, describe};
use crate::notify::News;
use rolecall_access::cross::AccessMap;
use rolecall_access::cross::contradiction::contradictions;
use rolecall_access::cross::excess::excess;
use rolecall_access::cross::gap::gaps;
use rolecall_access::cross::needed::Needed;
use rolecall_access::drift::change::DriftKind;
use rolecall_access::drift::{self, Between, How, Mapping, SideInput};
use rolecall_access::radar;
use rolecall_base::run_id::run_id;
use rolecall_base::snapshot::Snapshot;
use rolecall_findings::evidence::{Evidence, FailedOrg, OrgEvidence, PairEvidence, RadarEvidence, SinceEvidence};
use rolecall_findings::history::advance::Advanced;
use rolecall_findings::history::ledger::NightRecord;
use rolecall_findings::judge::{Override, judge};
use rolecall_findings::parameters::Parameters;
use rolecall_findings::severity::Severity;
use rolecall_findings::waivers::WaiverFile;
use rolecall_findings::waivers::night::day;
use rolecall_matrix::needs::Need;
use rolecall_matrix::overlay;
use rolecall_matrix::{Matrix, reviewed};
use rolecall_report::assemble::assemble;
use rolecall_report::dataset;
use rolecall_report::error::ReportError;
use rolecall_report::settings::{AccessRows as RowsWritten, ReportSettings};
use rolecall_report::view::LastNight;
use rolecall_report::write::{Written, write};

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
    /// Why the night is not in the lasting dataset, or only in part, although it was to be; its reports are written.
    pub not_added: Option<ReportError>,
    /// What there is to tell of the night.
    pub news: News,
}

/// Why a night ended without a report.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The matrix could not be read.
    #[error(transparent)]
    Matrix(#[from] UnreadMatrix),
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
    /// By org: the newest snapshot from before this run, where there is one.
    pub snapshots: Vec<Snapshot>,
    /// By org: the matrix that was in force on its last night before this run, where one was kept.
    pub matrices: BTreeMap<String, Matrix>,
    /// The newest night before this one, with its ledger.
    pub night: Option<NightRecord>,
    /// How many nights before this one the history holds once this run is kept.
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

/// Crosses, judges and reports a night. Everything it writes follows from its arguments alone.
///
/// # Errors
/// When a matrix cannot be read or a file cannot be written.
pub fn report_night(
    matrices: &Matrices<'_>,
    night: &Night,
    earlier: &Earlier,
    declared: &Declared<'_>,
    as_of: Timestamp,
    fail_on: Severity,
    out: &Path,
) -> Result<Outcome, RunError> {
    let job = matrices.job;
    let forces = |snapshots: &[Snapshot]| snapshots.iter().map(|one| matrices.in_force(one, as_of)).collect::<Vec<_>>();
    let in_force = forces(&night.snapshots).into_iter().collect::<Result<Vec<_>, _>>()?;
    // A matrix of an earlier night that cannot be read takes away a comparison, not the night.
    let matrices_before = forces(&earlier.snapshots);
    let needs = declared.needs;
    let mut orgs = cross_all(job, &night.snapshots, &in_force, needs);
    let radar = compare_matrices(job, earlier, &matrices_before, &mut orgs, as_of);
    let evidence = Evidence {
        as_of,
        pairs: compare_pairs(job, &orgs, &night.failed),
        since: compare_nights(job, earlier, &matrices_before, &orgs, needs),
        radar,
        orgs,
        failed: night.failed.clone(),
        needs,
        parameters: parameters(job),
        separation: &job.separation,
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
        csv_bom: job.report.csv_bom,
        checks_off: job.checks.iter().filter(|(_, over)| !over.enabled).map(|(id, _)| id.clone()).collect(),
        waivers,
        trend: record.trend.clone(),
    };
    let last_night = earlier.night.as_ref().map(|night| LastNight {
        run_id: run_id(night.as_of),
        as_of: night.as_of,
        nights_kept: earlier.nights_kept,
    });
    let report = assemble(&evidence, findings, last_night, &settings);
    let written = write(&report, &job.report.formats, out)?;
    let not_added = job.report.dataset.as_ref().and_then(|root| dataset::add(&report, root).err());
    Ok(Outcome {
        news: News::of(&report, &written.folder, &written.files),
        written,
        complete: report.run.complete,
        at_gate: report.run.gate.at_or_above,
        sentence: report.sentence.clone(),
        record,
        not_added,
    })
}

/// What the configuration sets of the checks.
fn parameters(job: &Job) -> Parameters {
    let mut parameters = Parameters::default();
    for (check, over) in &job.checks {
        for (key, value) in &over.parameters {
            parameters.set(check, key, value.clone());
        }
    }
    parameters
}

/// Compares each configured pair of which both sides were read. A pair of which a side is no part of the night is left
/// out: nobody asked.
fn compare_pairs(job: &Job, orgs: &[OrgEvidence<'_>], failed: &[FailedOrg]) -> Vec<PairEvidence> {
    let side = |name: &str| orgs.iter().find(|org| org.map.snapshot.org.name == name).map(side);
    let asked = |name: &str| side(name).is_some() || failed.iter().any(|org| org.name == name);
    let pairs = job.drift.iter().filter(|pair| asked(&pair.from) && asked(&pair.to)).map(|pair| PairEvidence {
        from: pair.from.clone(),
        to: pair.to.clone(),
        drift: side(&pair.from).zip(side(&pair.to)).map(|(left, right)| {
            let how = How { between: Between::Orgs, mappings: mappings(pair), ignore: pair.ignore.clone() };
            drift::compare(left, right, &how)
        }),
    });
    pairs.collect()
}

/// The declared pairs of things of a configured pair of orgs.
pub fn mappings(pair: &DriftPair) -> Vec<Mapping> {
    let kind_of = |word: &str| DriftKind::ALL.into_iter().find(|kind| kind.as_str() == word);
    let mapped = pair.map.iter().filter_map(|entry| {
        Some(Mapping { kind: kind_of(&entry.kind)?, from: entry.from.clone(), to: entry.to.clone() })
    });
    mapped.collect()
}

/// Compares each org with its own last night. One org after the other: the verdicts of an earlier night are held only
/// for as long as they are compared with.
fn compare_nights(
    job: &Job,
    earlier: &Earlier,
    forces: &[Result<InForce, UnreadMatrix>],
    orgs: &[OrgEvidence<'_>],
    needs: &[Need],
) -> Vec<SinceEvidence> {
    let since = orgs.iter().filter_map(|org| {
        let name = &org.map.snapshot.org.name;
        let mut last = earlier.snapshots.iter().zip(forces);
        let (last, force) = last.find(|(snapshot, _)| snapshot.org.name == *name)?;
        // A matrix from another source differs without anybody's doing: the org itself is compared by one and the same.
        let force = force.as_ref().ok().filter(|force| org.map.matrix.has_source_of(&force.matrix));
        let matrix = force.map_or(org.map.matrix, |force| &force.matrix);
        let map = AccessMap::of(last, matrix, enforced(job, name));
        let needed = Needed::of(&map, needs);
        let how = How { between: Between::Nights, mappings: Vec::new(), ignore: Vec::new() };
        Some(SinceEvidence {
            org: name.clone(),
            before: last.as_of,
            drift: drift::compare(SideInput { map: &map, needed: &needed }, side(org), &how),
        })
    });
    since.collect()
}

/// Compares the matrix in force for each org with the one of its last night: the one that was kept, or else the one that
/// the snapshot of that night carries. Equal ones need no crossing.
fn compare_matrices<'a>(
    job: &Job,
    earlier: &Earlier,
    forces: &[Result<InForce, UnreadMatrix>],
    orgs: &mut [OrgEvidence<'a>],
    as_of: Timestamp,
) -> Vec<RadarEvidence<'a>> {
    let mut changed = Vec::new();
    for org in orgs {
        let name = &org.map.snapshot.org.name;
        let mut snapshots = earlier.snapshots.iter().zip(forces);
        let carried = snapshots.find(|(one, _)| one.org.name == *name).map(|(_, force)| force);
        let matrix = match (earlier.matrices.get(name), carried) {
            (Some(kept), _) => kept,
            (None, Some(Ok(force))) => &force.published,
            (None, Some(Err(error))) => {
                org.matrix.notes.push(format!("not known what changed since the last night: {error}"));
                continue;
            }
            (None, None) => continue,
        };
        // What was kept is as published. With this run's overlay file on both, what differs is the platform's doing; so
        // is a requirement that was announced and took effect in between.
        let then = earlier.snapshots.iter().find(|one| one.org.name == *name).map(|one| one.as_of);
        let then = then.or_else(|| earlier.night.as_ref().map(|night| night.as_of)).unwrap_or(as_of);
        let mut laid = Matrix::clone(matrix);
        reviewed::lay(&mut laid, day(then));
        overlay::lay(&mut laid, &job.matrix.overlay, name, day(as_of));
        let matrix = &laid;
        let before = describe(matrix, Vec::new());
        let differs = before.sha256 != org.matrix.sha256;
        org.matrix.previous_sha256 = Some(before.sha256.clone());
        if differs {
            let then = AccessMap::of(org.map.snapshot, matrix, org.map.scopes_enforced);
            let radar = radar::between(&then, &org.map, &org.needed);
            let new_source = !org.map.matrix.has_source_of(matrix);
            if !radar.is_empty() {
                changed.push(RadarEvidence { org: name.clone(), before, new_source, radar });
            }
        }
    }
    changed
}

fn side<'s, 'a>(org: &'s OrgEvidence<'a>) -> SideInput<'a, 's> {
    SideInput { map: &org.map, needed: &org.needed }
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

#[cfg(test)]
mod tests;
