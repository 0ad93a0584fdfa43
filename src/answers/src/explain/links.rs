//! The chain of evidence: what was looked at, what was found, which list says so and when it was read.
//!
//! The links form a tree in reading order: a link hangs below the nearest one before it whose depth is less by one.

use jiff::Timestamp;
use serde::Serialize;

use super::{Pair, observed};
use rolecall_access::cross::principal::HeldGrant;
use rolecall_access::cross::{AccessMap, Answer, Principal, Reason, Verdict, excess};
use rolecall_base::coverage::{Listing, Seen};
use rolecall_base::grant::{GrantSource, Reach};
use rolecall_base::permission::Permission;
use rolecall_base::role::{PermissionPolicy, Role};
use rolecall_base::scope::Scope;
use rolecall_matrix::announced::is_silent;
use rolecall_matrix::{Asks, Endpoint, Match, Operation, Provenance, UserContext, reviewed};

/// How many alternatives, grants or groups are listed one by one; the rest is counted.
const ONE_BY_ONE: usize = 6;

/// What a link does to the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bears {
    /// It lets the call through as far as it goes.
    Passes,
    /// It stops the call.
    Blocks,
    /// It lets it through in part: in some divisions, under a condition.
    Limits,
    /// What it does is not known.
    NotKnown,
    /// It adds information and decides nothing.
    #[serde(rename = "tells")]
    Informs,
}

/// One link of the chain: what was looked at, what was found, and which list says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What was looked at: `endpoint`, `note` (a reviewed fact about it), `user context`, `permission`, `policy` (of a
    /// role), `grant`, `group`, `client`,
    /// `user`, `scopes`, `access policy`, `not read`.
    pub what: &'static str,
    /// What was found, in a sentence.
    pub says: String,
    /// Which list or document says so.
    pub from: String,
    /// When that list was read; `None` for what is no list of the org, and where the snapshot does not record it.
    pub read_at: Option<Timestamp>,
    /// How deep it hangs in the tree; 0 is a root.
    pub depth: usize,
    /// What it does to the verdict.
    pub bears: Bears,
}

/// When a list of the org was read, where the snapshot records it.
pub fn read_at(map: &AccessMap<'_>, listing: Listing) -> Option<Timestamp> {
    map.snapshot.coverage.listings.get(&listing).and_then(|record| record.read_at)
}

/// A list as evidence names it: with how much of it was read, where that is not all.
pub fn list_name(map: &AccessMap<'_>, listing: Listing) -> String {
    match map.snapshot.coverage.seen(listing) {
        Seen::Whole => listing.as_str().to_owned(),
        seen @ (Seen::Part | Seen::Nothing | Seen::NotAsked) => format!("{} ({})", listing.as_str(), seen.as_str()),
    }
}

/// Builds the chain.
pub struct Chain<'m, 'a> {
    map: &'m AccessMap<'a>,
    links: Vec<Link>,
}

impl<'m, 'a> Chain<'m, 'a> {
    /// The whole chain of one answer.
    pub fn of(
        map: &'m AccessMap<'a>,
        matrix_name: &str,
        pair: &Pair<'_>,
        endpoint: &Endpoint,
        answer: Answer,
    ) -> Vec<Link> {
        let mut chain = Self { map, links: Vec::new() };
        let found = map.matrix.resolve(endpoint);
        chain.endpoint(matrix_name, endpoint, found.map(|(_, operation)| operation));
        if let Some((_, operation)) = found {
            chain.reviewed(operation, answer);
        }
        let holder = pair.holder();
        if let Some((at, operation)) = found {
            chain.user_context(matrix_name, pair.principal, operation);
            if !holder.acts_for_users() {
                chain.permissions(holder, at, operation);
            }
        }
        chain.identity(pair.principal);
        if pair.principal.acts_for_users() {
            chain.scopes(pair.principal, found.map(|(at, _)| at));
        }
        if let Some(user) = pair.user {
            chain.identity(user);
        }
        if let Some((at, _)) = found.filter(|_| !holder.acts_for_users()) {
            chain.access_policies(holder, at);
        }
        if answer.reasons.has(Reason::NothingPublished) {
            chain.observed(pair, endpoint);
        }
        if answer.reasons.has(Reason::DataIncomplete) {
            chain.unread();
        }
        chain.links
    }

