//! Who can raise its own rights, in how many steps, and which fewest removals would stop it?
//!
//! [`Ways::of`] lays a graph over an org: who can act (clients, users, groups that carry roles), and what each can come
//! to hold by one published operation whose requirement it meets under the matrix in force. [`Ways::raise`] answers for
//! one principal: the shortest path, the shortest of the surest, and the cheapest cut, proven. Severity is absent on
//! purpose: whether that is *bad* is for `findings` to say.

mod build;
pub mod cut;
pub mod graph;
mod identities;
mod identity_graph;
pub mod moves;
pub mod path;
mod possible;
mod raise;
#[cfg(test)]
mod tests;

pub use cut::Cut;
pub use graph::Sureness;
pub use path::{Path, Removal, Step};
pub use raise::{OpenGroup, Raise, ShownCut, Ways};
