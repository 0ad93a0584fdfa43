//! What a person would do so that the right side gives again what the left side gives.
//!
//! Text only: nothing here, and nothing in this program, changes an org. Paths and fields of the API calls are those of
//! the platform's published document; the blocks are those of its Terraform provider, CX as Code.

use std::collections::BTreeSet;

use serde_json::json;

use super::both_sides::Sides;
use super::broken::BrokenCall;
use super::change::{Change, DriftKind, Items, ShownGrant};
use super::paste::{
    call, id, label, list, plain, policies_for, policy_block, put_back, put_policies, quoted, reference, with_version,
    within,
};
use super::victims::Again;
use crate::cross::Reason;
use rolecall_base::permission::Permission;
use rolecall_base::role::Role;
use rolecall_base::snapshot::Snapshot;

mod create;
mod unread;

/// The smallest change of the right side that fixes what a difference breaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remedy {
    /// One sentence without its full stop.
    pub what: String,
    /// The same for CX as Code, to paste. Empty where CX as Code has no resource for it.
    pub cx_as_code: String,
    /// The API call that a person would make: method, path and body. Empty where none can do it.
    pub api: String,
}

/// What would fix a difference and the needed calls it breaks. `broken` are the calls of [`Change::broken`].
pub fn remedy(change: &Change, broken: &[&BrokenCall], left: &Snapshot, right: &Snapshot) -> Remedy {
    if let Some(open) = (Sides { left, right }).unread(change) {
        return open;
    }
    let mut remedy = of_row(change, broken, left, right);
    let absent = not_in_catalogue(change, broken, right);
    if !absent.is_empty() {
        let (to, is) = (plain(&right.org.name), if absent.len() == 1 { "is" } else { "are" });
        remedy.what.push_str(&format!(
            "; but {} {is} not in the permission catalogue of {to}, where nothing can grant it before the product or \
             feature that brings it is switched on",
            ticked(&absent)
        ));
    }
    remedy
}

/// Permissions that the calls miss and that nothing on the right can grant.
fn not_in_catalogue(change: &Change, broken: &[&BrokenCall], right: &Snapshot) -> Vec<String> {
    if change.kind == DriftKind::Permission {
        return Vec::new();
    }
    let absent_there =
        |call: &&&BrokenCall| call.right.is_some_and(|answer| answer.reasons.has(Reason::PermissionNotInOrg));
    let missing: BTreeSet<&String> =
        broken.iter().filter(absent_there).flat_map(|call| &call.missing_permissions).collect();
    let listed = |name: &str| right.permissions.iter().any(|known| known.permission.as_str() == name);
    missing.into_iter().filter(|name| !listed(name)).cloned().collect()
}

fn of_row(change: &Change, broken: &[&BrokenCall], left: &Snapshot, right: &Snapshot) -> Remedy {
    let sides = Sides { left, right };
    let to = plain(&right.org.name);
    let absent_on_right = change.to_id.is_empty() && change.field == "presence";
    match (change.kind, change.field.as_str()) {
        (DriftKind::Role, "presence") if absent_on_right => sides.new_role(change, broken),
        (DriftKind::Role, "permissions") => sides.permissions(change, broken),
        (DriftKind::Role, "conditions") => sides.unconditioned(change, broken),
        (DriftKind::OauthClient, "presence") if absent_on_right => sides.new_client(change),
        (DriftKind::ServiceUser | DriftKind::User, "presence") if absent_on_right => sides.new_user(change),
        (DriftKind::Group, "presence") if absent_on_right => sides.new_group(change),
        (DriftKind::Division, "presence") if absent_on_right => sides.new_division(change),
        (DriftKind::OauthClient | DriftKind::ServiceUser | DriftKind::User | DriftKind::Group, "grants") => {
            sides.grants(change, broken)
        }
        (DriftKind::OauthClient, "scopes") => sides.scopes(change, broken),
        (DriftKind::OauthClient, "grant_type" | "state") => sides.client_value(change),
        (DriftKind::ServiceUser | DriftKind::User, "state") => {
            let path = format!("/api/v2/users/{}", id(&change.to_id, "{userId}"));
            Remedy {
                what: format!("set user `{}` to `{}` in {to}", plain(&change.name), plain(&change.from_value)),
                cx_as_code: format!(
                    "{}state = {}\n",
                    within("genesyscloud_user", &change.name),
                    quoted(&change.from_value)
                ),
                api: with_version("PATCH", &path, &path, &json!({ "state": change.from_value })),
            }
        }
        (DriftKind::ServiceUser | DriftKind::User, "groups") => sides.membership(change),
        (DriftKind::Group, "state" | "roles_enabled") => sides.group_value(change),
        (DriftKind::Permission, _) => Remedy {
            what: format!(
                "`{}` cannot be granted in {to} as in {}: switch on the product or feature that brings it, or give the \
                 need up",
                plain(&change.name),
                sides.from()
            ),
            ..Remedy::default()
        },
        (DriftKind::Policy, _) => sides.policy(change),
        (DriftKind::Endpoint, _) => sides.missing(change, broken, true),
        (_, field) if field.starts_with("call ") => sides.missing(change, broken, false),
        _ => sides.as_on_the_left(change),
    }
}

