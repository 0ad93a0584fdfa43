//! `POST /api/v2/usage/aggregates/query/jobs` and its results: which client called what, day by day.
//!
//! Daily UTC totals; the present day is never in them; a query covers at most 90 days, at most a year back.

use std::collections::HashSet;

use futures_util::future::join_all;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::dates::utc_day;
use crate::failure::Failure;
use crate::pager::{Flaw, after};
use crate::record::{self, because};
use crate::session::Session;
use crate::wire::{QueryPost, path};
use rolecall_base::coverage::{Listing, ListingRecord, Seen};
use rolecall_base::id::UserId;
use rolecall_base::usage::Usage;

use super::Read;
use super::usage_rows::{RawRow, Sum, chunks, plus_days};

/// Days a query may cover.
pub(crate) const LONGEST_QUERY: i32 = 90;
/// Days back that the platform keeps.
const KEPT_DAYS: u32 = 365;
/// Rows a page: the documented maximum.
const PAGE_SIZE: &str = "1000";
/// Users a query is asked about.
const USERS_A_QUERY: usize = 100;
/// Pages a query is followed.
const MOST_PAGES: usize = 20_000;

#[derive(Deserialize)]
struct Job {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    query_status: String,
    #[serde(default)]
    entities: Option<Vec<Value>>,
    #[serde(default)]
    next_uri: Option<String>,
    #[serde(default)]
    error_body: Option<JobError>,
}

#[derive(Deserialize)]
struct JobError {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    code: Option<String>,
}

/// The window of observation: whole UTC days before the day of the run.
pub(crate) fn window(as_of: Timestamp, observed_days: u32) -> (Date, Date) {
    let today = utc_day(as_of);
    let days = i32::try_from(observed_days.min(KEPT_DAYS)).unwrap_or(0);
    (plus_days(today, -days), plus_days(today, -1))
}

/// What was read of the usage, put together query by query.
pub(crate) struct Observed {
    usage: Usage,
    record: ListingRecord,
    answered: usize,
    /// Notes that cost no data.
    pub notes: Vec<String>,
}

impl Observed {
    /// Asks what every client called.
    pub(crate) async fn by_client(session: &Session<'_>, as_of: Timestamp, observed_days: u32) -> Self {
        let (from, to) = window(as_of, observed_days);
        let mut observed = Self {
            usage: Usage { from, to, complete: true, rows: Vec::new() },
            record: record::whole(0, None, session.now()),
            answered: 0,
            notes: Vec::new(),
        };
        if observed_days > KEPT_DAYS {
            let note =
                format!("API usage was asked for {KEPT_DAYS} of {observed_days} days: the platform keeps a year");
            observed.notes.push(note);
        }
        let body = json!({ "granularity": "Day", "groupBy": ["OauthClientId", "HttpMethod", "TemplateUri"] });
        observed.ask(session, &[body]).await;
        observed
    }

    /// Asks what was called on behalf of these users.
    pub(crate) async fn by_user(&mut self, session: &Session<'_>, users: &[&UserId]) {
        let bodies: Vec<Value> = users
            .chunks(USERS_A_QUERY)
            .map(|users| {
                let ids: Vec<&str> = users.iter().map(|id| id.as_str()).collect();
                json!({
                    "granularity": "Day",
                    "groupBy": ["OauthClientId", "UserId", "HttpMethod", "TemplateUri"],
                    "userIds": ids,
                })
            })
            .collect();
        self.ask(session, &bodies).await;
    }

    /// The usage, `None` where nothing was answered.
    pub(crate) fn finish(mut self, session: &Session<'_>) -> Read<Option<Usage>> {
        self.usage.complete = self.record.seen == Seen::Whole;
        self.record.read = u64::try_from(self.usage.rows.len()).unwrap_or(u64::MAX);
        self.record.read_at = Some(session.now());
        if self.answered == 0 {
            self.record.seen = Seen::Nothing;
            return Read { data: None, record: self.record };
        }
        Read { data: Some(self.usage), record: self.record }
    }

