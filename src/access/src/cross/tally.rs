//! How many cells have which answer: principals that hold the same and operations that ask the same are counted, not
//! visited.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use rayon::prelude::*;

use super::access::AccessMap;
use super::policies::Applying;
use super::principal::{Principal, PrincipalKind, Standing};
use super::reason::Reasons;
use super::verdict::{Answer, Verdict};
use rolecall_base::oauth_client::GrantType;
use rolecall_base::scope::Scope;

/// The cells of a map, counted: exactly what visiting every principal and operation would count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many cells have which answer.
    pub cells: BTreeMap<(PrincipalKind, Verdict, Reasons), u64>,
    /// How many divisions the `partial` cells name, all together.
    pub divisions: u64,
}

impl Tally {
    /// How many cells there are.
    pub fn total(&self) -> u64 {
        self.cells.values().sum()
    }

    /// How many cells have this verdict.
    pub fn of(&self, verdict: Verdict) -> u64 {
        self.cells.iter().filter(|((_, found, _), _)| *found == verdict).map(|(_, cells)| cells).sum()
    }

    fn add(mut self, other: Self) -> Self {
        for (answer, cells) in other.cells {
            *self.cells.entry(answer).or_default() += cells;
        }
        self.divisions += other.divisions;
        self
    }
}

/// What makes two principals answer alike to everything.
#[derive(PartialEq, Eq, Hash)]
enum Profile<'a> {
    /// It cannot act, or nobody knows whether it can.
    Stopped(PrincipalKind, Standing),
    /// Its scopes decide.
    ActsForUsers(&'a GrantType, Option<&'a [Scope]>),
    /// Its permissions decide.
    Holds(PrincipalKind, usize, &'a Applying),
}

/// Operations that ask the same: one of them, and how many there are.
type Questions = Vec<(usize, u64)>;

/// The distinct ones, each with the position of an operation that asks it.
fn questions<Q: Eq + Hash>(asked: impl Iterator<Item = Q>) -> Questions {
    let mut counted: HashMap<Q, (usize, u64)> = HashMap::new();
    for (operation, question) in asked.enumerate() {
        counted.entry(question).or_insert((operation, 0)).1 += 1;
    }
    counted.into_values().collect()
}

impl AccessMap<'_> {
    /// Counts the cells by answer.
    pub fn tally(&self) -> Tally {
        let mut profiles: HashMap<Profile<'_>, (&Principal, u64)> = HashMap::new();
        for principal in self.principals() {
            profiles.entry(self.profile(principal)).or_insert((principal, 0)).1 += 1;
        }
        let (holding, others): (Vec<_>, Vec<_>) =
            profiles.into_iter().partition(|(profile, _)| matches!(profile, Profile::Holds(..)));
        let mut holding: Vec<(&Principal, u64)> = holding.into_iter().map(|(_, counted)| counted).collect();
        // Outcomes stand side by side by demand, so each question goes through the holdings in their order.
        holding.sort_unstable_by_key(|(principal, _)| (principal.holdings, &principal.id));
        let operations = || self.matrix.operations().iter().map(|operation| &operation.requirement);
        let demands = self.outcomes().of_operation.iter();
        let by_permissions =
            questions(demands.zip(operations()).map(|(demand, asked)| (demand, asked.asks(), asked.user_context)));
        let by_scopes = questions(operations().map(|asked| (asked.asks(), asked.scopes_known, &asked.scopes)));
        let asked = by_permissions.into_par_iter().map(|question| self.count(question, &holding));
        let stopped: Vec<(&Principal, u64)> = others.into_iter().map(|(_, counted)| counted).collect();
        let scoped = by_scopes.into_par_iter().map(|question| self.count(question, &stopped));
        asked.chain(scoped).reduce(Tally::default, Tally::add)
    }

    fn count(&self, (operation, operations): (usize, u64), principals: &[(&Principal, u64)]) -> Tally {
        let mut answers: Vec<((PrincipalKind, Answer), u64)> = Vec::new();
        let mut divisions = 0;
        // Those with the same holdings stand together and are limited to the same divisions.
        let mut reached = (usize::MAX, 0);
        for (principal, principals) in principals {
            let answer = self.answer(principal, operation);
            let cells = principals * operations;
            match answers.iter_mut().find(|(seen, _)| *seen == (principal.kind, answer)) {
                Some((_, counted)) => *counted += cells,
                None => answers.push(((principal.kind, answer), cells)),
            }
            if answer.verdict == Verdict::Partial {
                if reached.0 != principal.holdings {
                    reached = (principal.holdings, self.reached(principal, operation).len() as u64);
                }
                divisions += reached.1 * cells;
            }
        }
        let cells = answers.into_iter().map(|((kind, answer), cells)| ((kind, answer.verdict, answer.reasons), cells));
        Tally { cells: cells.collect(), divisions }
    }

    fn profile<'b>(&'b self, principal: &'b Principal) -> Profile<'b> {
        match (principal.standing, &principal.grant_type) {
            (Standing::Inactive | Standing::NotKnown, _) => Profile::Stopped(principal.kind, principal.standing),
            (Standing::Active, Some(grant_type)) if *grant_type != GrantType::ClientCredentials => {
                let scopes = self.client(principal).and_then(|client| client.scopes.as_deref());
                Profile::ActsForUsers(grant_type, scopes)
            }
            (Standing::Active, _) => Profile::Holds(principal.kind, principal.holdings, &principal.policies),
        }
    }
}
