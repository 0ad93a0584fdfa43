//! `drift.ambiguous-name`: several things of one name that cannot be matched between two orgs.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, VERDICTS};
use crate::drift_causes::subject;
use crate::drift_words::thing;
use crate::evidence::{Evidence, PairEvidence};
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::drift::change::{Change, Effect};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "drift.ambiguous-name",
    title: "Several of one name",
    what: "Things of a configured pair of orgs that share their name with another of their kind, so that nobody can say which belongs to which.",
    why: "They are not compared: what differs between them, and what a promotion breaks for them, is not known.",
    remedy: "Declare a mapping for the pair by id, or give them names of their own.",
    severity: Severity::Low,
    reference: "docs/configuration.md describes `[[drift]]`.",
    reads: Reads::Lists(VERDICTS),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for pair in &evidence.pairs {
        let rows = pair.drift.iter().flat_map(|drift| &drift.changes).filter(|change| is_ambiguous(change));
        found.extend(rows.map(|change| describe(pair, change)));
    }
}

fn is_ambiguous(change: &Change) -> bool {
    change.field == "name" && change.effect == Effect::Unknown
}

fn describe(pair: &PairEvidence, change: &Change) -> Found {
    let kind = change.kind.as_str();
    Found {
        severity: META.severity,
        org: pair.to.clone(),
        subject: subject(change),
        cause: BTreeSet::from([format!("from {}", pair.from)]),
        title: format!("{} cannot be matched between {} and {}", thing(change), pair.from, pair.to),
        detail: format!("{}: {}; {}: {}.", pair.from, change.from_value, pair.to, change.to_value),
        fix: format!(
            "say which is which under this `[[drift]]`: `map = [{{ kind = \"{kind}\", from = \"<id in {}>\", to = \"<id in \
             {}>\" }}]`",
            pair.from, pair.to
        ),
        facts: BTreeSet::new(),
        basis: Basis { settled: true, beside: BTreeSet::from([pair.from.clone()]) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::drifted::{Drifted, found_between};
    use rolecall_access::drift::change::DriftKind;

    #[test]
    fn two_clients_of_one_name_are_reported_with_the_mapping_to_declare() {
        let mut drifted = Drifted::new();
        let (two, one) = ("2 of this name", "1 of this name");
        drifted.row(DriftKind::OauthClient, "Sync", "name", two, one, Effect::Unknown);
        let found = found_between(&CHECK, &drifted);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].title, "OAuth client `Sync` cannot be matched between dev and staging");
        assert_eq!(found[0].detail, "dev: 2 of this name; staging: 1 of this name.");
        assert!(found[0].fix.contains("kind = \"oauth_client\", from = \"<id in dev>\""), "{}", found[0].fix);
    }

    #[test]
    fn thing_that_only_has_another_name_is_not_reported() {
        let mut drifted = Drifted::new();
        drifted.row(DriftKind::Role, "Reporting", "name", "Reporting", "Reports", Effect::None);
        assert!(found_between(&CHECK, &drifted).is_empty());
    }
}
