//! Permissions that can be taken out of a role: nobody who holds it needs them, and the needs of all who do are known.

use std::collections::{BTreeSet, HashMap};

use fixedbitset::FixedBitSet;

use super::change::Change;
use super::known::{doubts, unlisted};
use super::plan::{Affected, Step, Work, first};
use super::trial_org::TrialOrg;
use super::undo;
use super::weight::weight;
use rolecall_access::cross::principal::HeldGrant;
use rolecall_access::cross::{AccessMap, PrincipalKind};
use rolecall_base::grant::SubjectKind;
use rolecall_base::id::{GroupId, RoleId};
use rolecall_base::permission::Permission;
use rolecall_base::role::Role;

/// Alternatives of a needed call that are tried one by one in each role; the rest stays.
const TRIED: usize = 16;

/// Who holds a role.
struct Holders {
    /// Positions in the map.
    principals: BTreeSet<usize>,
    /// Those of whom nothing is known: people of other orgs, users that were not collected.
    others: BTreeSet<String>,
}

/// Adds the steps that narrow the roles of these grants.
pub(super) fn narrow(work: &mut Work<'_, '_>, grants: &[HeldGrant]) {
    let roles: BTreeSet<usize> = grants.iter().filter_map(|grant| grant.role).collect();
    let mut found: Vec<Step> = Vec::new();
    let positions: HashMap<&str, usize> =
        work.map.principals().iter().enumerate().map(|(at, principal)| (principal.id.as_str(), at)).collect();
    for at in roles {
        let Some(role) = work.map.snapshot.roles.get(at) else { continue };
        let what = format!("permissions of role `{}` ({})", role.name, role.id);
        let holders = holders_of(work.map, &positions, &role.id);
        let others: BTreeSet<usize> = holders.principals.iter().copied().filter(|one| *one != work.at).collect();
        let asked = asked(work, &holders.principals);
        let Some(rights) = work.map.rights.roles.get(at) else { continue };
        let mut held = rights.always.clone();
        held.union_with(&rights.under_condition);
        let mut spare: Vec<usize> = held.difference(&asked).collect();
        let mut alternatives: Vec<usize> = held.intersection(&asked).collect();
        if grants.iter().any(|grant| grant.role == Some(at) && work.is_young(grant)) {
            work.keep(what, "the grant is younger than the window of observation".to_owned());
            continue;
        }
        if role.kind() == "default" {
            if !spare.is_empty() {
                let why =
                    "a default role of the platform, which adds to it and restores it: replace it by a custom role";
                work.keep(what, why.to_owned());
            }
            continue;
        }
        if let Some(why) = unknown_holder(work, &holders, &others) {
            if !spare.is_empty() {
                work.keep(what, why);
            }
            continue;
        }
        let mut everybody = others.clone();
        everybody.insert(work.at);
        // What stands next to a call that lists no permission may be asked for there after all.
        let near: BTreeSet<usize> = everybody.iter().flat_map(|at| unlisted(work.map, work.needed, *at).0).collect();
        spare.retain(|number| !near.contains(number));
        alternatives.retain(|number| !near.contains(number));
        let mut trial = TrialOrg::of(work.map, work.needed, &everybody);
        for step in work.plan.steps.iter().chain(&found) {
            // Each was tried on the principal alone, and none touches what others hold but those that were tried on them.
            let _ = trial.try_out(&step.change);
        }
        let names = work.map.rights.index.names();
        alternatives.sort_by_key(|number| (std::cmp::Reverse(names.get(*number).map(weight)), names.get(*number)));
        let change = |numbers: &[usize]| Change::Narrow {
            role: role.id.clone(),
            permissions: {
                let mut names: Vec<Permission> = numbers.iter().filter_map(|at| names.get(*at)).cloned().collect();
                names.sort();
                names
            },
        };
        if !spare.is_empty()
            && let Err(broken) = trial.try_out(&change(&spare))
        {
            let why = work.needed_by(&broken);
            work.keep(what, why);
            continue;
        }
        for number in alternatives.into_iter().take(TRIED) {
            if trial.try_out(&change(&[number])).is_ok() {
                spare.push(number);
            }
        }
        spare.sort_unstable();
        if spare.len() == held.count_ones(..) && !spare.is_empty() {
            work.keep(what, "none of them is used; a role that holds nothing would say less than no role".to_owned());
            continue;
        }
        if spare.is_empty() {
            continue;
        }
        let keeps: Vec<usize> = held.ones().filter(|number| spare.binary_search(number).is_err()).collect();
        found.push(step(work, role, change(&spare), &spare, &keeps, &others));
    }
    found.sort_by(|a, b| {
        let rank = |step: &Step| (step.affects.len(), step.last_used, step.role_name.clone(), step.role_id.clone());
        rank(a).cmp(&rank(b))
    });
    work.plan.steps.extend(found);
}

