//! Do the paths exist, are they the shortest, do the cuts cut, and does nothing smaller? Against plain searches.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::cut::{self, Question};
use super::graph::{Alternative, Edge, Filter, GOAL, Graph, Start, Sureness};
use super::moves;
use super::path::Removal;
use super::raise::{Raise, Ways};
use crate::cross::AccessMap;
use rolecall_base::coverage::Listing;
use rolecall_base::grant::{Reach, SubjectKind};
use rolecall_base::id::{GroupId, UserId};
use rolecall_base::oauth_client::{ClientState, GrantType};
use rolecall_base::policy::{AccessPolicy, Effect, PolicySubject};
use rolecall_base::snapshot::Snapshot;
use rolecall_matrix::{Matrix, bundled};
use rolecall_testkit::World;

/// The built-in matrix, down to the operations that moves are made of.
fn small_matrix() -> Matrix {
    let kept: BTreeSet<usize> = moves::ALL
        .iter()
        .flat_map(|one| one.calls.concat())
        .chain([moves::ADD_MEMBERS])
        .filter_map(|operation| bundled::matrix().get(&operation.parse().unwrap()).map(|(at, _)| at))
        .collect();
    let operations = kept.into_iter().map(|at| bundled::matrix().operations()[at].clone()).collect();
    Matrix::new("test", bundled::matrix().date, operations).0
}

fn night() -> World {
    let mut night = World::new();
    night.matrix = Some(small_matrix());
    night
        .snapshot
        .permissions
        .retain(|entry| POOL.contains(&entry.permission.as_str()) || entry.permission.as_str() == "recording:job:add");
    night
}

/// The answer for the principal of this id.
fn raise(night: &World, id: &str) -> Option<Raise> {
    raise_in(&night.snapshot, night.matrix.as_ref().unwrap_or(bundled::matrix()), id)
}

fn raise_in(snapshot: &Snapshot, matrix: &Matrix, id: &str) -> Option<Raise> {
    let map = AccessMap::of(snapshot, matrix, None);
    let at = map.principals().iter().position(|one| one.id == id).unwrap();
    let ways = Ways::of(&map);
    let found = ways.raise(at);
    assert_eq!(ways.raises().get(&at), found.as_ref(), "one and all answer alike");
    found
}

fn operations(raise: &Raise) -> Vec<&str> {
    raise.shortest.steps.iter().map(|step| step.operation.as_str()).collect()
}

fn removals(raise: &Raise) -> Vec<String> {
    raise.cut.as_ref().unwrap().removals.iter().map(|removal| removal.words("it")).collect()
}

#[test]
fn client_that_edits_roles_raises_itself_in_one_step_that_names_role_and_place() {
    let mut night = night();
    night.role("r1", "Tools", &["authorization:role:edit"]).client("c1", "Robot", &[("r1", "*")]);
    let found = raise(&night, "c1").unwrap();
    assert_eq!(operations(&found), ["PATCH /api/v2/authorization/roles/{roleId}"]);
    let step = found.shortest.steps[0].to_string();
    assert_eq!(
        step,
        "as itself: `PATCH /api/v2/authorization/roles/{roleId}` with `authorization:role:edit` (role `Tools` in all \
         divisions): adds any right to a role that it holds [published; whether the platform caps it at the caller's own \
         rights is not published]"
    );
    assert_eq!(removals(&found), ["remove role `Tools` from it"]);
    assert!(found.cut.unwrap().is_smallest());
    assert!(found.surest.is_none());
}

#[test]
fn harmless_principal_and_one_that_holds_everything_cannot_raise_themselves() {
    let mut night = night();
    night.role("r1", "Queues", &["routing:queue:view"]).role("r2", "All", &["*:*:*"]);
    night.client("c1", "Reader", &[("r1", "*")]).client("c2", "Owner", &[("r2", "*")]);
    assert_eq!(raise(&night, "c1"), None);
    assert_eq!(raise(&night, "c2"), None);
    // In one division only there is more to have.
    night.division("d1", "Home").client("c3", "Local", &[("r2", "d1")]);
    assert!(raise(&night, "c3").is_some());
}

