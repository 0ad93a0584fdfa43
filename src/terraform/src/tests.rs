//! What sources of every kind say, on the fixtures and on small documents.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use jiff::Timestamp;
use proptest::prelude::*;
use secrecy::SecretString;

use super::*;
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::grant::Reach;
use rolecall_base::oauth_client::{GrantType, OauthClient};
use rolecall_base::role::Role;
use rolecall_base::snapshot::Snapshot;
use rolecall_base::store::place;
use rolecall_collect::settings::{CollectSettings, OrgTarget, ServiceUserRules, UsersWanted};
use rolecall_collect::{Silent, collect};
use rolecall_simulate::{Faults, Limits, OrgSource, SimulateOptions, start};

mod words;

const FIXTURES: [&str; 7] = [
    "export",
    "split",
    "terraform.tfstate",
    "state-shown.json",
    "promotion-plan.json",
    "promotion-plan-granted-elsewhere.json",
    "every-action-plan.json",
];

fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("fixtures/cx_as_code").join(name)
}

fn read(name: &str) -> Source {
    open(&fixture(name)).unwrap()
}

fn as_of() -> Timestamp {
    "2026-08-15T02:00:00Z".parse().unwrap()
}

fn still() -> Timestamp {
    as_of()
}

/// The built-in staging org, read over HTTP from the simulated region.
fn staging() -> &'static Snapshot {
    static STAGING: OnceLock<Snapshot> = OnceLock::new();
    STAGING.get_or_init(|| tokio::runtime::Runtime::new().unwrap().block_on(collected()))
}

async fn collected() -> Snapshot {
    let options = SimulateOptions {
        orgs: vec![OrgSource::Embedded("staging".to_owned())],
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        faults: Faults::none(),
        limits: Limits { requests_per_minute: 1_000_000, ..Limits::default() },
        now: as_of(),
    };
    let region = start(options).await.unwrap();
    let org = &region.orgs()[0];
    let target = OrgTarget {
        name: org.name.clone(),
        environment: String::new(),
        api_url: org.api_url.clone(),
        login_url: org.login_url.clone(),
        client_id: org.client_id.clone(),
        client_secret: SecretString::from(org.client_secret.clone()),
    };
    let settings = CollectSettings {
        requests_per_minute: 1_000_000,
        users: UsersWanted::All,
        service_users: ServiceUserRules { names: vec!["svc-*".to_owned()], ..ServiceUserRules::default() },
        observed_days: 0,
        grant_dates: true,
        default_roles: false,
        third_party_apps: false,
        audit_days: 0,
    };
    collect(&[target], &settings, as_of(), &still, &Silent).await.remove(0).unwrap()
}

/// A snapshot without the note that it is not as it was read.
fn content(mut snapshot: Snapshot) -> Snapshot {
    snapshot.collection.notes.clear();
    snapshot
}

fn role<'s>(snapshot: &'s Snapshot, name: &str) -> &'s Role {
    snapshot.roles.iter().find(|role| role.name == name).unwrap_or_else(|| panic!("no role {name}"))
}

fn client<'s>(snapshot: &'s Snapshot, name: &str) -> &'s OauthClient {
    let mut named = snapshot.oauth_clients.iter().filter(|client| client.name == name);
    let found = named.next().unwrap_or_else(|| panic!("no client {name}"));
    assert!(named.next().is_none(), "two clients {name}");
    found
}

/// `role in division` of a subject, by names.
fn granted(snapshot: &Snapshot, subject: &str) -> BTreeSet<String> {
    let place = |reach: &Reach| match reach {
        Reach::All => "*".to_owned(),
        Reach::In(id) => {
            let division = snapshot.divisions.iter().find(|division| division.id == *id);
            division.map_or_else(|| id.to_string(), |division| division.name.clone())
        }
    };
    let name = |id: &str| {
        snapshot.roles.iter().find(|role| role.id.as_str() == id).map_or(id.to_owned(), |role| role.name.clone())
    };
    let grants = snapshot.grants.iter().filter(|grant| grant.subject.as_str() == subject);
    grants.map(|grant| format!("{} in {}", name(grant.role.as_str()), place(&grant.reach))).collect()
}

