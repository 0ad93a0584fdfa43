//! How bad a difference between two sides is, by what it does and by what is gained.

use std::collections::BTreeSet;

use super::danger::catalogue;
use super::severity::Severity;
use rolecall_access::drift::broken::Certainty;
use rolecall_access::drift::change::{Change, DriftKind, Effect, Items};
use rolecall_access::drift::{AccessDifference, Drift};

/// How bad a row is: what breaks a needed call is high; what widens is medium, or as bad as the most dangerous
/// permission that somebody gains by it; what is not known is medium; what narrows is low; the rest is worth knowing.
pub fn of(change: &Change, drift: &Drift) -> Severity {
    match change.effect {
        Effect::Breaks => Severity::High,
        Effect::Unknown => Severity::Medium,
        Effect::Narrows => Severity::Low,
        Effect::None => Severity::Info,
        Effect::Widens if change.is_idle => of_idle(gained(change, drift)),
        Effect::Widens => {
            let through = gained_for_users(change, drift).map(String::as_str);
            of_gained(gained(change, drift)).max(of_gained_for_users(through))
        }
    }
}

/// How bad it is that a principal can do something on one side only.
pub fn of_access(difference: &AccessDifference) -> Severity {
    if !difference.gained_permissions.is_empty() || !difference.gained.is_empty() {
        let own = of_gained(difference.gained_permissions.iter().map(String::as_str));
        own.max(of_gained_for_users(difference.gained_for_users.iter().map(String::as_str)))
    } else if !difference.not_known.is_empty() {
        Severity::Medium
    } else {
        Severity::Low
    }
}

/// How bad a needed call is that works on the left and not, or not surely, on the right.
pub fn of_broken(certainty: Certainty) -> Severity {
    match certainty {
        Certainty::Fails => Severity::High,
        Certainty::MayFail | Certainty::NotKnown => Severity::Medium,
    }
}

/// How bad it is that somebody holds more: medium, or high or critical where a permission of them is.
pub fn of_gained<'p>(permissions: impl IntoIterator<Item = &'p str>) -> Severity {
    worst(permissions).map_or(Severity::Medium, |(_, severity)| severity.max(Severity::Medium))
}

/// How bad it is that users can use more through a client: one step less than to hold it, since each of them must hold it
/// too.
pub fn of_gained_for_users<'p>(permissions: impl IntoIterator<Item = &'p str>) -> Severity {
    if of_gained(permissions) == Severity::Critical { Severity::High } else { Severity::Medium }
}

/// How bad it is that somebody inactive would hold more: two steps less, since it can do nothing before it is made active.
fn of_idle<'p>(permissions: impl IntoIterator<Item = &'p str>) -> Severity {
    if of_gained(permissions) == Severity::Critical { Severity::Medium } else { Severity::Low }
}

/// The most dangerous permission that is gained by a row, where one is dangerous: the first by name of the worst.
pub fn worst_gained<'d>(change: &'d Change, drift: &'d Drift) -> Option<(&'d str, Severity)> {
    worst(gained(change, drift))
}

fn worst<'p>(permissions: impl IntoIterator<Item = &'p str>) -> Option<(&'p str, Severity)> {
    let rated = permissions.into_iter().filter_map(|name| Some((name, catalogue().worst(name)?.severity)));
    rated.reduce(|worst, one| if (one.1, worst.0) > (worst.1, one.0) { one } else { worst })
}

/// What a row gives: its own permissions, else what those whose access it changes hold more of on the right; of that,
/// what the rows of their roles give is left to these, unless nothing remains.
pub fn gained<'d>(change: &'d Change, drift: &'d Drift) -> BTreeSet<&'d str> {
    match (&change.items, change.kind) {
        (Items::Permissions(names), _) => names.iter().map(String::as_str).collect(),
        (_, DriftKind::Permission) => BTreeSet::from([change.name.as_str()]),
        _ => {
            let gains = differences(change, drift).flat_map(|one| &one.gained_permissions);
            let all: BTreeSet<&str> = gains.chain(&change.gives).map(String::as_str).collect();
            let rows: Vec<&Change> = drift.changes.iter().filter(|row| adds_to_a_role(row)).collect();
            let own = all.iter().copied().filter(|name| !by_roles(name, change, &rows, drift));
            let own: BTreeSet<&str> = own.collect();
            if own.is_empty() { all } else { own }
        }
    }
}

/// What those whose access a row changes can do on one side only.
fn differences<'d>(change: &Change, drift: &'d Drift) -> impl Iterator<Item = &'d AccessDifference> + use<'d> {
    let differences: BTreeSet<usize> =
        change.affected.iter().filter_map(|at| drift.principals.get(*at)?.difference).collect();
    differences.into_iter().filter_map(|at| drift.differences.get(at))
}

/// The permissions that users can use on the right only through the clients whose access a row changes.
pub fn gained_for_users<'d>(change: &Change, drift: &'d Drift) -> impl Iterator<Item = &'d String> + use<'d> {
    differences(change, drift).flat_map(|one| &one.gained_for_users)
}

