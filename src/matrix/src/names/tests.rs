//! Whether calls are found in every writing in which people paste them.

use super::*;
use crate::bundled;

fn call(text: &str) -> String {
    let asked = Asked::read(text).unwrap_or_else(|why| panic!("{text}: {why}"));
    asked.call(bundled::matrix()).map_or_else(|why| format!("error: {why}"), |endpoint| canonical(&endpoint))
}

fn canonical(endpoint: &Endpoint) -> String {
    let found = bundled::matrix().resolve(endpoint);
    found.map_or_else(|| format!("none: {endpoint}"), |(_, operation)| operation.endpoint.to_string())
}

#[test]
fn endpoint_in_every_writing_is_the_same_one() {
    for text in [
        "GET /api/v2/routing/queues",
        "get /API/V2/ROUTING/QUEUES",
        "GET /v2/routing/queues",
        "GET v2/routing/queues",
        "GET routing/queues",
        "GET: /api/v2/routing/queues",
        "GET:/api/v2/routing/queues",
        "[GET /api/v2/routing/queues]",
        "\"GET /api/v2/routing/queues\"",
        "`GET /api/v2/routing/queues`",
        "**GET /api/v2/routing/queues**".trim_matches('*'),
        "GET /api/v2/routing/queues HTTP/1.1",
        "> GET /api/v2/routing/queues?pageSize=25 HTTP/2",
        "GET /api/v2/routing/queues.",
        "GET /api/v2/routing/queues/,",
        "/api/v2/routing/queues GET",
        "/api/v2/routing/queues [GET]",
        "GET https://api.mypurecloud.ie/api/v2/routing/queues?pageSize=25#top",
        "GET https://api.usw2.pure.cloud/api/v2/routing/queues",
        "GET api.mypurecloud.com/api/v2/routing/queues",
        "GET https://apps.mypurecloud.com/platform/api/v2/routing/queues",
        "GET {{baseUrl}}/api/v2/routing/queues",
        "GET ${BASE_URL}/routing/queues",
        "GET {{host}}/v2/routing/queues",
        "GET -> /api/v2/routing/queues",
        "endpoint GET /api/v2/routing/queues",
    ] {
        assert_eq!(call(text), "GET /api/v2/routing/queues", "{text}");
    }
}

#[test]
fn parameter_in_every_writing_is_the_same_one() {
    for part in [
        "{queueId}",
        ":queueId",
        "<queueId>",
        "<queue id>",
        "${queueId}",
        "{{queueId}}",
        "{{ queue_id }}",
        "$QUEUE_ID",
        "%7BqueueId%7D",
        "[queueId]",
        "...",
        "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    ] {
        let text = format!("GET /api/v2/routing/queues/{part}");
        assert_eq!(call(&text), "GET /api/v2/routing/queues/{queueId}", "{text}");
        let text = format!("GET /routing/queues/{part}/members?x=1");
        assert_eq!(call(&text), "GET /api/v2/routing/queues/{queueId}/members", "{text}");
    }
}

#[test]
fn command_line_is_read_for_method_and_address_alone() {
    const URL: &str = "https://api.mypurecloud.ie/api/v2/routing/queues";
    for (text, method) in [
        (format!("curl {URL}"), "GET"),
        (format!("$ curl -s '{URL}?pageSize=1' -H 'Authorization: Bearer s3cret'"), "GET"),
        (format!("curl -s -X POST \"{URL}\" -H 'Authorization: Bearer s3cret' -d '{{}}'"), "POST"),
        (format!("curl -XPOST {URL}"), "POST"),
        (format!("curl --request POST --url {URL} --header 'a: b'"), "POST"),
        (format!("curl --request=POST {URL}"), "POST"),
        (format!("curl -H 'Content-Type: application/json' -d '{{\"a\": \"/b\"}}' {URL}"), "POST"),
        (format!("curl {URL} \\\n  -H 'Authorization: Bearer s3cret' \\\n  --data-raw '{{}}'"), "POST"),
        (format!("curl {URL} ^\r\n  -H \"Authorization: Bearer s3cret\""), "GET"),
        (format!("curl -G -d pageSize=25 {URL}"), "GET"),
        (format!("curl -sSLX POST {URL} -o out/file.json"), "POST"),
        (format!("curl -fsSL --compressed -k {URL} | jq ."), "GET"),
        (format!("curl.exe -u id:s3cret {URL}"), "GET"),
        (format!("wget --method=POST {URL}"), "POST"),
        (format!("Invoke-RestMethod -Method Post -Uri \"{URL}\" -Headers $headers -Body $body"), "POST"),
        (format!("$r = Invoke-RestMethod `\n -Uri '{URL}' `\n -Method GET -Headers $headers"), "GET"),
        (format!("irm {URL} -Method:Post"), "POST"),
        (format!("http POST {URL} Authorization:'Bearer s3cret' name=x"), "POST"),
        (format!("http {URL} 'Authorization:Bearer s3cret'"), "GET"),
        ("https api.mypurecloud.ie/api/v2/routing/queues name=x".to_owned(), "POST"),
    ] {
        assert_eq!(call(&text), format!("{method} /api/v2/routing/queues"), "{text}");
        let asked = Asked::read(&text).unwrap();
        let said = asked.read_as(bundled::matrix(), &asked.call(bundled::matrix()).unwrap()).unwrap();
        assert!(!said.contains("s3cret"), "{said}");
    }
    let head = Asked::read(&format!("curl -I {URL}")).unwrap();
    assert_eq!(head.method, Some(Method::Head));
}

