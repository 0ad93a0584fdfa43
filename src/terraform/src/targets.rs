//! Which object of an org each object of a source is.
//!
//! By id where the source has one that the org knows; else as people mean it: roles by default-role id, else name;
//! divisions by name, the home division by being it; users by e-mail address; groups and OAuth clients by name.

use std::collections::BTreeMap;

use super::node::Stated;
use super::object::{Action, Object, Type};
use rolecall_base::snapshot::Snapshot;
use rolecall_base::user::User;

/// What an object is in the org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Its id there now; `None` where it is not there.
    pub(super) old: Option<String>,
    /// Its id afterwards; `None` where it is gone, or not known.
    pub(super) new: Option<String>,
    /// What is not known for sure of the match, in words for people.
    pub(super) doubt: Option<String>,
    /// The same, where it costs nothing.
    pub(super) note: Option<String>,
}

/// Works out the targets, in the order of the objects, and the ids that references lead to.
pub(super) fn of(objects: &[Object], snapshot: &Snapshot) -> (Vec<Target>, BTreeMap<String, String>) {
    let mut keys = BTreeMap::new();
    let index = Index::of(snapshot);
    let mut targets: Vec<Target> = objects.iter().map(|object| target(object, &index)).collect();
    part_twins(objects, &mut targets);
    // A data source may look up what the source itself declares.
    let declared: BTreeMap<(Type, String), String> = objects
        .iter()
        .zip(&targets)
        .filter(|(object, _)| object.action != Action::Read)
        .filter_map(|(object, target)| Some(((object.kind, identity(object)?), target.new.clone()?)))
        .collect();
    for (object, target) in objects.iter().zip(&mut targets) {
        if object.action == Action::Read && target.new.is_none() {
            target.new = identity(object).and_then(|name| declared.get(&(object.kind, name)).cloned());
        }
        let Some(new) = &target.new else { continue };
        // A list of roles has the id of the user or group it is of, and is nothing that others refer to.
        if matches!(object.kind, Type::UserRoles | Type::GroupRoles) {
            continue;
        }
        keys.insert(object.address.clone(), new.clone());
        keys.insert(object.key().to_owned(), new.clone());
    }
    (targets, keys)
}

/// Two objects of the source that would both be one of the org: which of them it is, is not guessed.
fn part_twins(objects: &[Object], targets: &mut [Target]) {
    let is_kept = |object: &Object| !matches!(object.action, Action::Read | Action::Delete | Action::Forget);
    let mut claims: BTreeMap<(Type, String), usize> = BTreeMap::new();
    for (object, target) in objects.iter().zip(&*targets).filter(|(object, _)| is_kept(object)) {
        if let Some(old) = &target.old {
            *claims.entry((object.kind, old.clone())).or_default() += 1;
        }
    }
    for (object, target) in objects.iter().zip(targets).filter(|(object, _)| is_kept(object)) {
        let claimed = target.old.as_ref().and_then(|old| claims.get(&(object.kind, old.clone())));
        let is_relation = matches!(object.kind, Type::UserRoles | Type::GroupRoles);
        if !is_relation && claimed.is_some_and(|count| *count > 1) {
            let doubt = Some("several objects of the source would be the same one of the org".to_owned());
            *target = Target { old: None, new: None, doubt, note: None };
        }
    }
}

