//! Why one principal may or may not call one endpoint: the verdict, the chain of evidence, what is missing, what to do.

pub mod cell;
pub mod claims;
pub mod effect;
pub mod fix_options;
pub mod held;
pub mod intermittent;
pub mod links;
mod observed;
pub mod pair;
mod sentence;

use serde::Serialize;

pub use claims::{Claim, Claimed};
pub use fix_options::{FixOption, Way};
pub use intermittent::Flip;
pub use links::{Bears, Link};
pub use pair::{Pair, Sides};

use rolecall_access::cross::{AccessMap, Answer, Principal, PrincipalKind, Reason, Verdict, cells};
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;
use rolecall_matrix::names::WordForId;
use rolecall_matrix::{Endpoint, nearest};

/// How many real endpoints are named in place of one that does not exist.
const NEAREST: usize = 5;
/// How many of them are answered, too.
const INSTEAD: usize = 3;

/// The explanation, in the keys that machines rely on.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The org.
    pub org: String,
    /// The kind of the principal; `client_as_user` where a user was named for a client.
    pub principal_kind: &'static str,
    /// Its id.
    pub principal_id: String,
    /// Its name.
    pub principal_name: String,
    /// The method.
    pub method: String,
    /// The path: the matrix's template where it knows the endpoint.
    pub path: String,
    /// The verdict.
    pub verdict: &'static str,
    /// Its reasons.
    pub reasons: Vec<&'static str>,
    /// How the permissions combine; empty where the endpoint is not known.
    pub permissions_match: &'static str,
    /// The permissions the endpoint requires.
    pub permissions: Vec<String>,
    /// What is missing.
    pub missing_permissions: Vec<String>,
    /// Scopes of which one is missing.
    pub missing_scopes: Vec<String>,
    /// The divisions it is limited to.
    pub divisions: Vec<String>,
    /// The chain of evidence, as a tree in reading order.
    pub evidence: Vec<Link>,
    /// What to do, best first: each of `fix_options` in a sentence.
    pub fixes: Vec<String>,
    /// Real endpoints near to one that does not exist.
    pub nearest: Vec<String>,
    /// The scopes the endpoint lists; any one of them is enough.
    pub scopes: Vec<String>,
    /// Whether the endpoint needs a user behind the token: `yes`, `no`, `unknown`.
    pub user_context: &'static str,
    /// Where the requirement is known from, and of which date.
    pub matrix: String,
    /// The verdict in one sentence.
    pub summary: String,
    /// For a client that acts for a named user: which of the two blocks.
    pub sides: Option<Sides>,
    /// The same as `fixes`, with what else each would do, ranked by how little that is.
    pub fix_options: Vec<FixOption>,
    /// What could make the same call succeed now and fail later.
    pub flips: Vec<Flip>,
    /// What is to be said of the names that were claimed.
    pub claims: Vec<Claim>,
    /// How the real endpoints nearest to one that does not exist are answered.
    pub instead: Vec<Instead>,
    /// How the endpoint was read, where it was not written as the matrix writes it.
    pub read_as: Option<String>,
    /// What to know before the verdict: a word of the path that would have to be an id.
    pub notice: Option<String>,
}

/// How a real endpoint is answered that is near to one which does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Instead {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// What it requires, in a phrase.
    pub requires: String,
    /// The verdict.
    pub verdict: &'static str,
    /// Its reasons.
    pub reasons: Vec<&'static str>,
    /// What is missing.
    pub missing_permissions: Vec<String>,
    /// What to do, best first: of the nearest endpoint all, of the others the best.
    pub fixes: Vec<String>,
}

/// The verdict for a principal, or for a client and the user it acts for.
pub fn answer(map: &AccessMap<'_>, pair: &Pair<'_>, endpoint: &Endpoint) -> Answer {
    match (map.matrix.resolve(endpoint), pair.user) {
        (None, _) => Answer::because(Verdict::Unknown, Reason::EndpointNotInMatrix),
        (Some((operation, _)), Some(user)) => map.answer_as_user(pair.principal, user, operation),
        (Some((operation, _)), None) => map.answer(pair.principal, operation),
    }
}

