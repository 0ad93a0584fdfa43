//! The auditor's own permissions: what the collector calls, what the matrix requires for it, and what the README tells.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use rolecall_base::auditor::{NEEDS, least_permissions};
use rolecall_matrix::{Endpoint, Match, bundled};

const README: &str = include_str!("../../README.md");

#[test]
fn every_call_of_the_collector_needs_what_the_matrix_says() {
    for need in NEEDS {
        let endpoint = Endpoint::new(need.method.parse().unwrap(), need.path);
        let (_, operation) =
            bundled::matrix().get(&endpoint).unwrap_or_else(|| panic!("{endpoint} is not in the matrix"));
        let required: BTreeSet<&str> = operation.requirement.permissions.iter().map(|name| name.as_str()).collect();
        let asked: BTreeSet<&str> = need.any_of.iter().copied().collect();
        match operation.requirement.permissions_match {
            Match::None => assert!(asked.is_empty(), "{endpoint}"),
            // One permission, or alternatives of which some are enough.
            Match::Any => assert!(!asked.is_empty() && asked.is_subset(&required), "{endpoint}: {required:?}"),
            Match::All => assert_eq!(asked, required, "{endpoint}"),
            Match::Unknown => panic!("what {endpoint} requires is not published"),
        }
    }
}

#[test]
fn readme_lists_exactly_the_least_permissions() {
    let section = README.split("### The auditor's own OAuth client").nth(1).expect("the README has the section");
    let section = section.split("\n### ").next().unwrap();
    let listed: BTreeSet<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|word| word.matches(':').count() == 2)
        .collect();
    let least: BTreeSet<&str> = least_permissions(false).into_iter().map(|(permission, _)| permission).collect();
    assert_eq!(listed, least);
}
