//! The smallest change that would make a needed call allowed.

use super::Reason;
use super::access::AccessMap;
use super::needed::NeededCall;
use super::principal::{Principal, PrincipalKind};
use super::verdict::{Answer, Verdict};
use rolecall_base::id::{DivisionId, RoleId};
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;
use rolecall_matrix::{Endpoint, Match, Matrix, nearest};

/// A role by which a gap can be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleChoice {
    /// The role.
    pub role: RoleId,
    /// Its name.
    pub name: String,
    /// For a role to grant: permissions it would bring beyond what is missing. For a role to widen: how many other
    /// subjects hold it and would gain too.
    pub cost: usize,
}

/// What to do about a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// Give the missing permissions: by widening a role that is held, or by granting an existing one.
    GrantPermissions {
        /// The fewest permissions that are enough.
        permissions: Vec<Permission>,
        /// A custom role that the principal holds and that could be widened, with the fewest other holders.
        widen: Option<RoleChoice>,
        /// An existing role that holds them all, with the least excess.
        grant: Option<RoleChoice>,
        /// Division ids in which it is needed; empty: all.
        divisions: Vec<DivisionId>,
    },
    /// Grant roles that are held elsewhere in more divisions.
    GrantInDivisions {
        /// The roles.
        roles: Vec<RoleChoice>,
        /// The divisions; empty: all.
        divisions: Vec<DivisionId>,
    },
    /// Nothing can grant it here: the org's catalogue lacks the permissions.
    NotAssignable(Vec<Permission>),
    /// Give the client one of these scopes.
    AddScope(Vec<Scope>),
    /// Use a client that acts for a user.
    UseUserContext,
    /// Activate the principal.
    Activate,
    /// Correct the endpoint: the nearest real ones, best first.
    CorrectEndpoint(Vec<Endpoint>),
    /// Nothing to grant: the call goes to the login host.
    CallLoginHost(&'static str),
    /// Name a user: the client's side is fine.
    AskForUser,
    /// Look at the condition or the policy.
    ReviewConditions(Vec<String>),
    /// Let the auditor read what it could not.
    ReadTheRest,
    /// Nobody publishes what is needed: try the call.
    Try,
    /// Say in the configuration whether the org enforces scopes.
    StateEnforcement(Vec<Scope>),
}

impl Fix {
    /// What to do about an endpoint that the matrix does not have.
    pub fn correct(matrix: &Matrix, asked: &Endpoint) -> Self {
        match nearest::login_host(asked) {
            Some(says) => Self::CallLoginHost(says),
            None => Self::CorrectEndpoint(nearest::instead_of(matrix, asked)),
        }
    }
}

/// The smallest fix for a gap.
pub fn smallest(
    map: &AccessMap<'_>,
    principal: &Principal,
    call: &NeededCall<'_>,
    answer: Answer,
    missing: &[Permission],
    divisions: &[DivisionId],
) -> Fix {
    let has = |reason: Reason| answer.reasons.has(reason);
    let requirement = call.operation.and_then(|at| map.matrix.operations().get(at)).map(|found| &found.requirement);
    let scopes = || requirement.map(|requirement| requirement.scopes.clone()).unwrap_or_default();
    if has(Reason::EndpointNotInMatrix) {
        return Fix::correct(map.matrix, &call.endpoint);
    }
    if has(Reason::ClientInactive) || has(Reason::UserInactive) {
        return Fix::Activate;
    }
    if has(Reason::NeedsUserContext) {
        return Fix::UseUserContext;
    }
    if has(Reason::MissingScope) {
        return if has(Reason::ScopeEnforcementNotKnown) {
            Fix::StateEnforcement(scopes())
        } else {
            Fix::AddScope(scopes())
        };
    }
    if has(Reason::RequirementNotPublished) || has(Reason::NothingPublished) || has(Reason::ScopeNotPublished) {
        return Fix::Try;
    }
    if has(Reason::PermissionNotInOrg) {
        let absent =
            |permission: &&Permission| map.rights.index.number(permission).is_some_and(|n| map.rights.is_absent(n));
        return Fix::NotAssignable(missing.iter().filter(absent).cloned().collect());
    }
    if has(Reason::MissingPermission) {
        let any = requirement.is_some_and(|requirement| requirement.permissions_match == Match::Any);
        return grant_permissions(map, principal, missing, any, divisions);
    }
    if has(Reason::MissingDivision) || answer.verdict == Verdict::Partial {
        return Fix::GrantInDivisions { roles: roles_that_help(map, principal, call), divisions: divisions.to_vec() };
    }
    if has(Reason::ConditionsApply) || has(Reason::AccessPolicyMayDeny) {
        let policies = call.operation.map(|operation| map.policies(principal, operation)).unwrap_or_default();
        if policies.is_empty() && has(Reason::DataIncomplete) && !has(Reason::ConditionsApply) {
            return Fix::ReadTheRest;
        }
        return Fix::ReviewConditions(policies.into_iter().map(|policy| policy.name.clone()).collect());
    }
    if answer.verdict == Verdict::DependsOnUser { Fix::AskForUser } else { Fix::ReadTheRest }
}

