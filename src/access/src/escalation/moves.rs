//! Which operations hand rights on: the moves of the graph, each with what it brings and what nobody publishes of it.
//!
//! Only the operations are named here. What each requires is taken from the matrix in force, so that a move is there
//! exactly for those who meet its requirement in this run. Effects are those of the platform's own descriptions; the caps
//! are those of its published error codes (`bad.client.role`).

use super::graph::Sureness;

/// What a move brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gains {
    /// Any role that the org has.
    AnyRole,
    /// Any right that the org knows.
    AnyRight,
    /// The rights of whatever identity a stored credential belongs to.
    StoredRights,
    /// The identity of any user.
    AnyUser,
    /// Membership of a group that carries roles.
    Groups,
    /// The identity of a client all of whose roles the caller holds.
    ClientsWithinReach,
    /// The roles that the caller holds, in all divisions.
    OwnRolesEverywhere,
}

/// What there must be in the org for a move to lead anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// Access policies, or a list of them that was not read completely.
    Policies,
    /// An org that is trusted, or a list of them that was not read completely.
    Trustees,
}

/// A move.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// The calls it takes, one after the other; of each the operations that do, the plainest first.
    pub calls: &'static [&'static [&'static str]],
    /// What it brings.
    pub gains: Gains,
    /// How sure it is where its rights are held without limit.
    pub sureness: Sureness,
    /// What there must be.
    pub needs: Needs,
    /// What it does, for people, after the operation: `gives itself any role`.
    pub does: &'static str,
    /// What is not published or not known; empty where nothing is.
    pub open: &'static str,
}

/// The operation that adds members to a group.
pub const ADD_MEMBERS: &str = "POST /api/v2/groups/{groupId}/members";

const CAP: &str = "whether the platform caps it at the caller's own rights is not published";
const STORED: &str =
    "whose rights a stored credential has is in no list, so that it may lead nowhere; look at the integrations";

