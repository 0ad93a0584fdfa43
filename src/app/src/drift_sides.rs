//! What a side of `drift` is, as it is written, and how it is read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::config::job::Job;
use crate::failure::Failure;
use crate::night::{self, Session};
use rolecall_base::named::one_of;
use rolecall_base::nearest::nearest;
use rolecall_base::run_id::run_id;
use rolecall_base::snapshot::Snapshot;
use rolecall_base::store::snapshot_file::{self, SUFFIX};
use rolecall_findings::history::snapshots;
use rolecall_terraform::{Kind, NotKnown, Source};

/// The word for the run before the newest one.
const LAST_NIGHT: &str = "last-night";

/// A side that was read.
#[derive(Debug)]
pub struct Loaded {
    /// What the answer calls it.
    pub label: String,
    /// What it is, in words for people.
    pub what: String,
    /// Its data.
    pub snapshot: Snapshot,
    /// Whether it is only declared, by CX as Code: its catalogue and matrix are those of the other side.
    pub is_declared: bool,
    /// What the source could not tell.
    pub not_known: Vec<String>,
    /// What is worth knowing and costs no data.
    pub notes: Vec<String>,
    /// The CX as Code file, which a reader could open.
    pub artifact: Option<String>,
}

/// A side as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Given {
    /// An org of the configuration.
    Org(String),
    /// An earlier night of it.
    Night(String, String),
    /// A snapshot or a CX as Code source.
    File(PathBuf),
    /// A CX as Code source, applied to a side.
    Laid(PathBuf, Box<Given>),
}

/// Both sides as they were written.
pub struct Written<'a> {
    /// The left side.
    pub left: &'a str,
    /// The right side.
    pub right: &'a str,
    /// Whether orgs are collected now instead of read from the history.
    pub live: bool,
}

/// Reads both sides. Where both are faulty, both faults are named.
///
/// # Errors
/// When a side is neither an org nor a file, cannot be read, or both are the same.
pub fn load(written: &Written<'_>, job: Option<&Job>, session: &Session<'_>) -> Result<(Loaded, Loaded), Failure> {
    if same(written.left, written.right) {
        return Err(Failure::usage(format!(
            "both sides are `{}`: a side does not differ from itself; an earlier night is NAME@{LAST_NIGHT}",
            written.left
        )));
    }
    let both = |left: Result<Given, String>, right: Result<Given, String>| match (left, right) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (Err(one), Ok(_)) | (Ok(_), Err(one)) => Err(Failure::usage(one)),
        (Err(one), Err(other)) => Err(Failure::usage(format!("{one}\nerror: {other}"))),
    };
    let (left, right) = both(given(written.left, job), given(written.right, job))?;
    let live = if written.live { collect(job, [&left, &right], session)? } else { BTreeMap::new() };
    let reader = Reader { job, live: written.live.then_some(live) };
    let (left, right) = match (reader.read(&left), reader.read(&right)) {
        (Ok(left), Ok(right)) => (left, right),
        (Err(one), Ok(_)) | (Ok(_), Err(one)) => return Err(Failure::usage(one)),
        (Err(one), Err(other)) => return Err(Failure::usage(format!("{one}\nerror: {other}"))),
    };
    Ok(named_apart(together(left, right, session.night()), [written.left, written.right]))
}

/// Whether two sides are written alike, or lead to one file.
fn same(left: &str, right: &str) -> bool {
    let file = |side: &str| Path::new(side).canonicalize().ok();
    left == right || file(left).is_some_and(|left| file(right) == Some(left))
}

/// What a side is, by what there is: an org of that name first, then a file, then either of them before an `@`.
fn given(text: &str, job: Option<&Job>) -> Result<Given, String> {
    let is_org = |name: &str| job.is_some_and(|job| job.orgs.iter().any(|org| org.name == name));
    if is_org(text) {
        return Ok(Given::Org(text.to_owned()));
    }
    if Path::new(text).exists() {
        return Ok(Given::File(PathBuf::from(text)));
    }
    let org = |name: &str| one_of(job.into_iter().flat_map(|job| &job.orgs).map(|org| org.name.as_str()), name);
    if let Some(name) = org(text) {
        return Ok(Given::Org(name.to_owned()));
    }
    for (at, _) in text.match_indices('@') {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
        if after.is_empty() {
            continue;
        }
        if let Some(name) = org(before) {
            return Ok(Given::Night(name.to_owned(), after.to_owned()));
        }
        if Path::new(before).is_dir() || Path::new(before).is_file() {
            let base = given(after, job)?;
            return match base {
                Given::Laid(..) => {
                    Err(format!("`{text}` applies a source to a source: give an org or a snapshot file after `@`"))
                }
                base => Ok(Given::Laid(PathBuf::from(before), Box::new(base))),
            };
        }
    }
    Err(unknown(text, job))
}

