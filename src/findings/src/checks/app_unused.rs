//! `app.unused`: an authorized third-party app makes no call.

use std::collections::BTreeSet;

use crate::apps::{app_subject, foreign_apps, kind_words, observed, reached, weigh_idle};
use crate::check::{Check, CheckMeta, Found, Reads, names, org_name, settled_by};
use crate::evidence::{Evidence, OrgEvidence};
use crate::severity::Severity;
use crate::unused::{SEASONS, Window};
use rolecall_base::app::{App, AppKind};
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "app.unused",
    title: "Third-party app that nobody uses",
    what: "Authorized third-party apps without a single call in the usage window; not reported for apps that were authorized or changed within the window, nor where the usage data was not read completely.",
    why: "It stays a way in for whoever runs it, and nobody in the org would notice a call.",
    remedy: "Ask who had it authorized, and revoke it; it can be authorized again.",
    severity: Severity::Medium,
    reference: "`GET /api/v2/oauth/authorizations` beside the usage data, which leave out embedded clients and outbound data actions.",
    notes: "One finding for each app. Severity: `medium`, one step more than for an own client; `high` where its scopes or roles reach a permission that the catalogue calls critical. An app that is refused in all its calls is used. Built-in apps are left out. Needs `collect.third_party_apps` and `needs.observed_days`.",
    reads: Reads::Lists(LISTS),
    ..CheckMeta::PLAIN
};

const LISTS: &[Listing] = &[Listing::OwnGrants, Listing::OauthClients, Listing::ThirdPartyApps, Listing::Usage];

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let Some(window) = Window::of(org) else { continue };
        let idle = foreign_apps(org).filter(|(app, _)| {
            app.can_act() == Some(true)
                && !window.is_young(app.created)
                && !window.is_young(app.modified)
                && observed(org, app).next().is_none()
        });
        found.extend(idle.map(|(app, kind)| report(org, app, kind, window)));
    }
}

fn report(org: &OrgEvidence<'_>, app: &App, kind: AppKind, window: Window) -> Found {
    let (name, org_label) = (app.display_name(), org_name(org));
    let scopes: Vec<String> = app.scopes.iter().flatten().map(ToString::to_string).collect();
    let mut facts = BTreeSet::from([match app.created {
        Some(at) => format!("authorization made {}", at.strftime("%Y-%m-%d")),
        None => "when the authorization was made is not known".to_owned(),
    }]);
    if !scopes.is_empty() {
        facts.insert(format!("scopes {}", names(scopes.iter().map(String::as_str), 10)));
    }
    let mut basis = settled_by(&org.map.snapshot.coverage, LISTS);
    // An authorization without a date may be new.
    basis.settled &= app.created.is_some() && kind == AppKind::ThirdParty;
    Found {
        severity: weigh_idle(&reached(org, app)),
        title: format!("{} `{name}` is authorized and unused ({org_label})", kind_words(kind)),
        org: org_label.clone(),
        subject: app_subject(app),
        cause: BTreeSet::new(),
        detail: format!(
            "No call in {window}. The usage data leave out embedded clients and outbound data actions; {SEASONS}."
        ),
        fix: format!("revoke the authorization of `{name}` in {org_label}, after asking who had it authorized"),
        facts,
        basis,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::app::AppState;

    const QUEUES: &str = "GET /api/v2/routing/queues";

    #[test]
    fn authorized_app_without_a_call_is_reported() {
        let mut night = Night::new();
        night.app("a1", "Idle", AppState::Authorized, &["routing"]).usage("other", QUEUES, 1, 1, 0);
        let found = found(&CHECK, &night);
        assert_eq!(found[0].title, "third-party app `Idle` is authorized and unused (dev)");
        assert_eq!((found[0].severity, found[0].basis.settled), (Severity::Medium, true));
    }

    #[test]
    fn unused_app_with_critical_reach_is_reported_as_high() {
        let mut night = Night::new();
        night.role("r1", "Admin", &["authorization:grant:add"]).user("u1", "Ada", false, &[("r1", "*")]);
        night.app("a1", "Idle", AppState::Authorized, &["authorization"]).usage("other", QUEUES, 1, 1, 0);
        assert_eq!(found(&CHECK, &night)[0].severity, Severity::High);
    }

    #[test]
    fn used_young_revoked_apps_and_unread_usage_are_not_reported() {
        let mut night = Night::new();
        night.app("a1", "Busy", AppState::Authorized, &["routing"]).usage("a1", QUEUES, 1, 0, 1);
        night.app("a2", "Young", AppState::Authorized, &["routing"]);
        night.snapshot.apps[1].created = "2026-11-01T00:00:00Z".parse().ok();
        night.app("a3", "Changed", AppState::Authorized, &["routing"]);
        night.snapshot.apps[2].modified = "2026-11-01T00:00:00Z".parse().ok();
        night.app("a4", "Revoked", AppState::Revoked, &["routing"]);
        assert!(found(&CHECK, &night).is_empty());
        night.app("a5", "Idle", AppState::Authorized, &["routing"]);
        assert_eq!(found(&CHECK, &night).len(), 1);
        night.snapshot.usage.as_mut().unwrap().complete = false;
        assert!(found(&CHECK, &night).is_empty());
        night.snapshot.usage = None;
        assert!(found(&CHECK, &night).is_empty());
    }
}
