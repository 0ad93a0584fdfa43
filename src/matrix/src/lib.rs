//! Which permissions and scopes every endpoint of the API requires, and where that is known from.
//!
//! A [`Matrix`] is read from the table built into the program, from a CSV file or from a Swagger document. It knows
//! nothing of principals: whether somebody meets a requirement is for `cross` to say.
pub mod announced;
pub mod bundled;
pub mod cache;
pub mod choose;
pub mod csv;
pub mod diff;
pub mod endpoint;
pub mod error;
#[cfg(test)]
mod facts_tests;
pub mod file;
pub mod kept;
pub mod lint;
pub mod names;
pub mod nearest;
mod nearness;
pub mod needs;
mod operation;
pub mod overlay;
mod path_part;
pub mod requirement;
pub mod reviewed;
pub mod search;
pub mod swagger;
mod swagger_operation;
pub mod table;
mod unproven;

pub use endpoint::{Endpoint, Method};
pub use error::MatrixError;
pub use operation::Operation;
pub use requirement::{Asks, Match, Provenance, Requirement, UserContext};
pub use swagger::Imported;
pub use table::Matrix;
