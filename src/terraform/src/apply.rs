//! What an org is once a source is applied to it.
//!
//! The provider's own rules, from its documentation and public code: `genesyscloud_user_roles` and `_group_roles` are the
//! whole list of what is granted directly; deleting one of them removes no grant; an OAuth client's `roles` are its whole
//! list; a division left out is the home division; destroying a default role restores it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::declared::{Doubt, Reader, grants_of};
use super::gaps::miss;
use super::keep;
use super::node::{Node, Stated};
use super::object::{Action, Object, Type};
use super::targets::{self, Target};
use super::{NotKnown, Source};
use rolecall_base::coverage::Listing;
use rolecall_base::division::Division;
use rolecall_base::grant::{Grant, GrantSource, Reach, SubjectKind};
use rolecall_base::group::Group;
use rolecall_base::id::{DivisionId, GroupId, RoleId, SubjectId, UserId};
use rolecall_base::oauth_client::GrantType;
use rolecall_base::role::Role;
use rolecall_base::snapshot::Snapshot;
use rolecall_base::user::User;

/// What the home division is called where the source does not name it.
pub(super) const HOME_NAME: &str = "home division";

/// An org as it would be.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The org after the apply. What could not be worked out is in its coverage.
    pub snapshot: Snapshot,
    /// Things worth knowing that cost no data, in words for people. Sorted.
    pub notes: Vec<String>,
    /// What the source leaves open, and what could not be matched. Sorted.
    pub not_known: Vec<NotKnown>,
}

/// Lays what a source would make of it over a snapshot of an org. A plan's actions are taken as they are; an export or a
/// state is taken as an apply of all its objects: made or changed by match, and nothing deleted.
pub fn after_apply(source: &Source, base: &Snapshot) -> Applied {
    let mut layer = Layer::new(source, base.clone());
    layer.lay();
    let mut applied = layer.done();
    let note =
        format!("not as it was read: as it would be after applying the {} {}", source.kind.as_str(), source.origin);
    applied.snapshot.collection.notes.push(note);
    applied.snapshot.collection.notes.sort();
    applied.snapshot.sort();
    applied
}

/// A source on its way onto a snapshot.
pub(super) struct Layer<'s> {
    source: &'s Source,
    targets: Vec<Target>,
    pub(super) snapshot: Snapshot,
    reader: Reader,
    /// The users and groups whose whole list of roles the source declares.
    pub(super) related: BTreeSet<String>,
    /// The whole list of grants of each subject that has one declared.
    wanted: BTreeMap<String, (SubjectKind, Vec<(RoleId, Reach)>)>,
    pub(super) notes: Vec<String>,
    not_known: Vec<NotKnown>,
}

impl<'s> Layer<'s> {
    pub(super) fn new(source: &'s Source, snapshot: Snapshot) -> Self {
        let (targets, keys) = targets::of(&source.objects, &snapshot);
        let reader = Reader::new(keys, &snapshot);
        // What is open in an attribute that stays as it is costs nothing.
        let is_kept = |open: &NotKnown| {
            source.objects.iter().zip(&targets).any(|(object, target)| {
                object.address == open.address && target.old.is_some() && keep::settles(&object.ignored, &open.what)
            })
        };
        let not_known = source.not_known.iter().filter(|open| !is_kept(open)).cloned().collect();
        Self {
            source,
            targets,
            snapshot,
            reader,
            related: BTreeSet::new(),
            wanted: BTreeMap::new(),
            notes: source.notes.clone(),
            not_known,
        }
    }

    pub(super) fn done(mut self) -> Applied {
        self.notes.sort();
        self.notes.dedup();
        self.not_known.sort();
        self.not_known.dedup();
        Applied { snapshot: self.snapshot, notes: self.notes, not_known: self.not_known }
    }

