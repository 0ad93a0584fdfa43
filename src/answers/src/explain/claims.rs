//! Names that somebody believes in (a scope, a permission, a role, an endpoint): whether they exist, and as what, and
//! whether they matter to this call.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Pair;
use rolecall_access::cross::AccessMap;
use rolecall_base::coverage::Listing;
use rolecall_base::label;
use rolecall_base::named;
use rolecall_base::nearest::nearest;
use rolecall_base::permission::Permission;
use rolecall_base::role::Role;
use rolecall_matrix::names::{self, Asked};
use rolecall_matrix::table::{permissions_of, scopes_of};
use rolecall_matrix::{Endpoint, Match, nearest as near_endpoints};

/// How many near names are listed for each kind.
const NEAR: usize = 3;

/// What a name is believed to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An OAuth scope.
    Scope,
    /// A permission.
    Permission,
    /// A role of the org.
    Role,
    /// An endpoint.
    Endpoint,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Scope, Self::Permission, Self::Role, Self::Endpoint];

    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scope => "scope",
            Self::Permission => "permission",
            Self::Role => "role",
            Self::Endpoint => "endpoint",
        }
    }
}

/// What somebody believes: a name, and perhaps what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// What it is believed to be; `None` where that is not said.
    pub kind: Option<Kind>,
    /// The name.
    pub name: String,
}

impl Claimed {
    /// Reads `name` or `kind:name`, with kind one of `scope`, `permission`, `role`, `endpoint`.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let split = text.split_once(':').and_then(|(word, name)| {
            let kind = Kind::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(word.trim()))?;
            let name = name.trim();
            (!name.is_empty()).then(|| Self { kind: Some(kind), name: name.to_owned() })
        });
        split.unwrap_or_else(|| Self { kind: None, name: text.to_owned() })
    }
}

/// A name that is near to one which does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Near {
    /// What it is.
    pub kind: Kind,
    /// The name.
    pub name: String,
}

/// What is to be said of a claimed name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// The name.
    pub name: String,
    /// What it is believed to be.
    pub claimed_as: Option<Kind>,
    /// What it is; empty where nothing of this name is known.
    pub exists_as: Vec<Kind>,
    /// Whether it bears on this call.
    pub matters: bool,
    /// What to say of it.
    pub says: String,
    /// The nearest real names, where it does not exist as what it is believed to be.
    pub nearest: Vec<Near>,
}

/// Judges a claimed name for one call.
pub fn judge(map: &AccessMap<'_>, pair: &Pair<'_>, endpoint: &Endpoint, claimed: &Claimed) -> Claim {
    let name = canonical(map, claimed);
    let name = name.as_str();
    let exists_as: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| exists(map, *kind, name)).collect();
    let mut matters = false;
    let mut says = Vec::new();
    for kind in &exists_as {
        let (bears, statement) = match kind {
            Kind::Scope => scope_matters(map, pair, endpoint, name),
            Kind::Permission => permission_matters(map, pair, endpoint, name),
            Kind::Role => role_matters(map, pair, endpoint, name),
            Kind::Endpoint => (false, "a real endpoint".to_owned()),
        };
        matters |= bears;
        says.push(statement);
    }
    let endpoint = if exists_as.is_empty() { name.parse::<Endpoint>().ok() } else { None };
    says.extend(endpoint.as_ref().and_then(near_endpoints::login_host).map(str::to_owned));
    let wrong = claimed.kind.filter(|kind| !exists_as.contains(kind));
    match (wrong, exists_as.as_slice()) {
        (Some(kind), []) => says.push(no_such(map, kind)),
        (Some(kind), _) => says.insert(0, format!("not a {}", kind.as_str())),
        (None, []) => {
            let unread = unread(map, Kind::Permission).or_else(|| unread(map, Kind::Role)).unwrap_or_default();
            says.push(format!("no scope, permission, role or endpoint of this name{unread}"));
        }
        (None, _) => {}
    }
    if exists_as.is_empty() && pair.principal.is_machine() && claimed.kind == Some(Kind::Scope) {
        says.push("and scopes play no part for client credentials".to_owned());
    }
    let missing = wrong.is_some() || exists_as.is_empty();
    Claim {
        name: name.to_owned(),
        claimed_as: claimed.kind,
        matters,
        says: says.join("; "),
        nearest: if missing { near(map, claimed, &exists_as) } else { Vec::new() },
        exists_as,
    }
}

