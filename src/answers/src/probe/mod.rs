//! What a real call said beside what was predicted, and whose fault a difference is.
//!
//! Pure: the calls are `collect`'s. The prediction is the verdict of the newest data; the token's own grants, read with
//! the same token, show whether a difference comes from old data or from a wrong matrix.

mod compare;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::diagnose::Diagnosis;
use crate::diagnose::support::Stands;
use rolecall_matrix::overlay::Proposal;

pub use compare::{Case, compare};

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was let in and answered.
    Allowed,
    /// It was refused for who the caller is, or for what the caller may.
    Refused,
    /// It was made, and the answer does not show whether it is allowed.
    NotKnown,
    /// It was not made.
    NotCalled,
}

impl Outcome {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::NotKnown => "not-known",
            Self::NotCalled => "not-called",
        }
    }
}

/// One endpoint: prediction beside outcome.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The endpoint as it was asked for.
    pub endpoint: String,
    /// What the matrix requires, in a phrase; null where it does not have the endpoint.
    pub requires: Option<String>,
    /// The verdict of the newest data; null where there is none.
    pub predicted: Option<&'static str>,
    /// Its reasons.
    pub reasons: Vec<&'static str>,
    /// What the token's own grants give of it: `everywhere`, `in-divisions`, `nowhere`; null where that is not known.
    pub own_grants: Option<&'static str>,
    /// What came of the call.
    pub outcome: Outcome,
    /// The HTTP status; null where there was no answer.
    pub status: Option<u16>,
    /// How the outcome stands to the prediction.
    pub stands: Stands,
    /// What explains it.
    pub says: Vec<String>,
    /// What to do, best first.
    pub follows: Vec<String>,
    /// What the answer is, where it is no success.
    pub diagnosis: Option<Diagnosis>,
    /// The entry of the overlay file that would say what was seen, on one line; null where the matrix is not at fault.
    pub proposed: Option<String>,
    /// The same, to be written.
    #[serde(skip)]
    pub proposal: Option<Proposal>,
}
