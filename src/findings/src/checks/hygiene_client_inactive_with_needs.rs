//! `hygiene.client-inactive-with-needs`: a client is switched off, or about to be deleted, and something needs it.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Check, CheckMeta, Found, Reads, client_label, client_subject, count, org_name};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::cross::PrincipalKind;
use rolecall_access::cross::needed::{Known, NeededCall};
use rolecall_base::coverage::Listing;
use rolecall_base::oauth_client::{ClientState, OauthClient};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "hygiene.client-inactive-with-needs",
    title: "Client on its way out that is needed",
    what: "OAuth clients that are inactive or disabled, or have a date on which they will be deleted, and that declared or observed calls need.",
    why: "Their calls fail, or will; and a client that has been deleted does not come back: its id, secret and roles are gone with it.",
    remedy: "Activate the client before its date, or move its calls to another one and take it out of the needs files.",
    severity: Severity::Medium,
    reference: "`state` and `dateToDelete` of `GET /api/v2/oauth/clients`: an inactive client creates no tokens and will be deleted, a disabled one was switched off by the platform's support.",
    notes: "Severity: `high` for a client that is needed by declaration and has a date on which it will be deleted; `medium` for one of the two; `low` for a client that is switched off and that only past usage shows to be needed. The calls of a client that is switched off are refused: `gap.declared` tells that as well.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients, Listing::Usage]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let mut needed: BTreeMap<usize, Vec<&NeededCall<'_>>> = BTreeMap::new();
        for call in &org.needed.calls {
            needed.entry(call.principal).or_default().push(call);
        }
        for (at, calls) in needed {
            let principal = org.map.principals().get(at).filter(|one| one.kind == PrincipalKind::OauthClient);
            let Some(client) = principal.and_then(|one| org.map.client(one)) else { continue };
            let off = matches!(client.state, ClientState::Inactive | ClientState::Disabled);
            if off || client.deletes_at.is_some() {
                found.push(describe(org, client, off, &calls));
            }
        }
    }
}

fn describe(org: &OrgEvidence<'_>, client: &OauthClient, off: bool, calls: &[&NeededCall<'_>]) -> Found {
    let declared = calls.iter().filter(|call| matches!(call.known, Known::Declared(_))).count();
    let observed = calls.len() - declared;
    let name = client_label(client);
    let state = client.state.as_str();
    let leaves = client.deletes_at.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string());
    let title = match (&leaves, off) {
        (Some(day), _) => format!("{name} will be deleted on {day}, and is needed"),
        (None, _) => format!("{name} is {state}, and is needed"),
    };
    let severity = match (declared > 0, leaves.is_some()) {
        (true, true) => Severity::High,
        (true, false) | (false, true) => META.severity,
        (false, false) => Severity::Low,
    };
    let place = format!("{name} in {}", org_name(org));
    let needs = [(declared, "declared call", "declared calls"), (observed, "observed call", "observed calls")];
    let needs: Vec<String> = needs
        .iter()
        .filter(|(number, _, _)| *number > 0)
        .map(|(number, one, many)| count(*number, one, many))
        .collect();
    Found {
        severity,
        org: org_name(org),
        subject: client_subject(client),
        cause: BTreeSet::new(),
        title,
        detail: format!("Its state is {state}; needed for {}.", needs.join(" and ")),
        fix: match (off, leaves.is_some()) {
            (true, true) => format!("activate {place} before that day, or move its calls to another client"),
            (true, false) => format!("activate {place}, or move its calls to another client"),
            (false, _) => format!("cancel the deletion of {place}, or move its calls to another client"),
        },
        facts: calls.iter().map(|call| fact(call)).collect(),
        basis: Basis::SETTLED,
    }
}

fn fact(call: &NeededCall<'_>) -> String {
    match call.known {
        Known::Declared(need) => format!("{}: declared at {}:{}", call.endpoint, need.file_name(), need.line),
        Known::Observed(row) => {
            format!(
                "{}: {}, the last on {}",
                call.endpoint,
                count(usize::try_from(row.requests).unwrap_or(usize::MAX), "request", "requests"),
                row.last
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    const QUEUES: &str = "GET /api/v2/routing/queues";

    #[test]
    fn client_that_is_needed_and_leaves_is_reported_by_how_sure_both_are() {
        let mut night = Night::new();
        night.client("c1", "Deleted Soon", &[]).client("c2", "Off", &[]).client("c3", "Seen", &[]);
        night.client("c4", "Active Yet", &[]);
        let clients = &mut night.snapshot.oauth_clients;
        clients[0].state = ClientState::Inactive;
        clients[0].deletes_at = "2026-11-25T02:00:00Z".parse().ok();
        clients[1].state = ClientState::Disabled;
        clients[2].state = ClientState::Inactive;
        clients[3].deletes_at = "2026-11-26T02:00:00Z".parse().ok();
        night.need("Deleted Soon", QUEUES, "").need("Off", QUEUES, "");
        night.usage("c3", QUEUES, 7, 7, 0).usage("c4", QUEUES, 1, 1, 0);
        let found = found(&CHECK, &night);
        let seen: Vec<_> = found.iter().map(|one| (one.severity, one.title.as_str())).collect();
        assert_eq!(
            seen,
            [
                (Severity::Medium, "OAuth client `Active Yet` will be deleted on 2026-11-26 02:00 UTC, and is needed"),
                (Severity::High, "OAuth client `Deleted Soon` will be deleted on 2026-11-25 02:00 UTC, and is needed"),
                (Severity::Medium, "OAuth client `Off` is disabled, and is needed"),
                (Severity::Low, "OAuth client `Seen` is inactive, and is needed"),
            ]
        );
        assert_eq!(found[1].detail, "Its state is inactive; needed for 1 declared call.");
        assert_eq!(
            found[3].facts.iter().collect::<Vec<_>>(),
            ["GET /api/v2/routing/queues: 7 requests, the last on 2026-11-20"]
        );
    }

    #[test]
    fn client_that_nobody_needs_and_one_that_stays_are_not_reported() {
        let mut night = Night::new();
        night.client("c1", "Old", &[]).client("c2", "Robot", &[]).client("c3", "Odd", &[]);
        night.snapshot.oauth_clients[0].state = ClientState::Inactive;
        night.snapshot.oauth_clients[2].state = ClientState::Other("paused".to_owned());
        night.need("Robot", QUEUES, "").need("Odd", QUEUES, "");
        assert!(found(&CHECK, &night).is_empty());
    }
}
