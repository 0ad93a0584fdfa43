//! Who can grant roles, or take them: the holders of the gravest permissions of privilege escalation, each with the
//! chain by which it holds them.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::night::Night;
use super::sections::{Sections, Who};
use super::words::{self, Capped};
use rolecall_access::cross::excess::role_name;
use rolecall_access::cross::principal::{HeldGrant, Standing};
use rolecall_access::cross::{Principal, PrincipalKind};
use rolecall_access::escalation::{Raise, Ways};
use rolecall_base::grant::Reach;
use rolecall_base::permission::Permission;
use rolecall_findings::check::label;
use rolecall_findings::danger;
use rolecall_findings::evidence::OrgEvidence;
use rolecall_findings::severity::Severity;
use rolecall_findings::weighing::{self, CLIENT_EDIT};

/// Principals that are shown.
const HOLDERS_SHOWN: usize = 20;
/// Ways by which one of them holds what it holds, that are shown.
const WAYS_SHOWN: usize = 6;
/// The permission that gives any role to anybody.
const GRANT_ADD: &str = "authorization:grant:add";
/// The class of permissions by which more can be taken.
const ESCALATION: &str = "PE";

/// Who can grant roles, or take them.
#[derive(Serialize)]
pub struct Power {
    /// The permissions that are looked for, with what each lets its holder do.
    pub permissions: Vec<(String, String)>,
    /// The holders: active ones first, then those who can grant roles, then those who hold the most.
    pub holders: Capped<Holder>,
    /// Active principals that hold the permission to grant roles.
    pub grantors: usize,
    /// Active principals that hold one of the permissions, by kind, in words: `3 OAuth clients`.
    pub kinds: Vec<String>,
    /// The orgs in which the permission to grant roles has a page.
    pub orgs: Vec<String>,
    /// Principals that are not seen to hold one of them although something that was not read could give it.
    pub not_known: usize,
}

/// A holder.
#[derive(Serialize)]
pub struct Holder {
    /// Who.
    pub who: Who,
    /// Whether it can act at all.
    pub active: bool,
    /// Whether it can give any role to anybody.
    pub grants: bool,
    /// What it holds of the permissions, the one that grants roles first.
    pub permissions: Vec<String>,
    /// Role, division and way of each grant that gives one of them.
    pub chain: Capped<String>,
    /// The shortest path by which it can raise its own rights, a step a line, and what would stop it; empty where there
    /// is none.
    pub path: Vec<String>,
    /// Clients that it could take over, where it can edit clients: names, or that there are none.
    pub reach: String,
}

/// What was found of a principal before it is reported.
struct Found<'a> {
    org: &'a OrgEvidence<'a>,
    principal: &'a Principal,
    /// Its position in the map.
    at: usize,
    held: Vec<usize>,
    grants: bool,
}

/// The holders of a night.
pub fn of(night: &Night<'_>, sections: &Sections) -> Power {
    let looked_for = looked_for();
    let mut all = Vec::new();
    let mut not_known = 0;
    for org in night.orgs.iter().copied() {
        let (found, open) = of_org(org, &looked_for);
        all.extend(found);
        not_known += open;
    }
    let active = |found: &&Found<'_>| found.principal.standing != Standing::Inactive;
    let mut kinds: BTreeMap<PrincipalKind, usize> = BTreeMap::new();
    for found in all.iter().filter(active) {
        *kinds.entry(found.principal.kind).or_default() += 1;
    }
    let grantors = all.iter().filter(active).filter(|found| found.grants).count();
    all.sort_by_cached_key(|found| {
        let one = found.principal;
        let org = found.org.map.snapshot.org.name.clone();
        let rank = (one.standing == Standing::Inactive, !found.grants, std::cmp::Reverse(found.held.len()));
        (rank, org, one.kind, one.name.clone(), one.id.clone())
    });
    // Only those that are shown are asked for, so that a large org costs little.
    let mut ways: HashMap<&str, Ways<'_>> = HashMap::new();
    Power {
        permissions: looked_for.iter().map(|(name, reason)| (name.clone(), (*reason).to_owned())).collect(),
        holders: Capped::of(all, HOLDERS_SHOWN, |found| {
            let name = found.org.map.snapshot.org.name.as_str();
            let raise = ways.entry(name).or_insert_with(|| Ways::of(&found.org.map)).raise(found.at);
            holder(&found, sections, raise.as_ref())
        }),
        grantors,
        kinds: kinds
            .into_iter()
            .map(|(kind, number)| words::count(number, words::kind(kind), &format!("{}s", words::kind(kind))))
            .collect(),
        orgs: night.orgs.iter().copied().filter(|org| names_grant_add(org)).map(org_name).collect(),
        not_known,
    }
}

fn org_name(org: &OrgEvidence<'_>) -> String {
    org.map.snapshot.org.name.clone()
}

/// Whether the org knows the permission to grant roles, in its catalogue or in what somebody holds.
fn names_grant_add(org: &OrgEvidence<'_>) -> bool {
    org.map.rights.index.number(&Permission::new(GRANT_ADD)).is_some()
}

