//! Excess: permissions that are granted and that no known need uses. Said only where the needs are known.

use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;
use jiff::Timestamp;

use super::access::AccessMap;
use super::needed::{Known, Needed};
use super::principal::{HeldGrant, Principal, PrincipalKind, Standing};
use rolecall_base::grant::Reach;
use rolecall_base::permission::Permission;
use rolecall_matrix::Match;

/// A permission that a principal holds and does not use.
#[derive(Clone, Debug)]
pub struct Excess {
    /// Position of the principal in the access map.
    pub principal: usize,
    /// The permission.
    pub permission: Permission,
    /// Names of the roles that grant it.
    pub via_roles: Vec<String>,
    /// Names of the divisions it is held in; `*` for all.
    pub divisions: Vec<String>,
    /// How it is known to be unused, in words for people.
    pub evidence: String,
}

/// Why nothing is said of a principal's excess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotJudged {
    /// Its needs are not known: none declared, and no complete usage data.
    NeedsNotKnown,
}

/// Excess of every principal whose needs are known, and the principals of which nothing can be said.
pub fn excess(map: &AccessMap<'_>, needed: &Needed<'_>) -> (Vec<Excess>, Vec<(usize, NotJudged)>) {
    let mut declared = vec![0_usize; map.principals().len()];
    let mut observed = vec![0_usize; map.principals().len()];
    let mut unpublished = vec![0_usize; map.principals().len()];
    let mut used: Vec<Option<FixedBitSet>> = vec![None; map.principals().len()];
    for call in &needed.calls {
        let count = match call.known {
            Known::Declared(_) => &mut declared,
            Known::Observed(_) => &mut observed,
        };
        if let Some(count) = count.get_mut(call.principal) {
            *count += 1;
        }
        let set = used.get_mut(call.principal);
        let (Some(set), Some(operation)) = (set, call.operation) else { continue };
        let set = set.get_or_insert_with(|| FixedBitSet::with_capacity(map.rights.index.len()));
        // Any alternative that is held may be the one that lets the call through: none of them is called unused.
        map.demanded(operation).iter().for_each(|number| set.insert(*number));
        let matching = map.matrix.operations().get(operation).map(|found| found.requirement.permissions_match);
        if matching == Some(Match::Unknown)
            && let Some(count) = unpublished.get_mut(call.principal)
        {
            *count += 1;
        }
    }
    let mut required = FixedBitSet::with_capacity(map.rights.index.len());
    map.outcomes().demands.iter().flat_map(|demand| &demand.permissions).for_each(|number| required.insert(*number));
    let usage = map.snapshot.usage.as_ref().filter(|usage| usage.complete);
    let window_start =
        usage.and_then(|usage| usage.from.to_zoned(jiff::tz::TimeZone::UTC).ok()).map(|at| at.timestamp());
    let mut rows = Vec::new();
    let mut silent = Vec::new();
    for (at, principal) in map.principals().iter().enumerate() {
        if !judged(principal) || principal.standing != Standing::Active {
            continue;
        }
        let stated = declared.get(at).copied().unwrap_or(0);
        if usage.is_none() && stated == 0 {
            silent.push((at, NotJudged::NeedsNotKnown));
            continue;
        }
        let Some(held) = map.holdings_of(principal) else { continue };
        let grants = map.grants_of(principal);
        let mut unused = held.at_all.clone();
        if let Some(Some(used)) = used.get(at) {
            unused.difference_with(used);
        }
        for number in unused.ones() {
            let giving: Vec<&HeldGrant> = grants.iter().filter(|grant| gives(map, grant, number)).collect();
            // A grant younger than the window had no chance to be used in it.
            if window_start.is_some_and(|start| !giving.is_empty() && giving.iter().all(|grant| is_young(grant, start)))
            {
                continue;
            }
            let Some(permission) = map.rights.index.names().get(number) else { continue };
            let evidence = match usage {
                Some(usage) => {
                    let mut text = format!("no call from {} to {} needs it", usage.from, usage.to);
                    text.push_str(&match stated {
                        0 => ", none declared".to_owned(),
                        n => format!(", nor any of {n} declared"),
                    });
                    if giving.iter().any(|grant| grant.granted_at.is_none()) {
                        text.push_str("; age of the grant not known");
                    }
                    text
                }
                None => format!("none of {stated} declared needs uses it; observed use is not known"),
            };
            let mut evidence = evidence;
            if !required.contains(number) {
                evidence.push_str("; no published operation requires it");
            }
            if let Some(count) = unpublished.get(at).filter(|count| **count > 0) {
                evidence.push_str(&format!("; what {count} of its calls require is not published"));
            }
            let roles: BTreeSet<String> = giving.iter().map(|grant| role_name(map, grant)).collect();
            let divisions: BTreeSet<String> = giving
                .iter()
                .map(|grant| match &grant.reach {
                    Reach::All => "*".to_owned(),
                    Reach::In(id) => map.division_name(id).to_owned(),
                })
                .collect();
            rows.push(Excess {
                principal: at,
                permission: permission.clone(),
                via_roles: roles.into_iter().collect(),
                divisions: divisions.into_iter().collect(),
                evidence,
            });
        }
    }
    (rows, silent)
}

fn judged(principal: &Principal) -> bool {
    principal.is_machine() || principal.kind == PrincipalKind::ServiceUser
}

fn gives(map: &AccessMap<'_>, grant: &HeldGrant, permission: usize) -> bool {
    grant
        .role
        .and_then(|at| map.rights.roles.get(at))
        .is_some_and(|rights| rights.always.contains(permission) || rights.under_condition.contains(permission))
}

fn is_young(grant: &HeldGrant, window_start: Timestamp) -> bool {
    grant.granted_at.is_some_and(|at| at > window_start)
}

/// The role's name; its id where the role was not read.
pub fn role_name(map: &AccessMap<'_>, grant: &HeldGrant) -> String {
    let role = grant.role.and_then(|at| map.snapshot.roles.get(at));
    role.map_or_else(|| grant.role_id.to_string(), |role| role.name.clone())
}
