//! Who is the same on both sides: declared pairs first, then ids (of one org), then what people mean by a name.

use std::collections::{BTreeMap, HashMap};

use super::change::DriftKind;
use super::renames;
use super::sides::{Family, Side, SideIndex};
use super::{Between, How};
use crate::drift::numbering::Numbering;
use rolecall_base::named;

/// What pairing found for a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairingOutcome {
    /// It is the other side's thing at this position.
    Paired(usize),
    /// Nothing on the other side is the same.
    Alone,
    /// Several could be the same: they are reported, never guessed.
    Ambiguous(usize),
}

/// Things that share a key, so that it is undetermined which is which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguous {
    /// Positions on the left.
    pub left: Vec<usize>,
    /// Positions on the right.
    pub right: Vec<usize>,
}

/// A thing, comparable across sides: paired things are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ThingKey<'a> {
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
    pub fn is_covered_by_presence(&self, side: Side) -> bool {
        matches!(self, Self::Only(there, _) if *there == side)
    }

    /// Whether two things of two orgs could be the same although nothing says so: no list holds one of
    /// them, and the other is not known to be something else.
    pub fn may_be(&self, other: &Self) -> bool {
        let is_free = |key: &Self| matches!(key, Self::Only(..) | Self::Unlisted(_));
        let is_unlisted = |key: &Self| matches!(key, Self::Unlisted(_));
        is_free(self) && is_free(other) && (is_unlisted(self) || is_unlisted(other))
    }
}

/// The pairs of one family.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    left: Vec<PairingOutcome>,
    right: Vec<PairingOutcome>,
    /// Those whose pairs are undetermined.
    pub ambiguous: Vec<Ambiguous>,
}

impl Pairs {
    fn new(left: usize, right: usize) -> Self {
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
    pub fn outcome(&self, side: Side, at: usize) -> PairingOutcome {
        self.outcomes(side).get(at).copied().unwrap_or(PairingOutcome::Alone)
    }

    /// The position of the same thing on the other side.
    pub fn counterpart(&self, side: Side, at: usize) -> Option<usize> {
        match self.outcome(side, at) {
            PairingOutcome::Paired(other) => Some(other),
            PairingOutcome::Alone | PairingOutcome::Ambiguous(_) => None,
        }
    }

    /// The pairs: position on the left, position on the right.
    pub fn both(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.left.iter().enumerate().filter_map(|(at, outcome)| match outcome {
            PairingOutcome::Paired(other) => Some((at, *other)),
            PairingOutcome::Alone | PairingOutcome::Ambiguous(_) => None,
        })
    }

    /// The things that are on one side only.
    pub fn alone(&self, side: Side) -> impl Iterator<Item = usize> + '_ {
        self.outcomes(side)
            .iter()
            .enumerate()
            .filter(|(_, outcome)| **outcome == PairingOutcome::Alone)
            .map(|(at, _)| at)
    }

    fn pair(&mut self, left: usize, right: usize) {
        if let (Some(one), Some(other)) = (self.left.get_mut(left), self.right.get_mut(right)) {
            (*one, *other) = (PairingOutcome::Paired(right), PairingOutcome::Paired(left));
        }
    }

