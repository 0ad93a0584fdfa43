//! Requirements that are announced: what they are from a day on, and until then.

use std::sync::Arc;

use jiff::civil::Date;

use super::endpoint::Endpoint;
use super::requirement::{Match, Requirement};
use super::table::Matrix;
use rolecall_base::permission::Permission;

/// Permissions and how they combine.
pub type Asked = (Match, Vec<Permission>);

/// A requirement that is announced and not in force yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming {
    /// The first day on which it is in force, in UTC.
    pub effective: Date,
    /// Who says so, with title and address: what is announced together has one of these.
    pub cited: Arc<str>,
    /// The operation, as the matrix writes it.
    pub endpoint: Endpoint,
    /// What it requires until then.
    pub before: Requirement,
    /// What it requires from then on.
    pub after: Requirement,
}

/// A matrix as it is once these requirements are in force.
pub fn with_in_force<'c>(matrix: &Matrix, coming: impl IntoIterator<Item = &'c Coming>) -> Matrix {
    let mut later = matrix.clone();
    for one in coming {
        later.replace(&one.endpoint, one.after.clone(), Arc::clone(&one.cited), Arc::clone(&one.cited));
    }
    later
}

/// Whether a document says nothing of the permissions of an operation: it lists none, or what it says cannot be read.
pub fn is_silent(requirement: &Requirement) -> bool {
    matches!(requirement.permissions_match, Match::None | Match::Unknown)
}

/// Whether an operation asks for exactly these permissions. For one permission ANY and ALL are the same.
pub fn asks_for(requirement: &Requirement, asked: &Asked) -> bool {
    let (matching, permissions) = asked;
    let sorted = |list: &[Permission]| {
        let mut list = list.to_vec();
        list.sort();
        list.dedup();
        list
    };
    let (own, asked) = (sorted(&requirement.permissions), sorted(permissions));
    own == asked && (requirement.permissions_match == *matching || own.len() == 1)
}

/// A requirement with other permissions.
pub fn with_permissions(requirement: &Requirement, asked: &Asked) -> Requirement {
    let (permissions_match, permissions) = asked.clone();
    // A reviewed statement is proof, also where it says that nothing is required.
    Requirement { permissions_match, permissions, unproven: false, ..requirement.clone() }
}
