//! Whether two hand-made orgs are compared as they should be.

use super::broken::Certainty;
use super::change::{Author, Change, DriftKind, Effect, Items};
use super::{Between, Drift, How, Mapping, SideInput, compare};
use rolecall_base::allowed_addresses::AllowedAddresses;
use rolecall_base::audit::{ActorKind, AuditEntry};
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::grant::{Reach, SubjectKind};
use rolecall_base::id::RoleId;
use rolecall_base::oauth_client::{ClientState, GrantType};
use rolecall_base::policy::{AccessPolicy, Effect as PolicyEffect, PolicySubject};
use rolecall_base::trustee::Trustee;
use rolecall_matrix::bundled;
use rolecall_testkit::{VIEW, World};

use crate::cross::AccessMap;
use crate::cross::needed::Needed;

mod doubts;
mod relied_on;

const QUEUES: &str = "GET /api/v2/routing/queues";

fn how() -> How {
    How { between: Between::Orgs, mappings: Vec::new(), ignore: Vec::new() }
}

fn drift_of(left: &World, right: &World, how: &How) -> Drift {
    // The needs are those of the left one.
    let crossed = |world| {
        let map = access_map(world);
        let needed = Needed::of(&map, &left.needs);
        (map, needed)
    };
    let (left, right) = (crossed(left), crossed(right));
    compare(SideInput { map: &left.0, needed: &left.1 }, SideInput { map: &right.0, needed: &right.1 }, how)
}

fn access_map(world: &World) -> AccessMap<'_> {
    AccessMap::of(&world.snapshot, world.matrix.as_ref().unwrap_or(bundled::matrix()), world.scopes_enforced)
}

fn drift(left: &World, right: &World) -> Drift {
    drift_of(left, right, &how())
}

fn line(change: &Change) -> String {
    format!(
        "{} {} {} [{}] -> [{}] {}",
        change.kind.as_str(),
        change.name,
        change.field,
        change.from_value,
        change.to_value,
        change.effect.as_str()
    )
}

fn lines(drift: &Drift) -> Vec<String> {
    drift.changes.iter().map(line).collect()
}

fn two() -> (World, World) {
    (World::with_viewer("dev", "d"), World::with_viewer("staging", "s"))
}

#[test]
fn same_content_under_other_ids_is_no_drift() {
    let (left, right) = two();
    let drift = drift(&left, &right);
    assert_eq!(lines(&drift), Vec::<String>::new());
    assert_eq!((drift.broken.len(), drift.differences.len(), drift.not_compared.len()), (0, 0, 0));
    assert_eq!((drift.principals.len(), drift.principals[0].difference), (1, None));
}

#[test]
fn role_that_lost_a_permission_is_one_row_with_all_its_victims() {
    let (mut left, mut right) = two();
    left.client("d-other", "other", &[("d-viewer", "d-sales")]);
    right.client("s-other", "other", &[("s-viewer", "s-sales")]);
    right.snapshot.roles[0].policies.clear();
    left.need("svc", QUEUES, "").need("other", QUEUES, "Sales");
    let drift = drift(&left, &right);
    assert_eq!(lines(&drift), [format!("role Viewer permissions [{VIEW}] -> [] breaks")]);
    assert_eq!(drift.changes[0].broken, [0, 1]);
    assert_eq!(drift.changes[0].affected.len(), 2);
    assert_eq!(drift.changes[0].items, Items::Permissions(vec![VIEW.to_owned()]));
    let found: Vec<_> =
        drift.broken.iter().map(|call| (call.certainty, call.name.as_str(), call.causes.clone())).collect();
    assert_eq!(found, [(Certainty::Fails, "other", vec![0]), (Certainty::Fails, "svc", vec![0])]);
    assert_eq!(drift.broken[0].missing_permissions, [VIEW]);
}

#[test]
fn permission_that_comes_through_another_role_is_no_effect() {
    let (mut left, mut right) = two();
    right.snapshot.roles[0].policies.clear();
    right.role("s-more", "More", &[VIEW]);
    right.snapshot.oauth_clients[0].role_divisions.as_mut().unwrap().push(rolecall_base::oauth_client::RoleDivision {
        role: rolecall_base::id::RoleId::new("s-more"),
        reach: rolecall_base::grant::Reach::All,
    });
    left.need("svc", QUEUES, "");
    let drift = drift(&left, &right);
    assert_eq!(
        lines(&drift),
        [
            "role More presence [absent] -> [present] none".to_owned(),
            format!("role Viewer permissions [{VIEW}] -> [] none")
        ]
    );
    assert!(drift.broken.is_empty() && drift.differences.is_empty());
}

