//! What decides verdicts, so that the page can work out any cell of the matrix without holding one of them.
//!
//! Roles, permissions, endpoints, OAuth clients and service users stand in the blocks of their CSV files; what is here
//! points into those by row. Principals that hold the same share one row of holdings, as they do in
//! [`AccessMap`](rolecall_access::cross::AccessMap).

use std::collections::{BTreeSet, HashMap, HashSet};

use fixedbitset::FixedBitSet;

use super::Columns;
use crate::html::night::Night;
use crate::view::Tables;
use rolecall_access::cross::holdings::Key;
use rolecall_access::cross::policies::Applying;
use rolecall_access::cross::principal::{Principal, PrincipalKind, Standing};
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::policy::{AccessPolicy, PolicySubject};
use rolecall_base::user::User;
use rolecall_findings::evidence::{Evidence, OrgEvidence};

/// More plain users than this are not put into the page; those whom a finding, a gap or an excess names are.
const MOST_USERS: usize = 25_000;

/// Rows by org and id.
type Rows<'a> = HashMap<(&'a str, &'a str), i64>;

fn sorted<'a>(evidence: &'a Evidence<'_>) -> Vec<&'a OrgEvidence<'a>> {
    Night::of(evidence).orgs
}

fn name<'a>(org: &'a OrgEvidence<'_>) -> &'a str {
    &org.map.snapshot.org.name
}

fn row(at: usize) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

/// One row an org: whether it enforces scopes, and which of the lists that verdicts rest on were read completely.
pub fn orgs(evidence: &Evidence<'_>, tables: &Tables) -> Columns {
    let orgs = sorted(evidence);
    let enforced = |org: &&OrgEvidence<'_>| match org.map.scopes_enforced {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    };
    let flag = |set: bool| Some(i64::from(set));
    let left_out = |org: &&OrgEvidence<'_>| {
        let all = org.map.principals().iter().filter(|one| one.kind == PrincipalKind::User).count();
        Some(row(all - plain_users(tables, org).len()))
    };
    Columns::new(orgs.len())
        .text("org", orgs.iter().map(|org| name(org)))
        .text("environment", orgs.iter().map(|org| org.map.snapshot.org.environment.as_str()))
        .text("scopes_enforced", orgs.iter().map(enforced))
        .number("catalogue_whole", orgs.iter().map(|org| flag(org.map.rights.catalogue_whole)))
        .number("policies_read", orgs.iter().map(|org| flag(org.map.denials().all_read)))
        .number("users_left_out", orgs.iter().map(left_out))
        .list("not_read", orgs.iter().map(|org| not_read(org)))
}

/// The lists that verdicts rest on and that were not read completely, with what that leaves open.
fn not_read(org: &OrgEvidence<'_>) -> Vec<String> {
    let coverage = &org.map.snapshot.coverage;
    let missing = Listing::VERDICTS.into_iter().filter_map(|listing| match coverage.seen(listing) {
        Seen::Whole | Seen::NotAsked => None,
        seen => Some(format!("{} {}: {}", listing.as_str(), seen.as_str(), listing.affects())),
    });
    missing.collect()
}

