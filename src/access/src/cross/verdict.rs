//! The only place where access is decided: truth tables, one row a line.

use super::reason::{Reason, Reasons};
use rolecall_matrix::{Asks, Provenance, UserContext};

/// What will happen when a principal calls an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The call is let through.
    Allowed,
    /// Let through in some divisions only; in the others it fails or returns less without an error.
    Partial,
    /// A condition or an access policy decides in the single call.
    Conditional,
    /// The client's side is fine; the user behind the token decides.
    DependsOnUser,
    /// A 403, or the error that the reasons name.
    Denied,
    /// Undetermined by what is published and was read.
    Unknown,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 6] =
        [Self::Allowed, Self::Partial, Self::Conditional, Self::DependsOnUser, Self::Denied, Self::Unknown];

    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Partial => "partial",
            Self::Conditional => "conditional",
            Self::DependsOnUser => "depends-on-user",
            Self::Denied => "denied",
            Self::Unknown => "unknown",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A verdict with its reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Answer {
    /// What will happen.
    pub verdict: Verdict,
    /// Why.
    pub reasons: Reasons,
}

impl Answer {
    /// A verdict with its reasons.
    pub const fn new(verdict: Verdict, reasons: Reasons) -> Self {
        Self { verdict, reasons }
    }

    /// A verdict that speaks for itself.
    pub const fn plain(verdict: Verdict) -> Self {
        Self { verdict, reasons: Reasons::NONE }
    }

    /// A verdict with one reason.
    pub const fn because(verdict: Verdict, reason: Reason) -> Self {
        Self { verdict, reasons: Reasons::of(reason) }
    }
}

/// How the permissions of a requirement are held, taken together (ANY: the best; ALL: the worst).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Held {
    /// At least one that is needed is held nowhere.
    Nowhere,
    /// All needed ones are held, but in no common division.
    NoCommonDivision,
    /// Only under a condition.
    UnderCondition,
    /// In some divisions.
    InDivisions,
    /// In some divisions, and under a condition in more.
    InDivisionsAndMore,
    /// In all divisions, or none is required.
    Fully,
}

/// What is known of access policies that could deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Denial {
    /// None could apply.
    None,
    /// An active DENY policy could apply.
    Possible,
    /// The policies were not all read.
    NotRead,
}

/// By permissions: `better` says whether something that was not read could hold more than was seen, `absent` whether a
/// missing permission is not in the org's catalogue.
pub fn by_permissions(held: Held, better: bool, denial: Denial, absent: bool) -> Answer {
    use Denial as D;
    use Held as H;
    use Reason as R;
    use Verdict as V;
    let answer = match (held, better) {
        (H::Fully, _) => Answer::plain(V::Allowed),
        (H::InDivisions, false) => Answer::plain(V::Partial),
        (H::InDivisions, true) => Answer::because(V::Partial, R::DataIncomplete),
        (H::InDivisionsAndMore, false) => Answer::because(V::Partial, R::ConditionsApply),
        (H::InDivisionsAndMore, true) => {
            Answer::new(V::Partial, Reasons::of(R::ConditionsApply).and(R::DataIncomplete))
        }
        (H::UnderCondition, false) => Answer::because(V::Conditional, R::ConditionsApply),
        (H::UnderCondition, true) => {
            Answer::new(V::Conditional, Reasons::of(R::ConditionsApply).and(R::DataIncomplete))
        }
        (H::NoCommonDivision, false) => Answer::because(V::Denied, R::MissingDivision),
        (H::Nowhere, false) => {
            Answer::new(V::Denied, Reasons::of(R::MissingPermission).and_if(absent, R::PermissionNotInOrg))
        }
        (H::NoCommonDivision | H::Nowhere, true) => Answer::because(V::Unknown, R::DataIncomplete),
    };
    match (answer.verdict, denial) {
        (V::Allowed | V::Partial, D::Possible) => {
            Answer::new(V::Conditional, answer.reasons.and(R::AccessPolicyMayDeny))
        }
        (V::Allowed | V::Partial, D::NotRead) => {
            Answer::new(V::Conditional, answer.reasons.and(R::AccessPolicyMayDeny).and(R::DataIncomplete))
        }
        (V::Allowed | V::Partial, D::None)
        | (V::Conditional | V::DependsOnUser | V::Denied | V::Unknown, D::None | D::Possible | D::NotRead) => answer,
    }
}

/// Whether a user stands behind the token, and what the client's scopes do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScopeTest {
    /// The operation lists no scope, the client has one of those listed, or the org does not enforce scopes.
    Passed,
    /// The client has none of them.
    Missing,
    /// The scopes are not published and could matter.
    NotPublished,
    /// The client's scopes are unknown.
    ClientNotRead,
}

/// The scope test of a client that acts for a user: `listed` says whether the operation lists scopes, `has` whether
/// the client has one of them (`None`: the client's scopes are unknown).
pub fn scope_test(enforced: Option<bool>, known: Provenance, listed: bool, has: Option<bool>) -> ScopeTest {
    match (enforced, known, listed, has) {
        (Some(false), _, _, _) => ScopeTest::Passed,
        (_, Provenance::Derived | Provenance::Unknown, _, _) => ScopeTest::NotPublished,
        (_, Provenance::Published, false, _) => ScopeTest::Passed,
        (_, Provenance::Published, true, Some(true)) => ScopeTest::Passed,
        (_, Provenance::Published, true, Some(false)) => ScopeTest::Missing,
        (_, Provenance::Published, true, None) => ScopeTest::ClientNotRead,
    }
}