fn user_id(snapshot: &Snapshot, name: &str) -> String {
    snapshot.users.iter().find(|user| user.name == name).unwrap().id.to_string()
}

fn texts(items: &[&str]) -> BTreeSet<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

fn written(text: &str) -> Result<Source, CxError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("source.json");
    place::write(&path, text.as_bytes()).unwrap();
    open(&path)
}

#[test]
fn plan_that_removes_one_permission_changes_that_and_nothing_else() {
    let applied = after_apply(&read("promotion-plan.json"), staging());
    let mut expected = staging().clone();
    let reader = expected.roles.iter_mut().find(|role| role.name == "Queue Dashboard Reader").unwrap();
    let before = reader.policies.len();
    reader.policies.retain(|policy| policy.domain != "routing");
    assert_eq!(reader.policies.len() + 1, before);
    expected.sort();
    assert_eq!(content(applied.snapshot), content(expected));
    assert_eq!(applied.not_known, []);
}

#[test]
fn plan_that_grants_it_elsewhere_keeps_dates_of_grants_that_stay() {
    let applied = after_apply(&read("promotion-plan-granted-elsewhere.json"), staging());
    let after = &applied.snapshot;
    assert_eq!(applied.not_known, []);
    let user = user_id(after, "svc-reporting");
    assert_eq!(granted(after, &user), texts(&["Queue Dashboard Reader in *", "Queue Reader in *"]));
    let dated = |snapshot: &Snapshot| {
        let of_user =
            |grant: &&rolecall_base::grant::Grant| grant.subject.as_str() == user && grant.granted_at.is_some();
        snapshot.grants.iter().filter(of_user).count()
    };
    assert_eq!(dated(after), dated(staging()));
    for name in ["Queue Dashboard", "Queue Dashboard Sales"] {
        let client = client(after, name);
        assert_eq!(client.role_divisions.as_ref().unwrap().len(), 2);
        assert_eq!(granted(after, client.id.as_str()).len(), 2, "both lists of grants agree");
    }
}

#[test]
fn every_action_of_a_plan_does_what_it_says() {
    let source = read("every-action-plan.json");
    let applied = after_apply(&source, staging());
    let after = &applied.snapshot;
    // Created in a module, one referring to the other.
    let loader = client(after, "Figures Loader");
    assert_eq!(loader.id.as_str(), "module.figures.genesyscloud_oauth_client.loader");
    assert_eq!(granted(after, loader.id.as_str()), texts(&["Figures Reader in *"]));
    assert_eq!(role(after, "Figures Reader").id.as_str(), "module.figures.genesyscloud_auth_role.reader[\"hourly\"]");
    assert!(after.divisions.iter().any(|division| division.name == "Partners" && !division.home));
    // Deleted with its grants.
    let gone = client(staging(), "Load Test").id.clone();
    assert!(after.oauth_clients.iter().all(|client| client.id != gone));
    assert_eq!(granted(after, gone.as_str()), BTreeSet::new());
    // Made anew, with other roles.
    let trial = client(after, "Vendor Trial");
    assert_eq!(trial.id.as_str(), "genesyscloud_oauth_client.vendor_trial");
    assert_eq!(granted(after, trial.id.as_str()), texts(&["Outbound Operator in Collections"]));
    // A default role is restored, to what is not known; a forgotten one stays.
    assert_eq!(role(after, "Quality Administrator").policies, []);
    let restored = role(after, "Quality Administrator").id.to_string();
    let unread = &after.coverage.listings[&Listing::Roles].unread;
    assert_eq!(unread.iter().map(|unread| unread.of.clone().unwrap()).collect::<Vec<_>>(), [restored]);
    assert_eq!(role(after, "Audit Reader"), role(staging(), "Audit Reader"));
    // What a list of roles does not declare is removed; left out, a division is the home division.
    let release = user_id(after, "svc-release");
    assert_eq!(granted(staging(), &release), texts(&["Flow Deployer in *", "Release Manager in *"]));
    assert_eq!(granted(after, &release), texts(&["Release Manager in Home"]));
    // What is known only later is not known, by name.
    let open: Vec<(&str, &str)> =
        applied.not_known.iter().map(|open| (open.address.as_str(), open.what.as_str())).collect();
    assert_eq!(
        open,
        [
            ("genesyscloud_auth_role.quality_administrator", "permission_policies"),
            ("genesyscloud_oauth_client.conversation_export", "description"),
            ("genesyscloud_user_roles.svc_monitoring", "roles.role_id"),
        ]
    );
    assert_eq!(after.coverage.seen(Listing::RoleGrants), Seen::Part);
    assert_eq!(source.others, 1);
}

