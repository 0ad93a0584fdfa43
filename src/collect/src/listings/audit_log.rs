//! `POST /api/v2/audits/query` and its results: who changed roles and OAuth clients.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::dates::lenient;
use crate::failure::Failure;
use crate::record::{self, because};
use crate::session::Session;
use crate::wire::{QueryPost, path};
use rolecall_base::audit::{ActorKind, AuditEntry};
use rolecall_base::coverage::{Listing, Seen};

use super::{Read, Reference};

/// The service whose entries are about roles, grants and OAuth clients.
const SERVICE: &str = "PeoplePermissions";
/// Entries a page: the documented maximum.
const PAGE_SIZE: &str = "500";
/// Pages a query is followed.
const MOST_PAGES: usize = 20_000;

#[derive(Deserialize)]
struct Query {
    id: String,
    #[serde(default)]
    state: Option<String>,
}

#[derive(Deserialize)]
struct State {
    state: String,
}

#[derive(Deserialize)]
struct Results {
    entities: Vec<Value>,
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    #[serde(default, deserialize_with = "lenient")]
    event_date: Option<Timestamp>,
    #[serde(default)]
    user: Option<Reference>,
    #[serde(default)]
    client: Option<Reference>,
    #[serde(default)]
    level: Option<String>,
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    entity: Option<Reference>,
    #[serde(default)]
    entity_type: Option<String>,
}

/// Reads the audit log of the last days.
pub(crate) async fn read(session: &Session<'_>, as_of: Timestamp, days: u32) -> Read<Vec<AuditEntry>> {
    // The query, a look at it and its first page.
    session.begin(Listing::AuditLog, 3);
    let mut record = record::whole(0, None, session.now());
    let mut entries = Vec::new();
    let outcome = follow(session, as_of, days, &mut entries).await;
    let mut odd = 0_u64;
    let mut data = Vec::new();
    for value in entries {
        match Raw::deserialize(value) {
            Ok(raw) => data.push(entry(raw)),
            Err(_) => odd += 1,
        }
    }
    if odd > 0 {
        let why = format!("{odd} entries of the audit log are not what the platform documents");
        record::miss(&mut record, None, because(why));
    }
    if let Err(failure) = outcome {
        record::miss(&mut record, None, record::refused(failure, &["audits:audit:view"]));
        if data.is_empty() {
            record.seen = Seen::Nothing;
        }
    }
    record.read = u64::try_from(data.len()).unwrap_or(u64::MAX);
    record.read_at = Some(session.now());
    Read { data, record }
}

async fn follow(session: &Session<'_>, as_of: Timestamp, days: u32, entries: &mut Vec<Value>) -> Result<(), Failure> {
    let from = as_of.saturating_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::UNIX_EPOCH);
    let seconds = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let body = json!({ "interval": format!("{}/{}", seconds(from), seconds(as_of)), "serviceName": SERVICE });
    let query: Query = session.query(QueryPost::AuditQuery, &body).await?;
    let state_path = path(&["audits", "query", &query.id]);
    wait(session, &state_path, query.state).await?;
    let results_path = path(&["audits", "query", &query.id, "results"]);
    let mut cursor: Option<String> = None;
    let mut followed = HashSet::new();
    loop {
        let mut parameters = vec![("pageSize", PAGE_SIZE)];
        if let Some(cursor) = &cursor {
            parameters.push(("cursor", cursor));
        }
        let results: Results = session.get(&results_path, &parameters).await?;
        entries.extend(results.entities);
        match results.cursor.filter(|cursor| !cursor.is_empty()) {
            None => return Ok(()),
            Some(next) if followed.len() < MOST_PAGES && followed.insert(next.clone()) => {
                session.plan.add(Listing::AuditLog, 1);
                cursor = Some(next);
            }
            Some(_) => {
                let call = format!("GET {results_path}");
                return Err(Failure::wrong_shape(&call, "its next page leads nowhere new"));
            }
        }
    }
}

async fn wait(session: &Session<'_>, path: &str, first: Option<String>) -> Result<(), Failure> {
    let call = format!("GET {path}");
    if first.as_deref() == Some("Succeeded") {
        return Ok(());
    }
    for look in 0..session.patience.polls {
        tokio::time::sleep(session.patience.poll(look)).await;
        let state: State = session.get(path, &[]).await?;
        match state.state.as_str() {
            "Succeeded" => return Ok(()),
            "Queued" | "Running" => {}
            state => return Err(Failure::no_answer(&call, format!("the query ended as `{state}`"))),
        }
    }
    Err(Failure::no_answer(&call, format!("the query was not done after {} looks", session.patience.polls)))
}

fn entry(raw: Raw) -> AuditEntry {
    let id = |reference: Option<&Reference>| reference.and_then(|reference| reference.id.clone());
    let (user, client) = (id(raw.user.as_ref()), id(raw.client.as_ref()));
    // A change by a client carries the client's id in both places, so the client is looked at first only where it is
    // the actor itself; a user who works through an app is the user.
    let (actor, actor_kind) = match (user, client) {
        (Some(user), Some(client)) if user == client => (Some(client), ActorKind::OauthClient),
        (Some(user), _) => (Some(user), ActorKind::User),
        (None, Some(client)) => (Some(client), ActorKind::OauthClient),
        (None, None) if raw.level.as_deref().is_some_and(|level| level != "USER") => (None, ActorKind::Platform),
        (None, None) => (None, ActorKind::Unknown),
    };
    let entity = raw.entity;
    AuditEntry {
        at: raw.event_date,
        actor,
        actor_kind,
        action: raw.action.unwrap_or_default(),
        entity_type: raw.entity_type.unwrap_or_default(),
        entity_id: entity.as_ref().and_then(|entity| entity.id.clone()),
        entity_name: entity.and_then(|entity| entity.name).filter(|name| !name.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actor_is_the_client_where_it_acted_itself_and_the_user_otherwise() {
        let kind = |text: &str| {
            let entry = entry(serde_json::from_str(text).unwrap());
            (entry.actor, entry.actor_kind)
        };
        let some = |id: &str| Some(id.to_owned());
        assert_eq!(kind(r#"{"user":{"id":"c1"},"client":{"id":"c1"}}"#), (some("c1"), ActorKind::OauthClient));
        assert_eq!(kind(r#"{"user":{"id":"u1"},"client":{"id":"c1"}}"#), (some("u1"), ActorKind::User));
        assert_eq!(kind(r#"{"client":{"id":"c1"}}"#), (some("c1"), ActorKind::OauthClient));
        assert_eq!(kind(r#"{"level":"SYSTEM"}"#), (None, ActorKind::Platform));
        assert_eq!(kind("{}"), (None, ActorKind::Unknown));
    }
}
