//! Which operations have to do with a text: part of a path, a permission, a scope, or a path as called.

use std::collections::BTreeSet;

use super::endpoint::{Endpoint, Method};
use super::table::{Matrix, Operation};

/// Why an operation was found, the best reason first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hit {
    /// The text is a path that this operation answers.
    Resolved,
    /// The text is part of its path.
    Path,
    /// The text is part of a permission that it requires.
    Permission,
    /// The text is part of a scope that it requires.
    Scope,
}

impl Hit {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resolved => "answers",
            Self::Path => "path",
            Self::Permission => "permission",
            Self::Scope => "scope",
        }
    }
}

/// The operations that have to do with `text`, in the order of the matrix. Upper and lower case do not matter. A
/// method in front (`POST queues`) narrows the search.
pub fn search<'a>(matrix: &'a Matrix, text: &str) -> Vec<(Hit, &'a Operation)> {
    let text = text.trim();
    let (method, text) = match text.split_once(char::is_whitespace) {
        Some((word, rest)) if word.parse::<Method>().is_ok() => (word.parse::<Method>().ok(), rest.trim()),
        _ => (None, text),
    };
    if text.is_empty() {
        return Vec::new();
    }
    let wanted = text.to_lowercase();
    let looks_like_a_path = text.contains('/');
    let answering: BTreeSet<usize> = Method::ALL
        .into_iter()
        .filter(|_| looks_like_a_path)
        .filter_map(|method| matrix.resolve(&Endpoint::new(method, text)))
        .map(|(at, _)| at)
        .collect();
    let has = |part: &str| part.to_lowercase().contains(&wanted);
    matrix
        .operations()
        .iter()
        .enumerate()
        .filter(|(_, operation)| method.is_none_or(|method| operation.endpoint.method == method))
        .filter_map(|(at, operation)| {
            let requirement = &operation.requirement;
            let hit = if answering.contains(&at) {
                Hit::Resolved
            } else if has(&operation.endpoint.path) {
                Hit::Path
            } else if requirement.permissions.iter().any(|permission| has(permission.as_str())) {
                Hit::Permission
            } else if requirement.scopes.iter().any(|scope| has(scope.as_str())) {
                Hit::Scope
            } else {
                return None;
            };
            Some((hit, operation))
        })
        .collect()
}

/// The operations that list exactly this permission.
pub fn with_permission<'a>(matrix: &'a Matrix, permission: &str) -> Vec<&'a Operation> {
    let lists = |o: &&Operation| o.requirement.permissions.iter().any(|p| p.as_str() == permission);
    matrix.operations().iter().filter(lists).collect()
}

/// The operations that list exactly this scope.
pub fn with_scope<'a>(matrix: &'a Matrix, scope: &str) -> Vec<&'a Operation> {
    matrix.operations().iter().filter(|o| o.requirement.scopes.iter().any(|s| s.as_str() == scope)).collect()
}

/// Every permission that an operation lists.
pub fn permissions_of(matrix: &Matrix) -> BTreeSet<&str> {
    matrix.operations().iter().flat_map(|o| &o.requirement.permissions).map(|p| p.as_str()).collect()
}

/// Every scope that an operation lists.
pub fn scopes_of(matrix: &Matrix) -> BTreeSet<&str> {
    matrix.operations().iter().flat_map(|o| &o.requirement.scopes).map(|s| s.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::bundled;

    fn found(text: &str) -> Vec<(Hit, String)> {
        search(bundled::matrix(), text).into_iter().map(|(hit, o)| (hit, o.endpoint.to_string())).collect()
    }

    #[test]
    fn concrete_path_finds_the_templates_that_answer_it() {
        let all = found("/api/v2/routing/queues/abc");
        assert!(all.contains(&(Hit::Resolved, "GET /api/v2/routing/queues/{queueId}".to_owned())), "{all:?}");
        assert_eq!(
            found("delete /routing/queues/abc"),
            [(Hit::Resolved, "DELETE /api/v2/routing/queues/{queueId}".to_owned())]
        );
    }

    #[test]
    fn fragment_permission_and_scope_are_found_in_any_case() {
        assert!(found("QUEUES/OBS").contains(&(Hit::Path, "POST /api/v2/analytics/queues/observations/query".into())));
        let by_permission = found("analytics:queueobservation:view");
        assert!(by_permission.iter().all(|(hit, _)| *hit == Hit::Permission) && !by_permission.is_empty());
        let by_scope = found("audits:readonly");
        assert!(by_scope.iter().all(|(hit, _)| *hit == Hit::Scope) && !by_scope.is_empty());
    }

    #[test]
    fn method_narrows_the_search() {
        let posts = found("POST observations");
        assert!(!posts.is_empty() && posts.iter().all(|(_, endpoint)| endpoint.starts_with("POST ")));
    }

    #[test]
    fn nothing_finds_nothing() {
        assert!(found("").is_empty() && found("  ").is_empty() && found("no such thing").is_empty());
        assert!(found("GET ").len() < 3400, "a bare method is searched as a text");
    }

    #[test]
    fn whole_names_are_found_exactly() {
        assert!(!with_permission(bundled::matrix(), "routing:queue:view").is_empty());
        assert!(with_permission(bundled::matrix(), "routing:queue").is_empty());
        assert!(!with_scope(bundled::matrix(), "analytics:readonly").is_empty());
        assert!(with_scope(bundled::matrix(), "analytics:read").is_empty());
    }
}
