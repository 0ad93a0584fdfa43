//! Needed calls that work on the left and not, or not surely, on the right.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::Between;
use super::broken::{BrokenCall, Certainty, NeedSource, works};
use super::comparison::Comparison;
use super::pairing::{PairingOutcome, ThingKey};
use super::people::perhaps_not_collected;
use super::sides::{Family, Side, SideIndex};
use crate::cross::gap::answer_needed;
use crate::cross::needed::{Known, NeededCall, NeededIn, needed_in};
use crate::cross::{Answer, Principal, PrincipalKind, Reason, Reasons, Verdict};
use rolecall_base::id::DivisionId;
use rolecall_base::policy::AccessPolicy;
use rolecall_matrix::Endpoint;
use rolecall_matrix::needs::Need;

/// A broken call, with what its causes are looked up by.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The call.
    pub call: BrokenCall,
    /// Position of the principal on the left.
    pub left: usize,
    /// Position of the principal on the right; `None` where it is not there, or it is undetermined which it is.
    pub right: Option<usize>,
    /// Whether it is a client or a user.
    pub family: Family,
    /// Its position in the left snapshot's list.
    pub at: usize,
    /// The operation on the left.
    pub operation_left: Option<usize>,
    /// The operation on the right.
    pub operation_right: Option<usize>,
    /// The division on the left.
    pub division_left: NeededIn,
}

struct Want<'a> {
    needs: BTreeSet<NeedSource>,
    /// Usage of the left shows that it succeeds.
    succeeds: bool,
    left: NeededIn,
    right: NeededIn,
    known: Known<'a>,
}

/// Where an endpoint stands in both matrices.
#[derive(Clone)]
struct Place {
    endpoint: Endpoint,
    left: Option<usize>,
    right: Option<usize>,
}

struct Wants<'f, 'a, 's> {
    comparison: &'f Comparison<'a, 's>,
    places: HashMap<Endpoint, Place>,
    counterparts: HashMap<usize, usize>,
    by_call: BTreeMap<(usize, Endpoint, Option<String>), (Place, Want<'a>)>,
}

/// Finds them, in no order.
pub(super) fn broken(comparison: &Comparison<'_, '_>) -> Vec<Found> {
    let counterparts = comparison.access.both.iter().map(|both| (both.right, both.left)).collect();
    let mut wants = Wants { comparison, places: HashMap::new(), counterparts, by_call: BTreeMap::new() };
    wants.gather();
    let wanted = wants.by_call.into_iter();
    wanted
        .filter_map(|((principal, _, division), (place, want))| judge(comparison, principal, division, &place, want))
        .collect()
}

impl<'a> Wants<'_, 'a, '_> {
    fn gather(&mut self) {
        let comparison = self.comparison;
        let target = comparison.right.side_name();
        let elsewhere = self.needed_elsewhere();
        for call in &comparison.left.needed.calls {
            match call.known {
                Known::Declared(need) if need.is_for(target) => {
                    self.declared(call.principal, need);
                }
                Known::Declared(_) => {}
                Known::Observed(_) if elsewhere.contains(&call.principal) => {}
                Known::Observed(_) => self.observed(call.principal, call, true),
            }
        }
        for call in &comparison.right.needed.calls {
            let Some(principal) = self.counterparts.get(&call.principal).copied() else { continue };
            match call.known {
                Known::Declared(need) => self.declared(principal, need),
                Known::Observed(_) => self.observed(principal, call, false),
            }
        }
        // Needs that hold for the right and name somebody whom only the left has. Of lines of the file that say the same
        // the left may have kept one that is for itself alone.
        for unplaced in &comparison.right.needed.unplaced {
            for principal in named(comparison, unplaced.need) {
                self.declared(principal, unplaced.need);
            }
        }
    }

