//! One file a command.

pub mod access;
pub mod advise;
pub mod audit;
pub mod checks;
pub mod collect;
pub mod conclude;
pub mod demo;
pub mod diagnose;
pub mod doctor;
pub mod drift;
pub mod explain;
pub mod holders;
pub mod man;
pub mod matrix;
pub mod matrix_radar;
pub mod matrix_update;
pub mod probe;
mod row_filter;
pub mod run;
pub mod schema;
pub mod simulate;
pub mod waive;
