//! Who makes nearly the same calls, and who among them holds far more than the others.
//!
//! Two principals of one kind are peers when their sets of known operations (declared or observed) have at least four
//! fifths of their union in common. Everything here is a count that a reader can do again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::evidence::OrgEvidence;
use super::unused::Window;
use super::weighing::is_unattended;
use rolecall_access::cross::principal::{PrincipalKind, Standing};

/// What two sets have in common, of all that they have together: at least this many fifths.
const FIFTHS: usize = 4;
/// Fewer peers than this say nothing.
const FEWEST_PEERS: usize = 2;
/// Far more is at least this many times the median of the peers, and at least this many more.
const TIMES: usize = 2;
const MORE: usize = 10;

/// Somebody who makes nearly the same calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Position in the access map.
    pub principal: usize,
    /// Permissions it holds.
    pub held: usize,
    /// Operations that both make.
    pub shared: usize,
    /// Operations that either makes.
    pub together: usize,
}

/// A principal that holds far more than its peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlier {
    /// Position in the access map.
    pub principal: usize,
    /// Permissions it holds.
    pub held: usize,
    /// Operations it makes.
    pub operations: usize,
    /// The median of what its peers hold; of an even number the larger of the middle two.
    pub median: usize,
    /// Itself and its peers, the one that holds least first; shared by all that make the same calls.
    with_peers: Arc<[Peer]>,
}

impl Outlier {
    /// Its peers, the one that holds least first.
    pub fn peers(&self) -> impl Iterator<Item = &Peer> {
        self.with_peers.iter().filter(|peer| peer.principal != self.principal)
    }

    /// How many peers it has.
    pub fn count(&self) -> usize {
        self.with_peers.len().saturating_sub(1)
    }
}

/// The principals that make one and the same set of calls.
struct Group {
    /// Positions of operations, sorted.
    operations: Vec<usize>,
    /// Position of each member in the access map, with how many permissions it holds.
    members: Vec<(usize, usize)>,
}

/// The outliers of an org, in the order of the access map; none where the usage data was not read completely.
pub fn outliers(org: &OrgEvidence<'_>) -> Vec<Outlier> {
    let Some(window) = Window::of(org) else { return Vec::new() };
    let mut found = Vec::new();
    for kind in [PrincipalKind::OauthClient, PrincipalKind::ServiceUser] {
        let groups = groups_of(org, kind);
        let alike = alike_groups(&groups);
        for (group, near) in groups.iter().zip(&alike) {
            found
                .extend(far_more(&groups, group, near).into_iter().filter(|one| !is_young(org, one.principal, window)));
        }
    }
    found.sort_by_key(|one| one.principal);
    found
}

/// A principal that was made, or given anything, within the window may not have used it yet.
fn is_young(org: &OrgEvidence<'_>, at: usize, window: Window) -> bool {
    let Some(principal) = org.map.principals().get(at) else { return true };
    let created = org.map.client(principal).and_then(|client| client.created);
    window.is_young(created) || org.map.grants_of(principal).iter().any(|grant| window.is_young(grant.granted_at))
}

fn groups_of(org: &OrgEvidence<'_>, kind: PrincipalKind) -> Vec<Group> {
    let mut calls: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for call in &org.needed.calls {
        if let Some(operation) = call.operation {
            calls.entry(call.principal).or_default().insert(operation);
        }
    }
    let mut groups: BTreeMap<Vec<usize>, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, operations) in calls {
        let Some(principal) = org.map.principals().get(at) else { continue };
        let judged = principal.kind == kind
            && is_unattended(principal)
            && principal.standing == Standing::Active
            && !org.map.is_auditor(&principal.id);
        if judged {
            let held = org.map.holdings_of(principal).map_or(0, |held| held.at_all.ones().count());
            groups.entry(operations.into_iter().collect()).or_default().push((at, held));
        }
    }
    groups.into_iter().map(|(operations, members)| Group { operations, members }).collect()
}

