//! `need.unknown-permission`: a declared need names a permission that does not exist.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, named, names, nothing_is_missing, org_name};
use crate::claimed_names::{NameKind, Names, asked_by, unknown};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_base::coverage::Listing;
use rolecall_matrix::nearest;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "need.unknown-permission",
    title: "Named permission does not exist",
    what: "Permissions that needs files name (column `permission`, or a word of the note that looks like one) and that neither the matrix nor the org's catalogue has, with the nearest real ones.",
    why: "No role can hold it: whoever looks for it loses hours, and such names are often invented.",
    remedy: "Correct the name in the needs file; grant what the operation really asks for.",
    severity: Severity::Medium,
    reference: "`GET /api/v2/authorization/permissions` is the org's catalogue; `rolecall matrix search` finds names.",
    notes: "Names that come from the same lines of the needs files are one finding. A word of a note is taken for a permission when it has three parts joined by colons, of which the first or the last is one of a known permission or scope. Where the org's catalogue was not read completely, the finding says so and is not settled.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::Permissions]),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let known = Names::of(org);
        let catalogue = nothing_is_missing(&org.map.snapshot.coverage, Listing::Permissions);
        for reported in unknown(evidence, org, &known, NameKind::Permission) {
            let near = |name: &&str| match (known.has_scope(name), nearest::permissions(org.map.matrix, name, 3)) {
                (true, _) => format!("`{name}` is a scope"),
                (false, near) if near.is_empty() => format!("none is like `{name}`"),
                (false, near) => format!("nearest to `{name}`: {}", names(near, 3)),
            };
            let best = reported.names.first().map(near).unwrap_or_default();
            let list = reported.list();
            let title = if catalogue {
                format!("no permission is called {list}; {best}")
            } else {
                format!("no operation asks for a permission {list}; {best}")
            };
            let listed = if catalogue {
                "and the org's catalogue does not list it"
            } else {
                "whether the org's catalogue lists it is not known: it was not read completely"
            };
            let mut facts: BTreeSet<String> = reported.needs.iter().map(|need| asked_by(org, need)).collect();
            facts.extend(reported.names.iter().map(near));
            found.push(Found {
                severity: META.severity,
                org: org_name(org),
                subject: named("need", reported.subject()),
                cause: BTreeSet::new(),
                title,
                detail: format!(
                    "Named for {}. No operation of the matrix in force asks for it, {listed}.",
                    reported.principals()
                ),
                fix: format!("correct {list} in the needs file, and grant what each call listed below requires"),
                facts,
                basis: Basis::settled_if(catalogue),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    fn night(permission: &str, note: &str) -> Night {
        let mut night = Night::new();
        night.client("c1", "Export", &[]).need("Export", "POST /api/v2/analytics/conversations/details/query", "");
        night.needs[0].claims.permissions = vec![permission.to_owned()];
        night.needs[0].note = note.to_owned();
        night
    }

    #[test]
    fn invented_permission_is_reported_with_the_nearest_and_what_is_really_asked_for() {
        let reported = found(&CHECK, &night("analytics:conversation:view", ""));
        assert_eq!(reported.len(), 1);
        assert!(
            reported[0].title.starts_with("no permission is called `analytics:conversation:view`; nearest to `analytics:conversation:view`: `analytics:"),
            "{}",
            reported[0].title
        );
        let fact = reported[0].facts.iter().find(|fact| fact.contains("needs.csv")).unwrap();
        assert!(fact.contains("it needs one of `analytics:"), "{fact}");
        assert!(fact.contains("`analytics:conversationDetail:view`"), "{fact}");
        assert!(reported[0].basis.settled);
    }

    #[test]
    fn name_in_the_note_and_in_the_column_is_one_finding() {
        let reported = found(&CHECK, &night("routing:queues:view", "says routing:queues:view"));
        assert_eq!((reported.len(), reported[0].facts.len()), (1, 2));
    }

    #[test]
    fn real_permissions_wildcards_and_those_of_the_catalogue_alone_are_fine() {
        for name in ["routing:queue:view", "analytics:*:view", "admin"] {
            assert!(found(&CHECK, &night(name, "")).is_empty(), "{name}");
        }
        let mut night = night("custom:thing:view", "");
        let mut entry = night.snapshot.permissions[0].clone();
        entry.permission = rolecall_base::permission::Permission::new("custom:thing:view");
        night.snapshot.permissions.push(entry);
        assert!(found(&CHECK, &night).is_empty());
    }

    #[test]
    fn scope_given_as_a_permission_is_called_a_scope() {
        let reported = found(&CHECK, &night("routing:readonly", ""));
        assert!(reported[0].title.ends_with("; `routing:readonly` is a scope"), "{}", reported[0].title);
    }

    #[test]
    fn catalogue_that_was_not_read_leaves_it_open() {
        let mut night = night("custom:thing:view", "");
        night.unread(Listing::Permissions);
        let reported = found(&CHECK, &night);
        assert!(!reported[0].basis.settled && reported[0].detail.contains("is not known"), "{}", reported[0].detail);
    }

    #[test]
    fn need_of_another_org_is_not_held_against_this_one() {
        let mut night = night("nothing:like:it", "");
        night.needs[0].org = Some("elsewhere".to_owned());
        assert!(found(&CHECK, &night).is_empty());
    }
}