#[test]
fn role_on_one_side_only_has_one_row_and_not_at_each_holder() {
    let (mut left, right) = two();
    left.role("d-extra", "Extra", &["routing:skill:manage"]);
    let pair = rolecall_base::oauth_client::RoleDivision { role: RoleId::new("d-extra"), reach: Reach::All };
    left.snapshot.oauth_clients[0].role_divisions.as_mut().unwrap().push(pair);
    left.need("svc", "POST /api/v2/routing/skills", "");
    let drift = drift(&left, &right);
    assert_eq!(lines(&drift), ["role Extra presence [present] -> [absent] breaks"]);
    assert_eq!((drift.changes[0].broken.len(), drift.changes[0].affected.len()), (1, 1));
}

#[test]
fn division_on_one_side_only_has_one_row_and_not_at_each_grant() {
    let (mut left, mut right) = two();
    left.division("d-berlin", "Berlin");
    left.client("d-b", "berliner", &[("d-viewer", "d-berlin")]).need("berliner", QUEUES, "Berlin");
    right.client("s-b", "berliner", &[]);
    let drift = drift(&left, &right);
    assert_eq!(lines(&drift), ["division Berlin presence [present] -> [absent] breaks"]);
    assert_eq!(drift.broken[0].division.as_deref(), Some("Berlin"));
}

#[test]
fn several_of_one_name_are_reported_and_never_guessed() {
    let (mut left, right) = two();
    left.client("d-svc2", "svc", &[]).need("svc", QUEUES, "");
    let drift = drift(&left, &right);
    assert_eq!(lines(&drift), ["oauth_client svc name [2 of this name] -> [1 of this name] unknown"]);
    assert_eq!(drift.broken.len(), 1);
    assert_eq!((drift.broken[0].certainty, drift.broken[0].causes.as_slice()), (Certainty::NotKnown, &[0][..]));
    assert!(drift.principals.is_empty());
}

#[test]
fn mapping_by_id_picks_one_out_of_several() {
    let (mut left, right) = two();
    left.client("d-svc2", "svc", &[]);
    let mapping = Mapping { kind: DriftKind::OauthClient, from: "d-svc".to_owned(), to: "s-svc".to_owned() };
    let drift = drift_of(&left, &right, &How { mappings: vec![mapping], ..how() });
    assert_eq!(lines(&drift), ["oauth_client svc presence [present] -> [absent] narrows"]);
    assert_eq!(drift.changes[0].from_id, "d-svc2");
}

#[test]
fn mapping_by_name_pairs_what_is_called_differently() {
    let (left, mut right) = two();
    right.snapshot.oauth_clients[0].name = "service".to_owned();
    right.snapshot.oauth_clients[0].role_divisions = Some(Vec::new());
    right.snapshot.grants.clear();
    let mapping = Mapping { kind: DriftKind::OauthClient, from: "svc".to_owned(), to: "service".to_owned() };
    let drift = drift_of(&left, &right, &How { mappings: vec![mapping], ..how() });
    assert_eq!(
        lines(&drift),
        [
            "oauth_client svc grants [Viewer in all divisions] -> [] narrows",
            "oauth_client svc name [svc] -> [service] none"
        ]
    );
}

#[test]
fn things_of_the_same_content_under_another_name_are_renamed() {
    let (mut left, mut right) = two();
    left.client("d-o", "other", &[("d-viewer", "d-sales")]);
    right.client("s-o", "other", &[("s-viewer", "s-sales")]);
    left.user("d-u", "Ann", true, &[("d-viewer", "*")]).group("d-g", "Night", &["d-u"], &[("d-viewer", "*")]);
    right.user("s-u", "Ann", true, &[("s-viewer", "*")]).group("s-g", "Late", &["s-u"], &[("s-viewer", "*")]);
    right.snapshot.roles[0].name = "Reader".to_owned();
    right.snapshot.oauth_clients[0].name = "service".to_owned();
    right.snapshot.divisions[1].name = "Vertrieb".to_owned();
    let drift = drift(&left, &right);
    let mut expected = vec![
        "division Sales name [Sales] -> [Vertrieb] none",
        "group Night name [Night] -> [Late] none",
        "oauth_client svc name [svc] -> [service] none",
        "role Viewer name [Viewer] -> [Reader] none",
        "service_user Ann email [d-u@example.invalid] -> [s-u@example.invalid] none",
    ];
    expected.sort_unstable();
    assert_eq!(lines(&drift), expected);
    assert!(drift.differences.is_empty());
}

