//! The lists of an org: one file each, small enough to read beside the platform's own page about it.

pub mod allowed_addresses;
pub mod audit_log;
pub mod default_roles;
pub mod divisions;
pub mod grant_dates;
pub mod group_members;
pub mod groups;
pub mod oauth_clients;
pub mod organization;
pub mod own_grants;
pub mod permissions;
pub mod policies;
pub mod role_grants;
pub mod roles;
pub mod settings;
pub mod third_party_apps;
pub mod trustees;
pub mod usage;
pub mod usage_rows;
pub mod users;

use serde::Deserialize;

use rolecall_base::coverage::ListingRecord;

/// What was read of a list, with the record of what was not.
#[derive(Clone, Debug)]
pub struct Read<T> {
    /// What was read.
    pub data: T,
    /// How much of it that is.
    pub record: ListingRecord,
}

/// A reference of the platform to another object.
#[derive(Clone, Debug, Deserialize)]
struct Reference {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    name: Option<String>,
}
