//! What is odd about a matrix.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::endpoint::Endpoint;
use super::requirement::{Match, Provenance};
use super::table::{Matrix, scopes_of};

/// More alternatives than this are worth a look.
const MANY: usize = 20;

/// Something odd. It is a remark, not an error: the platform does publish such things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// `odd-permission`, `many-alternatives`, `requirement-unknown`, `scopes-derived`, `scopes-unknown`,
    /// `scope-family`, `same-shape`, `no-date` or `old`.
    pub kind: &'static str,
    /// The operation; `None` where it is about the matrix.
    pub endpoint: Option<Endpoint>,
    /// In words.
    pub text: String,
}

/// Looks a matrix over. `today` and `max_age_days` are for its age. Remarks on the matrix come first.
pub fn lint(matrix: &Matrix, today: Option<Date>, max_age_days: u32) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut whole = |kind, text| remarks.push(Remark { kind, endpoint: None, text });
    match (matrix.date, today) {
        (None, _) => whole("no-date", "it has no date, so its age is unknown".to_owned()),
        (Some(date), Some(today)) => {
            if let Some(days) = too_old(date, today, max_age_days) {
                whole("old", format!("its facts are of {date}, {days} days old; the limit is {max_age_days}"));
            }
        }
        (Some(_), None) => {}
    }
    let operations = matrix.operations();
    let known: BTreeSet<&str> = scopes_of(matrix);
    for scope in &known {
        if let Some(family) = scope.strip_suffix(":readonly").filter(|family| !known.contains(family)) {
            whole("scope-family", format!("scope `{scope}` has no read-write sibling `{family}`"));
        }
    }
    let mut shapes = std::collections::BTreeMap::new();
    for operation in operations {
        let requirement = &operation.requirement;
        let mut note = |kind, text| remarks.push(Remark { kind, endpoint: Some(operation.endpoint.clone()), text });
        for permission in requirement.permissions.iter().filter(|permission| permission.parts().is_none()) {
            note("odd-permission", format!("`{permission}` is not `domain:entity:action`"));
        }
        if requirement.permissions_match == Match::Any && requirement.permissions.len() > MANY {
            note("many-alternatives", format!("any of {} permissions is enough", requirement.permissions.len()));
        }
        if requirement.permissions_match == Match::Unknown {
            note("requirement-unknown", "its permissions are not published".to_owned());
        }
        match requirement.scopes_known {
            Provenance::Published => {}
            Provenance::Derived => note("scopes-derived", "its scopes are inferred, not published".to_owned()),
            Provenance::Unknown => note("scopes-unknown", "its scopes are not published".to_owned()),
        }
        let shape: Vec<&str> =
            operation.endpoint.path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
        if let Some(first) = shapes.insert((operation.endpoint.method, shape), &operation.endpoint) {
            note("same-shape", format!("a call looks the same as one to `{first}`"));
        }
    }
    remarks
}

/// The age in days when it is over the limit. A date in the future is no age.
pub fn too_old(date: Date, today: Date, max_age_days: u32) -> Option<i64> {
    let days = i64::from(today.since(date).ok()?.get_days());
    (days > i64::from(max_age_days)).then_some(days)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::civil::date;

    use super::*;
    use crate::{bundled, csv};

    fn counts(remarks: &[Remark]) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for remark in remarks {
            *counts.entry(remark.kind).or_insert(0) += 1;
        }
        counts
    }

    #[test]
    fn bundled_matrix_has_the_known_oddities() {
        let counts = counts(&lint(bundled::matrix(), Some(date(2026, 8, 20)), 7));
        assert_eq!(counts.get("requirement-unknown"), Some(&77));
        assert_eq!(counts.get("scopes-derived"), Some(&177));
        assert_eq!(counts.get("scopes-unknown"), Some(&40));
        assert_eq!(counts.get("many-alternatives"), Some(&5));
        assert_eq!(counts.get("odd-permission"), Some(&8));
        assert_eq!((counts.get("old"), counts.get("no-date")), (None, None));
    }

    #[test]
    fn age_and_missing_date_are_remarked() {
        let remarks = lint(bundled::matrix(), Some(date(2026, 12, 15)), 7);
        assert!(remarks[0].text.contains("122 days old"), "{:?}", remarks[0]);
        let undated = csv::read("m", "method,path,permissions_match,permissions,scopes\nGET,/a,NONE,,\n").unwrap();
        assert_eq!(counts(&lint(&undated, None, 7)), BTreeMap::from([("no-date", 1)]));
    }

    #[test]
    fn same_shape_and_lonely_readonly_scope_are_remarked() {
        let text = "method,path,permissions_match,permissions,scopes\nGET,/a/{x},NONE,,s:readonly\nGET,/a/{y},NONE,,\n";
        let remarks = lint(&csv::read("m", text).unwrap(), None, 7);
        assert_eq!(counts(&remarks), BTreeMap::from([("no-date", 1), ("same-shape", 1), ("scope-family", 1)]));
    }
}
