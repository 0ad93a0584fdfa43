//! What stands in for e-mail in a build without the feature `mail`: it says so.

use jiff::Timestamp;
use secrecy::SecretString;

use super::message::Message;
use super::settings::{Effort, Email};

/// What a mail is made of beside its text.
#[expect(dead_code, reason = "nothing is sent in this build")]
pub struct Envelope<'a> {
    pub email: &'a Email,
    pub channel: &'a str,
    pub about: &'a str,
    pub date: Timestamp,
}

/// Delivers nothing.
///
/// # Errors
/// Always: the build lacks the feature.
#[expect(clippy::unused_async, reason = "it stands in for one that waits")]
pub async fn deliver(
    _envelope: &Envelope<'_>,
    _message: &Message,
    _password: Option<&SecretString>,
    _effort: &Effort,
) -> Result<u32, String> {
    Err("this build cannot send e-mail: it lacks the feature `mail`".to_owned())
}
