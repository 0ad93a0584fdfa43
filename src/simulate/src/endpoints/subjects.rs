//! What one subject holds, grants through groups included.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Call, divisions};
use crate::answer::Answer;
use crate::gate::Sight;
use crate::org::{Grant, SimOrg};

/// Direct grants, then those through groups, which carry the group's id as their subject.
fn grants<'a>(org: &'a SimOrg, subject: &str) -> Vec<&'a Grant> {
    let inherited = org.groups_of(subject).iter().flat_map(|group| org.grants_of_subject(group));
    org.grants_of_subject(subject).chain(inherited).collect()
}

fn known(org: &SimOrg, subject: &str, sight: &Sight) -> bool {
    let exists = org.user(subject).is_some()
        || org.group(subject).is_some()
        || org.client(subject).is_some()
        || org.grants_of_subject(subject).next().is_some();
    exists && sight.sees(org.division_of(subject))
}

pub(super) fn subject(call: &Call<'_>, id: &str, sight: &Sight) -> Answer {
    if !known(call.org, id, sight) && id != call.client.id {
        return Answer::not_found();
    }
    let duplicates = call.query("includeDuplicates") == Some("true");
    let mut seen = BTreeSet::new();
    let shown: Vec<Value> = grants(call.org, id)
        .into_iter()
        .filter(|grant| seen.insert((grant.role.as_str(), grant.division.as_str())) || duplicates)
        .map(|grant| divisions::show_grant(call.org, grant))
        .collect();
    Answer::ok(json!({
        "id": id,
        "name": call.org.subject_name(id),
        "grants": shown,
        "version": 1,
        "selfUri": format!("/api/v2/authorization/subjects/{id}"),
    }))
}

/// `UserAuthorization`: the roles and permissions of a subject, without divisions.
pub(super) fn authorization(org: &SimOrg, subject: &str) -> Value {
    let mut roles = BTreeMap::new();
    let mut permissions = BTreeSet::new();
    for role in grants(org, subject).into_iter().filter_map(|grant| org.role(&grant.role)) {
        if roles.insert((&role.object.name, &role.object.id), ()).is_none() {
            permissions.extend(role.listed.iter().map(|permission| permission.as_str()));
        }
    }
    let roles: Vec<Value> = roles.keys().map(|(name, id)| json!({"id": id, "name": name})).collect();
    json!({"roles": roles, "permissions": permissions, "permissionPolicies": []})
}

pub(super) fn user_roles(call: &Call<'_>) -> Answer {
    if !known(call.org, call.object, &call.sight) {
        return Answer::not_found();
    }
    Answer::ok(authorization(call.org, call.object))
}
