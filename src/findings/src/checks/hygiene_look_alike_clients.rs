//! `hygiene.look-alike-clients`: clients whose names people take for one another.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Check, CheckMeta, Found, Reads, client_subject, count, names, org_name, settled_by};
use crate::evidence::{Evidence, OrgEvidence};
use crate::severity::Severity;
use rolecall_base::coverage::Listing;
use rolecall_base::oauth_client::OauthClient;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "hygiene.look-alike-clients",
    title: "Clients of the same or a look-alike name",
    what: "OAuth clients of one name, or of names that look the same: upper and lower case, blanks, characters that do not show, and letters of other alphabets that look alike (Unicode's confusable characters).",
    why: "Whoever fixes, rotates or deletes one of them by its name may hit the other; and a name made to look like a trusted one hides what holds the rights.",
    remedy: "Give each client a name of its own; find out who made the one with the unusual letters.",
    severity: Severity::Low,
    reference: "Unicode Technical Standard 39, section 4, on confusable characters.",
    notes: "Severity: `low`; `medium` where characters that do not show, or letters beyond ASCII that look like others, make the names alike. Clients that look alike are one finding.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients]),
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let clients = &org.map.snapshot.oauth_clients;
        found.extend(alike(clients).iter().filter_map(|cluster| describe(org, cluster)));
    }
}

/// How a name looks, in two ways: letters are alike in the case they are written in, and without their case. Two names
/// look alike where either is the same.
fn looks(name: &str) -> [String; 2] {
    let name = plain(name);
    let skeleton = |text: &str| unicode_security::skeleton(text).collect::<String>().to_lowercase();
    [skeleton(&name), skeleton(&name.to_lowercase())]
}

