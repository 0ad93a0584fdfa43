//! What was found: evidence judged by checks. How it is printed is for `report` to say.
pub mod apps;
pub mod callers;
pub mod check;
pub mod checks;
pub mod claimed_names;
pub mod danger;
pub mod drift_causes;
pub mod drift_gains;
pub mod drift_severity;
pub mod drift_words;
pub mod evidence;
pub mod finding;
pub mod fingerprint;
pub mod gap_causes;
pub mod history;
pub mod judge;
pub mod parameters;
pub mod peers;
pub mod proposal;
pub mod scope_use;
pub mod separation;
pub mod severity;
#[cfg(any(test, feature = "testing"))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is made wrongly fails the test that made it")]
pub mod testing;
pub mod trend;
pub mod unused;
pub mod waivers;
pub mod weighing;
