//! What is near, by name: synonyms, things before verbs, reads before writes, the login host.

use super::*;
use crate::bundled;

fn near(asked: &str) -> Vec<String> {
    let found = endpoints(bundled::matrix(), &asked.parse().unwrap(), 5);
    found.into_iter().map(|operation| operation.endpoint.to_string()).collect()
}

fn instead(asked: &str) -> Vec<String> {
    instead_of(bundled::matrix(), &asked.parse().unwrap()).iter().map(ToString::to_string).collect()
}

fn login(asked: &str) -> Option<&'static str> {
    login_host(&asked.parse().unwrap())
}

#[test]
fn invented_endpoint_brings_the_real_one_first() {
    for (asked, real) in [
        ("GET /analytics/queues/summary", "POST /api/v2/analytics/queues/observations/query"),
        ("GET /analytics/queues/realtime", "POST /api/v2/analytics/queues/observations/query"),
        ("GET /analytics/agents/realtime", "POST /api/v2/analytics/users/observations/query"),
        ("GET /security/roles/{roleId}/permissions", "GET /api/v2/authorization/roles/{roleId}"),
        ("GET /queues/{id}/agents", "GET /api/v2/routing/queues/{queueId}/members"),
        ("GET /oauth/apps", "GET /api/v2/oauth/clients"),
        ("GET /audit/logs", "POST /api/v2/audits/query"),
        ("GET /customers", "GET /api/v2/externalcontacts/contacts"),
        ("GET /architect/flows", "GET /api/v2/flows"),
    ] {
        assert_eq!(near(asked)[0], real, "{asked}: {:#?}", near(asked));
    }
}

#[test]
fn slips_and_wrong_numbers_bring_the_real_one_among_three() {
    for (asked, real) in [
        ("GET /routing/queue/abc", "GET /api/v2/routing/queues"),
        ("GET /oauth/client", "GET /api/v2/oauth/clients"),
        ("GET /user/me", "GET /api/v2/users/me"),
        ("POST /analytics/conversations/details/querry", "POST /api/v2/analytics/conversations/details/query"),
        ("GET /users/{id}/role", "GET /api/v2/users/{subjectId}/roles"),
        ("GET /user/123e4567-e89b/roles", "GET /api/v2/users/{subjectId}/roles"),
        ("GET /organizations/settings", "GET /api/v2/authorization/settings"),
        ("GET /organizations/settings", "GET /api/v2/organizations/authentication/settings"),
    ] {
        assert!(near(asked).iter().take(3).any(|found| found == real), "{asked}: {:#?}", near(asked));
    }
}

#[test]
fn words_joined_in_any_way_find_the_same_operation() {
    for asked in ["wrapupcodes", "wrap-up-codes", "wrapUpCodes", "wrap_up_codes", "wrapup", "dispositions"] {
        let asked = format!("GET /{asked}");
        assert_eq!(near(&asked)[0], "GET /api/v2/routing/wrapupcodes", "{asked}: {:#?}", near(&asked));
    }
    for asked in ["auditlogs", "audit-logs", "audit/logs", "auditLogs"] {
        let asked = format!("GET /{asked}");
        assert_eq!(near(&asked)[0], "POST /api/v2/audits/query", "{asked}: {:#?}", near(&asked));
    }
}

#[test]
fn method_decides_between_operations_on_the_same_thing() {
    for (asked, real) in [
        ("GET /calls", "GET /api/v2/conversations/calls"),
        ("POST /calls", "POST /api/v2/conversations/calls"),
        ("GET /contacts/{contactId}", "GET /api/v2/externalcontacts/contacts/{contactId}"),
        ("DELETE /contacts/{contactId}", "DELETE /api/v2/externalcontacts/contacts/{contactId}"),
        ("PUT /contacts/{contactId}", "PUT /api/v2/externalcontacts/contacts/{contactId}"),
        ("POST /contacts", "POST /api/v2/externalcontacts/contacts"),
    ] {
        assert_eq!(near(asked)[0], real, "{asked}: {:#?}", near(asked));
    }
}

