//! `grant.discouraged`: a client is given people's passwords.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, client_label, client_subject, org_name};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_base::coverage::Listing;
use rolecall_base::oauth_client::{ClientState, GrantType};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "grant.discouraged",
    title: "Client on the password grant",
    what: "OAuth clients with the grant type PASSWORD.",
    why: "The program is given the user's name and password: it can do whatever the user can, in every app, no second factor can stand in between, and the password must be kept somewhere.",
    remedy: "Move the app to the authorization code grant with PKCE (CODE), or to client credentials where no user is meant.",
    severity: Severity::Medium,
    reference: "`authorizedGrantType` of `GET /api/v2/oauth/clients`; the login service's own metadata (`/.well-known/oauth-authorization-server`) lists authorization_code, client_credentials, refresh_token and saml2-bearer only.",
    notes: "Severity: `medium`; `low` for a client that is not active. The platform has published no date on which this grant ends. The implicit grant, which has one, is reported by `grant.implicit`.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        for client in org.map.snapshot.oauth_clients.iter().filter(|one| one.grant_type == GrantType::Password) {
            found.push(Found {
                severity: if client.state == ClientState::Active { META.severity } else { Severity::Low },
                org: org_name(org),
                subject: client_subject(client),
                cause: BTreeSet::new(),
                title: format!("{} uses the password grant ({})", client_label(client), org_name(org)),
                detail:
                    "Its grant type is PASSWORD. The platform's login service does not list this grant among those \
                         that it supports; no date for its end is published."
                        .to_owned(),
                fix: format!(
                    "move {} in {} to the authorization code grant with PKCE, or to client credentials where no user logs in",
                    client_label(client),
                    org_name(org)
                ),
                facts: BTreeSet::from([format!("state {}", client.state.as_str())]),
                basis: Basis::SETTLED,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn client_on_password_is_reported_and_weighs_less_when_it_is_switched_off() {
        let mut night = Night::new();
        night.user_client("c1", "Callback", GrantType::Password, &["routing"]);
        night.user_client("c2", "Old", GrantType::Password, &["routing"]);
        night.snapshot.oauth_clients[1].state = ClientState::Inactive;
        let found = found(&CHECK, &night);
        let seen: Vec<_> = found.iter().map(|one| (one.severity, one.title.as_str())).collect();
        assert_eq!(
            seen,
            [
                (Severity::Medium, "OAuth client `Callback` uses the password grant (dev)"),
                (Severity::Low, "OAuth client `Old` uses the password grant (dev)")
            ]
        );
    }

    #[test]
    fn other_grants_and_one_that_is_not_stated_are_not_reported() {
        let mut night = Night::new();
        night.client("c1", "Robot", &[]).user_client("c2", "Web", GrantType::Code, &[]);
        night.user_client("c3", "Desktop", GrantType::Token, &[]).user_client(
            "c4",
            "Sync",
            GrantType::Saml2Bearer,
            &[],
        );
        night.user_client("c5", "Odd", GrantType::NotStated, &[]);
        assert!(found(&CHECK, &night).is_empty());
    }
}
