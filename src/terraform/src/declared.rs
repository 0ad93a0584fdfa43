//! From attributes to the words of the model.

use std::collections::{BTreeMap, BTreeSet};

use super::condition;
use super::node::{Node, Stated};
use super::object::Object;
use rolecall_base::grant::Reach;
use rolecall_base::id::{ClientId, DivisionId, RoleId, UserId};
use rolecall_base::oauth_client::{ClientState, GrantType, OauthClient, RoleDivision};
use rolecall_base::permission::Permission;
use rolecall_base::role::{PermissionPolicy, Role};
use rolecall_base::scope::Scope;
use rolecall_base::snapshot::Snapshot;

/// The provider's own default for `access_token_validity_seconds`.
const TOKEN_VALIDITY: i64 = 86400;

/// Something that could not be read: attribute and reason.
pub(super) type Doubt = (String, String);

/// What references lead to.
pub(super) struct Reader {
    keys: BTreeMap<String, String>,
    roles: BTreeSet<String>,
    /// The home division, where it is known.
    pub(super) home: Option<DivisionId>,
}

impl Reader {
    pub(super) fn new(keys: BTreeMap<String, String>, snapshot: &Snapshot) -> Self {
        let home = snapshot.divisions.iter().find(|division| division.home).map(|division| division.id.clone());
        let mut roles: BTreeSet<String> = snapshot.roles.iter().map(|role| role.id.to_string()).collect();
        roles.extend(keys.values().cloned());
        Self { keys, roles, home }
    }

    /// Makes an object that was only looked up one that can be referred to.
    pub(super) fn add(&mut self, object: &Object, id: &str) {
        self.keys.insert(object.address.clone(), id.to_owned());
        self.roles.insert(id.to_owned());
    }

    /// The org's id of what is referred to; an id that the source does not hold stays as it is.
    pub(super) fn resolved<'a>(&'a self, key: &'a str) -> &'a str {
        self.keys.get(key).map_or(key, String::as_str)
    }

    /// The members of a group; `None` where the source does not manage them.
    pub(super) fn members(&self, node: &Node) -> (Option<Vec<UserId>>, Vec<String>) {
        let items = match node.items() {
            Stated::Is(items) => items,
            Stated::LeftOut => return (None, Vec::new()),
            Stated::NotKnown(why) => return (None, vec![why]),
        };
        let (mut members, mut doubts) = (Vec::new(), Vec::new());
        for item in items {
            match item.text() {
                Stated::Is(id) => members.push(UserId::new(self.resolved(id))),
                Stated::LeftOut => {}
                Stated::NotKnown(why) => doubts.push(why),
            }
        }
        members.sort();
        members.dedup();
        (Some(members), doubts)
    }

    /// A role as it will be.
    pub(super) fn role(after: &Node, id: &str, name: String, old: Option<Role>) -> (Role, Vec<Doubt>) {
        let mut doubts = Vec::new();
        let mut policies = Vec::new();
        let was = old.as_ref().map(|role| role.policies.as_slice()).unwrap_or_default();
        match after.get("permission_policies").items() {
            Stated::LeftOut => {}
            Stated::NotKnown(why) => doubts.push(("permission_policies".to_owned(), why)),
            Stated::Is(items) => {
                for item in items {
                    match policy(item) {
                        Ok(policy) => policies.push(as_before(policy, was)),
                        Err(why) => doubts.push(("permission_policies".to_owned(), why)),
                    }
                }
            }
        }
        policies.sort();
        policies.dedup();
        let (general, why) = texts(after.get("permissions"));
        doubts.extend(why.map(|why| ("permissions".to_owned(), why)));
        let text = |name: &str, before: Option<String>| match after.get(name).text() {
            Stated::Is(text) => Some(text.to_owned()),
            Stated::LeftOut => None,
            Stated::NotKnown(_) => before,
        };
        let default_role_id = text("default_role_id", old.as_ref().and_then(|role| role.default_role_id.clone()))
            .or_else(|| old.as_ref().and_then(|role| role.default_role_id.clone()));
        let role = Role {
            id: RoleId::new(id),
            name,
            description: text("description", old.as_ref().and_then(|role| role.description.clone())),
            is_default: old.as_ref().and_then(|role| role.is_default),
            base: old.as_ref().and_then(|role| role.base),
            default_role_id,
            policies,
            general_permissions: general.into_iter().map(Permission::new).collect(),
            unused_permissions: old.and_then(|role| role.unused_permissions),
        };
        (role, doubts)
    }

