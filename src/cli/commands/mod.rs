//! One file a command.

pub mod matrix;
