//! A snapshot: one org, one night, sorted, with the record of what could not be read.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::app::{App, AppKind};
use super::audit::AuditEntry;
use super::catalogue::CataloguePermission;
use super::coverage::{Coverage, Listing};
use super::division::Division;
use super::grant::Grant;
use super::group::{Group, GroupMembers};
use super::oauth_client::OauthClient;
use super::org::Org;
use super::policy::AccessPolicy;
use super::regions::is_platform_uri;
use super::role::Role;
use super::trustee::Trustee;
use super::usage::Usage;
use super::user::User;

/// How the collection went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CollectionRecord {
    /// When it began.
    pub started: Option<Timestamp>,
    /// Seconds it took.
    pub seconds: f64,
    /// Calls that the plan needed, from what the answers showed.
    pub calls_needed: u64,
    /// Calls made, retries and token requests included.
    pub calls_made: u64,
    /// Calls that were made again after a failure.
    pub retries: u64,
    /// Answers 429.
    pub rate_limited: u64,
    /// Tokens obtained.
    pub tokens: u64,
    /// Things worth knowing that cost no data, in words for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A matrix that travels with the snapshot: the org's own document, reduced to facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CarriedMatrix {
    /// Where it came from, in words for people.
    pub origin: String,
    /// The table itself, in the columns of `endpoints.csv`.
    pub csv: String,
}

/// Everything that was read from one org.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Snapshot {
    /// Which org.
    pub org: Org,
    /// The time the run is dated from: the run's clock, or `--as-of`.
    pub as_of: Timestamp,
    /// The program that read it, for example `rolecall 0.1.0`.
    pub collected_by: String,
    /// How the collection went.
    pub collection: CollectionRecord,
    /// What was read and what was not.
    pub coverage: Coverage,
    /// Divisions.
    pub divisions: Vec<Division>,
    /// The permission catalogue.
    pub permissions: Vec<CataloguePermission>,
    /// Roles.
    pub roles: Vec<Role>,
    /// OAuth clients.
    pub oauth_clients: Vec<OauthClient>,
    /// Authorizations of third-party and built-in apps, where the configuration asks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<App>,
    /// Users: the service users, or all of them where the configuration says so.
    pub users: Vec<User>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Members of the groups that carry grants or name service users.
    pub group_members: GroupMembers,
    /// Direct grants.
    pub grants: Vec<Grant>,
    /// Access policies.
    pub policies: Vec<AccessPolicy>,
    /// Trusted orgs.
    pub trustees: Vec<Trustee>,
    /// Observed usage; `None` when it was not asked for or not read at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The audit log over the days that were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audit: Vec<AuditEntry>,
    /// The org's own matrix, where the configuration asked for it and it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<CarriedMatrix>,
    /// Why `matrix` is not there or not fresh, in words for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matrix_notes: Vec<String>,
}

impl Snapshot {
    /// Puts every list in its one order, whatever order the answers came in.
    pub fn sort(&mut self) {
        self.divisions.sort();
        self.permissions.sort();
        self.permissions.dedup_by(|a, b| a.permission == b.permission);
        self.roles.sort();
        self.oauth_clients.sort();
        self.apps.sort();
        self.users.sort();
        self.groups.sort();
        self.grants.sort();
        self.policies.sort();
        self.trustees.sort();
        self.audit.sort();
        for members in self.group_members.values_mut() {
            members.sort();
            members.dedup();
        }
        if let Some(usage) = &mut self.usage {
            usage.rows.sort();
        }
        for record in self.coverage.listings.values_mut() {
            record.unread.sort();
            record.unread.dedup();
        }
    }
}

impl App {
    /// Whose client it is for.
    pub fn kind(&self, snapshot: &Snapshot) -> AppKind {
        if snapshot.oauth_clients.iter().any(|client| client.id == self.client) {
            AppKind::Own
        } else if !self.redirect_uris.is_empty() && self.redirect_uris.iter().all(|uri| is_platform_uri(uri)) {
            AppKind::BuiltIn
        } else if snapshot.coverage.is_whole(Listing::OauthClients) {
            AppKind::ThirdParty
        } else {
            AppKind::Unknown
        }
    }
}
