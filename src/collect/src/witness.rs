//! What independent lists say of each other: a grant whose subject, role or division is in no list shows a cut list.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_base::coverage::{Listing, ListingRecord, Seen};
use rolecall_base::grant::{Grant, GrantSource, Reach, SubjectKind};
use rolecall_base::id::{RoleId, SubjectId, UserId};
use rolecall_base::oauth_client::{ClientState, GrantType};
use rolecall_base::snapshot::Snapshot;

use super::record::{self, because};

/// Objects named one by one before the list is called unknown as a whole.
const NAMED: usize = 50;

/// Adds the grants that only the OAuth clients list, and records every list that another one shows to be cut.
/// `users` are all users that were read, `None` where not all were asked for.
pub(crate) fn compare(snapshot: &mut Snapshot, users: Option<&BTreeSet<UserId>>) {
    name_subjects(snapshot, users);
    grants_of_clients(snapshot);
    let records = &mut snapshot.coverage.listings;
    let grants = &snapshot.grants;

    let roles: BTreeSet<&str> = snapshot.roles.iter().map(|role| role.id.as_str()).collect();
    let missing = absent(grants.iter().map(|grant| grant.role.as_str()), &roles);
    for listing in [Listing::Roles, Listing::RoleGrants] {
        cut(records, listing, &missing, "a grant names a role that is not in the list of roles");
    }

    let divisions: BTreeSet<&str> = snapshot.divisions.iter().map(|division| division.id.as_str()).collect();
    let named = grants.iter().filter_map(|grant| match &grant.reach {
        Reach::All => None,
        Reach::In(id) => Some(id.as_str()),
    });
    let missing = absent(named, &divisions);
    cut(records, Listing::Divisions, &missing, "a grant names a division that is not in the list of divisions");

    let of_kind = |kind: SubjectKind| {
        grants.iter().filter(move |grant| grant.subject_kind == kind).map(|grant| grant.subject.as_str())
    };
    let clients: BTreeSet<&str> = snapshot.oauth_clients.iter().map(|client| client.id.as_str()).collect();
    let missing = absent(of_kind(SubjectKind::OauthClient), &clients);
    cut(records, Listing::OauthClients, &missing, "a role is granted to an OAuth client that is not in their list");

    let groups: BTreeSet<&str> = snapshot.groups.iter().map(|group| group.id.as_str()).collect();
    let missing = absent(of_kind(SubjectKind::Group), &groups);
    cut(records, Listing::Groups, &missing, "a role is granted to a group that is not in the list of groups");

    if let Some(users) = users {
        let users: BTreeSet<&str> = users.iter().map(UserId::as_str).collect();
        let members = snapshot.group_members.values().flatten().map(UserId::as_str);
        let missing = absent(of_kind(SubjectKind::User).chain(members), &users);
        cut(records, Listing::Users, &missing, "a role or group has a user that is not in the list of users");
    }
}

fn absent<'a>(named: impl Iterator<Item = &'a str>, listed: &BTreeSet<&str>) -> BTreeSet<String> {
    named.filter(|id| !listed.contains(id)).map(str::to_owned).collect()
}

/// Only a list that was taken for whole is put in doubt: any other already says what is missing, or that it may be
/// anything.
fn cut(records: &mut BTreeMap<Listing, ListingRecord>, listing: Listing, missing: &BTreeSet<String>, why: &str) {
    let Some(record) = records.get_mut(&listing) else { return };
    if missing.is_empty() || !matches!(record.seen, Seen::Whole | Seen::Part) {
        return;
    }
    if record.unread.iter().any(|unread| unread.of.is_none()) {
        return;
    }
    if missing.len() > NAMED {
        record::miss(record, None, because(format!("{why} ({} of them)", missing.len())));
        return;
    }
    for id in missing {
        if !record.unread.iter().any(|unread| unread.of.as_deref() == Some(id)) {
            record::miss(record, Some(id), because(why));
        }
    }
}

