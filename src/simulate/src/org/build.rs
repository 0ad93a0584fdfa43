//! How an org is put together from its parts, and what is wrong with parts that do not fit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize as _;
use serde_json::{Value, json};

use super::{ALL_DIVISIONS, Grant, Kind, Object, Role, SimOrg, list_at};
use crate::catalogue::Catalogue;
use crate::error::SimulateError;
use crate::file_name::FileName;
use crate::fixture::{Parts, SWAGGER_CHANGES};
use crate::swagger;
use rolecall_base::permission::{Permission, PermissionPattern};

impl SimOrg {
    /// Checks the parts and puts them together.
    pub(crate) fn build(parts: Parts) -> Result<Self, SimulateError> {
        let organization = parts.get(FileName::Organization).clone();
        let id = parts.text(FileName::Organization, 0, &organization, "/id")?.to_owned();
        let catalogue = Catalogue::from_rules(parts.get(FileName::Catalogue))
            .map_err(|what| parts.wrong(FileName::Catalogue, what))?;
        let divisions = objects(&parts, FileName::Divisions)?;
        if divisions.iter().filter(|division| division.value.get("homeDivision") == Some(&json!(true))).count() != 1 {
            return Err(parts.wrong(FileName::Divisions, "exactly one division must have `homeDivision: true`"));
        }
        let roles = objects(&parts, FileName::Roles)?
            .into_iter()
            .map(|object| role(object, &catalogue).map_err(|what| parts.wrong(FileName::Roles, what)))
            .collect::<Result<Vec<_>, _>>()?;
        let simulator = parts.get(FileName::Simulator);
        let mut org = Self {
            name: parts.name.clone(),
            id,
            organization,
            divisions,
            roles,
            clients: objects(&parts, FileName::Clients)?,
            users: objects(&parts, FileName::Users)?,
            groups: objects(&parts, FileName::Groups)?,
            members: table(&parts, FileName::Members, parts.get(FileName::Members))?,
            grants: Vec::new(),
            policies: objects(&parts, FileName::Policies)?,
            trusts: parts.get(FileName::Trusts).clone(),
            settings: parts.get(FileName::Settings).clone(),
            usage: parts.list(FileName::Usage)?.to_vec(),
            audits: parts.list(FileName::Audits)?.to_vec(),
            authorizations: list_at(simulator, "/authorizations"),
            address_lists: table(&parts, FileName::Simulator, simulator.get("addressLists").unwrap_or(&Value::Null))?,
            address_field: simulator
                .get("addressField")
                .and_then(Value::as_str)
                .unwrap_or("allowedIpAddresses")
                .to_owned(),
            catalogue,
            secrets: table(&parts, FileName::Simulator, simulator.get("secrets").unwrap_or(&Value::Null))?,
            auditor: parts.text(FileName::Simulator, 0, simulator, "/auditor")?.to_owned(),
            swagger_changes: swagger::changes(&parts.swagger_changes).map_err(|what| SimulateError::Fixture {
                org: parts.name.clone(),
                file: SWAGGER_CHANGES,
                what,
            })?,
            own_divisions: table(&parts, FileName::Simulator, simulator.get("divisions").unwrap_or(&Value::Null))?,
            by_role: HashMap::new(),
            by_subject: HashMap::new(),
            by_division: HashMap::new(),
            groups_of: HashMap::new(),
            positions: HashMap::new(),
        };
        org.place(&parts)?;
        org.grant(&parts)?;
        org.join(&parts)?;
        if org.secret(&org.auditor).is_none() {
            let wrong = format!("the auditor `{}` has no secret in `secrets`", org.auditor);
            return Err(parts.wrong(FileName::Simulator, wrong));
        }
        Ok(org)
    }

    fn place(&mut self, parts: &Parts) -> Result<(), SimulateError> {
        let lists = [
            (Kind::Division, FileName::Divisions, self.divisions.iter().map(|o| &o.id).collect::<Vec<_>>()),
            (Kind::Role, FileName::Roles, self.roles.iter().map(|role| &role.object.id).collect()),
            (Kind::Client, FileName::Clients, self.clients.iter().map(|o| &o.id).collect()),
            (Kind::User, FileName::Users, self.users.iter().map(|o| &o.id).collect()),
            (Kind::Group, FileName::Groups, self.groups.iter().map(|o| &o.id).collect()),
        ];
        let mut positions = HashMap::new();
        for (kind, file, ids) in lists {
            for (at, id) in ids.into_iter().enumerate() {
                if positions.insert(id.clone(), (kind, at)).is_some() {
                    return Err(parts.wrong(file, format!("the id `{id}` stands twice in this org")));
                }
            }
        }
        self.positions = positions;
        Ok(())
    }

