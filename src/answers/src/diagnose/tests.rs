//! What real texts, mutilated bodies and noise are named.

mod published;

use proptest::prelude::*;

use super::*;
use rolecall_matrix::bundled;

fn of(text: &str) -> Diagnosis {
    diagnose(text.as_bytes())
}

const ANY: &str = "Unable to perform the requested action. You must have at least one of the following permissions \
                   assigned: [journey:actionmap:view]";

/// Texts that people really posted.
#[test]
fn real_texts_are_named() {
    let scope = of(
        r#"{"message":"App not authorized to use scope [telephony:readonly, telephony]","code":"app.not.authorized.for.scope","status":403}"#,
    );
    assert_eq!((scope.kind, scope.code.as_str()), (Kind::MissingScope, "app.not.authorized.for.scope"));
    assert_eq!(scope.scopes, ["telephony:readonly", "telephony"]);
    assert_eq!((scope.form, scope.combined), ("body", ""));

    let prose = of("403 \u{2014} App not authorized to use scope [conversations:readonly, conversations]");
    assert_eq!((prose.kind, prose.status), (Kind::MissingScope, Some(403)));
    assert_eq!(prose.code, "app.not.authorized.for.scope");

    let terraform =
        of(&format!("Error: Failed to read: API Error: 403 - {ANY} (c5fad4cb-d540-4913-be4a-761b3dec1281)"));
    assert_eq!((terraform.kind, terraform.combined), (Kind::MissingPermission, "ANY"));
    assert_eq!(terraform.permissions, ["journey:actionmap:view"]);
    assert_eq!(terraform.correlation_id, "c5fad4cb-d540-4913-be4a-761b3dec1281");
    assert_eq!((terraform.code.as_str(), terraform.form), ("missing.any.permissions", "error-line"));
    assert_eq!(terraform.message.as_deref(), Some(ANY));

    let bare = of("403 missing.any.permissions [telephony:plugin:all]");
    assert_eq!(
        (bare.kind, bare.permissions.as_slice()),
        (Kind::MissingPermission, &["telephony:plugin:all".to_owned()][..])
    );

    let class = of(
        "API Error: 403 - Unable to perform the requested action. You are missing the following permission(s): com.inin.pubapi.iam.util.ResourcePermission",
    );
    assert_eq!((class.kind, class.combined, class.permissions.len()), (Kind::MissingPermission, "ALL", 0));
    assert_eq!(class.names_not_known[0].what, "illegible");
    assert!(class.cause.contains("does not name it"));

    let client = of(
        r#"{"error":"invalid_client","description":"authentication failed","error_description":"authentication failed"}"#,
    );
    assert_eq!((client.kind, client.code.as_str()), (Kind::BadClient, "invalid_client"));
    assert!(client.fix.contains("region"), "{}", client.fix);

    let user = of(
        r#"{"message":"This request requires a user context. Client credentials cannot be used for requests to this resource.","code":"not.a.user","status":400,"messageParams":{},"contextId":"3f1b","details":[],"errors":[]}"#,
    );
    assert_eq!((user.kind, user.correlation_id.as_str()), (Kind::NeedsUserContext, "3f1b"));
}

