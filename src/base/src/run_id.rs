//! The id of a run: its time, in a form that is a file name.

use jiff::Timestamp;

/// The id of the run of a night, to the second, in a form that every file system takes (`2026-11-21T02-00-00Z`). The
/// order of ids is that of the nights.
pub fn run_id(as_of: Timestamp) -> String {
    as_of.strftime("%Y-%m-%dT%H-%M-%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_id_is_the_time_without_signs_that_file_systems_refuse() {
        assert_eq!(run_id("2026-11-21T02:00:00.5Z".parse().unwrap()), "2026-11-21T02-00-00Z");
    }
}
