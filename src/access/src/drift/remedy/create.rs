//! Whole objects that the right side lacks, written as they are on the left.

use serde_json::{Value, json};

use super::{Remedy, Sides};
use crate::drift::broken::BrokenCall;
use crate::drift::change::Change;
use crate::drift::paste::{call, id, list, plain, policy_block, policy_json, quoted, reference, resource};
use crate::drift::victims::{self, Again};
use rolecall_base::permission::Permission;

/// Roles of more policies are not written out: a pointer to them is.
const MOST_POLICIES: usize = 60;

impl Sides<'_> {
    pub(super) fn new_role(&self, change: &Change, broken: &[&BrokenCall]) -> Remedy {
        let (name, to, from) = (plain(&change.name), self.to(), self.from());
        let again = victims::grants_of(self, &change.name, broken);
        let to_whom = match again.len() {
            0 => String::new(),
            1..=5 => {
                let names: Vec<String> = again.iter().map(|one| format!("`{}`", plain(&one.name))).collect();
                format!(", and grant it to {}", names.join(", "))
            }
            many => format!(", and grant it to {many} principals"),
        };
        let what = format!("create role `{name}` in {to} as it is in {from}{to_whom}");
        let Some(role) = self.left_role(&change.name) else {
            return Remedy { what, ..Remedy::default() };
        };
        let mut body = format!("name = {}\n", quoted(&role.name));
        if !role.general_permissions.is_empty() {
            body.push_str(&format!(
                "permissions = {}\n",
                list(role.general_permissions.iter().map(Permission::as_str))
            ));
        }
        let written_out = role.policies.len() <= MOST_POLICIES;
        if written_out {
            role.policies.iter().for_each(|policy| body.push_str(&policy_block(policy)));
        } else {
            body.push_str(&format!("# {} permission_policies: export the role from {from}\n", role.policies.len()));
        }
        let mut cx = resource("genesyscloud_auth_role", &role.name, &body);
        let conditioned = role.policies.iter().any(|policy| policy.condition.is_some());
        let note = if conditioned { "# conditions name queues and users by the ids of the left side\n" } else { "" };
        let mut api = if written_out {
            let policies: Vec<Value> = role.policies.iter().map(policy_json).collect();
            let permissions: Vec<&str> = role.general_permissions.iter().map(Permission::as_str).collect();
            let body = json!({ "name": role.name, "permissions": permissions, "permissionPolicies": policies });
            format!("{note}{}", call("POST", "/api/v2/authorization/roles", &body))
        } else {
            format!(
                "POST /api/v2/authorization/roles\n# the body is what GET /api/v2/authorization/roles/{} answers in \
                 {from}, without `id` and `selfUri`\n",
                id(role.id.as_str(), "{roleId}")
            )
        };
        for one in &again {
            cx.push('\n');
            cx.push_str(&self.grant_blocks(one.kind, &one.name, &one.grants));
            api.push_str(&self.bulk_add(one));
        }
        Remedy { what, cx_as_code: cx, api }
    }

    pub(super) fn new_client(&self, change: &Change) -> Remedy {
        let (name, to) = (plain(&change.name), self.to());
        let what = format!(
            "create OAuth client `{name}` in {to} as it is in {}, and give its id and secret to whoever uses it",
            self.from()
        );
        let same_org = self.left.org.name == self.right.org.name;
        if same_org && self.right.oauth_clients.iter().any(|client| client.name == change.name) {
            let what =
                format!("give the id and the secret of the new OAuth client `{name}` in {to} to whoever uses it");
            return Remedy { what, ..Remedy::default() };
        }
        let Some(client) = self.left.oauth_clients.iter().find(|client| client.id.as_str() == change.from_id) else {
            return Remedy { what, ..Remedy::default() };
        };
        let grants = victims::client_grants(self, client);
        let mut body = format!(
            "name                  = {}\nauthorized_grant_type = {}\n",
            quoted(&client.name),
            quoted(client.grant_type.as_str())
        );
        let mut fields = json!({ "name": client.name, "authorizedGrantType": client.grant_type.as_str() });
        let mut add = |key: &str, value: Value| {
            if let Some(fields) = fields.as_object_mut() {
                fields.insert(key.to_owned(), value);
            }
        };
        if let Some(seconds) = client.token_validity_seconds {
            body.push_str(&format!("access_token_validity_seconds = {seconds}\n"));
            add("accessTokenValiditySeconds", json!(seconds));
        }
        if !client.redirect_uris.is_empty() {
            body.push_str(&format!("registered_redirect_uris = {}\n", list(&client.redirect_uris)));
            add("registeredRedirectUri", json!(client.redirect_uris));
        }
        if let Some(scopes) = client.scopes.as_ref().filter(|scopes| !scopes.is_empty()) {
            let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
            body.push_str(&format!("scopes = {}\n", list(&scopes)));
            add("scope", json!(scopes));
        }
        for grant in &grants {
            body.push_str(&format!(
                "roles {{\n  role_id     = {}\n  division_id = {}\n}}\n",
                reference("genesyscloud_auth_role", &grant.role),
                self.division_reference(grant.division.as_deref())
            ));
        }
        let pairs = grants.iter().map(|grant| {
            let role = self
                .right_role(&grant.role)
                .map_or_else(|| format!("{{id of role {}}}", plain(&grant.role)), |role| role.id.to_string());
            json!({ "roleId": role, "divisionId": self.right_division(grant.division.as_deref()) })
        });
        add("roleDivisions", Value::Array(pairs.collect()));
        Remedy {
            what,
            cx_as_code: resource("genesyscloud_oauth_client", &client.name, &body),
            api: call("POST", "/api/v2/oauth/clients", &fields),
        }
    }

    pub(super) fn new_user(&self, change: &Change) -> Remedy {
        let user = self.left.users.iter().find(|user| user.id.as_str() == change.from_id);
        let email = user.and_then(|user| user.email.clone()).unwrap_or_default();
        let division = user.and_then(|user| user.division.as_ref()).and_then(|id| self.left_division_name(id));
        let grants = victims::direct_grants(self, &change.from_id);
        let body =
            json!({ "name": change.name, "email": email, "divisionId": self.right_division(division.as_deref()) });
        let mut api = call("POST", "/api/v2/users", &body);
        let mut cx = resource(
            "genesyscloud_user",
            &change.name,
            &format!("name  = {}\nemail = {}\n", quoted(&change.name), quoted(&email)),
        );
        if !grants.is_empty() {
            let again = Again { kind: change.kind, name: change.name.clone(), to_id: String::new(), grants };
            api.push_str(&self.bulk_add(&again));
            cx.push('\n');
            cx.push_str(&self.grant_blocks(again.kind, &again.name, &again.grants));
        }
        let what = format!(
            "create user `{}` in {} with the groups and grants it has in {}",
            plain(&change.name),
            self.to(),
            self.from()
        );
        Remedy { what, cx_as_code: cx, api }
    }

    pub(super) fn new_group(&self, change: &Change) -> Remedy {
        let body = json!({
            "name": change.name, "type": "official", "visibility": "public", "rulesVisible": true, "rolesEnabled": true,
        });
        let grants = victims::direct_grants(self, &change.from_id);
        let again = Again { kind: change.kind, name: change.name.clone(), to_id: String::new(), grants };
        let mut api = call("POST", "/api/v2/groups", &body);
        let mut cx = resource(
            "genesyscloud_group",
            &change.name,
            &format!("name          = {}\nroles_enabled = true\n", quoted(&change.name)),
        );
        if !again.grants.is_empty() {
            api.push_str(&self.bulk_add(&again));
            cx.push('\n');
            cx.push_str(&self.grant_blocks(again.kind, &again.name, &again.grants));
        }
        let what = format!(
            "create group `{}` in {} with the members and grants it has in {}",
            plain(&change.name),
            self.to(),
            self.from()
        );
        Remedy { what, cx_as_code: cx, api }
    }

    pub(super) fn new_division(&self, change: &Change) -> Remedy {
        let body = json!({ "name": change.name, "description": "" });
        Remedy {
            what: format!(
                "create division `{}` in {}, and repeat there the grants that {} has in it",
                plain(&change.name),
                self.to(),
                self.from()
            ),
            cx_as_code: resource(
                "genesyscloud_auth_division",
                &change.name,
                &format!("name        = {}\ndescription = \"\"\n", quoted(&change.name)),
            ),
            api: call("POST", "/api/v2/authorization/divisions", &body),
        }
    }
}
