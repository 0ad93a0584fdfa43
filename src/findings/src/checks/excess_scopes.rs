//! `excess.scopes`: a client that acts for users has scopes that none of its calls lists.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, count, label, names, org_name, plural, subject};
use crate::evidence::{Evidence, OrgEvidence};
use crate::scope_use::{ScopeUse, scope_uses, unenforced};
use crate::severity::Severity;
use crate::unused::SEASONS;
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "excess.scopes",
    title: "Client with more scopes than it needs",
    what: "Active OAuth clients that act for users and have scopes that no declared and no observed call of theirs lists; not reported for clients made within the usage window, nor where the usage data was not read completely.",
    why: "A token of the app that is stolen, or an app that is taken over, may do everything its scopes and its user allow.",
    remedy: "Remove the scopes that nothing uses; mind seasons, and screens of the app that nobody has opened in the window.",
    severity: Severity::Low,
    reference: "`scope` of `GET /api/v2/oauth/clients` beside the calls of the usage data and the scopes that the matrix lists for them.",
    notes: "One finding for each client. A scope is used when a declared or observed call lists it; what is only derived counts as use. Severity: `low`; `info` where the org does not enforce scopes, where the scopes of one of its calls are not published, or where the client was changed within the window. Scopes that no operation lists are left to `scope.unknown-to-matrix`.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients, Listing::Usage]),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        found.extend(scope_uses(org).iter().filter_map(|one| describe(org, one)));
    }
}

fn describe(org: &OrgEvidence<'_>, one: &ScopeUse<'_>) -> Option<Found> {
    let unused = one.unused(org);
    let principal = org.map.principals().get(one.principal?)?;
    if unused.is_empty() {
        return None;
    }
    let list = names(unused.iter().copied(), 3);
    let mut facts: BTreeSet<String> =
        unused.iter().map(|scope| format!("`{scope}`: listed by none of its calls")).collect();
    facts.extend(one.used.iter().map(|(scope, calls)| {
        let calls: Vec<String> = calls.iter().map(ToString::to_string).collect();
        format!("`{scope}`: used by {}", names(calls.iter().map(String::as_str), 3))
    }));
    facts.extend(one.open_facts());
    let mut detail = format!(
        "It has {}; {} known, declared or observed in {}; {SEASONS}.",
        count(one.has.len(), "scope", "scopes"),
        count(one.calls, "call is", "calls are"),
        one.window
    );
    if !one.open.is_empty() {
        detail.push_str(&format!(
            " Of {} the scopes are not published: one of these may be what it uses.",
            count(one.open.len(), "call", "calls")
        ));
    }
    if one.changed_within {
        detail.push_str(" The client was changed within these days: a scope may be new.");
    }
    detail.push_str(unenforced(org));
    Some(Found {
        severity: one.severity(org, META.severity),
        org: org_name(org),
        subject: subject(principal),
        // Which are unused changes from night to night; that some are, does not.
        cause: BTreeSet::new(),
        title: format!(
            "{} uses {} of its {} in no call: {list}",
            label(principal),
            unused.len(),
            count(one.has.len(), "scope", "scopes")
        ),
        detail,
        fix: format!(
            "remove the {} {list} from {} in {}",
            plural(unused.len(), "scope", "scopes"),
            label(principal),
            org_name(org)
        ),
        facts,
        basis: one.basis(org),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::oauth_client::GrantType;

    const QUEUES: &str = "GET /api/v2/routing/queues";

    fn night(scopes: &[&str]) -> Night {
        let mut night = Night::new();
        night.user_client("c1", "Desktop", GrantType::Code, scopes).usage("c1", QUEUES, 5, 5, 0);
        night
    }

    #[test]
    fn scopes_that_no_call_lists_are_one_finding_with_the_window() {
        let reported = found(&CHECK, &night(&["routing:readonly", "analytics", "users"]));
        assert_eq!(reported.len(), 1);
        assert_eq!(reported[0].title, "OAuth client `Desktop` uses 2 of its 3 scopes in no call: `analytics`, `users`");
        assert_eq!((reported[0].severity, reported[0].basis.settled), (Severity::Low, true));
        assert!(reported[0].detail.contains("the 30 days from 2026-10-22 to 2026-11-20"), "{}", reported[0].detail);
        assert!(
            reported[0].facts.contains("`routing:readonly`: used by `GET /api/v2/routing/queues`"),
            "{:?}",
            reported[0].facts
        );
    }

    #[test]
    fn scopes_that_are_used_declared_or_not_of_the_matrix_are_not_excess() {
        let mut night = night(&["routing", "analytics:readonly", "zzzz"]);
        night.need("Desktop", "POST /api/v2/analytics/queues/observations/query", "");
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn call_without_published_scopes_leaves_it_open_and_enforcement_that_is_off_weighs_less() {
        let mut open = night(&["routing:readonly", "users"]);
        open.usage("c1", "GET /api/v2/no/such/thing", 2, 2, 0);
        let reported = found(&CHECK, &open);
        assert_eq!((reported[0].severity, reported[0].basis.settled), (Severity::Info, false));
        let mut off = night(&["routing:readonly", "users"]);
        off.scopes_enforced = Some(false);
        assert_eq!(found(&CHECK, &off)[0].severity, Severity::Info);
    }

    #[test]
    fn new_client_idle_client_machine_and_unread_usage_say_nothing() {
        let mut new = night(&["routing", "users"]);
        new.snapshot.oauth_clients[0].created = Some("2026-11-01T00:00:00Z".parse().unwrap());
        new.user_client("c2", "Idle", GrantType::Code, &["users"]);
        new.user_client("c3", "Robot", GrantType::ClientCredentials, &["users"]).usage("c3", QUEUES, 1, 1, 0);
        assert!(found(&CHECK, &new).is_empty());
        let mut part = night(&["routing", "users"]);
        part.snapshot.usage.as_mut().unwrap().complete = false;
        assert!(found(&CHECK, &part).is_empty());
    }
}
