//! How bad a dangerous permission is in the hands of one principal: the catalogue's word, then one step up or down for
//! each thing that bears on it. Every step is listed, so that a reader can recompute the result.

use std::collections::BTreeSet;

use super::check::names;
use super::danger::{self, Combination, Entry};
use super::evidence::OrgEvidence;
use super::severity::Severity;
use rolecall_access::cross::needed::Known;
use rolecall_access::cross::principal::{HeldGrant, Principal, PrincipalKind, Standing};
use rolecall_base::coverage::Listing;
use rolecall_base::permission::Permission;

/// Seconds of a day: tokens that live longer outlast most revocations.
const DAY: i64 = 86_400;

/// The permission by which clients are edited: it reaches only clients whose roles the caller holds.
pub const CLIENT_EDIT: &str = "oauth:client:edit";

/// A permission, weighed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// How bad it is.
    pub severity: Severity,
    /// What led there, in order.
    pub steps: Vec<String>,
}

impl Weighed {
    /// What the catalogue says, before anything bears on it.
    pub fn of(severity: Severity) -> Self {
        Self { severity, steps: vec![format!("{severity} in the catalogue")] }
    }

    /// One step up or down, and why.
    pub fn step(&mut self, by: i8, why: &str) {
        let levels = Severity::WORST_FIRST;
        let at = levels.iter().position(|level| *level == self.severity).unwrap_or(0);
        let moved = at.saturating_add_signed(isize::from(-by)).min(levels.len() - 1);
        self.severity = levels.get(moved).copied().unwrap_or(self.severity);
        let sign = if by > 0 { "+" } else { "" };
        self.steps.push(format!("{why} {sign}{by}"));
    }

    fn at_least(&mut self, severity: Severity, why: String) {
        self.severity = self.severity.max(severity);
        self.steps.push(why);
    }
}

/// Weighs a permission that the principal holds.
pub fn weigh(
    org: &OrgEvidence<'_>,
    principal: &Principal,
    permission: &Permission,
    entry: &Entry,
    complete: &[&Combination],
) -> Weighed {
    let mut weighed = Weighed::of(entry.severity);
    let map = &org.map;
    let number = map.rights.index.number(permission);
    let held = map.holdings_of(principal);
    if let (Some(number), Some(held)) = (number, held) {
        if held.fully.contains(number) {
            let why = if map.rights.everywhere.contains(number) { "no division limits it" } else { "in all divisions" };
            weighed.step(1, why);
        } else if held.in_divisions.iter().filter(|(_, set)| set.contains(number)).count() == 1 {
            weighed.step(-1, "in one division only");
        }
        if principal.is_machine() {
            weighed.step(1, "client credentials: no second factor, a long-lived secret");
        }
        if let Some(client) = map.client(principal) {
            if client.token_validity_seconds.is_some_and(|seconds| seconds > DAY) {
                weighed.step(1, "tokens live longer than a day");
            }
            if principal.standing == Standing::Inactive || client.deletes_at.is_some() {
                weighed.step(-2, "the client is inactive or due for deletion");
            }
        } else if principal.standing == Standing::Inactive {
            weighed.step(-2, "the user is inactive");
        }
        if !held.unconditioned.contains(number) {
            weighed.step(-1, "only under a condition");
        }
    }
    if permission.as_str() == CLIENT_EDIT
        && map.snapshot.coverage.is_whole(Listing::OauthClients)
        && clients_within_reach(org, principal).is_empty()
    {
        weighed.step(-1, "no other client's roles are all held, and the platform refuses the rest (`bad.client.role`)");
    }
    if named_widely(org, principal, permission) {
        weighed.at_least(Severity::High, "granted by a wildcard, `all` or `manage`: at least high".to_owned());
    }
    for combination in complete.iter().filter(|one| one.all_of.iter().any(|name| name == permission.as_str())) {
        weighed.at_least(
            Severity::Critical,
            format!("complete combination `{}` ({}): critical", combination.name, combination.condition),
        );
    }
    weighed
}

