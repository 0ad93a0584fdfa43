//! What is said of names, pairs and changes, on small orgs.

use super::claims::Kind;
use super::*;
use rolecall_base::coverage::Listing;
use rolecall_base::oauth_client::GrantType;
use rolecall_findings::testing::Night;

const QUEUES: &str = "GET /api/v2/routing/queues";

fn night() -> Night {
    let mut night = Night::new();
    night.division("d1", "Home").division("d2", "Sales");
    night.role("r1", "Queues", &["routing:queue:view"]);
    night.role("r2", "Power", &["routing:queue:view", "authorization:grant:add"]);
    night.role("r3", "Nothing", &["directory:user:view"]);
    night.client("c1", "Robot", &[("r3", "*")]);
    night.client("c2", "Reader", &[("r1", "d2")]);
    night.user_client("c3", "Desktop", GrantType::Code, &["routing:readonly"]);
    night.user("u1", "svc-one", true, &[("r3", "d2")]);
    night
}

fn explain(night: &Night, principal: &str, endpoint: &str, claimed: &[&str]) -> Explanation {
    let evidence = night.evidence();
    let map = &evidence.orgs[0].map;
    let principal = map.principals().iter().find(|one| one.id == principal).unwrap();
    let claimed: Vec<Claimed> = claimed.iter().map(|text| Claimed::parse(text)).collect();
    super::explain(map, "matrix m, of 2026-08-15", principal, None, &endpoint.parse().unwrap(), &claimed)
}

#[test]
fn claim_is_read_with_and_without_its_kind() {
    let read = |text: &str| Claimed::parse(text);
    assert_eq!(read("scope:analytics:read"), Claimed { kind: Some(Kind::Scope), name: "analytics:read".to_owned() });
    assert_eq!(read("Role: Analytics View"), Claimed { kind: Some(Kind::Role), name: "Analytics View".to_owned() });
    assert_eq!(read("routing:queue:view"), Claimed { kind: None, name: "routing:queue:view".to_owned() });
    assert_eq!(read("scope:"), Claimed { kind: None, name: "scope:".to_owned() });
}

#[test]
fn claimed_names_exist_as_what_they_are_and_matter_where_the_call_asks_for_them() {
    let night = night();
    let claims = explain(
        &night,
        "c1",
        QUEUES,
        &[
            "routing:queue:view",
            "scope:routing:queue:view",
            "scope:routing",
            "role:Queues",
            "permission:directory:user:view",
            "x:y:z",
        ],
    )
    .claims;
    let kinds: Vec<&[Kind]> = claims.iter().map(|claim| claim.exists_as.as_slice()).collect();
    let permission = [Kind::Permission].as_slice();
    assert_eq!(kinds, [permission, permission, &[Kind::Scope], &[Kind::Role], permission, &[]]);
    assert_eq!(claims.iter().map(|claim| claim.matters).collect::<Vec<_>>(), [true, true, false, true, false, false]);
    assert!(claims[1].says.starts_with("not a scope; a real permission"), "{}", claims[1].says);
    assert!(claims[2].says.contains("beside the point"), "{}", claims[2].says);
    assert!(claims[3].says.contains("it gives routing:queue:view and is not granted here"), "{}", claims[3].says);
    assert!(claims[4].says.contains("does not ask for"), "{}", claims[4].says);
    let desktop = explain(&night, "c3", QUEUES, &["scope:routing:readonly", "scope:users"]).claims;
    assert_eq!(desktop.iter().map(|claim| claim.matters).collect::<Vec<_>>(), [true, false]);
    assert!(desktop[0].says.contains("this call takes it, the client has it"), "{}", desktop[0].says);
}

#[test]
fn role_that_nobody_read_is_not_said_to_be_absent() {
    let mut night = night();
    night.unread(Listing::Roles);
    let claim = explain(&night, "c1", QUEUES, &["role:Somewhere"]).claims.remove(0);
    assert!(claim.says.contains("as far as was read"), "{}", claim.says);
}

