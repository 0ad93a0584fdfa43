//! The matrix that is built into the program: facts made by `fixtures/matrices/make_bundled.py`.

use std::sync::LazyLock;

use super::csv;
use super::table::Matrix;

const TEXT: &str = include_str!("bundled.csv");

static MATRIX: LazyLock<Matrix> = LazyLock::new(|| match csv::read("bundled", TEXT) {
    Ok(matrix) => matrix,
    // The table is a constant that a test reads; this arm cannot be reached by any input.
    Err(error) => unreachable!("{error}"),
});

/// The built-in matrix.
pub fn matrix() -> &'static Matrix {
    &MATRIX
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::{Match, Provenance, UserContext};

    #[test]
    fn every_row_of_the_research_table_is_there() {
        let operations = matrix().operations();
        assert_eq!(operations.len(), 3397);
        let mut matches = BTreeMap::new();
        let mut scopes_known = BTreeMap::new();
        let mut contexts = BTreeMap::new();
        for operation in operations {
            *matches.entry(operation.requirement.permissions_match).or_insert(0) += 1;
            *scopes_known.entry(operation.requirement.scopes_known).or_insert(0) += 1;
            *contexts.entry(operation.requirement.user_context).or_insert(0) += 1;
        }
        assert_eq!(
            matches.into_iter().collect::<Vec<_>>(),
            [(Match::Any, 2088), (Match::All, 852), (Match::None, 380), (Match::Unknown, 77)]
        );
        assert_eq!(
            scopes_known.into_iter().collect::<Vec<_>>(),
            [(Provenance::Published, 3180), (Provenance::Derived, 177), (Provenance::Unknown, 40)]
        );
        assert_eq!(
            contexts.into_iter().collect::<Vec<_>>(),
            [(UserContext::Yes, 44), (UserContext::No, 10), (UserContext::Unknown, 3343)]
        );
        let permissions: BTreeSet<_> = operations.iter().flat_map(|o| &o.requirement.permissions).collect();
        let scopes: BTreeSet<_> = operations.iter().flat_map(|o| &o.requirement.scopes).collect();
        assert_eq!((permissions.len(), scopes.len()), (1466, 134));
        assert_eq!(matrix().date, Some(jiff::civil::date(2026, 8, 15)));
    }

    #[test]
    fn odd_rows_are_kept_as_published() {
        let of = |text: &str| matrix().get(&text.parse().unwrap()).unwrap().1.requirement.clone();
        let delete_user = of("DELETE /api/v2/users/{userId}");
        assert_eq!(delete_user.permissions.first().map(|p| p.as_str()), Some("admin"));
        let most = matrix().operations().iter().map(|o| o.requirement.permissions.len()).max();
        assert_eq!(most, Some(77));
        let prose = of("GET /api/v2/userrecordings/{recordingId}/transcoding");
        assert_eq!(prose.permissions_match, Match::Unknown);
        let queues = of("GET /api/v2/routing/queues");
        assert_eq!(queues.scopes.iter().map(|s| s.as_str()).collect::<Vec<_>>(), ["routing", "routing:readonly"]);
    }
}