    fn add(&mut self, depth: usize, what: &'static str, bears: Bears, says: String, listing: Listing) {
        let from = list_name(self.map, listing);
        self.links.push(Link { what, says, from, read_at: read_at(self.map, listing), depth, bears });
    }

    fn endpoint(&mut self, matrix_name: &str, endpoint: &Endpoint, operation: Option<&Operation>) {
        let (says, bears) = match operation {
            None => {
                let others = self.map.matrix.methods_of(endpoint);
                let says = if others.is_empty() {
                    format!("{endpoint} is not in the matrix: as far as is published, it does not exist")
                } else {
                    let others = others.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ");
                    format!("{endpoint} is not in the matrix; that path exists for {others}")
                };
                (says, Bears::NotKnown)
            }
            Some(operation) => (
                format!("{} {}", operation.endpoint, requirement_says(operation)),
                match operation.requirement.asks() {
                    Asks::NotPublished | Asks::NothingPublished => Bears::NotKnown,
                    Asks::Nothing | Asks::Permissions => Bears::Informs,
                },
            ),
        };
        let from = match operation {
            // A reviewed entry that decides is named wherever it does.
            Some(Operation { overridden: Some(mark), .. }) => format!("{mark}; over the {matrix_name}"),
            Some(operation) if !operation.source.is_empty() => format!("{matrix_name}; {}", operation.source),
            _ => matrix_name.to_owned(),
        };
        self.links.push(Link { what: "endpoint", says, from, read_at: None, depth: 0, bears });
    }

    /// What is known beside the document: notes, and of a template for which nothing is published its known operations.
    fn reviewed(&mut self, operation: &Operation, answer: Answer) {
        for row in reviewed::about(&operation.endpoint) {
            let Some(note) = &row.note else { continue };
            let warns = row.every_division && answer.verdict == Verdict::Partial;
            let (says, bears) = if warns {
                (format!("a grant in single divisions is not enough: {note}"), Bears::Blocks)
            } else {
                (note.clone(), Bears::Informs)
            };
            let from = row.source.cited();
            self.links.push(Link { what: "note", says, from, read_at: None, depth: 1, bears });
        }
        if !is_silent(&operation.requirement) {
            return;
        }
        for one in self.map.matrix.concretes_of(&operation.endpoint) {
            let says = format!("known of {}: {}", one.endpoint, requirement_says(one));
            let from = one.overridden.as_deref().unwrap_or_default().to_owned();
            self.links.push(Link { what: "note", says, from, read_at: None, depth: 1, bears: Bears::Informs });
        }
    }

    /// What was observed of the call: proof for this principal on those days, though not of what is required.
    fn observed(&mut self, pair: &Pair<'_>, endpoint: &Endpoint) {
        let rows = observed::rows(self.map, pair, endpoint);
        let (good, refused) =
            rows.iter().fold((0, 0), |(good, refused), row| (good + row.status_2xx, refused + row.refusals()));
        let last = rows.iter().filter_map(|row| row.last_success).max();
        let says = match (good, last) {
            (0, _) if refused == 0 => return,
            (0, _) => format!("observed: none of its calls succeeded, {refused} were refused"),
            (good, Some(last)) => {
                format!("observed: {good} of its calls succeeded, the last on {last}; {refused} were refused")
            }
            (good, None) => format!("observed: {good} of its calls succeeded; {refused} were refused"),
        };
        self.add(1, "usage", Bears::Informs, says, Listing::Usage);
    }

    fn user_context(&mut self, matrix_name: &str, principal: &Principal, operation: &Operation) {
        let (says, bears) = match (principal.is_machine(), operation.requirement.user_context) {
            (true, UserContext::Yes) => {
                ("the call needs a user behind its token, and client credentials have none", Bears::Blocks)
            }
            (true, UserContext::No) => ("the call works without a user behind its token", Bears::Passes),
            // The line of the endpoint says that it is not published.
            (true, UserContext::Unknown) | (false, _) => return,
        };
        let from = matrix_name.to_owned();
        self.links.push(Link { what: "user context", says: says.to_owned(), from, read_at: None, depth: 1, bears });
    }

