//! Which access policies could deny a principal's calls.

use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;

use super::rights::Rights;
use rolecall_base::coverage::Listing;
use rolecall_base::id::{GroupId, UserId};
use rolecall_base::oauth_client::OauthClient;
use rolecall_base::permission::PermissionPattern;
use rolecall_base::policy::{AccessPolicy, Effect, PolicySubject};
use rolecall_base::snapshot::Snapshot;

/// Positions of policies in the snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Applying {
    /// Those that could apply, for all that was read.
    pub could: Vec<usize>,
    /// Those that could apply only if something that was not read says so.
    pub unread: Vec<usize>,
}

impl Applying {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.could.iter().chain(&self.unread).copied()
    }
}

/// The active DENY policies of an org.
pub struct Denials<'a> {
    denying: Vec<(usize, &'a AccessPolicy, Members)>,
    /// By policy of the snapshot: the permissions it is about.
    targets: Vec<FixedBitSet>,
    /// Whether the list of policies was read completely.
    pub all_read: bool,
}

/// What is known of the members of the group that a policy is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Members {
    /// All of them, or the policy is not about a group.
    Read,
    /// Nobody asked: members are read only of groups that carry grants or name service users.
    NotAsked,
    /// They were asked for, and some or all were not read.
    NotRead,
}

impl<'a> Denials<'a> {
    /// Finds them.
    pub fn of(snapshot: &'a Snapshot, rights: &Rights) -> Self {
        let unread: Option<BTreeSet<&str>> =
            snapshot.coverage.unread_keys(Listing::GroupMembers).map(|groups| groups.into_iter().collect());
        let members = |policy: &AccessPolicy| match &policy.subject {
            PolicySubject::Group(id) if unread.as_ref().is_none_or(|unread| unread.contains(id.as_str())) => {
                Members::NotRead
            }
            PolicySubject::Group(id) if !snapshot.group_members.contains_key(&GroupId::new(id)) => Members::NotAsked,
            _ => Members::Read,
        };
        let policies = snapshot.policies.iter().enumerate();
        let denying = policies.filter(|(_, policy)| policy.active && policy.effect != Effect::Allow);
        Self {
            denying: denying.map(|(at, policy)| (at, policy, members(policy))).collect(),
            targets: snapshot.policies.iter().map(|policy| target(policy, rights)).collect(),
            all_read: snapshot.coverage.is_whole(Listing::Policies),
        }
    }

    /// Those that could apply to a client that acts as itself.
    pub fn on_client(&self, client: &OauthClient) -> Applying {
        let applies = |policy: &AccessPolicy| match &policy.subject {
            PolicySubject::Client(id) => policy.applies_to_clients && id == client.id.as_str(),
            PolicySubject::All | PolicySubject::NotStated => policy.applies_to_clients,
            PolicySubject::User(_) | PolicySubject::Group(_) | PolicySubject::Team(_) => false,
        };
        let could = self.denying.iter().filter(|(_, policy, _)| applies(policy)).map(|(at, _, _)| *at).collect();
        Applying { could, unread: Vec::new() }
    }

    /// Those that could apply to a user who is a member of these groups.
    pub fn on_user(&self, user: &UserId, groups: &[&GroupId]) -> Applying {
        let mut applying = Applying::default();
        for (at, policy, members) in &self.denying {
            let applies = match &policy.subject {
                PolicySubject::All | PolicySubject::NotStated | PolicySubject::Team(_) => true,
                PolicySubject::User(id) => id == user.as_str(),
                PolicySubject::Group(id) => groups.iter().any(|group| group.as_str() == id),
                PolicySubject::Client(_) => false,
            };
            match (applies, members) {
                (true, _) | (false, Members::NotAsked) => applying.could.push(*at),
                (false, Members::NotRead) => applying.unread.push(*at),
                (false, Members::Read) => {}
            }
        }
        applying
    }

    /// Each with its position in the snapshot and the numbers of the permissions that it is about.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &'a AccessPolicy, &FixedBitSet)> {
        self.denying.iter().filter_map(|(at, policy, _)| Some((*at, *policy, self.targets.get(*at)?)))
    }

    /// Those that are about one of these permissions.
    pub fn touching(&self, permissions: &[usize]) -> Vec<usize> {
        let about = |target: &FixedBitSet| permissions.iter().any(|permission| target.contains(*permission));
        let denying = self.denying.iter().map(|(at, _, _)| *at);
        denying.filter(|at| self.targets.get(*at).is_some_and(about)).collect()
    }
}

fn target(policy: &AccessPolicy, rights: &Rights) -> FixedBitSet {
    let mut set = FixedBitSet::with_capacity(rights.index.len());
    let mut parts = policy.target.split(':').map(|part| if part.is_empty() { "*" } else { part });
    let mut part = || parts.next().unwrap_or("*");
    let pattern = PermissionPattern { domain: part(), entity: part(), action: part() };
    for (number, name) in rights.index.names().iter().enumerate() {
        if pattern.covers(name) || name.as_str() == policy.target {
            set.insert(number);
        }
    }
    set
}