/// Beside each row of `roles`: which of its permissions hold only under a condition (positions in its list), which it
/// may hold in addition (runs of rows of `permissions`), whether it was not read completely, and the wildcards as written.
pub fn roles(evidence: &Evidence<'_>, tables: &Tables) -> Columns {
    let mut numbers: HashMap<&str, HashMap<&str, i64>> = HashMap::new();
    for (at, permission) in tables.permissions.iter().enumerate() {
        numbers.entry(&permission.org).or_default().insert(&permission.permission, row(at));
    }
    let orgs = sorted(evidence);
    let by_name: HashMap<&str, &OrgEvidence<'_>> = orgs.iter().map(|org| (name(org), *org)).collect();
    let positions = role_positions(&orgs);
    let mut under: Vec<Vec<i64>> = Vec::new();
    let mut possibly: Vec<Vec<i64>> = Vec::new();
    let mut open = Vec::new();
    let mut wildcards: Vec<Vec<String>> = Vec::new();
    for listed in &tables.roles {
        let key = (listed.org.as_str(), listed.id.as_str());
        let found = by_name.get(listed.org.as_str()).zip(positions.get(&key)).and_then(|(org, at)| {
            let map = &org.map;
            Some((map, map.snapshot.roles.get(*at)?, map.rights.roles.get(*at)?))
        });
        let Some((map, role, rights)) = found else {
            under.push(Vec::new());
            possibly.push(Vec::new());
            open.push(Some(1));
            wildcards.push(Vec::new());
            continue;
        };
        let names = map.rights.index.names();
        let conditioned: HashSet<&str> =
            rights.under_condition.ones().filter_map(|number| names.get(number)).map(|name| name.as_str()).collect();
        let at = listed.permissions.iter().enumerate();
        under.push(at.filter(|(_, name)| conditioned.contains(name.as_str())).map(|(at, _)| row(at)).collect());
        let unread = map.snapshot.coverage.unread_keys(Listing::Roles).unwrap_or_default();
        let is_open = unread.contains(&role.id.as_str());
        open.push(Some(i64::from(is_open)));
        let rows = numbers.get(listed.org.as_str());
        possibly.push(if is_open { Vec::new() } else { runs(map, rows, &rights.possibly) });
        let patterns = role.policies.iter().flat_map(|policy| {
            let mark = if policy.is_conditional() { " under a condition" } else { "" };
            policy.patterns().filter(|one| one.is_wildcard()).map(move |one| format!("{one}{mark}"))
        });
        wildcards.push(patterns.collect::<BTreeSet<_>>().into_iter().collect());
    }
    Columns::new(tables.roles.len())
        .numbers("under_condition", under)
        .numbers("possibly", possibly)
        .number("open", open)
        .list("wildcards", wildcards)
}

/// Positions of the roles in their snapshots; of two with one id the last, to which grants lead.
fn role_positions<'a>(orgs: &[&'a OrgEvidence<'_>]) -> HashMap<(&'a str, &'a str), usize> {
    let each = orgs.iter().flat_map(|org| {
        let roles = org.map.snapshot.roles.iter().enumerate();
        roles.map(|(at, role)| ((name(org), role.id.as_str()), at))
    });
    each.collect()
}

/// A set of permissions as runs of rows: first row and how many, again and again.
fn runs(map: &rolecall_access::cross::AccessMap<'_>, rows: Option<&HashMap<&str, i64>>, set: &FixedBitSet) -> Vec<i64> {
    let names = map.rights.index.names();
    let found = set.ones().filter_map(|number| rows?.get(names.get(number)?.as_str()).copied());
    let mut found: Vec<i64> = found.collect();
    found.sort_unstable();
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for at in found {
        match runs.last_mut() {
            Some((first, count)) if *first + *count == at => *count += 1,
            _ => runs.push((at, 1)),
        }
    }
    runs.into_iter().flat_map(|(first, count)| [first, count]).collect()
}

/// The keys of an org in their own order, with the place of each number in it.
fn ordered<'a>(org: &'a OrgEvidence<'_>) -> (Vec<&'a Key>, Vec<usize>) {
    let keys = org.map.keys();
    let mut order: Vec<(&Key, usize)> = keys.iter().zip(0..).collect();
    order.sort_unstable();
    let mut places = vec![0; keys.len()];
    for (place, (_, number)) in order.iter().enumerate() {
        if let Some(slot) = places.get_mut(*number) {
            *slot = place;
        }
    }
    (order.into_iter().map(|(key, _)| key).collect(), places)
}

/// One row a distinct set of grants: the roles (rows of `roles` plus one; 0 where the role was not read), where each
/// reaches (rows of `divisions` plus one; 0 for all), roles that could be held in addition, and whether anything could be.
pub fn holdings(evidence: &Evidence<'_>, tables: &Tables) -> Columns {
    let role_rows: Rows<'_> =
        tables.roles.iter().enumerate().map(|(at, role)| ((role.org.as_str(), role.id.as_str()), row(at))).collect();
    let mut roles: Vec<Vec<i64>> = Vec::new();
    let mut reaches: Vec<Vec<i64>> = Vec::new();
    let mut possible: Vec<Vec<i64>> = Vec::new();
    let mut anything = Vec::new();
    let mut first_division = 0;
    for org in sorted(evidence) {
        let role_row = |at: usize| {
            let id = org.map.snapshot.roles.get(at).map(|role| role.id.as_str())?;
            role_rows.get(&(name(org), id)).copied()
        };
        for key in ordered(org).0 {
            let role = |role: u32| (role as usize).checked_sub(1).and_then(role_row).map_or(0, |at| at + 1);
            let reach = |reach: u32| if reach == 0 { 0 } else { first_division + i64::from(reach) };
            roles.push(key.pieces.iter().map(|(one, _)| role(*one)).collect());
            reaches.push(key.pieces.iter().map(|(_, at)| reach(*at)).collect());
            possible.push(key.possible_roles.iter().filter_map(|at| role_row(*at as usize)).collect());
            anything.push(Some(i64::from(key.anything)));
        }
        first_division += row(org.map.numbered_divisions().len());
    }
    Columns::new(anything.len())
        .numbers("roles", roles)
        .numbers("reaches", reaches)
        .numbers("possible", possible)
        .number("anything", anything)
}

