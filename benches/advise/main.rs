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
use org::{Dice, Size};
use rolecall::advise::{self, NODES};
use rolecall::cross::AccessMap;
use rolecall::cross::needed::Needed;
use rolecall::matrix::{Matrix, bundled};
use rolecall::model::snapshot::Snapshot;
use rolecall::needs::Need;

const NEEDS: usize = 300;

/// Needs of one client, spread over the whole matrix.
fn needs(snapshot: &Snapshot, matrix: &Matrix) -> Vec<Need> {
    let mut dice = Dice(7);
    (0..NEEDS)
        .map(|line| Need {
            principal: snapshot.oauth_clients[0].id.to_string(),
            endpoint: matrix.operations()[dice.below(matrix.operations().len())].endpoint.clone(),
            division: None,
            note: String::new(),
            org: None,
            file: "needs.csv".into(),
            line: line as u64 + 2,
        })
        .collect()
}

fn answer(bencher: Bencher<'_, '_>, size: Size) {
    let matrix = bundled::matrix();
    let snapshot = org::snapshot(size, matrix);
    let needs = needs(&snapshot, matrix);
    let map = AccessMap::of(&snapshot, matrix, Some(true));
    let needed = Needed::of(&map, &needs);
    let at = map.principals().iter().position(|one| one.id == needs[0].principal).unwrap();
    bencher.bench_local(|| {
        let advice = advise::advise(&map, "bundled", &needed, at, NODES).unwrap();
        assert!(advice.optimal && advice.objections.is_empty());
        black_box(advice.cost)
    });
}

/// 300 needs of one client of a small org.
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
