//! `GET /api/v2/authorization/roles/{leftRoleId}/comparedefault/{rightRoleId}` for every default role: what the platform
//! packages under its name today.
//!
//! Which way round the platform's "added" and "removed" are meant is not published, so both roles are taken whole from
//! the answer and compared here. The record is that of the settings, to which default roles and their backfill belong;
//! what could not be compared is keyed by the role's id.

use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::Value;

use crate::record::{self, because};
use crate::session::Session;
use crate::wire::path;
use rolecall_base::coverage::Listing;
use rolecall_base::default_role::DefaultRole;
use rolecall_base::org::OrgSettings;
use rolecall_base::role::Role;

use super::{Read, roles};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Difference {
    #[serde(default)]
    added_permission_policies: Option<Vec<Value>>,
    #[serde(default)]
    removed_permission_policies: Option<Vec<Value>>,
    #[serde(default)]
    role_from_default: Option<Value>,
}

/// Compares the default roles with the platform's, and adds what was read to the settings.
pub(crate) async fn read(session: &Session<'_>, roles: &[Role], settings: &mut Read<OrgSettings>) {
    let compared: Vec<(&Role, &str)> =
        roles.iter().filter_map(|role| Some((role, role.default_role_id.as_deref()?))).collect();
    session.plan.add(Listing::Settings, u64::try_from(compared.len()).unwrap_or(0));
    let one = async |(role, default): &(&Role, &str)| {
        let path = path(&["authorization", "roles", role.id.as_str(), "comparedefault", default]);
        session.get::<Difference>(&path, &[]).await
    };
    let answers = join_all(compared.iter().map(one)).await;
    for ((role, _), answer) in compared.iter().zip(answers) {
        let id = Some(role.id.as_str());
        match answer.map(|difference| packaged(role, difference)) {
            Ok(Ok(default)) => {
                settings.data.default_roles.push(default);
                settings.record.read += 1;
            }
            Ok(Err(why)) => record::miss(&mut settings.record, id, because(why)),
            Err(failure) => {
                let failure = record::refused(failure, &["authorization:role:view"]);
                record::miss(&mut settings.record, id, failure);
            }
        }
    }
    settings.data.default_roles.sort();
    settings.record.read_at = Some(session.now());
}

fn packaged(role: &Role, difference: Difference) -> Result<DefaultRole, String> {
    let nothing = |list: &Option<Vec<Value>>| list.as_ref().is_some_and(Vec::is_empty);
    if let Some(default) = difference.role_from_default.filter(|default| !default.is_null()) {
        let raw = serde_json::from_value(default)
            .map_err(|error| format!("the platform's default role could not be read: {error}"))?;
        let (default, doubt) = roles::role(raw);
        return match doubt {
            None => Ok(DefaultRole { role: role.id.clone(), packaged: default.policies }),
            Some(doubt) => Err(format!("of the platform's default role: {doubt}")),
        };
    }
    if nothing(&difference.added_permission_policies) && nothing(&difference.removed_permission_policies) {
        return Ok(DefaultRole { role: role.id.clone(), packaged: role.policies.clone() });
    }
    Err("the comparison with the platform's default role does not hold that role".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolecall_base::id::RoleId;

    fn role() -> Role {
        let text = r#"{"id":"r1","name":"Supervisor","defaultRoleId":"supervisor","default":true,
            "permissionPolicies":[{"domain":"routing","entityName":"queue","actionSet":["view"]}]}"#;
        roles::role(serde_json::from_str(text).unwrap()).0
    }

    fn read(text: &str) -> Result<DefaultRole, String> {
        packaged(&role(), serde_json::from_str(text).unwrap())
    }

    #[test]
    fn default_role_of_the_answer_is_what_is_kept() {
        let default = read(
            r#"{"roleFromDefault":{"id":"supervisor","permissionPolicies":[{"domain":"oauth","entityName":"*","actionSet":["view"]}]},
                "addedPermissionPolicies":[{"domain":"x"}]}"#,
        )
        .unwrap();
        assert_eq!((default.role, default.packaged.len()), (RoleId::new("r1"), 1));
        assert_eq!(default.packaged[0].domain, "oauth");
    }

    #[test]
    fn answer_without_the_default_role_is_known_only_where_it_says_that_nothing_differs() {
        let same = read(r#"{"addedPermissionPolicies":[],"removedPermissionPolicies":[]}"#).unwrap();
        assert_eq!(same.packaged, role().policies);
        for text in [
            "{}",
            r#"{"addedPermissionPolicies":[]}"#,
            r#"{"addedPermissionPolicies":[{}],"removedPermissionPolicies":[]}"#,
            r#"{"roleFromDefault":{"id":"supervisor"}}"#,
            r#"{"roleFromDefault":{"id":"supervisor","permissionPolicies":[{"domain":"oauth"}]}}"#,
            r#"{"roleFromDefault":"supervisor"}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