fn adds_to_a_role(row: &Change) -> bool {
    row.effect == Effect::Widens && row.kind == DriftKind::Role && matches!(row.items, Items::Permissions(_))
}

/// The permissions that a principal holds wider on the right, whatever gives them.
pub fn gained_by(principal: usize, drift: &Drift) -> &[String] {
    let difference = drift.principals.get(principal).and_then(|one| one.difference);
    difference.and_then(|at| drift.differences.get(at)).map_or(&[], |one| &one.gained_permissions)
}

/// Whether everybody who gains a permission and is affected by a row gains it by one of these rows of roles.
fn by_roles(permission: &str, change: &Change, rows: &[&Change], drift: &Drift) -> bool {
    let adds =
        |row: &Change| matches!(&row.items, Items::Permissions(names) if names.iter().any(|name| name == permission));
    let rows: Vec<&&Change> = rows.iter().filter(|row| adds(row)).collect();
    let gains = |at: &usize| gained_by(*at, drift).iter().any(|name| name == permission);
    let reported = |at: &usize| rows.iter().any(|row| row.affected.binary_search(at).is_ok());
    !rows.is_empty() && change.affected.iter().filter(|at| gains(at)).all(reported)
}

#[cfg(test)]
mod newcomers;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::drifted::Drifted;
    use rolecall_access::drift::{AccessDifference, PairedPrincipal};

    fn row(effect: Effect, items: Items) -> Change {
        Change {
            items,
            affected: vec![0],
            ..Change::new(DriftKind::OauthClient, "A", "grants", "", "Queue Admin in all divisions", effect)
        }
    }

    fn drift(gained: &[&str]) -> Drift {
        Drift {
            principals: vec![PairedPrincipal {
                kind: DriftKind::OauthClient,
                name: "A".to_owned(),
                from_id: "1".to_owned(),
                to_id: "2".to_owned(),
                difference: Some(0),
            }],
            differences: vec![AccessDifference {
                gained_permissions: gained.iter().map(|name| (*name).to_owned()).collect(),
                ..AccessDifference::default()
            }],
            ..Drift::default()
        }
    }

    #[test]
    fn effect_decides_where_nothing_dangerous_is_gained() {
        let harmless = drift(&["routing:queue:view"]);
        for (effect, severity) in [
            (Effect::Breaks, Severity::High),
            (Effect::Unknown, Severity::Medium),
            (Effect::Widens, Severity::Medium),
            (Effect::Narrows, Severity::Low),
            (Effect::None, Severity::Info),
        ] {
            assert_eq!(of(&row(effect, Items::Value), &harmless), severity, "{effect:?}");
        }
    }

    #[test]
    fn dangerous_gain_of_an_affected_principal_raises_a_widening_row_and_no_other() {
        let dangerous = drift(&["routing:queue:view", "oauth:client:edit"]);
        assert_eq!(of(&row(Effect::Widens, Items::Value), &dangerous), Severity::Critical);
        assert_eq!(
            worst_gained(&row(Effect::Widens, Items::Value), &dangerous),
            Some(("oauth:client:edit", Severity::Critical))
        );
        assert_eq!(of(&row(Effect::Narrows, Items::Value), &dangerous), Severity::Low);
    }

    #[test]
    fn permissions_of_the_row_count_before_what_else_its_holders_gained() {
        let dangerous = drift(&["oauth:client:edit"]);
        let harmless = Items::Permissions(vec!["routing:queue:view".to_owned()]);
        assert_eq!(of(&row(Effect::Widens, harmless), &dangerous), Severity::Medium);
        let grave = Items::Permissions(vec!["oauth:client:view".to_owned()]);
        assert_eq!(of(&row(Effect::Widens, grave), &Drift::default()), Severity::High);
    }

    #[test]
    fn call_that_surely_fails_is_worse_than_one_that_may() {
        assert!(of_broken(Certainty::Fails) > of_broken(Certainty::MayFail));
        assert_eq!(of_broken(Certainty::NotKnown), Severity::Medium);
    }

    #[test]
    fn grant_is_not_blamed_for_what_a_role_gained() {
        let mut drifted = Drifted::new();
        let gains = ["authorization:role:edit", "routing:queue:view"];
        let robot = drifted.principal(DriftKind::OauthClient, "Robot", &[], &gains);
        let role = drifted.permissions("Tools", &[], &["authorization:role:edit"], Effect::Widens);
        let grant = drifted.grants(DriftKind::OauthClient, "Robot", &[], &[("Queues", None)], Effect::Widens);
        drifted.affects(role, &[robot]).affects(grant, &[robot]);
        let severities: Vec<Severity> = drifted.drift.changes.iter().map(|row| of(row, &drifted.drift)).collect();
        assert_eq!(severities, [Severity::Critical, Severity::Medium]);
        let gained: Vec<&str> = gained(&drifted.drift.changes[grant], &drifted.drift).into_iter().collect();
        assert_eq!(gained, ["routing:queue:view"]);
    }
}
