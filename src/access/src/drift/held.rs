//! What was granted to a subject directly, told in things that can be compared across sides.

use super::change::GrantTold;
use super::pairing::{Pairing, Token};
use super::sides::{Family, Half, Hand};
use rolecall_base::grant::Reach;

/// A role and where it reaches; `None`: all divisions.
pub type GrantKey<'a> = (Token<'a>, Option<Token<'a>>);

/// One direct grant.
#[derive(Clone, Debug)]
pub struct Piece<'a> {
    /// What it is across sides.
    pub key: GrantKey<'a>,
    /// The role's id on its own side.
    pub role: &'a str,
    /// The grant in words.
    pub told: GrantTold,
    /// Whether the row of a role or division that is on its side only says it already.
    pub is_implied: bool,
}

impl Piece<'_> {
    /// Whether it names a role or division that no list holds, so that nobody can tell what it is on the other side.
    pub fn is_unlisted(&self) -> bool {
        matches!(self.key.0, Token::Unlisted(_)) || matches!(self.key.1, Some(Token::Unlisted(_)))
    }
}

/// The grants that role lists tell of this subject, sorted, each once.
pub fn grants_to<'a>(pairing: &Pairing, hand: Hand, half: &Half<'a, '_>, subject: &str) -> Vec<Piece<'a>> {
    let listed = half.grants_to(subject).iter();
    tidy(listed.map(|grant| piece(pairing, hand, half, grant.role.as_str(), &grant.reach, grant.granted_at)).collect())
}

/// The grants of a client: its own list, and what role lists tell.
pub fn client_grants<'a>(pairing: &Pairing, hand: Hand, half: &Half<'a, '_>, at: usize) -> Vec<Piece<'a>> {
    let Some(client) = half.snapshot.oauth_clients.get(at) else { return Vec::new() };
    let mut pieces = grants_to(pairing, hand, half, client.id.as_str());
    let own = client.role_divisions.iter().flatten();
    pieces.extend(own.map(|pair| piece(pairing, hand, half, pair.role.as_str(), &pair.reach, None)));
    tidy(pieces)
}

fn piece<'a>(
    pairing: &Pairing,
    hand: Hand,
    half: &Half<'a, '_>,
    role: &'a str,
    reach: &'a Reach,
    granted_at: Option<jiff::Timestamp>,
) -> Piece<'a> {
    let place = match reach {
        Reach::All => None,
        Reach::In(id) => Some(pairing.token_of_id(Family::Division, hand, half, id.as_str())),
    };
    let key = (pairing.token_of_id(Family::Role, hand, half, role), place);
    Piece {
        is_implied: key.0.is_told_by_presence(hand) || place.is_some_and(|place| place.is_told_by_presence(hand)),
        key,
        role,
        told: GrantTold { role: half.role_name(role), division: half.place_name(reach), granted_at },
    }
}

/// Sorted and each once; of two that say the same the one that knows its date.
fn tidy(mut pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    pieces.sort_by(|a, b| {
        a.key
            .cmp(&b.key)
            .then_with(|| b.told.granted_at.is_some().cmp(&a.told.granted_at.is_some()))
            .then_with(|| a.told.cmp(&b.told))
    });
    pieces.dedup_by(|a, b| a.key == b.key);
    pieces
}
