//! `GET /api/v2/authorization/roles?userCount=false`: every role with what it permits.
//!
//! `userCount` defaults to true on the platform and is slow; nothing here needs it.

use serde::Deserialize;
use serde_json::Value;

use crate::pager::{Entry, List};
use crate::record::{self, because};
use crate::session::Session;
use rolecall_base::coverage::{Listing, ListingRecord};
use rolecall_base::id::RoleId;
use rolecall_base::permission::Permission;
use rolecall_base::role::{PermissionPolicy, Role};

use super::{PagedListing, Read, read_pages};

const PAGE_SIZE: u32 = 500;

/// A role as the platform writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Raw {
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    default_role_id: Option<String>,
    #[serde(default)]
    permissions: Option<Vec<String>>,
    #[serde(default)]
    unused_permissions: Option<Vec<String>>,
    #[serde(default)]
    permission_policies: Option<Vec<RawPolicy>>,
    #[serde(default)]
    default: Option<bool>,
    #[serde(default)]
    base: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPolicy {
    #[serde(default)]
    domain: Option<String>,
    #[serde(default)]
    entity_name: Option<String>,
    #[serde(default)]
    action_set: Option<Vec<String>>,
    #[serde(default)]
    named_resources: Option<Vec<String>>,
    #[serde(default)]
    resource_condition_node: Option<Value>,
}

impl Entry for Raw {
    fn key(&self) -> String {
        self.id.clone()
    }
}

impl PagedListing for Raw {
    type Item = Role;

    const LIST: List<'static> = List {
        listing: Listing::Roles,
        path: "/api/v2/authorization/roles",
        query: &[("userCount", "false")],
        page_size: Some(PAGE_SIZE),
    };

    const NEEDS: &'static [&'static str] = &["authorization:role:view"];

    fn item(self, record: &mut ListingRecord) -> Option<Role> {
        let (role, doubt) = role(self);
        if let Some(doubt) = doubt {
            record::miss(record, Some(role.id.as_str()), because(doubt));
        }
        Some(role)
    }
}

pub(crate) async fn read(session: &Session<'_>) -> Read<Vec<Role>> {
    read_pages::<Raw>(session).await
}

/// A role as the model has it, and why it may not be whole.
pub(super) fn role(raw: Raw) -> (Role, Option<String>) {
    let mut doubt = None;
    if raw.permission_policies.is_none() && raw.permissions.is_none() {
        doubt = Some("the role does not say what it permits".to_owned());
    }
    let mut policies = Vec::new();
    for policy in raw.permission_policies.unwrap_or_default() {
        match (policy.domain, policy.entity_name, policy.action_set) {
            (Some(domain), Some(entity), Some(mut actions)) => {
                actions.sort();
                actions.dedup();
                policies.push(PermissionPolicy {
                    domain,
                    entity,
                    actions,
                    condition: policy.resource_condition_node.as_ref().and_then(condition),
                    named_resources: policy.named_resources.unwrap_or_default(),
                });
            }
            (domain, entity, _) => {
                doubt = Some(format!(
                    "one of its permission policies is incomplete (domain `{}`, entity `{}`)",
                    domain.unwrap_or_default(),
                    entity.unwrap_or_default()
                ));
            }
        }
    }
    policies.sort();
    policies.dedup();
    let permissions = |texts: Vec<String>| {
        let mut permissions: Vec<Permission> = texts.into_iter().map(Permission::new).collect();
        permissions.sort();
        permissions.dedup();
        permissions
    };
    let role = Role {
        id: RoleId::new(raw.id),
        name: raw.name.unwrap_or_default(),
        description: raw.description.filter(|text| !text.is_empty()),
        default_role_id: raw.default_role_id.filter(|id| !id.is_empty()),
        is_default: raw.default,
        base: raw.base,
        policies,
        general_permissions: permissions(raw.permissions.unwrap_or_default()),
        unused_permissions: raw.unused_permissions.map(permissions),
    };
    (role, doubt)
}

/// A condition as canonical text: sorted keys, without what is null. An empty node is no condition.
fn condition(node: &Value) -> Option<String> {
    let node = without_nulls(node);
    let empty = match &node {
        Value::Object(fields) => fields.is_empty(),
        Value::Null => true,
        _ => false,
    };
    (!empty).then(|| node.to_string())
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name.clone(), without_nulls(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Role, Option<String>) {
        role(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn conditions_are_canonical_and_an_empty_one_is_none() {
        let with = |node: &str| {
            let text = format!(
                r#"{{"id":"r","permissionPolicies":[{{"domain":"routing","entityName":"queue","actionSet":["view"],"resourceConditionNode":{node}}}]}}"#
            );
            parse(&text).0.policies[0].condition.clone()
        };
        assert_eq!(with("null"), None);
        assert_eq!(with("{}"), None);
        assert_eq!(with(r#"{"operator":"EQ","conjunction":null,"a":1}"#), with(r#"{"a":1,"operator":"EQ"}"#));
        assert_eq!(with(r#"{"operator":"EQ"}"#).as_deref(), Some(r#"{"operator":"EQ"}"#));
    }

    #[test]
    fn role_that_does_not_say_what_it_permits_is_not_an_empty_role() {
        assert!(parse(r#"{"id":"r","name":"x"}"#).1.is_some());
        assert!(parse(r#"{"id":"r","permissionPolicies":null}"#).1.is_some());
        assert!(parse(r#"{"id":"r","permissionPolicies":[{"domain":"routing"}]}"#).1.is_some());
        assert!(parse(r#"{"id":"r","permissionPolicies":[]}"#).1.is_none());
        assert!(parse(r#"{"id":"r","permissions":["admin"]}"#).1.is_none());
    }
}
