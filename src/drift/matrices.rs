//! Operations of which the two sides' matrices say different things.

use super::Side;
use super::change::{Change, DriftKind, Effect};
use crate::matrix::{Match, Operation};

/// Every operation that only one matrix knows, or that requires something else.
pub fn changes(left: Side<'_, '_>, right: Side<'_, '_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut add = |operation: &Operation, field: &str, from_value: String, to_value: String, effect: Effect| {
        let (kind, name) = (DriftKind::Endpoint, operation.endpoint.to_string());
        changes.push(Change {
            kind,
            name,
            field: field.to_owned(),
            from_value,
            to_value,
            effect,
            ..Change::new(DriftKind::Role, "", "", "", "", Effect::None)
        });
    };
    for one in left.map.matrix.operations() {
        match right.map.matrix.get(&one.endpoint) {
            None => add(one, "presence", "present".to_owned(), "absent".to_owned(), Effect::Narrows),
            Some((_, other)) => {
                if told(one) != told(other) {
                    add(one, "permissions", told(one), told(other), Effect::Unknown);
                }
                if scopes(one) != scopes(other) {
                    add(one, "scopes", scopes(one), scopes(other), Effect::Unknown);
                }
            }
        }
    }
    for other in right.map.matrix.operations() {
        if left.map.matrix.get(&other.endpoint).is_none() {
            add(other, "presence", "absent".to_owned(), "present".to_owned(), Effect::Widens);
        }
    }
    changes
}

fn told(operation: &Operation) -> String {
    let requirement = &operation.requirement;
    let mut names: Vec<&str> =
        requirement.permissions.iter().map(crate::model::permission::Permission::as_str).collect();
    names.sort_unstable();
    match requirement.permissions_match {
        Match::None | Match::Unknown => requirement.permissions_match.as_str().to_owned(),
        Match::Any | Match::All => format!("{} {}", requirement.permissions_match.as_str(), names.join(";")),
    }
}

fn scopes(operation: &Operation) -> String {
    let mut names: Vec<&str> = operation.requirement.scopes.iter().map(crate::model::scope::Scope::as_str).collect();
    names.sort_unstable();
    format!("{} {}", operation.requirement.scopes_known.as_str(), names.join(";"))
}
