//! The registry of checks: one line each.

use super::check::{Asks, Check, CheckMeta};

mod contradiction_refused_though_allowed;
mod contradiction_succeeds_though_denied;
mod data_not_known;
mod data_org_not_read;
mod drift_ambiguous_name;
mod drift_not_compared;
mod drift_widens;
mod excess_unused_permissions;
mod gap_declared;
mod gap_observed;
mod grant_implicit;
mod grant_list_disagreement;
mod matrix_changed;
mod matrix_new_permission_under_wildcard;
mod matrix_operation_removed;
mod matrix_override_expired;
mod matrix_override_idle;
mod matrix_requirement_changed;
mod matrix_stale_or_fallback;
mod need_ambiguous_principal;
mod need_unknown_division;
mod need_unknown_endpoint;
mod need_unknown_principal;
mod night_changed_by_platform;
mod night_gained_power;
mod night_lost_needed;
mod power_dangerous_permission;
mod promotion_breaks;
mod promotion_may_break;
pub mod waivers;

/// Every check over the evidence, sorted by id.
pub static ALL: &[&dyn Check] = &[
    &contradiction_refused_though_allowed::RefusedThoughAllowed,
    &contradiction_succeeds_though_denied::SucceedsThoughDenied,
    &data_not_known::DataNotKnown,
    &data_org_not_read::OrgNotRead,
    &drift_ambiguous_name::AmbiguousName,
    &drift_not_compared::NotCompared,
    &drift_widens::DriftWidens,
    &excess_unused_permissions::UnusedPermissions,
    &gap_declared::GapDeclared,
    &gap_observed::GapObserved,
    &grant_implicit::GrantImplicit,
    &grant_list_disagreement::GrantListDisagreement,
    &matrix_changed::MatrixChanged,
    &matrix_new_permission_under_wildcard::NewPermissionUnderWildcard,
    &matrix_operation_removed::OperationRemoved,
    &matrix_override_expired::OverrideExpired,
    &matrix_override_idle::OverrideIdle,
    &matrix_requirement_changed::RequirementChanged,
    &matrix_stale_or_fallback::StaleOrFallback,
    &need_ambiguous_principal::NeedAmbiguousPrincipal,
    &need_unknown_division::NeedUnknownDivision,
    &need_unknown_endpoint::NeedUnknownEndpoint,
    &need_unknown_principal::NeedUnknownPrincipal,
    &night_changed_by_platform::ChangedByPlatform,
    &night_gained_power::GainedPower,
    &night_lost_needed::LostNeeded,
    &power_dangerous_permission::DangerousPermission,
    &promotion_breaks::PromotionBreaks,
    &promotion_may_break::PromotionMayBreak,
];

/// What there is to know about every check, those that run over the findings included; sorted by id.
pub fn metas() -> impl Iterator<Item = &'static CheckMeta> {
    ALL.iter().map(|check| check.meta()).chain(waivers::ALL.iter().map(|(meta, _)| *meta))
}

/// What is known of a check beside its texts.
#[derive(Clone, Copy)]
pub struct Known {
    /// What there is to know about it.
    pub meta: &'static CheckMeta,
    /// What bears on what it finds.
    pub asks: Asks,
    /// Whether it tells of events of one night.
    pub is_event: bool,
}

/// The check of this id, those that run over the findings included.
pub fn known(id: &str) -> Option<Known> {
    let over_evidence = ALL.iter().find(|check| check.meta().id == id);
    let over_evidence =
        over_evidence.map(|check| Known { meta: check.meta(), asks: Asks::of(*check), is_event: check.is_event() });
    over_evidence.or_else(|| {
        let (meta, reads) = waivers::ALL.into_iter().find(|(meta, _)| meta.id == id)?;
        Some(Known { meta, asks: Asks { reads, rests_on_matrix: false }, is_event: false })
    })
}

/// The ids of all checks, as the configuration knows them.
pub fn ids() -> impl Iterator<Item = &'static str> {
    metas().map(|meta| meta.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTATION: &str = include_str!("../../../docs/checks.md");

    #[test]
    fn checks_are_sorted_by_ids_of_the_form_area_name() {
        let ids: Vec<&str> = ids().collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        for id in ids {
            assert!(id.split_once('.').is_some_and(|(area, name)| !area.is_empty() && !name.is_empty()), "{id}");
        }
    }

    #[test]
    fn every_text_of_a_check_is_a_sentence() {
        for meta in metas() {
            for text in [meta.what, meta.why, meta.remedy, meta.reference] {
                assert!(text.ends_with('.') && text.len() > 10, "{}: {text}", meta.id);
            }
            assert!(!meta.title.ends_with('.'), "{}", meta.id);
        }
    }

    #[test]
    fn every_check_is_documented_in_its_own_words() {
        for meta in metas() {
            for text in [meta.id, meta.title, meta.what, meta.why, meta.remedy, meta.reference] {
                assert!(DOCUMENTATION.contains(text), "docs/checks.md lacks for {}: {text}", meta.id);
            }
        }
    }
}
