//! What a change of the API's requirements does to an org: which operations came, went or ask for something else, who
//! needs or uses them, and how each of those stands before and after.
//!
//! Both sides are one snapshot, crossed with two matrices. Pure: no I/O, no clock. Severity is for `findings` to say.

mod callers;
mod wildcards;

use crate::cross::AccessMap;
use crate::cross::gap::Gap;
use crate::cross::needed::{Known, Needed, NeededIn};
use crate::cross::{Answer, Verdict};
use rolecall_base::id::RoleId;
use rolecall_base::permission::Permission;
use rolecall_matrix::diff::{self, Changed, Effect};
use rolecall_matrix::{Endpoint, Operation, Requirement};

use callers::Callers;

/// What became of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Became {
    /// Only the new matrix has it.
    Added,
    /// Both have it, and it asks for something else.
    Changed,
    /// Both have it and it asks for the same; what else is said of it (parameter names, deprecation) changed.
    Reworded,
    /// Only the old matrix has it.
    Removed,
}

impl Became {
    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Reworded => "retold",
            Self::Removed => "removed",
        }
    }
}

/// What a change of the matrix means to somebody who needs the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    /// Refused from now on.
    Refused,
    /// The operation is gone.
    Gone,
    /// Refused before and after.
    StillRefused,
    /// Worse than before, but not refused: limited, conditional or not known.
    Unsure,
    /// As before.
    Same,
    /// Better than before.
    Better,
}

impl Impact {
    /// Follows from the two verdicts alone.
    pub fn of(before: Verdict, after: Verdict) -> Self {
        match (before, after) {
            (Verdict::Denied, Verdict::Denied) => Self::StillRefused,
            (_, Verdict::Denied) => Self::Refused,
            _ if rank(after) < rank(before) => Self::Unsure,
            _ if rank(after) > rank(before) => Self::Better,
            _ => Self::Same,
        }
    }

    /// The word used in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Gone => "gone",
            Self::StillRefused => "still-refused",
            Self::Unsure => "unsure",
            Self::Same => "same",
            Self::Better => "better",
        }
    }

    /// Whether a call that was not refused fails from now on.
    pub fn breaks(self) -> bool {
        matches!(self, Self::Refused | Self::Gone)
    }
}

/// How much a verdict lets through.
fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Allowed => 4,
        Verdict::Partial => 3,
        Verdict::Conditional | Verdict::DependsOnUser => 2,
        Verdict::Unknown => 1,
        Verdict::Denied => 0,
    }
}

/// Somebody who needs or uses an operation.
#[derive(Clone, Debug)]
pub struct Caller<'a> {
    /// Position of the principal in the access map.
    pub principal: usize,
    /// Where the call is needed.
    pub division: NeededIn,
    /// How the need is known.
    pub known: Known<'a>,
    /// The verdict under the old matrix.
    pub before: Answer,
    /// The verdict under the new matrix.
    pub after: Answer,
    /// What that means.
    pub impact: Impact,
    /// What is missing under the new matrix, with the smallest fix; `None` where the call is allowed.
    pub gap: Option<Gap<'a>>,
}

/// An operation on which the two matrices differ.
#[derive(Clone, Debug)]
pub struct Moved<'a> {
    /// Its address: the new one, where both have it.
    pub endpoint: Endpoint,
    /// What became of it.
    pub became: Became,
    /// What the old matrix says it requires.
    pub before: Option<Requirement>,
    /// What the new matrix says it requires.
    pub after: Option<Requirement>,
    /// What changed, fact by fact; empty for operations that only one matrix has.
    pub fields: Vec<Changed>,
    /// Who needs or uses it, in the order of the needs.
    pub callers: Vec<Caller<'a>>,
}

