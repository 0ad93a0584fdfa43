//! Renames: things of one side each that have the same content, and no double of it on either side.

use std::collections::{BTreeSet, HashMap};

use super::held::{DirectGrant, client_grants, grants_to};
use super::numbering::Numbering;
use super::pairing::{Pairing, ThingKey, email};
use super::role_sets::RoleSets;
use super::sides::{Family, Side, SideIndex};
use rolecall_base::coverage::Listing;
use rolecall_base::grant::Reach;

/// Pairs what is left of a family by content. A list that was not read completely could hold a double, and then nothing is
/// paired: the lists that the content speaks of have to be whole on both sides.
pub(super) fn pair(
    pairing: &mut Pairing,
    family: Family,
    left: &SideIndex<'_, '_>,
    right: &SideIndex<'_, '_>,
    numbering: &Numbering,
) {
    use Listing as L;
    let needed: &[Listing] = match family {
        Family::Role => &[L::Roles, L::Permissions],
        Family::Division => &[L::Divisions, L::Roles, L::RoleGrants, L::OauthClients, L::Users, L::Groups],
        Family::Group => &[L::Groups, L::GroupMembers, L::Roles, L::RoleGrants, L::Divisions],
        Family::Client => &[L::OauthClients, L::Roles, L::Divisions],
        Family::User => &[L::Users, L::Roles, L::RoleGrants, L::Divisions],
        Family::Policy | Family::Trustee | Family::Permission | Family::Endpoint => return,
    };
    let whole = |index: &SideIndex<'_, '_>| index.sees_all() && needed.iter().all(|listing| index.is_whole(*listing));
    let free = |side| pairing.get(family).alone(side).next().is_some();
    if !whole(left) || !whole(right) || !free(Side::Left) || !free(Side::Right) {
        return;
    }
    let mut pairs = pairing.get(family).clone();
    match family {
        Family::Role => {
            let key = |side: Side, index: &SideIndex<'_, '_>, at: usize| {
                role_content(pairing, side, (left, index), at, numbering)
            };
            pairs.by(|at| key(Side::Left, left, at), |at| key(Side::Right, right, at), false);
        }
        Family::Division => {
            let (lefts, rights) = (granted_in(pairing, Side::Left, left), granted_in(pairing, Side::Right, right));
            pairs.by(|at| lefts.get(&at), |at| rights.get(&at), false);
        }
        Family::Group => {
            pairs.by(
                |at| group_content(pairing, Side::Left, left, at),
                |at| group_content(pairing, Side::Right, right, at),
                false,
            );
        }
        Family::Client => {
            pairs.by(
                |at| client_content(pairing, Side::Left, left, at),
                |at| client_content(pairing, Side::Right, right, at),
                false,
            );
        }
        Family::User => {
            pairs.by(
                |at| user_content(pairing, Side::Left, left, at),
                |at| user_content(pairing, Side::Right, right, at),
                false,
            );
        }
        Family::Policy | Family::Trustee | Family::Permission | Family::Endpoint => {}
    }
    *pairing.get_mut(family) = pairs;
}

/// The default role it derives from, what it permits always, and what under which conditions.
type RoleContent = (Option<String>, Vec<usize>, Vec<(usize, BTreeSet<String>)>);

/// What a role permits, condition texts included; `None` where it permits nothing.
fn role_content(
    pairing: &Pairing,
    side: Side,
    (left, index): (&SideIndex<'_, '_>, &SideIndex<'_, '_>),
    at: usize,
    numbering: &Numbering,
) -> Option<RoleContent> {
    let role = index.snapshot.roles.get(at)?;
    let sets = RoleSets::of(pairing, side, (left, index), at, numbering)?;
    let always: Vec<usize> = sets.always.ones().collect();
    let conditions: Vec<_> = sets.conditions.into_iter().collect();
    (!always.is_empty() || !conditions.is_empty()).then(|| (role.default_role_id.clone(), always, conditions))
}

/// Roles and divisions of grants. Keys of a thing that nothing has paired never meet: they carry their side.
type Held<'a> = BTreeSet<(ThingKey<'a>, Option<ThingKey<'a>>)>;

fn direct_grants(direct_grants: Vec<DirectGrant<'_>>) -> Held<'_> {
    direct_grants.into_iter().map(|grant| grant.key).collect()
}

type ClientContent<'a> = (String, Option<BTreeSet<String>>, Held<'a>, BTreeSet<String>);

fn client_content<'a>(
    pairing: &Pairing,
    side: Side,
    index: &SideIndex<'a, '_>,
    at: usize,
) -> Option<ClientContent<'a>> {
    let client = index.snapshot.oauth_clients.get(at)?;
    let scopes: Option<BTreeSet<String>> =
        client.scopes.as_ref().map(|scopes| scopes.iter().map(|scope| scope.as_str().to_owned()).collect());
    let held = direct_grants(client_grants(pairing, side, index, at));
    let substance = !held.is_empty() || scopes.as_ref().is_some_and(|scopes| !scopes.is_empty());
    let uris = client.redirect_uris.iter().cloned().collect();
    substance.then(|| (client.grant_type.as_str().to_owned(), scopes, held, uris))
}

type GroupContent<'a> = (Held<'a>, BTreeSet<ThingKey<'static>>);

fn group_content<'a>(pairing: &Pairing, side: Side, index: &SideIndex<'a, '_>, at: usize) -> Option<GroupContent<'a>> {
    let group = index.snapshot.groups.get(at)?;
    let held = direct_grants(grants_to(pairing, side, index, group.id.as_str()));
    let members = index.snapshot.group_members.get(&group.id)?;
    let mut keys = BTreeSet::new();
    for member in members {
        keys.insert(pairing.key(Family::User, side, index.position(Family::User, member.as_str())?));
    }
    (!held.is_empty()).then_some((held, keys))
}

fn user_content<'a>(pairing: &Pairing, side: Side, index: &SideIndex<'a, '_>, at: usize) -> Option<(String, Held<'a>)> {
    // Without an e-mail address the name has been tried already.
    email(index, at)?;
    let held = direct_grants(grants_to(pairing, side, index, index.id(Family::User, at)?));
    (!held.is_empty()).then(|| (index.name(Family::User, at), held))
}

type Subject = (Family, ThingKey<'static>, ThingKey<'static>);

/// By division that stands alone: who is granted what in it.
fn granted_in(pairing: &Pairing, side: Side, index: &SideIndex<'_, '_>) -> HashMap<usize, BTreeSet<Subject>> {
    let mut found: HashMap<usize, BTreeSet<Subject>> = HashMap::new();
    let mut add = |subject: &str, role: &str, reach: &Reach| {
        let Reach::In(division) = reach else { return };
        let Some(at) = index.position(Family::Division, division.as_str()) else { return };
        let who = [Family::User, Family::Group, Family::Client]
            .into_iter()
            .find_map(|family| index.position(family, subject).map(|at| (family, pairing.key(family, side, at))));
        let role = index.position(Family::Role, role).map(|at| pairing.key(Family::Role, side, at));
        if let (Some((family, who)), Some(role)) = (who, role) {
            found.entry(at).or_default().insert((family, who, role));
        }
    };
    for grant in &index.snapshot.grants {
        add(grant.subject.as_str(), grant.role.as_str(), &grant.reach);
    }
    for client in &index.snapshot.oauth_clients {
        for pair in client.role_divisions.iter().flatten() {
            add(client.id.as_str(), pair.role.as_str(), &pair.reach);
        }
    }
    found
}
