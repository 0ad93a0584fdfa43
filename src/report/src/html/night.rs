//! The evidence of a night in the one order of the page: orgs by name, whatever order they came in.

use jiff::Timestamp;

use rolecall_findings::evidence::{Evidence, FailedOrg, OrgEvidence};

/// The evidence, in order.
pub struct Night<'a> {
    /// Time of the run: ages and windows are counted from it.
    pub as_of: Timestamp,
    /// Whether everything that was asked for was read completely.
    pub complete: bool,
    /// The orgs, by name.
    pub orgs: Vec<&'a OrgEvidence<'a>>,
    /// Orgs of which nothing could be read, by name.
    pub failed: Vec<&'a FailedOrg>,
    /// Declared needs in all.
    pub needs: usize,
}

impl<'a> Night<'a> {
    /// Puts the evidence in order.
    pub fn of(evidence: &'a Evidence<'a>) -> Self {
        let mut orgs: Vec<&OrgEvidence<'_>> = evidence.orgs.iter().collect();
        orgs.sort_by(|a, b| a.map.snapshot.org.name.cmp(&b.map.snapshot.org.name));
        let mut failed: Vec<&FailedOrg> = evidence.failed.iter().collect();
        failed.sort_by(|a, b| (&a.name, &a.why).cmp(&(&b.name, &b.why)));
        Self {
            as_of: evidence.as_of,
            // A night in which no org was asked is not a complete one.
            complete: evidence.is_complete() && !evidence.orgs.is_empty(),
            orgs,
            failed,
            needs: evidence.needs.len(),
        }
    }
}
