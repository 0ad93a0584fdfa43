//! `grant.implicit`: a client obtains its tokens by the implicit grant.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, client_label, client_subject, org_name};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_base::coverage::Listing;
use rolecall_base::oauth_client::{ClientState, GrantType};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "grant.implicit",
    title: "Client on the implicit grant",
    what: "OAuth clients with the grant type TOKEN (implicit).",
    why: "The token stands in the address of a browser, where histories and extensions see it; the platform has deprecated this grant, and it ends in 2027.",
    remedy: "Move the app to the authorization code grant with PKCE (CODE).",
    severity: Severity::Medium,
    reference: "`authorizedGrantType` of `GET /api/v2/oauth/clients`.",
    notes: "Severity: `medium`; `low` for a client that is not active. The dates are those of the platform's announcement: from March 2026 on the grant is no longer offered for new clients, by March 2027 all existing ones must have moved. Other discouraged grants are reported by `grant.discouraged`.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        for client in org.map.snapshot.oauth_clients.iter().filter(|one| one.grant_type == GrantType::Token) {
            let mut facts = BTreeSet::from([format!("state {}", client.state.as_str())]);
            facts.extend(client.redirect_uris.iter().map(|address| format!("redirects to {address}")));
            found.push(Found {
                severity: if client.state == ClientState::Active { META.severity } else { Severity::Low },
                org: org_name(org),
                subject: client_subject(client),
                cause: BTreeSet::new(),
                title: format!("{} uses the implicit grant, which ends in 2027 ({})", client_label(client), org_name(org)),
                detail: "Its grant type is TOKEN (implicit), which the platform has deprecated: it announced that no client can \
                         be made with it from March 2026 on, and that those there are must have moved by March 2027."
                    .to_owned(),
                fix: format!("move {} in {} to the authorization code grant with PKCE", client_label(client), org_name(org)),
                facts,
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
    fn client_on_token_is_reported_and_others_are_not() {
        let mut night = Night::new();
        night.client("c1", "Robot", &[]).user_client("c2", "Desktop", GrantType::Token, &["routing"]);
        night.user_client("c3", "Web", GrantType::Code, &["routing"]);
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].subject.id, "c2");
    }
}