impl<'a> Sides<'a> {
    fn division_reference(&self, name: Option<&str>) -> String {
        match name {
            None => quoted("*"),
            Some(name) if self.left.divisions.iter().any(|division| division.name == name && division.home) => {
                "data.genesyscloud_auth_division_home.home.id".to_owned()
            }
            Some(name) => reference("genesyscloud_auth_division", name),
        }
    }

    /// Adds to a role what it lacks: of that only what the broken calls miss, where they say.
    fn permissions(&self, change: &Change, broken: &[&BrokenCall]) -> Remedy {
        let lost = items_or(change, |items| match items {
            Items::Permissions(names) => Some(names.clone()),
            _ => None,
        });
        let names = needed_of(lost, broken);
        let role = self.right_role(&change.name);
        self.with_policies(change, &names, role, "add", "to")
    }

    fn unconditioned(&self, change: &Change, broken: &[&BrokenCall]) -> Remedy {
        let lost = items_or(change, |items| match items {
            Items::Permissions(names) => Some(names.clone()),
            _ => None,
        });
        let names: Vec<String> = needed_of(lost, broken);
        let role = self.right_role(&change.name);
        self.with_policies(change, &names, role, "take the condition off", "in")
    }

    fn with_policies(&self, change: &Change, names: &[String], role: Option<&Role>, verb: &str, link: &str) -> Remedy {
        let policies = policies_for(role, names.iter().map(String::as_str));
        let shown = role.map_or(change.name.as_str(), |role| role.name.as_str());
        let blocks: Vec<String> = policies.iter().map(policy_block).collect();
        let what = format!("{verb} {} {link} role `{}` in {}", ticked(names), plain(shown), self.to());
        if blocks.is_empty() {
            return Remedy { what, ..Remedy::default() };
        }
        let role_id = if change.to_id.is_empty() { role.map_or("", |role| role.id.as_str()) } else { &change.to_id };
        let path = format!("/api/v2/authorization/roles/{}", id(role_id, "{roleId}"));
        Remedy {
            what,
            cx_as_code: format!(
                "{}# in place of the unconditional block of the same domain and entity, where there is one\n{}",
                within("genesyscloud_auth_role", shown),
                blocks.concat()
            ),
            api: put_policies(&path, &policies),
        }
    }

    fn grants(&self, change: &Change, broken: &[&BrokenCall]) -> Remedy {
        let Items::Grants(lost) = &change.items else { return self.as_on_the_left(change) };
        let wanted: Vec<&str> = broken.iter().flat_map(|call| &call.missing_permissions).map(String::as_str).collect();
        let helps = |grant: &&ShownGrant| {
            self.left_role(&grant.role).is_some_and(|role| wanted.iter().any(|name| gives(role, name)))
        };
        let mut grants: Vec<ShownGrant> = lost.iter().filter(helps).cloned().collect();
        if grants.is_empty() {
            grants.clone_from(lost);
        }
        let shown: Vec<String> = grants.iter().map(|grant| format!("role {}", describe_grant(grant))).collect();
        let again = Again { kind: change.kind, name: change.name.clone(), to_id: change.to_id.clone(), grants };
        Remedy {
            what: format!(
                "grant {} to {} `{}` in {}",
                shown.join(" and "),
                change.kind.in_words(),
                plain(&change.name),
                self.to()
            ),
            cx_as_code: self.grant_blocks(again.kind, &again.name, &again.grants),
            api: self.bulk_add(&again),
        }
    }

    /// Blocks that grant; `genesyscloud_user_roles` and `genesyscloud_group_roles` are the whole list of their subject.
    fn grant_blocks(&self, kind: DriftKind, name: &str, grants: &[ShownGrant]) -> String {
        let role = |grant: &ShownGrant| {
            reference("genesyscloud_auth_role", self.right_role(&grant.role).map_or(&grant.role, |role| &role.name))
        };
        let division = |grant: &ShownGrant| self.division_reference(grant.division.as_deref());
        match kind {
            DriftKind::OauthClient => {
                let blocks = grants.iter().map(|grant| {
                    format!("roles {{\n  role_id     = {}\n  division_id = {}\n}}\n", role(grant), division(grant))
                });
                format!("{}{}", within("genesyscloud_oauth_client", name), blocks.collect::<String>())
            }
            DriftKind::Group | DriftKind::User | DriftKind::ServiceUser => {
                let resource =
                    if kind == DriftKind::Group { "genesyscloud_group_roles" } else { "genesyscloud_user_roles" };
                let blocks = grants.iter().map(|grant| {
                    format!("roles {{\n  role_id      = {}\n  division_ids = [{}]\n}}\n", role(grant), division(grant))
                });
                format!(
                    "{}# what this resource does not list is removed: add to the blocks that are there\n{}",
                    within(resource, name),
                    blocks.collect::<String>()
                )
            }
            _ => String::new(),
        }
    }