#[test]
fn export_alone_resolves_its_references_and_names_those_it_cannot() {
    let source = read("export");
    let alone = snapshot(&source, "export", as_of());
    let sales = client(&alone, "Queue Dashboard Sales");
    assert_eq!(granted(&alone, sales.id.as_str()), texts(&["Queue Dashboard Reader in Sales"]));
    let archive = user_id(&alone, "svc-recording-archive");
    assert_eq!(granted(&alone, &archive), texts(&["Recording Exporter in Support", "employee in home division"]));
    assert_eq!(client(&alone, "No Roles Left").role_divisions, Some(Vec::new()));
    assert_eq!(client(&alone, "Agent Desktop PKCE").grant_type, GrantType::Code);
    assert_eq!(alone.group_members.values().map(Vec::len).collect::<Vec<_>>(), [2]);
    let queue = "permission_policies.conditions.terms.operands.queue_id";
    let open = &source.not_known;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(
        (open[0].address.as_str(), open[0].what.as_str()),
        ("genesyscloud_auth_role.Complaints_Listener", queue)
    );
    assert!(open[0].why.contains("genesyscloud_routing_queue.Complaints"), "{open:?}");
    assert!(role(&alone, "Complaints Listener").policies[0].is_conditional());
    // The role that is only looked up is known by name alone.
    let unread = &alone.coverage.listings[&Listing::Roles].unread;
    assert_eq!(unread.len(), 1);
    assert_eq!(unread[0].of.as_deref(), Some("data.genesyscloud_auth_role.employee"));
    for listing in [Listing::Policies, Listing::Permissions, Listing::Usage, Listing::Trustees] {
        assert_eq!(alone.coverage.seen(listing), Seen::NotAsked);
    }
    assert!(alone.coverage.is_whole(Listing::OauthClients) && alone.coverage.is_whole(Listing::RoleGrants));
}

#[test]
fn export_of_an_org_laid_over_it_changes_nothing_that_is_in_both() {
    let applied = after_apply(&read("export"), staging());
    for name in ["Queue Dashboard Reader", "Recording Exporter", "Evaluator", "Supervisor"] {
        assert_eq!(role(&applied.snapshot, name), role(staging(), name));
    }
    for name in ["Queue Dashboard", "Recording Archiver", "Agent Desktop PKCE", "No Roles Left"] {
        assert_eq!(client(&applied.snapshot, name), client(staging(), name));
    }
    // What it looks up and what it calls home is the org's own.
    let archive = user_id(staging(), "svc-recording-archive");
    assert_eq!(granted(&applied.snapshot, &archive), texts(&["Recording Exporter in Support", "employee in Home"]));
    assert_eq!(applied.snapshot.roles.len(), staging().roles.len() + 1, "Complaints Listener is new");
}

#[test]
fn split_export_takes_variables_and_locals_and_names_what_is_missing() {
    let source = read("split");
    let alone = snapshot(&source, "split", as_of());
    assert_eq!(role(&alone, "Analytics Reader").description.as_deref(), Some("for staging"));
    assert_eq!(
        granted(&alone, client(&alone, "Outbound Loader").id.as_str()),
        texts(&["Outbound Operator in Collections"])
    );
    let why = |address: &str, what: &str| {
        let found = source.not_known.iter().find(|open| open.address.ends_with(address) && open.what == what);
        found.unwrap_or_else(|| panic!("{address} {what}: {:?}", source.not_known)).why.clone()
    };
    assert!(why("Warehouse_Loader", "roles.role_id").contains("variable `warehouse_role_id` has no value"));
    assert!(why("Pipeline", "roles.role_id").contains("genesyscloud_auth_role.Routing_Manager"));
    assert!(why("queues.tf", "file").contains("terraform show -json"));
    // A client with a role that is not known may do anything: the list says so, and the grant is of no listed role.
    assert_eq!(alone.coverage.seen(Listing::OauthClients), Seen::Part);
    let loader = client(&alone, "Warehouse Loader");
    let unlisted = |id: &str| alone.roles.iter().all(|role| role.id.as_str() != id);
    assert_eq!(loader.role_divisions.iter().flatten().filter(|pair| unlisted(pair.role.as_str())).count(), 1);
}

