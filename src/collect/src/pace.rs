//! When the next request may leave: under the platform's limit, under the user's ceiling, in every window of a minute.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::wire::RateHeaders;

/// Requests in flight a token: at 300 a minute and 100 ms a call one is enough; slow answers need the others.
pub const IN_FLIGHT: usize = 16;
/// The window of the platform's limit, with a second for the differences between when a request leaves and arrives.
const WINDOW: Duration = Duration::from_secs(61);
/// One request in this many may leave at once; the others are spread over the window.
const BURST_SHARE: u32 = 10;
/// How long to hold where the platform asks to wait without saying how long.
const UNSTATED_WAIT: Duration = Duration::from_secs(15);

/// The runtime's clock, so that a test can move it.
#[derive(Clone, Copy, Debug)]
pub struct RuntimeClock(tokio::time::Instant);

impl RuntimeClock {
    /// Starts counting now.
    pub fn start() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for RuntimeClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.0.elapsed())
    }
}

type Limiter<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<Nanos>>;

struct State<C: Clock<Instant = Nanos>> {
    limit: u32,
    limiter: Limiter<C>,
    /// When the requests of the last window left, the oldest first: what the governor forgets when its limit changes.
    left: VecDeque<Nanos>,
    hold_until: Nanos,
}

/// The pace of one token.
pub struct Pace<C: Clock<Instant = Nanos> = RuntimeClock> {
    ceiling: u32,
    clock: C,
    state: Mutex<State<C>>,
}

impl<C: Clock<Instant = Nanos> + Clone> Pace<C> {
    /// A pace of at most `ceiling` requests a minute, and less where the platform's headers say so.
    pub fn new(ceiling: u32, clock: C) -> Self {
        let ceiling = ceiling.max(1);
        let state = State {
            limit: ceiling,
            limiter: limiter(ceiling, clock.clone()),
            left: VecDeque::new(),
            hold_until: Nanos::from(Duration::ZERO),
        };
        Self { ceiling, clock, state: Mutex::new(state) }
    }

    /// Requests a minute, as far as is known now.
    pub fn per_minute(&self) -> u32 {
        self.lock().limit
    }

