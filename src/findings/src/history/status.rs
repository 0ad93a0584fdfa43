//! The status of a finding: one truth table, decided here and nowhere else.
//!
//! A night on which the data was not known neither clears a finding nor moves what later nights compare with.

use std::cmp::Ordering;

use crate::finding::Status;
use crate::severity::Severity;

/// What earlier nights know of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing, or nothing that was ever certain.
    Nothing,
    /// It is there, this bad on the last night that could tell, whether or not the nights since could evaluate it.
    Open(Severity),
    /// It was there, and went.
    Resolved,
}

/// What this run says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Current {
    /// Found, and everything that bears on it was read.
    Found(Severity),
    /// Not found, and everything that bears on it was read.
    NotFound,
    /// Found for certain, although something that bears on it was not read: how bad it is, is not certain.
    FoundInPart(Severity),
    /// Perhaps: what was found rests on what was not read.
    Unsettled,
    /// Not found, but something that bears on it was not read.
    NotEvaluated,
}

/// The status; `None` where there is nothing to tell.
pub fn decide(before: Before, current: Current, waived: bool) -> Option<Status> {
    use Before as B;
    use Current as T;
    use Ordering::{Equal, Greater, Less};
    let against = |known: Severity, now: Severity| now.cmp(&known);
    match (before, current, waived) {
        (B::Nothing, T::NotFound | T::NotEvaluated, _) => None,
        (B::Resolved, T::NotFound | T::NotEvaluated, _) => None,

        // Waiving says what people think of a finding, not whether it is there: only what was found is waived.
        (B::Nothing | B::Open(_) | B::Resolved, T::Found(_) | T::FoundInPart(_), true) => Some(Status::Waived),

        (B::Nothing, T::Found(_) | T::FoundInPart(_), false) => Some(Status::New),
        (B::Resolved, T::Found(_) | T::FoundInPart(_), false) => Some(Status::Reopened),
        (B::Open(known), T::Found(now), false) => Some(match against(known, now) {
            Greater => Status::Worse,
            Equal => Status::Persisting,
            Less => Status::Better,
        }),
        // Less may only be less that was seen.
        (B::Open(known), T::FoundInPart(now), false) => Some(match against(known, now) {
            Greater => Status::Worse,
            Equal | Less => Status::Persisting,
        }),
        (B::Open(_), T::NotFound, _) => Some(Status::Resolved),

        (B::Open(_), T::NotEvaluated, _) => Some(Status::Incomparable),
        (B::Nothing | B::Open(_) | B::Resolved, T::Unsettled, _) => Some(Status::Incomparable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Current as T;
    use Status as S;

    const BEFORE: [Before; 3] = [Before::Nothing, Before::Open(Severity::Medium), Before::Resolved];

    #[test]
    fn every_row_of_the_table() {
        let (low, same, high) = (Severity::Low, Severity::Medium, Severity::High);
        // Columns: nothing known, open at medium, resolved.
        for (current, expected) in [
            (T::Found(low), [Some(S::New), Some(S::Better), Some(S::Reopened)]),
            (T::Found(same), [Some(S::New), Some(S::Persisting), Some(S::Reopened)]),
            (T::Found(high), [Some(S::New), Some(S::Worse), Some(S::Reopened)]),
            (T::FoundInPart(low), [Some(S::New), Some(S::Persisting), Some(S::Reopened)]),
            (T::FoundInPart(same), [Some(S::New), Some(S::Persisting), Some(S::Reopened)]),
            (T::FoundInPart(high), [Some(S::New), Some(S::Worse), Some(S::Reopened)]),
            (T::NotFound, [None, Some(S::Resolved), None]),
            (T::Unsettled, [Some(S::Incomparable); 3]),
            (T::NotEvaluated, [None, Some(S::Incomparable), None]),
        ] {
            for (before, expected) in BEFORE.into_iter().zip(expected) {
                assert_eq!(decide(before, current, false), expected, "{before:?} {current:?}");
            }
        }
    }

    #[test]
    fn waived_is_said_of_what_was_found_and_hides_nothing_else() {
        for before in BEFORE {
            for current in [T::Found(Severity::High), T::FoundInPart(Severity::Low)] {
                assert_eq!(decide(before, current, true), Some(S::Waived));
            }
            for current in [T::NotFound, T::Unsettled, T::NotEvaluated] {
                assert_eq!(decide(before, current, true), decide(before, current, false));
            }
        }
    }
}