    /// Principals of the left that are declared to be needed there, by needs limited to that org, and by none that holds
    /// for the right: what they are seen to call is no need on the right.
    fn needed_elsewhere(&self) -> HashSet<usize> {
        let comparison = self.comparison;
        let target = comparison.right.side_name();
        let (mut elsewhere, mut here) = (HashSet::new(), HashSet::new());
        for call in &comparison.left.needed.calls {
            let Known::Declared(need) = call.known else { continue };
            let holds = need.org.as_deref().is_none_or(|org| org == target);
            if holds {
                here.insert(call.principal)
            } else {
                elsewhere.insert(call.principal)
            };
        }
        let declared = |call: &&NeededCall<'_>| matches!(call.known, Known::Declared(_));
        let on_right = comparison.right.needed.calls.iter().filter(declared);
        here.extend(on_right.filter_map(|call| self.counterparts.get(&call.principal).copied()));
        here.extend(comparison.right.needed.unplaced.iter().flat_map(|unplaced| named(comparison, unplaced.need)));
        elsewhere.retain(|principal| !here.contains(principal));
        elsewhere
    }

    fn declared(&mut self, principal: usize, need: &'a Need) {
        let comparison = self.comparison;
        let division = need.division.as_deref();
        let (mut left, mut right) =
            (needed_in(comparison.left.map, division), needed_in(comparison.right.map, division));
        match (&left, &right) {
            (NeededIn::Division(id), NeededIn::NotListed(_)) => {
                right = other_side(comparison, Side::Left, id).map_or(right, NeededIn::Division);
            }
            (NeededIn::NotListed(_), NeededIn::Division(id)) => {
                left = other_side(comparison, Side::Right, id).map_or(left, NeededIn::Division);
            }
            _ => {}
        }
        let division = match &left {
            NeededIn::Any => None,
            NeededIn::Division(id) => Some(comparison.left.map.division_name(id).to_owned()),
            NeededIn::NotListed(name) => Some(name.clone()),
        };
        let source =
            NeedSource::Declared { place: format!("{}:{}", need.file_name(), need.line), note: need.note.clone() };
        let place = self.place(&need.endpoint);
        self.add(
            principal,
            place,
            division,
            Want { needs: BTreeSet::from([source]), succeeds: false, left, right, known: Known::Declared(need) },
        );
    }

    fn observed(&mut self, principal: usize, call: &NeededCall<'a>, on_left: bool) {
        let Known::Observed(row) = call.known else { return };
        let source = NeedSource::Observed { successes: row.status_2xx, requests: row.requests };
        let place = self.place(&call.endpoint);
        self.add(
            principal,
            place,
            None,
            Want {
                needs: BTreeSet::from([source]),
                succeeds: on_left && row.status_2xx > 0,
                left: NeededIn::Any,
                right: NeededIn::Any,
                known: call.known,
            },
        );
    }

    fn add(&mut self, principal: usize, place: Place, division: Option<String>, want: Want<'a>) {
        match self.by_call.entry((principal, place.endpoint.clone(), division)) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert((place, want));
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let (_, known) = entry.get_mut();
                known.needs.extend(want.needs);
                known.succeeds |= want.succeeds;
            }
        }
    }

    fn place(&mut self, endpoint: &Endpoint) -> Place {
        if let Some(place) = self.places.get(endpoint) {
            return place.clone();
        }
        let comparison = self.comparison;
        let pairs = comparison.pairing.get(Family::Endpoint);
        let here = comparison.left.map.matrix.resolve(endpoint).map(|(at, _)| at);
        let there = comparison.right.map.matrix.resolve(endpoint).map(|(at, _)| at);
        let left = here.or_else(|| there.and_then(|at| pairs.counterpart(Side::Right, at)));
        let right = left.and_then(|at| pairs.counterpart(Side::Left, at)).or(there);
        let operation = |index: &SideIndex<'_, '_>, at: usize| {
            index.map.matrix.operations().get(at).map(|one| one.endpoint.clone())
        };
        let known =
            left.and_then(|at| operation(&comparison.left, at)).or_else(|| operation(&comparison.right, right?));
        let place = Place { endpoint: known.unwrap_or_else(|| endpoint.clone()), left, right };
        self.places.insert(endpoint.clone(), place.clone());
        place
    }
}

