//! The API-usage query: patterns of `usage.json` made into rows, day by day, and added up as asked.
//!
//! A pattern is an `OrganizationPublicApiUsage` whose counts are those of one active day, with `daysAgo: [first, last]`
//! and `every: n` in place of the date: active every n-th day, counted from the nearest to now. Today is never there.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Map, Value, json};

use super::Call;
use crate::answer::Answer;
use crate::jobs::JobState;
use crate::org::SimOrg;
use crate::paging;

const COUNTS: [(&str, &str); 6] = [
    ("Requests", "requestCount"),
    ("Status200", "status200"),
    ("Status300", "status300"),
    ("Status400", "status400"),
    ("Status429", "status429"),
    ("Status500", "status500"),
];

pub(super) fn start(call: &Call<'_>) -> Answer {
    let request = match call.json() {
        Ok(request) => request,
        Err(answer) => return answer,
    };
    let rows = match rows(call.org, call.now, &request) {
        Ok(rows) => rows,
        Err(answer) => return answer,
    };
    let mut jobs = call.jobs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let id = jobs.start(&call.org.id, request, rows);
    let uri = format!("{}/{id}", call.path);
    Answer::with_status(202, json!({"id": id, "resultsUri": uri, "selfUri": uri}))
}

pub(super) fn results(call: &Call<'_>) -> Answer {
    let polled = call.jobs.lock().unwrap_or_else(std::sync::PoisonError::into_inner).poll(&call.org.id, call.object);
    let Some((state, job)) = polled else { return Answer::not_found() };
    if call.failing {
        let why = Answer::fault(500).body;
        return Answer::ok(json!({"queryStatus": "Failed", "errorBody": why, "selfUri": call.path}));
    }
    if state != JobState::Succeeded {
        return Answer::with_status(202, json!({"queryStatus": state.as_str(), "selfUri": call.path}));
    }
    let status = Map::from_iter([("queryStatus".to_owned(), json!(state.as_str()))]);
    paging::after(call, &job.rows, (100, 1000), status, Value::clone)
}

/// The window, or the platform's refusal of it.
fn window(request: &Value, today: Date) -> Result<(Date, Date), Answer> {
    let text = request.get("interval").and_then(Value::as_str).unwrap_or("");
    let day = |text: &str| text.get(..10).and_then(|day| day.parse::<Date>().ok());
    let invalid = || {
        Answer::error(
            400,
            "invalid.date",
            "Dates must be specified as ISO-8601 strings. For example: yyyy-MM-ddTHH:mm:ss.SSSZ",
            &[],
        )
    };
    let (from, to) = text.split_once('/').and_then(|(from, to)| Some((day(from)?, day(to)?))).ok_or_else(invalid)?;
    let within = |date: Date, span: Span| date.checked_add(span).map_err(|_| invalid());
    if from > to {
        return Err(Answer::bad_request("The interval ends before it starts."));
    }
    if to > within(from, Span::new().days(90))? {
        return Err(Answer::bad_request("End date cannot be more than 90 days after the start."));
    }
    if from < within(today, Span::new().years(-1))? {
        return Err(Answer::bad_request("Start date cannot be more than a year ago."));
    }
    Ok((from, to))
}

fn wanted<'a>(request: &'a Value, field: &str) -> Vec<&'a str> {
    request.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The rows that the platform would answer, in the order of their keys.
