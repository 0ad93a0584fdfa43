//! The demo looks back in the previous run: what is new, what is resolved, who gained power and who gave it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::program::{AS_OF, files, rolecall};

fn rows(out: &Path, file: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(out.join("latest").join(file)).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn is_table(name: &Path) -> bool {
    name.extension().is_some_and(|ending| ending == "csv")
}

#[test]
fn demo_tells_what_changed_since_the_night_before_and_says_the_same_when_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let run = || rolecall(&["demo", "--quiet", "--as-of", AS_OF, "--out", folder.path().to_str().unwrap()]);
    let first = run();
    assert_eq!(first.code, 0, "{}", first.err);
    let findings = rows(folder.path(), "findings.csv");
    let reported: BTreeSet<[&str; 3]> = findings
        .iter()
        .map(|row| [row["status"].as_str(), row["check"].as_str(), row["subject_name"].as_str()])
        .collect();
    for expected in [
        ["new", "night.gained-power", "Everything Bot"],
        ["new", "night.gained-power", "User Provisioning"],
        ["new", "night.lost-needed", "Status Page"],
        ["new", "night.lost-needed", "svc-crm"],
        ["new", "gap.declared", "svc-crm"],
        ["resolved", "gap.declared", "User Provisioning"],
        ["persisting", "gap.declared", "Queue Dashboard"],
    ] {
        assert!(reported.contains(&expected), "{expected:?} is not among {reported:#?}");
    }
    let changes = rows(folder.path(), "changes.csv");
    let cells = |row: &BTreeMap<String, String>| {
        ["org", "name", "field", "effect", "author"].map(|column| row[column].clone()).join(" | ")
    };
    let changed: Vec<String> = changes.iter().map(cells).collect();
    assert_eq!(
        changed,
        [
            "dev | Everything Bot | grants | widens | Org Admin 2",
            "dev | Everything Bot | grants | none | Org Admin 2",
            "staging | Status Page | state | breaks | Org Admin 2",
            "staging | User Provisioning | grants | widens | Org Admin 1",
            // The log names the group, not who left it: nobody is blamed by a guess.
            "staging | svc-crm | groups | breaks | ",
        ]
    );
    // The other files name the port that the simulated orgs happened to get.
    let reports = || files(&folder.path().join("latest")).into_iter().filter(|(name, _)| is_table(name));
    let written: BTreeMap<_, _> = reports().collect();
    assert_eq!(run().code, 0);
    let again: BTreeMap<_, _> = reports().collect();
    assert_eq!(written.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>());
    let other: Vec<_> = written.iter().filter(|(name, bytes)| again[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(other.is_empty(), "a second demo on the same night wrote other bytes: {other:?}");
}