/// The principals of the left that a need names: by id, else by name.
fn named(comparison: &Comparison<'_, '_>, need: &Need) -> Vec<usize> {
    let principals = || comparison.left.map.principals().iter().enumerate();
    let by_id: Vec<usize> = principals().filter(|(_, one)| one.id == need.principal).map(|(at, _)| at).collect();
    if !by_id.is_empty() {
        return by_id;
    }
    principals().filter(|(_, one)| one.name == need.principal).map(|(at, _)| at).collect()
}

fn other_side(comparison: &Comparison<'_, '_>, side: Side, id: &DivisionId) -> Option<DivisionId> {
    let at = comparison.index(side).position(Family::Division, id.as_str())?;
    let counterpart = comparison.pairing.get(Family::Division).counterpart(side, at)?;
    comparison.index(side.other()).id(Family::Division, counterpart).map(DivisionId::new)
}

const UNDETERMINED: Answer = Answer::new(Verdict::Unknown, Reasons::of(Reason::DataIncomplete));

fn judge(
    comparison: &Comparison<'_, '_>,
    number: usize,
    division: Option<String>,
    place: &Place,
    want: Want<'_>,
) -> Option<Found> {
    let principal = comparison.left.map.principals().get(number)?;
    let asked = |operation: Option<usize>, division: &NeededIn| NeededCall {
        principal: number,
        operation,
        endpoint: place.endpoint.clone(),
        division: division.clone(),
        known: want.known,
    };
    let left = answer_needed(comparison.left.map, principal, &asked(place.left, &want.left));
    // The usage data of two nights covers the same days: a call that was seen to succeed shows which night lost it only
    // where the earlier one was read.
    let by_night = comparison.between == Between::Nights && left.verdict == Verdict::Unknown;
    let was_seen = want.succeeds && left.verdict != Verdict::Denied && !by_night;
    let works_on_left = works(left.verdict) || was_seen;
    // What only a condition decides, or what was not read, may work too, as far as somebody relies on it.
    let is_relied_on = want.succeeds || want.needs.iter().any(|need| matches!(need, NeedSource::Declared { .. }));
    let may_work_on_left = is_relied_on && matches!(left.verdict, Verdict::Conditional | Verdict::Unknown);
    if !(works_on_left || may_work_on_left) {
        return None;
    }
    let family = match principal.kind {
        PrincipalKind::OauthClient => Family::Client,
        PrincipalKind::ServiceUser | PrincipalKind::User => Family::User,
        PrincipalKind::ClientAsUser => return None,
    };
    if !family.listing().is_some_and(|listing| comparison.compares(listing)) {
        return None;
    }
    let (mut counterpart, mut twin_at) = (None, None);
    let (certainty, right) = match comparison.pairing.get(family).outcome(Side::Left, principal.at) {
        PairingOutcome::Paired(at) => {
            let places = match family {
                Family::Client => &comparison.right.client_principal,
                _ => &comparison.right.user_principal,
            };
            (counterpart, twin_at) = (places.get(at).copied().flatten(), Some(at));
            let other = comparison.right.map.principals().get(counterpart?)?;
            let right = answer_needed(comparison.right.map, other, &asked(place.right, &want.right));
            let certainty = match (works_on_left, right.verdict) {
                (true, _) => certainty(comparison, (principal, left, place.left), (other, right, place.right), &want)?,
                (false, Verdict::Denied) => Certainty::MayFail,
                (false, _) => return None,
            };
            (certainty, Some(right))
        }
        PairingOutcome::Alone => {
            let certain = comparison.right.absence_is_certain(family)
                && !(family == Family::User && perhaps_not_collected(comparison, Side::Left, principal.at));
            match (certain, works_on_left) {
                (true, _) => (Certainty::Fails, None),
                (false, true) => (Certainty::NotKnown, Some(UNDETERMINED)),
                (false, false) => return None,
            }
        }
        PairingOutcome::Ambiguous(_) if !works_on_left => return None,
        PairingOutcome::Ambiguous(_) => (Certainty::NotKnown, Some(UNDETERMINED)),
    };
    let missing = counterpart
        .and_then(|counterpart| comparison.right.map.principals().get(counterpart))
        .zip(place.right)
        .zip(right);
    let missing_permissions = missing.map(|((other, operation), answer)| {
        let missing = comparison.right.map.missing_permissions(other, operation, answer);
        missing.into_iter().map(ToString::to_string).collect()
    });
    let operation = place.right.and_then(|at| comparison.right.map.matrix.operations().get(at));
    let scopes = operation.filter(|_| right.is_some_and(|answer| answer.reasons.has(Reason::MissingScope)));
    Some(Found {
        left: number,
        right: counterpart,
        family,
        at: principal.at,
        operation_left: place.left,
        operation_right: place.right,
        division_left: want.left,
        call: BrokenCall {
            certainty,
            kind: comparison.kind(family, Some(principal.at), twin_at),
            name: principal.name.clone(),
            from_id: principal.id.clone(),
            to_id: twin_at.and_then(|at| comparison.right.id(family, at)).unwrap_or_default().to_owned(),
            endpoint: place.endpoint.clone(),
            division,
            needs: want.needs.into_iter().collect(),
            left,
            right,
            missing_permissions: missing_permissions.unwrap_or_default(),
            missing_scopes: scopes
                .map(|operation| operation.requirement.scopes.iter().map(|scope| scope.as_str().to_owned()).collect())
                .unwrap_or_default(),
            causes: Vec::new(),
        },
    })
}

