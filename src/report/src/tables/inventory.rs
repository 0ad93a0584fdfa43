//! The rows of the CSV files that list what an org holds: clients, service users, roles, permissions, grants.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::view::{GrantRow, OauthClientRow, PermissionRow, RoleRow, ServiceUserRow, Tables};
use rolecall_access::cross::AccessMap;
use rolecall_access::cross::principal::{HeldGrant, Principal, PrincipalKind};
use rolecall_base::coverage::Listing;
use rolecall_base::grant::{Reach, SubjectKind};
use rolecall_base::id::{ClientId, DivisionId};
use rolecall_base::oauth_client::OauthClient;
use rolecall_base::permission::Permission;
use rolecall_findings::danger;
use rolecall_findings::evidence::OrgEvidence;

/// The names of an org's things by id.
pub struct Names<'a> {
    divisions: HashMap<&'a str, &'a str>,
    roles: HashMap<&'a str, &'a str>,
    groups: HashMap<&'a str, &'a str>,
    trustees: HashMap<&'a str, &'a str>,
}

impl<'a> Names<'a> {
    /// Indexes the names of a snapshot.
    pub fn of(map: &AccessMap<'a>) -> Self {
        let snapshot = map.snapshot;
        let people = snapshot.trustees.iter().flat_map(|trustee| trustee.users.iter().chain(&trustee.groups).flatten());
        Self {
            divisions: snapshot.divisions.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect(),
            roles: snapshot.roles.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect(),
            groups: snapshot.groups.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect(),
            trustees: people.map(|one| (one.id.as_str(), one.name.as_str())).collect(),
        }
    }

    /// A division's name; its id where it was not listed.
    pub fn division<'b>(&'b self, id: &'b DivisionId) -> &'b str {
        self.divisions.get(id.as_str()).copied().unwrap_or(id.as_str())
    }

    /// A reach in words: a division's name, or `*`.
    pub fn reach<'b>(&'b self, reach: &'b Reach) -> &'b str {
        match reach {
            Reach::All => "*",
            Reach::In(id) => self.division(id),
        }
    }
}

/// Adds an org's rows.
pub fn add(org: &OrgEvidence<'_>, names: &Names<'_>, tables: &mut Tables) {
    let map = &org.map;
    let held = Held::of(map, names);
    tables.oauth_clients.extend(clients(map, &held));
    tables.service_users.extend(service_users(map, &held));
    tables.roles.extend(roles(map));
    tables.permissions.extend(permissions(map));
    tables.grants.extend(held.rows);
    tables.grants.extend(other_grants(map, names));
}

/// What each principal was given, as rows and as names.
struct Held {
    rows: Vec<GrantRow>,
    roles: HashMap<(PrincipalKind, String), BTreeSet<String>>,
    divisions: HashMap<(PrincipalKind, String), BTreeSet<String>>,
}

impl Held {
    fn of(map: &AccessMap<'_>, names: &Names<'_>) -> Self {
        let mut all = Self { rows: Vec::new(), roles: HashMap::new(), divisions: HashMap::new() };
        let listed = listed_for_clients(map);
        for principal in map.principals() {
            let mut rows: BTreeSet<GrantRow> =
                map.grants_of(principal).iter().map(|grant| grant_row(map, names, principal, grant)).collect();
            // Roles mean nothing for a client that acts for users; what was given to it is listed all the same.
            if let Some(client) = map.client(principal).filter(|_| principal.acts_for_users()) {
                rows.extend(
                    given(client, &listed)
                        .map(|(role, reach, at)| row(map, names, principal, role, reach, "direct", at)),
                );
            }
            let key = (principal.kind, principal.id.clone());
            let role = |row: &GrantRow| {
                if row.role_name.is_empty() { row.role_id.clone() } else { row.role_name.clone() }
            };
            all.roles.insert(key.clone(), rows.iter().map(role).collect());
            let divisions: BTreeSet<String> = rows.iter().map(|row| row.division_name.clone()).collect();
            let everywhere = divisions.contains("*");
            all.divisions.insert(key, if everywhere { BTreeSet::from(["*".to_owned()]) } else { divisions });
            all.rows.extend(rows);
        }
        all
    }

