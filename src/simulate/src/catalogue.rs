//! Which permissions exist in a simulated org: those of the matrix, less some, and some that only the UI knows.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use rolecall_base::permission::{Permission, PermissionPattern};
use rolecall_matrix::bundled;

/// What the catalogue says of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flags {
    /// A division limits it.
    pub division_aware: bool,
    /// A role may hold it under a condition.
    pub allows_conditions: bool,
}

/// The org's permissions, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogue {
    permissions: BTreeMap<Permission, Flags>,
}

impl Catalogue {
    /// Makes the catalogue from the rules of `catalogue.json`: `missing`, `divisionAware` and `allowsConditions` are
    /// lists of patterns, `extra` is a list of permissions.
    pub(super) fn from_rules(rules: &Value) -> Result<Self, String> {
        let missing = patterns(rules, "missing")?;
        let aware = patterns(rules, "divisionAware")?;
        let conditions = patterns(rules, "allowsConditions")?;
        let extra: Vec<Permission> = texts(rules, "extra")?.into_iter().map(Permission::new).collect();
        if let Some(odd) = extra.iter().find(|permission| permission.parts().is_none()) {
            return Err(format!("`{odd}` in `extra` is not a permission; write domain:entity:action"));
        }
        let covered = |patterns: &[PermissionPattern<'_>], permission: &Permission| {
            patterns.iter().any(|pattern| pattern.covers(permission))
        };
        let mut permissions = BTreeMap::new();
        let published = bundled::matrix().operations().iter().flat_map(|operation| &operation.requirement.permissions);
        for permission in published.filter(|p| p.parts().is_some() && !covered(&missing, p)).chain(&extra) {
            let flags = Flags {
                division_aware: covered(&aware, permission),
                allows_conditions: covered(&conditions, permission),
            };
            permissions.insert(permission.clone(), flags);
        }
        Ok(Self { permissions })
    }

    /// Whether divisions limit the permission; what is not listed is limited like everything else.
    pub(crate) fn is_limited(&self, permission: &Permission) -> bool {
        self.permissions.get(permission).is_none_or(|flags| flags.division_aware)
    }

    /// Whether the permission exists here. One-word legacy permissions always do: no catalogue lists them.
    pub(super) fn has(&self, permission: &Permission) -> bool {
        permission.is_general() || self.permissions.contains_key(permission)
    }

    /// Every permission, in order.
    pub(super) fn permissions(&self) -> impl Iterator<Item = &Permission> {
        self.permissions.keys()
    }

    /// The platform's listing: one `DomainPermissionCollection` a domain.
    pub(super) fn collections(&self) -> Vec<Value> {
        let mut domains: BTreeMap<&str, BTreeMap<&str, Vec<Value>>> = BTreeMap::new();
        for (permission, flags) in &self.permissions {
            let Some((domain, entity, action)) = permission.parts() else { continue };
            domains.entry(domain).or_default().entry(entity).or_default().push(json!({
                "domain": domain,
                "entityType": entity,
                "action": action,
                "label": label(entity, action),
                "allowsConditions": flags.allows_conditions,
                "divisionAware": flags.division_aware,
            }));
        }
        domains
            .into_iter()
            .map(
                |(domain, entities)| json!({"id": domain, "name": domain, "domain": domain, "permissionMap": entities}),
            )
            .collect()
    }
}

/// `queueObservation`, `view` -> `Queue Observation > View`.
fn label(entity: &str, action: &str) -> String {
    let spaced = |word: &str| {
        let mut out = String::new();
        for (at, letter) in word.chars().enumerate() {
            if at == 0 {
                out.extend(letter.to_uppercase());
            } else {
                if letter.is_uppercase() {
                    out.push(' ');
                }
                out.push(letter);
            }
        }
        out
    };
    format!("{} > {}", spaced(entity), spaced(action))
}

fn texts<'v>(rules: &'v Value, field: &str) -> Result<Vec<&'v str>, String> {
    match rules.get(field) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().ok_or_else(|| format!("`{field}` holds something that is not text")))
            .collect(),
        Some(_) => Err(format!("`{field}` must be a list of texts")),
    }
}

fn patterns<'v>(rules: &'v Value, field: &str) -> Result<Vec<PermissionPattern<'v>>, String> {
    texts(rules, field)?
        .into_iter()
        .map(|text| {
            let mut parts = text.split(':');
            match (parts.next(), parts.next(), parts.next(), parts.next()) {
                (Some(domain), Some(entity), Some(action), None) => Ok(PermissionPattern { domain, entity, action }),
                _ => Err(format!("`{text}` in `{field}` is not a pattern; write domain:entity:action, parts may be *")),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_take_away_add_and_flag() {
        let rules = json!({
            "missing": ["wfm:*:*"],
            "extra": ["ui:supervisor:view"],
            "divisionAware": ["routing:queue:*"],
            "allowsConditions": ["routing:queue:view"],
        });
        let catalogue = Catalogue::from_rules(&rules).unwrap();
        assert!(catalogue.has(&Permission::new("ui:supervisor:view")));
        assert!(!catalogue.has(&Permission::new("wfm:agent:edit")));
        assert!(catalogue.has(&Permission::new("admin")));
        let flags = catalogue.permissions[&Permission::new("routing:queue:edit")];
        assert_eq!((flags.division_aware, flags.allows_conditions), (true, false));
        assert!(Catalogue::from_rules(&json!({"missing": ["wfm"]})).unwrap_err().contains("`wfm`"));
        assert_eq!(label("queueObservation", "view"), "Queue Observation > View");
    }
}
