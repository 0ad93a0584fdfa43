//! Tests of the whole answer: on orgs made by hand, and on generated ones against brute force and against the verdicts.

use std::collections::BTreeSet;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use rolecall_access::cross::needed::Known;
use rolecall_access::cross::{Answer, Verdict, gap};
use rolecall_base::coverage::Seen;
use rolecall_base::grant::Reach;
use rolecall_base::id::{DivisionId, RoleId};
use rolecall_base::oauth_client::{GrantType, RoleDivision};
use rolecall_base::snapshot::Snapshot;
use rolecall_findings::severity::Severity;
use rolecall_findings::testing::Night;
use rolecall_matrix::{Endpoint, Match, Matrix, Operation, Provenance, Requirement, UserContext, bundled};

const OBSERVATIONS: &str = "POST /api/v2/analytics/queues/observations/query";
const QUEUES: &str = "GET /api/v2/routing/queues";

fn advice_of(night: &Night, name: &str) -> Advice {
    let matrix = night.matrix.as_ref().unwrap_or(bundled::matrix());
    let map = AccessMap::of(&night.snapshot, matrix, night.scopes_enforced);
    let needed = Needed::of(&map, &night.needs);
    let at = map.principals().iter().position(|one| one.name == name).unwrap();
    let advice = advise(&map, "matrix of a test", &needed, at, NODES).unwrap();
    assert_eq!(advice.objections, Vec::<String>::new());
    advice
}

/// A client whose two roles it needs half of.
fn wallboard() -> Night {
    let mut night = Night::new();
    night.division("d1", "Sales").division("d2", "Support");
    night.role("r1", "Queues", &["routing:queue:view", "routing:queue:edit"]);
    night.role("r2", "Directory", &["directory:user:view"]);
    night.client("c1", "Wallboard", &[("r1", "*"), ("r2", "d1")]);
    night.usage("c1", QUEUES, 9, 9, 0);
    for grant in &mut night.snapshot.grants {
        grant.granted_at = Some("2026-01-05T08:00:00Z".parse().unwrap());
    }
    night
}

#[test]
fn least_set_is_what_the_needs_ask_for_and_the_rest_can_go() {
    let advice = advice_of(&wallboard(), "Wallboard");
    assert_eq!(advice.permissions, ["routing:queue:view"]);
    assert!(advice.optimal && advice.cost == 1 && advice.lower_bound == 1 && advice.gap == 0);
    assert!(advice.uncovered.is_empty() && !advice.is_in_doubt());
    let found: Vec<(&str, &str, usize)> =
        advice.removable.iter().map(|step| (step.kind, step.role_name.as_str(), step.permissions.len())).collect();
    assert_eq!(found, [("grant", "Directory", 1), ("role-permissions", "Queues", 1)]);
    let grant = &advice.removable[0];
    assert_eq!((grant.division_id.as_str(), grant.division_name.as_str()), ("d1", "Sales"));
    assert!(grant.undo.contains("`Directory` (r2)") && grant.undo.contains("`Sales` (d1)"), "{}", grant.undo);
    assert!(grant.undo.contains("PUT /api/v2/oauth/clients/c1"), "{}", grant.undo);
    assert_eq!(advice.removable[1].permissions, ["routing:queue:edit"]);
    assert_eq!(advice.removable[1].keeps, ["routing:queue:view"]);
    assert!(advice.kept.iter().any(|kept| kept.what.contains("`Queues`") && kept.why.contains(QUEUES)));
    assert!(advice.cautions[0].contains("30 days") && advice.cautions[0].contains("season"), "{:?}", advice.cautions);
}

#[test]
fn harmless_alternative_is_taken_although_the_dangerous_one_is_held() {
    let mut night = Night::new();
    // ANY of a dangerous and a harmless permission; two harmless ones are lighter than one dangerous one.
    night.matrix = Some(matrix(&[
        ("/a", Match::Any, &["authorization:grant:add", "routing:queue:view"]),
        ("/b", Match::Any, &["authorization:grant:add", "routing:skill:view"]),
    ]));
    night.role("r1", "Admin", &["authorization:grant:add"]).client("c1", "Robot", &[("r1", "*")]);
    night.usage("c1", "GET /api/v2/a", 1, 1, 0).usage("c1", "GET /api/v2/b", 1, 1, 0);
    let advice = advice_of(&night, "Robot");
    assert_eq!(advice.permissions, ["routing:queue:view", "routing:skill:view"]);
    assert_eq!((advice.cost, advice.chosen[0].held), (2, "no"));
    assert_eq!(advice.counted.critical, 0);
    // What is held now is needed until the other role is there.
    assert!(advice.removable.is_empty());
}