#[test]
fn content_that_two_share_is_no_rename() {
    let (mut left, mut right) = two();
    left.role("d-a", "A", &["routing:skill:manage"]).role("d-b", "B", &["routing:skill:manage"]);
    right.role("s-c", "C", &["routing:skill:manage"]);
    let found = lines(&drift(&left, &right));
    assert_eq!(
        found,
        [
            "role A presence [present] -> [absent] narrows",
            "role B presence [present] -> [absent] narrows",
            "role C presence [absent] -> [present] widens"
        ]
    );
}

#[test]
fn default_role_is_the_same_whatever_it_is_called() {
    let (mut left, mut right) = two();
    left.snapshot.roles[0].default_role_id = Some("viewer".to_owned());
    right.snapshot.roles[0].default_role_id = Some("viewer".to_owned());
    right.snapshot.roles[0].name = "Betrachter".to_owned();
    right.snapshot.audit.push(AuditEntry {
        at: "2026-11-20T02:00:00Z".parse().ok(),
        actor: None,
        actor_kind: ActorKind::Platform,
        action: "UPDATE".to_owned(),
        entity_type: "ROLE".to_owned(),
        entity_id: Some("s-viewer".to_owned()),
        entity_name: None,
    });
    let drift = drift(&left, &right);
    assert_eq!(lines(&drift), ["role Viewer name [Viewer] -> [Betrachter] none"]);
    assert_eq!(drift.changes[0].author, Author::Platform { at: "2026-11-20T02:00:00Z".parse().ok() });
}

#[test]
fn user_that_is_a_service_user_on_one_side_is_the_same_user() {
    let (mut left, mut right) = two();
    left.user("d-u", "svc-a", true, &[("d-viewer", "*")]);
    right.user("s-u", "svc-a", false, &[]);
    right.snapshot.users[0].email = Some("D-U@example.invalid".to_owned());
    let found = lines(&drift(&left, &right));
    assert_eq!(
        found,
        [
            "service_user svc-a grants [Viewer in all divisions] -> [] narrows",
            "service_user svc-a matched_by [names:svc-*] -> [no service user] none"
        ]
    );
}

#[test]
fn grant_of_a_group_has_its_row_at_the_group_and_membership_at_the_user() {
    let (mut left, mut right) = two();
    left.user("d-u", "svc-a", true, &[]).group("d-g", "Jobs", &["d-u"], &[("d-viewer", "*")]);
    right.user("s-u", "svc-a", true, &[]).group("s-g", "Jobs", &["s-u"], &[]);
    for user in left.snapshot.users.iter_mut().chain(&mut right.snapshot.users) {
        user.email = None;
    }
    left.need("svc-a", QUEUES, "");
    let drift_of_group = drift(&left, &right);
    assert_eq!(lines(&drift_of_group), ["group Jobs grants [Viewer in all divisions] -> [] breaks"]);
    assert_eq!(drift_of_group.changes[0].affected.len(), 1);
    right.grants(SubjectKind::Group, "s-g", &[("s-viewer", "*")]);
    right.snapshot.group_members.values_mut().for_each(Vec::clear);
    let drift_of_member = drift(&left, &right);
    assert_eq!(lines(&drift_of_member), ["service_user svc-a groups [Jobs] -> [] breaks"]);
    right.grants(SubjectKind::User, "s-u", &[("s-viewer", "*")]);
    let found = lines(&drift(&left, &right));
    assert_eq!(
        found,
        [
            "service_user svc-a grants [] -> [Viewer in all divisions] none",
            "service_user svc-a groups [Jobs] -> [] none"
        ]
    );
}

