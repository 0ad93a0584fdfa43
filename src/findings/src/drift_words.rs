//! A difference between two sides in words: how the right side stands, what was on the left, who made it.

use std::collections::BTreeSet;

use super::check::{count, names};
use rolecall_access::drift::broken::BrokenCall;
use rolecall_access::drift::change::{Author, Change, DriftKind, Effect, Items, ShownGrant};
use rolecall_access::drift::{Between, Drift};

/// Names that stand in a line before the rest is only counted.
const NAMED: usize = 3;

/// Characters of a value that stand in a line.
const LONGEST: usize = 120;

/// Which side of a row has something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Only the left has it.
    Lost,
    /// Only the right has it.
    Gained,
    /// Both have one, not the same; or it cannot be determined.
    Other,
}

/// Which way a row tells.
pub fn direction(change: &Change) -> Direction {
    let is_nothing = |value: &str| matches!(value, "" | "absent");
    match (is_nothing(&change.from_value), is_nothing(&change.to_value)) {
        (false, true) => Direction::Lost,
        (true, false) => Direction::Gained,
        (true, true) | (false, false) => Direction::Other,
    }
}

/// Kind and name: ``role `Reporting` ``.
pub fn thing(change: &Change) -> String {
    format!("{} `{}`", change.kind.in_words(), change.name)
}

/// How the right side stands, in a clause: ``role `Reporting` lacks `routing:queue:view` ``.
pub fn clause(change: &Change, between: Between) -> String {
    let thing = thing(change);
    let what = direction(change);
    let lacks = |listed: String| match what {
        Direction::Lost => Some(format!("{thing} lacks {listed}")),
        Direction::Gained => Some(format!("{thing} also has {listed}")),
        Direction::Other => None,
    };
    let reported = match (&change.items, change.field.as_str(), what) {
        (_, "presence", Direction::Lost) => Some(match between {
            Between::Orgs => format!("{thing} is not there"),
            Between::Nights => format!("{thing} is gone"),
        }),
        (_, "presence", Direction::Gained) => {
            let there = match between {
                Between::Orgs => format!("{thing} is there, and not on the other side"),
                Between::Nights => format!("{thing} is new"),
            };
            Some(if change.is_idle { format!("{there}; it is inactive and can do nothing yet") } else { there })
        }
        (_, "presence", Direction::Other) => Some(format!("whether {thing} is on both sides is not known")),
        (Items::Permissions(items), "conditions", _) => {
            Some(format!("{thing} holds {} under other conditions", quoted(items)))
        }
        (Items::Permissions(items), ..) => lacks(quoted(items)),
        (Items::Grants(grants), ..) => lacks(describe_grants(grants)),
        (Items::Scopes(scopes), ..) => lacks(format!("the scope {}", quoted(scopes))),
        (Items::Groups(groups), _, Direction::Lost) => Some(format!("{thing} is not in group {}", quoted(groups))),
        (Items::Groups(groups), _, Direction::Gained) => Some(format!("{thing} is also in group {}", quoted(groups))),
        (Items::Value, "redirect_uris" | "users" | "groups", Direction::Lost) => {
            Some(format!("{thing}: {} lack {}", listed(&change.field), value(&change.from_value)))
        }
        (Items::Value, "redirect_uris" | "users" | "groups", Direction::Gained) => {
            Some(format!("{thing}: {} also have {}", listed(&change.field), value(&change.to_value)))
        }
        (Items::Value, "policies", _) => Some(format!("{thing} is written differently, with the same rights")),
        (Items::Groups(_) | Items::Value, ..) => None,
    };
    reported.unwrap_or_else(|| {
        let field = change.field.replace('_', " ");
        match change.field.strip_prefix("call ") {
            Some(call) => format!("{thing} cannot call {call}"),
            None => format!("{thing}: {field} is {} instead of {}", value(&change.to_value), value(&change.from_value)),
        }
    })
}

/// The name of a list, for people.
fn listed(field: &str) -> &str {
    match field {
        "redirect_uris" => "redirect URIs",
        field => field,
    }
}

/// The same row with the permissions that these calls miss before those that nobody misses.
pub fn missed_first(change: &Change, calls: &[&BrokenCall]) -> Change {
    let missed: BTreeSet<&str> = calls.iter().flat_map(|call| &call.missing_permissions).map(String::as_str).collect();
    let mut change = change.clone();
    if let Items::Permissions(items) = &mut change.items {
        items.sort_by_key(|name| !missed.contains(name.as_str()));
    }
    change
}

fn quoted(items: &[String]) -> String {
    names(items.iter().map(String::as_str), NAMED)
}

fn describe_grants(grants: &[ShownGrant]) -> String {
    let reported = |grant: &ShownGrant| match &grant.division {
        None => format!("role `{}` in all divisions", grant.role),
        Some(division) => format!("role `{}` in `{division}`", grant.role),
    };
    let shown: Vec<String> = grants.iter().take(NAMED).map(reported).collect();
    match grants.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn value(text: &str) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    let short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() { format!("`{short}…`") } else { format!("`{short}`") }
}