    fn permissions(&mut self, holder: &Principal, at: usize, operation: &Operation) {
        let map = self.map;
        let grants = map.grants_of(holder);
        let any = operation.requirement.permissions_match == Match::Any;
        let demanded = map.demanded(at);
        let is_held = |number: &usize| map.holdings_of(holder).is_some_and(|held| held.at_all.contains(*number));
        let (held, lacking): (Vec<usize>, Vec<usize>) = demanded.iter().copied().partition(is_held);
        for number in held.iter().take(ONE_BY_ONE) {
            self.held_permission(holder, &grants, *number);
        }
        if held.len() > ONE_BY_ONE {
            let says = format!("{} more of the permissions are held", held.len() - ONE_BY_ONE);
            self.add(1, "permission", Bears::Passes, says, Listing::Roles);
        }
        let bears = |number: usize| {
            let certain = map.holdings_of(holder).is_some_and(|held| held.certainly_lacks(number));
            match (any && !held.is_empty(), certain) {
                (true, _) => Bears::Informs,
                (false, true) => Bears::Blocks,
                (false, false) => Bears::NotKnown,
            }
        };
        let listed = if any && !held.is_empty() { 0 } else { ONE_BY_ONE };
        for number in lacking.iter().take(listed) {
            let Some(permission) = map.rights.index.names().get(*number) else { continue };
            let none = match grants.len() {
                0 => "it has no grant at all".to_owned(),
                1 => "not in the role of its one grant".to_owned(),
                n => format!("in none of the roles of its {n} grants"),
            };
            let absent = if map.rights.is_absent(*number) {
                "; this org's permission catalogue lacks it, so nothing can grant it here"
            } else {
                ""
            };
            let says = format!("{permission} is not held: {none}{absent}");
            self.add(1, "permission", bears(*number), says, Listing::Roles);
        }
        if lacking.len() > listed {
            let names: Vec<&str> = lacking
                .iter()
                .skip(listed)
                .take(ONE_BY_ONE)
                .filter_map(|number| map.rights.index.names().get(*number))
                .map(Permission::as_str)
                .collect();
            let more = lacking.len() - listed - names.len();
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let also = if listed == 0 { "not held, and not needed beside it: " } else { "not held either: " };
            let what = if listed == 0 { Bears::Informs } else { Bears::Blocks };
            self.add(1, "permission", what, format!("{also}{}{more}", names.join(", ")), Listing::Roles);
        }
        if held.is_empty() && !demanded.is_empty() {
            self.useless_grants(&grants);
        }
    }

    fn held_permission(&mut self, holder: &Principal, grants: &[HeldGrant], number: usize) {
        let map = self.map;
        let (Some(permission), Some(held)) = (map.rights.index.names().get(number), map.holdings_of(holder)) else {
            return;
        };
        let everywhere = map.rights.everywhere.contains(number);
        let aware = match (everywhere, map.rights.awareness_known.contains(number)) {
            (true, _) => "; no division limits this permission",
            (false, true) => "; divisions limit this permission",
            (false, false) => "; whether divisions limit this permission is unknown: it counts as limited",
        };
        let (how, bears) = if held.fully.contains(number) {
            (if everywhere { "held".to_owned() } else { "held in all divisions".to_owned() }, Bears::Passes)
        } else if held.unconditioned.contains(number) {
            let numbered = map.numbered_divisions();
            let places: Vec<&str> = held
                .in_divisions
                .iter()
                .filter(|(_, set)| set.contains(number))
                .filter_map(|(division, _)| numbered.get(*division))
                .map(|id| map.division_name(id))
                .collect();
            let more = if held.conditions.any.contains(number) { ", under a condition in more divisions" } else { "" };
            (format!("held in {} only{more}", places.join(", ")), Bears::Limits)
        } else {
            ("held under a condition only".to_owned(), Bears::Limits)
        };
        self.add(1, "permission", bears, format!("{permission} is {how}{aware}"), Listing::Permissions);
        for grant in grants {
            let Some(at) = grant.role else { continue };
            let Some(rights) = map.rights.roles.get(at) else { continue };
            let conditional = rights.under_condition.contains(number);
            if !rights.always.contains(number) && !conditional {
                continue;
            }
            let Some(role) = map.snapshot.roles.get(at) else { continue };
            let condition = if conditional { ", under a condition or for named resources only" } else { "" };
            let says = format!("role `{}` gives {permission}{}{condition}", role.name, by_policy(role, permission));
            self.add(2, "policy", if conditional { Bears::Limits } else { Bears::Passes }, says, Listing::Roles);
            self.grant(grant, 3);
        }
    }

