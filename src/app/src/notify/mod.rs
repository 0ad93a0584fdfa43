//! Tells people of a night: webhooks and e-mail, after the reports are written and without any say in them.
//!
//! [`News`] is taken from the report; [`decide`] says whether a channel speaks at all; [`message`] says what; [`shapes`]
//! and [`mail`] say in which form; [`webhook`] and [`mail`] are all there is in the program, beside the collector, that
//! can send. What fails here is reported and changes nothing else.

mod attempts;
pub mod decide;
#[cfg(any(test, feature = "mail"))]
mod mail;
mod message;
pub mod news;
pub mod settings;
mod shapes;
#[cfg(feature = "mail")]
mod smtp;
#[cfg(not(feature = "mail"))]
#[path = "smtp_left_out.rs"]
mod smtp;
pub mod state;
mod text;
mod webhook;

#[cfg(test)]
mod delivery_tests;
#[cfg(test)]
#[cfg(feature = "mail")]
mod smtp_tests;
#[cfg(test)]
mod tests;

use std::path::Path;

use futures_util::future::join_all;
use jiff::Timestamp;
use secrecy::SecretString;

pub use self::news::News;

use self::decide::{Speech, speech};
use self::message::Place;
use self::settings::{Channel, Effort, Email, Target};
use self::state::Memory;

/// Gives a channel's secret, by the channel's name: the URL of a webhook, the password of a mail server that asks for
/// one. Its error says whose secret is missing and never repeats one.
pub type Secrets<'s> = dyn Fn(&str) -> Result<Option<SecretString>, String> + 's;

/// A night that is reported.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// What there is to tell.
    pub news: &'a News,
    /// The address of the folder that holds a folder for each run, without a trailing slash.
    pub base_url: Option<&'a str>,
    /// The history folder.
    pub history: &'a Path,
    /// The present moment, for the date of mails.
    pub now: Timestamp,
}

/// What became of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The channel's name.
    pub channel: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The message was delivered, with so many attempts.
    Delivered(u32),
    /// There was nothing to say.
    Silent,
    /// The message was not delivered: why, and what to do.
    Failed(String),
}

/// Tells every channel of a night that has something to hear, side by side, and remembers what each knows. What became
/// of each, and what was wrong with that memory: the messages are sent all the same.
pub fn tell(
    channels: &[Channel],
    occasion: &Occasion<'_>,
    secrets: &Secrets<'_>,
    effort: &Effort,
) -> (Vec<Delivery>, Vec<String>) {
    let news = occasion.news;
    let (mut state, mut problems) = match state::load(occasion.history) {
        Ok(state) => (state, Vec::new()),
        Err(problem) => (state::State::default(), vec![problem]),
    };
    let place = Place { base_url: occasion.base_url };
    let due = channels.iter().map(|channel| {
        let memory = state.channels.get(&channel.name);
        let speech = speech(Memory::grounds(memory, channel, news));
        if speech == Speech::Silent {
            return (channel, None);
        }
        (channel, Some(prepare(channel, news, memory, speech, place, secrets)))
    });
    let due: Vec<_> = due.collect();
    let outcomes = match runtime() {
        Ok(runtime) => runtime.block_on(join_all(due.into_iter().map(async |(_, parcel)| match parcel {
            None => Outcome::Silent,
            Some(Err(why)) => Outcome::Failed(why),
            Some(Ok(parcel)) => match parcel.deliver(&news.run_id, occasion.now, effort).await {
                Ok(attempts) => Outcome::Delivered(attempts),
                Err(why) => Outcome::Failed(why),
            },
        }))),
        Err(why) => due.into_iter().map(|_| Outcome::Failed(why.clone())).collect(),
    };
    state.channels.retain(|name, _| channels.iter().any(|channel| channel.name == *name));
    let mut reported = Vec::new();
    for (channel, outcome) in channels.iter().zip(outcomes) {
        let memory = state.channels.entry(channel.name.clone()).or_default();
        match &outcome {
            Outcome::Delivered(_) => memory.settle(news, true),
            Outcome::Silent if memory.settled.is_some_and(|settled| settled >= news.as_of) => {}
            Outcome::Silent => memory.settle(news, false),
            Outcome::Failed(_) => memory.owe(news),
        }
        reported.push(Delivery { channel: channel.name.clone(), outcome });
    }
    problems.extend(state::save(occasion.history, &state).err());
    (reported, problems)
}

/// Whether a channel could be used, as far as that can be seen without sending.
///
/// # Errors
/// What is wrong with it.
pub fn check(channel: &Channel, secrets: &Secrets<'_>) -> Result<(), String> {
    let secret = secrets(&channel.name)?;
    match &channel.target {
        Target::Webhook(_) => webhook_address(secret.as_ref()).map(|_| ()),
        Target::Email(_) => Ok(()),
    }
}

/// Sends a test message to a channel; how many attempts that took.
///
/// # Errors
/// Why it could not be delivered, and what to do.
pub fn test(channel: &Channel, secrets: &Secrets<'_>, now: Timestamp, effort: &Effort) -> Result<u32, String> {
    let version = env!("CARGO_PKG_VERSION");
    let secret = secrets(&channel.name)?;
    let content = match &channel.target {
        Target::Webhook(shape) => Content::Body(shapes::of_a_test(*shape, &channel.name, version)),
        Target::Email(email) => Content::Mail(email, message::of_a_test(&channel.name, version)),
    };
    runtime()?.block_on(Parcel { channel, content, secret }.deliver(&format!("test {now}"), now, effort))
}

/// A message that is ready to go.
struct Parcel<'a> {
    channel: &'a Channel,
    content: Content<'a>,
    secret: Option<SecretString>,
}

enum Content<'a> {
    Body(serde_json::Value),
    Mail(&'a Email, message::Message),
}

fn prepare<'a>(
    channel: &'a Channel,
    news: &News,
    memory: Option<&Memory>,
    speech: Speech,
    place: Place<'_>,
    secrets: &Secrets<'_>,
) -> Result<Parcel<'a>, String> {
    let secret = secrets(&channel.name)?;
    let content = match &channel.target {
        Target::Webhook(shape) => Content::Body(shapes::of_the_night(*shape, news, channel, memory, speech, place)),
        Target::Email(email) => {
            let most = news::FINDINGS_NAMED;
            Content::Mail(email, message::of_the_night(news, channel, memory, speech, place, most))
        }
    };
    Ok(Parcel { channel, content, secret })
}

impl Parcel<'_> {
    async fn deliver(&self, about: &str, now: Timestamp, effort: &Effort) -> Result<u32, String> {
        match &self.content {
            Content::Body(body) => webhook::deliver(&webhook_address(self.secret.as_ref())?, body, effort).await,
            Content::Mail(email, message) => {
                let envelope = smtp::Envelope { email, channel: &self.channel.name, about, date: now };
                smtp::deliver(&envelope, message, self.secret.as_ref(), effort).await
            }
        }
    }
}

fn webhook_address(secret: Option<&SecretString>) -> Result<reqwest::Url, String> {
    secret.ok_or_else(|| "`url` is missing".to_owned()).and_then(webhook::address)
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start the network runtime: {error}"))
}
