//! What a principal should hold: the least set that covers its needs, with the proof, and what can go today.
//!
//! Above `cross`, whose verdicts and needs it reads, and `findings`, whose danger catalogue weighs; below `cli`. Pure: no
//! I/O, no clock. Nothing here changes an org: the answer is text.

mod change;
mod cover;
mod facts;
mod known;
mod least;
mod narrowing;
mod plan;
mod removal;
mod search;
pub mod terraform;
mod trial_org;
mod undo;
mod verify;
mod wants;
mod weight;

use std::collections::BTreeSet;

use serde::Serialize;

pub use change::Change;
pub use cover::{Cover, NODES, cover};
pub use least::{Least, LeastRole, LeastScopes};
pub use plan::{Affected, Kept, Plan, Step, Window, first};
pub use wants::{NotCounted, Places, Uncovered, Want};
pub use weight::{Counted, danger_of, weight};

use known::whole_usage;
use rolecall_access::cross::needed::Needed;
use rolecall_access::cross::{AccessMap, Principal};
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;
use rolecall_findings::danger;
use wants::Wants;

/// One link of the evidence: what was looked at, what was found, and which list says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What was looked at.
    pub what: &'static str,
    /// What was found, in a sentence.
    pub says: String,
    /// Which list or document says so.
    pub from: String,
}

/// A permission of the least set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chosen {
    /// The permission.
    pub permission: String,
    /// Its danger: the severity, empty where there is none.
    pub risk: &'static str,
    /// Why it is dangerous; empty where it is not.
    pub danger: String,
    /// What it weighs.
    pub weight: u64,
    /// How it is held in this run: `everywhere`, `in-divisions`, `under-condition`, `no`; empty for a client that acts for
    /// users, whose own permissions mean nothing.
    pub held: &'static str,
    /// Names of the divisions it is needed in; `*` for all.
    pub divisions: Vec<String>,
    /// The needed calls that it can let through.
    pub endpoints: Vec<String>,
}

/// A division by id and name; `*` for all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Division {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A role of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Role {
    /// A name for it.
    pub name: String,
    /// Where it is to be granted.
    pub divisions: Vec<Division>,
    /// What it holds.
    pub permissions: Vec<String>,
    /// Names of roles of the org that hold exactly this, without a condition.
    pub same_as: Vec<String>,
}

/// The scopes of a client that acts for users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scopes {
    /// The least set.
    pub scopes: Vec<String>,
    /// Those of it that the client lacks.
    pub missing: Vec<String>,
    /// Whether it is proved that no set weighs less.
    pub optimal: bool,
    /// A scope that permits writing weighs 1,001, one that ends in `:readonly` 1.
    pub cost: u64,
    /// No set weighs less.
    pub lower_bound: u64,
}

/// The answer, in the keys that machines rely on.
#[derive(Clone, Debug, Serialize)]
pub struct Advice {
    /// The org.
    pub org: String,
    /// The kind of the principal.
    pub principal_kind: &'static str,
    /// Its id.
    pub principal_id: String,
    /// Its name.
    pub principal_name: String,
    /// How the client obtains its tokens; empty for users.
    pub grant_type: String,
    /// The least set of permissions. Of a client that acts for users: what the user has to hold.
    pub permissions: Vec<String>,
    /// Whether it is proved that no set that covers these needs weighs less.
    pub optimal: bool,
    /// What the set weighs, read in groups of three digits: critical, high, medium, low, all.
    pub cost: u64,
    /// No set that covers these needs weighs less.
    pub lower_bound: u64,
    /// The difference: 0 where the set is proved to be the least.
    pub gap: u64,
    /// The set, counted by danger.
    pub counted: Counted,
    /// The set, permission by permission.
    pub chosen: Vec<Chosen>,
    /// The roles that bring it.
    pub roles: Vec<Role>,
    /// The least set of scopes; `null` where scopes play no part.
    pub scopes: Option<Scopes>,
    /// Needs that the set does not cover, with the reason.
    pub uncovered: Vec<Uncovered>,
    /// Calls that were seen and never succeeded: no needs.
    pub not_counted: Vec<NotCounted>,
    /// Why more may be needed than is known.
    pub needs_not_known: Vec<String>,
    /// What can go today, step by step.
    pub removable: Vec<Step>,
    /// What of the rest stays, with the reason.
    pub kept: Vec<Kept>,
    /// Why nothing is called safe to remove; empty where something could be.
    pub removal_not_known: Vec<String>,
    /// What bears on all removals.
    pub cautions: Vec<String>,
    /// The window of observation; `null` without usage data.
    pub window: Option<Window>,
    /// What the answer rests on.
    pub evidence: Vec<Link>,
    /// Where the requirements are known from, and of which date.
    pub matrix: String,
    /// What the verifier has against the answer: empty, or the program is wrong.
    #[serde(skip)]
    pub objections: Vec<String>,
}

