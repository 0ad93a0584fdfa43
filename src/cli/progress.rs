//! What a person sees while orgs are collected: a line an org on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::args::{Global, LogFormat};
use super::table::visible;
use super::{clock, log};
use rolecall_app::night::Session;
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::snapshot::Snapshot;
use rolecall_collect::error::CollectError;
use rolecall_collect::progress::Progress;

enum Manner {
    /// Nothing is shown.
    Silent,
    /// Lines.
    Plain,
    /// A line an org, redrawn in place.
    Bars(MultiProgress, Mutex<BTreeMap<String, ProgressBar>>),
}

/// Shows progress on standard error.
pub(crate) struct Terminal {
    manner: Manner,
    global: Global,
}

impl Terminal {
    /// As the global options and the terminal have it.
    pub(crate) fn new(global: &Global) -> Self {
        let manner = if global.quiet || global.no_progress {
            Manner::Silent
        } else if std::io::stderr().is_terminal() && global.log_format == LogFormat::Text {
            Manner::Bars(MultiProgress::new(), Mutex::default())
        } else {
            Manner::Plain
        };
        Self { manner, global: global.clone() }
    }

    /// What a night takes from the terminal: the time, and who watches.
    pub(crate) fn session(&self) -> Session<'_> {
        Session { clock: &clock::now, progress: self }
    }

    fn say(&self, line: &str) {
        match &self.manner {
            Manner::Silent => {}
            // Progress that cannot be shown is no reason to stop.
            Manner::Plain => {
                let _ = log::say(&self.global, "INFO", line);
            }
            Manner::Bars(all, _) => {
                let _ = all.println(line);
            }
        }
    }

    fn bar(&self, org: &str) -> Option<ProgressBar> {
        let Manner::Bars(all, bars) = &self.manner else { return None };
        let mut bars = bars.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bars.entry(org.to_owned()).or_insert_with(|| {
            let bar = all.add(ProgressBar::new(0));
            let style =
                ProgressStyle::with_template("{prefix:12} {bar:24} {pos}/{len} calls, {per_sec}, {eta} left  {msg}");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.set_prefix(visible(org));
            bar
        });
        Some(bar.clone())
    }
}

impl Progress for Terminal {
    fn planned(&self, org: &str, calls: u64, minutes: f64, formula: &str) {
        self.say(&format!("{}: {calls} calls, about {minutes:.1} minutes ({formula})", visible(org)));
    }

    fn phase(&self, org: &str, listing: Listing) {
        if let Some(bar) = self.bar(org) {
            bar.set_message(listing.as_str());
        }
    }

    fn call(&self, org: &str, done: u64, of: u64) {
        if let Some(bar) = self.bar(org) {
            bar.set_length(of);
            bar.set_position(done);
        }
    }

    fn done(&self, org: &str, outcome: Result<&Snapshot, &CollectError>) {
        if let Some(bar) = self.bar(org) {
            bar.finish_and_clear();
        }
        let org = visible(org);
        match outcome {
            Ok(snapshot) => {
                let made = snapshot.collection.calls_made;
                self.say(&format!("{org}: read with {made} calls in {:.1} s", snapshot.collection.seconds));
                for listing in Listing::ALL {
                    let Some(record) = snapshot.coverage.listings.get(&listing) else { continue };
                    if matches!(record.seen, Seen::Part | Seen::Nothing) {
                        let why = record.unread.first().map_or("", |unread| unread.why.as_str());
                        self.say(&format!("{org}: {} {}: {}", listing.as_str(), record.seen.as_str(), visible(why)));
                    }
                }
            }
            Err(error) => self.say(&format!("{org}: {}", visible(&error.to_string()))),
        }
    }
}