fn rows(org: &SimOrg, now: Timestamp, request: &Value) -> Result<Vec<Value>, Answer> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let (from, to) = window(request, today)?;
    let granularity = request.get("granularity").and_then(Value::as_str).unwrap_or("Day");
    let (groups, metrics) = (wanted(request, "groupBy"), wanted(request, "metrics"));
    let filters = [
        ("/oauthClient/id", wanted(request, "oauthClientIds")),
        ("/user/id", wanted(request, "userIds")),
        ("/templateUri", wanted(request, "templateUris")),
        ("/httpMethod", wanted(request, "httpMethods")),
        ("/platform", wanted(request, "platforms")),
    ];
    let mut sums: BTreeMap<(Date, Vec<Option<&str>>), [u64; COUNTS.len()]> = BTreeMap::new();
    for pattern in &org.usage {
        let text = |pointer: &str| pattern.pointer(pointer).and_then(Value::as_str);
        let passes = |(pointer, values): &(&str, Vec<&str>)| {
            values.is_empty() || text(pointer).is_some_and(|value| values.contains(&value))
        };
        if !filters.iter().all(passes) {
            continue;
        }
        let grouped = |name: &str, pointer: &str| groups.contains(&name).then(|| text(pointer)).flatten();
        let client = grouped("OauthClientId", "/oauthClient/id").or(grouped("OauthClientName", "/oauthClient/id"));
        let key = vec![
            client,
            grouped("UserId", "/user/id"),
            grouped("HttpMethod", "/httpMethod"),
            grouped("TemplateUri", "/templateUri"),
            grouped("Platform", "/platform"),
        ];
        let counts = counts(pattern);
        for day in days(pattern, today).filter(|day| from <= *day && *day <= to) {
            let sum = sums.entry((bucket(day, granularity), key.clone())).or_default();
            for (sum, count) in sum.iter_mut().zip(counts) {
                *sum += count;
            }
        }
    }
    let named = groups.contains(&"OauthClientName");
    Ok(sums.into_iter().map(|((date, key), sums)| show(org, date, &key, sums, &metrics, named)).collect())
}

fn show(
    org: &SimOrg,
    date: Date,
    key: &[Option<&str>],
    sums: [u64; COUNTS.len()],
    metrics: &[&str],
    named: bool,
) -> Value {
    let mut row = Map::new();
    row.insert("date".to_owned(), json!(date.to_string()));
    for (field, value) in ["oauthClient", "user", "httpMethod", "templateUri", "platform"].into_iter().zip(key) {
        let Some(value) = value else { continue };
        let shown = match field {
            "oauthClient" if named => json!({"id": value, "name": org.subject_name(value)}),
            "oauthClient" => json!({"id": value}),
            "user" => json!({"id": value, "selfUri": format!("/api/v2/users/{value}")}),
            _ => json!(value),
        };
        row.insert(field.to_owned(), shown);
    }
    for ((metric, field), sum) in COUNTS.into_iter().zip(sums) {
        if metrics.is_empty() || metrics.contains(&metric) {
            row.insert(field.to_owned(), json!(sum));
        }
    }
    Value::Object(row)
}

/// The counts of one active day; requests are what the classes add up to (429s are among the 4xx).
fn counts(pattern: &Value) -> [u64; COUNTS.len()] {
    let of = |field: &str| pattern.get(field).and_then(Value::as_u64).unwrap_or(0);
    let all = of("status200") + of("status300") + of("status400") + of("status500");
    [all, of("status200"), of("status300"), of("status400"), of("status429"), of("status500")]
}

fn days(pattern: &Value, today: Date) -> impl Iterator<Item = Date> {
    let number = |pointer: &str, default: u64| pattern.pointer(pointer).and_then(Value::as_u64).unwrap_or(default);
    let (first, last, every) = (number("/daysAgo/0", 1).max(1), number("/daysAgo/1", 1).min(400), number("/every", 1));
    let step = usize::try_from(every).unwrap_or(usize::MAX).max(1);
    (first..=last)
        .step_by(step)
        .filter_map(move |ago| today.checked_sub(Span::new().days(i64::try_from(ago).ok()?)).ok())
}

fn bucket(day: Date, granularity: &str) -> Date {
    match granularity {
        "Month" => day.first_of_month(),
        "Week" => {
            let back = i64::from(day.weekday().to_monday_zero_offset());
            day.checked_sub(Span::new().days(back)).unwrap_or(day)
        }
        _ => day,
    }
}