#[test]
fn of_equal_alternatives_the_one_that_is_held_is_taken() {
    let mut night = Night::new();
    night.matrix = Some(matrix(&[("/a", Match::Any, &["routing:queue:view", "routing:skill:view"])]));
    night.role("r1", "Skills", &["routing:skill:view"]).client("c1", "Robot", &[("r1", "*")]);
    night.need("Robot", "GET /api/v2/a", "");
    assert_eq!(advice_of(&night, "Robot").permissions, ["routing:skill:view"]);
    night.role("r2", "Both", &["routing:skill:view", "routing:queue:view"]).client("c2", "Other", &[("r2", "*")]);
    night.need("Other", "GET /api/v2/a", "");
    assert_eq!(advice_of(&night, "Other").permissions, ["routing:queue:view"]);
}

#[test]
fn needs_that_no_permission_meets_are_reported_with_their_reason() {
    let mut night = Night::new();
    night.matrix = Some(matrix(&[
        ("/unknown", Match::Unknown, &[]),
        ("/me", Match::None, &[]),
        ("/elsewhere", Match::All, &["bridge:server:view", "routing:queue:view"]),
        ("/queues", Match::Any, &["routing:queue:view"]),
    ]));
    night.client("c1", "Robot", &[]);
    for path in ["unknown", "me", "elsewhere", "nowhere"] {
        night.need("Robot", &format!("GET /api/v2/{path}"), "");
    }
    night.need("Robot", "GET /api/v2/queues", "Atlantis");
    night.snapshot.permissions.retain(|one| one.permission.as_str() != "bridge:server:view");
    let advice = advice_of(&night, "Robot");
    let found: BTreeSet<(&str, &str)> = advice.uncovered.iter().map(|one| (one.path.as_str(), one.reason)).collect();
    let expected = [
        ("/api/v2/elsewhere", "permission-not-in-org"),
        ("/api/v2/me", "needs-user-context"),
        ("/api/v2/nowhere", "endpoint-not-in-matrix"),
        ("/api/v2/queues", "missing-division"),
        ("/api/v2/unknown", "requirement-not-published"),
    ];
    assert_eq!(found, BTreeSet::from(expected));
    assert!(advice.permissions.is_empty() && advice.is_in_doubt());
}

#[test]
fn calls_that_never_succeeded_are_no_needs_but_keep_their_verdict() {
    let mut night = wallboard();
    night.usage("c1", "GET /api/v2/users/search", 5, 0, 5);
    let advice = advice_of(&night, "Wallboard");
    assert_eq!(advice.not_counted[0].path, "/api/v2/users/search");
    assert!(!advice.permissions.contains(&"directory:user:view".to_owned()));
    assert!(advice.removable.iter().all(|step| step.role_name != "Directory"), "{:#?}", advice.removable);
}

#[test]
fn nothing_is_called_safe_where_the_use_is_not_known_whole() {
    let mut cut = wallboard();
    cut.snapshot.usage.as_mut().unwrap().complete = false;
    let mut unread = wallboard();
    unread.unread(Listing::Usage);
    let mut not_asked = wallboard();
    not_asked.snapshot.usage = None;
    not_asked.snapshot.coverage.listings.get_mut(&Listing::Usage).unwrap().seen = Seen::NotAsked;
    not_asked.need("Wallboard", QUEUES, "");
    let mut roles = wallboard();
    roles.unread(Listing::RoleGrants);
    let mut works_without_a_reason = wallboard();
    works_without_a_reason.usage("c1", "POST /api/v2/oauth/clients", 3, 3, 0);
    works_without_a_reason.snapshot.usage.as_mut().unwrap().rows[1].last_success = Some(date(2026, 11, 20));
    let mut unpublished = wallboard();
    unpublished.usage("c1", "GET /api/v2/not/in/the/matrix", 3, 3, 0);
    let mut young = wallboard();
    young.snapshot.oauth_clients[0].created = Some("2026-11-01T00:00:00Z".parse().unwrap());
    for (night, exits_with_doubt) in [
        (&cut, true),
        (&unread, true),
        (&not_asked, false),
        (&roles, false),
        (&works_without_a_reason, false),
        (&unpublished, true),
        (&young, false),
    ] {
        let advice = advice_of(night, "Wallboard");
        assert!(advice.removable.is_empty(), "{:?}", advice.removal_not_known);
        assert!(!advice.removal_not_known.is_empty());
        assert_eq!(advice.is_in_doubt(), exits_with_doubt, "{:?}", advice.needs_not_known);
    }
}

