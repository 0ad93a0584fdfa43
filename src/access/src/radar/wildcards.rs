//! New permissions that fall under a wildcard somebody holds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{CoveringRole, NewPermission};
use crate::cross::AccessMap;
use rolecall_base::permission::Permission;
use rolecall_base::role::Role;
use rolecall_matrix::{Endpoint, Matrix};

/// Permissions that the old matrix asks for nowhere, the new one does, and a wildcard covers.
pub(super) fn new_permissions(before: &Matrix, after: &AccessMap<'_>) -> Vec<NewPermission> {
    let asked = |matrix: &Matrix| -> BTreeSet<Permission> {
        matrix.operations().iter().flat_map(|operation| operation.requirement.permissions.iter().cloned()).collect()
    };
    let old = asked(before);
    let mut new: BTreeMap<Permission, Vec<Endpoint>> = BTreeMap::new();
    for operation in after.matrix.operations() {
        for permission in operation.requirement.permissions.iter().filter(|one| !old.contains(*one)) {
            new.entry(permission.clone()).or_default().push(operation.endpoint.clone());
        }
    }
    if new.is_empty() {
        return Vec::new();
    }
    let holders = holders(after);
    let found = new.into_iter().filter_map(|(permission, operations)| {
        let mut roles: Vec<CoveringRole> = after
            .snapshot
            .roles
            .iter()
            .enumerate()
            .filter_map(|(at, role)| covering(role, holders.get(&at)?, &permission))
            .collect();
        roles.sort_by(|a, b| (&a.name, &a.role).cmp(&(&b.name, &b.role)));
        let number = after.rights.index.number(&permission);
        let in_catalogue = number.is_some_and(|number| after.rights.in_catalogue.contains(number));
        let listed = (in_catalogue || after.rights.catalogue_whole).then_some(in_catalogue);
        (!roles.is_empty()).then_some(NewPermission { permission, listed, operations, roles })
    });
    found.collect()
}

/// By position of the role: who holds it.
fn holders(map: &AccessMap<'_>) -> HashMap<usize, Vec<usize>> {
    let mut holders: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, principal) in map.principals().iter().enumerate() {
        let roles: BTreeSet<usize> = map.grants_of(principal).iter().filter_map(|grant| grant.role).collect();
        for role in roles {
            holders.entry(role).or_default().push(at);
        }
    }
    holders
}

fn covering(role: &Role, holders: &[usize], permission: &Permission) -> Option<CoveringRole> {
    let mut patterns = BTreeSet::new();
    let mut conditional = true;
    for policy in &role.policies {
        for pattern in policy.patterns().filter(|pattern| pattern.is_wildcard() && pattern.covers(permission)) {
            patterns.insert(pattern.to_string());
            conditional &= policy.is_conditional();
        }
    }
    (!patterns.is_empty()).then(|| CoveringRole {
        role: role.id.clone(),
        name: role.name.clone(),
        patterns: patterns.into_iter().collect(),
        conditional,
        holders: holders.to_vec(),
    })
}
