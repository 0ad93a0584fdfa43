//! `need.unknown-permission`: a declared need names a permission that does not exist.

use std::collections::BTreeSet;

use crate::findings::check::{Basis, Check, CheckMeta, Found, Reads, named, names, nothing_is_missing, org_name};
use crate::findings::claimed_names::{NameKind, Names, asked_by, unknown};
use crate::findings::evidence::Evidence;
use crate::findings::severity::Severity;
use crate::matrix::nearest;
use crate::model::coverage::Listing;

/// The check.
pub struct NeedUnknownPermission;

static META: CheckMeta = CheckMeta {
    id: "need.unknown-permission",
    title: "Named permission does not exist",
    what: "Permissions that needs files name (column `permission`, or a word of the note that looks like one) and that neither the matrix nor the org's catalogue has, with the nearest real ones.",
    why: "No role can hold it: whoever looks for it loses hours, and such names are often invented.",
    remedy: "Correct the name in the needs file; grant what the operation really asks for.",
    severity: Severity::Medium,
    reference: "`GET /api/v2/authorization/permissions` is the org's catalogue; `rolecall matrix search` finds names.",
};

impl Check for NeedUnknownPermission {
    fn meta(&self) -> &'static CheckMeta {
        &META
    }

    fn reads(&self) -> Reads {
        Reads::Lists(&[Listing::OwnGrants, Listing::Permissions])
    }

    fn rests_on_matrix(&self) -> bool {
        true
    }

    fn run(&self, evidence: &Evidence<'_>, found: &mut Vec<Found>) {
        for org in &evidence.orgs {
            let known = Names::of(org);
            let catalogue = nothing_is_missing(&org.map.snapshot.coverage, Listing::Permissions);
            for (name, needs) in unknown(evidence, org, &known, NameKind::Permission) {
                let nearest = nearest::permissions(org.map.matrix, name, 3);
                let who: BTreeSet<&str> = needs.iter().map(|need| need.principal.as_str()).collect();
                let near = match (known.has_scope(name), nearest.first()) {
                    (true, _) => "; it is a scope".to_owned(),
                    (false, Some(best)) => format!("; nearest: {best}"),
                    (false, None) => ", and none is like it".to_owned(),
                };
                let title = if catalogue {
                    format!("no permission is called `{name}`{near}")
                } else {
                    format!("no operation asks for a permission `{name}`{near}")
                };
                let listed = if catalogue {
                    "and the org's catalogue does not list it"
                } else {
                    "whether the org's catalogue lists it is not known: it was not read whole"
                };
                found.push(Found {
                    severity: META.severity,
                    org: org_name(org),
                    subject: named("need", name),
                    cause: BTreeSet::new(),
                    title,
                    detail: format!(
                        "Named for {}. No operation of the matrix in force asks for it, {listed}.",
                        names(who.iter().copied(), 5)
                    ),
                    fix: fix(&nearest),
                    facts: needs.iter().map(|need| asked_by(org, need)).collect(),
                    basis: Basis::settled_if(catalogue),
                });
            }
        }
    }
}

fn fix(nearest: &[&str]) -> String {
    if nearest.is_empty() {
        "grant what the call really needs: each line below tells it".to_owned()
    } else {
        format!(
            "grant what the call really needs: each line below tells it; nearest real permissions: {}",
            names(nearest.iter().copied(), 3)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::testing::{Night, found};

    fn night(permission: &str, note: &str) -> Night {
        let mut night = Night::new();
        night.client("c1", "Export", &[]).need("Export", "POST /api/v2/analytics/conversations/details/query", "");
        night.needs[0].claims.permissions = vec![permission.to_owned()];
        night.needs[0].note = note.to_owned();
        night
    }

    #[test]
    fn invented_permission_is_told_with_the_nearest_and_what_is_really_asked_for() {
        let told = found(&NeedUnknownPermission, &night("analytics:conversation:view", ""));
        assert_eq!(told.len(), 1);
        assert!(
            told[0].title.starts_with("no permission is called `analytics:conversation:view`; nearest: analytics:"),
            "{}",
            told[0].title
        );
        let fact = told[0].facts.first().unwrap();
        assert!(fact.contains("it needs one of `analytics:"), "{fact}");
        assert!(fact.contains("`analytics:conversationDetail:view`"), "{fact}");
        assert!(told[0].basis.settled);
    }

    #[test]
    fn name_in_the_note_and_in_the_column_is_one_finding() {
        let told = found(&NeedUnknownPermission, &night("routing:queues:view", "says routing:queues:view"));
        assert_eq!((told.len(), told[0].facts.len()), (1, 1));
    }

    #[test]
    fn real_permissions_wildcards_and_those_of_the_catalogue_alone_are_fine() {
        for name in ["routing:queue:view", "analytics:*:view", "admin"] {
            assert!(found(&NeedUnknownPermission, &night(name, "")).is_empty(), "{name}");
        }
        let mut night = night("custom:thing:view", "");
        let mut entry = night.snapshot.permissions[0].clone();
        entry.permission = crate::model::permission::Permission::new("custom:thing:view");
        night.snapshot.permissions.push(entry);
        assert!(found(&NeedUnknownPermission, &night).is_empty());
    }

    #[test]
    fn scope_given_as_a_permission_is_called_a_scope() {
        let told = found(&NeedUnknownPermission, &night("routing:readonly", ""));
        assert!(told[0].title.ends_with("; it is a scope"), "{}", told[0].title);
    }

    #[test]
    fn catalogue_that_was_not_read_leaves_it_open() {
        let mut night = night("custom:thing:view", "");
        night.unread(Listing::Permissions);
        let told = found(&NeedUnknownPermission, &night);
        assert!(!told[0].basis.settled && told[0].detail.contains("is not known"), "{}", told[0].detail);
    }

    #[test]
    fn need_of_another_org_is_not_held_against_this_one() {
        let mut night = night("nothing:like:it", "");
        night.needs[0].org = Some("elsewhere".to_owned());
        assert!(found(&NeedUnknownPermission, &night).is_empty());
    }
}