#[test]
fn client_that_is_inactive_or_of_another_grant_type_breaks_its_calls() {
    let (mut left, mut right) = two();
    left.need("svc", QUEUES, "");
    right.snapshot.oauth_clients[0].state = ClientState::Inactive;
    let found = lines(&drift(&left, &right));
    assert_eq!(found, ["oauth_client svc state [active] -> [inactive] breaks"]);
    right.snapshot.oauth_clients[0].state = ClientState::Active;
    right.snapshot.oauth_clients[0].grant_type = GrantType::Code;
    let drift = drift(&left, &right);
    let first = &drift.broken[0];
    assert_eq!(drift.changes[first.causes[0]].field, "grant_type");
    assert_ne!(first.certainty, Certainty::Fails, "whether a user may decides");
}

#[test]
fn scopes_count_for_clients_that_act_for_users_and_only_where_enforced() {
    let (mut left, mut right) = two();
    left.user_client("d-app", "app", GrantType::Code, &["routing"]).need("app", QUEUES, "");
    right.user_client("s-app", "app", GrantType::Code, &[]);
    let with = |left: &mut World, right: &mut World, enforced: Option<bool>| {
        (left.scopes_enforced, right.scopes_enforced) = (enforced, enforced);
        let drift = drift(left, right);
        (lines(&drift), drift.broken.iter().map(|call| call.certainty).collect::<Vec<_>>())
    };
    let row = |effect: &str| vec![format!("oauth_client app scopes [routing] -> [] {effect}")];
    assert_eq!(with(&mut left, &mut right, Some(true)), (row("breaks"), vec![Certainty::Fails]));
    assert_eq!(with(&mut left, &mut right, None), (row("unknown"), vec![Certainty::NotKnown]));
    assert_eq!(with(&mut left, &mut right, Some(false)), (row("none"), vec![]));
}

#[test]
fn wider_list_of_addresses_widens_and_a_narrower_one_narrows() {
    let list = |ranges: &[&str], lost: &[&str]| {
        let ranges = ranges.iter().map(|text| text.parse().unwrap()).collect();
        Some(AllowedAddresses { ranges, not_understood: lost.iter().map(|text| (*text).to_owned()).collect() })
    };
    let wide = || list(&["203.0.112.0/23"], &[]);
    let narrow = || list(&["203.0.113.0/24"], &[]);
    let cases = [
        (narrow(), wide(), "[203.0.113.0/24] -> [203.0.112.0/23] widens"),
        (wide(), narrow(), "[203.0.112.0/23] -> [203.0.113.0/24] narrows"),
        (narrow(), None, "[203.0.113.0/24] -> [any address] widens"),
        (list(&[], &[]), narrow(), "[any address] -> [203.0.113.0/24] narrows"),
        (None, list(&["0.0.0.0/0"], &[]), "[any address] -> [0.0.0.0/0] none"),
        (narrow(), list(&["198.51.100.0/24"], &[]), "[203.0.113.0/24] -> [198.51.100.0/24] widens"),
        (narrow(), list(&["203.0.112.0/23"], &["office"]), "[203.0.113.0/24] -> [not known] unknown"),
    ];
    for (from, to, expected) in cases {
        let (mut left, mut right) = (World::with_viewer("dev", "d"), World::with_viewer("staging", "s"));
        left.snapshot.oauth_clients[0].allowed_addresses = from;
        right.snapshot.oauth_clients[0].allowed_addresses = to;
        let found: Vec<String> =
            lines(&drift(&left, &right)).into_iter().filter(|line| line.contains("allowed_addresses")).collect();
        assert_eq!(found.len(), 1, "{expected}: {found:?}");
        assert!(found[0].ends_with(expected), "{found:?} is not {expected}");
        right.snapshot.coverage.listings.remove(&Listing::AllowedAddresses);
        assert!(
            !lines(&drift(&left, &right)).iter().any(|line| line.contains("allowed_addresses")),
            "an older snapshot"
        );
    }
}

#[test]
fn scopes_of_a_machine_and_its_tokens_and_addresses_decide_nothing() {
    let (left, mut right) = two();
    let client = &mut right.snapshot.oauth_clients[0];
    client.token_validity_seconds = Some(3_600);
    client.redirect_uris = vec!["https://b.example".to_owned(), "https://a.example".to_owned()];
    let found = lines(&drift(&left, &right));
    assert_eq!(
        found,
        [
            "oauth_client svc redirect_uris [] -> [https://a.example;https://b.example] none",
            "oauth_client svc token_validity_seconds [86400] -> [3600] none"
        ]
    );
}

