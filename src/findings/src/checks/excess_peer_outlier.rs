//! `excess.peer-outlier`: a principal holds far more than others that make nearly the same calls.

use std::collections::BTreeSet;

use crate::check::{
    Check, CheckMeta, EXCESS, Found, Reads, count, label, name_of, names, org_name, settled_by, subject,
};
use crate::evidence::{Evidence, OrgEvidence};
use crate::peers::{Outlier, Peer, outliers};
use crate::severity::Severity;
use crate::unused::{self, SEASONS, Window};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "excess.peer-outlier",
    title: "Far more permissions than its peers",
    what: "Client-credentials clients and service users that hold at least twice as many permissions as the median of their peers, and at least ten more; peers are two or more others of the same kind whose known operations are the same to four fifths.",
    why: "The others show that the same work is done with far less: what is beyond is most likely a leftover.",
    remedy: "Compare it with the peer that holds least, and give it a role like that one's.",
    severity: Severity::Low,
    reference: "docs/checks.md tells how likeness is measured; every peer is named with the counts.",
    notes: "One finding for each principal that holds far more. Two principals of one kind (clients with clients, service users with service users) are peers when the operations that both make are at least four fifths of those that either makes; an operation is made when it is declared or observed. With the peers in the order of how many permissions they hold, the median is the middle one, of an even number the larger of the middle two. Reported are those that hold at least twice the median and at least ten more, and that were neither made nor given anything within the usage window. Severity: `low`; `medium` when among what no peer holds is a permission that the catalogue of dangerous permissions calls high or critical. What exactly is unused is reported by the other excess checks.",
    reads: Reads::Lists(EXCESS),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

/// Peers that are named; the counts are of all of them.
const MOST_PEERS: usize = 20;

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let Some(window) = Window::of(org) else { continue };
        found.extend(outliers(org).iter().filter_map(|one| describe(org, one, window)));
    }
}

fn describe(org: &OrgEvidence<'_>, one: &Outlier, window: Window) -> Option<Found> {
    let principal = org.map.principals().get(one.principal)?;
    let mut beyond = org.map.holdings_of(principal)?.at_all.clone();
    let holdings: BTreeSet<usize> =
        one.peers().filter_map(|peer| org.map.principals().get(peer.principal)).map(|peer| peer.holdings).collect();
    for held in holdings.into_iter().filter_map(|number| org.map.distinct(number)) {
        beyond.difference_with(&held.at_all);
    }
    let beyond: Vec<_> = beyond.ones().filter_map(|number| org.map.rights.index.names().get(number)).collect();
    let (severity, grave) = unused::weigh(beyond.iter().copied());
    let least = one.peers().next().and_then(|peer| org.map.principals().get(peer.principal))?;
    let alone = match beyond.len() {
        0 => "Each of its permissions is held by some peer.".to_owned(),
        n => format!("{} held by none of them.", count(n, "of its permissions is", "of its permissions are")),
    };
    let among = if grave.is_empty() { String::new() } else { format!(" Dangerous among these: {}.", names(grave, 5)) };
    let mut facts: BTreeSet<String> = one.peers().take(MOST_PEERS).filter_map(|peer| fact(org, peer)).collect();
    if one.count() > MOST_PEERS {
        facts.insert(format!("peers in all: {}; of these the {MOST_PEERS} that hold least are named", one.count()));
    }
    let coverage = &org.map.snapshot.coverage;
    Some(Found {
        // That a thing is unused is reported by other checks with their own weight; this one only compares.
        severity: severity.min(Severity::Medium),
        org: org_name(org),
        subject: subject(principal),
        cause: BTreeSet::new(),
        title: format!(
            "{} holds {}; the median of its {} peers with nearly the same calls is {}",
            label(principal),
            count(one.held, "permission", "permissions"),
            one.count(),
            one.median
        ),
        detail: format!(
            "It makes {}, declared or observed in {window}; peers make the same to at least four fifths of what both make \
             together. {alone}{among} Mind that {SEASONS}.",
            count(one.operations, "operation", "operations")
        ),
        fix: format!(
            "compare {} with {} in {}, and grant it the roles that {1} has",
            label(principal),
            label(least),
            org_name(org)
        ),
        facts,
        basis: settled_by(coverage, EXCESS),
    })
}

fn fact(org: &OrgEvidence<'_>, peer: &Peer) -> Option<String> {
    let principal = org.map.principals().get(peer.principal)?;
    Some(format!(
        "peer `{}`: {}; {} of {} operations in common",
        name_of(principal),
        count(peer.held, "permission", "permissions"),
        peer.shared,
        peer.together
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::coverage::Listing;

    const CALLS: [&str; 5] = [
        "GET /api/v2/routing/queues",
        "GET /api/v2/users",
        "GET /api/v2/groups",
        "GET /api/v2/routing/skills",
        "GET /api/v2/authorization/roles",
    ];

    /// Three with little, one with every permission of a domain; the last makes one call less.
    fn night(with_little: usize) -> Night {
        let mut night = Night::new();
        night.role("r1", "Little", &["routing:queue:view"]).role("r2", "Much", &["routing:*:*", "oauth:client:edit"]);
        for number in 0..with_little {
            night.client(&format!("p{number}"), &format!("Peer {number}"), &[("r1", "*")]);
            let calls = CALLS.iter().skip(usize::from(number == 0));
            for call in calls {
                night.usage(&format!("p{number}"), call, 5, 5, 0);
            }
        }
        night.client("big", "Big", &[("r2", "*")]);
        for call in CALLS {
            night.usage("big", call, 5, 5, 0);
        }
        night
    }

    #[test]
    fn client_with_far_more_than_its_peers_is_reported_with_every_count() {
        let reported = found(&CHECK, &night(3));
        assert_eq!(reported.iter().map(|one| one.subject.id.as_str()).collect::<Vec<_>>(), ["big"]);
        assert!(
            reported[0].title.ends_with("the median of its 3 peers with nearly the same calls is 1"),
            "{}",
            reported[0].title
        );
        assert!(
            reported[0].facts.contains("peer `Peer 0`: 1 permission; 4 of 5 operations in common"),
            "{:?}",
            reported[0].facts
        );
        assert_eq!((reported[0].facts.len(), reported[0].severity), (3, Severity::Medium));
        assert!(reported[0].detail.contains("Dangerous among these: `oauth:client:edit`"), "{}", reported[0].detail);
        assert!(reported[0].detail.contains("the 30 days from"), "{}", reported[0].detail);
    }

    #[test]
    fn one_peer_says_nothing_and_neither_do_those_with_other_calls() {
        assert!(found(&CHECK, &night(1)).is_empty());
        let mut other = night(1);
        other.client("p9", "Elsewhere", &[("r1", "*")]).usage("p9", CALLS[0], 5, 5, 0);
        assert!(found(&CHECK, &other).is_empty());
    }

    #[test]
    fn young_client_and_usage_that_was_not_read_whole_say_nothing() {
        let mut young = night(3);
        young.snapshot.oauth_clients.last_mut().unwrap().created = Some("2026-11-10T00:00:00Z".parse().unwrap());
        assert!(found(&CHECK, &young).is_empty());
        let mut part = night(3);
        part.snapshot.usage.as_mut().unwrap().complete = false;
        assert!(found(&CHECK, &part).is_empty());
        let mut unread = night(3);
        unread.unread(Listing::RoleGrants);
        assert!(found(&CHECK, &unread).iter().all(|one| !one.basis.settled));
    }
}
