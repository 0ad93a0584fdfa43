//! What changed between two matrices.

use std::collections::{BTreeMap, BTreeSet};

use super::operation::Operation;
use super::requirement::{Match, Requirement};
use super::table::Matrix;

/// What another requirement of permissions means for whoever met the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The same to everyone: for one permission ANY and ALL are alike.
    None,
    /// Whoever met the old one meets the new one.
    Easier,
    /// Some who met the old one do not meet the new one.
    Harder,
    /// Neither: other permissions are asked for.
    Other,
    /// One of the two is not published.
    NotKnown,
}

impl Effect {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Easier => "easier",
            Self::Harder => "harder",
            Self::Other => "other",
            Self::NotKnown => "not known",
        }
    }
}

/// One fact about an operation that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// `path` (parameter names), `permissions`, `scopes`, `scope_source`, `user_context`, `nothing_published` or `deprecated`.
    pub field: &'static str,
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
    /// For permissions and scopes: what it means.
    pub effect: Option<Effect>,
}

/// An operation of both matrices with what changed.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// As it was.
    pub before: &'a Operation,
    /// As it is.
    pub after: &'a Operation,
    /// At least one.
    pub fields: Vec<Changed>,
}

/// The difference. `unchanged + changed + removed` are all operations of the first, `unchanged + changed + added` all
/// of the second.
#[derive(Clone, Debug, Default)]
pub struct MatrixDiff<'a> {
    /// Only in the second.
    pub added: Vec<&'a Operation>,
    /// Only in the first.
    pub removed: Vec<&'a Operation>,
    /// In both, not the same.
    pub changed: Vec<Change<'a>>,
    /// In both, the same.
    pub unchanged: usize,
}

impl MatrixDiff<'_> {
    /// Whether both say the same.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    /// How many operations changed, by field.
    pub fn by_field(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for field in self.changed.iter().flat_map(|change| &change.fields) {
            *counts.entry(field.field).or_insert(0) += 1;
        }
        counts
    }
}

/// Compares two matrices. Operations are the same when method and path are, whatever the parameters are called.
pub fn diff<'a>(before: &'a Matrix, after: &'a Matrix) -> MatrixDiff<'a> {
    let mut result = MatrixDiff::default();
    let mut left: Vec<&Operation> = Vec::new();
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut pairs: Vec<(&Operation, &Operation)> = Vec::new();
    for operation in before.operations() {
        match after.get(&operation.endpoint) {
            Some((at, same)) => {
                taken.insert(at);
                pairs.push((operation, same));
            }
            None => left.push(operation),
        }
    }
    let new = || after.operations().iter().enumerate().filter(|(at, _)| !taken.contains(at)).map(|(_, o)| o);
    // What stands only on one side may be there under another parameter name, if only one can be meant.
    let left_shapes = by_shape(left.iter().copied());
    let new_shapes = by_shape(new());
    let partner = |shape: &(super::Method, String), own: &Shapes<'a>, other: &Shapes<'a>| match (
        own.get(shape).map(Vec::as_slice),
        other.get(shape).map(Vec::as_slice),
    ) {
        (Some([_]), Some([one])) => Some(*one),
        _ => None,
    };
    for operation in left {
        match partner(&shape(operation), &left_shapes, &new_shapes) {
            Some(renamed) => pairs.push((operation, renamed)),
            None => result.removed.push(operation),
        }
    }
    result.added = new().filter(|o| partner(&shape(o), &new_shapes, &left_shapes).is_none()).collect();
    for (before, after) in pairs {
        let fields = compare(before, after);
        if fields.is_empty() {
            result.unchanged += 1;
        } else {
            result.changed.push(Change { before, after, fields });
        }
    }
    result.changed.sort_by(|a, b| a.after.endpoint.cmp(&b.after.endpoint));
    result
}

type Shapes<'a> = BTreeMap<(super::Method, String), Vec<&'a Operation>>;

fn shape(operation: &Operation) -> (super::Method, String) {
    let parts: Vec<&str> =
        operation.endpoint.path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
    (operation.endpoint.method, parts.join("/"))
}

