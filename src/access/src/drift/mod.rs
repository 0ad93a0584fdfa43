//! What differs between two sides: two orgs in this run, or one org in two runs.
//!
//! Ids differ between orgs, so things are matched by what people mean: roles by default-role id, else name; divisions,
//! groups and clients by name; service users by e-mail address, else name. An incomplete list on one side
//! makes an absence there `unknown`, never "only on the other side". Severity is for `findings` to say.

mod alone;
mod author;
mod both_sides;
pub mod broken;
mod calls;
mod causes;
pub mod change;
mod clients;
mod comparison;
mod effective;
mod grant_rows;
mod groups;
mod held;
mod holders;
mod identity;
mod matrices;
mod numbering;
mod pairing;
pub mod paste;
mod people;
mod places;
mod policies;
pub mod remedy;
mod renames;
mod role_sets;
mod roles;
mod sides;
mod stands;
mod trustees;
pub mod unmet;
mod unseen;
pub mod victims;

use std::collections::BTreeMap;

use broken::{BrokenCall, Certainty};
use change::{Change, DriftKind, Effect};
use comparison::{Comparison, Row};
use effective::Effective;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use holders::Holders;
use numbering::Numbering;
use sides::{Family, Side, SideIndex};

use crate::cross::AccessMap;
use crate::cross::needed::Needed;
use rolecall_base::coverage::Listing;
use rolecall_matrix::Endpoint;

/// One side of a comparison.
#[derive(Clone, Copy)]
pub struct SideInput<'a, 's> {
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

/// A principal: of both sides, or of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairedPrincipal {
    /// What kind.
    pub kind: DriftKind,
    /// Its name on the left; on the right, where it is only there.
    pub name: String,
    /// Its id on the left; empty where it is not there.
    pub from_id: String,
    /// Its id on the right; empty where it is not there.
    pub to_id: String,
    /// What it can do on one side only: position in [`Drift::differences`]; `None`: the same on both.
    pub difference: Option<usize>,
}

impl PairedPrincipal {
    /// Whether only the right has it.
    pub fn is_new(&self) -> bool {
        self.from_id.is_empty()
    }

    /// Whether only the left has it.
    pub fn is_gone(&self) -> bool {
        self.to_id.is_empty()
    }
}

/// What those who share it can do on one side and not on the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AccessDifference {
    /// Calls that work on the left and are refused on the right: positions in [`Drift::endpoints`], sorted.
    pub lost: Vec<usize>,
    /// Calls that are refused on the left and work on the right.
    pub gained: Vec<usize>,
    /// Calls that work on one side and are undetermined on the other.
    pub not_known: Vec<usize>,
    /// Permissions that are held wider on the left, sorted.
    pub lost_permissions: Vec<String>,
    /// Permissions that are held wider on the right, sorted.
    pub gained_permissions: Vec<String>,
    /// Permissions that users can use through the client on the right only, by scopes that it has; sorted.
    pub gained_for_users: Vec<String>,
}

/// A list that was not compared, or only in part.
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
    /// On both, as far as could be determined.
    pub both: usize,
}

