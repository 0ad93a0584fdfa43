//! The one type that can send anything to an org, and why it cannot change one.
//!
//! [`Wire`] sends GETs, the two documented queries of [`QueryPost`] and the token request: no method, no other POST
//! and no other host can be asked of it, and a redirect is an error, never followed.
//!
//! ```no_run
//! # async fn read(wire: &rolecall_collect::wire::Wire, bearer: &rolecall_collect::wire::Bearer) {
//! wire.get("/api/v2/groups", &[], bearer).await.ok();
//! wire.query(rolecall_collect::wire::QueryPost::UsageJobs, &serde_json::json!({}), bearer).await.ok();
//! # }
//! ```
//!
//! ```compile_fail
//! # async fn write(wire: &rolecall_collect::wire::Wire, bearer: &rolecall_collect::wire::Bearer) {
//! wire.delete("/api/v2/groups", &[], bearer).await.ok();
//! # }
//! ```
//!
//! ```compile_fail
//! # async fn write(wire: &rolecall_collect::wire::Wire, bearer: &rolecall_collect::wire::Bearer) {
//! wire.query("/api/v2/oauth/clients", &serde_json::json!({}), bearer).await.ok();
//! # }
//! ```
//!
//! ```compile_fail
//! # async fn write(wire: &rolecall_collect::wire::Wire) {
//! wire.client.execute(todo!()).await.ok();
//! # }
//! ```

use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderName};
use reqwest::{Client, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::settings::OrgTarget;
use rolecall_base::loopback;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a call may take in all.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the platform's own document, over 20 MB, may take.
const DOCUMENT_TIMEOUT: Duration = Duration::from_secs(300);
/// Larger answers are refused rather than held in memory.
const LARGEST_ANSWER: usize = 256 << 20;

/// The POSTs that read: the platform's asynchronous queries. They create a query, nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryPost {
    /// `POST /api/v2/usage/aggregates/query/jobs`
    UsageJobs,
    /// `POST /api/v2/audits/query`
    AuditQuery,
}

impl QueryPost {
    /// The path of the query.
    pub fn path(self) -> &'static str {
        match self {
            Self::UsageJobs => "/api/v2/usage/aggregates/query/jobs",
            Self::AuditQuery => "/api/v2/audits/query",
        }
    }
}

/// A token, as the header wants it. Never printed.
#[derive(Clone, Debug)]
pub struct Bearer(SecretString);

impl Bearer {
    /// Takes a token.
    pub fn new(token: SecretString) -> Self {
        Self(token)
    }
}

/// The validators of a document: what to ask for it again with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`
    pub etag: Option<String>,
    /// `Last-Modified`
    pub last_modified: Option<String>,
}

/// What the rate limit headers say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateHeaders {
    /// `inin-ratelimit-count`: calls in the present window.
    pub count: Option<u32>,
    /// `inin-ratelimit-allowed`: calls a window.
    pub allowed: Option<u32>,
    /// `inin-ratelimit-reset`: seconds to the window's end.
    pub reset: Option<u64>,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
    /// What the rate limit headers say.
    pub rate: RateHeaders,
    /// The answer's validators.
    pub validators: Validators,
    /// `ININ-Correlation-Id`, by which the platform's support finds the call.
    pub correlation: Option<String>,
    /// `Date`: the platform's clock.
    pub date: Option<String>,
}

/// No answer came, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// No connection came about.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// The answer took too long.
    #[error("no answer in time")]
    TimedOut,
    /// The connection broke, or the answer could not be decompressed.
    #[error("the answer broke off: {0}")]
    Broken(String),
    /// The answer was larger than anything the platform sends.
    #[error("the answer is larger than {} MB", LARGEST_ANSWER >> 20)]
    TooLarge,
    /// The request was not one that may be sent.
    #[error("not sent: {0}")]
    Refused(String),
}

/// The one type that can send. Its HTTP client is private and never handed out.
#[derive(Debug)]
pub struct Wire {
    client: Client,
    api: Url,
    login: Url,
}

