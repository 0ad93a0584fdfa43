//! A night as a library call: configuration, needs, credentials, collection, history, report.
//!
//! What people see of it while it runs, and the time, come from the caller: [`Session`].

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use secrecy::ExposeSecret;

use crate::config::job::{Job, MatrixChoice, OrgConfig};
use crate::config::{self, secret};
use crate::failure::Failure;
use crate::matrices::Matrices;
use crate::run::{Declared, Earlier, Night, Outcome, mappings, report_night};
use rolecall_base::named::{one_of, same};
use rolecall_base::nearest::nearest;
use rolecall_base::run_id::run_id;
use rolecall_base::snapshot::{CarriedMatrix, Snapshot};
use rolecall_base::store::place;
use rolecall_base::store::sealed::{self, SealedError};
use rolecall_base::store::snapshot_file;
use rolecall_collect::progress::Progress;
use rolecall_collect::settings::OrgTarget;
use rolecall_collect::wire::Validators;
use rolecall_collect::{Clock, Document};
use rolecall_findings::checks;
use rolecall_findings::evidence::FailedOrg;
use rolecall_findings::history::ledger::NightRecord;
use rolecall_findings::history::{lock, nights, prune, snapshots};
use rolecall_findings::severity::Severity;
use rolecall_findings::waivers::WaiverFile;
use rolecall_matrix::cache::{self, CachedMatrix};
use rolecall_matrix::choose::{self, Choice, Fetched};
use rolecall_matrix::needs::{self, Need};
use rolecall_matrix::{MatrixError, bundled, csv, kept};

/// Where the time comes from, and who watches while orgs are collected.
pub struct Session<'a> {
    /// The present moment.
    pub clock: &'a Clock,
    /// Who is shown how far the collection is.
    pub progress: &'a dyn Progress,
}

impl Session<'_> {
    /// The time of a night that begins now.
    pub fn night(&self) -> Timestamp {
        whole_seconds((self.clock)())
    }
}

/// The moment without its fraction of a second: ids of runs have none.
pub fn whole_seconds(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}

/// What a night is asked for, beside its configuration.
pub struct Request<'a> {
    /// Declared needs and waivers.
    pub declared: Declared<'a>,
    /// The orgs to read, with their credentials.
    pub targets: &'a [OrgTarget],
    /// The time of the night, in whole seconds.
    pub as_of: Timestamp,
    /// Findings of this severity and above are counted at the gate.
    pub fail_on: Severity,
    /// The folder of the reports.
    pub out: &'a Path,
}

/// Runs a night: collects, keeps the snapshots, crosses, reports, and keeps the record of the night.
///
/// # Errors
/// When a folder cannot be written into, another run holds the history, or no report can be written. An org that cannot
/// be read is no error: the report says so.
pub fn run(job: &Job, request: &Request<'_>, session: &Session<'_>) -> Result<Outcome, Failure> {
    let Request { declared, targets, as_of, fail_on, out } = *request;
    writable(&[("report folder", out), ("history folder", &job.history_dir)])?;
    if let Some(dataset) = &job.report.dataset {
        writable(&[("dataset folder", dataset)])?;
    }
    let _lock = lock::take(&job.history_dir, as_of).map_err(Failure::failed)?;
    let night = collect(job, targets, as_of, session)?;
    for snapshot in &night.snapshots {
        let path = snapshots::path(&job.history_dir, &snapshot.org.name, as_of);
        snapshot_file::write(&path, snapshot).map_err(Failure::failed)?;
        tracing::info!(org = snapshot.org.name, path = %path.display(), "snapshot kept");
    }
    let matrices = Matrices::of(job);
    keep_matrices(&matrices, &night, as_of)?;
    warn_of_unmet(job, &night);
    let earlier = earlier(job, &night, as_of);
    let outcome = report_night(&matrices, &night, &earlier, &declared, as_of, fail_on, out).map_err(Failure::failed)?;
    keep(job, outcome.record.clone(), as_of);
    Ok(outcome)
}

/// Reads the configuration.
pub fn load(path: &Path) -> Result<Job, Failure> {
    config::load_with_checks(path, &checks::configurable()).map_err(Failure::usage)
}

