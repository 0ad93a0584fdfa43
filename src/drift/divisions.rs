//! Divisions, permission catalogues, access policies and trusted orgs that differ.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, DriftKind, Effect};
use super::{Side, one_sided};
use crate::model::coverage::Listing;
use crate::model::policy::{AccessPolicy, Effect as PolicyEffect};

/// Divisions that stand on one side only. The home divisions are the same whatever they are called.
pub fn divisions(left: Side<'_, '_>, right: Side<'_, '_>) -> Vec<Change> {
    let names = |side: Side<'_, '_>| -> BTreeSet<String> {
        side.map
            .snapshot
            .divisions
            .iter()
            .filter(|division| !division.home)
            .map(|division| division.name.clone())
            .collect()
    };
    presence(DriftKind::Division, &names(left), &names(right), left, right, Listing::Divisions)
}

/// Permissions that only one of the catalogues lists, or of which they say different things.
pub fn catalogue(left: Side<'_, '_>, right: Side<'_, '_>) -> Vec<Change> {
    let listed = |side: Side<'_, '_>| -> BTreeMap<String, Option<bool>> {
        side.map.snapshot.permissions.iter().map(|entry| (entry.permission.to_string(), entry.division_aware)).collect()
    };
    let (lefts, rights) = (listed(left), listed(right));
    let names = |of: &BTreeMap<String, Option<bool>>| of.keys().cloned().collect::<BTreeSet<_>>();
    let mut changes =
        presence(DriftKind::Permission, &names(&lefts), &names(&rights), left, right, Listing::Permissions);
    for (name, one) in &lefts {
        if let Some(other) = rights.get(name).filter(|other| *other != one) {
            let told = |aware: &Option<bool>| aware.map_or_else(|| "not known".to_owned(), |aware| aware.to_string());
            changes.push(Change {
                kind: DriftKind::Permission,
                name: name.clone(),
                field: "division_aware".to_owned(),
                from_value: told(one),
                to_value: told(other),
                effect: match other {
                    Some(true) => Effect::Narrows,
                    Some(false) => Effect::Widens,
                    None => Effect::Unknown,
                },
                ..Change::new(DriftKind::Role, "", "", "", "", Effect::None)
            });
        }
    }
    changes
}

/// Access policies that differ, matched by name.
pub fn policies(left: Side<'_, '_>, right: Side<'_, '_>) -> Vec<Change> {
    let told = |policy: &AccessPolicy| {
        let effect = match policy.effect {
            PolicyEffect::Allow => "allow",
            PolicyEffect::Deny => "deny",
            PolicyEffect::NotStated => "effect not stated",
        };
        let active = if policy.active { "active" } else { "not active" };
        let clients = if policy.applies_to_clients { ", also clients" } else { "" };
        format!("{effect} {}, {active}{clients}", policy.target)
    };
    let by_name = |side: Side<'_, '_>| -> BTreeMap<String, String> {
        side.map.snapshot.policies.iter().map(|policy| (policy.name.clone(), told(policy))).collect()
    };
    fields(DriftKind::Policy, "policy", &by_name(left), &by_name(right), left, right, Listing::Policies)
}

/// Trusted orgs that differ, matched by id: they are the same org seen from both.
pub fn trustees(left: Side<'_, '_>, right: Side<'_, '_>) -> Vec<Change> {
    let by_name = |side: Side<'_, '_>| -> BTreeMap<String, String> {
        let told = side.map.snapshot.trustees.iter().map(|trustee| {
            let enabled = match trustee.enabled {
                Some(true) => "enabled",
                Some(false) => "disabled",
                None => "not known whether enabled",
            };
            let full = if trustee.has_full_access == Some(true) { ", full access" } else { "" };
            (trustee.name.clone(), format!("{enabled}{full}"))
        });
        told.collect()
    };
    fields(DriftKind::Trustee, "trust", &by_name(left), &by_name(right), left, right, Listing::Trustees)
}

fn presence(
    kind: DriftKind,
    lefts: &BTreeSet<String>,
    rights: &BTreeSet<String>,
    left: Side<'_, '_>,
    right: Side<'_, '_>,
    listing: Listing,
) -> Vec<Change> {
    let whole = |side: Side<'_, '_>| side.map.snapshot.coverage.is_whole(listing);
    let gone = lefts.difference(rights).map(|name| one_sided(kind, name, true, whole(right), Effect::Narrows));
    let come = rights.difference(lefts).map(|name| one_sided(kind, name, false, whole(left), Effect::Widens));
    gone.chain(come).collect()
}

fn fields(
    kind: DriftKind,
    field: &str,
    lefts: &BTreeMap<String, String>,
    rights: &BTreeMap<String, String>,
    left: Side<'_, '_>,
    right: Side<'_, '_>,
    listing: Listing,
) -> Vec<Change> {
    let names = |of: &BTreeMap<String, String>| of.keys().cloned().collect::<BTreeSet<_>>();
    let mut changes = presence(kind, &names(lefts), &names(rights), left, right, listing);
    for change in &mut changes {
        // A policy or a trust that is on one side only may give or take: its own text tells.
        change.effect = Effect::Unknown;
    }
    for (name, one) in lefts {
        if let Some(other) = rights.get(name).filter(|other| *other != one) {
            changes.push(Change {
                kind,
                name: name.clone(),
                field: field.to_owned(),
                from_value: one.clone(),
                to_value: other.clone(),
                effect: Effect::Unknown,
                ..Change::new(DriftKind::Role, "", "", "", "", Effect::None)
            });
        }
    }
    changes
}
