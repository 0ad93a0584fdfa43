//! Why one call or one list could not be read, in words, with the permission that was missing.

use serde::Deserialize;

use super::wire::Answer;

/// The kinds of failure that anything is decided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// 403.
    Forbidden,
    /// 401, also with a new token.
    Unauthorized,
    /// 404.
    NotFound,
    /// 501: the feature is switched off in the org.
    FeatureOff,
    /// The page would be too large, or the page size is not to the platform's liking.
    PageTooLarge,
    /// Any other 400: on the first page of a list it may be about the page size without saying so.
    BadRequest,
    /// Any other status.
    Status,
    /// No answer, or none that was whole.
    NoAnswer,
    /// A whole answer that does not say what it should.
    WrongShape,
}

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What is decided by.
    pub kind: FailureKind,
    /// Why, in words for people.
    pub why: String,
    /// The permissions that the platform's answer names.
    pub permissions: Vec<String>,
}

/// The platform's error body, as far as it is used. Its `contextId` goes to the log only: it differs every time.
#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default, rename = "contextId")]
    context: Option<String>,
}

impl Failure {
    /// A failure without an answer.
    pub(crate) fn no_answer(call: &str, why: impl std::fmt::Display) -> Self {
        Self { kind: FailureKind::NoAnswer, why: format!("`{call}`: {why}"), permissions: Vec::new() }
    }

    /// An answer that does not say what it should.
    pub(crate) fn wrong_shape(call: &str, why: impl std::fmt::Display) -> Self {
        let why = format!("`{call}`: the answer is not what the platform documents: {why}");
        Self { kind: FailureKind::WrongShape, why, permissions: Vec::new() }
    }

    /// An answer with a status that is no success.
    pub(crate) fn status(call: &str, answer: &Answer) -> Self {
        let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
        let code = body.code.unwrap_or_default();
        let message = body.message.unwrap_or_default();
        tracing::warn!(
            call,
            status = answer.status,
            code,
            context = body.context.or_else(|| answer.correlation.clone()),
            "refused"
        );
        let kind = match answer.status {
            401 => FailureKind::Unauthorized,
            403 => FailureKind::Forbidden,
            404 => FailureKind::NotFound,
            501 => FailureKind::FeatureOff,
            400 if code == "response.entity.too.large" || speaks_of_page_size(&message) => FailureKind::PageTooLarge,
            400 => FailureKind::BadRequest,
            _ => FailureKind::Status,
        };
        let mut why = format!("`{call}`: {}", answer.status);
        if !code.is_empty() {
            why.push_str(&format!(" {}", shortened(&code)));
        }
        if !message.is_empty() {
            why.push_str(&format!(": {}", shortened(&message)));
        }
        match answer.status {
            300..=399 => why.push_str(": a redirect, which is not followed"),
            401 => why.push_str(" (also with a new token)"),
            501 => why.push_str(" (the feature is switched off in this org)"),
            _ if code.is_empty() && message.is_empty() => why.push_str(": no answer of the platform's own shape"),
            _ => {}
        }
        Self { kind, why, permissions: permissions_named(&message) }
    }
}

fn speaks_of_page_size(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("pagesize") || message.contains("page size")
}

/// Nothing the platform writes is longer; a proxy's page would be.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 300 { line } else { line.chars().take(300).chain("...".chars()).collect() }
}

/// The permissions in a refusal: the bracketed or quoted list, reduced to what is `domain:entity:action`. Real bodies
/// also name Java classes and policy ids there.
pub(crate) fn permissions_named(message: &str) -> Vec<String> {
    let mut named: Vec<String> = message
        .split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | ',' | '\'' | '"' | '(' | ')' | ';'))
        .map(|word| word.trim_end_matches(['.', ':']))
        .filter(|word| {
            let parts: Vec<&str> = word.split(':').collect();
            parts.len() == 3
                && parts.iter().all(|part| {
                    !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*'))
                })
        })
        .map(str::to_owned)
        .collect();
    named.sort();
    named.dedup();
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            body: body.as_bytes().to_vec(),
            retry_after: None,
            rate: crate::wire::RateHeaders::default(),
            validators: crate::wire::Validators::default(),
            correlation: None,
            date: None,
        }
    }

    #[test]
    fn refusal_names_the_missing_permissions() {
        let body = r#"{"message":"Unable to perform the requested action. You must have at least one of the following permissions assigned: [processautomation:trigger:edit, processautomation:trigger:view]","code":"missing.any.permissions","status":403,"contextId":"c1"}"#;
        let failure = Failure::status("GET /api/v2/x", &answer(403, body));
        assert_eq!(failure.kind, FailureKind::Forbidden);
        assert_eq!(failure.permissions, ["processautomation:trigger:edit", "processautomation:trigger:view"]);
        assert!(failure.why.starts_with("`GET /api/v2/x`: 403 missing.any.permissions: Unable"));
        assert!(!failure.why.contains("c1"), "the context id differs every time");
    }

    #[test]
    fn class_names_and_policy_ids_are_no_permissions() {
        assert!(
            permissions_named("missing the following permission(s): com.inin.pubapi.iam.util.ResourcePermission")
                .is_empty()
        );
        assert!(permissions_named("Policy ID(s): [0b1c-33, urn:x]").is_empty());
        assert_eq!(permissions_named("the following permission 'routing:queue:view' in the"), ["routing:queue:view"]);
    }

    #[test]
    fn page_size_complaints_are_distinguished_from_other_bad_requests() {
        let too_large =
            answer(400, r#"{"code":"response.entity.too.large","message":"Reduce pageSize or expand list"}"#);
        assert_eq!(Failure::status("c", &too_large).kind, FailureKind::PageTooLarge);
        let limit = answer(400, r#"{"code":"bad.request","message":"Page size must be at most 100"}"#);
        assert_eq!(Failure::status("c", &limit).kind, FailureKind::PageTooLarge);
        assert_eq!(Failure::status("c", &answer(400, r#"{"code":"bad.request"}"#)).kind, FailureKind::BadRequest);
    }

    #[test]
    fn answers_that_are_not_the_platforms_own_are_said_to_be() {
        let failure = Failure::status("c", &answer(502, "<html>"));
        assert_eq!(failure.why, "`c`: 502: no answer of the platform's own shape");
        assert!(Failure::status("c", &answer(302, "")).why.contains("not followed"));
    }
}
