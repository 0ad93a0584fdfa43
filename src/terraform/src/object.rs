//! What a source declares: one object each, with what an apply would do to it.

use super::meta::Ignored;
use super::node::{Node, Stated};

/// The types of the provider that permissions are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// `genesyscloud_auth_division`
    Division,
    /// `genesyscloud_auth_division_home`, which exists as a data source only.
    HomeDivision,
    /// `genesyscloud_auth_role`
    Role,
    /// `genesyscloud_group`
    Group,
    /// `genesyscloud_user`
    User,
    /// `genesyscloud_oauth_client`
    Client,
    /// `genesyscloud_user_roles`
    UserRoles,
    /// `genesyscloud_group_roles`
    GroupRoles,
}

impl Type {
    /// Every type, in the order in which an apply has to make them.
    pub const ALL: [Self; 8] = [
        Self::Division,
        Self::HomeDivision,
        Self::Role,
        Self::User,
        Self::Group,
        Self::Client,
        Self::UserRoles,
        Self::GroupRoles,
    ];

    /// The provider's name of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Division => "genesyscloud_auth_division",
            Self::HomeDivision => "genesyscloud_auth_division_home",
            Self::Role => "genesyscloud_auth_role",
            Self::Group => "genesyscloud_group",
            Self::User => "genesyscloud_user",
            Self::Client => "genesyscloud_oauth_client",
            Self::UserRoles => "genesyscloud_user_roles",
            Self::GroupRoles => "genesyscloud_group_roles",
        }
    }

    /// The type of this name; `None` for all that have nothing to do with permissions.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The attributes that are kept. Everything else is dropped while parsing, `client_secret` and `password` with it.
    pub(super) fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::Division => &["id", "name", "home"],
            Self::HomeDivision => &["id", "name"],
            Self::Role => &["id", "name", "description", "permissions", "permission_policies", "default_role_id"],
            Self::Group => &["id", "name", "member_ids", "roles_enabled"],
            Self::User => &["id", "name", "email", "state", "division_id"],
            Self::Client => &[
                "id",
                "name",
                "description",
                "authorized_grant_type",
                "access_token_validity_seconds",
                "registered_redirect_uris",
                "scopes",
                "roles",
                "state",
            ],
            Self::UserRoles => &["id", "user_id", "roles"],
            Self::GroupRoles => &["id", "group_id", "roles"],
        }
    }
}

/// What an apply does to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// A plan leaves it as it is.
    Keep,
    /// An export or a state declares it: made if it is not there, else brought into this form.
    Declare,
    /// A plan makes it.
    Create,
    /// A plan changes it.
    Update,
    /// A plan makes it anew, under a new id.
    Replace,
    /// A plan removes it.
    Delete,
    /// A plan stops managing it, and leaves it in the org.
    Forget,
    /// Looked up, never written: a data source.
    Read,
}

/// One object of a source. The attributes hold no secrets: see [`super`].
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Its address, for example `module.sales.genesyscloud_auth_role.reader["eu"]`.
    pub address: String,
    /// Its type.
    pub kind: Type,
    /// What happens to it.
    pub action: Action,
    /// The platform's id of it, where the source states it; of a replaced object the old one.
    pub id: Option<String>,
    /// Its attributes before, in plans.
    pub(super) before: Node,
    /// Its attributes afterwards; null where it is removed.
    pub(super) after: Node,
    /// What an apply leaves as it is.
    pub(super) ignored: Ignored,
}

impl Object {
    /// The attributes that say what it is: those afterwards, or those before where it is removed.
    pub(super) fn attributes(&self) -> &Node {
        if matches!(self.action, Action::Delete | Action::Forget) { &self.before } else { &self.after }
    }

    /// Its name, where it is known.
    pub fn name(&self) -> Option<&str> {
        self.attributes().get("name").text().known()
    }

    /// By what others in the source refer to it: its id where there is one, else its address.
    pub fn key(&self) -> &str {
        match (&self.id, self.action) {
            // What is made anew gets an id that nobody knows yet.
            (Some(id), action) if action != Action::Replace => id,
            _ => &self.address,
        }
    }

    /// What messages call it: its name with the address, or the address alone.
    pub(super) fn describe(&self) -> String {
        match self.attributes().get("name").text() {
            Stated::Is(name) => format!("{name} ({})", self.address),
            Stated::LeftOut | Stated::NotKnown(_) => self.address.clone(),
        }
    }
}
