//! `grant.list-disagreement`: a client and its roles do not tell the same grants.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, client_label, client_subject, count, org_name, settled_by};
use crate::evidence::Evidence;
use crate::severity::Severity;
use rolecall_access::cross::AccessMap;
use rolecall_base::coverage::Listing;
use rolecall_base::grant::{GrantSource, Reach};
use rolecall_base::oauth_client::{GrantType, OauthClient};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "grant.list-disagreement",
    title: "Two lists show different grants",
    what: "Grants of client-credentials clients that stand in the client's own list or in the role's list of subjects, but not in both.",
    why: "One of the lists was cut, is late, or is wrong; verdicts count a grant that either of them tells.",
    remedy: "Open the client in the platform's own administration and look; run again if it was changed meanwhile.",
    severity: Severity::Low,
    reference: "`roleDivisions` of `GET /api/v2/oauth/clients` beside `GET /api/v2/authorization/roles/{roleId}/subjectgrants`.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients, Listing::RoleGrants]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        for client in &org.map.snapshot.oauth_clients {
            let facts = differences(&org.map, client);
            if facts.is_empty() {
                continue;
            }
            found.push(Found {
                severity: META.severity,
                org: org_name(org),
                subject: client_subject(client),
                cause: BTreeSet::new(),
                title: format!(
                    "two lists disagree on {} of {}",
                    count(facts.len(), "grant", "grants"),
                    client_label(client)
                ),
                detail: "The client's own list of roles and the roles' lists of subjects differ. The verdicts count \
                         what either of them lists."
                    .to_owned(),
                fix: format!(
                    "look at the roles of {} in the administration of {}, then run again",
                    client_label(client),
                    org_name(org)
                ),
                facts,
                // A list that was cut short lacks what the client lists.
                basis: settled_by(&org.map.snapshot.coverage, &[Listing::OwnGrants, Listing::RoleGrants]),
            });
        }
    }
}

fn differences(map: &AccessMap<'_>, client: &OauthClient) -> BTreeSet<String> {
    let (Some(pairs), GrantType::ClientCredentials) = (&client.role_divisions, &client.grant_type) else {
        return BTreeSet::new();
    };
    let snapshot = map.snapshot;
    let own: BTreeSet<(&str, &Reach)> = pairs.iter().map(|pair| (pair.role.as_str(), &pair.reach)).collect();
    let listed: BTreeSet<(&str, &Reach)> = snapshot
        .grants
        .iter()
        .filter(|grant| grant.subject.as_str() == client.id.as_str())
        .filter(|grant| grant.read_from != GrantSource::ClientRoleDivisions)
        .map(|grant| (grant.role.as_str(), &grant.reach))
        .collect();
    let words = |(role, reach): &(&str, &Reach)| {
        let name = snapshot.roles.iter().find(|one| one.id.as_str() == *role).map_or(*role, |one| &one.name);
        let place = match reach {
            Reach::All => "all divisions".to_owned(),
            Reach::In(id) => format!("division `{}`", map.division_name(id)),
        };
        format!("role `{name}` in {place}")
    };
    let mut facts: BTreeSet<String> =
        listed.difference(&own).map(|pair| format!("{}: listed by the role, not by the client", words(pair))).collect();
    // A role whose list could not be read tells nothing: that is no disagreement.
    let reported = |role: &str| {
        let unread = snapshot.coverage.unread_keys(Listing::RoleGrants);
        unread.is_some_and(|unread| !unread.contains(&role))
            || snapshot.grants.iter().any(|one| one.role.as_str() == role && one.read_from == GrantSource::RoleSubjects)
    };
    let only_own = own.difference(&listed).filter(|(role, _)| reported(role));
    facts.extend(only_own.map(|pair| format!("{}: listed by the client, not by the role", words(pair))));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn grant_that_only_one_list_tells_is_a_disagreement() {
        let mut night = Night::new();
        night.role("r1", "Queues", &["routing:queue:view"]).role("r2", "Users", &["directory:user:view"]);
        night.client("c1", "Robot", &[("r1", "*"), ("r2", "*")]);
        night.client("c2", "Agreed", &[("r1", "*")]);
        night.snapshot.grants.retain(|grant| grant.subject.as_str() != "c1" || grant.role.as_str() != "r2");
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        let facts: Vec<&String> = found[0].facts.iter().collect();
        assert_eq!(facts, ["role `Users` in all divisions: listed by the client, not by the role"]);
    }

    #[test]
    fn role_whose_list_was_not_read_disagrees_with_nobody() {
        let mut night = Night::new();
        night.role("r1", "Queues", &["routing:queue:view"]).client("c1", "Robot", &[("r1", "*")]);
        night.snapshot.grants.clear();
        night.unread(Listing::RoleGrants);
        assert!(found(&CHECK, &night).is_empty());
    }
}