fn step(
    work: &Work<'_, '_>,
    role: &Role,
    change: Change,
    spare: &[usize],
    keeps: &[usize],
    others: &BTreeSet<usize>,
) -> Step {
    let permissions = work.names(spare);
    let mut affects: Vec<Affected> = others
        .iter()
        .filter_map(|at| work.map.principals().get(*at))
        .map(|one| Affected { kind: one.kind.as_str(), id: one.id.clone(), name: one.name.clone() })
        .collect();
    affects.sort();
    let mut cautions = work.cautions(spare);
    cautions.extend(work.changed_lately(role.id.as_str()));
    let wide = role.policies.iter().any(|policy| {
        policy.patterns().any(|pattern| {
            pattern.is_wildcard() && permissions.iter().any(|name| pattern.covers(&Permission::new(name)))
        })
    });
    if wide {
        cautions.push(
            "a wildcard of the role has to be written out: it no longer covers what the platform adds later".to_owned(),
        );
    }
    if !affects.is_empty() {
        let names: Vec<&str> = affects.iter().map(|one| one.name.as_str()).collect();
        cautions.push(format!(
            "others lose the same, since they hold the role too: {}; none of their known needs uses it",
            first(names.into_iter(), 5)
        ));
    }
    let gone = match &change {
        Change::Narrow { permissions, .. } => permissions.clone(),
        Change::Revoke { .. } | Change::Leave { .. } | Change::DropScope { .. } => Vec::new(),
    };
    Step {
        order: 0,
        kind: "role-permissions",
        says: format!(
            "remove {} of the {} permissions of role `{}` ({})",
            spare.len(),
            spare.len() + keeps.len(),
            role.name,
            role.id
        ),
        role_id: role.id.to_string(),
        role_name: role.name.clone(),
        division_id: String::new(),
        division_name: String::new(),
        via: "direct".to_owned(),
        last_used: work.last_used(spare),
        granted_at: None,
        watch: work.watch(spare),
        undo: undo::role(role, &gone),
        permissions,
        keeps: work.names(keeps),
        affects,
        cautions,
        change,
    }
}

/// What the needed calls of these ask for, needed for certain or not.
fn asked(work: &Work<'_, '_>, who: &BTreeSet<usize>) -> FixedBitSet {
    let mut asked = FixedBitSet::with_capacity(work.map.rights.index.len());
    for call in work.needed.calls.iter().filter(|call| who.contains(&call.principal) || call.principal == work.at) {
        let demanded = call.operation.map_or(&[][..], |operation| work.map.demanded(operation));
        demanded.iter().for_each(|number| asked.insert(*number));
    }
    asked
}

/// Why the role cannot be narrowed for all of its holders; `None` where the needs of each are known.
fn unknown_holder(work: &Work<'_, '_>, holders: &Holders, others: &BTreeSet<usize>) -> Option<String> {
    let mut unknown: Vec<&str> = holders.others.iter().map(String::as_str).collect();
    for at in others {
        let Some(other) = work.map.principals().get(*at) else { continue };
        // People are many, and nothing is ever known of their use.
        if other.kind == PrincipalKind::User {
            unknown.push(&other.name);
            continue;
        }
        let grants = work.map.grants_of(other);
        if grants.iter().any(|grant| work.is_young(grant)) || !doubts(work.map, work.needed, other, *at).is_empty() {
            unknown.push(&other.name);
        }
    }
    (!unknown.is_empty()).then(|| {
        format!(
            "shared with {}, whose needs are not known: give the principal a role of its own instead",
            first(unknown.into_iter(), 5)
        )
    })
}

fn holders_of(map: &AccessMap<'_>, positions: &HashMap<&str, usize>, role: &RoleId) -> Holders {
    let mut holders = Holders { principals: BTreeSet::new(), others: BTreeSet::new() };
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    let snapshot = map.snapshot;
    for client in &snapshot.oauth_clients {
        if client.role_divisions.iter().flatten().any(|pair| pair.role == *role) {
            ids.insert(client.id.as_str());
        }
    }
    for grant in snapshot.grants.iter().filter(|grant| grant.role == *role) {
        let subject = grant.subject.as_str();
        match (grant.subject_kind, snapshot.group_members.get(&GroupId::new(subject))) {
            (SubjectKind::TrusteeUser | SubjectKind::TrusteeGroup, _) => {
                holders.others.insert(grant.subject_name.clone().unwrap_or_else(|| subject.to_owned()));
            }
            (_, Some(members)) => ids.extend(members.iter().map(|member| member.as_str())),
            (SubjectKind::Group, None) => {
                holders.others.insert(grant.subject_name.clone().unwrap_or_else(|| subject.to_owned()));
            }
            (SubjectKind::OauthClient | SubjectKind::User | SubjectKind::Unknown, None) => {
                ids.insert(subject);
            }
        }
    }
    for id in ids {
        match positions.get(id) {
            Some(at) => {
                holders.principals.insert(*at);
            }
            None => {
                holders.others.insert(id.to_owned());
            }
        }
    }
    holders
}
