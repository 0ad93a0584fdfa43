//! The answer as CX as Code, ready to paste: the roles, and who is given them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Advice, Role};
use rolecall_access::cross::{AccessMap, Principal, PrincipalKind};
use rolecall_access::drift::paste::{label, list, plain, policies_for, policy_block, quoted};
use rolecall_base::oauth_client::{ClientState, OauthClient};

const ROLE: &str = "genesyscloud_auth_role";
const CLIENT: &str = "genesyscloud_oauth_client";
const USER: &str = "genesyscloud_user_roles";

/// Writes the resources of one answer. Labels carry `suffix`, so that answers of several orgs can stand in one file.
pub fn write_roles(map: &AccessMap<'_>, principal: &Principal, advice: &Advice, suffix: &str) -> String {
    let mut out = String::new();
    let mut comment = |text: &str| {
        let _ = writeln!(out, "# {}", plain(text));
    };
    comment(&format!(
        "{} `{}` ({}) in org `{}`",
        advice.principal_kind, advice.principal_name, advice.principal_id, advice.org
    ));
    comment(&format!(
        "{}; {}",
        advice.counted,
        if advice.optimal { "proved to be the least".to_owned() } else { format!("not proved, gap {}", advice.gap) }
    ));
    for one in &advice.uncovered {
        comment(&format!("not covered: {} {} ({}): {}", one.method, one.path, one.reason, one.says));
    }
    for one in &advice.needs_not_known {
        comment(&format!("not known: {one}"));
    }
    let roles = labelled(&advice.roles, suffix);
    for (label, role) in &roles {
        out.push('\n');
        out.push_str(&resource(ROLE, label, &role_body(advice, role)));
    }
    let _ = match principal.kind {
        PrincipalKind::OauthClient => match map.client(principal) {
            Some(client) if principal.is_machine() => write!(out, "\n{}", machine(client, &roles, suffix)),
            Some(client) => write!(out, "\n{}", for_users(client, advice, suffix)),
            None => Ok(()),
        },
        PrincipalKind::ServiceUser | PrincipalKind::User | PrincipalKind::ClientAsUser => {
            write!(out, "\n{}", user(principal, &roles, suffix))
        }
    };
    out
}

/// Each role with a label of its own.
fn labelled<'a>(roles: &'a [Role], suffix: &str) -> Vec<(String, &'a Role)> {
    let mut taken = BTreeSet::new();
    roles
        .iter()
        .map(|role| {
            let wished = label(&format!("{}{suffix}", role.name));
            let mut found = wished.clone();
            let mut number = 2;
            while !taken.insert(found.clone()) {
                found = format!("{wished}_{number}");
                number += 1;
            }
            (found, role)
        })
        .collect()
}

fn resource(kind: &str, label: &str, body: &str) -> String {
    let mut out = format!("resource {} {} {{\n", quoted(kind), quoted(label));
    for line in body.lines() {
        let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "  {line}") };
    }
    out.push_str("}\n");
    out
}

fn role_body(advice: &Advice, role: &Role) -> String {
    let mut body = format!("name        = {}\n", quoted(&role.name));
    let about = format!("The least that {} `{}` needs", advice.principal_kind, advice.principal_name);
    let _ = writeln!(body, "description = {}", quoted(&about));
    let general: Vec<&str> =
        role.permissions.iter().map(String::as_str).filter(|permission| !permission.contains(':')).collect();
    if !general.is_empty() {
        let _ = writeln!(body, "permissions = {}", list(&general));
    }
    for policy in policies_for(None, role.permissions.iter().map(String::as_str)) {
        body.push('\n');
        body.push_str(&policy_block(&policy));
    }
    body
}

fn import(kind: &str, label: &str, id: &str) -> String {
    format!("import {{\n  to = {kind}.{label}\n  id = {}\n}}\n\n", quoted(id))
}

fn client_head(client: &OauthClient) -> String {
    let mut body = format!("name                  = {}\n", quoted(&client.name));
    if let Some(description) = &client.description {
        let _ = writeln!(body, "description           = {}", quoted(description));
    }
    let _ = writeln!(body, "authorized_grant_type = {}", quoted(client.grant_type.as_str()));
    if let Some(seconds) = client.token_validity_seconds {
        let _ = writeln!(body, "access_token_validity_seconds = {seconds}");
    }
    if !client.redirect_uris.is_empty() {
        let _ = writeln!(body, "registered_redirect_uris = {}", list(&client.redirect_uris));
    }
    if let ClientState::Active | ClientState::Inactive = client.state {
        let _ = writeln!(body, "state = {}", quoted(client.state.as_str()));
    }
    body
}

fn machine(client: &OauthClient, roles: &[(String, &Role)], suffix: &str) -> String {
    let label = label(&format!("{}{suffix}", client.name));
    let mut out = "# the roles below are the client's whole list: whatever else it holds is removed\n".to_owned();
    if roles.is_empty() {
        out.push_str("# no known need asks for a permission; the provider wants at least one role: switch the client off instead\n");
        return out;
    }
    out.push_str(&import(CLIENT, &label, client.id.as_str()));
    let mut body = client_head(client);
    for (role_label, role) in roles {
        for division in &role.divisions {
            let name = if division.id == "*" { "all divisions".to_owned() } else { plain(&division.name) };
            let _ = write!(
                body,
                "\nroles {{\n  role_id     = {ROLE}.{role_label}.id\n  division_id = {} # {name}\n}}\n",
                quoted(&division.id)
            );
        }
    }
    out.push_str(&resource(CLIENT, &label, &body));
    out
}

fn for_users(client: &OauthClient, advice: &Advice, suffix: &str) -> String {
    let label = label(&format!("{}{suffix}", client.name));
    let mut out = "# the client acts for users: give the role to them, and the scopes to the client\n".to_owned();
    let unpublished = advice.uncovered.iter().any(|one| one.reason == "scope-not-published");
    if unpublished {
        out.push_str("# the scopes of some needed calls are not published: they are not among these\n");
    }
    out.push_str(&import(CLIENT, &label, client.id.as_str()));
    let mut body = client_head(client);
    let scopes = advice.scopes.as_ref().map(|scopes| scopes.scopes.as_slice()).unwrap_or_default();
    let _ = writeln!(body, "scopes = {}", list(scopes));
    out.push_str(&resource(CLIENT, &label, &body));
    out
}

fn user(principal: &Principal, roles: &[(String, &Role)], suffix: &str) -> String {
    let label = label(&format!("{}{suffix}", principal.name));
    let mut out =
        "# authoritative: every role that is granted to the user directly and is not below is removed; what it\n# \
                   inherits from groups stays\n"
            .to_owned();
    out.push_str(&import(USER, &label, &principal.id));
    let mut body = format!("user_id = {}\n", quoted(&principal.id));
    for (role_label, role) in roles {
        let ids: Vec<&str> = role.divisions.iter().map(|division| division.id.as_str()).collect();
        let names: Vec<String> = role
            .divisions
            .iter()
            .map(|division| if division.id == "*" { "all divisions".to_owned() } else { plain(&division.name) })
            .collect();
        let _ = write!(
            body,
            "\nroles {{\n  role_id      = {ROLE}.{role_label}.id\n  division_ids = {} # {}\n}}\n",
            list(&ids),
            names.join(", ")
        );
    }
    out.push_str(&resource(USER, &label, &body));
    out
}
