//! The one place where time enters.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rolecall_app::night::whole_seconds;

/// The present moment.
#[expect(clippy::disallowed_methods, reason = "this is the one place where time enters")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Reads a moment: RFC 3339, or a day, which is its first moment in UTC.
pub(crate) fn moment(text: &str) -> Result<Timestamp, String> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok();
    let read = text.parse().ok().or_else(|| day().map(|start| start.timestamp()));
    read.ok_or_else(|| "write a moment as 2026-11-20T02:00:00Z, or a day as 2026-11-20".to_owned())
}

/// The time a night is counted from: as asked for, else the present moment; whole seconds, since run ids are.
pub(crate) fn night(as_of: Option<Timestamp>) -> Timestamp {
    whole_seconds(as_of.unwrap_or_else(now))
}
