//! `need.unknown-endpoint`: a declared need names an endpoint that the matrix does not have.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Check, CheckMeta, Found, Reads, named, names, org_name};
use crate::evidence::Evidence;
use crate::finding::Basis;
use crate::severity::Severity;
use rolecall_access::cross::fix::Fix;
use rolecall_matrix::names::WordForId;
use rolecall_matrix::needs::Need;
use rolecall_matrix::{Endpoint, Matrix, nearest, search};

pub(super) static CHECK: Check = Check { meta: &META, run };

static META: CheckMeta = CheckMeta {
    id: "need.unknown-endpoint",
    title: "Declared endpoint does not exist",
    what: "Endpoints of the needs files that the matrix in force for the org does not have, with the nearest real ones.",
    why: "No role and no scope makes a call to an endpoint that does not exist work; such names are often invented or outdated.",
    remedy: "Correct the endpoint in the needs file and in the program that calls it.",
    severity: Severity::High,
    reference: "The org's own `GET /api/v2/docs/swagger` lists every public endpoint.",
    reads: Reads::Lists(&[]),
    rests_on_matrix: true,
    ..CheckMeta::PLAIN
};

fn run(evidence: &Evidence<'_>, found: &mut Vec<Found>) {
    for org in &evidence.orgs {
        let name = org_name(org);
        let mut unknown: BTreeMap<&Endpoint, Vec<&Need>> = BTreeMap::new();
        let of_org = evidence.needs.iter().filter(|need| need.is_for(&name));
        for need in of_org.filter(|need| org.map.matrix.resolve(&need.endpoint).is_none()) {
            unknown.entry(&need.endpoint).or_default().push(need);
        }
        for (endpoint, needs) in unknown {
            let meant = name_in(endpoint).filter(|name| !operations_of(org.map.matrix, endpoint, name).is_empty());
            let nearest = match meant {
                None => nearest::instead_of(org.map.matrix, endpoint),
                Some(name) => operations_of(org.map.matrix, endpoint, name).into_iter().take(MOST).collect(),
            };
            let login_host = nearest::login_host(endpoint);
            let who: BTreeSet<&str> = needs.iter().map(|need| need.principal.as_str()).collect();
            let methods = org.map.matrix.methods_of(endpoint);
            let other = match methods.as_slice() {
                [] => meant.map_or_else(String::new, |name| {
                    let what = if org.map.knows_scope(name) { "scope" } else { "permission" };
                    format!(" `{name}` is a {what} and not a path: the operations named ask for it.")
                }),
                known => {
                    let list: Vec<&str> = known.iter().map(|method| method.as_str()).collect();
                    format!(" The path exists with {}.", list.join(", "))
                }
            };
            let word = WordForId::of(org.map.matrix, endpoint);
            let other = word.map_or(other, |word| format!(" {}.", word.says()));
            found.push(Found {
                severity: META.severity,
                org: name.clone(),
                subject: named("need", endpoint.to_string()),
                cause: BTreeSet::new(),
                title: match nearest.first() {
                    _ if login_host.is_some() => format!("{endpoint} is of the login host, not of the API"),
                    Some(best) => format!("{endpoint} does not exist; nearest: {best}"),
                    None => format!("{endpoint} does not exist, and no endpoint is like it"),
                },
                detail: format!(
                    "Needed by {}. The matrix in force ({} operations) has no such endpoint.{other}",
                    names(who.iter().copied(), 5),
                    org.matrix.operations
                ),
                fix: login_host.map_or(Fix::CorrectEndpoint(nearest), Fix::CallLoginHost).to_string(),
                facts: needs
                    .iter()
                    .map(|need| format!("`{}`: {}:{}", need.principal, need.file_name(), need.line))
                    .collect(),
                basis: Basis::SETTLED,
            });
        }
    }
}

/// How many operations are named that ask for what stands in place of a path.
const MOST: usize = 3;

/// What stands in place of a path, where it is written as a permission or scope is.
fn name_in(endpoint: &Endpoint) -> Option<&str> {
    let name = endpoint.path.strip_prefix("/api/v2/")?;
    (name.contains(':') && !name.contains('/')).then_some(name)
}

/// The operations that ask for a permission or scope of this name: first those of the asked method, then those that ask
/// for little else and have a short path.
fn operations_of(matrix: &Matrix, asked: &Endpoint, name: &str) -> Vec<Endpoint> {
    let mut asking = search::with_permission(matrix, name);
    asking.extend(search::with_scope(matrix, name));
    asking.sort_by_key(|operation| {
        let (endpoint, permissions) = (&operation.endpoint, operation.requirement.permissions.len());
        (endpoint.method != asked.method, permissions, endpoint.path.len(), endpoint)
    });
    asking.into_iter().map(|operation| operation.endpoint.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Night, found};

    #[test]
    fn invented_endpoint_is_one_finding_with_the_nearest_and_everybody_who_needs_it() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[]).client("c2", "Wallboard", &[]);
        night.need("Dialler", "GET /api/v2/analytics/queues/summary", "");
        night.need("Wallboard", "GET /api/v2/analytics/queues/summary", "");
        night.need("Wallboard", "GET /api/v2/routing/queues", "");
        let found = found(&CHECK, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].title,
            "GET /api/v2/analytics/queues/summary does not exist; nearest: POST \
             /api/v2/analytics/queues/observations/query"
        );
        assert_eq!(found[0].facts.len(), 2);
    }

    #[test]
    fn permission_in_place_of_a_path_names_the_operations_that_ask_for_it() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[]).need("Dialler", "GET /routing:queue:view", "");
        let found = found(&CHECK, &night);
        assert!(found[0].detail.contains("`routing:queue:view` is a permission and not a path"), "{}", found[0].detail);
        assert!(found[0].fix.contains("GET /api/v2/routing/queues"), "{}", found[0].fix);
    }

    #[test]
    fn wrong_method_names_the_methods_that_exist() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[]).need("Dialler", "PATCH /api/v2/oauth/clients/{clientId}", "");
        let found = found(&CHECK, &night);
        assert!(found[0].detail.contains("The path exists with DELETE, GET, PUT."), "{}", found[0].detail);
    }

    #[test]
    fn endpoint_of_the_matrix_is_not_reported_whatever_its_parameters() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[]).need("Dialler", "GET /api/v2/routing/queues", "");
        night.need("Dialler", "GET /api/v2/oauth/clients/{anyId}", "").need(
            "Dialler",
            "GET /api/v2/oauth/clients/c1",
            "",
        );
        assert!(found(&CHECK, &night).is_empty());
    }
}
