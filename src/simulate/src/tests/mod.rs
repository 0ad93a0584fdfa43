//! The simulated region over real HTTP.

mod failing;
mod fixtures;

use std::sync::Once;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::*;

fn now() -> jiff::Timestamp {
    "2026-07-01T02:00:00Z".parse().unwrap()
}

fn options() -> SimulateOptions {
    SimulateOptions {
        orgs: embedded_orgs().into_iter().map(|name| OrgSource::Embedded(name.to_owned())).collect(),
        listen: "127.0.0.1:0".parse().unwrap(),
        faults: Faults::none(),
        limits: Limits { requests_per_minute: 10_000, ..Limits::default() },
        now: now(),
    }
}

fn http() -> reqwest::Client {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap()
}

/// A region and a token of one client of it.
struct Session {
    region: Running,
    http: reqwest::Client,
    token: String,
}

impl Session {
    async fn start(options: SimulateOptions) -> Self {
        let region = start(options).await.unwrap();
        let org = region.orgs()[0].clone();
        let mut session = Self { region, http: http(), token: String::new() };
        session.token = session.token_for(&org.client_id, &org.client_secret).await;
        session
    }

    async fn faulty(spec: &str) -> Self {
        Self::start(SimulateOptions { faults: spec.parse().unwrap(), ..options() }).await
    }

    async fn ask_token(&self, id: &str, secret: &str) -> reqwest::Response {
        let url = format!("{}/oauth/token", self.region.base_url());
        let form = [("grant_type", "client_credentials")];
        self.http.post(url).basic_auth(id, Some(secret)).form(&form).send().await.unwrap()
    }