    fn roles(&self, principal: &Principal) -> Vec<String> {
        let found = self.roles.get(&(principal.kind, principal.id.clone()));
        found.into_iter().flatten().cloned().collect()
    }

    fn divisions(&self, principal: &Principal) -> Vec<String> {
        let found = self.divisions.get(&(principal.kind, principal.id.clone()));
        found.into_iter().flatten().cloned().collect()
    }
}

type Listed<'a> = HashMap<&'a str, Vec<(&'a str, &'a Reach, Option<Timestamp>)>>;

/// The grants that the role lists show, for clients alone.
fn listed_for_clients<'a>(map: &AccessMap<'a>) -> Listed<'a> {
    let mut listed: Listed<'a> = HashMap::new();
    for grant in map.snapshot.grants.iter().filter(|grant| grant.subject_kind == SubjectKind::OauthClient) {
        let entry = (grant.role.as_str(), &grant.reach, grant.granted_at);
        listed.entry(grant.subject.as_str()).or_default().push(entry);
    }
    listed
}

/// What was given to a client by its own list and by the role lists, each pair once.
fn given<'a>(
    client: &'a OauthClient,
    listed: &Listed<'a>,
) -> impl Iterator<Item = (&'a str, &'a Reach, Option<Timestamp>)> + use<'a> {
    let mut pairs: BTreeMap<(&'a str, &'a Reach), Option<Timestamp>> = BTreeMap::new();
    for pair in client.role_divisions.iter().flatten() {
        pairs.insert((pair.role.as_str(), &pair.reach), None);
    }
    for (role, reach, at) in listed.get(client.id.as_str()).into_iter().flatten() {
        let known = pairs.entry((role, reach)).or_default();
        *known = known.or(*at);
    }
    pairs.into_iter().map(|((role, reach), at)| (role, reach, at))
}

fn grant_row(map: &AccessMap<'_>, names: &Names<'_>, principal: &Principal, grant: &HeldGrant) -> GrantRow {
    let via = match &grant.via {
        None => "direct".to_owned(),
        Some(group) => format!("group:{}", names.groups.get(group.as_str()).copied().unwrap_or(group.as_str())),
    };
    row(map, names, principal, grant.role_id.as_str(), &grant.reach, &via, grant.granted_at)
}

fn row(
    map: &AccessMap<'_>,
    names: &Names<'_>,
    principal: &Principal,
    role: &str,
    reach: &Reach,
    via: &str,
    at: Option<Timestamp>,
) -> GrantRow {
    GrantRow {
        org: map.snapshot.org.name.clone(),
        principal_kind: principal.kind.as_str().to_owned(),
        principal_id: principal.id.clone(),
        principal_name: principal.name.clone(),
        role_id: role.to_owned(),
        role_name: names.roles.get(role).copied().unwrap_or("").to_owned(),
        division_id: reach.as_str().to_owned(),
        division_name: names.reach(reach).to_owned(),
        via: via.to_owned(),
        granted_at: at,
    }
}

/// Grants to whoever is no principal here: groups, people of other orgs, users that were not collected.
fn other_grants<'b>(map: &'b AccessMap<'_>, names: &'b Names<'_>) -> impl Iterator<Item = GrantRow> + 'b {
    let principals: HashSet<&str> = map.principals().iter().map(|principal| principal.id.as_str()).collect();
    map.snapshot.grants.iter().filter(move |grant| !principals.contains(grant.subject.as_str())).map(|grant| {
        let id = grant.subject.as_str();
        let (kind, known) = match grant.subject_kind {
            SubjectKind::OauthClient => ("oauth_client", None),
            SubjectKind::User => ("user", None),
            SubjectKind::Group => ("group", names.groups.get(id)),
            SubjectKind::TrusteeUser => ("trustee_user", names.trustees.get(id)),
            SubjectKind::TrusteeGroup => ("trustee_group", names.trustees.get(id)),
            SubjectKind::Unknown => ("unknown", None),
        };
        GrantRow {
            org: map.snapshot.org.name.clone(),
            principal_kind: kind.to_owned(),
            principal_id: id.to_owned(),
            principal_name: known.copied().or(grant.subject_name.as_deref()).unwrap_or("").to_owned(),
            role_id: grant.role.to_string(),
            role_name: names.roles.get(grant.role.as_str()).copied().unwrap_or("").to_owned(),
            division_id: grant.reach.as_str().to_owned(),
            division_name: names.reach(&grant.reach).to_owned(),
            via: "direct".to_owned(),
            granted_at: grant.granted_at,
        }
    })
}

