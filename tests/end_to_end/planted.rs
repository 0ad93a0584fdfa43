//! The demo orgs differ exactly as `fixtures/README.md` says, and break exactly the needs it lists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::program::Stage;

/// The rows of the table that stands under a heading: cells by column.
fn table(heading: &str) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/README.md")).unwrap();
    let section = text.split("\n## ").find(|section| section.starts_with(heading)).expect("the heading stands");
    let mut lines = section.lines().filter(|line| line.starts_with('|')).map(|line| {
        let line = line.trim().trim_start_matches('|').trim_end_matches('|');
        line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
    });
    let header = lines.next().unwrap();
    let rows: Vec<_> = lines.skip(1).map(|cells| header.iter().cloned().zip(cells).collect()).collect();
    assert!(rows.len() > 10, "{heading}: the table is cut");
    rows
}

/// A line of `fixtures/README.md` as it is compared: kind, name, field, effect.
fn describe(row: &BTreeMap<String, String>) -> [&str; 4] {
    [&row["kind"], &row["name"], &row["field"], &row["effect"]]
}

/// Whether a name is the one planted, or falls under its `*` and is not planted by itself.
fn stands_for(planted: [&str; 4], row: [&str; 4]) -> bool {
    let same = [0, 2, 3].into_iter().all(|at| planted[at] == row[at]);
    same && match planted[1].strip_suffix('*') {
        Some(start) => row[1].starts_with(start),
        None => planted[1] == row[1],
    }
}

#[test]
fn every_planted_difference_of_the_demo_orgs_is_found_and_none_other() {
    let stage = Stage::with_faults("");
    stage.configure("[[drift]]\nfrom = \"dev\"\nto = \"staging\"\n");
    stage.run();
    let (planted, found) = (table("What was planted"), stage.rows("drift.csv"));
    let mut wrong = Vec::new();
    for line in &planted {
        let count = found.iter().filter(|row| stands_for(describe(line), describe(row))).count();
        if count.to_string() != line["rows"] {
            wrong.push(format!("planted {} times, found {count} times: {:?}", line["rows"], describe(line)));
        }
    }
    for row in &found {
        if !planted.iter().any(|line| stands_for(describe(line), describe(row))) {
            wrong.push(format!(
                "found and not planted: {:?}, {:?} -> {:?}",
                describe(row),
                row["from_value"],
                row["to_value"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{} disagree:\n{}", wrong.len(), wrong.join("\n"));

    let cells =
        |row: &BTreeMap<String, String>, columns: [&str; 4]| columns.map(|column| row[column].clone()).join(" | ");
    let blockers: BTreeSet<String> = stage
        .rows("blockers.csv")
        .iter()
        .filter(|row| row["certainty"] == "fails")
        .map(|row| {
            let call = format!("{} {}", row["method"], row["path"]);
            [&row["principal_kind"], &row["name"], &call, &row["division"]].map(String::clone).join(" | ")
        })
        .collect();
    let listed: BTreeSet<String> =
        table("The blockers").iter().map(|row| cells(row, ["kind", "name", "call", "division"])).collect();
    assert_eq!(blockers, listed);
}
