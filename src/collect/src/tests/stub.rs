//! A server with one small healthy org, and a hook through which a test bends single answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::retry::Patience;
use crate::settings::{CollectSettings, OrgTarget, ServiceUserRules, UsersWanted};
use crate::{Clock, CollectError, Silent};
use rolecall_base::coverage::{Listing, ListingRecord};
use rolecall_base::snapshot::Snapshot;

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub method: String,
    pub path: String,
    pub query: String,
    pub bearer: String,
    pub body: String,
    /// How many times this path was asked before, with whatever query.
    pub before: usize,
    /// How many times exactly this was asked before.
    pub same_before: usize,
}

impl Asked {
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, v)| v)
    }

    fn number(&self, name: &str, default: usize) -> usize {
        self.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }
}

pub(super) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// Whether the connection is dropped before the body's end.
    pub drop: bool,
}

pub(super) fn reply(status: u16, body: &str) -> Reply {
    Reply { status, headers: Vec::new(), body: body.to_owned(), drop: false }
}

pub(super) fn with_header(mut reply: Reply, name: &'static str, value: &str) -> Reply {
    reply.headers.push((name, value.to_owned()));
    reply
}

type Hook = dyn Fn(&Asked) -> Option<Reply> + Send + Sync;

struct Inner {
    asked: Mutex<Vec<Asked>>,
    tokens: Mutex<usize>,
    hook: Box<Hook>,
}

pub(super) struct Stub {
    inner: Arc<Inner>,
    url: String,
}

/// A page of `entities` as the query asks for it.
pub(super) fn page(asked: &Asked, entities: &[String]) -> Reply {
    paged(entities, asked.number("pageNumber", 1), asked.number("pageSize", 25))
}

pub(super) fn paged(entities: &[String], number: usize, size: usize) -> Reply {
    let on_page: Vec<&str> = entities.iter().skip((number - 1) * size).take(size).map(String::as_str).collect();
    let pages = entities.len().div_ceil(size);
    let body = format!(
        r#"{{"entities":[{}],"pageSize":{size},"pageNumber":{number},"total":{},"pageCount":{pages}}}"#,
        on_page.join(","),
        entities.len()
    );
    reply(200, &body)
}

const POLICIES: &str = r#"[{"domain":"*","entityName":"*","actions":["*"]}]"#;

