//! Who holds a permission, where, and through what: one row a principal, in the words of `access.csv`.

use serde::Serialize;

use super::cell::Cell;
use rolecall_access::cross::principal::{HeldGrant, Standing};
use rolecall_access::cross::{AccessMap, Principal, PrincipalKind, Reason, Verdict, cells};
use rolecall_base::grant::Reach;
use rolecall_base::id::DivisionId;

/// A role, and perhaps a group, through which a permission is held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Via {
    /// The role's name.
    pub role: String,
    /// The role's id.
    pub role_id: String,
    /// The name of the group that the grant is made to; null for a grant to the principal itself.
    pub group: Option<String>,
    /// The division's name; null for all divisions.
    pub division: Option<String>,
    /// Whether the role gives it under a condition or for named resources only.
    pub conditional: bool,
}

impl Via {
    /// In a few words: ``role `Supervisor` through group `Leads` in division `Sales` ``.
    pub fn says(&self) -> String {
        let group = self.group.as_ref().map_or_else(String::new, |group| format!(" through group `{group}`"));
        let place = self.division.as_ref().map_or_else(String::new, |name| format!(" in division `{name}`"));
        let condition = if self.conditional { " under a condition" } else { "" };
        format!("role `{}`{group}{place}{condition}", self.role)
    }
}

/// What one principal holds of a permission. The keys of `access.csv`, method and path empty, and three more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The keys of `access.csv`.
    #[serde(flatten)]
    pub cell: Cell,
    /// The permission.
    pub permission: String,
    /// Through what it is held.
    pub via: Vec<Via>,
    /// The ids of the divisions it is limited to.
    #[serde(skip)]
    pub division_ids: Vec<DivisionId>,
}

impl Held {
    /// What a principal holds of a permission, given by its number.
    pub fn of(map: &AccessMap<'_>, principal: &Principal, number: usize) -> Self {
        let permission = map.rights.index.names().get(number).map(ToString::to_string).unwrap_or_default();
        let (verdict, reason) = verdict(map, principal, number);
        let lacks = matches!(verdict, Verdict::Denied)
            && !matches!(reason, Some(Reason::ClientInactive | Reason::UserInactive));
        let places = if verdict == Verdict::Partial { places(map, principal, number) } else { Vec::new() };
        let divisions = cells::divisions(map, places);
        let mut via: Vec<Via> =
            map.grants_of(principal).iter().filter_map(|grant| through(map, grant, number)).collect();
        via.sort();
        via.dedup();
        let cell = Cell {
            org: map.snapshot.org.name.clone(),
            principal_kind: principal.kind.as_str(),
            principal_id: principal.id.clone(),
            principal_name: principal.name.clone(),
            method: String::new(),
            path: String::new(),
            verdict: verdict.as_str(),
            reasons: reason.map(Reason::as_str).unwrap_or_default().to_owned(),
            missing_permissions: if lacks { permission.clone() } else { String::new() },
            missing_scopes: String::new(),
            divisions: cells::division_names(&divisions),
        };
        let division_ids = divisions.into_iter().map(|(_, id)| id.clone()).collect();
        Self { cell, permission, via, division_ids }
    }
}

fn verdict(map: &AccessMap<'_>, principal: &Principal, number: usize) -> (Verdict, Option<Reason>) {
    match principal.standing {
        Standing::Inactive if principal.kind == PrincipalKind::OauthClient => {
            return (Verdict::Denied, Some(Reason::ClientInactive));
        }
        Standing::Inactive => return (Verdict::Denied, Some(Reason::UserInactive)),
        Standing::NotKnown => return (Verdict::Unknown, Some(Reason::DataIncomplete)),
        Standing::Active => {}
    }
    // A client that acts for users holds nothing itself.
    if principal.acts_for_users() {
        return (Verdict::DependsOnUser, None);
    }
    let Some(held) = map.holdings_of(principal) else { return (Verdict::Unknown, Some(Reason::DataIncomplete)) };
    if held.fully.contains(number) {
        (Verdict::Allowed, None)
    } else if held.unconditioned.contains(number) {
        let grants = map.grants_of(principal);
        let also = grants.iter().filter_map(|grant| through(map, grant, number)).any(|via| via.conditional);
        (Verdict::Partial, also.then_some(Reason::ConditionsApply))
    } else if held.at_all.contains(number) {
        (Verdict::Conditional, Some(Reason::ConditionsApply))
    } else if map.rights.is_absent(number) {
        (Verdict::Denied, Some(Reason::PermissionNotInOrg))
    } else if held.certainly_lacks(number) {
        (Verdict::Denied, Some(Reason::MissingPermission))
    } else {
        (Verdict::Unknown, Some(Reason::DataIncomplete))
    }
}

/// The single divisions in which a permission is held.
fn places<'m>(map: &'m AccessMap<'_>, principal: &Principal, number: usize) -> Vec<&'m DivisionId> {
    let numbered = map.numbered_divisions();
    let held = map.holdings_of(principal).into_iter().flat_map(|held| &held.in_divisions);
    held.filter(|(_, set)| set.contains(number)).filter_map(|(division, _)| numbered.get(*division).copied()).collect()
}

fn through(map: &AccessMap<'_>, grant: &HeldGrant, number: usize) -> Option<Via> {
    let rights = map.rights.roles.get(grant.role?)?;
    let role = map.snapshot.roles.get(grant.role?)?;
    let conditional = !rights.always.contains(number);
    if conditional && !rights.under_condition.contains(number) {
        return None;
    }
    let group = grant.via.as_ref().map(|id| {
        let found = map.snapshot.groups.iter().find(|group| group.id == *id);
        found.map_or_else(|| id.as_str().to_owned(), |group| group.name.clone())
    });
    let division = match &grant.reach {
        Reach::All => None,
        Reach::In(id) => Some(map.division_name(id).to_owned()),
    };
    Some(Via { role: role.name.clone(), role_id: role.id.as_str().to_owned(), group, division, conditional })
}
