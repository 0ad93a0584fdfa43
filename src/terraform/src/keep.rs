//! What an apply leaves as it is although the source writes it: the attributes of `lifecycle.ignore_changes`.

use super::meta::Ignored;
use super::node::{Node, Stated};
use super::object::{Object, Type};
use rolecall_base::group::Group;
use rolecall_base::oauth_client::OauthClient;
use rolecall_base::role::Role;
use rolecall_base::user::User;

/// Why an attribute is open where only a part of it is ignored.
pub(super) const IN_PART: &str =
    "`ignore_changes` names a part of it, and which one that is in the org is not known: it was left as it is there";
/// Why an ignored attribute is open where there is nothing to keep.
const NOWHERE: &str = "`ignore_changes` leaves it as it is in the org, which the source does not say: apply the source to the org (`SOURCE@ORG`)";

/// What an object is found by, which stays known whatever is ignored.
const IDENTITY: [&str; 7] = ["id", "name", "email", "default_role_id", "home", "user_id", "group_id"];

pub(super) fn role(ignored: &Ignored, old: &Role, new: &mut Role) {
    keep(ignored, "name", &old.name, &mut new.name);
    keep(ignored, "description", &old.description, &mut new.description);
    keep(ignored, "permission_policies", &old.policies, &mut new.policies);
    keep(ignored, "permissions", &old.general_permissions, &mut new.general_permissions);
    keep(ignored, "default_role_id", &old.default_role_id, &mut new.default_role_id);
}

pub(super) fn client(ignored: &Ignored, old: &OauthClient, new: &mut OauthClient) {
    keep(ignored, "name", &old.name, &mut new.name);
    keep(ignored, "description", &old.description, &mut new.description);
    keep(ignored, "authorized_grant_type", &old.grant_type, &mut new.grant_type);
    keep(ignored, "state", &old.state, &mut new.state);
    keep(ignored, "scopes", &old.scopes, &mut new.scopes);
    keep(ignored, "roles", &old.role_divisions, &mut new.role_divisions);
    keep(ignored, "access_token_validity_seconds", &old.token_validity_seconds, &mut new.token_validity_seconds);
    keep(ignored, "registered_redirect_uris", &old.redirect_uris, &mut new.redirect_uris);
}

pub(super) fn user(ignored: &Ignored, old: &User, new: &mut User) {
    keep(ignored, "name", &old.name, &mut new.name);
    keep(ignored, "email", &old.email, &mut new.email);
    keep(ignored, "state", &old.state, &mut new.state);
    keep(ignored, "division_id", &old.division, &mut new.division);
}

pub(super) fn group(ignored: &Ignored, old: &Group, new: &mut Group) {
    keep(ignored, "name", &old.name, &mut new.name);
    keep(ignored, "roles_enabled", &old.roles_enabled, &mut new.roles_enabled);
    keep(ignored, "member_ids", &old.member_count, &mut new.member_count);
}

fn keep<T: Clone>(ignored: &Ignored, attribute: &str, old: &T, new: &mut T) {
    if ignored.has(attribute) {
        new.clone_from(old);
    }
}

/// Whether a doubt about this attribute, or about something within it, costs nothing because it is left as it is.
pub(super) fn settles(ignored: &Ignored, what: &str) -> bool {
    ignored.has(what.split('.').next().unwrap_or(what))
}

/// The attributes of which only a part is ignored, where that part could be any of several.
pub(super) fn in_part(object: &Object) -> impl Iterator<Item = &'static str> + '_ {
    let attributes = object.kind.attributes().iter().copied();
    attributes.filter(|name| {
        let is_single = matches!(object.after.get(name).items(), Stated::Is([] | [_]) | Stated::LeftOut);
        object.ignored.has_part(name) && !is_single
    })
}

/// Of a source by itself: what is ignored is not known, since there is no org to keep it of.
pub(super) fn open(object: &mut Object) {
    if object.ignored.is_nothing() {
        return;
    }
    let Node::Fields(fields) = &mut object.after else { return };
    for name in object.kind.attributes().iter().filter(|name| object.ignored.has(name) && !IDENTITY.contains(name)) {
        fields.insert((*name).to_owned(), Node::NotKnown(NOWHERE.to_owned()));
    }
}

/// Whether an apply leaves the whole list of roles of a user or a group as it is.
pub(super) fn keeps_roles(object: &Object) -> bool {
    matches!(object.kind, Type::UserRoles | Type::GroupRoles) && object.ignored.has("roles")
}
