//! Permissions: `domain:entity:action`, and the patterns by which roles name many at once.

use std::sync::Arc;

/// A permission as published, case kept. Nearly all are `domain:entity:action`; a few legacy ones (`admin`) are one
/// word and live in a role's general permissions.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Permission(Arc<str>);

impl Permission {
    /// Takes the permission as written.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Arc::from(text.as_ref()))
    }

    /// Puts a permission together from its three parts.
    pub fn from_parts(domain: &str, entity: &str, action: &str) -> Self {
        Self(Arc::from(format!("{domain}:{entity}:{action}")))
    }

    /// The permission as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Domain, entity and action; `None` for the one-word legacy permissions.
    pub fn parts(&self) -> Option<(&str, &str, &str)> {
        let mut parts = self.0.split(':');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(domain), Some(entity), Some(action), None) => Some((domain, entity, action)),
            _ => None,
        }
    }

    /// Whether this is one of the one-word legacy permissions, which no catalogue lists.
    pub fn is_general(&self) -> bool {
        !self.0.contains(':')
    }
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A permission or a family of them: any of the three parts may be `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionPattern<'a> {
    /// Domain or `*`.
    pub domain: &'a str,
    /// Entity or `*`.
    pub entity: &'a str,
    /// Action or `*`.
    pub action: &'a str,
}

impl PermissionPattern<'_> {
    /// Whether any part is `*`.
    pub fn is_wildcard(&self) -> bool {
        self.domain == "*" || self.entity == "*" || self.action == "*"
    }

    /// Whether the pattern covers the permission. A one-word permission is never covered.
    pub fn covers(&self, permission: &Permission) -> bool {
        let meets = |pattern: &str, part: &str| pattern == "*" || pattern == part;
        permission.parts().is_some_and(|(domain, entity, action)| {
            meets(self.domain, domain) && meets(self.entity, entity) && meets(self.action, action)
        })
    }
}

impl std::fmt::Display for PermissionPattern<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.domain, self.entity, self.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_covers_only_what_every_part_meets() {
        let pattern = PermissionPattern { domain: "routing", entity: "*", action: "view" };
        assert!(pattern.covers(&Permission::new("routing:queue:view")));
        assert!(!pattern.covers(&Permission::new("routing:queue:edit")));
        assert!(!pattern.covers(&Permission::new("analytics:queueObservation:view")));
        assert!(!pattern.covers(&Permission::new("admin")));
    }

    #[test]
    fn one_word_and_four_word_texts_have_no_parts() {
        assert_eq!(Permission::new("admin").parts(), None);
        assert_eq!(Permission::new("a:b:c:d").parts(), None);
        assert_eq!(Permission::new("a:b:c").parts(), Some(("a", "b", "c")));
    }
}