#[test]
fn password_of_a_stronger_user_is_a_path_of_two_steps() {
    let mut night = night();
    night.role("r1", "Help desk", &["directory:user:setPassword"]).role("r2", "Admin", &["authorization:grant:add"]);
    night.client("c1", "Robot", &[("r1", "*")]).user("u1", "A Person", false, &[("r2", "*")]);
    let found = raise(&night, "c1").unwrap();
    let calls = ["POST /api/v2/users/{userId}/password", "POST /api/v2/authorization/subjects/{subjectId}/bulkadd"];
    assert_eq!(operations(&found), calls);
    assert_eq!(found.shortest.steps[0].does, "sets the password of user `A Person` and becomes it");
    assert_eq!(found.shortest.steps[1].acting_as, "user `A Person`");
    assert_eq!(found.shortest.sureness, Sureness::Likely);
    // Of cuts as small, the one that touches nobody else.
    assert_eq!(removals(&found), ["remove role `Help desk` from it"]);
    night.snapshot.users[0].state = "inactive".to_owned();
    assert_eq!(raise(&night, "c1"), None, "an inactive user is of no use");
}

#[test]
fn user_that_was_not_collected_is_reached_by_its_grants() {
    let mut night = night();
    night.role("r1", "Help desk", &["directory:user:setPassword"]).role("r2", "Admin", &["authorization:grant:add"]);
    night.client("c1", "Robot", &[("r1", "*")]).grants(SubjectKind::User, "u9", &[("r2", "*")]);
    let found = raise(&night, "c1").unwrap();
    assert_eq!(found.shortest.steps[1].acting_as, "user `u9`");
}

#[test]
fn secret_of_a_client_is_made_anew_only_where_all_its_roles_are_held() {
    let mut night = night();
    night.division("d1", "Home");
    night.role("r1", "Clients", &["oauth:client:edit"]).role("r2", "Access", &["authorization:grant:add"]);
    night.client("c1", "Robot", &[("r1", "*"), ("r2", "d1")]).client("c2", "Provisioner", &[("r2", "*")]);
    let found = raise(&night, "c1").unwrap();
    assert_eq!(found.shortest.steps.len(), 1);
    assert_eq!(found.shortest.sureness, Sureness::Likely);
    assert!(found.shortest.steps[0].open.starts_with("held only in division `Home`"), "{:?}", found.shortest);
    let surest = found.surest.unwrap();
    assert_eq!(surest.sureness, Sureness::Published);
    assert_eq!(surest.steps[0].does, "makes a new secret of OAuth client `Provisioner` and becomes it");
    // Without the other client's role it stays out of reach.
    let mut night = self::night();
    night.role("r1", "Clients", &["oauth:client:edit"]).role("r2", "Access", &["authorization:grant:add"]);
    night.client("c1", "Robot", &[("r1", "*")]).client("c2", "Provisioner", &[("r2", "*")]);
    assert_eq!(raise(&night, "c1"), None);
}

#[test]
fn group_that_carries_roles_is_a_step_and_leaving_it_is_a_removal() {
    let mut night = night();
    night.role("r1", "Groups", &["directory:group:edit"]).role("r2", "Admin", &["authorization:role:edit"]);
    night.user("u1", "A Person", false, &[("r1", "*")]).group("g1", "Admins", &[], &[("r2", "*")]);
    let found = raise(&night, "u1").unwrap();
    assert_eq!(found.shortest.steps[0].does, "becomes a member of group `Admins`");
    assert_eq!(found.shortest.steps[1].acting_as, "a member of group `Admins`");
    assert_eq!(found.shortest.sureness, Sureness::Published);
    // As a client it takes somebody to put there.
    night.client("c1", "Robot", &[("r1", "*")]);
    assert_eq!(raise(&night, "c1").unwrap().shortest.sureness, Sureness::Likely);
    // A member needs no step, and leaves the group.
    night.snapshot.group_members.insert(GroupId::new("g1"), vec![UserId::new("u2")]);
    night.user("u2", "Another", false, &[]);
    let member = raise(&night, "u2").unwrap();
    assert_eq!(member.shortest.steps[0].through, ["role `Admin` in all divisions through group `Admins`"]);
    assert_eq!(removals(&member), ["remove it from group `Admins`"]);
}

