//! Sends a message to a webhook: one POST of JSON, to the configured host and to no other.
//!
//! The address is a secret: whoever has it can write into the channel. It appears in no error and no log.

use std::time::Duration;

use reqwest::{Client, Url, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::attempts::{Failed, Next, persist};
use super::settings::Effort;
use rolecall_base::loopback;

/// The address of a webhook: https, or plain http for loopback.
///
/// # Errors
/// What is wrong with it, without repeating it.
pub(super) fn address(secret: &SecretString) -> Result<Url, String> {
    let url = Url::parse(secret.expose_secret().trim()).map_err(|error| format!("`url` is not a URL: {error}"))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err("`url` is not https; plain http is for loopback addresses only".to_owned()),
        _ => return Err("`url` does not begin with `https://`".to_owned()),
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(loopback::is_loopback)
}

/// Delivers a message; how many attempts that took.
///
/// # Errors
/// Why it could not be delivered and what to do, without the address.
pub(super) async fn deliver(url: &Url, body: &Value, effort: &Effort) -> Result<u32, String> {
    // Another part of the process may have chosen a provider already: then that one serves.
    rustls::crypto::ring::default_provider().install_default().ok();
    let mut builder = Client::builder()
        // A redirect would take the message, and what it says of an org, to a host that nobody configured.
        .redirect(reqwest::redirect::Policy::none())
        .timeout(effort.attempt)
        .user_agent(concat!("rolecall/", env!("CARGO_PKG_VERSION")));
    if is_loopback(url) {
        builder = builder.no_proxy();
    }
    let client = builder.build().map_err(|error| format!("TLS cannot be set up: {}", cause(&error)))?;
    let body = body.to_string();
    persist(effort, async || {
        let request = client.post(url.clone()).header(header::CONTENT_TYPE, "application/json").body(body.clone());
        match request.send().await {
            Ok(answer) => {
                let retry_after = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
                judged(answer.status().as_u16(), retry_after)
            }
            Err(error) => Err(unanswered(&error, effort)),
        }
    })
    .await
}

/// What a status means. The answer's body is never repeated: it may hold the address.
fn judged(status: u16, retry_after: Option<&str>) -> Result<(), Failed> {
    let failed = |why: &str, next| Err(Failed { why: format!("the webhook answered {status}: {why}"), next });
    let asked = retry_after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
    let again = asked.map_or(Next::BackOff, Next::WaitAsAsked);
    match status {
        200..=299 => Ok(()),
        300..=399 => failed("a redirect, which is not followed; configure the address that it leads to", Next::GiveUp),
        400 | 422 => failed("it does not take this form of message; check `shape`", Next::GiveUp),
        401 | 403 => failed("it refuses the message; check that the webhook is still allowed", Next::GiveUp),
        404 | 410 => failed("there is no such webhook any more; make a new one and configure its `url`", Next::GiveUp),
        413 => failed("the message is too large for it", Next::GiveUp),
        429 => failed("it has had too many messages", again),
        408 | 500 | 502 | 503 | 504 => failed("it has trouble of its own; look whether its service is up", again),
        _ => failed("nothing that a webhook is known to answer; check `url`", Next::GiveUp),
    }
}

fn unanswered(error: &reqwest::Error, effort: &Effort) -> Failed {
    let (why, next) = if error.is_timeout() {
        (format!("the webhook did not answer within {} seconds", effort.attempt.as_secs_f32()), Next::BackOff)
    } else if error.is_connect() {
        (format!("no connection to the webhook: {}; check `url` and the network", cause(error)), Next::BackOff)
    } else {
        (format!("the connection to the webhook broke: {}", cause(error)), Next::BackOff)
    };
    Failed { why, next }
}

/// The innermost cause, which is what a person can act on; the outer layers repeat the address.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    // Nothing lies below: then its own words are all there is, and they hold the address.
    if std::ptr::addr_eq(innermost, error) { "the cause is not known".to_owned() } else { innermost.to_string() }
}