    fn bulk_add(&self, again: &Again) -> String {
        let subject = match again.kind {
            DriftKind::OauthClient => "PC_OAUTH_CLIENT",
            DriftKind::Group => "PC_GROUP",
            _ => "PC_USER",
        };
        let pairs = again.grants.iter().map(|grant| {
            let role = self
                .right_role(&grant.role)
                .map_or_else(|| format!("{{id of role {}}}", plain(&grant.role)), |role| role.id.to_string());
            json!({ "roleId": role, "divisionId": self.right_division(grant.division.as_deref()) })
        });
        let path =
            format!("/api/v2/authorization/subjects/{}/bulkadd?subjectType={subject}", id(&again.to_id, "{subjectId}"));
        call("POST", &path, &json!({ "grants": pairs.collect::<Vec<_>>() }))
    }

    fn scopes(&self, change: &Change, broken: &[&BrokenCall]) -> Remedy {
        let lost = items_or(change, |items| match items {
            Items::Scopes(names) => Some(names.clone()),
            _ => None,
        });
        let missing: BTreeSet<&String> = broken.iter().flat_map(|call| &call.missing_scopes).collect();
        let useful: Vec<String> = lost.iter().filter(|scope| missing.contains(scope)).cloned().collect();
        let added = if useful.is_empty() { lost } else { useful };
        let client = self.right.oauth_clients.iter().find(|client| client.id.as_str() == change.to_id);
        let present = client.and_then(|client| client.scopes.as_ref()).into_iter().flatten();
        let mut scopes: Vec<String> = present.map(ToString::to_string).chain(added.iter().cloned()).collect();
        scopes.sort();
        scopes.dedup();
        let path = format!("/api/v2/oauth/clients/{}", id(&change.to_id, "{clientId}"));
        let many = if added.len() == 1 { "scope" } else { "scopes" };
        Remedy {
            what: format!("add {many} {} to OAuth client `{}` in {}", ticked(&added), plain(&change.name), self.to()),
            cx_as_code: format!("{}scopes = {}\n", within("genesyscloud_oauth_client", &change.name), list(&scopes)),
            api: put_back(&path, &json!({ "scope": scopes })),
        }
    }

    fn client_value(&self, change: &Change) -> Remedy {
        let (key, attribute, words) = match change.field.as_str() {
            "state" => ("state", "state", "state"),
            _ => ("authorizedGrantType", "authorized_grant_type", "grant type"),
        };
        let path = format!("/api/v2/oauth/clients/{}", id(&change.to_id, "{clientId}"));
        Remedy {
            what: format!(
                "set the {words} of OAuth client `{}` to `{}` in {}",
                plain(&change.name),
                plain(&change.from_value),
                self.to()
            ),
            cx_as_code: format!(
                "{}{attribute} = {}\n",
                within("genesyscloud_oauth_client", &change.name),
                quoted(&change.from_value)
            ),
            api: put_back(&path, &json!({ key: change.from_value })),
        }
    }

    fn membership(&self, change: &Change) -> Remedy {
        let names = items_or(change, |items| match items {
            Items::Groups(names) => Some(names.clone()),
            _ => None,
        });
        let user = plain(&change.name);
        let mut cx = String::new();
        let mut api = String::new();
        for name in &names {
            let group = self.right.groups.iter().find(|group| group.name == *name);
            let group_id = group.map_or("", |group| group.id.as_str());
            let path = format!("/api/v2/groups/{}", id(group_id, "{groupId}"));
            let member = id(&change.to_id, "{userId}");
            api.push_str(&with_version("POST", &format!("{path}/members"), &path, &json!({ "memberIds": [member] })));
            cx.push_str(&format!(
                "{}# add to the list that is there\nmember_ids = [genesyscloud_user.{}.id]\n",
                within("genesyscloud_group", name),
                label(&change.name)
            ));
        }
        let many = if names.len() == 1 { "group" } else { "groups" };
        Remedy { what: format!("add `{user}` to {many} {} in {}", ticked(&names), self.to()), cx_as_code: cx, api }
    }

