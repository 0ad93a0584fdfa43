//! What earlier nights left: their snapshots, and a ledger of every finding that is known.
//!
//! Each night adds one file that holds the whole ledger and is never written again, so that any of them can be lost
//! without the others. `docs/history.md` tells what is kept, and how findings are followed from night to night.

pub mod advance;
pub mod evaluated;
#[cfg(test)]
mod event_tests;
pub mod ledger;
pub mod lock;
#[cfg(test)]
mod matrix_tests;
pub mod nights;
pub mod prune;
pub mod settings;
pub mod snapshots;
pub mod status;
