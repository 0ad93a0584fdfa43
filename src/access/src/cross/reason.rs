//! Why a verdict is what it is, in words that machines can rely on.

/// A reason. The order is that of the documentation, in which several are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Reason {
    /// A permission is held nowhere.
    MissingPermission,
    /// The client has none of the operation's scopes.
    MissingScope,
    /// The needed permissions are held, but in no common division, or not in the division that is needed.
    MissingDivision,
    /// The call needs a user behind its token; client credentials have none.
    NeedsUserContext,
    /// The client is inactive or disabled.
    ClientInactive,
    /// The user is inactive or deleted.
    UserInactive,
    /// No such endpoint in the matrix in force.
    EndpointNotInMatrix,
    /// The matrix does not know what the endpoint requires.
    RequirementNotPublished,
    /// No permission is published for a call that changes something, and nothing proves that none is needed.
    NothingPublished,
    /// The matrix does not know which scopes the endpoint requires.
    ScopeNotPublished,
    /// Whether the org enforces scopes is not known.
    ScopeEnforcementNotKnown,
    /// The org's catalogue lacks the permission: nothing can grant it here.
    PermissionNotInOrg,
    /// Held only under a condition.
    ConditionsApply,
    /// An access policy could deny the call.
    AccessPolicyMayDeny,
    /// Something that bears on the verdict was not read.
    DataIncomplete,
}

impl Reason {
    /// Every reason, in order.
    pub const ALL: [Self; 15] = [
        Self::MissingPermission,
        Self::MissingScope,
        Self::MissingDivision,
        Self::NeedsUserContext,
        Self::ClientInactive,
        Self::UserInactive,
        Self::EndpointNotInMatrix,
        Self::RequirementNotPublished,
        Self::NothingPublished,
        Self::ScopeNotPublished,
        Self::ScopeEnforcementNotKnown,
        Self::PermissionNotInOrg,
        Self::ConditionsApply,
        Self::AccessPolicyMayDeny,
        Self::DataIncomplete,
    ];

    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MissingPermission => "missing-permission",
            Self::MissingScope => "missing-scope",
            Self::MissingDivision => "missing-division",
            Self::NeedsUserContext => "needs-user-context",
            Self::ClientInactive => "client-inactive",
            Self::UserInactive => "user-inactive",
            Self::EndpointNotInMatrix => "endpoint-not-in-matrix",
            Self::RequirementNotPublished => "requirement-not-published",
            Self::NothingPublished => "nothing-published",
            Self::ScopeNotPublished => "scope-not-published",
            Self::ScopeEnforcementNotKnown => "scope-enforcement-not-known",
            Self::PermissionNotInOrg => "permission-not-in-org",
            Self::ConditionsApply => "conditions-apply",
            Self::AccessPolicyMayDeny => "access-policy-may-deny",
            Self::DataIncomplete => "data-incomplete",
        }
    }

    /// What it means, in a sentence for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::MissingPermission => "a required permission is held nowhere",
            Self::MissingScope => "the client has none of the scopes that the operation lists",
            Self::MissingDivision => "the permission is held, but not in the division that is needed",
            Self::NeedsUserContext => "the call needs a user behind its token, which client credentials do not have",
            Self::ClientInactive => "the OAuth client is inactive or disabled",
            Self::UserInactive => "the user is inactive or deleted",
            Self::EndpointNotInMatrix => "no such endpoint in the matrix in force for this org",
            Self::RequirementNotPublished => "what the endpoint requires is not published",
            Self::NothingPublished => {
                "no permission is published for this call, which changes something; that none is needed is not proven"
            }
            Self::ScopeNotPublished => "which scopes the endpoint requires is not published",
            Self::ScopeEnforcementNotKnown => {
                "whether this org enforces scopes is unknown: no API field shows it; set `scopes_enforced` in the \
                 configuration"
            }
            Self::PermissionNotInOrg => {
                "the org's own permission catalogue lacks the permission (a product or feature is missing), so nothing \
                 can grant it here"
            }
            Self::ConditionsApply => {
                "a condition of a role's policy decides where the permission is not held without one"
            }
            Self::AccessPolicyMayDeny => "an access policy could deny the call",
            Self::DataIncomplete => "something that bears on this could not be read",
        }
    }
}

/// A set of reasons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reasons(u16);

impl Reasons {
    /// No reason: the verdict speaks for itself.
    pub const NONE: Self = Self(0);

    /// Just this one.
    pub const fn of(reason: Reason) -> Self {
        Self(1 << reason as u8)
    }

    /// These and one more.
    #[must_use]
    pub const fn and(self, reason: Reason) -> Self {
        Self(self.0 | 1 << reason as u8)
    }

    /// These, and one more where the condition holds.
    #[must_use]
    pub const fn and_if(self, condition: bool, reason: Reason) -> Self {
        if condition { self.and(reason) } else { self }
    }

    /// Whether the reason is among them.
    pub const fn has(self, reason: Reason) -> bool {
        self.0 & (1 << reason as u8) != 0
    }

    /// The reasons, in order.
    pub fn iter(self) -> impl Iterator<Item = Reason> {
        Reason::ALL.into_iter().filter(move |reason| self.has(*reason))
    }

    /// The words of the reasons, in order.
    pub fn words(self) -> Vec<String> {
        self.iter().map(|reason| reason.as_str().to_owned()).collect()
    }
}

impl std::fmt::Display for Reasons {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, reason) in self.iter().enumerate() {
            if at > 0 {
                f.write_str(";")?;
            }
            f.write_str(reason.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_joined_in_documented_order() {
        let reasons = Reasons::of(Reason::ScopeEnforcementNotKnown).and(Reason::MissingScope);
        assert_eq!(reasons.to_string(), "missing-scope;scope-enforcement-not-known");
        assert_eq!(Reasons::NONE.to_string(), "");
    }

    #[test]
    fn every_reason_has_its_own_place() {
        for (at, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, at);
        }
    }
}