/// Reads the needs files that the configuration names.
pub fn needs(job: &Job) -> Result<Vec<Need>, Failure> {
    needs::open(&job.needs_files).map_err(Failure::usage)
}

/// Reads the waiver file that the configuration names.
pub fn waivers(job: &Job) -> Result<Option<WaiverFile>, Failure> {
    let ids: Vec<_> = checks::ids().collect();
    job.waivers.as_ref().map(|path| config::waivers::load(path, &ids)).transpose().map_err(Failure::usage)
}

/// Says what of the configuration and the needs has no effect on the night.
pub fn warn_of_idle(job: &Job, needs: &[Need]) {
    for stray in stray_needs(job, needs) {
        tracing::warn!("{stray}");
    }
}

/// Says which declared pairs of things name what an org does not have: they have no effect.
pub fn warn_of_unmet(job: &Job, night: &Night) {
    let read = |name: &str| night.snapshots.iter().find(|snapshot| snapshot.org.name == name);
    for pair in &job.drift {
        let Some((left, right)) = read(&pair.from).zip(read(&pair.to)) else { continue };
        for unmet in mappings(pair).iter().flat_map(|mapping| mapping.unmet(left, right)) {
            tracing::warn!("`map` of the pair `{}` to `{}`: {unmet}", pair.from, pair.to);
        }
    }
}

/// A sentence about each org that needs name and the configuration does not have.
pub fn stray_needs(job: &Job, needs: &[Need]) -> Vec<String> {
    let mut stray: BTreeMap<&str, (&Need, usize)> = BTreeMap::new();
    for need in needs {
        let Some(name) = need.org.as_deref() else { continue };
        if !job.orgs.iter().any(|org| same(&org.name, name)) {
            stray.entry(name).or_insert((need, 0)).1 += 1;
        }
    }
    let sentence = |(name, (first, count)): (&str, (&Need, usize))| {
        let near = nearest(name, job.orgs.iter().map(|org| org.name.as_str()), 1);
        let help = near.first().map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let unchecked = if count == 1 { "1 need is".to_owned() } else { format!("{count} needs are") };
        format!(
            "{}:{}: no org `{name}` in `{}`: {unchecked} not checked{help}",
            first.file.display(),
            first.line,
            job.path.display()
        )
    };
    stray.into_iter().map(sentence).collect()
}

/// Fails where one of the folders cannot be written into: better before hundreds of calls than after them.
pub fn writable(folders: &[(&str, &Path)]) -> Result<(), Failure> {
    for (what, folder) in folders {
        place::try_folder(folder).map_err(|error| {
            Failure::failed(format!(
                "cannot write into the {what} `{}`: {error}; nothing was collected: make the folder writable, or choose another",
                folder.display()
            ))
        })?;
    }
    Ok(())
}

/// The orgs that the arguments choose; all of them where none is named.
pub fn chosen<'a>(job: &'a Job, names: &[String]) -> Result<Vec<&'a OrgConfig>, Failure> {
    let mut wanted = Vec::new();
    for name in names {
        if let Some(meant) = one_of(job.orgs.iter().map(|org| org.name.as_str()), name) {
            wanted.push(meant);
        } else {
            let near = nearest(name, job.orgs.iter().map(|org| org.name.as_str()), 3);
            let known = job.orgs.iter().map(|org| format!("`{}`", org.name)).collect::<Vec<_>>().join(", ");
            let help = near.first().map_or_else(|| format!("it has {known}"), |near| format!("did you mean `{near}`?"));
            return Err(Failure::usage(format!("no org `{name}` in `{}`: {help}", job.path.display())));
        }
    }
    Ok(job.orgs.iter().filter(|org| names.is_empty() || wanted.contains(&org.name.as_str())).collect())
}

