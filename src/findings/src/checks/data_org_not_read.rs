//! `data.org-not-read`: nothing could be read of an org.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, named};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::severity::Severity;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "data.org-not-read",
    title: "Org not read",
    what: "Orgs of the configuration of which nothing could be read.",
    why: "Nothing is known of them tonight: no finding of an earlier night is resolved, and new ones are not seen.",
    remedy: "Fix what the finding names (credentials, network, the client's state) and run again; `rolecall doctor` checks it beforehand.",
    severity: Severity::High,
    reference: "run.json lists the orgs that were not read.",
    reads: Reads::Nothing,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    found.extend(evidence.failed.iter().map(|org| Found {
        severity: META.severity,
        org: org.name.clone(),
        subject: named("org", org.name.clone()),
        cause: BTreeSet::new(),
        title: format!("nothing could be read of {}", org.name),
        detail: format!("{}.", org.why.trim_end_matches('.')),
        fix: format!("fix the cause in {}, check with `rolecall doctor`, then run again", org.name),
        facts: BTreeSet::new(),
        basis: Basis::SETTLED,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn org_that_failed_is_reported_with_the_reason() {
        let mut night = Night::new();
        night.failed("prod", "the client was refused (invalid_client)");
        let found = found(&CHECK, &night);
        assert_eq!((found[0].org.as_str(), found[0].subject.kind), ("prod", "org"));
        assert_eq!(found[0].detail, "the client was refused (invalid_client).");
    }

    #[test]
    fn org_that_was_read_in_part_is_not_reported() {
        let mut night = Night::new();
        night.unread(rolecall_base::coverage::Listing::Users);
        assert!(found(&CHECK, &night).is_empty());
    }
}
