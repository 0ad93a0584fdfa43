//! What a source declares by itself, as a snapshot; and what such a snapshot may borrow from an org.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::apply::{HOME_NAME, Layer};
use super::gaps::miss;
use super::keep;
use super::object::{Action, Type};
use super::{NotKnown, Source};
use rolecall_base::coverage::{Coverage, Listing, ListingRecord, Seen};
use rolecall_base::division::Division;
use rolecall_base::id::{ClientId, DivisionId};
use rolecall_base::org::{Org, OrgSettings};
use rolecall_base::policy::{AccessPolicy, PolicySubject};
use rolecall_base::snapshot::{CollectionRecord, Snapshot};
use rolecall_base::user::User;

/// Its id where the source declares none.
const HOME_ID: &str = "data.genesyscloud_auth_division_home";

/// What a source declares alone, as an org of the name `label`. Ids are those of the source, where it has none the
/// addresses. Lists that the source does not speak of are not asked for; those with open references are read in part.
/// What a plan deletes or forgets is left out.
pub fn snapshot(source: &Source, label: &str, as_of: Timestamp) -> Snapshot {
    let mut alone = source.clone();
    alone.objects.retain(|object| !matches!(object.action, Action::Delete | Action::Forget));
    for object in &mut alone.objects {
        keep::open(object);
        // Ids of objects that are made anew are kept out: see `Object::key`.
        if matches!(object.action, Action::Keep | Action::Update | Action::Create) {
            object.action = Action::Declare;
        }
    }
    let has_home = alone.objects.iter().any(|object| {
        object.kind == Type::HomeDivision
            || object.kind == Type::Division && object.after.get("home").boolean().known() == Some(true)
    });
    let mut empty = nothing(source, label, as_of);
    if !has_home {
        empty.divisions.push(Division { id: DivisionId::new(HOME_ID), name: HOME_NAME.to_owned(), home: true });
    }
    cover(&mut empty.coverage, &alone, as_of);
    let mut layer = Layer::new(&alone, empty);
    layer.lay();
    let related = std::mem::take(&mut layer.related);
    let applied = layer.done();
    let mut snapshot = applied.snapshot;
    let uses_home = snapshot.grants.iter().any(|grant| grant.reach.as_str() == HOME_ID)
        || snapshot.users.iter().any(|user| user.division.as_ref().is_some_and(|id| id.as_str() == HOME_ID))
        || snapshot
            .oauth_clients
            .iter()
            .filter_map(|client| client.role_divisions.as_ref())
            .flatten()
            .any(|pair| pair.reach.as_str() == HOME_ID);
    if !has_home && !uses_home {
        snapshot.divisions.retain(|division| division.id.as_str() != HOME_ID);
    }
    open_lists(&mut snapshot, &applied.not_known);
    unrelated(&mut snapshot, &related);
    snapshot.collection.notes = applied.notes;
    for (listing, read) in [
        (Listing::Roles, snapshot.roles.len()),
        (Listing::OauthClients, snapshot.oauth_clients.len()),
        (Listing::Users, snapshot.users.len()),
        (Listing::Groups, snapshot.groups.len()),
        (Listing::GroupMembers, snapshot.group_members.len()),
        (Listing::Divisions, snapshot.divisions.len()),
        (Listing::RoleGrants, snapshot.grants.len()),
    ] {
        if let Some(record) = snapshot.coverage.listings.get_mut(&listing) {
            record.read = u64::try_from(read).unwrap_or(u64::MAX);
        }
    }
    snapshot.sort();
    snapshot
}

fn nothing(source: &Source, label: &str, as_of: Timestamp) -> Snapshot {
    Snapshot {
        org: Org {
            name: label.to_owned(),
            environment: format!("CX as Code {}", source.kind.as_str()),
            api_url: String::new(),
            id: None,
            platform_name: None,
            auditor: ClientId::new(""),
            settings: OrgSettings::default(),
        },
        as_of,
        collected_by: concat!("rolecall ", env!("CARGO_PKG_VERSION")).to_owned(),
        collection: CollectionRecord::default(),
        coverage: Coverage::default(),
        divisions: Vec::new(),
        permissions: Vec::new(),
        roles: Vec::new(),
        oauth_clients: Vec::new(),
        apps: Vec::new(),
        users: Vec::new(),
        groups: Vec::new(),
        group_members: BTreeMap::new(),
        grants: Vec::new(),
        policies: Vec::new(),
        trustees: Vec::new(),
        usage: None,
        audit: Vec::new(),
        matrix: None,
        matrix_notes: Vec::new(),
    }
}