    /// An OAuth client as it will be.
    pub(super) fn client(
        &self,
        object: &Object,
        id: &str,
        name: String,
        old: Option<OauthClient>,
    ) -> (OauthClient, Vec<Doubt>) {
        let after = &object.after;
        let mut doubts = Vec::new();
        let mut doubt = |what: &str, why: String| doubts.push((what.to_owned(), why));
        let grant_type = match after.get("authorized_grant_type").text() {
            Stated::Is(word) => GrantType::from(word.to_owned()),
            Stated::LeftOut => old.as_ref().map_or(GrantType::NotStated, |client| client.grant_type.clone()),
            Stated::NotKnown(why) => {
                doubt("authorized_grant_type", why);
                GrantType::NotStated
            }
        };
        let as_itself = grant_type == GrantType::ClientCredentials;
        let state = match after.get("state").text() {
            Stated::Is(word) => ClientState::from(word.to_owned()),
            Stated::LeftOut => old.as_ref().map_or(ClientState::Active, |client| client.state.clone()),
            Stated::NotKnown(why) => {
                doubt("state", why);
                ClientState::Other("not known".to_owned())
            }
        };
        let token_validity_seconds = match after.get("access_token_validity_seconds").integer() {
            Stated::Is(seconds) => Some(seconds),
            Stated::LeftOut => Some(TOKEN_VALIDITY),
            Stated::NotKnown(why) => {
                doubt("access_token_validity_seconds", why);
                None
            }
        };
        let (scopes, why) = texts(after.get("scopes"));
        let scopes = match why {
            Some(why) => {
                doubt("scopes", why);
                None
            }
            // They mean nothing for a client that acts as itself.
            None if as_itself && scopes.is_empty() => old.as_ref().and_then(|client| client.scopes.clone()),
            None => Some(scopes.into_iter().map(Scope::new).collect()),
        };
        let (mut redirects, why) = texts(after.get("registered_redirect_uris"));
        let before = old.as_ref().map(|client| client.redirect_uris.clone()).unwrap_or_default();
        if let Some(why) = why {
            doubt("registered_redirect_uris", why);
            // What is not known is not called gone.
            redirects.extend(before.iter().cloned());
            redirects.sort();
            redirects.dedup();
        }
        let same = before.iter().collect::<BTreeSet<_>>() == redirects.iter().collect::<BTreeSet<_>>();
        let (wanted, open) = grants_of(self, &object.address, after.get("roles"), "division_id");
        doubts.extend(open);
        let role_divisions = match after.get("roles").items() {
            Stated::LeftOut if !as_itself => old.as_ref().and_then(|client| client.role_divisions.clone()),
            _ => Some(wanted.into_iter().map(|(role, reach)| RoleDivision { role, reach }).collect()),
        };
        let description = after.get("description").text().known().map(str::to_owned);
        let client = OauthClient {
            id: ClientId::new(id),
            name,
            description,
            grant_type,
            state,
            scopes,
            role_divisions,
            token_validity_seconds,
            redirect_uris: if same { before } else { redirects },
            created: old.as_ref().and_then(|client| client.created),
            modified: old.as_ref().and_then(|client| client.modified),
            created_by: old.as_ref().and_then(|client| client.created_by.clone()),
            modified_by: old.as_ref().and_then(|client| client.modified_by.clone()),
            deletes_at: old.as_ref().and_then(|client| client.deletes_at),
            allowed_addresses: old.and_then(|client| client.allowed_addresses),
        };
        (client, doubts)
    }
}

/// Why a list is not known, or a whole item of it.
fn gap(list: &Node) -> Option<String> {
    match list.items() {
        Stated::NotKnown(why) => Some(why),
        Stated::LeftOut => None,
        Stated::Is(items) => items.iter().find_map(|item| match item {
            Node::NotKnown(why) => Some(why.clone()),
            _ => None,
        }),
    }
}

fn policy(item: &Node) -> Result<PermissionPolicy, String> {
    if let Node::NotKnown(why) = item {
        return Err(why.clone());
    }
    let word = |name: &str| match item.get(name).text() {
        Stated::Is(text) => Ok(text.to_owned()),
        Stated::LeftOut => Err(format!("a policy has no `{name}`")),
        Stated::NotKnown(why) => Err(format!("`{name}` of a policy: {why}")),
    };
    let (domain, entity) = (word("domain")?, word("entity_name")?);
    // Whether there is a condition at all is not known where the block, or the list of its terms, is open.
    let terms = item.get("conditions").items().known().unwrap_or_default().iter().map(|block| block.get("terms"));
    if let Some(why) = std::iter::once(item.get("conditions")).chain(terms).find_map(gap) {
        return Err(format!("`conditions` of the policy on {domain}:{entity}: {why}"));
    }
    let (actions, why) = texts(item.get("action_set"));
    match why {
        Some(why) => Err(format!("`action_set` of the policy on {domain}:{entity}: {why}")),
        None if actions.is_empty() => Err(format!("the policy on {domain}:{entity} has no `action_set`")),
        None => Ok(PermissionPolicy {
            domain,
            entity,
            actions,
            condition: condition::text(item.get("conditions")),
            named_resources: Vec::new(),
        }),
    }
}

