//! Whether a channel speaks: a truth table. Silence is the rule, because a channel that always speaks is not read.

use jiff::{SignedDuration, Timestamp};

use super::settings::Heartbeat;

/// A week, less half a day: nights do not begin to the second, and a beat must not slip to the eighth night.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24 - 12);

/// What a channel does after a night.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    /// It tells the news.
    News,
    /// It says that nothing is new.
    Heartbeat,
    /// Nothing.
    Silent,
}

/// What the decision rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grounds {
    /// The channel was notified of this very night already.
    pub reported_already: bool,
    /// A finding of its severity is new, worse or back.
    pub findings: bool,
    /// What is not known, or how the gate stands, is not as it was when something was last sent to the channel.
    pub changed: bool,
    /// A message to it could not be delivered, and it does not know.
    pub owed: bool,
    /// It has been silent for a week and is to give a sign.
    pub beat_due: bool,
}

/// The truth table.
pub fn speech(grounds: Grounds) -> Speech {
    let Grounds { reported_already, findings, changed, owed, beat_due } = grounds;
    match (reported_already, findings, changed, owed, beat_due) {
        (true, _, _, _, _) => Speech::Silent,
        (false, true, _, _, _) => Speech::News,
        (false, false, true, _, _) => Speech::News,
        (false, false, false, true, _) => Speech::News,
        (false, false, false, false, true) => Speech::Heartbeat,
        (false, false, false, false, false) => Speech::Silent,
    }
}

/// Whether a sign of life is due. A channel that never spoke gives one, so that its owner sees that it works.
pub fn beat_due(heartbeat: Heartbeat, spoke: Option<Timestamp>, as_of: Timestamp) -> bool {
    match (heartbeat, spoke) {
        (Heartbeat::Never, _) => false,
        (Heartbeat::Weekly, None) => true,
        (Heartbeat::Weekly, Some(spoke)) => as_of.duration_since(spoke) >= WEEK,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_broken_by_news_change_debt_and_the_week_alone() {
        let mut seen = Vec::new();
        for bits in 0..32_u8 {
            let bit = |at: u8| bits & (1 << at) != 0;
            let grounds =
                Grounds { reported_already: bit(0), findings: bit(1), changed: bit(2), owed: bit(3), beat_due: bit(4) };
            let expected = if bit(0) {
                Speech::Silent
            } else if bit(1) || bit(2) || bit(3) {
                Speech::News
            } else if bit(4) {
                Speech::Heartbeat
            } else {
                Speech::Silent
            };
            assert_eq!(speech(grounds), expected, "{grounds:?}");
            seen.push(expected);
        }
        assert_eq!(seen.iter().filter(|speech| **speech == Speech::Heartbeat).count(), 1);
        assert_eq!(seen.iter().filter(|speech| **speech == Speech::News).count(), 14);
    }

    #[test]
    fn beat_is_due_after_a_week_of_silence_although_nights_begin_some_seconds_early() {
        let spoke = Some("2026-11-01T02:00:07Z".parse().unwrap());
        let due = |at: &str| beat_due(Heartbeat::Weekly, spoke, at.parse().unwrap());
        assert!(!due("2026-11-07T02:00:07Z"), "six days");
        assert!(due("2026-11-08T02:00:01Z"), "seven days, less six seconds");
        assert!(!due("2026-10-01T02:00:00Z"), "a night of the past");
        assert!(beat_due(Heartbeat::Weekly, None, "2026-11-01T02:00:00Z".parse().unwrap()));
        assert!(!beat_due(Heartbeat::Never, None, "2026-11-01T02:00:00Z".parse().unwrap()));
        assert!(!beat_due(Heartbeat::Never, spoke, "2027-11-01T02:00:00Z".parse().unwrap()));
    }
}
