//! One section a role: what it permits and who holds it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::night::Night;
use super::principals::division;
use super::sections::Sections;
use super::words::{self, Capped};
use rolecall_base::coverage::Listing;
use rolecall_base::grant::{Reach, SubjectKind};
use rolecall_base::oauth_client::GrantType;
use rolecall_base::role::{PermissionPolicy, Role};
use rolecall_findings::evidence::OrgEvidence;

/// Lines of one role that are shown.
const POLICIES_SHOWN: usize = 12;
/// Permissions of one role that are shown.
const PERMISSIONS_SHOWN: usize = 12;
/// Holders of one role that are shown.
const HOLDERS_SHOWN: usize = 6;

/// A role's section.
#[derive(Serialize)]
pub struct RoleSection {
    /// The org.
    pub org: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub anchor: String,
    /// `default` or `custom`.
    pub kind: &'static str,
    /// What its owners wrote about it.
    pub description: String,
    /// What it permits, as it is written.
    pub policies: Capped<PolicyRow>,
    /// What it permits without a condition, expanded.
    pub always: Capped<String>,
    /// What it permits under a condition, expanded.
    pub under_condition: Capped<String>,
    /// How many more it may permit, which the unread part of the catalogue would tell.
    pub possibly: usize,
    /// Who holds it.
    pub holders: Capped<HolderRow>,
    /// Whether everybody who holds it is known.
    pub holders_known: bool,
}

/// One line of a role.
#[derive(Serialize)]
pub struct PolicyRow {
    /// The pattern.
    pub pattern: String,
    /// Under which condition; empty: always.
    pub condition: String,
}

/// A holder of a role.
#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct HolderRow {
    /// What it is.
    pub kind: &'static str,
    /// Its name; its id where no list states its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Where.
    pub division: String,
    /// The address of its section, where it has one.
    pub link: Option<String>,
    /// What to know about it; usually empty.
    pub note: &'static str,
}

/// The sections of the roles.
pub fn of(night: &Night<'_>, sections: &Sections) -> Vec<RoleSection> {
    sections
        .roles
        .iter()
        .filter_map(|(at, number)| {
            let org = night.orgs.get(*at)?;
            Some(section(org, sections, *number, org.map.snapshot.roles.get(*number)?))
        })
        .collect()
}

fn section(org: &OrgEvidence<'_>, sections: &Sections, number: usize, role: &Role) -> RoleSection {
    let rights = org.map.rights.roles.get(number);
    let names = |numbers: Option<&fixedbitset::FixedBitSet>| {
        let all = org.map.rights.index.names();
        let mut names: Vec<String> = numbers
            .into_iter()
            .flat_map(|set| set.ones())
            .filter_map(|n| all.get(n))
            .map(ToString::to_string)
            .collect();
        names.sort();
        Capped::of(names, PERMISSIONS_SHOWN, |name| name)
    };
    let general = role.general_permissions.iter().map(|one| (one.to_string(), String::new()));
    let lines = role.policies.iter().map(line).chain(general);
    RoleSection {
        org: org.map.snapshot.org.name.clone(),
        id: role.id.to_string(),
        name: role.name.clone(),
        anchor: words::role_anchor(&org.map.snapshot.org.name, role.id.as_str()),
        kind: role.kind(),
        description: role.description.clone().unwrap_or_default(),
        policies: Capped::of(lines, POLICIES_SHOWN, |(pattern, condition)| PolicyRow { pattern, condition }),
        always: names(rights.map(|rights| &rights.always)),
        under_condition: names(rights.map(|rights| &rights.under_condition)),
        possibly: rights.map_or(0, |rights| rights.possibly.count_ones(..)),
        holders: Capped::of(holders(org, sections, role), HOLDERS_SHOWN, |holder| holder),
        holders_known: [Listing::RoleGrants, Listing::OauthClients, Listing::OwnGrants]
            .into_iter()
            .all(|listing| org.map.snapshot.coverage.is_whole(listing)),
    }
}

fn line(policy: &PermissionPolicy) -> (String, String) {
    let pattern = format!("{}:{}:{}", policy.domain, policy.entity, policy.actions.join(", "));
    let mut condition = policy.condition.clone().unwrap_or_default();
    if !policy.named_resources.is_empty() {
        if !condition.is_empty() {
            condition.push_str("; ");
        }
        condition.push_str("only for ");
        condition.push_str(&policy.named_resources.join(", "));
    }
    (pattern, condition)
}

/// Everybody to whom the role was granted directly, whichever list shows it.
pub fn holders(org: &OrgEvidence<'_>, sections: &Sections, role: &Role) -> BTreeSet<HolderRow> {
    let snapshot = org.map.snapshot;
    let granted = snapshot
        .grants
        .iter()
        .filter(|grant| grant.role == role.id)
        .map(|grant| (grant.subject_kind, grant.subject.as_str(), grant.subject_name.as_deref(), &grant.reach));
    let listed = snapshot.oauth_clients.iter().flat_map(|client| {
        let mine = client.role_divisions.iter().flatten().filter(|pair| pair.role == role.id);
        mine.map(|pair| (SubjectKind::OauthClient, client.id.as_str(), Some(client.name.as_str()), &pair.reach))
    });
    granted.chain(listed).map(|(kind, id, name, reach)| holder(org, sections, kind, id, name, reach)).collect()
}

fn holder(
    org: &OrgEvidence<'_>,
    sections: &Sections,
    kind: SubjectKind,
    id: &str,
    reported: Option<&str>,
    reach: &Reach,
) -> HolderRow {
    let snapshot = org.map.snapshot;
    let client = snapshot.oauth_clients.iter().find(|client| client.id.as_str() == id);
    let user = snapshot.users.iter().find(|user| user.id.as_str() == id);
    let group = snapshot.groups.iter().find(|group| group.id.as_str() == id);
    let known = client
        .map(|client| client.name.as_str())
        .or(user.map(|user| user.name.as_str()))
        .or(group.map(|group| group.name.as_str()))
        .or(reported)
        .filter(|name| !name.is_empty());
    HolderRow {
        kind: match (kind, client, user, group) {
            (SubjectKind::OauthClient, ..) | (SubjectKind::Unknown, Some(_), ..) => "OAuth client",
            (SubjectKind::User | SubjectKind::Unknown, _, Some(user), _) if user.is_service() => "service user",
            (SubjectKind::User, ..) | (SubjectKind::Unknown, _, Some(_), _) => "user",
            (SubjectKind::Group, ..) | (SubjectKind::Unknown, _, _, Some(_)) => "group",
            (SubjectKind::TrusteeUser, ..) => "user of another org",
            (SubjectKind::TrusteeGroup, ..) => "group of another org",
            (SubjectKind::Unknown, None, None, None) => "not known",
        },
        name: known.unwrap_or(id).to_owned(),
        id: id.to_owned(),
        division: division(org, reach),
        link: sections.principal_link(&snapshot.org.name, id),
        note: match client {
            Some(client) if client.grant_type != GrantType::ClientCredentials => {
                "no effect: it acts for users, so its own roles decide nothing"
            }
            _ => "",
        },
    }
}