impl Advice {
    /// Whether something that the answer rests on is not known.
    pub fn is_in_doubt(&self) -> bool {
        !self.needs_not_known.is_empty() || self.uncovered.iter().any(|one| one.is_doubt)
    }
}

/// Advises on the principal at this position of the map. `budget`: nodes after which the search stops ([`NODES`]).
pub fn advise<'a>(
    map: &'a AccessMap<'a>,
    matrix_name: &str,
    needed: &'a Needed<'a>,
    at: usize,
    budget: u64,
) -> Option<Advice> {
    let principal = map.principals().get(at)?;
    let wants = Wants::of(map, needed, principal, at);
    let least = least::least(map, principal, &wants.wants, budget);
    let client = map.client(principal).filter(|_| principal.acts_for_users());
    let had: &[Scope] = client.and_then(|client| client.scopes.as_deref()).unwrap_or_default();
    let scopes = client.map(|_| least::scopes(&wants.wants, had, budget));
    let plan = removal::plan(map, needed, principal, at);
    let needs_not_known = needs_not_known(map, needed, principal, at, &wants);
    let mut objections = least.objections.clone();
    objections.extend(scopes.iter().flat_map(|scopes| scopes.objections.clone()));
    objections.extend(plan.objections);
    // Of a principal of whose needs nothing is known, nothing is proved.
    let says_something = !wants.wants.is_empty() || needs_not_known.is_empty();
    let optimal = least.is_optimal() && says_something;
    Some(Advice {
        org: map.snapshot.org.name.clone(),
        principal_kind: principal.kind.as_str(),
        principal_id: principal.id.clone(),
        principal_name: principal.name.clone(),
        grant_type: principal.grant_type.as_ref().map(|one| one.as_str().to_owned()).unwrap_or_default(),
        permissions: least.permissions.iter().map(Permission::to_string).collect(),
        optimal,
        cost: least.cost,
        lower_bound: least.lower_bound,
        gap: least.cost.saturating_sub(least.lower_bound),
        counted: Counted::of(&least.permissions),
        chosen: chosen(map, principal, &least, &wants),
        roles: roles(map, principal, &least),
        scopes: scopes.as_ref().map(|found| Scopes {
            scopes: found.scopes.iter().map(Scope::to_string).collect(),
            missing: found.scopes.iter().filter(|scope| !had.contains(scope)).map(Scope::to_string).collect(),
            optimal: found.is_optimal(),
            cost: found.cost,
            lower_bound: found.lower_bound,
        }),
        evidence: evidence(map, matrix_name, principal, &wants, &least),
        uncovered: wants.uncovered,
        not_counted: wants.not_counted,
        needs_not_known,
        removable: plan.steps,
        kept: plan.kept,
        removal_not_known: plan.not_known,
        cautions: plan.cautions,
        window: plan.window,
        matrix: matrix_name.to_owned(),
        objections,
    })
}

