//! Which calls each principal needs to make: those that were declared and those that were observed.

use std::collections::HashMap;

use super::access::AccessMap;
use super::principal::PrincipalKind;
use rolecall_base::division::Division;
use rolecall_base::id::DivisionId;
use rolecall_base::named;
use rolecall_base::usage::UsageRow;
use rolecall_matrix::Endpoint;
use rolecall_matrix::needs::Need;

/// How a need is known.
#[derive(Clone, Copy, Debug)]
pub enum Known<'a> {
    /// Somebody declared it.
    Declared(&'a Need),
    /// The org's usage data shows the call.
    Observed(&'a UsageRow),
}

impl Known<'_> {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declared(_) => "declared",
            Self::Observed(_) => "observed",
        }
    }
}

/// The division a call is needed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NeededIn {
    /// Wherever it can be had.
    Any,
    /// In this division.
    Division(DivisionId),
    /// In a division of this name, which the org does not list.
    NotListed(String),
}

/// One call that a principal needs to make.
#[derive(Clone, Debug)]
pub struct NeededCall<'a> {
    /// Position of the principal in the access map.
    pub principal: usize,
    /// Position of the operation in the matrix; `None` where the matrix does not know the endpoint.
    pub operation: Option<usize>,
    /// The endpoint: the matrix's template where it is known, else as it was written.
    pub endpoint: Endpoint,
    /// Where.
    pub division: NeededIn,
    /// How the need is known.
    pub known: Known<'a>,
}

/// A declared need that names nobody.
#[derive(Clone, Debug)]
pub struct Unplaced<'a> {
    /// The need.
    pub need: &'a Need,
    /// Names of principals that are near.
    pub nearest: Vec<String>,
}

/// The needs of one org.
#[derive(Debug, Default)]
pub struct Needed<'a> {
    /// Calls, declared ones first, in the order of the files; then observed ones, sorted.
    pub calls: Vec<NeededCall<'a>>,
    /// Declared needs whose principal this org does not have.
    pub unplaced: Vec<Unplaced<'a>>,
    /// Declared needs whose name several principals share: each of them was looked at.
    pub ambiguous: Vec<(&'a Need, usize)>,
    /// Observed rows of clients that are not the org's own (platform and third-party clients).
    pub foreign_rows: usize,
}

impl<'a> Needed<'a> {
    /// Matches needs and usage with the principals and operations of an org.
    pub fn of(map: &AccessMap<'a>, needs: &'a [Need]) -> Self {
        let mut found = Self::default();
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut by_id: HashMap<&str, usize> = HashMap::new();
        for (at, principal) in map.principals().iter().enumerate() {
            by_name.entry(&principal.name).or_default().push(at);
            by_id.insert(&principal.id, at);
        }
        let mut alike: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut seen = std::collections::HashSet::new();
        for need in needs.iter().filter(|need| need.is_for(&map.snapshot.org.name)) {
            let mut who: Vec<usize> = by_id.get(need.principal.as_str()).copied().into_iter().collect();
            if who.is_empty() {
                who = by_name.get(need.principal.as_str()).cloned().unwrap_or_default();
            }
            if who.is_empty() {
                who = alike.entry(&need.principal).or_insert_with(|| in_any_case(map, &need.principal)).clone();
            }
            match who.len() {
                0 => {
                    let names = map.principals().iter().map(|principal| principal.name.as_str());
                    let nearest = rolecall_base::nearest::nearest(&need.principal, names, 3);
                    found.unplaced.push(Unplaced { need, nearest: nearest.into_iter().map(str::to_owned).collect() });
                }
                1 => {}
                several => found.ambiguous.push((need, several)),
            }
            for principal in who {
                // Two lines that say the same are one need.
                if !seen.insert((principal, &need.endpoint, need.division.as_deref().unwrap_or(""))) {
                    continue;
                }
                let resolved = map.matrix.resolve(&need.endpoint);
                found.calls.push(NeededCall {
                    principal,
                    operation: resolved.map(|(at, _)| at),
                    endpoint: resolved
                        .map_or_else(|| need.endpoint.clone(), |(_, operation)| operation.endpoint.clone()),
                    division: needed_in(map, need.division.as_deref()),
                    known: Known::Declared(need),
                });
            }
        }
        let mut resolved: HashMap<(&str, &str), Option<(usize, Endpoint)>> = HashMap::new();
        for row in map.snapshot.usage.iter().flat_map(|usage| &usage.rows) {
            let id = match (&row.user, &row.client) {
                (Some(user), _) => user.as_str(),
                (None, Some(client)) => client.as_str(),
                (None, None) => continue,
            };
            let Some(principal) = by_id.get(id).copied() else {
                found.foreign_rows += 1;
                continue;
            };
            let by_user = map.principals().get(principal).is_some_and(|one| one.kind != PrincipalKind::OauthClient);
            if by_user != row.user.is_some() {
                continue;
            }
            let endpoint = resolved.entry((&row.method, &row.template)).or_insert_with(|| {
                let endpoint = Endpoint::new(row.method.parse().ok()?, &row.template);
                let known = map.matrix.resolve(&endpoint);
                Some(known.map_or((usize::MAX, endpoint), |(at, operation)| (at, operation.endpoint.clone())))
            });
            if let Some((operation, endpoint)) = endpoint {
                found.calls.push(NeededCall {
                    principal,
                    operation: (*operation != usize::MAX).then_some(*operation),
                    endpoint: endpoint.clone(),
                    division: NeededIn::Any,
                    known: Known::Observed(row),
                });
            }
        }
        found
    }
}

/// The principals of a name in another letter case; none where several spellings are the same then.
fn in_any_case(map: &AccessMap<'_>, wanted: &str) -> Vec<usize> {
    let all: Vec<(usize, &str, &str)> =
        map.principals().iter().enumerate().map(|(at, one)| (at, one.id.as_str(), one.name.as_str())).collect();
    let found = named::find(&all, wanted, |(_, id, name)| (id, vec![name]));
    found.meant().into_iter().map(|(at, ..)| *at).collect()
}

/// Where a need is, as this org names its divisions.
pub fn needed_in(map: &AccessMap<'_>, division: Option<&str>) -> NeededIn {
    let Some(wanted) = division.filter(|division| !division.is_empty() && *division != "*") else {
        return NeededIn::Any;
    };
    let names = |division| -> (&str, Vec<&str>) {
        let division: &Division = division;
        (division.id.as_str(), vec![division.name.as_str()])
    };
    let found = named::find(&map.snapshot.divisions, wanted, names).meant();
    let first = found.first();
    first.map_or_else(|| NeededIn::NotListed(wanted.to_owned()), |division| NeededIn::Division(division.id.clone()))
}