/// What the scope test leaves of a call: `None` where it does not stop it.
pub fn by_scopes(test: ScopeTest, enforced: Option<bool>) -> Option<Answer> {
    match (test, enforced) {
        (ScopeTest::Passed, _) => None,
        (ScopeTest::Missing, Some(_)) => Some(Answer::because(Verdict::Denied, Reason::MissingScope)),
        (ScopeTest::Missing, None) => {
            Some(Answer::new(Verdict::Unknown, Reasons::of(Reason::MissingScope).and(Reason::ScopeEnforcementNotKnown)))
        }
        (ScopeTest::NotPublished, _) => Some(Answer::because(Verdict::Unknown, Reason::ScopeNotPublished)),
        (ScopeTest::ClientNotRead, _) => Some(Answer::because(Verdict::Unknown, Reason::DataIncomplete)),
    }
}

/// A client that acts for users, no user named: what its own side leaves of a call.
pub fn for_client_of_users(stopped: Option<Answer>, asks: Asks) -> Answer {
    match (stopped, asks) {
        (_, Asks::NotPublished) => Answer::because(Verdict::Unknown, Reason::RequirementNotPublished),
        (Some(answer), Asks::NothingPublished | Asks::Nothing | Asks::Permissions) => answer,
        (None, Asks::NothingPublished) => Answer::because(Verdict::Unknown, Reason::NothingPublished),
        (None, Asks::Nothing) => Answer::plain(Verdict::Allowed),
        (None, Asks::Permissions) => Answer::plain(Verdict::DependsOnUser),
    }
}

/// What stops a client-credentials client before its permissions are looked at.
pub fn for_machine(asks: Asks, user_context: UserContext) -> Option<Answer> {
    match (asks, user_context) {
        (Asks::NotPublished, _) => Some(Answer::because(Verdict::Unknown, Reason::RequirementNotPublished)),
        (Asks::NothingPublished | Asks::Nothing | Asks::Permissions, UserContext::Yes) => {
            Some(Answer::because(Verdict::Denied, Reason::NeedsUserContext))
        }
        (Asks::NothingPublished, UserContext::No | UserContext::Unknown) => {
            Some(Answer::because(Verdict::Unknown, Reason::NothingPublished))
        }
        (Asks::Nothing | Asks::Permissions, UserContext::No | UserContext::Unknown) => None,
    }
}

/// What stops a user, or a client that acts for one, before permissions are looked at. `stopped`: what the client's
/// scopes leave of the call.
pub fn for_user(stopped: Option<Answer>, asks: Asks) -> Option<Answer> {
    match (stopped, asks) {
        (_, Asks::NotPublished) => Some(Answer::because(Verdict::Unknown, Reason::RequirementNotPublished)),
        (Some(answer), Asks::NothingPublished | Asks::Nothing | Asks::Permissions) => Some(answer),
        (None, Asks::NothingPublished) => Some(Answer::because(Verdict::Unknown, Reason::NothingPublished)),
        (None, Asks::Nothing | Asks::Permissions) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_unread_ever_turns_a_denial_into_anything_but_unknown() {
        for held in [Held::Nowhere, Held::NoCommonDivision] {
            for denial in [Denial::None, Denial::Possible, Denial::NotRead] {
                assert_eq!(
                    by_permissions(held, true, denial, true),
                    Answer::because(Verdict::Unknown, Reason::DataIncomplete)
                );
                assert_eq!(by_permissions(held, false, denial, false).verdict, Verdict::Denied);
            }
        }
    }

    #[test]
    fn policy_that_could_deny_never_leaves_allowed_or_partial() {
        for held in [Held::Fully, Held::InDivisions, Held::InDivisionsAndMore] {
            for denial in [Denial::Possible, Denial::NotRead] {
                assert_eq!(by_permissions(held, false, denial, false).verdict, Verdict::Conditional);
            }
        }
    }

    #[test]
    fn scopes_play_no_part_where_the_org_does_not_enforce_them() {
        let test = scope_test(Some(false), Provenance::Unknown, true, Some(false));
        assert_eq!(by_scopes(test, Some(false)), None);
    }

    #[test]
    fn missing_scope_is_a_denial_only_where_enforcement_is_known() {
        let test = scope_test(Some(true), Provenance::Published, true, Some(false));
        assert_eq!(by_scopes(test, Some(true)).unwrap().verdict, Verdict::Denied);
        let test = scope_test(None, Provenance::Published, true, Some(false));
        let answer = by_scopes(test, None).unwrap();
        assert_eq!(
            (answer.verdict, answer.reasons.to_string().as_str()),
            (Verdict::Unknown, "missing-scope;scope-enforcement-not-known")
        );
    }

    #[test]
    fn derived_scopes_decide_nothing() {
        for enforced in [None, Some(true)] {
            let test = scope_test(enforced, Provenance::Derived, true, Some(true));
            assert_eq!(by_scopes(test, enforced), Some(Answer::because(Verdict::Unknown, Reason::ScopeNotPublished)));
        }
    }
}
