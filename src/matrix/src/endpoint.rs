//! Endpoints: an HTTP method and a path template.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::path_part::{as_placeholder, is_placeholder};
use rolecall_base::named::trimmed;

/// The HTTP methods the platform publishes. Ordered by name, as outputs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// `DELETE`
    Delete,
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `PATCH`
    Patch,
    /// `POST`
    Post,
    /// `PUT`
    Put,
}

impl Method {
    /// Every method, in order.
    pub const ALL: [Self; 6] = [Self::Delete, Self::Get, Self::Head, Self::Patch, Self::Post, Self::Put];

    /// The method in upper case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

impl FromStr for Method {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let bare = trimmed(text).trim_matches(['[', ']', '(', ')', ':']);
        Self::ALL.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(bare)).ok_or(())
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One operation's address: method and path template, `GET /api/v2/routing/queues/{queueId}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The method.
    pub method: Method,
    /// The path template as published, parameters in braces.
    pub path: Arc<str>,
}

impl Endpoint {
    /// An endpoint with its path normalised: query, scheme, host and trailing slash dropped, `/api/v2` put in front
    /// where it is missing.
    pub fn new(method: Method, path: &str) -> Self {
        Self { method, path: Arc::from(normalise(path)) }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// The path as the matrix writes it: without scheme, host, query, fragment and trailing slash, `/api/v2` in front, and
/// whatever stands for a parameter (`:id`, `<id>`, `${id}`) in braces. Other letter case stays as it is: only a matrix
/// knows whether it matters.
pub fn normalise(path: &str) -> String {
    let path = without_host(trimmed(path));
    let path = path.split(['?', '#']).next().unwrap_or(path).trim_end_matches('/').trim_start_matches('/');
    let mut parts: Vec<String> =
        path.split('/').map(|part| as_placeholder(part).unwrap_or_else(|| part.to_owned())).collect();
    // A path of the API begins with a word: what stands for a host, or names one, is dropped.
    if let [first, _, ..] = parts.as_slice()
        && (is_placeholder(first) || first.contains('.') || first.starts_with("localhost"))
    {
        parts.remove(0);
    }
    let is_version = |part: &str| {
        let mut letters = part.chars();
        matches!(letters.next(), Some('v' | 'V')) && part.len() > 1 && letters.all(|c| c.is_ascii_digit())
    };
    let lead = match parts.as_mut_slice() {
        [api, version, ..] if api.eq_ignore_ascii_case("api") && is_version(version) => {
            *api = "api".to_owned();
            *version = version.to_ascii_lowercase();
            "/"
        }
        [api, ..] if api == "api" => "/",
        [version, ..] if is_version(version) => {
            *version = version.to_ascii_lowercase();
            "/api/"
        }
        _ => "/api/v2/",
    };
    let path = format!("{lead}{}", parts.join("/"));
    path.trim_end_matches('/').to_owned()
}

/// What comes after scheme and host, or after whatever stands for them: everything before `/api/v2`.
fn without_host(path: &str) -> &str {
    let lower = path.to_ascii_lowercase();
    let end = lower.find(['?', '#']).filter(|at| !lower.get(*at..).is_some_and(|rest| rest.starts_with("#{")));
    let root = lower.get(..end.unwrap_or(lower.len())).and_then(|path| path.find("/api/v"));
    if let Some(rest) = root.and_then(|at| path.get(at..)) {
        return rest;
    }
    path.split_once("://").map_or(path, |(_, rest)| rest.find('/').map_or("/", |at| rest.get(at..).unwrap_or("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_however_people_paste_them() {
        for text in [
            "/api/v2/routing/queues",
            "api/v2/routing/queues/",
            "/routing/queues?pageSize=25",
            "https://api.mypurecloud.ie/api/v2/routing/queues#x",
        ] {
            assert_eq!(normalise(text), "/api/v2/routing/queues", "{text}");
        }
    }
}
