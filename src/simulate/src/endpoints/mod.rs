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

use std::sync::Mutex;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::gate::Sight;
use super::jobs::Jobs;
use super::org::{Object, SimOrg};
use super::paging::Moved;

/// One call that was let in.
pub(super) struct Call<'a> {
    /// The org.
    pub org: &'a SimOrg,
    /// The calling client.
    pub client: &'a Object,
    /// What the client sees.
    pub sight: Sight,
    /// The path, as asked.
    pub path: &'a str,
    /// The query's pairs, in order.
    pub query: &'a [(String, String)],
    /// The path parameter.
    pub object: &'a str,
    /// The request's body.
    pub body: &'a [u8],
    /// How listings differ from what they were.
    pub moved: Moved,
    /// Whether query jobs end as failed.
    pub failing: bool,
    /// A page size above which every listing is cut.
    pub max_page_size: Option<u32>,
    /// The server's clock.
    pub now: Timestamp,
    /// Query jobs.
    pub jobs: &'a Mutex<Jobs>,
}

impl Call<'_> {
    /// The first value of a query parameter.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a query parameter that may be repeated. The official Python client joins them by commas instead.
    pub(super) fn values(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(key, _)| key == name).flat_map(|(_, value)| value.split(',')).collect()
    }

    /// A link to this path with the query changed.
    pub(super) fn link(&self, change: &[(&str, &str)]) -> String {
        let kept = self.query.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let kept = kept.filter(|(key, _)| change.iter().all(|(changed, _)| changed != key));
        let pairs: Vec<String> = kept
            .chain(change.iter().copied())
            .map(|(key, value)| format!("{}={}", escaped(key), escaped(value)))
            .collect();
        if pairs.is_empty() { self.path.to_owned() } else { format!("{}?{}", self.path, pairs.join("&")) }
    }

    /// The request's body as JSON.
    fn json(&self) -> Result<Value, Answer> {
        serde_json::from_slice(self.body)
            .map_err(|error| Answer::bad_request(&format!("The request body is not JSON: {error}")))
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

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
