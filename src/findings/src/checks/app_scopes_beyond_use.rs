//! `app.scopes-beyond-use`: a third-party app holds scopes that none of its calls needs.

use std::collections::BTreeSet;

use crate::apps::{app_subject, calls, foreign_apps, kind_words};
use crate::check::{Check, CheckMeta, Found, Reads, count, names, org_name, settled_by};
use crate::evidence::{Evidence, OrgEvidence};
use crate::scope_use::{self, unenforced};
use crate::severity::Severity;
use crate::unused::{SEASONS, Window};
use rolecall_base::app::{App, AppKind};
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "app.scopes-beyond-use",
    title: "Third-party app with more scopes than it uses",
    what: "Authorized third-party apps with scopes that no observed call of theirs lists, or with a scope that writes where their calls only need the one that reads.",
    why: "What the app does not use, somebody who takes it over can.",
    remedy: "Authorize the app again for the scopes that its calls need; mind seasons, and screens of the app that nobody has opened in the window.",
    severity: Severity::Medium,
    reference: "`scope` of `GET /api/v2/oauth/authorizations` beside the calls of the usage data and the scopes that the matrix lists for them.",
    notes: "One finding for each app. Severity: `medium`, one step more than for an own client; `info` where the org does not enforce scopes, where the scopes of one of its calls are not published, or where the authorization was changed within the window. An app without any call is left to `app.unused`. Scopes that no operation lists are left out. Needs `collect.third_party_apps` and `needs.observed_days`.",
    reads: Reads::Lists(LISTS),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

const LISTS: &[Listing] = &[Listing::OwnGrants, Listing::OauthClients, Listing::ThirdPartyApps, Listing::Usage];

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let Some(window) = Window::of(org) else { continue };
        let judged = foreign_apps(org).filter(|(app, _)| app.can_act() == Some(true) && app.acts_for_users());
        found.extend(judged.filter_map(|(app, kind)| report(org, app, kind, window)));
    }
}

fn report(org: &OrgEvidence<'_>, app: &App, kind: AppKind, window: Window) -> Option<Found> {
    let calls = calls(org, app);
    if calls.is_empty() || window.is_young(app.created) {
        return None;
    }
    let has: BTreeSet<&str> = app.scopes.iter().flatten().map(|scope| scope.as_str()).collect();
    let asked: BTreeSet<_> = calls.iter().map(|(endpoint, at)| (endpoint, *at)).collect();
    let one = scope_use::of_calls(org, None, window, has, &asked, window.is_young(app.modified));
    let unused = one.unused(org);
    if unused.is_empty() && one.read_only_would_do.is_empty() {
        return None;
    }
    let (name, org_label) = (app.display_name(), org_name(org));
    let mut facts: BTreeSet<String> =
        unused.iter().map(|scope| format!("`{scope}`: listed by none of its calls")).collect();
    facts.extend(
        one.read_only_would_do.iter().map(|scope| format!("`{scope}`: its calls need `{scope}:readonly` alone")),
    );
    facts.extend(one.used.iter().map(|(scope, calls)| {
        let calls: Vec<String> = calls.iter().map(ToString::to_string).collect();
        format!("`{scope}`: used by {}", names(calls.iter().map(String::as_str), 3))
    }));
    facts.extend(one.open_facts());
    let mut detail = format!(
        "It has {}; {} observed in {window}; {SEASONS}.",
        count(one.has.len(), "scope", "scopes"),
        count(one.calls, "distinct call was", "distinct calls were"),
    );
    detail.push_str(unenforced(org));
    let too_much: Vec<&str> = unused.iter().chain(&one.read_only_would_do).copied().collect();
    let mut basis = settled_by(&org.map.snapshot.coverage, LISTS);
    basis.settled &= one.open.is_empty() && kind == AppKind::ThirdParty;
    Some(Found {
        severity: one.severity(org, META.severity),
        title: format!(
            "{} `{name}` holds {} that it does not use ({org_label})",
            kind_words(kind),
            count(too_much.len(), "scope", "scopes")
        ),
        org: org_label.clone(),
        subject: app_subject(app),
        // Which are unused changes from night to night; that some are, does not.
        cause: BTreeSet::new(),
        detail,
        fix: match (unused.is_empty(), one.read_only_would_do.is_empty()) {
            (false, _) => {
                format!("authorize `{name}` in {org_label} without {}", names(unused.iter().copied(), 5))
            }
            (true, _) => format!(
                "authorize `{name}` in {org_label} for the `:readonly` scope in place of {}",
                names(one.read_only_would_do.iter().copied(), 5)
            ),
        },
        facts,
        basis,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::app::AppState;

    const QUEUES: &str = "GET /api/v2/routing/queues";

    #[test]
    fn scope_that_no_call_lists_is_reported() {
        let mut night = Night::new();
        night.app("a1", "Vendor", AppState::Authorized, &["routing:readonly", "users"]).usage("a1", QUEUES, 3, 3, 0);
        let reported = found(&CHECK, &night);
        assert_eq!(reported[0].title, "third-party app `Vendor` holds 1 scope that it does not use (dev)");
        assert_eq!(reported[0].fix, "authorize `Vendor` in dev without `users`");
        assert_eq!(reported[0].severity, Severity::Medium);
        night.scopes_enforced = Some(false);
        assert_eq!(found(&CHECK, &night)[0].severity, Severity::Info);
    }

    #[test]
    fn scope_that_writes_where_calls_only_read_is_reported() {
        let mut night = Night::new();
        night.app("a1", "Vendor", AppState::Authorized, &["routing"]).usage("a1", QUEUES, 3, 3, 0);
        let reported = found(&CHECK, &night);
        assert!(reported[0].facts.contains("`routing`: its calls need `routing:readonly` alone"), "{reported:?}");
    }

    #[test]
    fn call_with_unpublished_scopes_is_reported_as_info() {
        let mut night = Night::new();
        night.app("a1", "Vendor", AppState::Authorized, &["routing:readonly", "users"]).usage("a1", QUEUES, 3, 3, 0);
        night.usage("a1", "GET /api/v2/nowhere/at/all", 3, 3, 0);
        let reported = found(&CHECK, &night);
        assert_eq!((reported[0].severity, reported[0].basis.settled), (Severity::Info, false));
    }

    #[test]
    fn app_with_just_what_it_uses_a_young_one_and_an_idle_one_are_not_reported() {
        let mut night = Night::new();
        night.app("a1", "Exact", AppState::Authorized, &["routing:readonly"]).usage("a1", QUEUES, 3, 3, 0);
        night.app("a2", "Idle", AppState::Authorized, &["users"]);
        night.app("a3", "Young", AppState::Authorized, &["routing:readonly", "users"]).usage("a3", QUEUES, 3, 3, 0);
        night.snapshot.apps[2].created = "2026-11-01T00:00:00Z".parse().ok();
        night.app("a4", "Revoked", AppState::Revoked, &["routing:readonly", "users"]).usage("a4", QUEUES, 3, 3, 0);
        assert!(found(&CHECK, &night).is_empty());
    }
}