type Asked<'p> = (&'p Principal, Answer, Option<usize>);

/// How sure it is that the call fails on the right; `None`: it works there as on the left.
fn certainty(comparison: &Comparison<'_, '_>, here: Asked<'_>, there: Asked<'_>, want: &Want<'_>) -> Option<Certainty> {
    let (left, right) = (here.1, there.1);
    match (left.verdict, right.verdict) {
        (_, Verdict::Denied) => Some(Certainty::Fails),
        (Verdict::Conditional, Verdict::Conditional) => None,
        (_, Verdict::Conditional) if only_unread_decides(comparison, there) => Some(Certainty::NotKnown),
        (_, Verdict::Conditional) => Some(Certainty::MayFail),
        (Verdict::Allowed, Verdict::Partial) if want.right == NeededIn::Any => Some(Certainty::MayFail),
        (Verdict::Partial, Verdict::Partial) if want.right == NeededIn::Any => {
            let reached = |side: Side, asked: Asked<'_>| -> BTreeSet<_> {
                let index = comparison.index(side);
                let ids = asked.2.map(|operation| index.map.reached(asked.0, operation)).unwrap_or_default();
                ids.into_iter()
                    .map(|id| comparison.pairing.key_of_id(Family::Division, side, index, id.as_str()))
                    .collect()
            };
            let (had, has) = (reached(Side::Left, here), reached(Side::Right, there));
            let lacks: Vec<_> = had.difference(&has).collect();
            let open = |place: &ThingKey<'_>| {
                !comparison.pairing.ids_tell && has.difference(&had).any(|other| place.may_be(other))
            };
            let certainty =
                if lacks.iter().all(|place| open(place)) { Certainty::NotKnown } else { Certainty::MayFail };
            (!lacks.is_empty()).then_some(certainty)
        }
        // What worked for the client itself is now for the user behind the token to have.
        (Verdict::Allowed | Verdict::Partial, Verdict::DependsOnUser) => Some(Certainty::MayFail),
        (Verdict::Unknown, Verdict::Unknown) if left.reasons == right.reasons => None,
        (_, Verdict::Unknown) => Some(Certainty::NotKnown),
        (_, Verdict::Allowed | Verdict::Partial | Verdict::DependsOnUser) => None,
    }
}

/// Whether what makes a call of the right doubtful is only what was not read: no policy that was seen to apply.
fn only_unread_decides(comparison: &Comparison<'_, '_>, (principal, answer, operation): Asked<'_>) -> bool {
    let index = &comparison.right;
    let applies = |policy: &AccessPolicy| {
        let mut could = principal.policies.could.iter().filter_map(|at| index.snapshot.policies.get(*at));
        could.any(|one| one.id == policy.id)
    };
    let about = operation.map(|operation| index.map.policies(principal, operation)).unwrap_or_default();
    answer.reasons.has(Reason::DataIncomplete) && !about.into_iter().any(applies)
}
