//! The collector against the simulated region: both built-in orgs, over real HTTP, with and without faults.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};

use jiff::Timestamp;
use rolecall_base::auditor;
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::snapshot::Snapshot;
use rolecall_base::store::snapshot_file;
use rolecall_collect::settings::{CollectSettings, OrgTarget, ServiceUserRules, UsersWanted};
use rolecall_collect::wire::Validators;
use rolecall_collect::{Document, Silent, collect, collect_with_documents};
use rolecall_matrix::bundled;
use rolecall_matrix::endpoint::{Endpoint, Method};
use rolecall_simulate::{Faults, Limits, OrgSource, Running, SimulateOptions, embedded_orgs, start};
use secrecy::SecretString;

fn as_of() -> Timestamp {
    "2026-08-15T02:00:00Z".parse().unwrap()
}

fn still() -> Timestamp {
    as_of()
}

async fn region(faults: &str, limits: Limits) -> Running {
    let orgs = embedded_orgs().into_iter().map(|name| OrgSource::Embedded(name.to_owned())).collect();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let faults = if faults.is_empty() { Faults::none() } else { faults.parse().unwrap() };
    start(SimulateOptions { orgs, listen, faults, limits, now: as_of() }).await.unwrap()
}

fn fast() -> Limits {
    Limits { requests_per_minute: 1_000_000, ..Limits::default() }
}

fn targets(region: &Running) -> Vec<OrgTarget> {
    let target = |org: &rolecall_simulate::RunningOrg| OrgTarget {
        name: org.name.clone(),
        environment: org.name.clone(),
        api_url: org.api_url.clone(),
        login_url: org.login_url.clone(),
        client_id: org.client_id.clone(),
        client_secret: SecretString::from(org.client_secret.clone()),
    };
    region.orgs().iter().map(target).collect()
}

fn settings() -> CollectSettings {
    CollectSettings {
        requests_per_minute: 1_000_000,
        users: UsersWanted::All,
        service_users: ServiceUserRules { names: vec!["svc-*".to_owned()], ..ServiceUserRules::default() },
        observed_days: 30,
        grant_dates: true,
        default_roles: true,
        third_party_apps: true,
        audit_days: 7,
    }
}

async fn snapshots(region: &Running, settings: &CollectSettings) -> Vec<Snapshot> {
    let results = collect(&targets(region), settings, as_of(), &still, &Silent).await;
    results.into_iter().map(|result| result.unwrap()).collect()
}

/// Lists that are not whole, with the reasons, for messages.
fn gaps(snapshot: &Snapshot) -> Vec<String> {
    let records = snapshot.coverage.listings.iter();
    let open = records.filter(|(_, record)| !matches!(record.seen, Seen::Whole | Seen::NotAsked));
    open.map(|(listing, record)| format!("{}: {:?} {:?}", listing.as_str(), record.seen, record.unread)).collect()
}

/// What a snapshot says, without how it came about.
fn content(snapshot: &Snapshot) -> Snapshot {
    let mut content = snapshot.clone();
    content.collection = Default::default();
    content.org.api_url = String::new();
    content
}

#[tokio::test]
async fn both_orgs_are_read_whole_and_nothing_is_changed() {
    let region = region("", fast()).await;
    let snapshots = snapshots(&region, &settings()).await;
    assert_eq!(snapshots.len(), embedded_orgs().len());
    for snapshot in &snapshots {
        assert_eq!(gaps(snapshot), Vec::<String>::new(), "{}", snapshot.org.name);
        assert_eq!(snapshot.collection.tokens, 1);
        assert_eq!(snapshot.collection.retries, 0);
        assert!(snapshot.collection.calls_made >= snapshot.collection.calls_needed);
        assert!(!snapshot.roles.is_empty() && !snapshot.oauth_clients.is_empty() && !snapshot.grants.is_empty());
        assert!(snapshot.users.iter().any(|user| user.is_service()));
        assert!(snapshot.usage.as_ref().is_some_and(|usage| usage.complete && !usage.rows.is_empty()));
    }
    for request in region.requests() {
        assert!(!request.mutates(), "{request:?}");
    }
    let made: u64 = snapshots.iter().map(|snapshot| snapshot.collection.calls_made).sum();
    assert_eq!(usize::try_from(made).unwrap(), region.requests().len());
}

#[tokio::test]
async fn every_call_is_in_the_table_of_needs() {
    let region = region("", fast()).await;
    snapshots(&region, &settings()).await;
    let matrix = bundled::matrix();
    let mut called = BTreeSet::new();
    for request in region.requests() {
        let path = request.uri.split('?').next().unwrap().to_owned();
        if path == "/oauth/token" {
            continue;
        }
        let method = if request.method == "POST" { Method::Post } else { Method::Get };
        let (_, operation) = matrix.resolve(&Endpoint::new(method, &path)).unwrap_or_else(|| panic!("{path}"));
        called.insert((request.method.clone(), operation.endpoint.path.to_string()));
    }
    let needed: BTreeSet<(String, String)> =
        auditor::NEEDS.iter().map(|need| (need.method.to_owned(), need.path.to_owned())).collect();
    assert_eq!(called, needed);
}

#[test]
fn table_of_needs_agrees_with_the_matrix() {
    let matrix = bundled::matrix();
    for need in auditor::NEEDS {
        let method = if need.method == "POST" { Method::Post } else { Method::Get };
        let (_, operation) = matrix.get(&Endpoint::new(method, need.path)).unwrap_or_else(|| panic!("{}", need.path));
        let mut asked: Vec<&str> =
            operation.requirement.permissions.iter().map(|permission| permission.as_str()).collect();
        asked.sort_unstable();
        assert_eq!(asked, need.any_of, "{} {}", need.method, need.path);
    }
}

