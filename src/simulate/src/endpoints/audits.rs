//! The audit log, by query.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Call;
use crate::answer::Answer;
use crate::fixture::date_time;
use crate::jobs::JobState;
use crate::paging;

type Entities = &'static [(&'static str, &'static [&'static str])];

/// Which services audit what; an auditor's are the first two.
const SERVICES: [(&str, Entities); 3] = [
    (
        "PeoplePermissions",
        &[
            ("Role", &["Create", "Update", "Delete", "MemberAdd", "MemberRemove"]),
            ("OAuthClient", &["Create", "Update", "Delete"]),
            ("OAuthClientAuthorization", &["Create", "Update", "Delete"]),
        ],
    ),
    ("Groups", &[("DirectoryGroup", &["Create", "Update", "Delete", "MemberAdd", "MemberRemove"])]),
    ("Directory", &[("User", &["Create", "Update", "Delete"])]),
];

pub(super) fn services(_: &Call<'_>) -> Answer {
    let services: Vec<Value> = SERVICES
        .iter()
        .map(|(name, entities)| {
            let entities: Vec<Value> =
                entities.iter().map(|(name, actions)| json!({"name": name, "actions": actions})).collect();
            json!({"name": name, "entities": entities})
        })
        .collect();
    Answer::ok(json!({"services": services}))
}

pub(super) fn start(call: &Call<'_>) -> Answer {
    let request = match call.json() {
        Ok(request) => request,
        Err(answer) => return answer,
    };
    let interval = request.get("interval").and_then(Value::as_str).unwrap_or("");
    let Some((from, to)) = interval.split_once('/').and_then(|(from, to)| Some((moment(from)?, moment(to)?))) else {
        return Answer::error(
            400,
            "invalid.date",
            "Dates must be specified as ISO-8601 strings. For example: yyyy-MM-ddTHH:mm:ss.SSSZ",
            &[],
        );
    };
    let service = request.get("serviceName").and_then(Value::as_str);
    if let Some(unknown) = service.filter(|service| !SERVICES.iter().any(|(known, _)| known == service)) {
        return Answer::error(
            400,
            "invalid.value",
            "Value [{value}] is not valid for field type [serviceName]. Allowable values are: see servicemapping",
            &[("value", unknown)],
        );
    }
    let filters = request.get("filters").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut rows: Vec<Value> = call
        .org
        .audits
        .iter()
        .filter(|audit| moment(text(audit, "/eventDate")).is_some_and(|at| from <= at && at <= to))
        .filter(|audit| service.is_none_or(|service| text(audit, "/serviceName") == service))
        .filter(|audit| filters.iter().all(|filter| passes(audit, filter)))
        .cloned()
        .collect();
    rows.sort_by(|a, b| text(a, "/eventDate").cmp(text(b, "/eventDate")));
    if !request.pointer("/sort/0/sortOrder").is_some_and(|order| order == "ascending") {
        rows.reverse();
    }
    let mut jobs = call.jobs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let id = jobs.start(&call.org.id, request.clone(), rows);
    Answer::with_status(202, shown(call, &id, "Queued", &request))
}

/// A date-time; UTC where it names no zone.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

fn passes(audit: &Value, filter: &Value) -> bool {
    let pointer = match text(filter, "/property") {
        "UserId" => "/user/id",
        "ClientId" => "/client/id",
        "TrusteeOrganizationId" => "/userHomeOrgId",
        "Action" => "/action",
        "EntityType" => "/entityType",
        "EntityId" => "/entity/id",
        _ => return false,
    };
    text(audit, pointer) == text(filter, "/value")
}

fn shown(call: &Call<'_>, id: &str, state: &str, request: &Value) -> Value {
    let mut body = Map::from_iter([
        ("id".to_owned(), json!(id)),
        ("state".to_owned(), json!(state)),
        ("startDate".to_owned(), json!(date_time(call.now))),
    ]);
    for field in ["interval", "serviceName", "filters", "sort"] {
        if let Some(value) = request.get(field) {
            body.insert(field.to_owned(), value.clone());
        }
    }
    Value::Object(body)
}

pub(super) fn status(call: &Call<'_>) -> Answer {
    let polled = call.jobs.lock().unwrap_or_else(std::sync::PoisonError::into_inner).poll(&call.org.id, call.object);
    let Some((state, job)) = polled else { return Answer::not_found() };
    let (word, status) = match state {
        _ if call.failing => ("Failed", 200),
        JobState::Succeeded => (state.as_str(), 200),
        JobState::Queued | JobState::Running => (state.as_str(), 202),
    };
    Answer::with_status(status, shown(call, call.object, word, &job.request))
}

pub(super) fn results(call: &Call<'_>) -> Answer {
    let done = call.jobs.lock().unwrap_or_else(std::sync::PoisonError::into_inner).done(&call.org.id, call.object);
    let Some(job) = done else { return Answer::not_found() };
    match paging::slice(call, &job.rows, "cursor", (25, 500)) {
        Err(answer) => answer,
        Ok(slice) => {
            let mut body = json!({"id": call.object, "pageSize": slice.size, "entities": slice.page});
            if let (Some(fields), Some(cursor)) = (body.as_object_mut(), slice.next) {
                fields.insert("cursor".to_owned(), json!(cursor));
            }
            Answer::ok(body)
        }
    }
}
