//! One removal, and what an org is after it.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_base::grant::Reach;
use rolecall_base::id::{ClientId, GroupId, RoleId, UserId};
use rolecall_base::permission::Permission;
use rolecall_base::role::PermissionPolicy;
use rolecall_base::scope::Scope;
use rolecall_base::snapshot::Snapshot;

/// A removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Take a role in a division from a client, a user or a group.
    Revoke {
        /// The id of the client, user or group.
        subject: String,
        /// The role.
        role: RoleId,
        /// Where.
        reach: Reach,
    },
    /// Take a user out of a group.
    Leave {
        /// The user.
        user: UserId,
        /// The group.
        group: GroupId,
    },
    /// Take permissions out of a role.
    Narrow {
        /// The role.
        role: RoleId,
        /// What it loses.
        permissions: Vec<Permission>,
    },
    /// Take a scope from a client.
    DropScope {
        /// The client.
        client: ClientId,
        /// The scope.
        scope: Scope,
    },
}

impl Change {
    /// Makes the change in a snapshot.
    pub fn apply(&self, snapshot: &mut Snapshot) {
        match self {
            Self::Revoke { subject, role, reach } => {
                snapshot
                    .grants
                    .retain(|grant| grant.subject.as_str() != subject || grant.role != *role || grant.reach != *reach);
                for client in snapshot.oauth_clients.iter_mut().filter(|client| client.id.as_str() == subject) {
                    if let Some(own) = &mut client.role_divisions {
                        own.retain(|pair| pair.role != *role || pair.reach != *reach);
                    }
                }
            }
            Self::Leave { user, group } => {
                if let Some(members) = snapshot.group_members.get_mut(group) {
                    members.retain(|member| member != user);
                }
            }
            Self::Narrow { role, permissions } => {
                let gone: BTreeSet<&Permission> = permissions.iter().collect();
                let listed: Vec<Permission> = snapshot.permissions.iter().map(|one| one.permission.clone()).collect();
                for role in snapshot.roles.iter_mut().filter(|one| one.id == *role) {
                    role.general_permissions.retain(|one| !gone.contains(one));
                    role.policies = without(&role.policies, &gone, &listed);
                }
            }
            Self::DropScope { client, scope } => {
                for client in snapshot.oauth_clients.iter_mut().filter(|one| one.id == *client) {
                    if let Some(scopes) = &mut client.scopes {
                        scopes.retain(|one| one != scope);
                    }
                }
            }
        }
    }
}

/// Policies without these permissions. A wildcard that covers one of them is written out as what the catalogue lists
/// under it.
pub(super) fn without(
    policies: &[PermissionPolicy],
    gone: &BTreeSet<&Permission>,
    catalogue: &[Permission],
) -> Vec<PermissionPolicy> {
    let mut kept = Vec::new();
    for policy in policies {
        let touched = policy.patterns().any(|pattern| gone.iter().any(|permission| pattern.covers(permission)));
        if !touched {
            kept.push(policy.clone());
            continue;
        }
        let mut actions: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        for pattern in policy.patterns() {
            let mut keep = |domain: &str, entity: &str, action: &str| {
                let place = actions.entry((domain.to_owned(), entity.to_owned())).or_default();
                place.insert(action.to_owned());
            };
            if pattern.is_wildcard() {
                for permission in catalogue.iter().filter(|one| pattern.covers(one) && !gone.contains(one)) {
                    if let Some((domain, entity, action)) = permission.parts() {
                        keep(domain, entity, action);
                    }
                }
            } else if !gone.contains(&Permission::from_parts(pattern.domain, pattern.entity, pattern.action)) {
                keep(pattern.domain, pattern.entity, pattern.action);
            }
        }
        kept.extend(actions.into_iter().map(|((domain, entity), actions)| PermissionPolicy {
            domain,
            entity,
            actions: actions.into_iter().collect(),
            condition: policy.condition.clone(),
            named_resources: policy.named_resources.clone(),
        }));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcard_that_loses_one_action_is_written_out_and_others_stay_as_they_are() {
        let policy = |domain: &str, actions: &[&str]| PermissionPolicy {
            domain: domain.to_owned(),
            entity: "*".to_owned(),
            actions: actions.iter().map(|one| (*one).to_owned()).collect(),
            condition: Some("{}".to_owned()),
            named_resources: Vec::new(),
        };
        let catalogue = ["routing:queue:view", "routing:queue:edit", "routing:skill:view", "wfm:agent:view"];
        let catalogue: Vec<Permission> = catalogue.into_iter().map(Permission::new).collect();
        let gone = Permission::new("routing:queue:edit");
        let kept = without(&[policy("routing", &["*"]), policy("wfm", &["*"])], &BTreeSet::from([&gone]), &catalogue);
        let actions: Vec<String> =
            kept.iter().map(|one| format!("{}:{}:{:?}", one.domain, one.entity, one.actions)).collect();
        assert_eq!(actions, ["routing:queue:[\"view\"]", "routing:skill:[\"view\"]", "wfm:*:[\"*\"]"]);
        assert!(kept.iter().all(|one| one.condition.is_some()));
    }
}
