//! `matrix.requirement-changed`: an operation that somebody needs or uses asks for something else.

use std::collections::{BTreeMap, BTreeSet};

use crate::callers::{self, Affected};
use crate::check::{Check, CheckMeta, Found, named, names};
use crate::evidence::{Evidence, OrgEvidence, RadarEvidence};
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::radar::{Became, Impact, Moved, asks_otherwise};
use rolecall_matrix::UserContext;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "matrix.requirement-changed",
    title: "Needed operation asks for something else",
    what: "Operations that somebody needs or uses and whose permissions, scopes or need of a user changed since the previous run.",
    why: "The platform changes requirements without asking: who lacks the new one is refused, although nobody touched its roles.",
    remedy: "Give what is missing to those whom the finding names, before the platform enforces it.",
    severity: Severity::High,
    reference: "`rolecall matrix diff A B --config FILE` tells the same for any two documents.",
    notes: "Severity: `high` where somebody who was not refused before is refused now; `medium` where a call becomes limited, conditional or not known, or stays refused for another lack; `info` where nobody loses by it. Operations with one and the same change and the same losers are one finding. It is reported on the night of the change; what is lacking is reported by `gap.declared` and `gap.observed` for as long as it is.",
    is_event: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for of in &evidence.radar {
        let Some(org) = callers::org_of(evidence, of) else { continue };
        let mut causes: BTreeMap<BTreeSet<String>, Vec<&Moved<'_>>> = BTreeMap::new();
        for moved in of.radar.which(Became::Changed).filter(|one| !one.callers.is_empty()) {
            causes.entry(cause(org, moved)).or_default().push(moved);
        }
        found.extend(causes.into_iter().filter_map(|(cause, moved)| describe(of, org, cause, &moved)));
    }
}

/// Operations with one change and the same principals that lose by it are one cause.
fn cause(org: &OrgEvidence<'_>, moved: &Moved<'_>) -> BTreeSet<String> {
    let changes = moved.fields.iter().filter(|field| asks_otherwise(field));
    let mut cause: BTreeSet<String> =
        changes.map(|field| format!("{} `{}` to `{}`", field.field, field.before, field.after)).collect();
    let affected = callers::affected(org, moved);
    let losing = affected.iter().filter(|one| !matches!(one.impact, Impact::Same | Impact::Better));
    cause.extend(losing.map(|one| format!("{} {}", one.impact.as_str(), one.id)));
    cause
}

