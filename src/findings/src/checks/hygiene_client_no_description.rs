//! `hygiene.client-no-description`: nobody wrote down what a client is for.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, client_name, count, named, nothing_is_missing, org_name};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::parameters::{Globs, Parameter};
use crate::severity::Severity;
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "hygiene.client-no-description",
    title: "Clients without a description",
    what: "OAuth clients whose description is empty; one finding an org.",
    why: "Who finds the client a year from now cannot tell what it is for, whom to ask, and what breaks when it goes.",
    remedy: "Write what uses the client, who answers for it, and where its secret is kept.",
    severity: Severity::Info,
    reference: "`description` of `GET /api/v2/oauth/clients`, which leaves empty fields out.",
    parameters: &PARAMETERS,
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients]),
    ..CheckMeta::PLAIN
};

static IGNORE: Globs = Globs { key: "ignore", what: "Names of clients that need no description.", default: &[] };

static PARAMETERS: [Parameter; 1] = [Parameter::Globs(&IGNORE)];

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    let ignore = evidence.parameters.globs(META.id, &IGNORE);
    for org in &evidence.orgs {
        let snapshot = org.map.snapshot;
        let bare = snapshot.oauth_clients.iter().filter(|client| {
            client.description.as_ref().is_none_or(|text| text.trim().is_empty()) && !ignore.is_match(&client.name)
        });
        let facts: BTreeSet<String> = bare.map(|client| format!("{} ({})", client_name(client), client.id)).collect();
        if facts.is_empty() {
            continue;
        }
        let of = if nothing_is_missing(&snapshot.coverage, Listing::OauthClients) { "" } else { " that were read" };
        let has = if facts.len() == 1 { "has" } else { "have" };
        found.push(Found {
            severity: META.severity,
            org: org_name(org),
            subject: named("org", org_name(org)),
            cause: BTreeSet::new(),
            title: format!(
                "{} {has} no description ({})",
                count(facts.len(), "OAuth client", "OAuth clients"),
                org_name(org)
            ),
            detail: format!("Of {}{of}.", count(snapshot.oauth_clients.len(), "client", "clients")),
            fix: format!(
                "describe each client listed below in {}: what uses it, who owns it, and where its secret is kept",
                org_name(org)
            ),
            facts,
            basis: Basis::SETTLED,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Value;
    use crate::testing::{Night, found};

    fn night(descriptions: &[Option<&str>]) -> Night {
        let mut night = Night::new();
        for (at, text) in descriptions.iter().enumerate() {
            night.client(&format!("c{at}"), &format!("Robot {at}"), &[]);
            night.snapshot.oauth_clients[at].description = text.map(str::to_owned);
        }
        night
    }

    #[test]
    fn clients_without_a_description_are_one_finding_of_the_org() {
        let mut night = night(&[None, Some("  "), Some("feeds the wallboard")]);
        let reported = found(&CHECK, &night);
        assert_eq!(reported.len(), 1);
        assert_eq!(reported[0].title, "2 OAuth clients have no description (dev)");
        assert_eq!(reported[0].facts.iter().collect::<Vec<_>>(), ["Robot 0 (c0)", "Robot 1 (c1)"]);
        night.parameters.set(META.id, "ignore", Value::Globs(vec!["* 1".to_owned()]));
        night.unread(Listing::OauthClients);
        let reported = found(&CHECK, &night);
        assert_eq!(reported[0].title, "1 OAuth client has no description (dev)");
        assert_eq!(reported[0].detail, "Of 3 clients that were read.");
    }

    #[test]
    fn described_clients_and_a_list_that_was_not_read_tell_nothing() {
        assert!(found(&CHECK, &night(&[Some("feeds the wallboard")])).is_empty());
        let mut unread = Night::new();
        unread.unread(Listing::OauthClients);
        assert!(found(&CHECK, &unread).is_empty());
    }
}
