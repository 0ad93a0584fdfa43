//! One file a command.

pub(crate) mod access;
pub(crate) mod advise;
pub(crate) mod audit;
pub(crate) mod checks;
pub(crate) mod collect;
pub(crate) mod conclude;
pub(crate) mod demo;
pub(crate) mod diagnose;
pub(crate) mod doctor;
pub(crate) mod drift;
pub(crate) mod explain;
pub(crate) mod holders;
pub(crate) mod man;
pub(crate) mod matrix;
pub(crate) mod matrix_radar;
pub(crate) mod matrix_update;
pub(crate) mod probe;
mod row_filter;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod simulate;
pub(crate) mod waive;
