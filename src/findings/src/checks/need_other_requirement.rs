//! `need.other-requirement`: the permission or scope that a need names exists, and something else gates the call.

use std::collections::{BTreeMap, BTreeSet};

use crate::callers;
use crate::check::{Check, CheckMeta, Found, Reads, label, names, org_name, subject};
use crate::claimed_names::Names;
use crate::evidence::{Evidence, OrgEvidence};
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::cross::Principal;
use rolecall_access::cross::needed::{Known, NeededCall};
use rolecall_base::coverage::Listing;
use rolecall_base::permission::{Permission, PermissionPattern};
use rolecall_matrix::needs::Need;
use rolecall_matrix::{Match, Operation, Provenance};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "need.other-requirement",
    title: "Requirement differs from the one claimed",
    what: "Declared needs whose columns `permission` and `scope` name something that exists and that does not gate the call; for client credentials any scope.",
    why: "Whoever grants what is named gives a right away and gets the same refusal; the real requirement stays unmet.",
    remedy: "Grant what the finding names as the requirement, take back what was granted in vain, and correct the needs file.",
    severity: Severity::Low,
    reference: "`rolecall matrix show 'METHOD /path'` tells what an operation asks for.",
    notes: "One finding for each principal. Permissions of operations whose requirement is not published, and scopes that are not published, are not judged.",
    reads: Reads::Lists(&[Listing::OwnGrants, Listing::OauthClients, Listing::Users, Listing::Permissions]),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let known = Names::of(org);
        let mut wrong: BTreeMap<usize, Vec<Wrong<'_>>> = BTreeMap::new();
        for call in &org.needed.calls {
            wrong.entry(call.principal).or_default().extend(judged(org, &known, call));
        }
        found.extend(wrong.into_iter().filter_map(|(at, wrong)| describe(org, at, &wrong)));
    }
}

/// A need that names what does not gate its call.
struct Wrong<'e> {
    need: &'e Need,
    operation: &'e Operation,
    permissions: Vec<&'e str>,
    scopes: Vec<&'e str>,
}

fn judged<'e>(org: &'e OrgEvidence<'_>, known: &Names<'_>, call: &NeededCall<'e>) -> Option<Wrong<'e>> {
    let Known::Declared(need) = call.known else { return None };
    let operation = org.map.matrix.operations().get(call.operation?)?;
    let principal = org.map.principals().get(call.principal)?;
    let requirement = &operation.requirement;
    let permissions = need.claims.permissions.iter().map(String::as_str).filter(|name| {
        requirement.permissions_match != Match::Unknown
            && known.has_permission(name)
            && !requirement.permissions.iter().any(|asked| names_permission(name, asked))
            && !names_one_of(requirement.permissions.iter().map(Permission::as_str), name)
    });
    // Scopes that are not published could be the ones that were named.
    let published = requirement.scopes_known == Provenance::Published;
    let scopes = need.claims.scopes.iter().map(String::as_str).filter(|name| {
        known.has_scope(name)
            && (principal.is_machine()
                || (published && !requirement.scopes.iter().any(|listed| listed.as_str() == *name)))
    });
    let wrong = Wrong { need, operation, permissions: permissions.collect(), scopes: scopes.collect() };
    (!wrong.permissions.is_empty() || !wrong.scopes.is_empty()).then_some(wrong)
}

/// Whether a name, in whatever letter case, is one of these permissions.
fn names_one_of<'r>(asked: impl Iterator<Item = &'r str>, name: &str) -> bool {
    rolecall_matrix::names::permissions(asked, name).is_ok()
}

/// Whether a name, possibly with a `*`, is one for the permission.
fn names_permission(name: &str, asked: &Permission) -> bool {
    let mut parts = name.split(':');
    match (parts.next(), parts.next(), parts.next()) {
        _ if name == asked.as_str() => true,
        (Some(domain), Some(entity), Some(action)) => PermissionPattern { domain, entity, action }.covers(asked),
        _ => false,
    }
}

