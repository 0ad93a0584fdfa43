//! Is the answer right? A second look at it, straight at the matrix, that shares nothing with the search.
//!
//! Each need is covered, in each place; nothing can be dropped; the weight is what the catalogue says; the bound is none
//! above the weight.

use std::collections::BTreeSet;

use super::wants::{Places, Want};
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;
use rolecall_findings::danger;
use rolecall_findings::severity::Severity;
use rolecall_matrix::{Match, Provenance, Requirement};

/// A permission of an answer, with where it is to be held.
#[derive(Clone, Debug)]
pub(super) struct Given<'a> {
    /// The permission.
    pub permission: &'a Permission,
    /// Where the role that holds it is granted.
    pub places: &'a Places,
    /// Whether the org's catalogue says that no division limits it.
    pub everywhere: bool,
}

/// What is wrong with a set of permissions that is said to cover these needs; empty where nothing is.
pub(super) fn permissions(wants: &[Want<'_>], given: &[Given<'_>], cost: u64, lower_bound: u64) -> Vec<String> {
    let mut wrong = Vec::new();
    let all: BTreeSet<&str> = given.iter().map(|one| one.permission.as_str()).collect();
    for want in wants {
        if !holds(want.requirement, |name| all.contains(name)) {
            wrong.push(format!("{} is not covered", want.endpoint));
        } else if !reaches(want, given) {
            wrong.push(format!("{} is not covered in every division it is needed in", want.endpoint));
        }
    }
    for one in &all {
        let without = |name: &str| name != *one && all.contains(name);
        if wants.iter().all(|want| holds(want.requirement, without)) {
            wrong.push(format!("{one} can be dropped"));
        }
    }
    let weighed: u64 = all.iter().map(|name| weighs(name)).sum();
    if weighed != cost {
        wrong.push(format!("the set weighs {weighed}, not {cost}"));
    }
    if lower_bound > cost {
        wrong.push(format!("the bound {lower_bound} is above the weight {cost}"));
    }
    wrong
}

/// What is wrong with a set of scopes that is said to cover these needs.
pub(super) fn scopes(wants: &[Want<'_>], given: &[Scope]) -> Vec<String> {
    let asks = |want: &&Want<'_>| {
        want.requirement.scopes_known == Provenance::Published && !want.requirement.scopes.is_empty()
    };
    let wants: Vec<&Want<'_>> = wants.iter().filter(asks).collect();
    let mut wrong = Vec::new();
    for want in &wants {
        if !want.requirement.scopes.iter().any(|scope| given.contains(scope)) {
            wrong.push(format!("no scope covers {}", want.endpoint));
        }
    }
    for one in given {
        let mut alone = wants.iter().filter(|want| want.requirement.scopes.contains(one)).filter(|want| {
            let others = want.requirement.scopes.iter().filter(|scope| *scope != one);
            !others.into_iter().any(|scope| given.contains(scope))
        });
        if alone.next().is_none() {
            wrong.push(format!("the scope {one} can be dropped"));
        }
    }
    wrong
}

fn holds(requirement: &Requirement, has: impl Fn(&str) -> bool) -> bool {
    let mut names = requirement.permissions.iter().map(Permission::as_str);
    match requirement.permissions_match {
        Match::Any => names.any(has),
        Match::All => names.all(has),
        Match::None => true,
        Match::Unknown => false,
    }
}

fn reaches(want: &Want<'_>, given: &[Given<'_>]) -> bool {
    let in_place = |name: &str, division: Option<&str>| {
        given.iter().filter(|one| one.permission.as_str() == name).any(|one| match (one.places, division) {
            (Places::All, _) => true,
            // What no division limits has to be granted in one all the same.
            (Places::In(divisions), None) => one.everywhere && !divisions.is_empty(),
            (Places::In(divisions), Some(id)) => {
                (one.everywhere && !divisions.is_empty()) || divisions.iter().any(|one| one.as_str() == id)
            }
        })
    };
    match &want.places {
        Places::All => holds(want.requirement, |name| in_place(name, None)),
        Places::In(divisions) => {
            divisions.iter().all(|id| holds(want.requirement, |name| in_place(name, Some(id.as_str()))))
        }
    }
}

fn weighs(name: &str) -> u64 {
    let listed = danger::catalogue().entries.iter().filter(|entry| entry.permissions.iter().any(|one| one == name));
    let worst = listed.map(|entry| entry.severity).max();
    let wide = name.ends_with(":all") || name.ends_with(":manage");
    let floor = wide.then_some(Severity::High);
    match worst.max(floor) {
        Some(Severity::Critical) => 1_000_000_000_001,
        Some(Severity::High) => 1_000_000_001,
        Some(Severity::Medium) => 1_000_001,
        Some(Severity::Low) => 1_001,
        Some(Severity::Info) | None => 1,
    }
}
