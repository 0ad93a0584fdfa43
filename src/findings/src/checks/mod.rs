//! The registry of checks: one line each.

use super::check::{Check, CheckMeta};
use super::parameters::Configurable;

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
pub static ALL: &[&Check] = &[
    &app_one_org_only::CHECK,
    &app_scopes_beyond_use::CHECK,
    &app_state_contradiction::CHECK,
    &app_third_party_power::CHECK,
    &app_unused::CHECK,
    &client_no_address_list::CHECK,
    &contradiction_refused_though_allowed::CHECK,
    &contradiction_succeeds_though_denied::CHECK,
    &data_not_known::CHECK,
    &data_org_not_read::CHECK,
    &drift_ambiguous_name::CHECK,
    &drift_not_compared::CHECK,
    &drift_widens::CHECK,
    &excess_peer_outlier::CHECK,
    &excess_scopes::CHECK,
    &excess_unused_client::CHECK,
    &excess_unused_permissions::CHECK,
    &excess_unused_role::CHECK,
    &excess_write_scope::CHECK,
    &gap_declared::CHECK,
    &gap_needs_user_context::CHECK,
    &gap_observed::CHECK,
    &grant_discouraged::CHECK,
    &grant_headless_need::CHECK,
    &grant_implicit::CHECK,
    &grant_list_disagreement::CHECK,
    &hygiene_auditor_excess::CHECK,
    &hygiene_client_inactive_with_needs::CHECK,
    &hygiene_client_no_description::CHECK,
    &hygiene_default_role_modified::CHECK,
    &hygiene_inactive_user_with_grants::CHECK,
    &hygiene_look_alike_clients::CHECK,
    &hygiene_near_duplicate_roles::CHECK,
    &hygiene_redirect_uri::CHECK,
    &hygiene_role_unused::CHECK,
    &hygiene_service_user_interactive::CHECK,
    &hygiene_token_validity::CHECK,
    &hygiene_trustee_no_expiry::CHECK,
    &matrix_announced::CHECK,
    &matrix_changed::CHECK,
    &matrix_need_will_fail::CHECK,
    &matrix_new_permission_under_wildcard::CHECK,
    &matrix_operation_removed::CHECK,
    &matrix_override_expired::CHECK,
    &matrix_override_idle::CHECK,
    &matrix_requirement_changed::CHECK,
    &matrix_stale_or_fallback::CHECK,
    &need_ambiguous_principal::CHECK,
    &need_conditional::CHECK,
    &need_limited_by_division::CHECK,
    &need_other_requirement::CHECK,
    &need_unknown_division::CHECK,
    &need_unknown_endpoint::CHECK,
    &need_unknown_permission::CHECK,
    &need_unknown_principal::CHECK,
    &need_unknown_scope::CHECK,
    &night_changed_by_platform::CHECK,
    &night_gained_power::CHECK,
    &night_lost_needed::CHECK,
    &power_can_raise_itself::CHECK,
    &power_dangerous_permission::CHECK,
    &power_everywhere::CHECK,
    &power_separation_of_duties::CHECK,
    &power_toxic_combination::CHECK,
    &power_wildcard_in_custom_role::CHECK,
    &promotion_breaks::CHECK,
    &promotion_may_break::CHECK,
    &scope_decides_nothing::CHECK,
    &scope_unknown_to_matrix::CHECK,
];

/// What there is to know about every check, those that run over the findings included; sorted by id.
pub fn metas() -> impl Iterator<Item = &'static CheckMeta> {
    ALL.iter().map(|check| check.meta).chain(waivers::ALL)
}

/// The check of this id, those that run over the findings included.
pub fn known(id: &str) -> Option<&'static CheckMeta> {
    metas().find(|check| check.id == id)
}

/// What the configuration needs to know of every check.
pub fn configurable() -> Vec<Configurable> {
    let of = |check: &CheckMeta| Configurable { id: check.id, title: check.title, parameters: check.parameters };
    metas().map(of).collect()
}

/// The ids of all checks, as the configuration knows them.
pub fn ids() -> impl Iterator<Item = &'static str> {
    metas().map(|meta| meta.id)
}

#[cfg(test)]
mod catalogue_tests;
