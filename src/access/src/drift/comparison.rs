//! What every comparison of a list works with: both sides, the pairs, effective access, and how a row is made.

use fixedbitset::FixedBitSet;

use super::change::{Change, DriftKind, Effect, Items};
use super::effective::{Effective, kind_of};
use super::holders::Holders;
use super::numbering::Numbering;
use super::pairing::Pairing;
use super::sides::{Family, Side, SideIndex};
use super::{Between, NotCompared};
use rolecall_base::coverage::Listing;

/// What stands in a value that was not read.
pub(super) const NOT_KNOWN: &str = "not known";

pub(super) struct Comparison<'a, 's> {
    /// Where one comes from.
    pub left: SideIndex<'a, 's>,
    /// Where one goes.
    pub right: SideIndex<'a, 's>,
    /// What the sides are.
    pub between: Between,
    /// Who is who.
    pub pairing: Pairing,
    /// Permissions of both.
    pub numbering: Numbering,
    /// What paired principals can do.
    pub access: Effective,
    /// Who holds what.
    pub holders: Holders,
}

/// A row in the making, with the things it is about.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The row.
    pub change: Change,
    /// Position of the thing on the left.
    pub left: Option<usize>,
    /// Position of the thing on the right.
    pub right: Option<usize>,
}

/// What one side has and the other lacks of a list.
#[derive(Clone, Debug)]
pub(super) struct OneSided<'t> {
    /// The field.
    pub field: &'t str,
    /// Which side has them.
    pub side: Side,
    /// The items in words.
    pub shown: Vec<String>,
    /// The items for whoever wants to act on them.
    pub items: Items,
    /// Whether the other side certainly lacks them.
    pub certain: bool,
}