/// Resolves the credentials of an org.
pub fn target(org: &OrgConfig) -> Result<OrgTarget, String> {
    let client_id =
        secret::resolve(&org.client_id, &format!("client_id of org `{}`", org.name)).map_err(|e| e.to_string())?;
    let client_secret = secret::resolve(&org.client_secret, &format!("client_secret of org `{}`", org.name))
        .map_err(|e| e.to_string())?;
    Ok(OrgTarget {
        name: org.name.clone(),
        environment: org.environment.clone(),
        api_url: org.api_url.clone(),
        login_url: org.login_url.clone(),
        client_id: client_id.expose_secret().to_owned(),
        client_secret,
    })
}

/// The targets of the chosen orgs. A credential that is not there is an error before anything is sent.
pub fn targets(orgs: &[&OrgConfig]) -> Result<Vec<OrgTarget>, Failure> {
    let mut found = Vec::new();
    let mut problems = Vec::new();
    for org in orgs {
        match target(org) {
            Ok(target) => found.push(target),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(Failure::usage(problems.join("\nerror: "))) }
}

/// Collects orgs side by side, each with its own matrix where the configuration asks for it.
pub fn collect(job: &Job, targets: &[OrgTarget], as_of: Timestamp, session: &Session<'_>) -> Result<Night, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start the network runtime: {error}")))?;
    let caches: BTreeMap<String, _> = targets
        .iter()
        .filter(|_| job.matrix.source == MatrixChoice::Org)
        .map(|target| (target.name.clone(), cache::load(&job.matrix.cache_dir, &host(target))))
        .collect();
    let documents = caches
        .iter()
        .map(|(org, cached)| {
            let cached = cached.as_ref().ok().and_then(Option::as_ref);
            let validators = cached
                .map(|cached| Validators { etag: cached.etag.clone(), last_modified: cached.last_modified.clone() });
            (org.clone(), validators.unwrap_or_default())
        })
        .collect();
    let collected = runtime.block_on(rolecall_collect::collect_with_documents(
        targets,
        &documents,
        &job.collect,
        as_of,
        session.clock,
        session.progress,
    ));
    let mut caches = caches;
    let mut night = Night::default();
    for (target, outcome) in targets.iter().zip(collected) {
        match outcome {
            Ok(collected) => {
                let mut snapshot = collected.snapshot;
                tracing::info!(
                    org = target.name,
                    calls = snapshot.collection.calls_made,
                    retries = snapshot.collection.retries,
                    complete = snapshot.coverage.is_complete(),
                    "read"
                );
                if let (Some(document), Some(cached)) = (collected.document, caches.remove(&target.name)) {
                    carry_matrix(job, target, &mut snapshot, document, cached, as_of);
                }
                night.snapshots.push(snapshot);
            }
            Err(error) => {
                tracing::info!(org = target.name, "not read: {error}");
                night.failed.push(FailedOrg {
                    name: target.name.clone(),
                    environment: target.environment.clone(),
                    why: error.to_string(),
                });
            }
        }
    }
    Ok(night)
}

/// Puts the matrix chosen for an org into its snapshot: its own document, an earlier one or, with a note, the built-in one.
fn carry_matrix(
    job: &Job,
    target: &OrgTarget,
    snapshot: &mut Snapshot,
    document: Document,
    cached: Result<Option<CachedMatrix>, MatrixError>,
    as_of: Timestamp,
) {
    let (choice, notes) = choose_matrix(job, target, document, cached, as_of);
    tracing::info!(
        org = target.name,
        origin = choice.matrix.origin,
        operations = choice.matrix.operations().len(),
        "matrix"
    );
    snapshot.matrix = Some(CarriedMatrix { origin: choice.matrix.origin.clone(), csv: csv::write(&choice.matrix) });
    snapshot.matrix_notes = notes;
}

/// Chooses the matrix of an org and keeps a fresh one in the cache; with what there is to say about it.
pub fn choose_matrix(
    job: &Job,
    target: &OrgTarget,
    document: Document,
    cached: Result<Option<CachedMatrix>, MatrixError>,
    as_of: Timestamp,
) -> (Choice, Vec<String>) {
    let fetched = match document {
        Document::Fetched { bytes, validators } => {
            Fetched::Document { bytes, etag: validators.etag, last_modified: validators.last_modified }
        }
        Document::NotModified => Fetched::NotModified,
        Document::Failed(why) => Fetched::Failed(why),
    };
    // The age is reported by the report, which knows the night it is of.
    let choice = choose::choose(&host(target), fetched, cached, bundled::matrix(), as_of, u32::MAX);
    let mut notes = choice.warnings.clone();
    notes.extend(choice.unread.iter().map(|unread| format!("not read of the document: {unread}")));
    if let Some(keep) = &choice.keep
        && let Err(error) = cache::save(&job.matrix.cache_dir, keep)
    {
        notes.push(format!("the matrix could not be cached: {error}"));
    }
    (choice, notes)
}

/// The API's host, with its port where it has one.
pub fn host(target: &OrgTarget) -> String {
    target.api_url.split_once("://").map_or(target.api_url.as_str(), |(_, host)| host).to_owned()
}

/// Collects for a question that is asked now.
pub fn live(job: &Job, names: &[String], session: &Session<'_>) -> Result<Vec<Snapshot>, Failure> {
    let night = collect(job, &targets(&chosen(job, names)?)?, session.night(), session)?;
    match night.failed.first() {
        Some(failed) if night.snapshots.is_empty() => Err(Failure::failed(&failed.why)),
        _ => Ok(night.snapshots),
    }
}

/// What the history holds from before a night, for the orgs of that night. What is damaged is reported and passed over.
pub fn earlier(job: &Job, night: &Night, as_of: Timestamp) -> Earlier {
    let history = &job.history_dir;
    let mut earlier = Earlier::default();
    let damaged = |error: SealedError| tracing::warn!("an earlier night cannot be compared with: {error}");
    for snapshot in &night.snapshots {
        let org = &snapshot.org.name;
        let (newest, problems) = snapshots::newest_before(history, org, as_of);
        earlier.snapshots.extend(newest);
        problems.into_iter().for_each(damaged);
        match kept::before(history, org, &run_id(as_of)) {
            Ok(matrix) => earlier.matrices.extend(matrix.map(|matrix| (org.clone(), matrix))),
            Err(error) => tracing::warn!("an earlier night's matrix cannot be compared with: {error}"),
        }
    }
    let (newest, problems) = nights::newest_before(history, as_of);
    problems.into_iter().for_each(damaged);
    earlier.night = newest;
    earlier.nights_kept = prune::earlier_kept(job.history_keep.nights, nights::before(history, as_of).len());
    earlier
}

/// Keeps the matrix in force for each org of the night, once by its hash.
pub fn keep_matrices(matrices: &Matrices<'_>, night: &Night, as_of: Timestamp) -> Result<(), Failure> {
    for snapshot in &night.snapshots {
        let (published, _) = matrices.published(snapshot).map_err(Failure::failed)?;
        kept::keep(&matrices.job.history_dir, &snapshot.org.name, &run_id(as_of), &published)
            .map_err(Failure::failed)?;
    }
    Ok(())
}

/// Keeps the record of a night whose reports are written, then removes what is too old. The reports stand whatever
/// becomes of it, so that what fails here is reported and does not undo them.
pub fn keep(job: &Job, record: NightRecord, as_of: Timestamp) {
    let history = &job.history_dir;
    let mut record = record;
    for org in &mut record.orgs {
        org.snapshot_sha256 = sealed::digest(&snapshots::path(history, &org.name, as_of)).ok();
    }
    match nights::write(history, &record) {
        Ok(path) => tracing::info!(path = %path.display(), "night kept"),
        Err(error) => {
            tracing::error!("tonight is not in the history, and the next night is compared with an older one: {error}");
            return;
        }
    }
    let orgs = job.orgs.iter().map(|org| org.name.as_str());
    match prune::prune(history, orgs, job.history_keep, as_of) {
        Ok(removed) if removed.is_empty() => {}
        Ok(removed) => tracing::info!(files = removed.len(), "old nights removed from the history"),
        Err((path, error)) => tracing::warn!("cannot remove `{}` from the history: {error}", path.display()),
    }
    // What is left over costs space and nothing else.
    if let Err(error) = kept::prune(history) {
        tracing::warn!("matrices that no night refers to are not removed: {error}");
    }
}
