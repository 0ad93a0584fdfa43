//! What differs between two sides: two orgs tonight, or one org on two nights.
//!
//! Ids differ between orgs, so things are matched by what people mean: roles by default-role id, else name; divisions,
//! groups and clients by name; service users by e-mail address, else name. A list that was not read whole on one side
//! makes an absence there `unknown`, never "only on the other side". Severity is for `findings` to say.

pub mod broken;
pub mod change;
pub mod divisions;
pub mod effective;
pub mod matrices;
pub mod pairing;
pub mod paste;
pub mod principals;
pub mod remedy;
pub mod roles;
pub mod victims;

use broken::BrokenCall;
use change::{Change, DriftKind, Effect};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::cross::AccessMap;
use crate::cross::needed::Needed;
use crate::matrix::Endpoint;
use crate::model::coverage::Listing;

/// One side of a comparison.
#[derive(Clone, Copy)]
pub struct Side<'a, 's> {
    /// All its verdicts.
    pub map: &'s AccessMap<'a>,
    /// Its needs.
    pub needed: &'s Needed<'a>,
}

/// What the two sides are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// Two orgs, or an org and a description of one: ids say nothing.
    Orgs,
    /// One org at two times: ids say who is who.
    Nights,
}

/// Two things that are the same although nothing else says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// What kind of thing: role, OAuth client, service user, user, group or division.
    pub kind: DriftKind,
    /// Its name, id or e-mail address on the left.
    pub from: String,
    /// Its name, id or e-mail address on the right.
    pub to: String,
}

/// How two sides are compared.
#[derive(Clone, Debug)]
pub struct How {
    /// What the sides are.
    pub between: Between,
    /// Declared pairs.
    pub mappings: Vec<Mapping>,
    /// Globs over `kind:name` that are left out.
    pub ignore: Vec<String>,
}

/// A principal that is on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairedPrincipal {
    /// What kind.
    pub kind: DriftKind,
    /// Its name on the left.
    pub name: String,
    /// Its id on the left.
    pub from_id: String,
    /// Its id on the right.
    pub to_id: String,
    /// What it can do on one side only: position in [`Drift::differences`]; `None`: the same on both.
    pub difference: Option<usize>,
}

/// What those who share it can do on one side and not on the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessDifference {
    /// Calls that work on the left and are refused on the right: positions in [`Drift::endpoints`], sorted.
    pub lost: Vec<usize>,
    /// Calls that are refused on the left and work on the right.
    pub gained: Vec<usize>,
    /// Calls that work on one side and cannot be told on the other.
    pub not_known: Vec<usize>,
    /// Permissions that are held wider on the left, sorted.
    pub lost_permissions: Vec<String>,
    /// Permissions that are held wider on the right, sorted.
    pub gained_permissions: Vec<String>,
}

/// A list that was not compared, or not wholly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotCompared {
    /// Which list.
    pub listing: Listing,
    /// The name of the side that lacks it.
    pub side: String,
    /// Why, in words for people.
    pub why: String,
    /// Whether that is a gap in the data (it was asked for and not read), or only out of scope (nobody asked).
    pub is_gap: bool,
}

/// How many things of a kind there are on each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paired {
    /// What kind.
    pub kind: DriftKind,
    /// On the left.
    pub left: usize,
    /// On the right.
    pub right: usize,
    /// On both, as far as could be told.
    pub both: usize,
}

/// Everything that differs between two sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Differences, sorted by kind, name, field and values.
    pub changes: Vec<Change>,
    /// Needed calls that work on the left and not, or not surely, on the right.
    pub broken: Vec<BrokenCall>,
    /// Principals of both sides, sorted by kind, name and id.
    pub principals: Vec<PairedPrincipal>,
    /// The distinct differences of access among them.
    pub differences: Vec<AccessDifference>,
    /// The endpoints that these speak of.
    pub endpoints: Vec<Endpoint>,
    /// What could not be compared.
    pub not_compared: Vec<NotCompared>,
    /// How many things were matched.
    pub paired: Vec<Paired>,
    /// Differences that an `ignore` glob left out.
    pub ignored: usize,
}

impl Drift {
    /// Whether everything that was asked for could be compared.
    pub fn is_complete(&self) -> bool {
        self.not_compared.iter().all(|listing| !listing.is_gap)
    }
}

/// Compares two sides.
pub fn compare(left: Side<'_, '_>, right: Side<'_, '_>, how: &How) -> Drift {
    Drift { changes: drift(left, right, &how.ignore), ..Drift::default() }
}

/// Everything that differs, sorted by kind, name and field. `ignore` holds globs over `kind:name`.
pub fn drift(left: Side<'_, '_>, right: Side<'_, '_>, ignore: &[String]) -> Vec<Change> {
    let ignored = globs(ignore);
    let broken = effective::broken_calls(left, right);
    let mut changes = Vec::new();
    changes.extend(roles::changes(left, right, &broken));
    changes.extend(principals::clients(left, right, &broken));
    changes.extend(principals::service_users(left, right, &broken));
    changes.extend(principals::groups(left, right));
    changes.extend(divisions::divisions(left, right));
    changes.extend(divisions::catalogue(left, right));
    changes.extend(divisions::policies(left, right));
    changes.extend(divisions::trustees(left, right));
    changes.extend(matrices::changes(left, right));
    changes.extend(effective::changes(&broken));
    changes.retain(|change| !ignored.is_match(format!("{}:{}", change.kind.as_str(), change.name)));
    changes.sort();
    changes.dedup();
    changes
}

fn globs(patterns: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        // The configuration has refused globs that do not compile.
        if let Ok(glob) = GlobBuilder::new(pattern).case_insensitive(true).build() {
            set.add(glob);
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

/// What an added or a removed right does, where no needed call is known to break.
fn direction(gained: bool, lost: bool) -> Effect {
    match (gained, lost) {
        (_, true) => Effect::Narrows,
        (true, false) => Effect::Widens,
        (false, false) => Effect::None,
    }
}

/// A thing that stands on one side only, or that may stand on the other in the part that was not read.
fn one_sided(kind: DriftKind, name: &str, on_left: bool, other_whole: bool, effect: Effect) -> Change {
    let absent = if other_whole { "absent" } else { "not known" };
    let (from_value, to_value) = if on_left { ("present", absent) } else { (absent, "present") };
    Change {
        kind,
        name: name.to_owned(),
        field: "presence".to_owned(),
        from_value: from_value.to_owned(),
        to_value: to_value.to_owned(),
        effect: if other_whole { effect } else { Effect::Unknown },
        ..Change::new(kind, "", "", "", "", Effect::None)
    }
}
