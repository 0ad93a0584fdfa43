//! `app.third-party-power`: an app that others run can use dangerous permissions.

use std::collections::BTreeSet;

use crate::apps::{Reached, app_subject, foreign_apps, kind_words, reached};
use crate::check::{Check, CheckMeta, Found, Reads, count, names, org_name, settled_by};
use crate::evidence::{Evidence, OrgEvidence};
use crate::severity::Severity;
use crate::weighing::Weighed;
use rolecall_base::app::{App, AppKind};
use rolecall_base::coverage::Listing;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "app.third-party-power",
    title: "Third-party app with dangerous reach",
    what: "Authorized third-party apps whose scopes open calls that need a dangerous permission which somebody in the org holds, or whose own roles give one.",
    why: "The app's secret, code and people are outside the org: whoever takes the app over acts with the rights of everybody who logs in with it.",
    remedy: "Ask the vendor which scopes the app needs, authorize it for these alone, and revoke what nobody uses.",
    severity: Severity::High,
    reference: "`GET /api/v2/oauth/authorizations`; docs/power.md explains the catalogue of dangerous permissions.",
    notes: "One finding for each app. Severity: that of the worst permission in the catalogue; one step down where the app acts only for a user who holds the permission, and where it can only read by it; one step up because somebody else runs the app, which is why a third-party app weighs more than an own client. An operation counts where every caller needs the dangerous permission. Built-in apps and own clients are left out. Needs `collect.third_party_apps`.",
    reads: Reads::Lists(LISTS),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

const LISTS: &[Listing] = &[
    Listing::OwnGrants,
    Listing::OauthClients,
    Listing::ThirdPartyApps,
    Listing::Roles,
    Listing::RoleGrants,
    Listing::Permissions,
];

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let acting = foreign_apps(org).filter(|(app, _)| app.can_act() != Some(false));
        found.extend(acting.filter_map(|(app, kind)| report(org, app, kind)));
    }
}

fn report(org: &OrgEvidence<'_>, app: &App, kind: AppKind) -> Option<Found> {
    let all = reached(org, app);
    // What only reads weighs less, so that the worst in the catalogue need not be the worst of all.
    let (worst, weighed) =
        all.iter().map(|one| (one, weigh(app, one))).reduce(|a, b| if b.1.severity > a.1.severity { b } else { a })?;
    let name = app.display_name();
    let org_label = org_name(org);
    let mut facts: BTreeSet<String> = all
        .iter()
        .map(|one| {
            let through: Vec<&str> = one.through.iter().map(String::as_str).collect();
            format!("{} [{} {}] by {}", one.permission, one.entry.class, one.entry.severity, through.join(", "))
        })
        .collect();
    facts.insert(format!("severity: {}", weighed.steps.join("; ")));
    let scopes: Vec<String> = app.scopes.iter().flatten().map(ToString::to_string).collect();
    if !scopes.is_empty() {
        facts.insert(format!("scopes {}", names(scopes.iter().map(String::as_str), 10)));
    }
    let mut detail = format!(
        "It can use {}; the worst is `{}`: {}",
        count(all.len(), "dangerous permission", "dangerous permissions"),
        worst.permission,
        worst.entry.reason
    );
    if app.can_act().is_none() {
        detail.push_str(" The state of its authorization is not known.");
    }
    let state_known = app.can_act().is_some() && kind == AppKind::ThirdParty;
    let mut basis = settled_by(&org.map.snapshot.coverage, LISTS);
    basis.settled &= state_known;
    Some(Found {
        severity: weighed.severity,
        title: format!("{} `{name}` can use `{}` ({org_label})", kind_words(kind), worst.permission),
        org: org_label.clone(),
        subject: app_subject(app),
        cause: BTreeSet::new(),
        detail,
        fix: format!("authorize `{name}` in {org_label} for the scopes that it needs alone, or revoke it"),
        facts,
        basis,
    })
}

fn weigh(app: &App, one: &Reached<'_>) -> Weighed {
    let mut weighed = Weighed::of(one.entry.severity);
    if one.through.iter().all(|through| !through.starts_with("role ")) && app.acts_for_users() {
        weighed.step(-1, "acts only for a user who holds the permission");
    }
    if one.reads_only {
        weighed.step(-1, "only reads");
    }
    weighed.step(1, "somebody else runs the app");
    weighed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::app::AppState;

    fn night() -> Night {
        let mut night = Night::new();
        night.role("r1", "Admin", &["authorization:grant:add", "routing:queue:view"]);
        night.user("u1", "Ada", false, &[("r1", "*")]);
        night
    }

    #[test]
    fn app_whose_scope_opens_a_dangerous_call_is_reported() {
        let mut night = night();
        night.app("a1", "Vendor", AppState::Authorized, &["authorization"]);
        let found = found(&CHECK, &night);
        assert_eq!(found[0].title, "third-party app `Vendor` can use `authorization:grant:add` (dev)");
        assert_eq!(found[0].severity, Severity::Critical);
        assert!(found[0].basis.settled);
        assert!(found[0].facts.iter().any(|fact| fact.contains("by scope `authorization`")), "{found:?}");
    }

    #[test]
    fn app_that_acts_as_itself_is_reported_by_its_roles() {
        let mut night = night();
        night.app("a1", "Vendor", AppState::Authorized, &[]);
        night.snapshot.apps[0].grant_type = rolecall_base::oauth_client::GrantType::ClientCredentials;
        night.snapshot.apps[0].roles = Some(vec!["Admin".to_owned()]);
        assert!(found(&CHECK, &night)[0].facts.iter().any(|fact| fact.contains("by role `Admin`")));
    }

    #[test]
    fn app_of_an_org_without_enforced_scopes_is_reported_whatever_its_scopes() {
        let mut night = night();
        night.app("a1", "Vendor", AppState::Authorized, &["routing:readonly"]);
        assert!(found(&CHECK, &night).is_empty());
        night.scopes_enforced = Some(false);
        assert_eq!(found(&CHECK, &night).len(), 1);
    }

    #[test]
    fn app_of_an_unknown_state_or_kind_is_reported_as_unsettled() {
        let mut night = night();
        night.app("a1", "Vendor", AppState::Other("Suspended".to_owned()), &["authorization"]);
        assert!(!found(&CHECK, &night)[0].basis.settled);
        night.snapshot.apps[0].state = AppState::Authorized;
        night.unread(Listing::OauthClients);
        assert!(!found(&CHECK, &night)[0].basis.settled);
    }

    #[test]
    fn harmless_built_in_own_and_revoked_apps_are_not_reported() {
        let mut night = night();
        night.app("a1", "Harmless", AppState::Authorized, &["routing"]);
        night.app("a2", "Revoked", AppState::Revoked, &["authorization"]);
        night.app("a3", "Asked for", AppState::Requested, &["authorization"]);
        night.app("a4", "Console", AppState::Authorized, &["authorization"]);
        night.snapshot.apps[3].redirect_uris = vec!["https://apps.mypurecloud.ie/".to_owned()];
        night.app("a5", "Own", AppState::Authorized, &["authorization"]);
        night.user_client("a5", "Own", rolecall_base::oauth_client::GrantType::Code, &["authorization"]);
        night.app("a6", "Pending", AppState::Authorized, &["authorization"]);
        night.snapshot.apps[5].pending = Some(true);
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn scope_for_a_permission_that_nobody_holds_is_not_reported() {
        let mut night = Night::new();
        night.app("a1", "Vendor", AppState::Authorized, &["authorization"]);
        assert!(found(&CHECK, &night).is_empty());
    }
}
