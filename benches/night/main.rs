//! What crossing, judging and reporting a night of two large orgs costs that are compared with each other and each with
//! its last night: time, memory, and the size of every file.
//!
//! `cargo bench --bench night` reports one such night and prints the figures.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measuring program: it prints its figures and may stop at the first surprise"
)]

#[path = "../crossing/org.rs"]
mod org;

use std::path::Path;
use std::time::Instant;

use org::Size;
use rolecall_app::config;
use rolecall_app::run::{Declared, Earlier, Night, report_night};
use rolecall_base::grant::Reach;
use rolecall_base::oauth_client::ClientState;
use rolecall_base::snapshot::{CarriedMatrix, Snapshot};
use rolecall_findings::severity::Severity;
use rolecall_matrix::needs::Need;
use rolecall_matrix::{Matrix, bundled, csv};

const LARGE: Size = Size { clients: 2_000, users: 20_000, roles: 1_000, sets: 10_000 };

const CONFIG: &str = r#"
[[org]]
name = "one"
api_url = "http://127.0.0.1:1"
login_url = "http://127.0.0.1:1"
client_id = { env = "A" }
client_secret = { env = "B" }
[[org]]
name = "two"
api_url = "http://127.0.0.1:1"
login_url = "http://127.0.0.1:1"
client_id = { env = "A" }
client_secret = { env = "B" }
[[drift]]
from = "one"
to = "two"
[report]
formats = ["html", "csv", "json", "markdown"]
"#;

/// The same org after a change here and there, one thing in `every`.
fn changed(left: &Snapshot, every: usize) -> Snapshot {
    let mut right = left.clone();
    for role in right.roles.iter_mut().step_by(every) {
        role.policies.pop();
    }
    for grant in right.grants.iter_mut().step_by(every * 20) {
        grant.reach = Reach::All;
    }
    for client in right.oauth_clients.iter_mut().step_by(every) {
        client.state = ClientState::Inactive;
    }
    for client in right.oauth_clients.iter_mut().skip(1).step_by(every) {
        client.role_divisions.iter_mut().for_each(|own| own.truncate(1));
    }
    right.users.truncate(right.users.len() - 10_000 / every);
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

fn named(mut snapshot: Snapshot, name: &str, as_of: &str) -> Snapshot {
    let matrix = bundled::matrix();
    snapshot.org.name = name.to_owned();
    snapshot.as_of = as_of.parse().unwrap();
    snapshot.matrix = Some(CarriedMatrix { origin: matrix.origin.clone(), csv: csv::write(matrix) });
    snapshot
}

/// The most memory this process has had, in MiB, where the system tells.
fn peak_mib() -> Option<f64> {
    let reported = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = reported.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

fn sizes(folder: &Path) {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).collect();
    files.sort_by_key(|entry| entry.file_name());
    for file in files {
        println!("{:>12} {}", file.metadata().unwrap().len(), file.file_name().to_string_lossy());
    }
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("night.toml");
    std::fs::write(&path, CONFIG).unwrap();
    let job = config::load(&path).unwrap();
    let (last, tonight) = ("2026-11-20T02:00:00Z", "2026-11-21T02:00:00Z");
    let base = org::snapshot(LARGE, bundled::matrix());
    let needs = needs(&base, bundled::matrix());
    let earlier = Earlier {
        snapshots: vec![named(base.clone(), "one", last), named(changed(&base, 20), "two", last)],
        ..Earlier::default()
    };
    let night = Night {
        snapshots: vec![named(changed(&base, 100), "one", tonight), named(changed(&base, 25), "two", tonight)],
        failed: Vec::new(),
    };
    drop(base);
    let data = peak_mib();
    let at = tonight.parse().unwrap();
    let declared = Declared { needs: &needs, waivers: None };
    let started = Instant::now();
    let outcome = report_night(
        &rolecall_app::matrices::Matrices::of(&job),
        &night,
        &earlier,
        &declared,
        at,
        Severity::High,
        &folder.path().join("out"),
    )
    .unwrap();
    println!("seconds {:.2}", started.elapsed().as_secs_f64());
    if let (Some(data), Some(peak)) = (data, peak_mib()) {
        println!("peak memory {peak:.0} MiB, of which data {data:.0} MiB");
    }
    println!("{}", outcome.sentence);
    println!("findings in the ledger {}", outcome.record.findings.len());
    let path = rolecall_findings::history::nights::write(folder.path(), &outcome.record).unwrap();
    println!("ledger {} bytes", std::fs::metadata(path).unwrap().len());
    sizes(&outcome.written.folder);
    if let Some(keep) = std::env::args().nth(1).filter(|argument| !argument.starts_with('-')) {
        std::fs::copy(outcome.written.folder.join("report.html"), keep).unwrap();
    }
}