    /// Waits until one more request may leave.
    pub async fn leave(&self) {
        while let Err(wait) = self.claim() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes the right to send one request now, or says how long to wait before asking again.
    ///
    /// # Errors
    /// The time to wait.
    pub fn claim(&self) -> Result<(), Duration> {
        let now = self.clock.now();
        let mut state = self.lock();
        if state.hold_until > now {
            return Err(state.hold_until.duration_since(now).into());
        }
        while state.left.front().is_some_and(|left| Duration::from(now.duration_since(*left)) >= WINDOW) {
            state.left.pop_front();
        }
        if state.left.len() >= usize::try_from(state.limit).unwrap_or(usize::MAX)
            && let Some(oldest) = state.left.front()
        {
            return Err(WINDOW.saturating_sub(now.duration_since(*oldest).into()));
        }
        state.limiter.check().map_err(|not_until| not_until.wait_time_from(now))?;
        state.left.push_back(now);
        Ok(())
    }

    /// Takes in what an answer's headers say.
    pub fn observe(&self, rate: &RateHeaders) {
        let Some(allowed) = rate.allowed.filter(|allowed| *allowed > 0) else { return };
        let limit = self.ceiling.min(allowed);
        if limit != self.lock().limit {
            tracing::debug!(limit, "the platform's headers set the pace");
            let limiter = limiter(limit, self.clock.clone());
            let mut state = self.lock();
            state.limit = limit;
            state.limiter = limiter;
        }
        if rate.count.is_some_and(|count| count >= allowed) {
            self.hold(rate.reset.map_or(UNSTATED_WAIT, Duration::from_secs));
        }
    }

    /// Holds the whole token, for as long as the platform asked where it said so.
    pub fn hold_as_asked(&self, retry_after: Option<u64>, longest: Duration) {
        self.hold(retry_after.map_or(UNSTATED_WAIT, Duration::from_secs).min(longest));
    }

    fn hold(&self, wait: Duration) {
        let until = self.clock.now() + Nanos::from(wait);
        let mut state = self.lock();
        state.hold_until = state.hold_until.max(until);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A burst of `b` and the rest of the limit spread over the window: together never more than the limit in any window.
fn limiter<C: Clock<Instant = Nanos>>(limit: u32, clock: C) -> Limiter<C> {
    let burst = (limit / BURST_SHARE).max(1);
    let spread = limit.saturating_sub(burst).max(1);
    let quota = Quota::with_period(WINDOW / spread)
        .unwrap_or(Quota::per_second(NonZeroU32::MIN))
        .allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN));
    RateLimiter::direct_with_clock(quota, clock)
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    /// Lets requests leave as fast as the pace allows and returns when they left, in seconds.
    fn run(pace: &Pace<FakeRelativeClock>, clock: &FakeRelativeClock, requests: usize) -> Vec<f64> {
        let mut left = Vec::new();
        while left.len() < requests {
            match pace.claim() {
                Ok(()) => {
                    left.push(Duration::from(clock.now().duration_since(Nanos::from(Duration::ZERO))).as_secs_f64())
                }
                Err(wait) => clock.advance(wait.max(Duration::from_nanos(1))),
            }
        }
        left
    }

    fn most_in_a_minute(left: &[f64]) -> usize {
        left.iter().map(|start| left.iter().filter(|at| (*start..start + 60.0).contains(at)).count()).max().unwrap_or(0)
    }

    #[test]
    fn no_minute_holds_more_than_the_ceiling() {
        for ceiling in [1, 2, 7, 60, 300] {
            let clock = FakeRelativeClock::default();
            let pace = Pace::new(ceiling, clock.clone());
            let left = run(&pace, &clock, 4 * ceiling as usize);
            assert!(most_in_a_minute(&left) <= ceiling as usize, "{ceiling}: {}", most_in_a_minute(&left));
        }
    }

    #[test]
    fn pace_uses_nearly_all_of_the_ceiling() {
        let clock = FakeRelativeClock::default();
        let pace = Pace::new(300, clock.clone());
        let left = run(&pace, &clock, 1500);
        let minutes = left.last().unwrap() / 60.0;
        assert!(minutes < 5.7, "1500 requests at 300 a minute took {minutes} minutes");
    }

    #[test]
    fn headers_lower_the_pace_and_count_what_already_left() {
        let clock = FakeRelativeClock::default();
        let pace = Pace::new(300, clock.clone());
        let mut left = run(&pace, &clock, 30);
        pace.observe(&RateHeaders { count: Some(30), allowed: Some(40), reset: Some(60) });
        assert_eq!(pace.per_minute(), 40);
        left.extend(run(&pace, &clock, 200));
        assert!(most_in_a_minute(&left) <= 40, "{}", most_in_a_minute(&left));
        pace.observe(&RateHeaders { count: None, allowed: Some(3000), reset: None });
        assert_eq!(pace.per_minute(), 300, "the user's own ceiling stays");
    }

    #[test]
    fn full_window_and_retry_after_hold_the_whole_token() {
        let clock = FakeRelativeClock::default();
        let pace = Pace::new(300, clock.clone());
        pace.claim().unwrap();
        pace.observe(&RateHeaders { count: Some(300), allowed: Some(300), reset: Some(20) });
        assert_eq!(pace.claim(), Err(Duration::from_secs(20)));
        pace.hold_as_asked(Some(100_000), Duration::from_secs(300));
        assert_eq!(pace.claim(), Err(Duration::from_secs(300)), "an absurd wait is cut");
        pace.hold_as_asked(Some(1), Duration::from_secs(300));
        assert_eq!(pace.claim(), Err(Duration::from_secs(300)), "a shorter wait does not shorten a longer one");
    }
}
