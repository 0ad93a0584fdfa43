//! All verdicts of a snapshot: by principal, by endpoint, and what is missing where access is denied.

use std::collections::HashMap;

use fixedbitset::FixedBitSet;
use rayon::prelude::*;

use super::Reason;
use super::extent::{Extent, Extents};
use super::holdings::{Grants, Holdings, Key, Keys};
use super::outcome::{Demand, Outcome, Outcomes};
use super::policies::{Applying, Denials};
use super::principal::{HeldGrant, Principal, PrincipalKind, Standing};
use super::rights::Rights;
use super::verdict::{
    Answer, Denial, Held, Verdict, by_permissions, by_scopes, for_client_of_users, for_machine, for_user, scope_test,
};
use rolecall_base::id::{DivisionId, GroupId};
use rolecall_base::oauth_client::{ClientState, GrantType, OauthClient};
use rolecall_base::permission::Permission;
use rolecall_base::policy::AccessPolicy;
use rolecall_base::snapshot::Snapshot;
use rolecall_matrix::{Match, Matrix, Operation};

/// The verdicts of one org.
pub struct AccessMap<'a> {
    /// The org's data.
    pub snapshot: &'a Snapshot,
    /// The matrix in force for it.
    pub matrix: &'a Matrix,
    /// Whether the org enforces scopes; `None`: not known.
    pub scopes_enforced: Option<bool>,
    /// Roles as sets of permissions.
    pub rights: Rights,
    grants: Grants<'a>,
    principals: Vec<Principal>,
    keys: Vec<Key>,
    holdings: Vec<Holdings>,
    outcomes: Outcomes,
    denials: Denials<'a>,
    /// By demand: what else decides than who holds what.
    facts: Vec<DemandFacts>,
    scope_numbers: HashMap<&'a str, usize>,
    /// By operation: the scopes it lists.
    scopes_listed: Vec<FixedBitSet>,
    /// By client: its scopes, `None` where they are unknown.
    scopes_had: Vec<Option<FixedBitSet>>,
    division_names: HashMap<&'a DivisionId, &'a str>,
}

/// Where a call is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'p> {
    /// Wherever it can be had.
    Any,
    /// In this division.
    Division(&'p DivisionId),
    /// In a division that the org does not have, as far as it was listed.
    Elsewhere,
}

/// What is the same for everybody who asks for the same permissions.
struct DemandFacts {
    /// The active DENY policies that are about one of them.
    policies: Vec<usize>,
    /// Those that the org's catalogue lacks.
    absent: Vec<usize>,
}

impl DemandFacts {
    fn of(demand: &Demand, denials: &Denials<'_>, rights: &Rights) -> Self {
        let absent = demand.permissions.iter().copied().filter(|permission| rights.is_absent(*permission));
        Self { policies: denials.touching(&demand.permissions), absent: absent.collect() }
    }
}

