//! What paired principals can do on one side and not on the other: each distinct pair of holdings is worked out once.

use std::collections::HashMap;

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use super::change::DriftKind;
use super::numbering::Numbering;
use super::pairing::{Pairing, ThingKey, user_kind};
use super::sides::{Family, Side, SideIndex};
use super::stands::{Profile, Stands, for_users, stands};
use super::unseen::Unseen;
use super::{AccessDifference, PairedPrincipal};
use crate::cross::Principal;
use crate::cross::principal::Standing;
use rolecall_matrix::{Endpoint, Requirement, UserContext};

/// How two sets of holdings differ, in common numbers, whatever the standing of who holds them.
#[derive(Clone, Debug, Default)]
pub(super) struct HeldPair {
    /// Held wider on the left, for certain.
    pub lost: FixedBitSet,
    /// Held wider on the right, for certain.
    pub gained: FixedBitSet,
    /// Seen wider on the left; the right may hold what was not read.
    pub lost_unsure: FixedBitSet,
    /// Seen wider on the right; the left may hold what was not read.
    pub gained_unsure: FixedBitSet,
}

impl HeldPair {
    /// What the other side of `side` lacks, for certain and not.
    pub(super) fn wider_on(&self, side: Side) -> (&FixedBitSet, &FixedBitSet) {
        match side {
            Side::Left => (&self.lost, &self.lost_unsure),
            Side::Right => (&self.gained, &self.gained_unsure),
        }
    }
}

/// A principal of both sides.
#[derive(Clone, Debug)]
pub(super) struct Both {
    /// Position among the principals of the left.
    pub left: usize,
    /// Position among the principals of the right.
    pub right: usize,
    /// Whether nobody can use it on either side.
    pub idle: bool,
    /// How its holdings differ: position in [`Effective::held`].
    pub held: usize,
    class: usize,
}

/// The calls that differ, as positions in [`Effective::operations`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Calls {
    /// Refused on the right.
    pub lost: Vec<usize>,
    /// Refused on the left.
    pub gained: Vec<usize>,
    /// Work on one side, not known on the other.
    pub not_known: Vec<usize>,
}

/// Effective access on both sides.
pub(super) struct Effective {
    /// Operations of both matrices: position on the left, position on the right.
    pub operations: Vec<(usize, usize)>,
    /// Paired principals, sorted by kind, name and id.
    pub principals: Vec<PairedPrincipal>,
    /// In the same order: what the differences were worked out from.
    pub both: Vec<Both>,
    /// The distinct pairs of holdings.
    pub held: Vec<HeldPair>,
    calls: Vec<Calls>,
    by_client: HashMap<usize, usize>,
    by_user: HashMap<usize, usize>,
}

