//! A path as people read it: each step with its operation, what it rests on and how sure it is; each removal in words.

use super::graph::{Node, RemovalId, Sureness, Way};
use super::identity_graph::{ANY_USER, Bearer, HeldRight, IdentityGraph, Taken};
use super::moves::Gains;
use crate::cross::AccessMap;
use crate::cross::principal::PrincipalKind;
use rolecall_base::grant::Reach;

/// One call on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// As whom the call is made: `itself`, or a user, client or member of a group that it became.
    pub acting_as: String,
    /// The operation, as the matrix in force writes it.
    pub operation: String,
    /// The permissions that are held and let it through, in the order of the requirement.
    pub permissions: Vec<String>,
    /// How each of them is held: role, place and group.
    pub through: Vec<String>,
    /// The roles by which they are held, by position in the snapshot, in the same order.
    pub roles: Vec<usize>,
    /// What it does: `gives itself any role of the org`.
    pub does: String,
    /// How sure it is.
    pub sureness: Sureness,
    /// What is not published or not known of it; empty where nothing is.
    pub open: String,
}

/// A way from a principal to rights that it does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The calls, in order; at least one.
    pub steps: Vec<Step>,
    /// How sure the least sure step is.
    pub sureness: Sureness,
}

impl Path {
    /// Every permission that a step uses, in order of the steps.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().flat_map(|step| step.permissions.iter().map(String::as_str))
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named: Vec<String> = self
            .permissions
            .iter()
            .zip(&self.through)
            .map(|(permission, through)| format!("`{permission}` ({through})"))
            .collect();
        write!(f, "as {}: `{}` with {}: {}", self.acting_as, self.operation, named.join(" and "), self.does)?;
        write!(f, " [{}", self.sureness)?;
        if !self.open.is_empty() {
            write!(f, "; {}", self.open)?;
        }
        f.write_str("]")
    }
}

/// Something to remove.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Removal {
    /// A role, from whom it was granted to directly, in every division.
    Role {
        /// The role's name.
        role: String,
        /// From whom: empty for the principal that asks.
        from: String,
        /// How many grants that is, where it stands for several principals that hold the same.
        of: usize,
    },
    /// A user's membership of a group.
    Membership {
        /// The group's name.
        group: String,
        /// Who leaves it: empty for the principal that asks.
        who: String,
        /// How many memberships that is.
        of: usize,
    },
}

impl Removal {
    /// The removal as a sentence; `asker` is the principal that asks, as texts name it.
    pub fn words(&self, asker: &str) -> String {
        let of = |who: &str| if who.is_empty() { asker.to_owned() } else { who.to_owned() };
        match self {
            Self::Role { role, from, .. } => format!("remove role `{role}` from {}", of(from)),
            Self::Membership { group, who, .. } => format!("remove {} from group `{group}`", of(who)),
        }
    }
}

/// Describes a way step by step.
pub(super) fn describe(map: &AccessMap<'_>, graph: &IdentityGraph, way: &Way<'_>) -> Path {
    let mut steps: Vec<Step> = Vec::new();
    let mut acting_as = "itself".to_owned();
    for (at, (edge, taken)) in way.iter().enumerate() {
        let Some(made) = graph.made.get(edge.label) else { continue };
        // Who can be any user is the one whose moves come next.
        let next = way.get(at + 1).map(|(next, _)| next.to);
        let becomes = who(map, graph, if edge.to == ANY_USER { next.unwrap_or(edge.to) } else { edge.to });
        if let Some(one) = made.made {
            for (call, operation) in made.operations.iter().enumerate() {
                let rights: Vec<&HeldRight> = made
                    .call_of
                    .iter()
                    .zip(taken)
                    .filter(|(of, _)| **of == call)
                    .filter_map(|(_, taken)| graph.rights.get(taken.label))
                    .collect();
                let last = call + 1 == made.operations.len();
                let first_of_client = made.by_client && call == 0;
                let mut open: Vec<&str> = rights.iter().map(|right| right.weak.as_str()).collect();
                // What is said of a limit by division does not hold for the client that has none.
                if made.by_client && !first_of_client {
                    open.retain(|weak| !weak.starts_with("held only in division"));
                }
                let does = if first_of_client {
                    "makes a client that carries its own roles in all divisions".to_owned()
                } else if last {
                    does(one.gains, one.does, &becomes)
                } else {
                    "as the first of the calls that it takes".to_owned()
                };
                if first_of_client {
                    open.push("the platform refuses roles that the caller does not hold (`bad.client.role`): they are held; whether it compares divisions too is not published");
                }
                if last {
                    open.push(one.open);
                    open.push(made.open);
                }
                open.retain(|text| !text.is_empty());
                open.dedup();
                let acting = if made.by_client && call > 0 { "that client".to_owned() } else { acting_as.clone() };
                let named: Vec<&&HeldRight> = rights.iter().filter(|right| right.permission.is_some()).collect();
                steps.push(Step {
                    acting_as: acting,
                    operation: operation.clone(),
                    permissions: named.iter().map(|right| permission(map, right)).collect(),
                    through: named.iter().map(|right| through(map, right)).collect(),
                    roles: named.iter().map(|right| right.role).collect(),
                    does,
                    sureness: taken.iter().map(|one| one.sureness).fold(edge.sureness, Ord::max),
                    open: open.join("; "),
                });
            }
        }
        acting_as = becomes;
    }
    let sureness = steps.iter().map(|step| step.sureness).max().unwrap_or(Sureness::Published);
    Path { steps, sureness }
}

