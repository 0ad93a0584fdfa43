//! `GET /api/v2/docs/swagger`: the platform's own document, made from the built-in matrix.
//!
//! Only operations whose facts are published are in it, as on the platform. It says what each requires and nothing
//! else: no schemas, no prose.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::matrix::{Match, Operation, Provenance, UserContext, bundled};

const NOT_A_USER: &str =
    "This request requires a user context. Client credentials cannot be used for requests to this resource.";

/// The document's text and its entity tag.
pub(super) static DOCUMENT: LazyLock<(String, String)> = LazyLock::new(|| {
    let text = document().to_string();
    let mut tag = String::from("\"");
    for byte in Sha256::digest(text.as_bytes()).iter().take(16) {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    (text, tag)
});

fn document() -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in bundled::matrix().operations() {
        let published = operation.requirement.permissions_match != Match::Unknown
            && operation.requirement.scopes_known == Provenance::Published;
        if published {
            let method = operation.endpoint.method.as_str().to_lowercase();
            paths.entry(&operation.endpoint.path).or_default().insert(method, shown(operation));
        }
    }
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
    // An operation without a security block needs no token; one with an empty list takes any.
    if !operation.source.contains("no security block") {
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
        let document = document();
        let operations: usize =
            document["paths"].as_object().unwrap().values().map(|p| p.as_object().unwrap().len()).sum();
        assert_eq!(operations, 3179);
        let queues = &document["paths"]["/api/v2/analytics/queues/observations/query"]["post"];
        assert_eq!(queues["x-inin-requires-permissions"]["permissions"], json!(["analytics:queueObservation:view"]));
        assert_eq!(queues["security"][0]["PureCloud OAuth"], json!(["analytics", "analytics:readonly"]));
        let me = &document["paths"]["/api/v2/users/me"]["get"];
        assert_eq!(me["responses"]["400"]["x-inin-error-codes"]["not.a.user"], json!(NOT_A_USER));
    }
}