fn describe(
    of: &RadarEvidence<'_>,
    org: &OrgEvidence<'_>,
    mut cause: BTreeSet<String>,
    moved: &[&Moved<'_>],
) -> Option<Found> {
    let first = moved.first()?;
    let mut who: BTreeMap<(String, String), Affected<'_, '_>> = BTreeMap::new();
    for one in moved.iter().flat_map(|one| callers::affected(org, one)) {
        let key = (one.name.clone(), one.id.clone());
        if who.get(&key).is_none_or(|known| one.impact < known.impact) {
            who.insert(key, one);
        }
    }
    let of_impact =
        |impact: Impact| -> Vec<&Affected<'_, '_>> { who.values().filter(|one| one.impact == impact).collect() };
    let (refused, still, unsure) =
        (of_impact(Impact::Refused), of_impact(Impact::StillRefused), of_impact(Impact::Unsure));
    let people = |list: &[&Affected<'_, '_>]| names(list.iter().map(|one| one.name.as_str()), 3);
    let all = callers::count_of(who.len());
    let (severity, means) = if !refused.is_empty() {
        let verb = if refused.len() == 1 { "lacks" } else { "lack" };
        let what = callers::lacks(&refused).map_or_else(
            || format!("{} will be refused", people(&refused)),
            |missing| format!("{} {verb} {missing}", people(&refused)),
        );
        // Another source may never have published it.
        (if of.new_source { Severity::Medium } else { Severity::High }, what)
    } else if !unsure.is_empty() {
        (Severity::Medium, format!("whether {} can still call it is not certain", people(&unsure)))
    } else if !still.is_empty() {
        (Severity::Medium, format!("{} cannot call it, as before, but for another lack", people(&still)))
    } else {
        (Severity::Info, "nobody loses by it".to_owned())
    };
    let more = match moved.len() {
        1 => String::new(),
        several => format!(" (and {} more)", several - 1),
    };
    let changes: BTreeSet<String> = first
        .fields
        .iter()
        .map(|field| format!("{} were `{}`, are `{}`", field.field.replace('_', " "), field.before, field.after))
        .collect();
    let losing: Vec<&Affected<'_, '_>> = [refused, still, unsure].concat();
    cause.extend(moved.iter().map(|one| one.endpoint.to_string()));
    Some(Found {
        basis: Basis::SETTLED,
        severity,
        org: of.org.clone(),
        subject: named("endpoint", first.endpoint.to_string()),
        cause,
        title: format!("{}{more} needs {} now: {all} it; {means}", first.endpoint, asked(first)),
        detail: format!(
            "Since the previous run: {}.{}",
            changes.into_iter().collect::<Vec<_>>().join("; "),
            callers::source_note(of, &org.matrix.origin)
        ),
        fix: if losing.is_empty() { "nothing to do".to_owned() } else { callers::fixes(losing) },
        facts: moved.iter().flat_map(|one| callers::facts(org, one)).collect(),
    })
}

/// What is asked for now, of what changed.
fn asked(moved: &Moved<'_>) -> String {
    let Some(after) = &moved.after else { return String::new() };
    let changed = |name: &str| moved.fields.iter().any(|field| field.field == name && asks_otherwise(field));
    let mut asked = Vec::new();
    if changed("permissions") {
        asked.push(callers::permissions(after));
    }
    if changed("scopes") {
        let scopes = names(after.scopes.iter().map(|scope| scope.as_str()), 5);
        asked.push(match after.scopes.len() {
            0 => "no scope".to_owned(),
            1 => format!("the scope {scopes}"),
            _ => format!("one of the scopes {scopes}"),
        });
    }
    if changed("user_context") {
        asked.push(match after.user_context {
            UserContext::Yes => "a user behind the token".to_owned(),
            UserContext::No => "no user behind the token".to_owned(),
            UserContext::Unknown => "a user behind the token or not, which is not published".to_owned(),
        });
    }
    if asked.is_empty() {
        asked.push(format!("scopes that are {}", after.scopes_known.as_str()));
    }
    asked.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_matrix::{Matrix, csv};

    fn matrix(rows: &str) -> Option<Matrix> {
        let header = "method,path,permissions_match,permissions,scopes,user_context\n";
        Some(csv::read("api.example.com", &format!("{header}{rows}")).unwrap())
    }

    fn night(before: &str, after: &str) -> Night {
        let mut night = Night::new();
        (night.matrix_before, night.matrix) = (matrix(before), matrix(after));
        night
            .role("r1", "Both", &["routing:queue:view", "routing:queue:edit"])
            .role("r2", "One", &["routing:queue:view"])
            .client("c1", "Full", &[("r1", "*")])
            .client("c2", "Half", &[("r2", "*")]);
        night
    }

    const X: &str = "GET,/api/v2/x,ANY,routing:queue:view,,\n";
    const X_ALL: &str = "GET,/api/v2/x,ALL,routing:queue:view;routing:queue:edit,,\n";

    #[test]
    fn change_that_one_of_three_cannot_follow_is_high_and_names_what_is_missing() {
        let mut night = night(X, X_ALL);
        night.client("c3", "Other", &[("r1", "*")]).usage("c3", "GET /api/v2/x", 5, 5, 0);
        night.need("Full", "GET /api/v2/x", "").need("Half", "GET /api/v2/x", "");
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::High);
        assert_eq!(
            found[0].title,
            "GET /api/v2/x needs all of `routing:queue:view`, `routing:queue:edit` now: 3 principals need or use it; `Half` lacks \
             `routing:queue:edit`"
        );
        assert_eq!((found[0].subject.kind, found[0].subject.name.as_str()), ("endpoint", "GET /api/v2/x"));
        assert!(found[0].fix.starts_with("for `Half`: "), "{}", found[0].fix);
        assert_eq!(found[0].facts.len(), 3);
        let half = found[0].facts.iter().find(|fact| fact.contains("`Half`")).unwrap();
        assert!(half.contains("allowed before, denied now (missing-permission); declared in needs.csv:3; "), "{half}");
        assert!(half.ends_with("nobody else holds it)") || half.contains("grant the existing role `Both`"), "{half}");
    }

    #[test]
    fn same_change_of_several_operations_with_the_same_loser_is_one_finding() {
        let (y, y_all) = (X.replace("/x", "/y"), X_ALL.replace("/x", "/y"));
        let mut night = night(&format!("{X}{y}"), &format!("{X_ALL}{y_all}"));
        night.need("Half", "GET /api/v2/x", "").need("Half", "GET /api/v2/y", "");
        let one = found(&CHECK, &night);
        assert_eq!(one.len(), 1);
        assert!(one[0].title.starts_with("GET /api/v2/x (and 1 more) needs all of"), "{}", one[0].title);
        night.need("Full", "GET /api/v2/y", "");
        assert_eq!(found(&CHECK, &night).len(), 1, "who loses nothing makes no other cause");
    }

    #[test]
    fn change_that_all_can_follow_is_info_and_one_that_nobody_needs_is_not_reported() {
        let mut night = night(X_ALL, X);
        assert!(found(&CHECK, &night).is_empty());
        night.need("Full", "GET /api/v2/x", "");
        let all = found(&CHECK, &night);
        assert_eq!((all[0].severity, all[0].fix.as_str()), (Severity::Info, "nothing to do"));
        assert!(all[0].title.ends_with("1 principal needs or uses it; nobody loses by it"), "{}", all[0].title);
    }

    #[test]
    fn change_that_leaves_it_open_or_refused_as_before_is_medium() {
        let mut open = night(X, "GET,/api/v2/x,UNKNOWN,,,\n");
        open.need("Full", "GET /api/v2/x", "");
        let open = found(&CHECK, &open);
        assert_eq!(open[0].severity, Severity::Medium);
        assert!(open[0].title.contains("needs what is not published now"), "{}", open[0].title);
        let mut still = night("GET,/api/v2/x,ANY,users:user:view,,\n", "GET,/api/v2/x,ANY,users:user:edit,,\n");
        still.need("Full", "GET /api/v2/x", "");
        let still = found(&CHECK, &still);
        assert_eq!(still[0].severity, Severity::Medium);
        assert!(still[0].title.contains("`Full` cannot call it, as before"), "{}", still[0].title);
    }

    #[test]
    fn matrix_from_another_source_is_reported_as_such() {
        let mut night = night(X, X_ALL);
        night.need("Half", "GET /api/v2/x", "");
        assert!(!found(&CHECK, &night)[0].detail.contains("documents"));
        night.matrix_before.as_mut().unwrap().origin = "bundled".to_owned();
        let detail = found(&CHECK, &night)[0].detail.clone();
        assert!(detail.contains("now from api.example.com, in the previous run from bundled"), "{detail}");
    }

    #[test]
    fn client_without_a_user_loses_an_operation_that_asks_for_one() {
        let mut night = night("GET,/api/v2/x,NONE,,,\n", "GET,/api/v2/x,NONE,,,yes\n");
        night.need("Full", "GET /api/v2/x", "");
        let found = found(&CHECK, &night);
        assert_eq!(
            found[0].title,
            "GET /api/v2/x needs a user behind the token now: 1 principal needs or uses it; `Full` will be refused"
        );
    }
}
