//! Which operations the simulated region answers, under the names by which faults address them.

use rolecall_matrix::{Endpoint, Method, Requirement, bundled};

/// An operation that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    /// Its logical name.
    pub name: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path template, written as in the matrix.
    pub path: &'static str,
    /// What its first path parameter is called in the fault language; empty where it has none worth addressing.
    pub object: &'static str,
}

const fn get(name: &'static str, path: &'static str, object: &'static str) -> Operation {
    Operation { name, method: Method::Get, path, object }
}

const fn post(name: &'static str, path: &'static str) -> Operation {
    Operation { name, method: Method::Post, path, object: "" }
}

/// The token endpoint's logical name. It is not an operation of the API.
pub(super) const TOKEN: &str = "token";
/// The logical name of the platform's own document, which needs no token.
pub(super) const SWAGGER: &str = "swagger";

/// Everything that is served. Literal paths stand before the templates that would swallow them.
pub(super) const OPERATIONS: [Operation; 40] = [
    get("organization", "/api/v2/organizations/me", ""),
    get("limits", "/api/v2/organizations/limits/namespaces/{namespaceName}", ""),
    get("own-token", "/api/v2/tokens/me", ""),
    Operation { name: "own-token-check", method: Method::Head, path: "/api/v2/tokens/me", object: "" },
    get("own-grants", "/api/v2/authorization/subjects/me", ""),
    get("subject", "/api/v2/authorization/subjects/{subjectId}", "subject"),
    get("user-roles", "/api/v2/users/{subjectId}/roles", "user"),
    get("oauth-clients", "/api/v2/oauth/clients", ""),
    get("oauth-client", "/api/v2/oauth/clients/{clientId}", "client"),
    get("oauth-scopes", "/api/v2/oauth/scopes", ""),
    get("oauth-authorizations", "/api/v2/oauth/authorizations", ""),
    get("roles", "/api/v2/authorization/roles", ""),
    get("role-settings", "/api/v2/authorization/roles/settings", ""),
    get("role", "/api/v2/authorization/roles/{roleId}", "role"),
    get("role-grants", "/api/v2/authorization/roles/{roleId}/subjectgrants", "role"),
    get("role-users", "/api/v2/authorization/roles/{roleId}/users", "role"),
    get("default-role-comparison", "/api/v2/authorization/roles/{leftRoleId}/comparedefault/{rightRoleId}", "role"),
    get("divisions", "/api/v2/authorization/divisions", ""),
    get("divisions-query", "/api/v2/authorization/divisions/query", ""),
    get("home-division", "/api/v2/authorization/divisions/home", ""),
    get("division-grants", "/api/v2/authorization/divisions/{divisionId}/grants", "division"),
    get("permissions", "/api/v2/authorization/permissions", ""),
    get("products", "/api/v2/authorization/products", ""),
    get("settings", "/api/v2/authorization/settings", ""),
    get("policies", "/api/v2/authorization/policies", ""),
    get("users", "/api/v2/users", ""),
    get("user", "/api/v2/users/{userId}", "user"),
    get("groups", "/api/v2/groups", ""),
    get("group", "/api/v2/groups/{groupId}", "group"),
    get("group-members", "/api/v2/groups/{groupId}/members", "group"),
    get("trustees", "/api/v2/orgauthorization/trustees", ""),
    get("trustee-users", "/api/v2/orgauthorization/trustees/{trusteeOrgId}/users", "trustee"),
    get("trustee-groups", "/api/v2/orgauthorization/trustees/{trusteeOrgId}/groups", "trustee"),
    get("trustors", "/api/v2/orgauthorization/trustors", ""),
    post("usage-start", "/api/v2/usage/aggregates/query/jobs"),
    get("usage-results", "/api/v2/usage/aggregates/query/jobs/{jobId}", ""),
    post("audit-start", "/api/v2/audits/query"),
    get("audit-services", "/api/v2/audits/query/servicemapping", ""),
    get("audit-status", "/api/v2/audits/query/{transactionId}", ""),
    get("audit-results", "/api/v2/audits/query/{transactionId}/results", ""),
];

/// Every logical name that a fault may address, with the selector of its object.
pub(super) fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    [(TOKEN, ""), (SWAGGER, "")]
        .into_iter()
        .chain(OPERATIONS.iter().map(|operation| (operation.name, operation.object)))
}

/// An operation with the value of its path parameter.
pub(super) struct Found {
    /// The operation.
    pub operation: &'static Operation,
    /// The value of its first path parameter.
    pub object: Option<String>,
}

/// The operation that answers this method and path.
pub(super) fn find(method: &str, path: &str) -> Option<Found> {
    OPERATIONS
        .iter()
        .filter(|operation| operation.method.as_str() == method)
        .find_map(|operation| fit(operation.path, path).map(|object| Found { operation, object }))
}

/// `Some(parameter)` when the path meets the template; the inner value is its first parameter, percent-decoded.
fn fit(template: &str, path: &str) -> Option<Option<String>> {
    let mut object = None;
    let mut parts = path.split('/');
    for expected in template.split('/') {
        let part = parts.next()?;
        if expected.starts_with('{') {
            if part.is_empty() {
                return None;
            }
            object.get_or_insert_with(|| super::token::percent_decoded(part));
        } else if expected != part {
            return None;
        }
    }
    parts.next().is_none().then_some(object)
}

/// Whether it is a GET that is published without a parameter in its path.
pub(super) fn is_list(method: &str, path: &str) -> bool {
    method == "GET" && bundled::matrix().get(&Endpoint::new(Method::Get, path)).is_some() && !path.contains('{')
}

/// What the matrix says a call requires; `None` when no such operation is published.
pub(super) fn requirement(method: &str, path: &str) -> Option<&'static Requirement> {
    let method = method.parse::<Method>().ok()?;
    let matrix = bundled::matrix();
    matrix.resolve_as_called(&Endpoint::new(method, path)).map(|(_, operation)| &operation.requirement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_served_operation_is_in_the_matrix() {
        for operation in OPERATIONS {
            let endpoint = Endpoint::new(operation.method, operation.path);
            assert!(bundled::matrix().get(&endpoint).is_some(), "{endpoint}");
        }
    }

    #[test]
    fn literal_paths_win_over_parameters() {
        assert_eq!(find("GET", "/api/v2/authorization/subjects/me").unwrap().operation.name, "own-grants");
        assert_eq!(find("GET", "/api/v2/authorization/roles/settings").unwrap().operation.name, "role-settings");
        assert_eq!(find("GET", "/api/v2/audits/query/servicemapping").unwrap().operation.name, "audit-services");
        let found = find("GET", "/api/v2/authorization/divisions/%2A/grants").unwrap();
        assert_eq!((found.operation.name, found.object.as_deref()), ("division-grants", Some("*")));
        assert!(find("GET", "/api/v2/users/").is_none());
        assert!(find("DELETE", "/api/v2/users").is_none());
    }
}
