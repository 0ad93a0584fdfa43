//! The least set of permissions that covers what a principal needs, and the roles that bring it no further than needed.

use std::collections::{BTreeMap, BTreeSet};

use super::cover::{self, Cover};
use super::verify::{self, Given};
use super::wants::{Places, Want, grantable};
use super::weight::weight;
use rolecall_access::cross::{AccessMap, Principal};
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;
use rolecall_matrix::{Match, Provenance};

/// Of two sets of one weight the one with fewer things that are not held yet is taken: the last digits of a weight
/// within the search count them. More than any set has.
const TIE: u64 = 1 << 14;

/// The least set of permissions.
#[derive(Clone, Debug, Default)]
pub struct Least {
    /// The permissions, sorted.
    pub permissions: Vec<Permission>,
    /// The sum of their weights (`weight.rs`).
    pub cost: u64,
    /// No set that covers these needs weighs less; equal to `cost` where the set is proved to be the least.
    pub lower_bound: u64,
    /// Nodes of the search.
    pub nodes: u64,
    /// Where each permission is needed, in the order of `permissions`.
    pub places: Vec<Places>,
    /// The roles that bring them.
    pub roles: Vec<LeastRole>,
    /// What the verifier has against it; empty where nothing.
    pub objections: Vec<String>,
}

impl Least {
    /// Whether it is proved that no set weighs less.
    pub fn is_optimal(&self) -> bool {
        self.cost == self.lower_bound
    }
}

/// A role of the answer: permissions that are needed in the same divisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeastRole {
    /// Where it is granted.
    pub places: Places,
    /// What it holds, sorted.
    pub permissions: Vec<Permission>,
}

/// Finds the least set, and has it checked.
pub(super) fn least(map: &AccessMap<'_>, principal: &Principal, wants: &[Want<'_>], budget: u64) -> Least {
    let names: BTreeSet<&Permission> = wants.iter().flat_map(|want| grantable(map, want.requirement)).collect();
    let names: Vec<&Permission> = names.into_iter().collect();
    let number = |permission: &&Permission| names.binary_search(permission).ok();
    let held = map.holdings_of(principal).filter(|_| !principal.acts_for_users());
    let is_held = |permission: &Permission| {
        let number = map.rights.index.number(permission);
        held.is_some_and(|held| number.is_some_and(|number| held.at_all.contains(number)))
    };
    let weights: Vec<u64> = names.iter().map(|name| weight(name) * TIE + u64::from(!is_held(name))).collect();
    let mut clauses: Vec<Vec<usize>> = Vec::new();
    for want in wants {
        let members = grantable(map, want.requirement).filter_map(|permission| number(&permission));
        match want.requirement.permissions_match {
            Match::Any => clauses.push(members.collect()),
            Match::All => clauses.extend(members.map(|member| vec![member])),
            Match::None | Match::Unknown => {}
        }
    }
    // Needs that nothing can meet are already set aside; the verifier would name one that is left.
    clauses.retain(|clause| !clause.is_empty());
    let found = cover::cover(&weights, &clauses, budget).unwrap_or(Cover {
        chosen: Vec::new(),
        cost: 0,
        lower_bound: 0,
        nodes: 0,
    });
    let permissions: Vec<Permission> =
        found.chosen.iter().filter_map(|at| names.get(*at)).map(|name| (*name).clone()).collect();
    let cost = permissions.iter().map(weight).sum();
    let places = places_of(map, &permissions, wants);
    let roles = roles_of(map, &permissions, &places);
    let mut least = Least {
        cost,
        lower_bound: found.lower_bound / TIE,
        nodes: found.nodes,
        places,
        roles,
        objections: Vec::new(),
        permissions,
    };
    least.objections = objections(map, wants, &least);
    least
}

fn objections(map: &AccessMap<'_>, wants: &[Want<'_>], least: &Least) -> Vec<String> {
    let given: Vec<Given<'_>> = least
        .roles
        .iter()
        .flat_map(|role| role.permissions.iter().map(move |permission| (role, permission)))
        .map(|(role, permission)| Given {
            permission,
            places: &role.places,
            everywhere: reaches_everywhere(map, permission),
        })
        .collect();
    let mut wrong = verify::permissions(wants, &given, least.cost, least.lower_bound);
    let named: BTreeSet<&Permission> = given.iter().map(|one| one.permission).collect();
    if given.len() != least.permissions.len() || !least.permissions.iter().all(|one| named.contains(one)) {
        wrong.push("the roles do not hold what the set names".to_owned());
    }
    wrong
}

fn reaches_everywhere(map: &AccessMap<'_>, permission: &Permission) -> bool {
    map.rights.index.number(permission).is_some_and(|number| map.rights.everywhere.contains(number))
}

