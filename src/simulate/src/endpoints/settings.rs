//! The org itself: settings, products, limits, the permission catalogue, access policies.

use serde_json::{Map, Value, json};

use super::{Call, with_self};
use crate::answer::Answer;
use crate::org::{SimOrg, list_at};
use crate::paging::{self, Numbered};

pub(super) fn organization(org: &SimOrg) -> Value {
    with_self(&org.organization, &format!("/api/v2/organizations/{}", org.id))
}

/// One of the objects of `settings.json`.
pub(super) fn at(call: &Call<'_>, pointer: &str) -> Answer {
    call.org.settings.pointer(pointer).map_or_else(Answer::not_found, |found| Answer::ok(with_self(found, call.path)))
}

/// `LimitsEntityListing` of one namespace.
pub(super) fn limits(call: &Call<'_>) -> Answer {
    let limits: Vec<Value> = list_at(&call.org.settings, "/limits")
        .into_iter()
        .filter(|limit| limit.get("namespace").and_then(Value::as_str) == Some(call.object))
        .collect();
    if limits.is_empty() {
        return Answer::not_found();
    }
    Answer::ok(json!({"entities": limits}))
}

/// Products are few and come as one page, ids only.
pub(super) fn products(call: &Call<'_>) -> Answer {
    let products = list_at(&call.org.settings, "/products");
    let total = products.len();
    Answer::ok(json!({"entities": products, "pageSize": total, "pageNumber": 1, "total": total, "pageCount": 1}))
}

/// The catalogue, one entry a domain.
pub(super) fn permissions(call: &Call<'_>) -> Answer {
    let mut collections = call.org.catalogue.collections();
    let query = call.query("query").unwrap_or("").to_lowercase();
    match call.query("queryType") {
        Some("domain") => collections.retain(|found| text(found, "domain").contains(&query)),
        Some("permission") => {
            for found in &mut collections {
                narrow(found, &query);
            }
            collections.retain(|found| {
                found.get("permissionMap").and_then(Value::as_object).is_some_and(|map| !map.is_empty())
            });
        }
        _ => {}
    }
    Numbered { max: 100, links: true }.page(call, &collections, |found| {
        let uri =
            format!("/api/v2/authorization/permissions/{}", found.get("id").and_then(Value::as_str).unwrap_or(""));
        with_self(found, &uri)
    })
}

fn text(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).unwrap_or("").to_lowercase()
}

/// Keeps the permissions whose `domain:entity:action` contains the query.
fn narrow(collection: &mut Value, query: &str) {
    let Some(map) = collection.get_mut("permissionMap").and_then(Value::as_object_mut) else { return };
    for permissions in map.values_mut() {
        if let Value::Array(permissions) = permissions {
            permissions.retain(|permission| {
                let parts = ["domain", "entityType", "action"].map(|part| text(permission, part));
                parts.join(":").contains(query)
            });
        }
    }
    map.retain(|_, permissions| permissions.as_array().is_some_and(|permissions| !permissions.is_empty()));
}

pub(super) fn policies(call: &Call<'_>) -> Answer {
    paging::after(call, &call.org.policies, (25, 200), Map::new(), |policy| {
        with_self(&policy.value, &format!("/api/v2/authorization/policies/{}", policy.id))
    })
}