fn by_shape<'a>(operations: impl Iterator<Item = &'a Operation>) -> Shapes<'a> {
    let mut shapes = Shapes::new();
    for operation in operations {
        shapes.entry(shape(operation)).or_default().push(operation);
    }
    shapes
}

fn compare(before: &Operation, after: &Operation) -> Vec<Changed> {
    let mut fields = Vec::new();
    let (old, new) = (&before.requirement, &after.requirement);
    let mut note = |field, before: String, after: String, effect| {
        if before != after {
            fields.push(Changed { field, before, after, effect });
        }
    };
    note("path", before.endpoint.path.to_string(), after.endpoint.path.to_string(), None);
    note("permissions", permissions_text(old), permissions_text(new), Some(permissions_effect(old, new)));
    if permissions_text(old) == permissions_text(new) {
        let word = |unproven: bool| if unproven { "yes" } else { "no" }.to_owned();
        note("nothing_published", word(old.unproven), word(new.unproven), None);
    }
    note("scopes", scopes_text(old), scopes_text(new), Some(scopes_effect(old, new)));
    note("scope_source", old.scopes_known.as_str().into(), new.scopes_known.as_str().into(), None);
    note("user_context", old.user_context.as_str().into(), new.user_context.as_str().into(), None);
    let word = |deprecated| match deprecated {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    };
    note("deprecated", word(before.deprecated).into(), word(after.deprecated).into(), None);
    fields
}

/// As a set: the order in which permissions are published means nothing.
fn permissions_text(requirement: &Requirement) -> String {
    let set: BTreeSet<&str> = requirement.permissions.iter().map(|p| p.as_str()).collect();
    let list: Vec<&str> = set.into_iter().collect();
    format!("{} {}", requirement.permissions_match.as_str(), list.join(";")).trim_end().to_owned()
}

fn scopes_text(requirement: &Requirement) -> String {
    let set: BTreeSet<&str> = requirement.scopes.iter().map(|s| s.as_str()).collect();
    set.into_iter().collect::<Vec<_>>().join(";")
}

fn permissions_effect(old: &Requirement, new: &Requirement) -> Effect {
    if old.permissions_match == Match::Unknown || new.permissions_match == Match::Unknown {
        return Effect::NotKnown;
    }
    by_implication(implies(old, new), implies(new, old))
}

fn by_implication(forward: bool, back: bool) -> Effect {
    match (forward, back) {
        (true, true) => Effect::None,
        (true, false) => Effect::Easier,
        (false, true) => Effect::Harder,
        (false, false) => Effect::Other,
    }
}

/// Whether everyone who meets `a` meets `b`.
fn implies(a: &Requirement, b: &Requirement) -> bool {
    let of_b: BTreeSet<_> = b.permissions.iter().collect();
    let of_a: BTreeSet<_> = a.permissions.iter().collect();
    // A list of one is both.
    let all = |r: &Requirement| r.permissions_match == Match::All || r.permissions.len() == 1;
    match (all(a), all(b)) {
        _ if of_b.is_empty() => true,
        _ if of_a.is_empty() => false,
        (true, true) => of_b.is_subset(&of_a),
        (true, false) => !of_a.is_disjoint(&of_b),
        (false, false) => of_a.is_subset(&of_b),
        // Whoever holds just one of several cannot hold several.
        (false, true) => false,
    }
}