    async fn token_for(&self, id: &str, secret: &str) -> String {
        let body: Value = self.ask_token(id, secret).await.json().await.unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// A token of a client of `dev`, by name.
    async fn become_client(&mut self, name: &str) {
        let clients: Value = self.json("/oauth/clients").await;
        let found = clients["entities"].as_array().unwrap().iter().find(|client| client["name"] == name).unwrap();
        let id = found["id"].as_str().unwrap().to_owned();
        let slug = name.to_lowercase().replace(' ', "-");
        self.token = self.token_for(&id, &format!("simulated-dev-{slug}")).await;
    }

    async fn get(&self, path: &str) -> reqwest::Result<reqwest::Response> {
        let url = format!("{}/api/v2{path}", self.region.base_url());
        self.http.get(url).bearer_auth(&self.token).send().await
    }

    async fn json(&self, path: &str) -> Value {
        self.get(path).await.unwrap().json().await.unwrap()
    }

    async fn status(&self, path: &str) -> u16 {
        self.get(path).await.unwrap().status().as_u16()
    }

    async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let url = format!("{}/api/v2{path}", self.region.base_url());
        let answer = self.http.post(url).bearer_auth(&self.token).json(body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }
}

fn ids(page: &Value) -> Vec<String> {
    page["entities"].as_array().unwrap().iter().map(|entity| entity["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_client_gets_a_token_of_its_own_org_and_a_wrong_secret_none() {
    let session = Session::start(options()).await;
    for org in session.region.orgs() {
        let token = session.token_for(&org.client_id, &org.client_secret).await;
        let url = format!("{}/api/v2/organizations/me", org.api_url);
        let body: Value = session.http.get(url).bearer_auth(token).send().await.unwrap().json().await.unwrap();
        assert_eq!(body["thirdPartyOrgName"], format!("example-{}", org.name));
    }
    let refused = session.ask_token(&session.region.orgs()[0].client_id, "wrong").await;
    assert_eq!(refused.status(), 401);
    let body: Value = refused.json().await.unwrap();
    let words = json!({"error": "invalid_client", "description": "authentication failed", "error_description": "authentication failed"});
    assert_eq!(body, words);
}

#[tokio::test]
async fn client_that_is_switched_off_or_acts_for_users_gets_no_token() {
    let session = Session::start(options()).await;
    let clients = session.json("/oauth/clients").await;
    for (name, secret) in [("Old Reporting", "simulated-dev-old-reporting"), ("Agent Desktop", "")] {
        let found = clients["entities"].as_array().unwrap().iter().find(|client| client["name"] == name).unwrap();
        let refused = session.ask_token(found["id"].as_str().unwrap(), secret).await;
        assert_eq!(refused.status(), 401, "{name}");
    }
}

#[tokio::test]
async fn token_is_asked_for_and_a_wrong_one_is_refused() {
    let mut session = Session::start(options()).await;
    let url = format!("{}/api/v2/oauth/clients", session.region.base_url());
    let bare = session.http.get(&url).send().await.unwrap();
    assert_eq!(bare.status(), 401);
    let correlation = bare.headers()["ININ-Correlation-Id"].to_str().unwrap().to_owned();
    let body: Value = bare.json().await.unwrap();
    assert_eq!(
        (body["code"].as_str(), body["contextId"].as_str()),
        (Some("authentication.required"), Some(&*correlation))
    );
    session.token = "stale".to_owned();
    let body = session.json("/oauth/clients").await;
    assert_eq!(body["code"], "bad.credentials");
}

#[tokio::test]
async fn every_listing_answers_the_auditor_in_both_orgs() {
    let mut session = Session::start(options()).await;
    for org in session.region.orgs().to_vec() {
        session.token = session.token_for(&org.client_id, &org.client_secret).await;
        let roles = session.json("/authorization/roles?pageSize=500&userCount=false").await;
        let divisions = session.json("/authorization/divisions?pageSize=100").await;
        let groups = session.json("/groups?pageSize=100").await;
        let mut paths: Vec<String> = [
            "/tokens/me",
            "/authorization/subjects/me",
            "/organizations/me",
            "/oauth/clients",
            "/oauth/scopes",
            "/authorization/divisions/query",
            "/authorization/divisions/home",
            "/authorization/divisions/*/grants",
            "/authorization/permissions?pageSize=100",
            "/authorization/products",
            "/authorization/settings",
            "/authorization/roles/settings",
            "/authorization/policies?pageSize=200",
            "/users?state=any&pageSize=500&expand=authorization,groups,lasttokenissued,dateLastLogin",
            "/orgauthorization/trustees",
            "/organizations/limits/namespaces/platform.api",
            "/audits/query/servicemapping",
        ]
        .map(str::to_owned)
        .into();
        paths.extend(ids(&roles).iter().map(|id| format!("/authorization/roles/{id}/subjectgrants?pageSize=100")));
        paths.extend(ids(&divisions).iter().map(|id| format!("/authorization/divisions/{id}/grants?pageSize=500")));
        paths.extend(ids(&groups).iter().map(|id| format!("/groups/{id}/members?pageSize=100")));
        for path in paths {
            let answer = session.get(&path).await.unwrap();
            assert_eq!(answer.status(), 200, "{} {path}", org.name);
            assert!(answer.headers().contains_key("inin-ratelimit-allowed"), "{path}");
        }
    }
    assert!(session.region.requests().iter().all(|request| !request.mutates()));
}

#[tokio::test]
async fn missing_permission_is_refused_in_the_platforms_words() {
    let mut session = Session::start(options()).await;
    session.become_client("Queue Validator").await;
    let answer = session.get("/oauth/clients").await.unwrap();
    assert_eq!(answer.status(), 403);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["code"], "missing.any.permissions");
    let words = "Unable to perform the requested action. You must have at least one of the following permissions assigned: [oauth:client:view]";
    assert_eq!(body["message"], words);
    let body = session.json("/audits/query/servicemapping").await;
    assert_eq!(body["code"], "missing.permissions");
    let words =
        "Unable to perform the requested action. You are missing the following permission(s): [audits:audit:view]";
    assert_eq!(body["message"], words);
    let body = session.json("/users/me").await;
    assert_eq!((body["code"].as_str(), body["status"].as_u64()), (Some("not.a.user"), Some(400)));
    let queues = session.json("/routing/queues").await;
    assert_eq!(queues["total"], 0, "a published list that is not simulated is empty: {queues}");
    assert_eq!(session.status("/routing/queues/abc").await, 404);
    assert_eq!(session.status("/analytics/queues/summary").await, 404);
}

#[tokio::test]
async fn client_of_one_division_sees_short_lists_without_an_error() {
    let mut session = Session::start(options()).await;
    let everybody = session.json("/users?state=any").await["total"].as_u64().unwrap();
    session.become_client("Queue Dashboard Sales").await;
    let seen = session.json("/users?state=any&pageSize=100").await;
    let total = seen["total"].as_u64().unwrap();
    assert!(0 < total && total < everybody, "{total} of {everybody}");
    for user in seen["entities"].as_array().unwrap() {
        assert_eq!(user["division"]["name"], "Sales");
    }
    assert_eq!(session.json("/groups").await["total"], 1);
}

#[tokio::test]
async fn pages_are_capped_and_join_to_the_whole() {
    let session = Session::start(SimulateOptions {
        limits: Limits { max_page_size: Some(7), requests_per_minute: 10_000, ..Limits::default() },
        ..options()
    })
    .await;
    let mut seen = Vec::new();
    let mut next = Some("/api/v2/users?state=any&pageSize=500".to_owned());
    while let Some(path) = next {
        let page = session.json(path.trim_start_matches("/api/v2")).await;
        assert_eq!(page["pageSize"], 7);
        seen.extend(ids(&page));
        next = page["nextUri"].as_str().map(str::to_owned);
    }
    assert_eq!(seen.len(), 33);
    let mut policies = Vec::new();
    let mut next = Some("/api/v2/authorization/divisions/query?pageSize=2".to_owned());
    while let Some(path) = next {
        let page = session.json(path.trim_start_matches("/api/v2")).await;
        policies.extend(ids(&page));
        next = page["nextUri"].as_str().map(str::to_owned);
    }
    assert_eq!(policies.len(), 6);
    assert_eq!(session.status("/users?pageNumber=0").await, 400);
    assert_eq!(session.status("/authorization/divisions/query?after=x").await, 400);
}

#[tokio::test]
async fn default_page_size_is_25_and_fields_come_only_when_expanded() {
    let session = Session::start(options()).await;
    let page = session.json("/users").await;
    assert_eq!((page["pageSize"].as_u64(), ids(&page).len()), (Some(25), 25));
    let field =
        |page: &Value, field: &str| page["entities"].as_array().unwrap().iter().any(|user| user.get(field).is_some());
    for name in ["lastTokenIssued", "dateLastLogin", "groups", "authorization"] {
        assert!(!field(&page, name), "{name}");
    }
    let page = session.json("/users?expand=lasttokenissued&expand=dateLastLogin,groups").await;
    for name in ["lastTokenIssued", "dateLastLogin", "groups"] {
        assert!(field(&page, name), "{name}");
    }
    assert!(!field(&page, "authorization"));
    let all = session.json("/users?state=any&pageSize=100").await;
    let active = session.json("/users?pageSize=100").await;
    assert!(ids(&active).len() < ids(&all).len());
}

#[tokio::test]
async fn inherited_grants_carry_the_groups_id() {
    let session = Session::start(options()).await;
    let users = session.json("/users?pageSize=100").await;
    let reporting = users["entities"].as_array().unwrap().iter().find(|user| user["name"] == "svc-reporting").unwrap();
    let subject = session.json(&format!("/authorization/subjects/{}", reporting["id"].as_str().unwrap())).await;
    let grants = subject["grants"].as_array().unwrap();
    let through = |role: &str| grants.iter().find(|grant| grant["role"]["name"] == role).unwrap()["subjectId"].clone();
    assert_eq!(through("Queue Dashboard Reader"), reporting["id"]);
    assert_ne!(through("Conversation Exporter"), reporting["id"]);
}

#[tokio::test]
async fn all_division_grants_are_listed_under_the_star_alone() {
    let session = Session::start(options()).await;
    let home = session.json("/authorization/divisions/home").await["id"].as_str().unwrap().to_owned();
    let division = |page: Value| {
        let ids = page["entities"].as_array().unwrap().iter().map(|grant| grant["division"]["id"].clone());
        ids.collect::<std::collections::HashSet<_>>()
    };
    let star = division(session.json("/authorization/divisions/*/grants?pageSize=500").await);
    assert_eq!(star.into_iter().collect::<Vec<_>>(), [json!("*")]);
    let at_home = division(session.json(&format!("/authorization/divisions/{home}/grants?pageSize=500")).await);
    assert_eq!(at_home.into_iter().collect::<Vec<_>>(), [json!(home)]);
}

#[tokio::test]
async fn rate_limit_is_announced_and_enforced_per_token() {
    let limits = Limits { requests_per_minute: 3, ..Limits::default() };
    let session = Session::start(SimulateOptions { limits, ..options() }).await;
    for count in 1..=3 {
        let answer = session.get("/tokens/me").await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["inin-ratelimit-count"], count.to_string());
        assert_eq!(answer.headers()["inin-ratelimit-allowed"], "3");
    }
    let refused = session.get("/tokens/me").await.unwrap();
    assert_eq!(refused.status(), 429);
    let seconds: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["code"], "too.many.requests.retry.after");
    let other = session.region.orgs()[1].clone();
    let other = Session { token: session.token_for(&other.client_id, &other.client_secret).await, ..session };
    assert_eq!(other.status("/tokens/me").await, 200);
}