/// One row a division that is listed or that a grant names.
pub fn divisions(evidence: &Evidence<'_>, tables: &Tables) -> Columns {
    let mut grants: Rows<'_> = HashMap::new();
    for grant in &tables.grants {
        *grants.entry((grant.org.as_str(), grant.division_id.as_str())).or_default() += 1;
    }
    let mut rows = Vec::new();
    for org in sorted(evidence) {
        let listed: HashMap<&str, _> = org.map.snapshot.divisions.iter().map(|one| (one.id.as_str(), one)).collect();
        for id in org.map.numbered_divisions() {
            let division = listed.get(id.as_str());
            let count = grants.get(&(name(org), id.as_str())).copied().unwrap_or(0);
            let home = division.map_or("", |one| if one.home { "yes" } else { "no" });
            rows.push((name(org), id.as_str(), division.map_or("", |one| one.name.as_str()), home, count));
        }
    }
    Columns::new(rows.len())
        .text("org", rows.iter().map(|one| one.0))
        .text("id", rows.iter().map(|one| one.1))
        .text("name", rows.iter().map(|one| one.2))
        .text("home", rows.iter().map(|one| one.3))
        .number("grants", rows.iter().map(|one| Some(one.4)))
}

/// The plain users that the page holds, in the order of the map's principals.
fn plain_users<'a>(tables: &Tables, org: &'a OrgEvidence<'_>) -> Vec<(&'a Principal, &'a User)> {
    let plain = org.map.principals().iter().filter(|one| one.kind == PrincipalKind::User);
    let with_user = |one: &'a Principal| org.map.snapshot.users.get(one.at).map(|user| (one, user));
    let all: Vec<_> = plain.filter_map(with_user).collect();
    if all.len() <= MOST_USERS {
        return all;
    }
    let in_findings = tables.findings.iter().map(|one| one.subject_id.as_str());
    let in_gaps = tables.gaps.iter().map(|one| one.principal_id.as_str());
    let in_excess = tables.excess.iter().map(|one| one.principal_id.as_str());
    let named: HashSet<&str> = in_findings.chain(in_gaps).chain(in_excess).collect();
    all.into_iter().filter(|(one, _)| named.contains(one.id.as_str())).collect()
}

/// One row a plain user. OAuth clients and service users have blocks of their own.
pub fn users(evidence: &Evidence<'_>, tables: &Tables) -> Columns {
    let orgs = sorted(evidence);
    let users: Vec<(&str, &User)> =
        orgs.iter().flat_map(|org| plain_users(tables, org).into_iter().map(|(_, user)| (name(org), user))).collect();
    Columns::new(users.len())
        .text("org", users.iter().map(|(org, _)| *org))
        .text("id", users.iter().map(|(_, user)| user.id.as_str()))
        .text("name", users.iter().map(|(_, user)| user.name.as_str()))
        .text("email", users.iter().map(|(_, user)| user.email.as_deref().unwrap_or_default()))
        .text("state", users.iter().map(|(_, user)| user.state.as_str()))
}

