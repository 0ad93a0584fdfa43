//! The user's file to one valid job, with every problem of the file named at once.

pub mod job;