/// The single items that a row has on the left and on the right.
pub fn sides(change: &Change) -> (Vec<String>, Vec<String>) {
    let all: Vec<String> = match &change.items {
        Items::Permissions(items) | Items::Scopes(items) | Items::Groups(items) => items.clone(),
        Items::Grants(grants) => grants.iter().map(ToString::to_string).collect(),
        Items::Value => Vec::new(),
    };
    let split = |text: &str| text.split(';').filter(|item| !item.is_empty()).map(str::to_owned).collect();
    match direction(change) {
        Direction::Lost if !all.is_empty() => (all, split(&change.to_value)),
        Direction::Gained if !all.is_empty() => (split(&change.from_value), all),
        Direction::Lost | Direction::Gained | Direction::Other => (split(&change.from_value), split(&change.to_value)),
    }
}

/// Who made a difference and when, where that is known; else nothing.
pub fn author(author: &Author) -> Option<String> {
    let at = |at: &Option<jiff::Timestamp>| at.map(|at| format!(" at {at}")).unwrap_or_default();
    match author {
        Author::NotKnown => None,
        Author::Platform { at: when } => Some(format!("changed by the platform itself{}", at(when))),
        Author::Somebody { who, at: when, action } => {
            let action = if action.is_empty() { String::new() } else { format!(" ({action})") };
            Some(format!("changed by `{who}`{}{action}", at(when)))
        }
    }
}

/// How many principals these calls are of, in words: `2 OAuth clients`, `3 principals`.
pub fn victims<'d>(calls: impl IntoIterator<Item = &'d BrokenCall>) -> String {
    let distinct: BTreeSet<(DriftKind, &str, &str)> =
        calls.into_iter().map(|call| (call.kind, call.name.as_str(), call.from_id.as_str())).collect();
    principals(distinct.iter().map(|(kind, ..)| *kind))
}

/// How many principals there are, in words: by their kind, where they are of one.
pub fn principals(kinds: impl IntoIterator<Item = DriftKind>) -> String {
    let mut number = 0;
    let mut seen = BTreeSet::new();
    for kind in kinds {
        number += 1;
        seen.insert(kind);
    }
    match (seen.first(), seen.len()) {
        (Some(DriftKind::OauthClient), 1) => count(number, "OAuth client", "OAuth clients"),
        (Some(DriftKind::ServiceUser), 1) => count(number, "service user", "service users"),
        (Some(DriftKind::User), 1) => count(number, "user", "users"),
        _ => count(number, "principal", "principals"),
    }
}

/// The principals whose access a row changes, in words.
pub fn affected(change: &Change, drift: &Drift) -> String {
    principals(change.affected.iter().filter_map(|at| drift.principals.get(*at)).map(|one| one.kind))
}