/// A policy that the role has already is the one it has: written in another way it would look changed.
fn as_before(policy: PermissionPolicy, was: &[PermissionPolicy]) -> PermissionPolicy {
    let same = |old: &&PermissionPolicy| {
        old.domain == policy.domain
            && old.entity == policy.entity
            && old.actions == policy.actions
            && condition::same(old.condition.as_deref(), policy.condition.as_deref())
    };
    was.iter().find(same).cloned().unwrap_or(policy)
}

/// A set of texts, sorted; with why it is not whole.
fn texts(node: &Node) -> (Vec<String>, Option<String>) {
    let items = match node.items() {
        Stated::LeftOut => return (Vec::new(), None),
        Stated::NotKnown(why) => return (Vec::new(), Some(why)),
        Stated::Is(items) => items,
    };
    let (mut found, mut open) = (BTreeSet::new(), None);
    for item in items {
        match item.text() {
            Stated::Is(text) => {
                found.insert(text.to_owned());
            }
            Stated::LeftOut => {}
            Stated::NotKnown(why) => open = Some(why),
        }
    }
    (found.into_iter().collect(), open)
}

/// The role-division pairs of `roles` blocks, with what is open in them. A grant of which the role or the place is not known is one of a role that nobody listed: it could be any.
pub(super) fn grants_of(
    reader: &Reader,
    address: &str,
    roles: &Node,
    divisions: &str,
) -> (Vec<(RoleId, Reach)>, Vec<Doubt>) {
    let (mut wanted, mut doubts) = (Vec::new(), Vec::new());
    let unknown = |number: usize| format!("not known ({address} roles[{number}])");
    let blocks = match roles.items() {
        Stated::Is(blocks) => blocks,
        Stated::LeftOut => &[],
        Stated::NotKnown(why) => {
            wanted.push((RoleId::new(unknown(0)), Reach::All));
            doubts.push(("roles".to_owned(), why));
            &[]
        }
    };
    for (number, block) in blocks.iter().enumerate() {
        let mut open = |what: &str, why: String| {
            wanted.push((RoleId::new(unknown(number)), Reach::All));
            doubts.push((what.to_owned(), why));
        };
        if let Node::NotKnown(why) = block {
            open("roles", why.clone());
            continue;
        }
        let role = match block.get("role_id").text() {
            Stated::Is(key) => reader.resolved(key).to_owned(),
            Stated::LeftOut => {
                open("roles.role_id", "the block names no role".to_owned());
                continue;
            }
            Stated::NotKnown(why) => {
                open("roles.role_id", why);
                continue;
            }
        };
        let mut reaches = Vec::new();
        match block.get(divisions) {
            Node::Text(text) if !text.is_empty() => reaches.push(reader.reach(text)),
            Node::Null | Node::Text(_) => {}
            Node::List(items) => {
                for item in items {
                    match item.text() {
                        Stated::Is(id) => reaches.push(reader.reach(id)),
                        Stated::LeftOut => {}
                        Stated::NotKnown(why) => open(&format!("roles.{divisions}"), why),
                    }
                }
                if reaches.is_empty() && !items.is_empty() {
                    continue;
                }
            }
            Node::NotKnown(why) => {
                open(&format!("roles.{divisions}"), why.clone());
                continue;
            }
            Node::Bool(_) | Node::Number(_) | Node::Fields(_) => {
                open(&format!("roles.{divisions}"), "it is not an id".to_owned());
                continue;
            }
        }
        if reaches.is_empty() {
            match &reader.home {
                Some(home) => reaches.push(Reach::In(home.clone())),
                None => {
                    open(&format!("roles.{divisions}"), "left out, and the home division is not known".to_owned());
                    continue;
                }
            }
        }
        if !reader.roles.contains(&role) {
            let why = format!("role `{role}` is neither in the source nor in the org's snapshot");
            doubts.push(("roles.role_id".to_owned(), why));
        }
        wanted.extend(reaches.into_iter().map(|reach| (RoleId::new(&role), reach)));
    }
    wanted.sort();
    wanted.dedup();
    (wanted, doubts)
}

impl Reader {
    fn reach(&self, key: &str) -> Reach {
        Reach::parse(self.resolved(key))
    }
}
