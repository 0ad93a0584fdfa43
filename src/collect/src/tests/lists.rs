//! Lists that lie about their length, shift under the reader, or contradict each other.

use super::stub::{Asked, Stub, not_whole, paged, reasons, record, reply, settings, users};
use crate::settings::{CollectSettings, ServiceUserRules, UsersWanted};
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::grant::{GrantSource, SubjectKind};

const USERS: &str = "/api/v2/users";

fn number(asked: &Asked) -> usize {
    asked.parameter("pageNumber").and_then(|number| number.parse().ok()).unwrap_or(1)
}

async fn all_users(stub: &Stub) -> rolecall_base::snapshot::Snapshot {
    let mut settings = settings();
    settings.users = UsersWanted::All;
    stub.collect_with(&settings).await.unwrap()
}

#[tokio::test]
async fn smaller_pages_than_asked_for_are_followed_to_the_end() {
    let stub = Stub::start(|asked| (asked.path == USERS).then(|| paged(&users(), number(asked), 2))).await;
    let snapshot = all_users(&stub).await;
    assert_eq!(not_whole(&snapshot), []);
    assert_eq!((snapshot.users.len(), stub.times(USERS)), (5, 3));
}

#[tokio::test]
async fn wrong_or_missing_page_counts_lose_nothing() {
    // The count assumes the size that was asked for, not with the one that was served.
    let stub = Stub::start(|asked| {
        (asked.path == USERS).then(|| {
            let mut reply = paged(&users(), number(asked), 2);
            reply.body = reply.body.replace("\"pageCount\":3", "\"pageCount\":1");
            reply
        })
    })
    .await;
    assert_eq!(all_users(&stub).await.users.len(), 5);

    // No counts at all: only `nextUri` shows it.
    let stub = Stub::start(|asked| {
        (asked.path == USERS).then(|| {
            let page = number(asked);
            let mut reply = paged(&users(), page, 2);
            let end = if page < 3 {
                "\"nextUri\":\"https://elsewhere.example/api/v2/users?pageNumber=9\"}"
            } else {
                "\"x\":1}"
            };
            let entities = reply.body.find(",\"pageSize\"").unwrap();
            reply.body = format!("{},{end}", &reply.body[..entities]);
            reply
        })
    })
    .await;
    let snapshot = all_users(&stub).await;
    assert_eq!((snapshot.users.len(), stub.times(USERS)), (5, 3));
    assert_eq!(not_whole(&snapshot), []);
}

/// A page that states no total, no number of pages and no next page.
fn silent(entities: &[String], number: usize, size: usize) -> super::stub::Reply {
    let mut reply = paged(entities, number, size);
    let end = reply.body.find(",\"pageSize\"").unwrap();
    reply.body.replace_range(end.., "}");
    reply
}

#[tokio::test]
async fn pages_that_tell_nothing_are_followed_until_one_is_empty() {
    let stub = Stub::start(|asked| (asked.path == USERS).then(|| silent(&users(), number(asked), 2))).await;
    let snapshot = all_users(&stub).await;
    assert_eq!(not_whole(&snapshot), []);
    assert_eq!((snapshot.users.len(), stub.times(USERS)), (5, 4));
}

