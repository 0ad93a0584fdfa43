//! What the notifier needs to know, filled in by the configuration. Secrets are no part of it: they are resolved when
//! a channel is about to speak.

use std::time::Duration;

use rolecall_collect::retry::Patience;
use rolecall_findings::severity::Severity;

/// An e-mail address, with a name where there is one.
#[cfg(feature = "mail")]
pub type Address = lettre::message::Mailbox;

/// An e-mail address as it was written: a build that sends no mail does not take it apart.
#[cfg(not(feature = "mail"))]
pub type Address = String;

/// One `[[notify]]`.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name, unique.
    pub name: String,
    /// New findings below this severity are not reported.
    pub min_severity: Severity,
    /// Whether it speaks when nothing is new.
    pub heartbeat: Heartbeat,
    /// Where it leads.
    pub target: Target,
}

/// How often a channel speaks when nothing is new, so that silence is known to be peace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heartbeat {
    /// Once a week.
    Weekly,
    /// Never.
    Never,
}

/// Where a channel leads.
#[derive(Clone, Debug)]
pub enum Target {
    /// A URL that takes a POST; the URL itself is the secret.
    Webhook(Shape),
    /// A mail server; the secret is the password, where it asks for one.
    Email(Box<Email>),
}

/// What a webhook is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Rolecall's own, for programs.
    Json,
    /// Blocks of Slack.
    Slack,
    /// An Adaptive Card, for Workflows of Microsoft Teams.
    Teams,
}

/// A mail server and who is written to.
#[derive(Clone, Debug)]
pub struct Email {
    /// Its host name or address.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept secret.
    pub security: Security,
    /// The user name, where the server asks for one; there is a password then.
    pub username: Option<String>,
    /// Who it is from.
    pub from: Address,
    /// Who gets it; at least one.
    pub to: Vec<Address>,
}

/// How a connection to a mail server is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// It begins in the clear and must turn to TLS before anything is said.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all: loopback only.
    None,
}

/// An address as people write it: `ops@example.com` or `Ops <ops@example.com>`.
///
/// # Errors
/// What is wrong with it.
pub fn mailbox(text: &str) -> Result<Address, String> {
    if text.chars().any(char::is_control) {
        return Err("it holds a control character".to_owned());
    }
    text.parse::<Address>().map_err(|error| error.to_string())
}

/// How hard it is tried to deliver a message.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How long one attempt may take.
    pub attempt: Duration,
    /// How many attempts, and how long between them.
    pub patience: Patience,
}

impl Effort {
    /// For real channels: four attempts, at most about four minutes for a channel.
    pub const NIGHTLY: Self = Self {
        attempt: Duration::from_secs(15),
        patience: Patience { attempts: 4, longest_retry_after: Duration::from_secs(60), ..Patience::PLATFORM },
    };
}
