//! Which principal can call which endpoint, what is missing, and what is too much.
//!
//! Input is a [`Snapshot`](rolecall_base::snapshot::Snapshot), a [`Matrix`](rolecall_matrix::Matrix) and declared needs;
//! output is an [`AccessMap`] and what follows from it. Pure: no I/O, no clock; the same input gives the same map.
//! Severity is absent on purpose: whether access is *bad* is for `findings` to say.

pub mod access;
pub mod cells;
pub mod contradiction;
pub mod excess;
pub mod extent;
pub mod fix;
pub mod gap;
pub mod holdings;
pub mod needed;
pub mod outcome;
pub mod policies;
pub mod principal;
pub mod reason;
pub mod rights;
pub mod tally;
pub mod verdict;

pub use access::AccessMap;
pub use principal::{Principal, PrincipalKind};
pub use reason::{Reason, Reasons};
pub use tally::Tally;
pub use verdict::{Answer, Verdict};