/// The gravest permissions of privilege escalation with what the catalogue says of each, the one that grants roles
/// first.
fn looked_for() -> Vec<(String, &'static str)> {
    let grave = danger::catalogue().entries.iter();
    let grave = grave.filter(|entry| entry.class == ESCALATION && entry.severity == Severity::Critical);
    let mut listed: Vec<(String, &str)> =
        grave.flat_map(|entry| entry.permissions.iter().map(|name| (name.clone(), entry.reason.as_str()))).collect();
    listed.sort_by(|a, b| (a.0 != GRANT_ADD, &a.0).cmp(&(b.0 != GRANT_ADD, &b.0)));
    listed
}

fn of_org<'a>(org: &'a OrgEvidence<'a>, looked_for: &[(String, &str)]) -> (Vec<Found<'a>>, usize) {
    let index = &org.map.rights.index;
    let numbers: Vec<usize> = looked_for.iter().filter_map(|(name, _)| index.number(&Permission::new(name))).collect();
    let grant_add = index.number(&Permission::new(GRANT_ADD));
    // Many principals share what they hold: each distinct set is looked at once.
    let mut known: HashMap<usize, (Vec<usize>, bool)> = HashMap::new();
    let mut found = Vec::new();
    let mut not_known = 0;
    for (at, principal) in org.map.principals().iter().enumerate().filter(|(_, one)| !one.acts_for_users()) {
        let Some(holdings) = org.map.holdings_of(principal) else { continue };
        let (held, open) = known.entry(principal.holdings).or_insert_with(|| {
            let held: Vec<usize> = numbers.iter().copied().filter(|at| holdings.at_all.contains(*at)).collect();
            (held, numbers.iter().any(|at| holdings.better.contains(*at)))
        });
        if !held.is_empty() {
            let grants = grant_add.is_some_and(|at| held.contains(&at));
            found.push(Found { org, principal, at, held: held.clone(), grants });
        } else if *open {
            not_known += 1;
        }
    }
    (found, not_known)
}

fn holder(found: &Found<'_>, sections: &Sections, raise: Option<&Raise>) -> Holder {
    let map = &found.org.map;
    let gives = |grant: &&HeldGrant| {
        let rights = grant.role.and_then(|at| map.rights.roles.get(at));
        let gives = |at: &usize| {
            rights.is_some_and(|rights| rights.always.contains(*at) || rights.under_condition.contains(*at))
        };
        found.held.iter().any(gives)
    };
    let grants = map.grants_of(found.principal);
    let name = |at: &usize| map.rights.index.names().get(*at).map(ToString::to_string);
    let edits_clients = found.held.iter().filter_map(name).any(|name| name == CLIENT_EDIT);
    let reach = match (edits_clients, weighing::clients_within_reach(found.org, found.principal)) {
        (false, _) => String::new(),
        (true, names) if names.is_empty() => "none".to_owned(),
        (true, names) => {
            let more = names.len().saturating_sub(WAYS_SHOWN);
            let shown: Vec<&str> = names.iter().take(WAYS_SHOWN).map(String::as_str).collect();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{more}", shown.join(", "))
        }
    };
    Holder {
        who: sections.who(map, found.principal),
        active: found.principal.standing != Standing::Inactive,
        grants: found.grants,
        permissions: found.held.iter().filter_map(name).collect(),
        chain: Capped::of(grants.iter().filter(gives), WAYS_SHOWN, |grant| link(found, grant)),
        path: raise.map(|raise| path(raise, &label(found.principal))).unwrap_or_default(),
        reach,
    }
}

/// The shortest path, a step a line, then the cheapest cut.
fn path(raise: &Raise, who: &str) -> Vec<String> {
    let steps = raise.shortest.steps.iter().enumerate();
    let mut lines: Vec<String> = steps
        .map(|(at, step)| {
            format!("{}. as {}: {} ({}): {}", at + 1, step.acting_as, step.operation, step.sureness, step.does)
        })
        .collect();
    if let Some(cut) = &raise.cut {
        let removals: Vec<String> = cut.removals.iter().take(WAYS_SHOWN).map(|removal| removal.words(who)).collect();
        let more = cut.removals.len().saturating_sub(WAYS_SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push(format!("cheapest cut: {}{more}", removals.join(", ")));
    }
    lines
}

/// One way: the role, where it was granted, and through whom.
fn link(found: &Found<'_>, grant: &HeldGrant) -> String {
    let map = &found.org.map;
    let place = match &grant.reach {
        Reach::All => "in all divisions".to_owned(),
        Reach::In(id) => format!("in {}", map.division_name(id)),
    };
    let way = match &grant.via {
        None => "granted directly".to_owned(),
        Some(id) => {
            let group = map.snapshot.groups.iter().find(|group| group.id == *id);
            format!("through group {}", group.map_or(id.as_str(), |group| group.name.as_str()))
        }
    };
    format!("role {} {place}, {way}", role_name(map, grant))
}