#[test]
fn role_that_hands_over_the_keys_is_no_fix_where_another_is() {
    let answer = explain(&night(), "c1", QUEUES, &[]);
    let roles: Vec<&str> = answer.fix_options.iter().filter_map(|one| one.role_name.as_deref()).collect();
    assert!(roles.contains(&"Queues") && !roles.contains(&"Power"), "{:?}", answer.fix_options);
    assert_eq!(answer.fix_options[0].way, Way::GrantRole, "a role that gives nothing else comes before a new one");
    assert_eq!(answer.fix_options[0].more_permissions, 0);
    assert_eq!(answer.fix_options[0].divisions, ["*"]);
    let widen = answer.fix_options.iter().find(|one| one.way == Way::WidenRole).unwrap();
    assert_eq!(widen.affects, ["service user `svc-one`"]);
    assert_eq!((widen.affects_principals, widen.certain), (1, true));
}

#[test]
fn evidence_hangs_each_link_below_what_it_gives_and_names_its_list() {
    let links = explain(&night(), "c2", QUEUES, &[]).evidence;
    let shape: Vec<(&str, usize)> = links.iter().map(|link| (link.what, link.depth)).collect();
    assert_eq!(shape, [("endpoint", 0), ("permission", 1), ("policy", 2), ("grant", 3), ("client", 0)]);
    assert_eq!(links[1].bears, Bears::Limits);
    assert!(links[0].from.starts_with("matrix m, of 2026-08-15"));
    for link in &links {
        assert!(!link.from.is_empty() && !link.says.is_empty());
    }
    // Nothing hangs in the air.
    for pair in links.windows(2) {
        assert!(pair[1].depth <= pair[0].depth + 1);
    }
}

#[test]
fn success_and_refusal_in_the_usage_data_support_a_flip_and_success_alone_speaks_against_it() {
    let standing = |good: u64, refused: u64| {
        let mut night = night();
        night.usage("c1", QUEUES, good + refused, good, refused);
        let flips = explain(&night, "c1", QUEUES, &[]).flips;
        flips.into_iter().find(|flip| flip.cause == "observed").unwrap().standing.as_str()
    };
    assert_eq!(standing(5, 3), "supported by data");
    assert_eq!(standing(5, 0), "ruled out by the data");
    assert_eq!(standing(0, 3), "ruled out by the data");
    assert_eq!(standing(0, 0), "possible, nothing in the data supports it");
}

#[test]
fn call_of_which_nothing_is_published_is_unknown_and_shows_what_was_observed() {
    let call = "POST /api/v2/groups/{groupId}/members";
    let mut night = night();
    night.usage("c1", call, 7, 6, 1);
    let answer = explain(&night, "c1", call, &[]);
    assert_eq!((answer.verdict, answer.reasons.as_slice()), ("unknown", ["nothing-published"].as_slice()));
    let seen = answer.evidence.iter().find(|link| link.what == "usage").unwrap();
    assert!(seen.says.starts_with("observed: 6 of its calls succeeded"), "{}", seen.says);
    let endpoint = &answer.evidence[0];
    assert!(endpoint.says.contains("does not prove that none is needed"), "{}", endpoint.says);
}

#[test]
fn scopes_of_a_client_pass_a_call_of_which_nothing_is_published_and_the_user_is_what_is_not_known() {
    let call: Endpoint = "POST /api/v2/groups/{groupId}/members".parse().unwrap();
    let blocker = |scopes: &[&str]| {
        let mut night = night();
        night.user_client("c9", "Desk", GrantType::Code, scopes);
        let evidence = night.evidence();
        let map = &evidence.orgs[0].map;
        let one = |id: &str| map.principals().iter().find(|one| one.id == id).unwrap();
        let sides = pair::sides(map, one("c9"), one("u1"), map.matrix.resolve(&call).unwrap().0);
        (sides.client_scopes, sides.blocker)
    };
    assert_eq!(blocker(&["groups"]), ("pass", "not known"));
    assert_eq!(blocker(&["users"]).1, "client scopes");
}

#[test]
fn endpoint_that_does_not_exist_is_answered_for_the_nearest_ones() {
    let answer = explain(&night(), "c1", "GET /api/v2/routing/queus", &[]);
    assert_eq!((answer.verdict, answer.permissions.len()), ("unknown", 0));
    assert!(answer.nearest.contains(&QUEUES.to_owned()), "{:?}", answer.nearest);
    let real = answer.instead.iter().find(|one| one.path == "/api/v2/routing/queues" && one.method == "GET").unwrap();
    assert_eq!(
        (real.verdict, real.missing_permissions.as_slice()),
        ("denied", ["routing:queue:view".to_owned()].as_slice())
    );
}
