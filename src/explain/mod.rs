//! Why one principal may or may not call one endpoint: the verdict, the chain of evidence, what is missing, what to do.

use serde::Serialize;

use crate::cross::needed::{Known, NeededCall, NeededIn};
use crate::cross::principal::HeldGrant;
use crate::cross::{AccessMap, Answer, Principal, PrincipalKind, Reason, Verdict, excess, fix};
use crate::matrix::{Endpoint, Match, nearest};
use crate::model::grant::Reach;
use crate::model::permission::Permission;
use crate::model::scope::Scope;
use crate::needs::Need;

/// One link of the chain: what was looked at, what was found, and which list says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What was looked at: `endpoint`, `client`, `user`, `scopes`, `grant`, `permission`, `policy`, `not read`.
    pub what: &'static str,
    /// What was found, in a sentence.
    pub says: String,
    /// Which list or document says so.
    pub from: String,
}

/// The explanation, in the keys that machines rely on.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The org.
    pub org: String,
    /// The kind of the principal; `client_as_user` where a user was named for a client.
    pub principal_kind: &'static str,
    /// Its id.
    pub principal_id: String,
    /// Its name.
    pub principal_name: String,
    /// The method.
    pub method: String,
    /// The path: the matrix's template where it knows the endpoint.
    pub path: String,
    /// The verdict.
    pub verdict: &'static str,
    /// Its reasons.
    pub reasons: Vec<&'static str>,
    /// How the permissions combine; empty where the endpoint is not known.
    pub permissions_match: &'static str,
    /// The permissions the endpoint requires.
    pub permissions: Vec<String>,
    /// What is missing.
    pub missing_permissions: Vec<String>,
    /// Scopes of which one is missing.
    pub missing_scopes: Vec<String>,
    /// The divisions it is limited to.
    pub divisions: Vec<String>,
    /// The chain of evidence.
    pub evidence: Vec<Link>,
    /// What to do, best first.
    pub fixes: Vec<String>,
    /// Real endpoints near to one that does not exist.
    pub nearest: Vec<String>,
    /// The scopes the endpoint lists; any one of them is enough.
    pub scopes: Vec<String>,
    /// Whether the endpoint needs a user behind the token: `yes`, `no`, `unknown`.
    pub user_context: &'static str,
    /// Where the requirement is known from, and of which date.
    pub matrix: String,
}

/// Explains one verdict. `user` is the user for whom a client acts.
pub fn explain(
    map: &AccessMap<'_>,
    matrix_name: &str,
    principal: &Principal,
    user: Option<&Principal>,
    endpoint: &Endpoint,
) -> Explanation {
    let found = map.matrix.resolve(endpoint);
    let answer = match (found, user) {
        (None, _) => Answer::because(Verdict::Unknown, Reason::EndpointNotInMatrix),
        (Some((operation, _)), Some(user)) => map.answer_as_user(principal, user, operation),
        (Some((operation, _)), None) => map.answer(principal, operation),
    };
    let mut evidence = Vec::new();
    let shown = found.map_or_else(|| endpoint.clone(), |(_, operation)| operation.endpoint.clone());
    evidence.push(endpoint_link(map, matrix_name, endpoint));
    evidence.push(identity_link(map, principal));
    let holder = user.unwrap_or(principal);
    if let Some(user) = user {
        evidence.push(identity_link(map, user));
    }
    if principal.acts_for_users() {
        evidence.push(scopes_link(map, principal, found.map(|(operation, _)| operation)));
    }
    if let Some((operation, _)) = found.filter(|_| !holder.acts_for_users()) {
        evidence.extend(permission_links(map, holder, operation));
        for policy in map.policies(holder, operation) {
            evidence.push(Link {
                what: "policy",
                says: format!("the active DENY policy `{}` on {} could apply to this call", policy.name, policy.target),
                from: "access policies".to_owned(),
            });
        }
    }
    if answer.reasons.has(Reason::DataIncomplete) {
        evidence.extend(unread_links(map));
    }
    let missing = found.map(|(operation, _)| map.missing_permissions(holder, operation, answer)).unwrap_or_default();
    let requirement = found.map(|(_, operation)| &operation.requirement);
    let missing_scopes = match requirement {
        Some(requirement) if answer.reasons.has(Reason::MissingScope) => requirement.scopes.iter().map(text).collect(),
        _ => Vec::new(),
    };
    let nearest = if found.is_none() {
        nearest::endpoints(map.matrix, endpoint, 5).into_iter().map(|near| near.endpoint.to_string()).collect()
    } else {
        Vec::new()
    };
    Explanation {
        org: map.snapshot.org.name.clone(),
        principal_kind: if user.is_some() { PrincipalKind::ClientAsUser.as_str() } else { principal.kind.as_str() },
        principal_id: user.map_or_else(|| principal.id.clone(), |user| format!("{}/{}", principal.id, user.id)),
        principal_name: user
            .map_or_else(|| principal.name.clone(), |user| format!("{} as {}", principal.name, user.name)),
        method: shown.method.to_string(),
        path: shown.path.to_string(),
        verdict: answer.verdict.as_str(),
        reasons: answer.reasons.iter().map(Reason::as_str).collect(),
        permissions_match: requirement.map_or("", |requirement| requirement.permissions_match.as_str()),
        permissions: requirement.map(|r| r.permissions.iter().map(Permission::to_string).collect()).unwrap_or_default(),
        missing_permissions: missing.iter().map(ToString::to_string).collect(),
        missing_scopes,
        divisions: found
            .map(|(operation, _)| map.divisions(holder, operation, answer))
            .unwrap_or_default()
            .into_iter()
            .map(|id| map.division_name(id).to_owned())
            .collect(),
        fixes: fixes(map, holder, endpoint, answer, &missing),
        evidence,
        nearest,
        scopes: requirement.map(|r| r.scopes.iter().map(text).collect()).unwrap_or_default(),
        user_context: requirement.map_or("unknown", |requirement| requirement.user_context.as_str()),
        matrix: matrix_name.to_owned(),
    }
}