#[test]
fn open_group_is_reported_until_the_matrix_says_who_may_add_members() {
    let mut night = night();
    night.role("r1", "Admin", &["authorization:role:edit"]).group("g1", "Admins", &[], &[("r1", "*")]);
    night.group("g2", "Floor", &[], &[]);
    let map = AccessMap::of(&night.snapshot, night.matrix.as_ref().unwrap(), None);
    let open: Vec<_> = Ways::of(&map).open_groups();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].group, GroupId::new("g1"));
    let mut operations = night.matrix.as_ref().unwrap().operations().to_vec();
    for operation in operations.iter_mut().filter(|one| one.endpoint.to_string() == moves::ADD_MEMBERS) {
        operation.requirement.permissions_match = rolecall_matrix::Match::Any;
        operation.requirement.permissions = vec![rolecall_base::permission::Permission::new("directory:group:edit")];
    }
    let published = Matrix::new("test", None, operations).0;
    let map = AccessMap::of(&night.snapshot, &published, None);
    assert!(Ways::of(&map).open_groups().is_empty());
}

#[test]
fn client_of_its_own_takes_a_right_of_one_division_to_all() {
    let mut night = night();
    night.division("d1", "Home");
    night.role("r1", "Clients", &["oauth:client:add"]).role("r2", "Access", &["authorization:role:edit"]);
    night.client("c1", "Robot", &[("r1", "*"), ("r2", "d1")]);
    let found = raise(&night, "c1").unwrap();
    assert_eq!(found.shortest.steps.len(), 1, "in its division it needs no client");
    let way = "POST /api/v2/oauth/clients";
    assert!(found.surest.is_none(), "nobody publishes whether the cap compares divisions: {way}");
    assert!(found.shortest.steps[0].open.contains("held only in division"));
}

#[test]
fn condition_policy_and_division_make_a_step_less_sure() {
    let mut night = night();
    night.role("r1", "Tools", &["authorization:role:edit"]).client("c1", "Robot", &[("r1", "*")]);
    night.snapshot.policies.push(AccessPolicy {
        id: rolecall_base::id::PolicyId::new("p1"),
        name: "Roles".to_owned(),
        target: "authorization:role:edit".to_owned(),
        subject: PolicySubject::All,
        effect: Effect::Deny,
        active: true,
        applies_to_clients: true,
        has_condition: true,
    });
    let found = raise(&night, "c1").unwrap();
    assert_eq!(found.shortest.sureness, Sureness::Likely);
    assert!(found.shortest.steps[0].open.contains("an access policy may deny it"));
    night.snapshot.policies.clear();
    night.snapshot.roles[0].policies[0].condition = Some("{}".to_owned());
    let found = raise(&night, "c1").unwrap();
    assert!(found.shortest.steps[0].open.contains("held only under a condition"));
}

#[test]
fn stored_credentials_are_a_path_that_is_not_published() {
    let mut night = night();
    night.role("r1", "Flows", &["architect:flow:edit", "architect:flow:publish"]);
    night.role("r2", "Roles", &["authorization:role:edit"]);
    night.client("c1", "Robot", &[("r1", "*")]).client("c2", "Both", &[("r1", "*"), ("r2", "*")]);
    let found = raise(&night, "c1").unwrap();
    assert_eq!(found.shortest.sureness, Sureness::NotPublished);
    assert_eq!(found.shortest.steps.len(), 2);
    assert_eq!(found.published_cut, None, "nothing published to cut");
    let both = raise(&night, "c2").unwrap();
    assert_eq!(both.shortest.sureness, Sureness::Published);
    assert_eq!(both.cut.as_ref().unwrap().size, 2);
    let published = both.published_cut.unwrap();
    assert_eq!(published.removals, [Removal::Role { role: "Roles".to_owned(), from: String::new(), of: 1 }]);
}

