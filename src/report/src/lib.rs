//! What was found, as files: the last stage, which decides nothing and only says.
//!
//! [`assemble::assemble`] turns evidence and findings into a [`view::Report`], sorted and final; each format of
//! [`formats`] prints it; [`write::write`] puts the files of a run where people look for them.

pub mod assemble;
pub mod compared;
pub mod comparison;
#[cfg(feature = "parquet")]
pub mod dataset;
#[cfg(not(feature = "parquet"))]
#[path = "dataset_left_out.rs"]
pub mod dataset;
pub mod error;
pub mod format;
pub mod formats;
pub mod html;
pub mod layout;
pub mod promotions;
pub mod row;
pub mod sarif;
pub mod sentence;
pub mod settings;
pub mod tables;
pub mod terminal;
#[cfg(test)]
mod tests;
pub mod view;
pub mod write;

pub use error::ReportError;
pub use format::Format;
pub use view::Report;
pub use write::{Written, write};
