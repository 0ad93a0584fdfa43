//! Which real endpoint, permission or scope is nearest to one that does not exist.
//!
//! Names are compared word by word, and by what the words mean: words that are written together are taken apart, what
//! people call things is looked up in a table of [synonyms], and the permissions of an operation speak for it, too. A
//! rare word (`sentiment`) says more than a common one (`conversation`), a thing more than what is done with it; reads
//! come first where a read was asked for.

mod index;
mod login;
mod synonyms;
mod words;

use std::collections::{BTreeMap, BTreeSet};

pub use login::login_host;

use self::index::{Index, Shape};
use self::words::{Splitter, Word, is_id};
use super::endpoint::{Endpoint, Method};
use super::search::{permissions_of, scopes_of};
use super::table::{Matrix, Operation};

/// Less than this is not near at all.
const NEAR: f64 = 0.25;
/// How many endpoints are named in place of one that does not exist.
const INSTEAD: usize = 3;
/// Operations that ask for any of more permissions than this are not described by them.
const SPEAKING: usize = 6;

/// The words of a matrix's names, cut once.
#[derive(Debug)]
pub(super) struct Nearness {
    splitter: Splitter,
    paths: Index,
    permissions: Index,
    scopes: Index,
}

impl Nearness {
    pub(super) fn new(matrix: &Matrix) -> Self {
        let operations = matrix.operations();
        let permissions = permissions_of(matrix);
        let scopes = scopes_of(matrix);
        let paths = || operations.iter().map(|operation| &*operation.endpoint.path);
        let parameters = paths().flat_map(|path| path.split('/')).filter(|part| part.starts_with('{'));
        let compounds = permissions.iter().chain(&scopes).copied().chain(parameters);
        let splitter = Splitter::new(compounds, paths());
        let words_of = |text: &str| splitter.name(text, false).into_iter().map(|word| word.text);
        let of_paths = operations.iter().map(|operation| {
            let required = &operation.requirement.permissions;
            let speaking = required.iter().filter(|_| required.len() <= SPEAKING);
            let beside: BTreeSet<String> = speaking.flat_map(|one| words_of(one.as_str())).collect();
            let beside = beside.into_iter().map(|word| (word, 1.0)).collect();
            (splitter.known_path(&operation.endpoint.path), beside)
        });
        let of_paths = Index::new(Shape::Path, of_paths.collect());
        let of_permissions = permissions.iter().map(|name| (splitter.name(name, false), Vec::new()));
        let of_permissions = Index::new(Shape::Name, of_permissions.collect());
        let of_scopes = Index::new(Shape::Name, of_scopes(matrix, &splitter));
        Self { paths: of_paths, permissions: of_permissions, scopes: of_scopes, splitter }
    }
}

/// The scopes' words. Beside each are the words of the operations that list it, by how many of the operations with the
/// word list this scope.
fn of_scopes(matrix: &Matrix, splitter: &Splitter) -> Vec<(Vec<Word>, Vec<(String, f64)>)> {
    let mut with_word: BTreeMap<String, usize> = BTreeMap::new();
    let mut with_both: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for operation in matrix.operations() {
        let required = &operation.requirement;
        let mut words: BTreeSet<String> =
            splitter.known_path(&operation.endpoint.path).into_iter().map(|word| word.text).collect();
        for permission in required.permissions.iter().filter(|_| required.permissions.len() <= SPEAKING) {
            words.extend(splitter.name(permission.as_str(), false).into_iter().map(|word| word.text));
        }
        for word in words {
            for scope in &required.scopes {
                *with_both.entry(scope_family(scope.as_str())).or_default().entry(word.clone()).or_default() += 1;
            }
            *with_word.entry(word).or_default() += required.scopes.len();
        }
    }
    let names = scopes_of(matrix).into_iter().map(|scope| {
        let beside = with_both.get(scope_family(scope)).into_iter().flatten().map(|(word, both)| {
            let all = with_word.get(word).copied().unwrap_or(1).max(1);
            (word.clone(), share(*both, all))
        });
        (splitter.name(scope_family(scope), false), beside.collect())
    });
    names.collect()
}

/// The scope without `:readonly`.
fn scope_family(scope: &str) -> &str {
    scope.strip_suffix(":readonly").unwrap_or(scope)
}

