//! The snapshots of both sides, and what is looked up in them to say how the right becomes like the left.

use super::paste::plain;
use rolecall_base::id::DivisionId;
use rolecall_base::role::Role;
use rolecall_base::snapshot::Snapshot;

/// Both sides, for whatever has to be looked up.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// The left side, which is as it should be.
    pub left: &'a Snapshot,
    /// The right side, which is to be fixed.
    pub right: &'a Snapshot,
}

impl<'a> Sides<'a> {
    pub(super) fn to(&self) -> String {
        plain(&self.right.org.name)
    }

    /// The left side; where both are the same org, at another time, its name would say nothing.
    pub(super) fn from(&self) -> String {
        if self.left.org.name == self.right.org.name { "the left side".to_owned() } else { plain(&self.left.org.name) }
    }

    pub(super) fn left_role(&self, name: &str) -> Option<&'a Role> {
        self.left.roles.iter().find(|role| role.name == name)
    }

    /// The role of the right that is the left's role of this name.
    pub(super) fn right_role(&self, name: &str) -> Option<&'a Role> {
        let default = self.left_role(name).and_then(|role| role.default_role_id.as_ref());
        let by_default = default
            .and_then(|default| self.right.roles.iter().find(|role| role.default_role_id.as_ref() == Some(default)));
        by_default.or_else(|| self.right.roles.iter().find(|role| role.name == name))
    }

    /// The id, on the right, of the left's division of this name; `*` for all divisions.
    pub(super) fn right_division(&self, name: Option<&str>) -> String {
        let Some(name) = name else { return "*".to_owned() };
        let is_home = self.left.divisions.iter().any(|division| division.name == name && division.home);
        let found = self.right.divisions.iter().find(|division| (is_home && division.home) || division.name == name);
        found.map_or_else(|| format!("{{id of division {}}}", plain(name)), |division| division.id.to_string())
    }

    pub(super) fn left_division_name(&self, id: &DivisionId) -> Option<String> {
        self.left.divisions.iter().find(|division| division.id == *id).map(|division| division.name.clone())
    }
}
