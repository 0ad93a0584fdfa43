//! The rows of `user_clients.csv`: of each client that acts for users, the authorized apps of others among them, what its
//! scopes allow at most, and what is left of that for each service user and each role that people hold.

use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;

use crate::row::row;
use crate::view::Report;
use rolecall_access::cross::principal::Standing;
use rolecall_access::cross::{AccessMap, Principal, PrincipalKind, Verdict};
use rolecall_base::app::AppKind;
use rolecall_base::grant::SubjectKind;
use rolecall_base::id::ClientId;
use rolecall_base::oauth_client::GrantType;
use rolecall_base::scope::Scope;
use rolecall_matrix::{Match, Operation, Provenance};

row! {
    /// A client that acts for users, and a service user or a role behind its token.
    pub UserClientRow in "user_clients.csv" {
        /// The org.
        org: String,
        /// The client's id.
        client_id: String,
        /// Its name.
        client_name: String,
        /// How it obtains tokens.
        grant_type: String,
        /// `service_user` or `role`.
        holder_kind: String,
        /// The service user's or role's id.
        holder_id: String,
        /// Its name.
        holder_name: String,
        /// `true`, `false` or `unknown`: where it is not known, scopes are counted as enforced.
        scopes_enforced: String,
        /// The client's scopes.
        scopes: Vec<String>,
        /// Operations that the scopes allow at most.
        calls_by_scopes: u64,
        /// Operations that the holder's permissions allow, wherever and under whatever condition.
        calls_by_permissions: u64,
        /// Operations that both allow: what is left.
        calls_left: u64,
        /// Operations that the permissions allow and the scopes do not.
        blocked_by_scopes: u64,
        /// Operations that the scopes allow and the permissions do not.
        blocked_by_permissions: u64,
        /// Operations that neither allows.
        blocked_by_both: u64,
        /// Operations of which that cannot be determined.
        calls_not_known: u64,
        /// `own` for a client of the org; `third-party`, `built-in` or `unknown` for an app of `authorizations.csv`.
        client_kind: String,
    }
}

/// Who acts for users.
struct Actor<'a> {
    id: &'a ClientId,
    name: &'a str,
    grant_type: &'a GrantType,
    scopes: Option<&'a [Scope]>,
    kind: AppKind,
}

/// The active clients of the org that act for users, and the apps of others that can act. An own client stands here by
/// its own scopes, whatever its authorization says.
fn actors<'m>(map: &'m AccessMap<'_>) -> Vec<Actor<'m>> {
    let own = map.principals().iter().filter(|one| one.acts_for_users() && one.standing == Standing::Active);
    let own = own.filter_map(|one| map.client(one)).map(|client| Actor {
        id: &client.id,
        name: &client.name,
        grant_type: &client.grant_type,
        scopes: client.scopes.as_deref(),
        kind: AppKind::Own,
    });
    let apps = map.snapshot.apps.iter().filter(|app| app.can_act() == Some(true) && app.acts_for_users());
    let apps = apps.map(|app| Actor {
        id: &app.client,
        name: &app.name,
        grant_type: &app.grant_type,
        scopes: app.scopes.as_deref(),
        kind: app.kind(map.snapshot),
    });
    own.chain(apps.filter(|app| app.kind != AppKind::Own)).collect()
}

/// What one side does to the operations; those in neither set cannot be determined.
struct Side {
    pass: FixedBitSet,
    stop: FixedBitSet,
}

