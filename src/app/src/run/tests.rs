//! A whole night over snapshots at hand.

use super::*;
use crate::matrices::Matrices;
use rolecall_base::snapshot::CarriedMatrix;
use rolecall_base::store::place;
use rolecall_findings::checks;
use rolecall_findings::testing;

const CONFIG: &str = r#"
[[org]]
name = "dev"
region = "euw1"
client_id = { env = "A" }
client_secret = { env = "B" }
[report]
formats = ["json"]
"#;

#[test]
fn earlier_matrix_that_cannot_be_read_takes_away_the_comparison_and_not_the_night() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("rolecall.toml");
    place::write(&config, CONFIG.as_bytes()).unwrap();
    let job = crate::config::load_with_checks(&config, &checks::configurable()).unwrap();
    let tonight = testing::Night::of_org("dev").snapshot.clone();
    let mut last = tonight.clone();
    last.matrix = Some(CarriedMatrix { origin: "dev.example".to_owned(), csv: "no matrix".to_owned() });
    last.as_of = "2026-02-27T02:00:00Z".parse().unwrap();
    let night = Night { snapshots: vec![tonight.clone()], failed: Vec::new() };
    let earlier = Earlier { snapshots: vec![last.clone()], ..Earlier::default() };
    let declared = Declared { needs: &[], waivers: None };
    let out = folder.path().join("out");
    let outcome =
        report_night(&Matrices::of(&job), &night, &earlier, &declared, tonight.as_of, Severity::High, &out).unwrap();
    let run = std::fs::read_to_string(outcome.written.folder.join("run.json")).unwrap();
    assert!(run.contains("not known what changed since the last night: org `dev`:"), "{run}");
    let broken = Night { snapshots: vec![last], failed: Vec::new() };
    let refused =
        report_night(&Matrices::of(&job), &broken, &Earlier::default(), &declared, tonight.as_of, Severity::High, &out);
    assert!(matches!(refused, Err(RunError::Matrix { .. })), "tonight's own has no stand-in");
}

#[test]
fn matrix_that_two_snapshots_carry_is_parsed_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("rolecall.toml");
    place::write(&config, CONFIG.as_bytes()).unwrap();
    let job = crate::config::load_with_checks(&config, &checks::configurable()).unwrap();
    let mut snapshot = testing::Night::of_org("dev").snapshot.clone();
    let csv = rolecall_matrix::csv::write(rolecall_matrix::bundled::matrix());
    let mut carry = |origin: &str| {
        snapshot.matrix = Some(CarriedMatrix { origin: origin.to_owned(), csv: csv.clone() });
        snapshot.clone()
    };
    let (first, again, other) = (carry("dev.example"), carry("dev.example"), carry("staging.example"));
    let matrices = Matrices::of(&job);
    let of = |snapshot: &Snapshot| matrices.published(snapshot).unwrap().0;
    assert!(std::rc::Rc::ptr_eq(&of(&first), &of(&again)));
    assert_eq!(of(&other).origin, "staging.example", "the same table of another host keeps its own origin");
}