/// What the usage data say of each client.
pub struct Used<'a> {
    by_client: HashMap<&'a str, (Date, u64)>,
    whole: bool,
}

impl<'a> Used<'a> {
    /// Adds the usage data of an org up.
    pub fn of(map: &AccessMap<'a>) -> Self {
        let usage = map.snapshot.usage.as_ref();
        let mut by_client: HashMap<&str, (Date, u64)> = HashMap::new();
        for row in usage.iter().flat_map(|usage| &usage.rows).filter(|row| row.user.is_none()) {
            if let Some(client) = &row.client {
                let known = by_client.entry(client.as_str()).or_insert((row.last, 0));
                *known = (known.0.max(row.last), known.1 + row.requests);
            }
        }
        Self { by_client, whole: usage.is_some_and(|usage| usage.complete) }
    }

    /// The last day on which a client called.
    pub fn last(&self, client: &ClientId) -> Option<Date> {
        self.by_client.get(client.as_str()).map(|(last, _)| *last)
    }

    /// How often a client called. Rows that are missing could hold more calls: a part of the sum is not the sum.
    pub fn requests(&self, client: &ClientId) -> Option<u64> {
        self.whole.then(|| self.by_client.get(client.as_str()).map_or(0, |(_, requests)| *requests))
    }
}

/// A list of allowed addresses as a cell.
fn addresses(client: &OauthClient) -> Vec<String> {
    let list = client.allowed_addresses.iter();
    let not_known = list.clone().any(|list| !list.not_understood.is_empty()).then(|| "not known".to_owned());
    list.flat_map(|list| list.texts()).chain(not_known).collect()
}

fn clients(map: &AccessMap<'_>, held: &Held) -> Vec<OauthClientRow> {
    let used = Used::of(map);
    let pairs = map.principals().iter().filter_map(|principal| map.client(principal).map(|client| (principal, client)));
    pairs
        .map(|(principal, client)| OauthClientRow {
            org: map.snapshot.org.name.clone(),
            id: client.id.to_string(),
            name: client.name.clone(),
            state: client.state.as_str().to_owned(),
            grant_type: client.grant_type.as_str().to_owned(),
            scopes: client.scopes.iter().flatten().map(ToString::to_string).collect(),
            roles: held.roles(principal),
            divisions: held.divisions(principal),
            token_validity_seconds: client.token_validity_seconds,
            created: client.created,
            modified: client.modified,
            last_used: used.last(&client.id),
            requests_observed: used.requests(&client.id),
            allowed_addresses: addresses(client),
        })
        .collect()
}

fn service_users(map: &AccessMap<'_>, held: &Held) -> Vec<ServiceUserRow> {
    let service = map.principals().iter().filter(|principal| principal.kind == PrincipalKind::ServiceUser);
    service
        .filter_map(|principal| {
            let user = map.snapshot.users.get(principal.at)?;
            Some(ServiceUserRow {
                org: map.snapshot.org.name.clone(),
                id: user.id.to_string(),
                name: user.name.clone(),
                email: user.email.clone().unwrap_or_default(),
                state: user.state.clone(),
                matched_by: user.matched_by.clone().unwrap_or_default(),
                roles: held.roles(principal),
                divisions: held.divisions(principal),
                last_login: user.last_login,
            })
        })
        .collect()
}

