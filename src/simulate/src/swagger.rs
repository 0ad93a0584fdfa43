//! `GET /api/v2/docs/swagger`: the platform's own document, made from the built-in matrix.
//!
//! Only operations whose facts are published are in it, as on the platform. It says what each requires and nothing
//! else: no schemas, no prose. A fixture may change it, so that two runs, or two regions, see different documents;
//! what the simulated orgs enforce stays as it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use rolecall_base::hex::hex;
use rolecall_matrix::{Match, Method, Operation, Provenance, UserContext, bundled};

const NOT_A_USER: &str =
    "This request requires a user context. Client credentials cannot be used for requests to this resource.";

/// One operation of the document that is not as in the built-in matrix.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SwaggerChange {
    /// `GET`
    method: String,
    /// Its path template.
    path: String,
    /// Whether the document lacks it.
    #[serde(default)]
    removed: bool,
    /// `x-inin-requires-permissions`; one without permissions means that none is required.
    #[serde(default)]
    permissions: Option<RequiredPermissions>,
    /// The scopes of its `security`.
    #[serde(default)]
    scopes: Option<Vec<String>>,
    /// Whether it refuses clients without a user.
    #[serde(default)]
    user_context: Option<bool>,
    /// `deprecated`
    #[serde(default)]
    deprecated: Option<bool>,
}

/// What an operation requires, in the document's own shape.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RequiredPermissions {
    #[serde(rename = "type")]
    matching: String,
    permissions: Vec<String>,
}

/// Reads `swagger-changes.json`: a list with an object for each operation that differs. Null is no change.
pub(super) fn changes(value: &Value) -> Result<Vec<SwaggerChange>, String> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let changes: Vec<SwaggerChange> = Vec::deserialize(value)
        .map_err(|error| format!("{error}; it must hold a list of `{{\"method\", \"path\", ...}}`"))?;
    for change in &changes {
        if change.method.parse::<Method>().is_err() || !change.path.starts_with('/') {
            return Err(format!("`{} {}` is not an operation; write `GET` and a path", change.method, change.path));
        }
    }
    Ok(changes)
}

/// The document's text and its entity tag.
pub(super) fn tagged(changes: &[&SwaggerChange]) -> (String, String) {
    let text = document(changes).to_string();
    let tag = format!("\"{}\"", hex(Sha256::digest(text.as_bytes()).iter().take(16)));
    (text, tag)
}

fn document(changes: &[&SwaggerChange]) -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in bundled::matrix().operations() {
        let published = operation.requirement.permissions_match != Match::Unknown
            && operation.requirement.scopes_known == Provenance::Published;
        if published {
            let method = operation.endpoint.method.as_str().to_lowercase();
            paths.entry(&operation.endpoint.path).or_default().insert(method, shown(operation));
        }
    }
    for change in changes {
        apply(change, paths.entry(&change.path).or_default());
    }
    paths.retain(|_, methods| !methods.is_empty());
    json!({
        "swagger": "2.0",
        "info": {"title": "PureCloud Platform API", "version": "v2"},
        "host": "api.simulated.example.com",
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "paths": paths,
        "securityDefinitions": {
            "PureCloud OAuth": {
                "type": "oauth2",
                "flow": "implicit",
                "authorizationUrl": "https://login.simulated.example.com/authorize",
                "scopes": {"all": "All the scopes"},
            },
        },
    })
}

/// Changes an operation of a path, which is made where the path lacks it.
fn apply(change: &SwaggerChange, methods: &mut Map<String, Value>) {
    let method = change.method.to_lowercase();
    if change.removed {
        methods.remove(&method);
        return;
    }
    let shown = methods.entry(method).or_insert_with(|| json!({"parameters": [], "responses": {}}));
    let Some(shown) = shown.as_object_mut() else { return };
    if let Some(required) = &change.permissions {
        if required.permissions.is_empty() {
            shown.remove("x-inin-requires-permissions");
        } else {
            shown.insert("x-inin-requires-permissions".to_owned(), json!(required));
        }
    }
    if let Some(scopes) = &change.scopes {
        shown.insert("security".to_owned(), json!([{"PureCloud OAuth": scopes}]));
    }
    if let Some(needed) = change.user_context {
        let mut responses = Map::from_iter([("200".to_owned(), json!({"description": "successful operation"}))]);
        if needed {
            let refusal = json!({"description": "Bad request", "x-inin-error-codes": {"not.a.user": NOT_A_USER}});
            responses.insert("400".to_owned(), refusal);
        }
        shown.insert("responses".to_owned(), Value::Object(responses));
    }
    if let Some(deprecated) = change.deprecated {
        shown.insert("deprecated".to_owned(), json!(deprecated));
    }
}

