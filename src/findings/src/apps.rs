//! Authorized apps of others: who they are, what they call, and what they could reach at most.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;

use super::danger::{self, Entry};
use super::evidence::OrgEvidence;
use super::finding::Subject;
use super::severity::Severity;
use rolecall_access::cross::AccessMap;
use rolecall_base::app::{App, AppKind};
use rolecall_base::grant::SubjectKind;
use rolecall_base::oauth_client::GrantType;
use rolecall_base::permission::Permission;
use rolecall_base::scope::Scope;
use rolecall_base::usage::UsageRow;
use rolecall_matrix::{Endpoint, Match, Operation};

/// An app as the subject of a finding.
pub fn app_subject(app: &App) -> Subject {
    Subject { kind: "app", id: app.client.to_string(), name: app.name.clone() }
}

/// The apps of an org that others run, or may run.
pub fn foreign_apps<'e>(org: &'e OrgEvidence<'_>) -> impl Iterator<Item = (&'e App, AppKind)> {
    let snapshot = org.map.snapshot;
    snapshot.apps.iter().map(|app| (app, app.kind(snapshot))).filter(|(_, kind)| kind.is_foreign())
}

/// The kind in words: `third-party app`.
pub fn kind_words(kind: AppKind) -> &'static str {
    match kind {
        AppKind::ThirdParty => "third-party app",
        AppKind::BuiltIn => "built-in app",
        AppKind::Own => "own client",
        AppKind::Unknown => "app (third-party or own: the OAuth clients were not read completely)",
    }
}

/// The observed calls of an app, of all its users together.
pub fn observed<'e>(org: &'e OrgEvidence<'_>, app: &App) -> impl Iterator<Item = &'e UsageRow> {
    let client = app.client.clone();
    let rows = org.map.snapshot.usage.iter().flat_map(|usage| &usage.rows);
    rows.filter(move |row| row.user.is_none() && row.client.as_ref() == Some(&client))
}

/// The endpoints of its observed calls, each with the position of its operation in the matrix.
pub fn calls(org: &OrgEvidence<'_>, app: &App) -> BTreeSet<(Endpoint, Option<usize>)> {
    let endpoint = |row: &UsageRow| {
        let endpoint = Endpoint::new(row.method.parse().ok()?, &row.template);
        Some(match org.map.matrix.resolve(&endpoint) {
            Some((at, operation)) => (operation.endpoint.clone(), Some(at)),
            None => (endpoint, None),
        })
    };
    observed(org, app).filter_map(endpoint).collect()
}

/// A dangerous permission that an app can use.
pub struct Reached<'e> {
    /// The permission.
    pub permission: &'e Permission,
    /// What the catalogue says of it.
    pub entry: &'static Entry,
    /// The scope or role by which the app reaches it.
    pub through: BTreeSet<String>,
    /// Whether every way to it only reads.
    pub reads_only: bool,
}

/// The dangerous permissions that an app can use, worst first: by its scopes, as far as somebody in the org holds them;
/// by its roles, where it acts as itself.
pub fn reached<'e>(org: &'e OrgEvidence<'_>, app: &'e App) -> Vec<Reached<'e>> {
    let mut found: BTreeMap<usize, Reached<'e>> = BTreeMap::new();
    if app.acts_for_users() {
        by_scopes(org, app, &mut found);
    }
    if matches!(app.grant_type, GrantType::ClientCredentials | GrantType::NotStated) {
        by_roles(&org.map, app, &mut found);
    }
    let mut found: Vec<Reached<'e>> = found.into_values().collect();
    found.sort_by(|a, b| b.entry.severity.cmp(&a.entry.severity).then_with(|| a.permission.cmp(b.permission)));
    found
}