fn needs_not_known(
    map: &AccessMap<'_>,
    needed: &Needed<'_>,
    principal: &Principal,
    at: usize,
    wants: &Wants<'_>,
) -> Vec<String> {
    let mut why = Vec::new();
    let coverage = &map.snapshot.coverage;
    let asked = coverage.seen(Listing::Usage) != Seen::NotAsked;
    let declared = needed.calls.iter().any(|call| call.principal == at && call.known.as_str() == "declared");
    if map.is_auditor(&principal.id) {
        why.push(known::AUDITOR.to_owned());
    }
    if asked && whole_usage(map).is_none() {
        why.push("API usage was not read completely: it may need more than is known".to_owned());
    } else if principal.kind == rolecall_access::cross::PrincipalKind::User && !declared {
        why.push("the API usage of people is not read, and no need is declared".to_owned());
    } else if !asked && !declared {
        why.push("no need is declared, and API usage was not asked for".to_owned());
    }
    if !coverage.is_whole(Listing::Permissions) && !wants.wants.is_empty() {
        why.push(
            "the permission catalogue was not read completely: whether the org can grant all of this is not known"
                .to_owned(),
        );
    }
    why
}

fn chosen(map: &AccessMap<'_>, principal: &Principal, least: &Least, wants: &Wants<'_>) -> Vec<Chosen> {
    let held = map.holdings_of(principal).filter(|_| !principal.acts_for_users());
    let how = |permission: &Permission| {
        let Some(held) = held else { return "" };
        match map.rights.index.number(permission) {
            Some(number) if held.fully.contains(number) => "everywhere",
            Some(number) if held.unconditioned.contains(number) => "in-divisions",
            Some(number) if held.at_all.contains(number) => "under-condition",
            _ => "no",
        }
    };
    least
        .permissions
        .iter()
        .zip(&least.places)
        .map(|(permission, places)| {
            let (severity, why) = danger_of(permission);
            let endpoints = wants.wants.iter().filter(|want| want.requirement.permissions.contains(permission));
            Chosen {
                permission: permission.to_string(),
                risk: severity.map_or("", |severity| severity.as_str()),
                danger: why,
                weight: weight(permission),
                held: how(permission),
                divisions: divisions(map, places).into_iter().map(|division| division.name).collect(),
                endpoints: endpoints.map(|want| want.endpoint.to_string()).collect(),
            }
        })
        .collect()
}

fn divisions(map: &AccessMap<'_>, places: &Places) -> Vec<Division> {
    match places {
        Places::All => vec![Division { id: "*".to_owned(), name: "*".to_owned() }],
        Places::In(ids) => {
            ids.iter().map(|id| Division { id: id.to_string(), name: map.division_name(id).to_owned() }).collect()
        }
    }
}

fn roles(map: &AccessMap<'_>, principal: &Principal, least: &Least) -> Vec<Role> {
    let several = least.roles.len() > 1;
    least
        .roles
        .iter()
        .map(|role| {
            let divisions = divisions(map, &role.places);
            let place = match (&role.places, several) {
                (_, false) => String::new(),
                (Places::All, true) => ", all divisions".to_owned(),
                (Places::In(_), true) => {
                    let names: Vec<&str> = divisions.iter().map(|division| division.name.as_str()).collect();
                    format!(", {}", names.join(" + "))
                }
            };
            let numbers: Option<BTreeSet<usize>> =
                role.permissions.iter().map(|permission| map.rights.index.number(permission)).collect();
            let same = map.rights.roles.iter().zip(&map.snapshot.roles).filter(|(rights, _)| {
                numbers.as_ref().is_some_and(|numbers| rights.always.ones().eq(numbers.iter().copied()))
                    && rights.under_condition.is_clear()
                    && rights.possibly.is_clear()
            });
            Role {
                name: format!("{} (least{place})", principal.name),
                divisions,
                permissions: role.permissions.iter().map(Permission::to_string).collect(),
                same_as: same.map(|(_, role)| role.name.clone()).collect(),
            }
        })
        .collect()
}