impl Effective {
    /// Works out what every paired principal can do on either side.
    pub(super) fn of(
        left: &SideIndex<'_, '_>,
        right: &SideIndex<'_, '_>,
        pairing: &Pairing,
        numbering: &Numbering,
    ) -> Self {
        let operations: Vec<(usize, usize)> = pairing.get(Family::Endpoint).both().collect();
        let mut found: Vec<(PairedPrincipal, Family, usize, usize, usize)> = Vec::new();
        for family in [Family::Client, Family::User] {
            for (one, other) in pairing.get(family).both() {
                let places = match family {
                    Family::Client => (left.client_principal.get(one), right.client_principal.get(other)),
                    _ => (left.user_principal.get(one), right.user_principal.get(other)),
                };
                let (Some(Some(here)), Some(Some(there))) = places else { continue };
                let paired = PairedPrincipal {
                    kind: kind_of(family, left, right, Some(one), Some(other)),
                    name: left.name(family, one),
                    from_id: left.id(family, one).unwrap_or_default().to_owned(),
                    to_id: right.id(family, other).unwrap_or_default().to_owned(),
                    difference: None,
                };
                found.push((paired, family, one, *here, *there));
            }
        }
        found.par_sort_by(|(a, ..), (b, ..)| {
            (a.kind, &a.name, &a.from_id, &a.to_id).cmp(&(b.kind, &b.name, &b.from_id, &b.to_id))
        });
        let mut held_numbers: HashMap<(usize, usize), usize> = HashMap::new();
        let mut class_numbers: HashMap<Class<'_>, usize> = HashMap::new();
        let mut pairs: Vec<(&Principal, &Principal)> = Vec::new();
        let mut classes: Vec<(&Principal, &Principal)> = Vec::new();
        let (mut principals, mut both) = (Vec::with_capacity(found.len()), Vec::with_capacity(found.len()));
        let (mut by_client, mut by_user) = (HashMap::new(), HashMap::new());
        for (paired, family, at, here, there) in found {
            let (Some(one), Some(other)) = (left.map.principals().get(here), right.map.principals().get(there)) else {
                continue;
            };
            let held = *held_numbers.entry((one.holdings, other.holdings)).or_insert_with(|| {
                pairs.push((one, other));
                pairs.len() - 1
            });
            let class = (Profile::of(left, one), Profile::of(right, other));
            let class = *class_numbers.entry(class).or_insert_with(|| {
                classes.push((one, other));
                classes.len() - 1
            });
            match family {
                Family::Client => by_client.insert(at, principals.len()),
                _ => by_user.insert(at, principals.len()),
            };
            let idle = one.standing == Standing::Inactive && other.standing == Standing::Inactive;
            both.push(Both { left: here, right: there, idle, held, class });
            principals.push(paired);
        }
        let places = [places(Side::Left, left, pairing), places(Side::Right, right, pairing)];
        let unseen = [Unseen::of(Side::Left, left, numbering), Unseen::of(Side::Right, right, numbering)];
        let [unseen_left, unseen_right] = &unseen;
        let held = pairs
            .par_iter()
            .map(|(one, other)| {
                let levels = (
                    Levels::of((Side::Left, left), one, &places, numbering, unseen_left),
                    Levels::of((Side::Right, right), other, &places, numbering, unseen_right),
                );
                compare(&levels.0, &levels.1, pairing.ids_tell)
            })
            .collect();
        let questions = Questions::of(left, right, &operations);
        let calls = classes.par_iter().map(|(one, other)| questions.ask(left, right, one, other)).collect();
        Self { operations, principals, both, held, calls, by_client, by_user }
    }

    /// The paired principal behind a client or user of the left.
    pub(super) fn of_left(&self, family: Family, at: usize) -> Option<usize> {
        match family {
            Family::Client => self.by_client.get(&at).copied(),
            Family::User => self.by_user.get(&at).copied(),
            _ => None,
        }
    }

    /// The calls that differ for a paired principal.
    pub(super) fn calls(&self, principal: usize) -> Option<&Calls> {
        self.calls.get(self.both.get(principal)?.class)
    }

    /// The calls that differ, once for each class of principals that answer alike.
    pub(super) fn every_class(&self) -> &[Calls] {
        &self.calls
    }

    /// How the holdings of a paired principal differ.
    pub(super) fn held(&self, principal: usize) -> Option<&HeldPair> {
        self.held.get(self.both.get(principal)?.held)
    }

