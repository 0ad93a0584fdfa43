//! `scope.unknown-to-matrix`: a client has scopes that no operation lists.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, count, label, names, org_name, subject};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_base::coverage::Listing;
use rolecall_matrix::nearest;
use rolecall_matrix::table::scopes_of;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "scope.unknown-to-matrix",
    title: "Client has scopes that no operation lists",
    what: "Scopes of OAuth clients that act for users and that no operation of the matrix in force lists, with the nearest real ones.",
    why: "Such a scope opens nothing that is published: it is a slip, or outdated, and the call that it was meant for is refused where scopes are enforced.",
    remedy: "Replace it by the scope that is meant, or remove it.",
    severity: Severity::Low,
    reference: "`scope` of `GET /api/v2/oauth/clients` beside the scopes of the org's `GET /api/v2/docs/swagger`.",
    notes: "One finding for each client. A matrix without any scope says nothing about scopes.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients]),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

/// Scopes that stand for no operation and are no slip: the platform's document names the first as "All the scopes".
const NOT_OF_OPERATIONS: [&str; 1] = ["all"];

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        // A table without scopes says of none that it does not exist.
        if scopes_of(org.map.matrix).is_empty() {
            continue;
        }
        let clients = org.map.principals().iter().filter(|one| one.acts_for_users());
        found.extend(clients.filter_map(|client| describe(org, client)));
    }
}

fn describe(org: &OrgEvidence<'_>, principal: &rolecall_access::cross::Principal) -> Option<Found> {
    let scopes = org.map.client(principal)?.scopes.as_ref()?;
    let unknown: BTreeSet<&str> = scopes
        .iter()
        .map(|scope| scope.as_str())
        .filter(|scope| !org.map.knows_scope(scope) && !NOT_OF_OPERATIONS.contains(scope))
        .collect();
    if unknown.is_empty() {
        return None;
    }
    let near = |scope: &str| nearest::scopes(org.map.matrix, scope, 3);
    let facts: BTreeSet<String> = unknown
        .iter()
        .map(|scope| match near(scope).as_slice() {
            [] => format!("`{scope}`: no scope is like it"),
            list => format!("`{scope}`: nearest {}", names(list.iter().copied(), 3)),
        })
        .collect();
    let instead: BTreeSet<&str> = unknown.iter().filter_map(|scope| near(scope).first().copied()).collect();
    let list = names(unknown.iter().copied(), 3);
    Some(Found {
        severity: META.severity,
        org: org_name(org),
        subject: subject(principal),
        cause: unknown.iter().map(|scope| format!("scope {scope}")).collect(),
        title: format!("{} has {list}, which no operation lists", label(principal)),
        detail: format!(
            "{} of the {} that it has. The matrix in force ({} operations) lists none of them.",
            count(unknown.len(), "scope", "scopes"),
            scopes.len(),
            org.matrix.operations
        ),
        fix: if instead.is_empty() {
            format!("remove {list} from {} in {}", label(principal), org_name(org))
        } else {
            format!(
                "replace {list} at {} in {} by what is meant (nearest: {}), or remove it",
                label(principal),
                org_name(org),
                names(instead, 3)
            )
        },
        facts,
        basis: Basis::SETTLED,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::oauth_client::GrantType;

    #[test]
    fn invented_scopes_of_a_client_are_one_finding_with_the_nearest() {
        let mut night = Night::new();
        night.user_client("c1", "Desktop", GrantType::Code, &["analytics:queue:view", "routing", "zzzz"]);
        let reported = found(&CHECK, &night);
        assert_eq!(
            reported[0].title,
            "OAuth client `Desktop` has `analytics:queue:view`, `zzzz`, which no operation lists"
        );
        assert_eq!((reported.len(), reported[0].facts.len()), (1, 2));
        assert!(reported[0].facts.iter().any(|fact| fact.contains("nearest `analytics")), "{:?}", reported[0].facts);
        assert!(reported[0].facts.contains("`zzzz`: no scope is like it"), "{:?}", reported[0].facts);
    }

    #[test]
    fn known_scopes_machines_and_clients_whose_scopes_were_not_reported_are_not_reported() {
        let mut night = Night::new();
        night.user_client("c1", "Desktop", GrantType::Code, &["routing", "routing:readonly", "all"]);
        night.user_client("c2", "Robot", GrantType::ClientCredentials, &["zzzz"]);
        night.user_client("c3", "Portal", GrantType::Code, &["zzzz"]).snapshot.oauth_clients[2].scopes = None;
        assert!(found(&CHECK, &night).is_empty());
    }
}
