//! The matrix itself: operations, sorted, with a look-up by endpoint.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;

use super::endpoint::{Endpoint, Method};
use super::nearness::Nearness;
use super::operation::Operation;
use super::path_part::{is_id_of, is_placeholder};
use super::requirement::Requirement;

/// The endpoint-to-requirement matrix. Operations are sorted by method, then path, and stand once each.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Where it came from, in words for people: `bundled`, a file name, a URL.
    pub origin: String,
    /// The date its facts are of; `None` when the source does not state it.
    pub date: Option<Date>,
    operations: Vec<Operation>,
    by_endpoint: HashMap<Endpoint, usize>,
    /// The words of its names, cut when they are first asked for.
    nearness: OnceLock<Arc<Nearness>>,
}

impl Matrix {
    /// Puts operations in order; of two for the same endpoint the first is kept and the other returned.
    pub fn new(
        origin: impl Into<String>,
        date: Option<Date>,
        mut operations: Vec<Operation>,
    ) -> (Self, Vec<Operation>) {
        operations.sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
        let mut twice = Vec::new();
        let mut kept: Vec<Operation> = Vec::with_capacity(operations.len());
        for operation in operations {
            if kept.last().is_some_and(|last| last.endpoint == operation.endpoint) {
                twice.push(operation);
            } else {
                kept.push(operation);
            }
        }
        let by_endpoint = kept.iter().enumerate().map(|(at, operation)| (operation.endpoint.clone(), at)).collect();
        (Self { origin: origin.into(), date, operations: kept, by_endpoint, nearness: OnceLock::new() }, twice)
    }

    /// All operations, sorted by method and path.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The words of its names, by which near ones are found.
    pub(super) fn nearness(&self) -> &Nearness {
        self.nearness.get_or_init(|| Arc::new(Nearness::new(&self.operations, &permissions_of(self), &scopes_of(self))))
    }

    /// Whether two matrices were published by the same place: a cached copy is its region's, and a port says nothing.
    pub fn has_source_of(&self, other: &Self) -> bool {
        fn place(origin: &str) -> &str {
            let origin = origin.strip_suffix(" (cached)").unwrap_or(origin);
            match origin.rsplit_once(':') {
                Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
                _ => origin,
            }
        }
        place(&self.origin) == place(&other.origin)
    }

    /// Changes each operation; its endpoint, by which it is found and sorted, stays as it is.
    pub(super) fn for_each_operation(&mut self, change: impl Fn(&mut Operation)) {
        self.nearness = OnceLock::new();
        for operation in &mut self.operations {
            let endpoint = operation.endpoint.clone();
            change(operation);
            operation.endpoint = endpoint;
        }
    }

    /// The operation that a path is a call of, as an operation of its own where the path has a word in place of one of its
    /// parameters: with the path's words, what it requires as its template does. `None` where the matrix has none.
    pub(super) fn concrete(&self, asked: &Endpoint) -> Option<Operation> {
        let (_, template) = self.resolve(asked)?;
        let part = |(own, asked): (&str, &str)| {
            if is_placeholder(own) && !is_placeholder(asked) { asked } else { own }.to_owned()
        };
        let path: Vec<String> = template.endpoint.path.split('/').zip(asked.path.split('/')).map(part).collect();
        let endpoint = Endpoint { method: asked.method, path: path.join("/").into() };
        Some(Operation { endpoint, ..template.clone() })
    }

    /// The operations of their own whose template this is: `.../objects/USER` of `.../objects/{objectType}`.
    pub fn concretes_of<'m>(&'m self, template: &'m Endpoint) -> impl Iterator<Item = &'m Operation> {
        let has_parameter = template.path.contains('{');
        let of_it = move |one: &&Operation| {
            let parts: Vec<&str> = one.endpoint.path.split('/').collect();
            has_parameter
                && one.overridden.is_some()
                && one.endpoint != *template
                && one.endpoint.method == template.method
                && fit(&template.path, &parts, |_, _| true).is_some()
        };
        self.operations.iter().filter(of_it)
    }

    /// Adds operations that the matrix does not have; those that it has stay as they are.
    pub(super) fn add(&mut self, operations: Vec<Operation>) {
        if operations.is_empty() {
            return;
        }
        let mut all = std::mem::take(&mut self.operations);
        all.extend(operations);
        // The sort is stable, so that of two the one that was there is kept.
        *self = Self::new(std::mem::take(&mut self.origin), self.date, all).0;
    }

    /// Puts another requirement in place of an operation's, with where it is known from and the mark of who says so.
    pub(super) fn replace(&mut self, endpoint: &Endpoint, requirement: Requirement, source: Arc<str>, mark: Arc<str>) {
        self.nearness = OnceLock::new();
        let at = self.by_endpoint.get(endpoint).copied();
        if let Some(operation) = at.and_then(|at| self.operations.get_mut(at)) {
            operation.requirement = requirement;
            operation.source = source;
            operation.overridden = Some(mark);
        }
    }

    /// The operation with exactly this endpoint (template written as published), with its position.
    pub fn get(&self, endpoint: &Endpoint) -> Option<(usize, &Operation)> {
        let at = *self.by_endpoint.get(endpoint)?;
        self.operations.get(at).map(|operation| (at, operation))
    }

