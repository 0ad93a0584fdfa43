//! Is enough known of a principal to call anything it holds safe to remove?

use std::collections::BTreeSet;

use jiff::Timestamp;

use rolecall_access::cross::needed::{Known, Needed, NeededCall};
use rolecall_access::cross::principal::Standing;
use rolecall_access::cross::{AccessMap, Principal, PrincipalKind, Reason, Verdict};
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::permission::Permission;
use rolecall_base::usage::{Usage, UsageRow};
use rolecall_matrix::{Endpoint, Match, Provenance};

/// What is said of the client that the audit itself runs with.
pub(super) const AUDITOR: &str = "it is the client that this audit runs with: what it needs is what the audit reads, and `rolecall \
                           doctor` names that";

/// The usage data, where it was read completely.
pub(super) fn whole_usage<'a>(map: &AccessMap<'a>) -> Option<&'a Usage> {
    let whole = map.snapshot.coverage.is_whole(Listing::Usage);
    map.snapshot.usage.as_ref().filter(|usage| usage.complete && whole)
}

/// When the window of observation began.
pub(super) fn window_start(usage: &Usage) -> Option<Timestamp> {
    usage.from.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|at| at.timestamp())
}

/// Why nothing that the principal holds can be called safe to remove; empty where it can.
pub(super) fn doubts(map: &AccessMap<'_>, needed: &Needed<'_>, principal: &Principal, at: usize) -> Vec<String> {
    let mut doubts = Vec::new();
    match principal.standing {
        Standing::Active => {}
        Standing::Inactive => {
            doubts.push("it is inactive: what it would use when it is switched on again is not known".to_owned());
        }
        Standing::NotKnown => doubts.push("whether it is active is not known".to_owned()),
    }
    if principal.kind == PrincipalKind::User {
        doubts.push("the API usage of people is not read: what it uses is not known".to_owned());
    }
    if map.is_auditor(&principal.id) {
        doubts.push(AUDITOR.to_owned());
    }
    doubts.extend(usage_doubt(map));
    let lists: &[Listing] = match principal.kind {
        PrincipalKind::OauthClient if principal.acts_for_users() => &[Listing::OauthClients],
        PrincipalKind::OauthClient => &[
            Listing::OwnGrants,
            Listing::OauthClients,
            Listing::Roles,
            Listing::RoleGrants,
            Listing::Permissions,
            Listing::Divisions,
        ],
        PrincipalKind::ServiceUser | PrincipalKind::User | PrincipalKind::ClientAsUser => &[
            Listing::OwnGrants,
            Listing::Users,
            Listing::Roles,
            Listing::RoleGrants,
            Listing::Permissions,
            Listing::Divisions,
            Listing::Groups,
            Listing::GroupMembers,
        ],
    };
    let coverage = &map.snapshot.coverage;
    for list in lists.iter().filter(|list| !coverage.is_whole(**list)) {
        doubts.push(format!("{}: {}", list.as_str(), coverage.seen(*list).as_str()));
    }
    let created = map.client(principal).and_then(|client| client.created);
    let start = map.snapshot.usage.as_ref().and_then(window_start);
    if let (Some(created), Some(start)) = (created, start)
        && created > start
    {
        doubts.push(format!("the client was created on {}, within the window of observation", day(created)));
    }
    let calls = needed.calls.iter().filter(|call| call.principal == at);
    for call in calls {
        let doubt = if principal.acts_for_users() { scope_doubt(map, call) } else { call_doubt(map, principal, call) };
        doubts.extend(doubt.filter(|doubt| !doubts.contains(doubt)).into_iter().collect::<Vec<_>>());
    }
    doubts
}