fn target(object: &Object, index: &Index<'_>) -> Target {
    if matches!(object.kind, Type::UserRoles | Type::GroupRoles) {
        let own = Some(object.key().to_owned());
        return Target { old: own.clone(), new: own, doubt: None, note: None };
    }
    let by_id = object.id.as_deref().filter(|id| index.ids.contains_key(&(object.kind, *id)));
    let by_name = || identity(object).map(|name| index.named(object.kind, &name)).unwrap_or_default();
    let own = || match (object.kind, object.action) {
        (Type::User, Action::Create) => format!("{}{}", object.address, User::TO_BE_MADE),
        _ => object.key().to_owned(),
    };
    let (mut doubt, old) = match (by_id, object.action) {
        (Some(id), _) => (None, Some(id.to_owned())),
        // Several OAuth clients may share a name: one that a plan makes is always another.
        (None, Action::Create) if object.kind == Type::Client => (None, None),
        (None, _) => match by_name().as_slice() {
            [] => (None, None),
            [one] => (None, Some((*one).to_owned())),
            several => (Some(format!("{} objects of this name are in the org", several.len())), None),
        },
    };
    let ambiguous = doubt.is_some();
    let mut note = None;
    let is_there = matches!(object.action, Action::Keep | Action::Update | Action::Replace);
    if object.id.is_some() && by_id.is_none() && is_there && !ambiguous {
        if old.is_some() {
            note = Some("its id is not in the org's snapshot: it was matched by name".to_owned());
        } else {
            doubt = Some("neither its id nor its name is in the org's snapshot: it was taken as new".to_owned());
        }
    }
    let is_default_role =
        object.kind == Type::Role && matches!(object.attributes().get("default_role_id").text(), Stated::Is(_));
    let new = match object.action {
        _ if ambiguous => None,
        Action::Keep | Action::Update | Action::Declare | Action::Create => Some(old.clone().unwrap_or_else(own)),
        Action::Replace if is_default_role || object.kind == Type::HomeDivision => {
            Some(old.clone().unwrap_or_else(own))
        }
        Action::Replace => Some(own()),
        Action::Delete => None,
        Action::Forget | Action::Read => old.clone(),
    };
    Target { old, new, doubt, note }
}

/// What an object goes by, in lower case where the platform ignores case.
fn identity(object: &Object) -> Option<String> {
    let attributes = object.attributes();
    let text = |name: &str| attributes.get(name).text().known().map(str::to_owned);
    match object.kind {
        Type::Role => text("default_role_id").map(|id| format!("default\n{id}")).or_else(|| text("name")),
        Type::Division if attributes.get("home").boolean() == Stated::Is(true) => Some(HOME.to_owned()),
        Type::HomeDivision => Some(HOME.to_owned()),
        Type::User => text("email").or_else(|| text("name")).map(|text| text.to_lowercase()),
        Type::Division | Type::Group | Type::Client => text("name"),
        Type::UserRoles | Type::GroupRoles => None,
    }
}

/// What the home division goes by: no division can have this name.
const HOME: &str = "\n";

struct Index<'s> {
    ids: BTreeMap<(Type, &'s str), ()>,
    names: BTreeMap<(Type, String), Vec<&'s str>>,
}

impl<'s> Index<'s> {
    fn of(snapshot: &'s Snapshot) -> Self {
        let mut index = Self { ids: BTreeMap::new(), names: BTreeMap::new() };
        for role in &snapshot.roles {
            index.add(Type::Role, role.id.as_str(), &role.name);
            if let Some(default) = &role.default_role_id {
                index.add(Type::Role, role.id.as_str(), &format!("default\n{default}"));
            }
        }
        for division in &snapshot.divisions {
            index.add(Type::Division, division.id.as_str(), &division.name);
            if division.home {
                index.add(Type::Division, division.id.as_str(), HOME);
                index.add(Type::HomeDivision, division.id.as_str(), HOME);
            }
        }
        for user in &snapshot.users {
            index.add(Type::User, user.id.as_str(), &user.email.as_ref().unwrap_or(&user.name).to_lowercase());
        }
        for group in &snapshot.groups {
            index.add(Type::Group, group.id.as_str(), &group.name);
        }
        for client in &snapshot.oauth_clients {
            index.add(Type::Client, client.id.as_str(), &client.name);
        }
        index
    }

    fn add(&mut self, kind: Type, id: &'s str, name: &str) {
        self.ids.insert((kind, id), ());
        self.names.entry((kind, name.to_owned())).or_default().push(id);
    }

    fn named(&self, kind: Type, name: &str) -> Vec<&'s str> {
        self.names.get(&(kind, name.to_owned())).cloned().unwrap_or_default()
    }
}
