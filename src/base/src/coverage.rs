//! What was read, what was not, and why: kept beside the data, so that absence is never taken for evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The lists that make up a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Listing {
    /// The org itself.
    Organization,
    /// The auditor's own grants, by which it proves its reach.
    OwnGrants,
    /// OAuth clients with their roles and scopes; unread parts may be keyed by the id of a client in the list, which then
    /// may hold more than was seen.
    OauthClients,
    /// From where the OAuth clients that were read may ask for tokens, where the platform's answer has a field for it; unread
    /// parts are keyed by client id. Decides no verdict.
    AllowedAddresses,
    /// Authorizations of third-party and built-in apps. Decides no verdict.
    ThirdPartyApps,
    /// Roles with their permissions; unread parts may be keyed by the id of a role in the list, which then may permit
    /// anything.
    Roles,
    /// Who holds which role; unread parts are keyed by role id, or by the id of the user, group or client whose grants
    /// are missing.
    RoleGrants,
    /// When grants were made; unread parts are keyed by division id. Decides no verdict.
    GrantDates,
    /// The permission catalogue.
    Permissions,
    /// Divisions.
    Divisions,
    /// Users.
    Users,
    /// Groups.
    Groups,
    /// Members of groups; unread parts are keyed by group id.
    GroupMembers,
    /// Access policies.
    Policies,
    /// Settings of roles and of the unused-permission analysis.
    Settings,
    /// Trusted orgs with their people; unread parts are keyed by org id.
    Trustees,
    /// Observed API usage.
    Usage,
    /// Who changed what, from the audit log.
    AuditLog,
}

impl Listing {
    /// Every listing, in the order of reports.
    pub const ALL: [Self; 18] = [
        Self::Organization,
        Self::OwnGrants,
        Self::OauthClients,
        Self::AllowedAddresses,
        Self::ThirdPartyApps,
        Self::Roles,
        Self::RoleGrants,
        Self::GrantDates,
        Self::Permissions,
        Self::Divisions,
        Self::Users,
        Self::Groups,
        Self::GroupMembers,
        Self::Policies,
        Self::Settings,
        Self::Trustees,
        Self::Usage,
        Self::AuditLog,
    ];

    /// The lists that verdicts rest on, in the order of reports.
    pub const VERDICTS: [Self; 10] = [
        Self::OwnGrants,
        Self::OauthClients,
        Self::Roles,
        Self::RoleGrants,
        Self::Permissions,
        Self::Divisions,
        Self::Users,
        Self::Groups,
        Self::GroupMembers,
        Self::Policies,
    ];

    /// Whether snapshots of this version were once written without a record of it.
    fn is_younger(self) -> bool {
        matches!(self, Self::AllowedAddresses | Self::ThirdPartyApps)
    }

    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::OwnGrants => "own grants",
            Self::OauthClients => "OAuth clients",
            Self::AllowedAddresses => "allowed addresses",
            Self::ThirdPartyApps => "third-party apps",
            Self::Roles => "roles",
            Self::RoleGrants => "role grants",
            Self::GrantDates => "grant dates",
            Self::Permissions => "permission catalogue",
            Self::Divisions => "divisions",
            Self::Users => "users",
            Self::Groups => "groups",
            Self::GroupMembers => "group members",
            Self::Policies => "access policies",
            Self::Settings => "settings",
            Self::Trustees => "trustees",
            Self::Usage => "API usage",
            Self::AuditLog => "audit log",
        }
    }

    /// Which verdicts cannot be trusted when this list was not read completely.
    pub fn affects(self) -> &'static str {
        match self {
            Self::Organization => "no verdict; the org's id and name are not known",
            Self::OwnGrants => "every denial: lists may have been cut short without an error",
            Self::OauthClients => "OAuth clients that were not listed have no verdict",
            Self::AllowedAddresses => "no verdict; from where some clients may log in is not known",
            Self::ThirdPartyApps => "no verdict; apps of others that may act here are not known",
            Self::Roles => "every denial: a role that was not read may grant what is missing",
            Self::RoleGrants => "denials of users and service users: an unread grant may give what is missing",
            Self::GrantDates => "no verdict; the age of some grants is not known",
            Self::Permissions => "denials under wildcards, and whether a division limits a permission",
            Self::Divisions => "no verdict; some divisions are shown by id",
            Self::Users => "users and service users that were not listed have no verdict",
            Self::Groups => "what users inherit: whether a group is active is not known, so its grants are not certain",
            Self::GroupMembers => "denials of users and service users: they may inherit from a group that was not read",
            Self::Policies => "everything allowed: a policy that was not read may deny it",
            Self::Settings => "no verdict; role backfill and usage analysis are not known",
            Self::Trustees => "no verdict; access by other orgs is not known",
            Self::Usage => "observed needs and excess: nothing may be called unused",
            Self::AuditLog => "no verdict; who made a change is not known",
        }
    }
}

