//! Who is the same on both sides: declared pairs first, then ids (of one org), then what people mean by a name, then
//! what things hold.

use std::collections::HashMap;

use super::numbering::Numbering;
use super::pairing::{Pairing, Pairs, email};
use super::renames;
use super::sides::{Family, Side, SideIndex};
use super::{Between, How};
use rolecall_base::named;

/// Finds the pairs of all families.
pub(super) fn pair(left: &SideIndex<'_, '_>, right: &SideIndex<'_, '_>, how: &How, numbering: &Numbering) -> Pairing {
    let mut families = HashMap::new();
    for family in Family::OBJECTS {
        let mut pairs = Pairs::new(left.len(family), right.len(family));
        declared(&mut pairs, family, left, right, how);
        if how.between == Between::Nights || family == Family::Trustee {
            pairs.by(|at| left.id(family, at), |at| right.id(family, at), false);
        }
        if may_be_of_another_id(family, how) {
            by_meaning(&mut pairs, family, left, right);
        }
        families.insert(family, pairs);
    }
    let mut permissions = Pairs::new(left.len(Family::Permission), right.len(Family::Permission));
    let name =
        |index: &SideIndex<'_, '_>, at: usize| index.snapshot.permissions.get(at).map(|one| one.permission.clone());
    permissions.by(|at| name(left, at), |at| name(right, at), false);
    families.insert(Family::Permission, permissions);
    families.insert(Family::Endpoint, operations(left, right));
    let mut pairing = Pairing { ids_tell: how.between == Between::Nights, families, one_sided: HashMap::new() };
    if pairing.ids_tell {
        for family in [Family::Role, Family::Division, Family::Group, Family::Client, Family::User] {
            for (side, index) in [(Side::Left, left), (Side::Right, right)] {
                let alone: Vec<usize> = pairing.get(family).alone(side).collect();
                let known = alone.into_iter().filter_map(|at| Some((index.id(family, at)?, at)));
                let known = known.map(|(id, at)| ((family, id.to_owned()), (side, at)));
                pairing.one_sided.extend(known);
            }
        }
    }
    // Of one org a thing of another id is another thing, whatever it holds. Between two orgs what was paired by its
    // content may be what another thing's content speaks of.
    let rounds = if how.between == Between::Orgs { 2 } else { 0 };
    for _ in 0..rounds {
        for family in [Family::Role, Family::Division, Family::Group, Family::Client, Family::User] {
            renames::pair(&mut pairing, family, left, right, numbering);
        }
    }
    pairing
}

/// Whether a thing can be the same under another id. Within one org an OAuth client cannot: one that was made anew has
/// another id and another secret, and whoever used the old one is locked out.
fn may_be_of_another_id(family: Family, how: &How) -> bool {
    how.between == Between::Orgs || family != Family::Client
}

fn declared(pairs: &mut Pairs, family: Family, left: &SideIndex<'_, '_>, right: &SideIndex<'_, '_>, how: &How) {
    for mapping in how.mappings.iter().filter(|mapping| Family::of(mapping.kind) == family) {
        let meant = |pairs: &Pairs, side: Side, index: &SideIndex<'_, '_>, text: &str| {
            let free: Vec<usize> = pairs.alone(side).collect();
            let only = |fits: &dyn Fn(usize) -> bool| free.iter().copied().filter(|at| fits(*at)).collect::<Vec<_>>();
            let by_id = only(&|at| index.id(family, at) == Some(text));
            if !by_id.is_empty() {
                return by_id;
            }
            let email = |at: usize| email(index, at).filter(|_| family == Family::User);
            let by_name =
                only(&|at| index.name(family, at) == text || email(at).is_some_and(|email| named::same(&email, text)));
            if !by_name.is_empty() {
                return by_name;
            }
            only(&|at| {
                named::same(&index.name(family, at), text)
                    || index.id(family, at).is_some_and(|id| named::same(id, text))
            })
        };
        let lefts = meant(pairs, Side::Left, left, &mapping.from);
        let rights = meant(pairs, Side::Right, right, &mapping.to);
        match (lefts.as_slice(), rights.as_slice()) {
            ([], _) | (_, []) => {}
            ([one], [other]) => pairs.pair(*one, *other),
            _ => pairs.ambiguous(lefts, rights),
        }
    }
}

fn by_meaning(pairs: &mut Pairs, family: Family, left: &SideIndex<'_, '_>, right: &SideIndex<'_, '_>) {
    let named = |index: &SideIndex<'_, '_>, at: usize| Some(index.name(family, at));
    match family {
        Family::Division => {
            let home = |index: &SideIndex<'_, '_>, at: usize| {
                index.snapshot.divisions.get(at).filter(|one| one.home).map(|_| ())
            };
            pairs.by(|at| home(left, at), |at| home(right, at), false);
            pairs.by(|at| named(left, at), |at| named(right, at), true);
        }
        Family::Role => {
            let default = |index: &SideIndex<'_, '_>, at: usize| {
                index.snapshot.roles.get(at).and_then(|role| role.default_role_id.clone())
            };
            let both = |index: &SideIndex<'_, '_>, at: usize| Some((default(index, at)?, index.name(family, at)));
            pairs.by(|at| both(left, at), |at| both(right, at), false);
            pairs.by(|at| default(left, at), |at| default(right, at), true);
            // Two default roles that are not the same one are two roles, whatever they are called.
            let any_custom =
                |index: &SideIndex<'_, '_>, places: &[usize]| places.iter().any(|at| default(index, *at).is_none());
            pairs.by_where(
                |at| named(left, at),
                |at| named(right, at),
                true,
                |these, those| any_custom(left, these) || any_custom(right, those),
            );
        }
        Family::User => {
            pairs.by(|at| email(left, at), |at| email(right, at), true);
            let without =
                |index: &SideIndex<'_, '_>, places: &[usize]| places.iter().any(|at| email(index, *at).is_none());
            pairs.by_where(
                |at| named(left, at),
                |at| named(right, at),
                true,
                |these, those| without(left, these) || without(right, those),
            );
        }
        _ => pairs.by(|at| named(left, at), |at| named(right, at), true),
    }
}

/// Operations are the same where method and path are; what their parameters are called does not matter.
fn operations(left: &SideIndex<'_, '_>, right: &SideIndex<'_, '_>) -> Pairs {
    let mut pairs = Pairs::new(left.len(Family::Endpoint), right.len(Family::Endpoint));
    for (at, operation) in left.map.matrix.operations().iter().enumerate() {
        if let Some((other, _)) = right.map.matrix.get(&operation.endpoint) {
            pairs.pair(at, other);
        }
    }
    let shape = |index: &SideIndex<'_, '_>, at: usize| {
        let endpoint = &index.map.matrix.operations().get(at)?.endpoint;
        let is_parameter = |part: &&str| part.starts_with('{') && part.ends_with('}');
        let parts = endpoint.path.split('/').map(|part| if is_parameter(&part) { "{}" } else { part });
        Some((endpoint.method, parts.collect::<Vec<_>>().join("/")))
    };
    pairs.by(|at| shape(left, at), |at| shape(right, at), false);
    pairs
}
