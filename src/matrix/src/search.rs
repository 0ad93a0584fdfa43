//! Which operations have to do with a text: part of a path, a permission, a scope, or a path as called.

use std::collections::BTreeSet;

use super::endpoint::Method;
use super::names::{self, Asked};
use super::operation::Operation;
use super::table::{Matrix, permissions_of};
use rolecall_base::named::trimmed;

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

/// The operations that have to do with `text`, in the order of the matrix. Letter case, hyphens and blanks do not matter:
/// `wrap-up code` finds `wrapupcodes`, `call forwarding` finds `callforwarding`. A method in front (`POST queues`) narrows
/// the search.
pub fn search<'a>(matrix: &'a Matrix, text: &str) -> Vec<(Hit, &'a Operation)> {
    let text = trimmed(text);
    let (method, text) = match text.split_once(char::is_whitespace) {
        Some((word, rest)) if word.parse::<Method>().is_ok() => (word.parse::<Method>().ok(), rest.trim()),
        _ => (None, text),
    };
    if text.is_empty() {
        return Vec::new();
    }
    let answering: BTreeSet<usize> = match Asked::read(text) {
        Ok(asked) => {
            let calls = asked.calls(matrix);
            calls.iter().filter_map(|call| matrix.resolve(call)).map(|(at, _)| at).collect()
        }
        Err(_) => BTreeSet::new(),
    };
    let wanted = Wanted::of(matrix, text);
    matrix
        .operations()
        .iter()
        .enumerate()
        .filter(|(_, operation)| method.is_none_or(|method| operation.endpoint.method == method))
        .filter_map(|(at, operation)| {
            let requirement = &operation.requirement;
            let hit = if answering.contains(&at) {
                Hit::Resolved
            } else if wanted.is_in_path(&operation.endpoint.path) {
                Hit::Path
            } else if requirement.permissions.iter().any(|permission| wanted.is_in_permission(permission.as_str())) {
                Hit::Permission
            } else if requirement.scopes.iter().any(|scope| wanted.is_in(scope.as_str())) {
                Hit::Scope
            } else {
                return None;
            };
            Some((hit, operation))
        })
        .collect()
}

/// A text in the forms in which it is looked for.
struct Wanted<'m> {
    /// Small, as it was written.
    text: String,
    /// The words of the text without hyphens and blanks, each with its singular; empty where signs such as `/` or `:`
    /// give the text a structure of its own.
    joined: Vec<String>,
    /// The permissions that a label names.
    permissions: Vec<&'m str>,
}

impl<'m> Wanted<'m> {
    fn of(matrix: &'m Matrix, text: &str) -> Self {
        let plain = text.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '-' | '_' | '\''));
        let whole = if plain { squeezed(text) } else { String::new() };
        let singular = whole.strip_suffix('s').filter(|stem| stem.len() > 3).map(str::to_owned);
        let joined = [Some(whole), singular].into_iter().flatten().filter(|text| !text.is_empty()).collect();
        let permissions =
            if plain { Vec::new() } else { names::permissions(permissions_of(matrix), text).unwrap_or_default() };
        Self { text: text.to_lowercase(), joined, permissions }
    }

    fn is_in(&self, name: &str) -> bool {
        name.to_lowercase().contains(&self.text) || self.is_squeezed_in(name)
    }

    fn is_squeezed_in(&self, name: &str) -> bool {
        !self.joined.is_empty() && {
            let name = squeezed(name);
            self.joined.iter().any(|wanted| name.contains(wanted))
        }
    }

    /// Words with blanks may run over several parts of a path, but no part of one word may come from two.
    fn is_in_path(&self, path: &str) -> bool {
        let literal = || path.split('/').skip(3).filter(|part| !part.starts_with('{'));
        path.to_lowercase().contains(&self.text)
            || literal().any(|part| self.is_squeezed_in(part))
            || (self.text.contains([' ', '-']) && self.is_squeezed_in(&literal().collect::<Vec<_>>().join(" ")))
    }

    fn is_in_permission(&self, permission: &str) -> bool {
        self.permissions.contains(&permission) || self.is_in(permission)
    }
}

/// Letters and digits alone, small.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundled;

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
    fn words_are_found_whatever_stands_between_them() {
        for (text, path) in [
            ("wrap-up code", "/api/v2/routing/wrapupcodes"),
            ("wrap up codes", "/api/v2/routing/wrapupcodes"),
            ("Wrapup Code", "/api/v2/routing/wrapupcodes"),
            ("WRAP_UP_CODE", "/api/v2/routing/wrapupcodes"),
            ("call forwarding", "/api/v2/users/{userId}/callforwarding"),
            ("Call-Forwarding", "/api/v2/users/{userId}/callforwarding"),
            ("callforwarding", "/api/v2/users/{userId}/callforwarding"),
            ("out of office", "/api/v2/users/{userId}/outofoffice"),
            ("data tables", "/api/v2/flows/datatables"),
            ("routing queues", "/api/v2/routing/queues"),
            ("oauth client", "/api/v2/oauth/clients"),
        ] {
            let all = found(text);
            assert!(all.iter().any(|(_, endpoint)| endpoint.ends_with(path)), "{text}: {}", all.len());
        }
        let labelled = found("Routing > Queue > View");
        assert!(labelled.contains(&(Hit::Permission, "GET /api/v2/routing/queues".to_owned())), "{}", labelled.len());
        assert_eq!(found("getRoutingQueues"), [(Hit::Resolved, "GET /api/v2/routing/queues".to_owned())]);
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