impl<'a> AccessMap<'a> {
    /// Crosses a snapshot with a matrix.
    pub fn of(snapshot: &'a Snapshot, matrix: &'a Matrix, scopes_enforced: Option<bool>) -> Self {
        let rights = Rights::of(snapshot, matrix);
        let grants = Grants::of(snapshot);
        let denials = Denials::of(snapshot, &rights);
        let clients = snapshot.oauth_clients.par_iter().enumerate().map(|(at, client)| {
            let machine = client.grant_type == GrantType::ClientCredentials;
            let key = if machine { grants.key_of_client(client) } else { Key::default() };
            let principal = Principal {
                kind: PrincipalKind::OauthClient,
                id: client.id.to_string(),
                name: client.name.clone(),
                at,
                grant_type: Some(client.grant_type.clone()),
                standing: match client.state {
                    ClientState::Active => Standing::Active,
                    ClientState::Inactive | ClientState::Disabled => Standing::Inactive,
                    ClientState::Other(_) => Standing::NotKnown,
                },
                holdings: 0,
                policies: if machine { denials.on_client(client) } else { Applying::default() },
            };
            (principal, key)
        });
        let users = snapshot.users.par_iter().enumerate().map(|(at, user)| {
            let principal = Principal {
                kind: if user.is_service() { PrincipalKind::ServiceUser } else { PrincipalKind::User },
                id: user.id.to_string(),
                name: user.name.clone(),
                at,
                grant_type: None,
                standing: match user.is_active() {
                    Some(true) => Standing::Active,
                    Some(false) => Standing::Inactive,
                    None => Standing::NotKnown,
                },
                holdings: 0,
                policies: denials.on_user(&user.id, grants.groups_of(&user.id)),
            };
            (principal, grants.key_of_user(&user.id))
        });
        let mut keyed: Vec<(Principal, Key)> = clients.chain(users).collect();
        keyed.par_sort_by(|(a, _), (b, _)| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
        let mut keys = Keys::default();
        let number = |(principal, key)| Principal { holdings: keys.number(key), ..principal };
        let principals: Vec<Principal> = keyed.into_iter().map(number).collect();
        let keys = keys.into_list();
        let holdings = grants.work_out(&keys, &rights);
        let outcomes = Outcomes::of(matrix, &rights, &holdings);
        let (scope_numbers, scopes_listed) = number_scopes(matrix);
        let scopes_had = snapshot.oauth_clients.iter().map(|client| scopes_of(client, &scope_numbers)).collect();
        Self {
            snapshot,
            matrix,
            scopes_enforced,
            facts: outcomes.demands.iter().map(|demand| DemandFacts::of(demand, &denials, &rights)).collect(),
            denials,
            rights,
            grants,
            principals,
            keys,
            holdings,
            outcomes,
            scope_numbers,
            scopes_listed,
            scopes_had,
            // Of an id that is listed twice the first name counts.
            division_names: snapshot.divisions.iter().rev().map(|one| (&one.id, one.name.as_str())).collect(),
        }
    }

    /// The principals, sorted by kind and id.
    pub fn principals(&self) -> &[Principal] {
        &self.principals
    }

    /// How many distinct sets of holdings the principals share.
    pub fn distinct_holdings(&self) -> usize {
        self.holdings.len()
    }

    /// How many distinct combinations of permissions the operations ask for.
    pub fn distinct_demands(&self) -> usize {
        self.outcomes.demands.len()
    }

    /// What a principal holds.
    pub fn holdings_of(&self, principal: &Principal) -> Option<&Holdings> {
        self.holdings.get(principal.holdings)
    }

    /// One of the distinct sets of holdings, by its number.
    pub fn distinct(&self, holdings: usize) -> Option<&Holdings> {
        self.holdings.get(holdings)
    }

    /// What makes the distinct sets of holdings, by their number: for those who work verdicts out elsewhere.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The active DENY policies.
    pub fn denials(&self) -> &Denials<'a> {
        &self.denials
    }

    /// The grants that make up what a principal holds, with the way each came.
    pub fn grants_of(&self, principal: &Principal) -> Vec<HeldGrant> {
        match principal.kind {
            PrincipalKind::OauthClient | PrincipalKind::ClientAsUser => self
                .client(principal)
                .filter(|_| principal.is_machine())
                .map(|client| self.grants.of_client(client))
                .unwrap_or_default(),
            PrincipalKind::ServiceUser | PrincipalKind::User => {
                self.snapshot.users.get(principal.at).map(|user| self.grants.of_user(&user.id)).unwrap_or_default()
            }
        }
    }