fn healthy(asked: &Asked) -> Reply {
    let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let path = asked.path.strip_prefix("/api/v2").unwrap_or(&asked.path);
    match path {
        "/authorization/subjects/me" => reply(
            200,
            &format!(
                r#"{{"id":"auditor","grants":[{{"subjectId":"auditor","division":{{"id":"*"}},"role":{{"id":"r1","policies":{POLICIES}}}}}]}}"#
            ),
        ),
        "/organizations/me" => reply(200, r#"{"id":"org-1","name":"Dev"}"#),
        "/oauth/clients" => reply(
            200,
            r#"{"entities":[
                {"id":"auditor","name":"Auditor","authorizedGrantType":"CLIENT-CREDENTIALS","secret":"hush-hush","roleDivisions":[{"roleId":"r1","divisionId":"*"}]},
                {"id":"c2","name":"Queue Dashboard","authorizedGrantType":"CODE","scope":["routing"],"state":"active"}],"total":2,"pageCount":1}"#,
        ),
        "/authorization/roles" => page(
            asked,
            &strings(&[
                r#"{"id":"r1","name":"Auditor","permissionPolicies":[{"domain":"*","entityName":"*","actionSet":["*"]}]}"#,
                r#"{"id":"r2","name":"Reader","permissionPolicies":[{"domain":"routing","entityName":"queue","actionSet":["view"]}]}"#,
                r#"{"id":"r3","name":"Nobody's","permissionPolicies":[]}"#,
            ]),
        ),
        "/authorization/roles/r1/subjectgrants" => page(
            asked,
            &strings(&[r#"{"id":"auditor","name":"Auditor","type":"PC_OAUTH_CLIENT","divisions":[{"id":"*"}]}"#]),
        ),
        "/authorization/roles/r2/subjectgrants" => page(
            asked,
            &strings(&[
                r#"{"id":"u1","name":"svc-reporting","type":"PC_USER","divisions":[{"id":"d1"}]}"#,
                r#"{"id":"g1","name":"Team","type":"PC_GROUP","divisions":[{"id":"*"}]}"#,
            ]),
        ),
        "/authorization/roles/r3/subjectgrants" => page(asked, &[]),
        "/authorization/permissions" => page(
            asked,
            &strings(&[
                r#"{"domain":"routing","permissionMap":{"queue":[{"domain":"routing","entityType":"queue","action":"view","divisionAware":true}]}}"#,
            ]),
        ),
        "/authorization/divisions" => page(asked, &strings(&[r#"{"id":"d1","name":"Home","homeDivision":true}"#])),
        "/authorization/divisions/d1/grants" => page(
            asked,
            &strings(&[
                r#"{"subjectId":"u1","role":{"id":"r2"},"division":{"id":"d1"},"grantMadeAt":"2026-01-02T03:04:05Z"}"#,
            ]),
        ),
        "/authorization/divisions/*/grants" => reply(404, r#"{"status":404,"code":"not.found","message":"no"}"#),
        "/users" => page(asked, &users()),
        "/groups" => page(asked, &strings(&[r#"{"id":"g1","name":"Team","memberCount":2,"rolesEnabled":true}"#])),
        "/groups/g1/members" => page(asked, &strings(&[r#"{"id":"u1"}"#, r#"{"id":"u2"}"#])),
        "/authorization/policies" => reply(200, r#"{"entities":[]}"#),
        "/authorization/settings" => reply(200, r#"{"analysisEnabled":true}"#),
        "/authorization/roles/settings" => reply(200, r#"{"backfillEnabled":false}"#),
        "/orgauthorization/trustees" => {
            page(asked, &strings(&[r#"{"id":"t1","enabled":true,"organization":{"id":"t1","name":"Partner"}}"#]))
        }
        "/orgauthorization/trustees/t1/users" => page(asked, &strings(&[r#"{"id":"x1","name":"Helper"}"#])),
        "/orgauthorization/trustees/t1/groups" => page(asked, &[]),
        "/usage/aggregates/query/jobs" => reply(202, r#"{"id":"j1"}"#),
        "/usage/aggregates/query/jobs/j1" if asked.before == 0 => reply(202, r#"{"queryStatus":"Running"}"#),
        "/usage/aggregates/query/jobs/j1" => reply(
            200,
            r#"{"queryStatus":"Succeeded","entities":[{"date":"2026-07-10","httpMethod":"GET","templateUri":"/api/v2/users","requestCount":4,"status200":4,"oauthClient":{"id":"c2"}}]}"#,
        ),
        "/audits/query" => reply(202, r#"{"id":"a1","state":"Queued"}"#),
        "/audits/query/a1" => reply(200, r#"{"id":"a1","state":"Succeeded"}"#),
        "/audits/query/a1/results" => reply(
            200,
            r#"{"id":"a1","entities":[{"eventDate":"2026-07-10T00:00:00Z","user":{"id":"u9"},"action":"Update","entityType":"Role","entity":{"id":"r2"}}]}"#,
        ),
        _ => reply(404, r#"{"status":404,"code":"not.found","message":"no such path in the stub"}"#),
    }
}

/// Five users, `u1` to `u5`.
pub(super) fn users() -> Vec<String> {
    (1..=5)
        .map(|n| {
            let name = if n == 1 { "svc-reporting".to_owned() } else { format!("Person {n}") };
            format!(r#"{{"id":"u{n}","name":"{name}","email":"u{n}@example.com","state":"active"}}"#)
        })
        .collect()
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let asked = {
        let mut all = inner.asked.lock().unwrap();
        let path = parts.uri.path().to_owned();
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let bearer = parts.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let asked = Asked {
            method: parts.method.to_string(),
            before: all.iter().filter(|other| other.path == path).count(),
            same_before: all.iter().filter(|other| other.path == path && other.query == query).count(),
            path,
            query,
            bearer: bearer.trim_start_matches("Bearer ").to_owned(),
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        all.push(asked.clone());
        asked
    };
    let reply = match (inner.hook)(&asked) {
        Some(reply) => reply,
        None if asked.path == "/oauth/token" => {
            let mut tokens = inner.tokens.lock().unwrap();
            *tokens += 1;
            reply(200, &format!(r#"{{"access_token":"token-{tokens}","token_type":"bearer","expires_in":86400}}"#))
        }
        None => healthy(&asked),
    };
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    let body = if reply.drop {
        let half = reply.body.get(..reply.body.len() / 2).unwrap_or_default().to_owned();
        let chunks = [Ok(half), Err(std::io::Error::other("dropped"))];
        Body::from_stream(futures_util::stream::iter(chunks))
    } else {
        Body::from(reply.body)
    };
    response.body(body).unwrap()
}

impl Stub {
    /// Starts a server that answers as the healthy org, except where the hook answers.
    pub(super) async fn start(hook: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let inner = Arc::new(Inner { asked: Mutex::default(), tokens: Mutex::default(), hook: Box::new(hook) });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { inner, url }
    }

    pub(super) fn target(&self, name: &str) -> OrgTarget {
        OrgTarget {
            name: name.to_owned(),
            environment: String::new(),
            api_url: self.url.clone(),
            login_url: self.url.clone(),
            client_id: "auditor".to_owned(),
            client_secret: SecretString::from("top-secret"),
        }
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.inner.asked.lock().unwrap().clone()
    }

    pub(super) fn times(&self, path: &str) -> usize {
        self.asked().iter().filter(|asked| asked.path == path).count()
    }

    /// Collects with the settings of [`settings`].
    pub(super) async fn collect(&self) -> Snapshot {
        self.collect_with(&settings()).await.unwrap()
    }

    pub(super) async fn collect_with(&self, settings: &CollectSettings) -> Result<Snapshot, CollectError> {
        let target = self.target("dev");
        let as_of = "2026-07-20T01:00:00Z".parse().unwrap();
        let clock: &Clock = &|| Timestamp::UNIX_EPOCH;
        crate::one_org(&target, None, settings, as_of, QUICK, clock, &Silent).await.map(|collected| collected.snapshot)
    }
}

/// As patient as the real thing in numbers of attempts, not in time.
pub(super) const QUICK: Patience = Patience {
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(5),
    longest_retry_after: Duration::from_millis(50),
    first_poll: Duration::from_millis(1),
    longest_poll: Duration::from_millis(2),
    polls: 5,
    ..Patience::PLATFORM
};

pub(super) fn settings() -> CollectSettings {
    CollectSettings {
        requests_per_minute: 100_000,
        users: UsersWanted::Service,
        service_users: ServiceUserRules { names: vec!["svc-*".to_owned()], ..ServiceUserRules::default() },
        observed_days: 30,
        grant_dates: true,
        default_roles: false,
        third_party_apps: false,
        audit_days: 0,
    }
}

/// What the coverage says of one list.
pub(super) fn record(snapshot: &Snapshot, listing: Listing) -> ListingRecord {
    let listings: &BTreeMap<Listing, ListingRecord> = &snapshot.coverage.listings;
    listings.get(&listing).unwrap_or_else(|| panic!("no record of {listing:?}")).clone()
}

/// The reasons that the coverage gives for one list, with what they are about.
pub(super) fn reasons(snapshot: &Snapshot, listing: Listing) -> Vec<(Option<String>, String)> {
    record(snapshot, listing).unread.into_iter().map(|unread| (unread.of, unread.why)).collect()
}

/// The lists that are not whole, those not asked for aside.
pub(super) fn not_whole(snapshot: &Snapshot) -> Vec<Listing> {
    use rolecall_base::coverage::Seen;
    let known = |listing: &Listing| matches!(snapshot.coverage.seen(*listing), Seen::Whole | Seen::NotAsked);
    Listing::ALL.into_iter().filter(|listing| !known(listing)).collect()
}
