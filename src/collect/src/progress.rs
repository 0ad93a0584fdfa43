//! What the collector reports while it works.

use rolecall_base::coverage::Listing;
use rolecall_base::snapshot::Snapshot;

use super::error::CollectError;

/// Listens to the collector. Several orgs report side by side, so each call names its org.
pub trait Progress: Sync {
    /// How many calls the org needs as far as is known, the minutes they take at the pace, and how the number comes
    /// about. Reported twice: before the first list, when the org's size is not known, and when it is.
    fn planned(&self, org: &str, calls: u64, minutes: f64, formula: &str);
    /// A list is being read from now on.
    fn phase(&self, org: &str, listing: Listing);
    /// A call is over: how many there were, of how many that are needed as far as is known.
    fn call(&self, org: &str, done: u64, of: u64);
    /// The org is read, or nothing of it could be.
    fn done(&self, org: &str, outcome: Result<&Snapshot, &CollectError>);
}

/// Reports to nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn planned(&self, _: &str, _: u64, _: f64, _: &str) {}
    fn phase(&self, _: &str, _: Listing) {}
    fn call(&self, _: &str, _: u64, _: u64) {}
    fn done(&self, _: &str, _: Result<&Snapshot, &CollectError>) {}
}
