//! Paths that belong to the login host and not to the API: where tokens come from.

use crate::endpoint::{Endpoint, Method};
use crate::nearness::split_at_signs;

/// What is said of a call for a token.
const TOKEN: &str = "the token endpoint is `POST https://login.<region>/oauth/token`, not an API endpoint; no permission \
                     or scope gates it";

/// What is said of a call that sends somebody to log in.
const AUTHORIZE: &str = "the login page is `GET https://login.<region>/oauth/authorize`, not an API endpoint; no permission \
                         or scope gates it";

/// Words that make a path one of the login host's, and words that may stand beside them.
const TOKENS: &[&str] = &["token", "accesstoken", "login", "signin", "auth", "authenticate", "authentication"];
const BESIDE: &[&str] = &[
    "oauth",
    "oauth2",
    "oidc",
    "connect",
    "access",
    "client",
    "credential",
    "user",
    "session",
    "grant",
    "get",
    "create",
    "generate",
    "request",
    "refresh",
    "new",
    "authorization",
    "authorize",
    "public",
    "platform",
    "v1",
    "v2",
    "api",
];

/// What to say of a path of the login host, which no matrix has: where tokens come from, and that nothing gates it. `None`
/// for every other path.
pub fn login_host(asked: &Endpoint) -> Option<&'static str> {
    if !matches!(asked.method, Method::Get | Method::Post) || asked.path.contains('{') {
        return None;
    }
    let words: Vec<String> = asked.path.split('/').flat_map(split_at_signs).collect();
    let all_of_login = words.iter().all(|word| TOKENS.contains(&word.as_str()) || BESIDE.contains(&word.as_str()));
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    // A look at `/tokens` is a look at tokens, which the API has; only a POST asks for a new one.
    let looks = asked.method == Method::Get && asked.path.ends_with("/tokens");
    if !all_of_login || looks {
        return None;
    }
    match (words.last().map(String::as_str), has(TOKENS)) {
        (Some("authorize"), _) => Some(AUTHORIZE),
        (_, true) => Some(TOKEN),
        _ => None,
    }
}
