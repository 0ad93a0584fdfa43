//! `hygiene.redirect-uri`: a client may send people, with what opens the door, to a place that nobody guards.

use std::collections::BTreeSet;

use url::{Host, Url};

use crate::check::{Check, CheckMeta, Found, Reads, client_label, client_subject, count, org_name};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Basis;
use crate::parameters::{Globs, Parameter};
use crate::severity::Severity;
use rolecall_base::coverage::Listing;
use rolecall_base::oauth_client::{GrantType, OauthClient};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "hygiene.redirect-uri",
    title: "Redirect address that nobody guards",
    what: "Redirect addresses of OAuth clients that are not https, and in production those that lead to the user's own machine.",
    why: "After the login the user's browser carries a code or a token to this address: over plain http everybody on the way can read it, and what listens on the user's own machine may be another program.",
    remedy: "Register https addresses; give developers a client of their own in another org.",
    severity: Severity::Medium,
    reference: "`registeredRedirectUri` of `GET /api/v2/oauth/clients`; RFC 9700, section 2.1, and RFC 8252, section 7, on loopback and private schemes.",
    notes: "Severity: `medium`; `low` where the only fault is a scheme of an app's own (`myapp:`), which RFC 8252 allows for native apps with PKCE, or an address that is none. Plain http to loopback is meant for native apps and developers, and is reported in production only. Clients on client credentials redirect nobody: what is registered there is not looked at.",
    parameters: &PARAMETERS,
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients]),
    ..CheckMeta::PLAIN
};

static PRODUCTION: Globs = Globs {
    key: "production",
    what: "Which orgs are production: globs over their `environment`, or their name where they have none.",
    default: &["prod*", "live*"],
};

static PARAMETERS: [Parameter; 1] = [Parameter::Globs(&PRODUCTION)];

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    let production = evidence.parameters.globs(META.id, &PRODUCTION);
    for org in &evidence.orgs {
        let named = &org.map.snapshot.org;
        let environment = if named.environment.trim().is_empty() { &named.name } else { &named.environment };
        let in_production = production.is_match(environment.trim());
        let clients = org.map.snapshot.oauth_clients.iter();
        found.extend(clients.filter_map(|client| describe(org, client, in_production)));
    }
}

fn describe(org: &OrgEvidence<'_>, client: &OauthClient, in_production: bool) -> Option<Found> {
    if client.grant_type == GrantType::ClientCredentials {
        return None;
    }
    let faults: Vec<(&str, Fault)> =
        client.redirect_uris.iter().filter_map(|uri| Some((uri.as_str(), fault(uri, in_production)?))).collect();
    let severity = faults.iter().map(|(_, fault)| fault.severity()).max()?;
    let number = count(faults.len(), "address", "addresses");
    let hosted = in_production && faults.iter().any(|(_, fault)| *fault == Fault::OwnMachine);
    Some(Found {
        severity,
        org: org_name(org),
        subject: client_subject(client),
        cause: BTreeSet::new(),
        title: format!("{} redirects to {number} without protection ({})", client_label(client), org_name(org)),
        detail: if hosted {
            format!("Its org is production by `{}`.", PRODUCTION.key)
        } else {
            "The login sends its codes and tokens there.".to_owned()
        },
        fix: format!(
            "replace the addresses listed below at {} in {} by https ones, or remove those that are not used",
            client_label(client),
            org_name(org)
        ),
        facts: faults.iter().map(|(uri, fault)| format!("{uri}: {}", fault.words())).collect(),
        basis: Basis::SETTLED,
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Plain,
    OwnMachine,
    OwnScheme,
    NoAddress,
}

impl Fault {
    fn severity(self) -> Severity {
        match self {
            Self::Plain | Self::OwnMachine => META.severity,
            Self::OwnScheme | Self::NoAddress => Severity::Low,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Plain => "plain http, readable on its way",
            Self::OwnMachine => "the user's own machine, in production",
            Self::OwnScheme => "a scheme of an app's own, which another app can claim as well",
            Self::NoAddress => "no absolute address",
        }
    }
}

fn fault(uri: &str, in_production: bool) -> Option<Fault> {
    let Ok(url) = Url::parse(uri.trim()) else { return Some(Fault::NoAddress) };
    match (url.scheme(), is_own_machine(&url)) {
        ("http" | "https", true) => in_production.then_some(Fault::OwnMachine),
        ("https", false) => None,
        ("http", false) => Some(Fault::Plain),
        _ => Some(Fault::OwnScheme),
    }
}

fn is_own_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => {
            let mapped = address.to_ipv4_mapped();
            address.is_loopback() || address.is_unspecified() || mapped.is_some_and(|address| address.is_loopback())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Value;
    use crate::testing::{Night, found};

    fn night(environment: &str, uris: &[&str]) -> Night {
        let mut night = Night::new();
        night.snapshot.org.environment = environment.to_owned();
        night.user_client("c1", "Web", GrantType::Code, &["routing"]);
        night.snapshot.oauth_clients[0].redirect_uris = uris.iter().map(|uri| (*uri).to_owned()).collect();
        night
    }

    fn facts(night: &Night) -> Vec<String> {
        found(&CHECK, night).into_iter().flat_map(|one| one.facts).collect()
    }

    #[test]
    fn plain_http_is_reported_everywhere_and_the_own_machine_in_production() {
        let uris = [
            "http://app.example.com/cb",
            "HTTP://127.1:8080/",
            "https://localhost/unused",
            "https://fine.example.com/",
        ];
        assert_eq!(facts(&night("dev", &uris)), ["http://app.example.com/cb: plain http, readable on its way"]);
        for environment in ["prod", "Production EU", "LIVE"] {
            let reported = facts(&night(environment, &uris));
            assert_eq!(reported.len(), 3, "{environment}: {reported:?}");
            assert!(reported.contains(&"https://localhost/unused: the user's own machine, in production".to_owned()));
        }
        let mut night = night("eu-west", &["http://[::1]/"]);
        night.parameters.set(META.id, "production", Value::Globs(vec!["EU-*".to_owned()]));
        assert_eq!(
            found(&CHECK, &night)[0].title,
            "OAuth client `Web` redirects to 1 address without protection (dev)"
        );
    }

    #[test]
    fn name_of_the_org_stands_in_for_an_environment_that_is_not_given() {
        let mut night = night("", &["http://localhost:3000/"]);
        assert!(facts(&night).is_empty());
        night.snapshot.org.name = "prod".to_owned();
        assert_eq!(facts(&night).len(), 1);
    }

    #[test]
    fn scheme_of_an_app_and_what_is_no_address_weigh_little() {
        let found = found(&CHECK, &night("prod", &["com.example.app:/cb", "callback"]));
        assert_eq!((found.len(), found[0].severity), (1, Severity::Low));
    }

    #[test]
    fn guarded_address_and_what_a_machine_client_registered_are_not_reported() {
        assert!(facts(&night("prod", &["https://app.example.com/callback", "https://10.0.0.1/"])).is_empty());
        let mut night = night("prod", &["http://app.example.com/"]);
        night.snapshot.oauth_clients[0].grant_type = GrantType::ClientCredentials;
        assert!(facts(&night).is_empty());
    }
}
