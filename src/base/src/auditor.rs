//! What the auditor's own client needs for each list: the least set, and what each call of it asks.

use crate::coverage::Listing;

/// A call of the collector and what the platform asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The list it belongs to.
    pub listing: Listing,
    /// Method.
    pub method: &'static str,
    /// Template path.
    pub path: &'static str,
    /// Any one of these permissions is enough; empty: none is needed.
    pub any_of: &'static [&'static str],
    /// Whether the list holds less, without an error, when the permission is held in some divisions only.
    pub cut_by_division: bool,
}

const fn need(
    listing: Listing,
    method: &'static str,
    path: &'static str,
    any_of: &'static [&'static str],
    cut_by_division: bool,
) -> Need {
    Need { listing, method, path, any_of, cut_by_division }
}

/// Every call that the collector makes, the token request aside.
pub const NEEDS: &[Need] = &[
    need(Listing::Organization, "GET", "/api/v2/organizations/me", &[], false),
    need(Listing::OwnGrants, "GET", "/api/v2/authorization/subjects/me", &[], false),
    need(Listing::OauthClients, "GET", "/api/v2/oauth/clients", &["oauth:client:view"], true),
    need(Listing::AllowedAddresses, "GET", "/api/v2/oauth/clients", &["oauth:client:view"], false),
    need(Listing::ThirdPartyApps, "GET", "/api/v2/oauth/authorizations", &["oauth:client:authorize"], true),
    need(Listing::Roles, "GET", "/api/v2/authorization/roles", &["authorization:role:view"], true),
    need(
        Listing::RoleGrants,
        "GET",
        "/api/v2/authorization/roles/{roleId}/subjectgrants",
        &["authorization:role:view"],
        true,
    ),
    need(
        Listing::GrantDates,
        "GET",
        "/api/v2/authorization/divisions/{divisionId}/grants",
        &["authorization:grant:view"],
        true,
    ),
    need(Listing::Permissions, "GET", "/api/v2/authorization/permissions", &[], false),
    need(Listing::Divisions, "GET", "/api/v2/authorization/divisions", &[], true),
    need(Listing::Users, "GET", "/api/v2/users", &[], true),
    need(Listing::Groups, "GET", "/api/v2/groups", &[], true),
    need(Listing::GroupMembers, "GET", "/api/v2/groups/{groupId}/members", &[], true),
    need(Listing::Policies, "GET", "/api/v2/authorization/policies", &["authorization:policy:view"], true),
    need(
        Listing::Settings,
        "GET",
        "/api/v2/authorization/settings",
        &["authorization:settings:view", "directory:organization:admin"],
        false,
    ),
    need(
        Listing::Settings,
        "GET",
        "/api/v2/authorization/roles/settings",
        &["authorization:settings:view", "directory:organization:admin"],
        false,
    ),
    need(
        Listing::Settings,
        "GET",
        "/api/v2/authorization/roles/{leftRoleId}/comparedefault/{rightRoleId}",
        &["authorization:role:view"],
        false,
    ),
    need(Listing::Trustees, "GET", "/api/v2/orgauthorization/trustees", &["authorization:orgTrustee:view"], true),
    need(
        Listing::Trustees,
        "GET",
        "/api/v2/orgauthorization/trustees/{trusteeOrgId}/users",
        &["authorization:orgTrusteeUser:view"],
        true,
    ),
    need(
        Listing::Trustees,
        "GET",
        "/api/v2/orgauthorization/trustees/{trusteeOrgId}/groups",
        &["authorization:orgTrusteeGroup:view"],
        true,
    ),
    need(Listing::Usage, "POST", "/api/v2/usage/aggregates/query/jobs", &["usage:organization:view"], true),
    need(Listing::Usage, "GET", "/api/v2/usage/aggregates/query/jobs/{jobId}", &["usage:organization:view"], true),
    need(Listing::AuditLog, "POST", "/api/v2/audits/query", &["audits:audit:view"], true),
    need(Listing::AuditLog, "GET", "/api/v2/audits/query/{transactionId}", &["audits:audit:view"], true),
    need(Listing::AuditLog, "GET", "/api/v2/audits/query/{transactionId}/results", &["audits:audit:view"], true),
];

/// The list whose permission can do more than show: it is asked for only where the configuration says so.
pub const CAN_CHANGE: Listing = Listing::ThirdPartyApps;

/// The least permissions, each with the lists it is for: the first alternative where one of several is enough. That of
/// [`CAN_CHANGE`] is among them only with `third_party_apps`.
pub fn least_permissions(third_party_apps: bool) -> Vec<(&'static str, Vec<Listing>)> {
    let mut least: Vec<(&'static str, Vec<Listing>)> = Vec::new();
    for need in NEEDS.iter().filter(|need| third_party_apps || need.listing != CAN_CHANGE) {
        let Some(permission) = need.any_of.first() else { continue };
        match least.iter_mut().find(|(known, _)| known == permission) {
            Some((_, listings)) if listings.contains(&need.listing) => {}
            Some((_, listings)) => listings.push(need.listing),
            None => least.push((permission, vec![need.listing])),
        }
    }
    least
}

/// What the calls of a list ask, the alternatives of all of them.
pub fn of(listing: Listing) -> Vec<&'static str> {
    let mut permissions: Vec<&'static str> =
        NEEDS.iter().filter(|need| need.listing == listing).flat_map(|need| need.any_of.iter().copied()).collect();
    permissions.sort_unstable();
    permissions.dedup();
    permissions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listing_has_a_call_and_only_queries_are_posted() {
        for listing in Listing::ALL {
            assert!(NEEDS.iter().any(|need| need.listing == listing), "{listing:?}");
        }
        for need in NEEDS {
            let query = ["/api/v2/usage/aggregates/query/jobs", "/api/v2/audits/query"].contains(&need.path);
            assert_eq!(need.method == "POST", query, "{}", need.path);
        }
    }

    #[test]
    fn least_permissions_can_change_nothing() {
        let least = least_permissions(false);
        assert_eq!(least.len(), 10);
        let more = least_permissions(true);
        assert_eq!(more.len(), 11);
        assert!(more.contains(&("oauth:client:authorize", vec![CAN_CHANGE])));
        assert!(least.iter().all(|(permission, _)| permission.ends_with(":view")), "{least:?}");
    }
}