fn by_scopes<'e>(org: &'e OrgEvidence<'_>, app: &'e App, found: &mut BTreeMap<usize, Reached<'e>>) {
    let map = &org.map;
    let people = held_by_people(map);
    let unlimited = map.scopes_enforced == Some(false);
    for (at, operation) in map.matrix.operations().iter().enumerate() {
        let requirement = &operation.requirement;
        let through: BTreeSet<String> = if unlimited {
            BTreeSet::from(["any scope (the org does not enforce scopes)".to_owned()])
        } else {
            let has = |scope: &&Scope| app.scopes.iter().flatten().any(|had| had == *scope);
            requirement.scopes.iter().filter(has).map(|scope| format!("scope `{scope}`")).collect()
        };
        if through.is_empty() {
            continue;
        }
        for number in decisive(map, at, operation).into_iter().filter(|number| people.contains(*number)) {
            note(map, number, &through, operation.endpoint.method.as_str() == "GET", found);
        }
    }
}

/// The permissions that whoever calls the operation surely uses: all of them, or the only one that is asked for.
fn decisive(map: &AccessMap<'_>, at: usize, operation: &Operation) -> Vec<usize> {
    let demanded = map.demanded(at);
    match operation.requirement.permissions_match {
        Match::All => demanded.to_vec(),
        Match::Any if demanded.len() == 1 => demanded.to_vec(),
        Match::Any | Match::None | Match::Unknown => Vec::new(),
    }
}

fn by_roles<'e>(map: &'e AccessMap<'_>, app: &'e App, found: &mut BTreeMap<usize, Reached<'e>>) {
    let granted = map.snapshot.grants.iter().filter(|grant| grant.subject.as_str() == app.client.as_str());
    let granted: BTreeSet<&str> = granted.map(|grant| grant.role.as_str()).collect();
    for (role, rights) in map.snapshot.roles.iter().zip(&map.rights.roles) {
        let named = app.roles.iter().flatten().any(|one| one == role.id.as_str() || *one == role.name);
        if named || granted.contains(role.id.as_str()) {
            let through = BTreeSet::from([format!("role `{}`", role.name)]);
            for number in rights.always.union(&rights.under_condition) {
                let reads = map.rights.index.names().get(number).is_some_and(|name| name.as_str().ends_with(":view"));
                note(map, number, &through, reads, found);
            }
        }
    }
}

fn note<'e>(
    map: &'e AccessMap<'_>,
    number: usize,
    through: &BTreeSet<String>,
    reads: bool,
    found: &mut BTreeMap<usize, Reached<'e>>,
) {
    let Some(permission) = map.rights.index.names().get(number) else { return };
    let Some(entry) = danger::catalogue().worst(permission.as_str()) else { return };
    let new = || Reached { permission, entry, through: BTreeSet::new(), reads_only: true };
    let reached = found.entry(number).or_insert_with(new);
    reached.through.extend(through.iter().cloned());
    reached.reads_only &= reads;
}

/// Permissions that some role of a user or group gives, or may give.
fn held_by_people(map: &AccessMap<'_>) -> FixedBitSet {
    let mut held = FixedBitSet::with_capacity(map.rights.index.len());
    let of_people = |kind: SubjectKind| matches!(kind, SubjectKind::User | SubjectKind::Group | SubjectKind::Unknown);
    let roles: BTreeSet<&str> = map
        .snapshot
        .grants
        .iter()
        .filter(|grant| of_people(grant.subject_kind))
        .map(|grant| grant.role.as_str())
        .collect();
    for (role, rights) in map.snapshot.roles.iter().zip(&map.rights.roles) {
        if roles.contains(role.id.as_str()) {
            held.union_with(&rights.always);
            held.union_with(&rights.under_condition);
            held.union_with(&rights.possibly);
        }
    }
    held
}

/// How bad it is that nobody minds an app: by the worst that it reaches.
pub fn weigh_idle(reached: &[Reached<'_>]) -> Severity {
    match reached.iter().map(|one| one.entry.severity).max() {
        Some(Severity::Critical) => Severity::High,
        Some(Severity::High | Severity::Medium | Severity::Low | Severity::Info) | None => Severity::Medium,
    }
}
