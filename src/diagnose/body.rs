//! The body in a text: which object it is, and what it says.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::catalogue::catalogue;
use super::salvage::{self, Salvaged};

/// Objects within objects within texts: deeper ones are not looked for.
const DEEPEST: usize = 8;

/// What a body says (`ErrorBody` of the platform; `error` and `error_description` of its token endpoint).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// `status`
    pub status: Option<u16>,
    /// `code`
    pub code: Option<String>,
    /// `message`
    pub message: Option<String>,
    /// `messageParams`, and the values of `messageWithParams` that are not in the message.
    pub params: BTreeMap<String, String>,
    /// `contextId`
    pub context: Option<String>,
    /// `details`: error code and field of each.
    pub details: Vec<String>,
    /// `errors`: code and message of each.
    pub inner: Vec<(String, String)>,
    /// `limit`: what was exceeded.
    pub limit: Option<String>,
    /// `error`, where it is a word: the token endpoint's.
    pub error: Option<String>,
    /// `error_description` or `description`
    pub description: Option<String>,
    /// The names of all its keys.
    pub keys: Vec<String>,
    /// Whether it was cut off.
    pub cut: bool,
}

impl Body {
    /// Whether it has a key.
    pub fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known == key)
    }
}

/// The body that a text holds: of several the one that says most. `None` where there is no object at all.
pub fn find(text: &str) -> Option<Body> {
    let mut text = text.to_owned();
    for _ in 0..3 {
        let mut best: Option<(u32, Body)> = None;
        for Salvaged { value, whole } in salvage::objects(&text) {
            look(&value, !whole, 0, &mut best);
        }
        // A body says at least one thing. Where quotes were escaped, the objects are behind the escapes.
        let good = best.as_ref().is_some_and(|(score, _)| *score >= 4);
        match salvage::unescaped(&text).filter(|_| !good) {
            Some(plain) => text = plain,
            None => return best.map(|(_, body)| body),
        }
    }
    None
}

fn look(value: &Value, cut: bool, depth: usize, best: &mut Option<(u32, Body)>) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Object(object) => {
            let body = read(object, cut);
            let score = score(&body);
            // Of equals the outer and the earlier one counts.
            if best.as_ref().is_none_or(|(before, _)| score > *before) {
                *best = Some((score, body));
            }
            for inner in object.values() {
                look(inner, cut, depth + 1, best);
            }
        }
        Value::Array(items) => {
            for item in items {
                look(item, cut, depth + 1, best);
            }
        }
        Value::String(text) if text.contains('{') && text.contains(':') => {
            for Salvaged { value, whole } in salvage::objects(text) {
                look(&value, cut || !whole, depth + 1, best);
            }
        }
        _ => {}
    }
}

fn score(body: &Body) -> u32 {
    let mut score = 0;
    if let Some(code) = &body.code {
        score += match code {
            _ if !catalogue().published(code).is_empty() => 8,
            _ if is_dotted(code) => 4,
            _ => 2,
        };
    }
    score += u32::from(body.message.is_some()) * 2;
    score += u32::from(body.status.is_some());
    score += u32::from(body.context.is_some()) * 3;
    score += u32::from(body.has("messageParams") || body.has("messageWithParams"));
    score += u32::from(body.error.is_some()) * 3 + u32::from(body.description.is_some()) * 2;
    score
}

/// Whether a text is written as the platform writes its codes.
pub fn is_dotted(code: &str) -> bool {
    code.contains('.')
        && !code.starts_with('.')
        && !code.ends_with('.')
        && code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
        && !["com.", "org.", "net.", "java.", "io."].iter().any(|package| code.starts_with(package))
}

fn read(object: &Map<String, Value>, cut: bool) -> Body {
    let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned).filter(|text| !text.is_empty());
    let status = ["status", "statusCode", "status_code"].iter().find_map(|key| match object.get(*key)? {
        Value::Number(number) => number.as_u64().and_then(|status| u16::try_from(status).ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    });
    let mut params: BTreeMap<String, String> = object
        .get("messageParams")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), plain(value)))
        .collect();
    let message = text("message").or_else(|| text("messageWithParams"));
    if let Some(with) = text("messageWithParams").filter(|with| Some(with) != message.as_ref()) {
        params.insert("messageWithParams".to_owned(), with);
    }
    let each = |key: &str| object.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let details = each("details").map(|detail| {
        let of = |key: &str| detail.get(key).and_then(Value::as_str).unwrap_or("");
        [of("errorCode"), of("fieldName"), of("entityName"), of("entityId")]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    });
    let inner = each("errors").map(|error| {
        let of = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
        (of("code"), of("message"))
    });
    let limit = object.get("limit").and_then(Value::as_object).map(|limit| {
        let of = |key: &str| limit.get(key).map(plain).unwrap_or_default();
        format!("{} of {} = {}", of("key"), of("namespace"), of("value"))
    });
    Body {
        status: status.filter(|status| (100..600).contains(status)),
        code: text("code"),
        message,
        params,
        context: text("contextId"),
        details: details.filter(|detail| !detail.is_empty()).take(20).collect(),
        inner: inner.filter(|(code, message)| !code.is_empty() || !message.is_empty()).take(20).collect(),
        limit,
        error: text("error"),
        description: text("error_description").or_else(|| text("description")),
        keys: object.keys().cloned().collect(),
        cut,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"message":"App not authorized to use scope [a, b]","code":"app.not.authorized.for.scope","status":403,"contextId":"9f1c"}"#;

    #[test]
    fn body_is_found_wherever_it_stands() {
        let escaped = serde_json::to_string(BODY).unwrap();
        let twice = serde_json::to_string(&escaped).unwrap();
        for text in [
            BODY.to_owned(),
            format!("2026-08-01T00:00:00Z ERROR call failed {{\"retry\":false}}: {BODY} after 3 tries"),
            format!("{{\"level\":\"error\",\"status\":403,\"body\":{escaped}}}"),
            format!("log: {escaped}"),
            format!("log: {twice}"),
            format!("{{status: 403, headers: {{}}, body: {BODY}, error: 'x'}}"),
        ] {
            let body = find(&text).unwrap();
            assert_eq!(body.code.as_deref(), Some("app.not.authorized.for.scope"), "{text}");
            assert_eq!(body.context.as_deref(), Some("9f1c"), "{text}");
        }
    }

    #[test]
    fn outer_body_counts_and_keeps_its_inner_errors() {
        let text = r#"{"code":"bad.request","message":"m","contextId":"1","details":[{"errorCode":"e","fieldName":"f"}],"errors":[{"code":"missing.permissions","message":"x"}]}"#;
        let body = find(text).unwrap();
        assert_eq!(body.code.as_deref(), Some("bad.request"));
        assert_eq!(body.inner, [("missing.permissions".to_owned(), "x".to_owned())]);
        assert_eq!(body.details, ["e f"]);
    }

    #[test]
    fn codes_are_told_from_class_names() {
        assert!(is_dotted("missing.any.permissions"));
        for other in ["badRequest", "insufficient_scope", "com.inin.x", "FORBIDDEN", "a..b."] {
            assert!(!is_dotted(other), "{other}");
        }
    }
}