impl Wire {
    /// Makes ready to speak to an org. Sends nothing yet.
    ///
    /// # Errors
    /// When a URL cannot be understood, or TLS cannot be set up.
    pub fn new(target: &OrgTarget) -> Result<Self, WireError> {
        // Another part of the process may have chosen a provider already: then that one serves.
        rustls::crypto::ring::default_provider().install_default().ok();
        let api = base(&target.api_url)?;
        let login = base(&target.login_url)?;
        let mut builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .gzip(true)
            .user_agent(concat!("rolecall/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&api) && is_loopback(&login) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| WireError::Refused(cause(&error)))?;
        Ok(Self { client, api, login })
    }

    /// The token endpoint.
    pub fn token_url(&self) -> String {
        format!("{}/oauth/token", self.login.as_str().trim_end_matches('/'))
    }

    /// Reads.
    ///
    /// # Errors
    /// When no whole answer came. Any status is an answer.
    pub async fn get(&self, path: &str, query: &[(&str, &str)], bearer: &Bearer) -> Result<Answer, WireError> {
        let request = self.client.get(self.url(path, query)?);
        send(request.bearer_auth(bearer.0.expose_secret())).await
    }

    /// Reads a large document unless it is the one already known.
    ///
    /// # Errors
    /// When no whole answer came. Any status is an answer.
    pub async fn get_unless(&self, path: &str, known: &Validators, bearer: &Bearer) -> Result<Answer, WireError> {
        let mut request = self.client.get(self.url(path, &[])?).timeout(DOCUMENT_TIMEOUT);
        if let Some(etag) = &known.etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(last_modified) = &known.last_modified {
            request = request.header(header::IF_MODIFIED_SINCE, last_modified);
        }
        send(request.bearer_auth(bearer.0.expose_secret())).await
    }

    /// Asks one of the platform's queries.
    ///
    /// # Errors
    /// When no whole answer came. Any status is an answer.
    pub async fn query(&self, post: QueryPost, body: &Value, bearer: &Bearer) -> Result<Answer, WireError> {
        let request = self.client.post(self.url(post.path(), &[])?).json(body);
        send(request.bearer_auth(bearer.0.expose_secret())).await
    }

    /// Asks the login service for a token by client credentials: no scope, which means nothing for that grant.
    ///
    /// # Errors
    /// When no whole answer came. Any status is an answer.
    pub async fn token(&self, client_id: &str, client_secret: &SecretString) -> Result<Answer, WireError> {
        let request = self
            .client
            .post(self.token_url())
            .basic_auth(client_id, Some(client_secret.expose_secret()))
            .form(&[("grant_type", "client_credentials")]);
        send(request).await
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Result<Url, WireError> {
        let text = format!("{}{path}", self.api.as_str().trim_end_matches('/'));
        let mut url = Url::parse(&text).map_err(|error| WireError::Refused(format!("`{path}`: {error}")))?;
        // An id that climbs out of the path, or carries a host or a query of its own, would show here.
        if !path.starts_with("/api/v2/") || !url.path().ends_with(path) || url.query().is_some() {
            return Err(WireError::Refused(format!("`{path}` is not a path of the platform's API")));
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

/// A path of the API from its parts; ids that came from the platform are escaped.
pub fn path(parts: &[&str]) -> String {
    let mut path = String::from("/api/v2");
    for part in parts {
        path.push('/');
        for byte in part.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'*' => {
                    path.push(char::from(byte));
                }
                _ => path.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    path
}

fn base(url: &str) -> Result<Url, WireError> {
    let url = Url::parse(url).map_err(|error| WireError::Refused(format!("`{url}` is not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(WireError::Refused(format!("`{url}` is not an http or https URL")));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(loopback::is_loopback)
}

async fn send(request: RequestBuilder) -> Result<Answer, WireError> {
    let mut response = request.send().await.map_err(|error| broken(&error))?;
    let status = response.status().as_u16();
    let headers = response.headers();
    let text = |name: &HeaderName| text(headers, name.as_str());
    let retry_after = number(headers, "retry-after");
    let rate = RateHeaders {
        count: number(headers, "inin-ratelimit-count").and_then(|count| u32::try_from(count).ok()),
        allowed: number(headers, "inin-ratelimit-allowed").and_then(|allowed| u32::try_from(allowed).ok()),
        reset: number(headers, "inin-ratelimit-reset"),
    };
    let validators = Validators { etag: text(&header::ETAG), last_modified: text(&header::LAST_MODIFIED) };
    let correlation = self::text(headers, "inin-correlation-id");
    let date = self::text(headers, "date");
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(WireError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body, retry_after, rate, validators, correlation, date })
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name).and_then(|value| value.trim().parse().ok())
}

fn broken(error: &reqwest::Error) -> WireError {
    if error.is_timeout() {
        WireError::TimedOut
    } else if error.is_connect() {
        WireError::NoConnection(cause(error))
    } else if error.is_builder() {
        WireError::Refused(cause(error))
    } else {
        WireError::Broken(cause(error))
    }
}

/// The innermost cause, which is what a person can act on; the outer layers only repeat the URL.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire() -> Wire {
        Wire::new(&OrgTarget {
            name: "dev".to_owned(),
            environment: String::new(),
            api_url: "http://127.0.0.1:9/base".to_owned(),
            login_url: "http://127.0.0.1:9".to_owned(),
            client_id: "c".to_owned(),
            client_secret: SecretString::from("s"),
        })
        .unwrap()
    }

    #[test]
    fn path_escapes_what_an_id_must_not_say() {
        assert_eq!(path(&["authorization", "divisions", "*", "grants"]), "/api/v2/authorization/divisions/*/grants");
        assert_eq!(path(&["groups", "a/b?c#d", "members"]), "/api/v2/groups/a%2Fb%3Fc%23d/members");
    }

    #[test]
    fn url_refuses_paths_that_leave_the_api() {
        let wire = wire();
        assert!(wire.url("/api/v2/groups", &[("pageSize", "1")]).is_ok());
        for wrong in ["/oauth/token", "/api/v2/../../oauth/token", "/api/v2/groups?x=1", "//host/api/v2/groups"] {
            assert!(matches!(wire.url(wrong, &[]), Err(WireError::Refused(_))), "{wrong}");
        }
        assert!(matches!(wire.url(&path(&["groups", ".."]), &[]), Err(WireError::Refused(_))));
    }

    #[test]
    fn bearer_is_never_printed() {
        assert!(!format!("{:?}", Bearer::new(SecretString::from("hush"))).contains("hush"));
    }
}