/// The lists that a source can speak of are those whose types it declares.
fn cover(coverage: &mut Coverage, source: &Source, as_of: Timestamp) {
    let declares = |kinds: &[Type]| {
        source.objects.iter().any(|object| object.action != Action::Read && kinds.contains(&object.kind))
    };
    for listing in Listing::ALL {
        let seen = match listing {
            // Nobody's reach cuts a file short.
            Listing::OwnGrants => true,
            Listing::Roles => declares(&[Type::Role]),
            Listing::OauthClients => declares(&[Type::Client]),
            Listing::Divisions => declares(&[Type::Division]),
            Listing::Users => declares(&[Type::User]),
            Listing::Groups | Listing::GroupMembers => declares(&[Type::Group]),
            Listing::RoleGrants => declares(&[Type::UserRoles, Type::GroupRoles]),
            Listing::Organization
            | Listing::AllowedAddresses
            | Listing::ThirdPartyApps
            | Listing::GrantDates
            | Listing::Permissions
            | Listing::Policies
            | Listing::Settings
            | Listing::Trustees
            | Listing::Usage
            | Listing::AuditLog => false,
        };
        let seen = if seen { Seen::Whole } else { Seen::NotAsked };
        let record = ListingRecord { seen, read: 0, expected: None, unread: Vec::new(), read_at: Some(as_of) };
        coverage.listings.insert(listing, record);
    }
}

/// Users and groups whose roles are not declared hold what nobody knows.
fn unrelated(snapshot: &mut Snapshot, related: &BTreeSet<String>) {
    if snapshot.coverage.seen(Listing::RoleGrants) == Seen::NotAsked {
        return;
    }
    let users = snapshot.users.iter().map(|user| (user.id.as_str(), &user.name, Type::UserRoles));
    let groups = snapshot.groups.iter().map(|group| (group.id.as_str(), &group.name, Type::GroupRoles));
    for (id, name, kind) in users.chain(groups).filter(|(id, ..)| !related.contains(*id)) {
        let why = format!("what {name} is granted is not in the source: it has no `{}`", kind.as_str());
        miss(&mut snapshot.coverage.listings, Listing::RoleGrants, Some(id), &why);
    }
}

/// What is open about whole objects and files concerns every list that they could have been in.
fn open_lists(snapshot: &mut Snapshot, not_known: &[NotKnown]) {
    let whole: Vec<&NotKnown> =
        not_known.iter().filter(|open| matches!(open.what.as_str(), "object" | "file")).collect();
    let listings = &mut snapshot.coverage.listings;
    for open in whole {
        let kind = open.address.split(['.', '[']).find_map(Type::named);
        // What is looked up is in the lists already, as far as it is known.
        if open.address.contains("data.") {
            continue;
        }
        let concerned: &[Listing] = match kind {
            Some(Type::Role) => &[Listing::Roles],
            Some(Type::Client) => &[Listing::OauthClients],
            Some(Type::Division | Type::HomeDivision) => &[Listing::Divisions],
            Some(Type::User) => &[Listing::Users],
            Some(Type::Group) => &[Listing::Groups, Listing::GroupMembers],
            Some(Type::UserRoles | Type::GroupRoles) => &[Listing::RoleGrants],
            None => &[
                Listing::Roles,
                Listing::OauthClients,
                Listing::Divisions,
                Listing::Users,
                Listing::Groups,
                Listing::GroupMembers,
                Listing::RoleGrants,
            ],
        };
        for listing in concerned {
            miss(listings, *listing, None, &format!("{}: {}", open.address, open.why));
        }
    }
}

