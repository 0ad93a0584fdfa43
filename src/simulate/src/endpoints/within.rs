//! Divisions and groups as other objects show them.

use serde_json::{Value, json};

use super::with_self;
use crate::org::{Object, SimOrg};

/// A division as objects show it: `Division`.
pub(super) fn division(org: &SimOrg, id: &str) -> Value {
    let name = org.division(id).map_or(id, |division| division.name.as_str());
    json!({"id": id, "name": name, "selfUri": format!("/api/v2/authorization/divisions/{id}")})
}

pub(super) fn group(group: &Object) -> Value {
    with_self(&group.value, &format!("/api/v2/groups/{}", group.id))
}