/// A name without what does not show, and with single blanks between its words.
fn plain(name: &str) -> String {
    let shown: String = name.chars().filter(|one| !is_hidden(*one)).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character does not show: Unicode's default ignorable code points, and controls that are no blanks.
fn is_hidden(one: char) -> bool {
    let ignorable = matches!(
        one,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    );
    ignorable || (one.is_control() && !one.is_whitespace())
}

/// Clients that look alike, in groups of at least two. Names that show nothing are like nothing.
fn alike(clients: &[OauthClient]) -> Vec<Vec<&OauthClient>> {
    let mut group: Vec<usize> = (0..clients.len()).collect();
    let mut seen: BTreeMap<(usize, String), usize> = BTreeMap::new();
    for (at, client) in clients.iter().enumerate() {
        for (way, look) in looks(&client.name).into_iter().enumerate().filter(|(_, look)| !look.is_empty()) {
            let known = *seen.entry((way, look)).or_insert(at);
            let (a, b) = (group.get(known).copied().unwrap_or(known), group.get(at).copied().unwrap_or(at));
            // Few clients look alike, so that going through all of them is rare.
            if a != b {
                group.iter_mut().filter(|one| **one == a.max(b)).for_each(|one| *one = a.min(b));
            }
        }
    }
    let mut clusters: BTreeMap<usize, Vec<&OauthClient>> = BTreeMap::new();
    for (client, first) in clients.iter().zip(group) {
        clusters.entry(first).or_default().push(client);
    }
    clusters.into_values().filter(|cluster| cluster.len() > 1).collect()
}

fn describe(org: &OrgEvidence<'_>, cluster: &[&OauthClient]) -> Option<Found> {
    // The oldest is most likely the one that is meant.
    let oldest = cluster.iter().min_by_key(|one| (one.created.is_none(), one.created, &one.id))?;
    let spellings: BTreeSet<&str> = cluster.iter().map(|one| one.name.as_str()).collect();
    let folded: BTreeSet<String> =
        spellings.iter().map(|name| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()).collect();
    let disguised = folded.len() > 1 && spellings.iter().any(|name| !name.is_ascii() || name.chars().any(is_hidden));
    let label = org_name(org);
    let title = if spellings.len() == 1 {
        format!(
            "{} are called {} ({label})",
            count(cluster.len(), "OAuth client", "OAuth clients"),
            names(spellings.iter().copied(), 1)
        )
    } else {
        let listed = names(spellings.iter().copied(), 4);
        format!(
            "{} have names that look alike: {listed} ({label})",
            count(cluster.len(), "OAuth client", "OAuth clients")
        )
    };
    Some(Found {
        severity: if disguised { Severity::Medium } else { META.severity },
        org: org_name(org),
        subject: client_subject(oldest),
        cause: BTreeSet::new(),
        title,
        detail: if disguised {
            "Characters that do not show, or letters of another alphabet, make them look alike.".to_owned()
        } else {
            "The subject is the oldest of them.".to_owned()
        },
        fix: format!("rename all but one of the clients listed below in {label}"),
        facts: cluster.iter().map(|client| fact(client)).collect(),
        basis: settled_by(&org.map.snapshot.coverage, &[Listing::OauthClients]),
    })
}

fn fact(client: &OauthClient) -> String {
    let unusual: BTreeSet<char> = client.name.chars().filter(|one| !one.is_ascii() || is_hidden(*one)).collect();
    let unusual: Vec<String> = unusual.into_iter().map(|one| format!("U+{:04X}", u32::from(one))).collect();
    let unusual = if unusual.is_empty() { String::new() } else { format!(", with {}", unusual.join(" ")) };
    let created = client.created.map(|at| format!(", created {}", at.strftime("%Y-%m-%d"))).unwrap_or_default();
    format!("`{}` ({}), {}{created}{unusual}", client.name, client.id, client.state.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{Night, found};

    fn night(names: &[&str]) -> Night {
        let mut night = Night::new();
        for (at, name) in names.iter().enumerate() {
            night.client(&format!("c{at}"), name, &[]);
        }
        night
    }

    fn severities(names: &[&str]) -> Vec<Severity> {
        found(&CHECK, &night(names)).iter().map(|one| one.severity).collect()
    }

    #[test]
    fn same_name_is_reported_once_with_the_oldest_as_its_subject() {
        let mut night = night(&["Feed", "Other", "Feed", "Feed"]);
        night.snapshot.oauth_clients[2].created = "2025-01-05T08:00:00Z".parse().ok();
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].title.as_str(), found[0].subject.id.as_str()),
            ("3 OAuth clients are called `Feed` (dev)", "c2")
        );
        assert!(found[0].facts.contains("`Feed` (c2), active, created 2025-01-05"), "{:?}", found[0].facts);
    }

    #[test]
    fn case_blanks_and_digits_for_letters_look_alike() {
        for other in ["payroll sync", "Payroll  Sync ", "PAYROLL SYNC", "PayroIl Sync", "Payrol1 Sync", "Payr0ll Sync"]
        {
            assert_eq!(severities(&["Payroll Sync", other]), [Severity::Low], "{other}");
        }
    }

    #[test]
    fn other_alphabets_and_hidden_characters_are_a_disguise() {
        for other in ["P\u{430}yroll", "Payr\u{3bf}ll", "Pay\u{200b}roll", "Payroll\u{2060}", "\u{ff30}ayroll"] {
            assert_eq!(severities(&["Payroll", other]), [Severity::Medium], "{other:?}");
        }
        let night = night(&["Payroll", "P\u{430}yroll"]);
        let facts = &found(&CHECK, &night)[0].facts;
        assert!(facts.iter().any(|fact| fact.ends_with("with U+0430")), "{facts:?}");
    }

    #[test]
    fn names_of_their_own_and_clients_without_a_name_are_not_reported() {
        assert!(severities(&["Dialler 1", "Dialler 2", "Dialer", "M\u{fc}ller", "Muller", "", " "]).is_empty());
    }

    proptest! {
        #[test]
        fn names_alike_do_not_depend_on_the_order_of_the_clients(names in prop::collection::vec("[aAоO0 l1I]{0,4}", 0..8)) {
            let reported = |names: &[String]| {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let night = night(&names);
                let groups = alike(&night.snapshot.oauth_clients);
                let mut groups: Vec<Vec<String>> = groups
                    .into_iter()
                    .map(|group| {
                        let mut group: Vec<String> = group.iter().map(|one| one.name.clone()).collect();
                        group.sort();
                        group
                    })
                    .collect();
                groups.sort();
                groups
            };
            let mut turned = names.clone();
            turned.reverse();
            prop_assert_eq!(reported(&names), reported(&turned));
        }
    }
}