/// A row a client and holder, sorted.
pub fn rows(report: &Report<'_>) -> Vec<UserClientRow> {
    let mut rows = Vec::new();
    for org in &report.evidence.orgs {
        let map = &org.map;
        let clients: Vec<(Actor<'_>, Side)> = actors(map)
            .into_iter()
            .map(|actor| {
                let side = by_scopes(map, actor.scopes);
                (actor, side)
            })
            .collect();
        if clients.is_empty() {
            continue;
        }
        for (kind, id, name, side) in holders(map) {
            for (client, scopes) in &clients {
                rows.push(row_of(map, client, scopes, (kind, id, name), &side));
            }
        }
    }
    rows.sort();
    rows
}

fn row_of(
    map: &AccessMap<'_>,
    client: &Actor<'_>,
    scopes: &Side,
    (kind, id, name): (&str, &str, &str),
    holder: &Side,
) -> UserClientRow {
    let both = |a: &FixedBitSet, b: &FixedBitSet| a.intersection_count(b) as u64;
    let left = both(&scopes.pass, &holder.pass);
    let by_scopes = both(&scopes.stop, &holder.pass);
    let by_permissions = both(&scopes.pass, &holder.stop);
    let by_both = both(&scopes.stop, &holder.stop);
    UserClientRow {
        org: map.snapshot.org.name.clone(),
        client_id: client.id.to_string(),
        client_name: client.name.to_owned(),
        grant_type: client.grant_type.as_str().to_owned(),
        holder_kind: kind.to_owned(),
        holder_id: id.to_owned(),
        holder_name: name.to_owned(),
        scopes_enforced: map.scopes_enforced.map_or_else(|| "unknown".to_owned(), |enforced| enforced.to_string()),
        scopes: client.scopes.unwrap_or_default().iter().map(ToString::to_string).collect(),
        calls_by_scopes: scopes.pass.count_ones(..) as u64,
        calls_by_permissions: holder.pass.count_ones(..) as u64,
        calls_left: left,
        blocked_by_scopes: by_scopes,
        blocked_by_permissions: by_permissions,
        blocked_by_both: by_both,
        client_kind: client.kind.as_str().to_owned(),
        calls_not_known: map.matrix.operations().len() as u64 - left - by_scopes - by_permissions - by_both,
    }
}

fn side(map: &AccessMap<'_>, passes: impl Fn(usize, &Operation) -> Option<bool>) -> Side {
    let size = map.matrix.operations().len();
    let mut side = Side { pass: FixedBitSet::with_capacity(size), stop: FixedBitSet::with_capacity(size) };
    for (at, operation) in map.matrix.operations().iter().enumerate() {
        match passes(at, operation) {
            Some(true) => side.pass.insert(at),
            Some(false) => side.stop.insert(at),
            None => {}
        }
    }
    side
}

fn by_scopes(map: &AccessMap<'_>, scopes: Option<&[Scope]>) -> Side {
    side(map, |_, operation| {
        let requirement = &operation.requirement;
        if map.scopes_enforced == Some(false)
            || (requirement.scopes.is_empty() && requirement.scopes_known == Provenance::Published)
        {
            return Some(true);
        }
        match (scopes, requirement.scopes.is_empty()) {
            (None, _) | (Some(_), true) => None,
            (Some(had), false) => Some(requirement.scopes.iter().any(|scope| had.contains(scope))),
        }
    })
}

/// The service users that are active, and the roles that users hold, directly or through groups.
fn holders<'m>(map: &'m AccessMap<'_>) -> Vec<(&'static str, &'m str, &'m str, Side)> {
    let mut found = Vec::new();
    let service = |one: &&Principal| one.kind == PrincipalKind::ServiceUser && one.standing == Standing::Active;
    for user in map.principals().iter().filter(service) {
        let passes = |at: usize, _: &Operation| match map.answer(user, at).verdict {
            Verdict::Allowed | Verdict::Partial | Verdict::Conditional => Some(true),
            Verdict::Denied => Some(false),
            Verdict::Unknown | Verdict::DependsOnUser => None,
        };
        found.push(("service_user", user.id.as_str(), user.name.as_str(), side(map, passes)));
    }
    let of_people = |kind: SubjectKind| matches!(kind, SubjectKind::User | SubjectKind::Group | SubjectKind::Unknown);
    let held: BTreeSet<&str> = map
        .snapshot
        .grants
        .iter()
        .filter(|grant| of_people(grant.subject_kind))
        .map(|grant| grant.role.as_str())
        .collect();
    for (role, rights) in map.snapshot.roles.iter().zip(&map.rights.roles) {
        if !held.contains(role.id.as_str()) {
            continue;
        }
        let passes = |at: usize, operation: &Operation| {
            let gives = |number: &usize| rights.always.contains(*number) || rights.under_condition.contains(*number);
            let could = |number: &usize| gives(number) || rights.possibly.contains(*number);
            let demanded = map.demanded(at);
            let (does, may) = match operation.requirement.permissions_match {
                Match::Unknown => return None,
                Match::None if operation.requirement.unproven => return None,
                Match::None => (true, true),
                Match::Any => (demanded.iter().any(gives), demanded.iter().any(could)),
                Match::All => (demanded.iter().all(gives), demanded.iter().all(could)),
            };
            match (does, may) {
                (true, _) => Some(true),
                (false, true) => None,
                (false, false) => Some(false),
            }
        };
        found.push(("role", role.id.as_str(), role.name.as_str(), side(map, passes)));
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::assemble::assemble;
    use crate::settings::{AccessRows, ReportSettings};
    use rolecall_base::app::AppState;
    use rolecall_findings::judge::judge;
    use rolecall_findings::severity::Severity;
    use rolecall_findings::testing::Night;

    #[test]
    fn authorized_app_is_crossed_with_users_and_one_that_cannot_act_is_not() {
        let mut night = Night::new();
        night.role("r1", "Queues", &["routing:queue:view"]).user("u1", "svc-one", true, &[("r1", "*")]);
        night.user_client("c1", "Desktop", GrantType::Code, &["routing:readonly"]);
        for (id, state) in [
            ("a1", AppState::Authorized),
            ("a2", AppState::Requested),
            ("a3", AppState::Revoked),
            ("a4", AppState::Unauthorized),
            ("a5", AppState::Other("Suspended".to_owned())),
            ("c1", AppState::Authorized),
        ] {
            night.app(id, id, state, &["routing:readonly"]);
        }
        night.app("a6", "a6", AppState::Authorized, &["routing:readonly"]);
        night.snapshot.apps[6].pending = Some(true);
        let rows = rows_of(&night);
        let seen: Vec<_> = rows
            .iter()
            .filter(|row| row.holder_kind == "service_user")
            .map(|row| (row.client_id.as_str(), row.client_kind.as_str(), row.calls_left > 0))
            .collect();
        assert_eq!(seen, [("a1", "third-party", true), ("c1", "own", true)]);
        let left = |id: &str| rows.iter().find(|row| row.client_id == id).unwrap().calls_left;
        assert_eq!(left("a1"), left("c1"), "an app is crossed as an own client of the same scopes");
    }

    fn rows_of(night: &Night) -> Vec<UserClientRow> {
        let evidence = night.evidence();
        let settings = ReportSettings {
            version: "0.0.0".to_owned(),
            fail_on: Severity::High,
            access: AccessRows::None,
            csv_bom: false,
            checks_off: std::collections::BTreeSet::new(),
            waivers: rolecall_findings::waivers::Standing::default(),
            trend: Vec::new(),
        };
        let report = assemble(&evidence, judge(&evidence, &BTreeMap::new()), None, &settings);
        rows(&report)
    }

    #[test]
    fn what_is_left_is_what_both_sides_allow_and_the_rest_says_who_stops_it() {
        let mut night = Night::new();
        night.division("d1", "Home").role("r1", "Queues", &["routing:queue:view"]);
        night.user_client("c1", "Desktop", GrantType::Code, &["routing:readonly"]);
        night.user_client("c2", "Other", GrantType::Code, &[]);
        night.user("u1", "svc-one", true, &[("r1", "*")]);
        let rows = rows_of(&night);
        let reported = |client: &str, kind: &str| {
            rows.iter().find(|row| row.client_id == client && row.holder_kind == kind).unwrap().clone()
        };
        assert_eq!(rows.len(), 4);
        let (desktop, other) = (reported("c1", "service_user"), reported("c2", "service_user"));
        assert!(desktop.calls_left > 0 && desktop.calls_left < desktop.calls_by_scopes);
        assert!(desktop.blocked_by_scopes > 0 && desktop.blocked_by_permissions > 0 && desktop.blocked_by_both > 0);
        assert!(other.calls_left < desktop.calls_left && other.blocked_by_scopes > desktop.blocked_by_scopes);
        assert_eq!(other.calls_by_permissions, desktop.calls_by_permissions);
        // The role alone gives what the user has by it.
        assert_eq!(reported("c1", "role").calls_left, desktop.calls_left);
        let night_size = rolecall_matrix::bundled::matrix().operations().len() as u64;
        for row in &rows {
            let all = row.calls_left
                + row.blocked_by_scopes
                + row.blocked_by_permissions
                + row.blocked_by_both
                + row.calls_not_known;
            assert!(all <= night_size && row.calls_left <= row.calls_by_scopes.min(row.calls_by_permissions));
        }
    }

    #[test]
    fn roles_that_only_clients_hold_and_clients_that_act_as_themselves_have_no_row() {
        let mut night = Night::new();
        night.role("r1", "Queues", &["routing:queue:view"]);
        night.client("c1", "Robot", &[("r1", "*")]);
        night.user_client("c2", "Desktop", GrantType::Code, &["routing"]);
        assert!(rows_of(&night).is_empty());
    }
}
