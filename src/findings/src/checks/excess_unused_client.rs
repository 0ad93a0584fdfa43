//! `excess.unused-client`: an OAuth client makes no call at all.

use std::collections::BTreeSet;

use crate::check::{
    Check, CheckMeta, EXCESS, Found, Reads, count, label, names, nothing_is_missing, org_name, subject,
};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Basis;
use crate::severity::Severity;
use crate::unused::{self, SEASONS, Window};
use rolecall_access::cross::excess::role_name;
use rolecall_base::grant::Reach;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "excess.unused-client",
    title: "Client that nobody uses",
    what: "Active OAuth clients without a single call in the usage window and without a declared need; not reported for clients that were made, or given all their roles, within the window, nor where the usage data was not read completely.",
    why: "Its secret opens whatever it holds, and nobody would notice who uses it.",
    remedy: "Ask its owner; set it to inactive first, which can be undone, and delete it when nobody has missed it over a season.",
    severity: Severity::Low,
    reference: "`POST /api/v2/usage/aggregates/query/jobs`; the data leave out the platform's own user interface, embedded clients and outbound data actions.",
    notes: "One finding for each client, the auditor's own excepted. Severity: `low`; `medium` when it holds a permission that the catalogue of dangerous permissions calls high; `high` when a critical one. What an unused client holds is not reported again by the other excess checks. A client that is refused in all its calls is used.",
    reads: Reads::Lists(EXCESS),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let Some(window) = Window::of(org) else { continue };
        found.extend(unused::idle_clients(org, window).into_iter().filter_map(|at| describe(org, at, window)));
    }
}

fn describe(org: &OrgEvidence<'_>, at: usize, window: Window) -> Option<Found> {
    let principal = org.map.principals().get(at)?;
    let client = org.map.client(principal)?;
    let numbers = org.map.holdings_of(principal).map(|held| held.at_all.ones().collect::<Vec<_>>());
    let held: Vec<_> =
        numbers.unwrap_or_default().into_iter().filter_map(|number| org.map.rights.index.names().get(number)).collect();
    let (severity, grave) = unused::weigh(held.iter().copied());
    let holds = match (principal.is_machine(), &client.scopes) {
        (true, _) => format!("It holds {}", count(held.len(), "permission", "permissions")),
        (false, Some(scopes)) if scopes.is_empty() => "It has no scope".to_owned(),
        (false, Some(scopes)) => {
            format!("It may do what its users may, within {}", count(scopes.len(), "scope", "scopes"))
        }
        (false, None) => "It may do what its users may".to_owned(),
    };
    let among = if grave.is_empty() { String::new() } else { format!(", dangerous among them {}", names(grave, 5)) };
    let created = client.created.map_or_else(
        || "when it was created is not known".to_owned(),
        |at| format!("created {}", at.strftime("%Y-%m-%d")),
    );
    let mut facts = BTreeSet::from([created, format!("grant type {}", client.grant_type.as_str())]);
    facts.extend(org.map.grants_of(principal).iter().map(|grant| {
        let place = match &grant.reach {
            Reach::All => "*".to_owned(),
            Reach::In(id) => org.map.division_name(id).to_owned(),
        };
        let when = grant
            .granted_at
            .map_or_else(|| "age not known".to_owned(), |at| format!("granted {}", at.strftime("%Y-%m-%d")));
        format!("role `{}` in `{place}`, {when}", role_name(&org.map, grant))
    }));
    let coverage = &org.map.snapshot.coverage;
    let read = EXCESS.iter().all(|list| nothing_is_missing(coverage, *list));
    Some(Found {
        severity,
        org: org_name(org),
        subject: subject(principal),
        cause: BTreeSet::new(),
        title: format!("{} made no call in {window}, and no need is declared", label(principal)),
        detail: format!(
            "{holds}{among}. The usage data leave out embedded clients and outbound data actions; {SEASONS}."
        ),
        fix: format!(
            "ask the owner of {0} in {1}, set {0} to inactive, and delete it later",
            label(principal),
            org_name(org)
        ),
        facts,
        // A client without a creation date may be new.
        basis: Basis::settled_if(read && client.created.is_some()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::excess_unused_permissions;
    use crate::testing::{Night, found};
    use rolecall_base::oauth_client::{ClientState, GrantType};

    const QUEUES: &str = "GET /api/v2/routing/queues";

    fn night() -> Night {
        let mut night = Night::new();
        night.role("r1", "Admin", &["oauth:client:edit", "routing:queue:view"]);
        night.client("c1", "Idle", &[("r1", "*")]).client("c2", "Busy", &[("r1", "*")]);
        night.usage("c2", QUEUES, 5, 5, 0);
        night
    }

    #[test]
    fn client_without_a_call_is_reported_once_with_the_window_and_the_caution() {
        let mut night = night();
        night.user_client("c3", "Old App", GrantType::Code, &["routing"]);
        let reported = found(&CHECK, &night);
        assert_eq!(reported.iter().map(|one| one.subject.id.as_str()).collect::<Vec<_>>(), ["c1", "c3"]);
        assert_eq!(
            reported[0].title,
            "OAuth client `Idle` made no call in the 30 days from 2026-10-22 to 2026-11-20, and no need is declared"
        );
        assert_eq!((reported[0].severity, reported[1].severity), (Severity::High, Severity::Low));
        assert!(
            reported[0].detail.contains("2 permissions, dangerous among them `oauth:client:edit`"),
            "{}",
            reported[0].detail
        );
        assert!(reported[0].detail.contains("seasons"), "{}", reported[0].detail);
        let permissions = found(&excess_unused_permissions::CHECK, &night);
        assert!(permissions.iter().all(|one| one.subject.id == "c2"), "one cause is reported once");
    }

    #[test]
    fn new_declared_inactive_and_failing_clients_are_not_unused() {
        let mut night = night();
        night.snapshot.oauth_clients[0].created = Some("2026-11-10T00:00:00Z".parse().unwrap());
        night.client("c3", "Yearly", &[("r1", "*")]).need("Yearly", QUEUES, "");
        night.client("c4", "Off", &[]).snapshot.oauth_clients[3].state = ClientState::Inactive;
        night.client("c5", "Refused", &[]).usage("c5", QUEUES, 3, 0, 3);
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn nothing_is_said_without_a_complete_answer_of_the_usage_data() {
        let mut night = night();
        night.snapshot.usage.as_mut().unwrap().complete = false;
        assert!(found(&CHECK, &night).is_empty());
        night.snapshot.usage = None;
        assert!(found(&CHECK, &night).is_empty());
    }
}
