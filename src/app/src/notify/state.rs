//! What was last sent to each channel, kept in the history folder: `nights/notified.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::decide::{Grounds, beat_due};
use super::news::News;
use super::settings::Channel;
use rolecall_base::store::place;

/// The file, in the history folder.
const FILE: &str = "nights/notified.json";

/// More undelivered nights than this are not remembered by name.
const MOST_OWED: usize = 30;

/// What the file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// By the channel's name.
    pub channels: BTreeMap<String, Memory>,
}

/// What was last sent to a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// The last run that it was notified of, or that gave nothing to send.
    pub settled: Option<Timestamp>,
    /// The night on which it last spoke.
    pub spoke: Option<Timestamp>,
    /// What was not known on the night that was settled last.
    pub not_known: Vec<String>,
    /// How the gate stood then: `passed`, `failed` or `not-known`.
    pub gate: String,
    /// Runs whose message could not be delivered, oldest first.
    pub undelivered: Vec<String>,
}

/// Where it is kept.
pub fn path(history: &Path) -> PathBuf {
    history.join(FILE)
}

/// Reads the file; one that is not there is empty.
///
/// # Errors
/// When it cannot be read or is damaged, in words that name it.
pub fn load(history: &Path) -> Result<State, String> {
    let path = path(history);
    let reported = |why: String| {
        format!(
            "`{}` cannot be read: {why}; it is begun anew, and channels speak as if for the first time",
            path.display()
        )
    };
    match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(State::default()),
        Err(error) => Err(reported(error.to_string())),
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| reported(error.to_string())),
    }
}

/// Keeps the file, whole or not at all.
///
/// # Errors
/// When it cannot be written, in words that name it.
pub fn save(history: &Path, state: &State) -> Result<(), String> {
    let path = path(history);
    let reported =
        |why: String| format!("`{}` cannot be written: {why}; the next night may tell the same again", path.display());
    let mut bytes = serde_json::to_vec_pretty(state).map_err(|error| reported(error.to_string()))?;
    bytes.push(b'\n');
    place::write(&path, &bytes).map_err(|error| reported(error.to_string()))
}

impl Memory {
    /// What speaks for and against telling this channel of a night. `None`: nothing is known of the channel.
    pub fn grounds(memory: Option<&Self>, channel: &Channel, news: &News) -> Grounds {
        let changed = match memory.filter(|memory| memory.settled.is_some()) {
            Some(memory) => memory.not_known != keys(news) || memory.gate != news.gate.as_str(),
            None => !news.not_known.is_empty() || news.gate.exit_code != 0,
        };
        let spoke = memory.and_then(|memory| memory.spoke);
        Grounds {
            reported_already: memory.is_some_and(|memory| memory.settled == Some(news.as_of)),
            findings: news.at_or_above(channel.min_severity) > 0,
            changed,
            owed: memory.is_some_and(|memory| !memory.undelivered.is_empty()),
            beat_due: beat_due(channel.heartbeat, spoke, news.as_of),
        }
    }

    /// The night needs no message, or has had it.
    pub fn settle(&mut self, news: &News, spoke: bool) {
        self.settled = Some(news.as_of);
        self.not_known = keys(news);
        news.gate.as_str().clone_into(&mut self.gate);
        if spoke {
            self.spoke = Some(news.as_of);
            self.undelivered.clear();
        }
    }

    /// The message of the night could not be delivered: what it was to tell stays news.
    pub fn owe(&mut self, news: &News) {
        self.undelivered.retain(|run| *run != news.run_id);
        self.undelivered.push(news.run_id.clone());
        let surplus = self.undelivered.len().saturating_sub(MOST_OWED);
        self.undelivered.drain(..surplus);
    }
}

fn keys(news: &News) -> Vec<String> {
    let mut keys: Vec<String> = news.not_known.iter().map(super::news::NotKnown::key).collect();
    keys.sort();
    keys
}
