//! One cell of the cross in the words of `access.csv`: what `who-can` and `can` print.

use serde::Serialize;

use rolecall_access::cross::{AccessMap, Principal, cells};

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
        let divisions = cells::divisions(map, map.divisions(principal, operation, answer));
        Self {
            org: map.snapshot.org.name.clone(),
            principal_kind: principal.kind.as_str(),
            principal_id: principal.id.clone(),
            principal_name: principal.name.clone(),
            method: asked.map(|asked| asked.endpoint.method.to_string()).unwrap_or_default(),
            path: asked.map(|asked| asked.endpoint.path.to_string()).unwrap_or_default(),
            verdict: answer.verdict.as_str(),
            reasons: answer.reasons.to_string(),
            missing_permissions: cells::missing_permissions(map, principal, operation, answer),
            missing_scopes: cells::missing_scopes(map, operation, answer),
            divisions: cells::division_names(&divisions),
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
