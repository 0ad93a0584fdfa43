//! The body in a text: which object it is, and what it says.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::catalogue::catalogue;
use super::salvage::{self, Salvaged};

/// Objects within objects within texts: deeper ones are not looked for.
const DEEPEST: usize = 8;
/// More bodies in one text are not looked at.
const MOST_BODIES: usize = 1000;

/// What a body says (`ErrorBody` of the platform; `error` and `error_description` of its token endpoint).
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Body {
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
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known == key)
    }
}

/// A body in a text, and the body around it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Nested {
    /// The body.
    pub body: Body,
    /// Which body is around it, by its number.
    pub around: Option<usize>,
    /// Whether it stands within a text of the one around it: another answer, reported by that one.
    pub is_quoted: bool,
}

/// The bodies in a text, from the outside in; none where there is no object at all.
pub(super) fn all(text: &str) -> Vec<Nested> {
    let of_text = |text: &str, found: &mut Vec<Nested>| {
        for Salvaged { value, whole } in salvage::objects(text) {
            look(&value, Place { cut: !whole, depth: 0, around: None, is_quoted: false, is_detail: false }, found);
        }
    };
    let mut found = Vec::new();
    behind_escapes(text, &mut found, of_text);
    found
}

/// Reads the bodies of a text into `found`: where quotes were escaped once or more, those behind the escapes.
fn behind_escapes(text: &str, found: &mut Vec<Nested>, read: impl Fn(&str, &mut Vec<Nested>)) {
    let before = found.len();
    let mut text = text.to_owned();
    let mut best: Option<(u32, Vec<Nested>)> = None;
    for _ in 0..3 {
        found.truncate(before);
        read(&text, found);
        let bodies = found.get(before..).unwrap_or_default();
        let whole = !bodies.is_empty() && bodies.iter().all(|nested| !nested.body.cut);
        let scores = bodies.iter().map(|nested| if nested.body.cut { 1 } else { 2 } * score(&nested.body));
        let score: u32 = scores.sum();
        let telling = telling(bodies);
        if best.as_ref().is_none_or(|(most, _)| score > *most) {
            best = Some((score, bodies.to_vec()));
        }
        match salvage::unescaped(&text).filter(|_| !(whole && telling)) {
            Some(plain) => text = plain,
            None => break,
        }
    }
    found.truncate(before);
    found.extend(best.map(|(_, bodies)| bodies).unwrap_or_default());
}

/// The number of the body that says most; of equals the outer and earlier one counts.
pub(super) fn telling_most(bodies: &[Nested]) -> Option<usize> {
    let scores = bodies.iter().enumerate().map(|(at, nested)| (score(&nested.body), std::cmp::Reverse(at)));
    scores.max().map(|(_, std::cmp::Reverse(at))| at)
}

