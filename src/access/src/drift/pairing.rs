//! Which things of two sides are one, once that is found: pairs, what is on one side only, and what is ambiguous.

use std::collections::{BTreeMap, HashMap};

use super::change::DriftKind;
use super::sides::{Family, Side, SideIndex};

/// What pairing found for a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PairingOutcome {
    /// It is the other side's thing at this position.
    Paired(usize),
    /// Nothing on the other side is the same.
    Alone,
    /// Several could be the same: they are reported, never guessed.
    Ambiguous(usize),
}

/// Things that share a key, so that it is undetermined which is which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ambiguous {
    /// Positions on the left.
    pub left: Vec<usize>,
    /// Positions on the right.
    pub right: Vec<usize>,
}

/// A thing, comparable across sides: paired things are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ThingKey<'a> {
    /// On both sides; its position on the left.
    Both(usize),
    /// One of several that could be the same.
    OneOf(usize),
    /// On one side only; its position there.
    Only(Side, usize),
    /// Named by an id that no list holds: only the id itself identifies it.
    Unlisted(&'a str),
}

impl ThingKey<'_> {
    /// Whether the thing's own row says that it is on this side only.
    pub(super) fn is_covered_by_presence(&self, side: Side) -> bool {
        matches!(self, Self::Only(there, _) if *there == side)
    }

    /// Whether two things of two orgs could be the same although nothing says so: no list holds one of
    /// them, and the other is not known to be something else.
    pub(super) fn may_be(&self, other: &Self) -> bool {
        let is_free = |key: &Self| matches!(key, Self::Only(..) | Self::Unlisted(_));
        let is_unlisted = |key: &Self| matches!(key, Self::Unlisted(_));
        is_free(self) && is_free(other) && (is_unlisted(self) || is_unlisted(other))
    }
}

/// The pairs of one family.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    left: Vec<PairingOutcome>,
    right: Vec<PairingOutcome>,
    /// Those whose pairs are undetermined.
    pub ambiguous: Vec<Ambiguous>,
}

impl Pairs {
    pub(super) fn new(left: usize, right: usize) -> Self {
        Self {
            left: vec![PairingOutcome::Alone; left],
            right: vec![PairingOutcome::Alone; right],
            ambiguous: Vec::new(),
        }
    }

    fn outcomes(&self, side: Side) -> &[PairingOutcome] {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    /// What pairing found for the thing at this position.
    pub(super) fn outcome(&self, side: Side, at: usize) -> PairingOutcome {
        self.outcomes(side).get(at).copied().unwrap_or(PairingOutcome::Alone)
    }

    /// The position of the same thing on the other side.
    pub(super) fn counterpart(&self, side: Side, at: usize) -> Option<usize> {
        match self.outcome(side, at) {
            PairingOutcome::Paired(other) => Some(other),
            PairingOutcome::Alone | PairingOutcome::Ambiguous(_) => None,
        }
    }

    /// The pairs: position on the left, position on the right.
    pub(super) fn both(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.left.iter().enumerate().filter_map(|(at, outcome)| match outcome {
            PairingOutcome::Paired(other) => Some((at, *other)),
            PairingOutcome::Alone | PairingOutcome::Ambiguous(_) => None,
        })
    }

    /// The things that are on one side only.
    pub(super) fn alone(&self, side: Side) -> impl Iterator<Item = usize> + '_ {
        self.outcomes(side)
            .iter()
            .enumerate()
            .filter(|(_, outcome)| **outcome == PairingOutcome::Alone)
            .map(|(at, _)| at)
    }

    pub(super) fn pair(&mut self, left: usize, right: usize) {
        if let (Some(one), Some(other)) = (self.left.get_mut(left), self.right.get_mut(right)) {
            (*one, *other) = (PairingOutcome::Paired(right), PairingOutcome::Paired(left));
        }
    }

    pub(super) fn ambiguous(&mut self, left: Vec<usize>, right: Vec<usize>) {
        let outcome = PairingOutcome::Ambiguous(self.ambiguous.len());
        for (list, places) in [(&mut self.left, &left), (&mut self.right, &right)] {
            for at in places {
                if let Some(place) = list.get_mut(*at) {
                    *place = outcome;
                }
            }
        }
        self.ambiguous.push(Ambiguous { left, right });
    }