/// Of several ways to give what is missing the one with the least excess; for ANY each alternative is tried.
fn grant_permissions(
    map: &AccessMap<'_>,
    principal: &Principal,
    missing: &[Permission],
    any: bool,
    divisions: &[DivisionId],
) -> Fix {
    let assignable = |permission: &&Permission| {
        map.rights.index.number(permission).is_none_or(|number| !map.rights.is_absent(number))
    };
    let ways: Vec<Vec<Permission>> = if any {
        missing.iter().filter(assignable).map(|permission| vec![permission.clone()]).collect()
    } else {
        vec![missing.to_vec()]
    };
    let mut best: Option<(Vec<Permission>, Option<RoleChoice>)> = None;
    for way in ways {
        let grant = covering_role(map, principal, &way);
        let cost = |choice: &Option<RoleChoice>| choice.as_ref().map_or(usize::MAX, |choice| choice.cost);
        if best.as_ref().is_none_or(|(_, known)| cost(&grant) < cost(known)) {
            best = Some((way, grant));
        }
    }
    let (permissions, grant) = best.unwrap_or_else(|| (missing.to_vec(), None));
    Fix::GrantPermissions { permissions, widen: role_to_widen(map, principal), grant, divisions: divisions.to_vec() }
}

/// The existing role that grants all of these without a condition and brings the fewest other new permissions.
fn covering_role(map: &AccessMap<'_>, principal: &Principal, wanted: &[Permission]) -> Option<RoleChoice> {
    let numbers: Vec<usize> = wanted.iter().map(|name| map.rights.index.number(name)).collect::<Option<_>>()?;
    let held = map.holdings_of(principal)?;
    map.rights
        .roles
        .iter()
        .zip(&map.snapshot.roles)
        .filter(|(rights, _)| numbers.iter().all(|number| rights.always.contains(*number)))
        .map(|(rights, role)| {
            let new =
                rights.always.difference(&held.fully).count() + rights.under_condition.difference(&held.at_all).count();
            RoleChoice { role: role.id.clone(), name: role.name.clone(), cost: new.saturating_sub(numbers.len()) }
        })
        .min_by(|a, b| (a.cost, &a.name, &a.role).cmp(&(b.cost, &b.name, &b.role)))
}

/// The custom role that the principal holds directly and that the fewest others hold.
fn role_to_widen(map: &AccessMap<'_>, principal: &Principal) -> Option<RoleChoice> {
    if !matches!(principal.kind, PrincipalKind::OauthClient | PrincipalKind::ServiceUser | PrincipalKind::User) {
        return None;
    }
    map.grants_of(principal)
        .iter()
        .filter(|grant| grant.via.is_none())
        .filter_map(|grant| grant.role.and_then(|at| map.snapshot.roles.get(at)))
        .filter(|role| role.kind() == "custom")
        .map(|role| RoleChoice {
            role: role.id.clone(),
            name: role.name.clone(),
            cost: other_holders(map, principal, &role.id),
        })
        .min_by(|a, b| (a.cost, &a.name, &a.role).cmp(&(b.cost, &b.name, &b.role)))
}

fn other_holders(map: &AccessMap<'_>, principal: &Principal, role: &RoleId) -> usize {
    let listed = map.snapshot.grants.iter().filter(|grant| grant.role == *role).map(|grant| grant.subject.as_str());
    let clients = map
        .snapshot
        .oauth_clients
        .iter()
        .filter(|client| client.role_divisions.iter().flatten().any(|pair| pair.role == *role));
    let mut subjects: Vec<&str> = listed.chain(clients.map(|client| client.id.as_str())).collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects.iter().filter(|subject| **subject != principal.id).count()
}

