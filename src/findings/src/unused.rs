//! What may be called unused: over which days, with what grace for what is young, and whether a whole client, whole
//! roles or single permissions are.
//!
//! Nothing is called unused by this where the usage data was not read to its end. The largest thing that is unused is
//! reported, and not its parts again.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::check::count;
use super::danger;
use super::evidence::OrgEvidence;
use super::severity::Severity;
use rolecall_access::cross::excess::Excess;
use rolecall_access::cross::needed::Known;
use rolecall_access::cross::principal::{Principal, PrincipalKind, Standing};
use rolecall_base::id::GroupId;
use rolecall_base::permission::Permission;
use rolecall_matrix::Match;

/// The caution that every such finding carries.
pub const SEASONS: &str =
    "what runs only at some seasons (the end of a quarter or a year, a campaign) may not have run in these days";

/// The days over which use was observed, where their data was read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first day (UTC).
    pub from: Date,
    /// The last day (UTC), inclusive.
    pub to: Date,
    start: Option<Timestamp>,
}

impl Window {
    /// Of an org; `None` where its usage was not asked for or not read completely.
    pub fn of(org: &OrgEvidence<'_>) -> Option<Self> {
        let usage = org.map.snapshot.usage.as_ref().filter(|usage| usage.complete)?;
        let start = usage.from.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|at| at.timestamp());
        Some(Self { from: usage.from, to: usage.to, start })
    }

    /// Whether something of this date had no chance to be used on all of the days. What has no date is not young.
    pub fn is_young(&self, at: Option<Timestamp>) -> bool {
        matches!((at, self.start), (Some(at), Some(start)) if at > start)
    }
}

impl std::fmt::Display for Window {
    /// `the 30 days from 2026-10-22 to 2026-11-20`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let days = self.from.until(self.to).map_or(0, |span| span.get_days()) + 1;
        let days = if days == 1 { "day".to_owned() } else { format!("{days} days") };
        write!(f, "the {days} from {} to {}", self.from, self.to)
    }
}

/// A role of a principal of which no known need uses any permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedRole {
    /// Position of the role in the snapshot.
    pub role: usize,
    /// Names of the groups that it comes through; empty for a direct grant.
    pub via: BTreeSet<String>,
    /// Whether some grant of it to the principal has no known date.
    pub age_not_known: bool,
    /// The permissions that it gives.
    pub permissions: Vec<Permission>,
}

/// What is unused in an org, each thing once.
#[derive(Debug, Default)]
pub struct Unused<'e> {
    /// Clients that made no call and are declared to make none, by their position in the access map.
    pub clients: BTreeSet<usize>,
    /// By position of the principal: roles of which nothing is used.
    pub roles: BTreeMap<usize, Vec<UnusedRole>>,
    /// By position of the principal: permissions beside those.
    pub permissions: BTreeMap<usize, Vec<&'e Excess>>,
}

impl<'e> Unused<'e> {
    /// Of an org. Its own auditor is left out: it uses its permissions in this very run, which the data do not have yet.
    pub fn of(org: &'e OrgEvidence<'_>) -> Self {
        let window = Window::of(org);
        let clients = window.map(|window| idle_clients(org, window)).unwrap_or_default();
        let mut by_principal: BTreeMap<usize, Vec<&Excess>> = BTreeMap::new();
        for excess in &org.excess {
            by_principal.entry(excess.principal).or_default().push(excess);
        }
        let mut unused = Self { clients, ..Self::default() };
        for (at, excess) in by_principal {
            let Some(principal) = org.map.principals().get(at) else { continue };
            if org.map.is_auditor(&principal.id) || unused.clients.contains(&at) {
                continue;
            }
            let roles = window.map(|window| unused_roles(org, principal, window, &excess)).unwrap_or_default();
            let left = beside(org, principal, &roles, excess);
            if !roles.is_empty() {
                unused.roles.insert(at, roles);
            }
            if !left.is_empty() {
                unused.permissions.insert(at, left);
            }
        }
        unused
    }
}

/// Active clients that made no call in the window and are declared to make none, by their position in the access map;
/// the auditor's own, and those that were made or given all of their roles within the window, are left out.
pub fn idle_clients(org: &OrgEvidence<'_>, window: Window) -> BTreeSet<usize> {
    let rows = org.map.snapshot.usage.iter().flat_map(|usage| &usage.rows);
    let called: HashSet<&str> = rows.filter_map(|row| row.client.as_ref()).map(|client| client.as_str()).collect();
    let calls = org.needed.calls.iter().filter(|call| matches!(call.known, Known::Declared(_)));
    let declared: HashSet<usize> = calls.map(|call| call.principal).collect();
    let principals = org.map.principals().iter().enumerate();
    let idle = principals.filter(|(at, one)| {
        one.kind == PrincipalKind::OauthClient
            && one.standing == Standing::Active
            && !org.map.is_auditor(&one.id)
            && !called.contains(one.id.as_str())
            && !declared.contains(at)
    });
    idle.filter(|(_, one)| !is_new(org, one, window)).map(|(at, _)| at).collect()
}

