//! The registry as a whole: ids, words, and that every check is tried on what it must find and on what it must not.

use std::path::Path;

use super::*;
use crate::parameters::Parameter;

/// How the name of a test says that something near is there and is not reported.
const NOT_REPORTED: [&str; 7] = ["_not_", "_no_", "nothing", "nobody", "left_to", "silent", "without_a_finding"];

/// How the name of a test says that it is both.
const BOTH: [&str; 3] = ["_reported_and_", "_high_", "_info_"];

fn is_not_reported(test: &str) -> bool {
    test.ends_with("_not") || NOT_REPORTED.iter().any(|word| test.contains(word))
}

fn is_reported(test: &str) -> bool {
    !is_not_reported(test)
        || test.contains("is_reported")
        || test.contains("are_reported")
        || BOTH.iter().any(|word| test.contains(word))
}

fn source(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the tests in a text.
fn tests_in(text: &str) -> Vec<&str> {
    let after = text.split("#[test]").skip(1);
    after.filter_map(|rest| rest.split_once("fn ")?.1.split('(').next()).collect()
}

#[test]
fn ids_are_unique_sorted_and_of_the_form_area_name() {
    let ids: Vec<&str> = ids().collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    for id in ids {
        let (area, name) = id.split_once('.').unwrap();
        for part in [area, name] {
            let fits = |one: char| one.is_ascii_lowercase() || one == '-';
            assert!(
                !part.is_empty() && part.chars().all(fits) && !part.starts_with('-') && !part.ends_with('-'),
                "{id}"
            );
        }
    }
}

#[test]
fn titles_are_unique_and_every_text_of_a_check_is_a_sentence() {
    let mut titles: Vec<&str> = metas().map(|meta| meta.title).collect();
    titles.sort_unstable();
    assert!(titles.is_sorted_by(|a, b| a < b), "{titles:?}");
    for meta in metas() {
        for text in [meta.what, meta.why, meta.remedy, meta.reference] {
            assert!(text.ends_with('.') && text.len() > 10, "{}: {text}", meta.id);
        }
        assert!(!meta.title.ends_with('.') && meta.title.starts_with(char::is_uppercase), "{}", meta.id);
        assert!(meta.notes.is_empty() || meta.notes.trim_end().ends_with(['.', '|']), "{}: {}", meta.id, meta.notes);
    }
}

#[test]
fn parameters_are_well_formed_and_their_defaults_within_their_bounds() {
    let mut seen = 0;
    for check in metas() {
        let mut keys: Vec<&str> = check.parameters.iter().map(|parameter| parameter.key()).collect();
        keys.extend(["enabled", "severity"]);
        let unique: std::collections::BTreeSet<&str> = keys.iter().copied().collect();
        assert_eq!(unique.len(), keys.len(), "{}: {keys:?}", check.id);
        for parameter in check.parameters {
            assert!(parameter.key().chars().all(|one| one.is_ascii_lowercase() || one == '_'), "{}", parameter.key());
            assert!(parameter.what().ends_with('.'), "{}: {}", check.id, parameter.what());
            match parameter {
                Parameter::Number(of) => assert!((of.least..=of.most).contains(&of.default), "{}", of.key),
                Parameter::Globs(of) => {
                    assert!(of.default.iter().all(|glob| globset::Glob::new(glob).is_ok()), "{}", of.key);
                }
            }
            seen += 1;
        }
    }
    assert!(seen > 5);
}

#[test]
fn every_check_has_a_file_of_its_name_with_a_test_that_finds_and_one_that_does_not() {
    let mut faults = Vec::new();
    for check in ALL {
        let id = check.meta.id;
        let text = source(&format!("checks/{}.rs", id.replace(['.', '-'], "_")));
        assert!(text.starts_with(&format!("//! `{id}`: ")), "{id}: its file does not open with its id");
        let (code, tried) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
        // Long tests live in a file beside the check.
        let beside = if tried.contains("mod tests;") { source(&tests_beside(id)) } else { String::new() };
        let tests: Vec<&str> = tests_in(tried).into_iter().chain(tests_in(&beside)).collect();
        assert!(!code.contains("#[test]"), "{id}: a test stands outside of its module");
        if !tests.iter().any(|test| is_reported(test)) {
            faults.push(format!("{id}: no test by its name says what is reported: {tests:?}"));
        }
        if !tests.iter().any(|test| is_not_reported(test)) {
            faults.push(format!("{id}: no test by its name says what is not reported: {tests:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn tests_beside(id: &str) -> String {
    format!("checks/{}/tests.rs", id.replace(['.', '-'], "_"))
}

#[test]
fn checks_of_waivers_are_tried_where_they_run() {
    let text = source("waivers/tests.rs");
    for meta in waivers::ALL {
        let (_, name) = meta.id.split_once('.').unwrap();
        let tried = text.contains(meta.id) || text.contains(&name.replace('-', "_"));
        assert!(tried, "{} is not tried in src/waivers/tests.rs", meta.id);
    }
}

#[test]
fn every_check_can_be_turned_off_weighed_and_waived() {
    use crate::finding::Subject;
    use crate::judge::{Override, settle};
    use crate::severity::Severity;

    for check in metas() {
        let found = || {
            let subject = Subject { kind: "org", id: String::new(), name: "dev".to_owned() };
            let found = crate::check::Found {
                severity: check.severity,
                org: "dev".to_owned(),
                subject,
                cause: Default::default(),
                title: "t".to_owned(),
                detail: "d".to_owned(),
                fix: "f".to_owned(),
                facts: Default::default(),
                basis: crate::finding::Basis::SETTLED,
            };
            [(check, found)]
        };
        let judged = |over: Override| {
            let overrides = std::collections::BTreeMap::from([(check.id.to_owned(), over)]);
            settle(found(), &overrides, "2026-11-21T02:00:00Z".parse().unwrap())
        };
        assert!(judged(Override { enabled: false, severity: None }).is_empty());
        let weighed = judged(Override { enabled: true, severity: Some(Severity::Critical) });
        assert_eq!((weighed.len(), weighed[0].severity), (1, Severity::Critical), "{}", check.id);
    }
    assert_eq!(configurable().len(), ids().count());
}
