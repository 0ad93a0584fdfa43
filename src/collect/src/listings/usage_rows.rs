//! Rows of usage, a day each, added up over the window.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;

use crate::dates;
use rolecall_base::id::{ClientId, UserId};
use rolecall_base::usage::UsageRow;

use super::Reference;

/// A row as the platform writes it (`OrganizationPublicApiUsage`).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RawRow {
    #[serde(default)]
    date: Option<String>,
    #[serde(default)]
    http_method: Option<String>,
    #[serde(default)]
    template_uri: Option<String>,
    #[serde(default)]
    request_count: Option<u64>,
    #[serde(default)]
    status200: Option<u64>,
    #[serde(default)]
    status300: Option<u64>,
    #[serde(default)]
    status400: Option<u64>,
    #[serde(default)]
    status429: Option<u64>,
    #[serde(default)]
    status500: Option<u64>,
    #[serde(default)]
    oauth_client: Option<Reference>,
    #[serde(default)]
    user: Option<Reference>,
}

type Key = (Option<ClientId>, Option<UserId>, String, String);

/// The sum of the rows of one query.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    rows: BTreeMap<Key, UsageRow>,
    /// Rows that do not say what they count.
    pub odd: u64,
}

impl Sum {
    /// Adds a row. One that does not say its day, operation or counts is odd: it could stand for anything.
    pub(crate) fn add(&mut self, raw: RawRow) {
        if self.try_add(raw).is_none() {
            self.odd += 1;
        }
    }

    /// The rows, in order.
    pub(crate) fn rows(self) -> Vec<UsageRow> {
        self.rows.into_values().collect()
    }

    fn try_add(&mut self, raw: RawRow) -> Option<()> {
        let day = dates::day(raw.date.as_deref()?)?;
        let method = raw.http_method.filter(|method| !method.is_empty())?.to_ascii_uppercase();
        let template = raw.template_uri.filter(|template| !template.is_empty())?;
        let stated = [raw.status200, raw.status300, raw.status400, raw.status500];
        let sum = stated.iter().flatten().try_fold(0_u64, |sum, count| sum.checked_add(*count))?;
        // A count that is left out is none only where the others make up the whole.
        let whole = stated.iter().all(Option::is_some);
        let requests = match raw.request_count {
            Some(requests) if whole || requests == sum => requests,
            None if whole => sum,
            _ => return None,
        };
        let client = raw.oauth_client.and_then(|client| client.id).map(ClientId::new);
        let user = raw.user.and_then(|user| user.id).map(UserId::new);
        let key = (client.clone(), user.clone(), method.clone(), template.clone());
        let row = self.rows.entry(key).or_insert_with(|| UsageRow {
            client,
            user,
            method,
            template,
            first: day,
            last: day,
            last_success: None,
            requests: 0,
            status_2xx: 0,
            status_3xx: 0,
            status_4xx: 0,
            status_429: 0,
            status_5xx: 0,
        });
        row.first = row.first.min(day);
        row.last = row.last.max(day);
        if raw.status200.is_some_and(|count| count > 0) {
            row.last_success = row.last_success.max(Some(day));
        }
        let add = |to: &mut u64, count: Option<u64>| *to = to.saturating_add(count.unwrap_or(0));
        add(&mut row.requests, Some(requests));
        add(&mut row.status_2xx, raw.status200);
        add(&mut row.status_3xx, raw.status300);
        add(&mut row.status_4xx, raw.status400);
        add(&mut row.status_429, raw.status429);
        add(&mut row.status_5xx, raw.status500);
        Some(())
    }
}

/// The window cut into queries that the platform takes: at most `longest` days each.
pub(crate) fn chunks(from: Date, to: Date, longest: i32) -> Vec<(Date, Date)> {
    let mut chunks = Vec::new();
    let mut start = from;
    while start <= to {
        let end = plus_days(start, longest - 1).min(to);
        chunks.push((start, end));
        start = plus_days(end, 1);
        if start <= end {
            break;
        }
    }
    chunks
}

/// So many days later or earlier; at the ends of the calendar, its end.
pub(crate) fn plus_days(date: Date, days: i32) -> Date {
    date.saturating_add(jiff::Span::new().days(days))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[&str]) -> Sum {
        let mut sum = Sum::default();
        for row in rows {
            sum.add(serde_json::from_str(row).unwrap());
        }
        sum
    }

    #[test]
    fn days_add_up_and_the_last_success_is_kept() {
        let sum = sum(&[
            r#"{"date":"2026-07-02","httpMethod":"get","templateUri":"/api/v2/users","requestCount":5,"status200":5,"status300":0,"status400":0,"status500":0,"oauthClient":{"id":"c1"}}"#,
            r#"{"date":"2026-07-01T00:00:00Z","httpMethod":"GET","templateUri":"/api/v2/users","requestCount":3,"status400":3,"status429":1,"oauthClient":{"id":"c1"}}"#,
            r#"{"date":"2026-07-04","httpMethod":"GET","templateUri":"/api/v2/users","requestCount":2,"status400":2,"oauthClient":{"id":"c1"}}"#,
        ]);
        assert_eq!(sum.odd, 0);
        let rows = sum.rows();
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!((row.first.day(), row.last.day(), row.last_success.unwrap().day()), (1, 4, 2));
        assert_eq!((row.requests, row.status_2xx, row.status_4xx, row.refusals()), (10, 5, 5, 4));
    }

    #[test]
    fn row_that_leaves_counts_open_is_odd_and_not_nothing() {
        let sum = sum(&[
            r#"{"date":"2026-07-02","httpMethod":"GET","templateUri":"/x","requestCount":5}"#,
            r#"{"date":"2026-07-02","httpMethod":"GET","templateUri":"/x","status200":5}"#,
            r#"{"httpMethod":"GET","templateUri":"/x","requestCount":0}"#,
            r#"{"date":"2026-07-02","templateUri":"/x","requestCount":0}"#,
        ]);
        assert_eq!(sum.odd, 4);
        assert!(sum.rows().is_empty());
    }

    #[test]
    fn window_is_cut_without_a_gap_or_an_overlap() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(chunks(date("2026-07-01"), date("2026-07-30"), 90), [(date("2026-07-01"), date("2026-07-30"))]);
        let cut = chunks(date("2026-01-01"), date("2026-07-19"), 90);
        assert_eq!(cut.len(), 3);
        assert_eq!(cut.first().unwrap().0, date("2026-01-01"));
        assert_eq!(cut.last().unwrap().1, date("2026-07-19"));
        for pair in cut.windows(2) {
            assert_eq!(plus_days(pair[0].1, 1), pair[1].0);
        }
        assert!(chunks(date("2026-07-02"), date("2026-07-01"), 90).is_empty());
        assert_eq!(chunks(Date::MAX, Date::MAX, 90).len(), 1);
    }
}