/// Whether a client was made in the window, or was given all of its roles in it.
fn is_new(org: &OrgEvidence<'_>, principal: &Principal, window: Window) -> bool {
    let created = org.map.client(principal).and_then(|client| client.created);
    let grants = org.map.grants_of(principal);
    window.is_young(created) || (!grants.is_empty() && grants.iter().all(|grant| window.is_young(grant.granted_at)))
}

fn unused_roles(org: &OrgEvidence<'_>, principal: &Principal, window: Window, excess: &[&Excess]) -> Vec<UnusedRole> {
    let index = &org.map.rights.index;
    let unused: HashSet<usize> = excess.iter().filter_map(|one| index.number(&one.permission)).collect();
    let mut grants: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    for grant in org.map.grants_of(principal) {
        if let Some(role) = grant.role {
            grants.entry(role).or_default().push(grant);
        }
    }
    let mut found = Vec::new();
    for (role, grants) in grants {
        let Some(rights) = org.map.rights.roles.get(role) else { continue };
        // A role that may permit more than was read may be used for just that.
        if !rights.possibly.is_clear() || grants.iter().all(|grant| window.is_young(grant.granted_at)) {
            continue;
        }
        let given: BTreeSet<usize> = rights.always.ones().chain(rights.under_condition.ones()).collect();
        if given.is_empty() || !given.iter().all(|number| unused.contains(number)) {
            continue;
        }
        let name_of = |id: &GroupId| {
            let group = org.map.snapshot.groups.iter().find(|group| group.id == *id);
            group.map_or_else(|| id.to_string(), |group| group.name.clone())
        };
        let via = grants.iter().filter_map(|grant| grant.via.as_ref());
        found.push(UnusedRole {
            role,
            via: via.map(name_of).collect(),
            age_not_known: grants.iter().any(|grant| grant.granted_at.is_none()),
            permissions: given.iter().filter_map(|number| index.names().get(*number)).cloned().collect(),
        });
    }
    found
}

/// The permissions that some other role gives than those that are unused whole.
fn beside<'e>(
    org: &OrgEvidence<'_>,
    principal: &Principal,
    roles: &[UnusedRole],
    excess: Vec<&'e Excess>,
) -> Vec<&'e Excess> {
    if roles.is_empty() {
        return excess;
    }
    let grants = org.map.grants_of(principal);
    let others: Vec<_> = grants
        .iter()
        .filter_map(|grant| grant.role)
        .filter(|role| roles.iter().all(|unused| unused.role != *role))
        .filter_map(|role| org.map.rights.roles.get(role))
        .collect();
    let given_by_others = |one: &&Excess| {
        let number = org.map.rights.index.number(&one.permission);
        number.is_some_and(|number| {
            others.iter().any(|rights| rights.always.contains(number) || rights.under_condition.contains(number))
        })
    };
    excess.into_iter().filter(given_by_others).collect()
}

/// What makes it doubtful that a principal does not use a thing, although no known call asks for it: calls of which it is
/// not known what lets them through. Empty where there is none, else sentences that begin with a blank.
pub fn doubts(org: &OrgEvidence<'_>, at: usize) -> String {
    let mut operations: BTreeMap<Match, BTreeSet<usize>> = BTreeMap::new();
    for operation in org.needed.calls.iter().filter(|call| call.principal == at).filter_map(|call| call.operation) {
        if let Some(found) = org.map.matrix.operations().get(operation) {
            operations.entry(found.requirement.permissions_match).or_default().insert(operation);
        }
    }
    let of = |matching: Match| operations.get(&matching).map_or(0, BTreeSet::len);
    let against = org.contradictions.iter().filter(|one| {
        one.principal == at
            && one.disagreement == rolecall_access::cross::contradiction::Disagreement::SucceedsThoughDenied
    });
    let against: BTreeSet<usize> = against.map(|one| one.operation).collect();
    let calls = |number: usize| count(number, "operation that it calls", "operations that it calls");
    let mut text = String::new();
    if !against.is_empty() {
        text.push_str(&format!(
            " Of {} the calls succeed although the verdict denies them: what lets them through is not known, and may be \
             among this.",
            calls(against.len())
        ));
    }
    if of(Match::None) > 0 {
        text.push_str(&format!(
            " For {} no permission is listed: whether the platform asks for one is not published.",
            calls(of(Match::None))
        ));
    }
    if of(Match::Unknown) > 0 {
        text.push_str(&format!(" Of {} the requirement is not published.", calls(of(Match::Unknown))));
    }
    text
}