/// The name as the org or the matrix writes it, where it is one in another writing.
fn canonical(map: &AccessMap<'_>, claimed: &Claimed) -> String {
    let name = claimed.name.as_str();
    if Kind::ALL.into_iter().any(|kind| exists(map, kind, name)) && !label::is_label(name) {
        return name.to_owned();
    }
    if let Ok(found) = names::permissions(known_permissions(map), name)
        && let [one] = found.as_slice()
    {
        return (*one).to_owned();
    }
    names::scope(map.matrix, name).map_or_else(|| name.to_owned(), str::to_owned)
}

fn roles_of<'m>(map: &'m AccessMap<'_>, name: &str) -> Vec<&'m Role> {
    named::find(&map.snapshot.roles, name, |role: &Role| (role.id.as_str(), vec![role.name.as_str()])).meant()
}

fn no_such(map: &AccessMap<'_>, kind: Kind) -> String {
    let unread = unread(map, kind).unwrap_or_default();
    match kind {
        Kind::Scope => "no such scope: no operation of the matrix lists it".to_owned(),
        Kind::Permission => {
            format!("no such permission: no operation asks for it, and this org's catalogue lacks it{unread}")
        }
        Kind::Role => format!("no such role in this org{unread}"),
        Kind::Endpoint => "no such endpoint in the matrix".to_owned(),
    }
}

/// What to add where the list that would know the name was not read completely.
fn unread(map: &AccessMap<'_>, kind: Kind) -> Option<String> {
    let listing = match kind {
        Kind::Permission => Listing::Permissions,
        Kind::Role => Listing::Roles,
        Kind::Scope | Kind::Endpoint => return None,
    };
    let coverage = &map.snapshot.coverage;
    (!coverage.is_whole(listing))
        .then(|| format!(", as far as was read ({} {})", listing.as_str(), coverage.seen(listing).as_str()))
}

fn exists(map: &AccessMap<'_>, kind: Kind, name: &str) -> bool {
    match kind {
        Kind::Scope => map.knows_scope(name),
        Kind::Permission => known_permissions(map).contains(name),
        Kind::Role => !roles_of(map, name).is_empty(),
        Kind::Endpoint => {
            let call = Asked::read(name).and_then(|asked| asked.call(map.matrix));
            call.is_ok_and(|endpoint| map.matrix.resolve(&endpoint).is_some())
        }
    }
}

/// The permissions that an operation asks for or the org's catalogue lists.
fn known_permissions<'m>(map: &'m AccessMap<'_>) -> BTreeSet<&'m str> {
    let mut known = permissions_of(map.matrix);
    known.extend(map.snapshot.permissions.iter().map(|entry| entry.permission.as_str()));
    known
}

fn scope_matters(map: &AccessMap<'_>, pair: &Pair<'_>, endpoint: &Endpoint, name: &str) -> (bool, String) {
    if pair.principal.is_machine() {
        return (false, "a real scope, and beside the point: scopes play no part for client credentials".to_owned());
    }
    let Some(client) = map.client(pair.principal) else {
        return (false, "a real scope; scopes belong to clients, and this is a user".to_owned());
    };
    let Some((_, operation)) = map.matrix.resolve(endpoint) else { return (false, "a real scope".to_owned()) };
    let listed = operation.requirement.scopes.iter().any(|scope| scope.as_str() == name);
    let has = match &client.scopes {
        None => "whether the client has it is unknown",
        Some(scopes) if scopes.iter().any(|scope| scope.as_str() == name) => "the client has it",
        Some(_) => "the client does not have it",
    };
    let asked = if listed { "this call takes it" } else { "this call does not take it" };
    (listed, format!("a real scope; {asked}, {has}"))
}