#[expect(clippy::cast_precision_loss, reason = "counts of operations, far below 2^52")]
fn share(part: usize, all: usize) -> f64 {
    part as f64 / all as f64
}

/// The nearest operations, best first, at most `limit`; of those on one path only the nearest. The operation that answers
/// `asked` as it stands is not among them.
pub fn endpoints<'a>(matrix: &'a Matrix, asked: &Endpoint, limit: usize) -> Vec<&'a Operation> {
    let near = matrix.nearness();
    let words = near.splitter.asked_path(&asked.path);
    let intent = intent(asked.method, &words);
    let ends_with_id = words.last().is_some_and(|word| word.parameter);
    let answering = matrix.resolve(asked).map(|(_, operation)| &operation.endpoint);
    let mut found: Vec<(f64, u8, &Operation)> = near
        .paths
        .scores(&words, &near.splitter)
        .into_iter()
        .zip(matrix.operations())
        .filter(|(score, operation)| *score >= NEAR && Some(&operation.endpoint) != answering)
        .map(|(score, operation)| {
            let endpoint = &operation.endpoint;
            let name = near.splitter.known_path(&endpoint.path);
            // The thing that an asked one is of (`/queues/{queueId}` of `.../waittime`) is a poor answer.
            let parent = if words.starts_with(&name) && words.len() > name.len() { 0.95 } else { 1.0 };
            let shape = if ends_with_id == endpoint.path.ends_with('}') { 1.0 } else { 0.96 };
            let fits = intent.fits(self::intent(endpoint.method, &name));
            (score * fits * shape * parent, distance(asked.method, endpoint.method), operation)
        })
        .collect();
    found.sort_by(|a, b| {
        let by_path = || (a.2.endpoint.path.len(), &a.2.endpoint).cmp(&(b.2.endpoint.path.len(), &b.2.endpoint));
        b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then_with(by_path)
    });
    let mut paths = BTreeSet::new();
    found.retain(|(_, _, operation)| paths.insert(&operation.endpoint.path));
    found.into_iter().take(limit).map(|(_, _, operation)| operation).collect()
}

/// What to call instead of an endpoint that does not exist, best first, at most three: the same path with another
/// method, then paths that are near. Empty where [`login_host`] has the answer.
pub fn instead_of(matrix: &Matrix, asked: &Endpoint) -> Vec<Endpoint> {
    if login_host(asked).is_some() {
        return Vec::new();
    }
    let mut methods = matrix.methods_of(asked);
    methods.sort_by_key(|method| (distance(asked.method, *method), *method));
    let other_methods = methods.into_iter().map(|method| Endpoint { method, path: asked.path.clone() });
    let mut found: Vec<Endpoint> = other_methods
        .filter_map(|endpoint| matrix.resolve(&endpoint))
        .map(|(_, operation)| operation.endpoint.clone())
        .filter(|endpoint| !takes_a_word_for_an_id(&endpoint.path, &asked.path))
        .collect();
    for near in endpoints(matrix, asked, INSTEAD) {
        if !found.contains(&near.endpoint) {
            found.push(near.endpoint.clone());
        }
    }
    found.truncate(INSTEAD);
    found
}

/// Whether a template fits a path only because a parameter stands for a plain word (`/conversations/search`).
fn takes_a_word_for_an_id(template: &str, path: &str) -> bool {
    template.split('/').zip(path.split('/')).any(|(template, part)| template.starts_with('{') && !is_id(part))
}

/// The nearest permissions that the matrix knows, best first, at most `limit`.
pub fn permissions<'a>(matrix: &'a Matrix, asked: &str, limit: usize) -> Vec<&'a str> {
    let near = matrix.nearness();
    let scores = near.permissions.scores(&near.splitter.name(asked, true), &near.splitter);
    let mut found: Vec<(f64, &str)> =
        scores.into_iter().zip(permissions_of(matrix)).filter(|(score, _)| *score >= NEAR).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1.len(), a.1).cmp(&(b.1.len(), b.1))));
    found.into_iter().take(limit).map(|(_, name)| name).collect()
}

