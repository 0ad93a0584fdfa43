//! How a removal is undone: the exact role, division, group or scope, and the call that puts it back.

use serde_json::json;

use super::plan::Step;
use rolecall_access::cross::{Principal, PrincipalKind};
use rolecall_access::drift::paste;
use rolecall_base::permission::Permission;
use rolecall_base::role::Role;
use rolecall_base::scope::Scope;

/// Puts a grant back.
pub(super) fn grant(principal: &Principal, step: &Step) -> String {
    let place = if step.division_id == "*" {
        "all divisions (`*`)".to_owned()
    } else {
        format!("division `{}` ({})", step.division_name, step.division_id)
    };
    let call = match principal.kind {
        PrincipalKind::OauthClient => {
            let pair = json!({ "roleId": step.role_id, "divisionId": step.division_id });
            format!(
                "PUT /api/v2/oauth/clients/{} with what GET answers and {pair} added to its roleDivisions",
                paste::id(&principal.id, "{clientId}")
            )
        }
        PrincipalKind::ServiceUser | PrincipalKind::User | PrincipalKind::ClientAsUser => {
            let body = json!({ "grants": [{ "roleId": step.role_id, "divisionId": step.division_id }] });
            format!("POST /api/v2/authorization/subjects/{}/bulkadd {body}", paste::id(&principal.id, "{subjectId}"))
        }
    };
    format!("grant role `{}` ({}) in {place} again: {call}", step.role_name, step.role_id)
}

/// Puts a user back into a group.
pub(super) fn membership(principal: &Principal, group: &str, name: &str) -> String {
    let body = json!({ "memberIds": [principal.id] });
    format!(
        "add it to group `{name}` ({group}) again: POST /api/v2/groups/{}/members {body}, with the `version` that GET \
         /api/v2/groups/{} answers",
        paste::id(group, "{groupId}"),
        paste::id(group, "{groupId}")
    )
}

/// Puts a scope back.
pub(super) fn scope(principal: &Principal, scope: &Scope) -> String {
    format!(
        "give the client the scope `{scope}` again: PUT /api/v2/oauth/clients/{} with what GET answers and the scope \
         added",
        paste::id(&principal.id, "{clientId}")
    )
}

/// Puts a role back as it was: the policies that the step touches, and the one-word permissions.
pub(super) fn role(role: &Role, gone: &[Permission]) -> String {
    let touched = |policy: &&rolecall_base::role::PermissionPolicy| {
        policy.patterns().any(|pattern| gone.iter().any(|permission| pattern.covers(permission)))
    };
    let policies: Vec<_> = role.policies.iter().filter(touched).map(paste::policy_json).collect();
    let general: Vec<&str> =
        role.general_permissions.iter().filter(|one| gone.contains(one)).map(Permission::as_str).collect();
    let mut body = json!({ "permissionPolicies": policies });
    if let (false, Some(fields)) = (general.is_empty(), body.as_object_mut()) {
        fields.insert("permissions".to_owned(), json!(general));
    }
    format!(
        "put these back into role `{}` ({}): PUT /api/v2/authorization/roles/{} with what GET answers, in place of those \
         of the same domain and entity: {body}",
        role.name,
        role.id,
        paste::id(role.id.as_str(), "{roleId}")
    )
}