/// The roles held in single divisions that grant what the call needs.
fn roles_that_help(map: &AccessMap<'_>, principal: &Principal, call: &NeededCall<'_>) -> Vec<RoleChoice> {
    let demanded = call.operation.map_or(&[][..], |operation| map.demanded(operation));
    let mut roles: Vec<RoleChoice> = map
        .grants_of(principal)
        .iter()
        .filter_map(|grant| grant.role)
        .filter(|at| {
            map.rights
                .roles
                .get(*at)
                .is_some_and(|rights| demanded.iter().any(|number| rights.always.contains(*number)))
        })
        .filter_map(|at| map.snapshot.roles.get(at))
        .map(|role| RoleChoice { role: role.id.clone(), name: role.name.clone(), cost: 0 })
        .collect();
    roles.sort_by(|a, b| (&a.name, &a.role).cmp(&(&b.name, &b.role)));
    roles.dedup();
    roles
}

impl std::fmt::Display for Fix {
    /// One sentence, or two ways joined by "or". Names only: ids stand beside them in the outputs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::GrantPermissions { permissions, widen, grant, divisions } => {
                let names = quoted_list(permissions.iter().map(Permission::as_str));
                let place = if divisions.is_empty() { "" } else { " in the needed division" };
                let mut ways = Vec::new();
                if let Some(role) = grant {
                    let more = match role.cost {
                        0 => "which brings nothing else".to_owned(),
                        1 => "which brings 1 more permission".to_owned(),
                        n => format!("which brings {n} more permissions"),
                    };
                    ways.push(format!("grant the existing role `{}`{place}, {more}", role.name));
                }
                if let Some(role) = widen {
                    let others = match role.cost {
                        0 => "nobody else holds it".to_owned(),
                        1 => "1 other subject holds it and gains too".to_owned(),
                        n => format!("{n} other subjects hold it and gain too"),
                    };
                    ways.push(format!("add {names} to its role `{}` ({others})", role.name));
                }
                // A widened role that nobody else holds gives nothing away; it goes first.
                if widen.as_ref().is_some_and(|role| role.cost == 0) && grant.as_ref().is_some_and(|role| role.cost > 0)
                {
                    ways.reverse();
                }
                if ways.is_empty() {
                    ways.push(format!("create a role with {names} and grant it{place}"));
                }
                f.write_str(&ways.join("; or "))
            }
            Self::GrantInDivisions { roles, divisions } => {
                let roles = quoted_list(roles.iter().map(|role| role.name.as_str()));
                let place = match divisions.len() {
                    0 => "all divisions".to_owned(),
                    1 => "the needed division".to_owned(),
                    n => format!("the {n} divisions that are missing, or in all"),
                };
                write!(
                    f,
                    "grant {} also in {place}",
                    if roles.is_empty() { "its role".to_owned() } else { format!("role {roles}") }
                )
            }
            Self::NotAssignable(permissions) => write!(
                f,
                "nothing in this org can grant {}: its catalogue lacks it; ask which product or feature brings it",
                quoted_list(permissions.iter().map(Permission::as_str))
            ),
            Self::AddScope(scopes) => {
                write!(f, "give the client one of the scopes {}", quoted_list(scopes.iter().map(Scope::as_str)))
            }
            Self::UseUserContext => f.write_str(
                "call it with a client that acts for a user (authorization code); client credentials have no user",
            ),
            Self::Activate => f.write_str("activate it, or drop the need"),
            Self::CallLoginHost(says) => write!(f, "correct the endpoint: {says}"),
            Self::CorrectEndpoint(nearest) if nearest.is_empty() => {
                f.write_str("correct the endpoint: the matrix has none like it")
            }
            Self::CorrectEndpoint(nearest) => {
                let names: Vec<String> = nearest.iter().map(ToString::to_string).collect();
                write!(f, "correct the endpoint; nearest real ones: {}", names.join(", "))
            }
            Self::AskForUser => f.write_str("nothing on the client's side; ask again for the client with a named user"),
            Self::ReviewConditions(policies) if policies.is_empty() => {
                f.write_str("look at the condition on the role's policy: it decides in the single call")
            }
            Self::ReviewConditions(policies) => {
                write!(f, "look at the access policy {}", quoted_list(policies.iter().map(String::as_str)))
            }
            Self::ReadTheRest => f.write_str("let the auditor read what it could not, then run again"),
            Self::Try => {
                f.write_str("what it requires is not published: try the call with the principal's own credentials")
            }
            Self::StateEnforcement(scopes) => write!(
                f,
                "give the client one of the scopes {}, or state `scopes_enforced = false` in the configuration if this org does not enforce scopes",
                quoted_list(scopes.iter().map(Scope::as_str))
            ),
        }
    }
}

fn quoted_list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    items.map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ")
}