fn unknown(text: &str, job: Option<&Job>) -> String {
    let name = text.split('@').next().unwrap_or(text);
    let Some(job) = job else {
        return format!(
            "there is no file `{name}`; orgs are known by their configuration: add --config FILE to compare them by name"
        );
    };
    let names: Vec<&str> = job.orgs.iter().map(|org| org.name.as_str()).collect();
    let help = match nearest(name, names.iter().copied(), 1).first() {
        Some(near) => format!("did you mean the org `{near}`?"),
        None => format!("orgs: {}", names.join(", ")),
    };
    format!("`{name}` is neither an org of `{}` nor a file: {help}", job.path.display())
}

/// Collects the orgs that the sides name, each once.
fn collect(
    job: Option<&Job>,
    sides: [&Given; 2],
    session: &Session<'_>,
) -> Result<BTreeMap<String, Snapshot>, Failure> {
    let Some(job) = job else { return Ok(BTreeMap::new()) };
    let mut names: Vec<String> = Vec::new();
    for side in sides {
        let name = match side {
            Given::Org(name) => Some(name),
            Given::Laid(_, base) => match base.as_ref() {
                Given::Org(name) => Some(name),
                _ => None,
            },
            Given::Night(..) | Given::File(_) => None,
        };
        if let Some(name) = name.filter(|name| !names.contains(name)) {
            names.push(name.clone());
        }
    }
    if names.is_empty() {
        return Err(Failure::usage("--live collects orgs, and neither side is the name of one"));
    }
    let targets = night::targets(&night::chosen(job, &names)?)?;
    let collected = night::collect(job, &targets, session.night(), session)?;
    match collected.failed.first() {
        Some(failed) => Err(Failure::failed(failed.why.clone())),
        None => Ok(collected.snapshots.into_iter().map(|one| (one.org.name.clone(), one)).collect()),
    }
}

/// A side before the other one is known.
enum ReadSide {
    Whole(Box<Loaded>),
    /// A CX as Code source that has its catalogue and matrix from the other side.
    Declared(Box<Source>),
}

struct Reader<'a> {
    job: Option<&'a Job>,
    /// Orgs that were collected now; `None`: they are read from the history.
    live: Option<BTreeMap<String, Snapshot>>,
}

impl Reader<'_> {
    fn read(&self, given: &Given) -> Result<ReadSide, String> {
        match given {
            Given::File(path) if !is_snapshot(path)? => {
                let source = rolecall_terraform::open(path).map_err(|error| error.to_string())?;
                if source.kind == Kind::Plan {
                    return Err(format!(
                        "`{0}` is a plan, which tells what changes and not what is there: write {0}@ORG or \
                         {0}@SNAPSHOT_FILE, with what it is applied to",
                        path.display()
                    ));
                }
                Ok(ReadSide::Declared(Box::new(source)))
            }
            Given::Laid(path, base) => self.laid(path, base).map(|side| ReadSide::Whole(Box::new(side))),
            other => self.whole(other).map(|side| ReadSide::Whole(Box::new(side))),
        }
    }

    fn whole(&self, given: &Given) -> Result<Loaded, String> {
        match given {
            Given::Org(name) => {
                let read = match self.live.as_ref().and_then(|live| live.get(name)) {
                    Some(snapshot) => snapshot.clone(),
                    None => read_snapshot(&self.night(name, None)?)?,
                };
                Ok(whole(read, "snapshot"))
            }
            Given::Night(name, which) => {
                let snapshot = read_snapshot(&self.night(name, Some(which))?)?;
                let label = format!("{name}@{}", run_id(snapshot.as_of));
                Ok(Loaded { label, ..whole(snapshot, "snapshot") })
            }
            Given::File(path) => {
                let what = format!("snapshot `{}`", file_name(path));
                Ok(whole(read_snapshot(path)?, &what))
            }
            Given::Laid(path, base) => self.laid(path, base),
        }
    }

    /// A source applied to a side that was read.
    fn laid(&self, path: &Path, base: &Given) -> Result<Loaded, String> {
        if is_snapshot(path)? {
            return Err(format!(
                "`{}` is a snapshot, and only a CX as Code source can be applied to something: leave `@` and what \
                 follows out",
                path.display()
            ));
        }
        if let Given::File(base) = base
            && !is_snapshot(base)?
        {
            return Err(format!(
                "`{}` is no snapshot: a CX as Code source is applied to an org or a snapshot file",
                base.display()
            ));
        }
        let source = rolecall_terraform::open(path).map_err(|error| error.to_string())?;
        let base = self.whole(base)?;
        let applied = rolecall_terraform::after_apply(&source, &base.snapshot);
        Ok(Loaded {
            label: format!("{}@{}", file_name(path), base.label),
            what: format!("{} `{}` applied to the {}", source.kind.as_str(), file_name(path), base.what),
            snapshot: applied.snapshot,
            is_declared: false,
            not_known: applied.not_known.iter().map(describe_not_known).collect(),
            notes: applied.notes,
            artifact: Some(path.display().to_string()),
        })
    }

    /// The file of a night: the newest, the one before it, or the newest whose time begins so.
    fn night(&self, org: &str, which: Option<&str>) -> Result<PathBuf, String> {
        let Some(job) = self.job else { return Err(format!("`{org}` is no org: no configuration was given")) };
        let mut kept = snapshots::kept(&job.history_dir, org);
        let history = job.history_dir.display();
        let Some(newest) = kept.last().cloned() else {
            return Err(format!(
                "org `{org}` has no snapshot in the history `{history}` yet; run `rolecall run` first, or ask with --live"
            ));
        };
        match which {
            None => Ok(newest),
            Some(LAST_NIGHT) => {
                // What is collected now is not in the history: the newest that is there is the last night then.
                if self.live.is_none() {
                    kept.pop();
                }
                kept.pop().ok_or_else(|| {
                    format!("the history `{history}` holds one night of org `{org}`, and none before it")
                })
            }
            Some(wanted) => {
                let begins = wanted.replace(':', "-");
                let time = |path: &PathBuf| {
                    let name = file_name(path);
                    name.strip_suffix(SUFFIX).map(str::to_owned).unwrap_or(name)
                };
                let found = kept.iter().rev().find(|path| time(path).starts_with(&begins));
                found.cloned().ok_or_else(|| {
                    let times: Vec<String> = kept.iter().rev().take(5).map(time).collect();
                    format!(
                        "the history `{history}` holds no night of org `{org}` whose time begins with `{wanted}`; the \
                         newest are {}; `{org}@{LAST_NIGHT}` is the one before the newest",
                        times.join(", ")
                    )
                })
            }
        }
    }
}