    fn ambiguous(&mut self, left: Vec<usize>, right: Vec<usize>) {
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
    pub fn by<K: Ord>(
        &mut self,
        left: impl Fn(usize) -> Option<K>,
        right: impl Fn(usize) -> Option<K>,
        ambiguous: bool,
    ) {
        self.by_where(left, right, ambiguous, |_, _| true);
    }

    fn by_where<K: Ord>(
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
pub struct Pairing {
    /// Whether the sides are one org, so that two ids are two things.
    pub ids_tell: bool,
    families: HashMap<Family, Pairs>,
    /// Of one org: where the things stand that are listed on one side only, by id.
    one_sided: HashMap<(Family, String), (Side, usize)>,
}

impl Pairing {
    /// Finds the pairs.
    pub fn of(left: &SideIndex<'_, '_>, right: &SideIndex<'_, '_>, how: &How, numbering: &Numbering) -> Self {
        let mut families = HashMap::new();
        for family in Family::OBJECTS {
            let mut pairs = Pairs::new(left.len(family), right.len(family));
            declared(&mut pairs, family, left, right, how);
            if how.between == Between::Nights || family == Family::Trustee {
                pairs.by(|at| left.id(family, at), |at| right.id(family, at), false);
            }
            if may_be_of_another_id(family, how) {
                by_meaning(&mut pairs, family, left, right);
            }
            families.insert(family, pairs);
        }
        let mut permissions = Pairs::new(left.len(Family::Permission), right.len(Family::Permission));
        let name =
            |index: &SideIndex<'_, '_>, at: usize| index.snapshot.permissions.get(at).map(|one| one.permission.clone());
        permissions.by(|at| name(left, at), |at| name(right, at), false);
        families.insert(Family::Permission, permissions);
        families.insert(Family::Endpoint, operations(left, right));
        let mut pairing = Self { ids_tell: how.between == Between::Nights, families, one_sided: HashMap::new() };
        if pairing.ids_tell {
            for family in [Family::Role, Family::Division, Family::Group, Family::Client, Family::User] {
                for (side, index) in [(Side::Left, left), (Side::Right, right)] {
                    let alone: Vec<usize> = pairing.get(family).alone(side).collect();
                    let known = alone.into_iter().filter_map(|at| Some((index.id(family, at)?, at)));
                    let known = known.map(|(id, at)| ((family, id.to_owned()), (side, at)));
                    pairing.one_sided.extend(known);
                }
            }
        }
        // Of one org a thing of another id is another thing, whatever it holds. Between two orgs what was paired by its
        // content may be what another thing's content speaks of.
        let rounds = if how.between == Between::Orgs { 2 } else { 0 };
        for _ in 0..rounds {
            for family in [Family::Role, Family::Division, Family::Group, Family::Client, Family::User] {
                renames::pair(&mut pairing, family, left, right, numbering);
            }
        }
        pairing
    }

    /// The pairs of a family.
    pub fn get(&self, family: Family) -> &Pairs {
        static NOBODY: Pairs = Pairs { left: Vec::new(), right: Vec::new(), ambiguous: Vec::new() };
        self.families.get(&family).unwrap_or(&NOBODY)
    }

    /// The pairs of a family, to add to.
    pub fn get_mut(&mut self, family: Family) -> &mut Pairs {
        self.families.entry(family).or_default()
    }

    /// The thing at this position, comparable across sides.
    pub fn key(&self, family: Family, side: Side, at: usize) -> ThingKey<'static> {
        match (self.get(family).outcome(side, at), side) {
            (PairingOutcome::Paired(_), Side::Left) => ThingKey::Both(at),
            (PairingOutcome::Paired(other), Side::Right) => ThingKey::Both(other),
            (PairingOutcome::Alone, _) => ThingKey::Only(side, at),
            (PairingOutcome::Ambiguous(number), _) => ThingKey::OneOf(number),
        }
    }

    /// The thing with this id, comparable across sides. Of one org an id that only the other side lists is the thing
    /// that it lists.
    pub fn key_of_id<'a>(&self, family: Family, side: Side, index: &SideIndex<'_, '_>, id: &'a str) -> ThingKey<'a> {
        if let Some(at) = index.position(family, id) {
            return self.key(family, side, at);
        }
        let known = if self.one_sided.is_empty() { None } else { self.one_sided.get(&(family, id.to_owned())) };
        known.map_or(ThingKey::Unlisted(id), |(there, at)| ThingKey::Only(*there, *at))
    }
}

/// Whether a thing can be the same under another id. Within one org an OAuth client cannot: one that was made anew has
/// another id and another secret, and whoever used the old one is locked out.
fn may_be_of_another_id(family: Family, how: &How) -> bool {
    how.between == Between::Orgs || family != Family::Client
}

