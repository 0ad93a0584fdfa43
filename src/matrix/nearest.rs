//! Which real endpoint, permission or scope is nearest to one that does not exist.
//!
//! Names are compared word by word. A rare word (`sentiment`) says more than a common one (`conversations`), an early
//! one more than a late one: invented names get the domain and the thing right and the measure wrong. There is no
//! table of answers, so nothing here has to follow the platform.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::endpoint::{Endpoint, Method};
use super::search::{permissions_of, scopes_of};
use super::table::{Matrix, Operation};

/// How much less the last word of an asked name counts than its first, and of a known one.
const FADE_ASKED: f64 = 0.5;
const FADE_KNOWN: f64 = 0.3;
/// Meeting the asked words counts more than not having others (the F-measure's beta, squared).
const RECALL_OVER_PRECISION: f64 = 2.0;
/// For beginning with the same words, and for reading where the asked one reads.
const SAME_BEGINNING: f64 = 0.05;
const SAME_INTENT: f64 = 0.05;
/// A parameter after the same word (`roles/{roleId}`) counts this much of a word.
const PARAMETER: f64 = 0.4;
/// Less than this is not near at all.
const NEAR: f64 = 0.3;
/// How near two words must be, as a share of their letters, to be slips of each other.
const SLIP: f64 = 0.75;
/// How many endpoints are told in place of one that does not exist.
const INSTEAD: usize = 3;

/// The nearest operations, best first, at most `limit`; of those on one path only the nearest.
pub fn endpoints<'a>(matrix: &'a Matrix, asked: &Endpoint, limit: usize) -> Vec<&'a Operation> {
    let names: Vec<Vec<Word>> = matrix.operations().iter().map(|o| path_words(&o.endpoint.path)).collect();
    let words = path_words(&asked.path);
    let index = Index::new(&names);
    let reads = is_read(asked.method, &words);
    let mut found: Vec<(f64, u8, &Operation)> = index
        .scores(&words)
        .zip(matrix.operations())
        .zip(&names)
        .filter(|((score, _), _)| *score >= NEAR)
        .map(|((score, operation), name)| {
            let method = operation.endpoint.method;
            let same = method == asked.method || reads == is_read(method, name);
            (if same { score + SAME_INTENT } else { score }, distance(asked.method, method), operation)
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then_with(|| a.2.endpoint.cmp(&b.2.endpoint)));
    let mut paths = BTreeSet::new();
    found.retain(|(_, _, operation)| paths.insert(&operation.endpoint.path));
    found.into_iter().take(limit).map(|(_, _, operation)| operation).collect()
}

/// What to call instead of an endpoint that does not exist, best first, at most three: the same path with another
/// method, then paths that are near.
pub fn instead_of(matrix: &Matrix, asked: &Endpoint) -> Vec<Endpoint> {
    let other_methods =
        matrix.methods_of(asked).into_iter().map(|method| Endpoint { method, path: asked.path.clone() });
    let mut found: Vec<Endpoint> = other_methods
        .filter_map(|endpoint| matrix.resolve(&endpoint))
        .map(|(_, operation)| operation.endpoint.clone())
        .collect();
    for near in endpoints(matrix, asked, INSTEAD) {
        if !found.contains(&near.endpoint) {
            found.push(near.endpoint.clone());
        }
    }
    found.truncate(INSTEAD);
    found
}

/// The nearest permissions that the matrix knows, best first, at most `limit`.
pub fn permissions<'a>(matrix: &'a Matrix, asked: &str, limit: usize) -> Vec<&'a str> {
    names(permissions_of(matrix), asked, limit)
}

/// The nearest scopes that the matrix knows, best first, at most `limit`.
pub fn scopes<'a>(matrix: &'a Matrix, asked: &str, limit: usize) -> Vec<&'a str> {
    names(scopes_of(matrix), asked, limit)
}

fn names<'a>(known: BTreeSet<&'a str>, asked: &str, limit: usize) -> Vec<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    let words: Vec<Vec<Word>> = known.iter().map(|name| name_words(name)).collect();
    let index = Index::new(&words);
    let mut found: Vec<(f64, &str)> =
        index.scores(&name_words(asked)).zip(known).filter(|(score, _)| *score >= NEAR).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1.len(), a.1).cmp(&(b.1.len(), b.1))));
    found.into_iter().take(limit).map(|(_, name)| name).collect()
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

/// Whether a call only looks: also a POST that carries a question.
fn is_read(method: Method, words: &[Word]) -> bool {
    let asks = || words.iter().rfind(|word| !word.parameter).is_some_and(|w| w.text == "query" || w.text == "search");
    matches!(method, Method::Get | Method::Head) || (method == Method::Post && asks())
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Word {
    /// Lower case, singular; of a parameter the word before it.
    text: String,
    parameter: bool,
}

fn path_words(path: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | "api" | "v2")) {
        let is_id = part.len() > 8 && part.contains(|c: char| c.is_ascii_digit());
        if part.starts_with('{') || is_id {
            if let Some(last) = words.last().filter(|last| !last.parameter) {
                words.push(Word { text: last.text.clone(), parameter: true });
            }
        } else {
            words.extend(split_words(part).map(|text| Word { text, parameter: false }));
        }
    }
    words
}