#[test]
fn read_brings_reads_before_writes() {
    let matrix = bundled::matrix();
    let read = |operation: &&Operation| {
        let words = matrix.nearness().splitter.known_path(&operation.endpoint.path);
        intent(operation.endpoint.method, &words) == Intent::Read
    };
    for asked in ["GET /queues/{id}/agents", "GET /roles", "GET /analytics/queues/summary", "GET /recordings/{id}"] {
        let found = endpoints(matrix, &asked.parse().unwrap(), 3);
        assert!(found.iter().all(read), "{asked}: {:?}", near(asked));
    }
}

#[test]
fn thing_counts_more_than_the_verb_of_a_path() {
    for (asked, real) in [
        ("GET /queues/list", "GET /api/v2/routing/queues"),
        ("GET /getQueues", "GET /api/v2/routing/queues"),
        ("POST /queues/create", "POST /api/v2/routing/queues"),
        ("POST /users/create", "POST /api/v2/users"),
        ("DELETE /queues/{queueId}/delete", "DELETE /api/v2/routing/queues/{queueId}"),
    ] {
        assert_eq!(near(asked)[0], real, "{asked}: {:#?}", near(asked));
    }
}

#[test]
fn same_path_with_another_method_comes_first_in_place_of_a_wrong_one() {
    let found = instead("PATCH /api/v2/oauth/clients/{clientId}");
    assert_eq!(
        found,
        ["PUT", "GET", "DELETE"].map(|method| format!("{method} /api/v2/oauth/clients/{{clientId}}")),
        "nearest method first"
    );
}

#[test]
fn plain_word_is_not_taken_for_an_id() {
    let found = instead("POST /api/v2/conversations/search");
    assert!(found.iter().all(|found| !found.ends_with("/conversations/{conversationId}")), "{found:?}");
    assert!(
        !instead("GET /api/v2/conversations/history").contains(&"GET /api/v2/conversations/{conversationId}".into())
    );
}

#[test]
fn call_for_a_token_is_answered_with_the_login_host() {
    for asked in [
        "POST /oauth/token",
        "POST /api/v2/oauth/token",
        "POST https://login.mypurecloud.ie/oauth/token",
        "POST /login",
        "POST /auth/login",
        "POST /oauth2/token",
        "POST /authorization/token",
        "POST /tokens",
        "GET /token",
        "POST /oauth/accesstoken",
        "POST /oauth/token/refresh",
    ] {
        assert!(login(asked).is_some_and(|says| says.contains("POST https://login.<region>/oauth/token")), "{asked}");
        assert!(instead(asked).is_empty() && near(asked).is_empty(), "{asked}");
    }
    assert!(login("GET /oauth/authorize").is_some_and(|says| says.contains("/oauth/authorize")));
}

#[test]
fn paths_of_the_api_are_not_taken_for_the_login_host() {
    for asked in [
        "GET /tokens",
        "GET /tokens/me",
        "DELETE /tokens/{userId}",
        "GET /oauth/clients",
        "GET /oauth/client",
        "GET /authorization",
        "GET /auth/roles",
        "POST /oauth/introspect",
        "GET /users/me",
        "POST /webdeployments/token/refresh",
        "POST /logout",
    ] {
        assert_eq!(login(asked), None, "{asked}");
    }
    for operation in bundled::matrix().operations() {
        assert_eq!(login_host(&operation.endpoint), None, "{}", operation.endpoint);
    }
}

