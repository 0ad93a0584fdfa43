//! Contradictions: where what was observed and what the verdict says cannot both be right.

use super::access::AccessMap;
use super::needed::{Known, Needed};
use super::verdict::{Answer, Verdict};
use rolecall_base::usage::UsageRow;
use rolecall_matrix::Endpoint;

/// Which way observation and verdict disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disagreement {
    /// Calls succeed although the verdict is `denied`.
    SucceedsThoughDenied,
    /// Nothing but refusals although the verdict is `allowed`.
    RefusedThoughAllowed,
}

/// A fault of the matrix or of our data, with its evidence.
#[derive(Clone, Debug)]
pub struct Contradiction<'a> {
    /// Position of the principal in the access map.
    pub principal: usize,
    /// Position of the operation in the matrix.
    pub operation: usize,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The verdict.
    pub answer: Answer,
    /// Which way.
    pub disagreement: Disagreement,
    /// What was observed.
    pub row: &'a UsageRow,
}

/// Every contradiction of an org, in the order of the usage data.
pub fn contradictions<'a>(map: &AccessMap<'a>, needed: &Needed<'a>) -> Vec<Contradiction<'a>> {
    let mut found = Vec::new();
    for call in &needed.calls {
        let (Known::Observed(row), Some(operation)) = (call.known, call.operation) else { continue };
        let Some(principal) = map.principals().get(call.principal) else { continue };
        let answer = map.answer(principal, operation);
        let disagreement = match answer.verdict {
            Verdict::Denied if row.status_2xx > 0 => Disagreement::SucceedsThoughDenied,
            Verdict::Allowed if row.refusals() > 0 && row.refusals() == row.requests => {
                Disagreement::RefusedThoughAllowed
            }
            _ => continue,
        };
        found.push(Contradiction {
            principal: call.principal,
            operation,
            endpoint: call.endpoint.clone(),
            answer,
            disagreement,
            row,
        });
    }
    found
}