/// What would make the right side like the left, in a sentence; `right` is the org's name.
pub fn fix_for(change: &Change, right: &str) -> String {
    let thing = thing(change);
    let (lost, gained) = (Direction::Lost, Direction::Gained);
    match (&change.items, change.field.as_str(), direction(change)) {
        _ if change.effect == Effect::Unknown => {
            let field = change.field.replace('_', " ");
            format!("find out how {field} of {thing} stands in {right}: not enough was read to tell")
        }
        _ if change.field.starts_with("call ") => {
            format!("ask `rolecall explain` why {thing} cannot make the call in {right}")
        }
        _ if change.kind == DriftKind::Endpoint => {
            format!("give those who call {thing} in {right} what it requires there")
        }
        (_, "presence", way) if change.kind == DriftKind::Permission && way == lost => {
            format!("nothing in {right} can grant {thing}: have the product or feature that brings it switched on")
        }
        (_, "presence", way) if way == lost => format!("create {thing} in {right} as it stands on the other side"),
        (_, "presence", way) if way == gained => format!("remove {thing} from {right}"),
        (Items::Permissions(items), "permissions", way) if way == lost => {
            format!("add {} to {thing} in {right}", quoted(items))
        }
        (Items::Permissions(items), "permissions", way) if way == gained => {
            format!("remove {} from {thing} in {right}", quoted(items))
        }
        (Items::Grants(grants), _, way) if way == lost => {
            format!("give {} to {thing} in {right}", describe_grants(grants))
        }
        (Items::Grants(grants), _, way) if way == gained => {
            format!("remove {} from {thing} in {right}", describe_grants(grants))
        }
        (Items::Scopes(scopes), _, way) if way == lost => {
            format!("add the scope {} to {thing} in {right}", quoted(scopes))
        }
        (Items::Scopes(scopes), _, way) if way == gained => {
            format!("remove the scope {} from {thing} in {right}", quoted(scopes))
        }
        (Items::Groups(groups), _, way) if way == lost => {
            format!("add {thing} to group {} in {right}", quoted(groups))
        }
        (Items::Groups(groups), _, way) if way == gained => {
            format!("remove {thing} from group {} in {right}", quoted(groups))
        }
        _ => {
            let field = change.field.replace('_', " ");
            format!("set {field} of {thing} in {right} to {}", value(&change.from_value))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::drifted::Drifted;

    fn clauses(drifted: &Drifted, between: Between) -> Vec<String> {
        drifted.drift.changes.iter().map(|change| clause(change, between)).collect()
    }

    #[test]
    fn clause_tells_how_the_right_side_stands() {
        let mut drifted = Drifted::new();
        let client = DriftKind::OauthClient;
        drifted.permissions("Reporting", &["a:b:c", "a:b:d", "a:b:e", "a:b:f"], &[], Effect::Breaks);
        drifted.permissions("Reporting", &[], &["a:b:c"], Effect::Widens);
        drifted.grants(client, "Board", &[("Reporting", Some("Sales"))], &[], Effect::Breaks);
        drifted.grants(client, "Board", &[], &[("Reporting", None)], Effect::Widens);
        drifted.row(client, "Board", "state", "active", "inactive", Effect::Breaks);
        drifted.row(client, "Board", "call GET /api/v2/users", "allowed", "denied", Effect::Breaks);
        drifted.row(client, "Board", "redirect_uris", "", "https://a", Effect::None);
        drifted.row(client, "Other", "presence", "present", "not known", Effect::Unknown);
        assert_eq!(
            clauses(&drifted, Between::Orgs),
            [
                "role `Reporting` lacks `a:b:c`, `a:b:d`, `a:b:e` and 1 more",
                "role `Reporting` also has `a:b:c`",
                "OAuth client `Board` lacks role `Reporting` in `Sales`",
                "OAuth client `Board` also has role `Reporting` in all divisions",
                "OAuth client `Board`: state is `inactive` instead of `active`",
                "OAuth client `Board` cannot call GET /api/v2/users",
                "OAuth client `Board`: redirect URIs also have `https://a`",
                "whether OAuth client `Other` is on both sides is not known",
            ]
        );
    }

    #[test]
    fn presence_reads_as_a_state_between_orgs_and_as_an_event_between_nights() {
        let mut drifted = Drifted::new();
        drifted.row(DriftKind::Role, "Old", "presence", "present", "absent", Effect::Narrows);
        drifted.row(DriftKind::Role, "New", "presence", "absent", "present", Effect::Widens);
        assert_eq!(
            clauses(&drifted, Between::Orgs),
            ["role `Old` is not there", "role `New` is there, and not on the other side"]
        );
        assert_eq!(clauses(&drifted, Between::Nights), ["role `Old` is gone", "role `New` is new"]);
    }

    #[test]
    fn author_is_reported_only_where_it_is_known() {
        assert_eq!(author(&Author::NotKnown), None);
        let at = Some("2026-11-20T15:04:00Z".parse().unwrap());
        assert_eq!(
            author(&Author::Platform { at }).as_deref(),
            Some("changed by the platform itself at 2026-11-20T15:04:00Z")
        );
        let who = Author::Somebody { who: "A Person".to_owned(), at: None, action: "Update".to_owned() };
        assert_eq!(author(&who).as_deref(), Some("changed by `A Person` (Update)"));
    }

    #[test]
    fn items_stand_on_the_side_that_has_them() {
        let mut drifted = Drifted::new();
        drifted.permissions("R", &["a:b:c", "a:b:d"], &[], Effect::None);
        drifted.row(DriftKind::OauthClient, "C", "state", "active", "inactive", Effect::None);
        let reported: Vec<_> = drifted.drift.changes.iter().map(sides).collect();
        assert_eq!(reported[0], (vec!["a:b:c".to_owned(), "a:b:d".to_owned()], Vec::<String>::new()));
        assert_eq!(reported[1], (vec!["active".to_owned()], vec!["inactive".to_owned()]));
    }

    #[test]
    fn fixing_makes_the_right_side_like_the_left() {
        let mut drifted = Drifted::new();
        let client = DriftKind::OauthClient;
        drifted.permissions("R", &["a:b:c"], &[], Effect::Breaks);
        drifted.permissions("R", &[], &["a:b:c"], Effect::Widens);
        drifted.grants(client, "C", &[("R", Some("Sales"))], &[], Effect::Breaks);
        drifted.row(client, "C", "presence", "present", "absent", Effect::Breaks);
        drifted.row(client, "C", "state", "active", "inactive", Effect::Breaks);
        drifted.row(DriftKind::Permission, "a:b:c", "presence", "present", "absent", Effect::Breaks);
        drifted.row(DriftKind::Group, "G", "presence", "present", "not known", Effect::Unknown);
        let reported: Vec<String> = drifted.drift.changes.iter().map(|change| fix_for(change, "staging")).collect();
        assert_eq!(
            reported,
            [
                "add `a:b:c` to role `R` in staging",
                "remove `a:b:c` from role `R` in staging",
                "give role `R` in `Sales` to OAuth client `C` in staging",
                "create OAuth client `C` in staging as it stands on the other side",
                "set state of OAuth client `C` in staging to `active`",
                "nothing in staging can grant permission `a:b:c`: have the product or feature that brings it switched on",
                "find out how presence of group `G` stands in staging: not enough was read to tell",
            ]
        );
    }
}
