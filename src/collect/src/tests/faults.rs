//! What goes wrong between the collector and an org, and what of it is left in the snapshot.

use jiff::Timestamp;

use super::stub::{QUICK, Stub, not_whole, page, reasons, record, reply, settings, users, with_header};
use crate::settings::OrgTarget;
use crate::wire::Validators;
use crate::{Clock, CollectError, Document, Silent, collect};
use rolecall_base::coverage::{Listing, Seen};

const GROUPS: &str = "/api/v2/groups";

#[tokio::test]
async fn healthy_org_is_whole_with_no_call_too_many() {
    let stub = Stub::start(|_| None).await;
    let snapshot = stub.collect().await;
    assert_eq!(not_whole(&snapshot), []);
    assert!(snapshot.coverage.is_complete());
    let collection = &snapshot.collection;
    assert_eq!((collection.retries, collection.rate_limited, collection.tokens), (0, 0, 1));
    assert_eq!(usize::try_from(collection.calls_made).unwrap(), stub.asked().len());
    // Two usage queries, one of them looked at twice.
    assert_eq!(collection.calls_made, collection.calls_needed + 1, "{:?}", stub.asked());
    assert_eq!(snapshot.users.len(), 1);
    assert_eq!(snapshot.grants.len(), 3);
    let dated = snapshot.grants.iter().filter(|grant| grant.granted_at.is_some()).count();
    assert_eq!(dated, 1);
    assert_eq!(collection.notes.len(), 1, "{:?}", collection.notes);
    let text = serde_json::to_string(&snapshot).unwrap();
    assert!(!text.contains("hush-hush") && !text.contains("top-secret"));
}

#[tokio::test]
async fn nothing_but_gets_and_queries_reaches_an_org() {
    let stub = Stub::start(|_| None).await;
    let mut settings = settings();
    settings.audit_days = 7;
    let snapshot = stub.collect_with(&settings).await.unwrap();
    assert_eq!(snapshot.audit.len(), 1);
    for asked in stub.asked() {
        let posted = ["/oauth/token", "/api/v2/usage/aggregates/query/jobs", "/api/v2/audits/query"];
        let allowed = if posted.contains(&asked.path.as_str()) { "POST" } else { "GET" };
        assert_eq!(asked.method, allowed, "{}", asked.path);
    }
    let token = stub.asked().into_iter().find(|asked| asked.path == "/oauth/token").unwrap();
    assert_eq!(token.body, "grant_type=client_credentials");
}

