//! Roles as sets of permissions: patterns expanded over the org's own catalogue.

use std::collections::{HashMap, HashSet};

use fixedbitset::FixedBitSet;

use rolecall_base::coverage::Listing;
use rolecall_base::permission::Permission;
use rolecall_base::role::Role;
use rolecall_base::snapshot::Snapshot;
use rolecall_matrix::Matrix;

/// Dense numbers for every permission that the matrix requires, the catalogue lists or a role names.
#[derive(Clone, Debug, Default)]
pub struct PermissionIndex {
    names: Vec<Permission>,
    numbers: HashMap<Permission, usize>,
}

impl PermissionIndex {
    fn add(&mut self, permission: &Permission) -> usize {
        if let Some(number) = self.numbers.get(permission) {
            return *number;
        }
        let number = self.names.len();
        self.names.push(permission.clone());
        self.numbers.insert(permission.clone(), number);
        number
    }

    /// The permission's number.
    pub fn number(&self, permission: &Permission) -> Option<usize> {
        self.numbers.get(permission).copied()
    }

    /// All permissions, by number.
    pub fn names(&self) -> &[Permission] {
        &self.names
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// What a role grants.
#[derive(Clone, Debug)]
pub struct RoleRights {
    /// Without a condition.
    pub always: FixedBitSet,
    /// Only under a condition or for named resources.
    pub under_condition: FixedBitSet,
    /// Possibly: a wildcard covers it, but the part of the catalogue that decides it was not read; or the role itself
    /// was not read completely.
    pub possibly: FixedBitSet,
}

/// The rights of every role, and what the catalogue says of every permission.
#[derive(Clone, Debug)]
pub struct Rights {
    /// The numbering.
    pub index: PermissionIndex,
    /// By position of the role in the snapshot.
    pub roles: Vec<RoleRights>,
    /// Permissions that the catalogue lists.
    pub in_catalogue: FixedBitSet,
    /// Permissions that the catalogue says no division limits.
    pub everywhere: FixedBitSet,
    /// Permissions of which the catalogue says whether a division limits them.
    pub awareness_known: FixedBitSet,
    /// Whether the catalogue was read completely.
    pub catalogue_whole: bool,
}

impl Rights {
    /// Expands every role of the snapshot.
    pub fn of(snapshot: &Snapshot, matrix: &Matrix) -> Self {
        let mut index = PermissionIndex::default();
        for operation in matrix.operations() {
            for permission in &operation.requirement.permissions {
                index.add(permission);
            }
        }
        for entry in &snapshot.permissions {
            index.add(&entry.permission);
        }
        for role in &snapshot.roles {
            for permission in &role.general_permissions {
                index.add(permission);
            }
            for policy in &role.policies {
                for pattern in policy.patterns().filter(|pattern| !pattern.is_wildcard()) {
                    index.add(&Permission::from_parts(pattern.domain, pattern.entity, pattern.action));
                }
            }
        }
        let size = index.len();
        let mut in_catalogue = FixedBitSet::with_capacity(size);
        let mut everywhere = FixedBitSet::with_capacity(size);
        let mut awareness_known = FixedBitSet::with_capacity(size);
        for entry in &snapshot.permissions {
            if let Some(number) = index.number(&entry.permission) {
                in_catalogue.insert(number);
                everywhere.set(number, entry.division_aware == Some(false));
                awareness_known.set(number, entry.division_aware.is_some());
            }
        }
        let catalogue_whole = snapshot.coverage.is_whole(Listing::Permissions);
        let by_domain = Families::of(&index);
        let open = snapshot.coverage.unread_keys(Listing::Roles).unwrap_or_default();
        let open: HashSet<&str> = open.into_iter().collect();
        let roles = snapshot
            .roles
            .iter()
            .map(|role| {
                let mut rights = expand(role, &index, &by_domain, &in_catalogue, catalogue_whole);
                if open.contains(role.id.as_str()) {
                    rights.possibly.insert_range(..);
                    rights.possibly.difference_with(&rights.always);
                }
                rights
            })
            .collect();
        Self { index, roles, in_catalogue, everywhere, awareness_known, catalogue_whole }
    }

    /// Whether it is certain that the org's catalogue lacks the permission. One-word permissions are never listed.
    pub fn is_absent(&self, permission: usize) -> bool {
        self.catalogue_whole
            && !self.in_catalogue.contains(permission)
            && self.index.names.get(permission).is_some_and(|name| !name.is_general())
    }
}

/// Permission numbers by domain, so that a wildcard looks only where it can match.
struct Families<'a>(HashMap<&'a str, Vec<usize>>);

impl<'a> Families<'a> {
    fn of(index: &'a PermissionIndex) -> Self {
        let mut families: HashMap<&str, Vec<usize>> = HashMap::new();
        for (number, name) in index.names.iter().enumerate() {
            if let Some((domain, _, _)) = name.parts() {
                families.entry(domain).or_default().push(number);
            }
        }
        Self(families)
    }

    fn candidates(&self, domain: &str) -> Box<dyn Iterator<Item = usize> + '_> {
        if domain == "*" {
            Box::new(self.0.values().flatten().copied())
        } else {
            Box::new(self.0.get(domain).into_iter().flatten().copied())
        }
    }
}

fn expand(
    role: &Role,
    index: &PermissionIndex,
    families: &Families<'_>,
    in_catalogue: &FixedBitSet,
    catalogue_whole: bool,
) -> RoleRights {
    let empty = FixedBitSet::with_capacity(index.len());
    let mut rights = RoleRights { always: empty.clone(), under_condition: empty.clone(), possibly: empty };
    for number in role.general_permissions.iter().filter_map(|permission| index.number(permission)) {
        rights.always.insert(number);
    }
    for policy in &role.policies {
        let target = if policy.is_conditional() { &mut rights.under_condition } else { &mut rights.always };
        for pattern in policy.patterns() {
            if pattern.is_wildcard() {
                for number in families.candidates(pattern.domain) {
                    if index.names.get(number).is_some_and(|name| pattern.covers(name)) {
                        if in_catalogue.contains(number) {
                            target.insert(number);
                        } else if !catalogue_whole {
                            rights.possibly.insert(number);
                        }
                    }
                }
            } else {
                let permission = Permission::from_parts(pattern.domain, pattern.entity, pattern.action);
                if let Some(number) = index.number(&permission) {
                    target.insert(number);
                }
            }
        }
    }
    rights.under_condition.difference_with(&rights.always);
    rights.possibly.difference_with(&rights.always);
    rights
}
