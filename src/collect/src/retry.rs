//! What to do after a call, as a table, and all numbers of patience.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a status and a body that can be read.
    Status(u16),
    /// With a good status and a body that is not JSON, or not all of it.
    Malformed,
    /// Without a connection.
    NoConnection,
    /// Without an answer in time.
    TimedOut,
    /// In the middle of the answer.
    Broken,
    /// Before it was sent, or with an answer too large to hold: the same again would end the same.
    Hopeless,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The answer is there.
    Accept,
    /// Wait as the answer asks, with the whole token, and call again.
    WaitAsAsked,
    /// Wait a little longer than the last time and call again.
    BackOff,
    /// Get a new token, once, and call again.
    NewToken,
    /// It will not get better.
    GiveUp,
}

/// How long to keep trying. One value for the real platform; tests are less patient.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Attempts at one call, the first included, not counting answers 429.
    pub attempts: u32,
    /// Answers 429 that one call bears.
    pub rate_limits: u32,
    /// The first pause is at most this long; each further one at most twice the last.
    pub first_pause: Duration,
    /// No pause is longer.
    pub longest_pause: Duration,
    /// A `Retry-After` beyond this is cut to it: a proxy's mistake must not cost the night.
    pub longest_retry_after: Duration,
    /// The first pause between two looks at a query that is not done.
    pub first_poll: Duration,
    /// No pause between two looks is longer.
    pub longest_poll: Duration,
    /// Looks at a query before it is given up.
    pub polls: u32,
}

impl Patience {
    /// For the platform: at most about half a minute of pauses for a call, about a quarter of an hour for a query.
    pub const PLATFORM: Self = Self {
        attempts: 5,
        rate_limits: 10,
        first_pause: Duration::from_secs(1),
        longest_pause: Duration::from_secs(30),
        longest_retry_after: Duration::from_secs(300),
        first_poll: Duration::from_millis(100),
        longest_poll: Duration::from_secs(15),
        polls: 70,
    };

    /// The pause before attempt `attempt + 1`: exponential, with full jitter, so that calls that failed together do
    /// not come back together.
    pub fn pause(&self, attempt: u32, fraction: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(16);
        self.first_pause.saturating_mul(1 << doublings).min(self.longest_pause).mul_f64(fraction.clamp(0.0, 1.0))
    }

    /// The pause before look `look + 1` at a query.
    pub fn poll(&self, look: u32) -> Duration {
        self.first_poll.mul_f64(1.5_f64.powi(i32::try_from(look.min(40)).unwrap_or(40))).min(self.longest_poll)
    }
}

/// What to do after a call that ended so. `attempts`, `rate_limits`: how many of each there were, this one included;
/// `renewed`: whether a new token was already tried for this call.
pub fn next(ending: Ending, attempts: u32, rate_limits: u32, renewed: bool, patience: &Patience) -> Next {
    let again = if attempts < patience.attempts { Next::BackOff } else { Next::GiveUp };
    match ending {
        Ending::Status(200..=299) => Next::Accept,
        Ending::Status(401) if renewed => Next::GiveUp,
        Ending::Status(401) => Next::NewToken,
        Ending::Status(429) if rate_limits < patience.rate_limits => Next::WaitAsAsked,
        // 408: the platform's `client.timeout`. Other 5xx (501: a feature that is off) stay as they are.
        Ending::Status(408 | 500 | 502 | 503 | 504) => again,
        // A redirect is not followed: it would carry the token elsewhere.
        Ending::Status(_) => Next::GiveUp,
        Ending::Malformed | Ending::NoConnection | Ending::TimedOut | Ending::Broken => again,
        Ending::Hopeless => Next::GiveUp,
    }
}

/// A random number from 0 to 1. The one place where chance enters the program.
pub fn chance() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 11;
    // 53 bits are what an f64 holds exactly.
    bits as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: Patience = Patience::PLATFORM;

    #[test]
    fn table_holds_row_by_row() {
        let rows = [
            (Ending::Status(200), 1, 0, false, Next::Accept),
            (Ending::Status(202), 5, 0, true, Next::Accept),
            (Ending::Status(301), 1, 0, false, Next::GiveUp),
            (Ending::Status(304), 1, 0, false, Next::GiveUp),
            (Ending::Status(400), 1, 0, false, Next::GiveUp),
            (Ending::Status(401), 1, 0, false, Next::NewToken),
            (Ending::Status(401), 2, 0, true, Next::GiveUp),
            (Ending::Status(403), 1, 0, false, Next::GiveUp),
            (Ending::Status(404), 1, 0, false, Next::GiveUp),
            (Ending::Status(408), 1, 0, false, Next::BackOff),
            (Ending::Status(429), 1, 1, false, Next::WaitAsAsked),
            (Ending::Status(429), 1, 10, false, Next::GiveUp),
            (Ending::Status(500), 1, 0, false, Next::BackOff),
            (Ending::Status(501), 1, 0, false, Next::GiveUp),
            (Ending::Status(502), 4, 0, false, Next::BackOff),
            (Ending::Status(503), 5, 0, false, Next::GiveUp),
            (Ending::Status(504), 1, 0, false, Next::BackOff),
            (Ending::Malformed, 1, 0, false, Next::BackOff),
            (Ending::Malformed, 5, 0, false, Next::GiveUp),
            (Ending::NoConnection, 1, 0, false, Next::BackOff),
            (Ending::TimedOut, 1, 0, false, Next::BackOff),
            (Ending::Broken, 1, 0, false, Next::BackOff),
            (Ending::Broken, 5, 0, false, Next::GiveUp),
            (Ending::Hopeless, 1, 0, false, Next::GiveUp),
        ];
        for (ending, attempts, limits, renewed, expected) in rows {
            assert_eq!(
                next(ending, attempts, limits, renewed, &P),
                expected,
                "{ending:?} {attempts} {limits} {renewed}"
            );
        }
    }

    #[test]
    fn pause_doubles_up_to_a_bound_and_is_scattered() {
        assert_eq!(P.pause(1, 1.0), Duration::from_secs(1));
        assert_eq!(P.pause(3, 1.0), Duration::from_secs(4));
        assert_eq!(P.pause(60, 1.0), P.longest_pause);
        assert_eq!(P.pause(3, 0.0), Duration::ZERO);
        let drawn: Vec<f64> = (0..50).map(|_| chance()).collect();
        assert!(drawn.iter().all(|fraction| (0.0..1.0).contains(fraction)));
        assert!(drawn.windows(2).any(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn looks_at_a_query_grow_rarer_and_stay_bounded() {
        assert!(P.poll(0) < P.poll(3));
        assert_eq!(P.poll(1000), P.longest_poll);
        let whole: Duration = (0..P.polls).map(|look| P.poll(look)).sum();
        assert!(whole > Duration::from_secs(600) && whole < Duration::from_secs(1200), "{whole:?}");
    }
}
