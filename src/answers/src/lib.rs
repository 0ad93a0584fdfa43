//! Answers to questions: explain, advise, diagnose, probe.

pub mod advise;
pub mod diagnose;
pub mod explain;
pub mod probe;
