//! The rows of the page's scripted views, packed into blocks that are inert until a script inflates them.
//!
//! A block is what a CSV file is, in less space; the page without scripts does not need any. To add one, write a
//! function that makes [`Columns`] from the [`Input`] of the page and give it a line in [`BLOCKS`].

pub mod access;
pub mod columns;
mod findings;
mod interned;
mod rows;
mod sentences;

use std::io;

pub use columns::{Block, Columns};

use super::Input;

/// What makes the columns of a block.
type Make = fn(&Input<'_>) -> Columns;

/// Every block by name, in the order of the page. A block without rows is left out of the page.
static BLOCKS: &[(&str, Make)] = &[
    // One line a block.
    ("findings", findings::of),
    ("gaps", |page| rows::of(&page.tables.gaps)),
    ("excess", |page| rows::of(&page.tables.excess)),
    ("drift", |page| rows::of(&page.tables.drift)),
    ("blockers", |page| rows::of(&page.tables.blockers)),
    ("changes", |page| rows::of(&page.tables.changes)),
    ("oauth_clients", |page| rows::of(&page.tables.oauth_clients)),
    ("authorizations", |page| rows::of(&page.tables.authorizations)),
    ("service_users", |page| rows::of(&page.tables.service_users)),
    ("roles", |page| rows::of(&page.tables.roles)),
    ("permissions", |page| rows::of(&page.tables.permissions)),
    ("grants", |page| rows::of(&page.tables.grants)),
    ("endpoints", |page| rows::of(&page.tables.endpoints)),
    ("divisions", |page| access::divisions(page.evidence, page.tables)),
    ("users", |page| access::users(page.evidence, page.tables)),
    ("access_orgs", |page| access::orgs(page.evidence, page.tables)),
    ("access_roles", |page| access::roles(page.evidence, page.tables)),
    ("access_holdings", |page| access::holdings(page.evidence, page.tables)),
    ("access_principals", |page| access::principals(page.evidence, page.tables)),
    ("access_applying", |page| access::applying(page.evidence)),
    ("access_policies", |page| access::policies(page.evidence, page.tables)),
];

/// All blocks of a page that have rows.
///
/// # Errors
/// When packing fails: a fault of the program, not of the data.
pub fn of(page: &Input<'_>) -> io::Result<Vec<Block>> {
    let mut made: Vec<(&'static str, Columns)> = BLOCKS.iter().map(|(name, make)| (*name, make(page))).collect();
    let shared = interned::share(&mut made);
    let made = shared.into_iter().chain(made);
    made.filter(|(_, columns)| columns.rows() > 0).map(|(name, columns)| columns.block(name)).collect()
}

#[cfg(test)]
mod tests;