fn declared(pairs: &mut Pairs, family: Family, left: &SideIndex<'_, '_>, right: &SideIndex<'_, '_>, how: &How) {
    for mapping in how.mappings.iter().filter(|mapping| Family::of(mapping.kind) == family) {
        let meant = |pairs: &Pairs, side: Side, index: &SideIndex<'_, '_>, text: &str| {
            let free: Vec<usize> = pairs.alone(side).collect();
            let only = |fits: &dyn Fn(usize) -> bool| free.iter().copied().filter(|at| fits(*at)).collect::<Vec<_>>();
            let by_id = only(&|at| index.id(family, at) == Some(text));
            if !by_id.is_empty() {
                return by_id;
            }
            let email = |at: usize| email(index, at).filter(|_| family == Family::User);
            let by_name =
                only(&|at| index.name(family, at) == text || email(at).is_some_and(|email| named::same(&email, text)));
            if !by_name.is_empty() {
                return by_name;
            }
            only(&|at| {
                named::same(&index.name(family, at), text)
                    || index.id(family, at).is_some_and(|id| named::same(id, text))
            })
        };
        let lefts = meant(pairs, Side::Left, left, &mapping.from);
        let rights = meant(pairs, Side::Right, right, &mapping.to);
        match (lefts.as_slice(), rights.as_slice()) {
            ([], _) | (_, []) => {}
            ([one], [other]) => pairs.pair(*one, *other),
            _ => pairs.ambiguous(lefts, rights),
        }
    }
}

/// A user's e-mail address, in small letters.
pub fn email(index: &SideIndex<'_, '_>, at: usize) -> Option<String> {
    let address = index.snapshot.users.get(at)?.email.as_deref()?.trim();
    (!address.is_empty()).then(|| address.to_lowercase())
}

fn by_meaning(pairs: &mut Pairs, family: Family, left: &SideIndex<'_, '_>, right: &SideIndex<'_, '_>) {
    let named = |index: &SideIndex<'_, '_>, at: usize| Some(index.name(family, at));
    match family {
        Family::Division => {
            let home = |index: &SideIndex<'_, '_>, at: usize| {
                index.snapshot.divisions.get(at).filter(|one| one.home).map(|_| ())
            };
            pairs.by(|at| home(left, at), |at| home(right, at), false);
            pairs.by(|at| named(left, at), |at| named(right, at), true);
        }
        Family::Role => {
            let default = |index: &SideIndex<'_, '_>, at: usize| {
                index.snapshot.roles.get(at).and_then(|role| role.default_role_id.clone())
            };
            let both = |index: &SideIndex<'_, '_>, at: usize| Some((default(index, at)?, index.name(family, at)));
            pairs.by(|at| both(left, at), |at| both(right, at), false);
            pairs.by(|at| default(left, at), |at| default(right, at), true);
            // Two default roles that are not the same one are two roles, whatever they are called.
            let any_custom =
                |index: &SideIndex<'_, '_>, places: &[usize]| places.iter().any(|at| default(index, *at).is_none());
            pairs.by_where(
                |at| named(left, at),
                |at| named(right, at),
                true,
                |these, those| any_custom(left, these) || any_custom(right, those),
            );
        }
        Family::User => {
            pairs.by(|at| email(left, at), |at| email(right, at), true);
            let without =
                |index: &SideIndex<'_, '_>, places: &[usize]| places.iter().any(|at| email(index, *at).is_none());
            pairs.by_where(
                |at| named(left, at),
                |at| named(right, at),
                true,
                |these, those| without(left, these) || without(right, those),
            );
        }
        _ => pairs.by(|at| named(left, at), |at| named(right, at), true),
    }
}

/// Operations are the same where method and path are; what their parameters are called does not matter.
fn operations(left: &SideIndex<'_, '_>, right: &SideIndex<'_, '_>) -> Pairs {
    let mut pairs = Pairs::new(left.len(Family::Endpoint), right.len(Family::Endpoint));
    for (at, operation) in left.map.matrix.operations().iter().enumerate() {
        if let Some((other, _)) = right.map.matrix.get(&operation.endpoint) {
            pairs.pair(at, other);
        }
    }
    let shape = |index: &SideIndex<'_, '_>, at: usize| {
        let endpoint = &index.map.matrix.operations().get(at)?.endpoint;
        let is_parameter = |part: &&str| part.starts_with('{') && part.ends_with('}');
        let parts = endpoint.path.split('/').map(|part| if is_parameter(&part) { "{}" } else { part });
        Some((endpoint.method, parts.collect::<Vec<_>>().join("/")))
    };
    pairs.by(|at| shape(left, at), |at| shape(right, at), false);
    pairs
}

/// The kind of a user's rows: a service user where it is one on either side.
pub fn user_kind(left: Option<bool>, right: Option<bool>) -> DriftKind {
    if left == Some(true) || right == Some(true) { DriftKind::ServiceUser } else { DriftKind::User }
}