/// For each group the groups that are alike, itself among them, with what they have in common and together.
///
/// Sets that are alike share one of their rarest operations: of `n`, one of the first `n - ceil(4n/5) + 1`. Only those
/// that do are compared.
fn alike_groups(groups: &[Group]) -> Vec<Vec<(usize, usize, usize)>> {
    let mut common: HashMap<usize, usize> = HashMap::new();
    groups.iter().flat_map(|group| &group.operations).for_each(|at| *common.entry(*at).or_default() += 1);
    let rarest = |group: &Group| {
        let mut sorted = group.operations.clone();
        sorted.sort_by_key(|at| (common.get(at).copied().unwrap_or(0), *at));
        let size = sorted.len();
        sorted.truncate(size - (size * FIFTHS).div_ceil(5) + 1);
        sorted
    };
    let mut by_rare: HashMap<usize, Vec<usize>> = HashMap::new();
    for (number, group) in groups.iter().enumerate() {
        for operation in rarest(group) {
            by_rare.entry(operation).or_default().push(number);
        }
    }
    let of_group = |group: &Group| {
        let candidates: BTreeSet<usize> =
            rarest(group).iter().filter_map(|operation| by_rare.get(operation)).flatten().copied().collect();
        let compared = candidates.into_iter().filter_map(|number| {
            let other = groups.get(number)?;
            let (shared, together) = in_common(&group.operations, &other.operations);
            (shared * 5 >= together * FIFTHS).then_some((number, shared, together))
        });
        compared.collect()
    };
    groups.iter().map(of_group).collect()
}

/// How many two sorted lists have in common, and how many together.
fn in_common(one: &[usize], other: &[usize]) -> (usize, usize) {
    let shared = one.iter().filter(|at| other.binary_search(at).is_ok()).count();
    (shared, one.len() + other.len() - shared)
}

fn far_more(groups: &[Group], group: &Group, near: &[(usize, usize, usize)]) -> Vec<Outlier> {
    let mut peers: Vec<Peer> = Vec::new();
    for (number, shared, together) in near {
        let members = groups.get(*number).map_or(&[][..], |other| other.members.as_slice());
        let (shared, together) = (*shared, *together);
        peers.extend(members.iter().map(|(principal, held)| Peer {
            principal: *principal,
            held: *held,
            shared,
            together,
        }));
    }
    if peers.len() <= FEWEST_PEERS {
        return Vec::new();
    }
    peers.sort_by_key(|peer| (peer.held, peer.principal));
    let with_peers: Arc<[Peer]> = peers.into();
    // Whoever holds far more than this stands after it, so that without him the middle is the same.
    let median = with_peers.get((with_peers.len() - 1) / 2).map_or(0, |peer| peer.held);
    let outliers = group.members.iter().filter(|(_, held)| *held >= median * TIMES && *held >= median + MORE);
    outliers
        .map(|(principal, held)| Outlier {
            principal: *principal,
            held: *held,
            operations: group.operations.len(),
            median,
            with_peers: Arc::clone(&with_peers),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn groups(sets: &[BTreeSet<usize>]) -> Vec<Group> {
        let distinct: BTreeSet<Vec<usize>> = sets.iter().map(|set| set.iter().copied().collect()).collect();
        distinct.into_iter().map(|operations| Group { operations, members: vec![(0, 0)] }).collect()
    }

    #[test]
    fn what_is_in_common_is_counted() {
        assert_eq!(in_common(&[1, 2, 3], &[2, 3, 4]), (2, 4));
        assert_eq!(in_common(&[1], &[1]), (1, 1));
    }

    proptest! {
        #[test]
        fn alike_groups_are_all_that_comparing_each_with_each_finds(
            sets in prop::collection::vec(prop::collection::btree_set(0_usize..12, 1..10), 1..12)
        ) {
            let groups = groups(&sets);
            for (group, near) in groups.iter().zip(alike_groups(&groups)) {
                let slow: Vec<_> = groups
                    .iter()
                    .enumerate()
                    .map(|(number, other)| (number, in_common(&group.operations, &other.operations)))
                    .filter(|(_, (shared, together))| shared * 5 >= together * 4)
                    .map(|(number, (shared, together))| (number, shared, together))
                    .collect();
                prop_assert_eq!(near, slow);
            }
        }
    }
}
