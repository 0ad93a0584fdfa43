//! What a check is, and the words that checks share.

use std::collections::BTreeSet;

use super::evidence::{Evidence, OrgEvidence};
use super::finding::{Basis, Subject};
use super::parameters::Parameter;
use super::severity::Severity;
use rolecall_access::cross::rights::RoleRights;
use rolecall_access::cross::{Principal, PrincipalKind};
use rolecall_base::coverage::{Coverage, Listing, Seen};
use rolecall_base::oauth_client::OauthClient;
use rolecall_base::role::{PermissionPolicy, Role};

/// What there is to know about a check without running it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckMeta {
    /// Its id, `area.name`.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it looks for.
    pub what: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// How bad a finding is at first; a check may say more or less of a single one.
    pub severity: Severity,
    /// Where this is known from.
    pub reference: &'static str,
    /// What else its documentation says, in Markdown: how the severity is weighed, what another check reports instead.
    pub notes: &'static str,
    /// What can be set of it in the configuration.
    pub parameters: &'static [Parameter],
    /// Whether it reports events of one run: such a finding is never resolved, it passes.
    pub is_event: bool,
    /// What must have been read completely for what it does not find to be gone.
    pub reads: Reads,
    /// Whether what it finds follows from what the matrix says operations require.
    pub rests_on_matrix: bool,
}

impl CheckMeta {
    /// A check without texts, to be filled in: it reads everything, has nothing to set, and does not ask the matrix.
    pub const PLAIN: Self = Self {
        id: "",
        title: "",
        what: "",
        why: "",
        remedy: "",
        severity: Severity::Info,
        reference: "",
        notes: "",
        parameters: &[],
        is_event: false,
        reads: Reads::Everything,
        rests_on_matrix: false,
    };
}

/// What must have been read completely for what a check does not find to be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Whether an org was read is itself the question: any night that asked the org answers it.
    Nothing,
    /// The org, and of it these lists; of the orgs that a finding names beside it the same. Whoever reads any list
    /// reads [`Listing::OwnGrants`] too: without it, lists may have been cut short without an error.
    Lists(&'static [Listing]),
    /// Every list of every org of the night.
    Everything,
}

/// The lists that verdicts rest on.
pub const VERDICTS: &[Listing] = &Listing::VERDICTS;

/// The lists that verdicts and observed use rest on.
pub const VERDICTS_AND_USAGE: &[Listing] = &[
    Listing::OwnGrants,
    Listing::OauthClients,
    Listing::Roles,
    Listing::RoleGrants,
    Listing::Permissions,
    Listing::Divisions,
    Listing::Users,
    Listing::Groups,
    Listing::GroupMembers,
    Listing::Policies,
    Listing::Usage,
];

/// The lists that excess rests on: these, and the age of grants.
pub const EXCESS: &[Listing] = &[
    Listing::OwnGrants,
    Listing::OauthClients,
    Listing::Roles,
    Listing::RoleGrants,
    Listing::GrantDates,
    Listing::Permissions,
    Listing::Divisions,
    Listing::Users,
    Listing::Groups,
    Listing::GroupMembers,
    Listing::Usage,
];

/// A finding as a check reports it, before it has an id and a history.
#[derive(Clone, Debug)]
pub struct Found {
    /// How bad it is.
    pub severity: Severity,
    /// The org's name; empty where it is about no single org.
    pub org: String,
    /// What it is about.
    pub subject: Subject,
    /// What is wrong, in parts that stay the same for as long as the same thing is wrong.
    pub cause: BTreeSet<String>,
    /// The finding in one line.
    pub title: String,
    /// What was seen.
    pub detail: String,
    /// What to do.
    pub fix: String,
    /// The single facts behind it.
    pub facts: BTreeSet<String>,
    /// What it rests on.
    pub basis: Basis,
}

