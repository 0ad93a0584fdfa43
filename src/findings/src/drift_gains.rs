//! Differences by which somebody can do more: who gains what, through what, when and by whom.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{Found, names};
use super::danger;
use super::drift_causes::{Sides, identity, subject};
use super::drift_severity::{gained, gained_by, gained_for_users, of};
use super::drift_words::{affected, author, clause, fix_for};
use rolecall_access::drift::change::{Change, DriftKind, Effect, Items};
use rolecall_access::drift::{Between, Drift};

/// Principals that are facts of one finding; of more the first ones and how many there are.
const FACTS: usize = 200;

/// Whether somebody can do more by a row: a principal of both sides, or one that only the right has.
pub fn gives_power(change: &Change) -> bool {
    let is_holder = matches!(
        change.kind,
        DriftKind::OauthClient | DriftKind::ServiceUser | DriftKind::User | DriftKind::Group | DriftKind::Trustee
    );
    change.effect == Effect::Widens && (!change.affected.is_empty() || is_holder)
}

/// Findings about the rows by which somebody can do more: one a row; what only the right's catalogue lists is one cause.
pub fn report_all_gains<'d>(drift: &'d Drift, rows: impl Iterator<Item = &'d Change>, sides: Sides<'_>) -> Vec<Found> {
    let (catalogue, others): (Vec<&Change>, Vec<&Change>) =
        rows.filter(|change| gives_power(change)).partition(|change| change.kind == DriftKind::Permission);
    let mut found: Vec<Found> = others.into_iter().map(|change| report_gains(drift, change, sides)).collect();
    found.extend(of_catalogue(drift, &catalogue, sides));
    found
}

/// Permissions that only the right's catalogue lists, and that fall to those who hold them by a wildcard.
fn of_catalogue(drift: &Drift, rows: &[&Change], sides: Sides<'_>) -> Option<Found> {
    let severity = rows.iter().map(|change| of(change, drift)).max()?;
    let permissions: BTreeSet<&str> = rows.iter().map(|change| change.name.as_str()).collect();
    let holders: BTreeSet<usize> = rows.iter().flat_map(|change| &change.affected).copied().collect();
    let holders = holders.into_iter().filter_map(|at| drift.principals.get(at));
    let who = super::drift_words::principals(holders.map(|one| one.kind));
    let since = match sides.between {
        Between::Orgs => format!("can do more in {} than in {}", sides.right, sides.left),
        Between::Nights => format!("gained power since the night of {}", sides.left),
    };
    let number = super::check::count(permissions.len(), "permission", "permissions");
    Some(Found {
        severity,
        org: sides.right.to_owned(),
        subject: super::check::named("catalogue", "permission catalogue"),
        cause: match sides.between {
            Between::Orgs => BTreeSet::from([format!("from {}", sides.left)]),
            Between::Nights => BTreeSet::new(),
        },
        title: format!("{who} {since}: {number} that the catalogue has only there fall under what they hold"),
        detail: format!("Gained: {}.", names(gravest_first(&permissions), 5)),
        fix: "write the permissions that are meant into the roles, instead of a wildcard or a name that only one \
              catalogue knows"
            .to_owned(),
        facts: rows.iter().map(|change| format!("`{}`: {}", change.name, affected(change, drift))).collect(),
        basis: sides.basis(true),
    })
}

/// A finding about a row by which somebody can do more.
pub fn report_gains(drift: &Drift, change: &Change, sides: Sides<'_>) -> Found {
    let gained = gained(change, drift);
    let who = affected(change, drift);
    let title = match (sides.between, change.affected.is_empty()) {
        (Between::Orgs, false) => format!("{who} can do more in {} than in {}", sides.right, sides.left),
        (Between::Orgs, true) => format!("{} has more than {}", sides.right, sides.left),
        (Between::Nights, false) => format!("{who} gained power since the night of {}", sides.left),
        (Between::Nights, true) => format!("new power since the night of {}", sides.left),
    };
    let through: BTreeSet<&str> = gained_for_users(change, drift).map(String::as_str).collect();
    let mut detail = match (gained.is_empty(), through.is_empty()) {
        (false, _) => format!("Gained: {}.", names(gravest_first(&gained), 5)),
        (true, false) => format!("Its scopes let users use: {}.", names(gravest_first(&through), 5)),
        (true, true) => "Which permissions that gives cannot be determined from the data.".to_owned(),
    };
    let dangerous: Vec<String> = classes(if gained.is_empty() { &through } else { &gained });
    if !dangerous.is_empty() {
        detail.push_str(&format!(" Dangerous: {}.", dangerous.join(", ")));
    }
    if let Some(at) = granted_at(change) {
        detail.push_str(&format!(" Granted at {at}."));
    }
    detail.push(' ');
    detail.push_str(&match author(&change.author) {
        Some(author) => format!("It was {author}."),
        None => "Who changed it is not known.".to_owned(),
    });
    Found {
        severity: of(change, drift),
        org: sides.right.to_owned(),
        subject: subject(change),
        cause: identity(change, sides),
        title: format!("{title}: {}", clause(change, sides.between)),
        detail,
        fix: match sides.between {
            Between::Orgs => format!(
                "if it is not meant, {}; if it is, give it to {} too, so that both are tested alike",
                fix_for(change, sides.right),
                sides.left
            ),
            Between::Nights => format!("ask who changed it; if it is not meant, {}", fix_for(change, sides.right)),
        },
        facts: facts(drift, change, &gained),
        basis: sides.basis(true),
    }
}