#[test]
fn states_of_both_forms_say_the_same_of_modules_and_indexes() {
    for (name, sales) in [
        ("terraform.tfstate", "module.dashboards.genesyscloud_oauth_client.dashboards[\"sales\"]"),
        ("state-shown.json", "module.dashboards.module.sales.genesyscloud_oauth_client.dashboard[\"sales\"]"),
    ] {
        let source = read(name);
        assert_eq!(source.kind, Kind::State);
        assert!(source.objects.iter().any(|object| object.address == sales), "{name}");
        let alone = snapshot(&source, name, as_of());
        let dashboard = client(&alone, "Queue Dashboard Sales");
        assert_eq!(
            dashboard,
            &OauthClient {
                description: dashboard.description.clone(),
                created: None,
                modified: None,
                created_by: None,
                modified_by: None,
                ..client(staging(), "Queue Dashboard Sales").clone()
            }
        );
        let applied = after_apply(&source, staging());
        assert_eq!(content(applied.snapshot), content(staging().clone()), "{name}");
    }
}

#[test]
fn authoritative_roles_of_an_unknown_user_are_kept_by_id_and_said() {
    let text = r#"{"format_version":"1.2","resource_changes":[{"address":"genesyscloud_user_roles.x","mode":"managed",
        "type":"genesyscloud_user_roles","change":{"actions":["create"],"before":null,"after":{"user_id":"u-new","roles":[
        {"role_id":"r-new","division_ids":["*"]}]},"after_unknown":{"id":true}}}]}"#;
    let applied = after_apply(&written(text).unwrap(), staging());
    assert_eq!(granted(&applied.snapshot, "u-new"), texts(&["r-new in *"]));
    let open: Vec<&str> = applied.not_known.iter().map(|open| open.what.as_str()).collect();
    assert_eq!(open, ["roles.role_id", "user_id"]);
    assert_eq!(applied.snapshot.coverage.seen(Listing::RoleGrants), Seen::Part);
}

#[test]
fn several_clients_of_one_name_are_said_and_never_guessed() {
    let mut base = staging().clone();
    let mut twin = client(&base, "Queue Dashboard").clone();
    twin.id = rolecall_base::id::ClientId::new("twin");
    base.oauth_clients.push(twin);
    let applied = after_apply(&read("export"), &base);
    let named = |snapshot: &Snapshot| snapshot.oauth_clients.iter().filter(|c| c.name == "Queue Dashboard").count();
    assert_eq!(named(&applied.snapshot), 2);
    assert!(applied.not_known.iter().any(|open| open.why.contains("2 objects of this name")));
    assert_eq!(applied.snapshot.coverage.seen(Listing::OauthClients), Seen::Part);
}

#[test]
fn two_declared_clients_of_one_name_are_not_both_laid_over_one() {
    let text = r#"{"resource":{"genesyscloud_oauth_client":{"a":{"name":"Queue Dashboard","authorized_grant_type":"CODE"},
        "b":{"name":"Queue Dashboard","authorized_grant_type":"TOKEN"}}}}"#;
    let applied = after_apply(&written(text).unwrap(), staging());
    assert_eq!(client(&applied.snapshot, "Queue Dashboard"), client(staging(), "Queue Dashboard"));
    assert_eq!(applied.not_known.len(), 2);
    assert_eq!(applied.snapshot.coverage.seen(Listing::OauthClients), Seen::Part);
}

