//! `matrix.announced`: a requirement that is announced for a day will refuse calls that are needed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::callers::{self, Affected};
use crate::check::{Check, CheckMeta, Found, Reads, VERDICTS_AND_USAGE, count, named, names, org_name};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::cross::needed::Needed;
use rolecall_access::cross::{AccessMap, PrincipalKind};
use rolecall_access::radar::{self, Became, Impact, Moved};
use rolecall_matrix::announced::{Coming, with_in_force};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "matrix.announced",
    title: "Announced requirement will refuse needed calls",
    what: "Operations that require other permissions from a later day on, by an announcement of the platform or an entry of the overlay file, and that somebody needs or uses who lacks them.",
    why: "On that day the calls are refused, although nobody touched a role.",
    remedy: "Grant the permissions to those whom the finding names before the day.",
    severity: Severity::High,
    reference: "`rolecall explain --as-of DATE` answers as of that day; docs/matrix.md describes announcements.",
    notes: "One finding for each announcement and org. Severity: `high` where a declared or observed call will be refused; `medium` where it becomes limited, conditional, left to the user or unknown. From the day on the requirement is in force, and what is lacking is reported by `gap.declared` and `gap.observed`. Usage data names the template of a call: who called `.../objects/{objectType}` may have moved objects of any type, so an announcement for one of the types is reported for declared needs alone.",
    reads: Reads::Lists(VERDICTS_AND_USAGE),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let mut announcements: BTreeMap<(Date, &str), Vec<&Coming>> = BTreeMap::new();
        for coming in &org.matrix.announced {
            announcements.entry((coming.effective, &coming.cited)).or_default().push(coming);
        }
        for ((day, cited), coming) in announcements {
            found.extend(judged(evidence, org, day, cited, &coming));
        }
    }
}

fn judged(evidence: &Evidence<'_>, org: &OrgEvidence<'_>, day: Date, cited: &str, coming: &[&Coming]) -> Option<Found> {
    // Crossing anew is slow, and most announcements are about calls that nobody here makes.
    let asked: BTreeSet<_> = coming.iter().map(|one| &one.endpoint).collect();
    if !org.needed.calls.iter().any(|call| asked.contains(&call.endpoint)) {
        return None;
    }
    let later = with_in_force(org.map.matrix, coming.iter().copied());
    let map = AccessMap::of(org.map.snapshot, &later, org.map.scopes_enforced);
    let needed = Needed::of(&map, evidence.needs);
    let mut radar = radar::between(&org.map, &map, &needed);
    for one in &mut radar.operations {
        one.callers.retain(|caller| matches!(caller.impact, Impact::Refused | Impact::Unsure));
    }
    let moved: Vec<&Moved<'_>> = radar.which(Became::Changed).collect();
    let refused = losers(org, &moved, |impact| impact == Impact::Refused);
    let unsure = losers(org, &moved, |impact| impact == Impact::Unsure);
    let (severity, worst, what) = if !refused.is_empty() {
        (Severity::High, &refused, "will get a 403")
    } else if !unsure.is_empty() {
        (Severity::Medium, &unsure, "may get a 403")
    } else {
        return None;
    };
    let first = worst.first().map(|(moved, _)| *moved)?;
    let operations: BTreeSet<_> = worst.iter().map(|(moved, _)| &moved.endpoint).collect();
    let more = match operations.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let org_name = org_name(org);
    let asks = first.after.as_ref().map(callers::permissions).unwrap_or_default();
    let all: Vec<&Affected<'_, '_>> = refused.iter().chain(&unsure).map(|(_, one)| one).collect();
    let mut cause: BTreeSet<String> = BTreeSet::from([format!("announced {day}")]);
    cause.extend(worst.iter().flat_map(|(moved, one)| [moved.endpoint.to_string(), one.id.clone()]));
    let lines = moved.iter().flat_map(|one| callers::facts(org, one));
    Some(Found {
        severity,
        subject: named("endpoint", first.endpoint.to_string()),
        cause,
        title: format!(
            "On {day} {}{more} will require {asks}: {} of {org_name} {what}",
            first.endpoint,
            principals(org, worst)
        ),
        detail: format!(
            "Announced: {cited}. Until then {} in force. {} concerned: {}.",
            if operations.len() == 1 { "what is required today stays" } else { "what they require today stays" },
            if operations.len() == 1 { "Operation" } else { "Operations" },
            operations.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        ),
        fix: format!("grant what is missing before {day}: {}", callers::fixes(all.iter().copied())),
        facts: lines.collect(),
        org: org_name,
        basis: Basis::SETTLED,
    })
}

/// Who loses by it, operation by operation.
fn losers<'r, 'a>(
    org: &OrgEvidence<'_>,
    moved: &[&'r Moved<'a>],
    is_it: impl Fn(Impact) -> bool,
) -> Vec<(&'r Moved<'a>, Affected<'r, 'a>)> {
    let of = |one: &&'r Moved<'a>| {
        let moved: &'r Moved<'a> = one;
        callers::affected(org, moved).into_iter().map(move |affected| (moved, affected))
    };
    moved.iter().flat_map(of).filter(|(_, affected)| is_it(affected.impact)).collect()
}

