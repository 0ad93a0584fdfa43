//! What advice costs: the whole answer for a client with 300 needs, and the search alone on questions made to be hard.
//!
//! `cargo bench --bench advise`

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measuring program: it may stop at the first surprise"
)]

#[path = "../crossing/org.rs"]
mod org;

use divan::{Bencher, black_box};
use jiff::civil::date;
use org::{Dice, Size};
use rolecall_access::cross::needed::Needed;
use rolecall_access::cross::{AccessMap, Verdict};
use rolecall_answers::advise::{self, NODES};
use rolecall_base::coverage::{Listing, ListingRecord, Seen};
use rolecall_base::grant::Reach;
use rolecall_base::oauth_client::{GrantType, RoleDivision};
use rolecall_base::snapshot::Snapshot;
use rolecall_base::usage::{Usage, UsageRow};
use rolecall_matrix::needs::Need;
use rolecall_matrix::{Match, Matrix, Operation, bundled};

const NEEDS: usize = 300;

/// Gives the client twenty more roles, and usage data in which it makes each needed call that it may make.
fn observe(snapshot: &mut Snapshot, matrix: &Matrix, needs: &[Need]) {
    let id = snapshot.oauth_clients[0].id.to_string();
    let more: Vec<RoleDivision> =
        snapshot.roles.iter().take(20).map(|role| RoleDivision { role: role.id.clone(), reach: Reach::All }).collect();
    snapshot.oauth_clients[0].role_divisions.get_or_insert_default().extend(more);
    let map = AccessMap::of(snapshot, matrix, Some(true));
    let client = map.principals().iter().find(|one| one.id == id).unwrap();
    let may = |need: &&Need| {
        let (operation, _) = matrix.get(&need.endpoint).unwrap();
        map.answer(client, operation).verdict == Verdict::Allowed
    };
    let allowed: Vec<&Need> = needs.iter().filter(may).collect();
    let (from, to) = (date(2026, 10, 22), date(2026, 11, 20));
    let row = |need: &Need| UsageRow {
        client: Some(snapshot.oauth_clients[0].id.clone()),
        user: None,
        method: need.endpoint.method.to_string(),
        template: need.endpoint.path.to_string(),
        first: from,
        last: to,
        last_success: Some(to),
        requests: 9,
        status_2xx: 9,
        status_3xx: 0,
        status_4xx: 0,
        status_429: 0,
        status_5xx: 0,
    };
    let rows = allowed.into_iter().map(row).collect();
    drop(map);
    snapshot.usage = Some(Usage { from, to, complete: true, rows });
    let whole = ListingRecord { seen: Seen::Whole, read: 1, expected: None, unread: Vec::new(), read_at: None };
    snapshot.coverage.listings.insert(Listing::Usage, whole);
}

/// Needs of one client, spread over the operations whose requirement is published.
fn needs(snapshot: &Snapshot, matrix: &Matrix) -> Vec<Need> {
    let mut dice = Dice(7);
    let published = |operation: &&Operation| matches!(operation.requirement.permissions_match, Match::Any | Match::All);
    let operations: Vec<&Operation> = matrix.operations().iter().filter(published).collect();
    (0..NEEDS)
        .map(|line| Need {
            principal: snapshot.oauth_clients[0].id.to_string(),
            endpoint: operations[dice.below(operations.len())].endpoint.clone(),
            division: None,
            note: String::new(),
            org: None,
            claims: rolecall_matrix::needs::Claims::default(),
            file: "needs.csv".into(),
            line: line as u64 + 2,
        })
        .collect()
}

fn answer(bencher: Bencher<'_, '_>, size: Size) {
    let matrix = bundled::matrix();
    let mut snapshot = org::snapshot(size, matrix);
    let needs = needs(&snapshot, matrix);
    snapshot.oauth_clients[0].created = None;
    snapshot.oauth_clients[0].grant_type = GrantType::ClientCredentials;
    observe(&mut snapshot, matrix, &needs);
    let map = AccessMap::of(&snapshot, matrix, Some(true));
    let needed = Needed::of(&map, &needs);
    let at = map.principals().iter().position(|one| one.id == needs[0].principal).unwrap();
    bencher.bench_local(|| {
        let advice = advise::advise(&map, "bundled", &needed, at, NODES).unwrap();
        assert!(advice.optimal && advice.objections.is_empty() && advice.removal_not_known.is_empty());
        black_box(advice.cost)
    });
}

/// 300 needs of one client of a small org, those it may make observed: the least set, its check,
/// the removals.
#[divan::bench(sample_count = 20)]
fn client_with_300_needs(bencher: Bencher<'_, '_>) {
    answer(bencher, Size { clients: 50, users: 500, roles: 60, sets: 50 });
}

/// 300 needs of one client of an org with 2,000 clients and 100,000 users.
#[divan::bench(sample_count = 5)]
fn client_with_300_needs_in_a_large_org(bencher: Bencher<'_, '_>) {
    answer(bencher, Size { clients: 2_000, users: 100_000, roles: 1_000, sets: 10_000 });
}

/// 300 lists of a few out of these many permissions at random, a tenth of them dangerous: harder than any matrix.
#[divan::bench(sample_count = 10, args = [40, 80, 160, 320])]
fn random_lists(bencher: Bencher<'_, '_>, permissions: usize) {
    let mut dice = Dice(11);
    let weights: Vec<u64> = (0..permissions).map(|_| if dice.below(10) == 0 { 1_001 } else { 1 }).collect();
    let clauses: Vec<Vec<usize>> =
        (0..NEEDS).map(|_| (0..2 + dice.below(4)).map(|_| dice.below(permissions)).collect()).collect();
    bencher.bench_local(|| black_box(advise::cover(&weights, &clauses, NODES)));
}

fn main() {
    divan::main();
}
