//! The completeness record of one list, as it is put together.

use jiff::Timestamp;

use rolecall_base::coverage::{ListingRecord, Seen, Unread};

use super::failure::Failure;
use super::pager::Flaw;

/// A list that was read to its end.
pub(crate) fn whole(read: usize, expected: Option<u64>, at: Timestamp) -> ListingRecord {
    ListingRecord { seen: Seen::Whole, read: count(read), expected, unread: Vec::new(), read_at: Some(at) }
}

/// A list that was read with what is wrong with it.
pub(crate) fn listed(read: usize, expected: Option<u64>, flaws: Vec<Flaw>, at: Timestamp) -> ListingRecord {
    let mut record = whole(read, expected, at);
    for flaw in flaws {
        miss(&mut record, None, flaw);
    }
    record
}

/// A list of which nothing was read.
pub(crate) fn nothing(why: impl Into<Flaw>, at: Timestamp) -> ListingRecord {
    let mut record = whole(0, None, at);
    miss(&mut record, None, why);
    record.seen = Seen::Nothing;
    record
}

/// A list that the configuration does not ask for.
pub(crate) fn not_asked() -> ListingRecord {
    ListingRecord { seen: Seen::NotAsked, read: 0, expected: None, unread: Vec::new(), read_at: None }
}

/// Adds something that is missing: of one object, or of any where `of` is `None`.
pub(crate) fn miss(record: &mut ListingRecord, of: Option<&str>, why: impl Into<Flaw>) {
    let flaw = why.into();
    if record.seen == Seen::Whole {
        record.seen = Seen::Part;
    }
    record.unread.push(Unread { of: of.map(str::to_owned), why: flaw.why, missing_permissions: flaw.permissions });
}

/// A reason without a permission.
pub(crate) fn because(why: impl Into<String>) -> Flaw {
    Flaw { why: why.into(), permissions: Vec::new() }
}

/// Names what the auditor lacks where the platform refused without naming it.
pub(crate) fn refused(mut failure: Failure, needed: &[&str]) -> Failure {
    if failure.kind == super::failure::FailureKind::Forbidden && failure.permissions.is_empty() {
        failure.permissions = needed.iter().map(|permission| (*permission).to_owned()).collect();
    }
    failure
}

fn count(read: usize) -> u64 {
    u64::try_from(read).unwrap_or(u64::MAX)
}