fn does(gains: Gains, does: &str, becomes: &str) -> String {
    match gains {
        Gains::AnyUser | Gains::ClientsWithinReach => format!("{does} {becomes} and becomes it"),
        Gains::Groups => format!("{does} {}", becomes.trim_start_matches("a member of ")),
        Gains::AnyRole | Gains::AnyRight | Gains::StoredRights | Gains::OwnRolesEverywhere => does.to_owned(),
    }
}

fn permission(map: &AccessMap<'_>, right: &HeldRight) -> String {
    let name = right.permission.and_then(|number| map.rights.index.names().get(number));
    name.map(ToString::to_string).unwrap_or_default()
}

fn role(map: &AccessMap<'_>, role: usize) -> String {
    map.snapshot.roles.get(role).map(|role| role.name.clone()).unwrap_or_default()
}

fn group(map: &AccessMap<'_>, id: &rolecall_base::id::GroupId) -> String {
    let found = map.snapshot.groups.iter().find(|group| group.id == *id);
    found.map_or_else(|| id.to_string(), |group| group.name.clone())
}

fn through(map: &AccessMap<'_>, right: &HeldRight) -> String {
    let place = match &right.reach {
        Reach::All => "in all divisions".to_owned(),
        Reach::In(id) => format!("in division `{}`", map.division_name(id)),
    };
    let way = right.via.as_ref().map(|id| format!(" through group `{}`", group(map, id))).unwrap_or_default();
    format!("role `{}` {place}{way}", role(map, right.role))
}

/// A node in words: the first of those it stands for.
pub(super) fn who(map: &AccessMap<'_>, graph: &IdentityGraph, node: Node) -> String {
    match graph.bearers.get(node) {
        None | Some(Bearer::Goal) => "itself".to_owned(),
        Some(Bearer::AnyUser) => "a user".to_owned(),
        Some(Bearer::Group(id)) => format!("a member of group `{}`", group(map, id)),
        Some(Bearer::Others(ids)) => {
            let id = ids.first().map_or("", String::as_str);
            let name = map.snapshot.grants.iter().find(|grant| grant.subject.as_str() == id);
            let name = name.and_then(|grant| grant.subject_name.as_deref()).unwrap_or(id);
            format!("user `{name}`")
        }
        Some(Bearer::Principals(all)) => {
            let first = all.first().and_then(|at| map.principals().get(*at));
            first.map_or_else(String::new, |one| match one.kind {
                PrincipalKind::OauthClient | PrincipalKind::ClientAsUser => format!("OAuth client `{}`", one.name),
                PrincipalKind::ServiceUser => format!("service user `{}`", one.name),
                PrincipalKind::User => format!("user `{}`", one.name),
            })
        }
    }
}

/// A removal in words; `own` says that it is the asker's.
pub(super) fn removal(map: &AccessMap<'_>, graph: &IdentityGraph, id: RemovalId, own: Option<Node>) -> Option<Removal> {
    let (node, taken) = graph.removals.get(id)?;
    let of = graph.bearers.get(*node).map_or(1, Bearer::members);
    let of = if own.is_none() { of } else { 1 };
    let from = match own {
        Some(_) => String::new(),
        None if of > 1 => format!("each of {of} that hold the same as {}", who(map, graph, *node)),
        None => match graph.bearers.get(*node) {
            Some(Bearer::Group(id)) => format!("group `{}`", group(map, id)),
            _ => who(map, graph, *node),
        },
    };
    Some(match taken {
        Taken::Role(at) => Removal::Role { role: role(map, *at), from, of },
        Taken::Membership(id) => Removal::Membership { group: group(map, id), who: from, of },
    })
}
