//! Tokens that were given out: whose they are, how long they live, how fast they are used.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// The length of the platform's rate window.
const WINDOW: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub(super) struct Token {
    /// Position of its org.
    pub org: usize,
    /// Its client's id.
    pub client: String,
    /// The how-manieth token of this client it is, from 1.
    pub ordinal: u32,
    /// How many API requests it made.
    pub requests: u32,
    expires: Instant,
    revoked: bool,
}

/// How much of the minute is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// Requests in this window, this one included.
    pub count: u32,
    /// Requests allowed in a window.
    pub allowed: u32,
    /// Seconds until the window ends, at least 1.
    pub reset: u64,
}

impl Rate {
    /// Whether this request is one too many.
    pub(super) fn exceeded(self) -> bool {
        self.count > self.allowed
    }
}

/// All tokens, and the windows in which they are used.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    tokens: HashMap<String, Token>,
    issued: HashMap<String, u32>,
    windows: HashMap<String, (Instant, u32)>,
}

impl Sessions {
    /// Gives out a token. `text` is what it reads; the caller makes it.
    pub(super) fn issue(&mut self, text: &str, org: usize, client: &str, lives: Duration, now: Instant) {
        let ordinal = self.issued.entry(client.to_owned()).or_insert(0);
        *ordinal += 1;
        let token = Token {
            org,
            client: client.to_owned(),
            ordinal: *ordinal,
            requests: 0,
            expires: now + lives,
            revoked: false,
        };
        self.tokens.insert(text.to_owned(), token);
    }

    /// The token as it is after one more request; `None` when it is unknown, expired or revoked.
    pub(super) fn used(&mut self, text: &str, now: Instant) -> Option<Token> {
        let token = self.tokens.get_mut(text)?;
        if token.revoked || now >= token.expires {
            return None;
        }
        token.requests += 1;
        Some(token.clone())
    }

    /// Makes a token worthless before its time.
    pub(super) fn revoke(&mut self, text: &str) {
        if let Some(token) = self.tokens.get_mut(text) {
            token.revoked = true;
        }
    }

    /// Counts a request into the caller's window. Requests that are refused for their rate do not count on.
    pub(super) fn count(&mut self, caller: &str, allowed: u32, now: Instant) -> Rate {
        let (start, count) = self.windows.entry(caller.to_owned()).or_insert((now, 0));
        if now.duration_since(*start) >= WINDOW {
            (*start, *count) = (now, 0);
        }
        let left = WINDOW.saturating_sub(now.duration_since(*start));
        let reset = (left.as_secs() + u64::from(left.subsec_nanos() > 0)).max(1);
        if *count < allowed {
            *count += 1;
            Rate { count: *count, allowed, reset }
        } else {
            Rate { count: allowed.saturating_add(1), allowed, reset }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_refuses_the_one_too_many_and_opens_again() {
        let start = Instant::now();
        let mut sessions = Sessions::default();
        assert!(!sessions.count("t", 2, start).exceeded());
        assert_eq!(sessions.count("t", 2, start), Rate { count: 2, allowed: 2, reset: 60 });
        let third = sessions.count("t", 2, start + Duration::from_millis(20_500));
        assert!(third.exceeded());
        assert_eq!(third.reset, 40);
        assert!(!sessions.count("other", 2, start).exceeded());
        assert_eq!(sessions.count("t", 2, start + Duration::from_secs(60)).count, 1);
    }

    #[test]
    fn token_dies_of_age_and_of_revocation() {
        let start = Instant::now();
        let mut sessions = Sessions::default();
        sessions.issue("a", 0, "client", Duration::from_secs(10), start);
        sessions.issue("b", 0, "client", Duration::from_secs(100), start);
        assert_eq!(sessions.used("b", start).map(|token| (token.ordinal, token.requests)), Some((2, 1)));
        assert!(sessions.used("a", start + Duration::from_secs(10)).is_none());
        sessions.revoke("b");
        assert!(sessions.used("b", start).is_none());
        assert!(sessions.used("never issued", start).is_none());
    }
}
