//! What do the moves ask for under the matrix in force?

use super::moves::{self, Move, Needs};
use crate::cross::AccessMap;
use rolecall_base::coverage::Listing;
use rolecall_matrix::{Match, UserContext};

/// A call of a move under the matrix in force: an operation, and the permissions it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) operation: String,
    /// Clauses: of each one permission is enough.
    pub(super) clauses: Vec<Vec<usize>>,
    pub(super) needs_user: bool,
}

/// A move under the matrix in force: by call, the operations that do.
pub(super) struct Possible {
    pub(super) made: &'static Move,
    pub(super) calls: Vec<Vec<Call>>,
}

/// The moves whose operations the matrix has, with what each asks for. An operation whose requirement is not published
/// is left out: anybody might make it, which says nothing of one principal.
pub(super) fn possible(map: &AccessMap<'_>) -> Vec<Possible> {
    let coverage = &map.snapshot.coverage;
    let there = |needs: Needs| match needs {
        Needs::Nothing => true,
        Needs::Policies => !map.snapshot.policies.is_empty() || !coverage.is_whole(Listing::Policies),
        Needs::Trustees => !map.snapshot.trustees.is_empty() || !coverage.is_whole(Listing::Trustees),
    };
    let call = |operation: &&'static str| {
        let (_, found) = map.matrix.resolve(&operation.parse().ok()?)?;
        let number = |name| map.rights.index.number(name);
        let permissions: Vec<usize> = found.requirement.permissions.iter().filter_map(number).collect();
        let clauses = match found.requirement.permissions_match {
            Match::Any => vec![permissions],
            Match::All => permissions.into_iter().map(|one| vec![one]).collect(),
            Match::None | Match::Unknown => return None,
        };
        let needs_user = found.requirement.user_context == UserContext::Yes;
        Some(Call { operation: found.endpoint.to_string(), clauses, needs_user })
    };
    let alternatives = |operations: &&'static [&'static str]| {
        let mut calls: Vec<Call> = Vec::new();
        for one in operations.iter().filter_map(call) {
            // Of several that ask for the same, the plainest is shown.
            if !calls.iter().any(|known| known.clauses == one.clauses && known.needs_user == one.needs_user) {
                calls.push(one);
            }
        }
        calls
    };
    let all = moves::ALL.iter().filter(|one| there(one.needs));
    all.map(|made| Possible { made, calls: made.calls.iter().map(alternatives).collect() }).collect()
}

/// Every way to make the calls, one operation each.
pub(super) fn sequences(calls: &[Vec<Call>]) -> Vec<Vec<&Call>> {
    let mut all: Vec<Vec<&Call>> = vec![Vec::new()];
    for operations in calls {
        all = all
            .iter()
            .flat_map(|known| operations.iter().map(move |one| known.iter().copied().chain([one]).collect()))
            .collect();
    }
    all
}