fn name_words(name: &str) -> Vec<Word> {
    split_words(name).map(|text| Word { text, parameter: false }).collect()
}

/// Splits at signs and where a capital begins a word.
fn split_words(text: &str) -> impl Iterator<Item = String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut after_small = false;
    for c in text.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && after_small) {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        after_small = c.is_lowercase() || c.is_numeric();
    }
    words.push(word);
    words.into_iter().filter(|word| !word.is_empty()).map(|word| singular(&word))
}

fn singular(word: &str) -> String {
    match (word.strip_suffix("ies"), word.strip_suffix('s')) {
        (Some(stem), _) if stem.len() > 1 => format!("{stem}y"),
        (_, Some(stem)) if stem.len() > 2 && !stem.ends_with('s') => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// How much each known word says, over all known names.
struct Index<'a> {
    names: &'a [Vec<Word>],
    in_names: HashMap<&'a Word, usize>,
}

impl<'a> Index<'a> {
    fn new(names: &'a [Vec<Word>]) -> Self {
        let mut in_names = HashMap::new();
        for name in names {
            for word in name.iter().collect::<BTreeSet<_>>() {
                *in_names.entry(word).or_insert(0) += 1;
            }
        }
        Self { names, in_names }
    }

    /// The score of every known name, in their order.
    fn scores(&self, asked: &[Word]) -> impl Iterator<Item = f64> {
        let mut likeness: HashMap<&Word, BTreeMap<usize, f64>> = HashMap::new();
        for word in self.in_names.keys() {
            for (at, wanted) in asked.iter().enumerate() {
                let alike = alike(wanted, word);
                if alike > 0.0 {
                    likeness.entry(word).or_default().insert(at, alike);
                }
            }
        }
        let weights = self.weights(asked, FADE_ASKED);
        self.names.iter().map(move |name| self.score(asked, &weights, name, &likeness))
    }

    fn score(
        &self,
        asked: &[Word],
        weights: &[f64],
        name: &[Word],
        likeness: &HashMap<&Word, BTreeMap<usize, f64>>,
    ) -> f64 {
        let mut met = vec![0.0_f64; asked.len()];
        let mut used = 0.0;
        let name_weights = self.weights(name, FADE_KNOWN);
        for (word, weight) in name.iter().zip(&name_weights) {
            let mut best = 0.0_f64;
            for (at, alike) in likeness.get(word).into_iter().flatten() {
                best = best.max(*alike);
                if let Some(met) = met.get_mut(*at) {
                    *met = met.max(*alike);
                }
            }
            used += weight * best;
        }
        let recall = share(met.iter().zip(weights).map(|(met, weight)| met * weight).sum(), weights);
        let precision = share(used, &name_weights);
        if recall <= 0.0 || precision <= 0.0 {
            return 0.0;
        }
        let together =
            (1.0 + RECALL_OVER_PRECISION) * recall * precision / (RECALL_OVER_PRECISION * precision + recall);
        let beginning = asked.iter().zip(name).take_while(|(a, b)| a == b).count();
        together + SAME_BEGINNING * ratio(beginning, asked.len())
    }

    fn weights(&self, name: &[Word], fade: f64) -> Vec<f64> {
        let last = name.len().saturating_sub(1);
        name.iter()
            .enumerate()
            .map(|(at, word)| {
                let rarity = match self.in_names.get(word) {
                    Some(count) => (1.0 + ratio(self.names.len(), 1 + count)).ln(),
                    // A word that no name has tells nothing apart; it only says that the asked name is far off.
                    None => 4.0,
                };
                rarity * if word.parameter { PARAMETER } else { 1.0 } * (1.0 - fade * ratio(at, last))
            })
            .collect()
    }
}

fn share(part: f64, weights: &[f64]) -> f64 {
    let whole: f64 = weights.iter().sum();
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words and names, far below 2^52")]
fn ratio(a: usize, b: usize) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}

fn alike(a: &Word, b: &Word) -> f64 {
    if a == b {
        return 1.0;
    }
    if a.parameter || b.parameter {
        return 0.0;
    }
    let (short, long) = if a.text.len() <= b.text.len() { (&a.text, &b.text) } else { (&b.text, &a.text) };
    if short.len() >= 4 && long.contains(short.as_str()) {
        return if long.starts_with(short.as_str()) { 0.7 } else { 0.6 };
    }
    let edits = strsim::normalized_levenshtein(&a.text, &b.text);
    if edits >= SLIP { edits * 0.9 } else { 0.0 }
}

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
        let words: Vec<String> = split_words("queueObservation:view-policies/QAs").collect();
        assert_eq!(words, ["queue", "observation", "view", "policy", "qas"]);
    }
}
