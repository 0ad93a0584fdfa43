//! `need.unknown-division`: a declared need names a division that the org does not list.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Check, CheckMeta, Found, Reads, named, names, nothing_is_missing, org_name};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::cross::needed::{Known, NeededIn};
use rolecall_base::coverage::Listing;
use rolecall_base::nearest::nearest;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "need.unknown-division",
    title: "Declared division does not exist",
    what: "Divisions of the needs files that the org does not list, by name or id.",
    why: "A call that is limited to divisions cannot be allowed in one that is not there.",
    remedy: "Correct the division in the needs file, or leave it empty where any will do.",
    severity: Severity::Medium,
    reference: "`GET /api/v2/authorization/divisions` lists the divisions.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients, Listing::Users, Listing::Divisions]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let whole = org.map.snapshot.coverage.is_whole(Listing::Divisions);
        let mut unknown: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for call in &org.needed.calls {
            if let (Known::Declared(need), NeededIn::NotListed(name)) = (call.known, &call.division) {
                let fact = format!("`{}`, {}: {}:{}", need.principal, need.endpoint, need.file_name(), need.line);
                unknown.entry(name).or_default().insert(fact);
            }
        }
        for (name, facts) in unknown {
            let listed = org.map.snapshot.divisions.iter().map(|division| division.name.as_str());
            let near = names(nearest(name, listed, 3), 3);
            found.push(Found {
                severity: META.severity,
                org: org_name(org),
                subject: named("division", name),
                cause: BTreeSet::new(),
                title: format!("needs are declared in division `{name}`, which {} does not list", org_name(org)),
                detail: if whole {
                    "All divisions were read, and none has this name or id.".to_owned()
                } else {
                    "The divisions were not read completely, so it may exist all the same.".to_owned()
                },
                fix: match near.as_str() {
                    "" => format!("correct division `{name}` in the needs file, or create it in {}", org_name(org)),
                    near => format!("correct division `{name}` in the needs file; near: {near}"),
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
    fn division_that_is_not_listed_is_reported_with_the_near_name() {
        let mut night = Night::new();
        night.division("d1", "Sales EMEA").client("c1", "Dialler", &[]);
        night.need("Dialler", "GET /api/v2/routing/queues", "Sales EMAE");
        night.need("Dialler", "GET /api/v2/routing/queues", "Sales EMEA");
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].subject.name.as_str(), found[0].facts.len()), ("Sales EMAE", 1));
        assert!(found[0].fix.contains("`Sales EMEA`"), "{}", found[0].fix);
    }

    #[test]
    fn division_that_is_listed_and_a_need_without_one_are_not_reported() {
        let mut night = Night::new();
        night.division("d1", "Sales").client("c1", "Dialler", &[]);
        night.need("Dialler", "GET /api/v2/routing/queues", "d1").need("Dialler", "GET /api/v2/users", "");
        night.need("Dialler", "GET /api/v2/groups", "*").need("Nobody", "GET /api/v2/groups", "Nowhere");
        assert!(found(&CHECK, &night).is_empty());
    }
}