#[test]
fn condition_on_the_right_may_break_a_call() {
    let (mut left, mut right) = two();
    right.snapshot.roles[0].policies[0].condition = Some("{\"a\":1}".to_owned());
    left.need("svc", QUEUES, "");
    let drift = drift(&left, &right);
    assert_eq!(
        lines(&drift),
        [format!("role Viewer conditions [{VIEW} always] -> [{VIEW} under {{\"a\":1}}] narrows")]
    );
    assert_eq!((drift.broken[0].certainty, drift.broken[0].causes.as_slice()), (Certainty::MayFail, &[0][..]));
}

#[test]
fn permission_that_one_catalogue_lacks_has_one_row_and_not_at_wildcard_roles() {
    let (mut left, mut right) = two();
    for night in [&mut left, &mut right] {
        night.snapshot.roles[0].policies[0].actions = vec!["*".to_owned()];
    }
    right.snapshot.permissions.retain(|entry| entry.permission.as_str() != VIEW);
    left.need("svc", QUEUES, "");
    let drift_of_wildcards = drift(&left, &right);
    assert_eq!(lines(&drift_of_wildcards), [format!("permission {VIEW} presence [present] -> [absent] breaks")]);
    // The same with the wildcard spelled out over the right's own catalogue.
    let listed = right.snapshot.permissions.iter().filter_map(|entry| entry.permission.parts());
    let actions = listed.filter(|(domain, entity, _)| (*domain, *entity) == ("routing", "queue"));
    right.snapshot.roles[0].policies[0].actions = actions.map(|(_, _, action)| action.to_owned()).collect();
    let spelled_out = drift(&left, &right);
    let effects: Vec<_> = spelled_out.changes.iter().map(|change| (change.field.as_str(), change.effect)).collect();
    assert_eq!(effects, [("presence", Effect::Breaks), ("policies", Effect::None)]);
}

#[test]
fn permission_that_divisions_limit_on_the_right_only_narrows_limited_grants() {
    let (mut left, mut right) = two();
    for (night, role, division) in [(&mut left, "d-viewer", "d-sales"), (&mut right, "s-viewer", "s-sales")] {
        night.snapshot.oauth_clients[0].role_divisions.as_mut().unwrap()[0].reach = Reach::parse(division);
        night.snapshot.grants.clear();
        assert_eq!(night.snapshot.oauth_clients[0].role_divisions.as_ref().unwrap()[0].role.as_str(), role);
    }
    for entry in left.snapshot.permissions.iter_mut().filter(|entry| entry.permission.as_str() == VIEW) {
        entry.division_aware = Some(false);
    }
    left.need("svc", QUEUES, "");
    let drift = drift(&left, &right);
    assert_eq!(lines(&drift), [format!("permission {VIEW} division_aware [false] -> [true] narrows")]);
    assert_eq!((drift.broken[0].certainty, drift.broken[0].causes.as_slice()), (Certainty::MayFail, &[0][..]));
}

#[test]
fn access_policy_on_the_right_may_break_a_call() {
    let (mut left, mut right) = two();
    right.snapshot.policies.push(AccessPolicy {
        id: rolecall_base::id::PolicyId::new("p"),
        name: "No queues".to_owned(),
        target: VIEW.to_owned(),
        subject: PolicySubject::All,
        effect: PolicyEffect::Deny,
        active: true,
        applies_to_clients: true,
        has_condition: false,
    });
    left.need("svc", QUEUES, "");
    let drift_of_presence = drift(&left, &right);
    assert_eq!(lines(&drift_of_presence), ["policy No queues presence [absent] -> [present] narrows"]);
    assert_eq!(drift_of_presence.broken[0].causes, [0]);
    left.snapshot.policies.push(AccessPolicy { active: false, ..right.snapshot.policies[0].clone() });
    let drift_of_field = drift(&left, &right);
    assert_eq!(lines(&drift_of_field), ["policy No queues active [false] -> [true] narrows"]);
    assert_eq!(drift_of_field.broken[0].causes, [0]);
}