#[test]
fn trustees_and_policies_count_only_where_there_are_some_or_it_is_not_known() {
    let mut night = night();
    night.role("r1", "Partners", &["authorization:orgTrusteeUser:edit"]).role(
        "r2",
        "Abac",
        &["authorization:policy:add"],
    );
    night.client("c1", "Robot", &[("r1", "*")]).client("c2", "Writer", &[("r2", "*")]);
    assert_eq!(raise(&night, "c1"), None);
    assert_eq!(raise(&night, "c2"), None);
    night.unread(Listing::Trustees).unread(Listing::Policies);
    assert!(raise(&night, "c1").is_some());
    assert!(raise(&night, "c2").is_some());
}

#[test]
fn requirement_comes_from_the_matrix_in_force() {
    let mut night = night();
    night.role("r1", "Tools", &["recording:job:add"]).client("c1", "Robot", &[("r1", "*")]);
    assert_eq!(raise(&night, "c1"), None);
    let mut operations = night.matrix.as_ref().unwrap().operations().to_vec();
    for operation in &mut operations {
        if operation.endpoint.to_string().contains("PATCH /api/v2/authorization/roles") {
            operation.requirement.permissions = vec![rolecall_base::permission::Permission::new("recording:job:add")];
        }
    }
    night.matrix = Some(Matrix::new("test", None, operations).0);
    assert_eq!(raise(&night, "c1").unwrap().shortest.steps[0].permissions, ["recording:job:add"]);
}

#[test]
fn people_of_one_kind_are_cut_one_by_one() {
    let mut night = night();
    night.role("r1", "Help desk", &["directory:user:setPassword"]).role("r2", "Admin", &["authorization:grant:add"]);
    for number in 1..=3 {
        night.user(&format!("a{number}"), &format!("Admin {number}"), false, &[("r2", "*")]);
        night.user(&format!("h{number}"), &format!("Helper {number}"), false, &[("r1", "*")]);
    }
    let found = raise(&night, "h2").unwrap();
    assert_eq!(removals(&found), ["remove role `Help desk` from it"]);
    let admin = raise(&night, "a1").unwrap();
    assert_eq!((admin.shortest.steps.len(), removals(&admin)), (1, vec!["remove role `Admin` from it".to_owned()]));
}

#[test]
fn people_who_hold_the_same_are_one_node_however_many_there_are() {
    let mut night = night();
    night.role("r1", "Help desk", &["directory:user:setPassword"]).role("r2", "Admin", &["authorization:grant:add"]);
    night.role("r3", "Agent", &["routing:queue:view"]);
    for number in 0..20_000 {
        let roles: &[(&str, &str)] = match number % 100 {
            0 => &[("r1", "*"), ("r3", "*")],
            1 => &[("r2", "*")],
            _ => &[("r3", "*")],
        };
        night.user(&format!("u{number}"), &format!("User {number}"), false, roles);
    }
    let map = AccessMap::of(&night.snapshot, night.matrix.as_ref().unwrap(), None);
    let ways = Ways::of(&map);
    assert_eq!(ways.extent().0, 4, "the goal, any user, the help desk, the admins");
    let raises = ways.raises();
    assert_eq!(raises.len(), 400);
    // A cut at the admins would take their role from all 200 of them.
    assert!(raises.values().all(|raise| raise.cut.as_ref().unwrap().size == 1));
}

#[test]
fn many_principals_that_all_differ_are_answered() {
    let mut night = night();
    for role in 0..100 {
        let permission = POOL[role % POOL.len()];
        night.role(&format!("r{role}"), &format!("Role {role}"), &[permission]);
    }
    for number in 0..1_000_usize {
        let roles: Vec<String> = (0..3).map(|at| format!("r{}", (number * 7 + at * 31 + number / 100) % 100)).collect();
        let grants: Vec<(&str, &str)> = roles.iter().map(|role| (role.as_str(), "*")).collect();
        night.user(&format!("u{number}"), &format!("User {number}"), false, &grants);
    }
    let map = AccessMap::of(&night.snapshot, night.matrix.as_ref().unwrap(), None);
    let raises = Ways::of(&map).raises();
    assert!(raises.len() > 500, "{}", raises.len());
    assert!(raises.values().all(|raise| raise.cut.as_ref().unwrap().is_smallest()));
}

// Random graphs: the search of ways and cuts alone.

const MOST: usize = 7;