fn describe(org: &OrgEvidence<'_>, at: usize, wrong: &[Wrong<'_>]) -> Option<Found> {
    let principal = org.map.principals().get(at)?;
    let first = wrong.first()?;
    let more = match wrong.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let mut cause: BTreeSet<String> = BTreeSet::new();
    for one in wrong {
        cause.extend(one.permissions.iter().map(|name| format!("{} permission {name}", one.operation.endpoint)));
        cause.extend(one.scopes.iter().map(|name| format!("{} scope {name}", one.operation.endpoint)));
    }
    let needs: BTreeSet<String> = wrong.iter().map(|one| gate(principal, one.operation)).collect();
    Some(Found {
        severity: META.severity,
        org: org_name(org),
        subject: subject(principal),
        cause,
        title: format!(
            "{}{more} of {} does not require {}",
            first.operation.endpoint,
            label(principal),
            names(first.permissions.iter().chain(&first.scopes).copied(), 3)
        ),
        detail: format!(
            "The needs file names what exists and decides nothing here. What the call requires: {}.",
            gate(principal, first.operation)
        ),
        fix: format!(
            "grant {} in {} what the calls require: {}",
            label(principal),
            org_name(org),
            needs.into_iter().collect::<Vec<_>>().join("; ")
        ),
        facts: wrong.iter().map(|one| fact(principal, one)).collect(),
        basis: Basis::SETTLED,
    })
}

fn gate(principal: &Principal, operation: &Operation) -> String {
    let permissions = callers::permissions(&operation.requirement);
    if !principal.acts_for_users() {
        return permissions;
    }
    let scopes = &operation.requirement.scopes;
    let scopes = match (operation.requirement.scopes_known, scopes.len()) {
        (Provenance::Derived | Provenance::Unknown, _) => "scopes that are not published".to_owned(),
        (Provenance::Published, 0) => "no scope".to_owned(),
        (Provenance::Published, 1) => format!("the scope {}", names(scopes.iter().map(|scope| scope.as_str()), 1)),
        (Provenance::Published, _) => format!("one of the scopes {}", names(scopes.iter().map(|s| s.as_str()), 5)),
    };
    format!("{permissions} of the user, and {scopes} of the client")
}

fn fact(principal: &Principal, one: &Wrong<'_>) -> String {
    let mut said = Vec::new();
    if !one.permissions.is_empty() {
        said.push(format!("not by the permission {}", names(one.permissions.iter().copied(), 5)));
    }
    if !one.scopes.is_empty() {
        let why = if principal.is_machine() { ", since scopes play no part for client credentials" } else { "" };
        said.push(format!("not by the scope {}{why}", names(one.scopes.iter().copied(), 5)));
    }
    format!(
        "{}: gated by {}, {}; declared in {}:{}",
        one.operation.endpoint,
        gate(principal, one.operation),
        said.join(" and "),
        one.need.file_name(),
        one.need.line
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};
    use rolecall_base::oauth_client::GrantType;

    const QUEUES: &str = "GET /api/v2/routing/queues";

    fn night(permissions: &[&str], scopes: &[&str]) -> Night {
        let mut night = Night::new();
        night.client("c1", "Robot", &[]).user_client("c2", "Desktop", GrantType::Code, &["routing"]);
        night.need("Robot", QUEUES, "").need("Desktop", QUEUES, "");
        for need in &mut night.needs {
            need.claims.permissions = permissions.iter().map(|name| (*name).to_owned()).collect();
            need.claims.scopes = scopes.iter().map(|name| (*name).to_owned()).collect();
        }
        night
    }

    #[test]
    fn permission_of_another_call_is_reported_with_what_gates_this_one() {
        let reported = found(&CHECK, &night(&["routing:queue:edit"], &[]));
        assert_eq!(reported.len(), 2);
        let robot = reported.iter().find(|one| one.subject.id == "c1").unwrap();
        assert_eq!(
            robot.title,
            "GET /api/v2/routing/queues of OAuth client `Robot` does not require `routing:queue:edit`"
        );
        assert_eq!(robot.fix, "grant OAuth client `Robot` in dev what the calls require: `routing:queue:view`");
    }

    #[test]
    fn scope_gates_no_machine_and_the_right_one_gates_a_client_that_acts_for_users() {
        let reported = found(&CHECK, &night(&["routing:queue:view"], &["routing"]));
        assert_eq!(reported.iter().map(|one| one.subject.id.as_str()).collect::<Vec<_>>(), ["c1"]);
        assert!(reported[0].facts.first().unwrap().contains("scopes play no part"), "{:?}", reported[0].facts);
        let reported = found(&CHECK, &night(&[], &["analytics"]));
        let desktop = reported.iter().find(|one| one.subject.id == "c2").unwrap();
        assert!(desktop.detail.contains("one of the scopes `routing`, `routing:readonly`"), "{}", desktop.detail);
    }

    #[test]
    fn right_names_wildcards_over_them_and_unknown_names_are_left_alone() {
        let right = night(&["routing:queue:view", "routing:*:*", "no:such:thing"], &["no:such"]);
        assert!(found(&CHECK, &right).is_empty());
    }
}