/// When the newest of the grants of a row was made, where that is known.
pub fn granted_at(change: &Change) -> Option<jiff::Timestamp> {
    match &change.items {
        Items::Grants(grants) => grants.iter().filter_map(|grant| grant.granted_at).max(),
        Items::Value | Items::Permissions(_) | Items::Scopes(_) | Items::Groups(_) => None,
    }
}

/// The same in words, for a grant that was not there in the previous run.
pub fn describe_grant_time(change: &Change, before: jiff::Timestamp) -> Option<String> {
    let at = granted_at(change)?;
    let day = at.strftime("%Y-%m-%d %H:%M UTC");
    // The platform's date and what was seen contradict each other: neither is kept back.
    Some(if at < before {
        format!("dated {day}, and yet not there in the previous run")
    } else {
        format!("granted {day}")
    })
}

/// Dangerous permissions first, then by name.
pub fn gravest_first<'p>(permissions: &BTreeSet<&'p str>) -> Vec<&'p str> {
    let mut sorted: Vec<&str> = permissions.iter().copied().collect();
    sorted.sort_by_key(|name| (std::cmp::Reverse(danger::catalogue().worst(name).map(|entry| entry.severity)), *name));
    sorted
}

/// `PE critical (2)`, gravest first.
fn classes(permissions: &BTreeSet<&str>) -> Vec<String> {
    let mut classes: BTreeMap<(std::cmp::Reverse<super::severity::Severity>, &str), usize> = BTreeMap::new();
    for entry in permissions.iter().filter_map(|name| danger::catalogue().worst(name)) {
        *classes.entry((std::cmp::Reverse(entry.severity), &entry.class)).or_default() += 1;
    }
    classes.into_iter().map(|((severity, class), number)| format!("{class} {} ({number})", severity.0)).collect()
}

fn facts(drift: &Drift, change: &Change, gained: &BTreeSet<&str>) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for at in change.affected.iter().take(FACTS) {
        let Some(principal) = drift.principals.get(*at) else { continue };
        let own: BTreeSet<&str> =
            gained_by(*at, drift).iter().map(String::as_str).filter(|name| gained.contains(name)).collect();
        let what = if own.is_empty() { "more".to_owned() } else { names(gravest_first(&own), 10) };
        facts.insert(format!("{} `{}` gained {what}", principal.kind.in_words(), principal.name));
    }
    let more = change.affected.len().saturating_sub(FACTS);
    if more > 0 {
        facts.insert(format!("and {more} more principals"));
    }
    if let Items::Grants(grants) = &change.items {
        for grant in grants {
            let at = grant.granted_at.map_or("at a time that is not known".to_owned(), |at| format!("at {at}"));
            facts.insert(format!("grant of {grant}, made {at}"));
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::drifted::Drifted;

    #[test]
    fn date_that_contradicts_the_night_before_is_reported_as_such() {
        let mut drifted = Drifted::new();
        drifted.grants(DriftKind::OauthClient, "Robot", &[], &[("Tools", None)], Effect::Widens);
        let reported = |before: &str| describe_grant_time(&drifted.drift.changes[0], before.parse().unwrap()).unwrap();
        assert_eq!(reported("2026-11-20T02:00:00Z"), "granted 2026-11-20 15:04 UTC");
        assert_eq!(
            reported("2026-11-21T02:00:00Z"),
            "dated 2026-11-20 15:04 UTC, and yet not there in the previous run"
        );
    }
}
