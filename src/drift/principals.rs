//! OAuth clients, service users and groups that differ.

use super::change::{Change, DriftKind, Effect};
use super::effective::BrokenCall;
use super::pairing::{Pairs, apart};
use super::{Side, direction, one_sided};
use crate::cross::principal::HeldGrant;
use crate::cross::{AccessMap, PrincipalKind, excess};
use crate::model::coverage::Listing;
use crate::model::grant::{Reach, SubjectKind};
use crate::model::oauth_client::OauthClient;
use crate::model::scope::Scope;

/// Every difference between the OAuth clients of the two sides, matched by name.
pub fn clients(left: Side<'_, '_>, right: Side<'_, '_>, broken: &[BrokenCall]) -> Vec<Change> {
    let kind = DriftKind::OauthClient;
    let pairs =
        Pairs::by(&left.map.snapshot.oauth_clients, &right.map.snapshot.oauth_clients, |client| client.name.clone());
    let mut changes = Vec::new();
    for (name, (lefts, rights)) in &pairs.by_key {
        match (lefts.as_slice(), rights.as_slice()) {
            ([one], [other]) => {
                for (field, from_value, to_value, effect) in client_fields(left, right, one, other) {
                    let effect = hurt(effect, broken, kind, name);
                    changes.push(Change {
                        kind,
                        name: name.clone(),
                        field,
                        from_value,
                        to_value,
                        effect,
                        ..Change::new(DriftKind::Role, "", "", "", "", Effect::None)
                    });
                }
            }
            (lefts, rights) => {
                changes.push(unpaired(kind, name, lefts.len(), rights.len(), left, right, Listing::OauthClients))
            }
        }
    }
    changes
}

type Field = (String, String, String, Effect);

fn client_fields(left: Side<'_, '_>, right: Side<'_, '_>, one: &OauthClient, other: &OauthClient) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut differ = |field: &str, from: String, to: String, effect: Effect| {
        if from != to {
            fields.push((field.to_owned(), from, to, effect));
        }
    };
    differ("grant_type", one.grant_type.as_str().to_owned(), other.grant_type.as_str().to_owned(), Effect::Narrows);
    let lively = other.state == crate::model::oauth_client::ClientState::Active;
    differ("state", one.state.as_str().to_owned(), other.state.as_str().to_owned(), direction(lively, !lively));
    let validity =
        |client: &OauthClient| client.token_validity_seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
    differ("token_validity_seconds", validity(one), validity(other), Effect::None);
    differ("redirect_uris", one.redirect_uris.join(";"), other.redirect_uris.join(";"), Effect::None);
    let scopes = |client: &OauthClient| words(client.scopes.iter().flatten().map(Scope::as_str));
    let (lost, gained) = apart(&scopes(one), &scopes(other));
    if !lost.is_empty() || !gained.is_empty() {
        let effect = direction(!gained.is_empty(), !lost.is_empty());
        fields.push(("scopes".to_owned(), lost.join(";"), gained.join(";"), effect));
    }
    let grants = |side: Side<'_, '_>, client: &OauthClient| {
        let found =
            side.map.principals().iter().find(|p| p.kind == PrincipalKind::OauthClient && p.id == client.id.as_str());
        found.map(|principal| grants_told(side.map, &side.map.grants_of(principal))).unwrap_or_default()
    };
    fields.extend(grant_field(&grants(left, one), &grants(right, other), true));
    fields
}

/// Every difference between the service users of the two sides, matched by e-mail address, else name.
pub fn service_users(left: Side<'_, '_>, right: Side<'_, '_>, broken: &[BrokenCall]) -> Vec<Change> {
    let kind = DriftKind::ServiceUser;
    let (lefts, rights) = (services(left), services(right));
    let pairs = Pairs::by(lefts, rights, |user| user.email.clone().unwrap_or_else(|| user.name.clone()));
    let mut changes = Vec::new();
    for (lefts, rights) in pairs.by_key.values() {
        let Some(name) = lefts.first().or(rights.first()).map(|user| user.name.clone()) else { continue };
        let ([one], [other]) = (lefts.as_slice(), rights.as_slice()) else {
            changes.push(unpaired(kind, &name, lefts.len(), rights.len(), left, right, Listing::Users));
            continue;
        };
        let mut fields = Vec::new();
        if one.state != other.state {
            let effect = direction(other.is_active(), !other.is_active());
            fields.push(("state".to_owned(), one.state.clone(), other.state.clone(), effect));
        }
        let grants = |side: Side<'_, '_>, id: &str| {
            let found = side.map.principals().iter().find(|p| p.kind == PrincipalKind::ServiceUser && p.id == id);
            found.map(|principal| grants_told(side.map, &side.map.grants_of(principal))).unwrap_or_default()
        };
        let whole = [left, right].iter().all(|side| {
            let coverage = &side.map.snapshot.coverage;
            coverage.is_whole(Listing::RoleGrants) && coverage.is_whole(Listing::GroupMembers)
        });
        fields.extend(grant_field(&grants(left, one.id.as_str()), &grants(right, other.id.as_str()), whole));
        for (field, from_value, to_value, effect) in fields {
            let effect = hurt(effect, broken, kind, &name);
            changes.push(Change {
                kind,
                name: name.clone(),
                field,
                from_value,
                to_value,
                effect,
                ..Change::new(DriftKind::Role, "", "", "", "", Effect::None)
            });
        }
    }
    changes
}

