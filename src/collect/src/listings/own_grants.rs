//! `GET /api/v2/authorization/subjects/me`: the auditor's own grants, by which it proves its reach.

use serde::Deserialize;

use crate::failure::Failure;
use crate::session::Session;
use rolecall_base::coverage::Listing;
use rolecall_base::grant::Reach;
use rolecall_base::id::RoleId;
use rolecall_base::role::PermissionPolicy;

use super::Reference;

/// A grant of the auditor itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnGrant {
    /// The role.
    pub role: RoleId,
    /// Where.
    pub reach: Reach,
    /// What the role permits as the grant itself lists it; empty where it does not.
    pub policies: Vec<PermissionPolicy>,
}

#[derive(Deserialize)]
struct AuthzSubject {
    grants: Vec<AuthzGrant>,
}

#[derive(Deserialize)]
struct AuthzGrant {
    #[serde(default)]
    division: Option<Reference>,
    #[serde(default)]
    role: Option<AuthzGrantRole>,
}

#[derive(Deserialize)]
struct AuthzGrantRole {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    policies: Option<Vec<AuthzGrantPolicy>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthzGrantPolicy {
    #[serde(default)]
    actions: Option<Vec<String>>,
    #[serde(default)]
    condition: Option<String>,
    #[serde(default)]
    domain: Option<String>,
    #[serde(default)]
    entity_name: Option<String>,
}

/// Reads the auditor's own grants. A grant that does not say its division reaches nothing for certain and is left out.
///
/// # Errors
/// When they cannot be read; the auditor's own entry among the OAuth clients is the other way to them.
pub(crate) async fn read(session: &Session<'_>) -> Result<Vec<OwnGrant>, Failure> {
    session.begin(Listing::OwnGrants, 1);
    let subject: AuthzSubject = session.get("/api/v2/authorization/subjects/me", &[]).await?;
    Ok(subject.grants.into_iter().filter_map(own).collect())
}

/// The grants in an answer; `None` where it is not one. A grant that does not say its division is left out.
pub(crate) fn parse(body: &[u8]) -> Option<Vec<OwnGrant>> {
    let subject: AuthzSubject = serde_json::from_slice(body).ok()?;
    Some(subject.grants.into_iter().filter_map(own).collect())
}

fn own(grant: AuthzGrant) -> Option<OwnGrant> {
    let reach = Reach::parse(&grant.division?.id?);
    let role = grant.role?;
    let policies = role.policies.unwrap_or_default().into_iter().filter_map(policy).collect();
    Some(OwnGrant { role: RoleId::new(role.id?), reach, policies })
}

fn policy(policy: AuthzGrantPolicy) -> Option<PermissionPolicy> {
    Some(PermissionPolicy {
        domain: policy.domain?,
        entity: policy.entity_name?,
        actions: policy.actions?,
        condition: policy.condition.filter(|condition| !condition.trim().is_empty()),
        named_resources: Vec::new(),
    })
}
