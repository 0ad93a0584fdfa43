//! Who can call what, how two sides differ, and who can raise its own rights.

pub mod cross;
pub mod drift;
pub mod escalation;
pub mod radar;