#[test]
fn error_about_a_command_never_repeats_it() {
    for text in [
        "curl -H 'Authorization: Bearer s3cret'",
        "curl -X 's3cret s3cret' https://api.example.com/api/v2/users",
        "GET /a /b Bearer s3cret",
        "Authorization: Bearer s3cret",
        "FETCH /api/v2/users?access_token=s3cret",
        "nothing token=s3cret here",
    ] {
        let why = Asked::read(text).unwrap_err();
        assert!(!why.contains("s3cret"), "{why}");
    }
}

#[test]
fn sdk_names_in_code_find_the_operation() {
    for text in [
        "getRoutingQueues",
        "get_routing_queues",
        "GetRoutingQueues",
        "RoutingApi.getRoutingQueues",
        "routingApi.getRoutingQueues(...)",
        "await routingApi.getRoutingQueues({ pageSize: 25 });",
        "platformClient.RoutingApi().getRoutingQueues()",
        "routing_api.get_routing_queues(page_size=25)",
        "api_instance.get_routing_queues_with_http_info()",
        "apiInstance.GetRoutingQueues(null, 25);",
        "RoutingApi#getRoutingQueues",
        "routingAPI.GetRoutingQueues(1, 25, \"\")",
        "getroutingqueues",
        "gc routing queues list --pageSize 25",
    ] {
        assert_eq!(call(text), "GET /api/v2/routing/queues", "{text}");
    }
    let post = call("post_analytics_queues_observations_query");
    assert_eq!(post, "POST /api/v2/analytics/queues/observations/query");
    assert!(call("getRoutingQueuez").contains("nearest"), "{}", call("getRoutingQueuez"));
}

#[test]
fn path_alone_takes_its_one_method_and_names_several() {
    assert_eq!(call("/api/v2/analytics/queues/observations/query"), "POST /api/v2/analytics/queues/observations/query");
    let several = call("/api/v2/routing/queues");
    assert!(
        several.contains("GET /api/v2/routing/queues") && several.contains("POST /api/v2/routing/queues"),
        "{several}"
    );
    assert_eq!(Asked::read("/routing/queues").unwrap().calls(bundled::matrix()).len(), 2);
}

#[test]
fn reading_is_said_where_it_is_not_what_was_typed() {
    let said = |text: &str| {
        let asked = Asked::read(text).unwrap();
        asked.read_as(bundled::matrix(), &asked.call(bundled::matrix()).unwrap())
    };
    assert_eq!(said("GET /api/v2/routing/queues"), None);
    assert_eq!(said(" GET /api/v2/routing/queues "), None);
    assert_eq!(said("getRoutingQueues").as_deref(), Some("read as `GET /api/v2/routing/queues`"));
    assert_eq!(said("GET /Routing/QUEUES").as_deref(), Some("read as `GET /api/v2/routing/queues`"));
}

#[test]
fn word_for_an_id_is_said_with_what_is_near() {
    for word in ["summary", "statistics", "realtime", "SUMMARY", "queue-list"] {
        let endpoint = format!("GET /api/v2/routing/queues/{word}").parse().unwrap();
        let read = WordForId::of(bundled::matrix(), &endpoint).unwrap();
        assert_eq!(read.template.to_string(), "GET /api/v2/routing/queues/{queueId}");
        assert!(
            read.says().starts_with(&format!("`{word}` was read as `{{queueId}}`; if you meant")),
            "{}",
            read.says()
        );
        assert!(read.says().contains("does not exist; nearest: `"), "{}", read.says());
    }
    for fine in ["GET /api/v2/routing/queues/{id}", "GET /api/v2/users/me", "GET /api/v2/nothing/at/all"] {
        assert_eq!(WordForId::of(bundled::matrix(), &fine.parse().unwrap()), None, "{fine}");
    }
}

#[test]
fn text_that_is_no_call_is_refused() {
    for text in
        ["", " ", "GET", "GET /a /b", "FETCH /api/v2/users", "routing:queue:view", "Routing > Queue > View", "?"]
    {
        assert!(Asked::read(text).is_err(), "{text}");
    }
}

#[test]
fn endpoint_without_method_says_how_to_write_it() {
    let message = "/api/v2/routing/queues".parse::<Endpoint>().unwrap_err();
    assert!(message.contains("GET /api/v2/routing/queues"), "{message}");
    assert!("FETCH /x".parse::<Endpoint>().unwrap_err().contains("`FETCH` is not a method"));
}