#[test]
fn roles_of_one_user_declared_twice_are_not_known() {
    let release = user_id(staging(), "svc-release");
    let one = format!(r#"{{"user_id":"{release}","roles":[]}}"#);
    let text = format!(r#"{{"resource":{{"genesyscloud_user_roles":{{"a":{one},"b":{one}}}}}}}"#);
    let applied = after_apply(&written(&text).unwrap(), staging());
    assert!(applied.not_known.iter().any(|open| open.why.contains("another object declares")));
    assert_eq!(applied.snapshot.coverage.unread_keys(Listing::RoleGrants), Some(vec![release.as_str()]));
}

#[test]
fn roles_of_one_user_declared_twice_are_certain_where_both_say_the_same() {
    let release = user_id(staging(), "svc-release");
    let block = |role: &str| format!(r#"{{"role_id":"{role}","division_ids":["*"]}}"#);
    let one = format!(r#"{{"user_id":"{release}","roles":[{},{}]}}"#, block("r1"), block("r2"));
    let other = format!(r#"{{"user_id":"{release}","roles":[{},{}]}}"#, block("r2"), block("r3"));
    let text = format!(r#"{{"resource":{{"genesyscloud_user_roles":{{"a":{one},"b":{other}}}}}}}"#);
    let applied = after_apply(&written(&text).unwrap(), staging());
    assert_eq!(granted(&applied.snapshot, &release), texts(&["r2 in *"]));
}

/// A plan with one thing that is known only after the apply.
fn open_in(kind: &str, id: &str, after: &str, unknown: &str) -> Applied {
    let text = format!(
        r#"{{"format_version":"1.2","resource_changes":[{{"address":"{kind}.x","mode":"managed","type":"{kind}",
        "change":{{"actions":["update"],"before":{{"id":"{id}"}},"after":{after},"after_unknown":{unknown}}}}}]}}"#
    );
    after_apply(&written(&text).unwrap(), staging())
}

#[test]
fn grant_that_is_not_known_is_that_subjects_alone() {
    let release = user_id(staging(), "svc-release");
    let after = format!(r#"{{"id":"{release}","user_id":"{release}","roles":[{{"division_ids":["*"]}}]}}"#);
    let applied = open_in("genesyscloud_user_roles", &release, &after, r#"{"roles":[{"role_id":true}]}"#);
    assert_eq!(applied.snapshot.coverage.unread_keys(Listing::RoleGrants), Some(vec![release.as_str()]));
}

#[test]
fn what_decides_no_call_of_a_client_leaves_the_list_of_clients_whole() {
    let dashboard = client(staging(), "Queue Dashboard");
    let pair = &dashboard.role_divisions.as_ref().unwrap()[0];
    let after = format!(
        r#"{{"id":"{}","name":"Queue Dashboard","authorized_grant_type":"CLIENT-CREDENTIALS","state":"active",
        "roles":[{{"role_id":"{}","division_id":"{}"}}]}}"#,
        dashboard.id,
        pair.role,
        pair.reach.as_str()
    );
    let unknown = r#"{"access_token_validity_seconds":true,"scopes":true,"registered_redirect_uris":true}"#;
    let applied = open_in("genesyscloud_oauth_client", dashboard.id.as_str(), &after, unknown);
    assert_eq!(applied.not_known.len(), 3, "{:?}", applied.not_known);
    assert!(applied.snapshot.coverage.is_whole(Listing::OauthClients));
    let unknown = r#"{"roles":[{"role_id":true}]}"#;
    let applied = open_in("genesyscloud_oauth_client", dashboard.id.as_str(), &after, unknown);
    let keys = applied.snapshot.coverage.unread_keys(Listing::OauthClients);
    assert_eq!(keys, Some(vec![dashboard.id.as_str()]));
}

#[test]
fn redirect_that_is_not_known_takes_none_away() {
    let mut base = staging().clone();
    let before = vec!["https://dashboard.example.com/".to_owned()];
    let dashboard = base.oauth_clients.iter_mut().find(|client| client.name == "Queue Dashboard").unwrap();
    dashboard.redirect_uris.clone_from(&before);
    let text = format!(
        r#"{{"format_version":"1.2","resource_changes":[{{"address":"genesyscloud_oauth_client.x","mode":"managed",
        "type":"genesyscloud_oauth_client","change":{{"actions":["update"],"before":{{"id":"{0}"}},"after":{{"id":"{0}",
        "name":"Queue Dashboard","authorized_grant_type":"CLIENT-CREDENTIALS"}},
        "after_unknown":{{"registered_redirect_uris":true}}}}}}]}}"#,
        dashboard.id
    );
    let applied = after_apply(&written(&text).unwrap(), &base);
    assert_eq!(client(&applied.snapshot, "Queue Dashboard").redirect_uris, before);
}