fn permission_matters(map: &AccessMap<'_>, pair: &Pair<'_>, endpoint: &Endpoint, name: &str) -> (bool, String) {
    let found = map.matrix.resolve(endpoint);
    let asked = found.is_some_and(|(_, one)| one.requirement.permissions.iter().any(|known| known.as_str() == name));
    let any = found.is_some_and(|(_, one)| one.requirement.permissions_match == Match::Any);
    let number = map.rights.index.number(&Permission::new(name));
    let holder = pair.holder();
    let held = number.zip(map.holdings_of(holder)).filter(|_| !holder.acts_for_users());
    let how = match held {
        None => "the user behind the token has to hold it".to_owned(),
        Some((number, held)) if held.fully.contains(number) => "held in full".to_owned(),
        Some((number, held)) if held.unconditioned.contains(number) => "held in some divisions".to_owned(),
        Some((number, held)) if held.at_all.contains(number) => "held under a condition".to_owned(),
        Some((number, held)) if held.certainly_lacks(number) => "not held".to_owned(),
        Some(_) => "whether it is held is not known".to_owned(),
    };
    let absent = if number.is_some_and(|number| map.rights.is_absent(number)) {
        "; this org's catalogue lacks it, so nothing can grant it here"
    } else {
        ""
    };
    let word = match (found.is_some(), asked, any) {
        (false, _, _) => "a real permission".to_owned(),
        (true, true, true) => "a real permission, and one of those of which this call asks for any".to_owned(),
        (true, true, false) => "a real permission, and one that this call asks for".to_owned(),
        (true, false, _) => "a real permission, which this call does not ask for".to_owned(),
    };
    (asked, format!("{word}; {how}{absent}"))
}

fn role_matters(map: &AccessMap<'_>, pair: &Pair<'_>, endpoint: &Endpoint, name: &str) -> (bool, String) {
    let holder = pair.holder();
    let roles = map.snapshot.roles.iter().zip(&map.rights.roles);
    let grants = map.grants_of(holder);
    let demanded = map.matrix.resolve(endpoint).map_or(&[][..], |(at, _)| map.demanded(at));
    let mut says = Vec::new();
    let mut matters = false;
    let meant = roles_of(map, name);
    for (role, rights) in roles.filter(|(role, _)| meant.iter().any(|one| one.id == role.id)) {
        let has = grants.iter().any(|grant| grant.role_id == role.id);
        let gives: Vec<&str> = demanded
            .iter()
            .filter(|number| rights.always.contains(**number))
            .filter_map(|number| map.rights.index.names().get(*number))
            .map(Permission::as_str)
            .collect();
        matters |= !gives.is_empty();
        let gives = match gives.as_slice() {
            [] => "it gives nothing that this call asks for".to_owned(),
            some => format!("it gives {}", some.join(", ")),
        };
        let has = if has { "and is granted here" } else { "and is not granted here" };
        says.push(format!("a role of this org; {gives} {has}"));
    }
    (matters, says.join("; "))
}

fn near(map: &AccessMap<'_>, claimed: &Claimed, exists_as: &[Kind]) -> Vec<Near> {
    let name = claimed.name.as_str();
    let words = |kind: Kind| -> Vec<String> {
        match kind {
            Kind::Scope => {
                let mut found: Vec<String> =
                    near_endpoints::scopes(map.matrix, name, NEAR).into_iter().map(str::to_owned).collect();
                let slips = nearest(name, scopes_of(map.matrix), NEAR);
                found.extend(slips.into_iter().map(str::to_owned));
                found
            }
            Kind::Permission => {
                let mut found: Vec<String> =
                    near_endpoints::permissions(map.matrix, name, NEAR).into_iter().map(str::to_owned).collect();
                found.extend(nearest(name, known_permissions(map), NEAR).into_iter().map(str::to_owned));
                found
            }
            Kind::Role => {
                let known = map.snapshot.roles.iter().map(|role| role.name.as_str());
                nearest(name, known, NEAR).into_iter().map(str::to_owned).collect()
            }
            Kind::Endpoint => match Asked::read(name).and_then(|asked| asked.call(map.matrix)) {
                Ok(endpoint) => {
                    let found = near_endpoints::instead_of(map.matrix, &endpoint);
                    found.into_iter().map(|endpoint| endpoint.to_string()).collect()
                }
                Err(_) => Vec::new(),
            },
        }
    };
    let kinds: Vec<Kind> = match claimed.kind {
        Some(kind) => vec![kind],
        None => Kind::ALL.to_vec(),
    };
    let mut found = Vec::new();
    for kind in kinds.into_iter().filter(|kind| !exists_as.contains(kind)) {
        let mut names: Vec<String> = Vec::new();
        for word in words(kind) {
            if !names.contains(&word) && names.len() < NEAR {
                names.push(word);
            }
        }
        found.extend(names.into_iter().map(|name| Near { kind, name }));
    }
    found
}