    fn grant(&mut self, grant: &HeldGrant, depth: usize) {
        let map = self.map;
        let (place, bears) = match &grant.reach {
            Reach::All => ("all divisions".to_owned(), Bears::Passes),
            Reach::In(id) => (format!("division {}", map.division_name(id)), Bears::Limits),
        };
        let since = grant.granted_at.map_or_else(|| ", since when is unknown".to_owned(), |at| format!(", since {at}"));
        let listing = match grant.read_from {
            GrantSource::RoleSubjects => Listing::RoleGrants,
            GrantSource::ClientRoleDivisions => Listing::OauthClients,
            GrantSource::DivisionGrants => Listing::GrantDates,
        };
        let to = if grant.via.is_some() { "granted to a group" } else { "granted" };
        let says = format!("role `{}` is {to} in {place}{since}", excess::role_name(map, grant));
        self.add(depth, "grant", bears, says, listing);
        if let Some(id) = &grant.via {
            let group = map.snapshot.groups.iter().find(|known| known.id == *id);
            let name = group.map_or(id.as_str(), |known| known.name.as_str());
            let state = group.and_then(|known| known.state.as_deref()).unwrap_or("active");
            let (says, bears) = if state == "active" {
                (format!("through the group `{name}`, of which it is a member"), Bears::Passes)
            } else {
                let says =
                    format!("through the group `{name}`, which is {state}: whether it passes roles on is not known");
                (says, Bears::NotKnown)
            };
            self.add(depth + 1, "group", bears, says, Listing::GroupMembers);
        }
    }

    /// What is granted although it does not help: so that nobody has to ask "but it has the role".
    fn useless_grants(&mut self, grants: &[HeldGrant]) {
        for grant in grants.iter().take(ONE_BY_ONE) {
            let before = self.links.len();
            self.grant(grant, 1);
            if let Some(link) = self.links.get_mut(before) {
                link.bears = Bears::Informs;
                let unread = if grant.role.is_none() { ", a role that was not read" } else { "" };
                link.says.push_str(&format!("{unread}; it does not give what is required"));
                if grant.role.is_none() {
                    link.says = link.says.replace("it does not give what is required", "what it gives is not known");
                    link.bears = Bears::NotKnown;
                }
            }
        }
        if grants.len() > ONE_BY_ONE {
            let says = format!("{} more grants, none of which gives what is required", grants.len() - ONE_BY_ONE);
            self.add(1, "grant", Bears::Informs, says, Listing::RoleGrants);
        }
    }

    fn identity(&mut self, principal: &Principal) {
        let map = self.map;
        let active = match principal.standing {
            rolecall_access::cross::principal::Standing::Active => Bears::Passes,
            rolecall_access::cross::principal::Standing::Inactive => Bears::Blocks,
            rolecall_access::cross::principal::Standing::NotKnown => Bears::NotKnown,
        };
        if let Some(client) = map.client(principal) {
            let gated = if principal.is_machine() {
                "its roles in divisions gate it, scopes play no part"
            } else {
                "it acts for a user: the user's permissions and the client's scopes gate it together"
            };
            let grant_type = match client.grant_type.as_str() {
                "" => "an unknown grant type",
                word => word,
            };
            let says = format!("{} is a client on {grant_type}, {}; {gated}", client.name, client.state.as_str());
            self.add(0, "client", active, says, Listing::OauthClients);
            return;
        }
        let state = map.snapshot.users.get(principal.at).map_or("state not known", |user| user.state.as_str());
        let says = format!(
            "{} is a {}, {state}; its roles and those of its groups gate it",
            principal.name,
            principal.kind.as_str().replace('_', " ")
        );
        self.add(0, "user", active, says, Listing::Users);
    }