    /// The OAuth client behind a principal.
    pub fn client(&self, principal: &Principal) -> Option<&'a OauthClient> {
        (principal.kind == PrincipalKind::OauthClient).then(|| self.snapshot.oauth_clients.get(principal.at))?
    }

    /// The verdict for a principal and an operation (its position in the matrix), wherever it can be had.
    pub fn answer(&self, principal: &Principal, operation: usize) -> Answer {
        self.answer_in(principal, operation, Place::Any)
    }

    /// The verdict for a principal and an operation in one place.
    pub fn answer_in(&self, principal: &Principal, operation: usize, place: Place<'_>) -> Answer {
        let Some(asked) = self.matrix.operations().get(operation) else {
            return Answer::because(Verdict::Unknown, Reason::EndpointNotInMatrix);
        };
        match principal.standing {
            Standing::Inactive => Answer::because(Verdict::Denied, inactive(principal.kind)),
            Standing::NotKnown => Answer::because(Verdict::Unknown, Reason::DataIncomplete),
            Standing::Active => self.answer_active(principal, operation, asked, place),
        }
    }

    fn answer_active(&self, principal: &Principal, operation: usize, asked: &Operation, place: Place<'_>) -> Answer {
        let requirement = &asked.requirement;
        let asks = requirement.asks();
        match (principal.kind, &principal.grant_type) {
            (PrincipalKind::OauthClient, Some(GrantType::ClientCredentials)) => {
                for_machine(asks, requirement.user_context)
                    .unwrap_or_else(|| self.held_answer(principal, operation, place))
            }
            (PrincipalKind::OauthClient, Some(GrantType::NotStated) | None) => {
                // What it could be decides which scopes matter, so nothing but prose comes before what was not read.
                let incomplete = Answer::because(Verdict::Unknown, Reason::DataIncomplete);
                for_client_of_users(Some(incomplete), asks)
            }
            (PrincipalKind::OauthClient, Some(_)) => {
                for_client_of_users(self.stopped_by_scopes(principal, operation, asked), asks)
            }
            (PrincipalKind::ServiceUser | PrincipalKind::User | PrincipalKind::ClientAsUser, _) => {
                for_user(None, asks).unwrap_or_else(|| self.held_answer(principal, operation, place))
            }
        }
    }

    /// The verdict for a client that acts for a named user.
    pub fn answer_as_user(&self, client: &Principal, user: &Principal, operation: usize) -> Answer {
        let Some(asked) = self.matrix.operations().get(operation) else {
            return Answer::because(Verdict::Unknown, Reason::EndpointNotInMatrix);
        };
        for side in [client, user] {
            match side.standing {
                Standing::Inactive => return Answer::because(Verdict::Denied, inactive(side.kind)),
                Standing::NotKnown => return Answer::because(Verdict::Unknown, Reason::DataIncomplete),
                Standing::Active => {}
            }
        }
        for_user(self.stopped_by_scopes(client, operation, asked), asked.requirement.asks())
            .unwrap_or_else(|| self.held_answer(user, operation, Place::Any))
    }

    fn stopped_by_scopes(&self, principal: &Principal, operation: usize, asked: &Operation) -> Option<Answer> {
        let listed = self.scopes_listed.get(operation)?;
        let has = self.scopes_had.get(principal.at)?.as_ref().map(|had| !had.is_disjoint(listed));
        let test = scope_test(self.scopes_enforced, asked.requirement.scopes_known, !listed.is_clear(), has);
        by_scopes(test, self.scopes_enforced)
    }

    fn held_answer(&self, principal: &Principal, operation: usize, place: Place<'_>) -> Answer {
        let Some(demand) = self.outcomes.of_operation.get(operation) else {
            return Answer::because(Verdict::Unknown, Reason::EndpointNotInMatrix);
        };
        match place {
            Place::Any => self.outcome_answer(principal, *demand, self.outcomes.get(*demand, principal.holdings)),
            Place::Division(id) => {
                let number = self.grants.divisions().iter().position(|known| *known == id);
                self.outcome_answer(principal, *demand, self.outcome_in(principal.holdings, *demand, number))
            }
            Place::Elsewhere => {
                self.outcome_answer(principal, *demand, self.outcome_in(principal.holdings, *demand, None))
            }
        }
    }

    /// How holdings meet a demand in one division; `None`: in one that no grant names.
    fn outcome_in(&self, holdings: usize, demand: usize, division: Option<usize>) -> Outcome {
        let outcome = self.outcomes.get(demand, holdings);
        let (Some(asked), Some(held)) = (self.outcomes.demands.get(demand), self.holdings.get(holdings)) else {
            return outcome;
        };
        match outcome.held() {
            Held::Fully => outcome,
            // A permission that is held nowhere is missing in every division.
            Held::Nowhere | Held::NoCommonDivision if !outcome.better() => outcome,
            Held::Nowhere
            | Held::NoCommonDivision
            | Held::UnderCondition
            | Held::InDivisions
            | Held::InDivisionsAndMore => Outcome::in_division(&asked.extents(held), division),
        }
    }

    fn outcome_answer(&self, principal: &Principal, demand: usize, outcome: Outcome) -> Answer {
        let (held, better) = (outcome.held(), outcome.better());
        let denial = match held {
            Held::Fully | Held::InDivisions | Held::InDivisionsAndMore => self.denial(&principal.policies, demand),
            Held::UnderCondition | Held::NoCommonDivision | Held::Nowhere => Denial::None,
        };
        let absent = held == Held::Nowhere && !better && self.absent(demand, principal.holdings);
        by_permissions(held, better, denial, absent)
    }

    fn denial(&self, policies: &Applying, demand: usize) -> Denial {
        let about = self.facts.get(demand).map_or(&[][..], |facts| &facts.policies);
        let touching = |policies: &[usize]| !about.is_empty() && policies.iter().any(|policy| about.contains(policy));
        if touching(&policies.could) {
            Denial::Possible
        } else if touching(&policies.unread) {
            Denial::NotRead
        } else if self.denials.all_read
            || self.outcomes.demands.get(demand).is_none_or(|one| one.permissions.is_empty())
        {
            Denial::None
        } else {
            Denial::NotRead
        }
    }

    /// Whether what is missing cannot be granted here, because the org's catalogue lacks it: for ANY, every alternative;
    /// for ALL, any missing one.
    fn absent(&self, demand: usize, holdings: usize) -> bool {
        let (Some(facts), Some(demand), Some(held)) =
            (self.facts.get(demand), self.outcomes.demands.get(demand), self.holdings.get(holdings))
        else {
            return false;
        };
        match demand.matching {
            Match::Any => facts.absent.len() == demand.permissions.len(),
            Match::All => facts.absent.iter().any(|permission| held.certainly_lacks(*permission)),
            Match::None | Match::Unknown => false,
        }
    }

    /// The active DENY policies that could apply to this call.
    pub fn policies(&self, principal: &Principal, operation: usize) -> Vec<&'a AccessPolicy> {
        let demand = self.outcomes.of_operation.get(operation);
        let about = demand.and_then(|demand| self.facts.get(*demand)).map_or(&[][..], |facts| &facts.policies);
        principal
            .policies
            .iter()
            .filter(|policy| about.contains(policy))
            .filter_map(|at| self.snapshot.policies.get(at))
            .collect()
    }

    /// What is missing where the answer is a denial for `missing-permission`: for ANY all alternatives, for ALL those
    /// that are held nowhere, without those that an unread list could grant. Empty for every other answer.
    pub fn missing_permissions(&self, principal: &Principal, operation: usize, answer: Answer) -> Vec<&Permission> {
        if !answer.reasons.has(Reason::MissingPermission) {
            return Vec::new();
        }
        let held = self.holdings.get(principal.holdings);
        let certain = |name: &&Permission| {
            let number = self.rights.index.number(name);
            number.is_none_or(|number| held.is_none_or(|held| held.certainly_lacks(number)))
        };
        self.not_held(principal, operation).into_iter().filter(certain).collect()
    }

    /// The permissions that were not seen held: for ANY all alternatives where none is held, for ALL each that is not.
    pub fn not_held(&self, principal: &Principal, operation: usize) -> Vec<&Permission> {
        let demand = self.outcomes.of_operation.get(operation).and_then(|demand| self.outcomes.demands.get(*demand));
        let (Some(demand), Some(held)) = (demand, self.holdings.get(principal.holdings)) else { return Vec::new() };
        let has = |permission: &usize| held.at_all.contains(*permission);
        let missing: Vec<usize> = match demand.matching {
            Match::Any if !demand.permissions.iter().any(has) => demand.permissions.clone(),
            Match::All => demand.permissions.iter().copied().filter(|permission| !has(permission)).collect(),
            Match::Any | Match::None | Match::Unknown => Vec::new(),
        };
        missing.into_iter().filter_map(|number| self.rights.index.names().get(number)).collect()
    }

    /// The divisions to which a `partial` answer is limited, sorted by id; empty for every other answer.
    pub fn divisions(&self, principal: &Principal, operation: usize, answer: Answer) -> Vec<&'a DivisionId> {
        if answer.verdict != Verdict::Partial { Vec::new() } else { self.reached(principal, operation) }
    }

    /// The single divisions in which the requirement is met without a condition, whatever the verdict; empty when it is
    /// met everywhere.
    pub fn reached(&self, principal: &Principal, operation: usize) -> Vec<&'a DivisionId> {
        match self.extents(principal, operation).map(|extents| extents.unconditioned) {
            Some(Extent::In(numbers)) => {
                numbers.into_iter().filter_map(|number| self.grants.divisions().get(number).copied()).collect()
            }
            Some(Extent::Everywhere) | None => Vec::new(),
        }
    }

    /// Where a principal meets what an operation asks for, by its permissions alone.
    pub fn extents(&self, principal: &Principal, operation: usize) -> Option<Extents> {
        let demand = self.outcomes.demands.get(*self.outcomes.of_operation.get(operation)?)?;
        Some(demand.extents(self.holdings.get(principal.holdings)?))
    }

    /// The divisions by the number that [`Holdings::in_divisions`] gives them.
    pub fn numbered_divisions(&self) -> &[&'a DivisionId] {
        self.grants.divisions()
    }

    /// The permissions that an operation asks for, by number.
    pub fn demanded(&self, operation: usize) -> &[usize] {
        let demand = self.outcomes.of_operation.get(operation).and_then(|demand| self.outcomes.demands.get(*demand));
        demand.map_or(&[], |demand| &demand.permissions)
    }

    /// The outcomes of every distinct question, for those who count rather than look up.
    pub fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    /// Whether an id is that of the auditor's own client.
    pub fn is_auditor(&self, id: &str) -> bool {
        self.snapshot.org.auditor.as_str() == id
    }

    /// The name of a division; its id where the division was not listed.
    pub fn division_name<'b>(&'b self, id: &'b DivisionId) -> &'b str {
        self.division_names.get(id).copied().unwrap_or(id.as_str())
    }

    /// The groups a user is in, as far as they were read.
    pub fn groups_of(&self, principal: &Principal) -> Vec<&'a GroupId> {
        match principal.kind {
            PrincipalKind::ServiceUser | PrincipalKind::User => self
                .snapshot
                .users
                .get(principal.at)
                .map(|user| self.grants.groups_of(&user.id).to_vec())
                .unwrap_or_default(),
            PrincipalKind::OauthClient | PrincipalKind::ClientAsUser => Vec::new(),
        }
    }

    /// Whether any operation of the matrix lists this scope.
    pub fn knows_scope(&self, scope: &str) -> bool {
        self.scope_numbers.contains_key(scope)
    }
}

