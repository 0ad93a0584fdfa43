//! From an HTTP request to an answer, in the order in which the platform refuses things.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::connection::{Peer, Scissors};
use super::endpoints;
use super::faults::{Address, Effect, FaultState, Faults, Plan};
use super::gate::{self, Sight};
use super::guid::guid;
use super::jobs::Jobs;
use super::operations::{self, Found, SWAGGER, TOKEN};
use super::options::Limits;
use super::org::SimOrg;
use super::paging;
use super::record::RequestRecord;
use super::session::{Rate, Sessions};
use super::swagger::{self, SwaggerChange};
use super::token::{TokenRequest, pairs};

const LARGEST_BODY: usize = 1 << 20;
const SWAGGER_PATH: &str = "/api/v2/docs/swagger";

/// A region: its orgs, and everything that happened to it.
pub(super) struct Server {
    orgs: Vec<SimOrg>,
    /// The region's document and its entity tag.
    document: (String, String),
    faults: Faults,
    limits: Limits,
    now: Timestamp,
    sessions: Mutex<Sessions>,
    fault_state: Mutex<FaultState>,
    jobs: Mutex<Jobs>,
    log: Mutex<Vec<RequestRecord>>,
    serial: Mutex<u64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A poisoned lock only means that some other answer failed; what it guards is still whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("orgs", &self.orgs.len()).finish_non_exhaustive()
    }
}

/// What a request turned out to be.
#[derive(Default)]
struct Story {
    org: Option<usize>,
    operation: Option<&'static str>,
    rate: Option<Rate>,
    plan: Plan,
}

pub(super) async fn handle(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let header = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
    let (method, path) = (head.method.as_str(), head.uri.path());
    let body = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    let mut story = Story::default();
    let answer = if path == "/oauth/token" {
        server.token(method, header(header::AUTHORIZATION), &body, &mut story)
    } else if path == SWAGGER_PATH && matches!(method, "GET" | "HEAD") {
        server.document(header(header::IF_NONE_MATCH), &mut story)
    } else {
        let query = pairs(head.uri.query().unwrap_or(""));
        server.api(method, path, &query, header(header::AUTHORIZATION), &body, &mut story)
    };
    tokio::time::sleep(server.limits.latency + story.plan.delay).await;
    let response = server.send(answer, &story, method == "HEAD", &peer.0);
    let dropped = story.plan.effect == Some(Effect::Drop);
    lock(&server.log).push(RequestRecord {
        org: story.org.and_then(|at| server.orgs.get(at)).map(|org| org.name.clone()),
        method: method.to_owned(),
        uri: head.uri.to_string(),
        operation: story.operation,
        status: if dropped { 0 } else { response.status().as_u16() },
    });
    response
}

impl Server {
    /// A region to which nothing has happened yet.
    pub(super) fn new(orgs: Vec<SimOrg>, faults: Faults, limits: Limits, now: Timestamp) -> Self {
        let changes: Vec<&SwaggerChange> = orgs.iter().flat_map(|org| &org.swagger_changes).collect();
        Self {
            document: swagger::tagged(&changes),
            orgs,
            faults,
            jobs: Mutex::new(Jobs::new(limits.job_polls)),
            limits,
            now,
            sessions: Mutex::default(),
            fault_state: Mutex::default(),
            log: Mutex::default(),
            serial: Mutex::default(),
        }
    }

    /// Every request so far, in the order of their answers.
    pub(super) fn requests(&self) -> Vec<RequestRecord> {
        lock(&self.log).clone()
    }

    fn next(&self) -> u64 {
        let mut serial = lock(&self.serial);
        *serial += 1;
        *serial
    }

    /// Plans what goes wrong with this request. A status that a fault asks for is the answer.
    fn plan(&self, address: &Address, story: &mut Story) -> Option<Answer> {
        story.operation = Some(address.operation);
        story.plan = lock(&self.fault_state).plan(&self.faults, address);
        match story.plan.effect {
            Some(Effect::Status(429)) => {
                let allowed = story.rate.map_or(self.limits.requests_per_minute, |rate| rate.allowed);
                Some(Answer::too_many(allowed, 1))
            }
            Some(Effect::Status(status)) => Some(Answer::fault(status)),
            _ => None,
        }
    }

    fn token(&self, method: &str, authorization: Option<&str>, body: &[u8], story: &mut Story) -> Answer {
        if method != "POST" {
            return Answer::empty(405);
        }
        let request = TokenRequest::read(authorization, &String::from_utf8_lossy(body));
        let checked = request.check(&self.orgs);
        story.org = self.orgs.iter().position(|org| org.client(&request.client_id).is_some());
        let org = story.org.and_then(|at| self.orgs.get(at)).map_or_else(String::new, |org| org.name.clone());
        let address = Address { org, operation: TOKEN, object: None, object_name: None, page: 1 };
        if let Some(answer) = self.plan(&address, story) {
            return answer;
        }
        match checked {
            Err(answer) => answer,
            Ok((at, client)) => {
                let own = client.get("accessTokenValiditySeconds").and_then(Value::as_u64).unwrap_or(86_400);
                let lives = own.min(u64::from(self.limits.token_seconds));
                let number = self.next();
                let text = format!("{}{}", guid(0x70, number), guid(0x71, number)).replace('-', "");
                let now = Instant::now();
                lock(&self.sessions).issue(&text, at, &request.client_id, Duration::from_secs(lives), now);
                Answer::ok(json!({"access_token": text, "token_type": "bearer", "expires_in": lives}))
            }
        }
    }

