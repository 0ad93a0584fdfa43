//! What every verdict must be, worked out one cell at a time with strings, maps and sets, the slow and obvious way.
//!
//! Written from the documented rules, not from the crossing: it shares none of its code, its numbering or its order of
//! work. It reads snapshots in which only the access policies may be incomplete.

use std::collections::{BTreeMap, BTreeSet};

use rolecall_base::coverage::Listing;
use rolecall_base::grant::{Reach, SubjectKind};
use rolecall_base::oauth_client::OauthClient;
use rolecall_base::policy::{Effect, PolicySubject};
use rolecall_base::snapshot::Snapshot;
use rolecall_base::user::User;
use rolecall_matrix::{Match, Operation, Provenance, UserContext};

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Cell {
    pub verdict: String,
    pub reasons: BTreeSet<String>,
    pub missing: BTreeSet<String>,
    pub divisions: BTreeSet<String>,
}

impl Cell {
    fn new(verdict: &str, reasons: &[&str]) -> Self {
        Self {
            verdict: verdict.to_owned(),
            reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
            ..Self::default()
        }
    }
}

/// A set of divisions by name, in which [`EVERYWHERE`] stands for all of them, those that nobody names included.
type Divisions = BTreeSet<String>;

/// No division is called so.
const EVERYWHERE: &str = "(everywhere)";

/// What a principal has: by permission, where it is held without a condition and where under one; and which permissions
/// could be held anywhere, because something was not read.
#[derive(Default)]
struct Has {
    free: BTreeMap<String, Divisions>,
    under_condition: BTreeMap<String, Divisions>,
    could: BTreeSet<String>,
    could_be_anything: bool,
}

/// Rules 1 to 4 for a client.
pub(crate) fn client(snapshot: &Snapshot, client: &OauthClient, operation: &Operation, enforced: Option<bool>) -> Cell {
    match client.state.as_str() {
        "active" => {}
        "inactive" | "disabled" => return Cell::new("denied", &["client-inactive"]),
        // A word nobody documents: whether the client can be used is not known.
        _ => return Cell::new("unknown", &["data-incomplete"]),
    }
    let requirement = &operation.requirement;
    if requirement.permissions_match == Match::Unknown {
        return Cell::new("unknown", &["requirement-not-published"]);
    }
    match client.grant_type.as_str() {
        "CLIENT-CREDENTIALS" => {
            if requirement.user_context == UserContext::Yes {
                return Cell::new("denied", &["needs-user-context"]);
            }
            let applies = |subject: &PolicySubject, to_clients: bool| match subject {
                PolicySubject::Client(id) => to_clients && id == client.id.as_str(),
                PolicySubject::All => to_clients,
                _ => false,
            };
            if requirement.unproven {
                return Cell::new("unknown", &["nothing-published"]);
            }
            by_permissions(snapshot, operation, &client_has(snapshot, client), &applies)
        }
        // The platform did not say how the client gets its tokens, so neither rule can be chosen.
        "" => Cell::new("unknown", &["data-incomplete"]),
        _ => match scope_test(client, operation, enforced) {
            Some(stopped) => stopped,
            None if requirement.unproven => Cell::new("unknown", &["nothing-published"]),
            None if requirement.permissions_match == Match::None => Cell::new("allowed", &[]),
            None => Cell::new("depends-on-user", &[]),
        },
    }
}

/// Rules 1, 2 and 5 for a user.
pub(crate) fn user(snapshot: &Snapshot, user: &User, operation: &Operation) -> Cell {
    if user.state != "active" {
        return Cell::new("denied", &["user-inactive"]);
    }
    if operation.requirement.permissions_match == Match::Unknown {
        return Cell::new("unknown", &["requirement-not-published"]);
    }
    user_by_permissions(snapshot, user, operation)
}

/// Rule 5 for a client that acts for a user.
pub(crate) fn client_as_user(
    snapshot: &Snapshot,
    client: &OauthClient,
    user: &User,
    operation: &Operation,
    enforced: Option<bool>,
) -> Cell {
    match (client.state.as_str(), user.state.as_str()) {
        ("inactive" | "disabled", _) => return Cell::new("denied", &["client-inactive"]),
        ("active", "active") => {}
        ("active", _) => return Cell::new("denied", &["user-inactive"]),
        _ => return Cell::new("unknown", &["data-incomplete"]),
    }
    if operation.requirement.permissions_match == Match::Unknown {
        return Cell::new("unknown", &["requirement-not-published"]);
    }
    scope_test(client, operation, enforced).unwrap_or_else(|| user_by_permissions(snapshot, user, operation))
}

fn scope_test(client: &OauthClient, operation: &Operation, enforced: Option<bool>) -> Option<Cell> {
    if enforced == Some(false) {
        return None;
    }
    if operation.requirement.scopes_known != Provenance::Published {
        return Some(Cell::new("unknown", &["scope-not-published"]));
    }
    if operation.requirement.scopes.is_empty() {
        return None;
    }
    let Some(own) = &client.scopes else { return Some(Cell::new("unknown", &["data-incomplete"])) };
    let own: BTreeSet<&str> = own.iter().map(|scope| scope.as_str()).collect();
    if operation.requirement.scopes.iter().any(|scope| own.contains(scope.as_str())) {
        return None;
    }
    Some(match enforced {
        Some(true) => Cell::new("denied", &["missing-scope"]),
        _ => Cell::new("unknown", &["missing-scope", "scope-enforcement-not-known"]),
    })
}