#[test]
fn sdk_and_transcript_forms_say_the_same_as_the_body() {
    let body = r#"{"message":"Unable to perform the requested action. You are missing the following permission 'routing:queue:edit' in the provided division(s).","code":"missing.division.permission","status":403,"messageParams":{"permission":"routing:queue:edit","divisions":"[Sales]"},"contextId":"77aa-1","details":[],"errors":[]}"#;
    let plain = of(body);
    assert_eq!((plain.kind, plain.combined), (Kind::MissingDivision, "ALL"));
    assert_eq!(
        (plain.permissions.as_slice(), plain.divisions.as_slice()),
        (&["routing:queue:edit".to_owned()][..], &["Sales".to_owned()][..])
    );
    let python = format!(
        "(403)\nReason: Forbidden\nHTTP response headers: HTTPHeaderDict({{'Content-Type': 'application/json', \
         'ININ-Correlation-Id': '77aa-1'}})\nHTTP response body: {body}\n"
    );
    let curl = format!(
        "> PUT /api/v2/routing/queues/1 HTTP/2\n> Authorization: Bearer s3cret-token-value\n< HTTP/2 403 \n< inin-correlation-id: 77aa-1\n\n{body}"
    );
    let javascript = "{ status: 403, statusText: 'Forbidden', body: { message: \"Unable to perform the requested action. You are missing the following permission 'routing:queue:edit' in the provided division(s).\", code: 'missing.division.permission', messageParams: { permission: 'routing:queue:edit', divisions: '[Sales]' }, status: 403, contextId: '77aa-1' } }";
    let java = format!("com.mypurecloud.sdk.v2.ApiException: Forbidden body={body}");
    let escaped = format!("level=error msg=\"{}\"", body.replace('"', "\\\""));
    for text in [python, curl, javascript.to_owned(), java, escaped, format!("Error calling PutRoutingQueue: {body}")] {
        let other = of(&text);
        assert_eq!(
            (other.kind, &other.code, other.status, &other.permissions, &other.divisions, &other.correlation_id),
            (plain.kind, &plain.code, plain.status, &plain.permissions, &plain.divisions, &plain.correlation_id),
            "{text}"
        );
        assert!(!format!("{other:?}").contains("s3cret"));
    }
    let dotnet = body.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    assert_eq!(diagnose(&dotnet).code, "missing.division.permission");
}

