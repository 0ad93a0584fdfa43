//! One call that was let in, as the operations see it.

use std::sync::Mutex;

use jiff::Timestamp;
use serde_json::Value;

use super::answer::Answer;
use super::gate::Sight;
use super::jobs::Jobs;
use super::org::{Object, SimOrg};

/// How a listing differs from what it was when its first page was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Moved {
    /// It does not.
    #[default]
    Not,
    /// Its first entity is not there.
    LacksFirst,
}

/// One call that was let in.
pub(super) struct Call<'a> {
    /// The org.
    pub org: &'a SimOrg,
    /// The calling client.
    pub client: &'a Object,
    /// What the client sees.
    pub sight: Sight,
    /// The path, as asked.
    pub path: &'a str,
    /// The query's pairs, in order.
    pub query: &'a [(String, String)],
    /// The path parameter.
    pub object: &'a str,
    /// The request's body.
    pub body: &'a [u8],
    /// How listings differ from what they were.
    pub moved: Moved,
    /// Whether query jobs end as failed.
    pub failing: bool,
    /// A page size above which every listing is cut.
    pub max_page_size: Option<u32>,
    /// The server's clock.
    pub now: Timestamp,
    /// Query jobs.
    pub jobs: &'a Mutex<Jobs>,
}

impl Call<'_> {
    /// The first value of a query parameter.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a query parameter that may be repeated. The official Python client joins them by commas instead.
    pub(super) fn values(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(key, _)| key == name).flat_map(|(_, value)| value.split(',')).collect()
    }

    /// A link to this path with the query changed.
    pub(super) fn link(&self, change: &[(&str, &str)]) -> String {
        let kept = self.query.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let kept = kept.filter(|(key, _)| change.iter().all(|(changed, _)| changed != key));
        let pairs: Vec<String> = kept
            .chain(change.iter().copied())
            .map(|(key, value)| format!("{}={}", escaped(key), escaped(value)))
            .collect();
        if pairs.is_empty() { self.path.to_owned() } else { format!("{}?{}", self.path, pairs.join("&")) }
    }

    /// The request's body as JSON.
    pub(super) fn json(&self) -> Result<Value, Answer> {
        serde_json::from_slice(self.body)
            .map_err(|error| Answer::bad_request(&format!("The request body is not JSON: {error}")))
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