/// Everything that differs between two sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Differences, sorted by kind, name, field and values.
    pub changes: Vec<Change>,
    /// Needed calls that work on the left and not, or not surely, on the right.
    pub broken: Vec<BrokenCall>,
    /// Principals of both sides, sorted by kind, name and id; after them those that surely are on one side only.
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
pub fn compare(left: SideInput<'_, '_>, right: SideInput<'_, '_>, how: &How) -> Drift {
    let (left, right) = (SideIndex::of(left), SideIndex::of(right));
    let numbering = Numbering::of(&left, &right);
    let pairing = identity::pair(&left, &right, how, &numbering);
    let mut access = Effective::of(&left, &right, &pairing, &numbering);
    let (differences, endpoints) = access.differences(&left, &right, &numbering);
    let holders = Holders::of(&left, &right, &access);
    let comparison = Comparison { left, right, between: how.between, pairing, numbering, access, holders };
    let mut rows = Vec::new();
    for changes in [
        roles::changes,
        clients::changes,
        people::changes,
        groups::changes,
        places::divisions,
        places::catalogue,
        policies::changes,
        trustees::changes,
        matrices::changes,
    ] {
        rows.extend(changes(&comparison));
    }
    for row in &mut rows {
        // An undetermined effect is not said to affect anybody, and nothing affects a principal that can act on
        // neither side.
        let is_determined = row.change.effect != Effect::Unknown;
        row.change
            .affected
            .retain(|at| is_determined && comparison.access.both.get(*at).is_some_and(|both| !both.idle));
    }
    let ignore = globs(&how.ignore);
    let is_ignored = |kind: DriftKind, name: &str| ignore.is_match(format!("{}:{name}", kind.as_str()));
    let before = rows.len();
    rows.retain(|row| !is_ignored(row.change.kind, &row.change.name));
    let ignored = before - rows.len();
    let principals = comparison.access.principals.clone();
    let mut reached = alone::Access { principals, differences, endpoints };
    alone::add(&comparison, &mut rows, &mut reached);
    let mut found = calls::broken(&comparison);
    found.retain(|one| !is_ignored(one.call.kind, &one.call.name));
    found.sort_by(|a, b| order(&a.call).cmp(&order(&b.call)));
    causes::assign(&comparison, &mut rows, &mut found);
    author::add_authors(&comparison, &mut rows);
    let mut broken: Vec<BrokenCall> = found.into_iter().map(|one| one.call).collect();
    let changes = sorted(rows, &mut broken);
    Drift {
        changes,
        broken,
        principals: reached.principals,
        differences: reached.differences,
        endpoints: reached.endpoints,
        not_compared: comparison::not_compared(&comparison.left, &comparison.right),
        paired: paired(&comparison),
        ignored,
    }
}

type Order<'c> = (Certainty, DriftKind, &'c str, &'c Endpoint, &'c Option<String>, &'c str);

fn order(call: &BrokenCall) -> Order<'_> {
    (call.certainty, call.kind, &call.name, &call.endpoint, &call.division, &call.from_id)
}

/// Sorts the rows and points the calls at the new positions of their causes.
fn sorted(rows: Vec<Row>, broken: &mut [BrokenCall]) -> Vec<Change> {
    let mut numbered: Vec<(usize, Change)> = rows.into_iter().map(|row| row.change).enumerate().collect();
    numbered.sort_by(|(_, a), (_, b)| a.cmp(b));
    let mut place = vec![0; numbered.len()];
    for (at, (number, _)) in numbered.iter().enumerate() {
        if let Some(place) = place.get_mut(*number) {
            *place = at;
        }
    }
    for call in broken {
        for cause in &mut call.causes {
            *cause = place.get(*cause).copied().unwrap_or(*cause);
        }
    }
    numbered.into_iter().map(|(_, change)| change).collect()
}

fn paired(comparison: &Comparison<'_, '_>) -> Vec<Paired> {
    let mut counts: BTreeMap<DriftKind, Paired> = BTreeMap::new();
    let families = Family::OBJECTS.into_iter().chain([Family::Permission, Family::Endpoint]);
    for family in families {
        let pairs = comparison.pairing.get(family);
        let mut count = |kind: DriftKind, (left, right, both): (usize, usize, usize)| {
            let known = counts.entry(kind).or_insert(Paired { kind, left: 0, right: 0, both: 0 });
            known.left += left;
            known.right += right;
            known.both += both;
        };
        for (left, right) in pairs.both() {
            count(comparison.kind(family, Some(left), Some(right)), (1, 1, 1));
        }
        for left in (0..comparison.left.len(family)).filter(|at| pairs.counterpart(Side::Left, *at).is_none()) {
            count(comparison.kind(family, Some(left), None), (1, 0, 0));
        }
        for right in (0..comparison.right.len(family)).filter(|at| pairs.counterpart(Side::Right, *at).is_none()) {
            count(comparison.kind(family, None, Some(right)), (0, 1, 0));
        }
    }
    counts.into_values().collect()
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

#[cfg(test)]
mod tests;
