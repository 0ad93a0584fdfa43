//! A small copy of an org, with only the principals asked about, to try removals on: do their needed calls still work?

use std::collections::{BTreeMap, BTreeSet};

use super::change::Change;
use rolecall_access::cross::needed::{Needed, NeededCall};
use rolecall_access::cross::{AccessMap, Answer, Reason, Verdict, gap};
use rolecall_base::id::DivisionId;
use rolecall_base::permission::{Permission, PermissionPattern};
use rolecall_base::role::Role;
use rolecall_base::snapshot::Snapshot;
use rolecall_matrix::Matrix;

/// The answer to a needed call, with the divisions it is limited to.
pub(super) type Answered = (Answer, Vec<DivisionId>);

pub(super) struct TrialOrg<'a> {
    snapshot: Snapshot,
    matrix: Matrix,
    /// Needed calls with the id of who needs them; positions of operations are those of the small matrix.
    calls: Vec<(String, NeededCall<'a>)>,
    before: Vec<Answered>,
}

impl<'a> TrialOrg<'a> {
    /// Copies the principals at these positions of the map, what they hold, and what they need.
    pub(super) fn of(map: &AccessMap<'_>, needed: &Needed<'a>, who: &BTreeSet<usize>) -> Self {
        let ids: BTreeSet<&str> =
            who.iter().filter_map(|at| map.principals().get(*at)).map(|principal| principal.id.as_str()).collect();
        let asked: Vec<&NeededCall<'a>> =
            needed.calls.iter().filter(|call| who.contains(&call.principal) && call.operation.is_some()).collect();
        let operations: BTreeSet<usize> = asked.iter().filter_map(|call| call.operation).collect();
        let operations = operations.iter().filter_map(|at| map.matrix.operations().get(*at).cloned()).collect();
        let (matrix, _) = Matrix::new(map.matrix.origin.clone(), map.matrix.date, operations);
        let demanded: BTreeSet<&Permission> =
            matrix.operations().iter().flat_map(|operation| &operation.requirement.permissions).collect();
        let calls: Vec<(String, NeededCall<'a>)> = asked
            .into_iter()
            .filter_map(|call| {
                let id = map.principals().get(call.principal)?.id.clone();
                let (operation, _) = matrix.get(&call.endpoint)?;
                Some((id, NeededCall { operation: Some(operation), ..call.clone() }))
            })
            .collect();
        let snapshot = small(map.snapshot, &ids, &demanded);
        let mut trial = Self { snapshot, matrix, calls, before: Vec::new() };
        trial.before = trial.answers(&trial.snapshot);
        trial
    }

    fn answers(&self, snapshot: &Snapshot) -> Vec<Answered> {
        // A scope that is dropped must not break a client on the day on which scopes are enforced.
        let map = AccessMap::of(snapshot, &self.matrix, Some(true));
        let at: BTreeMap<&str, usize> =
            map.principals().iter().enumerate().map(|(at, principal)| (principal.id.as_str(), at)).collect();
        self.calls
            .iter()
            .map(|(id, call)| {
                let principal = at.get(id.as_str()).and_then(|at| map.principals().get(*at));
                match (principal, call.operation) {
                    (Some(principal), Some(operation)) => {
                        let answer = gap::answer_needed(&map, principal, call);
                        let reached = map.reached(principal, operation).into_iter().cloned().collect();
                        (answer, reached)
                    }
                    _ => (Answer::because(Verdict::Unknown, Reason::DataIncomplete), Vec::new()),
                }
            })
            .collect()
    }

    /// Makes the change for good where every needed call keeps its verdict; else names the calls that would not, with the
    /// id of who needs them, and leaves everything as it was.
    pub(super) fn try_out(&mut self, change: &Change) -> Result<(), Vec<(String, String)>> {
        let mut after = self.snapshot.clone();
        change.apply(&mut after);
        let broken = self.broken_in(&after);
        if broken.is_empty() {
            self.snapshot = after;
            Ok(())
        } else {
            Err(broken)
        }
    }

    /// The needed calls that would not keep their verdict after all of these changes, with the id of who needs them.
    pub(super) fn broken_by(&self, changes: &[&Change]) -> Vec<(String, String)> {
        let mut after = self.snapshot.clone();
        changes.iter().for_each(|change| change.apply(&mut after));
        self.broken_in(&after)
    }

    fn broken_in(&self, after: &Snapshot) -> Vec<(String, String)> {
        let answers = self.answers(after);
        let changed = self.calls.iter().zip(self.before.iter().zip(&answers));
        let broken: BTreeSet<(String, String)> = changed
            .filter(|(_, (before, after))| !same(before, after))
            .map(|((id, call), _)| (id.clone(), call.endpoint.to_string()))
            .collect();
        broken.into_iter().collect()
    }
}

/// Whether nothing is lost: the same answer, in the same divisions.
fn same(before: &Answered, after: &Answered) -> bool {
    let (answer, divisions) = before;
    // What is allowed everywhere can lose a division of a spare alternative.
    let everywhere = answer.verdict == Verdict::Allowed;
    *answer == after.0 && (everywhere || divisions.iter().all(|division| after.1.contains(division)))
}

/// The role, reduced to these permissions: whatever else it grants decides none of the calls.
fn as_far_as(role: &Role, demanded: &BTreeSet<&Permission>) -> Role {
    let bears = |pattern: PermissionPattern<'_>| {
        if pattern.is_wildcard() {
            demanded.iter().any(|permission| pattern.covers(permission))
        } else {
            demanded.contains(&Permission::from_parts(pattern.domain, pattern.entity, pattern.action))
        }
    };
    let mut role = role.clone();
    for policy in &mut role.policies {
        let (domain, entity) = (&policy.domain, &policy.entity);
        policy.actions.retain(|action| bears(PermissionPattern { domain, entity, action }));
    }
    role.policies.retain(|policy| !policy.actions.is_empty());
    role
}

