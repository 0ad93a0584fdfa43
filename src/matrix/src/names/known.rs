//! Permissions and scopes of a matrix, however they are written.

use std::collections::BTreeMap;

use crate::nearest;
use crate::table::{Matrix, permissions_of, scopes_of};
use rolecall_base::label::{self, key};
use rolecall_base::named::trimmed;
use rolecall_base::permission::{Permission, PermissionPattern};

/// A permission that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// How it was read.
    pub name: String,
    /// What it may be, where several have its words.
    pub several: Vec<String>,
}

/// The permissions among `known` that a text names: a label, a pattern with `*`, words with blanks, any letter case.
///
/// # Errors
/// When one of them is not among the known ones.
pub fn permissions<'k>(known: impl IntoIterator<Item = &'k str>, text: &str) -> Result<Vec<&'k str>, Unknown> {
    let known: Vec<&str> = known.into_iter().collect();
    let exact = trimmed(text);
    if let Some(found) = known.iter().find(|name| **name == exact) {
        return Ok(vec![found]);
    }
    let mut by_key: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in &known {
        by_key.entry(parts_key(name)).or_default().push(name);
    }
    let mut found = Vec::new();
    for name in label::permissions(text) {
        let mut meant = meant(&known, &by_key, &name)?;
        meant.retain(|one| !found.contains(one));
        found.extend(meant);
    }
    if found.is_empty() { Err(Unknown { name: exact.to_owned(), several: Vec::new() }) } else { Ok(found) }
}

/// The one permission of a matrix that a text names; `None` where it names none or several.
pub fn permission<'m>(matrix: &'m Matrix, text: &str) -> Option<&'m str> {
    match permissions(permissions_of(matrix), text).as_deref() {
        Ok([one]) => Some(one),
        _ => None,
    }
}

/// The scope of a matrix that a text names.
pub fn scope<'m>(matrix: &'m Matrix, text: &str) -> Option<&'m str> {
    let known = scopes_of(matrix);
    let exact = trimmed(text);
    let asked = label::scope(text);
    let alike = |name: &&str| name.eq_ignore_ascii_case(&asked);
    known.get(exact).copied().or_else(|| known.iter().find(|name| alike(name)).copied())
}

/// The nearest permissions to a text, for "did you mean".
pub fn near_permissions<'m>(matrix: &'m Matrix, text: &str, limit: usize) -> Vec<&'m str> {
    let name = label::permissions(text).into_iter().next().unwrap_or_default();
    nearest::permissions(matrix, &name, limit)
}

fn meant<'k>(known: &[&'k str], by_key: &BTreeMap<String, Vec<&'k str>>, name: &str) -> Result<Vec<&'k str>, Unknown> {
    let unknown = |several: Vec<String>| Unknown { name: name.to_owned(), several };
    if name.contains('*') {
        let lower = name.to_lowercase();
        let mut parts = lower.split(':');
        let (Some(domain), Some(entity), Some(action), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(unknown(Vec::new()));
        };
        let pattern = PermissionPattern { domain, entity, action };
        let covered = known.iter().filter(|one| pattern.covers(&Permission::new(one.to_lowercase())));
        let covered: Vec<&str> = covered.copied().collect();
        return if covered.is_empty() { Err(unknown(Vec::new())) } else { Ok(covered) };
    }
    if let Some(exact) = known.iter().find(|one| **one == name) {
        return Ok(vec![exact]);
    }
    match by_key.get(&parts_key(name)).map(Vec::as_slice) {
        Some([one]) => return Ok(vec![one]),
        Some(several) => return Err(unknown(several.iter().map(|one| (*one).to_owned()).collect())),
        None => {}
    }
    // `Routing > Queue > All`, where no action is called so.
    if let Some(all) = name.strip_suffix(":all") {
        return meant(known, by_key, &format!("{all}:*")).map_err(|_| unknown(Vec::new()));
    }
    // `Routing Queue View`: where the parts end is not written.
    if name.contains(':') {
        return Err(unknown(Vec::new()));
    }
    let wanted = key(name);
    let joined: Vec<&str> = known.iter().filter(|one| !wanted.is_empty() && key(one) == wanted).copied().collect();
    match joined.as_slice() {
        [one] => Ok(vec![one]),
        several => Err(unknown(several.iter().map(|one| (*one).to_owned()).collect())),
    }
}

/// Letters and digits of each part, small.
fn parts_key(name: &str) -> String {
    name.split(':').map(key).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundled;

    #[test]
    fn permission_in_every_writing_is_found() {
        for text in [
            "routing:queue:view",
            "ROUTING:QUEUE:VIEW",
            "Routing > Queue > View",
            "Routing » Queue » View",
            "Routing → Queue → View",
            "routing.queue.view",
            "routing/queue/view",
            "Routing Queue View",
            "ROUTING_QUEUE_VIEW",
            "Routing > Queue > View permission",
            " `routing:queue:view` ",
        ] {
            assert_eq!(permission(bundled::matrix(), text), Some("routing:queue:view"), "{text}");
        }
        let spaced = permission(bundled::matrix(), "Analytics > Conversation Detail > View");
        assert_eq!(spaced, Some("analytics:conversationDetail:view"));
        let small = permission(bundled::matrix(), "analytics:conversationdetail:view");
        assert_eq!(small, Some("analytics:conversationDetail:view"));
    }

    #[test]
    fn several_actions_and_patterns_are_several_permissions() {
        let all = |text: &str| permissions(permissions_of(bundled::matrix()), text).unwrap();
        assert_eq!(all("Routing > Queue > Add, Delete"), ["routing:queue:add", "routing:queue:delete"]);
        for text in [
            "routing:queue:*",
            "Routing > Queue > *",
            "ROUTING:Queue:*",
            "Routing > Queue > All Permissions",
            "Routing > Queue > All",
        ] {
            let found = all(text);
            assert!(
                found.len() > 3 && found.iter().all(|name| name.starts_with("routing:queue:")),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn unknown_permission_is_named_as_it_was_read() {
        let unknown = permissions(permissions_of(bundled::matrix()), "Routing > Queues > Read").unwrap_err();
        assert_eq!(unknown.name, "routing:queues:read");
        assert!(permissions(permissions_of(bundled::matrix()), "nothing:at:*").is_err());
        assert!(permissions(permissions_of(bundled::matrix()), "").is_err());
    }

    #[test]
    fn scope_in_every_writing_is_found() {
        for text in
            ["analytics:readonly", "Analytics:ReadOnly", "oauth scope analytics:readonly", "`analytics:readonly`"]
        {
            assert_eq!(scope(bundled::matrix(), text), Some("analytics:readonly"), "{text}");
        }
        assert_eq!(scope(bundled::matrix(), "oauth"), Some("oauth"));
        assert_eq!(scope(bundled::matrix(), "analytics:read"), None);
    }
}