    /// The distinct differences of access, with the endpoints they speak of; each principal gets the number of its own.
    pub(super) fn differences(
        &mut self,
        left: &SideIndex<'_, '_>,
        right: &SideIndex<'_, '_>,
        numbering: &Numbering,
    ) -> (Vec<AccessDifference>, Vec<Endpoint>) {
        let mut used = vec![false; self.operations.len()];
        for calls in &self.calls {
            for at in calls.lost.iter().chain(&calls.gained).chain(&calls.not_known) {
                if let Some(place) = used.get_mut(*at) {
                    *place = true;
                }
            }
        }
        let mut place = vec![0; used.len()];
        let mut endpoints = Vec::new();
        for (at, (one, _)) in self.operations.iter().enumerate() {
            let endpoint = left.map.matrix.operations().get(*one).map(|operation| operation.endpoint.clone());
            if let (Some(true), Some(endpoint), Some(place)) = (used.get(at), endpoint, place.get_mut(at)) {
                *place = endpoints.len();
                endpoints.push(endpoint);
            }
        }
        // What makes two differences the same: the calls, and the holdings as far as standing lets them count.
        let mut numbers: HashMap<(usize, usize, Counting), Option<usize>> = HashMap::new();
        let mut by_content: HashMap<AccessDifference, usize> = HashMap::new();
        for (principal, both) in self.principals.iter_mut().zip(&self.both) {
            let standing =
                |index: &SideIndex<'_, '_>, at: usize| index.map.principals().get(at).map(|one| one.standing);
            let counting = Counting::of(standing(left, both.left), standing(right, both.right));
            principal.difference = *numbers.entry((both.class, both.held, counting)).or_insert_with(|| {
                let mut difference = AccessDifference::default();
                if let Some(calls) = self.calls.get(both.class) {
                    let moved = |list: &[usize]| list.iter().filter_map(|at| place.get(*at).copied()).collect();
                    difference.lost = moved(&calls.lost);
                    difference.gained = moved(&calls.gained);
                    let gained = calls.gained.iter().filter_map(|at| self.operations.get(*at)).map(|(_, there)| *there);
                    if let Some(there) = right.map.principals().get(both.right) {
                        difference.gained_for_users = for_users(right, there, &gained.collect::<Vec<_>>());
                    }
                    difference.not_known = moved(&calls.not_known);
                }
                let all = |index: &SideIndex<'_, '_>, side: Side, at: usize| {
                    let holdings = index.map.principals().get(at).and_then(|one| index.map.holdings_of(one));
                    holdings.map(|held| numbering.names(&numbering.common(side, &held.at_all))).unwrap_or_default()
                };
                match (counting, self.held.get(both.held)) {
                    (Counting::Both, Some(held)) => {
                        difference.lost_permissions = numbering.names(&held.lost);
                        difference.gained_permissions = numbering.names(&held.gained);
                    }
                    (Counting::Left, _) => difference.lost_permissions = all(left, Side::Left, both.left),
                    (Counting::Right, _) => difference.gained_permissions = all(right, Side::Right, both.right),
                    (Counting::Both | Counting::Neither, _) => {}
                }
                if difference == AccessDifference::default() {
                    return None;
                }
                let next = by_content.len();
                Some(*by_content.entry(difference).or_insert(next))
            });
        }
        let mut differences: Vec<(usize, AccessDifference)> =
            by_content.into_iter().map(|(difference, number)| (number, difference)).collect();
        differences.sort_by_key(|(number, _)| *number);
        (differences.into_iter().map(|(_, difference)| difference).collect(), endpoints)
    }
}

/// The kind of a principal's rows.
pub(super) fn kind_of(
    family: Family,
    left: &SideIndex<'_, '_>,
    right: &SideIndex<'_, '_>,
    one: Option<usize>,
    other: Option<usize>,
) -> DriftKind {
    let service = |index: &SideIndex<'_, '_>, at: usize| index.snapshot.users.get(at).map(|user| user.is_service());
    match family {
        Family::Client => DriftKind::OauthClient,
        _ => user_kind(one.and_then(|at| service(left, at)), other.and_then(|at| service(right, at))),
    }
}

/// On which sides holdings count at all.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Counting {
    Both,
    Left,
    Right,
    Neither,
}

impl Counting {
    fn of(left: Option<Standing>, right: Option<Standing>) -> Self {
        match (left, right) {
            (Some(Standing::Active), Some(Standing::Active)) => Self::Both,
            (Some(Standing::Active), Some(Standing::Inactive)) => Self::Left,
            (Some(Standing::Inactive), Some(Standing::Active)) => Self::Right,
            _ => Self::Neither,
        }
    }
}

type Class<'a> = (Profile<'a>, Profile<'a>);

/// For each numbered division of a side, what it is across sides.
fn places<'a>(side: Side, index: &SideIndex<'a, '_>, pairing: &Pairing) -> Vec<ThingKey<'a>> {
    let numbered = index.map.numbered_divisions().iter();
    numbered.map(|id| pairing.key_of_id(Family::Division, side, index, id.as_str())).collect()
}

