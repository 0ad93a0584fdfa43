//! Whether a need that a condition decides, or that holds for one org alone, is taken for what it is.

use super::*;
use crate::drift::broken::BrokenCall;

fn conditional(night: &mut World) {
    night.snapshot.roles[0].policies[0].condition = Some("{\"a\":1}".to_owned());
}

fn certainties(drift: &Drift) -> Vec<(Certainty, String)> {
    drift.broken.iter().map(|call: &BrokenCall| (call.certainty, call.name.clone())).collect()
}

fn svc(certainty: Certainty) -> Vec<(Certainty, String)> {
    vec![(certainty, "svc".to_owned())]
}

#[test]
fn conditional_need_that_is_refused_on_the_right_may_break() {
    let (mut left, mut right) = two();
    conditional(&mut left);
    right.snapshot.roles[0].policies.clear();
    left.need("svc", QUEUES, "");
    let drift = drift(&left, &right);
    assert_eq!(certainties(&drift), svc(Certainty::MayFail));
    assert_eq!(drift.changes[drift.broken[0].causes[0]].kind, DriftKind::Role);
}

#[test]
fn conditional_need_of_an_inactive_client_may_break() {
    let (mut left, mut right) = two();
    conditional(&mut left);
    conditional(&mut right);
    right.snapshot.oauth_clients[0].state = ClientState::Inactive;
    left.need("svc", QUEUES, "");
    let drift = drift(&left, &right);
    assert_eq!(certainties(&drift), svc(Certainty::MayFail));
    assert_eq!(drift.changes[drift.broken[0].causes[0]].field, "state");
}

#[test]
fn conditional_need_of_a_principal_that_is_gone_breaks() {
    let (mut left, mut right) = two();
    conditional(&mut left);
    conditional(&mut right);
    right.snapshot.oauth_clients.clear();
    right.snapshot.grants.clear();
    left.need("svc", QUEUES, "");
    let drift = drift(&left, &right);
    assert_eq!(certainties(&drift), svc(Certainty::Fails));
    assert_eq!(drift.changes[drift.broken[0].causes[0]].effect, Effect::Breaks);
}

#[test]
fn need_that_the_left_does_not_tell_and_the_right_refuses_may_break() {
    let (mut left, mut right) = two();
    left.snapshot.roles.clear();
    left.unread(Listing::Roles);
    right.snapshot.roles[0].policies.clear();
    left.need("svc", QUEUES, "");
    assert_eq!(certainties(&drift(&left, &right)), svc(Certainty::MayFail));
    right.snapshot.oauth_clients.clear();
    right.snapshot.grants.clear();
    assert_eq!(certainties(&drift(&left, &right)), svc(Certainty::Fails));
}

#[test]
fn conditional_need_that_stays_conditional_is_no_blocker() {
    let (mut left, mut right) = two();
    conditional(&mut left);
    conditional(&mut right);
    left.need("svc", QUEUES, "");
    assert!(drift(&left, &right).broken.is_empty());
}

#[test]
fn conditional_need_of_a_client_that_may_be_there_is_not_called_broken() {
    let (mut left, mut right) = two();
    conditional(&mut left);
    right.snapshot.oauth_clients.clear();
    right.snapshot.grants.clear();
    right.unread(Listing::OauthClients);
    left.need("svc", QUEUES, "");
    assert!(drift(&left, &right).broken.is_empty());
}

#[test]
fn conditional_call_counts_as_seen_only_where_it_succeeded() {
    for (good, expected) in [(9, 1), (0, 0)] {
        let (mut left, mut right) = two();
        conditional(&mut left);
        right.snapshot.roles[0].policies.clear();
        left.usage("d-svc", QUEUES, 10, good, 10 - good);
        assert_eq!(drift(&left, &right).broken.len(), expected, "{good}");
    }
}

#[test]
fn denied_need_is_no_blocker_whatever_the_right_says() {
    let (mut left, mut right) = two();
    left.snapshot.roles[0].policies.clear();
    right.snapshot.oauth_clients.clear();
    right.snapshot.grants.clear();
    left.need("svc", QUEUES, "");
    assert!(drift(&left, &right).broken.is_empty());
}

/// A client that only dev has, which is seen to make the call there.
fn only_in_dev() -> (World, World) {
    let (mut left, mut right) = two();
    right.snapshot.oauth_clients.clear();
    right.snapshot.grants.clear();
    left.usage("d-svc", QUEUES, 10, 10, 0);
    (left, right)
}

#[test]
fn observed_call_of_a_client_declared_for_one_org_alone_is_no_need_elsewhere() {
    for (orgs, expected) in [
        (&[][..], 1),
        (&[Some("dev")][..], 0),
        (&[Some("dev"), Some("dev")][..], 0),
        (&[Some("test")][..], 1),
        (&[Some("dev"), None][..], 2),
        (&[None, Some("dev")][..], 2),
        (&[Some("dev"), Some("staging")][..], 2),
        (&[Some("staging")][..], 2),
    ] {
        let (mut left, right) = only_in_dev();
        for (at, org) in orgs.iter().enumerate() {
            // Each names another call than the one that is observed.
            left.need("svc", "GET /api/v2/routing/queues/{queueId}", "");
            left.needs[at].org = org.map(str::to_owned);
        }
        assert_eq!(drift(&left, &right).broken.len(), expected, "{orgs:?}");
    }
}

#[test]
fn need_of_every_org_holds_although_a_line_before_it_says_the_same_of_one() {
    let (mut left, mut right) = two();
    right.snapshot.oauth_clients.clear();
    right.snapshot.grants.clear();
    left.need("svc", QUEUES, "").need("svc", QUEUES, "");
    left.needs[0].org = Some("dev".to_owned());
    assert_eq!(drift(&left, &right).broken.len(), 1);
}
