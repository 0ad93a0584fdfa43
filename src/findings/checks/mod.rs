//! The registry of checks: one line each.

use super::check::Check;

/// Every check, sorted by id.
pub static ALL: &[&dyn Check] = &[];

/// The ids of every check.
pub fn ids() -> Vec<&'static str> {
    ALL.iter().map(|check| check.meta().id).collect()
}