fn shown(operation: &Operation) -> Value {
    let requirement = &operation.requirement;
    let parameters: Vec<Value> = operation
        .endpoint
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({"name": name, "in": "path", "required": true, "type": "string"}))
        .collect();
    let mut responses = Map::from_iter([("200".to_owned(), json!({"description": "successful operation"}))]);
    if requirement.user_context == UserContext::Yes {
        let refusal = json!({"description": "Bad request", "x-inin-error-codes": {"not.a.user": NOT_A_USER}});
        responses.insert("400".to_owned(), refusal);
    }
    let mut out = Map::from_iter([
        ("parameters".to_owned(), json!(parameters)),
        ("responses".to_owned(), Value::Object(responses)),
    ]);
    // An operation without a security block needs no token; one with an empty list takes any; one with another scheme
    // takes a guest's.
    let guests = operation.source.split("; ").find_map(|remark| remark.strip_prefix("scheme "));
    if let Some(scheme) = guests {
        out.insert("security".to_owned(), json!([{scheme: []}]));
    } else if !operation.source.contains("no security block") {
        let scopes: Vec<&str> = requirement.scopes.iter().map(|scope| scope.as_str()).collect();
        out.insert("security".to_owned(), json!([{"PureCloud OAuth": scopes}]));
    }
    if let Match::Any | Match::All = requirement.permissions_match {
        let permissions: Vec<&str> = requirement.permissions.iter().map(|permission| permission.as_str()).collect();
        let required = json!({"type": requirement.permissions_match.as_str(), "permissions": permissions});
        out.insert("x-inin-requires-permissions".to_owned(), required);
    }
    if let Some(deprecated) = operation.deprecated {
        out.insert("deprecated".to_owned(), json!(deprecated));
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_holds_the_published_operations_with_their_requirements() {
        let document = document(&[]);
        let operations: usize =
            document["paths"].as_object().unwrap().values().map(|p| p.as_object().unwrap().len()).sum();
        assert_eq!(operations, 3179);
        let queues = &document["paths"]["/api/v2/analytics/queues/observations/query"]["post"];
        assert_eq!(queues["x-inin-requires-permissions"]["permissions"], json!(["analytics:queueObservation:view"]));
        assert_eq!(queues["security"][0]["PureCloud OAuth"], json!(["analytics", "analytics:readonly"]));
        let me = &document["paths"]["/api/v2/users/me"]["get"];
        assert_eq!(me["responses"]["400"]["x-inin-error-codes"]["not.a.user"], json!(NOT_A_USER));
    }

    #[test]
    fn changes_of_a_fixture_are_in_the_document_and_give_it_another_tag() {
        let changes = changes(&json!([
            {"method": "GET", "path": "/api/v2/users/me", "removed": true},
            {"method": "GET", "path": "/api/v2/routing/queues", "deprecated": true, "scopes": ["users"],
             "permissions": {"type": "ALL", "permissions": ["routing:queue:view", "routing:queue:edit"]}},
            {"method": "GET", "path": "/api/v2/new", "userContext": true},
        ]))
        .unwrap();
        let changes: Vec<&SwaggerChange> = changes.iter().collect();
        let document = document(&changes);
        let paths = &document["paths"];
        assert!(paths["/api/v2/users/me"]["get"].is_null());
        let queues = &paths["/api/v2/routing/queues"]["get"];
        assert_eq!(queues["x-inin-requires-permissions"]["type"], "ALL");
        assert_eq!(
            (&queues["deprecated"], &queues["security"][0]["PureCloud OAuth"]),
            (&json!(true), &json!(["users"]))
        );
        assert_eq!(paths["/api/v2/new"]["get"]["responses"]["400"]["x-inin-error-codes"]["not.a.user"], NOT_A_USER);
        assert_ne!(tagged(&changes).1, tagged(&[]).1);
    }

    #[test]
    fn changes_that_mean_nothing_are_refused() {
        for (wrong, said) in [
            (json!({}), "must hold a list"),
            (json!([{"method": "GET", "path": "/x", "permission": []}]), "permission"),
            (json!([{"method": "FETCH", "path": "/x"}]), "not an operation"),
        ] {
            let error = changes(&wrong).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        assert!(changes(&Value::Null).unwrap().is_empty());
    }
}
