//! What the comparison of two large orgs costs, time and memory.
//!
//! `cargo bench --bench drift` measures; `cargo bench --bench drift -- once` compares once and prints the figures.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measuring program: it prints its figures and may stop at the first surprise"
)]

#[path = "../crossing/org.rs"]
mod org;

use std::time::Instant;

use divan::{Bencher, black_box};
use org::Size;
use rolecall_access::cross::AccessMap;
use rolecall_access::cross::needed::Needed;
use rolecall_access::drift::{Between, Drift, How, SideInput, compare};
use rolecall_base::grant::Reach;
use rolecall_base::oauth_client::ClientState;
use rolecall_base::snapshot::Snapshot;
use rolecall_matrix::needs::Need;
use rolecall_matrix::{Matrix, bundled};

const LARGE: Size = Size { clients: 2_000, users: 100_000, roles: 1_000, sets: 10_000 };

/// The same org after a year of work by many hands: here and there something is different.
fn promoted(left: &Snapshot) -> Snapshot {
    let mut right = left.clone();
    right.org.name = "large-staging".to_owned();
    for role in right.roles.iter_mut().step_by(20) {
        role.policies.pop();
    }
    right.roles.truncate(right.roles.len() - 5);
    let kept: Vec<_> = right.roles.iter().map(|role| role.id.clone()).collect();
    right.grants.retain(|grant| kept.binary_search(&grant.role).is_ok());
    for grant in right.grants.iter_mut().step_by(500) {
        grant.reach = Reach::All;
    }
    for client in right.oauth_clients.iter_mut().step_by(10) {
        client.state = ClientState::Inactive;
    }
    for client in right.oauth_clients.iter_mut().skip(1).step_by(10) {
        client.role_divisions.iter_mut().for_each(|own| own.truncate(1));
    }
    right.permissions.truncate(right.permissions.len() - 10);
    right.users.truncate(right.users.len() - 500);
    right.divisions.truncate(right.divisions.len() - 1);
    right.sort();
    right
}

/// Two needs a client.
fn needs(snapshot: &Snapshot, matrix: &Matrix) -> Vec<Need> {
    let mut needs = Vec::new();
    for (at, client) in snapshot.oauth_clients.iter().enumerate() {
        for step in [7, 131] {
            let operation = &matrix.operations()[(at * step) % matrix.operations().len()];
            needs.push(Need {
                principal: client.name.clone(),
                endpoint: operation.endpoint.clone(),
                division: None,
                note: String::new(),
                org: None,
                claims: rolecall_matrix::needs::Claims::default(),
                file: "needs.csv".into(),
                line: needs.len() as u64 + 2,
            });
        }
    }
    needs
}

struct Two<'a> {
    maps: [AccessMap<'a>; 2],
    needed: [Needed<'a>; 2],
}

fn cross<'a>(snapshots: &'a [Snapshot; 2], matrix: &'a Matrix, needs: &'a [Need]) -> Two<'a> {
    let maps = [AccessMap::of(&snapshots[0], matrix, Some(true)), AccessMap::of(&snapshots[1], matrix, Some(true))];
    let needed = [Needed::of(&maps[0], needs), Needed::of(&maps[1], needs)];
    Two { maps, needed }
}

fn drift(two: &Two<'_>) -> Drift {
    let side = |at: usize| SideInput { map: &two.maps[at], needed: &two.needed[at] };
    compare(side(0), side(1), &How { between: Between::Orgs, mappings: Vec::new(), ignore: Vec::new() })
}

fn both(size: Size, matrix: &Matrix) -> [Snapshot; 2] {
    let left = org::snapshot(size, matrix);
    let right = promoted(&left);
    [left, right]
}

/// The large orgs, crossed already.
#[divan::bench(sample_count = 5)]
fn large_orgs(bencher: Bencher<'_, '_>) {
    let matrix = bundled::matrix();
    let snapshots = both(LARGE, matrix);
    let needs = needs(&snapshots[0], matrix);
    let two = cross(&snapshots, matrix, &needs);
    bencher.bench_local(|| black_box(drift(&two)));
}

/// The most memory this process has had, in MiB, where the system tells.
fn peak_mib() -> Option<f64> {
    let reported = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = reported.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

fn once(size: Size) {
    let matrix = bundled::matrix();
    let snapshots = both(size, matrix);
    let needs = needs(&snapshots[0], matrix);
    let data = peak_mib();
    let started = Instant::now();
    let two = cross(&snapshots, matrix, &needs);
    let crossed = started.elapsed().as_secs_f64();
    let drift = drift(&two);
    let seconds = started.elapsed().as_secs_f64();
    println!("principals {}", drift.principals.len());
    println!("rows {}, broken calls {}", drift.changes.len(), drift.broken.len());
    println!("distinct differences {}", drift.differences.len());
    println!("of which crossing {crossed:.2} s");
    println!("seconds {seconds:.2}");
    if let (Some(data), Some(peak)) = (data, peak_mib()) {
        println!("peak memory {peak:.0} MiB, of which data {data:.0} MiB");
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["once", ..] => once(LARGE),
        _ => divan::main(),
    }
}
