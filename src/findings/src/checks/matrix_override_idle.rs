//! `matrix.override-idle`: a correction of the matrix does nothing, or names what nothing knows.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, named, org_name};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_base::permission::Permission;
use rolecall_matrix::overlay::{EntryOutcome, Laid};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "matrix.override-idle",
    title: "Matrix override that does nothing or cannot be right",
    what: "Entries of the overlay file that say what the matrix says already, whose operation the matrix does not have, or that ask for a permission which neither the matrix nor the org's catalogue knows.",
    why: "An entry that does nothing hides that the platform has put its document right; one with a misspelt name corrects nothing, or denies everybody.",
    remedy: "Remove the entry, or put its operation and names right; `rolecall matrix lint --overrides FILE` names the nearest real ones.",
    severity: Severity::Low,
    reference: "docs/matrix.md describes the overlay file.",
    reads: Reads::Lists(&[]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        found.extend(org.matrix.overrides.iter().filter_map(|laid| describe(org, laid)));
    }
}

fn describe(org: &OrgEvidence<'_>, laid: &Laid) -> Option<Found> {
    let (cause, title, what, fix) = match &laid.outcome {
        EntryOutcome::Expired | EntryOutcome::Announced(_) => return None,
        EntryOutcome::Same => (
            "same",
            format!("the override of {} says what the matrix says", laid.endpoint),
            "The matrix requires the same without it".to_owned(),
            format!("remove the entry from {}", laid.file),
        ),
        EntryOutcome::NoOperation(near) => {
            let near: Vec<String> = near.iter().map(ToString::to_string).collect();
            let fix = if near.is_empty() {
                format!("remove the entry from {}", laid.file)
            } else {
                format!("remove the entry, or put its operation right; nearest: {}", near.join(", "))
            };
            (
                "no-operation",
                format!("the override of {} has no operation to override", laid.endpoint),
                "The matrix in force has no such operation".to_owned(),
                fix,
            )
        }
        EntryOutcome::Applied => {
            let strange = strange(org, laid);
            if strange.is_empty() {
                return None;
            }
            let names = strange.iter().map(Permission::as_str).collect::<Vec<_>>().join(", ");
            (
                "strange",
                format!("the override of {} asks for {names}, which nothing knows", laid.endpoint),
                format!("Neither another operation nor the org's catalogue has {names}: nobody can hold it"),
                format!("put the name right in {}, line {}", laid.file, laid.entry.line),
            )
        }
    };
    let entry = &laid.entry;
    Some(Found {
        severity: META.severity,
        org: org_name(org),
        subject: named("endpoint", laid.endpoint.to_string()),
        cause: BTreeSet::from([cause.to_owned()]),
        title,
        detail: format!("{what}. The entry is {}:{}, owned by {}.", laid.file, entry.line, entry.owner),
        fix,
        facts: laid.doubts.iter().cloned().chain([format!("reason of the entry: {}", entry.reason)]).collect(),
        basis: Basis::SETTLED,
    })
}

/// The permissions that it asks for and that neither another operation nor the org's catalogue has. Without a whole
/// catalogue nothing is strange.
fn strange(org: &OrgEvidence<'_>, laid: &Laid) -> Vec<Permission> {
    if !org.map.rights.catalogue_whole {
        return Vec::new();
    }
    let known = |permission: &Permission| {
        org.map.snapshot.permissions.iter().any(|entry| entry.permission == *permission)
            || org.map.matrix.operations().iter().any(|operation| {
                operation.overridden.is_none() && operation.requirement.permissions.contains(permission)
            })
    };
    let asked = laid.entry.permissions.iter().flat_map(|(_, permissions)| permissions);
    asked.filter(|permission| !known(permission)).cloned().collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_matrix::overlay::{self, OverlayFile, Override};
    use rolecall_matrix::{Match, bundled};

    pub(crate) fn entry(operation: &str, expires: &str) -> Override {
        Override {
            endpoint: operation.parse().unwrap(),
            org: None,
            permissions: Some((Match::Any, vec![Permission::new("routing:queue:edit")])),
            scopes: None,
            user_context: None,
            reason: "refused without it".to_owned(),
            evidence: "3 calls on 2026-11-19".to_owned(),
            owner: "ops".to_owned(),
            expires: expires.parse().unwrap(),
            effective: None,
            before: None,
            line: 7,
        }
    }

    pub(crate) fn laid(entries: &[Override]) -> Vec<Laid> {
        let file = OverlayFile { name: "overrides.toml".to_owned(), entries: entries.to_vec() };
        overlay::lay(&mut bundled::matrix().clone(), &file, "dev", jiff::civil::date(2026, 11, 20))
    }

    #[test]
    fn entry_that_does_something_is_not_reported() {
        let mut night = Night::new();
        night.overrides = laid(&[entry("GET /api/v2/routing/queues", "2099-01-01")]);
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn entries_that_do_nothing_are_reported_with_what_was_meant() {
        let mut same = entry("GET /api/v2/users", "2099-01-01");
        let published = bundled::matrix().get(&same.endpoint).unwrap().1.requirement.clone();
        same.permissions = Some((published.permissions_match, published.permissions));
        let mut night = Night::new();
        night.overrides = laid(&[same, entry("GET /api/v2/analytics/queues/summary", "2099-01-01")]);
        let found = found(&CHECK, &night);
        let titles: Vec<&str> = found.iter().map(|one| one.title.as_str()).collect();
        assert_eq!(titles.len(), 2, "{titles:?}");
        assert!(titles.iter().any(|title| title.contains("says what the matrix says")), "{titles:?}");
        assert!(found.iter().any(|one| one.fix.contains("POST /api/v2/analytics/queues/observations/query")));
    }
}