fn inactive(kind: PrincipalKind) -> Reason {
    match kind {
        PrincipalKind::OauthClient => Reason::ClientInactive,
        PrincipalKind::ServiceUser | PrincipalKind::User | PrincipalKind::ClientAsUser => Reason::UserInactive,
    }
}

fn number_scopes(matrix: &Matrix) -> (HashMap<&str, usize>, Vec<FixedBitSet>) {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for scope in matrix.operations().iter().flat_map(|operation| &operation.requirement.scopes) {
        let next = numbers.len();
        numbers.entry(scope.as_str()).or_insert(next);
    }
    let listed = matrix
        .operations()
        .iter()
        .map(|operation| {
            let mut set = FixedBitSet::with_capacity(numbers.len());
            operation
                .requirement
                .scopes
                .iter()
                .filter_map(|scope| numbers.get(scope.as_str()))
                .for_each(|n| set.insert(*n));
            set
        })
        .collect();
    (numbers, listed)
}

fn scopes_of(client: &OauthClient, numbers: &HashMap<&str, usize>) -> Option<FixedBitSet> {
    let mut set = FixedBitSet::with_capacity(numbers.len());
    client
        .scopes
        .as_ref()?
        .iter()
        .filter_map(|scope| numbers.get(scope.as_str()))
        .for_each(|number| set.insert(*number));
    Some(set)
}

#[cfg(test)]
mod tests;
