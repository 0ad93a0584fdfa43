//! Roles, and who holds them.

use serde_json::{Value, json};

use super::{Call, with_self, within};
use crate::answer::Answer;
use crate::org::{Grant, Role, SimOrg, list_at};
use crate::paging::Numbered;
use rolecall_base::permission::Permission;

fn show(call: &Call<'_>, role: &Role) -> Value {
    let mut shown = with_self(&role.object.value, &format!("/api/v2/authorization/roles/{}", role.object.id));
    if let (Some(fields), true) = (shown.as_object_mut(), call.query("userCount") != Some("false")) {
        fields.insert("userCount".to_owned(), json!(role.user_count));
    }
    shown
}

pub(super) fn list(call: &Call<'_>) -> Answer {
    let (ids, defaults) = (call.values("id"), call.values("defaultRoleId"));
    if ids.len() > 100 {
        return Answer::error(400, "max.role.ids", "Only 100 roles can be requested at a time.", &[]);
    }
    let permissions: Vec<Permission> = call.values("permission").into_iter().map(Permission::new).collect();
    let name = call.query("name").map(str::to_lowercase);
    let name = name.as_deref().map(|name| name.trim_matches('*'));
    let roles: Vec<&Role> = call
        .org
        .roles
        .iter()
        .filter(|role| ids.is_empty() || ids.contains(&role.object.id.as_str()))
        .filter(|role| defaults.is_empty() || defaults.contains(&role.object.text("defaultRoleId")))
        .filter(|role| name.is_none_or(|name| role.object.name.to_lowercase().contains(name)))
        .filter(|role| permissions.iter().all(|permission| role.listed.contains(permission)))
        .collect();
    Numbered { max: 500, links: true }.page(call, &roles, |role| show(call, role))
}

pub(super) fn one(call: &Call<'_>) -> Answer {
    let Some(role) = call.org.role(call.object) else { return Answer::not_found() };
    let mut shown = show(call, role);
    if let (Some(fields), true) = (shown.as_object_mut(), call.values("expand").contains(&"unusedPermissions")) {
        let unused = list_at(&call.org.settings, &format!("/unusedPermissions/{}", role.object.id));
        fields.insert("unusedPermissions".to_owned(), json!(unused));
    }
    Answer::ok(shown)
}

/// A role as grants show it: `AuthzGrantRole`.
pub(super) fn in_grant(org: &SimOrg, id: &str) -> Value {
    let Some(role) = org.role(id) else { return json!({"id": id}) };
    let policies: Vec<Value> = list_at(&role.object.value, "/permissionPolicies")
        .iter()
        .map(|policy| {
            let mut shown = json!({
                "domain": policy.get("domain"),
                "entityName": policy.get("entityName"),
                "actions": list_at(policy, "/actionSet"),
            });
            let condition = policy.get("resourceConditionNode").filter(|node| !node.is_null());
            if let (Some(fields), Some(condition)) = (shown.as_object_mut(), condition) {
                fields.insert("condition".to_owned(), json!(condition.to_string()));
            }
            shown
        })
        .collect();
    json!({
        "id": id,
        "name": role.object.name,
        "description": role.object.text("description"),
        "policies": policies,
        "default": role.object.value.get("default") == Some(&json!(true)),
        "selfUri": format!("/api/v2/authorization/roles/{id}"),
    })
}

/// The role's direct grants, one entry a subject: `SubjectDivisionGrants`.
pub(super) fn subjects(call: &Call<'_>) -> Answer {
    let org = call.org;
    if org.role(call.object).is_none() {
        return Answer::not_found();
    }
    let mut subjects: Vec<(&Grant, Vec<&str>)> = Vec::new();
    let mut places: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    for grant in org.grants_of_role(call.object).filter(|grant| call.sight.sees(org.division_of(&grant.subject))) {
        let place = *places.entry(&grant.subject).or_insert_with(|| {
            subjects.push((grant, Vec::new()));
            subjects.len() - 1
        });
        if let Some((_, divisions)) = subjects.get_mut(place)
            && !divisions.contains(&grant.division.as_str())
        {
            divisions.push(&grant.division);
        }
    }
    Numbered { max: 100, links: true }.page(call, &subjects, |(grant, within)| {
        let within: Vec<Value> = within.iter().map(|id| within::division(org, id)).collect();
        json!({
            "id": grant.subject,
            "name": org.subject_name(&grant.subject),
            "divisions": within,
            "type": grant.kind,
            "selfUri": format!("/api/v2/authorization/subjects/{}", grant.subject),
        })
    })
}

/// The users who hold the role directly: ids only.
pub(super) fn users(call: &Call<'_>) -> Answer {
    let org = call.org;
    if org.role(call.object).is_none() {
        return Answer::not_found();
    }
    let mut users: Vec<&str> = org
        .grants_of_role(call.object)
        .filter(|grant| grant.kind == "PC_USER" && call.sight.sees(org.division_of(&grant.subject)))
        .map(|grant| grant.subject.as_str())
        .collect();
    users.sort_unstable();
    users.dedup();
    Numbered { max: 100, links: false }.page(
        call,
        &users,
        |id| json!({"id": id, "selfUri": format!("/api/v2/users/{id}")}),
    )
}

/// The role beside the default role that the path names: `DomainOrgRoleDifference`. What the platform packages stands in
/// the settings; a default role that is not there is as the org has it.
pub(super) fn compared_with_default(call: &Call<'_>) -> Answer {
    let org = call.org;
    let default = call.path.rsplit('/').next().map(crate::token::percent_decoded).unwrap_or_default();
    let derived = |role: &&Role| role.object.text("defaultRoleId") == default;
    let (Some(role), Some(of_default)) = (org.role(call.object), org.roles.iter().find(derived)) else {
        return Answer::not_found();
    };
    let own = list_at(&role.object.value, "/permissionPolicies");
    let kept = org.settings.pointer(&format!("/defaultRoles/{default}"));
    let packaged = match kept.and_then(Value::as_array) {
        Some(packaged) => packaged.clone(),
        None => list_at(&of_default.object.value, "/permissionPolicies"),
    };
    let without = |some: &[Value], others: &[Value]| -> Vec<Value> {
        some.iter().filter(|policy| !others.contains(policy)).cloned().collect()
    };
    let same: Vec<Value> = own.iter().filter(|policy| packaged.contains(policy)).cloned().collect();
    Answer::ok(json!({
        "addedPermissionPolicies": without(&own, &packaged),
        "removedPermissionPolicies": without(&packaged, &own),
        "samePermissionPolicies": same,
        "userOrgRole": show(call, role),
        "roleFromDefault": { "id": default, "name": of_default.object.name, "default": true, "permissionPolicies": packaged },
    }))
}