/// One question put to the evidence.
pub struct Check {
    /// What there is to know about it.
    pub meta: &'static CheckMeta,
    /// Adds what it finds, in any order.
    pub run: fn(&Evidence<'_>, &mut Vec<Found>),
}

/// A principal as the subject of a finding.
pub fn subject(principal: &Principal) -> Subject {
    Subject { kind: principal.kind.as_str(), id: principal.id.clone(), name: principal.name.clone() }
}

/// An OAuth client as the subject of a finding.
pub fn client_subject(client: &OauthClient) -> Subject {
    Subject { kind: PrincipalKind::OauthClient.as_str(), id: client.id.to_string(), name: client.name.clone() }
}

/// A client's name; its id where it has none.
pub fn client_name(client: &OauthClient) -> &str {
    if client.name.is_empty() { client.id.as_str() } else { &client.name }
}

/// A principal as titles and fixes name it: its kind, and its name in backticks.
pub fn label(principal: &Principal) -> String {
    format!("{} `{}`", principal.kind.nouns().0, name_of(principal))
}

/// The same, and whether it is the auditor's own client.
pub fn label_or_auditor(org: &OrgEvidence<'_>, principal: &Principal) -> String {
    if org.map.is_auditor(&principal.id) { format!("the auditor's {}", label(principal)) } else { label(principal) }
}

/// An OAuth client as titles and fixes name it.
pub fn client_label(client: &OauthClient) -> String {
    format!("{} `{}`", PrincipalKind::OauthClient.nouns().0, client_name(client))
}

/// The principal's name; its id where it has none.
pub fn name_of(principal: &Principal) -> &str {
    if principal.name.is_empty() { &principal.id } else { &principal.name }
}

/// A thing that has no id of its own, as the subject of a finding.
pub fn named(kind: &'static str, name: impl Into<String>) -> Subject {
    Subject { kind, id: String::new(), name: name.into() }
}

/// Whether nothing is missing of a list: it was read completely, or the configuration does not ask for it.
pub fn nothing_is_missing(coverage: &Coverage, listing: Listing) -> bool {
    matches!(coverage.seen(listing), Seen::Whole | Seen::NotAsked)
}

/// Whether it is known what a role permits, to the last permission: nothing of it is unread, and its wildcards reach into
/// a catalogue that was read completely.
pub fn is_spelt_out(org: &OrgEvidence<'_>, role: &Role, rights: &RoleRights) -> bool {
    let has_wildcard =
        || role.policies.iter().flat_map(PermissionPolicy::patterns).any(|pattern| pattern.is_wildcard());
    rights.possibly.is_clear() && (org.map.rights.catalogue_whole || !has_wildcard())
}

/// Certain where nothing is missing of any of these lists: for findings that would be reported for another subject, or by
/// another check, if more were read.
pub fn settled_by(coverage: &Coverage, lists: &[Listing]) -> Basis {
    Basis::settled_if(lists.iter().all(|list| nothing_is_missing(coverage, *list)))
}

/// The org's name in the configuration.
pub fn org_name(org: &OrgEvidence<'_>) -> String {
    org.map.snapshot.org.name.clone()
}

/// `1 thing`, `2 things`.
pub fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", plural(number, one, several))
}

/// The word for this number of things.
pub fn plural<'a>(number: usize, one: &'a str, several: &'a str) -> &'a str {
    if number == 1 { one } else { several }
}

/// Roles by name, after the word: `role `Admin``, `roles `A`, `B` and 3 more`.
pub fn named_roles<S: AsRef<str>>(roles: &BTreeSet<S>) -> String {
    format!("{} {}", plural(roles.len(), "role", "roles"), names(roles.iter().map(AsRef::as_ref), 5))
}

/// What to do where the auditor's own client holds too much.
pub fn auditor_fix(auditor: &Principal, org: &OrgEvidence<'_>) -> String {
    format!("replace {}, the auditor of {}, by a client that can only read", label(auditor), org_name(org))
}

/// Names in backticks, joined; of many the first ones and how many more.
pub fn names<'a>(names: impl IntoIterator<Item = &'a str>, most: usize) -> String {
    let all: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let more = all.len().saturating_sub(most);
    let shown = all.into_iter().take(most).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