#[test]
fn what_stands_next_to_calls_that_list_no_permission_stays() {
    let mut night = wallboard();
    night.role("r3", "Languages", &["routing:wrapupCode:view"]).role("r4", "Flows", &["architect:flow:view"]);
    night.client("c1", "Second", &[]);
    night.snapshot.oauth_clients.pop();
    for (role, reach) in [("r3", "d2"), ("r4", "*")] {
        let pair = RoleDivision { role: RoleId::new(role), reach: Reach::parse(reach) };
        night.snapshot.oauth_clients[0].role_divisions.as_mut().unwrap().push(pair);
    }
    let gone = |night: &Night| -> Vec<String> {
        let advice = advice_of(night, "Wallboard");
        advice.removable.iter().filter(|step| step.kind == "grant").map(|step| step.role_name.clone()).collect()
    };
    assert_eq!(gone(&night), ["Directory", "Flows", "Languages"]);
    // `POST /api/v2/users` asks for `directory:user:add`: the same thing.
    night.usage("c1", "GET /api/v2/users", 5, 5, 0);
    let advice = advice_of(&night, "Wallboard");
    assert_eq!(gone(&night), ["Flows", "Languages"]);
    let kept = advice.kept.iter().find(|kept| kept.what.contains("`Directory`")).unwrap();
    assert!(kept.why.contains("`directory:user:view`") && kept.why.contains("GET /api/v2/users"), "{}", kept.why);
}

#[test]
fn auditor_is_never_reported_to_lose_what_the_audit_reads() {
    let mut night = wallboard();
    night.snapshot.org.auditor = rolecall_base::id::ClientId::new("c1");
    let advice = advice_of(&night, "Wallboard");
    assert!(advice.removable.is_empty() && advice.is_in_doubt());
}

#[test]
fn need_without_a_division_stays_in_the_divisions_it_is_held_in() {
    let mut night = wallboard();
    night.need("Wallboard", "GET /api/v2/users/search", "");
    let advice = advice_of(&night, "Wallboard");
    let role = advice.roles.iter().find(|role| role.permissions == ["directory:user:view"]).unwrap();
    assert_eq!(role.divisions[0].name, "Sales");
    assert!(advice.evidence.iter().any(|link| link.what == "divisions" && link.says.contains("/users/search")));
}

#[test]
fn young_grant_stays() {
    let mut night = wallboard();
    for grant in night.snapshot.grants.iter_mut().filter(|grant| grant.role.as_str() == "r2") {
        grant.granted_at = Some("2026-11-10T00:00:00Z".parse().unwrap());
    }
    let advice = advice_of(&night, "Wallboard");
    assert!(advice.removable.iter().all(|step| step.role_name != "Directory"));
    let kept = advice.kept.iter().find(|kept| kept.what.contains("`Directory`")).unwrap();
    assert!(kept.why.contains("2026-11-10"), "{}", kept.why);
}