/// The combinations that a principal holds whole, as far as the data shows what else they take.
pub fn combinations(org: &OrgEvidence<'_>, principal: &Principal) -> Vec<&'static Combination> {
    let map = &org.map;
    let Some(held) = map.holdings_of(principal) else { return Vec::new() };
    let mut at_hand = held.at_all.clone();
    let edits_clients = map.rights.index.number(&Permission::new(CLIENT_EDIT));
    if edits_clients.is_some_and(|number| held.at_all.contains(number)) {
        // A client that it can take over is a hand of its own.
        for other in reached(org, principal) {
            if let Some(theirs) = map.holdings_of(other) {
                at_hand.union_with(&theirs.at_all);
            }
        }
    }
    let holds = |name: &String| {
        let number = map.rights.index.number(&Permission::new(name));
        number.is_some_and(|number| at_hand.contains(number))
    };
    let can_matter = |combination: &Combination| match combination.name.as_str() {
        "client takeover" => !clients_within_reach(org, principal).is_empty(),
        "group ride" => {
            let group = rolecall_base::grant::SubjectKind::Group;
            map.snapshot.grants.iter().any(|grant| grant.subject_kind == group)
        }
        "policy flip" => !map.snapshot.policies.is_empty(),
        _ => true,
    };
    let all = danger::catalogue().combinations.iter();
    all.filter(|one| one.all_of.iter().all(holds) && can_matter(one)).collect()
}

/// Names of the other client-credentials clients whose roles the principal holds, all of them, sorted.
pub fn clients_within_reach(org: &OrgEvidence<'_>, principal: &Principal) -> Vec<String> {
    let mut names: Vec<String> = reached(org, principal).iter().map(|other| other.name.clone()).collect();
    names.sort();
    names
}

/// The other client-credentials clients whose roles the principal holds, all of them.
fn reached<'a>(org: &'a OrgEvidence<'_>, principal: &Principal) -> Vec<&'a Principal> {
    let grants = org.map.grants_of(principal);
    let roles: BTreeSet<&str> = grants.iter().map(|grant| grant.role_id.as_str()).collect();
    let others = org.map.principals().iter().filter(|other| other.is_machine() && other.id != principal.id);
    others
        .filter(|other| {
            let theirs = org.map.grants_of(other);
            !theirs.is_empty() && theirs.iter().all(|grant| roles.contains(grant.role_id.as_str()))
        })
        .collect()
}

/// Names of the roles by which a principal holds a permission.
pub fn via_roles(org: &OrgEvidence<'_>, principal: &Principal, permission: &Permission) -> BTreeSet<String> {
    let Some(number) = org.map.rights.index.number(permission) else { return BTreeSet::new() };
    let gives = |grant: &HeldGrant| {
        let rights = grant.role.and_then(|at| org.map.rights.roles.get(at));
        rights.is_some_and(|rights| rights.always.contains(number) || rights.under_condition.contains(number))
    };
    let grants = org.map.grants_of(principal);
    grants
        .iter()
        .filter(|grant| gives(grant))
        .map(|grant| rolecall_access::cross::excess::role_name(&org.map, grant))
        .collect()
}

/// What is known of the use of a permission by a principal.
pub fn used(org: &OrgEvidence<'_>, at: usize, permission: &Permission) -> String {
    let number = org.map.rights.index.number(permission);
    let calls: BTreeSet<String> = org
        .needed
        .calls
        .iter()
        .filter(|call| call.principal == at)
        .filter(|call| match call.known {
            Known::Declared(_) => true,
            Known::Observed(row) => row.status_2xx > 0,
        })
        .filter(|call| {
            let demanded = call.operation.map_or(&[][..], |operation| org.map.demanded(operation));
            number.is_some_and(|number| demanded.contains(&number))
        })
        .map(|call| call.endpoint.to_string())
        .collect();
    if !calls.is_empty() {
        return format!("used by {}", names(calls.iter().map(String::as_str), 5));
    }
    let unused = org.excess.iter().find(|excess| excess.principal == at && excess.permission == *permission);
    unused.map_or_else(
        || "its use is not known".to_owned(),
        |excess| format!("not used, free to remove: {}", excess.evidence),
    )
}

fn named_widely(org: &OrgEvidence<'_>, principal: &Principal, permission: &Permission) -> bool {
    if permission.parts().is_some_and(|(_, _, action)| matches!(action, "all" | "manage")) {
        return true;
    }
    let grants = org.map.grants_of(principal);
    let roles = grants.iter().filter_map(|grant| grant.role).filter_map(|at| org.map.snapshot.roles.get(at));
    roles
        .flat_map(|role| &role.policies)
        .any(|policy| policy.patterns().any(|pattern| pattern.is_wildcard() && pattern.covers(permission)))
}

/// Whether a principal acts without a person: the ones whose power is reported.
pub fn is_unattended(principal: &Principal) -> bool {
    principal.is_machine() || principal.kind == PrincipalKind::ServiceUser
}