/// Every move, those that lead furthest first.
pub static ALL: &[Move] = &[
    Move {
        calls: &[&["PATCH /api/v2/authorization/roles/{roleId}", "PUT /api/v2/authorization/roles/{roleId}"]],
        gains: Gains::AnyRight,
        sureness: Sureness::Published,
        needs: Needs::Nothing,
        does: "adds any right to a role that it holds",
        open: CAP,
    },
    Move {
        calls: &[&[
            "POST /api/v2/authorization/subjects/{subjectId}/bulkadd",
            "POST /api/v2/authorization/subjects/{subjectId}/divisions/{divisionId}/roles/{roleId}",
            "POST /api/v2/authorization/roles/{roleId}",
            "POST /api/v2/authorization/subjects/{subjectId}/bulkreplace",
            "PUT /api/v2/authorization/roles/{roleId}/users/add",
            "PUT /api/v2/users/{subjectId}/roles",
        ]],
        gains: Gains::AnyRole,
        sureness: Sureness::Published,
        needs: Needs::Nothing,
        does: "gives itself any role of the org",
        open: CAP,
    },
    Move {
        calls: &[&[
            "POST /api/v2/authorization/policies/targets/{targetName}",
            "PUT /api/v2/authorization/policies/targets/{targetName}",
            "PUT /api/v2/authorization/policies/{policyId}",
        ]],
        gains: Gains::AnyRight,
        sureness: Sureness::Likely,
        needs: Needs::Policies,
        does: "writes an access policy that allows it more",
        open: "whether an access policy can allow what no role gives is not published",
    },
    Move {
        calls: &[&[
            "POST /api/v2/orgauthorization/trustees",
            "POST /api/v2/orgauthorization/trustees/default",
            "POST /api/v2/orgauthorization/trustees/care",
        ]],
        gains: Gains::AnyRole,
        sureness: Sureness::Likely,
        needs: Needs::Nothing,
        does: "lets users of another org in, with roles of this one",
        open: "it takes an account in another org; whether the platform caps the roles at the caller's own is not published",
    },
    Move {
        calls: &[&[
            "PUT /api/v2/orgauthorization/trustees/{trusteeOrgId}/users/{trusteeUserId}/roledivisions",
            "PUT /api/v2/orgauthorization/trustees/{trusteeOrgId}/users/{trusteeUserId}/roles",
            "PUT /api/v2/orgauthorization/trustees/{trusteeOrgId}/groups/{trusteeGroupId}/roledivisions",
            "PUT /api/v2/orgauthorization/trustees/{trusteeOrgId}/groups/{trusteeGroupId}/roles",
            "POST /api/v2/orgauthorization/trustees/{trusteeOrgId}/users",
            "POST /api/v2/orgauthorization/trustees/{trusteeOrgId}/groups",
        ]],
        gains: Gains::AnyRole,
        sureness: Sureness::Likely,
        needs: Needs::Trustees,
        does: "gives any role to a user of an org that is trusted already",
        open: "it takes an account in that org; whether the platform caps the roles at the caller's own is not published",
    },
    Move {
        calls: &[&["POST /api/v2/users/{userId}/password"]],
        gains: Gains::AnyUser,
        sureness: Sureness::Likely,
        needs: Needs::Nothing,
        does: "sets the password of",
        open: "a second factor, or sign-in through an identity provider alone, may stop it",
    },
    Move {
        calls: &[
            &["PATCH /api/v2/users/{userId}", "PATCH /api/v2/users/bulk"],
            &["POST /api/v2/users/{userId}/invite"],
        ],
        gains: Gains::AnyUser,
        sureness: Sureness::Likely,
        needs: Needs::Nothing,
        does: "changes the e-mail address, then sends the invitation, of",
        open: "a second factor, or sign-in through an identity provider alone, may stop it",
    },
    Move {
        calls: &[&[
            "PUT /api/v2/identityproviders/{providerId}",
            "PUT /api/v2/identityproviders/generic",
            "POST /api/v2/identityproviders",
        ]],
        gains: Gains::AnyUser,
        sureness: Sureness::Likely,
        needs: Needs::Nothing,
        does: "points sign-in at an identity provider of its own, then signs in as",
        open: "whether the platform asks for more before it trusts a provider is not published",
    },
    Move {
        calls: &[&[
            "PATCH /api/v2/scim/v2/groups/{groupId}",
            "PUT /api/v2/scim/v2/groups/{groupId}",
            "PATCH /api/v2/scim/groups/{groupId}",
            "PUT /api/v2/scim/groups/{groupId}",
            "PUT /api/v2/groups/{groupId}/dynamicsettings",
            ADD_MEMBERS,
        ]],
        gains: Gains::Groups,
        sureness: Sureness::Published,
        needs: Needs::Nothing,
        does: "becomes a member of",
        open: "",
    },
    Move {
        calls: &[&["POST /api/v2/oauth/clients/{clientId}/secret"]],
        gains: Gains::ClientsWithinReach,
        sureness: Sureness::Published,
        needs: Needs::Nothing,
        does: "makes a new secret of",
        open: "the platform refuses it to those who do not hold all roles of the client (`bad.client.role`): they are held; \
               whether it compares divisions too is not published",
    },
    Move {
        calls: &[&["POST /api/v2/oauth/clients", "PUT /api/v2/oauth/clients/{clientId}"]],
        gains: Gains::OwnRolesEverywhere,
        sureness: Sureness::Likely,
        needs: Needs::Nothing,
        does: "makes a client that carries its own roles in all divisions",
        open: "the platform refuses roles that the caller does not hold (`bad.client.role`); whether it compares divisions \
               too is not published",
    },
    Move {
        calls: &[
            &[
                "POST /api/v2/integrations/actions/{actionId}/draft/function/upload",
                "PUT /api/v2/integrations/actions/{actionId}/draft/function",
            ],
            &["POST /api/v2/integrations/actions/{actionId}/draft/publish"],
        ],
        gains: Gains::StoredRights,
        sureness: Sureness::NotPublished,
        needs: Needs::Nothing,
        does: "uploads a function and publishes it, which runs with a stored credential",
        open: STORED,
    },
    Move {
        calls: &[
            &["POST /api/v2/integrations/actions", "POST /api/v2/integrations/actions/drafts"],
            &[
                "POST /api/v2/integrations/actions/{actionId}/execute",
                "POST /api/v2/integrations/actions/{actionId}/test",
            ],
        ],
        gains: Gains::StoredRights,
        sureness: Sureness::NotPublished,
        needs: Needs::Nothing,
        does: "makes a data action and runs it, signed with a stored credential",
        open: STORED,
    },
    Move {
        calls: &[
            &["POST /api/v2/flows/{flowId}/versions", "PUT /api/v2/flows/{flowId}"],
            &["POST /api/v2/flows/actions/publish"],
        ],
        gains: Gains::StoredRights,
        sureness: Sureness::NotPublished,
        needs: Needs::Nothing,
        does: "changes a flow and publishes it, whose data actions run with a stored credential",
        open: STORED,
    },
    Move {
        calls: &[&["POST /api/v2/infrastructureascode/jobs"]],
        gains: Gains::StoredRights,
        sureness: Sureness::NotPublished,
        needs: Needs::Nothing,
        does: "runs a job that writes configuration",
        open: "which identity such a job runs as is not published",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use rolecall_matrix::{Match, bundled};

    #[test]
    fn every_operation_of_a_move_is_in_the_built_in_matrix() {
        for operation in ALL.iter().flat_map(|one| one.calls).flat_map(|call| call.iter()) {
            let found = bundled::matrix().get(&operation.parse().unwrap());
            assert!(found.is_some(), "{operation}");
        }
    }

    #[test]
    fn every_call_of_a_move_has_an_operation_that_asks_for_a_permission() {
        for call in ALL.iter().flat_map(|one| one.calls) {
            let asks = call.iter().any(|operation| {
                let (_, found) = bundled::matrix().get(&operation.parse().unwrap()).unwrap();
                matches!(found.requirement.permissions_match, Match::Any | Match::All)
            });
            assert!(asks, "{call:?}");
        }
        let (_, members) = bundled::matrix().get(&ADD_MEMBERS.parse().unwrap()).unwrap();
        assert_eq!(members.requirement.permissions_match, Match::None);
    }
}