fn graphs() -> impl Strategy<Value = (Graph, Vec<Edge>)> {
    let alternative = (proptest::collection::btree_set(0..MOST, 1..3), any::<bool>()).prop_map(|(breaks, weak)| {
        let sureness = if weak { Sureness::Likely } else { Sureness::Published };
        Alternative { breaks: breaks.into_iter().collect(), sureness, label: 0 }
    });
    let clauses = proptest::collection::vec(proptest::collection::vec(alternative, 1..3), 1..3);
    let edge = (0..5_usize, 1..3_u32, clauses).prop_map(|(to, steps, clauses)| Edge {
        to,
        steps,
        sureness: Sureness::Published,
        only_roles: false,
        clauses,
        label: 0,
    });
    let edges = proptest::collection::vec(edge, 0..4);
    proptest::collection::vec(edges, 5..6).prop_map(|mut nodes| {
        nodes[0].clear();
        let start = nodes[1].clone();
        nodes[1].clear();
        (Graph { edges: nodes }, start)
    })
}

/// The fewest steps by trying one more step at a time.
fn fewest_steps(graph: &Graph, start: &[Edge], removed: &BTreeSet<usize>) -> Option<u32> {
    let open = |edge: &Edge| {
        edge.clauses.iter().all(|clause| clause.iter().any(|one| one.breaks.iter().all(|id| !removed.contains(id))))
    };
    let mut at_best: BTreeMap<usize, u32> = BTreeMap::new();
    for _ in 0..10 {
        let mut next = at_best.clone();
        for edge in start.iter().filter(|edge| open(edge)) {
            let known = next.entry(edge.to).or_insert(u32::MAX);
            *known = (*known).min(edge.steps);
        }
        for (node, steps) in &at_best {
            for edge in graph.edges[*node].iter().filter(|edge| open(edge)) {
                let known = next.entry(edge.to).or_insert(u32::MAX);
                *known = (*known).min(steps + edge.steps);
            }
        }
        at_best = next;
    }
    at_best.get(&GOAL).copied()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn ways_are_shortest_and_cuts_are_smallest_on_any_graph((graph, edges) in graphs()) {
        let filter = Filter { at_least: Sureness::NotPublished, roles_count: true };
        let nothing = BTreeSet::new();
        let costs = graph.costs(&nothing, filter, None);
        let start = Start { edges: &edges, without: None };
        let way = graph.way(start, &costs, &nothing, filter);
        let steps = way.as_ref().map(|way| way.iter().map(|(edge, _)| edge.steps).sum::<u32>());
        prop_assert_eq!(steps, fewest_steps(&graph, &edges, &nothing));
        let question = Question {
            graph: &graph, start, filter, costs: &costs, is_foreign: &|_| true, price: &|_| (1, 0),
        };
        let cut = cut::cheapest(&question);
        prop_assert_eq!(cut.is_some(), way.is_some());
        let Some(cut) = cut else { return Ok(()) };
        prop_assert!(cut.is_smallest());
        let sets = (0..1_u32 << MOST).map(|bits| (0..MOST).filter(|id| bits & (1 << id) != 0).collect::<BTreeSet<_>>());
        let smallest = sets.filter(|set| fewest_steps(&graph, &edges, set).is_none()).map(|set| set.len()).min();
        prop_assert_eq!(Some(cut.size as usize), smallest);
        let removed: BTreeSet<usize> = cut.removals.iter().copied().collect();
        prop_assert!(fewest_steps(&graph, &edges, &removed).is_none(), "the cut cuts");
    }
}

// Random orgs: the whole of it, against a closure that knows nothing of graphs.

const POOL: [&str; 10] = [
    "authorization:role:edit",
    "authorization:grant:add",
    "directory:user:setPassword",
    "directory:group:edit",
    "oauth:client:edit",
    "oauth:client:add",
    "sso:provider:edit",
    "integrations:actionFunction:edit",
    "integrations:action:edit",
    "routing:queue:view",
];

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gone {
    Grant(String, String),
    Member(String, String),
}

/// Who is in a group, and the roles it brings, each with whether everywhere.
type Joined = (Vec<usize>, Vec<(usize, bool)>);