/// Where each chosen permission has to be held. A need of which several alternatives were chosen, for the sake of
/// others, is met by one that reaches it already, else by the lightest.
fn places_of(map: &AccessMap<'_>, chosen: &[Permission], wants: &[Want<'_>]) -> Vec<Places> {
    let mut places: Vec<Places> = vec![Places::In(BTreeSet::new()); chosen.len()];
    let mut choice: Vec<(&Want<'_>, Vec<usize>)> = Vec::new();
    for want in wants {
        let members: BTreeSet<usize> =
            want.requirement.permissions.iter().filter_map(|one| chosen.binary_search(one).ok()).collect();
        let members: Vec<usize> = members.into_iter().collect();
        if want.requirement.permissions_match == Match::Any && members.len() > 1 {
            choice.push((want, members));
        } else {
            for place in members {
                if let Some(mine) = places.get_mut(place) {
                    mine.and(&want.places);
                }
            }
        }
    }
    for (want, members) in choice {
        let reaches = |at: &usize| {
            let everywhere = chosen.get(*at).is_some_and(|one| reaches_everywhere(map, one));
            let granted = |mine: &Places| *mine != Places::In(BTreeSet::new());
            places.get(*at).is_some_and(|mine| (everywhere && granted(mine)) || mine.covers(&want.places))
        };
        if members.iter().any(reaches) {
            continue;
        }
        let lightest = members.into_iter().min_by_key(|at| (chosen.get(*at).map(weight), *at));
        if let Some(mine) = lightest.and_then(|at| places.get_mut(at)) {
            mine.and(&want.places);
        }
    }
    places
}

/// One role for each set of divisions. What no division limits rides along with the widest.
fn roles_of(map: &AccessMap<'_>, chosen: &[Permission], places: &[Places]) -> Vec<LeastRole> {
    let mut roles: BTreeMap<Places, Vec<Permission>> = BTreeMap::new();
    let mut anywhere = Vec::new();
    for (permission, places) in chosen.iter().zip(places) {
        if reaches_everywhere(map, permission) {
            anywhere.push((permission, places));
        } else {
            roles.entry(places.clone()).or_default().push(permission.clone());
        }
    }
    // `All` sorts first.
    let widest = roles.keys().next().cloned();
    for (permission, places) in anywhere {
        let place = widest.as_ref().unwrap_or(places);
        roles.entry(place.clone()).or_default().push(permission.clone());
    }
    let sorted = |(places, mut permissions): (Places, Vec<Permission>)| {
        permissions.sort();
        LeastRole { places, permissions }
    };
    roles.into_iter().map(sorted).collect()
}

/// The least set of scopes of a client that acts for users.
#[derive(Clone, Debug, Default)]
pub struct LeastScopes {
    /// The scopes, sorted.
    pub scopes: Vec<Scope>,
    /// A scope that permits writing weighs 1,001, one that ends in `:readonly` 1.
    pub cost: u64,
    /// No set that covers these needs weighs less.
    pub lower_bound: u64,
    /// Nodes of the search.
    pub nodes: u64,
    /// What the verifier has against it.
    pub objections: Vec<String>,
}

impl LeastScopes {
    /// Whether it is proved that no set weighs less.
    pub fn is_optimal(&self) -> bool {
        self.cost == self.lower_bound
    }
}

/// Finds the least set of scopes for the operations whose scopes are published; any one of those that an operation
/// lists is enough for it. `had` are those that the client has: of equals they are preferred.
pub(super) fn scopes(wants: &[Want<'_>], had: &[Scope], budget: u64) -> LeastScopes {
    let lists = wants.iter().filter(|want| want.requirement.scopes_known == Provenance::Published);
    let lists: Vec<&Vec<Scope>> = lists.map(|want| &want.requirement.scopes).filter(|list| !list.is_empty()).collect();
    let names: BTreeSet<&Scope> = lists.iter().copied().flatten().collect();
    let names: Vec<&Scope> = names.into_iter().collect();
    let weigh = |scope: &Scope| if scope.as_str().ends_with(":readonly") { 1 } else { 1_001 };
    let weights: Vec<u64> = names.iter().map(|scope| weigh(scope) * TIE + u64::from(!had.contains(scope))).collect();
    let clauses: Vec<Vec<usize>> =
        lists.iter().map(|list| list.iter().filter_map(|scope| names.binary_search(&scope).ok()).collect()).collect();
    let Some(found) = cover::cover(&weights, &clauses, budget) else { return LeastScopes::default() };
    let scopes: Vec<Scope> =
        found.chosen.iter().filter_map(|at| names.get(*at)).map(|scope| (*scope).clone()).collect();
    LeastScopes {
        cost: scopes.iter().map(weigh).sum(),
        lower_bound: found.lower_bound / TIE,
        nodes: found.nodes,
        objections: verify::scopes(wants, &scopes),
        scopes,
    }
}
