//! How many of the paths that people really claim bring an operation that a support engineer would name.

use super::instead_of;
use crate::{Endpoint, bundled};

const TABLE: &str = include_str!("../../../../fixtures/matrices/claimed_paths.csv");

/// A row of the table: whether it was tuned on, what is claimed, and the operations that answer it.
struct Claim {
    half: String,
    asked: Endpoint,
    acceptable: Vec<Endpoint>,
}

fn claims() -> Vec<Claim> {
    let mut rows = csv::Reader::from_reader(TABLE.as_bytes());
    let rows = rows.records().map(Result::unwrap).map(|row| Claim {
        half: row[0].to_owned(),
        asked: row[1].parse().unwrap(),
        acceptable: row[2].split(';').map(|text| text.parse().unwrap()).collect(),
    });
    rows.collect()
}

/// The rows of a half that miss, with what was named, and the number of rows.
fn misses(half: &str) -> (Vec<String>, usize) {
    let rows: Vec<Claim> = claims().into_iter().filter(|claim| claim.half == half).collect();
    let missed = rows.iter().filter_map(|claim| {
        let found = instead_of(bundled::matrix(), &claim.asked);
        let hit = found.iter().take(3).any(|near| claim.acceptable.contains(near));
        (!hit).then(|| {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            format!("{}\n    {}", claim.asked, found.join("\n    "))
        })
    });
    (missed.collect(), rows.len())
}

#[test]
fn acceptable_operations_of_the_table_exist() {
    for claim in claims() {
        for one in claim.acceptable {
            assert!(bundled::matrix().get(&one).is_some(), "{}: {one}", claim.asked);
        }
    }
}

#[test]
fn nine_of_ten_tuned_claims_have_an_acceptable_operation_among_three() {
    let (missed, all) = misses("tuned");
    assert!(all >= 60 && missed.len() * 10 <= all, "{} of {all} miss:\n{}", missed.len(), missed.join("\n"));
}

/// Nothing was tuned on these rows: they measure, and what misses is not shown.
#[test]
fn eight_of_nine_held_claims_have_an_acceptable_operation_among_three() {
    let (missed, all) = misses("held");
    assert!(all >= 60 && missed.len() * 9 <= all, "{} of {all} miss", missed.len());
}
