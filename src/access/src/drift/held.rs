//! What was granted to a subject directly, as keys that compare across sides.

use super::change::ShownGrant;
use super::pairing::{Pairing, ThingKey};
use super::sides::{Family, Side, SideIndex};
use rolecall_base::grant::Reach;

/// A role and where it reaches; `None`: all divisions.
pub(super) type GrantKey<'a> = (ThingKey<'a>, Option<ThingKey<'a>>);

#[derive(Clone, Debug)]
pub(super) struct DirectGrant<'a> {
    /// What it is across sides.
    pub key: GrantKey<'a>,
    /// The role's id on its own side.
    pub role: &'a str,
    /// The grant in words.
    pub shown: ShownGrant,
    /// Whether the row of a role or division that is on its side only says it already.
    pub is_implied: bool,
}

impl DirectGrant<'_> {
    /// Whether it names a role or division that no list holds, so that its counterpart is undetermined.
    pub(super) fn is_unlisted(&self) -> bool {
        matches!(self.key.0, ThingKey::Unlisted(_)) || matches!(self.key.1, Some(ThingKey::Unlisted(_)))
    }
}

/// The grants of this subject in the role lists, sorted, each once.
pub(super) fn grants_to<'a>(
    pairing: &Pairing,
    side: Side,
    index: &SideIndex<'a, '_>,
    subject: &str,
) -> Vec<DirectGrant<'a>> {
    let listed = index.grants_to(subject).iter();
    tidy(
        listed
            .map(|grant| direct_grant(pairing, side, index, grant.role.as_str(), &grant.reach, grant.granted_at))
            .collect(),
    )
}

/// The grants of a client: those of its own list and of the role lists.
pub(super) fn client_grants<'a>(
    pairing: &Pairing,
    side: Side,
    index: &SideIndex<'a, '_>,
    at: usize,
) -> Vec<DirectGrant<'a>> {
    let Some(client) = index.snapshot.oauth_clients.get(at) else { return Vec::new() };
    let mut direct_grants = grants_to(pairing, side, index, client.id.as_str());
    let own = client.role_divisions.iter().flatten();
    direct_grants.extend(own.map(|pair| direct_grant(pairing, side, index, pair.role.as_str(), &pair.reach, None)));
    tidy(direct_grants)
}

fn direct_grant<'a>(
    pairing: &Pairing,
    side: Side,
    index: &SideIndex<'a, '_>,
    role: &'a str,
    reach: &'a Reach,
    granted_at: Option<jiff::Timestamp>,
) -> DirectGrant<'a> {
    let place = match reach {
        Reach::All => None,
        Reach::In(id) => Some(pairing.key_of_id(Family::Division, side, index, id.as_str())),
    };
    let key = (pairing.key_of_id(Family::Role, side, index, role), place);
    DirectGrant {
        is_implied: key.0.is_covered_by_presence(side) || place.is_some_and(|place| place.is_covered_by_presence(side)),
        key,
        role,
        shown: ShownGrant { role: index.role_name(role), division: index.place_name(reach), granted_at },
    }
}

/// Sorted and each once; of two that say the same the one that knows its date.
fn tidy(mut direct_grants: Vec<DirectGrant<'_>>) -> Vec<DirectGrant<'_>> {
    direct_grants.sort_by(|a, b| {
        a.key
            .cmp(&b.key)
            .then_with(|| b.shown.granted_at.is_some().cmp(&a.shown.granted_at.is_some()))
            .then_with(|| a.shown.cmp(&b.shown))
    });
    direct_grants.dedup_by(|a, b| a.key == b.key);
    direct_grants
}