impl<'a, 's> Comparison<'a, 's> {
    pub(super) fn index(&self, side: Side) -> &SideIndex<'a, 's> {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    /// The kind of a thing's rows.
    pub(super) fn kind(&self, family: Family, left: Option<usize>, right: Option<usize>) -> DriftKind {
        match family {
            Family::Division => DriftKind::Division,
            Family::Group => DriftKind::Group,
            Family::Policy => DriftKind::Policy,
            Family::Role => DriftKind::Role,
            Family::Trustee => DriftKind::Trustee,
            Family::Permission => DriftKind::Permission,
            Family::Endpoint => DriftKind::Endpoint,
            Family::Client | Family::User => kind_of(family, &self.left, &self.right, left, right),
        }
    }

    /// A row of a thing, with its names and ids.
    pub(super) fn row(
        &self,
        (family, left, right): (Family, Option<usize>, Option<usize>),
        field: &str,
        from_value: impl Into<String>,
        to_value: impl Into<String>,
        effect: Effect,
    ) -> Row {
        let name = match (left, right) {
            (Some(at), _) => self.left.name(family, at),
            (None, Some(at)) => self.right.name(family, at),
            (None, None) => String::new(),
        };
        let id = |index: &SideIndex<'_, '_>, at: Option<usize>| {
            at.and_then(|at| index.id(family, at)).unwrap_or_default().to_owned()
        };
        let mut change = Change::new(self.kind(family, left, right), name, field, from_value, to_value, effect);
        change.from_id = id(&self.left, left);
        change.to_id = id(&self.right, right);
        Row { change, left, right }
    }

    /// A row of items that one side has and the other lacks, or may lack.
    pub(super) fn items(
        &self,
        thing: (Family, Option<usize>, Option<usize>),
        lack: OneSided<'_>,
        effect: Effect,
    ) -> Row {
        let here = lack.shown.join(";");
        let there = if lack.certain { "" } else { NOT_KNOWN };
        let effect = if lack.certain { effect } else { Effect::Unknown };
        let mut row = match lack.side {
            Side::Left => self.row(thing, lack.field, here, there, effect),
            Side::Right => self.row(thing, lack.field, there, here, effect),
        };
        row.change.items = lack.items;
        row
    }

    /// A row of a thing that stands on one side only, or that may stand on the other in the part that was not read.
    pub(super) fn presence(&self, family: Family, side: Side, at: usize, certain: bool, effect: Effect) -> Row {
        let (thing, absent) = (on_one_side(family, side, at), if certain { "absent" } else { NOT_KNOWN });
        let effect = if certain { effect } else { Effect::Unknown };
        match side {
            Side::Left => self.row(thing, "presence", "present", absent, effect),
            Side::Right => self.row(thing, "presence", absent, "present", effect),
        }
    }

    /// The rows of things that share a name, so that it is undetermined which is which.
    pub(super) fn ambiguous(&self, family: Family) -> Vec<Row> {
        let ambiguous = self.pairing.get(family).ambiguous.iter();
        ambiguous
            .map(|ambiguous| {
                let count = |places: &[usize]| format!("{} of this name", places.len());
                let (left, right) = (ambiguous.left.first().copied(), ambiguous.right.first().copied());
                let (from, to) = (count(&ambiguous.left), count(&ambiguous.right));
                let mut row = self.row((family, left, right), "name", from, to, Effect::Unknown);
                // The row is about all of them: no one id is meant.
                row.change.from_id = String::new();
                row.change.to_id = String::new();
                row
            })
            .collect()
    }

    /// The row of a thing that is called something else.
    pub(super) fn renamed(&self, family: Family, left: usize, right: usize) -> Option<Row> {
        let (from, to) = (self.left.name(family, left), self.right.name(family, right));
        (from != to).then(|| self.row((family, Some(left), Some(right)), "name", from, to, Effect::None))
    }

    /// Whether a list is compared at all: not where one side was never asked for it.
    pub(super) fn compares(&self, listing: Listing) -> bool {
        !self.left.is_not_asked(listing) && !self.right.is_not_asked(listing)
    }

    /// What a difference does to those who hold it, and to whom: `concerned` are the permissions in question, `holders`
    /// the paired principals that have them through the thing in question on the side of `side`.
    pub(super) fn effect_on(&self, side: Side, concerned: &FixedBitSet, holders: &[usize]) -> (Effect, Vec<usize>) {
        let (mut affected, mut unsure, mut any) = (Vec::new(), false, false);
        for principal in holders {
            let Some(both) = self.access.both.get(*principal) else { continue };
            let Some(held) = self.access.held.get(both.held).filter(|_| !both.idle) else { continue };
            any = true;
            let (sure, doubtful) = held.wider_on(side);
            if !sure.is_disjoint(concerned) {
                affected.push(*principal);
            }
            unsure |= !doubtful.is_disjoint(concerned);
        }
        affected.sort_unstable();
        affected.dedup();
        let effect = match (affected.is_empty(), unsure || self.index(side).holders_may_be_missing(), any) {
            (false, _, _) => toward(side),
            (true, true, _) => Effect::Unknown,
            (true, false, true) => Effect::None,
            (true, false, false) if concerned.is_clear() => Effect::None,
            (true, false, false) => toward(side),
        };
        (effect, affected)
    }

    /// Says on a row that widens, and of which no holder is seen, what it gives.
    pub(super) fn say_what_it_gives(&self, row: &mut Row, concerned: &FixedBitSet) {
        if row.change.effect == Effect::Widens && row.change.affected.is_empty() {
            row.change.gives = self.numbering.names(concerned);
        }
    }

    /// The same for what one principal itself has.
    pub(super) fn effect_on_one(&self, side: Side, concerned: &FixedBitSet, principal: Option<usize>) -> Effect {
        let Some((sure, doubtful)) =
            principal.and_then(|principal| self.access.held(principal)).map(|held| held.wider_on(side))
        else {
            return Effect::Unknown;
        };
        match (sure.is_disjoint(concerned), doubtful.is_disjoint(concerned)) {
            (false, _) => toward(side),
            (true, false) => Effect::Unknown,
            (true, true) => Effect::None,
        }
    }
}

/// What is only there does: to lose it narrows, to gain it widens.
pub(super) fn toward(side: Side) -> Effect {
    match side {
        Side::Left => Effect::Narrows,
        Side::Right => Effect::Widens,
    }
}

/// A thing of one side, as rows name it.
pub(super) fn on_one_side(family: Family, side: Side, at: usize) -> (Family, Option<usize>, Option<usize>) {
    match side {
        Side::Left => (family, Some(at), None),
        Side::Right => (family, None, Some(at)),
    }
}

/// The lists that were not compared, or only in part.
pub(super) fn not_compared(left: &SideIndex<'_, '_>, right: &SideIndex<'_, '_>) -> Vec<NotCompared> {
    let mut found = Vec::new();
    for index in [left, right] {
        for listing in Listing::VERDICTS.into_iter().chain([Listing::Trustees, Listing::Usage]) {
            let is_gap = index.has_gap(listing);
            // Who asks for no usage data declares the needs; that is no part of a comparison.
            if !is_gap && (listing == Listing::Usage || !index.is_not_asked(listing)) {
                continue;
            }
            found.push(NotCompared { listing, side: index.side_name().to_owned(), why: why(index, listing), is_gap });
        }
    }
    found.sort();
    found.dedup();
    found
}

fn why(index: &SideIndex<'_, '_>, listing: Listing) -> String {
    if index.is_not_asked(listing) {
        return "it was not asked for".to_owned();
    }
    let record = index.snapshot.coverage.listings.get(&listing);
    let mut reasons: Vec<&str> = record.iter().flat_map(|record| &record.unread).map(|one| one.why.as_str()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let more = reasons.len().saturating_sub(3);
    reasons.truncate(3);
    match (reasons.is_empty(), more) {
        (true, _) => "it was not read".to_owned(),
        (false, 0) => reasons.join("; "),
        (false, more) => format!("{}; and {more} more reasons", reasons.join("; ")),
    }
}