    fn document(&self, tag: Option<&str>, story: &mut Story) -> Answer {
        // The document needs no token: its readers share one window, which is shown and never refuses.
        story.rate = Some(lock(&self.sessions).count("", self.limits.requests_per_minute, Instant::now()));
        let address = Address { org: String::new(), operation: SWAGGER, object: None, object_name: None, page: 1 };
        if let Some(answer) = self.plan(&address, story) {
            return answer;
        }
        let (text, own) = &self.document;
        let known = tag.is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == own));
        let mut answer =
            if known { Answer::empty(304) } else { Answer { text: Some(text.clone()), ..Answer::empty(200) } };
        answer.headers.push(("ETag", own.clone()));
        answer
    }

    fn api(
        &self,
        method: &str,
        path: &str,
        query: &[(String, String)],
        authorization: Option<&str>,
        body: &[u8],
        story: &mut Story,
    ) -> Answer {
        let bearer = authorization
            .and_then(|header| header.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        let rate = lock(&self.sessions).count(bearer.unwrap_or(""), self.limits.requests_per_minute, Instant::now());
        story.rate = Some(rate);
        let found = operations::find(method, path);
        story.operation = found.as_ref().map(|found| found.operation.name);
        let Some(bearer) = bearer else {
            let why = "No authentication bearer token specified in authorization header.";
            return Answer::error(401, "authentication.required", why, &[]);
        };
        let Some(token) = lock(&self.sessions).used(bearer, Instant::now()) else { return Answer::bad_credentials() };
        let Some(org) = self.orgs.get(token.org) else { return Answer::bad_credentials() };
        story.org = Some(token.org);
        if self.faults.outlived(&org.name, &token) {
            lock(&self.sessions).revoke(bearer);
            return Answer::bad_credentials();
        }
        let Some(client) = org.client(&token.client) else { return Answer::bad_credentials() };
        if rate.exceeded() {
            return Answer::too_many(rate.allowed, rate.reset);
        }
        if let Some(found) = &found {
            if let Some(answer) = self.plan(&address(org, found, query), story) {
                return answer;
            }
            if story.plan.effect == Some(Effect::Expire) {
                lock(&self.sessions).revoke(bearer);
                return Answer::bad_credentials();
            }
        } else if !matches!(method, "GET" | "HEAD") {
            let why = "The simulated org cannot be changed; the request was recorded and not carried out.";
            return Answer::error(405, "method.not.allowed", why, &[]);
        }
        if let Some(requirement) = operations::requirement(method, path)
            && let Err(answer) = gate::admit(org, &client.id, requirement)
        {
            return answer;
        }
        let Some(found) = found else {
            // A published list of which the org holds nothing: whoever may read it reads that it is empty.
            let empty = json!({"entities": [], "pageSize": 25, "pageNumber": 1, "total": 0, "pageCount": 0});
            return if operations::is_list(method, path) { Answer::ok(empty) } else { Answer::not_found() };
        };
        let call = Call {
            org,
            client,
            sight: Sight::of(org, &client.id),
            path,
            query,
            object: found.object.as_deref().unwrap_or(""),
            body,
            moved: story.plan.moved,
            failing: story.plan.effect == Some(Effect::Failed),
            max_page_size: self.limits.max_page_size,
            now: self.now,
            jobs: &self.jobs,
        };
        endpoints::answer(found.operation.name, &call)
    }

    /// Sends an answer, spoilt where it is meant to be.
    fn send(&self, mut answer: Answer, story: &Story, head_only: bool, scissors: &Scissors) -> Response<Body> {
        let correlation = guid(0xC0, self.next());
        if let Some(Value::Object(fields)) = &mut answer.body
            && fields.contains_key("code")
        {
            fields.insert("contextId".to_owned(), json!(correlation));
        }
        let mut text = answer.render();
        match story.plan.effect {
            Some(Effect::Drop) => scissors.cut_after(0),
            // Room for the headers and the first bytes of a body; every whole answer is longer.
            Some(Effect::Cut) => scissors.cut_after(260),
            Some(Effect::Truncate) => {
                let half = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                text.truncate(half);
            }
            Some(Effect::Malformed) => text = "{\"entities\": [ {\"id\": ,,, <html>502</html>".to_owned(),
            Some(Effect::WrongShape) => {
                text = json!({"entities": {"id": 42}, "pageSize": "many", "pageCount": "all", "total": [], "id": {}})
                    .to_string();
            }
            _ => {}
        }
        let body = if head_only { Body::empty() } else { Body::from(text) };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if !matches!(answer.status, 304) {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let mut put = |name: &str, value: &str| {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        };
        put("ININ-Correlation-Id", &correlation);
        if let Some(rate) = story.rate {
            put("inin-ratelimit-count", &rate.count.to_string());
            put("inin-ratelimit-allowed", &rate.allowed.to_string());
            put("inin-ratelimit-reset", &rate.reset.to_string());
        }
        for (name, value) in &answer.headers {
            put(name, value);
        }
        response
    }
}

fn address(org: &SimOrg, found: &Found, query: &[(String, String)]) -> Address {
    let object = found.object.clone().filter(|_| !found.operation.object.is_empty());
    let object_name = object.as_deref().and_then(|id| org.object_name(id)).map(str::to_owned);
    Address {
        org: org.name.clone(),
        operation: found.operation.name,
        object,
        object_name,
        page: paging::page_of(query),
    }
}