/// One row a principal, those of `oauth_clients` first, then those of `service_users`, then those of `users`, each in
/// the order of its block: whether it can act (0: yes, 1: no, 2: not known), what it holds (a row of
/// `access_holdings`), which policies could apply to it (a row of `access_applying`), whether its scopes were reported.
pub fn principals(evidence: &Evidence<'_>, tables: &Tables) -> Columns {
    let orgs = sorted(evidence);
    let mut found: HashMap<(&str, PrincipalKind, &str), [i64; 4]> = HashMap::new();
    let mut users: Vec<[i64; 4]> = Vec::new();
    let (mut first_key, mut first_applying) = (0, 0);
    for org in &orgs {
        let (keys, places) = ordered(org);
        let sets = applying_sets(org);
        let facts = |one: &Principal| {
            let standing = match one.standing {
                Standing::Active => 0,
                Standing::Inactive => 1,
                Standing::NotKnown => 2,
            };
            let key = first_key + row(places.get(one.holdings).copied().unwrap_or(0));
            let applying = first_applying + row(sets.binary_search(&&one.policies).unwrap_or(0));
            let reported = org.map.client(one).is_none_or(|client| client.scopes.is_some());
            [standing, key, applying, i64::from(reported)]
        };
        for one in org.map.principals() {
            found.insert((name(org), one.kind, &one.id), facts(one));
        }
        users.extend(plain_users(tables, org).into_iter().map(|(one, _)| facts(one)));
        first_key += row(keys.len());
        first_applying += row(sets.len());
    }
    // A row of a CSV file without a principal cannot be; if it were, nothing would be known of it.
    let get = |org: &str, kind, id: &str| found.get(&(org, kind, id)).copied().unwrap_or([2, 0, 0, 0]);
    let clients = tables.oauth_clients.iter().map(|one| get(&one.org, PrincipalKind::OauthClient, &one.id));
    let service = tables.service_users.iter().map(|one| get(&one.org, PrincipalKind::ServiceUser, &one.id));
    let all: Vec<[i64; 4]> = clients.chain(service).chain(users).collect();
    let column = |at: usize| all.iter().map(move |facts| facts.get(at).copied());
    Columns::new(all.len())
        .number("standing", column(0))
        .number("holdings", column(1))
        .number("applying", column(2))
        .number("scopes_reported", column(3))
}

/// The distinct sets of policies that could apply to principals of an org, in order.
fn applying_sets<'a>(org: &'a OrgEvidence<'_>) -> Vec<&'a Applying> {
    org.map.principals().iter().map(|one| &one.policies).collect::<BTreeSet<_>>().into_iter().collect()
}

/// One row a distinct set of policies that could apply to a principal: rows of `access_policies`, those that could for
/// all that was read, and those that could only if something that was not read says so.
pub fn applying(evidence: &Evidence<'_>) -> Columns {
    let mut could: Vec<Vec<i64>> = Vec::new();
    let mut unread: Vec<Vec<i64>> = Vec::new();
    let mut first = 0;
    for org in sorted(evidence) {
        let places: HashMap<usize, i64> =
            org.map.denials().iter().zip(first..).map(|((at, ..), place)| (at, place)).collect();
        let rows = |at: &[usize]| at.iter().filter_map(|at| places.get(at).copied()).collect();
        for set in applying_sets(org) {
            could.push(rows(&set.could));
            unread.push(rows(&set.unread));
        }
        first += row(places.len());
    }
    Columns::new(could.len()).numbers("could", could).numbers("unread", unread)
}

/// One row an active policy that denies, with the permissions that it is about as runs of rows of `permissions`.
pub fn policies(evidence: &Evidence<'_>, tables: &Tables) -> Columns {
    let mut numbers: HashMap<&str, HashMap<&str, i64>> = HashMap::new();
    for (at, permission) in tables.permissions.iter().enumerate() {
        numbers.entry(&permission.org).or_default().insert(&permission.permission, row(at));
    }
    let orgs = sorted(evidence);
    let each = orgs.iter().flat_map(|org| {
        let rows = numbers.get(name(org));
        org.map.denials().iter().map(move |(_, policy, target)| (name(org), policy, runs(&org.map, rows, target)))
    });
    let rows: Vec<(&str, &AccessPolicy, Vec<i64>)> = each.collect();
    Columns::new(rows.len())
        .text("org", rows.iter().map(|one| one.0))
        .text("id", rows.iter().map(|one| one.1.id.as_str()))
        .text("name", rows.iter().map(|one| one.1.name.as_str()))
        .text("target", rows.iter().map(|one| one.1.target.as_str()))
        .text("subject", rows.iter().map(|one| subject(&one.1.subject)))
        .text("condition", rows.iter().map(|one| if one.1.has_condition { "yes" } else { "no" }))
        .numbers("permissions", rows.iter().map(|one| one.2.iter().copied()))
}

fn subject(subject: &PolicySubject) -> String {
    match subject {
        PolicySubject::All => "everybody".to_owned(),
        PolicySubject::User(id) => format!("user {id}"),
        PolicySubject::Client(id) => format!("OAuth client {id}"),
        PolicySubject::Group(id) => format!("members of group {id}"),
        PolicySubject::Team(id) => format!("members of team {id}"),
        PolicySubject::NotStated => "not stated: it could be anybody".to_owned(),
    }
}

#[cfg(test)]
mod tests;
