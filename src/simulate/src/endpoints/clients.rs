//! OAuth clients, scopes, authorizations, and the caller's own token.

use serde_json::{Value, json};

use super::{Call, with_self};
use crate::answer::Answer;
use crate::fixture::date_time;
use crate::org::Object;
use rolecall_matrix::bundled;

fn show(call: &Call<'_>, client: &Object) -> Value {
    let mut shown = with_self(&client.value, &format!("/api/v2/oauth/clients/{}", client.id));
    if let (Some(list), Some(fields)) = (call.org.address_lists.get(&client.id), shown.as_object_mut()) {
        fields.insert(call.org.address_field.clone(), list.clone());
    }
    shown
}

/// The platform's listing knows no paging parameters: one page holds all.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let clients: Vec<Value> = call.org.clients.iter().map(|client| show(call, client)).collect();
    let total = clients.len();
    Answer::ok(json!({
        "entities": clients,
        "pageSize": total,
        "pageNumber": 1,
        "total": total,
        "firstUri": call.path,
        "selfUri": call.path,
        "lastUri": call.path,
        "pageCount": 1,
    }))
}

pub(super) fn one(call: &Call<'_>) -> Answer {
    call.org.client(call.object).map_or_else(Answer::not_found, |client| Answer::ok(show(call, client)))
}

/// Every scope that the matrix knows.
pub(super) fn scopes() -> Answer {
    let scopes: std::collections::BTreeSet<&str> = bundled::matrix()
        .operations()
        .iter()
        .flat_map(|operation| &operation.requirement.scopes)
        .map(|scope| scope.as_str())
        .collect();
    let entities: Vec<Value> = scopes
        .iter()
        .map(|scope| {
            let (family, what) = match scope.strip_suffix(":readonly") {
                Some(family) => (family, "View"),
                None => (*scope, "View and change"),
            };
            let description = format!("{what} {}", family.replace('-', " "));
            json!({"id": scope, "description": description, "selfUri": format!("/api/v2/oauth/scopes/{scope}")})
        })
        .collect();
    Answer::ok(json!({"total": entities.len(), "entities": entities, "selfUri": "/api/v2/oauth/scopes"}))
}

pub(super) fn authorizations(call: &Call<'_>) -> Answer {
    let entities = &call.org.authorizations;
    Answer::ok(json!({"total": entities.len(), "entities": entities, "selfUri": "/api/v2/oauth/authorizations"}))
}

pub(super) fn own_token(call: &Call<'_>) -> Answer {
    let organization = json!({"id": call.org.id, "name": call.org.organization.get("name")});
    let mut client = serde_json::Map::new();
    for field in ["id", "name", "dateCreated", "dateModified", "authorizedGrantType", "scope", "roleDivisions", "state"]
    {
        if let Some(value) = call.client.value.get(field) {
            client.insert(field.to_owned(), value.clone());
        }
    }
    client.insert("organization".to_owned(), organization.clone());
    Answer::ok(json!({
        "organization": organization,
        "homeOrganization": organization,
        "authorizedScope": call.client.value.get("scope").cloned().unwrap_or_else(|| json!([])),
        "dateTokenIdles": date_time(call.now),
        "OAuthClient": client,
    }))
}