fn text(scope: &Scope) -> String {
    scope.to_string()
}

fn endpoint_link(map: &AccessMap<'_>, matrix_name: &str, endpoint: &Endpoint) -> Link {
    let from = matrix_name.to_owned();
    let Some((_, operation)) = map.matrix.resolve(endpoint) else {
        let others = map.matrix.methods_of(endpoint);
        let says = if others.is_empty() {
            format!("{endpoint} is not in the matrix: as far as is published, it does not exist")
        } else {
            let others = others.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ");
            format!("{endpoint} is not in the matrix; that path exists for {others}")
        };
        return Link { what: "endpoint", says, from };
    };
    let requirement = &operation.requirement;
    let permissions = requirement.permissions.iter().map(Permission::as_str).collect::<Vec<_>>().join(", ");
    let needs = match requirement.permissions_match {
        Match::Any => format!("requires ANY of {permissions}"),
        Match::All => format!("requires ALL of {permissions}"),
        Match::None => "lists no required permission".to_owned(),
        Match::Unknown => "has no published requirement".to_owned(),
    };
    let scopes = match (requirement.scopes.is_empty(), requirement.scopes_known.as_str()) {
        (true, "published") => "asks for no scope".to_owned(),
        (true, _) => "scopes not published".to_owned(),
        (false, known) => format!(
            "scopes {} (any one; {known})",
            requirement.scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(", ")
        ),
    };
    // A reviewed entry that decides is named wherever it does.
    let from = operation.overridden.as_ref().map_or(from.clone(), |mark| format!("{mark}; over the {from}"));
    Link {
        what: "endpoint",
        says: format!("{} {needs}; {scopes}; user context {}", operation.endpoint, requirement.user_context.as_str()),
        from,
    }
}

fn identity_link(map: &AccessMap<'_>, principal: &Principal) -> Link {
    if let Some(client) = map.client(principal) {
        let gated = if principal.is_machine() {
            "its roles in divisions gate it, scopes play no part"
        } else {
            "it acts for a user: the user's permissions and the client's scopes gate it together"
        };
        let says = format!(
            "{} is a client on {}, {}; {gated}",
            client.name,
            if client.grant_type.as_str().is_empty() {
                "a grant type that was not told"
            } else {
                client.grant_type.as_str()
            },
            client.state.as_str()
        );
        return Link { what: "client", says, from: "OAuth clients".to_owned() };
    }
    let state = map.snapshot.users.get(principal.at).map_or("state not known", |user| user.state.as_str());
    let says =
        format!("{} is a {}, {state}; its roles and those of its groups gate it", principal.name, principal.kind);
    Link { what: "user", says, from: "users".to_owned() }
}

fn scopes_link(map: &AccessMap<'_>, principal: &Principal, operation: Option<usize>) -> Link {
    let had = map.client(principal).and_then(|client| client.scopes.as_ref());
    let had = match had {
        None => "its scopes were not told".to_owned(),
        Some(scopes) if scopes.is_empty() => "it has no scope".to_owned(),
        Some(scopes) => {
            format!("it has the scopes {}", scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(", "))
        }
    };
    let enforced = match map.scopes_enforced {
        Some(true) => "this org enforces scopes (configuration)",
        Some(false) => "this org does not enforce scopes (configuration), so they are decoration",
        None => "whether this org enforces scopes is not known (no API field tells)",
    };
    let unknown: Vec<&str> = map
        .client(principal)
        .and_then(|client| client.scopes.as_ref())
        .into_iter()
        .flatten()
        .map(Scope::as_str)
        .filter(|scope| operation.is_some() && !map.knows_scope(scope))
        .collect();
    let unknown = if unknown.is_empty() {
        String::new()
    } else {
        format!("; no operation knows the scopes {}", unknown.join(", "))
    };
    Link { what: "scopes", says: format!("{had}; {enforced}{unknown}"), from: "OAuth clients".to_owned() }
}

