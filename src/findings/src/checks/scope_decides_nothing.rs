//! `scope.decides-nothing`: scopes that no call is gated by.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, count, label, name_of, named, names, org_name, subject};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::cross::Principal;
use rolecall_base::coverage::Listing;
use rolecall_base::scope::Scope;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "scope.decides-nothing",
    title: "Scopes that decide nothing",
    what: "Scopes of client-credentials clients, which the platform passes over, and the scopes of all clients in orgs of which the configuration says that they are not enforced.",
    why: "They look like a limit and are none: a client-credentials client is gated by its roles alone, and without enforcement an app may do whatever its user may.",
    remedy: "For client credentials limit the roles and divisions; for the org turn \"Enforce Scopes\" on once the clients have the scopes that they need.",
    severity: Severity::Info,
    reference: "The platform documents that scopes only apply to clients not using client credentials; no API field tells whether an org enforces them, hence `scopes_enforced`.",
    notes: "One finding for each client-credentials client with scopes (`info`), and one for an org that does not enforce scopes, with the clients that have some (`low`). Where the configuration does not say whether scopes are enforced, nothing is reported for the org.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let principals = || org.map.principals().iter();
        found.extend(principals().filter(|one| one.is_machine()).filter_map(|one| machine(org, one)));
        if org.map.scopes_enforced == Some(false) {
            let clients: Vec<(&Principal, &[Scope])> = principals()
                .filter(|one| one.acts_for_users())
                .filter_map(|one| Some((one, scopes_of(org, one)?)))
                .collect();
            found.extend(whole_org(org, &clients));
        }
    }
}

/// The scopes of a client; `None` where it has none or they were not reported.
fn scopes_of<'e>(org: &'e OrgEvidence<'_>, principal: &Principal) -> Option<&'e [Scope]> {
    org.map.client(principal)?.scopes.as_deref().filter(|scopes| !scopes.is_empty())
}

fn machine(org: &OrgEvidence<'_>, principal: &Principal) -> Option<Found> {
    let scopes = scopes_of(org, principal)?;
    let roles = org.map.grants_of(principal).len();
    Some(Found {
        severity: META.severity,
        org: org_name(org),
        subject: subject(principal),
        cause: BTreeSet::new(),
        title: format!("the scopes of {} decide nothing: roles alone gate client credentials", label(principal)),
        detail: format!(
            "It has {}, which the platform passes over; its {} decide.",
            count(scopes.len(), "scope", "scopes"),
            count(roles, "grant of a role", "grants of roles")
        ),
        fix: format!(
            "remove the scopes from {} in {}, and limit its roles and divisions where a limit was meant",
            label(principal),
            org_name(org)
        ),
        facts: BTreeSet::from([format!("scopes {}", list(scopes))]),
        basis: Basis::SETTLED,
    })
}

fn whole_org(org: &OrgEvidence<'_>, clients: &[(&Principal, &[Scope])]) -> Option<Found> {
    if clients.is_empty() {
        return None;
    }
    Some(Found {
        severity: Severity::Low,
        org: org_name(org),
        subject: named("org", org_name(org)),
        cause: BTreeSet::from(["not enforced".to_owned()]),
        title: format!(
            "{} does not enforce scopes: those of {} decide nothing",
            org_name(org),
            count(clients.len(), "client", "clients")
        ),
        detail: "The configuration says `scopes_enforced = false`: each of these clients may do whatever its user may."
            .to_owned(),
        fix: format!(
            "turn on \"Enforce Scopes\" in {} once the clients have the scopes that they need, then set `scopes_enforced = true`",
            org_name(org)
        ),
        facts: clients.iter().map(|(one, scopes)| format!("`{}`: {}", name_of(one), list(scopes))).collect(),
        basis: Basis::SETTLED,
    })
}

fn list(scopes: &[Scope]) -> String {
    let sorted: BTreeSet<&str> = scopes.iter().map(Scope::as_str).collect();
    names(sorted, 20)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::oauth_client::GrantType;

    fn night(enforced: Option<bool>) -> Night {
        let mut night = Night::new();
        night.user_client("c1", "Robot", GrantType::ClientCredentials, &["routing"]);
        night.user_client("c2", "Desktop", GrantType::Code, &["routing"]).client("c3", "Plain", &[]);
        night.scopes_enforced = enforced;
        night
    }

    #[test]
    fn scopes_of_client_credentials_decide_nothing_whatever_the_org_does() {
        for enforced in [None, Some(true)] {
            let reported = found(&CHECK, &night(enforced));
            assert_eq!(
                (reported.len(), reported[0].subject.id.as_str(), reported[0].severity),
                (1, "c1", Severity::Info)
            );
            assert_eq!(
                reported[0].title,
                "the scopes of OAuth client `Robot` decide nothing: roles alone gate client credentials"
            );
        }
    }

    #[test]
    fn org_without_enforcement_is_one_finding_with_its_clients() {
        let reported = found(&CHECK, &night(Some(false)));
        assert_eq!(reported.len(), 2);
        assert_eq!(reported[0].title, "dev does not enforce scopes: those of 1 client decide nothing");
        assert_eq!(reported[0].facts.first().unwrap(), "`Desktop`: `routing`");
        assert_eq!(reported[0].severity, Severity::Low);
    }

    #[test]
    fn client_without_scopes_is_fine() {
        let mut night = Night::new();
        night.client("c1", "Robot", &[]).user_client("c2", "Portal", GrantType::Code, &[]);
        night.scopes_enforced = Some(false);
        assert!(found(&CHECK, &night).is_empty());
    }
}
