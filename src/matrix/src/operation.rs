//! One operation of a matrix.

use std::sync::Arc;

use super::endpoint::Endpoint;
use super::requirement::Requirement;

/// One operation of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its address.
    pub endpoint: Endpoint,
    /// What it requires.
    pub requirement: Requirement,
    /// Whether it is deprecated; `None` when not published.
    pub deprecated: Option<bool>,
    /// Where the row is known from, in words for people.
    pub source: Arc<str>,
    /// The reviewed entry of the overlay file that decides what it requires, in words; `None` where none does.
    pub overridden: Option<Arc<str>>,
}