/// The snapshot with only these clients and users, and what bears on them and on these permissions.
fn small(snapshot: &Snapshot, ids: &BTreeSet<&str>, demanded: &BTreeSet<&Permission>) -> Snapshot {
    let group_members: BTreeMap<_, _> = snapshot
        .group_members
        .iter()
        .map(|(group, members)| {
            let kept: Vec<_> = members.iter().filter(|member| ids.contains(member.as_str())).cloned().collect();
            (group.clone(), kept)
        })
        .collect();
    let groups: BTreeSet<&str> =
        group_members.iter().filter(|(_, members)| !members.is_empty()).map(|(group, _)| group.as_str()).collect();
    let concerns = |subject: &str| ids.contains(subject) || groups.contains(subject);
    let grants: Vec<_> = snapshot.grants.iter().filter(|grant| concerns(grant.subject.as_str())).cloned().collect();
    let clients = snapshot.oauth_clients.iter().filter(|client| ids.contains(client.id.as_str()));
    let oauth_clients: Vec<_> = clients.cloned().collect();
    let listed = oauth_clients.iter().filter_map(|client| client.role_divisions.as_ref()).flatten();
    let roles: BTreeSet<&str> =
        grants.iter().map(|grant| grant.role.as_str()).chain(listed.map(|pair| pair.role.as_str())).collect();
    Snapshot {
        org: snapshot.org.clone(),
        as_of: snapshot.as_of,
        collected_by: snapshot.collected_by.clone(),
        collection: rolecall_base::snapshot::CollectionRecord::default(),
        coverage: snapshot.coverage.clone(),
        divisions: snapshot.divisions.clone(),
        permissions: snapshot.permissions.iter().filter(|one| demanded.contains(&one.permission)).cloned().collect(),
        roles: snapshot
            .roles
            .iter()
            .filter(|role| roles.contains(role.id.as_str()))
            .map(|role| as_far_as(role, demanded))
            .collect(),
        apps: Vec::new(),
        users: snapshot.users.iter().filter(|user| ids.contains(user.id.as_str())).cloned().collect(),
        groups: snapshot.groups.iter().filter(|group| groups.contains(group.id.as_str())).cloned().collect(),
        oauth_clients,
        group_members,
        grants,
        policies: snapshot.policies.clone(),
        trustees: Vec::new(),
        usage: None,
        audit: Vec::new(),
        matrix: None,
        matrix_notes: Vec::new(),
    }
}