fn evidence(
    map: &AccessMap<'_>,
    matrix_name: &str,
    principal: &Principal,
    wants: &Wants<'_>,
    least: &Least,
) -> Vec<Link> {
    let mut links = Vec::new();
    let mut link = |what: &'static str, says: String, from: &str| {
        links.push(Link { what, says, from: from.to_owned() });
    };
    let declared: usize = wants.wants.iter().filter(|want| want.declared > 0).count();
    let observed: usize = wants.wants.iter().filter(|want| !want.observed.is_empty()).count();
    let says = format!(
        "{} needed operations can be covered: {declared} declared, {observed} seen to succeed; {} needs cannot, {} calls \
         never succeeded and count as none",
        wants.wants.len(),
        wants.uncovered.len(),
        wants.not_counted.len()
    );
    link("needs", says, "needs files, API usage");
    let published = wants.wants.iter().map(|want| want.requirement.permissions.len()).sum::<usize>();
    link("requirements", format!("they list {published} permissions, alternatives included"), matrix_name);
    if principal.acts_for_users() {
        let says = "it acts for users: the permissions are what the user behind the token has to hold, the scopes are the \
                    client's own";
        link("client", says.to_owned(), "OAuth clients");
    } else if principal.is_machine() {
        link("client", "its roles in divisions gate it, scopes play no part".to_owned(), "OAuth clients");
    }
    let stays = wants.wants.iter().filter(|want| want.declared > 0 && want.places != Places::All && want.is_anywhere);
    let stays: Vec<String> = stays.map(|want| want.endpoint.to_string()).collect();
    if !stays.is_empty() {
        let says = format!(
            "declared without a division, and held in single divisions tonight, where the answer keeps it: {}",
            first(stays.iter().map(String::as_str), 5)
        );
        link("divisions", says, "needs files, role grants");
    }
    let says = "each permission weighs 1; low danger 1,000 more, medium 1,000,000, high 1,000,000,000, critical \
                1,000,000,000,000; `all` and `manage` are at least high";
    link("weights", says.to_owned(), "danger catalogue of the program");
    let says = match least.is_optimal() {
        true => format!(
            "a lower bound of {} equals the weight: no set that covers these needs weighs less ({} nodes searched)",
            least.lower_bound, least.nodes
        ),
        false => format!(
            "the search stopped after {} nodes: the set weighs {}, no set weighs less than {}, the gap is {}",
            least.nodes,
            least.cost,
            least.lower_bound,
            least.cost.saturating_sub(least.lower_bound)
        ),
    };
    link("search", says, "branch and bound");
    link(
        "check",
        "each need is covered in each of its divisions, and no permission can be dropped".to_owned(),
        "verifier",
    );
    let unread = Listing::VERDICTS.iter().filter(|list| !map.snapshot.coverage.is_whole(**list));
    let unread: Vec<&str> = unread.map(|list| list.as_str()).collect();
    if !unread.is_empty() {
        let says = format!(
            "not read completely: {}; what is held tonight, and where, may be more than is shown",
            first(unread.into_iter(), 10)
        );
        link("not read", says, "completeness record of the snapshot");
    }
    let held = map.holdings_of(principal).filter(|_| !principal.acts_for_users());
    let conditioned = least.permissions.iter().filter(|permission| {
        let number = map.rights.index.number(permission);
        number
            .zip(held)
            .is_some_and(|(number, held)| held.at_all.contains(number) && !held.unconditioned.contains(number))
    });
    let conditioned: Vec<&str> = conditioned.map(Permission::as_str).collect();
    if !conditioned.is_empty() {
        let says = format!(
            "held only under a condition tonight: {}; keep the condition, the answer does not repeat it",
            first(conditioned.into_iter(), 5)
        );
        link("conditions", says, "roles");
    }
    let policies: BTreeSet<&str> = wants
        .wants
        .iter()
        .flat_map(|want| map.policies(principal, want.operation))
        .map(|policy| policy.name.as_str())
        .collect();
    if !policies.is_empty() {
        let says = format!("active DENY policies could still refuse a call: {}", first(policies.into_iter(), 5));
        link("policies", says, "access policies");
    }
    for combination in danger::catalogue().combinations.iter().filter(|one| {
        one.all_of.iter().all(|name| least.permissions.iter().any(|permission| permission.as_str() == name))
    }) {
        let says = format!(
            "even the least set completes `{}` ({}): {}",
            combination.name,
            combination.condition,
            first(combination.all_of.iter().map(String::as_str), 5)
        );
        link("combination", says, "danger catalogue of the program");
    }
    links
}

#[cfg(test)]
mod tests;
