//! One cell of the cross in the words of `access.csv`: what `who-can` and `can` print.

use serde::Serialize;

use rolecall_access::cross::{AccessMap, Principal, Reason};
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;
use rolecall_matrix::Match;

/// One cell, with the keys of `access.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The org.
    pub org: String,
    /// The kind of the principal.
    pub principal_kind: &'static str,
    /// Its id.
    pub principal_id: String,
    /// Its name.
    pub principal_name: String,
    /// The method.
    pub method: String,
    /// The path, as the matrix writes it.
    pub path: String,
    /// The verdict.
    pub verdict: &'static str,
    /// Its reasons, joined by `;`.
    pub reasons: String,
    /// What is missing: alternatives joined by `|`, else by `;`.
    pub missing_permissions: String,
    /// The scopes of which one is missing, joined by `;`.
    pub missing_scopes: String,
    /// Names of the divisions it is limited to, joined by `;`.
    pub divisions: String,
}

impl Cell {
    /// The keys, in the order of the columns.
    pub const KEYS: [&'static str; 11] = [
        "org",
        "principal_kind",
        "principal_id",
        "principal_name",
        "method",
        "path",
        "verdict",
        "reasons",
        "missing_permissions",
        "missing_scopes",
        "divisions",
    ];

    /// The cell of a principal and an operation (its position in the matrix).
    pub fn of(map: &AccessMap<'_>, principal: &Principal, operation: usize) -> Self {
        let answer = map.answer(principal, operation);
        let asked = map.matrix.operations().get(operation);
        let missing: Vec<&str> =
            map.missing_permissions(principal, operation, answer).into_iter().map(Permission::as_str).collect();
        let any = asked.is_some_and(|asked| asked.requirement.permissions_match == Match::Any);
        let scopes: Vec<&str> = asked
            .filter(|_| answer.reasons.has(Reason::MissingScope))
            .map(|asked| asked.requirement.scopes.iter().map(Scope::as_str).collect())
            .unwrap_or_default();
        let divisions: Vec<&str> =
            map.divisions(principal, operation, answer).into_iter().map(|id| map.division_name(id)).collect();
        Self {
            org: map.snapshot.org.name.clone(),
            principal_kind: principal.kind.as_str(),
            principal_id: principal.id.clone(),
            principal_name: principal.name.clone(),
            method: asked.map(|asked| asked.endpoint.method.to_string()).unwrap_or_default(),
            path: asked.map(|asked| asked.endpoint.path.to_string()).unwrap_or_default(),
            verdict: answer.verdict.as_str(),
            reasons: answer.reasons.to_string(),
            missing_permissions: missing.join(if any { "|" } else { ";" }),
            missing_scopes: scopes.join(";"),
            divisions: divisions.join(";"),
        }
    }

    /// The cells, in the order of the keys.
    pub fn texts(&self) -> [&str; 11] {
        [
            &self.org,
            self.principal_kind,
            &self.principal_id,
            &self.principal_name,
            &self.method,
            &self.path,
            self.verdict,
            &self.reasons,
            &self.missing_permissions,
            &self.missing_scopes,
            &self.divisions,
        ]
    }
}
