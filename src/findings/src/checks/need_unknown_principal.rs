//! `need.unknown-principal`: a declared need names nobody that the org has.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Check, CheckMeta, Found, Reads, named, names, nothing_is_missing, org_name};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "need.unknown-principal",
    title: "Declared need of nobody",
    what: "Principals of the needs files that are neither an OAuth client nor a collected user of the org, by name or id.",
    why: "Nothing can be said about the calls of a principal that is not there: a gap may hide behind a misspelt name.",
    remedy: "Correct the name, limit the need to the orgs that have the principal (column `org`), or create the principal.",
    severity: Severity::Medium,
    reference: "Names are compared exactly, case included.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients, Listing::Users]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let coverage = &org.map.snapshot.coverage;
        let whole = coverage.is_whole(Listing::OauthClients) && coverage.is_whole(Listing::Users);
        let mut unknown: BTreeMap<&str, (BTreeSet<String>, &[String])> = BTreeMap::new();
        for unplaced in &org.needed.unplaced {
            let need = unplaced.need;
            let fact = format!("{}: {}:{}", need.endpoint, need.file_name(), need.line);
            let known = unknown.entry(&need.principal).or_insert((BTreeSet::new(), &unplaced.nearest));
            known.0.insert(fact);
        }
        for (principal, (facts, nearest)) in unknown {
            let near = names(nearest.iter().map(String::as_str), 3);
            found.push(Found {
                severity: META.severity,
                org: org_name(org),
                subject: named("need", principal),
                cause: BTreeSet::new(),
                title: if whole {
                    format!("needs are declared for `{principal}`, which {} does not have", org_name(org))
                } else {
                    format!("needs are declared for `{principal}`, which is not among what could be read")
                },
                detail: if whole {
                    "No OAuth client and no collected user has this name or id.".to_owned()
                } else {
                    "No OAuth client and no collected user that was read has this name or id; the lists were not \
                     read completely, so it may exist all the same."
                        .to_owned()
                },
                fix: match near.as_str() {
                    "" => "correct the name in the needs file, or limit the need to another org".to_owned(),
                    near => format!("correct the name in the needs file; near: {near}"),
                },
                facts,
                basis: Basis::settled_if(whole && nothing_is_missing(&org.map.snapshot.coverage, Listing::OwnGrants)),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn misspelt_principal_is_reported_once_with_the_near_name() {
        let mut night = Night::new();
        night.client("c1", "Queue Dashboard", &[]);
        night.need("Queue Dashbord", "GET /api/v2/routing/queues", "");
        night.need("Queue Dashbord", "GET /api/v2/users", "");
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert!(found[0].fix.contains("`Queue Dashboard`"), "{}", found[0].fix);
        assert_eq!(found[0].facts.len(), 2);
    }

    #[test]
    fn list_that_was_not_read_whole_leaves_it_open() {
        let mut night = Night::new();
        night.unread(Listing::OauthClients).need("Nobody", "GET /api/v2/users", "");
        assert!(found(&CHECK, &night)[0].detail.contains("may exist all the same"));
    }

    #[test]
    fn principal_that_is_there_by_name_or_id_is_not_reported() {
        let mut night = Night::new();
        night.client("c1", "Queue Dashboard", &[]).user("u1", "svc-report", true, &[]);
        night.need("Queue Dashboard", "GET /api/v2/users", "").need("u1", "GET /api/v2/users", "");
        assert!(found(&CHECK, &night).is_empty());
    }
}
