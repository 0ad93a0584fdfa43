//! The words of the names that a matrix has, cut once, by which near names are found.

mod index;
mod kinds;
mod synonyms;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use self::index::{Beside, Index, Shape};
use super::operation::Operation;

pub(crate) use synonyms::SYNONYMS;
pub(crate) use words::{Splitter, Word, is_id, split_at_signs};

/// Operations that ask for any of more permissions than this are not described by them.
const SPEAKING: usize = 6;
/// A word that goes with a name less often than this, as a share of the name it goes with most, says nothing of it.
const LEAST_SHARE: f64 = 0.2;

/// The words of a matrix's names, cut once.
#[derive(Debug)]
pub(crate) struct Nearness {
    pub splitter: Splitter,
    /// Of each operation, in the order of the matrix.
    pub path_words: Vec<Vec<Word>>,
    pub paths: Index,
    pub permissions: Index,
    pub scopes: Index,
}

impl Nearness {
    /// Of these operations, and the permissions and scopes that they list.
    pub(crate) fn new(operations: &[Operation], permissions: &BTreeSet<&str>, scopes: &BTreeSet<&str>) -> Self {
        let paths = || operations.iter().map(|operation| &*operation.endpoint.path);
        let parameters = paths().flat_map(|path| path.split('/')).filter(|part| part.starts_with('{'));
        let compounds = permissions.iter().chain(scopes).copied().chain(parameters);
        let splitter = Splitter::new(compounds, paths());
        let path_words: Vec<Vec<Word>> = paths().map(|path| splitter.known_path(path)).collect();
        let names = Names {
            operations,
            path_words: &path_words,
            permissions: permissions.iter().map(|name| (*name, splitter.name(name, false))).collect(),
        };
        let of_paths = operations.iter().zip(&path_words).map(|(operation, words)| {
            let beside: BTreeSet<&str> = names.speaking(operation).flat_map(|(_, words)| words).map(text_of).collect();
            (words.clone(), beside.into_iter().map(|word| (word.to_owned(), 1.0)).collect())
        });
        let of_paths = of_paths.collect();
        let beside_permissions = names.associations(Shape::Permission);
        let of_permissions = names
            .permissions
            .iter()
            .map(|(name, words)| (words.clone(), beside_permissions.get(name).cloned().unwrap_or_default()));
        let of_permissions = of_permissions.collect();
        let beside_scopes = names.associations(Shape::Scope);
        let of_scopes = scopes.iter().map(|name| {
            let family = scope_family(name);
            (splitter.name(family, false), beside_scopes.get(family).cloned().unwrap_or_default())
        });
        let of_scopes = of_scopes.collect();
        Self {
            paths: Index::new(Shape::Path, of_paths),
            permissions: Index::new(Shape::Permission, of_permissions),
            scopes: Index::new(Shape::Scope, of_scopes),
            path_words,
            splitter,
        }
    }
}

fn text_of(word: &Word) -> &str {
    &word.text
}

/// The words of everything that the matrix names.
struct Names<'a> {
    operations: &'a [Operation],
    path_words: &'a [Vec<Word>],
    permissions: BTreeMap<&'a str, Vec<Word>>,
}

impl<'a> Names<'a> {
    /// The permissions that describe an operation, with their words.
    fn speaking(&self, operation: &'a Operation) -> impl Iterator<Item = (&'a str, &[Word])> {
        let required = &operation.requirement.permissions;
        let speaking = required.iter().filter(|_| required.len() <= SPEAKING);
        speaking.filter_map(|one| Some((one.as_str(), self.permissions.get(one.as_str())?.as_slice())))
    }

    /// Words of the operations that ask for each permission or scope, with how often they go with it: 1 for the one that
    /// the word goes with most. `trunk` stands in no permission, and yet `telephony:plugin:all` is what trunks ask for.
    fn associations(&self, shape: Shape) -> BTreeMap<&'a str, Beside> {
        let mut with_both: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        let mut most: BTreeMap<&str, usize> = BTreeMap::new();
        for (operation, words) in self.operations.iter().zip(self.path_words) {
            let mut words: BTreeSet<&str> = words.iter().map(text_of).collect();
            let names: BTreeSet<&str> = if shape == Shape::Scope {
                words.extend(self.speaking(operation).flat_map(|(_, words)| words).map(text_of));
                operation.requirement.scopes.iter().map(|scope| scope_family(scope.as_str())).collect()
            } else {
                self.speaking(operation).map(|(name, _)| name).collect()
            };
            for name in names {
                for word in &words {
                    let both = with_both.entry(name).or_default().entry(word).or_default();
                    *both += 1;
                    let most = most.entry(word).or_default();
                    *most = (*most).max(*both);
                }
            }
        }
        let shares = with_both.into_iter().map(|(name, words)| {
            let shares = words
                .into_iter()
                .map(|(word, both)| (word.to_owned(), share(both, most.get(word).copied().unwrap_or(both))));
            (name, shares.filter(|(_, share)| *share >= LEAST_SHARE).collect())
        });
        shares.collect()
    }
}

/// The scope without `:readonly`.
pub(crate) fn scope_family(scope: &str) -> &str {
    scope.strip_suffix(":readonly").unwrap_or(scope)
}

#[expect(clippy::cast_precision_loss, reason = "counts of operations, far below 2^52")]
fn share(part: usize, all: usize) -> f64 {
    part as f64 / all as f64
}

#[cfg(test)]
mod tests;
