//! Observed API usage: which client called which operation, and how the calls ended.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::id::{ClientId, UserId};

/// What the usage data says, for the days it covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Usage {
    /// First day asked for (UTC).
    pub from: Date,
    /// Last day asked for (UTC), inclusive. The day of the run itself is never in the data.
    pub to: Date,
    /// Whether every row of the window was read: only then may "never used" be said.
    pub complete: bool,
    /// One row a client (or user), method and template URI, added up over the window. Sorted.
    pub rows: Vec<UsageRow>,
}

/// The calls of one principal to one operation over the window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UsageRow {
    /// The OAuth client that called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// The user on whose behalf, in rows that were asked for by user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// HTTP method, upper case.
    pub method: String,
    /// Template URI as the platform wrote it.
    pub template: String,
    /// First day with a call.
    pub first: Date,
    /// Last day with a call.
    pub last: Date,
    /// Last day with a 2xx.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Date>,
    /// Calls in all.
    pub requests: u64,
    /// Answers 2xx: proof that the call was allowed.
    pub status_2xx: u64,
    /// Answers 3xx.
    pub status_3xx: u64,
    /// Answers 4xx, 429 included: a suspicion, since 401, 403, 404 and 409 are one count.
    pub status_4xx: u64,
    /// Answers 429.
    pub status_429: u64,
    /// Answers 5xx.
    pub status_5xx: u64,
}

impl UsageRow {
    /// 4xx that are not rate limiting: what a missing permission would look like.
    pub fn refusals(&self) -> u64 {
        self.status_4xx.saturating_sub(self.status_429)
    }
}