    /// Takes the objects in the order of their types, so that what is referred to is there first; what goes, goes last.
    pub(super) fn lay(&mut self) {
        let source = self.source;
        let targets = std::mem::take(&mut self.targets);
        let pairs = || source.objects.iter().zip(&targets);
        for (object, target) in pairs() {
            if let Some(note) = &target.note {
                self.notes.push(format!("{}: {note}", object.describe()));
            }
            if let Some(doubt) = &target.doubt {
                self.open(object, "object", doubt);
                if target.new.is_none() && target.old.is_none() {
                    self.miss_object(object, doubt);
                    continue;
                }
            }
            match object.action {
                Action::Keep if target.old.is_some() => {}
                Action::Keep | Action::Declare | Action::Create | Action::Update => self.write(object, target),
                Action::Replace => {
                    if target.old != target.new {
                        self.delete(object, target);
                    }
                    self.write(object, target);
                }
                Action::Read => self.look_up(object, target),
                Action::Forget => {
                    self.notes.push(format!("{}: no longer managed, and left as it is", object.describe()))
                }
                Action::Delete => {}
            }
        }
        self.settle_grants();
        for (object, target) in pairs().filter(|(object, _)| object.action == Action::Delete) {
            self.delete(object, target);
        }
    }

    fn write(&mut self, object: &Object, target: &Target) {
        match object.kind {
            Type::UserRoles => self.relation(object, "user_id", SubjectKind::User),
            Type::GroupRoles => self.relation(object, "group_id", SubjectKind::Group),
            kind => {
                let Some(id) = &target.new else { return };
                if object.action == Action::Create && target.old.is_some() {
                    let name = object.describe();
                    self.notes.push(format!("{name}: the org has one already; the plan was laid over it"));
                }
                match kind {
                    Type::Division | Type::HomeDivision => self.division(object, id),
                    Type::Role => self.role(object, id),
                    Type::User => self.user(object, id),
                    Type::Group => self.group(object, id),
                    Type::Client => self.client(object, id),
                    Type::UserRoles | Type::GroupRoles => {}
                }
            }
        }
    }

    fn division(&mut self, object: &Object, id: &str) {
        let name = name(object);
        let home = object.kind == Type::HomeDivision || object.after.get("home").boolean() == Stated::Is(true);
        match self.snapshot.divisions.iter_mut().find(|division| division.id.as_str() == id) {
            Some(_) if object.ignored.has("name") => {}
            Some(division) => division.name = name,
            None => {
                let id = DivisionId::new(id);
                if home {
                    self.reader.home = Some(id.clone());
                }
                self.snapshot.divisions.push(Division { id, name, home });
            }
        }
    }

    fn role(&mut self, object: &Object, id: &str) {
        let at = self.snapshot.roles.iter().position(|role| role.id.as_str() == id);
        let old = at.and_then(|at| self.snapshot.roles.get(at)).cloned();
        let limited =
            old.as_ref().is_some_and(|role| role.policies.iter().any(|policy| !policy.named_resources.is_empty()));
        let (mut role, mut doubts) = Reader::role(&object.after, id, name(object), old.clone());
        if let Some(old) = &old {
            keep::role(&object.ignored, old, &mut role);
            doubts.retain(|(what, _)| !keep::settles(&object.ignored, what));
        }
        doubts.extend(self.kept_in_part(object, old.is_some()));
        if limited && !object.ignored.has("permission_policies") {
            let why =
                "it is limited to named resources, which the provider cannot say: whether the limit stays is not known";
            self.open(object, "permission_policies", why);
            self.miss(Listing::Roles, Some(id), &format!("{}: {why}", object.address));
        }
        for (what, why) in doubts {
            self.open(object, &what, &why);
            self.miss(Listing::Roles, Some(id), &format!("{}, {what}: {why}", object.address));
        }
        put(&mut self.snapshot.roles, at, role);
    }

