//! The registry of checks: one line each.

use super::check::{Check, CheckMeta, Reads};

mod contradiction_refused_though_allowed;
mod contradiction_succeeds_though_denied;
mod data_not_known;
mod data_org_not_read;
mod excess_unused_permissions;
mod gap_declared;
mod gap_observed;
mod grant_implicit;
mod grant_list_disagreement;
mod matrix_stale_or_fallback;
mod need_ambiguous_principal;
mod need_unknown_division;
mod need_unknown_endpoint;
mod need_unknown_principal;
mod power_dangerous_permission;
pub mod waivers;

/// Every check over the evidence, sorted by id.
pub static ALL: &[&dyn Check] = &[
    &contradiction_refused_though_allowed::RefusedThoughAllowed,
    &contradiction_succeeds_though_denied::SucceedsThoughDenied,
    &data_not_known::DataNotKnown,
    &data_org_not_read::OrgNotRead,
    &excess_unused_permissions::UnusedPermissions,
    &gap_declared::GapDeclared,
    &gap_observed::GapObserved,
    &grant_implicit::GrantImplicit,
    &grant_list_disagreement::GrantListDisagreement,
    &matrix_stale_or_fallback::StaleOrFallback,
    &need_ambiguous_principal::NeedAmbiguousPrincipal,
    &need_unknown_division::NeedUnknownDivision,
    &need_unknown_endpoint::NeedUnknownEndpoint,
    &need_unknown_principal::NeedUnknownPrincipal,
    &power_dangerous_permission::DangerousPermission,
];

/// What there is to know about every check, those that run over the findings included; sorted by id.
pub fn metas() -> impl Iterator<Item = &'static CheckMeta> {
    ALL.iter().map(|check| check.meta()).chain(waivers::ALL.iter().map(|(meta, _)| *meta))
}

/// The check of this id, and what must have been read whole for what it does not find to be gone.
pub fn known(id: &str) -> Option<(&'static CheckMeta, Reads)> {
    let over_evidence = ALL.iter().find(|check| check.meta().id == id).map(|check| (check.meta(), check.reads()));
    over_evidence.or_else(|| waivers::ALL.into_iter().find(|(meta, _)| meta.id == id))
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