#[test]
fn plan_of_another_org_is_matched_by_name_and_says_so() {
    let mut text = fs::read_to_string(fixture("promotion-plan.json")).unwrap();
    let id = role(staging(), "Queue Dashboard Reader").id.to_string();
    text = text.replace(&id, "00000000-0000-0000-0000-000000000001");
    let applied = after_apply(&written(&text).unwrap(), staging());
    assert_eq!(role(&applied.snapshot, "Queue Dashboard Reader").id.to_string(), id);
    assert_eq!(role(&applied.snapshot, "Queue Dashboard Reader").policies.len(), 1);
    assert!(applied.notes.iter().any(|note| note.contains("matched by name")), "{:?}", applied.notes);
}

#[test]
fn list_of_roles_that_a_plan_keeps_is_not_enforced() {
    let release = user_id(staging(), "svc-release");
    let text = format!(
        r#"{{"format_version":"1.2","resource_changes":[{{"address":"genesyscloud_user_roles.x","mode":"managed",
        "type":"genesyscloud_user_roles","change":{{"actions":["no-op"],"before":{{"id":"{release}","user_id":"{release}","roles":[]}},
        "after":{{"id":"{release}","user_id":"{release}","roles":[]}},"after_unknown":{{}}}}}}]}}"#
    );
    let applied = after_apply(&written(&text).unwrap(), staging());
    assert_eq!(content(applied.snapshot), content(staging().clone()));
}

#[test]
fn limit_to_named_resources_is_not_silently_kept() {
    let mut base = staging().clone();
    let reader = base.roles.iter_mut().find(|role| role.name == "Queue Dashboard Reader").unwrap();
    reader.policies[0].named_resources.push("q1".to_owned());
    let applied = after_apply(&read("promotion-plan.json"), &base);
    assert!(applied.not_known.iter().any(|open| open.why.contains("named resources")));
    assert_eq!(applied.snapshot.coverage.seen(Listing::Roles), Seen::Part);
}

#[test]
fn deleting_a_list_of_roles_removes_no_grant() {
    let release = user_id(staging(), "svc-release");
    let text = format!(
        r#"{{"format_version":"1.2","resource_changes":[{{"address":"genesyscloud_user_roles.x","mode":"managed",
        "type":"genesyscloud_user_roles","change":{{"actions":["delete"],"before":{{"id":"{release}","user_id":"{release}","roles":[]}},
        "after":null,"after_unknown":false}}}}]}}"#
    );
    let applied = after_apply(&written(&text).unwrap(), staging());
    assert_eq!(content(applied.snapshot), content(staging().clone()));
    assert!(applied.notes[0].contains("the grants stay"), "{:?}", applied.notes);
}

#[test]
fn catalogue_and_matrix_are_borrowed_with_a_note() {
    let mut alone = snapshot(&read("export"), "export", as_of());
    borrow(&mut alone, staging());
    assert_eq!(alone.permissions, staging().permissions);
    assert_eq!(alone.coverage.seen(Listing::Permissions), Seen::Whole);
    assert!(alone.divisions.iter().any(|division| division.home && division.name == "Home"));
    assert!(alone.users.iter().all(|user| user.is_service()));
    let notes = &alone.collection.notes;
    assert!(notes.iter().any(|note| note.starts_with("borrowed from staging: permission catalogue")), "{notes:?}");
}