#[test]
fn policy_that_passes_from_a_user_to_a_group_at_the_same_place_has_another_subject() {
    let (mut left, mut right) = two();
    for world in [&mut left, &mut right] {
        world.user("u", "Ann", false, &[]).group("g", "Leads", &[], &[]);
    }
    let (user, group) = (left.snapshot.users[0].id.to_string(), right.snapshot.groups[0].id.to_string());
    let policy = |subject: PolicySubject| AccessPolicy {
        id: rolecall_base::id::PolicyId::new("p"),
        name: "No queues".to_owned(),
        target: VIEW.to_owned(),
        subject,
        effect: PolicyEffect::Deny,
        active: true,
        applies_to_clients: true,
        has_condition: false,
    };
    left.snapshot.policies.push(policy(PolicySubject::User(user)));
    right.snapshot.policies.push(policy(PolicySubject::Group(group)));
    let found = lines(&drift(&left, &right));
    assert!(found.iter().any(|line| line.starts_with("policy No queues subject [user ")), "{found:?}");
}

#[test]
fn trusted_orgs_are_compared_field_by_field() {
    let (mut left, mut right) = two();
    let trustee = Trustee {
        id: "t".to_owned(),
        name: "Partner".to_owned(),
        enabled: Some(true),
        has_full_access: Some(false),
        uses_default_role: Some(false),
        is_trusted_user: None,
        created: None,
        expires: None,
        users: Some(Vec::new()),
        groups: None,
    };
    let expires = "2027-01-01T00:00:00Z".parse().ok();
    left.snapshot.trustees.push(trustee.clone());
    right.snapshot.trustees.push(Trustee { enabled: Some(false), has_full_access: Some(true), expires, ..trustee });
    let found = lines(&drift(&left, &right));
    assert_eq!(
        found,
        [
            "trustee Partner enabled [true] -> [false] narrows",
            "trustee Partner expires [never] -> [set] narrows",
            "trustee Partner full_access [false] -> [true] widens"
        ]
    );
}

#[test]
fn what_a_list_that_was_not_read_lacks_is_not_known() {
    let (mut left, mut right) = two();
    left.client("d-gone", "gone", &[]).need("gone", "GET /api/v2/users/me", "");
    left.client("d-other", "other", &[("d-viewer", "*")]).need("other", QUEUES, "");
    right.unread(Listing::OauthClients);
    let drift = drift(&left, &right);
    assert_eq!(
        lines(&drift),
        [
            "oauth_client gone presence [present] -> [not known] unknown",
            "oauth_client other presence [present] -> [not known] unknown"
        ]
    );
    assert_eq!(drift.broken.iter().map(|call| call.certainty).collect::<Vec<_>>(), [Certainty::NotKnown]);
    assert!(!drift.is_complete());
    assert_eq!((drift.not_compared[0].side.as_str(), drift.not_compared[0].why.as_str()), ("staging", "refused (403)"));
}

#[test]
fn grants_of_a_user_whose_role_lists_were_not_read_are_not_known() {
    let (mut left, mut right) = two();
    left.user("u", "svc-a", true, &[("d-viewer", "*")]);
    right.user("u", "svc-a", true, &[]).unread(Listing::RoleGrants);
    let found = lines(&drift(&left, &right));
    assert_eq!(found, ["service_user svc-a grants [Viewer in all divisions] -> [not known] unknown"]);
}

#[test]
fn list_that_nobody_asked_for_is_not_compared() {
    let (mut left, mut right) = two();
    left.user("d-u", "Ann", false, &[]);
    right.snapshot.coverage.listings.get_mut(&Listing::Users).unwrap().seen = Seen::NotAsked;
    let drift = drift(&left, &right);
    assert_eq!(lines(&drift), Vec::<String>::new());
    assert_eq!(drift.not_compared.len(), 1);
    assert!(drift.is_complete() && !drift.not_compared[0].is_gap);
}

#[test]
fn principal_that_is_not_there_breaks_its_calls() {
    let (mut left, mut right) = two();
    right.snapshot.oauth_clients.clear();
    right.snapshot.grants.clear();
    left.need("svc", QUEUES, "");
    let drift_of_one = drift(&left, &right);
    assert_eq!(lines(&drift_of_one), ["oauth_client svc presence [present] -> [absent] breaks"]);
    assert_eq!((drift_of_one.broken[0].right, drift_of_one.broken[0].describe_right().as_str()), (None, "absent"));
    left.needs[0].org = Some("dev".to_owned());
    let found = lines(&drift(&left, &right));
    assert_eq!(
        found,
        ["oauth_client svc presence [present] -> [absent] narrows"],
        "a need of dev alone is not promoted"
    );
    left.needs[0].org = Some("staging".to_owned());
    assert_eq!(drift(&left, &right).broken.len(), 1);
}