/// Explains one verdict. `user` is the user for whom a client acts; `claimed` are names that somebody believes in.
pub fn explain(
    map: &AccessMap<'_>,
    matrix_name: &str,
    principal: &Principal,
    user: Option<&Principal>,
    endpoint: &Endpoint,
    claimed: &[Claimed],
) -> Explanation {
    let pair = Pair { principal, user };
    let found = map.matrix.resolve(endpoint);
    let answer = answer(map, &pair, endpoint);
    let holder = pair.holder();
    let shown = found.map_or_else(|| endpoint.clone(), |(_, operation)| operation.endpoint.clone());
    let missing = found.map(|(at, _)| map.missing_permissions(holder, at, answer)).unwrap_or_default();
    let requirement = found.map(|(_, operation)| &operation.requirement);
    let missing_scopes = match requirement {
        Some(requirement) if answer.reasons.has(Reason::MissingScope) => {
            requirement.scopes.iter().map(scope_text).collect()
        }
        _ => Vec::new(),
    };
    let near: Vec<Endpoint> = if found.is_none() { near(map, endpoint) } else { Vec::new() };
    let fix_options = fix_options::fix_options(map, &pair, endpoint, answer);
    Explanation {
        org: map.snapshot.org.name.clone(),
        principal_kind: if user.is_some() { PrincipalKind::ClientAsUser.as_str() } else { principal.kind.as_str() },
        principal_id: user.map_or_else(|| principal.id.clone(), |user| format!("{}/{}", principal.id, user.id)),
        principal_name: user
            .map_or_else(|| principal.name.clone(), |user| format!("{} as {}", principal.name, user.name)),
        method: shown.method.to_string(),
        path: shown.path.to_string(),
        verdict: answer.verdict.as_str(),
        reasons: answer.reasons.iter().map(Reason::as_str).collect(),
        permissions_match: requirement.map_or("", |requirement| requirement.permissions_match.as_str()),
        permissions: requirement.map(|r| r.permissions.iter().map(Permission::to_string).collect()).unwrap_or_default(),
        missing_permissions: missing.iter().map(ToString::to_string).collect(),
        missing_scopes,
        divisions: found
            .map(|(operation, _)| cells::divisions(map, map.divisions(holder, operation, answer)))
            .unwrap_or_default()
            .into_iter()
            .map(|(name, _)| name.to_owned())
            .collect(),
        evidence: links::Chain::of(map, matrix_name, &pair, endpoint, answer),
        fixes: fix_options.iter().map(FixOption::sentence).collect(),
        scopes: requirement.map(|r| r.scopes.iter().map(scope_text).collect()).unwrap_or_default(),
        user_context: requirement.map_or("unknown", |requirement| requirement.user_context.as_str()),
        matrix: matrix_name.to_owned(),
        summary: sentence::sentence(map, &pair, endpoint, answer),
        sides: found.zip(user).map(|((at, _), user)| pair::sides(map, principal, user, at)),
        fix_options,
        flips: intermittent::possible_causes(map, &pair, endpoint, answer),
        claims: claimed.iter().map(|one| claims::judge(map, &pair, endpoint, one)).collect(),
        instead: near
            .iter()
            .take(INSTEAD)
            .enumerate()
            .filter_map(|(at, endpoint)| instead(map, &pair, endpoint, if at == 0 { usize::MAX } else { 1 }))
            .collect(),
        nearest: near.iter().map(ToString::to_string).collect(),
        read_as: None,
        notice: notice(map, &pair, endpoint),
    }
}

/// What to say of a path that holds a word where an id stands, with the answer for the case that the word is one.
fn notice(map: &AccessMap<'_>, pair: &Pair<'_>, endpoint: &Endpoint) -> Option<String> {
    let word = WordForId::of(map.matrix, endpoint)?;
    let answer = answer(map, pair, &word.template);
    let reasons = answer.reasons.to_string();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({reasons})") };
    let (says, condition) = (word.says(), word.condition());
    Some(format!("{says}. If {condition}: {}{reasons} for {}", answer.verdict.as_str(), word.template))
}

/// The same path with another method first, then what is near.
fn near(map: &AccessMap<'_>, endpoint: &Endpoint) -> Vec<Endpoint> {
    let mut found = nearest::instead_of(map.matrix, endpoint);
    for operation in nearest::endpoints(map.matrix, endpoint, NEAREST) {
        if !found.contains(&operation.endpoint) {
            found.push(operation.endpoint.clone());
        }
    }
    found.truncate(NEAREST);
    found
}

fn instead(map: &AccessMap<'_>, pair: &Pair<'_>, endpoint: &Endpoint, fixes: usize) -> Option<Instead> {
    let (at, operation) = map.matrix.resolve(endpoint)?;
    let answer = answer(map, pair, endpoint);
    let options = fix_options::fix_options(map, pair, endpoint, answer);
    Some(Instead {
        method: operation.endpoint.method.to_string(),
        path: operation.endpoint.path.to_string(),
        requires: links::requirement_says(operation),
        verdict: answer.verdict.as_str(),
        reasons: answer.reasons.iter().map(Reason::as_str).collect(),
        missing_permissions: map
            .missing_permissions(pair.holder(), at, answer)
            .iter()
            .map(ToString::to_string)
            .collect(),
        fixes: options.iter().take(fixes).map(FixOption::sentence).collect(),
    })
}

fn scope_text(scope: &Scope) -> String {
    scope.to_string()
}

#[cfg(test)]
mod tests;