#[test]
fn policies_are_borrowed_with_whom_they_are_about() {
    use rolecall_base::policy::PolicySubject;
    let about_a_client = |snapshot: &Snapshot| {
        let mut found = snapshot.policies.iter().filter_map(|policy| match &policy.subject {
            PolicySubject::Client(id) => Some(id.clone()),
            _ => None,
        });
        found.next().unwrap()
    };
    let mut base = staging().clone();
    let dashboard = client(&base, "Queue Dashboard").id.to_string();
    for policy in &mut base.policies {
        if let PolicySubject::Client(id) = &mut policy.subject {
            id.clone_from(&dashboard);
        }
    }
    let mut alone = snapshot(&read("export"), "export", as_of());
    borrow(&mut alone, &base);
    assert_eq!(alone.policies.len(), base.policies.len());
    assert!(alone.coverage.is_whole(Listing::Policies), "no call is in doubt for policies that no source declares");
    assert_eq!(about_a_client(&base), dashboard);
    assert_eq!(about_a_client(&alone), client(&alone, "Queue Dashboard").id.to_string());
}

#[test]
fn secret_is_nowhere_in_what_is_kept_or_said() {
    for name in FIXTURES {
        let source = read(name);
        let alone = snapshot(&source, name, as_of());
        let applied = after_apply(&source, staging());
        let kept = format!(
            "{source:?}{alone:?}{applied:?}{}{}",
            serde_json::to_string(&alone).unwrap(),
            serde_json::to_string(&applied.snapshot).unwrap()
        );
        assert!(!kept.contains("canary"), "{name}: {:?}", kept.split("canary").nth(1).map(|rest| &rest[..40]));
    }
}

#[test]
fn secret_is_in_no_error_either() {
    for text in [
        r#"{"format_version":"1.2","resource_changes":"canary"}"#,
        r#"{"format_version":"1.2","resource_changes":[{"address":1,"type":"canary","change":{}}]}"#,
        r#"{"version":4,"resources":[{"type":"genesyscloud_user","name":"x","instances":[{"index_key":1,"deposed":{"a":"canary"}}]}]}"#,
        r#"{"version":"canary","resources":[]}"#,
        r#"{"format_version":"canary.1","terraform_version":"1","values":{}}"#,
        r#"{"resource":"canary"}"#,
        r#"{"resource":{"genesyscloud_user":{"canary" "#,
        "canary = 1",
    ] {
        let error = written(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{text}: {error}");
    }
}

#[test]
fn what_is_no_source_is_named_with_what_to_give_instead() {
    for (text, said) in [
        ("", "it is empty"),
        ("resource \"genesyscloud_auth_role\" \"x\" {\n}\n", "looks like HCL"),
        ("Terraform will perform the following actions:", "shows to people"),
        ("PK\u{3}\u{4}", "terraform show -json plan.out"),
        ("[1]", "a JSON list"),
        ("{\"resource\": {\n  \"x\": ", "it ends too early at line 2"),
        ("{\"resource\" 1}", "cannot be parsed at line 1, column 13"),
        ("{\"a\":1}", "none of the parts of a Terraform document"),
        ("{\"@message\":\"x\"}\n{\"@message\":\"y\"}", "log that `terraform plan -json` writes"),
        ("{\"swagger\":\"2.0\"}", "Swagger"),
        ("{\"version\":2,\"serial\":1,\"modules\":[]}", "terraform state replace-provider"),
        ("{\"version\":5,\"serial\":1,\"resources\":[]}", "only versions 3 and 4 are read"),
        ("{\"format_version\":\"2.0\",\"resource_changes\":[]}", "not known here"),
        (
            r#"{"version":4,"serial":1,"resources":[{"mode":"managed","type":"a_b","name":"c","instances":[]}]}"#,
            "1 others",
        ),
    ] {
        let error = written(text).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
        assert!(!error.ends_with('.'), "{error}");
    }
    assert!(open(Path::new("/nowhere/x.tf.json")).unwrap_err().to_string().contains("/nowhere/x.tf.json"));
}

#[test]
fn object_declared_twice_is_refused_with_both_files() {
    let folder = tempfile::tempdir().unwrap();
    let body = r#"{"resource":{"genesyscloud_auth_role":{"a":{"name":"A"}}}}"#;
    for name in ["one.tf.json", "two.tf.json"] {
        place::write(&folder.path().join(name), body.as_bytes()).unwrap();
    }
    let error = open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("one.tf.json") && error.contains("two.tf.json"), "{error}");
    let twice = r#"{"resource":{"genesyscloud_auth_role":{"a":{"name":"A"},"a":{"name":"B"}}}}"#;
    assert!(matches!(written(twice), Err(CxError::Twice { .. })));
}

