//! Does the configuration know what there is: the formats of the report?

use std::collections::BTreeSet;

use rolecall_app::config::words::FORMATS;
use rolecall_report::formats;

#[test]
fn configuration_names_exactly_the_formats_that_there_are() {
    // `run.json` is always written: nobody asks for it.
    let known: BTreeSet<&str> = FORMATS.into_iter().chain(["run"]).collect();
    assert_eq!(known, formats::names().collect());
}
