//! Everything the checks look at: the orgs of a night, crossed, with what could not be read.

use jiff::Timestamp;
use jiff::civil::Date;

use super::parameters::Parameters;
use super::separation::Duties;
use rolecall_access::cross::AccessMap;
use rolecall_access::cross::contradiction::Contradiction;
use rolecall_access::cross::excess::{Excess, NotJudged};
use rolecall_access::cross::gap::Gap;
use rolecall_access::cross::needed::Needed;
use rolecall_access::drift::Drift;
use rolecall_access::radar::Radar;
use rolecall_base::snapshot::Snapshot;
use rolecall_matrix::announced::Coming;
use rolecall_matrix::needs::Need;
use rolecall_matrix::overlay::Laid;
use rolecall_matrix::reviewed;

/// Which matrix was used for an org.
#[derive(Clone, Debug)]
pub struct MatrixUsed {
    /// Where it came from, in words for people.
    pub origin: String,
    /// The date its facts are of.
    pub date: Option<Date>,
    /// SHA-256 of what it requires, whatever its date and source.
    pub sha256: String,
    /// The same of the document alone, without the overlays: what the history keeps of this run.
    pub published_sha256: String,
    /// The SHA-256 of the matrix of the org's last night before this one; `None` where none is known.
    pub previous_sha256: Option<String>,
    /// Operations it holds.
    pub operations: usize,
    /// Why it is not the one that was asked for, or that it is old, in words for people.
    pub notes: Vec<String>,
    /// Whether it is the built-in one because the org's own was asked for and could not be had.
    pub fell_back: bool,
    /// The entries of the overlay file that are for the org, with what became of each.
    pub overrides: Vec<Laid>,
    /// The rows of the built-in overlay, with what became of each.
    pub reviewed: Vec<reviewed::Standing>,
    /// Requirements that are announced and not in force yet: by the built-in overlay and by the overlay file.
    pub announced: Vec<Coming>,
}

/// One org, crossed.
pub struct OrgEvidence<'a> {
    /// All verdicts; carries the snapshot and the matrix.
    pub map: AccessMap<'a>,
    /// Which matrix it was.
    pub matrix: MatrixUsed,
    /// Needs, declared and observed.
    pub needed: Needed<'a>,
    /// Needed calls that are not allowed.
    pub gaps: Vec<Gap<'a>>,
    /// Permissions that no known need uses.
    pub excess: Vec<Excess>,
    /// Principals of whose excess nothing can be said.
    pub not_judged: Vec<(usize, NotJudged)>,
    /// Faults of the matrix or of our data.
    pub contradictions: Vec<Contradiction<'a>>,
}

/// An org of which nothing could be read.
#[derive(Clone, Debug)]
pub struct FailedOrg {
    /// Its name in the configuration.
    pub name: String,
    /// Free text from the configuration.
    pub environment: String,
    /// Why, and what to do.
    pub why: String,
}

/// A configured pair of orgs, compared.
#[derive(Clone, Debug)]
pub struct PairEvidence {
    /// Left side: an org's name.
    pub from: String,
    /// Right side: an org's name.
    pub to: String,
    /// What differs; `None` where one of the sides could not be read at all.
    pub drift: Option<Drift>,
}

/// An org in this run, compared with the last night on which it was read.
#[derive(Clone, Debug)]
pub struct SinceEvidence {
    /// The org's name.
    pub org: String,
    /// The time that the earlier night is counted from.
    pub before: Timestamp,
    /// What differs: the earlier night is the left side.
    pub drift: Drift,
}

impl SinceEvidence {
    /// The earlier night, to the minute, for people.
    pub fn night_before(&self) -> String {
        self.before.strftime("%Y-%m-%d %H:%M UTC").to_string()
    }
}

/// An org of which the API requires something else than in the previous run.
#[derive(Clone, Debug)]
pub struct RadarEvidence<'a> {
    /// The org's name.
    pub org: String,
    /// The matrix that was in force on the last night before this one.
    pub before: MatrixUsed,
    /// Whether this run's matrix is from another source, so that a difference may be one of the documents alone.
    pub new_source: bool,
    /// What differs.
    pub radar: Radar<'a>,
}

/// A night.
pub struct Evidence<'a> {
    /// Time of the run: ages and windows are counted from it.
    pub as_of: Timestamp,
    /// The orgs, in the order of the configuration.
    pub orgs: Vec<OrgEvidence<'a>>,
    /// Orgs of which nothing could be read.
    pub failed: Vec<FailedOrg>,
    /// The declared needs.
    pub needs: &'a [Need],
    /// The duties that are to be kept apart; none: the built-in pairs.
    pub separation: &'a [Duties],
    /// The configured pairs of orgs, compared, in the order of the configuration.
    pub pairs: Vec<PairEvidence>,
    /// The orgs compared with their last night, in the order of the configuration; an org without one is not here.
    pub since: Vec<SinceEvidence>,
    /// The orgs whose matrix requires something else than in the previous run, in the order of the configuration; an org
    /// with an equal matrix, or without an earlier one, is not here.
    pub radar: Vec<RadarEvidence<'a>>,
    /// What the configuration sets of the checks.
    pub parameters: Parameters,
}

impl Evidence<'_> {
    /// The data of an org that was read.
    pub fn snapshot_of(&self, org: &str) -> Option<&Snapshot> {
        self.orgs.iter().map(|one| one.map.snapshot).find(|snapshot| snapshot.org.name == org)
    }

    /// Whether every org and every list that was asked for was read completely.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.orgs.iter().all(|org| org.map.snapshot.coverage.is_complete())
    }
}
