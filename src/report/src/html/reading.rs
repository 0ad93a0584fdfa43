//! How to read the page.

use serde::Serialize;

use super::gaps::ReasonWord;
use super::words::{self, Mark};
use rolecall_access::cross::{Reason, Verdict};

/// What the words mean.
#[derive(Serialize)]
pub struct Reading {
    /// The verdicts.
    pub verdicts: Vec<VerdictWord>,
    /// The reasons.
    pub reasons: Vec<ReasonWord>,
}

/// A verdict with its meaning.
#[derive(Serialize)]
pub struct VerdictWord {
    /// The verdict.
    pub verdict: Mark,
    /// What it means.
    pub meaning: &'static str,
}

/// The words of every night.
pub fn of() -> Reading {
    Reading {
        verdicts: Verdict::ALL
            .into_iter()
            .map(|verdict| VerdictWord { verdict: words::verdict(verdict), meaning: words::verdict_meaning(verdict) })
            .collect(),
        reasons: Reason::ALL
            .into_iter()
            .map(|reason| ReasonWord { word: reason.as_str(), meaning: reason.meaning() })
            .collect(),
    }
}
