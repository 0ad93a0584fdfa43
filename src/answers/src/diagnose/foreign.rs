//! Answers that the platform did not write: who probably did, and how one sees it.

use super::body::Body;
use super::transcript::Surroundings;

/// The words of an OAuth token endpoint (RFC 6749, sections 4.1.2.1 and 5.2).
const TOKEN_ENDPOINT: [&str; 8] = [
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_request",
    "invalid_scope",
    "access_denied",
    "unsupported_response_type",
];

/// The words with which other resource servers refuse a token (RFC 6750, section 3.1).
const RESOURCE_SERVER: [&str; 2] = ["insufficient_scope", "invalid_token"];

/// The word of a token endpoint, where the body or the text is one's.
pub(super) fn token_endpoint(body: Option<&Body>, text: &str) -> Option<String> {
    let known = |word: &str| TOKEN_ENDPOINT.contains(&word);
    match body {
        Some(body) => {
            let word = body.error.clone().or_else(|| body.code.clone())?;
            known(&word).then_some(word)
        }
        // An error line: `invalid_client: authentication failed`. Only words that nothing else uses.
        None => TOKEN_ENDPOINT
            .iter()
            .take(4)
            .find(|word| text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|part| part == **word))
            .map(|word| (*word).to_owned()),
    }
}

/// Why this is not the platform's, in a sentence.
pub(super) fn reason(text: &str, body: Option<&Body>, around: &Surroundings, status: Option<u16>) -> String {
    if let Some(why) = by_challenge(body, around, text) {
        return why;
    }
    if let Some(body) = body.filter(|body| !body.keys.is_empty()) {
        return by_body(body, around);
    }
    let head: String = text.trim_start().chars().take(3000).collect::<String>().to_ascii_lowercase();
    if head.contains("<html") || head.contains("<!doctype html") || head.contains("<head") || head.contains("<body") {
        return by_page(&head);
    }
    if head.starts_with("<?xml") || head.starts_with("<error") || head.contains("<code>accessdenied") {
        return by_xml(&head);
    }
    match status {
        Some(200..=299) => "The answer is a success: there is no error in it".to_owned(),
        Some(300..=399) => {
            "The answer is a redirect, which the API never sends: the call went to a login page or a proxy".to_owned()
        }
        Some(status) => format!(
            "It holds the status {status} and nothing else: no code, no message of the platform's, no \
             `ININ-Correlation-Id`. Anything between the caller and the platform can answer that"
        ),
        None => "Nothing in it is written as the platform writes: no code and no message of its published catalogue, \
                 no `contextId`, no `ININ-Correlation-Id`"
            .to_owned(),
    }
}

/// `insufficient_scope` and `invalid_token`, in the body or in the challenge header.
fn by_challenge(body: Option<&Body>, around: &Surroundings, text: &str) -> Option<String> {
    let in_body = body.and_then(|body| {
        let words = [&body.error, &body.code, &body.message, &body.description];
        RESOURCE_SERVER.iter().find(|word| {
            words.iter().any(|text| text.as_deref().is_some_and(|text| text.contains(*word)))
                || body.keys.iter().any(|key| key == "errorCode") && text.contains(*word)
        })
    });
    let in_header = around
        .authenticate
        .as_deref()
        .and_then(|challenge| RESOURCE_SERVER.iter().find(|word| challenge.contains(**word)));
    let bare = body.is_none().then(|| RESOURCE_SERVER.iter().find(|word| text.contains(**word))).flatten();
    let word = in_body.or(in_header).or(bare)?;
    let instead = if *word == "insufficient_scope" { "app.not.authorized.for.scope" } else { "bad.credentials" };
    Some(format!(
        "`{word}` is how other resource servers and API gateways refuse a token (RFC 6750); the platform has no such \
         code and says `{instead}` instead. A gateway in front of the platform, or another API, wrote this, and its \
         scopes are its own"
    ))
}

fn by_body(body: &Body, around: &Surroundings) -> String {
    let message = body.message.as_deref().unwrap_or("");
    let only_message =
        body.keys.iter().all(|key| matches!(key.as_str(), "message" | "Message" | "requestId" | "request_id"));
    if only_message && (body.has("message") || body.has("Message")) {
        let aws = [
            "Forbidden",
            "Unauthorized",
            "Missing Authentication Token",
            "Limit Exceeded",
            "Too Many Requests",
            "Endpoint request timed out",
            "Internal server error",
            "Internal Server Error",
            "Service Unavailable",
            "Not Found",
        ];
        if aws.contains(&message)
            || message.starts_with("User is not authorized to access this resource")
            || body.has("Message")
        {
            return format!(
                "A body with nothing but a message{} is what an Amazon API gateway or load balancer answers when it \
                 does not let a call through: wrong path, wrong host, or a rule in front. The platform's own refusals \
                 have `code`, `status` and `contextId`",
                if message.is_empty() { String::new() } else { format!(" (`{message}`)") }
            );
        }
        if message.contains("no Route matched") || message.contains("No API key found") {
            return "This is what a Kong gateway answers, not the platform".to_owned();
        }
        return "A body with nothing but a message is not the platform's: its refusals have `code`, `status` and \
                `contextId`"
            .to_owned();
    }
    if body.has("fault") || body.has("faultstring") {
        return "A body with `fault` is what an Apigee gateway answers, not the platform".to_owned();
    }
    if body.has("timestamp") && body.has("path") && body.has("error") {
        return "`timestamp`, `error` and `path` are what a Spring application answers: a service of your own, or one \
                between it and the platform"
            .to_owned();
    }
    if body.has("type") && body.has("title") || body.has("traceId") {
        return "`type`, `title` and `traceId` are problem details (RFC 9457), which the platform does not use"
            .to_owned();
    }
    if body.has("errorCode") || body.has("error_code") {
        return "The platform has `code`, in lower case and with dots; `errorCode` at the top of a body is another \
                API's"
            .to_owned();
    }
    if let Some(code) = &body.code {
        let code: String = code.chars().take(80).collect();
        return format!(
            "`{code}` is not in the platform's published catalogue and not written as its codes are (lower case, \
             words joined by dots), and the body has no `contextId`"
        );
    }
    if body.has("errors") && !body.has("message") {
        return "A body with nothing but `errors` is what a GraphQL service answers, not the platform's REST API"
            .to_owned();
    }
    if let Some(error) = &body.error {
        let error: String = error.chars().take(80).collect();
        return format!(
            "The platform has no code `{error}`; `error` is a key of its token endpoint only, which does not use that word"
        );
    }
    match &around.server {
        Some(server) => format!("Its keys are not the platform's, and `Server: {server}` answered"),
        None => "Its keys are not the platform's: an error body of the platform has `code`, `message`, `status` and \
                 `contextId`"
            .to_owned(),
    }
}

