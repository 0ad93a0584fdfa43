//! Rows of direct grants that one side of a client, user or group has and the other lacks: one cause is told once.

use fixedbitset::FixedBitSet;

use super::change::{GrantTold, Items};
use super::frame::{Draft, Frame, OneSided};
use super::held::{Piece, client_grants, grants_to};
use super::sides::{Family, Hand};

/// Whose effective access tells what a grant does.
pub enum Whose<'h> {
    /// The principal's own; `None`: nobody's.
    Own(Option<usize>),
    /// That of everybody who has something through the group, on the left and on the right.
    Through(&'h [usize], &'h [usize]),
    /// Nobody's: the grants of a client that acts for users decide nothing.
    Nobody,
}

/// The grants of a client, user or group of a side.
pub fn pieces<'a>(frame: &Frame<'a, '_>, hand: Hand, family: Family, at: usize) -> Vec<Piece<'a>> {
    let half = frame.half(hand);
    match family {
        Family::Client => client_grants(&frame.pairing, hand, half, at),
        _ => half.id(family, at).map(|id| grants_to(&frame.pairing, hand, half, id)).unwrap_or_default(),
    }
}

/// The rows of a paired client, user or group. What the row of a role or division says already is not repeated.
pub fn rows(frame: &Frame<'_, '_>, family: Family, left: usize, right: usize, whose: &Whose<'_>) -> Vec<Draft> {
    let all = [pieces(frame, Hand::Left, family, left), pieces(frame, Hand::Right, family, right)];
    let [lefts, rights] = &all;
    let mut drafts = Vec::new();
    for (hand, these, those) in [(Hand::Left, lefts, rights), (Hand::Right, rights, lefts)] {
        let only: Vec<&Piece<'_>> = these
            .iter()
            .filter(|piece| !piece.is_implied && those.binary_search_by(|other| other.key.cmp(&piece.key)).is_err())
            .collect();
        let there = if hand == Hand::Left { right } else { left };
        let (sure, unsure): (Vec<_>, Vec<_>) =
            only.into_iter().partition(|piece| lack_is_certain(frame, hand.other(), family, there, piece));
        for (items, certain) in [(sure, true), (unsure, false)] {
            if !items.is_empty() {
                drafts.push(row(frame, (family, left, right), hand, &items, certain, whose));
            }
        }
    }
    drafts
}

/// Whether it is certain that the subject at this position lacks on its side what the other side's one was granted.
fn lack_is_certain(frame: &Frame<'_, '_>, hand: Hand, family: Family, at: usize, piece: &Piece<'_>) -> bool {
    let half = frame.half(hand);
    let role = frame.half(hand.other()).position(Family::Role, piece.role);
    let role = role.and_then(|at| frame.pairing.get(Family::Role).twin(hand.other(), at));
    let Some(role) = role.and_then(|at| half.id(Family::Role, at)) else { return false };
    !piece.is_unlisted()
        && match family {
            Family::Client => half.client_lack_is_certain(at, role),
            _ => half.id(family, at).is_some_and(|subject| half.lack_of_grant_is_certain(subject, role)),
        }
}

fn row(
    frame: &Frame<'_, '_>,
    (family, left, right): (Family, usize, usize),
    hand: Hand,
    items: &[&Piece<'_>],
    certain: bool,
    whose: &Whose<'_>,
) -> Draft {
    let concerned = permitted(frame, hand, items.iter().copied());
    let mut grants: Vec<GrantTold> = items.iter().map(|piece| piece.told.clone()).collect();
    grants.sort();
    let told = grants.iter().map(ToString::to_string).collect();
    let (effect, affected) = match whose {
        Whose::Own(principal) => {
            let effect = frame.effect_on_one(hand, &concerned, *principal);
            let changed = effect == super::frame::toward(hand);
            (effect, principal.filter(|_| changed).into_iter().collect())
        }
        Whose::Through(lefts, rights) => {
            frame.effect_on(hand, &concerned, if hand == Hand::Left { lefts } else { rights })
        }
        Whose::Nobody => (super::change::Effect::None, Vec::new()),
    };
    let lack = OneSided { field: "grants", hand, told, items: Items::Grants(grants), certain };
    let mut draft = frame.items((family, Some(left), Some(right)), lack, effect);
    draft.change.affected = if certain { affected } else { Vec::new() };
    if matches!(whose, Whose::Through(..)) {
        frame.say_what_it_gives(&mut draft, &concerned);
    }
    draft
}

/// What the roles of some grants of a side permit.
pub fn permitted<'p, 'a: 'p>(
    frame: &Frame<'a, '_>,
    hand: Hand,
    pieces: impl Iterator<Item = &'p Piece<'a>>,
) -> FixedBitSet {
    let half = frame.half(hand);
    let mut set = frame.numbering.none();
    for piece in pieces {
        let rights = half.position(Family::Role, piece.role).and_then(|at| half.map.rights.roles.get(at));
        if let Some(rights) = rights {
            set.union_with(&frame.numbering.common(hand, &rights.always));
            set.union_with(&frame.numbering.common(hand, &rights.under_condition));
        }
    }
    set
}