#[test]
fn shared_role_is_narrowed_only_as_far_as_everybody_allows_and_says_who() {
    let mut night = wallboard();
    night.client("c2", "Other", &[("r1", "*")]);
    night.usage("c2", QUEUES, 1, 1, 0);
    for grant in &mut night.snapshot.grants {
        grant.granted_at = Some("2026-01-05T08:00:00Z".parse().unwrap());
    }
    let advice = advice_of(&night, "Wallboard");
    let step = advice.removable.iter().find(|step| step.kind == "role-permissions").unwrap();
    assert_eq!((step.permissions.as_slice(), step.affects.len()), (&["routing:queue:edit".to_owned()][..], 1));
    assert_eq!(step.affects[0].name, "Other");
    // The other one needs it.
    night.usage("c2", "PUT /api/v2/routing/queues/{queueId}", 1, 1, 0);
    let advice = advice_of(&night, "Wallboard");
    assert!(advice.removable.iter().all(|step| step.kind != "role-permissions"), "{:#?}", advice.removable);
    // Of a person's use nothing is known.
    night.user("u1", "Ada", false, &[("r1", "*")]);
    let advice = advice_of(&night, "Wallboard");
    assert!(advice.removable.iter().all(|step| step.kind != "role-permissions"));
}

#[test]
fn inherited_role_goes_with_the_membership() {
    let mut night = wallboard();
    night.user("u1", "svc-a", true, &[("r1", "*")]);
    night.group("g1", "Night Jobs", &["u1"], &[("r2", "*")]);
    night.usage("c1", QUEUES, 1, 1, 0);
    for grant in &mut night.snapshot.grants {
        grant.granted_at = Some("2026-01-05T08:00:00Z".parse().unwrap());
    }
    let rows = &mut night.snapshot.usage.as_mut().unwrap().rows;
    let row = rows.last_mut().unwrap();
    row.user = Some(rolecall_base::id::UserId::new("u1"));
    let advice = advice_of(&night, "svc-a");
    assert_eq!(advice.permissions, ["routing:queue:view"]);
    let step = &advice.removable[0];
    assert_eq!((step.kind, step.via.as_str()), ("group-membership", "group:Night Jobs"));
    assert!(step.undo.contains("/api/v2/groups/g1/members"), "{}", step.undo);
}

#[test]
fn client_that_acts_for_users_is_shown_the_users_permissions_and_the_least_scopes() {
    let mut night = Night::new();
    night.user_client("c1", "Desktop", GrantType::Code, &["routing", "users", "imaginary"]);
    night.need("Desktop", QUEUES, "").usage("c1", QUEUES, 3, 3, 0);
    let advice = advice_of(&night, "Desktop");
    assert_eq!(advice.permissions, ["routing:queue:view"]);
    let scopes = advice.scopes.unwrap();
    assert_eq!(
        (scopes.scopes, scopes.missing),
        (vec!["routing:readonly".to_owned()], vec!["routing:readonly".to_owned()])
    );
    assert!(scopes.optimal);
    let gone: Vec<&str> = advice.removable.iter().map(|step| step.permissions[0].as_str()).collect();
    assert_eq!(gone, ["imaginary", "users"]);
}

#[test]
fn permissions_needed_in_one_division_are_granted_in_no_other() {
    let mut night = wallboard();
    night.need("Wallboard", OBSERVATIONS, "Support");
    let advice = advice_of(&night, "Wallboard");
    assert_eq!(advice.permissions, ["analytics:queueObservation:view", "routing:queue:view"]);
    let found: Vec<(Vec<&str>, &str)> = advice
        .roles
        .iter()
        .map(|role| (role.divisions.iter().map(|one| one.name.as_str()).collect(), role.permissions[0].as_str()))
        .collect();
    let expected = [(vec!["*"], "routing:queue:view"), (vec!["Support"], "analytics:queueObservation:view")];
    assert_eq!(found, expected);
}

