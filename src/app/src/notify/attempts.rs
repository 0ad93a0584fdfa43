//! Trying again: what the end of an attempt calls for, and the pauses between.

use std::time::Duration;

use super::settings::Effort;
use rolecall_collect::retry::chance;

/// How an attempt ended that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    /// Why, and what to do, without anything secret.
    pub why: String,
    /// What it calls for.
    pub next: Next,
}

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Wait as the answer asks, then try again.
    WaitAsAsked(Duration),
    /// Wait a little longer than the last time, then try again.
    BackOff,
    /// It will not get better.
    GiveUp,
}

/// Tries until it succeeds, will not get better, or was tried often enough; how many attempts it took, or why it failed.
///
/// # Errors
/// Why the last attempt failed.
pub(super) async fn persist(
    effort: &Effort,
    mut attempt: impl AsyncFnMut() -> Result<(), Failed>,
) -> Result<u32, String> {
    let patience = &effort.patience;
    let mut tried = 0;
    loop {
        tried += 1;
        let Err(failed) = attempt().await else { return Ok(tried) };
        let pause = match failed.next {
            Next::WaitAsAsked(asked) => asked.min(patience.longest_retry_after),
            Next::BackOff => patience.pause(tried, chance()),
            Next::GiveUp => return Err(failed.why),
        };
        if tried >= patience.attempts {
            return Err(format!("{} ({tried} attempts)", failed.why));
        }
        tracing::debug!(attempt = tried, "a message was not delivered: {}", failed.why);
        tokio::time::sleep(pause).await;
    }
}
