//! The registry of checks: one line each.

use super::check::{Asks, Check, CheckMeta};
use super::parameters::{Configurable, Parameter};

mod app_one_org_only;
mod app_scopes_beyond_use;
mod app_state_contradiction;
mod app_third_party_power;
mod app_unused;
mod client_no_address_list;
mod contradiction_refused_though_allowed;
mod contradiction_succeeds_though_denied;
mod data_not_known;
mod data_org_not_read;
mod drift_ambiguous_name;
mod drift_not_compared;
mod drift_widens;
mod excess_peer_outlier;
mod excess_scopes;
mod excess_unused_client;
mod excess_unused_permissions;
mod excess_unused_role;
mod excess_write_scope;
mod gap_declared;
mod gap_needs_user_context;
mod gap_observed;
mod grant_discouraged;
mod grant_headless_need;
mod grant_implicit;
mod grant_list_disagreement;
mod hygiene_auditor_excess;
mod hygiene_client_inactive_with_needs;
mod hygiene_client_no_description;
mod hygiene_default_role_modified;
mod hygiene_inactive_user_with_grants;
mod hygiene_look_alike_clients;
mod hygiene_near_duplicate_roles;
mod hygiene_redirect_uri;
mod hygiene_role_unused;
mod hygiene_service_user_interactive;
mod hygiene_token_validity;
mod hygiene_trustee_no_expiry;
mod matrix_announced;
mod matrix_changed;
mod matrix_need_will_fail;
mod matrix_new_permission_under_wildcard;
mod matrix_operation_removed;
mod matrix_override_expired;
mod matrix_override_idle;
#[cfg(test)]
mod matrix_replay_tests;
mod matrix_requirement_changed;
mod matrix_stale_or_fallback;
mod need_ambiguous_principal;
mod need_conditional;
mod need_limited_by_division;
mod need_other_requirement;
mod need_unknown_division;
mod need_unknown_endpoint;
mod need_unknown_permission;
mod need_unknown_principal;
mod need_unknown_scope;
mod night_changed_by_platform;
mod night_gained_power;
mod night_lost_needed;
mod power_can_raise_itself;
mod power_dangerous_permission;
mod power_everywhere;
mod power_separation_of_duties;
mod power_toxic_combination;
mod power_wildcard_in_custom_role;
mod promotion_breaks;
mod promotion_may_break;
mod scope_decides_nothing;
mod scope_unknown_to_matrix;
pub mod waivers;