    fn user(&mut self, object: &Object, id: &str) {
        let at = self.snapshot.users.iter().position(|user| user.id.as_str() == id);
        let old = at.and_then(|at| self.snapshot.users.get(at));
        let after = &object.after;
        let email = match after.get("email").text() {
            Stated::Is(email) => Some(email.to_owned()),
            Stated::LeftOut | Stated::NotKnown(_) => old.and_then(|user| user.email.clone()),
        };
        let state = match after.get("state").text() {
            Stated::Is(state) => state.to_owned(),
            Stated::LeftOut => old.map_or_else(|| "active".to_owned(), |user| user.state.clone()),
            Stated::NotKnown(_) => User::STATE_NOT_KNOWN.to_owned(),
        };
        let division = match after.get("division_id").text() {
            Stated::Is(id) => Some(DivisionId::new(self.reader.resolved(id))),
            Stated::LeftOut => old.map_or_else(|| self.reader.home.clone(), |user| user.division.clone()),
            Stated::NotKnown(_) => None,
        };
        if matches!(after.get("state"), Node::NotKnown(_)) && !(old.is_some() && object.ignored.has("state")) {
            self.miss(Listing::Users, Some(id), &format!("{}: whether it is active is not known", object.address));
        }
        let old = at.and_then(|at| self.snapshot.users.get(at));
        let mut user = User {
            id: UserId::new(id),
            name: name(object),
            email,
            state,
            division,
            last_login: old.and_then(|user| user.last_login),
            last_token: old.and_then(|user| user.last_token),
            matched_by: old.and_then(|user| user.matched_by.clone()),
        };
        if let Some(old) = old {
            keep::user(&object.ignored, old, &mut user);
        }
        put(&mut self.snapshot.users, at, user);
    }

    fn group(&mut self, object: &Object, id: &str) {
        let at = self.snapshot.groups.iter().position(|group| group.id.as_str() == id);
        let old = at.and_then(|at| self.snapshot.groups.get(at)).cloned();
        let roles_enabled = match object.after.get("roles_enabled").boolean() {
            Stated::Is(value) => Some(value),
            // The provider's own default.
            Stated::LeftOut => old.as_ref().map_or(Some(true), |group| group.roles_enabled),
            Stated::NotKnown(_) => None,
        };
        let mut member_count = old.as_ref().and_then(|group| group.member_count);
        let keeps_members = old.is_some() && object.ignored.has("member_ids");
        let (members, doubts) =
            if keeps_members { (None, Vec::new()) } else { self.reader.members(object.after.get("member_ids")) };
        let key = GroupId::new(id);
        match members {
            Some(members) => {
                member_count = u64::try_from(members.len()).ok().filter(|_| doubts.is_empty());
                self.snapshot.group_members.insert(key.clone(), members);
            }
            // The members are then managed elsewhere.
            None if doubts.is_empty() && old.is_none() => {
                let why = format!("{}: who is in it is not in the source", object.address);
                self.miss(Listing::GroupMembers, Some(id), &why);
            }
            None => {}
        }
        for why in doubts {
            self.open(object, "member_ids", &why);
            self.miss(Listing::GroupMembers, Some(id), &format!("{}, member_ids: {why}", object.address));
        }
        let state = old.as_ref().map_or_else(|| Some("active".to_owned()), |group| group.state.clone());
        let mut group = Group { id: key, name: name(object), state, roles_enabled, member_count };
        for (what, why) in self.kept_in_part(object, old.is_some()) {
            self.open(object, &what, &why);
            self.miss(Listing::GroupMembers, Some(id), &format!("{}, {what}: {why}", object.address));
        }
        if let Some(old) = &old {
            keep::group(&object.ignored, old, &mut group);
        }
        put(&mut self.snapshot.groups, at, group);
    }