#[tokio::test]
async fn rate_limit_is_waited_for_and_costs_no_data() {
    let stub = Stub::start(|asked| {
        let limited = asked.path == GROUPS && asked.before < 3;
        limited.then(|| with_header(reply(429, r#"{"code":"too.many.requests.retry.after"}"#), "retry-after", "1"))
    })
    .await;
    let snapshot = stub.collect().await;
    assert_eq!(not_whole(&snapshot), []);
    assert_eq!((snapshot.collection.rate_limited, snapshot.collection.retries), (3, 3));
}

#[tokio::test]
async fn expired_token_is_renewed_once_for_all_calls_in_flight() {
    let stub = Stub::start(|asked| {
        let old = asked.path.ends_with("/subjectgrants") && asked.bearer == "token-1";
        old.then(|| reply(401, r#"{"code":"bad.credentials","message":"Invalid login credentials."}"#))
    })
    .await;
    let snapshot = stub.collect().await;
    assert_eq!(not_whole(&snapshot), []);
    assert_eq!(snapshot.collection.tokens, 2);
    assert_eq!(stub.times("/oauth/token"), 2);
}

#[tokio::test]
async fn list_that_refuses_every_token_is_not_known_and_the_others_are() {
    let stub = Stub::start(|asked| (asked.path == GROUPS).then(|| reply(401, r#"{"code":"bad.credentials"}"#))).await;
    let snapshot = stub.collect().await;
    assert_eq!(snapshot.coverage.seen(Listing::Groups), Seen::Nothing);
    assert_eq!(stub.times(GROUPS), 2);
    assert!(snapshot.collection.tokens <= 3, "{}", snapshot.collection.tokens);
    assert_eq!(not_whole(&snapshot), [Listing::Groups]);
}

#[tokio::test]
async fn broken_answers_are_asked_for_again() {
    let stub = Stub::start(|asked| match (asked.path.as_str(), asked.before) {
        ("/api/v2/authorization/roles", 0) => Some(reply(200, r#"{"entities":[{"id":"r1","na"#)),
        ("/api/v2/authorization/divisions", 0) => {
            let mut reply = reply(200, r#"{"entities":[],"total":0,"pageCount":0}"#);
            reply.drop = true;
            Some(reply)
        }
        ("/api/v2/users", 0) => Some(reply(503, "<html>")),
        (GROUPS, 0..=3) => Some(reply(504, r#"{"code":"request.timeout"}"#)),
        ("/oauth/token", 0) => Some(reply(502, "")),
        _ => None,
    })
    .await;
    let snapshot = stub.collect().await;
    assert_eq!(not_whole(&snapshot), []);
    assert_eq!(snapshot.collection.retries, 8);
    assert_eq!(snapshot.divisions.len(), 1);
}

#[tokio::test]
async fn list_that_stays_broken_is_not_known_after_a_bounded_number_of_tries() {
    let stub = Stub::start(|asked| (asked.path == GROUPS).then(|| reply(200, r#"{"entities":["#))).await;
    let snapshot = stub.collect().await;
    assert_eq!(record(&snapshot, Listing::Groups).seen, Seen::Nothing);
    assert_eq!(stub.times(GROUPS), 5);
    assert!(reasons(&snapshot, Listing::Groups)[0].1.contains("not JSON"), "{:?}", reasons(&snapshot, Listing::Groups));
}

#[tokio::test]
async fn refused_list_names_the_missing_permission_and_the_run_goes_on() {
    let stub = Stub::start(|asked| {
        let body = r#"{"status":403,"code":"missing.any.permissions","message":"Unable to perform the requested action. You must have at least one of the following permissions assigned: [authorization:policy:view]","contextId":"abc"}"#;
        match asked.path.as_str() {
            "/api/v2/authorization/policies" => Some(reply(403, body)),
            "/api/v2/orgauthorization/trustees" => Some(reply(403, r#"{"code":"not.authorized"}"#)),
            _ => None,
        }
    })
    .await;
    let snapshot = stub.collect().await;
    let policies = record(&snapshot, Listing::Policies);
    assert_eq!(policies.seen, Seen::Nothing);
    assert_eq!(policies.unread[0].missing_permissions, ["authorization:policy:view"]);
    let trustees = record(&snapshot, Listing::Trustees);
    assert_eq!(trustees.unread[0].missing_permissions, ["authorization:orgTrustee:view"], "known though not named");
    assert_eq!(not_whole(&snapshot), [Listing::Policies, Listing::Trustees]);
}

#[tokio::test]
async fn answers_of_another_shape_are_not_empty_lists() {
    for body in ["{}", r#"{"entities":null}"#, "[]", "null", r#"{"entities":{}}"#, r#""text""#] {
        let body = body.to_owned();
        let stub = Stub::start(move |asked| (asked.path == GROUPS).then(|| reply(200, &body))).await;
        let snapshot = stub.collect().await;
        assert_eq!(record(&snapshot, Listing::Groups).seen, Seen::Nothing);
        assert_eq!(stub.times(GROUPS), 1, "the same again would be the same");
    }
}

#[tokio::test]
async fn redirect_is_an_error_and_never_followed() {
    let stub = Stub::start(|asked| {
        (asked.path == GROUPS).then(|| with_header(reply(302, ""), "location", "/api/v2/organizations/me"))
    })
    .await;
    let snapshot = stub.collect().await;
    assert_eq!(record(&snapshot, Listing::Groups).seen, Seen::Nothing);
    assert!(reasons(&snapshot, Listing::Groups)[0].1.contains("redirect"));
    assert_eq!((stub.times(GROUPS), stub.times("/api/v2/organizations/me")), (1, 1));
}

#[tokio::test]
async fn org_that_refuses_the_client_does_not_stop_the_others() {
    let good = Stub::start(|_| None).await;
    let bad = Stub::start(|asked| {
        let body = r#"{"error":"invalid_client","description":"authentication failed","error_description":"authentication failed"}"#;
        (asked.path == "/oauth/token").then(|| reply(400, body))
    })
    .await;
    let targets = [bad.target("staging"), good.target("dev")];
    let clock: &Clock = &|| Timestamp::UNIX_EPOCH;
    let results = collect(&targets, &settings(), Timestamp::UNIX_EPOCH, clock, &Silent).await;
    let error = results[0].as_ref().unwrap_err();
    assert!(matches!(error, CollectError::BadClient { .. }));
    let text = error.to_string();
    for part in ["`staging`", "`auditor`", "/oauth/token", "invalid_client", "another region"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains("top-secret"));
    assert_eq!(bad.asked().len(), 1, "a refused client is not tried again");
    assert_eq!(results[1].as_ref().unwrap().org.name, "dev");
}

#[tokio::test]
async fn host_that_does_not_answer_or_is_something_else_is_named() {
    let stub = Stub::start(|asked| (asked.path == "/oauth/token").then(|| reply(200, "<html>hello</html>"))).await;
    let error = stub.collect_with(&settings()).await.unwrap_err();
    assert!(matches!(error, CollectError::TokenEndpoint { .. }), "{error}");

    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nowhere = format!("http://{closed}");
    let clock: &Clock = &|| Timestamp::UNIX_EPOCH;
    let try_with = async |target: OrgTarget| {
        crate::one_org(&target, None, &settings(), Timestamp::UNIX_EPOCH, QUICK, clock, &Silent).await.unwrap_err()
    };
    let target = OrgTarget { login_url: nowhere.clone(), ..stub.target("dev") };
    let error = try_with(target).await;
    assert!(matches!(&error, CollectError::Unreachable { url, .. } if url.contains("/oauth/token")), "{error}");

    let healthy = Stub::start(|_| None).await;
    let error = try_with(OrgTarget { api_url: nowhere.clone(), ..healthy.target("dev") }).await;
    assert!(matches!(&error, CollectError::Unreachable { url, .. } if *url == nowhere), "{error}");

    let elsewhere = Stub::start(|asked| (asked.path != "/oauth/token").then(|| reply(401, "{}"))).await;
    let error = elsewhere.collect_with(&settings()).await.unwrap_err();
    assert!(matches!(error, CollectError::TokenRefused { .. }), "{error}");
}

#[tokio::test]
async fn lost_page_leaves_the_rest_of_the_list() {
    let stub = Stub::start(|asked| match asked.path.as_str() {
        "/api/v2/authorization/roles/r2/subjectgrants" => Some(reply(500, r#"{"code":"internal.server.error"}"#)),
        "/api/v2/users" if asked.parameter("pageNumber") == Some("2") => Some(reply(500, "")),
        "/api/v2/users" => Some(super::stub::paged(
            &users(),
            asked.parameter("pageNumber").and_then(|number| number.parse().ok()).unwrap_or(1),
            2,
        )),
        _ => None,
    })
    .await;
    let snapshot = stub.collect().await;
    let grants = record(&snapshot, Listing::RoleGrants);
    assert_eq!((grants.seen, grants.unread.len()), (Seen::Part, 1));
    assert_eq!(grants.unread[0].of.as_deref(), Some("r2"));
    let users = record(&snapshot, Listing::Users);
    assert_eq!((users.seen, users.read, users.expected), (Seen::Part, 3, Some(5)));
    assert!(users.unread[0].why.starts_with("page 2 of 3 was lost"), "{:?}", users.unread);
}

#[tokio::test]
async fn document_is_fetched_with_the_same_token_and_not_twice() {
    let stub = Stub::start(|asked| {
        (asked.path == "/api/v2/docs/swagger").then(|| match asked.before {
            0 => with_header(reply(200, r#"{"swagger":"2.0"}"#), "etag", "\"v1\""),
            1 => reply(304, ""),
            _ => reply(403, r#"{"code":"not.authorized"}"#),
        })
    })
    .await;
    let clock: &Clock = &|| Timestamp::UNIX_EPOCH;
    let fetch = async |known: &Validators| {
        let collected =
            crate::one_org(&stub.target("dev"), Some(known), &settings(), Timestamp::UNIX_EPOCH, QUICK, clock, &Silent)
                .await
                .unwrap();
        assert_eq!(collected.snapshot.collection.tokens, 1);
        collected.document.unwrap()
    };
    let first = fetch(&Validators::default()).await;
    let Document::Fetched { bytes, validators } = first else { panic!("{first:?}") };
    assert_eq!(bytes, br#"{"swagger":"2.0"}"#);
    assert_eq!(fetch(&validators).await, Document::NotModified);
    assert!(matches!(fetch(&validators).await, Document::Failed(why) if why.contains("not.authorized")));
}

#[tokio::test]
async fn limit_in_the_headers_slows_the_run_down_to_it() {
    // 20 a minute: a burst of two, then one every three seconds. Two lists must not take less.
    let stub = Stub::start(|asked| {
        (asked.path == "/api/v2/organizations/me").then(|| {
            let reply = reply(200, r#"{"id":"org-1"}"#);
            with_header(with_header(reply, "inin-ratelimit-allowed", "20"), "inin-ratelimit-count", "2")
        })
    })
    .await;
    let run = tokio::time::timeout(std::time::Duration::from_secs(2), stub.collect()).await;
    assert!(run.is_err(), "the run did not slow down");
    let before = stub.asked().len();
    assert!((3..=6).contains(&before), "{before} requests left");
}

#[tokio::test]
async fn page_that_is_too_large_is_asked_for_smaller() {
    let stub = Stub::start(|asked| {
        if asked.path != "/api/v2/users" {
            return None;
        }
        let size: usize = asked.parameter("pageSize").and_then(|size| size.parse().ok()).unwrap_or(0);
        match size {
            26.. => Some(reply(400, r#"{"code":"response.entity.too.large","message":"Reduce pageSize"}"#)),
            _ => Some(page(asked, &users())),
        }
    })
    .await;
    let snapshot = stub.collect().await;
    assert_eq!(not_whole(&snapshot), []);
    let sizes: Vec<String> = stub
        .asked()
        .iter()
        .filter(|asked| asked.path == "/api/v2/users")
        .map(|asked| asked.parameter("pageSize").unwrap().to_owned())
        .collect();
    assert_eq!(sizes, ["500", "100", "25"]);
}
