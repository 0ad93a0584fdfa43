//! Whether two hand-made orgs are compared as they should be.

use super::broken::Certainty;
use super::change::{Author, Change, DriftKind, Effect, Items};
use super::{Between, Drift, How, Mapping, Side, compare};
use crate::findings::testing::{Night, evidence};
use crate::model::audit::{ActorKind, AuditEntry};
use crate::model::coverage::{Listing, Seen};
use crate::model::grant::SubjectKind;
use crate::model::oauth_client::{ClientState, GrantType};
use crate::model::policy::{AccessPolicy, Effect as PolicyEffect, PolicySubject};
use crate::model::trustee::Trustee;

const QUEUES: &str = "GET /api/v2/routing/queues";
const VIEW: &str = "routing:queue:view";

fn how() -> How {
    How { between: Between::Orgs, mappings: Vec::new(), ignore: Vec::new() }
}

fn drift_of(left: &Night, right: &Night, how: &How) -> Drift {
    let evidence = evidence(&[left, right]);
    let side = |at: usize| Side { map: &evidence.orgs[at].map, needed: &evidence.orgs[at].needed };
    compare(side(0), side(1), how)
}

fn drift(left: &Night, right: &Night) -> Drift {
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

/// A division, a role that sees queues, and a client that has it everywhere.
fn org(name: &str, prefix: &str) -> Night {
    let mut night = Night::of_org(name);
    let id = |of: &str| format!("{prefix}-{of}");
    night.snapshot.divisions.push(crate::model::division::Division {
        id: crate::model::id::DivisionId::new(id("home")),
        name: format!("Home of {name}"),
        home: true,
    });
    night.division(&id("sales"), "Sales");
    night.role(&id("viewer"), "Viewer", &[VIEW]);
    night.client(&id("svc"), "svc", &[(&id("viewer"), "*")]);
    night
}

fn two() -> (Night, Night) {
    (org("dev", "d"), org("staging", "s"))
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
    let told: Vec<_> =
        drift.broken.iter().map(|call| (call.certainty, call.name.as_str(), call.causes.clone())).collect();
    assert_eq!(told, [(Certainty::Fails, "other", vec![0]), (Certainty::Fails, "svc", vec![0])]);
    assert_eq!(drift.broken[0].missing_permissions, [VIEW]);
}

#[test]
fn permission_that_comes_through_another_role_is_no_effect() {
    let (mut left, mut right) = two();
    right.snapshot.roles[0].policies.clear();
    right.role("s-more", "More", &[VIEW]);
    right.snapshot.oauth_clients[0].role_divisions.as_mut().unwrap().push(crate::model::oauth_client::RoleDivision {
        role: crate::model::id::RoleId::new("s-more"),
        reach: crate::model::grant::Reach::All,
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