    fn client(&mut self, object: &Object, id: &str) {
        let at = self.snapshot.oauth_clients.iter().position(|client| client.id.as_str() == id);
        let old = at.and_then(|at| self.snapshot.oauth_clients.get(at)).cloned();
        let (mut client, mut doubts) = self.reader.client(object, id, name(object), old.clone());
        if let Some(old) = &old {
            keep::client(&object.ignored, old, &mut client);
            doubts.retain(|(what, _)| !keep::settles(&object.ignored, what));
        }
        doubts.extend(self.kept_in_part(object, old.is_some()));
        for (what, why) in doubts {
            self.open(object, &what, &why);
            // The others say nothing about what the client may do.
            let decides_nothing =
                ["access_token_validity_seconds", "registered_redirect_uris"].contains(&what.as_str());
            let acts_as_itself = client.grant_type == GrantType::ClientCredentials;
            if !(decides_nothing || what == "scopes" && acts_as_itself) {
                self.miss(Listing::OauthClients, Some(id), &format!("{}, {what}: {why}", object.address));
            }
        }
        let keeps_roles = old.is_some() && object.ignored.has("roles");
        if client.grant_type == GrantType::ClientCredentials && !keeps_roles {
            let wanted: Vec<(RoleId, Reach)> =
                client.role_divisions.iter().flatten().map(|pair| (pair.role.clone(), pair.reach.clone())).collect();
            self.wanted.insert(id.to_owned(), (SubjectKind::OauthClient, wanted));
        }
        put(&mut self.snapshot.oauth_clients, at, client);
    }

    fn relation(&mut self, object: &Object, whose: &str, kind: SubjectKind) {
        let subject = match object.after.get(whose).text() {
            Stated::Is(subject) => self.reader.resolved(subject).to_owned(),
            Stated::LeftOut | Stated::NotKnown(_) => {
                let why = "whose roles these are is not known";
                self.open(object, whose, why);
                self.miss(Listing::RoleGrants, None, &format!("{}, {whose}: {why}", object.address));
                return;
            }
        };
        let there = match kind {
            SubjectKind::Group => self.snapshot.groups.iter().any(|group| group.id.as_str() == subject),
            _ => self.snapshot.users.iter().any(|user| user.id.as_str() == subject),
        };
        if !there {
            // The grants are kept by the id: a list of users holds only those that somebody asked for.
            self.open(object, whose, &format!("`{subject}` is neither in the source nor in the org's snapshot"));
        }
        if there && keep::keeps_roles(object) {
            for (what, why) in self.kept_in_part(object, true) {
                self.open(object, &what, &why);
                self.miss(Listing::RoleGrants, Some(&subject), &format!("{}, {what}: {why}", object.address));
            }
            self.related.insert(subject);
            return;
        }
        let (wanted, doubts) = grants_of(&self.reader, &object.address, object.after.get("roles"), "division_ids");
        for (what, why) in doubts {
            self.open(object, &what, &why);
            self.miss(Listing::RoleGrants, Some(&subject), &format!("{}, {what}: {why}", object.address));
        }
        self.related.insert(subject.clone());
        if let Some((_, others)) = self.wanted.get_mut(&subject) {
            let why = "another object declares the roles of the same one: which of them wins is not known";
            // Certain is only what both of them grant.
            others.retain(|pair| wanted.contains(pair));
            self.open(object, whose, why);
            self.miss(Listing::RoleGrants, Some(&subject), &format!("{}: {why}", object.address));
        } else {
            self.wanted.insert(subject, (kind, wanted));
        }
    }

    /// Makes what was declared of a subject its only grants; those that stay keep their dates.
    fn settle_grants(&mut self) {
        let wanted = std::mem::take(&mut self.wanted);
        let mut there = HashSet::new();
        self.snapshot.grants.retain(|grant| {
            let Some((_, pairs)) = wanted.get(grant.subject.as_str()) else { return true };
            let stays = pairs.iter().any(|(role, reach)| *role == grant.role && *reach == grant.reach);
            if stays {
                there.insert((grant.subject.to_string(), grant.role.clone(), grant.reach.clone()));
            }
            stays
        });
        for (subject, (kind, pairs)) in wanted {
            for (role, reach) in pairs {
                if there.contains(&(subject.clone(), role.clone(), reach.clone())) {
                    continue;
                }
                self.snapshot.grants.push(Grant {
                    subject_kind: kind,
                    subject: SubjectId::new(&subject),
                    subject_name: None,
                    role,
                    reach,
                    granted_at: None,
                    read_from: GrantSource::RoleSubjects,
                });
            }
        }
    }