/// A role by whose wildcard a new permission is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoveringRole {
    /// The role.
    pub role: RoleId,
    /// Its name.
    pub name: String,
    /// The patterns that cover it, sorted.
    pub patterns: Vec<String>,
    /// Whether every one of them holds only under a condition or for named resources.
    pub conditional: bool,
    /// Principals that hold the role, directly or through a group: positions in the access map, sorted.
    pub holders: Vec<usize>,
}

/// A permission that the old matrix does not ask for anywhere, and that falls under a wildcard somebody holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPermission {
    /// The permission.
    pub permission: Permission,
    /// Whether the org's catalogue lists it, without which nobody holds it; `None`: the catalogue was not read completely.
    pub listed: Option<bool>,
    /// Operations that ask for it, sorted.
    pub operations: Vec<Endpoint>,
    /// Roles that cover it and that somebody holds, sorted by name and id.
    pub roles: Vec<CoveringRole>,
}

/// Everything on which two matrices differ, as one org sees it.
#[derive(Clone, Debug, Default)]
pub struct Radar<'a> {
    /// Operations, sorted by what became of them and by endpoint.
    pub operations: Vec<Moved<'a>>,
    /// New permissions under wildcards, sorted.
    pub permissions: Vec<NewPermission>,
    /// Operations of both that are the same in both.
    pub unchanged: usize,
}

impl<'a> Radar<'a> {
    /// Whether the two matrices say the same.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The operations of which this became.
    pub fn which(&self, became: Became) -> impl Iterator<Item = &Moved<'a>> {
        self.operations.iter().filter(move |one| one.became == became)
    }

    /// Whether a needed call that was not refused fails from now on.
    pub fn breaks(&self) -> bool {
        self.operations.iter().flat_map(|one| &one.callers).any(|caller| caller.impact.breaks())
    }
}

/// Compares two matrices over one org. `before` and `after` are the same snapshot, crossed with the old and with the new
/// matrix; `needed` are its needs, placed with `after`.
pub fn between<'a>(before: &AccessMap<'_>, after: &AccessMap<'a>, needed: &Needed<'a>) -> Radar<'a> {
    let found = diff::diff(before.matrix, after.matrix);
    if found.is_empty() {
        return Radar { unchanged: found.unchanged, ..Radar::default() };
    }
    let callers = Callers::of(before, after, needed);
    let mut operations = Vec::new();
    for operation in &found.added {
        operations.push(Moved {
            endpoint: operation.endpoint.clone(),
            became: Became::Added,
            before: None,
            after: Some(operation.requirement.clone()),
            fields: Vec::new(),
            callers: callers.of_operation(None, place(after, operation)),
        });
    }
    for operation in &found.removed {
        operations.push(Moved {
            endpoint: operation.endpoint.clone(),
            became: Became::Removed,
            before: Some(operation.requirement.clone()),
            after: None,
            fields: Vec::new(),
            callers: callers.of_operation(place(before, operation), None),
        });
    }
    for change in &found.changed {
        let became = if change.fields.iter().any(asks_otherwise) { Became::Changed } else { Became::Reworded };
        operations.push(Moved {
            endpoint: change.after.endpoint.clone(),
            became,
            before: Some(change.before.requirement.clone()),
            after: Some(change.after.requirement.clone()),
            fields: change.fields.clone(),
            callers: callers.of_operation(place(before, change.before), place(after, change.after)),
        });
    }
    operations.sort_by(|a, b| (a.became, &a.endpoint).cmp(&(b.became, &b.endpoint)));
    Radar { operations, permissions: wildcards::new_permissions(before.matrix, after), unchanged: found.unchanged }
}

fn place(map: &AccessMap<'_>, operation: &Operation) -> Option<usize> {
    map.matrix.get(&operation.endpoint).map(|(at, _)| at)
}

/// Whether a changed fact can change a verdict.
pub fn asks_otherwise(field: &Changed) -> bool {
    match field.field {
        "permissions" | "scopes" => field.effect != Some(Effect::None),
        other => matches!(other, "scope_source" | "user_context"),
    }
}

#[cfg(test)]
mod tests;
