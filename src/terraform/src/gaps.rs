//! How a source's gaps stand in the coverage of the snapshot that is made of it.

use std::collections::BTreeMap;

use rolecall_base::coverage::{Listing, ListingRecord, Seen, Unread};

/// Notes in a coverage that a part of a list is missing.
pub(crate) fn miss(listings: &mut BTreeMap<Listing, ListingRecord>, listing: Listing, of: Option<&str>, why: &str) {
    let record = listings.entry(listing).or_insert_with(|| ListingRecord {
        seen: Seen::Part,
        read: 0,
        expected: None,
        unread: Vec::new(),
        read_at: None,
    });
    if matches!(record.seen, Seen::Whole | Seen::NotAsked) {
        record.seen = Seen::Part;
    }
    record.unread.push(Unread { of: of.map(str::to_owned), why: why.to_owned(), missing_permissions: Vec::new() });
}