#[derive(Clone, Debug)]
struct Orgs {
    roles: Vec<Vec<usize>>,
    users: Vec<(bool, Vec<(usize, bool)>)>,
    clients: Vec<(bool, Vec<(usize, bool)>)>,
    groups: Vec<Joined>,
}

fn orgs() -> impl Strategy<Value = Orgs> {
    let role = proptest::collection::vec(0..POOL.len(), 1..3);
    let grants = || proptest::collection::vec((0..4_usize, any::<bool>()), 0..3);
    let active = || prop_oneof![4 => Just(true), 1 => Just(false)];
    (
        proptest::collection::vec(role, 4..5),
        proptest::collection::vec((active(), grants()), 2..4),
        proptest::collection::vec((active(), grants()), 1..4),
        proptest::collection::vec((proptest::collection::vec(0..3_usize, 0..3), grants()), 0..3),
    )
        .prop_map(|(roles, users, clients, groups)| Orgs { roles, users, clients, groups })
}

fn build(orgs: &Orgs) -> World {
    let mut night = night();
    night.division("d1", "Home");
    for (at, permissions) in orgs.roles.iter().enumerate() {
        let names: Vec<&str> = permissions.iter().map(|at| POOL[*at]).collect();
        night.role(&format!("r{at}"), &format!("Role {at}"), &names);
    }
    let words = |grants: &[(usize, bool)]| -> Vec<(String, &'static str)> {
        let mut all: Vec<_> =
            grants.iter().map(|(role, all)| (format!("r{role}"), if *all { "*" } else { "d1" })).collect();
        all.sort();
        all.dedup();
        all
    };
    for (at, (active, grants)) in orgs.users.iter().enumerate() {
        let grants = words(grants);
        let pairs: Vec<(&str, &str)> = grants.iter().map(|(role, all)| (role.as_str(), *all)).collect();
        night.user(&format!("u{at}"), &format!("User {at}"), false, &pairs);
        if !active {
            night.snapshot.users.last_mut().unwrap().state = "inactive".to_owned();
        }
    }
    for (at, (active, grants)) in orgs.clients.iter().enumerate() {
        let grants = words(grants);
        let pairs: Vec<(&str, &str)> = grants.iter().map(|(role, all)| (role.as_str(), *all)).collect();
        night.client(&format!("c{at}"), &format!("Client {at}"), &pairs);
        if !active {
            night.snapshot.oauth_clients.last_mut().unwrap().state = ClientState::Inactive;
        }
    }
    for (at, (members, grants)) in orgs.groups.iter().enumerate() {
        let members: BTreeSet<String> =
            members.iter().filter(|user| **user < orgs.users.len()).map(|user| format!("u{user}")).collect();
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        let grants = words(grants);
        let pairs: Vec<(&str, &str)> = grants.iter().map(|(role, all)| (role.as_str(), *all)).collect();
        night.group(&format!("g{at}"), &format!("Group {at}"), &members, &pairs);
    }
    night
}

/// What a subject holds itself: roles, and through them permissions.
fn roles_of(snapshot: &Snapshot, subject: &str) -> BTreeSet<String> {
    let grants = snapshot.grants.iter().filter(|grant| grant.subject.as_str() == subject);
    grants.map(|grant| grant.role.to_string()).collect()
}

fn permissions_of(snapshot: &Snapshot, roles: &BTreeSet<String>) -> BTreeSet<String> {
    let held = snapshot.roles.iter().filter(|role| roles.contains(role.id.as_str()));
    held.flat_map(|role| &role.policies)
        .flat_map(|policy| policy.patterns().map(|one| one.to_string()).collect::<Vec<_>>())
        .collect()
}

/// Whether a role of the org gives what a principal does not hold in all divisions.
fn lacks_a_role(snapshot: &Snapshot, who: &str) -> bool {
    let in_group = |group: &str| {
        let members = snapshot.group_members.get(&GroupId::new(group));
        members.is_some_and(|members| members.iter().any(|member| member.as_str() == who))
    };
    let own = |grant: &&rolecall_base::grant::Grant| grant.subject.as_str() == who || in_group(grant.subject.as_str());
    let everywhere = snapshot.grants.iter().filter(own).filter(|grant| grant.reach == Reach::All);
    let held = permissions_of(snapshot, &everywhere.map(|grant| grant.role.to_string()).collect());
    let every_role = snapshot.roles.iter().map(|role| role.id.to_string()).collect();
    !permissions_of(snapshot, &every_role).is_subset(&held)
}

