//! What the report of a large night costs: seconds, memory, and the size of its page.
//!
//! - `cargo bench --bench report` does this for 100,000 and 300,000 findings, structured and at random;
//! - `cargo bench --bench report -- once 100000 structured` for one of them (`few` in place of `structured`: as many
//!   findings of an org with 251 clients and 100 roles);
//! - `cargo bench --bench report -- write DIR 100000 structured` also keeps `report.html` there.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measuring program: it prints its figures and may stop at the first surprise"
)]

mod large;
#[path = "../crossing/org.rs"]
mod org;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use large::Mode;
use rolecall_access::cross::AccessMap;
use rolecall_access::cross::contradiction::contradictions;
use rolecall_access::cross::excess::excess;
use rolecall_access::cross::gap::gaps;
use rolecall_access::cross::needed::Needed;
use rolecall_app::matrices::describe;
use rolecall_findings::evidence::{Evidence, OrgEvidence};
use rolecall_findings::severity::Severity;
use rolecall_findings::waivers::Standing;
use rolecall_matrix::bundled;
use rolecall_report::assemble::assemble;
use rolecall_report::settings::{AccessRows, ReportSettings};
use rolecall_report::view::LastNight;
use rolecall_report::{Format, formats};

/// The most memory this process has had, in MiB, where the system tells.
fn peak_mib() -> f64 {
    let reported = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = reported.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|word| word.parse().ok());
    kib.map_or(f64::NAN, |kib: f64| kib / 1024.0)
}

/// Makes the page of one night in this folder and prints what it cost.
fn page(number: usize, word: &str, folder: &Path) {
    let mode = Mode::named(word).unwrap();
    let as_of = "2026-11-21T02:00:00Z".parse().unwrap();
    let snapshot = large::snapshot(mode, large::size(word), as_of);
    let matrix = bundled::matrix();
    let map = AccessMap::of(&snapshot, matrix, Some(true));
    let needed = Needed::of(&map, &[]);
    let gaps = gaps(&map, &needed);
    let (excess, not_judged) = excess(&map, &needed);
    let contradictions = contradictions(&map, &needed);
    let findings = large::findings(&map, number, mode, as_of);
    let used = describe(matrix, Vec::new());
    let org = OrgEvidence { matrix: used, needed, gaps, excess, not_judged, contradictions, map };
    let evidence = Evidence {
        as_of,
        orgs: vec![org],
        failed: Vec::new(),
        needs: &[],
        pairs: Vec::new(),
        since: Vec::new(),
        radar: Vec::new(),
        parameters: Default::default(),
        separation: &[],
    };
    let settings = ReportSettings {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        fail_on: Severity::High,
        access: AccessRows::None,
        csv_bom: false,
        checks_off: Default::default(),
        waivers: Standing::default(),
        trend: (0..30)
            .rev()
            .map(|nights| large::counts(&findings, as_of - jiff::Span::new().hours(24 * nights)))
            .collect(),
    };
    let last = as_of - jiff::Span::new().hours(24);
    let last = LastNight { run_id: rolecall_base::run_id::run_id(last), as_of: last, nights_kept: 30 };
    let data = peak_mib();
    let started = Instant::now();
    let report = assemble(&evidence, findings, Some(last), &settings);
    let assembled = started.elapsed().as_secs_f64();
    formats::html::Html.write(&report, folder).unwrap();
    let seconds = started.elapsed().as_secs_f64();
    let peak = peak_mib();
    println!("{number} findings, {word}");
    println!("seconds {seconds:.2}, of which putting the report together {assembled:.2}");
    println!("peak memory {peak:.0} MiB, of which data {data:.0} MiB");
    let size = std::fs::metadata(folder.join(formats::html::FILE)).unwrap().len();
    println!("report.html {size} bytes ({:.2} MB)", size as f64 / 1e6);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| *word != "--bench").collect();
    match words.as_slice() {
        ["once", number, word] => {
            page(number.parse().unwrap(), word, tempfile::tempdir().unwrap().path());
        }
        ["write", folder, number, word] => page(number.parse().unwrap(), word, Path::new(folder)),
        // Each in a process of its own, so that the memory is its own.
        _ => {
            for number in ["100000", "300000"] {
                for word in ["structured", "random"] {
                    let done = Command::new(std::env::current_exe().unwrap()).args(["once", number, word]).status();
                    assert!(done.unwrap().success());
                }
            }
        }
    }
}
