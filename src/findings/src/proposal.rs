//! A correction of the matrix that a contradiction suggests, ready for review.

use jiff::Timestamp;

use super::evidence::OrgEvidence;
use rolecall_access::cross::contradiction::Contradiction;
use rolecall_matrix::Match;
use rolecall_matrix::overlay::Proposal;

/// The entry on one line, as one of `override = [ ... ]`. Usage data counts answers and does not say what was lacking,
/// so what it proposes is that the requirement is not known; who reviews it fills in what a call has shown.
pub fn proposed_override(org: &OrgEvidence<'_>, one: &Contradiction<'_>, as_of: Timestamp, reason: &str) -> String {
    let row = one.row;
    let endpoint = org.map.matrix.operations().get(one.operation).map_or(&one.endpoint, |found| &found.endpoint);
    let proposal = Proposal {
        endpoint: endpoint.clone(),
        org: org.map.snapshot.org.name.clone(),
        permissions: Some((Match::Unknown, Vec::new())),
        scopes: None,
        user_context: None,
        reason: reason.to_owned(),
        evidence: format!(
            "{} of {} calls answered 2xx, {} answered 4xx, from {} to {}",
            row.status_2xx, row.requests, row.status_4xx, row.first, row.last
        ),
        today: as_of.to_zoned(jiff::tz::TimeZone::UTC).date(),
    };
    proposal.inline()
}
