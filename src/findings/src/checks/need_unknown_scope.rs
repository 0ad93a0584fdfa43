//! `need.unknown-scope`: a declared need names a scope that does not exist.

use std::collections::BTreeSet;

use crate::check::{Check, CheckMeta, Found, Reads, named, names, org_name};
use crate::claimed_names::{NameKind, Names, asked_by, unknown};
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::cross::needed::Known;
use rolecall_matrix::nearest;
use rolecall_matrix::needs::Need;

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "need.unknown-scope",
    title: "Named scope does not exist",
    what: "Scopes that needs files name (column `scope`, or a word of the note that looks like one) and that no operation of the matrix lists, with the nearest real ones.",
    why: "No client can be given it; for client credentials scopes play no part at all, and a permission is often taken for a scope.",
    remedy: "Correct the name in the needs file; for a client that acts for users give one of the scopes that the operation lists, for a machine a role.",
    severity: Severity::Medium,
    reference: "`GET /api/v2/oauth/scopes` lists the scopes of an org; `rolecall matrix search` finds those of operations.",
    notes: "Names that come from the same lines of the needs files are one finding. A word of a note is taken for a scope when it has two parts joined by a colon, of which the first or the last is one of a known permission or scope. A matrix without any scope says nothing about scopes.",
    reads: Reads::Lists(&[]),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let known = Names::of(org);
        // A table without scopes says of none that it does not exist.
        if !known.knows_scopes() {
            continue;
        }
        for reported in unknown(evidence, org, &known, NameKind::Scope) {
            let near = |name: &&str| match (known.has_permission(name), nearest::scopes(org.map.matrix, name, 3)) {
                (true, _) => format!("`{name}` is a permission: a role holds it, no client asks for it"),
                (false, near) if near.is_empty() => format!("none is like `{name}`"),
                (false, near) => format!("nearest to `{name}`: {}", names(near, 3)),
            };
            let reported_apart =
                |name: &&&str| known.has_permission(name) || !nearest::scopes(org.map.matrix, name, 1).is_empty();
            let permission = reported.names.iter().find(|name| known.has_permission(name));
            let best = permission.or_else(|| reported.names.iter().find(reported_apart)).or(reported.names.first());
            let best = best.map(near).unwrap_or_default();
            let mut facts: BTreeSet<String> = reported.needs.iter().map(|need| asked_by(org, need)).collect();
            facts.extend(reported.names.iter().map(near));
            found.push(Found {
                severity: META.severity,
                org: org_name(org),
                subject: named("need", reported.subject()),
                cause: BTreeSet::new(),
                title: format!("no scope is called {}; {best}", reported.list()),
                detail: format!(
                    "Named for {}. No operation of the matrix in force lists it.{}",
                    reported.principals(),
                    machines(org, &reported.needs)
                ),
                fix: "see what the call really needs: each line tells it; correct the name in the needs file"
                    .to_owned(),
                facts,
                basis: Basis::SETTLED,
            });
        }
    }
}

/// What there is to say where machines are among those who need it.
fn machines(org: &OrgEvidence<'_>, needs: &[&Need]) -> String {
    let lines: BTreeSet<(&std::path::Path, u64)> = needs.iter().map(|need| (need.file.as_path(), need.line)).collect();
    let calls = org.needed.calls.iter().filter(
        |call| matches!(call.known, Known::Declared(need) if lines.contains(&(need.file.as_path(), need.line))),
    );
    let machines: BTreeSet<&str> = calls
        .filter_map(|call| org.map.principals().get(call.principal))
        .filter(|principal| principal.is_machine())
        .map(|principal| principal.name.as_str())
        .collect();
    if machines.is_empty() {
        String::new()
    } else {
        format!(
            " For {} (client credentials) scopes play no part: roles and divisions decide.",
            names(machines.iter().copied(), 3)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::oauth_client::GrantType;
    use rolecall_matrix::csv;

    fn night(scope: &str) -> Night {
        let mut night = Night::new();
        night.client("c1", "Robot", &[]).user_client("c2", "Desktop", GrantType::Code, &["routing"]);
        night.need("Robot", "GET /api/v2/routing/queues", "").need("Desktop", "GET /api/v2/routing/queues", "");
        night.needs[0].claims.scopes = vec![scope.to_owned()];
        night.needs[1].note = format!("told to ask for {scope}");
        night
    }

    #[test]
    fn invented_scope_is_one_finding_with_the_nearest_and_says_that_machines_need_none() {
        let reported = found(&CHECK, &night("analytics:read"));
        assert_eq!(reported.len(), 1);
        assert!(
            reported[0]
                .title
                .starts_with("no scope is called `analytics:read`; nearest to `analytics:read`: `analytics"),
            "{}",
            reported[0].title
        );
        assert!(
            reported[0].detail.contains("For `Robot` (client credentials) scopes play no part"),
            "{}",
            reported[0].detail
        );
        let asked = |fact: &&String| fact.contains("it needs `routing:queue:view` (scopes `routing`");
        assert_eq!((reported[0].facts.len(), reported[0].facts.iter().filter(asked).count()), (3, 2));
    }

    #[test]
    fn names_that_the_same_needs_bring_are_one_finding() {
        let mut night = night("routing:queue");
        night.needs[0].claims.scopes.push("routing:queue:read".to_owned());
        night.needs[1].note.clear();
        let reported = found(&CHECK, &night);
        assert_eq!((reported.len(), reported[0].subject.name.as_str()), (1, "routing:queue, routing:queue:read"));
    }

    #[test]
    fn permission_given_as_a_scope_is_called_a_permission() {
        let reported = found(&CHECK, &night("routing:queue:view"));
        assert_eq!(
            reported[0].title,
            "no scope is called `routing:queue:view`; `routing:queue:view` is a permission: a role holds it, no client asks \
             for it"
        );
        assert_eq!(reported[0].facts.len(), 2, "in a note it is the permission that it is");
    }

    #[test]
    fn real_scope_and_matrix_without_scopes_say_nothing() {
        assert!(found(&CHECK, &night("routing:readonly")).is_empty());
        let mut night = night("analytics:read");
        let table =
            "method,path,permissions_match,permissions,scopes,user_context\nGET,/api/v2/routing/queues,NONE,,,\n";
        night.matrix = Some(csv::read("own.csv", table).unwrap());
        assert!(found(&CHECK, &night).is_empty());
    }
}