    fn grant(&mut self, parts: &Parts) -> Result<(), SimulateError> {
        let mut grants = Vec::new();
        for (at, item) in parts.list(FileName::Grants)?.iter().enumerate() {
            let text = |field| parts.text(FileName::Grants, at, item, field).map(str::to_owned);
            grants.push((
                FileName::Grants,
                Grant {
                    kind: text("/type")?,
                    subject: text("/subjectId")?,
                    role: text("/role/id")?,
                    division: text("/division/id")?,
                    made: item.get("grantMadeAt").cloned().unwrap_or(Value::Null),
                },
            ));
        }
        for client in &self.clients {
            for (at, pair) in list_at(&client.value, "/roleDivisions").iter().enumerate() {
                let text = |field| parts.text(FileName::Clients, at, pair, field).map(str::to_owned);
                grants.push((
                    FileName::Clients,
                    Grant {
                        kind: "PC_OAUTH_CLIENT".to_owned(),
                        subject: client.id.clone(),
                        role: text("/roleId")?,
                        division: text("/divisionId")?,
                        made: client.value.get("dateModified").cloned().unwrap_or(Value::Null),
                    },
                ));
            }
        }
        let mut holders: HashMap<String, BTreeSet<String>> = HashMap::new();
        for (at, (file, grant)) in grants.iter().enumerate() {
            if self.of_kind(Kind::Role, &grant.role).is_none() {
                let known = self.roles.iter().map(|role| role.object.id.as_str());
                return Err(parts.dangling(*file, "role", &grant.role, known));
            }
            if grant.division != ALL_DIVISIONS && self.of_kind(Kind::Division, &grant.division).is_none() {
                let known = self.divisions.iter().map(|division| division.id.as_str());
                return Err(parts.dangling(*file, "division", &grant.division, known));
            }
            let expected = match grant.kind.as_str() {
                "PC_USER" => Some(Kind::User),
                "PC_GROUP" => Some(Kind::Group),
                "PC_OAUTH_CLIENT" => Some(Kind::Client),
                "PC_TRUSTEE_USER" | "PC_TRUSTEE_GROUP" | "UNKNOWN" => None,
                other => return Err(parts.wrong(*file, format!("`{other}` is not a subject type"))),
            };
            if expected.is_some_and(|kind| self.of_kind(kind, &grant.subject).is_none()) {
                return Err(parts.dangling(*file, "subject of this type", &grant.subject, []));
            }
            self.by_role.entry(grant.role.clone()).or_default().push(at);
            self.by_subject.entry(grant.subject.clone()).or_default().push(at);
            self.by_division.entry(grant.division.clone()).or_default().push(at);
            if grant.kind == "PC_USER" {
                holders.entry(grant.role.clone()).or_default().insert(grant.subject.clone());
            }
        }
        for role in &mut self.roles {
            role.user_count = holders.get(&role.object.id).map_or(0, BTreeSet::len);
        }
        self.grants = grants.into_iter().map(|(_, grant)| grant).collect();
        Ok(())
    }

    fn join(&mut self, parts: &Parts) -> Result<(), SimulateError> {
        for (group, users) in &self.members {
            if self.of_kind(Kind::Group, group).is_none() {
                return Err(parts.dangling(FileName::Members, "group", group, []));
            }
            for user in users {
                if self.of_kind(Kind::User, user).is_none() {
                    return Err(parts.dangling(FileName::Members, "user", user, []));
                }
                self.groups_of.entry(user.clone()).or_default().push(group.clone());
            }
        }
        for group in &mut self.groups {
            let count = self.members.get(&group.id).map_or(0, Vec::len);
            if let Some(fields) = group.value.as_object_mut() {
                fields.insert("memberCount".to_owned(), json!(count));
            }
        }
        Ok(())
    }
}

fn objects(parts: &Parts, file: FileName) -> Result<Vec<Object>, SimulateError> {
    parts
        .list(file)?
        .iter()
        .enumerate()
        .map(|(at, value)| {
            Ok(Object {
                id: parts.text(file, at, value, "/id")?.to_owned(),
                name: parts.text(file, at, value, "/name")?.to_owned(),
                value: value.clone(),
            })
        })
        .collect()
}

fn table<T: serde::de::DeserializeOwned>(
    parts: &Parts,
    file: FileName,
    value: &Value,
) -> Result<BTreeMap<String, T>, SimulateError> {
    if value.is_null() {
        return Ok(BTreeMap::new());
    }
    BTreeMap::<String, T>::deserialize(value).map_err(|error| parts.wrong(file, error.to_string()))
}

fn role(object: Object, catalogue: &Catalogue) -> Result<Role, String> {
    let mut grants = BTreeSet::new();
    let mut listed = BTreeSet::new();
    for policy in list_at(&object.value, "/permissionPolicies") {
        let text = |field: &str| policy.get(field).and_then(Value::as_str);
        let (Some(domain), Some(entity)) = (text("domain"), text("entityName")) else {
            return Err(format!("a policy of the role `{}` has no domain or no entityName", object.name));
        };
        let conditional = policy.get("resourceConditionNode").is_some_and(|node| !node.is_null())
            || policy.get("namedResources").and_then(Value::as_array).is_some_and(|names| !names.is_empty());
        for action in list_at(&policy, "/actionSet") {
            let pattern = PermissionPattern { domain, entity, action: action.as_str().unwrap_or("") };
            let mut add = |permission: &Permission| {
                listed.insert(permission.clone());
                if !conditional {
                    grants.insert(permission.clone());
                }
            };
            if pattern.is_wildcard() {
                catalogue.permissions().filter(|permission| pattern.covers(permission)).for_each(add);
            } else {
                let permission = Permission::from_parts(domain, entity, pattern.action);
                if catalogue.has(&permission) {
                    add(&permission);
                }
            }
        }
    }
    for general in list_at(&object.value, "/permissions") {
        grants.extend(general.as_str().map(Permission::new));
    }
    listed.extend(grants.iter().cloned());
    Ok(Role { object, grants, listed, user_count: 0 })
}