#[tokio::test]
async fn snapshot_that_was_written_is_the_one_that_was_collected() {
    let region = region("", fast()).await;
    let folder = tempfile::tempdir().unwrap();
    for snapshot in snapshots(&region, &settings()).await {
        let path = folder.path().join(snapshot_file::file_name(&snapshot.org.name));
        snapshot_file::write(&path, &snapshot).unwrap();
        assert_eq!(snapshot_file::read(&path).unwrap(), snapshot);
    }
}

#[tokio::test]
async fn small_pages_and_a_second_run_give_the_same_snapshot() {
    let whole = region("", fast()).await;
    let capped = region("", Limits { max_page_size: Some(7), ..fast() }).await;
    let expected = snapshots(&whole, &settings()).await;
    for other in [&whole, &capped] {
        for (left, right) in expected.iter().zip(snapshots(other, &settings()).await) {
            assert_eq!(content(left), content(&right));
        }
    }
}

#[tokio::test]
async fn document_of_the_region_comes_with_the_same_token() {
    let region = region("", fast()).await;
    let targets = targets(&region);
    let known = BTreeMap::from([(targets[0].name.clone(), Validators::default())]);
    let mut settings = settings();
    settings.observed_days = 0;
    let mut results = collect_with_documents(&targets, &known, &settings, as_of(), &still, &Silent).await;
    let first = results.remove(0).unwrap();
    assert_eq!(first.snapshot.collection.tokens, 1);
    let Some(Document::Fetched { bytes, validators }) = first.document else { panic!("no document") };
    let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(document["swagger"], "2.0");
    assert!(results.remove(0).unwrap().document.is_none(), "it was not asked for");
    if validators != Validators::default() {
        let again = rolecall_collect::fetch_document(&targets[0], &validators, &settings, &still).await;
        assert_eq!(again, Document::NotModified);
    }
}

#[tokio::test]
async fn wrong_secret_is_reported_and_the_other_org_is_read() {
    let region = region("", fast()).await;
    let mut targets = targets(&region);
    targets[0].client_secret = SecretString::from("not-the-secret");
    let mut settings = settings();
    settings.observed_days = 0;
    let results = collect(&targets, &settings, as_of(), &still, &Silent).await;
    let error = results[0].as_ref().unwrap_err().to_string();
    assert!(error.contains("invalid_client") && !error.contains("not-the-secret"), "{error}");
    assert!(results[1].as_ref().unwrap().coverage.is_whole(Listing::Roles));
}

#[tokio::test]
async fn passing_faults_cost_no_data() {
    let expected = snapshots(&region("", fast()).await, &settings()).await;
    let faults = "roles:page=1,attempt=1=503; divisions:attempt=1=truncate; permissions:attempt=1=drop; \
                  users:attempt=1=cut; groups:attempt=1=malformed; token:after=10=expire; policies=429x1; \
                  users:page=1,attempt=2=502; usage-start:attempt=1=500";
    let snapshots = snapshots(&region(faults, fast()).await, &settings()).await;
    for (expected, snapshot) in expected.iter().zip(&snapshots) {
        assert_eq!(gaps(snapshot), Vec::<String>::new());
        assert_eq!(content(expected), content(snapshot));
        assert!(snapshot.collection.retries >= 7, "{:?}", snapshot.collection);
        assert!(snapshot.collection.rate_limited >= 1 && snapshot.collection.tokens == 2, "{:?}", snapshot.collection);
    }
}

#[tokio::test]
async fn lasting_faults_are_recorded_where_they_struck() {
    let faults = "policies=403; trustees=wrong-shape; usage-results=failed; groups=403";
    for snapshot in snapshots(&region(faults, fast()).await, &settings()).await {
        let seen = |listing| snapshot.coverage.seen(listing);
        for listing in [Listing::Policies, Listing::Trustees, Listing::Groups, Listing::Usage] {
            assert_eq!(seen(listing), Seen::Nothing, "{listing:?}");
        }
        let policies = &snapshot.coverage.listings[&Listing::Policies];
        assert_eq!(policies.unread[0].missing_permissions, ["authorization:policy:view"]);
        assert_eq!(seen(Listing::RoleGrants), Seen::Whole);
        assert!(snapshot.usage.is_none());
    }
}

#[tokio::test]
async fn list_that_changes_under_the_reader_is_read_as_it_is_afterwards() {
    let small = || Limits { max_page_size: Some(20), ..fast() };
    let mut settings = settings();
    settings.observed_days = 0;
    let expected = snapshots(&region("", small()).await, &settings).await;
    for faults in ["users=grow", "users=shift"] {
        let region = region(faults, small()).await;
        for (expected, snapshot) in expected.iter().zip(snapshots(&region, &settings).await) {
            let ids = |snapshot: &Snapshot| snapshot.users.iter().map(|user| user.id.clone()).collect::<BTreeSet<_>>();
            let (before, after) = (ids(expected), ids(&snapshot));
            assert!(after.is_subset(&before), "{faults}");
            // `shift` takes somebody away for good, `grow` brings somebody who was not there at first.
            let gone = if faults == "users=grow" { 0 } else { 1 };
            assert!(before.len() - after.len() <= gone, "{faults}: {} of {}", after.len(), before.len());
        }
        let asked = region.requests();
        let users = asked.iter().filter(|request| request.operation == Some("users"));
        let firsts = users.filter(|request| request.uri.ends_with("pageNumber=1")).count();
        assert_eq!(firsts, 2 * expected.len(), "{faults}: every org's list was read twice");
    }
}
