//! The registry of checks: one line each.

use super::check::Check;

/// Every check, sorted by id.
pub static ALL: &[&dyn Check] = &[];