/// The nearest scopes that the matrix knows, best first, at most `limit`; of a pair the one that allows no more than what
/// is asked for comes first.
pub fn scopes<'a>(matrix: &'a Matrix, asked: &str, limit: usize) -> Vec<&'a str> {
    let near = matrix.nearness();
    let words: Vec<Word> = near.splitter.name(asked, true).into_iter().filter(|word| word.text != "readonly").collect();
    let writes = asked.split([':', '.', ' ']).next_back().is_some_and(|word| WRITING.contains(&word));
    let scores = near.scopes.scores(&words, &near.splitter);
    let mut found: Vec<(f64, bool, &str)> = scores
        .into_iter()
        .zip(scopes_of(matrix))
        .filter(|(score, _)| *score >= NEAR)
        .map(|(score, name)| (score, name.ends_with(":readonly") == writes, name))
        .collect();
    found.sort_by(|a, b| {
        let family = scope_family(a.2).cmp(scope_family(b.2));
        b.0.total_cmp(&a.0).then(family).then((a.1, a.2).cmp(&(b.1, b.2)))
    });
    found.into_iter().take(limit).map(|(_, _, name)| name).collect()
}

/// Last words of a claimed scope that ask for more than reading.
const WRITING: &[&str] = &["write", "edit", "add", "create", "update", "delete", "manage", "admin", "execute", "all"];

/// What a call does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Intent {
    Read,
    Create,
    Change,
    Remove,
}

impl Intent {
    /// How well an operation that does `real` stands for a call that was to do this.
    fn fits(self, real: Self) -> f64 {
        match (self, real) {
            _ if self == real => 1.0,
            (Self::Create, Self::Change) | (Self::Change, Self::Create) => 0.9,
            (Self::Read, _) => 0.7,
            (_, Self::Remove) => 0.55,
            _ => 0.75,
        }
    }
}

/// What a call does, by its method and by the last word of its path: also a POST may only look, or take away.
fn intent(method: Method, words: &[Word]) -> Intent {
    let says = |list: &[&str]| {
        words.iter().rfind(|word| !word.parameter).is_some_and(|word| list.contains(&word.text.as_str()))
    };
    match method {
        Method::Get | Method::Head => Intent::Read,
        Method::Delete => Intent::Remove,
        _ if says(&["query", "search", "find", "lookup", "summary", "report", "statistic", "get", "list"]) => Intent::Read,
        _ if says(&["remove", "delete", "logout", "signout", "revoke"]) => Intent::Remove,
        Method::Post if says(&["update", "edit"]) => Intent::Change,
        Method::Post => Intent::Create,
        Method::Put | Method::Patch => Intent::Change,
    }
}

/// How far one method is from what another does; decides between operations on one path.
fn distance(asked: Method, method: Method) -> u8 {
    use Method::{Delete, Get, Head, Patch, Post, Put};
    match (asked, method) {
        _ if asked == method => 0,
        (Get | Head, Get | Head) | (Put | Patch, Put | Patch) => 1,
        (Post | Put | Patch, Post | Put | Patch) => 2,
        (_, Delete) | (Delete, _) => 4,
        (Get | Head, Post | Put | Patch) | (Post | Put | Patch, Get | Head) => 3,
    }
}

