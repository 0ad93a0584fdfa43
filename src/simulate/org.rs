//! A simulated org in memory: its objects in the platform's shapes, indexed for the questions that are asked of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize as _;
use serde_json::{Value, json};

use super::catalogue::Catalogue;
use super::error::SimulateError;
use super::fixture::{FileName, Parts};
use crate::model::permission::{Permission, PermissionPattern};

/// All divisions, in the platform's spelling.
pub(super) const ALL_DIVISIONS: &str = "*";

/// A named object as the platform shows it.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// All of it.
    pub value: Value,
}

impl Object {
    /// A text field, empty where it is not there.
    pub(super) fn text(&self, field: &str) -> &str {
        self.value.get(field).and_then(Value::as_str).unwrap_or("")
    }
}

/// A role with what it grants.
#[derive(Clone, Debug)]
pub(super) struct Role {
    /// The role.
    pub object: Object,
    /// What it grants without condition, in the org's catalogue.
    pub grants: BTreeSet<Permission>,
    /// The permissions as the platform lists them for a user: unconditional and conditional.
    pub listed: BTreeSet<Permission>,
    /// How many users hold it directly.
    pub user_count: usize,
}

/// A grant of a role.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    /// `PC_USER` and so on.
    pub kind: String,
    /// Whom it was given to.
    pub subject: String,
    /// The role's id.
    pub role: String,
    /// The division's id, or `*`.
    pub division: String,
    /// `grantMadeAt`
    pub made: Value,
}

/// An org, ready to be asked.
#[derive(Debug)]
pub(super) struct SimOrg {
    /// Its name here.
    pub name: String,
    /// Its id.
    pub id: String,
    /// `Organization`
    pub organization: Value,
    /// Divisions.
    pub divisions: Vec<Object>,
    /// Roles.
    pub roles: Vec<Role>,
    /// OAuth clients.
    pub clients: Vec<Object>,
    /// Users.
    pub users: Vec<Object>,
    /// Groups.
    pub groups: Vec<Object>,
    /// Group id to the ids of its members.
    pub members: BTreeMap<String, Vec<String>>,
    /// Every direct grant, those of clients included.
    pub grants: Vec<Grant>,
    /// Access policies.
    pub policies: Vec<Object>,
    /// `trusts.json`
    pub trusts: Value,
    /// `settings.json`
    pub settings: Value,
    /// `usage.json`
    pub usage: Vec<Value>,
    /// `AuditLogMessage`s.
    pub audits: Vec<Value>,
    /// `OAuthAuthorization`s.
    pub authorizations: Vec<Value>,
    /// The permissions that exist here.
    pub catalogue: Catalogue,
    /// Client id to secret.
    pub secrets: BTreeMap<String, String>,
    /// The auditor's client id.
    pub auditor: String,
    /// Client or group id to division id, where it is not Home.
    own_divisions: BTreeMap<String, String>,
    /// Positions in `grants` by role, by subject and by division.
    by_role: HashMap<String, Vec<usize>>,
    by_subject: HashMap<String, Vec<usize>>,
    by_division: HashMap<String, Vec<usize>>,
    /// User id to group ids.
    groups_of: HashMap<String, Vec<String>>,
    positions: HashMap<String, (Kind, usize)>,
}

/// What an id is the id of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Division,
    Role,
    Client,
    User,
    Group,
}

