//! What the crossing of a large org with the whole built-in matrix costs, and what the cost grows with.
//!
//! `cargo bench --bench crossing` measures. `benches/compare` runs `once` and `write` to set it beside a plain program
//! on the same data.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measuring program: it prints its figures, writes its own data and may stop at the first surprise"
)]

mod org;

use std::time::Instant;

use divan::{Bencher, black_box};
use org::Size;
use rolecall_access::cross::{AccessMap, Tally};
use rolecall_base::snapshot::Snapshot;
use rolecall_matrix::{Matrix, bundled};

const LARGE: Size = Size { clients: 2_000, users: 100_000, roles: 1_000, sets: 10_000 };

fn cross(snapshot: &Snapshot, matrix: &Matrix) -> Tally {
    AccessMap::of(snapshot, matrix, Some(true)).tally()
}

fn measure(bencher: Bencher<'_, '_>, size: Size) {
    let matrix = bundled::matrix();
    let snapshot = org::snapshot(size, matrix);
    bencher.bench_local(|| black_box(cross(&snapshot, matrix)));
}

/// The large org: every distinct question with verdict, reasons and divisions, and all cells counted.
#[divan::bench(sample_count = 10)]
fn large_org(bencher: Bencher<'_, '_>) {
    measure(bencher, LARGE);
}

/// Ten times as many principals that share the same sets.
#[divan::bench(sample_count = 10, args = [10_000, 100_000])]
fn more_users_same_sets(bencher: Bencher<'_, '_>, users: usize) {
    measure(bencher, Size { users, sets: 5_000, ..LARGE });
}

/// As many principals with ever more distinct sets of permissions.
#[divan::bench(sample_count = 10, args = [100, 1_000, 10_000])]
fn same_users_more_sets(bencher: Bencher<'_, '_>, sets: usize) {
    measure(bencher, Size { sets, ..LARGE });
}

/// Processor seconds of this process, all threads together, where the system tells.
fn processor_seconds() -> Option<f64> {
    let reported = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = reported.rsplit(')').next()?.split_whitespace().collect();
    // Fields 14 and 15 of the line, in hundredths of a second.
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

/// Times the large org and prints the figures that `benches/peers/crossing.py` prints.
fn once(size: Size) {
    let matrix = bundled::matrix();
    let snapshot = org::snapshot(size, matrix);
    let mut best: Option<(f64, f64)> = None;
    let mut tally = Tally::default();
    let mut distinct = (0, 0);
    const TIMES: u32 = 5;
    let before = processor_seconds();
    for _ in 0..TIMES {
        let started = Instant::now();
        let map = AccessMap::of(&snapshot, matrix, Some(true));
        let built = started.elapsed().as_secs_f64();
        tally = map.tally();
        let seconds = started.elapsed().as_secs_f64();
        distinct = (map.distinct_holdings(), map.distinct_demands());
        if best.is_none_or(|(_, fastest)| seconds < fastest) {
            best = Some((built, seconds));
        }
    }
    let (built, seconds) = best.unwrap();
    if let (Some(before), Some(after)) = (before, processor_seconds()) {
        println!("processor {:.4}", (after - before) / f64::from(TIMES));
    }
    println!("principals {}", snapshot.oauth_clients.len() + snapshot.users.len());
    println!("distinct sets {} of {} distinct requirements", distinct.0, distinct.1);
    println!("of which map {built:.4}");
    println!("seconds {seconds:.4}");
    println!("cells {}", tally.total());
    println!("divisions {}", tally.divisions);
    for ((kind, verdict, reasons), cells) in &tally.cells {
        println!("tally {kind} {verdict} [{reasons}] {cells}");
    }
}

/// Writes the large org and the matrix for other programs.
fn write(path: &str) {
    let matrix = bundled::matrix();
    let operations: Vec<serde_json::Value> = matrix
        .operations()
        .iter()
        .map(|operation| {
            let asked = &operation.requirement;
            serde_json::json!({
                "match": asked.permissions_match.as_str(),
                "permissions": asked.permissions,
                "unproven": asked.unproven,
                "scopes": asked.scopes,
                "scopes_known": asked.scopes_known.as_str(),
                "user_context": asked.user_context.as_str(),
            })
        })
        .collect();
    let data = serde_json::json!({
        "scopes_enforced": true, "operations": operations, "snapshot": org::snapshot(LARGE, matrix),
    });
    std::fs::write(path, data.to_string()).unwrap();
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["once", users, sets, ..] if !users.starts_with('-') => {
            once(Size { users: users.parse().unwrap(), sets: sets.parse().unwrap(), ..LARGE });
        }
        ["once", ..] => once(LARGE),
        ["write", path, ..] => write(path),
        _ => divan::main(),
    }
}