#[cfg(test)]
mod claimed;
#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::bundled;

    fn near(asked: &str) -> Vec<String> {
        let found = endpoints(bundled::matrix(), &asked.parse().unwrap(), 5);
        found.into_iter().map(|operation| operation.endpoint.to_string()).collect()
    }

    #[test]
    fn invented_endpoints_bring_the_real_one_among_five() {
        let table = [
            ("GET /analytics/queues/summary", "POST /api/v2/analytics/queues/observations/query"),
            ("GET /analytics/queues/realtime", "POST /api/v2/analytics/queues/observations/query"),
            ("POST /analytics/report/queue/summary", "POST /api/v2/analytics/reporting/exports"),
            (
                "GET /analytics/interactions/sentiment/details",
                "GET /api/v2/speechandtextanalytics/conversations/{conversationId}/sentiments",
            ),
            ("GET /security/roles/{roleId}/permissions", "GET /api/v2/authorization/roles/{roleId}"),
            ("GET /organizations/settings", "GET /api/v2/organizations/me"),
            ("GET /organizations/settings", "GET /api/v2/organizations/authentication/settings"),
            ("GET /routing/queue/abc", "GET /api/v2/routing/queues"),
            ("GET /oauth/client", "GET /api/v2/oauth/clients"),
            ("GET /user/me", "GET /api/v2/users/me"),
            ("POST /analytics/conversations/details/querry", "POST /api/v2/analytics/conversations/details/query"),
            ("GET /users/{id}/role", "GET /api/v2/users/{subjectId}/roles"),
            ("GET /user/123e4567-e89b/roles", "GET /api/v2/users/{subjectId}/roles"),
            ("PATCH /oauth/clients/{clientId}", "PUT /api/v2/oauth/clients/{clientId}"),
        ];
        for (asked, real) in table {
            assert!(near(asked).iter().any(|found| found == real), "{asked}: {:#?}", near(asked));
        }
    }

    #[test]
    fn same_path_with_another_method_comes_first_in_place_of_a_wrong_one() {
        let asked = "PATCH /api/v2/oauth/clients/{clientId}".parse().unwrap();
        let found = instead_of(bundled::matrix(), &asked);
        assert!(found.contains(&"PUT /api/v2/oauth/clients/{clientId}".parse().unwrap()), "{found:?}");
        assert!(found.iter().all(|one| one.path == asked.path) && found.len() == 3, "{found:?}");
    }

    #[test]
    fn invented_endpoint_brings_the_real_one_first() {
        let found = instead_of(bundled::matrix(), &"GET /api/v2/analytics/queues/summary".parse().unwrap());
        assert_eq!(found[0], "POST /api/v2/analytics/queues/observations/query".parse().unwrap());
    }

    #[test]
    fn queue_summary_names_the_observations_query_first() {
        assert_eq!(near("GET /analytics/queues/summary")[0], "POST /api/v2/analytics/queues/observations/query");
        assert_eq!(near("GET /security/roles/{roleId}/permissions")[0], "GET /api/v2/authorization/roles/{roleId}");
    }

    // These share no word with what people mean by them. A general score cannot know; this keeps it known.
    #[test]
    fn names_without_a_common_word_stay_misses() {
        assert!(!near("GET /organizations/settings").contains(&"GET /api/v2/authorization/settings".to_owned()));
        assert!(!scopes(bundled::matrix(), "interaction:read", 5).contains(&"conversations"));
        assert!(!scopes(bundled::matrix(), "report:execute", 5).contains(&"analytics"));
    }

    #[test]
    fn invented_scopes_bring_the_real_one_among_three() {
        for asked in ["analytics:read", "analytics:view", "analytics:query", "analytics:queue:view"] {
            let found = scopes(bundled::matrix(), asked, 3);
            assert!(found.contains(&"analytics") && found.contains(&"analytics:readonly"), "{asked}: {found:?}");
        }
        for (asked, real) in [
            ("routing:queue:read", "routing"),
            ("routing:queue:view", "routing:readonly"),
            ("admin:oauth", "oauth"),
            ("conversation:readonly", "conversations:readonly"),
        ] {
            let found = scopes(bundled::matrix(), asked, 3);
            assert!(found.contains(&real), "{asked}: {found:?}");
        }
    }

    #[test]
    fn invented_permissions_bring_the_real_one_among_five() {
        for (asked, real) in [
            ("analytics:queue:read", "analytics:queueObservation:view"),
            ("routing:queues:view", "routing:queue:view"),
            ("Routing:Queue:View", "routing:queue:view"),
            ("oauth:clients:read", "oauth:client:view"),
            ("authorization:roles:view", "authorization:role:view"),
        ] {
            let found = permissions(bundled::matrix(), asked, 5);
            assert!(found.contains(&real), "{asked}: {found:?}");
        }
    }

    #[test]
    fn nonsense_is_near_nothing() {
        assert!(near("GET /zzzz/qqqq").is_empty());
        assert!(near("GET /").is_empty());
        assert!(scopes(bundled::matrix(), "", 5).is_empty());
    }

    #[test]
    fn words_are_split_at_signs_and_capitals_and_made_singular() {
        let words: Vec<String> = words::split_at_signs("queueObservation:view-policies/QAs").collect();
        assert_eq!(words, ["queue", "observation", "view", "policy", "qas"]);
    }
}
