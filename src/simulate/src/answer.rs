//! What an answer looks like: status, body, and the platform's error shape.

use serde_json::{Map, Value, json};

/// An answer before it is sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body; `None` sends none.
    pub body: Option<Value>,
    /// Text that is sent in place of the body, whatever it is.
    pub text: Option<String>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
}

impl Answer {
    /// 200 with a body.
    pub(super) fn ok(body: Value) -> Self {
        Self::with_status(200, body)
    }

    /// A status with a body.
    pub(super) fn with_status(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), text: None, headers: Vec::new() }
    }

    /// A status and nothing else.
    pub(super) fn empty(status: u16) -> Self {
        Self { status, body: None, text: None, headers: Vec::new() }
    }

    /// The platform's error shape. `{name}` in the message is filled from the parameters. The server adds the context
    /// id when it sends.
    pub(super) fn error(status: u16, code: &str, with_params: &str, params: &[(&str, &str)]) -> Self {
        let mut message = with_params.to_owned();
        let mut filled = Map::new();
        for (name, value) in params {
            message = message.replace(&format!("{{{name}}}"), value);
            filled.insert((*name).to_owned(), json!(value));
        }
        let body = json!({
            "message": message,
            "code": code,
            "status": status,
            "messageWithParams": with_params,
            "messageParams": filled,
            "details": [],
            "errors": [],
        });
        Self::with_status(status, body)
    }

    /// 404 of the platform.
    pub(super) fn not_found() -> Self {
        Self::error(404, "not.found", "The requested resource was not found.", &[])
    }

    /// 400 with a text of its own.
    pub(super) fn bad_request(why: &str) -> Self {
        Self::error(400, "bad.request", why, &[])
    }

    /// 401 for a token that is wrong, expired or revoked.
    pub(super) fn bad_credentials() -> Self {
        Self::error(401, "bad.credentials", "Invalid login credentials.", &[])
    }

    /// 429 as the platform words it.
    pub(super) fn too_many(allowed: u32, seconds: u64) -> Self {
        let seconds = seconds.to_string();
        let mut answer = Self::error(
            429,
            "too.many.requests.retry.after",
            "Rate limit exceeded the maximum. Retry the request in [{retryAfter}] seconds",
            &[("retryAfter", &seconds)],
        );
        if let Some(Value::Object(body)) = &mut answer.body {
            body.insert(
                "limit".to_owned(),
                json!({"key": "client.credentials.token.rate.per.minute", "namespace": "platform.api", "value": allowed}),
            );
        }
        answer.headers.push(("Retry-After", seconds));
        answer
    }

    /// The platform's words for a status that a fault asks for.
    pub(super) fn fault(status: u16) -> Self {
        let (code, message) = match status {
            400 => ("bad.request", "The request could not be understood by the server due to malformed syntax."),
            401 => ("bad.credentials", "Invalid login credentials."),
            403 => ("not.authorized", "You are not authorized to perform the requested action."),
            404 => ("not.found", "The requested resource was not found."),
            408 => ("client.timeout", "The client did not produce a request within the server timeout limit."),
            409 => ("request.conflict", "The request conflicts with the current state of the server."),
            413 => ("request.entity.too.large", "The request is over the size limit."),
            501 => ("not.implemented", "This feature is not available."),
            503 => ("service.unavailable", "Service Unavailable - The server is currently unavailable."),
            504 => ("request.timeout", "The request timed out."),
            _ => ("internal.server.error", "The server encountered an unexpected condition."),
        };
        Self::error(status, code, message, &[])
    }

    /// The body as text.
    pub(super) fn render(&self) -> String {
        match (&self.text, &self.body) {
            (Some(text), _) => text.clone(),
            (None, Some(body)) => body.to_string(),
            (None, None) => String::new(),
        }
    }
}