#[test]
fn cut_bodies_are_said_to_be_cut() {
    let body = format!(r#"{{"message":"{ANY}","code":"missing.any.permissions","status":403,"contextId":"x"}}"#);
    for end in 125..body.len() - 1 {
        let Some(part) = body.get(..end) else { continue };
        let cut = of(part);
        assert_eq!(cut.kind, Kind::MissingPermission, "{part}");
        assert!(cut.cut, "{part}");
    }
    let head_lost = of(body.get(30..).unwrap());
    assert_eq!((head_lost.kind, head_lost.correlation_id.as_str()), (Kind::MissingPermission, "x"));
    let none = of(r#"{"code":"bad.thing","message":"m","contextId":null}"#);
    assert_eq!((none.kind, none.correlation_id.as_str()), (Kind::NotFromThePlatform, ""));
}

#[test]
fn statuses_without_a_platform_code_follow_the_marks() {
    let gateway = of("HTTP/1.1 403 Forbidden\r\nServer: nginx\r\n\r\n<html><body>403</body></html>");
    assert_eq!(gateway.kind, Kind::NotFromThePlatform);
    let platform = of("HTTP/1.1 503 Service Unavailable\r\nININ-Correlation-Id: 1a\r\n\r\n");
    assert_eq!((platform.kind, platform.correlation_id.as_str()), (Kind::ServerError, "1a"));
    let limited = of("HTTP/1.1 429 Too Many Requests\r\ninin-correlation-id: 1a\r\nRetry-After: 14\r\n\r\n");
    assert_eq!((limited.kind, limited.retry_after_seconds), (Kind::RateLimit, Some(14)));
    assert!(limited.fix.contains("14 seconds"));
}

#[test]
fn token_endpoint_is_distinguished_from_other_oauth_words() {
    for word in [
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_request",
        "invalid_scope",
    ] {
        let diagnosis = of(&format!(r#"{{"error":"{word}","error_description":"x"}}"#));
        assert_eq!((diagnosis.kind, diagnosis.code.as_str()), (Kind::BadClient, word));
    }
    for word in ["insufficient_scope", "invalid_token"] {
        let diagnosis = of(&format!(r#"{{"error":"{word}","error_description":"x"}}"#));
        assert_eq!(diagnosis.kind, Kind::NotFromThePlatform, "{word}");
        assert!(diagnosis.cause.contains(word), "{}", diagnosis.cause);
    }
}

#[test]
fn what_is_not_the_platforms_says_why() {
    for text in [
        r#"{"message":"Forbidden"}"#,
        r#"{"code":"badRequest","message":"bad","status":400}"#,
        r#"{"code":"badRequest","message":"You are not authorized to perform the requested action.","status":400}"#,
        r#"{"errorCode":"FORBIDDEN","message":"You are not authorized to perform the requested action."}"#,
        r#"{"errorCode":"insufficient_scope","message":"scope analytics:view required"}"#,
        r#"{"code":"forbidden","message":"you shall not pass"}"#,
        "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head></html>",
        "403",
        "",
        " \n ",
        "everything is broken",
    ] {
        let diagnosis = of(text);
        assert_eq!(diagnosis.kind, Kind::NotFromThePlatform, "{text}");
        assert!(
            diagnosis.cause.len() > 30 && diagnosis.cause.ends_with('.') && !diagnosis.fix.is_empty(),
            "{text}: {}",
            diagnosis.cause
        );
        assert!(diagnosis.permissions.is_empty() && diagnosis.scopes.is_empty());
    }
    assert_eq!(diagnose(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0xcd, 0x9f, 0xfe, 0xc1]).form, "binary");
}

#[test]
fn unknown_code_of_the_platforms_shape_is_read_by_its_words() {
    let new =
        of(r#"{"message":"You may not.","code":"shiny.missing.division.permission","status":403,"contextId":"1"}"#);
    assert_eq!((new.kind, new.code_published), (Kind::MissingDivision, Some(false)));
    assert!(new.notes[0].contains("not in the platform's published catalogue"));
}

#[test]
fn inner_error_that_says_more_is_diagnosed() {
    let body = format!(
        r#"{{"message":"The request could not be understood","code":"bad.request","status":400,"contextId":"1","errors":[{{"message":"{ANY}","code":"missing.any.permissions","status":403}}]}}"#
    );
    let inner = of(&body);
    assert_eq!((inner.kind, inner.permissions.len()), (Kind::MissingPermission, 1));
    assert!(inner.notes[0].contains("inside"));
}

/// What a text is named: kind, match, permissions, divisions, correlation id.
fn named(text: &str) -> (Kind, &'static str, Vec<String>, Vec<String>, String) {
    let found = of(text);
    (found.kind, found.combined, found.permissions, found.divisions, found.correlation_id)
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

const ID: &str = "4b1d2c3e-0f5a-4c6b-8d7e-9fa0b1c2d3e4";
const DIVISION: &str = "6f1e2d3c-4b5a-4988-97a6-b5c4d3e2f100";

#[test]
fn boxed_and_cut_texts_are_named_like_whole_ones() {
    let boxed = "╷\n│ Error: Failed to read queue Support error: API Error: 403 - Unable to\n│ perform the requested action. \
                 You must have at least one of the\n│ following permissions assigned: [routing:queue:view,\n│ \
                 routing:queue:search] (4b1d2c3e-0f5a-4c6b-8d7e-9fa0b1c2d3e4)\n│\n│   with \
                 genesyscloud_routing_queue.support,\n│   on queues.tf line 4:\n╵\n";
    let names = owned(&["routing:queue:search", "routing:queue:view"]);
    assert_eq!(named(boxed), (Kind::MissingPermission, "ANY", names, Vec::new(), ID.to_owned()));
    let cut = "| Error: Failed to create group Night Shift error: API Err\n| or: 403 - Unable to perform the requested \
               action. You mu\n| st have at least one of the following permissions assign\n| ed: [directory:group:add] \
               (4b1d2c3e-0f5a-4c6b-8d7e-9fa0b\n| 1c2d3e4)";
    assert_eq!(
        named(cut),
        (Kind::MissingPermission, "ANY", owned(&["directory:group:add"]), Vec::new(), ID.to_owned())
    );
    assert_eq!(
        of(cut).message.as_deref(),
        Some(
            "Unable to perform the requested action. You must have at least one of the following permissions assigned: [directory:group:add]"
        )
    );
    let pretty = "> {\n>   \"message\": \"Unable to perform the requested action. You are mis\n> sing the following \
                  permission(s): [routing:que\n> ue:view]\",\n>   \"code\": \"missing.permissions\",\n>   \"status\": \
                  403,\n>   \"contextId\": \"4b1d2c3e-0f5a-4c6b-8d7e-9fa\n> 0b1c2d3e4\"\n> }";
    assert_eq!(
        named(pretty),
        (Kind::MissingPermission, "ALL", owned(&["routing:queue:view"]), Vec::new(), ID.to_owned())
    );
}

#[test]
fn part_of_a_refusal_names_its_kind_and_says_that_names_are_left_out() {
    for (text, kind) in [
        ("You are missing the following permission(s)...", Kind::MissingPermission),
        ("you are missing the following permission(s): [...]", Kind::MissingPermission),
        ("You must have at least one of the following permissions assigned: […]", Kind::MissingPermission),
        (
            "Unable to perform the requested action. You are missing the following permission(s): <permissions>",
            Kind::MissingPermission,
        ),
        ("You are missing the following permission '%s' in the provided division(s)", Kind::MissingDivision),
        ("in at least one of the following division(s): ...", Kind::MissingDivision),
        ("app not authorized to use scope ...", Kind::MissingScope),
        ("Unable to perform the requested action. Your organization's security pol", Kind::PolicyDenied),
        ("Unable to perform the requested action.", Kind::NotAuthorized),
        ("Unable to perform the requested action. You", Kind::NotAuthorized),
        ("401 - Invalid login credentials", Kind::BadToken),
        ("API Error: 401 - Invalid login credentials. (4b1d2c3e-0f5a-4c6b-8d7e-9fa0b1c2d3e4)", Kind::BadToken),
    ] {
        let found = of(text);
        assert_eq!(found.kind, kind, "{text}: {found:?}");
        assert!(found.permissions.is_empty() && found.scopes.is_empty() && found.divisions.is_empty(), "{found:?}");
        assert!(found.names_not_known.is_empty(), "{found:?}");
    }
}

#[test]
fn permissions_in_words_are_named() {
    let body = r#"{"message":"Permission is forbidden on domain, 'outbound', entity 'campaign`, with action set '[view, edit]'","code":"forbidden","status":403,"contextId":"c1"}"#;
    let names = owned(&["outbound:campaign:edit", "outbound:campaign:view"]);
    assert_eq!(named(body), (Kind::MissingPermission, "", names, Vec::new(), "c1".to_owned()));
    assert!(of(body).cause.contains("does not say whether"), "{}", of(body).cause);
    let one = "403 Forbidden: permission denied on domain routing, entity queue, action view";
    let (kind, combined, names, ..) = named(one);
    assert_eq!((kind, combined, names), (Kind::MissingPermission, "ALL", owned(&["routing:queue:view"])));
}

#[test]
fn fourth_part_of_a_permission_is_its_division() {
    let body = |list: &str, params: &str| {
        format!(
            r#"{{"message":"Unable to perform the requested action. You are missing the following permission(s): {list}","code":"missing.permissions","status":403,"messageParams":{params},"contextId":"c2"}}"#
        )
    };
    let add = "telephony:extensionPool:add";
    for (text, kind, permissions, divisions) in [
        (body(&format!("[{add}:{DIVISION}]"), "{}"), Kind::MissingPermission, vec![add], vec![DIVISION]),
        (body(&format!("[{add}:*]"), "{}"), Kind::MissingPermission, vec![add], vec!["*"]),
        (
            body(&format!("[{add}:{DIVISION}, routing:queue:view:{DIVISION}]"), "{}"),
            Kind::MissingPermission,
            vec!["routing:queue:view", add],
            vec![DIVISION],
        ),
        (
            body("%s", &format!(r#"{{"permissions":"[{add}:{DIVISION}]"}}"#)),
            Kind::MissingPermission,
            vec![add],
            vec![DIVISION],
        ),
        (body("[]", &format!(r#"{{"divisions":"[{DIVISION}]"}}"#)), Kind::MissingDivision, vec![], vec![DIVISION]),
        (body(&format!("[:::{DIVISION}]"), "{}"), Kind::MissingDivision, vec![], vec![DIVISION]),
        (body(&format!("[{DIVISION}]"), "{}"), Kind::MissingDivision, vec![], vec![DIVISION]),
    ] {
        let (found, _, names, places, _) = named(&text);
        assert_eq!((found, names, places), (kind, owned(&permissions), owned(&divisions)), "{text}");
    }
}

#[test]
fn codes_about_rights_never_say_that_permissions_play_no_part() {
    let rights = ["permission", "authoriz", "role", "team.access", "forbidden", "access.denied", "owner", "client"];
    for (code, published) in
        catalogue::catalogue().codes().filter(|(code, _)| rights.iter().any(|word| code.contains(word)))
    {
        for one in published.iter().filter(|one| one.status < 500 && one.status != 429) {
            let body =
                serde_json::json!({"message": one.message, "code": code, "status": one.status, "contextId": "1"});
            let found = of(&body.to_string());
            assert!(!found.cause.contains("Permissions play no part"), "{code}: {}", found.cause);
        }
    }
    let line = "API Error: 400 - The caller does not have all the roles assigned to this client. (4b1d2c3e-0f5a-4c6b-8d7e-9fa0b1c2d3e4)";
    let found = of(line);
    assert_eq!((found.kind, found.code.as_str()), (Kind::NotAuthorized, "bad.client.role"));
    assert!(
        found.cause.contains("every role of the OAuth client") && found.fix.starts_with("Compare the client's roles")
    );
}

#[test]
fn refusal_within_a_failure_is_diagnosed_with_its_own_id() {
    let inner = format!(r#"{{"message":"{ANY}","code":"missing.any.permissions","status":403,"contextId":"{ID}"}}"#);
    let outer = |message: &str| {
        serde_json::json!({"message": message, "code": "bad.gateway", "status": 502, "contextId": "out-1"}).to_string()
    };
    let quoted = serde_json::to_string(&inner).unwrap();
    for text in [
        outer(&format!("REST call failed. Response code [403] body [{inner}]")),
        outer(&format!("REST call failed: {quoted}")),
        format!("HTTP/1.1 502 Bad Gateway\nININ-Correlation-Id: out-1\n\n{}", outer(&inner)),
        serde_json::to_string(&outer(&inner)).unwrap(),
        format!(r#"{{"message":"it failed: {inner}","code":"bad.gateway","status":502,"contextId":"out-1"}}"#),
    ] {
        let found = of(&text);
        assert_eq!(
            (found.kind, found.status, found.correlation_id.as_str()),
            (Kind::MissingPermission, Some(403), ID),
            "{text}"
        );
        assert_eq!(found.message.as_deref(), Some(ANY), "{text}");
    }
    let without = of(&outer(&inner.replace("contextId", "x")));
    assert_eq!((without.kind, without.correlation_id.as_str()), (Kind::MissingPermission, ""));
    assert!(without.notes.iter().any(|note| note.contains("out-1")), "{:?}", without.notes);
    let sentence = of(&outer(&format!("Response code [403]: {ANY}\"}}")));
    assert_eq!((sentence.kind, sentence.message.as_deref()), (Kind::MissingPermission, Some(ANY)));
}

#[test]
fn rate_limit_reads_the_seconds_of_its_text() {
    let body = r#"{"message":"Rate limit exceeded the maximum. Retry the request in [7] seconds","code":"too.many.requests.retry.after","status":429,"limit":{"key":"token.rate.per.minute","namespace":"platform.api","value":300}}"#;
    let limited = of(body);
    assert_eq!((limited.kind, limited.retry_after_seconds), (Kind::RateLimit, Some(7)));
    assert_eq!(limited.limit.as_deref(), Some("token.rate.per.minute of platform.api = 300"));
    let other = of("Rate limit exceeded the maximum [300] requests within [60] seconds");
    assert_eq!((other.kind, other.retry_after_seconds), (Kind::RateLimit, Some(60)));
}

#[test]
fn invented_names_are_said_to_be_invented() {
    let mut diagnosis = of(
        r#"{"message":"Unable to perform the requested action. You are missing the following permission(s): [routing:queue:read, routing:queue:view]","code":"missing.permissions","status":403}"#,
    );
    diagnosis.check_names(bundled::matrix(), "matrix bundled", &[]);
    assert_eq!(diagnosis.names_not_known.len(), 1);
    let name = &diagnosis.names_not_known[0];
    assert_eq!((name.what, name.name.as_str()), ("permission", "routing:queue:read"));
    assert!(name.nearest.contains(&"routing:queue:view".to_owned()), "{name:?}");
    let mut scope = of("App not authorized to use scope [routing:queue]");
    scope.check_names(bundled::matrix(), "matrix bundled", &[]);
    assert_eq!(scope.names_not_known[0].what, "scope");
}

#[test]
fn matrix_alone_agrees_or_contradicts() {
    let stands = |text: &str, endpoint: &str| {
        let diagnosis = of(text);
        support::of_endpoint(&diagnosis, bundled::matrix(), "matrix bundled", &endpoint.parse().unwrap())
    };
    let body = "Unable to perform the requested action. You must have at least one of the following permissions assigned: [routing:queue:view]";
    assert_eq!(stands(body, "GET /api/v2/routing/queues").stands, support::Stands::Agrees);
    let contradicted = stands(body, "GET /api/v2/users");
    assert_eq!(contradicted.stands, support::Stands::Contradicts);
    assert!(contradicted.follows[0].contains("matrix.overrides"));
    let invented = stands(body, "GET /api/v2/analytics/queues/summary");
    assert!(invented.follows[0].contains("POST /api/v2/analytics/queues/observations/query"), "{invented:?}");
    let scope = "App not authorized to use scope [routing, routing:readonly]";
    assert_eq!(stands(scope, "GET /api/v2/routing/queues").stands, support::Stands::Agrees);
}

#[test]
fn every_published_code_is_diagnosed_from_its_body_and_its_text() {
    for (code, statuses) in catalogue::catalogue().codes() {
        for published in statuses {
            let body = serde_json::json!({
                "message": published.message, "code": code, "status": published.status, "contextId": "1",
                "messageParams": {}, "details": [], "errors": [],
            });
            let diagnosis = of(&body.to_string());
            let kind = classify::classify(code, Some(published.status), published.message);
            assert_eq!(
                (diagnosis.kind, diagnosis.code.as_str(), diagnosis.status),
                (kind, code, Some(published.status)),
                "{body}"
            );
            assert_ne!(diagnosis.kind, Kind::NotFromThePlatform, "{code}");
            assert_eq!(diagnosis.code_published, Some(true));
            assert!(
                diagnosis.cause.ends_with('.') && diagnosis.fix.ends_with('.'),
                "{code}: {} / {}",
                diagnosis.cause,
                diagnosis.fix
            );
            assert!(diagnosis.permissions.iter().all(|name| !name.contains('%')), "{code}: {diagnosis:?}");
            assert!(diagnosis.divisions.iter().all(|name| !name.contains('%')), "{code}: {diagnosis:?}");
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_are_never_the_platforms_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let diagnosis = diagnose(&bytes);
        prop_assert_eq!(diagnosis.kind, Kind::NotFromThePlatform);
        prop_assert!(serde_json::to_string(&diagnosis).is_ok());
    }

    #[test]
    fn mutilated_bodies_never_panic(
        cut in 0usize..400,
        at in 0usize..400,
        with in proptest::collection::vec(any::<u8>(), 0..12),
        wrap in 0usize..4,
    ) {
        let body = format!(
            r#"HTTP/1.1 403 Forbidden ININ-Correlation-Id: 1 {{"message":"{ANY} [é, {{]","code":"missing.any.permissions","status":403,"messageParams":{{"a":[1,{{"b":null}}]}},"contextId":"x"}} (c5fad4cb-d540-4913-be4a-761b3dec1281)"#
        );
        let mut text = body.clone();
        for _ in 0..wrap {
            text = serde_json::to_string(&text).unwrap();
        }
        let mut bytes = text.into_bytes();
        let at = at.min(bytes.len());
        bytes.splice(at..(at + with.len()).min(bytes.len()), with);
        bytes.truncate(bytes.len().saturating_sub(cut));
        let diagnosis = diagnose(&bytes);
        prop_assert!(!diagnosis.cause.is_empty() && !diagnosis.fix.is_empty());
    }

    #[test]
    fn text_of_signs_never_panics(text in "[\\{\\}\\[\\]\"':,=\\\\a-c0-9é \n.()%<>/-]{0,300}") {
        diagnose(text.as_bytes());
        redact::redact(&text);
    }
}
