//! What goes with an object that an apply removes.

use super::apply::Layer;
use super::object::{Action, Object, Type};
use super::targets::Target;
use rolecall_base::coverage::Listing;
use rolecall_base::grant::Reach;
use rolecall_base::id::{ClientId, DivisionId, GroupId};

impl Layer<'_> {
    /// Removes an object with all that was granted to it or by it.
    pub(super) fn delete(&mut self, object: &Object, target: &Target) {
        if matches!(object.kind, Type::UserRoles | Type::GroupRoles) {
            if object.action == Action::Delete {
                let why = "no longer managed; the grants stay, since the provider removes none";
                self.notes.push(format!("{}: {why}", object.address));
            }
            return;
        }
        let Some(id) = target.old.as_deref() else {
            if object.id.is_none() && object.name().is_none() {
                self.open(object, "object", "it is removed, and which object of the org it is the source does not say");
                return;
            }
            self.notes.push(format!("{}: to be removed, and not in the org", object.describe()));
            return;
        };
        let snapshot = &mut self.snapshot;
        match object.kind {
            Type::Role => {
                let role = snapshot.roles.iter_mut().find(|role| role.id.as_str() == id);
                match role.filter(|role| role.default_role_id.is_some()) {
                    Some(role) => {
                        role.policies.clear();
                        role.general_permissions.clear();
                        let why = "the provider restores a default role instead of deleting it, to what is not known";
                        self.open(object, "permission_policies", why);
                        self.miss(Listing::Roles, Some(id), &format!("{}: {why}", object.address));
                    }
                    None => {
                        snapshot.roles.retain(|role| role.id.as_str() != id);
                        snapshot.grants.retain(|grant| grant.role.as_str() != id);
                        for pairs in
                            snapshot.oauth_clients.iter_mut().filter_map(|client| client.role_divisions.as_mut())
                        {
                            pairs.retain(|pair| pair.role.as_str() != id);
                        }
                    }
                }
                return;
            }
            Type::Division => {
                if snapshot.divisions.iter().any(|division| division.home && division.id.as_str() == id) {
                    let name = object.describe();
                    self.notes.push(format!("{name}: the home division cannot be removed, and was left"));
                    return;
                }
                snapshot.divisions.retain(|division| division.id.as_str() != id);
                let gone = Reach::In(DivisionId::new(id));
                snapshot.grants.retain(|grant| grant.reach != gone);
                for pairs in snapshot.oauth_clients.iter_mut().filter_map(|client| client.role_divisions.as_mut()) {
                    pairs.retain(|pair| pair.reach != gone);
                }
                return;
            }
            Type::User => {
                snapshot.users.retain(|user| user.id.as_str() != id);
                for members in snapshot.group_members.values_mut() {
                    members.retain(|member| member.as_str() != id);
                }
            }
            Type::Group => {
                snapshot.groups.retain(|group| group.id.as_str() != id);
                snapshot.group_members.remove(&GroupId::new(id));
            }
            Type::Client => snapshot.oauth_clients.retain(|client| client.id != ClientId::new(id)),
            Type::HomeDivision | Type::UserRoles | Type::GroupRoles => return,
        }
        snapshot.grants.retain(|grant| grant.subject.as_str() != id);
    }
}