fn roles(map: &AccessMap<'_>) -> Vec<RoleRow> {
    let mut members: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for grant in &map.snapshot.grants {
        members.entry(grant.role.as_str()).or_default().insert(grant.subject.as_str());
    }
    for client in &map.snapshot.oauth_clients {
        for pair in client.role_divisions.iter().flatten() {
            members.entry(pair.role.as_str()).or_default().insert(client.id.as_str());
        }
    }
    let unread = map.snapshot.coverage.unread_keys(Listing::RoleGrants);
    let rows = map.snapshot.roles.iter().zip(&map.rights.roles).map(|(role, rights)| {
        let numbers = rights.always.union(&rights.under_condition);
        let mut names: Vec<&str> =
            numbers.filter_map(|number| map.rights.index.names().get(number)).map(Permission::as_str).collect();
        names.sort_unstable();
        let seen = members.get(role.id.as_str()).map_or(0, BTreeSet::len) as u64;
        let whole = unread.as_ref().is_some_and(|unread| !unread.contains(&role.id.as_str()));
        RoleRow {
            org: map.snapshot.org.name.clone(),
            id: role.id.to_string(),
            name: role.name.clone(),
            kind: role.kind().to_owned(),
            permission_count: names.len() as u64,
            permissions: names.into_iter().map(str::to_owned).collect(),
            members: whole.then_some(seen),
            unused_permissions: {
                let unused: BTreeSet<&Permission> = role.unused_permissions.iter().flatten().collect();
                unused.into_iter().map(ToString::to_string).collect()
            },
            members_seen: seen,
        }
    });
    rows.collect()
}

fn permissions(map: &AccessMap<'_>) -> Vec<PermissionRow> {
    let size = map.rights.index.len();
    let mut by_holdings: HashMap<usize, u64> = HashMap::new();
    let mut principals = vec![0_u64; size];
    for principal in map.principals().iter().filter(|principal| !principal.acts_for_users()) {
        *by_holdings.entry(principal.holdings).or_default() += 1;
    }
    for principal in map.principals() {
        // Each distinct set of holdings is counted once, for all who share it.
        let Some(count) = by_holdings.remove(&principal.holdings) else { continue };
        let held = map.holdings_of(principal).into_iter().flat_map(|held| held.at_all.ones());
        held.for_each(|number| principals.get_mut(number).into_iter().for_each(|sum| *sum += count));
    }
    let mut roles = vec![0_u64; size];
    for rights in &map.rights.roles {
        let granted = rights.always.union(&rights.under_condition);
        granted.for_each(|number| roles.get_mut(number).into_iter().for_each(|sum| *sum += 1));
    }
    let mut operations = vec![0_u64; size];
    for permission in map.matrix.operations().iter().flat_map(|operation| &operation.requirement.permissions) {
        let number = map.rights.index.number(permission);
        number.and_then(|number| operations.get_mut(number)).into_iter().for_each(|sum| *sum += 1);
    }
    let catalogue: HashMap<&Permission, (Option<bool>, Option<bool>)> = map
        .snapshot
        .permissions
        .iter()
        .map(|entry| (&entry.permission, (entry.division_aware, entry.allows_conditions)))
        .collect();
    let rows = map.rights.index.names().iter().enumerate().map(|(number, name)| {
        let (division_aware, allows_conditions) = catalogue.get(name).copied().unwrap_or_default();
        let listed = map.rights.in_catalogue.contains(number);
        PermissionRow {
            org: map.snapshot.org.name.clone(),
            permission: name.to_string(),
            division_aware,
            allows_conditions,
            risk: danger::catalogue().risk(name.as_str()),
            roles: roles.get(number).copied().unwrap_or(0),
            principals: principals.get(number).copied().unwrap_or(0),
            in_catalogue: (listed || map.rights.catalogue_whole).then_some(listed),
            operations: operations.get(number).copied().unwrap_or(0),
        }
    });
    rows.collect()
}