#[test]
fn invented_scope_brings_the_family_first_and_its_reading_half_for_a_read() {
    for (asked, family) in [
        ("analytics:read", "analytics"),
        ("analytics:view", "analytics"),
        ("analytics:query", "analytics"),
        ("analytics:queue:view", "analytics"),
        ("analytics:conversation:view", "analytics"),
        ("interaction:read", "conversations"),
        ("conversation:read", "conversations"),
        ("ucp:reports:view", "analytics"),
        ("routing:queue:read", "routing"),
        ("queues:read", "routing"),
        ("wfm:schedule:view", "workforce-management"),
        ("recording:read", "recordings"),
        ("outbound:contactlist:read", "outbound"),
        ("flow:view", "architect"),
        ("user:read", "users"),
        ("agent:read", "users"),
        ("customer:read", "external-contacts"),
        ("sentiment:read", "speech-and-text-analytics"),
        ("roles:read", "authorization"),
        ("trunk:view", "telephony"),
    ] {
        let found = scopes(bundled::matrix(), asked, 3);
        assert_eq!(found[..2], [&format!("{family}:readonly"), family], "{asked}: {found:?}");
    }
    for (asked, first) in [
        ("admin:oauth", "oauth:readonly"),
        ("admin:oauthclient", "oauth:readonly"),
        ("report:execute", "analytics"),
        ("outbound:campaign:write", "outbound"),
        ("wfm:schedule:write", "workforce-management"),
        ("webhook:write", "integrations"),
        ("auditlogs:read", "audits:readonly"),
    ] {
        assert_eq!(scopes(bundled::matrix(), asked, 3)[0], first, "{asked}");
    }
}

#[test]
fn invented_permission_brings_the_real_one_first() {
    for (asked, real) in [
        ("analytics:queue:read", "analytics:queueObservation:view"),
        ("routing:queues:view", "routing:queue:view"),
        ("Routing:Queue:View", "routing:queue:view"),
        ("routing:queue:read", "routing:queue:view"),
        ("routing:queue:write", "routing:queue:edit"),
        ("oauth:clients:read", "oauth:client:view"),
        ("authorization:roles:view", "authorization:role:view"),
        ("role:read", "authorization:role:view"),
        ("user:read", "directory:user:view"),
        ("recording:read", "recording:recording:view"),
        ("wfm:schedule:read", "wfm:schedule:view"),
        ("outbound:campaign:write", "outbound:campaign:edit"),
        ("contacts:read", "externalContacts:contact:view"),
        ("architect:ivr:view", "architect:flow:view"),
        ("auditlogs:read", "audits:audit:view"),
        ("telephony:trunk:view", "telephony:plugin:all"),
        ("sentiment:read", "speechAndTextAnalytics:sentimentData:view"),
        ("integrations:dataaction:execute", "integrations:action:execute"),
    ] {
        let found = permissions(bundled::matrix(), asked, 3);
        assert_eq!(found.first(), Some(&real), "{asked}: {found:?}");
    }
}

#[test]
fn words_of_people_have_meanings_in_words_of_the_matrix() {
    assert_eq!(meanings("Agents"), ["user", "member"]);
    assert_eq!(meanings("data actions"), ["integration action"]);
    assert!(meanings("queue").is_empty() && meanings("").is_empty());
}

#[test]
fn nonsense_is_near_nothing() {
    assert!(near("GET /zzzz/qqqq").is_empty());
    assert!(near("GET /").is_empty());
    assert!(scopes(bundled::matrix(), "", 5).is_empty());
    assert!(scopes(bundled::matrix(), "openid", 5).is_empty());
    assert!(permissions(bundled::matrix(), "zzzz:qqqq", 5).is_empty());
}

#[test]
fn odd_paths_are_read_without_a_fault() {
    let long = format!("/{}", "routingqueue".repeat(40));
    for path in ["/é/ü", "//", "/{", "/%20", "/:::", "/ßtraße/{}", "/queues/{}", long.as_str()] {
        let asked = Endpoint::new(Method::Get, path);
        assert!(instead_of(bundled::matrix(), &asked).len() <= INSTEAD, "{path}");
    }
}

#[test]
fn changed_matrix_is_searched_anew() {
    let (mut matrix, _) = Matrix::new("test", None, bundled::matrix().operations().to_vec());
    assert!(scopes(&matrix, "queues:read", 1).contains(&"routing:readonly"));
    matrix.for_each_operation(|operation| operation.requirement.scopes.clear());
    assert!(scopes(&matrix, "queues:read", 1).is_empty());
}