/// Gives a snapshot of a source what only an org holds, from another: the permission catalogue, the matrix, the name
/// of the home division, which users are service users, and the access policies, which no source can declare. What such
/// a policy is about is found again by name, or by e-mail address.
pub fn borrow(snapshot: &mut Snapshot, from: &Snapshot) {
    let mut borrowed = Vec::new();
    let record = |listing: Listing| from.coverage.listings.get(&listing).cloned();
    if snapshot.coverage.seen(Listing::Permissions) == Seen::NotAsked {
        snapshot.permissions.clone_from(&from.permissions);
        if let Some(record) = record(Listing::Permissions) {
            snapshot.coverage.listings.insert(Listing::Permissions, record);
        }
        borrowed.push("permission catalogue");
    }
    if snapshot.matrix.is_none() && from.matrix.is_some() {
        snapshot.matrix.clone_from(&from.matrix);
        snapshot.matrix_notes.clone_from(&from.matrix_notes);
        borrowed.push("matrix");
    }
    let name = from.divisions.iter().find(|division| division.home).map(|division| &division.name);
    let own = snapshot.divisions.iter_mut().find(|division| division.home && division.name == HOME_NAME);
    if let (Some(name), Some(own)) = (name, own) {
        own.name.clone_from(name);
        borrowed.push("name of the home division");
    }
    let known = |user: &User| from.users.iter().find(|other| same_user(user, other));
    let mut matched = false;
    for user in snapshot.users.iter_mut().filter(|user| user.matched_by.is_none()) {
        user.matched_by = known(user).and_then(|other| other.matched_by.clone());
        matched |= user.matched_by.is_some();
    }
    if matched {
        borrowed.push("rules for service users");
    }
    if snapshot.coverage.seen(Listing::Policies) == Seen::NotAsked {
        let here = |policy: &AccessPolicy| subject_here(snapshot, from, &policy.subject);
        let policies = from.policies.iter().map(|policy| AccessPolicy { subject: here(policy), ..policy.clone() });
        snapshot.policies = policies.collect();
        if let Some(record) = record(Listing::Policies) {
            snapshot.coverage.listings.insert(Listing::Policies, record);
        }
        borrowed.push("access policies");
    }
    if !borrowed.is_empty() {
        let note = format!("borrowed from {}: {}", from.org.name, borrowed.join(", "));
        snapshot.collection.notes.push(note);
        snapshot.collection.notes.sort();
    }
    snapshot.sort();
}

fn same_user(one: &User, other: &User) -> bool {
    match (&one.email, &other.email) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => one.name == other.name,
    }
}

/// Whom a policy of an org is about in a source. Who is not in the source, or not alone of that name, stays who it is in
/// the org, and is nobody here.
fn subject_here(snapshot: &Snapshot, from: &Snapshot, subject: &PolicySubject) -> PolicySubject {
    let only = |mut ids: Vec<String>| ids.pop().filter(|_| ids.is_empty());
    let found = match subject {
        PolicySubject::User(id) => from.users.iter().find(|user| user.id.as_str() == id).and_then(|user| {
            let same = snapshot.users.iter().filter(|one| same_user(one, user));
            only(same.map(|one| one.id.to_string()).collect()).map(PolicySubject::User)
        }),
        PolicySubject::Client(id) => {
            from.oauth_clients.iter().find(|client| client.id.as_str() == id).and_then(|client| {
                let same = snapshot.oauth_clients.iter().filter(|one| one.name == client.name);
                only(same.map(|one| one.id.to_string()).collect()).map(PolicySubject::Client)
            })
        }
        PolicySubject::Group(id) => from.groups.iter().find(|group| group.id.as_str() == id).and_then(|group| {
            let same = snapshot.groups.iter().filter(|one| one.name == group.name);
            only(same.map(|one| one.id.to_string()).collect()).map(PolicySubject::Group)
        }),
        PolicySubject::All | PolicySubject::Team(_) | PolicySubject::NotStated => None,
    };
    found.unwrap_or_else(|| subject.clone())
}