/// `2 OAuth clients and 1 service user`, each counted once; a single one by its name.
fn principals(org: &OrgEvidence<'_>, losers: &[(&Moved<'_>, Affected<'_, '_>)]) -> String {
    let mut of_kind: BTreeMap<PrincipalKind, BTreeSet<usize>> = BTreeMap::new();
    let mut whose: BTreeSet<&str> = BTreeSet::new();
    for (_, one) in losers {
        if let Some(principal) = org.map.principals().get(one.worst.principal) {
            of_kind.entry(principal.kind).or_default().insert(one.worst.principal);
            whose.insert(&one.name);
        }
    }
    let total: usize = of_kind.values().map(BTreeSet::len).sum();
    if let (1, Some(kind)) = (total, of_kind.keys().next()) {
        return format!("{} {}", kind.nouns().0, names(whose, 1));
    }
    let parts = of_kind.iter().map(|(kind, who)| {
        let (one, several) = kind.nouns();
        count(who.len(), one, several)
    });
    parts.collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::oauth_client::GrantType;
    use rolecall_matrix::{bundled, reviewed};

    const FORWARDING: &str = "GET /api/v2/users/{userId}/callforwarding";

    fn night(as_of: Date) -> Night {
        let mut matrix = bundled::matrix().clone();
        let mut night = Night::new();
        night.announced = reviewed::lay(&mut matrix, as_of).coming;
        night.matrix = Some(matrix);
        night
            .role("r1", "Forwarding", &["conversation:callForwarding:view"])
            .role("r2", "Other", &["routing:queue:view"])
            .client("c1", "Holder", &[("r1", "*")])
            .client("c2", "Lacking", &[("r2", "*")])
            .client("c3", "Lacking too", &[("r2", "*")])
            .client("c4", "Idle", &[("r2", "*")])
            .user("u1", "svc-forward", true, &[("r2", "*")]);
        night
    }

    const BEFORE: Date = Date::constant(2026, 2, 1);

    #[test]
    fn callers_who_lack_the_announced_permission_are_one_finding_with_the_day() {
        let mut night = night(BEFORE);
        for client in ["c1", "c2"] {
            night.usage(client, FORWARDING, 9, 9, 0);
        }
        night.need("Lacking too", "GET /users/42/callforwarding", "").need("Holder", FORWARDING, "");
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(
            found[0].title,
            "On 2026-03-01 GET /api/v2/users/{userId}/callforwarding will require `conversation:callForwarding:view`: 2 OAuth \
             clients of dev will get a 403"
        );
        assert_eq!(found[0].severity, Severity::High);
        assert!(found[0].detail.contains("https://community.genesys.com/"), "{}", found[0].detail);
        assert!(
            found[0].fix.starts_with("grant what is missing before 2026-03-01: for `Lacking`, `Lacking too`: "),
            "{}",
            found[0].fix
        );
        assert!(found[0].facts.iter().any(|fact| fact.contains("`Lacking too`")));
        assert!(found[0].facts.iter().all(|fact| !fact.contains("`Idle`")));
    }

    #[test]
    fn several_operations_of_one_announcement_are_one_finding() {
        let mut night = night(BEFORE);
        night.need("svc-forward", FORWARDING, "").need("Lacking", "PUT /users/{u}/station/associatedstation/{s}", "");
        night.need("Lacking", FORWARDING, "");
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].title.contains("callforwarding (and 1 more) will require"), "{}", found[0].title);
        assert!(
            found[0].title.ends_with("1 OAuth client and 1 service user of dev will get a 403"),
            "{}",
            found[0].title
        );
    }

    #[test]
    fn nobody_is_concerned_who_holds_it_or_does_not_call() {
        let mut night = night(BEFORE);
        night.need("Holder", FORWARDING, "").need("Idle", "GET /routing/queues", "");
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn from_the_day_on_it_is_no_announcement() {
        let mut night = night(Date::constant(2026, 3, 1));
        night.need("Lacking", FORWARDING, "");
        assert!(found(&CHECK, &night).is_empty());
        assert_eq!(night.evidence().orgs[0].gaps.len(), 1, "the gap says it");
    }

    #[test]
    fn client_whose_user_will_decide_is_medium() {
        let mut night = night(BEFORE);
        night.scopes_enforced = Some(false);
        night.user_client("c9", "Softphone", GrantType::Code, &["users"]).need("Softphone", FORWARDING, "");
        let found = found(&CHECK, &night);
        assert_eq!((found.len(), found[0].severity), (1, Severity::Medium));
        assert!(found[0].title.ends_with("OAuth client `Softphone` of dev may get a 403"), "{}", found[0].title);
    }

    #[test]
    fn announced_object_type_is_known_by_its_concrete_path() {
        let mut night = night(Date::constant(2025, 11, 30));
        night.need("Lacking", "POST /authorization/divisions/d1/objects/user", "");
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].title.starts_with(
                "On 2025-12-01 POST /api/v2/authorization/divisions/{divisionId}/objects/USER will require `directory:user:edit`"
            ),
            "{}",
            found[0].title
        );
    }
}