/// The fewest steps by which a principal can come to any right: a plain search over who it can be, one step at a time.
/// Any role is such a goal where `roles_count` says so.
fn plainly(snapshot: &Snapshot, who: &str, roles_count: bool) -> Option<u32> {
    let roles_with_groups = |id: &str| {
        let mut roles = roles_of(snapshot, id);
        for (group, members) in &snapshot.group_members {
            if members.iter().any(|member| member.as_str() == id) {
                roles.extend(roles_of(snapshot, group.as_str()));
            }
        }
        roles
    };
    let mut reached: BTreeMap<String, u32> = BTreeMap::from([(who.to_owned(), 0)]);
    let mut best: Option<u32> = None;
    for _ in 0..12 {
        for (id, steps) in reached.clone() {
            let roles = roles_with_groups(&id);
            let held = permissions_of(snapshot, &roles);
            let has = |name: &str| held.contains(name);
            let mut goal = |more: u32| best = Some(best.map_or(steps + more, |known| known.min(steps + more)));
            if has("authorization:role:edit") || roles_count && has("authorization:grant:add") {
                goal(1);
            }
            if has("integrations:actionFunction:edit") && has("integrations:action:edit") {
                goal(2);
            }
            let mut next: Vec<String> = Vec::new();
            if has("directory:user:setPassword") || has("sso:provider:edit") {
                let active = snapshot.users.iter().filter(|user| user.state == "active");
                next.extend(active.map(|user| user.id.to_string()));
            }
            if has("directory:group:edit") {
                next.extend(snapshot.groups.iter().map(|group| group.id.to_string()));
            }
            if has("oauth:client:edit") {
                let clients = snapshot.oauth_clients.iter().filter(|one| one.state == ClientState::Active);
                let clients = clients.filter(|one| {
                    let theirs = roles_of(snapshot, one.id.as_str());
                    one.grant_type == GrantType::ClientCredentials && !theirs.is_empty() && theirs.is_subset(&roles)
                });
                next.extend(clients.map(|one| one.id.to_string()));
            }
            for one in next {
                let known = reached.entry(one).or_insert(u32::MAX);
                *known = (*known).min(steps + 1);
            }
        }
    }
    best
}

fn without(snapshot: &Snapshot, gone: &[Gone]) -> Snapshot {
    let mut left = snapshot.clone();
    for one in gone {
        match one {
            Gone::Grant(subject, role) => {
                left.grants.retain(|grant| grant.subject.as_str() != subject || grant.role.as_str() != role);
                for client in left.oauth_clients.iter_mut().filter(|client| client.id.as_str() == subject) {
                    client.role_divisions.iter_mut().for_each(|all| all.retain(|pair| pair.role.as_str() != role));
                }
            }
            Gone::Member(group, user) => {
                let members = left.group_members.get_mut(&GroupId::new(group)).unwrap();
                members.retain(|member| member.as_str() != user);
            }
        }
    }
    left
}

fn all_removals(snapshot: &Snapshot) -> Vec<Gone> {
    let grants = snapshot.grants.iter().map(|grant| Gone::Grant(grant.subject.to_string(), grant.role.to_string()));
    let members = snapshot
        .group_members
        .iter()
        .flat_map(|(group, members)| members.iter().map(move |user| Gone::Member(group.to_string(), user.to_string())));
    let all: BTreeSet<Gone> = grants.chain(members).collect();
    all.into_iter().collect()
}

/// Whether any set of so many removals stops the principal.
fn some_set_stops(snapshot: &Snapshot, all: &[Gone], who: &str, size: usize, chosen: &mut Vec<Gone>) -> bool {
    if chosen.len() == size {
        return plainly(&without(snapshot, chosen), who, true).is_none();
    }
    for (at, one) in all.iter().enumerate() {
        chosen.push(one.clone());
        let stops = some_set_stops(snapshot, &all[at + 1..], who, size, chosen);
        chosen.pop();
        if stops {
            return true;
        }
    }
    false
}

