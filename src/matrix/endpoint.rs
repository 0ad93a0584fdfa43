//! Endpoints: an HTTP method and a path template.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::model::nearest::did_you_mean;

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
        Self::ALL.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(text.trim())).ok_or(())
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

impl FromStr for Endpoint {
    type Err = String;

    /// Reads `METHOD /path`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(method), Some(path), None) => {
                let method = method.parse().map_err(|()| {
                    let near = did_you_mean(method, Method::ALL.map(Method::as_str));
                    format!(
                        "`{method}` is not a method; write one of GET, POST, PUT, PATCH, DELETE, HEAD, then the path{near}"
                    )
                })?;
                Ok(Self::new(method, path))
            }
            _ => Err(format!("`{text}` is not an endpoint; write it as 'GET /api/v2/routing/queues'")),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// The path as the matrix writes it.
pub fn normalise(path: &str) -> String {
    let path = path.trim();
    let path =
        path.split_once("://").map_or(path, |(_, rest)| rest.find('/').map_or("/", |at| rest.get(at..).unwrap_or("/")));
    let path = path.split(['?', '#']).next().unwrap_or(path).trim_end_matches('/');
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    if path.starts_with("/api/") { path } else { format!("/api/v2{path}") }
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

    #[test]
    fn endpoint_without_method_says_how_to_write_it() {
        let message = "/api/v2/routing/queues".parse::<Endpoint>().unwrap_err();
        assert!(message.contains("GET /api/v2/routing/queues"), "{message}");
        assert!("FETCH /x".parse::<Endpoint>().unwrap_err().contains("`FETCH` is not a method"));
    }
}