/// How bad it is to hold these without use, and which of them are dangerous, the worst first.
pub fn weigh<'n>(permissions: impl IntoIterator<Item = &'n Permission>) -> (Severity, Vec<&'n str>) {
    let catalogue = danger::catalogue();
    let mut dangerous: Vec<(Severity, &str)> = permissions
        .into_iter()
        .filter_map(|one| Some((catalogue.worst(one.as_str())?.severity, one.as_str())))
        .collect();
    dangerous.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let severity = match dangerous.first().map(|(severity, _)| *severity) {
        Some(Severity::Critical) => Severity::High,
        Some(Severity::High) => Severity::Medium,
        Some(Severity::Medium | Severity::Low | Severity::Info) | None => Severity::Low,
    };
    let grave = dangerous.iter().filter(|(severity, _)| *severity >= Severity::High).map(|(_, name)| *name);
    (severity, grave.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Night;

    const QUEUES: &str = "GET /api/v2/routing/queues";

    fn night() -> Night {
        let mut night = Night::new();
        night.role("r1", "Queues", &["routing:queue:view", "routing:queue:edit"]).role("r2", "Users", &["users:a:b"]);
        night.client("c1", "Robot", &[("r1", "*"), ("r2", "*")]).usage("c1", QUEUES, 5, 5, 0);
        night
    }

    #[test]
    fn window_names_its_days_and_what_is_young_in_it() {
        let night = night();
        let evidence = night.evidence();
        let window = Window::of(&evidence.orgs[0]).unwrap();
        assert_eq!(window.to_string(), "the 30 days from 2026-10-22 to 2026-11-20");
        assert!(window.is_young(Some("2026-10-22T00:00:01Z".parse().unwrap())));
        assert!(!window.is_young(Some("2026-10-22T00:00:00Z".parse().unwrap())) && !window.is_young(None));
    }

    #[test]
    fn every_unused_thing_is_reported_once_and_as_the_largest_that_it_is() {
        let mut night = night();
        night.client("c2", "Idle", &[("r1", "*")]);
        let evidence = night.evidence();
        let unused = Unused::of(&evidence.orgs[0]);
        let name = |at: &usize| evidence.orgs[0].map.principals()[*at].name.as_str();
        assert_eq!(unused.clients.iter().map(name).collect::<Vec<_>>(), ["Idle"]);
        assert_eq!(unused.roles.len(), 1);
        assert_eq!(unused.roles.values().next().unwrap()[0].permissions.len(), 1);
        let left: Vec<&str> = unused.permissions.values().flatten().map(|one| one.permission.as_str()).collect();
        assert_eq!(left, ["routing:queue:edit"]);
    }

    #[test]
    fn usage_that_was_not_read_whole_makes_no_client_and_no_role_unused() {
        let mut night = night();
        night.client("c2", "Idle", &[("r1", "*")]);
        night.snapshot.usage.as_mut().unwrap().complete = false;
        let evidence = night.evidence();
        let unused = Unused::of(&evidence.orgs[0]);
        assert!(unused.clients.is_empty() && unused.roles.is_empty(), "{unused:?}");
    }

    #[test]
    fn calls_that_nobody_can_explain_make_what_is_unused_doubtful() {
        let mut night = night();
        night.usage("c1", "GET /api/v2/oauth/clients", 3, 3, 0).usage("c1", "GET /api/v2/users", 3, 3, 0);
        let evidence = night.evidence();
        let said = doubts(&evidence.orgs[0], 0);
        assert!(said.contains("Of 1 operation that it calls the calls succeed although"), "{said}");
        assert!(said.contains("For 1 operation that it calls no permission is listed"), "{said}");
        assert!(!said.contains("requirement is not published"), "{said}");
        let mut plain = Night::new();
        plain
            .role("r1", "Queues", &["routing:queue:view"])
            .client("c1", "Robot", &[("r1", "*")])
            .usage("c1", QUEUES, 5, 5, 0);
        assert_eq!(doubts(&plain.evidence().orgs[0], 0), "");
    }

    #[test]
    fn young_grant_keeps_its_role_from_being_called_unused() {
        let mut night = night();
        for grant in &mut night.snapshot.grants {
            grant.granted_at = Some("2026-11-15T00:00:00Z".parse().unwrap());
        }
        for client in &mut night.snapshot.oauth_clients {
            client.role_divisions = None;
        }
        let evidence = night.evidence();
        assert!(Unused::of(&evidence.orgs[0]).roles.is_empty());
    }
}