fn by_page(head: &str) -> String {
    const WHO: [(&[&str], &str); 11] = [
        (&["cloudflare", "cf-ray", "attention required"], "Cloudflare"),
        (&["cloudfront", "the request could not be satisfied"], "Amazon CloudFront"),
        (&["the requested url was rejected", "support id"], "an F5 application firewall"),
        (&["reference&#32;&#35;", "akamai", "edgesuite"], "Akamai"),
        (&["zscaler"], "Zscaler"),
        (&["squid"], "a Squid proxy"),
        (&["imperva", "incapsula"], "Imperva"),
        (&["fortigate", "fortiguard"], "a Fortinet firewall"),
        (&["microsoft-iis", "iis ", "server error in '/'"], "Microsoft IIS"),
        (&["nginx"], "an nginx proxy or load balancer"),
        (&["apache"], "an Apache server"),
    ];
    let who = WHO.iter().find(|(marks, _)| marks.iter().any(|mark| head.contains(mark))).map(|(_, who)| *who);
    let title = head.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).map(str::trim);
    let named = title
        .filter(|title| !title.is_empty() && title.len() < 100)
        .map_or_else(String::new, |title| format!(" (`{title}`)"));
    let login = ["sign in", "log in", "login", "single sign-on"].iter().any(|word| head.contains(word));
    match who {
        Some(who) => format!(
            "It is a web page{named} of {who}: the call did not reach the API, or its answer was replaced on the way"
        ),
        None if login => format!(
            "It is a login page{named}: the call went to a web address, or a proxy wants somebody to sign in first"
        ),
        None => format!(
            "It is a web page{named}. The API answers in JSON: a proxy, firewall or load balancer wrote this, or the \
             call went to the address of the user interface (`apps.`) instead of `api.`"
        ),
    }
}

fn by_xml(head: &str) -> String {
    if head.contains("<code>") {
        "It is an error of Amazon S3 in XML. Recordings and exports are downloaded from signed links that end after \
         minutes: ask the API for a new link; no permission is missing"
            .to_owned()
    } else {
        "It is XML, and the API answers in JSON: something between the caller and the platform wrote it".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::{body, transcript};

    fn why(text: &str) -> String {
        let around = transcript::read(text);
        reason(text, body::find(text).as_ref(), &around, around.status_line.or(around.status_said))
    }

    #[test]
    fn writers_are_reported_by_their_manner() {
        for (text, said) in [
            (r#"{"error":"insufficient_scope","error_description":"x"}"#, "RFC 6750"),
            (r#"{"errorCode":"insufficient_scope","message":"x"}"#, "RFC 6750"),
            ("HTTP/1.1 403 Forbidden\nWWW-Authenticate: Bearer error=\"insufficient_scope\"\n", "RFC 6750"),
            (r#"{"message":"Forbidden"}"#, "Amazon API gateway"),
            (r#"{"message":"Missing Authentication Token"}"#, "Amazon API gateway"),
            (r#"{"Message":"User is not authorized to access this resource with an explicit deny"}"#, "Amazon"),
            (r#"{"message":"nope"}"#, "nothing but a message"),
            (r#"{"timestamp":1,"status":403,"error":"Forbidden","path":"/x"}"#, "Spring"),
            (r#"{"code":"badRequest","message":"x","status":400}"#, "`badRequest`"),
            (r#"{"errorCode":"RATE_LIMIT"}"#, "`errorCode`"),
            ("<html><head><title>403 Forbidden</title></head><body><center>nginx</center></body></html>", "nginx"),
            ("<!DOCTYPE html><title>Sign in</title>", "login page"),
            ("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "Amazon S3"),
            ("HTTP/1.1 200 OK\n\n", "a success"),
            ("HTTP/1.1 302 Found\nLocation: /login\n", "a redirect"),
            ("HTTP/1.1 403 Forbidden\n\n", "status 403 and nothing else"),
            ("hello", "Nothing in it"),
        ] {
            let why = why(text);
            assert!(why.contains(said), "{text}: {why}");
        }
    }

    #[test]
    fn words_of_a_token_endpoint_are_known() {
        let found = |text: &str| token_endpoint(body::find(text).as_ref(), text);
        assert_eq!(
            found(r#"{"error":"invalid_client","description":"authentication failed"}"#).as_deref(),
            Some("invalid_client")
        );
        assert_eq!(found("oauth2: invalid_grant: expired").as_deref(), Some("invalid_grant"));
        assert_eq!(found(r#"{"error":"insufficient_scope"}"#), None);
        assert_eq!(found("no invalid_clients here"), None);
    }
}
