//! `need.unknown-endpoint`: a declared need names an endpoint that the matrix does not have.

use std::collections::{BTreeMap, BTreeSet};

use crate::cross::fix::Fix;
use crate::findings::check::{Basis, Check, CheckMeta, Found, Reads, named, names, org_name};
use crate::findings::evidence::Evidence;
use crate::findings::severity::Severity;
use crate::matrix::{Endpoint, nearest};
use crate::needs::Need;

/// The check.
pub struct NeedUnknownEndpoint;

static META: CheckMeta = CheckMeta {
    id: "need.unknown-endpoint",
    title: "Declared endpoint does not exist",
    what: "Endpoints of the needs files that the matrix in force for the org does not have, with the nearest real ones.",
    why: "No role and no scope makes a call to an endpoint that does not exist work; such names are often invented or outdated.",
    remedy: "Correct the endpoint in the needs file and in the program that calls it.",
    severity: Severity::High,
    reference: "The org's own `GET /api/v2/docs/swagger` lists every public endpoint.",
};

impl Check for NeedUnknownEndpoint {
    fn meta(&self) -> &'static CheckMeta {
        &META
    }

    fn reads(&self) -> Reads {
        Reads::Lists(&[])
    }

    fn rests_on_matrix(&self) -> bool {
        true
    }

    fn run(&self, evidence: &Evidence<'_>, found: &mut Vec<Found>) {
        for org in &evidence.orgs {
            let name = org_name(org);
            let mut unknown: BTreeMap<&Endpoint, Vec<&Need>> = BTreeMap::new();
            let of_org = evidence.needs.iter().filter(|need| need.org.as_ref().is_none_or(|org| *org == name));
            for need in of_org.filter(|need| org.map.matrix.resolve(&need.endpoint).is_none()) {
                unknown.entry(&need.endpoint).or_default().push(need);
            }
            for (endpoint, needs) in unknown {
                let nearest = nearest::instead_of(org.map.matrix, endpoint);
                let who: BTreeSet<&str> = needs.iter().map(|need| need.principal.as_str()).collect();
                let methods = org.map.matrix.methods_of(endpoint);
                let other = match methods.as_slice() {
                    [] => String::new(),
                    known => {
                        let list: Vec<&str> = known.iter().map(|method| method.as_str()).collect();
                        format!(" The path exists with {}.", list.join(", "))
                    }
                };
                found.push(Found {
                    severity: META.severity,
                    org: name.clone(),
                    subject: named("need", endpoint.to_string()),
                    cause: BTreeSet::new(),
                    title: match nearest.first() {
                        Some(best) => format!("{endpoint} does not exist; nearest: {best}"),
                        None => format!("{endpoint} does not exist, and no endpoint is like it"),
                    },
                    detail: format!(
                        "Needed by {}. The matrix in force ({} operations) has no such endpoint.{other}",
                        names(who.iter().copied(), 5),
                        org.matrix.operations
                    ),
                    fix: Fix::CorrectEndpoint(nearest).to_string(),
                    facts: needs
                        .iter()
                        .map(|need| format!("`{}`: {}:{}", need.principal, need.file_name(), need.line))
                        .collect(),
                    basis: Basis::SETTLED,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::testing::{Night, found};

    #[test]
    fn invented_endpoint_is_one_finding_with_the_nearest_and_everybody_who_needs_it() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[]).client("c2", "Wallboard", &[]);
        night.need("Dialler", "GET /api/v2/analytics/queues/summary", "");
        night.need("Wallboard", "GET /api/v2/analytics/queues/summary", "");
        night.need("Wallboard", "GET /api/v2/routing/queues", "");
        let found = found(&NeedUnknownEndpoint, &night);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].title,
            "GET /api/v2/analytics/queues/summary does not exist; nearest: POST \
             /api/v2/analytics/queues/observations/query"
        );
        assert_eq!(found[0].facts.len(), 2);
    }

    #[test]
    fn wrong_method_names_the_methods_that_exist() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[]).need("Dialler", "PATCH /api/v2/oauth/clients/{clientId}", "");
        let found = found(&NeedUnknownEndpoint, &night);
        assert!(found[0].detail.contains("The path exists with DELETE, GET, PUT."), "{}", found[0].detail);
    }

    #[test]
    fn endpoint_of_the_matrix_is_not_told_whatever_its_parameters() {
        let mut night = Night::new();
        night.client("c1", "Dialler", &[]).need("Dialler", "GET /api/v2/routing/queues", "");
        night.need("Dialler", "GET /api/v2/oauth/clients/{anyId}", "").need(
            "Dialler",
            "GET /api/v2/oauth/clients/c1",
            "",
        );
        assert!(found(&NeedUnknownEndpoint, &night).is_empty());
    }
}
