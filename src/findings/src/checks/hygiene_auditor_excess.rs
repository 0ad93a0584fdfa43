//! `hygiene.auditor-excess`: the auditor's own client can do more than read what it audits.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, count, label, names, org_name, settled_by, subject};
use crate::danger;
use crate::evidence::{Evidence, OrgEvidence};
use crate::severity::Severity;
use crate::weighing;
use rolecall_access::cross::PrincipalKind;
use rolecall_base::auditor::{CAN_CHANGE, NEEDS};
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::permission::Permission;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "hygiene.auditor-excess",
    title: "Auditor holds more than it needs",
    what: "Permissions of the OAuth client that Rolecall itself logs in with that none of its calls asks for.",
    why: "Its secret lies where the nightly job runs, and it is used every night: it should open nothing but what is read.",
    remedy: "Give the client one role with the permissions that docs/collector.md lists, and no other.",
    severity: Severity::Low,
    reference: "docs/collector.md lists every call of the collector with the permission that it needs.",
    notes: "Severity: `low`; `medium` where one of them is a dangerous permission of severity high, `high` where it is a critical one. A list that the configuration does not ask for may be asked for tomorrow: its permission is not excess. The exception is `oauth:client:authorize`, which can also approve apps: it is excess unless `collect.third_party_apps` is on. Where one of several permissions is enough for a call, the first of them that the client holds is needed and the others are not.",
    reads: Reads::Lists(LISTS),
    ..CheckMeta::PLAIN
};

const LISTS: &[Listing] =
    &[Listing::OwnGrants, Listing::OauthClients, Listing::Roles, Listing::RoleGrants, Listing::Permissions];

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    found.extend(evidence.orgs.iter().filter_map(describe));
}

fn describe(org: &OrgEvidence<'_>) -> Option<Found> {
    let map = &org.map;
    let auditor =
        map.principals().iter().find(|one| one.kind == PrincipalKind::OauthClient && map.is_auditor(&one.id))?;
    let held = map.holdings_of(auditor)?.at_all.ones();
    let held: BTreeSet<&Permission> = held.filter_map(|number| map.rights.index.names().get(number)).collect();
    let holds = |name: &str| held.contains(&Permission::new(name));
    let asked = |listing: Listing| listing != CAN_CHANGE || map.snapshot.coverage.seen(listing) != Seen::NotAsked;
    let needs = NEEDS.iter().filter(|need| asked(need.listing));
    let needed: BTreeSet<&str> =
        needs.filter_map(|need| need.any_of.iter().copied().find(|name| holds(name))).collect();
    let excess: Vec<&Permission> = held.into_iter().filter(|name| !needed.contains(name.as_str())).collect();
    if excess.is_empty() {
        return None;
    }
    let worst = excess.iter().filter_map(|name| danger::catalogue().worst(name.as_str())).map(|entry| entry.severity);
    let severity = match worst.max() {
        Some(Severity::Critical) => Severity::High,
        Some(Severity::High) => Severity::Medium,
        Some(Severity::Medium | Severity::Low | Severity::Info) | None => META.severity,
    };
    let mut changing: Vec<&str> =
        excess.iter().map(|name| name.as_str()).filter(|name| !name.ends_with(":view")).collect();
    changing.sort_by_key(|name| (danger::catalogue().worst(name).is_none(), *name));
    let among = match changing.len() {
        0 => "All of them only show things.".to_owned(),
        n => format!("Not just to look: {n}, among them {}.", names(changing, 5)),
    };
    Some(Found {
        severity,
        org: org_name(org),
        subject: subject(auditor),
        cause: BTreeSet::new(),
        title: format!(
            "{}, the auditor's own, holds {} that it does not need",
            label(auditor),
            count(excess.len(), "permission", "permissions")
        ),
        detail: among,
        fix: format!(
            "grant {} in {} one role with the permissions that docs/collector.md lists, and no other",
            label(auditor),
            org_name(org)
        ),
        facts: excess.iter().map(|name| fact(org, auditor, name)).collect(),
        basis: settled_by(&map.snapshot.coverage, LISTS),
    })
}

fn fact(org: &OrgEvidence<'_>, auditor: &rolecall_access::cross::Principal, permission: &Permission) -> String {
    let roles = weighing::via_roles(org, auditor, permission);
    let risk = danger::catalogue().risk(permission.as_str());
    let risk = if risk.is_empty() { String::new() } else { format!(" [{risk}]") };
    format!("{permission}{risk} via {}", names(roles.iter().map(String::as_str), 5))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn permission_that_no_call_of_the_collector_asks_for_is_reported_and_weighed() {
        let mut night = Night::new();
        night.role("r1", "Audit", &["authorization:role:view", "routing:queue:view"]);
        night.role("r2", "Admin", &["directory:organization:admin", "authorization:settings:view"]);
        night.client("auditor", "Auditor", &[("r1", "*")]);
        let reported = found(&CHECK, &night);
        assert_eq!(
            reported[0].title,
            "OAuth client `Auditor`, the auditor's own, holds 1 permission that it does not need"
        );
        assert_eq!(
            (reported[0].severity, reported[0].detail.as_str()),
            (Severity::Low, "All of them only show things.")
        );
        assert_eq!(reported[0].facts.iter().collect::<Vec<_>>(), ["routing:queue:view via `Audit`"]);
        night.role("r4", "Apps", &["oauth:client:authorize"]).snapshot.oauth_clients.clear();
        night.client("auditor", "Auditor", &[("r4", "*")]);
        night.snapshot.coverage.listings.get_mut(&Listing::ThirdPartyApps).unwrap().seen = Seen::NotAsked;
        let apps = found(&CHECK, &night);
        assert!(apps[0].facts.iter().any(|fact| fact.starts_with("oauth:client:authorize")), "{apps:?}");
        night.role("r3", "Master", &["oauth:client:edit"]);
        night.snapshot.oauth_clients.clear();
        night.client("auditor", "Auditor", &[("r2", "*"), ("r3", "*")]);
        let reported = found(&CHECK, &night);
        assert_eq!(reported[0].severity, Severity::High);
        assert!(reported[0].facts.iter().any(|fact| fact.starts_with("directory:organization:admin")), "{reported:?}");
    }

    #[test]
    fn auditor_with_the_least_and_one_that_is_not_in_the_list_are_not_reported() {
        let mut night = Night::new();
        let least: Vec<&str> = rolecall_base::auditor::least_permissions(false).iter().map(|(name, _)| *name).collect();
        night.role("r1", "Audit", &least).role("r2", "Admin", &["oauth:client:edit"]);
        night.client("auditor", "Auditor", &[("r1", "*")]).client("c1", "Robot", &[("r2", "*")]);
        assert!(found(&CHECK, &night).is_empty());
        night.role("r3", "Apps", &["oauth:client:authorize"]).snapshot.oauth_clients.clear();
        night.client("auditor", "Auditor", &[("r1", "*"), ("r3", "*")]);
        assert!(found(&CHECK, &night).is_empty(), "third-party apps were asked for");
        night.snapshot.org.auditor = rolecall_base::id::ClientId::new("elsewhere");
        assert!(found(&CHECK, &night).is_empty());
        let mut alternative = Night::new();
        alternative.role("r1", "Audit", &["directory:organization:admin"]);
        alternative.client("auditor", "Auditor", &[("r1", "*")]);
        assert!(found(&CHECK, &alternative).is_empty(), "it is what the settings ask for");
    }
}
