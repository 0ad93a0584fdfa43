//! The channels of a configuration, with their secrets, and what is logged of each delivery.

use jiff::Timestamp;
use secrecy::SecretString;

use crate::config::job::{Job, NotifyConfig};
use crate::config::secret;
use crate::notify::settings::{Channel, Effort, Target};
use crate::notify::{self, News, Occasion, Outcome};

/// Notifies every configured channel. What fails is logged as an error.
pub fn notify(job: &Job, news: &News, now: Timestamp) {
    if job.notify.is_empty() {
        return;
    }
    let channels: Vec<Channel> = job.notify.iter().map(|one| one.channel.clone()).collect();
    let base_url = job.report.base_url.as_deref();
    let occasion = Occasion { news, base_url, history: &job.history_dir, now };
    let secrets = |name: &str| secret_of(job, name);
    let (delivered, problems) = notify::tell(&channels, &occasion, &secrets, &Effort::NIGHTLY);
    for one in delivered {
        let channel = one.channel;
        match one.outcome {
            Outcome::Delivered(attempts) => tracing::info!(channel, attempts, "notified"),
            Outcome::Silent => tracing::info!(channel, "not notified: nothing is new"),
            Outcome::Failed(why) => {
                tracing::error!("notification channel `{channel}` was not notified of this night: {why}");
            }
        }
    }
    for problem in problems {
        tracing::error!("notifications: {problem}");
    }
}

/// Whether a channel could be used, as far as that can be seen without sending.
pub fn check(job: &Job, one: &NotifyConfig) -> Result<(), String> {
    notify::check(&one.channel, &|name| secret_of(job, name))
}

/// Sends a test message.
pub fn test(job: &Job, one: &NotifyConfig, now: Timestamp) -> Result<(), String> {
    notify::test(&one.channel, &|name| secret_of(job, name), now, &Effort::NIGHTLY).map(|_| ())
}

fn secret_of(job: &Job, name: &str) -> Result<Option<SecretString>, String> {
    let Some(one) = job.notify.iter().find(|one| one.channel.name == name) else { return Ok(None) };
    let what = match one.channel.target {
        Target::Webhook(_) => "`url`",
        Target::Email(_) => "`password`",
    };
    one.secret.as_ref().map(|source| secret::resolve(source, what)).transpose().map_err(|error| error.to_string())
}