/// Every check over the evidence, sorted by id.
pub static ALL: &[&dyn Check] = &[
    &app_one_org_only::OneOrgOnly,
    &app_scopes_beyond_use::ScopesBeyondUse,
    &app_state_contradiction::StateContradiction,
    &app_third_party_power::ThirdPartyPower,
    &app_unused::UnusedApp,
    &client_no_address_list::NoAddressList,
    &contradiction_refused_though_allowed::RefusedThoughAllowed,
    &contradiction_succeeds_though_denied::SucceedsThoughDenied,
    &data_not_known::DataNotKnown,
    &data_org_not_read::OrgNotRead,
    &drift_ambiguous_name::AmbiguousName,
    &drift_not_compared::NotCompared,
    &drift_widens::DriftWidens,
    &excess_peer_outlier::PeerOutlier,
    &excess_scopes::ExcessScopes,
    &excess_unused_client::UnusedClient,
    &excess_unused_permissions::UnusedPermissions,
    &excess_unused_role::UnusedRoles,
    &excess_write_scope::WriteScope,
    &gap_declared::GapDeclared,
    &gap_needs_user_context::NeedsUserContext,
    &gap_observed::GapObserved,
    &grant_discouraged::GrantDiscouraged,
    &grant_headless_need::HeadlessNeed,
    &grant_implicit::GrantImplicit,
    &grant_list_disagreement::GrantListDisagreement,
    &hygiene_auditor_excess::AuditorExcess,
    &hygiene_client_inactive_with_needs::ClientInactiveWithNeeds,
    &hygiene_client_no_description::ClientNoDescription,
    &hygiene_default_role_modified::DefaultRoleModified,
    &hygiene_inactive_user_with_grants::InactiveUserWithGrants,
    &hygiene_look_alike_clients::LookAlikeClients,
    &hygiene_near_duplicate_roles::NearDuplicateRoles,
    &hygiene_redirect_uri::RedirectUri,
    &hygiene_role_unused::RoleUnused,
    &hygiene_service_user_interactive::ServiceUserInteractive,
    &hygiene_token_validity::TokenValidity,
    &hygiene_trustee_no_expiry::TrusteeNoExpiry,
    &matrix_announced::Announced,
    &matrix_changed::MatrixChanged,
    &matrix_need_will_fail::NeedWillFail,
    &matrix_new_permission_under_wildcard::NewPermissionUnderWildcard,
    &matrix_operation_removed::OperationRemoved,
    &matrix_override_expired::OverrideExpired,
    &matrix_override_idle::OverrideIdle,
    &matrix_requirement_changed::RequirementChanged,
    &matrix_stale_or_fallback::StaleOrFallback,
    &need_ambiguous_principal::NeedAmbiguousPrincipal,
    &need_conditional::NeedConditional,
    &need_limited_by_division::LimitedByDivision,
    &need_other_requirement::OtherRequirement,
    &need_unknown_division::NeedUnknownDivision,
    &need_unknown_endpoint::NeedUnknownEndpoint,
    &need_unknown_permission::NeedUnknownPermission,
    &need_unknown_principal::NeedUnknownPrincipal,
    &need_unknown_scope::NeedUnknownScope,
    &night_changed_by_platform::ChangedByPlatform,
    &night_gained_power::GainedPower,
    &night_lost_needed::LostNeeded,
    &power_can_raise_itself::CanRaiseItself,
    &power_dangerous_permission::DangerousPermission,
    &power_everywhere::Everywhere,
    &power_separation_of_duties::SeparationOfDuties,
    &power_toxic_combination::ToxicCombination,
    &power_wildcard_in_custom_role::WildcardInCustomRole,
    &promotion_breaks::PromotionBreaks,
    &promotion_may_break::PromotionMayBreak,
    &scope_decides_nothing::DecidesNothing,
    &scope_unknown_to_matrix::UnknownToMatrix,
];

/// What there is to know about every check, those that run over the findings included; sorted by id.
pub fn metas() -> impl Iterator<Item = &'static CheckMeta> {
    ALL.iter().map(|check| check.meta()).chain(waivers::ALL.iter().map(|(meta, _)| *meta))
}

/// Everything that there is to know about a check without running it.
#[derive(Clone, Copy)]
pub struct Known {
    /// Its texts.
    pub meta: &'static CheckMeta,
    /// What else its documentation says, in Markdown; empty where there is nothing.
    pub notes: &'static str,
    /// What can be set of it.
    pub parameters: &'static [Parameter],
    /// What bears on what it finds.
    pub asks: Asks,
    /// Whether it tells of events of one night.
    pub is_event: bool,
}

impl Known {
    fn of(check: &dyn Check) -> Self {
        Self {
            meta: check.meta(),
            notes: check.notes(),
            parameters: check.parameters(),
            asks: Asks::of(check),
            is_event: check.is_event(),
        }
    }
}

/// Every check, those that run over the findings included; sorted by id.
pub fn catalogue() -> impl Iterator<Item = Known> {
    let over_findings = waivers::ALL.into_iter().map(|(meta, reads)| Known {
        meta,
        notes: waivers::NOTES,
        parameters: &[],
        asks: Asks { reads, rests_on_matrix: false },
        is_event: false,
    });
    ALL.iter().map(|check| Known::of(*check)).chain(over_findings)
}

/// The check of this id, those that run over the findings included.
pub fn known(id: &str) -> Option<Known> {
    catalogue().find(|check| check.meta.id == id)
}

/// What the configuration needs to know of every check.
pub fn configurable() -> Vec<Configurable> {
    let of = |check: Known| Configurable { id: check.meta.id, title: check.meta.title, parameters: check.parameters };
    catalogue().map(of).collect()
}

/// The ids of all checks, as the configuration knows them.
pub fn ids() -> impl Iterator<Item = &'static str> {
    metas().map(|meta| meta.id)
}

#[cfg(test)]
mod catalogue_tests;