    async fn ask(&mut self, session: &Session<'_>, bodies: &[Value]) {
        let chunks = chunks(self.usage.from, self.usage.to, LONGEST_QUERY);
        // A query and its first page each.
        let queries = chunks.len() * bodies.len();
        session.begin(Listing::Usage, 2 * u64::try_from(queries).unwrap_or(0));
        for body in bodies {
            let asked = chunks.iter().map(|(from, to)| {
                let mut body = body.clone();
                if let Value::Object(fields) = &mut body {
                    // Both ends are inclusive.
                    fields.insert("interval".to_owned(), json!(format!("{from}T00:00:00Z/{to}T23:59:59Z")));
                }
                query(session, body)
            });
            // Added up in the order of the days, not in the order of the answers.
            let mut sum = Sum::default();
            for ((from, to), (rows, flaw)) in chunks.iter().zip(join_all(asked).await) {
                self.answered += usize::from(flaw.is_none() || !rows.is_empty());
                for row in rows {
                    sum.add(row);
                }
                if let Some(mut flaw) = flaw {
                    flaw.why = format!("{from} to {to}: {}", flaw.why);
                    record::miss(&mut self.record, None, flaw);
                }
            }
            if sum.odd > 0 {
                let why = format!("{} rows of API usage do not say what they count", sum.odd);
                record::miss(&mut self.record, None, because(why));
            }
            self.usage.rows.extend(sum.rows());
        }
    }
}

/// One query from its start to its last page: the rows, and why they are not all.
async fn query(session: &Session<'_>, body: Value) -> (Vec<RawRow>, Option<Flaw>) {
    let mut rows = Vec::new();
    let flaw = match follow(session, &body, &mut rows).await {
        Ok(()) => None,
        Err(failure) => Some(record::refused(failure, &["usage:organization:view"]).into()),
    };
    (rows, flaw)
}

async fn follow(session: &Session<'_>, body: &Value, rows: &mut Vec<RawRow>) -> Result<(), Failure> {
    let job: Job = session.query(QueryPost::UsageJobs, body).await?;
    let path = path(&["usage", "aggregates", "query", "jobs", &job.id]);
    let call = format!("GET {path}");
    let mut results = done(session, &path).await?;
    let mut followed = HashSet::new();
    loop {
        let entities = results.entities.take().ok_or_else(|| Failure::wrong_shape(&call, "`entities` is missing"))?;
        for entity in entities {
            rows.push(RawRow::deserialize(entity).map_err(|error| Failure::wrong_shape(&call, error))?);
        }
        let Some(next) = results.next_uri.take() else { return Ok(()) };
        let cursor = after(&next).filter(|cursor| followed.len() < MOST_PAGES && followed.insert(cursor.clone()));
        let Some(cursor) = cursor else {
            return Err(Failure::wrong_shape(&call, "its next page leads nowhere new"));
        };
        session.plan.add(Listing::Usage, 1);
        results = session.get(&path, &[("pageSize", PAGE_SIZE), ("after", &cursor)]).await?;
        if results.query_status != "Succeeded" {
            return Err(Failure::wrong_shape(&call, format!("a later page is `{}`", results.query_status)));
        }
    }
}

/// Looks at a query until it is done, more and more rarely.
async fn done(session: &Session<'_>, path: &str) -> Result<Results, Failure> {
    let call = format!("GET {path}");
    for look in 0..session.patience.polls {
        tokio::time::sleep(session.patience.poll(look)).await;
        let results: Results = session.get(path, &[("pageSize", PAGE_SIZE)]).await?;
        match results.query_status.as_str() {
            "Succeeded" => return Ok(results),
            "Queued" | "Running" => {}
            status => {
                let error = results.error_body.unwrap_or(JobError { message: None, code: None });
                let detail = [error.code, error.message].into_iter().flatten().collect::<Vec<_>>().join(": ");
                let detail = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
                return Err(Failure::no_answer(&call, format!("the query ended as `{status}`{detail}")));
            }
        }
    }
    Err(Failure::no_answer(&call, format!("the query was not done after {} looks", session.patience.polls)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_ends_the_day_before_the_run_in_utc() {
        let as_of: Timestamp = "2026-07-20T23:30:00-05:00".parse().unwrap();
        let (from, to) = window(as_of, 30);
        assert_eq!((from.to_string(), to.to_string()), ("2026-06-21".to_owned(), "2026-07-20".to_owned()));
        let (from, _) = window(as_of, 10_000);
        assert_eq!(from.to_string(), "2025-07-21", "no more than the platform keeps");
    }
}
