//! What to say of an endpoint that the matrix does not have.

use crate::matrix::{Endpoint, Matrix, nearest};

/// The nearest real endpoints, best first: the same path with another method, then paths that are near.
pub fn endpoints(matrix: &Matrix, asked: &Endpoint) -> Vec<String> {
    let other_methods =
        matrix.methods_of(asked).into_iter().map(|method| Endpoint { method, path: asked.path.clone() });
    let mut names: Vec<String> = other_methods
        .filter_map(|endpoint| matrix.resolve(&endpoint))
        .map(|(_, found)| found.endpoint.to_string())
        .collect();
    for near in nearest::endpoints(matrix, asked, 3) {
        let name = near.endpoint.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.truncate(3);
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::bundled;

    #[test]
    fn same_path_with_another_method_comes_first() {
        let asked = "PATCH /api/v2/oauth/clients/{clientId}".parse().unwrap();
        let names = endpoints(bundled::matrix(), &asked);
        assert!(names.contains(&"PUT /api/v2/oauth/clients/{clientId}".to_owned()), "{names:?}");
        assert!(names.len() <= 3);
    }

    #[test]
    fn invented_endpoint_brings_the_real_one() {
        let asked = "GET /api/v2/analytics/queues/summary".parse().unwrap();
        let names = endpoints(bundled::matrix(), &asked);
        assert_eq!(names.first().map(String::as_str), Some("POST /api/v2/analytics/queues/observations/query"));
    }
}