#[tokio::test]
async fn only_page_that_tells_nothing_is_the_whole_list() {
    // One server refuses a page beyond the end, another one gives the same page again.
    for refuses in [true, false] {
        let stub = Stub::start(move |asked| {
            (asked.path == USERS).then(|| match (number(asked), refuses) {
                (2, true) => reply(404, r#"{"status":404,"code":"not.found","message":"no such page"}"#),
                _ => silent(&users(), 1, 500),
            })
        })
        .await;
        let snapshot = all_users(&stub).await;
        assert_eq!(not_whole(&snapshot), []);
        assert_eq!((snapshot.users.len(), stub.times(USERS)), (5, 2));
    }
}

#[tokio::test]
async fn oauth_clients_that_come_in_pages_all_the_same_are_read_to_the_end() {
    let clients = || -> Vec<String> {
        let auditor = r#"{"id":"auditor","authorizedGrantType":"CLIENT-CREDENTIALS","roleDivisions":[{"roleId":"r1","divisionId":"*"}]}"#;
        let other = |n| format!(r#"{{"id":"c{n}","name":"Client {n}","authorizedGrantType":"CODE","scope":[]}}"#);
        std::iter::once(auditor.to_owned()).chain((2..=5).map(other)).collect()
    };
    let stub = Stub::start(move |asked| {
        (asked.path == "/api/v2/oauth/clients").then(|| {
            let mut page = silent(&clients(), number(asked), 2);
            if number(asked) < 3 {
                let next = r#","nextUri":"/api/v2/oauth/clients?pageNumber=9"}"#;
                page.body.replace_range(page.body.len() - 1.., next);
            }
            page
        })
    })
    .await;
    let snapshot = stub.collect().await;
    assert_eq!(not_whole(&snapshot), []);
    assert_eq!(snapshot.oauth_clients.len(), 5);
}

#[tokio::test]
async fn page_size_that_is_refused_in_whatever_words_is_made_smaller() {
    for code in ["bad.request", "constraint.validation", "invalid.value", "invalid.query.param.value"] {
        let stub = Stub::start(move |asked| {
            let size: usize = asked.parameter("pageSize").and_then(|size| size.parse().ok()).unwrap_or(25);
            (size > 100 && asked.method == "GET" && !asked.path.contains("usage"))
                .then(|| reply(400, &format!(r#"{{"status":400,"code":"{code}","message":"not understood"}}"#)))
        })
        .await;
        assert_eq!(not_whole(&stub.collect().await), [], "{code}");
    }
}

#[tokio::test]
async fn subject_that_a_role_lists_twice_keeps_all_its_divisions() {
    let stub = Stub::start(|asked| {
        (asked.path == "/api/v2/authorization/roles/r2/subjectgrants").then(|| {
            let one = |division| format!(r#"{{"id":"u1","type":"PC_USER","divisions":[{{"id":"{division}"}}]}}"#);
            let group = r#"{"id":"g1","type":"PC_GROUP","divisions":[{"id":"*"}]}"#.to_owned();
            paged(&[one("d1"), one("*"), group], number(asked), 25)
        })
    })
    .await;
    let snapshot = stub.collect().await;
    assert_eq!(not_whole(&snapshot), []);
    let reaches: Vec<&str> = snapshot
        .grants
        .iter()
        .filter(|grant| grant.subject.as_str() == "u1" && grant.role.as_str() == "r2")
        .map(|grant| grant.reach.as_str())
        .collect();
    assert_eq!(reaches, ["*", "d1"]);
}

#[tokio::test]
async fn group_whose_kind_no_grant_tells_has_its_members_read() {
    let stub = Stub::start(|asked| {
        (asked.path == "/api/v2/authorization/roles/r2/subjectgrants").then(|| {
            let untyped = [r#"{"id":"u1","divisions":[{"id":"d1"}]}"#, r#"{"id":"g1","divisions":[{"id":"*"}]}"#];
            paged(&untyped.map(str::to_owned), number(asked), 25)
        })
    })
    .await;
    let snapshot = stub.collect().await;
    assert_eq!(not_whole(&snapshot), []);
    assert_eq!(snapshot.group_members.len(), 1);
    assert_eq!(snapshot.grants.iter().filter(|grant| grant.subject_kind == SubjectKind::Unknown).count(), 0);
}

#[tokio::test]
async fn group_that_a_denying_policy_is_about_has_its_members_read() {
    let stub = Stub::start(|asked| match asked.path.as_str() {
        "/api/v2/groups" => Some(paged(
            &[r#"{"id":"g1","name":"Team"}"#, r#"{"id":"g2","name":"Night"}"#, r#"{"id":"g3","name":"Day"}"#].map(str::to_owned),
            number(asked),
            25,
        )),
        "/api/v2/groups/g2/members" => Some(paged(&users()[..1], number(asked), 25)),
        "/api/v2/authorization/policies" => Some(reply(
            200,
            r#"{"entities":[
                {"id":"p1","targetResource":"routing:queue:view","effect":"DENY","active":true,"subject":{"type":"GROUP","id":"g2"}},
                {"id":"p2","targetResource":"routing:queue:view","effect":"DENY","active":false,"subject":{"type":"GROUP","id":"g3"}}]}"#,
        )),
        _ => None,
    })
    .await;
    let snapshot = stub.collect().await;
    assert_eq!(not_whole(&snapshot), []);
    let read: Vec<&str> = snapshot.group_members.keys().map(|group| group.as_str()).collect();
    assert!(read.contains(&"g2") && !read.contains(&"g3"), "{read:?}");
}

#[tokio::test]
async fn division_that_lists_grants_in_all_divisions_as_its_own_tells_nothing_new() {
    let stub = Stub::start(|asked| {
        (asked.path == "/api/v2/authorization/divisions/d1/grants").then(|| {
            let grant = |subject: &str, role: &str| {
                format!(r#"{{"subjectId":"{subject}","role":{{"id":"{role}"}},"division":{{"id":"d1"}},"grantMadeAt":"2026-01-02T03:04:05Z"}}"#)
            };
            paged(&[grant("auditor", "r1"), grant("u1", "r2")], number(asked), 500)
        })
    })
    .await;
    let snapshot = stub.collect().await;
    assert_eq!(not_whole(&snapshot), []);
    let auditor: Vec<_> = snapshot.grants.iter().filter(|grant| grant.subject.as_str() == "auditor").collect();
    assert_eq!(auditor.len(), 1);
    assert!(auditor[0].granted_at.is_some());
}

#[tokio::test]
async fn users_by_id_come_all_from_a_server_that_gives_two_a_page() {
    let stub = Stub::start(|asked| {
        (asked.path == USERS).then(|| {
            let wanted = |user: &String| {
                asked
                    .query
                    .split('&')
                    .any(|pair| pair.strip_prefix("id=").is_some_and(|id| user.contains(&format!("\"id\":\"{id}\""))))
            };
            paged(&users().into_iter().filter(wanted).collect::<Vec<_>>(), 1, 2)
        })
    })
    .await;
    let mut settings = settings();
    let ids = ["u1", "u2", "u3", "u4", "u5", "u9"].map(str::to_owned).to_vec();
    settings.service_users = ServiceUserRules { ids, ..ServiceUserRules::default() };
    let snapshot = stub.collect_with(&settings).await.unwrap();
    assert_eq!((snapshot.users.len(), stub.times(USERS)), (5, 3));
    assert_eq!(snapshot.collection.notes.iter().filter(|note| note.contains("no user has the id")).count(), 1);
}

#[tokio::test]
async fn list_that_changes_once_under_the_reader_is_read_again() {
    let stub = Stub::start(|asked| {
        (asked.path == USERS).then(|| {
            let mut all = users();
            // After the first page somebody was added in front: the pages shift by one.
            if !(number(asked) == 1 && asked.same_before == 0) {
                all.insert(0, r#"{"id":"u0","name":"Newcomer"}"#.to_owned());
            }
            paged(&all, number(asked), 2)
        })
    })
    .await;
    let snapshot = all_users(&stub).await;
    assert_eq!(not_whole(&snapshot), []);
    assert_eq!(snapshot.users.len(), 6);
}

#[tokio::test]
async fn list_that_keeps_changing_is_known_in_part() {
    let stub = Stub::start(|asked| {
        (asked.path == USERS).then(|| {
            let mut reply = paged(&users(), number(asked), 2);
            if number(asked) == 2 {
                reply.body = reply.body.replace("\"total\":5", "\"total\":6");
            }
            reply
        })
    })
    .await;
    let snapshot = all_users(&stub).await;
    let users = record(&snapshot, Listing::Users);
    assert_eq!((users.seen, users.read), (Seen::Part, 5));
    assert!(users.unread[0].why.contains("different totals ([5, 6])"), "{:?}", users.unread);
}

#[tokio::test]
async fn shorter_list_than_the_platform_counts_is_known_in_part() {
    let stub = Stub::start(|asked| {
        (asked.path == USERS).then(|| {
            let mut reply = paged(&users(), number(asked), 500);
            reply.body = reply.body.replace("\"total\":5", "\"total\":9");
            reply
        })
    })
    .await;
    let snapshot = all_users(&stub).await;
    assert_eq!(record(&snapshot, Listing::Users).seen, Seen::Part);
    assert!(reasons(&snapshot, Listing::Users)[0].1.contains("5 entries came, the platform counts 9"));
}

#[tokio::test]
async fn entry_that_cannot_be_understood_is_missing_but_the_others_are_not() {
    let stub = Stub::start(|asked| {
        (asked.path == USERS).then(|| {
            let mut all = users();
            all[1] = r#"{"name":"no id"}"#.to_owned();
            all[2] = "null".to_owned();
            paged(&all, number(asked), 500)
        })
    })
    .await;
    let snapshot = all_users(&stub).await;
    assert_eq!((snapshot.users.len(), record(&snapshot, Listing::Users).seen), (3, Seen::Part));
    let why = &reasons(&snapshot, Listing::Users)[0].1;
    assert!(why.contains("2 entries are not what the platform documents") && why.contains("`id`"), "{why}");
}

#[tokio::test]
async fn cursor_is_followed_by_its_query_alone_and_never_in_circles() {
    let page = |id: &str, after: &str| {
        let next = format!("https://elsewhere.example/steal?after={after}&pageSize=200");
        reply(200, &format!(r#"{{"entities":[{{"id":"{id}","active":true}}],"nextUri":"{next}"}}"#))
    };
    let path = "/api/v2/authorization/policies";
    let stub = Stub::start(move |asked| {
        (asked.path == path).then(|| match asked.parameter("after") {
            None => page("p1", "a"),
            Some("a") => page("p2", "b"),
            _ => reply(200, r#"{"entities":[{"id":"p3"}]}"#),
        })
    })
    .await;
    let snapshot = stub.collect().await;
    assert_eq!(not_whole(&snapshot), []);
    assert_eq!((snapshot.policies.len(), stub.times(path)), (3, 3));

    let stub = Stub::start(move |asked| (asked.path == path).then(|| page("p1", "a"))).await;
    let snapshot = stub.collect().await;
    assert_eq!(record(&snapshot, Listing::Policies).seen, Seen::Part);
    assert!(stub.times(path) <= 4, "{}", stub.times(path));
}

#[tokio::test]
async fn switched_off_policies_are_none_and_noted() {
    let stub = Stub::start(|asked| {
        (asked.path == "/api/v2/authorization/policies").then(|| reply(501, r#"{"code":"not.implemented"}"#))
    })
    .await;
    let snapshot = stub.collect().await;
    assert_eq!(not_whole(&snapshot), []);
    assert!(snapshot.collection.notes.iter().any(|note| note.contains("policies are switched off")));
}

#[tokio::test]
async fn auditor_limited_to_a_division_knows_that_its_lists_may_be_cut() {
    let stub = Stub::start(|asked| match asked.path.as_str() {
        "/api/v2/authorization/subjects/me" => Some(reply(
            200,
            r#"{"id":"auditor","grants":[{"division":{"id":"d1"},"role":{"id":"r1","policies":[{"domain":"*","entityName":"*","actions":["*"]}]}}]}"#,
        )),
        "/api/v2/oauth/clients" => Some(reply(200, r#"{"entities":[{"id":"auditor","authorizedGrantType":"CLIENT-CREDENTIALS"}]}"#)),
        _ => None,
    })
    .await;
    let snapshot = stub.collect().await;
    for listing in [Listing::OauthClients, Listing::Roles, Listing::RoleGrants, Listing::Users, Listing::Groups] {
        let record = record(&snapshot, listing);
        assert_eq!(record.seen, Seen::Part, "{listing:?}");
        assert!(record.unread.iter().any(|unread| unread.of.is_none() && unread.why.contains("`Home`")), "{record:?}");
    }
    assert_eq!(snapshot.coverage.seen(Listing::Settings), Seen::Whole);
}

#[tokio::test]
async fn own_grants_are_read_another_way_or_are_not_known() {
    let refused = || reply(403, r#"{"code":"not.authorized"}"#);
    let stub = Stub::start(move |asked| (asked.path == "/api/v2/authorization/subjects/me").then(refused)).await;
    let snapshot = stub.collect().await;
    assert_eq!(not_whole(&snapshot), [], "the auditor's entry among the clients shows the same");
    assert!(snapshot.collection.notes.iter().any(|note| note.contains("own grants were taken")));

    let stub = Stub::start(move |asked| {
        ["/api/v2/authorization/subjects/me", "/api/v2/oauth/clients"].contains(&asked.path.as_str()).then(refused)
    })
    .await;
    let snapshot = stub.collect().await;
    assert_eq!(snapshot.coverage.seen(Listing::OwnGrants), Seen::Nothing);
}

#[tokio::test]
async fn lists_that_contradict_each_other_are_not_whole() {
    let stub = Stub::start(|asked| match asked.path.as_str() {
        "/api/v2/authorization/divisions/d1/grants" => Some(reply(
            200,
            r#"{"entities":[{"subjectId":"u2","role":{"id":"r3"},"division":{"id":"d1"},"grantMadeAt":"2026-01-02T03:04:05Z"},
                {"subjectId":"u1","role":{"id":"r9"},"division":{"id":"d1"}}],"total":2,"pageCount":1}"#,
        )),
        "/api/v2/groups/g1/members" => {
            Some(reply(200, r#"{"entities":[{"id":"u99"}],"total":1,"pageCount":1}"#))
        }
        "/api/v2/authorization/roles/r1/subjectgrants" => Some(reply(200, r#"{"entities":[],"total":0,"pageCount":0}"#)),
        _ => None,
    })
    .await;
    let snapshot = stub.collect().await;
    let keys = |listing| reasons(&snapshot, listing).into_iter().filter_map(|(of, _)| of).collect::<Vec<_>>();
    assert_eq!(keys(Listing::RoleGrants), ["r1", "r3", "r9"]);
    assert_eq!(keys(Listing::Roles), ["r9"], "a grant names a role that the list does not have");
    assert_eq!(keys(Listing::GroupMembers), ["g1"], "one member came, the list of groups counts two");
    assert_eq!(keys(Listing::Users), ["u99"], "a member is not among the users");
    let from = |source| snapshot.grants.iter().filter(move |grant| grant.read_from == source);
    assert_eq!(from(GrantSource::DivisionGrants).count(), 2);
    assert!(from(GrantSource::DivisionGrants).all(|grant| grant.subject_kind == SubjectKind::User));
    let own: Vec<&str> = from(GrantSource::ClientRoleDivisions).map(|grant| grant.subject.as_str()).collect();
    assert_eq!(own, ["auditor"]);
}

#[tokio::test]
async fn users_named_by_id_or_group_are_read_by_id() {
    let stub = Stub::start(|asked| {
        (asked.path == USERS).then(|| {
            let wanted: Vec<String> = users()
                .into_iter()
                .filter(|user| {
                    asked
                        .query
                        .split('&')
                        .any(|pair| pair.strip_prefix("id=").is_some_and(|id| user.contains(&format!("\"{id}\""))))
                })
                .collect();
            paged(&wanted, 1, 100)
        })
    })
    .await;
    let mut settings = settings();
    settings.service_users = ServiceUserRules {
        groups: vec!["TEAM".to_owned()],
        ids: vec!["u3".to_owned(), "gone".to_owned()],
        ..ServiceUserRules::default()
    };
    let snapshot = stub.collect_with(&settings).await.unwrap();
    let matched: Vec<(&str, &str)> =
        snapshot.users.iter().map(|user| (user.id.as_str(), user.matched_by.as_deref().unwrap_or_default())).collect();
    assert_eq!(matched, [("u1", "groups:TEAM"), ("u2", "groups:TEAM"), ("u3", "ids:u3")]);
    assert_eq!(stub.times(USERS), 1);
    let query = stub.asked().into_iter().find(|asked| asked.path == USERS).unwrap().query;
    assert!(query.contains("expand=lasttokenissued&expand=dateLastLogin") && query.contains("state=any"), "{query}");
    assert!(snapshot.collection.notes.iter().any(|note| note.contains("no user has the id `gone`")));

    settings.service_users = ServiceUserRules::default();
    let snapshot = stub.collect_with(&settings).await.unwrap();
    assert_eq!(snapshot.coverage.seen(Listing::Users), Seen::NotAsked);
}

#[tokio::test]
async fn usage_query_that_fails_or_loses_a_page_is_not_complete() {
    let path = "/api/v2/usage/aggregates/query/jobs/j1";
    let stub = Stub::start(move |asked| {
        let failed = r#"{"queryStatus":"Failed","errorBody":{"code":"query.too.long","message":"too long"}}"#;
        (asked.path == path).then(|| reply(200, failed))
    })
    .await;
    let snapshot = stub.collect().await;
    assert_eq!((snapshot.usage.is_none(), snapshot.coverage.seen(Listing::Usage)), (true, Seen::Nothing));
    assert!(reasons(&snapshot, Listing::Usage)[0].1.contains("`Failed` (query.too.long: too long)"));

    let stub = Stub::start(move |asked| {
        let row = r#"{"date":"2026-07-10","httpMethod":"GET","templateUri":"/x","requestCount":1,"status200":1}"#;
        (asked.path == path).then(|| match asked.parameter("after") {
            None => {
                reply(200, &format!(r#"{{"queryStatus":"Succeeded","entities":[{row}],"nextUri":"{path}?after=2"}}"#))
            }
            Some(_) => reply(500, ""),
        })
    })
    .await;
    let snapshot = stub.collect().await;
    let usage = snapshot.usage.as_ref().unwrap();
    assert!(!usage.complete && !usage.rows.is_empty());
    assert_eq!(snapshot.coverage.seen(Listing::Usage), Seen::Part);

    let stub = Stub::start(move |asked| (asked.path == path).then(|| reply(202, r#"{"queryStatus":"Queued"}"#))).await;
    let snapshot = stub.collect().await;
    assert!(reasons(&snapshot, Listing::Usage)[0].1.contains("not done after 5 looks"));
}

#[tokio::test]
async fn usage_is_asked_for_whole_days_and_for_service_users() {
    let stub = Stub::start(|_| None).await;
    let mut settings = settings();
    settings.observed_days = 100;
    let snapshot = stub.collect_with(&settings).await.unwrap();
    let bodies: Vec<String> = stub
        .asked()
        .into_iter()
        .filter(|asked| asked.method == "POST" && asked.path.ends_with("/jobs"))
        .map(|asked| asked.body)
        .collect();
    assert_eq!(bodies.len(), 4, "two windows, by client and by user");
    assert!(bodies.iter().any(|body| body.contains("2026-04-11T00:00:00Z/2026-07-09T23:59:59Z")), "{bodies:?}");
    assert!(bodies.iter().any(|body| body.contains("2026-07-10T00:00:00Z/2026-07-19T23:59:59Z")), "{bodies:?}");
    assert_eq!(bodies.iter().filter(|body| body.contains(r#""userIds":["u1"]"#)).count(), 2);
    assert!(snapshot.usage.unwrap().complete);
}

#[tokio::test]
async fn apps_are_asked_for_only_where_the_configuration_says_so() {
    let path = "/api/v2/oauth/authorizations";
    let answer = r#"{"total":1,"entities":[{"client":{"id":"a1","name":"App","secret":"hush"},"state":"Authorized","scope":["users"]}]}"#;
    let stub = Stub::start(move |asked| (asked.path == path).then(|| reply(200, answer))).await;
    let snapshot = stub.collect().await;
    assert_eq!((record(&snapshot, Listing::ThirdPartyApps).seen, stub.times(path)), (Seen::NotAsked, 0));
    let asking = CollectSettings { third_party_apps: true, ..settings() };
    let snapshot = stub.collect_with(&asking).await.unwrap();
    assert_eq!((snapshot.apps.len(), snapshot.apps[0].client.as_str(), stub.times(path)), (1, "a1", 1));
}

#[tokio::test]
async fn refused_list_of_apps_is_not_known_and_names_the_permission() {
    let stub = Stub::start(|asked| {
        (asked.path == "/api/v2/oauth/authorizations").then(|| reply(403, r#"{"code":"missing.any.permissions"}"#))
    })
    .await;
    let asking = CollectSettings { third_party_apps: true, ..settings() };
    let snapshot = stub.collect_with(&asking).await.unwrap();
    let apps = record(&snapshot, Listing::ThirdPartyApps);
    assert_eq!(apps.seen, Seen::Nothing);
    assert_eq!(apps.unread[0].missing_permissions, ["oauth:client:authorize"]);
    assert!(!snapshot.coverage.is_complete());
    assert_eq!(not_whole(&snapshot), [Listing::ThirdPartyApps]);
}

#[tokio::test]
async fn list_of_addresses_is_read_and_one_that_is_not_understood_is_not_known() {
    let clients = |address: &'static str| {
        move |asked: &Asked| {
            (asked.path == "/api/v2/oauth/clients").then(|| {
                reply(200, &format!(r#"{{"entities":[{{"id":"c1","name":"Robot","authorizedGrantType":"CODE","ipAllowList":{address}}}]}}"#))
            })
        }
    };
    let snapshot = Stub::start(clients(r#"["203.0.113.0/24"]"#)).await.collect().await;
    let client = &snapshot.oauth_clients[0];
    assert_eq!(client.allowed_addresses.as_ref().unwrap().texts(), ["203.0.113.0/24"]);
    assert_eq!(record(&snapshot, Listing::AllowedAddresses).seen, Seen::Whole);

    let snapshot = Stub::start(clients(r#"{"zone":"office"}"#)).await.collect().await;
    let addresses = record(&snapshot, Listing::AllowedAddresses);
    assert_eq!((addresses.seen, addresses.unread[0].of.as_deref()), (Seen::Part, Some("c1")));
    assert!(!snapshot.coverage.is_complete());
}