fn permission_links(map: &AccessMap<'_>, holder: &Principal, operation: usize) -> Vec<Link> {
    let mut links = Vec::new();
    let grants = map.grants_of(holder);
    for number in map.demanded(operation) {
        let Some(permission) = map.rights.index.names().get(*number) else { continue };
        let mut held = false;
        for grant in &grants {
            let Some(rights) = grant.role.and_then(|at| map.rights.roles.get(at)) else { continue };
            let conditional = rights.under_condition.contains(*number);
            if !rights.always.contains(*number) && !conditional {
                continue;
            }
            held = true;
            links.push(Link {
                what: "grant",
                says: grant_says(map, grant, permission, conditional),
                from: source(grant),
            });
        }
        if !held {
            let absent = if map.rights.is_absent(*number) {
                ", and this org's catalogue lacks it: nothing can grant it here"
            } else {
                ""
            };
            let roles = grants.len();
            let says = format!("{permission} is in none of its {roles} grants{absent}");
            links.push(Link { what: "permission", says, from: "roles, role grants, permission catalogue".to_owned() });
        } else if map.rights.everywhere.contains(*number) {
            let says = format!("{permission} is not division-aware: a grant in any division reaches everywhere");
            links.push(Link { what: "permission", says, from: "permission catalogue".to_owned() });
        }
    }
    links
}

fn grant_says(map: &AccessMap<'_>, grant: &HeldGrant, permission: &Permission, conditional: bool) -> String {
    let place = match &grant.reach {
        Reach::All => "all divisions".to_owned(),
        Reach::In(id) => format!("division {}", map.division_name(id)),
    };
    let way = grant.via.as_ref().map_or_else(String::new, |group| {
        let named = map.snapshot.groups.iter().find(|known| known.id == *group);
        format!(" through group {}", named.map_or(group.as_str(), |known| known.name.as_str()))
    });
    let since = grant.granted_at.map_or_else(String::new, |at| format!(", granted {at}"));
    let condition = if conditional { ", under a condition" } else { "" };
    format!("role {} in {place}{way}{since} gives {permission}{condition}", excess::role_name(map, grant))
}

fn source(grant: &HeldGrant) -> String {
    match grant.read_from {
        crate::model::grant::GrantSource::RoleSubjects => "role grants".to_owned(),
        crate::model::grant::GrantSource::ClientRoleDivisions => "OAuth clients (roleDivisions)".to_owned(),
        crate::model::grant::GrantSource::DivisionGrants => "grants of the division".to_owned(),
    }
}

fn unread_links(map: &AccessMap<'_>) -> Vec<Link> {
    let mut links = Vec::new();
    for (listing, record) in &map.snapshot.coverage.listings {
        for unread in &record.unread {
            let of = unread.of.as_ref().map_or_else(String::new, |of| format!(" of {of}"));
            let missing = if unread.missing_permissions.is_empty() {
                String::new()
            } else {
                format!(" (the auditor needs {})", unread.missing_permissions.join(", "))
            };
            links.push(Link {
                what: "not read",
                says: format!("{}{of}: {}{missing}", listing.as_str(), unread.why),
                from: "completeness record of the snapshot".to_owned(),
            });
        }
    }
    links
}

fn fixes(
    map: &AccessMap<'_>,
    holder: &Principal,
    endpoint: &Endpoint,
    answer: Answer,
    missing: &[&Permission],
) -> Vec<String> {
    if answer.verdict == Verdict::Allowed {
        return Vec::new();
    }
    let need = Need {
        principal: holder.name.clone(),
        endpoint: endpoint.clone(),
        division: None,
        note: String::new(),
        org: None,
        file: std::path::PathBuf::new(),
        line: 0,
    };
    let call = NeededCall {
        principal: 0,
        operation: map.matrix.resolve(endpoint).map(|(operation, _)| operation),
        endpoint: endpoint.clone(),
        division: NeededIn::Any,
        known: Known::Declared(&need),
    };
    let missing: Vec<Permission> = missing.iter().map(|permission| (*permission).clone()).collect();
    let text = fix::smallest(map, holder, &call, answer, &missing, &[]).to_string();
    text.split("; or ").map(str::to_owned).collect()
}
