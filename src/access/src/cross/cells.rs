//! The cells of `access.csv` that are put together: what is missing, and where a call is allowed. The report, `who-can`,
//! `can` and `explain` all print these.

use rolecall_base::id::DivisionId;
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;
use rolecall_matrix::{Match, Requirement};

use super::access::AccessMap;
use super::principal::Principal;
use super::reason::Reason;
use super::verdict::Answer;

/// All permissions of a requirement of which one is enough.
pub fn alternatives(requirement: &Requirement) -> String {
    requirement.permissions.iter().map(Permission::as_str).collect::<Vec<_>>().join("|")
}

/// The scopes of a requirement, of which one is enough.
pub fn scopes(requirement: &Requirement) -> String {
    requirement.scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(";")
}

/// The permissions that are missing: alternatives joined by `|`, others by `;`.
pub fn missing_permissions(map: &AccessMap<'_>, principal: &Principal, operation: usize, answer: Answer) -> String {
    let any = map.matrix.operations().get(operation).is_some_and(|one| one.requirement.permissions_match == Match::Any);
    let missing = map.missing_permissions(principal, operation, answer);
    missing.into_iter().map(Permission::as_str).collect::<Vec<_>>().join(if any { "|" } else { ";" })
}

/// The scopes of which one is missing.
pub fn missing_scopes(map: &AccessMap<'_>, operation: usize, answer: Answer) -> String {
    let asked = map.matrix.operations().get(operation).filter(|_| answer.reasons.has(Reason::MissingScope));
    asked.map(|asked| scopes(&asked.requirement)).unwrap_or_default()
}

/// Divisions by name, in the order of the cells: each with its id.
pub fn divisions<'m>(
    map: &'m AccessMap<'_>,
    ids: impl IntoIterator<Item = &'m DivisionId>,
) -> Vec<(&'m str, &'m DivisionId)> {
    let mut named: Vec<(&str, &DivisionId)> = ids.into_iter().map(|id| (map.division_name(id), id)).collect();
    named.sort();
    named
}

/// The names of divisions as one cell. A `;` within a name would look like two names: it becomes a comma.
pub fn division_names(named: &[(&str, &DivisionId)]) -> String {
    named.iter().map(|(name, _)| name.replace(';', ",")).collect::<Vec<_>>().join(";")
}

/// Their ids as one cell, in the same order.
pub fn division_ids(named: &[(&str, &DivisionId)]) -> String {
    named.iter().map(|(_, id)| id.as_str()).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cross::Verdict;
    use rolecall_testkit::World;

    #[test]
    fn divisions_stand_by_name_and_a_semicolon_in_a_name_is_no_separator() {
        let mut world = World::new();
        world.division("d1", "West; Sales").division("d2", "East").division("d3", "Other");
        world.role("r1", "Reader", &["routing:queue:view"]).client("c1", "Board", &[("r1", "d1"), ("r1", "d2")]);
        let matrix = rolecall_matrix::bundled::matrix();
        let map = AccessMap::of(&world.snapshot, matrix, None);
        let queues = "GET /api/v2/routing/queues".parse().unwrap();
        let (principal, operation) = (&map.principals()[0], matrix.get(&queues).unwrap().0);
        let answer = map.answer(principal, operation);
        assert_eq!(answer.verdict, Verdict::Partial);
        let named = divisions(&map, map.divisions(principal, operation, answer));
        assert_eq!(division_names(&named), "East;West, Sales");
        assert_eq!(division_ids(&named), "d2;d1");
    }
}