    /// The operation that answers a call to this path: the exact template, or the template whose literal parts meet
    /// the path's and whose parameters take the rest. Among several the one with most literal parts wins, as on the
    /// platform. Letter case and parameter names do not matter (`/Queues/{id}` finds `/queues/{queueId}`). A plain word
    /// is not taken for an id: `/queues/summary` is not `/queues/{queueId}`.
    pub fn resolve(&self, endpoint: &Endpoint) -> Option<(usize, &Operation)> {
        self.get(endpoint).or_else(|| self.best_fit(endpoint, is_id_of))
    }

    /// As [`Matrix::resolve`], whatever stands where the template takes an id: what the platform does with a call.
    pub fn resolve_as_called(&self, endpoint: &Endpoint) -> Option<(usize, &Operation)> {
        self.get(endpoint).or_else(|| self.best_fit(endpoint, |_, _| true))
    }

    fn best_fit(&self, endpoint: &Endpoint, takes: impl Fn(&str, &str) -> bool) -> Option<(usize, &Operation)> {
        let asked: Vec<&str> = endpoint.path.split('/').collect();
        self.operations
            .iter()
            .enumerate()
            .filter(|(_, operation)| operation.endpoint.method == endpoint.method)
            .filter_map(|(at, operation)| {
                fit(&operation.endpoint.path, &asked, &takes).map(|literal| (literal, at, operation))
            })
            // Earlier operations win ties, so that the answer does not depend on anything but the matrix.
            .max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)))
            .map(|(_, at, operation)| (at, operation))
    }

    /// The other methods that the same path has, for "there is no GET, but a POST".
    pub fn methods_of(&self, endpoint: &Endpoint) -> Vec<Method> {
        Method::ALL
            .into_iter()
            .filter(|method| *method != endpoint.method)
            .filter(|method| self.resolve(&Endpoint { method: *method, path: endpoint.path.clone() }).is_some())
            .collect()
    }
}

/// Every permission that an operation lists.
pub fn permissions_of(matrix: &Matrix) -> BTreeSet<&str> {
    matrix.operations().iter().flat_map(|o| &o.requirement.permissions).map(|p| p.as_str()).collect()
}

/// Every scope that an operation lists.
pub fn scopes_of(matrix: &Matrix) -> BTreeSet<&str> {
    matrix.operations().iter().flat_map(|o| &o.requirement.scopes).map(|s| s.as_str()).collect()
}

/// For each part of the template whether it is literal, as a sequence that orders better fits higher; `None` when the
/// template does not fit. A parameter does not swallow an empty part.
fn fit(template: &str, asked: &[&str], takes: impl Fn(&str, &str) -> bool) -> Option<Vec<bool>> {
    let mut literal = Vec::with_capacity(asked.len());
    let mut parts = asked.iter();
    for part in template.split('/') {
        let asked = parts.next()?;
        if is_placeholder(part) {
            if asked.is_empty() || !takes(part, asked) {
                return None;
            }
            literal.push(false);
        } else if part.eq_ignore_ascii_case(asked) {
            literal.push(true);
        } else {
            return None;
        }
    }
    parts.next().is_none().then_some(literal)
}

#[cfg(test)]
mod tests {
    use super::Matrix;
    use crate::bundled;

    fn path(text: &str) -> Option<String> {
        let matrix = bundled::matrix();
        matrix.resolve(&text.parse().unwrap()).map(|(_, operation)| operation.endpoint.to_string())
    }

    #[test]
    fn cached_copy_and_other_port_are_the_same_source_and_another_host_is_not() {
        let of = |origin: &str| Matrix::new(origin, None, Vec::new()).0;
        let same = |one: &str, other: &str| of(one).has_source_of(&of(other));
        assert!(same("api.example.com", "api.example.com (cached)"));
        assert!(same("127.0.0.1:8080", "127.0.0.1:9090 (cached)"));
        assert!(!same("api.example.com", "api.example.org"));
        assert!(!same("bundled", "api.example.com"));
    }

    #[test]
    fn concrete_path_finds_its_template() {
        assert_eq!(path("GET /api/v2/routing/queues/abc").as_deref(), Some("GET /api/v2/routing/queues/{queueId}"));
    }

    #[test]
    fn literal_part_wins_over_parameter() {
        assert_eq!(path("GET /api/v2/users/me").as_deref(), Some("GET /api/v2/users/me"));
        assert_eq!(path("GET /api/v2/users/42").as_deref(), Some("GET /api/v2/users/{userId}"));
    }

    #[test]
    fn word_is_not_taken_for_an_id_except_as_the_platform_would() {
        assert_eq!(path("GET /api/v2/routing/queues/summary"), None);
        let asked = "GET /api/v2/routing/queues/summary".parse().unwrap();
        let called = bundled::matrix().resolve_as_called(&asked).map(|(_, one)| one.endpoint.to_string());
        assert_eq!(called.as_deref(), Some("GET /api/v2/routing/queues/{queueId}"));
    }

    #[test]
    fn letter_case_of_a_path_does_not_matter() {
        for text in ["get /API/V2/Routing/Queues", "GET /ROUTING/QUEUES", "Get /v2/Routing/queues"] {
            assert_eq!(path(text).as_deref(), Some("GET /api/v2/routing/queues"), "{text}");
        }
    }

    #[test]
    fn parameter_names_do_not_matter() {
        assert_eq!(path("GET /api/v2/routing/queues/{id}").as_deref(), Some("GET /api/v2/routing/queues/{queueId}"));
    }

    #[test]
    fn invented_endpoint_is_not_found() {
        assert_eq!(path("GET /api/v2/analytics/queues/summary"), None);
    }
}