fn scopes_effect(old: &Requirement, new: &Requirement) -> Effect {
    use super::requirement::Provenance::Unknown;
    if old.scopes_known == Unknown || new.scopes_known == Unknown {
        return Effect::NotKnown;
    }
    let (a, b): (BTreeSet<_>, BTreeSet<_>) = (old.scopes.iter().collect(), new.scopes.iter().collect());
    // No scope asked for lets every token through.
    let forward = b.is_empty() || (!a.is_empty() && a.is_subset(&b));
    let back = a.is_empty() || (!b.is_empty() && b.is_subset(&a));
    by_implication(forward, back)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bundled, csv};

    const HEADER: &str =
        "method,path,permissions_match,permissions,scopes,user_context,source,scope_source,deprecated\n";

    fn matrix(rows: &str) -> Matrix {
        csv::read("test", &format!("{HEADER}{rows}")).unwrap()
    }

    #[test]
    fn matrix_does_not_differ_from_itself() {
        let same = diff(bundled::matrix(), bundled::matrix());
        assert!(same.is_empty());
        assert_eq!(same.unchanged, 3397);
    }

    #[test]
    fn every_kind_of_change_is_named_and_counts_add_up() {
        let before = matrix(
            "GET,/gone,NONE,,,,,,no\nGET,/same,ANY,a:a:a;b:b:b,,,,,no\nGET,/permissions,ANY,a:a:a,,,,,no\n\
             GET,/scopes,NONE,,x;y,,,,no\nGET,/user,NONE,,,unknown,,,no\nGET,/old,NONE,,,,,,no\n\
             GET,/known,NONE,,x,,,derived,no\nGET,/name/{id},NONE,,,,,,no\n",
        );
        let after = matrix(
            "GET,/new,NONE,,,,,,no\nGET,/same,ANY,b:b:b;a:a:a,,,,,no\nGET,/permissions,ANY,a:a:a;b:b:b,,,,,no\n\
             GET,/scopes,NONE,,x,,,,no\nGET,/user,NONE,,,yes,,,no\nGET,/old,NONE,,,,,,yes\n\
             GET,/known,NONE,,x,,,published,no\nGET,/name/{nameId},NONE,,,,,,no\n",
        );
        let diff = diff(&before, &after);
        assert_eq!((diff.added.len(), diff.removed.len(), diff.unchanged, diff.changed.len()), (1, 1, 1, 6));
        assert_eq!(diff.unchanged + diff.changed.len() + diff.removed.len(), before.operations().len());
        assert_eq!(diff.unchanged + diff.changed.len() + diff.added.len(), after.operations().len());
        let names = ["deprecated", "path", "permissions", "scope_source", "scopes", "user_context"];
        assert_eq!(diff.by_field(), names.map(|name| (name, 1)).into());
        let effect = |field| diff.changed.iter().flat_map(|c| &c.fields).find(|f| f.field == field).unwrap().effect;
        assert_eq!(effect("permissions"), Some(Effect::Easier));
        assert_eq!(effect("scopes"), Some(Effect::Harder));
    }

    #[test]
    fn effect_of_permissions_follows_who_still_meets_them() {
        let requirement = |matching: &str, list: &str| {
            matrix(&format!("GET,/a,{matching},{list},,,,,\n")).operations()[0].requirement.clone()
        };
        for (old, new, effect) in [
            (("ANY", "a:a:a"), ("ALL", "a:a:a"), Effect::None),
            (("ANY", "a:a:a"), ("ANY", "a:a:a;b:b:b"), Effect::Easier),
            (("ALL", "a:a:a;b:b:b"), ("ALL", "a:a:a"), Effect::Easier),
            (("ALL", "a:a:a;b:b:b"), ("ANY", "b:b:b;c:c:c"), Effect::Easier),
            (("ANY", "a:a:a;b:b:b"), ("ALL", "a:a:a;b:b:b"), Effect::Harder),
            (("NONE", ""), ("ANY", "a:a:a"), Effect::Harder),
            (("ANY", "a:a:a"), ("NONE", ""), Effect::Easier),
            (("ANY", "a:a:a"), ("ANY", "b:b:b"), Effect::Other),
            (("UNKNOWN", ""), ("ANY", "b:b:b"), Effect::NotKnown),
        ] {
            assert_eq!(
                permissions_effect(&requirement(old.0, old.1), &requirement(new.0, new.1)),
                effect,
                "{old:?} {new:?}"
            );
        }
    }

    #[test]
    fn shape_that_stands_twice_is_not_paired() {
        let before = matrix("GET,/a/{x}/b,NONE,,,,,,\n");
        let after = matrix("GET,/a/{y}/b,NONE,,,,,,\nGET,/a/{z}/b,NONE,,,,,,\n");
        let diff = diff(&before, &after);
        assert_eq!((diff.added.len(), diff.removed.len(), diff.changed.len()), (2, 1, 0));
    }
}