    fn scopes(&mut self, principal: &Principal, operation: Option<usize>) {
        let map = self.map;
        let scopes = map.client(principal).and_then(|client| client.scopes.as_ref());
        let had = match scopes {
            None => "its scopes are unknown".to_owned(),
            Some(scopes) if scopes.is_empty() => "it has no scope".to_owned(),
            Some(scopes) => format!("it has the scopes {}", joined(scopes)),
        };
        let asked = operation.and_then(|at| map.matrix.operations().get(at)).map(|one| &one.requirement);
        let (meets, bears) = match (asked, scopes) {
            (Some(asked), Some(scopes)) if !asked.scopes.is_empty() => {
                if asked.scopes.iter().any(|scope| scopes.contains(scope)) {
                    ("; one of them is enough".to_owned(), Bears::Passes)
                } else {
                    let bears = match map.scopes_enforced {
                        Some(true) => Bears::Blocks,
                        Some(false) => Bears::Informs,
                        None => Bears::NotKnown,
                    };
                    (format!("; the call asks for one of {}", joined(&asked.scopes)), bears)
                }
            }
            (Some(asked), _) if asked.scopes_known == Provenance::Unknown => {
                ("; which scopes the call asks for is not published".to_owned(), Bears::NotKnown)
            }
            (Some(asked), _) if asked.scopes.is_empty() => ("; the call asks for none".to_owned(), Bears::Passes),
            _ => (String::new(), Bears::Informs),
        };
        let enforced = match map.scopes_enforced {
            Some(true) => "this org enforces scopes (configuration)",
            Some(false) => "this org does not enforce scopes (configuration), so they are decoration",
            None => "whether this org enforces scopes is unknown: no API field shows it",
        };
        let strange: Vec<&str> = scopes
            .into_iter()
            .flatten()
            .map(Scope::as_str)
            .filter(|scope| operation.is_some() && !map.knows_scope(scope))
            .collect();
        let strange = if strange.is_empty() {
            String::new()
        } else {
            format!("; no operation knows the scopes {}", strange.join(", "))
        };
        self.add(1, "scopes", bears, format!("{had}{meets}; {enforced}{strange}"), Listing::OauthClients);
    }

    fn access_policies(&mut self, holder: &Principal, operation: usize) {
        for policy in self.map.policies(holder, operation) {
            let says =
                format!("the active DENY policy `{}` on {} could apply to this call", policy.name, policy.target);
            self.add(0, "access policy", Bears::Limits, says, Listing::Policies);
        }
    }

    fn unread(&mut self) {
        let map = self.map;
        for (listing, record) in &map.snapshot.coverage.listings {
            for unread in &record.unread {
                let of = unread.of.as_ref().map_or_else(String::new, |of| format!(" of {of}"));
                let missing = if unread.missing_permissions.is_empty() {
                    String::new()
                } else {
                    format!(" (the auditor needs {})", unread.missing_permissions.join(", "))
                };
                self.links.push(Link {
                    what: "not read",
                    says: format!("{}{of}: {}{missing}", listing.as_str(), unread.why),
                    from: "completeness record of the snapshot".to_owned(),
                    read_at: record.read_at,
                    depth: 0,
                    bears: Bears::NotKnown,
                });
            }
        }
    }
}

fn joined(scopes: &[Scope]) -> String {
    scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(", ")
}

/// What an operation requires, in one phrase.
pub fn requirement_says(operation: &Operation) -> String {
    let requirement = &operation.requirement;
    let permissions = requirement.permissions.iter().map(Permission::as_str).collect::<Vec<_>>().join(", ");
    let needs = match requirement.permissions_match {
        Match::Any => format!("requires ANY of {permissions}"),
        Match::All => format!("requires ALL of {permissions}"),
        Match::None if requirement.unproven => {
            "changes something and lists no required permission, which does not prove that none is needed".to_owned()
        }
        Match::None => "lists no required permission".to_owned(),
        Match::Unknown => "has no published requirement".to_owned(),
    };
    let scopes = match (requirement.scopes.is_empty(), requirement.scopes_known) {
        (true, Provenance::Published) => "asks for no scope".to_owned(),
        (true, _) => "scopes not published".to_owned(),
        (false, known) => format!("scopes {} (any one; {})", joined(&requirement.scopes), known.as_str()),
    };
    let context = match requirement.user_context {
        UserContext::Yes => "needs a user behind the token",
        UserContext::No => "needs no user behind the token",
        UserContext::Unknown => "whether it needs a user behind the token is not published",
    };
    format!("{needs}; {scopes}; {context}")
}

/// By which line of the role, where a wildcard does it: a name that is written out needs no more words.
fn by_policy(role: &Role, permission: &Permission) -> String {
    let covers = |policy: &&PermissionPolicy| policy.patterns().any(|pattern| pattern.covers(permission));
    let Some(policy) = role.policies.iter().find(covers) else {
        return " as a general permission".to_owned();
    };
    let pattern = policy.patterns().find(|pattern| pattern.covers(permission));
    match pattern {
        Some(pattern) if pattern.is_wildcard() => format!(" by its wildcard {pattern}"),
        _ => String::new(),
    }
}
