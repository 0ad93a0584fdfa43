//! The token endpoint: client credentials in, an opaque token out.

use axum::extract::Query;
use serde_json::{Value, json};

use super::answer::Answer;
use super::org::SimOrg;

/// Who asks for a token, and for what.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TokenRequest {
    pub client_id: String,
    pub secret: String,
    pub grant_type: String,
    /// Whether the client identified itself in the `Authorization` header: that decides the status of a refusal.
    pub by_header: bool,
}

impl TokenRequest {
    /// Reads the request: `client_secret_basic` or `client_secret_post`, form body.
    pub(super) fn read(authorization: Option<&str>, body: &str) -> Self {
        let form = pairs(body);
        let field =
            |name: &str| form.iter().find(|(key, _)| key == name).map_or_else(String::new, |(_, value)| value.clone());
        let basic = authorization.and_then(|header| {
            let (scheme, encoded) = header.split_once(' ')?;
            if !scheme.eq_ignore_ascii_case("basic") {
                return None;
            }
            let text = String::from_utf8(base64(encoded.trim())?).ok()?;
            let (id, secret) = text.split_once(':')?;
            Some((percent_decoded(id), percent_decoded(secret)))
        });
        let by_header = basic.is_some();
        let (client_id, secret) = basic.unwrap_or_else(|| (field("client_id"), field("client_secret")));
        Self { client_id, secret, grant_type: field("grant_type"), by_header }
    }

    /// The org and client that may have a token, or the refusal.
    pub(super) fn check(&self, orgs: &[SimOrg]) -> Result<(usize, Value), Answer> {
        let status = if self.by_header { 401 } else { 400 };
        let refused = |status: u16, error: &str, why: &str| {
            Answer::with_status(status, json!({"error": error, "description": why, "error_description": why}))
        };
        let unknown = || refused(status, "invalid_client", "authentication failed");
        let (at, org, client) = orgs
            .iter()
            .enumerate()
            .find_map(|(at, org)| org.client(&self.client_id).map(|client| (at, org, client)))
            .ok_or_else(unknown)?;
        let right = org.secret(&client.id).is_some_and(|secret| secret == self.secret);
        let state = client.text("state");
        if !right || !(state.is_empty() || state == "active") {
            return Err(unknown());
        }
        if self.grant_type != "client_credentials" {
            return Err(refused(400, "unsupported_grant_type", "only client_credentials tokens are simulated"));
        }
        if client.text("authorizedGrantType") != "CLIENT-CREDENTIALS" {
            return Err(refused(400, "unauthorized_client", "client is not authorized for this grant type"));
        }
        Ok((at, client.value.clone()))
    }
}

/// The pairs of a query string or form body, in order.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    format!("/?{query}")
        .parse()
        .ok()
        .and_then(|uri| Query::<Vec<(String, String)>>::try_from_uri(&uri).ok())
        .map_or_else(Vec::new, |Query(pairs)| pairs)
}

/// Percent escapes resolved; what is not UTF-8 afterwards is left as it was.
pub(super) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let hex = |digit: Option<u8>| digit.and_then(|digit| char::from(digit).to_digit(16));
        match (byte, hex(ahead.next()), hex(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest = ahead;
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut buffer, mut bits) = (0u32, 0u32);
    for letter in text.trim_end_matches('=').bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        buffer = (buffer << 6 | u32::from(value)) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xFF).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_identify_are_read() {
        // aWQ6c2VjcmV0 is `id:secret`.
        let basic = TokenRequest::read(Some("basic aWQ6c2VjcmV0"), "grant_type=client_credentials");
        assert_eq!((basic.client_id.as_str(), basic.secret.as_str(), basic.by_header), ("id", "secret", true));
        let post = TokenRequest::read(None, "grant_type=client_credentials&client_id=id&client_secret=a%2Bb+c");
        assert_eq!((post.client_id.as_str(), post.secret.as_str(), post.by_header), ("id", "a+b c", false));
        let broken = TokenRequest::read(Some("Basic %%%"), "");
        assert_eq!((broken.client_id.as_str(), broken.grant_type.as_str()), ("", ""));
    }

    #[test]
    fn percent_escapes_that_are_none_stay() {
        assert_eq!(percent_decoded("%2a-100%-%zz"), "*-100%-%zz");
    }
}