/// The removals of a cut, as grants and memberships; names are unique in these orgs.
fn gone(snapshot: &Snapshot, who: &str, removal: &Removal) -> Vec<Gone> {
    let role_id = |name: &str| snapshot.roles.iter().find(|role| role.name == name).unwrap().id.to_string();
    let group_id = |name: &str| snapshot.groups.iter().find(|group| group.name == name).unwrap().id.to_string();
    let named = |words: &str| -> String {
        let name = words.split('`').nth(1).unwrap();
        let users = snapshot.users.iter().map(|user| (user.name.as_str(), user.id.to_string()));
        let clients = snapshot.oauth_clients.iter().map(|one| (one.name.as_str(), one.id.to_string()));
        let groups = snapshot.groups.iter().map(|one| (one.name.as_str(), one.id.to_string()));
        users.chain(clients).chain(groups).find(|(known, _)| *known == name).unwrap().1
    };
    // One that stands for several names the first of them; the others hold the same, which the test looks up.
    let alike = |first: &str, of: usize| -> Vec<String> {
        let same = |id: &str| (roles_of(snapshot, id), state_of(snapshot, id));
        let ids = snapshot.users.iter().map(|user| user.id.to_string());
        let ids = ids.chain(snapshot.oauth_clients.iter().map(|one| one.id.to_string()));
        let mut all: Vec<String> =
            ids.filter(|id| id != who && id[..1] == first[..1] && same(id) == same(first)).collect();
        if !all.contains(&first.to_owned()) && first != who {
            all.push(first.to_owned());
        }
        if of == 1 { vec![first.to_owned()] } else { all }
    };
    match removal {
        Removal::Role { role, from, .. } if from.is_empty() => vec![Gone::Grant(who.to_owned(), role_id(role))],
        Removal::Role { role, from, of } => {
            alike(&named(from), *of).into_iter().map(|id| Gone::Grant(id, role_id(role))).collect()
        }
        Removal::Membership { group, who: leaves, .. } if leaves.is_empty() => {
            vec![Gone::Member(group_id(group), who.to_owned())]
        }
        Removal::Membership { group, who: leaves, of } => {
            alike(&named(leaves), *of).into_iter().map(|id| Gone::Member(group_id(group), id)).collect()
        }
    }
}

fn state_of(snapshot: &Snapshot, id: &str) -> bool {
    let user = snapshot.users.iter().any(|user| user.id.as_str() == id && user.state == "active");
    user || snapshot.oauth_clients.iter().any(|one| one.id.as_str() == id && one.state == ClientState::Active)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn paths_and_cuts_of_any_small_org_are_those_of_a_plain_search(orgs in orgs()) {
        let night = build(&orgs);
        let snapshot = &night.snapshot;
        let matrix = night.matrix.as_ref().unwrap();
        let map = AccessMap::of(snapshot, matrix, None);
        let raises = Ways::of(&map).raises();
        let all = all_removals(snapshot);
        for (at, principal) in map.principals().iter().enumerate() {
            let who = principal.id.as_str();
            let found = raises.get(&at);
            let steps = found.map(|found| found.shortest.steps.len() as u32);
            prop_assert_eq!(steps, plainly(snapshot, who, lacks_a_role(snapshot, who)), "{} of {:?}", who, orgs);
            let Some(found) = found else { continue };
            let cut = found.cut.as_ref().unwrap();
            prop_assert!(cut.is_smallest());
            let taken: Vec<Gone> = cut.removals.iter().flat_map(|removal| gone(snapshot, who, removal)).collect();
            prop_assert!(plainly(&without(snapshot, &taken), who, true).is_none(), "{who}: {cut:?} of {orgs:?}");
            prop_assert_eq!(taken.len(), cut.size, "{}: {:?} of {:?}", who, cut, orgs);
            if cut.size > 1 && cut.size <= 3 {
                let smaller = some_set_stops(snapshot, &all, who, cut.size - 1, &mut Vec::new());
                prop_assert!(!smaller, "{who}: {cut:?} of {orgs:?}");
            }
        }
    }
}
