//! The files of an org's fixture.

/// The files of a fixture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FileName {
    /// `Organization`
    Organization,
    /// A list of `AuthzDivision`
    Divisions,
    /// How the permission catalogue differs from the matrix's permissions
    Catalogue,
    /// A list of `DomainOrganizationRole`
    Roles,
    /// A list of `OAuthClient`
    Clients,
    /// A list of `User`
    Users,
    /// A list of `Group`
    Groups,
    /// Group id to user ids
    Members,
    /// A list of grants to users, groups and trustees
    Grants,
    /// A list of `AuthorizationPolicy`
    Policies,
    /// Trustees and trustors
    Trusts,
    /// `AuthorizationSettings`, `RoleSettings`, products, limits
    Settings,
    /// Patterns of API usage
    Usage,
    /// A list of `AuditLogMessage`
    Audits,
    /// What the platform does not show: secrets, and the divisions of clients and groups
    Simulator,
}

impl FileName {
    /// How many there are.
    pub(super) const COUNT: usize = 15;

    pub(super) const ALL: [Self; Self::COUNT] = [
        Self::Organization,
        Self::Divisions,
        Self::Catalogue,
        Self::Roles,
        Self::Clients,
        Self::Users,
        Self::Groups,
        Self::Members,
        Self::Grants,
        Self::Policies,
        Self::Trusts,
        Self::Settings,
        Self::Usage,
        Self::Audits,
        Self::Simulator,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization.json",
            Self::Divisions => "divisions.json",
            Self::Catalogue => "catalogue.json",
            Self::Roles => "roles.json",
            Self::Clients => "clients.json",
            Self::Users => "users.json",
            Self::Groups => "groups.json",
            Self::Members => "members.json",
            Self::Grants => "grants.json",
            Self::Policies => "policies.json",
            Self::Trusts => "trusts.json",
            Self::Settings => "settings.json",
            Self::Usage => "usage.json",
            Self::Audits => "audits.json",
            Self::Simulator => "simulator.json",
        }
    }
}