/// The day of a time, UTC.
pub(super) fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// The permissions that stand next to calls that list none: those of the same thing, by the other operations of the same
/// path. Whether the platform asks for one of them after all is not published. With the calls.
pub(super) fn unlisted(map: &AccessMap<'_>, needed: &Needed<'_>, at: usize) -> (BTreeSet<usize>, BTreeSet<String>) {
    let open = needed.calls.iter().filter(|call| call.principal == at).filter(|call| {
        let found = call.operation.and_then(|at| map.matrix.operations().get(at));
        let lists_none = found.is_some_and(|found| found.requirement.permissions_match == Match::None);
        lists_none && !matches!(call.known, Known::Observed(row) if row.status_2xx == 0)
    });
    let calls: BTreeSet<&Endpoint> = open.map(|call| &call.endpoint).collect();
    let things: BTreeSet<&str> = calls.iter().map(|endpoint| thing(&endpoint.path)).collect();
    let mut families: BTreeSet<(&str, &str)> = BTreeSet::new();
    for operation in map.matrix.operations().iter().filter(|one| things.contains(thing(&one.endpoint.path))) {
        let parts = operation.requirement.permissions.iter().filter_map(|permission| permission.parts());
        families.extend(parts.map(|(domain, entity, _)| (domain, entity)));
    }
    let near = |name: &Permission| name.parts().is_some_and(|(domain, entity, _)| families.contains(&(domain, entity)));
    let names = map.rights.index.names().iter().enumerate();
    let numbers = names.filter(|(_, name)| near(name)).map(|(number, _)| number).collect();
    (numbers, calls.iter().map(ToString::to_string).collect())
}

/// A path without the parameters at its end: `/api/v2/users` of `/api/v2/users/{userId}`.
fn thing(path: &str) -> &str {
    let mut path = path;
    while let Some((before, last)) = path.rsplit_once('/') {
        if !last.starts_with('{') {
            break;
        }
        path = before;
    }
    path
}

fn usage_doubt(map: &AccessMap<'_>) -> Option<String> {
    if whole_usage(map).is_some() {
        return None;
    }
    let coverage = &map.snapshot.coverage;
    Some(match coverage.seen(Listing::Usage) {
        Seen::NotAsked => {
            "API usage was not asked for (`observed_days = 0`): what is used beside the declared needs is not known"
                .to_owned()
        }
        _ => {
            let record = coverage.listings.get(&Listing::Usage);
            let why: Vec<&str> = record.into_iter().flat_map(|one| &one.unread).map(|one| one.why.as_str()).collect();
            let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join("; ")) };
            format!("API usage was not read completely{why}: what is used is not known")
        }
    })
}

/// Whether the calls of a row stopped succeeding: the last days with calls had none that did.
fn has_stopped(row: &UsageRow) -> bool {
    row.last_success.is_some_and(|success| success < row.last)
}

/// A call that works, or is to work, for a reason that nobody can name.
fn call_doubt(map: &AccessMap<'_>, principal: &Principal, call: &NeededCall<'_>) -> Option<String> {
    let endpoint = &call.endpoint;
    let works = match call.known {
        Known::Declared(_) => false,
        Known::Observed(row) => row.status_2xx > 0,
    };
    let Some(operation) = call.operation else {
        return works.then(|| {
            format!("{endpoint} succeeds and is not in the matrix: which permission lets it through is not known")
        });
    };
    let requirement = map.matrix.operations().get(operation).map(|found| &found.requirement)?;
    if requirement.permissions_match == Match::Unknown && (works || matches!(call.known, Known::Declared(_))) {
        return Some(format!("what {endpoint} requires is not published: any permission may be the one it needs"));
    }
    let Known::Observed(row) = call.known else { return None };
    let answer = map.answer(principal, operation);
    if !works || has_stopped(row) {
        return None;
    }
    match answer.verdict {
        Verdict::Denied => Some(format!(
            "{endpoint} succeeds although nothing that it holds allows it: what lets it through is not known"
        )),
        // The permissions that stand next to it are kept ([`unlisted`]).
        Verdict::Unknown if answer.reasons.has(Reason::NothingPublished) => None,
        Verdict::Unknown => {
            Some(format!("whether {endpoint} is allowed is not known ({}), and it succeeds", answer.reasons))
        }
        Verdict::Allowed | Verdict::Partial | Verdict::Conditional | Verdict::DependsOnUser => None,
    }
}

fn scope_doubt(map: &AccessMap<'_>, call: &NeededCall<'_>) -> Option<String> {
    let endpoint = &call.endpoint;
    let works = matches!(call.known, Known::Observed(row) if row.status_2xx > 0);
    let Some(operation) = call.operation else {
        return works.then(|| {
            format!("{endpoint} succeeds and is not in the matrix: which scope lets it through is not known")
        });
    };
    let requirement = map.matrix.operations().get(operation).map(|found| &found.requirement)?;
    (requirement.scopes_known != Provenance::Published).then(|| {
        format!("{endpoint} ({}): which scopes it asks for is not published", Reason::ScopeNotPublished.as_str())
    })
}
