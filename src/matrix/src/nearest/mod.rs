//! Which real endpoint, permission or scope is nearest to one that does not exist.
//!
//! Names are compared word by word, and by what the words mean: words that are written together are taken apart, what
//! people call things is looked up in a table of synonyms, and the permissions of an operation speak for it, too. A
//! rare word (`sentiment`) says more than a common one (`conversation`), a thing more than what is done with it; reads
//! come first where a read was asked for.

mod login;

use std::collections::BTreeSet;

pub use login::login_host;

use super::endpoint::{Endpoint, Method};
use super::nearness::{SYNONYMS, Word, is_id, scope_family, split_at_signs};
use super::operation::Operation;
use super::table::{Matrix, permissions_of, scopes_of};

/// Less than this is not near at all.
const NEAR: f64 = 0.25;
/// Permissions and scopes that are less near than this share of the nearest are not named beside it.
const BESIDES_BEST: f64 = 0.6;
/// An operation that is at least so near stands for what was asked.
const WELL_MET: f64 = 0.62;
/// What is left of a deprecated operation.
const DEPRECATED: f64 = 0.93;
/// How many endpoints are named in place of one that does not exist.
const INSTEAD: usize = 3;

/// The nearest operations, best first, at most `limit`; of those on one path only the nearest. The operation that answers
/// `asked` as it stands is not among them. None where [`login_host`] has the answer.
pub fn endpoints<'a>(matrix: &'a Matrix, asked: &Endpoint, limit: usize) -> Vec<&'a Operation> {
    if login_host(asked).is_some() {
        return Vec::new();
    }
    let near = matrix.nearness();
    let words = near.splitter.asked_path(&asked.path);
    let intent = intent(asked.method, &words);
    let ends_with_id = words.last().is_some_and(|word| word.parameter);
    let answering = matrix.resolve(asked).map(|(_, operation)| &operation.endpoint);
    let mut found: Vec<(f64, u8, &Operation)> = near
        .paths
        .scores(&words, &near.splitter)
        .into_iter()
        .zip(matrix.operations().iter().zip(&near.path_words))
        .filter(|(score, (operation, _))| *score >= NEAR && Some(&operation.endpoint) != answering)
        .filter(|(_, (operation, _))| !takes_a_word_for_an_id(&operation.endpoint.path, &asked.path))
        .map(|(score, (operation, name))| {
            let endpoint = &operation.endpoint;
            // The thing that an asked one is of (`/queues/{queueId}` of `.../waittime`) is a poor answer.
            let parent = if words.starts_with(name) && words.len() > name.len() { 0.95 } else { 1.0 };
            let shape = if ends_with_id == endpoint.path.ends_with('}') { 1.0 } else { 0.96 };
            let fits = intent.fits(self::intent(endpoint.method, name));
            let current = if operation.deprecated == Some(true) { DEPRECATED } else { 1.0 };
            (score * fits * shape * parent * current, distance(asked.method, endpoint.method), operation)
        })
        .collect();
    found.sort_by(|a, b| {
        let by_path = || (a.2.endpoint.path.len(), &a.2.endpoint).cmp(&(b.2.endpoint.path.len(), &b.2.endpoint));
        b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then_with(by_path)
    });
    let mut paths = BTreeSet::new();
    found.retain(|(_, _, operation)| paths.insert(&operation.endpoint.path));
    // Of a thing that is known and a part that is not, the thing is an answer, where no third one is really near.
    let third = found.get(INSTEAD - 1).map_or(0.0, |(score, ..)| *score);
    let mut nearest: Vec<&Operation> = found.into_iter().map(|(_, _, operation)| operation).collect();
    if let Some(parent) = parent(matrix, asked).filter(|_| third < WELL_MET) {
        let at = nearest.iter().position(|operation| operation.endpoint.path == parent.endpoint.path);
        if at.is_none_or(|at| at >= INSTEAD) {
            nearest.insert(nearest.len().min(INSTEAD - 1), parent);
        }
    }
    nearest.truncate(limit);
    nearest
}

/// The operation on the thing that the last word of the path is of: `/queues/{queueId}` of `/queues/{queueId}/notes`.
fn parent<'a>(matrix: &'a Matrix, asked: &Endpoint) -> Option<&'a Operation> {
    let (thing, _) = asked.path.rsplit_once('/')?;
    let id = thing.rsplit('/').next()?;
    let methods = [asked.method, Method::Patch, Method::Put, Method::Get];
    let methods = methods.into_iter().filter(|method| asked.method != Method::Get || *method == Method::Get);
    let mut found = methods.filter_map(|method| matrix.resolve(&Endpoint { method, path: thing.into() }));
    found.next().map(|(_, operation)| operation).filter(|_| is_id(id))
}

/// What to call instead of an endpoint that does not exist, best first, at most three: the same path with another
/// method, then paths that are near. None where [`login_host`] has the answer.
pub fn instead_of(matrix: &Matrix, asked: &Endpoint) -> Vec<Endpoint> {
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
    let pairs = || template.split('/').zip(path.split('/'));
    template.split('/').count() == path.split('/').count()
        && pairs().all(|(template, part)| template == part || template.starts_with('{'))
        && pairs().any(|(template, part)| template.starts_with('{') && !is_id(part))
}

/// What people may mean by words such as `agents` or `data action`, in words of the matrix, the likeliest first; none where
/// the table of synonyms has nothing.
pub fn meanings(text: &str) -> Vec<String> {
    let written: Vec<String> = split_at_signs(text).collect();
    let synonyms = written.first().and_then(|first| SYNONYMS.get(first)).into_iter().flatten();
    let meant = synonyms.filter(|synonym| synonym.written == written).flat_map(|synonym| &synonym.meant);
    meant.map(|words| words.join(" ")).collect()
}

/// The nearest permissions that the matrix knows, best first, at most `limit`.
pub fn permissions<'a>(matrix: &'a Matrix, asked: &str, limit: usize) -> Vec<&'a str> {
    let near = matrix.nearness();
    let scores = near.permissions.scores(&near.splitter.name(asked, true), &near.splitter);
    let mut found: Vec<(f64, &str)> =
        scores.into_iter().zip(permissions_of(matrix)).filter(|(score, _)| *score >= NEAR).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1.len(), a.1).cmp(&(b.1.len(), b.1))));
    let best = found.first().map_or(0.0, |(score, _)| *score);
    found.into_iter().take_while(|(score, _)| *score >= best * BESIDES_BEST).take(limit).map(|(_, name)| name).collect()
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
    let best = found.first().map_or(0.0, |(score, ..)| *score);
    found
        .into_iter()
        .take_while(|(score, ..)| *score >= best * BESIDES_BEST)
        .take(limit)
        .map(|(.., name)| name)
        .collect()
}

/// Last words of a claimed scope that ask for more than reading.
const WRITING: &[&str] = &["write", "edit", "add", "create", "update", "delete", "manage", "admin", "execute", "all"];

/// Last words of a path that change what is there, whatever the method.
const CHANGING: &[&str] =
    &["update", "edit", "disable", "enable", "activate", "deactivate", "hold", "mute", "resume", "rename"];

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
            (Self::Read, _) => 0.62,
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
        _ if says(&["query", "search", "find", "lookup", "summary", "report", "statistic", "get", "list"]) => {
            Intent::Read
        }
        _ if says(&["remove", "delete", "logout", "signout", "revoke"]) => Intent::Remove,
        Method::Post if says(CHANGING) => Intent::Change,
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
mod tests;