/// How much of a list was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// All of it.
    Whole,
    /// Some of it: the unread parts say what is missing.
    Part,
    /// Nothing of it.
    Nothing,
    /// The configuration does not ask for it.
    NotAsked,
}

impl Seen {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Part => "in part",
            Self::Nothing => "not read",
            Self::NotAsked => "not asked for",
        }
    }
}

/// Something that was asked for and not obtained.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Unread {
    /// The id of the object whose part of the list is missing (a role, group, division, user or client); `None`
    /// when the missing part can hold anything. The id of an object that is not in the list shows that the list was cut
    /// short: then, too, anything can be missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Why, in words for people.
    pub why: String,
    /// What the auditor would need to hold to read it, where the platform's answer or the matrix names it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_permissions: Vec<String>,
}

/// The record of one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ListingRecord {
    /// How much was seen.
    pub seen: Seen,
    /// Items read.
    pub read: u64,
    /// Items the platform counts, where it states a count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<u64>,
    /// What is missing. Empty exactly when `seen` is `Whole` or `NotAsked`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// When it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<jiff::Timestamp>,
}

/// The completeness record of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Coverage {
    /// One record a list. A list without a record counts as not read.
    pub listings: BTreeMap<Listing, ListingRecord>,
}

impl Coverage {
    /// How much of a list was seen; a list without a record counts as not read, or, where snapshots were once written
    /// without it, as not asked for.
    pub fn seen(&self, listing: Listing) -> Seen {
        let without = if listing.is_younger() { Seen::NotAsked } else { Seen::Nothing };
        self.listings.get(&listing).map_or(without, |record| record.seen)
    }

    /// Whether a list was read to its end.
    pub fn is_whole(&self, listing: Listing) -> bool {
        self.seen(listing) == Seen::Whole
    }

    /// Whether nothing that was asked for is missing.
    pub fn is_complete(&self) -> bool {
        Listing::ALL.iter().all(|listing| matches!(self.seen(*listing), Seen::Whole | Seen::NotAsked))
    }

    /// The ids whose part of a list is missing, or `None` when the missing part can hold anything.
    /// An empty answer means that nothing is missing.
    pub fn unread_keys(&self, listing: Listing) -> Option<Vec<&str>> {
        match self.listings.get(&listing) {
            None => None,
            Some(record) => match record.seen {
                Seen::Whole => Some(Vec::new()),
                Seen::Nothing | Seen::NotAsked => None,
                Seen::Part if record.unread.is_empty() => None,
                Seen::Part => record.unread.iter().map(|unread| unread.of.as_deref()).collect(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(seen: Seen, unread: &[Option<&str>]) -> ListingRecord {
        ListingRecord {
            seen,
            read: 0,
            expected: None,
            unread: unread
                .iter()
                .map(|of| Unread { of: of.map(str::to_owned), why: String::new(), missing_permissions: Vec::new() })
                .collect(),
            read_at: None,
        }
    }

    #[test]
    fn list_without_a_record_counts_as_not_read() {
        let coverage = Coverage::default();
        assert_eq!(coverage.seen(Listing::Users), Seen::Nothing);
        assert_eq!(coverage.unread_keys(Listing::Users), None);
        assert!(!coverage.is_complete());
    }

    #[test]
    fn one_unkeyed_part_makes_the_whole_remainder_unknown() {
        let mut coverage = Coverage::default();
        coverage.listings.insert(Listing::RoleGrants, record(Seen::Part, &[Some("r1"), Some("r2")]));
        assert_eq!(coverage.unread_keys(Listing::RoleGrants), Some(vec!["r1", "r2"]));
        coverage.listings.insert(Listing::RoleGrants, record(Seen::Part, &[Some("r1"), None]));
        assert_eq!(coverage.unread_keys(Listing::RoleGrants), None);
    }
}
