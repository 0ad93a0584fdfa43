//! What the collector needs to know, filled in by the configuration.

use secrecy::SecretString;

/// Where an org is and how to get in.
#[derive(Clone, Debug)]
pub struct OrgTarget {
    /// The org's name in the configuration.
    pub name: String,
    /// Free text, for example `staging`.
    pub environment: String,
    /// Base of the API, without a trailing slash: `https://api.mypurecloud.ie`.
    pub api_url: String,
    /// Base of the login service, without a trailing slash: `https://login.mypurecloud.ie`.
    pub login_url: String,
    /// The auditor's own OAuth client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
}

/// Which users a snapshot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsersWanted {
    /// Only those that a rule makes service users.
    Service,
    /// All of them.
    All,
}

/// Which users are service users: any rule that matches. Globs ignore case.
#[derive(Clone, Debug, Default)]
pub struct ServiceUserRules {
    /// Globs over names.
    pub names: Vec<String>,
    /// Globs over e-mail addresses.
    pub emails: Vec<String>,
    /// Names of groups whose members are service users.
    pub groups: Vec<String>,
    /// User ids.
    pub ids: Vec<String>,
}

/// How to collect.
#[derive(Clone, Debug)]
pub struct CollectSettings {
    /// The user's own ceiling of requests a minute and token.
    pub requests_per_minute: u32,
    /// Which users to keep.
    pub users: UsersWanted,
    /// Which users are service users.
    pub service_users: ServiceUserRules,
    /// Days of API usage to read; 0 reads none.
    pub observed_days: u32,
    /// Whether to read when grants were made (one listing a division).
    pub grant_dates: bool,
    /// Whether to compare the default roles with the platform's (one call a default role).
    pub default_roles: bool,
    /// Whether to read the authorizations of third-party apps, whose permission can also approve apps.
    pub third_party_apps: bool,
    /// Days of the audit log to read; 0 reads none.
    pub audit_days: u32,
}
