//! Does the matrix in force agree with what others publish of it? The files are described in `fixtures/facts/README.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::date;

use super::{Endpoint, Match, Matrix, bundled, reviewed};

/// Operations that a page of the provider names and the platform's document does not have. Nothing can be said of them:
/// the page lists no permission and no scope for them either.
const NOT_IN_THE_DOCUMENT: &[&str] = &[
    "DELETE /api/v2/guides/{guideId}",
    "POST /api/v2/guides/{guideId}",
    "POST /api/v2/authorization/divisions/{divisionId}",
    "DELETE /api/v2/scripts/{scriptId}",
];

/// Proofs that do not agree with the matrix in force, each with the reason why the matrix stays as it is.
const DISAGREEMENTS: &[(&str, &str, &str)] = &[
    (
        "GET /api/v2/architect/ivrs",
        "com.inin.pubapi.iam.util.ResourcePermission",
        "the body names a class and no permission",
    ),
    (
        "POST /api/v2/architect/schedulegroups",
        "routing:schedule:add",
        "the body names the permission of another call; the document publishes routing:scheduleGroup:add",
    ),
    (
        "PUT /api/v2/users/{userId}/profile",
        "admin;directory:user:edit;directory:organization:admin",
        "announced, but no operation of the document any more",
    ),
];

fn rows(file: &str) -> Vec<BTreeMap<String, String>> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("fixtures/facts").join(file);
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn items(text: &str) -> BTreeSet<String> {
    text.split(';').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn in_force() -> Matrix {
    let mut matrix = bundled::matrix().clone();
    reviewed::lay(&mut matrix, date(2026, 11, 30));
    matrix
}

/// Pages whose lists are not the union of ours; the operations that we do not have.
fn compared(matrix: &Matrix) -> (Vec<String>, BTreeSet<String>) {
    let (mut differ, mut missing) = (Vec::new(), BTreeSet::new());
    let pages = rows("cxascode_pages.csv");
    assert_eq!(pages.len(), 257);
    for page in pages {
        let (mut permissions, mut scopes) = (BTreeSet::new(), BTreeSet::new());
        for call in items(&page["endpoints"]) {
            let endpoint: Endpoint = call.parse().unwrap();
            let Some((_, operation)) = matrix.resolve(&endpoint) else {
                missing.insert(call);
                continue;
            };
            permissions.extend(operation.requirement.permissions.iter().map(ToString::to_string));
            scopes.extend(operation.requirement.scopes.iter().map(ToString::to_string));
        }
        if permissions != items(&page["permissions"]) || scopes != items(&page["scopes"]) {
            differ.push(format!("{} {}: {permissions:?} {scopes:?}", page["kind"], page["name"]));
        }
    }
    (differ, missing)
}

#[test]
fn every_page_of_the_provider_lists_the_union_of_our_rows() {
    let stated: BTreeSet<String> = NOT_IN_THE_DOCUMENT.iter().map(|&call| call.to_owned()).collect();
    for matrix in [bundled::matrix(), &in_force()] {
        let (differ, missing) = compared(matrix);
        assert!(differ.is_empty(), "{differ:#?}");
        assert_eq!(missing, stated);
    }
}

/// Whether an operation requires what is claimed: exactly this, or this as one of several alternatives.
fn agrees(matrix: &Matrix, call: &str, claimed: &BTreeSet<String>, mode: &str) -> bool {
    let Some((_, operation)) = matrix.resolve(&call.parse().unwrap()) else { return false };
    let own: BTreeSet<String> = operation.requirement.permissions.iter().map(ToString::to_string).collect();
    match operation.requirement.permissions_match {
        Match::All if own.len() > 1 => mode == "all" && own == *claimed,
        Match::Any | Match::All => !claimed.is_empty() && claimed.is_subset(&own),
        Match::None | Match::Unknown => claimed.is_empty(),
    }
}

#[test]
fn every_proof_agrees_with_the_matrix_in_force_or_is_a_reviewed_disagreement() {
    let matrix = in_force();
    let proofs = rows("proofs.csv");
    assert_eq!(proofs.len(), 34);
    let mut disagree = BTreeSet::new();
    for proof in &proofs {
        assert!(matches!(proof["kind"].as_str(), "body" | "vendor"), "{proof:?}");
        let (claimed, mode) = (proof["permissions_claimed"].as_str(), proof["mode"].as_str());
        let template = format!("{} {}", proof["method"], proof["path"]);
        let of_type = |name: &str| template.replace("{objectType}", name);
        // A help page names the object types with the permission of each; what it abbreviates is none.
        if let Some(list) = claimed.strip_prefix('(').and_then(|list| list.strip_suffix(')')) {
            for (name, permission) in list.split(';').filter_map(|item| item.trim().split_once(": ")) {
                assert!(agrees(&matrix, &of_type(name), &items(permission), mode), "{name} {permission}");
            }
            continue;
        }
        let call = proof["note"].strip_prefix("objectType=").map_or_else(|| template.clone(), of_type);
        if !agrees(&matrix, &call, &items(claimed), mode) {
            disagree.insert((call, claimed.to_owned()));
        }
    }
    let reviewed: BTreeSet<(String, String)> =
        DISAGREEMENTS.iter().map(|(call, claimed, _)| ((*call).to_owned(), (*claimed).to_owned())).collect();
    assert_eq!(disagree, reviewed);
}