fn whole(snapshot: Snapshot, what: &str) -> Loaded {
    Loaded {
        label: snapshot.org.name.clone(),
        what: format!("{what} of {}", snapshot.as_of),
        snapshot,
        is_declared: false,
        not_known: Vec::new(),
        notes: Vec::new(),
        artifact: None,
    }
}

/// Gives a declared side the catalogue and the matrix of the other one, and its time.
fn together(left: ReadSide, right: ReadSide, now: Timestamp) -> (Loaded, Loaded) {
    match (left, right) {
        (ReadSide::Whole(left), ReadSide::Whole(right)) => (*left, *right),
        (ReadSide::Whole(left), ReadSide::Declared(right)) => {
            let right = declared(&right, Some(&left.snapshot), now);
            (*left, right)
        }
        (ReadSide::Declared(left), ReadSide::Whole(right)) => {
            let left = declared(&left, Some(&right.snapshot), now);
            (left, *right)
        }
        (ReadSide::Declared(left), ReadSide::Declared(right)) => {
            (declared(&left, None, now), declared(&right, None, now))
        }
    }
}

fn declared(source: &Source, other: Option<&Snapshot>, now: Timestamp) -> Loaded {
    let name = file_name(Path::new(&source.origin));
    // Both sides are of one time where one of them has none.
    let as_of = other.map_or(now, |other| other.as_of);
    let mut snapshot = rolecall_terraform::snapshot(source, &name, as_of);
    if let Some(other) = other {
        rolecall_terraform::borrow(&mut snapshot, other);
    }
    Loaded {
        label: name.clone(),
        what: format!("{} `{name}`", source.kind.as_str()),
        snapshot,
        is_declared: true,
        not_known: source.not_known.iter().map(describe_not_known).collect(),
        notes: source.notes.clone(),
        artifact: Some(source.origin.clone()),
    }
}

/// Two sides of one name are distinguished by their times, or by how they were written.
fn named_apart(sides: (Loaded, Loaded), written: [&str; 2]) -> (Loaded, Loaded) {
    let (mut left, mut right) = sides;
    if left.label != right.label {
        return (left, right);
    }
    if left.snapshot.as_of == right.snapshot.as_of {
        let [one, other] = written;
        (left.label, right.label) = (one.to_owned(), other.to_owned());
    } else {
        for side in [&mut left, &mut right] {
            side.label = format!("{}@{}", side.label, run_id(side.snapshot.as_of));
        }
    }
    (left, right)
}

fn read_snapshot(path: &Path) -> Result<Snapshot, String> {
    snapshot_file::read(path).map_err(|error| error.to_string())
}

/// Whether a file is a snapshot: they are compressed, and no CX as Code source is.
fn is_snapshot(path: &Path) -> Result<bool, String> {
    if path.is_dir() {
        return Ok(false);
    }
    let mut start = [0; 2];
    let mut file = File::open(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    match file.read_exact(&mut start) {
        Ok(()) => Ok(start == [0x1f, 0x8b]),
        Err(_) => Ok(false),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn describe_not_known(not_known: &NotKnown) -> String {
    format!("`{}` {}: {}", not_known.address, not_known.what, not_known.why)
}
