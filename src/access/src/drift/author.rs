//! Who made a difference, as far as the audit logs show.

use std::collections::HashMap;

use super::Between;
use super::change::{Author, DriftKind};
use super::comparison::{Comparison, Row};
use super::sides::{Family, SideIndex};
use rolecall_base::audit::{ActorKind, AuditEntry};
use rolecall_base::snapshot::Snapshot;

/// Names the author of each row: of one org the newest entry about the thing since the earlier night; between two orgs
/// only the platform, where it changed a default role.
pub(super) fn add_authors(comparison: &Comparison<'_, '_>, rows: &mut [Row]) {
    let since = (comparison.between == Between::Nights).then_some(comparison.left.snapshot.as_of);
    let (lefts, rights) = (by_entity(&comparison.left, since), by_entity(&comparison.right, since));
    for row in rows {
        if !matches!(
            row.change.kind,
            DriftKind::Role | DriftKind::OauthClient | DriftKind::ServiceUser | DriftKind::User | DriftKind::Group
        ) {
            continue;
        }
        let (from, to) = (row.change.from_id.as_str(), row.change.to_id.as_str());
        row.change.author = match comparison.between {
            Between::Nights => {
                let entry = [to, from].into_iter().find_map(|id| rights.get(id));
                entry.map(|entry| author_of(comparison.right.snapshot, entry)).unwrap_or_default()
            }
            Between::Orgs if is_default(comparison, row) => {
                let entries = lefts.get(from).into_iter().chain(rights.get(to));
                let by_platform = entries.filter(|entry| entry.actor_kind == ActorKind::Platform);
                by_platform
                    .max_by_key(|entry| entry.at)
                    .map(|entry| Author::Platform { at: entry.at })
                    .unwrap_or_default()
            }
            Between::Orgs => Author::NotKnown,
        };
    }
}

/// The newest entry about each thing; of entries of one time the last in order, so that the answer is always the same.
fn by_entity<'a>(index: &SideIndex<'a, '_>, since: Option<jiff::Timestamp>) -> HashMap<&'a str, &'a AuditEntry> {
    let mut newest: HashMap<&str, &AuditEntry> = HashMap::new();
    for entry in &index.snapshot.audit {
        let late = since.is_none_or(|since| entry.at.is_some_and(|at| at > since));
        let Some(id) = entry.entity_id.as_deref().filter(|id| late && !id.is_empty()) else { continue };
        let known = newest.entry(id).or_insert(entry);
        if (known.at, &**known) < (entry.at, entry) {
            *known = entry;
        }
    }
    newest
}

fn is_default(comparison: &Comparison<'_, '_>, row: &Row) -> bool {
    let default = |index: &SideIndex<'_, '_>, at: Option<usize>| {
        at.and_then(|at| index.snapshot.roles.get(at)).is_some_and(|role| role.default_role_id.is_some())
    };
    Family::of(row.change.kind) == Family::Role
        && (default(&comparison.left, row.left) || default(&comparison.right, row.right))
}

fn author_of(snapshot: &Snapshot, entry: &AuditEntry) -> Author {
    match (entry.actor_kind, entry.actor.as_deref()) {
        (ActorKind::Platform, _) => Author::Platform { at: entry.at },
        (_, None | Some("")) => Author::NotKnown,
        (_, Some(id)) => {
            let user = snapshot.users.iter().find(|user| user.id.as_str() == id).map(|user| &user.name);
            let client = || snapshot.oauth_clients.iter().find(|client| client.id.as_str() == id).map(|one| &one.name);
            let who = user.or_else(client).map_or_else(|| id.to_owned(), Clone::clone);
            Author::Somebody { who, at: entry.at, action: entry.action.clone() }
        }
    }
}
