//! What each operation answers, once its caller was let in.

mod audits;
mod clients;
mod divisions;
mod groups;
mod roles;
mod settings;
mod subjects;
mod trusts;
mod usage;
mod users;
mod within;

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::gate::Sight;

/// The answer to an operation that is served.
pub(super) fn answer(operation: &str, call: &Call<'_>) -> Answer {
    match operation {
        "organization" => Answer::ok(settings::organization(call.org)),
        "limits" => settings::limits(call),
        "own-token" => clients::own_token(call),
        "own-token-check" => Answer::empty(200),
        "own-grants" => subjects::subject(call, &call.client.id, &Sight::All),
        "subject" => subjects::subject(call, call.object, &call.sight),
        "user-roles" => subjects::user_roles(call),
        "oauth-clients" => clients::list(call),
        "oauth-client" => clients::one(call),
        "oauth-scopes" => clients::scopes(),
        "oauth-authorizations" => clients::authorizations(call),
        "roles" => roles::list(call),
        "role" => roles::one(call),
        "role-grants" => roles::subjects(call),
        "role-users" => roles::users(call),
        "default-role-comparison" => roles::compared_with_default(call),
        "role-settings" => settings::at(call, "/roles"),
        "divisions" => divisions::list(call),
        "divisions-query" => divisions::query(call),
        "home-division" => divisions::home(call),
        "division-grants" => divisions::grants(call),
        "permissions" => settings::permissions(call),
        "products" => settings::products(call),
        "settings" => settings::at(call, "/authorization"),
        "policies" => settings::policies(call),
        "users" => users::list(call),
        "user" => users::one(call),
        "groups" => groups::list(call),
        "group" => groups::one(call),
        "group-members" => groups::members(call),
        "trustees" => trusts::trustees(call),
        "trustee-users" => trusts::people(call, "/users"),
        "trustee-groups" => trusts::people(call, "/groups"),
        "trustors" => trusts::trustors(call),
        "usage-start" => usage::start(call),
        "usage-results" => usage::results(call),
        "audit-start" => audits::start(call),
        "audit-services" => audits::services(call),
        "audit-status" => audits::status(call),
        "audit-results" => audits::results(call),
        _ => Answer::not_found(),
    }
}

/// An object with its `selfUri` put in.
pub(super) fn with_self(value: &Value, uri: &str) -> Value {
    let mut value = value.clone();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("selfUri".to_owned(), json!(uri));
    }
    value
}