fn groups_of<'a>(snapshot: &'a Snapshot, user: &User) -> BTreeSet<&'a str> {
    let of_user = snapshot.group_members.iter().filter(|(_, members)| members.contains(&user.id));
    of_user.map(|(group, _)| group.as_str()).collect()
}

fn user_by_permissions(snapshot: &Snapshot, user: &User, operation: &Operation) -> Cell {
    if operation.requirement.unproven {
        return Cell::new("unknown", &["nothing-published"]);
    }
    let groups = groups_of(snapshot, user);
    let applies = |subject: &PolicySubject, _: bool| match subject {
        PolicySubject::All | PolicySubject::Team(_) | PolicySubject::NotStated => true,
        PolicySubject::User(id) => id == user.id.as_str(),
        // A group whose members nobody asked for could have anybody in it.
        PolicySubject::Group(id) => {
            groups.contains(id.as_str()) || !snapshot.group_members.keys().any(|group| group.as_str() == id)
        }
        PolicySubject::Client(_) => false,
    };
    by_permissions(snapshot, operation, &user_has(snapshot, user), &applies)
}

fn client_has(snapshot: &Snapshot, client: &OauthClient) -> Has {
    let mut has = Has::default();
    for pair in client.role_divisions.iter().flatten() {
        add(snapshot, &mut has, pair.role.as_str(), &pair.reach);
    }
    for grant in snapshot.grants.iter().filter(|grant| grant.subject.as_str() == client.id.as_str()) {
        add(snapshot, &mut has, grant.role.as_str(), &grant.reach);
    }
    has
}

fn user_has(snapshot: &Snapshot, user: &User) -> Has {
    let mut has = Has::default();
    let groups = groups_of(snapshot, user);
    for grant in &snapshot.grants {
        let subject = grant.subject.as_str();
        if subject == user.id.as_str() {
            add(snapshot, &mut has, grant.role.as_str(), &grant.reach);
        } else if grant.subject_kind == SubjectKind::Group {
            let members_read = snapshot.group_members.keys().any(|group| group.as_str() == subject);
            let state = snapshot.groups.iter().find(|group| group.id.as_str() == subject);
            let active = state.and_then(|group| group.state.as_deref()).unwrap_or("active") == "active";
            match (members_read, groups.contains(subject), active) {
                (true, true, true) => add(snapshot, &mut has, grant.role.as_str(), &grant.reach),
                // What an inactive group passes on is not published, nor who is in a group that was not read.
                (true, true, false) | (false, _, _) => could(snapshot, &mut has, grant.role.as_str()),
                (true, false, _) => {}
            }
        }
    }
    has
}

/// A role's permissions as words: those it gives always, and those it gives under a condition.
fn permissions_of(snapshot: &Snapshot, role: &str) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
    let role = snapshot.roles.iter().find(|one| one.id.as_str() == role)?;
    let mut always: BTreeSet<String> = role.general_permissions.iter().map(|one| one.as_str().to_owned()).collect();
    let mut conditionally = BTreeSet::new();
    for policy in &role.policies {
        for action in &policy.actions {
            let written = [policy.domain.as_str(), policy.entity.as_str(), action.as_str()];
            let given: BTreeSet<String> = if written.contains(&"*") {
                let catalogue = snapshot.permissions.iter().map(|entry| entry.permission.as_str().to_owned());
                catalogue.filter(|name| meets(&written, name)).collect()
            } else {
                BTreeSet::from([written.join(":")])
            };
            if policy.condition.is_none() && policy.named_resources.is_empty() {
                always.extend(given);
            } else {
                conditionally.extend(given);
            }
        }
    }
    Some((always, conditionally))
}

fn meets(written: &[&str], name: &str) -> bool {
    let parts: Vec<&str> = name.split(':').collect();
    parts.len() == written.len() && parts.iter().zip(written).all(|(part, pattern)| *pattern == "*" || pattern == part)
}

fn add(snapshot: &Snapshot, has: &mut Has, role: &str, reach: &Reach) {
    let Some((always, conditionally)) = permissions_of(snapshot, role) else {
        has.could_be_anything = true;
        return;
    };
    let each = always.into_iter().map(|name| (name, true)).chain(conditionally.into_iter().map(|name| (name, false)));
    for (name, free) in each {
        let entry = snapshot.permissions.iter().find(|entry| entry.permission.as_str() == name);
        let place = match (reach, entry.map(|entry| entry.division_aware)) {
            (Reach::All, _) | (_, Some(Some(false))) => EVERYWHERE.to_owned(),
            (Reach::In(division), reported) => {
                if reported == Some(None) {
                    // The catalogue does not say whether a division limits it.
                    has.could.insert(name.clone());
                }
                division.to_string()
            }
        };
        let held = if free { &mut has.free } else { &mut has.under_condition };
        held.entry(name).or_default().insert(place);
    }
}

