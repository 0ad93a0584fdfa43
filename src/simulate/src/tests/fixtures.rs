//! The embedded orgs hold the situations they are there for.

use std::collections::BTreeSet;

use crate::embedded_orgs;
use crate::fixture::Parts;
use crate::generate::AUDITOR_PERMISSIONS;
use crate::org::{Role, SimOrg};
use rolecall_base::permission::Permission;
use rolecall_matrix::{Endpoint, bundled};

const NEEDS: &str = include_str!("../../../../fixtures/orgs/needs.csv");

fn org(name: &str) -> SimOrg {
    SimOrg::build(Parts::embedded(name, super::now()).unwrap()).unwrap()
}

fn role<'a>(org: &'a SimOrg, name: &str) -> Option<&'a Role> {
    org.roles.iter().find(|role| role.object.name == name)
}

#[test]
fn auditor_holds_exactly_what_it_needs_in_all_divisions() {
    for org in embedded_orgs().into_iter().map(org) {
        let held: BTreeSet<&str> = role(&org, "Rolecall Auditor").unwrap().grants.iter().map(|p| p.as_str()).collect();
        // The demo also lists third-party apps.
        assert_eq!(held, AUDITOR_PERMISSIONS.into_iter().chain(["oauth:client:authorize"]).collect());
        let grants: Vec<_> = org.grants_of_subject(&org.auditor).map(|grant| grant.division.as_str()).collect();
        assert_eq!(grants, ["*"]);
    }
}

#[test]
fn every_grant_type_and_state_is_there_in_each_org() {
    for org in embedded_orgs().into_iter().map(org) {
        let all = |field: &str| org.clients.iter().map(|client| client.text(field)).collect::<BTreeSet<_>>();
        let kinds = ["CLIENT-CREDENTIALS", "CODE", "PASSWORD", "SAML2-BEARER", "TOKEN"];
        assert_eq!(all("authorizedGrantType").into_iter().collect::<Vec<_>>(), kinds);
        assert_eq!(all("state").into_iter().collect::<Vec<_>>(), ["active", "disabled", "inactive"]);
        let service = org.users.iter().filter(|user| user.text("email").ends_with("@svc.example.com")).count();
        assert!((6..=10).contains(&service), "{service}");
    }
}

#[test]
fn dashboard_role_lost_its_permission_on_the_way_to_staging() {
    let observe = Permission::new("analytics:queueObservation:view");
    assert!(role(&org("dev"), "Queue Dashboard Reader").unwrap().grants.contains(&observe));
    assert!(!role(&org("staging"), "Queue Dashboard Reader").unwrap().grants.contains(&observe));
}

#[test]
fn wildcard_and_its_expansion_grant_the_same_where_the_catalogues_agree() {
    let (dev, staging) = (org("dev"), org("staging"));
    let only_dev: Vec<_> = {
        let left = &role(&dev, "Analytics Reader").unwrap().grants;
        let right = &role(&staging, "Analytics Reader").unwrap().grants;
        assert!(right.is_subset(left));
        left.difference(right).map(|permission| permission.as_str().to_owned()).collect()
    };
    assert_eq!(only_dev, ["analytics:speechAndTextAnalyticsAggregates:view"]);
    assert!(!staging.catalogue.has(&Permission::new(&only_dev[0])));
}

#[test]
fn roles_differ_between_the_orgs_by_presence_and_by_content() {
    let (dev, staging) = (org("dev"), org("staging"));
    assert!(role(&dev, "Sandbox Tester").is_some() && role(&staging, "Sandbox Tester").is_none());
    assert!(role(&dev, "Release Manager").is_none() && role(&staging, "Release Manager").is_some());
    let skills = Permission::new("routing:skill:delete");
    assert!(role(&dev, "Routing Manager").unwrap().grants.contains(&skills));
    assert!(!role(&staging, "Routing Manager").unwrap().grants.contains(&skills));
}

#[test]
fn each_catalogue_lacks_something_that_the_matrix_asks_for() {
    for (name, missing) in [("dev", "gamification:profile:view"), ("staging", "speechAndTextAnalytics:data:view")] {
        let permission = Permission::new(missing);
        let asked = bundled::matrix().operations().iter().any(|o| o.requirement.permissions.contains(&permission));
        assert!(asked && !org(name).catalogue.has(&permission), "{name}");
    }
}

#[test]
fn orgs_share_no_id() {
    let ids = |org: &SimOrg| {
        let objects = org.clients.iter().chain(&org.users).chain(&org.groups).chain(&org.divisions);
        let roles = org.roles.iter().map(|role| &role.object);
        objects.chain(roles).map(|object| object.id.clone()).collect::<BTreeSet<_>>()
    };
    assert!(ids(&org("dev")).is_disjoint(&ids(&org("staging"))));
}

#[test]
fn needs_name_principals_that_exist_and_exactly_four_invented_endpoints() {
    let orgs: Vec<SimOrg> = embedded_orgs().into_iter().map(org).collect();
    let mut invented = BTreeSet::new();
    for row in csv::Reader::from_reader(NEEDS.as_bytes()).records() {
        let row = row.unwrap();
        let named = |org: &SimOrg| org.clients.iter().chain(&org.users).any(|object| object.name == row[0]);
        let wanted: Vec<&SimOrg> = orgs.iter().filter(|org| row[5].is_empty() || org.name == row[5]).collect();
        assert!(!wanted.is_empty() && wanted.into_iter().all(named), "{row:?}");
        if !row[3].is_empty() {
            assert!(orgs[0].divisions.iter().any(|division| division.name == row[3]), "{row:?}");
        }
        let endpoint: Endpoint = format!("{} {}", &row[1], &row[2]).parse().unwrap();
        if bundled::matrix().resolve(&endpoint).is_none() {
            invented.insert(endpoint.to_string());
        }
    }
    assert_eq!(
        invented.into_iter().collect::<Vec<_>>(),
        [
            "GET /api/v2/analytics/interactions/sentiment/details",
            "GET /api/v2/analytics/queues/realtime",
            "GET /api/v2/analytics/queues/summary",
            "POST /api/v2/analytics/report/queue/summary",
        ]
    );
}