#[tokio::test]
async fn usage_query_is_queued_running_done_and_adds_up() {
    let session = Session::start(options()).await;
    let query = json!({
        "interval": "2026-06-01/2026-07-01", "granularity": "Day",
        "groupBy": ["OauthClientId", "HttpMethod", "TemplateUri"],
    });
    let (status, job) = session.post("/usage/aggregates/query/jobs", &query).await;
    assert_eq!(status, 202);
    let path = format!("{}?pageSize=1000", job["resultsUri"].as_str().unwrap().trim_start_matches("/api/v2"));
    let mut states = Vec::new();
    let mut rows = Vec::new();
    let mut next = Some(path);
    while let Some(path) = next.take() {
        let page = session.json(&path).await;
        states.push(page["queryStatus"].as_str().unwrap().to_owned());
        if page["queryStatus"] == "Succeeded" {
            rows.extend(page["entities"].as_array().unwrap().clone());
            next = page["nextUri"].as_str().map(|uri| uri.trim_start_matches("/api/v2").to_owned());
        } else {
            next = Some(path);
        }
    }
    assert_eq!(states, ["Queued", "Running", "Succeeded"]);
    assert!(!rows.is_empty() && rows.iter().all(|row| row["date"] != "2026-07-01"), "the day of the clock is absent");
    let month = json!({"interval": "2026-06-01/2026-06-30", "granularity": "Month"});
    let (_, job) = session.post("/usage/aggregates/query/jobs", &month).await;
    let path = job["resultsUri"].as_str().unwrap().trim_start_matches("/api/v2").to_owned();
    let mut page = session.json(&path).await;
    while page["queryStatus"] != "Succeeded" {
        page = session.json(&path).await;
    }
    let sum = |field: &str| rows.iter().filter_map(|row| row[field].as_u64()).sum::<u64>();
    assert_eq!(page["entities"].as_array().unwrap().len(), 1);
    assert_eq!(page["entities"][0]["requestCount"], sum("requestCount"));
    assert_eq!(page["entities"][0]["status400"], sum("status400"));
}

