//! `drift.not-compared`: a pair of orgs that could not be compared, or only in part.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, count, named};
use crate::evidence::{Evidence, PairEvidence};
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::drift::change::Effect;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "drift.not-compared",
    title: "Pair not compared",
    what: "Configured pairs of orgs of which a side or a list could not be read, so that they were not compared, or only in part.",
    why: "A difference that is not reported may be there all the same: nobody can say that a promotion breaks nothing.",
    remedy: "Fix what kept the auditor from reading the org or the list, and run again.",
    severity: Severity::Medium,
    reference: "run.json counts what was not compared for every pair.",
    notes: "One finding for each pair. A list that nobody asked for on either side is no gap.",
    reads: Reads::Nothing,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    found.extend(evidence.pairs.iter().filter_map(describe));
}

fn describe(pair: &PairEvidence) -> Option<Found> {
    let (from, to) = (&pair.from, &pair.to);
    let (title, detail, facts) = match &pair.drift {
        None => (
            format!("{from} and {to} were not compared: one of them could not be read"),
            "Nothing is known of what differs between them tonight.".to_owned(),
            BTreeSet::new(),
        ),
        Some(drift) => {
            let gaps = drift.not_compared.iter().filter(|listing| listing.is_gap);
            let facts: BTreeSet<String> = gaps
                .map(|gap| {
                    format!("{} of {}: {} (affects {})", gap.listing.as_str(), gap.side, gap.why, gap.listing.affects())
                })
                .collect();
            if facts.is_empty() {
                return None;
            }
            let unknown = drift.changes.iter().filter(|change| change.effect == Effect::Unknown).count();
            (
                format!(
                    "{from} and {to} were not compared completely: {}",
                    count(facts.len(), "list has a gap", "lists have gaps")
                ),
                format!("{} could not be determined.", count(unknown, "difference", "differences")),
                facts,
            )
        }
    };
    Some(Found {
        severity: META.severity,
        org: to.clone(),
        subject: named("pair", format!("{from} -> {to}")),
        cause: BTreeSet::new(),
        title,
        detail,
        fix: "fix what `data.not-known` and `data.org-not-read` name, then run again".to_owned(),
        facts,
        basis: Basis { settled: true, beside: BTreeSet::from([from.clone()]) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::drifted::{Drifted, found_between, found_in};
    use rolecall_base::coverage::Listing;

    #[test]
    fn gap_of_a_side_is_reported_and_a_list_that_nobody_asked_for_is_not() {
        let mut drifted = Drifted::new();
        drifted.not_compared(Listing::AuditLog, "dev", false);
        assert!(found_between(&CHECK, &drifted).is_empty());
        drifted.not_compared(Listing::Roles, "staging", true);
        let found = found_between(&CHECK, &drifted);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].title, "dev and staging were not compared completely: 1 list has a gap");
        assert!(found[0].facts.iter().all(|fact| fact.starts_with("roles of staging: page 2 was refused (403)")));
    }

    #[test]
    fn pair_with_an_unread_side_is_not_called_equal() {
        let pair = PairEvidence { from: "dev".to_owned(), to: "prod".to_owned(), drift: None };
        let found = found_in(&CHECK, vec![pair], Vec::new());
        assert_eq!(found[0].title, "dev and prod were not compared: one of them could not be read");
    }
}
