//! What can go missing from a recording, and how the record of it then says so.

use proptest::prelude::*;
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::id::{GroupId, RoleId};
use rolecall_base::snapshot::Snapshot;

use super::orgs::set;

/// Something that was not read. Numbers choose the object; the bits choose the items of a list that were on the page.
#[derive(Clone, Debug)]
pub(crate) enum Loss {
    RoleGrantsOf(usize, u64),
    RoleGrantsSomewhere(u64),
    GrantsOfSubject(&'static str, u64),
    AllRoleGrants,
    RoleDefinitions(u64),
    MembersOf(usize, u64),
    AllMembersOf(usize),
    AllGroupMembers,
    Groups(u64),
    Catalogue(u64),
    Policies(u64),
    OwnGrants(u64),
    Users(u64),
    Clients(u64),
    Divisions(u64),
}

/// A user, groups, a client, and somebody of another org whom no list names.
const SUBJECTS: [&str; 5] = ["u0", "g0", "g1", "c0", "t0"];

/// Any loss.
pub(crate) fn loss() -> impl Strategy<Value = Loss> {
    let page = any::<u64>;
    prop_oneof![
        3 => (0..5_usize, page()).prop_map(|(role, page)| Loss::RoleGrantsOf(role, page)),
        1 => page().prop_map(Loss::RoleGrantsSomewhere),
        2 => (prop::sample::select(&SUBJECTS), page()).prop_map(|(subject, page)| Loss::GrantsOfSubject(subject, page)),
        1 => Just(Loss::AllRoleGrants),
        2 => page().prop_map(Loss::RoleDefinitions),
        2 => (0..3_usize, page()).prop_map(|(group, page)| Loss::MembersOf(group, page)),
        2 => (0..3_usize).prop_map(Loss::AllMembersOf),
        1 => Just(Loss::AllGroupMembers),
        1 => page().prop_map(Loss::Groups),
        3 => page().prop_map(Loss::Catalogue),
        2 => page().prop_map(Loss::Policies),
        1 => page().prop_map(Loss::OwnGrants),
        1 => page().prop_map(Loss::Users),
        1 => page().prop_map(Loss::Clients),
        1 => page().prop_map(Loss::Divisions),
    ]
}

fn drop_page<T>(list: &mut Vec<T>, page: u64) {
    let mut at = 0;
    list.retain(|_| {
        at += 1;
        page >> (at % 64) & 1 == 0
    });
}

/// Takes it out of the snapshot and writes it into the coverage.
pub(crate) fn lose(snapshot: &mut Snapshot, loss: &Loss) {
    let part = |snapshot: &mut Snapshot, listing: Listing, of: Option<String>| {
        let mut unread = snapshot
            .coverage
            .listings
            .get(&listing)
            .map_or(Vec::new(), |record| record.unread.iter().map(|unread| unread.of.clone()).collect());
        unread.push(of);
        if snapshot.coverage.seen(listing) != Seen::Nothing {
            set(&mut snapshot.coverage, listing, Seen::Part, unread);
        }
    };
    match loss {
        Loss::RoleGrantsOf(role, page) => {
            let role = RoleId::new(format!("r{role}"));
            let (mut of_role, others): (Vec<_>, Vec<_>) =
                snapshot.grants.drain(..).partition(|grant| grant.role == role);
            drop_page(&mut of_role, *page);
            snapshot.grants = others;
            snapshot.grants.extend(of_role);
            part(snapshot, Listing::RoleGrants, Some(role.to_string()));
        }
        Loss::RoleGrantsSomewhere(page) => {
            drop_page(&mut snapshot.grants, *page);
            part(snapshot, Listing::RoleGrants, None);
        }
        Loss::GrantsOfSubject(subject, page) => {
            let (mut theirs, others): (Vec<_>, Vec<_>) =
                snapshot.grants.drain(..).partition(|grant| grant.subject.as_str() == *subject);
            drop_page(&mut theirs, *page);
            snapshot.grants = others;
            snapshot.grants.extend(theirs);
            part(snapshot, Listing::RoleGrants, Some((*subject).to_owned()));
        }
        Loss::AllRoleGrants => {
            snapshot.grants.clear();
            set(&mut snapshot.coverage, Listing::RoleGrants, Seen::Nothing, vec![None]);
        }
        Loss::RoleDefinitions(page) => {
            drop_page(&mut snapshot.roles, *page);
            part(snapshot, Listing::Roles, None);
        }
        Loss::MembersOf(group, page) => {
            let group = GroupId::new(format!("g{group}"));
            if let Some(members) = snapshot.group_members.get_mut(&group) {
                drop_page(members, *page);
            }
            part(snapshot, Listing::GroupMembers, Some(group.to_string()));
        }
        Loss::AllMembersOf(group) => {
            let group = GroupId::new(format!("g{group}"));
            snapshot.group_members.remove(&group);
            part(snapshot, Listing::GroupMembers, Some(group.to_string()));
        }
        Loss::AllGroupMembers => {
            snapshot.group_members.clear();
            set(&mut snapshot.coverage, Listing::GroupMembers, Seen::Nothing, vec![None]);
        }
        Loss::Groups(page) => {
            drop_page(&mut snapshot.groups, *page);
            part(snapshot, Listing::Groups, None);
        }
        Loss::Catalogue(page) => {
            drop_page(&mut snapshot.permissions, *page);
            part(snapshot, Listing::Permissions, None);
        }
        Loss::Policies(page) => {
            drop_page(&mut snapshot.policies, *page);
            part(snapshot, Listing::Policies, None);
        }
        // An auditor whose own reach is not known may have been given short lists without an error.
        Loss::OwnGrants(page) => {
            drop_page(&mut snapshot.grants, *page);
            for client in &mut snapshot.oauth_clients {
                if let Some(own) = &mut client.role_divisions {
                    drop_page(own, page.rotate_left(7));
                }
            }
            set(&mut snapshot.coverage, Listing::OwnGrants, Seen::Nothing, vec![None]);
        }
        Loss::Users(page) => {
            drop_page(&mut snapshot.users, *page);
            part(snapshot, Listing::Users, None);
        }
        Loss::Clients(page) => {
            drop_page(&mut snapshot.oauth_clients, *page);
            part(snapshot, Listing::OauthClients, None);
        }
        Loss::Divisions(page) => {
            drop_page(&mut snapshot.divisions, *page);
            part(snapshot, Listing::Divisions, None);
        }
    }
}
