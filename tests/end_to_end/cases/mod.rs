//! Questions that people really asked, each answered by one command on the demo orgs and, unasked, by the nightly report.
//!
//! One file a case. What is printed is kept in `docs/cases.md`: `tests/golden` (which sets `UPDATE_DOCS`) writes it
//! again, every other run compares it byte for byte.

mod a_200_then_403;
mod agreement;
mod b_insufficient_scope;
mod c_queue_script;
mod d_agent_desktop;
mod e_headless_service;
mod f_nightly_job;
mod transcript;

use transcript::Case;

/// The document: every case, in order.
#[test]
fn transcripts_of_the_cases_are_the_ones_in_the_docs() {
    let cases: [&Case; 6] = [
        &a_200_then_403::CASE,
        &b_insufficient_scope::CASE,
        &c_queue_script::CASE,
        &d_agent_desktop::CASE,
        &e_headless_service::CASE,
        &f_nightly_job::CASE,
    ];
    let mut text = String::from(INTRODUCTION);
    for case in cases {
        text.push_str(&case.document());
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cases.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    if kept != text {
        let at = kept.lines().zip(text.lines()).position(|(a, b)| a != b).unwrap_or(0);
        let line = |of: &str| of.lines().nth(at).unwrap_or("").to_owned();
        panic!(
            "docs/cases.md differs from line {}: it has\n{}\nand should have\n{}\nwrite it again with `tests/golden`",
            at + 1,
            line(&kept),
            line(&text)
        );
    }
}

const INTRODUCTION: &str = "\
# Questions that people asked

Six cases of people who lost hours on a 403, with the names that they were given: many of them do not exist. Under each: what \
one command answers, and what the nightly report says of it unasked. The orgs are the simulated `dev` and `staging` \
(`fixtures/orgs`) on the night of 2026-11-20; the address of their API is written as `org-api.example`. A test writes these \
transcripts and fails when a command says something else.
";
