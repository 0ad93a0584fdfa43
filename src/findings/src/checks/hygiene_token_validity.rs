//! `hygiene.token-validity`: a client's tokens live longer than they should.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, client_label, client_subject, org_name};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::parameters::{Parameter, WholeNumber};
use crate::severity::Severity;
use rolecall_base::coverage::Listing;
use rolecall_base::oauth_client::ClientState;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "hygiene.token-validity",
    title: "Tokens live long",
    what: "OAuth clients whose access tokens are valid for more hours than `max_hours`.",
    why: "A token that leaks is good until it ends, whoever has it; a short one limits the harm of every leak that nobody notices.",
    remedy: "Set a shorter validity; programs obtain a new token when one ends.",
    severity: Severity::Low,
    reference: "`accessTokenValiditySeconds` of `GET /api/v2/oauth/clients`: 300 to 172,800 seconds for most clients, up to 38,880,000 (450 days) for SCIM.",
    notes: "Severity: `low`; `medium` beyond two days, which the platform allows for SCIM clients alone; `low` again for a client that is not active. A client of which the platform does not tell the validity is not reported.",
    parameters: &PARAMETERS,
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients]),
    ..CheckMeta::PLAIN
};

static MAX_HOURS: WholeNumber = WholeNumber {
    key: "max_hours",
    what: "Hours beyond which a token lives long; 24 is what the platform gives where nothing is set.",
    least: 1,
    most: 10_800,
    default: 24,
};

static PARAMETERS: [Parameter; 1] = [Parameter::Number(&MAX_HOURS)];

/// Seconds beyond which the platform lets only SCIM clients go.
const ORDINARY_MOST: i64 = 172_800;

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    let most = i64::from(evidence.parameters.number(META.id, &MAX_HOURS)) * 3600;
    for org in &evidence.orgs {
        for client in &org.map.snapshot.oauth_clients {
            let Some(seconds) = client.token_validity_seconds.filter(|seconds| *seconds > most) else { continue };
            let grave = seconds > ORDINARY_MOST && client.state == ClientState::Active;
            found.push(Found {
                severity: if grave { Severity::Medium } else { META.severity },
                org: org_name(org),
                subject: client_subject(client),
                cause: BTreeSet::new(),
                title: format!("tokens of {} live for {} ({})", client_label(client), span(seconds), org_name(org)),
                detail: format!("The most that is called short here is {}.", span(most)),
                fix: format!(
                    "set the token duration of {} in {} to {most} seconds or less",
                    client_label(client),
                    org_name(org)
                ),
                facts: BTreeSet::from([
                    format!("{seconds} seconds"),
                    format!("grant type {}", client.grant_type.as_str()),
                    format!("state {}", client.state.as_str()),
                ]),
                basis: Basis::SETTLED,
            });
        }
    }
}

/// A span of time in its largest whole units.
fn span(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds % 86_400 / 3600, seconds % 3600 / 60);
    let words = [(days, "day"), (hours, "hour"), (minutes, "minute"), (seconds % 60, "second")];
    let reported = words.iter().filter(|(number, _)| *number > 0);
    let reported = reported.map(|(number, word)| format!("{number} {word}{}", if *number == 1 { "" } else { "s" }));
    reported.take(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Value;
    use crate::testing::{Night, found};

    fn night(seconds: &[Option<i64>]) -> Night {
        let mut night = Night::new();
        for (at, seconds) in seconds.iter().enumerate() {
            night.client(&format!("c{at}"), &format!("Robot {at}"), &[]);
            night.snapshot.oauth_clients[at].token_validity_seconds = *seconds;
        }
        night
    }

    #[test]
    fn token_that_lives_longer_than_set_is_reported_and_weighs_more_beyond_two_days() {
        let mut night = night(&[Some(86_401), Some(38_880_000), Some(172_800)]);
        let seen = |night: &Night| {
            let found = found(&CHECK, night);
            found.iter().map(|one| (one.severity, one.title.clone())).collect::<Vec<_>>()
        };
        assert_eq!(
            seen(&night),
            [
                (Severity::Low, "tokens of OAuth client `Robot 0` live for 1 day 1 second (dev)".to_owned()),
                (Severity::Medium, "tokens of OAuth client `Robot 1` live for 450 days (dev)".to_owned()),
                (Severity::Low, "tokens of OAuth client `Robot 2` live for 2 days (dev)".to_owned()),
            ]
        );
        night.parameters.set("hygiene.token-validity", "max_hours", Value::Number(48));
        assert_eq!(
            seen(&night),
            [(Severity::Medium, "tokens of OAuth client `Robot 1` live for 450 days (dev)".to_owned())]
        );
    }

    #[test]
    fn token_of_a_day_and_one_whose_validity_is_not_known_are_not_reported() {
        assert!(found(&CHECK, &night(&[Some(86_400), Some(300), None])).is_empty());
    }
}