impl SimOrg {
    /// Checks the parts and puts them together.
    pub(super) fn build(parts: Parts) -> Result<Self, SimulateError> {
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
            catalogue,
            secrets: table(&parts, FileName::Simulator, simulator.get("secrets").unwrap_or(&Value::Null))?,
            auditor: parts.text(FileName::Simulator, 0, simulator, "/auditor")?.to_owned(),
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

    fn of_kind(&self, kind: Kind, id: &str) -> Option<usize> {
        self.positions.get(id).filter(|(found, _)| *found == kind).map(|(_, at)| *at)
    }

    /// The division with this id.
    pub(super) fn division(&self, id: &str) -> Option<&Object> {
        self.of_kind(Kind::Division, id).and_then(|at| self.divisions.get(at))
    }

    /// The Home division.
    pub(super) fn home(&self) -> Option<&Object> {
        self.divisions.iter().find(|division| division.value.get("homeDivision") == Some(&json!(true)))
    }

    /// The role with this id.
    pub(super) fn role(&self, id: &str) -> Option<&Role> {
        self.of_kind(Kind::Role, id).and_then(|at| self.roles.get(at))
    }

    /// The client with this id.
    pub(super) fn client(&self, id: &str) -> Option<&Object> {
        self.of_kind(Kind::Client, id).and_then(|at| self.clients.get(at))
    }

    /// The user with this id.
    pub(super) fn user(&self, id: &str) -> Option<&Object> {
        self.of_kind(Kind::User, id).and_then(|at| self.users.get(at))
    }

    /// The group with this id.
    pub(super) fn group(&self, id: &str) -> Option<&Object> {
        self.of_kind(Kind::Group, id).and_then(|at| self.groups.get(at))
    }

    /// The secret of a client.
    pub(super) fn secret(&self, client: &str) -> Option<&str> {
        self.secrets.get(client).map(String::as_str)
    }

    /// The groups a user is in.
    pub(super) fn groups_of(&self, user: &str) -> &[String] {
        self.groups_of.get(user).map_or(&[], Vec::as_slice)
    }

    /// The direct grants of a subject.
    pub(super) fn grants_of_subject(&self, id: &str) -> impl Iterator<Item = &Grant> {
        self.picked(&self.by_subject, id)
    }

    /// The grants of a role.
    pub(super) fn grants_of_role(&self, id: &str) -> impl Iterator<Item = &Grant> {
        self.picked(&self.by_role, id)
    }

    /// The grants made in a division; `*` has its own.
    pub(super) fn grants_in_division(&self, id: &str) -> impl Iterator<Item = &Grant> {
        self.picked(&self.by_division, id)
    }

    fn picked<'a>(&'a self, index: &'a HashMap<String, Vec<usize>>, id: &str) -> impl Iterator<Item = &'a Grant> {
        index.get(id).into_iter().flatten().filter_map(|at| self.grants.get(*at))
    }

    /// The division an object is in. Clients, groups and trustees are in Home unless `simulator.json` says otherwise.
    pub(super) fn division_of(&self, id: &str) -> &str {
        let home = || self.home().map_or("", |home| home.id.as_str());
        if let Some(division) = self.own_divisions.get(id) {
            return division;
        }
        match self.user(id) {
            Some(user) => user.value.pointer("/division/id").and_then(Value::as_str).unwrap_or_else(home),
            None => home(),
        }
    }
}

/// A list inside a value; empty where it is not there.
pub(super) fn list_at(value: &Value, pointer: &str) -> Vec<Value> {
    value.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default()
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

impl SimOrg {
    /// Ids and names of the objects that a fault may address by this word.
    pub(super) fn known(&self, kind: &str) -> Vec<&str> {
        fn pairs<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Vec<&'a str> {
            objects.into_iter().flat_map(|object| [object.id.as_str(), object.name.as_str()]).collect()
        }
        match kind {
            "role" => pairs(self.roles.iter().map(|role| &role.object)),
            "group" => pairs(&self.groups),
            "division" => pairs(&self.divisions).into_iter().chain([ALL_DIVISIONS]).collect(),
            "client" => pairs(&self.clients),
            "user" => pairs(&self.users),
            "subject" => pairs(self.users.iter().chain(&self.groups).chain(&self.clients)),
            "trustee" => self
                .trusts
                .pointer("/trustees")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .flat_map(|trustee| [trustee.pointer("/id"), trustee.pointer("/organization/name")])
                .filter_map(|text| text.and_then(Value::as_str))
                .collect(),
            _ => Vec::new(),
        }
    }
}

impl SimOrg {
    /// The name of a subject, of a trusted org's people too; empty where nobody tells.
    pub(super) fn subject_name(&self, id: &str) -> &str {
        let own = self.user(id).or_else(|| self.group(id)).or_else(|| self.client(id));
        if let Some(object) = own {
            return &object.name;
        }
        ["/users", "/groups"]
            .into_iter()
            .filter_map(|which| self.trusts.pointer(which).and_then(Value::as_object))
            .flat_map(|orgs| orgs.values())
            .filter_map(Value::as_array)
            .flatten()
            .find(|person| person.get("id").and_then(Value::as_str) == Some(id))
            .and_then(|person| person.get("name").and_then(Value::as_str))
            .unwrap_or("")
    }
}

impl SimOrg {
    /// The name of any object with this id.
    pub(super) fn object_name(&self, id: &str) -> Option<&str> {
        let object = match self.positions.get(id) {
            Some((Kind::Division, at)) => self.divisions.get(*at),
            Some((Kind::Role, at)) => self.roles.get(*at).map(|role| &role.object),
            Some((Kind::Client, at)) => self.clients.get(*at),
            Some((Kind::User, at)) => self.users.get(*at),
            Some((Kind::Group, at)) => self.groups.get(*at),
            None => None,
        };
        object.map(|object| object.name.as_str()).or_else(|| {
            let trustees = self.trusts.pointer("/trustees").and_then(Value::as_array);
            let trustee = trustees.into_iter().flatten().find(|trustee| trustee.get("id") == Some(&json!(id)));
            trustee.and_then(|trustee| trustee.pointer("/organization/name")).and_then(Value::as_str)
        })
    }
}