/// Whether a body among them says at least one thing.
fn telling(bodies: &[Nested]) -> bool {
    bodies.iter().any(|nested| score(&nested.body) >= 4)
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place {
    cut: bool,
    depth: usize,
    around: Option<usize>,
    is_quoted: bool,
    is_detail: bool,
}

fn look(value: &Value, place: Place, found: &mut Vec<Nested>) {
    if place.depth > DEEPEST || found.len() > MOST_BODIES {
        return;
    }
    match value {
        Value::Object(object) => {
            let mut body = read(object, place.cut, place.is_detail);
            let parent = place.around.and_then(|at| found.get(at));
            // An error within an answer is of that answer.
            if !place.is_quoted && body.context.is_none() {
                body.context = parent.and_then(|parent| parent.body.context.clone());
            }
            let around = Some(found.len());
            found.push(Nested { body, around: place.around, is_quoted: place.is_quoted });
            for (key, inner) in object {
                let is_detail = key == "details";
                look(inner, Place { depth: place.depth + 1, around, is_quoted: false, is_detail, ..place }, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                look(item, Place { depth: place.depth + 1, ..place }, found);
            }
        }
        Value::String(text) if text.contains('{') && text.contains(':') => {
            behind_escapes(text, found, |text, found| {
                for Salvaged { value, whole } in salvage::objects(text) {
                    let cut = place.cut || !whole;
                    look(&value, Place { cut, depth: place.depth + 1, is_quoted: true, ..place }, found);
                }
            });
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
pub(super) fn is_dotted(code: &str) -> bool {
    code.contains('.')
        && !code.starts_with('.')
        && !code.ends_with('.')
        && code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
        && !["com.", "org.", "net.", "java.", "io."].iter().any(|package| code.starts_with(package))
}

fn read(object: &Map<String, Value>, cut: bool, is_detail: bool) -> Body {
    // A blank within a key, a code or an id is where a line was cut.
    let object: Map<String, Value> = object.iter().map(|(key, value)| (without_blanks(key), value.clone())).collect();
    let object = &object;
    let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned).filter(|text| !text.is_empty());
    let status = ["status", "statusCode", "status_code"].iter().find_map(|key| match object.get(*key)? {
        Value::Number(number) => number.as_u64().and_then(|status| u16::try_from(status).ok()),
        Value::String(text) => without_blanks(text).parse().ok(),
        _ => None,
    });
    let mut params: BTreeMap<String, String> = object
        .get("messageParams")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(key, value)| (without_blanks(key), plain(value)))
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
    let limit = object.get("limit").and_then(Value::as_object).map(|limit| {
        let of = |key: &str| limit.get(key).map(plain).unwrap_or_default();
        format!("{} of {} = {}", of("key"), of("namespace"), of("value"))
    });
    Body {
        status: status.filter(|status| (100..600).contains(status)),
        code: text("code").or_else(|| text("errorCode").filter(|_| is_detail)).map(whole_code),
        message,
        params,
        context: text("contextId").map(|id| without_blanks(&id)),
        details: details.filter(|detail| !detail.is_empty()).take(20).collect(),
        limit,
        error: text("error"),
        description: text("error_description").or_else(|| text("description")),
        keys: object.keys().cloned().collect(),
        cut,
    }
}

fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

/// A code, put together where a line was cut within it. A few published codes have blanks of their own.
fn whole_code(code: String) -> String {
    let glued = without_blanks(&code);
    if catalogue().published(&code).is_empty() && is_dotted(&glued) { glued } else { code }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The body of a text that says most.
#[cfg(test)]
pub(super) fn find(text: &str) -> Option<Body> {
    let mut bodies = all(text);
    telling_most(&bodies).map(|at| bodies.swap_remove(at).body)
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
    fn outer_body_counts_before_its_inner_errors() {
        let text = r#"{"code":"bad.request","message":"m","contextId":"1","details":[{"errorCode":"e","fieldName":"f"}],"errors":[{"code":"missing.permissions","message":"x"}]}"#;
        let body = find(text).unwrap();
        assert_eq!(body.code.as_deref(), Some("bad.request"));
        assert_eq!(body.details, ["e f"]);
    }

    #[test]
    fn quoted_body_keeps_its_own_context_and_an_error_has_that_of_its_answer() {
        let quoted = serde_json::json!({"message": format!("it failed: {BODY}"), "code": "x.y", "contextId": "out"});
        let twice = serde_json::json!({"message": quoted.to_string(), "status": 502, "contextId": "far"});
        let broken = twice.to_string().replace("\\", "\\\\");
        for text in [quoted.to_string(), twice.to_string(), broken] {
            let bodies = all(&text);
            let inner = bodies.last().unwrap();
            assert!(inner.is_quoted, "{text}");
            assert_eq!(inner.body.context.as_deref(), Some("9f1c"), "{text}");
        }
        let errors = all(r#"{"code":"a.b","contextId":"1","errors":[{"code":"c.d","message":"m"}]}"#);
        assert_eq!((errors[1].body.context.as_deref(), errors[1].is_quoted), (Some("1"), false));
    }

    #[test]
    fn codes_are_reported_from_class_names() {
        assert!(is_dotted("missing.any.permissions"));
        for other in ["badRequest", "insufficient_scope", "com.inin.x", "FORBIDDEN", "a..b."] {
            assert!(!is_dotted(other), "{other}");
        }
    }
}
