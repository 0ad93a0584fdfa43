//! A simulated org in memory: its objects in the platform's shapes, indexed for the questions that are asked of it.

mod build;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::catalogue::Catalogue;
use super::swagger::SwaggerChange;
use rolecall_base::permission::Permission;

/// All divisions, in the platform's spelling.
pub(crate) const ALL_DIVISIONS: &str = "*";

/// A named object as the platform shows it.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// All of it.
    pub value: Value,
}

impl Object {
    /// A text field, empty where it is not there.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.value.get(field).and_then(Value::as_str).unwrap_or("")
    }
}

/// A role with what it grants.
#[derive(Clone, Debug)]
pub(crate) struct Role {
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
pub(crate) struct Grant {
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
pub(crate) struct SimOrg {
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
    /// By client: its list of allowed addresses. No published document has the field: it is served only where the fixture
    /// holds one.
    pub address_lists: BTreeMap<String, Value>,
    /// Under which name.
    pub address_field: String,
    /// The permissions that exist here.
    pub catalogue: Catalogue,
    /// Client id to secret.
    pub secrets: BTreeMap<String, String>,
    /// The auditor's client id.
    pub auditor: String,
    /// How the region's document differs from the built-in matrix.
    pub swagger_changes: Vec<SwaggerChange>,
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
pub(crate) enum Kind {
    Division,
    Role,
    Client,
    User,
    Group,
}

impl SimOrg {
    fn of_kind(&self, kind: Kind, id: &str) -> Option<usize> {
        self.positions.get(id).filter(|(found, _)| *found == kind).map(|(_, at)| *at)
    }

    /// The division with this id.
    pub(crate) fn division(&self, id: &str) -> Option<&Object> {
        self.of_kind(Kind::Division, id).and_then(|at| self.divisions.get(at))
    }

    pub(crate) fn home(&self) -> Option<&Object> {
        self.divisions.iter().find(|division| division.value.get("homeDivision") == Some(&json!(true)))
    }

    /// The role with this id.
    pub(crate) fn role(&self, id: &str) -> Option<&Role> {
        self.of_kind(Kind::Role, id).and_then(|at| self.roles.get(at))
    }

    /// The client with this id.
    pub(crate) fn client(&self, id: &str) -> Option<&Object> {
        self.of_kind(Kind::Client, id).and_then(|at| self.clients.get(at))
    }

    /// The user with this id.
    pub(crate) fn user(&self, id: &str) -> Option<&Object> {
        self.of_kind(Kind::User, id).and_then(|at| self.users.get(at))
    }

    /// The group with this id.
    pub(crate) fn group(&self, id: &str) -> Option<&Object> {
        self.of_kind(Kind::Group, id).and_then(|at| self.groups.get(at))
    }

    /// The secret of a client.
    pub(crate) fn secret(&self, client: &str) -> Option<&str> {
        self.secrets.get(client).map(String::as_str)
    }

    /// The groups a user is in.
    pub(crate) fn groups_of(&self, user: &str) -> &[String] {
        self.groups_of.get(user).map_or(&[], Vec::as_slice)
    }

    /// The direct grants of a subject.
    pub(crate) fn grants_of_subject(&self, id: &str) -> impl Iterator<Item = &Grant> {
        self.picked(&self.by_subject, id)
    }

    /// The grants of a role.
    pub(crate) fn grants_of_role(&self, id: &str) -> impl Iterator<Item = &Grant> {
        self.picked(&self.by_role, id)
    }

    /// The grants made in a division; `*` has its own.
    pub(crate) fn grants_in_division(&self, id: &str) -> impl Iterator<Item = &Grant> {
        self.picked(&self.by_division, id)
    }

    fn picked<'a>(&'a self, index: &'a HashMap<String, Vec<usize>>, id: &str) -> impl Iterator<Item = &'a Grant> {
        index.get(id).into_iter().flatten().filter_map(|at| self.grants.get(*at))
    }

    /// The division an object is in. Clients, groups and trustees are in Home unless `simulator.json` says otherwise.
    pub(crate) fn division_of(&self, id: &str) -> &str {
        let home = || self.home().map_or("", |home| home.id.as_str());
        if let Some(division) = self.own_divisions.get(id) {
            return division;
        }
        match self.user(id) {
            Some(user) => user.value.pointer("/division/id").and_then(Value::as_str).unwrap_or_else(home),
            None => home(),
        }
    }

    /// Ids and names of the objects that a fault may address by this word.
    pub(crate) fn known(&self, kind: &str) -> Vec<&str> {
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

    /// The name of a subject, of a trusted org's people too; empty where it is unknown.
    pub(crate) fn subject_name(&self, id: &str) -> &str {
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

    /// The name of any object with this id.
    pub(crate) fn object_name(&self, id: &str) -> Option<&str> {
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

/// A list inside a value; empty where it is not there.
pub(crate) fn list_at(value: &Value, pointer: &str) -> Vec<Value> {
    value.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default()
}
