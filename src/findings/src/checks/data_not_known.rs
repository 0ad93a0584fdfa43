//! `data.not-known`: a list could not be read completely.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, named, names, org_name};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_base::coverage::{Listing, Seen};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "data.not-known",
    title: "List is incomplete",
    what: "Lists of an org that were asked for and could not be read to their end, with what is missing and why.",
    why: "What was not read is not known: verdicts that rest on it are `unknown` or carry `data-incomplete`, and a finding that is not here may be there all the same.",
    remedy: "Give the auditor's own client the permissions that the finding names, in all divisions, and run again.",
    severity: Severity::High,
    reference: "docs/collector.md lists the permissions that the auditor needs.",
    notes: "Severity: `high`; `low` for lists that no verdict rests on. The run exits with 3 either way.",
    reads: Reads::Lists(&[]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let coverage = &org.map.snapshot.coverage;
        for listing in Listing::ALL {
            let seen = coverage.seen(listing);
            if matches!(seen, Seen::Whole | Seen::NotAsked) {
                continue;
            }
            let record = coverage.listings.get(&listing);
            let unread = record.map(|record| record.unread.as_slice()).unwrap_or_default();
            let missing: BTreeSet<&str> =
                unread.iter().flat_map(|part| &part.missing_permissions).map(String::as_str).collect();
            let read = match record {
                Some(record) => match record.expected {
                    Some(expected) => format!("{} of {expected} items were read", record.read),
                    None => format!("{} items were read", record.read),
                },
                None => "the snapshot has no record of it".to_owned(),
            };
            let facts = unread.iter().map(|part| {
                let of = part.of.as_ref().map(|of| format!("{of}: ")).unwrap_or_default();
                let missing = match part.missing_permissions.as_slice() {
                    [] => String::new(),
                    some => format!(" (the auditor lacks {})", some.join(", ")),
                };
                format!("{of}{}{missing}", part.why)
            });
            found.push(Found {
                severity: if listing.affects().starts_with("no verdict") { Severity::Low } else { META.severity },
                org: org_name(org),
                subject: named("listing", listing.as_str()),
                cause: BTreeSet::new(),
                title: match seen {
                    Seen::Part => {
                        format!("the list of {} of {} was read only in part", listing.as_str(), org_name(org))
                    }
                    Seen::Nothing | Seen::Whole | Seen::NotAsked => {
                        format!("the list of {} of {} was not read", listing.as_str(), org_name(org))
                    }
                },
                detail: format!("Affects {}; {read}.", listing.affects()),
                fix: if missing.is_empty() {
                    format!("fix what stopped the list of {} of {}, then run again", listing.as_str(), org_name(org))
                } else {
                    format!("grant the auditor's client in {} {} in all divisions", org_name(org), names(missing, 5))
                },
                facts: facts.collect(),
                basis: Basis::SETTLED,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::coverage::Unread;

    #[test]
    fn refused_list_is_reported_with_what_it_affects_and_the_missing_permission() {
        let mut night = Night::new();
        night.unread(Listing::Divisions).unread(Listing::Roles);
        let roles = night.snapshot.coverage.listings.get_mut(&Listing::Roles).unwrap();
        roles.seen = Seen::Part;
        roles.unread = vec![Unread {
            of: None,
            why: "page 3 was refused (403)".to_owned(),
            missing_permissions: vec!["authorization:role:view".to_owned()],
        }];
        let found = found(&CHECK, &night);
        let seen: Vec<_> = found.iter().map(|one| (one.severity, one.title.as_str())).collect();
        assert_eq!(
            seen,
            [
                (Severity::Low, "the list of divisions of dev was not read"),
                (Severity::High, "the list of roles of dev was read only in part")
            ]
        );
        assert!(found[1].detail.starts_with("Affects every denial: a role that was not read"), "{}", found[1].detail);
        assert_eq!(found[1].fix, "grant the auditor's client in dev `authorization:role:view` in all divisions");
    }

    #[test]
    fn list_without_a_record_counts_as_not_read_and_one_not_asked_for_does_not() {
        let mut night = Night::new();
        night.snapshot.coverage.listings.remove(&Listing::Policies);
        night.snapshot.coverage.listings.get_mut(&Listing::AuditLog).unwrap().seen = Seen::NotAsked;
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert!(found[0].detail.contains("no record"));
    }
}
