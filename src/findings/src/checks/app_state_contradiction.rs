//! `app.state-contradiction`: an app that is not authorized makes calls that succeed.

use std::collections::BTreeSet;

use crate::apps::{app_subject, kind_words, observed};
use crate::check::{Check, CheckMeta, Found, Reads, org_name, settled_by};
use crate::evidence::{Evidence, OrgEvidence};
use crate::severity::Severity;
use rolecall_base::app::{App, AppKind, AppState};
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "app.state-contradiction",
    title: "App that works without authorization",
    what: "Third-party and built-in apps whose authorization is revoked, requested, pending or absent, and whose observed calls succeed all the same.",
    why: "Somebody decided, or has yet to decide, that the app may not act here, and it does.",
    remedy: "Find out who uses the app; authorize it for what it needs, or see to it that its tokens are gone and that the org enforces scopes.",
    severity: Severity::Medium,
    reference: "`state` and `pending` of `GET /api/v2/oauth/authorizations` beside the usage data; an org that does not enforce scopes lets apps work without authorization.",
    notes: "One finding for each app. Severity: `medium`; `high` where the authorization of a third-party app was revoked; `low` where it was never given and the configuration says that the org does not enforce scopes. Only calls that succeeded after the day on which the authorization was last changed count; where that day is not known, all do. Needs `collect.third_party_apps` and `needs.observed_days`.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients, Listing::ThirdPartyApps, Listing::Usage]),
    ..CheckMeta::PLAIN
};

const LISTS: &[Listing] = &[Listing::OwnGrants, Listing::OauthClients, Listing::ThirdPartyApps];

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let snapshot = org.map.snapshot;
        let apps = snapshot.apps.iter().filter(|app| app.can_act() == Some(false));
        let apps = apps.map(|app| (app, app.kind(snapshot))).filter(|(_, kind)| *kind != AppKind::Own);
        found.extend(apps.filter_map(|(app, kind)| report(org, app, kind)));
    }
}

fn report(org: &OrgEvidence<'_>, app: &App, kind: AppKind) -> Option<Found> {
    let changed = app.modified.map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).date());
    let rows = observed(org, app).filter(|row| row.status_2xx > 0);
    // On the day of the change itself, the calls may have come before it.
    let rows: Vec<_> =
        rows.filter(|row| changed.is_none_or(|day| row.last_success.is_none_or(|at| at > day))).collect();
    let last = rows.iter().map(|row| row.last_success.unwrap_or(row.last)).max()?;
    let (name, org_label) = (app.display_name(), org_name(org));
    let state = state_words(app);
    let lax = org.map.scopes_enforced == Some(false);
    let severity = match (&app.state, kind.is_foreign()) {
        (AppState::Revoked, true) => Severity::High,
        (AppState::Revoked, false) => META.severity,
        _ if lax => Severity::Low,
        _ => META.severity,
    };
    let why = match (lax, org.map.scopes_enforced) {
        (true, _) => " The org does not enforce scopes, so apps work without authorization.",
        (false, None) => {
            " Where an org does not enforce scopes, apps work without authorization; whether this one does is not known."
        }
        (false, Some(_)) => "",
    };
    let since = changed.map_or_else(
        || "when the authorization was last changed is not known".to_owned(),
        |day| format!("authorization last changed {day}"),
    );
    let mut facts: BTreeSet<String> = rows
        .iter()
        .map(|row| format!("{} {}: {} answered 2xx, last day {}", row.method, row.template, row.status_2xx, row.last))
        .collect();
    facts.insert(since);
    let mut basis = settled_by(&org.map.snapshot.coverage, LISTS);
    basis.settled &= changed.is_some() && kind != AppKind::Unknown;
    Some(Found {
        severity,
        title: format!("{} `{name}` is {state}, and its calls succeed ({org_label})", kind_words(kind)),
        org: org_label.clone(),
        subject: app_subject(app),
        cause: BTreeSet::from([app.state.as_str().to_owned()]),
        detail: format!("Its last successful call was on {last}.{why}"),
        fix: format!(
            "authorize `{name}` in {org_label} for what it needs, or invalidate its tokens and enforce scopes"
        ),
        facts,
        basis,
    })
}

fn state_words(app: &App) -> &'static str {
    match app.state {
        AppState::Revoked => "revoked",
        AppState::Requested => "requested but not authorized",
        AppState::Unauthorized => "not authorized",
        AppState::Authorized | AppState::Other(_) | AppState::NotStated => "pending approval",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    const QUEUES: &str = "GET /api/v2/routing/queues";

    #[test]
    fn revoked_requested_pending_and_unauthorized_apps_in_use_are_reported() {
        let mut night = Night::new();
        for (id, state) in [
            ("a1", AppState::Revoked),
            ("a2", AppState::Requested),
            ("a3", AppState::Unauthorized),
            ("a4", AppState::Authorized),
        ] {
            night.app(id, id, state, &["routing"]).usage(id, QUEUES, 3, 3, 0);
        }
        night.snapshot.apps[3].pending = Some(true);
        let reported = found(&CHECK, &night);
        let seen: Vec<_> = reported.iter().map(|one| (one.severity, one.title.as_str())).collect();
        assert_eq!(
            seen,
            [
                (Severity::High, "third-party app `a1` is revoked, and its calls succeed (dev)"),
                (Severity::Medium, "third-party app `a2` is requested but not authorized, and its calls succeed (dev)"),
                (Severity::Medium, "third-party app `a3` is not authorized, and its calls succeed (dev)"),
                (Severity::Medium, "third-party app `a4` is pending approval, and its calls succeed (dev)"),
            ]
        );
        night.scopes_enforced = Some(false);
        let severities: Vec<_> = found(&CHECK, &night).iter().map(|one| one.severity).collect();
        assert_eq!(severities, [Severity::High, Severity::Low, Severity::Low, Severity::Low]);
    }

    #[test]
    fn calls_before_the_change_refused_calls_and_own_clients_are_not_reported() {
        let mut night = Night::new();
        night.app("a1", "Revoked", AppState::Revoked, &["routing"]).usage("a1", QUEUES, 3, 3, 0);
        night.snapshot.apps[0].modified = "2026-11-19T12:00:00Z".parse().ok();
        night.app("a2", "Refused", AppState::Revoked, &["routing"]).usage("a2", QUEUES, 3, 0, 3);
        night.app("a3", "Own", AppState::Unauthorized, &["routing"]).usage("a3", QUEUES, 3, 3, 0);
        night.user_client("a3", "Own", rolecall_base::oauth_client::GrantType::Code, &["routing"]);
        night.app("a4", "Fine", AppState::Authorized, &["routing"]).usage("a4", QUEUES, 3, 3, 0);
        assert!(found(&CHECK, &night).is_empty());
        night.snapshot.apps[0].modified = "2026-11-18T12:00:00Z".parse().ok();
        assert_eq!(found(&CHECK, &night).len(), 1);
    }
}
