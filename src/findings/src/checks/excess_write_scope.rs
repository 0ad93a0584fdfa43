//! `excess.write-scope`: a client that acts for users has a scope to write where the one to read would do.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, count, label, names, org_name, subject};
use crate::evidence::{Evidence, OrgEvidence};
use crate::scope_use::{ScopeUse, scope_uses, unenforced};
use crate::severity::Severity;
use crate::unused::SEASONS;
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "excess.write-scope",
    title: "Scope to write where reading would do",
    what: "Scopes without `:readonly` of active OAuth clients that act for users, where every declared and observed call that lists the scope lists its `:readonly` form too; not reported where the usage data was not read completely.",
    why: "The app only looks, and whoever takes it over may change what its user may change.",
    remedy: "Give the client the `:readonly` scope in place of the other; mind seasons, and screens of the app that nobody has opened in the window.",
    severity: Severity::Low,
    reference: "The platform documents that a scope with the suffix `:readonly` is read-only and one without it read-write.",
    notes: "One finding for each client. Severity: as for `excess.scopes`. A scope that no call lists is reported by `excess.scopes`, not here.",
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
    let principal = org.map.principals().get(one.principal?)?;
    let scopes: Vec<&str> = one.read_only_would_do.iter().copied().collect();
    if scopes.is_empty() {
        return None;
    }
    let narrower: Vec<String> = scopes.iter().map(|scope| format!("{scope}:readonly")).collect();
    let list = names(scopes.iter().copied(), 3);
    let (has_too, lacks): (Vec<&String>, Vec<&String>) =
        narrower.iter().partition(|scope| one.has.contains(scope.as_str()));
    let who = format!("{} in {}", label(principal), org_name(org));
    let instead = match (lacks.is_empty(), has_too.is_empty()) {
        (true, _) => format!("remove scope {list} from {who}, which has the read-only form too"),
        (false, _) => format!("replace scope {list} of {who} by {}", names(lacks.into_iter().map(String::as_str), 3)),
    };
    let mut facts = BTreeSet::new();
    for scope in &scopes {
        let calls = one.used.get(scope).into_iter().flatten();
        facts.extend(calls.map(|call| format!("`{scope}`: {call} accepts `{scope}:readonly`")));
    }
    facts.extend(one.open_facts());
    let mut detail = format!(
        "{} known, declared or observed in {}; {SEASONS}.",
        count(one.calls, "call is", "calls are"),
        one.window
    );
    if !one.open.is_empty() {
        detail.push_str(&format!(
            " Of {} the scopes are not published: one of these may need to write.",
            count(one.open.len(), "call", "calls")
        ));
    }
    detail.push_str(unenforced(org));
    Some(Found {
        severity: one.severity(org, META.severity),
        org: org_name(org),
        subject: subject(principal),
        cause: BTreeSet::new(),
        title: format!("{} only reads with {list}: the read-only form is enough", label(principal)),
        detail,
        fix: instead,
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
    fn client_that_only_reads_with_a_scope_to_write_is_shown_the_narrower_one() {
        let reported = found(&CHECK, &night(&["routing"]));
        assert_eq!(reported[0].title, "OAuth client `Desktop` only reads with `routing`: the read-only form is enough");
        assert_eq!(reported[0].fix, "replace scope `routing` of OAuth client `Desktop` in dev by `routing:readonly`");
        assert_eq!((reported.len(), reported[0].severity), (1, Severity::Low));
        assert!(
            reported[0].detail.contains("the 30 days from") && reported[0].detail.contains("seasons"),
            "{}",
            reported[0].detail
        );
        let both = found(&CHECK, &night(&["routing", "routing:readonly"]));
        assert_eq!(
            both[0].fix,
            "remove scope `routing` from OAuth client `Desktop` in dev, which has the read-only form too"
        );
    }

    #[test]
    fn client_that_writes_or_is_declared_to_keeps_its_scope() {
        let mut observed = night(&["routing"]);
        observed.usage("c1", "PUT /api/v2/routing/queues/{queueId}", 1, 1, 0);
        assert!(found(&CHECK, &observed).is_empty());
        let mut declared = night(&["routing"]);
        declared.need("Desktop", "POST /api/v2/routing/queues", "");
        assert!(found(&CHECK, &declared).is_empty());
    }

    #[test]
    fn read_only_scope_scope_of_no_call_and_unread_usage_say_nothing() {
        assert!(found(&CHECK, &night(&["routing:readonly", "users"])).is_empty());
        let mut part = night(&["routing"]);
        part.snapshot.usage.as_mut().unwrap().complete = false;
        assert!(found(&CHECK, &part).is_empty());
    }
}
