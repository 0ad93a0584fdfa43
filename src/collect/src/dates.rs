//! The platform's dates, read leniently: one that cannot be read is not known, and costs nothing else.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A time as the platform writes it; without a zone it is UTC.
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse::<Timestamp>().ok().or_else(|| {
        let civil = text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|date| date.at(0, 0, 0, 0))).ok()?;
        civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

/// The day of a date or a time.
pub(crate) fn day(text: &str) -> Option<Date> {
    text.trim().parse::<Date>().ok().or_else(|| timestamp(text).map(utc_day))
}

/// The UTC day of a time.
pub(crate) fn utc_day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// For fields of answers: absent, null, not a text or not a time is `None`.
pub(crate) fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Option::<Value>::deserialize(deserializer)?;
    Ok(value.as_ref().and_then(Value::as_str).and_then(timestamp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_time_is_read_and_nonsense_is_not_known() {
        let noon = timestamp("2026-07-01T12:00:00Z").unwrap();
        for text in
            ["2026-07-01T12:00:00.000Z", "2026-07-01T14:00:00.000+0200", "2026-07-01T12:00:00", "2026-07-01T12:00Z"]
        {
            assert_eq!(timestamp(text), Some(noon), "{text}");
        }
        for text in ["", "yesterday", "2026-02-30T00:00:00Z", "99999-01-01T00:00:00Z", "null"] {
            assert_eq!(timestamp(text), None, "{text}");
        }
        assert_eq!(day("2026-07-01").map(|day| day.to_string()).as_deref(), Some("2026-07-01"));
        assert_eq!(day("2026-07-01T23:59:59.999Z").map(|day| day.to_string()).as_deref(), Some("2026-07-01"));
    }

    #[test]
    fn field_of_any_other_kind_is_not_known() {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default, deserialize_with = "lenient")]
            at: Option<Timestamp>,
        }
        for body in [r#"{}"#, r#"{"at":null}"#, r#"{"at":12}"#, r#"{"at":{"x":1}}"#, r#"{"at":"soon"}"#] {
            assert_eq!(serde_json::from_str::<Body>(body).unwrap().at, None, "{body}");
        }
    }
}