#[test]
fn hostile_names_stay_within_their_quotes_in_cx_as_code() {
    let mut night = wallboard();
    night.snapshot.oauth_clients[0].name = "Wall\"\n}${file(\"x\")}".to_owned();
    let map = AccessMap::of(&night.snapshot, bundled::matrix(), None);
    let needed = Needed::of(&map, &night.needs);
    let advice = advise(&map, "m", &needed, 0, NODES).unwrap();
    let text = terraform::write_roles(&map, &map.principals()[0], &advice, "");
    assert!(text.contains(r#"name                  = "Wall\"\n}$${file(\"x\")}""#), "{text}");
    assert!(
        !text.replace("$${", "").lines().filter(|line| !line.starts_with('#')).any(|line| line.contains("${")),
        "{text}"
    );
    let code: String = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    let code = code.replace("$${", "").replace("\\n}", "\\n").replace("(\\\"x\\\")}", "");
    assert_eq!(code.matches('{').count(), code.matches('}').count(), "{code}");
    for part in [
        "resource \"genesyscloud_auth_role\"",
        "domain      = \"routing\"",
        "entity_name = \"queue\"",
        "action_set  = [\"view\"]",
        "division_id = \"*\"",
        "authorized_grant_type = \"CLIENT-CREDENTIALS\"",
        "id = \"c1\"",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

fn matrix(rows: &[(&str, Match, &[&str])]) -> Matrix {
    let operations = rows.iter().map(|(path, matching, permissions)| Operation {
        endpoint: Endpoint::new(rolecall_matrix::Method::Get, path),
        requirement: Requirement {
            unproven: false,
            permissions_match: *matching,
            permissions: permissions.iter().map(Permission::new).collect(),
            scopes: Vec::new(),
            scopes_known: Provenance::Published,
            user_context: if *path == "/me" { UserContext::Yes } else { UserContext::Unknown },
        },
        deprecated: None,
        source: "test".into(),
        overridden: None,
    });
    Matrix::new("test", None, operations.collect()).0
}

/// Permissions of the generated orgs, from critical to harmless.
const POOL: [&str; 10] = [
    "authorization:grant:add",
    "oauth:client:edit",
    "oauth:client:view",
    "recording:recording:view",
    "routing:skill:manage",
    "directory:user:view",
    "routing:queue:view",
    "routing:skill:view",
    "routing:wrapupCode:view",
    "architect:flow:view",
];

/// A generated org: what endpoints ask for, roles, who holds them where, and what is called.
#[derive(Clone, Debug)]
struct Made {
    operations: Vec<(bool, Vec<usize>)>,
    roles: Vec<Vec<usize>>,
    clients: Vec<Vec<(usize, usize)>>,
    calls: Vec<(usize, usize, usize)>,
    everywhere: Vec<bool>,
}

fn made() -> impl Strategy<Value = Made> {
    let permission = 0..POOL.len();
    let operation = (prop::bool::weighted(0.25), prop::collection::vec(permission.clone(), 1..=4));
    let role = prop::collection::vec(permission, 1..=6);
    let grants = prop::collection::vec((0_usize..4, 0_usize..3), 0..=4);
    let calls = prop::collection::vec((0_usize..3, 0_usize..8, 0_usize..4), 1..=14);
    (
        prop::collection::vec(operation, 8),
        prop::collection::vec(role, 4),
        prop::collection::vec(grants, 3),
        calls,
        prop::collection::vec(prop::bool::weighted(0.2), POOL.len()),
    )
        .prop_map(|(operations, roles, clients, calls, everywhere)| Made {
            operations,
            roles,
            clients,
            calls,
            everywhere,
        })
}

impl Made {
    fn night(&self) -> Night {
        let mut night = Night::new();
        night.division("d1", "Sales").division("d2", "Support");
        let paths: Vec<String> = (0..self.operations.len()).map(|at| format!("/op{at}")).collect();
        let names: Vec<Vec<&str>> =
            self.operations.iter().map(|(_, of)| of.iter().map(|at| POOL[*at]).collect()).collect();
        let rows: Vec<(&str, Match, &[&str])> = paths
            .iter()
            .zip(&self.operations)
            .zip(&names)
            .map(|((path, (all, _)), names)| {
                (path.as_str(), if *all { Match::All } else { Match::Any }, names.as_slice())
            })
            .collect();
        night.matrix = Some(matrix(&rows));
        night.snapshot.permissions.retain(|one| POOL.contains(&one.permission.as_str()));
        for one in &mut night.snapshot.permissions {
            if let Some(at) = POOL.iter().position(|name| *name == one.permission.as_str()) {
                one.division_aware = Some(!self.everywhere[at]);
            }
        }
        for (at, role) in self.roles.iter().enumerate() {
            let names: Vec<&str> = role.iter().map(|at| POOL[*at]).collect();
            night.role(&format!("r{at}"), &format!("Role {at}"), &names);
        }
        let reach = ["*", "d1", "d2"];
        for (at, grants) in self.clients.iter().enumerate() {
            let roles: Vec<String> = grants.iter().map(|(role, _)| format!("r{role}")).collect();
            let grants: Vec<(&str, &str)> =
                roles.iter().zip(grants).map(|(role, (_, place))| (role.as_str(), reach[*place])).collect();
            night.client(&format!("c{at}"), &format!("Client {at}"), &grants);
        }
        for (client, operation, how) in &self.calls {
            let endpoint = format!("GET /api/v2/op{operation}");
            match how {
                0 => night.usage(&format!("c{client}"), &endpoint, 5, 5, 0),
                1 => night.usage(&format!("c{client}"), &endpoint, 5, 0, 5),
                2 => night.need(&format!("Client {client}"), &endpoint, ""),
                _ => night.need(&format!("Client {client}"), &endpoint, "Support"),
            };
        }
        if night.snapshot.usage.is_none() {
            night.usage("c0", "GET /api/v2/op0", 1, 0, 1);
        }
        night.snapshot.sort();
        night
    }
}

/// Every needed call of every client, answered.
fn answers(snapshot: &Snapshot, night: &Night) -> Vec<(String, Answer)> {
    let map = AccessMap::of(snapshot, night.matrix.as_ref().unwrap(), None);
    let needed = Needed::of(&map, &night.needs);
    let answer = |call: &rolecall_access::cross::needed::NeededCall<'_>| {
        let principal = &map.principals()[call.principal];
        (format!("{} {}", principal.id, call.endpoint), gap::answer_needed(&map, principal, call))
    };
    needed.calls.iter().map(answer).collect()
}

/// The danger of a set as the catalogue words it, gravest first, then how many there are.
fn by_words(set: &[&str]) -> [usize; 5] {
    let mut counted = [0; 5];
    for name in set {
        let wide = name.ends_with(":all") || name.ends_with(":manage");
        let word = danger::catalogue().worst(name).map(|entry| entry.severity).max(wide.then_some(Severity::High));
        match word {
            Some(Severity::Critical) => counted[0] += 1,
            Some(Severity::High) => counted[1] += 1,
            Some(Severity::Medium) => counted[2] += 1,
            Some(Severity::Low) => counted[3] += 1,
            Some(Severity::Info) | None => {}
        }
        counted[4] += 1;
    }
    counted
}

#[test]
fn permission_that_no_division_limits_is_granted_in_one_all_the_same() {
    // Named twice, so that it looks like two alternatives of which each leaves the need to the other.
    let mut operations = vec![(false, vec![0]); 8];
    operations[3] = (false, vec![6, 6]);
    let mut everywhere = vec![false; POOL.len()];
    everywhere[6] = true;
    let clients = vec![vec![(2, 0)], vec![], vec![]];
    let made = Made {
        operations,
        roles: vec![vec![0], vec![0], vec![6], vec![0]],
        clients,
        calls: vec![(0, 3, 2)],
        everywhere,
    };
    let night = made.night();
    let map = AccessMap::of(&night.snapshot, night.matrix.as_ref().unwrap(), None);
    let advice = advise(&map, "m", &Needed::of(&map, &night.needs), 0, NODES).unwrap();
    assert_eq!(advice.permissions, [POOL[6]]);
    assert_eq!(advice.roles[0].divisions.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["*"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn least_set_is_the_best_of_all_sets_danger_first(made in made()) {
        let night = made.night();
        let map = AccessMap::of(&night.snapshot, night.matrix.as_ref().unwrap(), None);
        let needed = Needed::of(&map, &night.needs);
        for (at, principal) in map.principals().iter().enumerate() {
            let advice = advise(&map, "m", &needed, at, NODES).unwrap();
            prop_assert_eq!(&advice.objections, &Vec::<String>::new());
            let counts = |known: Known<'_>| match known {
                Known::Declared(_) => true,
                Known::Observed(row) => row.status_2xx > 0,
            };
            let wanted: BTreeSet<usize> = needed
                .calls
                .iter()
                .filter(|call| call.principal == at && counts(call.known))
                .filter_map(|call| call.operation)
                .collect();
            let covers = |set: &[&str]| wanted.iter().all(|operation| {
                let asked = &map.matrix.operations()[*operation].requirement;
                let mut names = asked.permissions.iter().map(Permission::as_str);
                match asked.permissions_match {
                    Match::Any => names.any(|name| set.contains(&name)),
                    _ => names.all(|name| set.contains(&name)),
                }
            });
            let best = (0_u32..1 << POOL.len())
                .map(|bits| {
                    (0..POOL.len()).filter(|at| bits & (1 << at) != 0).map(|at| POOL[at]).collect::<Vec<_>>()
                })
                .filter(|set| covers(set))
                .map(|set| by_words(&set))
                .min()
                .unwrap();
            let found: Vec<&str> = advice.permissions.iter().map(String::as_str).collect();
            prop_assert!(covers(&found));
            prop_assert_eq!(by_words(&found), best, "{} {:?}", &principal.name, &found);
            prop_assert!(advice.optimal);
        }
    }

    #[test]
    fn all_removals_together_leave_every_need_of_everybody_its_verdict(made in made()) {
        let night = made.night();
        let map = AccessMap::of(&night.snapshot, night.matrix.as_ref().unwrap(), None);
        let needed = Needed::of(&map, &night.needs);
        let before = answers(&night.snapshot, &night);
        for at in 0..map.principals().len() {
            let advice = advise(&map, "m", &needed, at, NODES).unwrap();
            let mut after = night.snapshot.clone();
            advice.removable.iter().for_each(|step| step.change.apply(&mut after));
            prop_assert_eq!(&answers(&after, &night), &before, "{:#?}", &advice.removable);
        }
    }

    #[test]
    fn client_with_nothing_but_the_least_roles_may_make_every_call_it_needs(made in made()) {
        let night = made.night();
        let map = AccessMap::of(&night.snapshot, night.matrix.as_ref().unwrap(), None);
        let needed = Needed::of(&map, &night.needs);
        for (at, principal) in map.principals().iter().enumerate() {
            let advice = advise(&map, "m", &needed, at, NODES).unwrap();
            let mut only = Night::new();
            only.snapshot = night.snapshot.clone();
            only.snapshot.grants.clear();
            let mut pairs = Vec::new();
            for (number, role) in advice.roles.iter().enumerate() {
                let id = format!("least{number}");
                let names: Vec<&str> = role.permissions.iter().map(String::as_str).collect();
                only.role(&id, &role.name, &names);
                for place in &role.divisions {
                    let reach = if place.id == "*" { Reach::All } else { Reach::In(DivisionId::new(&place.id)) };
                    pairs.push(RoleDivision { role: RoleId::new(&id), reach });
                }
            }
            for client in only.snapshot.oauth_clients.iter_mut().filter(|client| client.id.as_str() == principal.id) {
                client.role_divisions = Some(pairs.clone());
            }
            only.snapshot.sort();
            let after = AccessMap::of(&only.snapshot, map.matrix, None);
            let holder = after.principals().iter().find(|one| one.id == principal.id).unwrap();
            for call in needed.calls.iter().filter(|call| call.principal == at) {
                let answer = gap::answer_needed(&after, holder, call);
                let before = gap::answer_needed(&map, principal, call);
                match call.known {
                    Known::Observed(row) if row.status_2xx == 0 => {}
                    Known::Declared(_) | Known::Observed(_) => {
                        prop_assert!(answer.verdict == Verdict::Allowed || answer == before, "{:?} {:?} {:?}", answer, before, advice.roles);
                    }
                }
            }
        }
    }
}

#[test]
fn three_hundred_needs_of_the_whole_matrix_are_proved_and_verified() {
    let mut night = Night::new();
    night.role("r1", "All", &["*:*:*"]).client("c1", "Everything", &[("r1", "*")]);
    let operations = bundled::matrix().operations();
    for at in 0..300 {
        night.need("Everything", &operations[(at * 11) % operations.len()].endpoint.to_string(), "");
    }
    let advice = advice_of(&night, "Everything");
    assert!(advice.optimal && advice.cost == advice.lower_bound, "{} {}", advice.cost, advice.lower_bound);
    assert!(advice.permissions.len() > 50);
}
