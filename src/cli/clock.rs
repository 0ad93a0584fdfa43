//! The one place where time enters.

use jiff::Timestamp;

/// The present moment.
#[expect(clippy::disallowed_methods, reason = "this is the one place where time enters")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The time a night is reckoned from: as asked for, else the present moment; whole seconds, since run ids are.
pub fn night(as_of: Option<Timestamp>) -> Timestamp {
    let moment = as_of.unwrap_or_else(now);
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}
