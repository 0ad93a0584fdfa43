//! What to say of an endpoint that the matrix does not have.

use crate::matrix::{Endpoint, Matrix};

/// The nearest real endpoints, best first: the same path with another method, then paths that are near.
pub fn endpoints(matrix: &Matrix, asked: &Endpoint) -> Vec<String> {
    let same_path = matrix.methods_of(asked).into_iter().map(|method| Endpoint { method, path: asked.path.clone() });
    let resolved =
        same_path.filter_map(|endpoint| matrix.resolve(&endpoint)).map(|(_, found)| found.endpoint.to_string());
    let mut names: Vec<String> = resolved.collect();
    let all: Vec<String> = matrix.operations().iter().map(|operation| operation.endpoint.to_string()).collect();
    let near = crate::model::nearest::nearest(&asked.to_string(), all.iter().map(String::as_str), 3);
    for name in near {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names.truncate(3);
    names
}
