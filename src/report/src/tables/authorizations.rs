//! The rows of `authorizations.csv`: what each org lets third-party, built-in and own apps do.

use std::collections::HashMap;

use super::inventory::Used;
use crate::view::AuthorizationRow;
use rolecall_access::cross::AccessMap;

/// The rows of an org, in no order.
pub fn rows<'m>(map: &'m AccessMap<'_>) -> impl Iterator<Item = AuthorizationRow> + use<'m> {
    let snapshot = map.snapshot;
    let used = Used::of(map);
    let roles: HashMap<&str, &str> = snapshot.roles.iter().map(|role| (role.id.as_str(), role.name.as_str())).collect();
    snapshot.apps.iter().map(move |app| {
        let mut names: Vec<String> = app
            .roles
            .iter()
            .flatten()
            .map(|role| roles.get(role.as_str()).map_or_else(|| role.clone(), |name| (*name).to_owned()))
            .collect();
        names.sort();
        AuthorizationRow {
            org: snapshot.org.name.clone(),
            id: app.client.to_string(),
            name: app.name.clone(),
            kind: app.kind(snapshot).as_str().to_owned(),
            state: app.state.as_str().to_owned(),
            pending: app.pending,
            grant_type: app.grant_type.as_str().to_owned(),
            scopes: app.scopes.iter().flatten().map(ToString::to_string).collect(),
            roles: names,
            created: app.created,
            modified: app.modified,
            requests_observed: used.requests(&app.client),
            last_used: used.last(&app.client),
            can_act: match app.can_act() {
                Some(true) => "yes",
                Some(false) => "no",
                None => "unknown",
            }
            .to_owned(),
            resource_owner: app.owner.clone().unwrap_or_default(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolecall_base::app::AppState;
    use rolecall_findings::testing::Night;
    use rolecall_matrix::bundled;

    #[test]
    fn row_tells_kind_and_use_and_names_roles_where_they_were_read() {
        let mut night = Night::new();
        night.role("r1", "Queues", &["routing:queue:view"]);
        night.app("a1", "Vendor", AppState::Authorized, &["routing"]).app("a2", "Old", AppState::Revoked, &[]);
        night.snapshot.apps[0].roles = Some(vec!["r9".to_owned(), "r1".to_owned()]);
        night.usage("a1", "GET /api/v2/routing/queues", 7, 7, 0);
        let map = AccessMap::of(&night.snapshot, bundled::matrix(), None);
        let rows: Vec<AuthorizationRow> = rows(&map).collect();
        let (vendor, old) = (&rows[0], &rows[1]);
        assert_eq!((vendor.kind.as_str(), vendor.can_act.as_str()), ("third-party", "yes"));
        assert_eq!(vendor.roles, ["Queues", "r9"]);
        assert_eq!((vendor.requests_observed, old.requests_observed), (Some(7), Some(0)));
        assert_eq!((vendor.last_used.is_some(), old.last_used), (true, None));
        assert_eq!((old.state.as_str(), old.can_act.as_str()), ("Revoked", "no"));
    }

    #[test]
    fn app_of_an_org_whose_usage_was_not_read_whole_has_no_count() {
        let mut night = Night::new();
        night.app("a1", "Vendor", AppState::Authorized, &[]).usage("a1", "GET /api/v2/routing/queues", 7, 7, 0);
        night.snapshot.usage.as_mut().unwrap().complete = false;
        let map = AccessMap::of(&night.snapshot, bundled::matrix(), None);
        assert_eq!(rows(&map).next().unwrap().requests_observed, None);
    }
}