#[test]
fn directory_of_hcl_alone_says_how_to_export() {
    let folder = tempfile::tempdir().unwrap();
    place::write(&folder.path().join("main.tf"), b"resource").unwrap();
    assert!(open(folder.path()).unwrap_err().to_string().contains("export_format"));
}

#[test]
fn what_repeats_or_lies_in_a_module_is_named_and_its_list_is_read_in_part() {
    let text = r#"{"resource":{"genesyscloud_auth_role":{"a":{"name":"${each.key}","for_each":{"x":1}},"b":[{"name":"B"}]},
        "genesyscloud_oauth_client":{"c":{"name":"C","authorized_grant_type":"SAML2BEARER","scopes":"${concat([], [])}"}}},
        "locals":[{"a":"${local.b}"},{"b":"${local.a}"}],"module":{"m":{"source":"./m"}}}"#;
    let source = written(text).unwrap();
    let open: Vec<(&str, &str)> =
        source.not_known.iter().map(|open| (open.address.as_str(), open.what.as_str())).collect();
    assert_eq!(
        open,
        [("genesyscloud_auth_role.a", "object"), ("genesyscloud_oauth_client.c", "scopes"), ("module.m", "object")]
    );
    let alone = snapshot(&source, "x", as_of());
    assert_eq!(alone.roles.len(), 1);
    assert_eq!(alone.coverage.seen(Listing::Roles), Seen::Part);
    assert_eq!(client(&alone, "C").grant_type, GrantType::Saml2Bearer);
    assert_eq!(client(&alone, "C").scopes, None);
}

#[test]
fn references_that_lead_in_a_circle_end() {
    let text = r#"{"resource":{"genesyscloud_auth_role":{"a":{"name":"${local.a}"},"b":{"name":"${genesyscloud_auth_role.b.name}"}}},
        "locals":{"a":"${local.b}${local.b}","b":"${local.a}${local.a}"}}"#;
    let source = written(text).unwrap();
    assert_eq!(source.not_known.len(), 2);
    assert!(source.not_known.iter().all(|open| open.why.contains("leads back to itself")), "{:?}", source.not_known);
}

/// A document with parts cut out, put in or exchanged.
fn mutated() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "export/genesyscloud.tf.json",
        "split/genesyscloud_oauth_client.tf.json",
        "terraform.tfstate",
        "state-shown.json",
        "every-action-plan.json",
    ]);
    let parts = prop::sample::select(vec![
        "null",
        "true",
        "\"\"",
        "[]",
        "{}",
        "-1e400",
        "\"*\"",
        "[null]",
        "\"${\"",
        "\"${var.x}\"",
        "[[]]",
        "1.5",
        "\"\\u0000\"",
        ",",
        "}",
    ]);
    (names, prop::collection::vec((any::<prop::sample::Index>(), parts, 0..40usize), 1..6)).prop_map(|(name, edits)| {
        let mut text = fs::read_to_string(fixture(name)).unwrap();
        for (at, piece, cut) in edits {
            // Behind a colon a value stands: most such edits leave JSON that can be parsed.
            let colons: Vec<usize> = text.match_indices(": ").map(|(at, _)| at + 2).collect();
            let Some(from) = colons.get(at.index(colons.len().max(1))).copied() else { continue };
            let value: usize = text[from..].find([',', '\n']).unwrap_or(0);
            let mut to = from + if cut % 2 == 0 { value } else { cut };
            while !text.is_char_boundary(to.min(text.len())) {
                to += 1;
            }
            text.replace_range(from..to.min(text.len()), piece);
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn no_document_makes_it_panic(text in mutated()) {
        if let Ok(source) = written(&text) {
            let alone = snapshot(&source, "x", as_of());
            prop_assert_eq!(alone.coverage.listings.len(), Listing::ALL.len());
            let applied = after_apply(&source, staging());
            prop_assert!(applied.not_known.len() >= source.not_known.len());
        }
    }
}