fn could(snapshot: &Snapshot, has: &mut Has, role: &str) {
    match permissions_of(snapshot, role) {
        Some((always, conditionally)) => has.could.extend(always.into_iter().chain(conditionally)),
        None => has.could_be_anything = true,
    }
}

fn by_permissions(
    snapshot: &Snapshot,
    operation: &Operation,
    has: &Has,
    applies: &dyn Fn(&PolicySubject, bool) -> bool,
) -> Cell {
    let names: Vec<&str> = operation.requirement.permissions.iter().map(|one| one.as_str()).collect();
    let at = |held: &BTreeMap<String, Divisions>, name: &str| held.get(name).cloned().unwrap_or_default();
    let could = |name: &str| has.could_be_anything || has.could.contains(name);
    let or_anywhere = |held: Divisions, name: &str| if could(name) { everywhere() } else { held };
    let any_way = |name: &str| union(&at(&has.free, name), &at(&has.under_condition, name));
    let together = |of: &dyn Fn(&str) -> Divisions| {
        let each = names.iter().map(|name| of(name));
        match operation.requirement.permissions_match {
            Match::Any => each.fold(Divisions::new(), |all, one| union(&all, &one)),
            Match::All => each.fold(everywhere(), |all, one| intersection(&all, &one)),
            Match::None | Match::Unknown => everywhere(),
        }
    };
    let free = together(&|name| at(&has.free, name));
    let seen = together(&any_way);
    let could_be_free = together(&|name| or_anywhere(at(&has.free, name), name));
    let could_be = together(&|name| or_anywhere(any_way(name), name));
    let mut cell = if free.contains(EVERYWHERE) {
        Cell::new("allowed", &[])
    } else if !free.is_empty() {
        let reasons: &[&str] = if within(&seen, &free) { &[] } else { &["conditions-apply"] };
        Cell { divisions: free.clone(), ..Cell::new("partial", reasons) }
    } else if !seen.is_empty() {
        Cell::new("conditional", &["conditions-apply"])
    } else if !could_be.is_empty() {
        return Cell::new("unknown", &["data-incomplete"]);
    } else {
        let certainly_missing = |name: &&&str| any_way(name).is_empty() && !could(name);
        let missing: Vec<&str> = names.iter().filter(certainly_missing).copied().collect();
        return if missing.is_empty() {
            Cell::new("denied", &["missing-division"])
        } else {
            denied(snapshot, operation, &missing)
        };
    };
    if cell.verdict != "allowed" && !(within(&could_be_free, &free) && within(&could_be, &seen)) {
        cell.reasons.insert("data-incomplete".to_owned());
    }
    if cell.verdict == "conditional" {
        return cell;
    }
    let covers = |target: &str| {
        let written: Vec<&str> = target.split(':').collect();
        names.iter().any(|name| *name == target || meets(&written, name))
    };
    let denies = snapshot.policies.iter().any(|policy| {
        policy.active
            && policy.effect != Effect::Allow
            && covers(&policy.target)
            && applies(&policy.subject, policy.applies_to_clients)
    });
    let not_read = !names.is_empty() && !snapshot.coverage.is_whole(Listing::Policies);
    if denies || not_read {
        cell.verdict = "conditional".to_owned();
        cell.divisions.clear();
        cell.reasons.insert("access-policy-may-deny".to_owned());
        if !denies {
            cell.reasons.insert("data-incomplete".to_owned());
        }
    }
    cell
}

fn everywhere() -> Divisions {
    Divisions::from([EVERYWHERE.to_owned()])
}

/// Everywhere and somewhere is everywhere.
fn union(a: &Divisions, b: &Divisions) -> Divisions {
    let all: Divisions = a.union(b).cloned().collect();
    if all.contains(EVERYWHERE) { everywhere() } else { all }
}

/// What is everywhere does not limit.
fn intersection(a: &Divisions, b: &Divisions) -> Divisions {
    match (a.contains(EVERYWHERE), b.contains(EVERYWHERE)) {
        (true, _) => union(b, &Divisions::new()),
        (_, true) => union(a, &Divisions::new()),
        (false, false) => a.intersection(b).cloned().collect(),
    }
}

fn within(a: &Divisions, b: &Divisions) -> bool {
    b.contains(EVERYWHERE) || (!a.contains(EVERYWHERE) && a.is_subset(b))
}

fn denied(snapshot: &Snapshot, operation: &Operation, missing: &[&str]) -> Cell {
    let mut cell = Cell::new("denied", &["missing-permission"]);
    cell.missing = missing.iter().map(|name| (*name).to_owned()).collect();
    // One-word permissions are never in a catalogue, so their absence says nothing.
    let lacking =
        |name: &str| name.contains(':') && !snapshot.permissions.iter().any(|entry| entry.permission.as_str() == name);
    let absent = match operation.requirement.permissions_match {
        Match::Any => cell.missing.iter().all(|name| lacking(name)),
        _ => cell.missing.iter().any(|name| lacking(name)),
    };
    if absent {
        cell.reasons.insert("permission-not-in-org".to_owned());
    }
    cell
}