    /// A data source: what it looks up stands in the org, or is known by name alone.
    fn look_up(&mut self, object: &Object, target: &Target) {
        if target.new.is_some() {
            return;
        }
        let id = object.key().to_owned();
        let why = format!("{}: looked up, not declared", object.address);
        match object.kind {
            Type::HomeDivision | Type::Division => {
                let home = object.kind == Type::HomeDivision;
                let division = Division { id: DivisionId::new(&id), name: home_or(object, home), home };
                if home && self.reader.home.is_none() {
                    self.reader.home = Some(division.id.clone());
                }
                self.snapshot.divisions.push(division);
            }
            Type::Role => {
                self.miss(Listing::Roles, Some(&id), &format!("{why}: what the role permits is not known"));
                self.snapshot.roles.push(Role {
                    id: RoleId::new(&id),
                    name: name(object),
                    description: None,
                    default_role_id: None,
                    is_default: None,
                    base: None,
                    policies: Vec::new(),
                    general_permissions: Vec::new(),
                    unused_permissions: None,
                });
            }
            Type::User => {
                self.miss(Listing::Users, Some(&id), &why);
                self.user(object, &id);
            }
            Type::Group => {
                self.miss(Listing::Groups, Some(&id), &why);
                self.group(object, &id);
            }
            Type::Client | Type::UserRoles | Type::GroupRoles => {}
        }
        self.open(object, "object", "it is looked up by name, and not among what is known");
        self.reader.add(object, &id);
    }

    /// An object that could be any of several: what it does is not known of any of them.
    fn miss_object(&mut self, object: &Object, why: &str) {
        let listing = match object.kind {
            Type::Division | Type::HomeDivision => Listing::Divisions,
            Type::Role => Listing::Roles,
            Type::User => Listing::Users,
            Type::Group => Listing::Groups,
            Type::Client => Listing::OauthClients,
            Type::UserRoles | Type::GroupRoles => Listing::RoleGrants,
        };
        self.miss(listing, None, &format!("{}: {why}", object.describe()));
    }

    /// What of an object that is there is left as it is only in part.
    fn kept_in_part(&self, object: &Object, is_there: bool) -> Vec<Doubt> {
        let attributes = keep::in_part(object).filter(|_| is_there);
        attributes.map(|name| (name.to_owned(), keep::IN_PART.to_owned())).collect()
    }

    pub(super) fn open(&mut self, object: &Object, what: &str, why: &str) {
        self.not_known.push(NotKnown { address: object.address.clone(), what: what.to_owned(), why: why.to_owned() });
    }

    pub(super) fn miss(&mut self, listing: Listing, of: Option<&str>, why: &str) {
        miss(&mut self.snapshot.coverage.listings, listing, of, why);
    }
}

/// The name of an object; its address where the source does not state it.
fn name(object: &Object) -> String {
    object.name().or_else(|| object.attributes().get("email").text().known()).unwrap_or(&object.address).to_owned()
}

/// A home division that was only looked up has no name in an export.
fn home_or(object: &Object, home: bool) -> String {
    match object.name() {
        Some(name) => name.to_owned(),
        None if home => HOME_NAME.to_owned(),
        None => object.address.clone(),
    }
}

fn put<T>(list: &mut Vec<T>, at: Option<usize>, item: T) {
    match at.and_then(|at| list.get_mut(at)) {
        Some(place) => *place = item,
        None => list.push(item),
    }
}
