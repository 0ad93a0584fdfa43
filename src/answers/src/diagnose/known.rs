//! Which permissions the built-in matrix knows, in which letter case.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rolecall_matrix::{bundled, table};

static PERMISSIONS: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(|| {
    let names = table::permissions_of(bundled::matrix()).into_iter();
    names.map(|name| (name.to_ascii_lowercase(), name)).collect()
});

/// A permission as the matrix writes it, in whatever letter case it is given; `None` for one that it does not have.
pub(super) fn permission(name: &str) -> Option<&'static str> {
    PERMISSIONS.get(&name.to_ascii_lowercase()).copied()
}