/// The lists of grants by division do not say what a subject is; the other lists do.
fn name_subjects(snapshot: &mut Snapshot, users: Option<&BTreeSet<UserId>>) {
    let mut kinds: BTreeMap<SubjectId, SubjectKind> = BTreeMap::new();
    kinds.extend(users.into_iter().flatten().map(|id| (SubjectId::new(id.as_str()), SubjectKind::User)));
    kinds.extend(snapshot.users.iter().map(|user| (SubjectId::new(user.id.as_str()), SubjectKind::User)));
    kinds.extend(snapshot.groups.iter().map(|group| (SubjectId::new(group.id.as_str()), SubjectKind::Group)));
    let clients = snapshot.oauth_clients.iter();
    kinds.extend(clients.map(|client| (SubjectId::new(client.id.as_str()), SubjectKind::OauthClient)));
    for grant in snapshot.grants.iter_mut().filter(|grant| grant.subject_kind == SubjectKind::Unknown) {
        if let Some(kind) = kinds.get(&grant.subject) {
            grant.subject_kind = *kind;
        }
    }
}

/// Grants that an OAuth client lists and its role does not. The role's list is then not whole, unless the client is
/// switched off or its roles mean nothing.
fn grants_of_clients(snapshot: &mut Snapshot) {
    let known: BTreeSet<(String, RoleId, Reach)> = snapshot
        .grants
        .iter()
        .map(|grant| (grant.subject.as_str().to_owned(), grant.role.clone(), grant.reach.clone()))
        .collect();
    let (mut added, mut cut_roles, mut other_way) = (Vec::new(), BTreeSet::new(), 0_u64);
    for client in snapshot.oauth_clients.iter().filter(|client| client.grant_type == GrantType::ClientCredentials) {
        let Some(pairs) = &client.role_divisions else { continue };
        for pair in pairs {
            let listed = |reach| known.contains(&(client.id.as_str().to_owned(), pair.role.clone(), reach));
            if listed(pair.reach.clone()) || listed(Reach::All) {
                continue;
            }
            if client.state == ClientState::Active {
                cut_roles.insert(pair.role.clone());
            }
            added.push(Grant {
                subject_kind: SubjectKind::OauthClient,
                subject: SubjectId::new(client.id.as_str()),
                subject_name: Some(client.name.clone()).filter(|name| !name.is_empty()),
                role: pair.role.clone(),
                reach: pair.reach.clone(),
                granted_at: None,
                read_from: GrantSource::ClientRoleDivisions,
            });
        }
        let own: BTreeSet<(&RoleId, &Reach)> = pairs.iter().map(|pair| (&pair.role, &pair.reach)).collect();
        let listed = snapshot.grants.iter().filter(|grant| grant.subject.as_str() == client.id.as_str());
        other_way +=
            u64::try_from(listed.filter(|grant| !own.contains(&(&grant.role, &grant.reach))).count()).unwrap_or(0);
    }
    snapshot.grants.extend(added);
    if other_way > 0 {
        snapshot.collection.notes.push(format!(
            "{other_way} grants to OAuth clients are listed by their roles but not by the clients themselves"
        ));
    }
    mark_roles(
        &mut snapshot.coverage.listings,
        &cut_roles,
        "an OAuth client lists a grant of the role that the role's own list does not have",
    );
}

/// Records that the lists of who holds these roles are not whole.
pub(crate) fn mark_roles(records: &mut BTreeMap<Listing, ListingRecord>, roles: &BTreeSet<RoleId>, why: &str) {
    let Some(record) = records.get_mut(&Listing::RoleGrants) else { return };
    if record.seen == Seen::Nothing {
        return;
    }
    for role in roles {
        if !record.unread.iter().any(|unread| unread.of.as_deref() == Some(role.as_str())) {
            record::miss(record, Some(role.as_str()), because(why));
        }
    }
}
