//! Needed calls that work on the left and not, or not surely, on the right: what a promotion would break.

use super::change::DriftKind;
use crate::cross::{Answer, Verdict};
use rolecall_matrix::Endpoint;

/// How sure it is that the call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// It is refused on the right: a promotion blocker.
    Fails,
    /// A condition, a policy or a limit to single divisions decides on the right.
    MayFail,
    /// Undetermined: not enough of the right was read.
    NotKnown,
}

impl Certainty {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fails => "fails",
            Self::MayFail => "may-fail",
            Self::NotKnown => "not-known",
        }
    }
}

/// How a need is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NeedSource {
    /// A line of a needs file.
    Declared {
        /// The file and line, `needs.csv:12`.
        place: String,
        /// What is noted there.
        note: String,
    },
    /// The usage data of a side.
    Observed {
        /// Calls that succeeded.
        successes: u64,
        /// Calls in all.
        requests: u64,
    },
}

impl NeedSource {
    /// The word used in outputs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Declared { .. } => "declared",
            Self::Observed { .. } => "observed",
        }
    }
}

/// A needed call of one principal. Sorted by certainty, kind, name, endpoint and division.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenCall {
    /// How sure it is.
    pub certainty: Certainty,
    /// What kind of principal.
    pub kind: DriftKind,
    /// The principal's name on the left.
    pub name: String,
    /// Its id on the left.
    pub from_id: String,
    /// Its id on the right; empty where it is not there.
    pub to_id: String,
    /// The call.
    pub endpoint: Endpoint,
    /// The name of the division it is needed in; `None`: wherever it can be had.
    pub division: Option<String>,
    /// How the need is known; at least one.
    pub needs: Vec<NeedSource>,
    /// How it stands on the left.
    pub left: Answer,
    /// How it stands on the right; `None`: the principal is not there.
    pub right: Option<Answer>,
    /// What is missing on the right: for ANY all alternatives, of which one is enough.
    pub missing_permissions: Vec<String>,
    /// The scopes of which one is enough.
    pub missing_scopes: Vec<String>,
    /// The differences that cause it: positions in [`super::Drift::changes`], the first to fix first.
    pub causes: Vec<usize>,
}

impl BrokenCall {
    /// How it stands on the right in words: verdict and reasons, or `absent`.
    pub fn describe_right(&self) -> String {
        self.right.map_or_else(|| "absent".to_owned(), describe_answer)
    }

    /// How it stands on the left in words.
    pub fn describe_left(&self) -> String {
        describe_answer(self.left)
    }
}

/// A verdict with its reasons.
pub fn describe_answer(answer: Answer) -> String {
    match answer.reasons.to_string().replace(';', ", ") {
        reasons if reasons.is_empty() => answer.verdict.to_string(),
        reasons => format!("{} ({reasons})", answer.verdict),
    }
}

/// Whether a verdict is one that a needed call works under.
pub fn works(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Allowed | Verdict::DependsOnUser | Verdict::Partial)
}
