//! Whether the matrix knows what the needs ask for.
//!
//! Whether the principals exist is not asked here: that needs an org.

use std::collections::BTreeMap;

use super::Need;
use crate::names::{self, WordForId};
use crate::{Endpoint, Matrix, nearest};

/// What kind of remark it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemarkKind {
    /// The path is there, the method is not.
    MethodNotInMatrix,
    /// The endpoint does not exist.
    EndpointNotInMatrix,
    /// The path is written as called; the template is meant.
    ConcretePath,
    /// An earlier row says the same.
    Duplicate,
    /// The permission that the call is said to need is asked for by no operation.
    PermissionNotInMatrix,
    /// The scope that the call is said to need is listed by no operation.
    ScopeNotInMatrix,
}

impl RemarkKind {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MethodNotInMatrix => "method-not-in-matrix",
            Self::EndpointNotInMatrix => "endpoint-not-in-matrix",
            Self::ConcretePath => "concrete-path",
            Self::Duplicate => "duplicate",
            Self::PermissionNotInMatrix => "permission-not-in-matrix",
            Self::ScopeNotInMatrix => "scope-not-in-matrix",
        }
    }

    /// Whether the need cannot be judged as it stands.
    pub fn is_error(self) -> bool {
        matches!(self, Self::MethodNotInMatrix | Self::EndpointNotInMatrix)
    }
}

/// Something to say about a need.
#[derive(Clone, Debug)]
pub struct Remark<'a> {
    /// The need.
    pub need: &'a Need,
    /// What kind.
    pub kind: RemarkKind,
    /// In words.
    pub text: String,
    /// What may have been meant, best first.
    pub nearest: Vec<Endpoint>,
}

/// Holds needs against a matrix; remarks come in the order of the needs.
pub fn lint<'a>(needs: &'a [Need], matrix: &Matrix) -> Vec<Remark<'a>> {
    let mut remarks = Vec::new();
    let mut seen: BTreeMap<_, &Need> = BTreeMap::new();
    for need in needs {
        let mut note = |kind, text, nearest| remarks.push(Remark { need, kind, text, nearest });
        let asked = &need.endpoint;
        let found = matrix.resolve(asked).map(|(_, operation)| &operation.endpoint);
        match found {
            Some(template) if template == asked => {}
            Some(template) => {
                note(RemarkKind::ConcretePath, format!("`{asked}` is read as `{template}`"), vec![template.clone()]);
            }
            None => {
                let methods = matrix.methods_of(asked);
                let near = if methods.is_empty() {
                    nearest::endpoints(matrix, asked, 3).into_iter().map(|o| o.endpoint.clone()).collect()
                } else {
                    let with = |method: &_| Endpoint { method: *method, path: asked.path.clone() };
                    let resolved = |e: Endpoint| matrix.resolve(&e).map(|(_, operation)| operation.endpoint.clone());
                    methods.iter().map(with).filter_map(resolved).collect::<Vec<_>>()
                };
                let (kind, mut text) = if methods.is_empty() {
                    (RemarkKind::EndpointNotInMatrix, format!("`{asked}` is not in the matrix"))
                } else {
                    (RemarkKind::MethodNotInMatrix, format!("`{}` has no {}", asked.path, asked.method))
                };
                if let Some(says) = nearest::login_host(asked) {
                    text.push_str(&format!("; {says}"));
                } else if let Some(word) = WordForId::of(matrix, asked) {
                    text = format!("{text}: {}", word.says());
                } else if !near.is_empty() {
                    let list: Vec<String> = near.iter().map(|endpoint| format!("`{endpoint}`")).collect();
                    let lead = if methods.is_empty() { "nearest" } else { "there is" };
                    text.push_str(&format!("; {lead}: {}", list.join(", ")));
                }
                note(kind, text, near);
            }
        }
        for name in need.claims.permissions.iter().filter(|name| !name.contains('*')) {
            if names::permission(matrix, name).is_none() {
                let near = names::near_permissions(matrix, name, 3);
                note(RemarkKind::PermissionNotInMatrix, not_asked_for("permission", name, &near), Vec::new());
            }
        }
        for name in &need.claims.scopes {
            if names::scope(matrix, name).is_none() {
                let near = nearest::scopes(matrix, name, 3);
                note(RemarkKind::ScopeNotInMatrix, not_asked_for("scope", name, &near), Vec::new());
            }
        }
        let key = (&need.principal, found.unwrap_or(asked).clone(), &need.division, &need.org);
        if let Some(first) = seen.get(&key) {
            let text = format!("says the same as {}:{}", first.file.display(), first.line);
            note(RemarkKind::Duplicate, text, Vec::new());
        } else {
            seen.insert(key, need);
        }
    }
    remarks
}

fn not_asked_for(kind: &str, name: &str, near: &[&str]) -> String {
    let list: Vec<String> = near.iter().map(|one| format!("`{one}`")).collect();
    let near = if list.is_empty() { String::new() } else { format!("; nearest: {}", list.join(", ")) };
    format!("no operation asks for the {kind} `{name}`{near}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bundled;

    fn remarks(rows: &str) -> Vec<(RemarkKind, u64, String)> {
        let text = format!("principal,method,path,division,note,org\n{rows}");
        let needs = super::super::read(Path::new("n.csv"), text.as_bytes()).unwrap();
        lint(&needs, bundled::matrix()).into_iter().map(|r| (r.kind, r.need.line, r.text)).collect()
    }

    #[test]
    fn claimed_names_that_no_operation_asks_for_are_remarked() {
        let text = "principal,method,path,permission,scope\nx,GET,/routing/queues,routing:queues:view;routing:*:*,routing:queue:view routing\n";
        let needs = super::super::read(Path::new("n.csv"), text.as_bytes()).unwrap();
        let found: Vec<_> = lint(&needs, bundled::matrix()).into_iter().map(|r| (r.kind, r.text)).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(found[0].0, RemarkKind::PermissionNotInMatrix);
        assert!(found[0].1.contains("`routing:queue:view`"), "{}", found[0].1);
        assert_eq!(found[1].0, RemarkKind::ScopeNotInMatrix);
        assert!(found[1].1.contains("`routing`"), "{}", found[1].1);
    }

    #[test]
    fn known_template_is_not_remarked() {
        assert!(remarks("x,GET,/api/v2/routing/queues/{queueId},,,\nx,GET,/routing/queues,,,\n").is_empty());
    }

    #[test]
    fn each_kind_is_named_with_its_line_and_what_is_meant() {
        let found = remarks(
            "x,GET,/routing/queues/abc,,,\nx,GET,/analytics/queues/summary,,,\nx,DELETE,/routing/queues,,,\n\
             x,GET,/routing/queues/def,,again,\nx,GET,/routing/queues/{queueId},Sales,,\n",
        );
        let kinds: Vec<_> = found.iter().map(|(kind, line, _)| (*kind, *line)).collect();
        assert_eq!(
            kinds,
            [
                (RemarkKind::ConcretePath, 2),
                (RemarkKind::EndpointNotInMatrix, 3),
                (RemarkKind::MethodNotInMatrix, 4),
                (RemarkKind::ConcretePath, 5),
                (RemarkKind::Duplicate, 5),
            ]
        );
        assert!(found[0].2.contains("`GET /api/v2/routing/queues/{queueId}`"));
        assert!(found[1].2.contains("nearest: `POST /api/v2/analytics/queues/observations/query`"));
        assert!(found[2].2.contains("there is: `GET /api/v2/routing/queues`"));
        assert!(found[4].2.contains("n.csv:2"));
    }
}