    /// Pairs what is alone under one key on both sides. Several under a key are ambiguous where `ambiguous`, else
    /// left for a later rule.
    pub(super) fn by<K: Ord>(
        &mut self,
        left: impl Fn(usize) -> Option<K>,
        right: impl Fn(usize) -> Option<K>,
        ambiguous: bool,
    ) {
        self.by_where(left, right, ambiguous, |_, _| true);
    }

    pub(super) fn by_where<K: Ord>(
        &mut self,
        left: impl Fn(usize) -> Option<K>,
        right: impl Fn(usize) -> Option<K>,
        ambiguous: bool,
        fits: impl Fn(&[usize], &[usize]) -> bool,
    ) {
        let mut by_key: BTreeMap<K, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for at in self.alone(Side::Left) {
            if let Some(key) = left(at) {
                by_key.entry(key).or_default().0.push(at);
            }
        }
        for at in self.alone(Side::Right) {
            if let Some(key) = right(at) {
                by_key.entry(key).or_default().1.push(at);
            }
        }
        for (lefts, rights) in by_key.into_values() {
            match (lefts.as_slice(), rights.as_slice()) {
                ([], _) | (_, []) => {}
                (these, those) if !fits(these, those) => {}
                ([one], [other]) => self.pair(*one, *other),
                _ if ambiguous => self.ambiguous(lefts, rights),
                _ => {}
            }
        }
    }
}

/// The pairs of all families.
pub(super) struct Pairing {
    /// Whether the sides are one org, so that two ids are two things.
    pub ids_tell: bool,
    pub(super) families: HashMap<Family, Pairs>,
    /// Of one org: where the things stand that are listed on one side only, by id.
    pub(super) one_sided: HashMap<(Family, String), (Side, usize)>,
}

impl Pairing {
    /// The pairs of a family.
    pub(super) fn get(&self, family: Family) -> &Pairs {
        static NOBODY: Pairs = Pairs { left: Vec::new(), right: Vec::new(), ambiguous: Vec::new() };
        self.families.get(&family).unwrap_or(&NOBODY)
    }

    /// The pairs of a family, to add to.
    pub(super) fn get_mut(&mut self, family: Family) -> &mut Pairs {
        self.families.entry(family).or_default()
    }

    /// The thing at this position, comparable across sides.
    pub(super) fn key(&self, family: Family, side: Side, at: usize) -> ThingKey<'static> {
        match (self.get(family).outcome(side, at), side) {
            (PairingOutcome::Paired(_), Side::Left) => ThingKey::Both(at),
            (PairingOutcome::Paired(other), Side::Right) => ThingKey::Both(other),
            (PairingOutcome::Alone, _) => ThingKey::Only(side, at),
            (PairingOutcome::Ambiguous(number), _) => ThingKey::OneOf(number),
        }
    }

    /// The thing with this id, comparable across sides. Of one org an id that only the other side lists is the thing
    /// that it lists.
    pub(super) fn key_of_id<'a>(
        &self,
        family: Family,
        side: Side,
        index: &SideIndex<'_, '_>,
        id: &'a str,
    ) -> ThingKey<'a> {
        if let Some(at) = index.position(family, id) {
            return self.key(family, side, at);
        }
        let known = if self.one_sided.is_empty() { None } else { self.one_sided.get(&(family, id.to_owned())) };
        known.map_or(ThingKey::Unlisted(id), |(there, at)| ThingKey::Only(*there, *at))
    }
}

/// A user's e-mail address, in small letters.
pub(super) fn email(index: &SideIndex<'_, '_>, at: usize) -> Option<String> {
    let address = index.snapshot.users.get(at)?.email.as_deref()?.trim();
    (!address.is_empty()).then(|| address.to_lowercase())
}

/// The kind of a user's rows: a service user where it is one on either side.
pub(super) fn user_kind(left: Option<bool>, right: Option<bool>) -> DriftKind {
    if left == Some(true) || right == Some(true) { DriftKind::ServiceUser } else { DriftKind::User }
}
