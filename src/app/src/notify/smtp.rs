//! Sends a message by e-mail: over TLS but to a server on loopback.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::attempts::{Failed, Next, persist};
use super::mail::{html, text};
use super::message::Message;
use super::settings::{Effort, Email, Security};
use rolecall_base::hex::hex;
use rolecall_base::loopback::is_loopback;

/// What a mail is made of beside its text.
pub(super) struct Envelope<'a> {
    /// The server and the people.
    pub email: &'a Email,
    /// The channel's name.
    pub channel: &'a str,
    /// What the message is about: a run's id. The same gives the same `Message-ID`, so that a mail that is sent twice
    /// can be seen to be one.
    pub about: &'a str,
    /// When it is sent.
    pub date: Timestamp,
}

/// Delivers a message; how many attempts that took.
///
/// # Errors
/// Why it could not be delivered and what to do, without the password.
pub(super) async fn deliver(
    envelope: &Envelope<'_>,
    message: &Message,
    password: Option<&SecretString>,
    effort: &Effort,
) -> Result<u32, String> {
    rustls::crypto::ring::default_provider().install_default().ok();
    let mail = compose(envelope, message)?;
    let transport = transport(envelope.email, password, effort)?;
    persist(effort, async || {
        // The transport bounds single steps; a server that trickles is bounded here.
        match tokio::time::timeout(effort.attempt, transport.send(mail.clone())).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(judged(&error, envelope.email)),
            Err(_) => Err(Failed {
                why: format!("the mail server did not finish within {} seconds", effort.attempt.as_secs_f32()),
                next: Next::BackOff,
            }),
        }
    })
    .await
}

fn transport(
    email: &Email,
    password: Option<&SecretString>,
    effort: &Effort,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let tls = || {
        TlsParameters::new(email.server.clone()).map_err(|error| format!("TLS cannot be set up: {}", innermost(&error)))
    };
    let tls = match email.security {
        Security::StartTls => Tls::Required(tls()?),
        Security::Tls => Tls::Wrapper(tls()?),
        Security::None if is_loopback(&email.server) => Tls::None,
        Security::None => return Err("`security = \"none\"` is for loopback servers only".to_owned()),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(email.server.clone())
        .port(email.port)
        .tls(tls)
        .timeout(Some(effort.attempt));
    if let (Some(username), Some(password)) = (&email.username, password) {
        builder = builder.credentials(Credentials::new(username.clone(), password.expose_secret().to_owned()));
    }
    Ok(builder.build())
}

/// What an error means. The server's own words are not repeated: nobody knows what it echoes.
fn judged(error: &lettre::transport::smtp::Error, email: &Email) -> Failed {
    let (why, next) = match error.status().map(u16::from) {
        Some(code @ (530 | 534 | 535 | 538)) => (
            format!("the mail server answered {code}: it refuses the user; check `username` and `password`"),
            Next::GiveUp,
        ),
        Some(code @ (550..=553)) => {
            (format!("the mail server answered {code}: it refuses an address; check `from` and `to`"), Next::GiveUp)
        }
        Some(code @ 400..=499) => {
            (format!("the mail server answered {code}: it cannot take the mail now"), Next::BackOff)
        }
        Some(code) => (format!("the mail server answered {code}: it refuses the mail"), Next::GiveUp),
        None if error.is_timeout() => ("the mail server did not answer in time".to_owned(), Next::BackOff),
        None if error.is_tls() => {
            let cause = innermost(error);
            (format!("no TLS with the mail server: {cause}; check `security` and `port`"), Next::GiveUp)
        }
        None if error.is_client() => {
            let help = if email.security == Security::StartTls { "; does the server offer STARTTLS?" } else { "" };
            (format!("the mail server cannot be used: {}{help}", innermost(error)), Next::GiveUp)
        }
        None => {
            let cause = innermost(error);
            (format!("no connection to the mail server: {cause}; check `server`, `port` and `security`"), Next::BackOff)
        }
    };
    Failed { why, next }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// The mail. Names of orgs stand in its body only, never in a header.
fn compose(envelope: &Envelope<'_>, message: &Message) -> Result<lettre::Message, String> {
    let failed = |error: &dyn std::fmt::Display| format!("the mail cannot be put together: {error}");
    let Envelope { email, channel, about, date } = envelope;
    let mark = digest(&[channel, about]);
    let mut builder = lettre::Message::builder()
        .from(email.from.clone())
        .date(SystemTime::from(*date))
        .message_id(Some(format!("<{mark}@{}>", email.from.email.domain())))
        .subject(message.headline.clone())
        // RFC 3834: so that holiday replies are not sent back.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    for to in &email.to {
        builder = builder.to(to.clone());
    }
    let (text, html) = (text(message), html(message));
    let parts = MultiPart::alternative()
        .boundary(digest(&[&text, &html, about]))
        .singlepart(SinglePart::plain(text))
        .singlepart(SinglePart::html(html));
    builder.multipart(parts).map_err(|error| failed(&error))
}

/// 32 hexadecimal digits of a SHA-256.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(hash.finalize().iter().take(16))
}
