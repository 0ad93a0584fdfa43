//! What was found: evidence judged by checks.

pub mod severity;
