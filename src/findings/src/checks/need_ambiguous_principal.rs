//! `need.ambiguous-principal`: a declared need names several principals at once.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Check, CheckMeta, Found, Reads, named, org_name};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "need.ambiguous-principal",
    title: "Declared need of several of one name",
    what: "Principals of the needs files whose name several OAuth clients or users of the org share.",
    why: "Names are not unique on the platform; the need was checked for each of them, which may tell gaps that are none.",
    remedy: "Write the principal's id in the needs file.",
    severity: Severity::Low,
    reference: "Ids stand in oauth_clients.csv and service_users.csv.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients, Listing::Users]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let mut shared: BTreeMap<&str, (usize, BTreeSet<String>)> = BTreeMap::new();
        for (need, count) in &org.needed.ambiguous {
            let known = shared.entry(&need.principal).or_insert((*count, BTreeSet::new()));
            known.1.insert(format!("{}: {}:{}", need.endpoint, need.file_name(), need.line));
        }
        for (name, (count, mut facts)) in shared {
            let who = org.map.principals().iter().filter(|one| one.name == name);
            facts.extend(who.map(|one| format!("{} {}", one.kind, one.id)));
            found.push(Found {
                severity: META.severity,
                org: org_name(org),
                subject: named("need", name),
                cause: BTreeSet::new(),
                title: format!("needs are declared for `{name}`, a name that {count} principals share"),
                detail: "Each of them was checked.".to_owned(),
                fix: format!("write the id instead of `{name}` in the needs file"),
                facts,
                basis: Basis::SETTLED,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn shared_name_is_reported_with_the_ids_behind_it() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[]).client("c2", "Dialler", &[]).client("c3", "Other", &[]);
        night.need("Dialler", "GET /api/v2/users", "").need("Other", "GET /api/v2/users", "");
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert!(found[0].facts.contains("oauth_client c1") && found[0].facts.contains("oauth_client c2"));
    }

    #[test]
    fn name_of_one_principal_and_an_id_are_not_reported() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[]).client("c2", "Dialler", &[]).client("c3", "Other", &[]);
        night.need("c1", "GET /api/v2/users", "").need("Other", "GET /api/v2/users", "");
        assert!(found(&CHECK, &night).is_empty());
    }
}
