//! What the server was asked: kept so that tests can prove what was, and was not, sent.

/// One request as the server saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// The org whose token was used; for a token request the org of its client; `None` where it is unknown.
    pub org: Option<String>,
    /// HTTP method, upper case.
    pub method: String,
    /// Path with query, as sent.
    pub uri: String,
    /// The logical operation, as the fault language names it; `None` for anything that is not served.
    pub operation: Option<&'static str>,
    /// The status of the answer; 0 when the connection was dropped before one.
    pub status: u16,
}

impl RequestRecord {
    /// Whether the request could change something: any method but GET and HEAD, except the token request and the
    /// queries that are POSTs.
    pub fn mutates(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD")
            && !matches!(self.operation, Some("token" | "usage-start" | "audit-start"))
    }
}