    fn group_value(&self, change: &Change) -> Remedy {
        let path = format!("/api/v2/groups/{}", id(&change.to_id, "{groupId}"));
        let is_state = change.field == "state";
        let part = if is_state {
            json!({ "state": change.from_value })
        } else {
            json!({ "rolesEnabled": change.from_value == "true" })
        };
        let cx = if is_state {
            String::new()
        } else {
            format!(
                "{}roles_enabled = {}\n",
                within("genesyscloud_group", &change.name),
                if change.from_value == "true" { "true" } else { "false" }
            )
        };
        Remedy {
            what: format!(
                "set `{}` of group `{}` to `{}` in {}",
                if is_state { "state" } else { "rolesEnabled" },
                plain(&change.name),
                plain(&change.from_value),
                self.to()
            ),
            cx_as_code: cx,
            api: with_version("PUT", &path, &path, &part),
        }
    }

    fn policy(&self, change: &Change) -> Remedy {
        let path = format!("/api/v2/authorization/policies/{}", id(&change.to_id, "{policyId}"));
        if change.to_id.is_empty() {
            return self.as_on_the_left(change);
        }
        Remedy {
            what: format!(
                "make access policy `{}` in {} spare these calls, or switch it off",
                plain(&change.name),
                self.to()
            ),
            cx_as_code: String::new(),
            api: put_back(&path, &json!({ "active": false })),
        }
    }

    /// Nothing on the left says which role should carry it: the permission is named, and a role of the reader's choice.
    fn missing(&self, change: &Change, broken: &[&BrokenCall], by_the_matrix: bool) -> Remedy {
        let names: BTreeSet<String> = broken.iter().flat_map(|call| call.missing_permissions.iter().cloned()).collect();
        let names: Vec<String> = names.into_iter().collect();
        let who: BTreeSet<String> = broken.iter().map(|call| format!("`{}`", plain(&call.name))).collect();
        let who: Vec<String> = who.into_iter().collect();
        let subject = if by_the_matrix {
            format!("{} requires more in {} than in {}", plain(&change.name), self.to(), self.from())
        } else {
            format!("{} fails in {}", plain(change.field.trim_start_matches("call ")), self.to())
        };
        if names.is_empty() {
            let what = format!("{subject}: look at it with `rolecall explain`, for {}", few(&who));
            return Remedy { what, ..Remedy::default() };
        }
        let policies = policies_for(None, names.iter().map(String::as_str));
        let blocks: String = policies.iter().map(policy_block).collect();
        let alternatives = if names.len() > 1 { " (where any of them will do, one)" } else { "" };
        Remedy {
            what: format!("{subject}: add {}{alternatives} to a role of {}", ticked(&names), few(&who)),
            cx_as_code: format!("# in a genesyscloud_auth_role that they have\n{blocks}"),
            api: put_policies("/api/v2/authorization/roles/{roleId}", &policies),
        }
    }

    fn as_on_the_left(&self, change: &Change) -> Remedy {
        let value = if change.from_value.is_empty() { &change.to_value } else { &change.from_value };
        Remedy {
            what: format!(
                "make `{}` of {} `{}` in {} what it is in {}: {}",
                plain(&change.field),
                change.kind.in_words(),
                plain(&change.name),
                self.to(),
                self.from(),
                plain(value)
            ),
            ..Remedy::default()
        }
    }
}

/// Whether a role gives a permission always.
pub(super) fn gives(role: &Role, permission: &str) -> bool {
    let permission = Permission::new(permission);
    role.general_permissions.contains(&permission)
        || role
            .policies
            .iter()
            .any(|policy| !policy.is_conditional() && policy.patterns().any(|pattern| pattern.covers(&permission)))
}

fn items_or(change: &Change, take: impl Fn(&Items) -> Option<Vec<String>>) -> Vec<String> {
    take(&change.items)
        .unwrap_or_else(|| change.from_value.split(';').filter(|item| !item.is_empty()).map(str::to_owned).collect())
}

/// Of what was lost that which the broken calls miss; all of it where they name nothing of it.
fn needed_of(lost: Vec<String>, broken: &[&BrokenCall]) -> Vec<String> {
    let missing: BTreeSet<&String> = broken.iter().flat_map(|call| &call.missing_permissions).collect();
    let needed: Vec<String> = lost.iter().filter(|name| missing.contains(name)).cloned().collect();
    if needed.is_empty() { lost } else { needed }
}

fn ticked(names: &[String]) -> String {
    few(&names.iter().map(|name| format!("`{}`", plain(name))).collect::<Vec<_>>())
}

fn few(names: &[String]) -> String {
    const MOST: usize = 5;
    match names.get(..MOST) {
        Some(first) if names.len() > MOST => format!("{} and {} more", first.join(", "), names.len() - MOST),
        _ => names.join(", "),
    }
}

fn describe_grant(grant: &ShownGrant) -> String {
    match &grant.division {
        None => format!("`{}` in all divisions", plain(&grant.role)),
        Some(division) => format!("`{}` in division `{}`", plain(&grant.role), plain(division)),
    }
}

#[cfg(test)]
mod tests;