#[tokio::test]
async fn usage_query_refuses_windows_the_platform_refuses() {
    let session = Session::start(options()).await;
    for interval in ["2026-03-01/2026-07-01", "2025-06-01/2025-06-30", "2026-06-30/2026-06-01", "June", ""] {
        let (status, body) = session.post("/usage/aggregates/query/jobs", &json!({"interval": interval})).await;
        assert_eq!(status, 400, "{interval}: {body}");
    }
}

#[tokio::test]
async fn audit_query_is_filtered_and_paged() {
    let session = Session::start(options()).await;
    let query = json!({"interval": "2026-06-01T00:00:00Z/2026-07-01T00:00:00Z", "serviceName": "PeoplePermissions"});
    let (status, job) = session.post("/audits/query", &query).await;
    assert_eq!((status.as_u16(), job["state"].as_str()), (202, Some("Queued")));
    let path = format!("/audits/query/{}", job["id"].as_str().unwrap());
    assert_eq!(session.status(&format!("{path}/results")).await, 404);
    while session.json(&path).await["state"] != "Succeeded" {}
    let first = session.json(&format!("{path}/results?pageSize=4")).await;
    let cursor = first["cursor"].as_str().unwrap();
    let second = session.json(&format!("{path}/results?pageSize=4&cursor={cursor}")).await;
    assert_eq!((ids(&first).len(), ids(&second).len(), second.get("cursor")), (4, 3, None));
}

#[tokio::test]
async fn swagger_is_served_with_validators() {
    let session = Session::start(options()).await;
    let url = format!("{}/api/v2/docs/swagger", session.region.base_url());
    let first = session.http.get(&url).send().await.unwrap();
    let tag = first.headers()["etag"].clone();
    let body: Value = first.json().await.unwrap();
    assert_eq!(body["swagger"], "2.0");
    let again = session.http.get(&url).header("If-None-Match", tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
}

#[tokio::test]
async fn nothing_can_be_changed_and_every_attempt_is_recorded() {
    let session = Session::start(options()).await;
    let (status, body) = session.post("/authorization/roles", &json!({"name": "x"})).await;
    assert_eq!((status.as_u16(), body["code"].as_str()), (405, Some("method.not.allowed")));
    let attempts: Vec<_> = session.region.requests().into_iter().filter(RequestRecord::mutates).collect();
    assert_eq!(attempts.len(), 1);
    assert_eq!((attempts[0].method.as_str(), attempts[0].org.as_deref()), ("POST", Some("dev")));
}