/// Permissions in common numbers, by the places that they are held in.
struct Layer<'a> {
    fully: FixedBitSet,
    any: FixedBitSet,
    limited: Vec<(ThingKey<'a>, FixedBitSet)>,
}

/// Holdings in common numbers and places.
struct Levels<'a> {
    /// Without a condition.
    free: Layer<'a>,
    /// In any way; `None` where there is no condition.
    any_way: Option<Layer<'a>>,
    better: FixedBitSet,
}

impl<'a> Levels<'a> {
    fn of(
        (side, index): (Side, &SideIndex<'_, '_>),
        principal: &Principal,
        places: &[Vec<ThingKey<'a>>; 2],
        numbering: &Numbering,
        unseen: &Unseen,
    ) -> Self {
        let none = || numbering.none();
        let Some(held) = index.map.holdings_of(principal) else {
            return Self {
                free: Layer { fully: none(), any: none(), limited: Vec::new() },
                any_way: None,
                better: none(),
            };
        };
        let common = |set: &FixedBitSet| numbering.common(side, set);
        let places = match (side, places) {
            (Side::Left, [places, _]) | (Side::Right, [_, places]) => places,
        };
        let limited = |sets: &mut dyn Iterator<Item = &(usize, FixedBitSet)>| {
            let mut limited: Vec<(ThingKey<'a>, FixedBitSet)> = Vec::new();
            for (division, set) in sets {
                let Some(place) = places.get(*division) else { continue };
                let set = common(set);
                match limited.iter_mut().find(|(known, _)| known == place) {
                    Some((_, known)) => known.union_with(&set),
                    None => limited.push((*place, set)),
                }
            }
            limited
        };
        let mut better = common(&held.better);
        better.union_with(&unseen.of_holder(index, principal, held));
        let free = Layer {
            fully: common(&held.fully),
            any: common(&held.unconditioned),
            limited: limited(&mut held.in_divisions.iter()),
        };
        let any_way = (!held.conditions.any.is_clear()).then(|| {
            let mut fully = common(&held.conditions.everywhere);
            fully.union_with(&free.fully);
            let mut limited = limited(&mut held.in_divisions.iter().chain(&held.conditions.in_divisions));
            limited.iter_mut().for_each(|(_, set)| set.difference_with(&fully));
            Layer { fully, any: common(&held.at_all), limited }
        });
        Self { free, any_way, better }
    }

    fn any_way(&self) -> &Layer<'a> {
        self.any_way.as_ref().unwrap_or(&self.free)
    }

    /// What this side holds wider than the other: without a condition, or in any way. The second set is what is wider
    /// only if two divisions, which no list tells apart, are not the same one.
    fn wider_than(&self, other: &Self, ids_tell: bool) -> (FixedBitSet, FixedBitSet) {
        let (mut wider, mut doubtful) = self.free.wider_than(&other.free, ids_tell);
        if self.any_way.is_some() || other.any_way.is_some() {
            let (more, open) = self.any_way().wider_than(other.any_way(), ids_tell);
            wider.union_with(&more);
            doubtful.union_with(&open);
            doubtful.difference_with(&wider);
        }
        (wider, doubtful)
    }
}

impl Layer<'_> {
    /// What is held wider here: in all divisions beats some, some beat none; of two sets of divisions one that has a
    /// division which the other lacks.
    fn wider_than(&self, other: &Self, ids_tell: bool) -> (FixedBitSet, FixedBitSet) {
        let only = |these: &FixedBitSet, those: &FixedBitSet| {
            let mut rest = these.clone();
            rest.difference_with(those);
            rest
        };
        let mut wider = only(&self.fully, &other.fully);
        wider.union_with(&only(&self.any, &other.any));
        let limited_there = only(&other.any, &other.fully);
        let mut doubtful = FixedBitSet::with_capacity(wider.len());
        for (place, set) in &self.limited {
            let mut here = set.clone();
            here.intersect_with(&limited_there);
            if let Some((_, there)) = other.limited.iter().find(|(known, _)| known == place) {
                here.difference_with(there);
            }
            let mut open = FixedBitSet::with_capacity(here.len());
            for (_, there) in other.limited.iter().filter(|(known, _)| !ids_tell && place.may_be(known)) {
                open.union_with(there);
            }
            open.intersect_with(&here);
            here.difference_with(&open);
            wider.union_with(&here);
            doubtful.union_with(&open);
        }
        doubtful.difference_with(&wider);
        (wider, doubtful)
    }
}

