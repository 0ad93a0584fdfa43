//! What somebody means by the name of an endpoint, a permission or a scope: the one place where such names are read.
//!
//! A text is read twice. [`Asked::read`] takes from it what is written: a method and a path, a whole command, or the
//! name of an SDK method. Held against a [`Matrix`] it becomes an [`Endpoint`], and what was read can be said.

mod command;
mod known;
mod paste;
mod sdk;

use std::str::FromStr;

use super::endpoint::{Endpoint, Method};
use super::nearest;
use super::path_part::plain_words;
use super::table::Matrix;

pub use known::{Unknown, near_permissions, permission, permissions, scope};
pub use sdk::name_of;

/// How many near names an error offers.
const NEAR: usize = 3;

/// A call as somebody wrote it, before a matrix is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The method, where it was written.
    pub method: Option<Method>,
    target: Target,
    /// The text where it is short enough to be compared with what was read.
    typed: String,
}

/// What a call is written with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// A path, in the matrix's writing.
    Path(String),
    /// The name of an SDK's method.
    SdkName(String),
    /// The words of the platform's command line: the thing, then what to do with it.
    CliWords(Vec<String>),
}

impl Asked {
    /// Reads what was typed or pasted.
    ///
    /// # Errors
    /// In words for people, where the text is no call. Nothing of a command is repeated: it may hold a token.
    pub fn read(text: &str) -> Result<Self, String> {
        paste::read(text)
    }

    /// What was written behind the path's `?`; empty where nothing was, and of what is not a path.
    pub fn query(&self) -> &str {
        let query = match &self.target {
            Target::Path(_) => self.typed.split_once('?').map_or("", |(_, query)| query),
            Target::SdkName(_) | Target::CliWords(_) => "",
        };
        query.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '#')).next().unwrap_or_default()
    }

    /// Whether a path was written, rather than the name of a method of an SDK.
    pub fn has_path(&self) -> bool {
        matches!(self.target, Target::Path(_))
    }

    /// The endpoint, where method and path were both written.
    pub fn literal(&self) -> Option<Endpoint> {
        match (&self.target, self.method) {
            (Target::Path(path), Some(method)) => Some(Endpoint::new(method, path)),
            _ => None,
        }
    }

    /// Everything in a matrix that this can be: one endpoint where the text says which, several where the method is not
    /// written. An endpoint that the matrix lacks is returned as it was written.
    pub fn calls(&self, matrix: &Matrix) -> Vec<Endpoint> {
        match (&self.target, self.method) {
            (Target::Path(path), Some(method)) => vec![Endpoint::new(method, path)],
            (Target::Path(path), None) => {
                let all = Method::ALL.map(|method| Endpoint::new(method, path));
                all.into_iter().filter(|endpoint| matrix.resolve(endpoint).is_some()).collect()
            }
            (Target::SdkName(name), _) => sdk::find(matrix, name).into_iter().map(|one| one.endpoint.clone()).collect(),
            (Target::CliWords(words), _) => {
                sdk::find_by_words(matrix, words).into_iter().map(|one| one.endpoint.clone()).collect()
            }
        }
    }

    /// The one endpoint that is meant.
    ///
    /// # Errors
    /// In words for people: the name is not known, or the method is missing and the path has several.
    pub fn call(&self, matrix: &Matrix) -> Result<Endpoint, String> {
        let calls = self.calls(matrix);
        if let [one] = calls.as_slice() {
            return Ok(one.clone());
        }
        let list: Vec<String> = calls.iter().map(|call| format!("`{call}`")).collect();
        match (&self.target, calls.is_empty()) {
            (Target::Path(path), true) => match self.method {
                Some(method) => Ok(Endpoint::new(method, path)),
                // Whoever gives no method asks for a look-up; that it does not exist is for the caller to say.
                None => Ok(Endpoint::new(Method::Get, path)),
            },
            (Target::Path(path), false) => {
                Err(format!("`{path}` has several methods; write one of {}", list.join(", ")))
            }
            (Target::SdkName(name), true) => {
                let near = sdk::near(matrix, name, NEAR);
                let near = if near.is_empty() { String::new() } else { format!("; nearest: `{}`", near.join("`, `")) };
                Err(format!("no operation has the SDK method name `{name}`{near}"))
            }
            (Target::SdkName(name), false) => {
                Err(format!("`{name}` is the SDK method name of several operations; write one of {}", list.join(", ")))
            }
            (Target::CliWords(words), true) => {
                Err(format!("no operation is called by `gc {}`; write 'GET /api/v2/routing/queues'", words.join(" ")))
            }
            (Target::CliWords(words), false) => {
                Err(format!("`gc {}` may call several operations; write one of {}", words.join(" "), list.join(", ")))
            }
        }
    }

    /// ``read as `GET /api/v2/routing/queues` ``, in the matrix's writing, where that is not literally what was typed.
    pub fn read_as(&self, matrix: &Matrix, endpoint: &Endpoint) -> Option<String> {
        let found = matrix.resolve(endpoint).map(|(_, operation)| operation.endpoint.to_string());
        let canonical = found.unwrap_or_else(|| endpoint.to_string());
        (canonical != self.typed).then(|| format!("read as `{canonical}`"))
    }
}

impl FromStr for Endpoint {
    type Err = String;

    /// Reads a method and a path, however they are written; what has no method or path needs a matrix.
    fn from_str(text: &str) -> Result<Self, String> {
        let asked = Asked::read(text)?;
        asked.literal().ok_or_else(|| {
            let lacks = if asked.has_path() { "has no method" } else { "is not an endpoint" };
            format!("`{}` {lacks}; write it as 'GET /api/v2/routing/queues'", text.trim())
        })
    }
}

/// A call whose path was written with a word where its template takes an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordForId {
    /// Each word, with the parameter it stands for.
    pub words: Vec<(String, String)>,
    /// The operation that would answer if the words were ids: its position in the matrix.
    pub operation: usize,
    /// Its endpoint.
    pub template: Endpoint,
    /// What is near to an endpoint of that name.
    pub nearest: Vec<Endpoint>,
}

impl WordForId {
    /// Of an endpoint that the matrix only has when a plain word is taken for an id.
    pub fn of(matrix: &Matrix, endpoint: &Endpoint) -> Option<Self> {
        if matrix.resolve(endpoint).is_some() {
            return None;
        }
        let (operation, found) = matrix.resolve_as_called(endpoint)?;
        let template = found.endpoint.clone();
        let words = plain_words(&template.path, &endpoint.path);
        let mut nearest = nearest::instead_of(matrix, endpoint);
        nearest.retain(|near| *near != template);
        Some(Self { words, operation, template, nearest })
    }

    /// What to say of it.
    pub fn says(&self) -> String {
        let read: Vec<String> =
            self.words.iter().map(|(word, parameter)| format!("`{word}` was read as `{parameter}`")).collect();
        let near: Vec<String> = self.nearest.iter().map(|endpoint| format!("`{endpoint}`")).collect();
        let near = if near.is_empty() { String::new() } else { format!("; nearest: {}", near.join(", ")) };
        format!("{}; if you meant an endpoint of that name, it does not exist{near}", read.join(" and "))
    }

    /// The words, for "if these are ids".
    pub fn condition(&self) -> String {
        let ids: Vec<String> =
            self.words.iter().map(|(word, parameter)| format!("`{word}` is the id for `{parameter}`")).collect();
        ids.join(" and ")
    }
}

#[cfg(test)]
mod tests;