fn services<'a>(side: Side<'a, '_>) -> Vec<&'a crate::model::user::User> {
    side.map.snapshot.users.iter().filter(|user| user.is_service()).collect()
}

/// Every difference between the grants of the two sides' groups, matched by name.
pub fn groups(left: Side<'_, '_>, right: Side<'_, '_>) -> Vec<Change> {
    let kind = DriftKind::Group;
    let pairs = Pairs::by(&left.map.snapshot.groups, &right.map.snapshot.groups, |group| group.name.clone());
    let mut changes = Vec::new();
    for (name, (lefts, rights)) in &pairs.by_key {
        let ([one], [other]) = (lefts.as_slice(), rights.as_slice()) else {
            changes.push(unpaired(kind, name, lefts.len(), rights.len(), left, right, Listing::Groups));
            continue;
        };
        let grants = |side: Side<'_, '_>, id: &str| {
            let of = side.map.snapshot.grants.iter();
            let held = of.filter(|grant| grant.subject_kind == SubjectKind::Group && grant.subject.as_str() == id);
            words(held.map(|grant| {
                let role = side.map.snapshot.roles.iter().find(|role| role.id == grant.role);
                told(side.map, role.map_or(grant.role.as_str(), |role| role.name.as_str()), &grant.reach)
            }))
        };
        let whole = [left, right].iter().all(|side| side.map.snapshot.coverage.is_whole(Listing::RoleGrants));
        let field = grant_field(&grants(left, one.id.as_str()), &grants(right, other.id.as_str()), whole);
        if let Some((field, from_value, to_value, effect)) = field {
            changes.push(Change {
                kind,
                name: name.clone(),
                field,
                from_value,
                to_value,
                effect,
                ..Change::new(DriftKind::Role, "", "", "", "", Effect::None)
            });
        }
    }
    changes
}

fn unpaired(
    kind: DriftKind,
    name: &str,
    lefts: usize,
    rights: usize,
    left: Side<'_, '_>,
    right: Side<'_, '_>,
    listing: Listing,
) -> Change {
    if lefts > 0 && rights > 0 || lefts > 1 || rights > 1 {
        return Change {
            kind,
            name: name.to_owned(),
            field: "name".to_owned(),
            from_value: format!("{lefts} of this name"),
            to_value: format!("{rights} of this name"),
            effect: Effect::Unknown,
            ..Change::new(kind, "", "", "", "", Effect::None)
        };
    }
    let on_left = lefts == 1;
    let other = if on_left { right } else { left };
    let whole = other.map.snapshot.coverage.is_whole(listing);
    one_sided(kind, name, on_left, whole, if on_left { Effect::Narrows } else { Effect::Widens })
}

fn hurt(effect: Effect, broken: &[BrokenCall], kind: DriftKind, name: &str) -> Effect {
    let hurts = broken.iter().any(|call| call.kind == kind && call.name == name);
    if effect == Effect::Narrows && hurts { Effect::Breaks } else { effect }
}

fn grant_field(left: &[String], right: &[String], whole: bool) -> Option<Field> {
    let (lost, gained) = apart(left, right);
    if lost.is_empty() && gained.is_empty() {
        return None;
    }
    let effect = if whole { direction(!gained.is_empty(), !lost.is_empty()) } else { Effect::Unknown };
    Some(("grants".to_owned(), lost.join(";"), gained.join(";"), effect))
}

fn grants_told(map: &AccessMap<'_>, grants: &[HeldGrant]) -> Vec<String> {
    words(grants.iter().map(|grant| told(map, &excess::role_name(map, grant), &grant.reach)))
}

fn told(map: &AccessMap<'_>, role: &str, reach: &Reach) -> String {
    match reach {
        Reach::All => format!("{role} in all divisions"),
        Reach::In(id) => format!("{role} in {}", map.division_name(id)),
    }
}

fn words(items: impl Iterator<Item = impl Into<String>>) -> Vec<String> {
    let mut list: Vec<String> = items.map(Into::into).collect();
    list.sort();
    list.dedup();
    list
}