fn compare(left: &Levels<'_>, right: &Levels<'_>, ids_tell: bool) -> HeldPair {
    let part = |(wider, doubtful): (FixedBitSet, FixedBitSet), better: &FixedBitSet| {
        let (mut sure, mut unsure) = (wider.clone(), wider);
        sure.difference_with(better);
        unsure.intersect_with(better);
        unsure.union_with(&doubtful);
        (sure, unsure)
    };
    let (lost, lost_unsure) = part(left.wider_than(right, ids_tell), &right.better);
    let (gained, gained_unsure) = part(right.wider_than(left, ids_tell), &left.better);
    HeldPair { lost, gained, lost_unsure, gained_unsure }
}

/// Operations that ask the same on both sides: one of them, and all of them as positions among the common ones.
struct Questions {
    by_permissions: Vec<((usize, usize), Vec<usize>)>,
    by_requirement: Vec<((usize, usize), Vec<usize>)>,
}

impl Questions {
    fn of(left: &SideIndex<'_, '_>, right: &SideIndex<'_, '_>, operations: &[(usize, usize)]) -> Self {
        let mut by_permissions: HashMap<_, usize> = HashMap::new();
        let mut by_requirement: HashMap<_, usize> = HashMap::new();
        let mut questions = Self { by_permissions: Vec::new(), by_requirement: Vec::new() };
        for (at, pair) in operations.iter().enumerate() {
            let asked = |index: &SideIndex<'_, '_>, at: usize| index.map.outcomes().of_operation.get(at).copied();
            let (Some(one), Some(other)) = (requirement(left, pair.0), requirement(right, pair.1)) else { continue };
            let user = |requirement: &Requirement| requirement.user_context == UserContext::Yes;
            let key = (asked(left, pair.0), user(one), asked(right, pair.1), user(other));
            let lists = [
                (*by_permissions.entry(key).or_insert(questions.by_permissions.len()), &mut questions.by_permissions),
                (
                    *by_requirement.entry((one, other)).or_insert(questions.by_requirement.len()),
                    &mut questions.by_requirement,
                ),
            ];
            for (number, list) in lists {
                match list.get_mut(number) {
                    Some((_, members)) => members.push(at),
                    None => list.push((*pair, vec![at])),
                }
            }
        }
        questions
    }

    fn ask(&self, left: &SideIndex<'_, '_>, right: &SideIndex<'_, '_>, one: &Principal, other: &Principal) -> Calls {
        let scopes = Profile::asks_scopes(one) || Profile::asks_scopes(other);
        let mut calls = Calls::default();
        for ((here, there), members) in if scopes { &self.by_requirement } else { &self.by_permissions } {
            let verdicts = (left.map.answer(one, *here).verdict, right.map.answer(other, *there).verdict);
            let list = match (stands(verdicts.0), stands(verdicts.1)) {
                (Stands::Open, Stands::Shut) => &mut calls.lost,
                (Stands::Shut, Stands::Open) => &mut calls.gained,
                (Stands::Open, Stands::NotKnown) | (Stands::NotKnown, Stands::Open) => &mut calls.not_known,
                _ => continue,
            };
            list.extend(members);
        }
        calls.lost.sort_unstable();
        calls.gained.sort_unstable();
        calls.not_known.sort_unstable();
        calls
    }
}

fn requirement<'h>(index: &'h SideIndex<'_, '_>, at: usize) -> Option<&'h Requirement> {
    index.map.matrix.operations().get(at).map(|operation| &operation.requirement)
}
