//! The command line: what the program's arguments mean.

pub mod commands;