#[test]
fn observed_call_is_a_need() {
    let (mut left, mut right) = two();
    left.usage("d-svc", QUEUES, 10, 9, 1);
    right.snapshot.roles[0].policies.clear();
    let drift = drift(&left, &right);
    let needs = &drift.broken[0].needs;
    assert_eq!(needs, &[super::broken::NeedSource::Observed { successes: 9, requests: 10 }]);
}

#[test]
fn ignored_things_are_counted_and_their_calls_left_out() {
    let (mut left, mut right) = two();
    right.snapshot.oauth_clients[0].state = ClientState::Inactive;
    left.need("svc", QUEUES, "");
    let drift = drift_of(&left, &right, &How { ignore: vec!["oauth_client:SVC".to_owned()], ..how() });
    assert_eq!((drift.changes.len(), drift.broken.len(), drift.ignored), (0, 0, 1));
}

#[test]
fn call_whose_cause_is_ignored_keeps_a_row_of_its_own() {
    let (mut left, mut right) = two();
    right.snapshot.roles[0].policies.clear();
    left.need("svc", QUEUES, "");
    let drift = drift_of(&left, &right, &How { ignore: vec!["role:*".to_owned()], ..how() });
    assert_eq!(
        lines(&drift),
        [format!("oauth_client svc call {QUEUES} [allowed] -> [denied (missing-permission)] breaks")]
    );
}

#[test]
fn of_one_org_ids_say_who_is_who_and_the_log_who_did_it() {
    let mut before = World::with_viewer("dev", "d");
    before.client("d-svc2", "svc", &[]);
    let mut after = World::with_viewer("dev", "d");
    after.client("d-svc2", "renamed", &[("d-viewer", "d-sales")]);
    after.user("d-admin", "Admin", false, &[]);
    before.user("d-admin", "Admin", false, &[]);
    before.snapshot.as_of = "2026-11-20T02:00:00Z".parse().unwrap();
    let entry = |at: &str, actor: &str| AuditEntry {
        at: at.parse().ok(),
        actor: Some(actor.to_owned()),
        actor_kind: ActorKind::User,
        action: "UPDATE".to_owned(),
        entity_type: "OAUTH_CLIENT".to_owned(),
        entity_id: Some("d-svc2".to_owned()),
        entity_name: None,
    };
    after.snapshot.audit =
        vec![entry("2026-11-19T02:00:00Z", "somebody-else"), entry("2026-11-20T09:00:00Z", "d-admin")];
    let drift = drift_of(&before, &after, &How { between: Between::Nights, ..how() });
    assert_eq!(
        lines(&drift),
        ["oauth_client svc grants [] -> [Viewer in Sales] widens", "oauth_client svc name [svc] -> [renamed] none"]
    );
    let Author::Somebody { who, action, .. } = &drift.changes[0].author else {
        panic!("{:?}", drift.changes[0].author)
    };
    assert_eq!((who.as_str(), action.as_str()), ("Admin", "UPDATE"));
}

#[test]
fn client_that_was_made_anew_in_one_org_locks_out_whoever_used_the_old_one() {
    let mut before = World::with_viewer("dev", "d");
    before.need("svc", QUEUES, "");
    let mut after = World::with_viewer("dev", "d");
    after.snapshot.oauth_clients.clear();
    after.client("d-anew", "svc", &[("d-viewer", "*")]);
    let drift = drift_of(&before, &after, &How { between: Between::Nights, ..how() });
    let rows = lines(&drift);
    assert!(rows.contains(&"oauth_client svc presence [present] -> [absent] breaks".to_owned()), "{rows:?}");
    assert!(rows.contains(&"oauth_client svc presence [absent] -> [present] widens".to_owned()), "{rows:?}");
    let calls: Vec<(&str, Certainty)> = drift.broken.iter().map(|call| (call.name.as_str(), call.certainty)).collect();
    assert_eq!(calls, [("svc", Certainty::Fails)]);
    assert!(drift_of(&before, &after, &how()).broken.is_empty(), "between orgs ids say nothing");
}
