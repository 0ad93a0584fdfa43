//! `client.no-address-list`: a client that acts as itself may ask for tokens from anywhere.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, client_name, names, org_name, settled_by, subject};
use crate::evidence::{Evidence, OrgEvidence};
use crate::severity::Severity;
use crate::unused;
use rolecall_access::cross::Principal;
use rolecall_access::cross::principal::Standing;
use rolecall_base::allowed_addresses::{AllowedAddresses, Limit};
use rolecall_base::coverage::Listing;
use rolecall_base::oauth_client::OauthClient;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "client.no-address-list",
    title: "Client without a list of allowed addresses",
    what: "Active OAuth clients on client credentials without a list of allowed addresses, or with one so wide that it is no limit, in orgs whose API serves such lists.",
    why: "Its secret works from anywhere: whoever finds it can use it, and no network stands in between.",
    remedy: "Give the client the addresses from which its job runs, as narrow as they are stable.",
    severity: Severity::Low,
    reference: "Announced on 2026-04-06: Restrict OAuth client credentials grants to allowed IP addresses (help.genesys.cloud/announcements).",
    notes: "One finding for each client, once the answer for any client of the org has the field (docs/collector.md lists the names under which it is looked for). A list that lets in more IPv4 addresses than a `/8`, or more IPv6 addresses than a `/32`, is no limit. Severity: `low`; `medium` where the client holds a permission that the catalogue of dangerous permissions calls high or critical. A list that could not be understood is not known, and not reported here.",
    reads: Reads::Lists(LISTS),
    ..CheckMeta::PLAIN
};

const LISTS: &[Listing] = &[Listing::OwnGrants, Listing::OauthClients, Listing::AllowedAddresses];

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        if org.map.snapshot.oauth_clients.iter().any(|client| client.allowed_addresses.is_some()) {
            let machines = org.map.principals().iter().filter(|one| one.is_machine());
            found.extend(machines.filter_map(|principal| report(org, principal)));
        }
    }
}

fn report(org: &OrgEvidence<'_>, principal: &Principal) -> Option<Found> {
    let client: &OauthClient = org.map.client(principal).filter(|_| principal.standing != Standing::Inactive)?;
    let limit = client.allowed_addresses.as_ref().map_or(Limit::NoList, AllowedAddresses::limit);
    let (name, org_label) = (client_name(client), org_name(org));
    let (what, detail, facts) = match limit {
        Limit::Limited | Limit::NotKnown => return None,
        Limit::NoList => ("has no list of allowed addresses", "Its secret works from any address.", BTreeSet::new()),
        Limit::TooWide(wide) => (
            "has a list of allowed addresses that is no limit",
            "Its list lets in more addresses than a company has.",
            wide.iter().map(|range| format!("range {range}")).collect(),
        ),
    };
    let numbers = org.map.holdings_of(principal).map(|held| held.at_all.ones().collect::<Vec<_>>());
    let held = numbers.into_iter().flatten().filter_map(|number| org.map.rights.index.names().get(number));
    let (weight, grave) = unused::weigh(held);
    let detail = if grave.is_empty() {
        detail.to_owned()
    } else {
        format!("{detail} It holds dangerous permissions: {}.", names(grave, 5))
    };
    Some(Found {
        severity: weight.min(Severity::Medium),
        title: format!("OAuth client `{name}` {what} ({org_label})"),
        subject: subject(principal),
        cause: BTreeSet::new(),
        detail,
        fix: format!("limit OAuth client `{name}` in {org_label} to the addresses from which its job runs"),
        facts,
        org: org_label,
        basis: settled_by(&org.map.snapshot.coverage, LISTS),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::oauth_client::{ClientState, GrantType};

    fn list(ranges: &[&str]) -> Option<AllowedAddresses> {
        let ranges = ranges.iter().map(|text| text.parse().unwrap()).collect();
        Some(AllowedAddresses { ranges, not_understood: Vec::new() })
    }

    fn night() -> Night {
        let mut night = Night::new();
        night.role("r1", "Queues", &["routing:queue:view"]).role("r2", "Admin", &["authorization:grant:add"]);
        night.client("c1", "Listed", &[("r1", "*")]).client("c2", "Open", &[("r1", "*")]);
        night.client("c3", "Admin", &[("r2", "*")]).client("c4", "Wide", &[("r1", "*")]);
        night.snapshot.oauth_clients[0].allowed_addresses = list(&["203.0.113.0/24"]);
        night.snapshot.oauth_clients[3].allowed_addresses = list(&["0.0.0.0/1", "128.0.0.0/1"]);
        night
    }

    #[test]
    fn client_without_a_list_and_one_with_a_list_of_everything_are_reported() {
        let found = found(&CHECK, &night());
        let seen: Vec<_> = found.iter().map(|one| (one.severity, one.title.as_str())).collect();
        assert_eq!(
            seen,
            [
                (Severity::Medium, "OAuth client `Admin` has no list of allowed addresses (dev)"),
                (Severity::Low, "OAuth client `Open` has no list of allowed addresses (dev)"),
                (Severity::Low, "OAuth client `Wide` has a list of allowed addresses that is no limit (dev)"),
            ]
        );
        assert_eq!(found[2].facts.iter().collect::<Vec<_>>(), ["range 0.0.0.0/0"]);
    }

    #[test]
    fn empty_list_is_reported_like_an_absent_one() {
        let mut night = night();
        night.snapshot.oauth_clients.truncate(1);
        night.snapshot.oauth_clients[0].allowed_addresses = list(&[]);
        assert_eq!(found(&CHECK, &night).len(), 1);
    }

    #[test]
    fn org_without_the_field_clients_of_users_inactive_ones_and_lists_not_understood_are_not_reported() {
        let mut without = night();
        without.snapshot.oauth_clients.iter_mut().for_each(|client| client.allowed_addresses = None);
        assert!(found(&CHECK, &without).is_empty());
        let mut night = night();
        night.snapshot.oauth_clients[1].state = ClientState::Inactive;
        night.snapshot.oauth_clients[2].grant_type = GrantType::Code;
        let unread = AllowedAddresses { ranges: BTreeSet::new(), not_understood: vec!["office".to_owned()] };
        night.snapshot.oauth_clients[3].allowed_addresses = Some(unread);
        assert!(found(&CHECK, &night).is_empty());
    }
}
